//! The names a certificate is for (RFC 9525).

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::{FaultKind, Judge};
use crate::net::tls::certificate::short;

impl Judge<'_> {
    pub(super) fn compare_name(&mut self, name: &str) {
        let (names, addresses) = names(self.leaf);
        if let Ok(address) = name.parse::<IpAddr>() {
            if !addresses.contains(&address) {
                self.add(FaultKind::WrongName, 0, format!("{address} is not among its addresses"));
            }
            return;
        }
        if names.iter().any(|pattern| covers(pattern, name)) {
            return;
        }
        let shown = || {
            let some: Vec<String> = names.iter().take(8).map(|name| short(name)).collect();
            let more = names.len().saturating_sub(8);
            if more > 0 { format!("{} and {more} more", some.join(", ")) } else { some.join(", ") }
        };
        let deeper = |pattern: &&&str| {
            let below = pattern.strip_prefix('*').filter(|below| below.starts_with('.'));
            below.is_some_and(|below| name.to_ascii_lowercase().ends_with(&below.to_ascii_lowercase()))
        };
        let dotted = |pattern: &str| pattern.strip_suffix('.').is_some_and(|without| covers(without, name));
        if names.is_empty() {
            let common = self.leaf.subject().iter_common_name().next().and_then(|common| common.as_str().ok());
            let detail = match common.map(short) {
                Some(common) if covers(&common, name) => format!("{name} stands in the common name alone"),
                Some(common) => format!("no DNS name, and the common name is {common}, not {name}"),
                None => "neither a DNS name nor a common name".to_owned(),
            };
            self.add(FaultKind::NoName, 0, detail);
        } else if let Some(pattern) = names.iter().find(|pattern| dotted(pattern)) {
            let detail = format!("{} ends in a dot, so that it is not {name} for any verifier", short(pattern));
            self.add(FaultKind::WrongName, 0, detail);
        } else if let Some(pattern) = names.iter().find(deeper) {
            let detail = format!("{} stands for one label and does not cover {name}", short(pattern));
            self.add(FaultKind::WildcardDepth, 0, detail);
        } else {
            self.add(FaultKind::WrongName, 0, format!("{name} is not among {}", shown()));
        }
    }
}

/// Whether a certificate is for a name: by its DNS names, or by its common name if it has none and that counts.
pub fn is_for(certificate: &CertificateDer<'_>, name: &str, common: CommonName) -> bool {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return false };
    let (names, _) = names(&parsed);
    let mut common_names = parsed.subject().iter_common_name().filter_map(|common| common.as_str().ok());
    match common {
        CommonName::Counts if names.is_empty() => common_names.any(|pattern| covers(pattern, name)),
        _ => names.iter().any(|pattern| covers(pattern, name)),
    }
}

/// What the common name of a certificate without DNS names is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommonName {
    /// Nothing, as RFC 9525 §2 says.
    Ignored,
    /// As much as a DNS name (RFC 7672 §3.2.3 lets clients of DANE do so).
    Counts,
}

/// Whether a name of a certificate covers a host's: the same, or a wildcard for exactly its first label
/// (RFC 9525 §6.3). A final dot belongs to no certificate (RFC 5280 §4.2.1.6), and OpenSSL compares it as it is; nor
/// does it take a wildcard above a single label.
pub fn covers(pattern: &str, name: &str) -> bool {
    let name = name.trim_end_matches('.');
    match pattern.strip_prefix("*.") {
        Some(below) => {
            let covered = name.split_once('.').filter(|(label, _)| !label.is_empty());
            below.contains('.') && covered.is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(below))
        }
        None => !pattern.is_empty() && pattern.eq_ignore_ascii_case(name),
    }
}

fn names<'a>(certificate: &'a X509Certificate<'_>) -> (Vec<&'a str>, Vec<IpAddr>) {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return (Vec::new(), Vec::new()) };
    let mut names = Vec::new();
    let mut addresses = Vec::new();
    for general in &extension.value.general_names {
        match general {
            GeneralName::DNSName(name) => names.push(*name),
            GeneralName::IPAddress(octets) => {
                let v4 = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
                addresses.extend(v4.or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from)));
            }
            _ => {}
        }
    }
    (names, addresses)
}
