//! What is wrong with a server's certificates, each fault apart (RFC 5280 §6, RFC 9525).
//!
//! A verifier stops at the first fault. An administrator wants all of them: expired, and for another name, and from
//! an unknown authority. So every quality is tested by itself, and an expired certificate's chain is tested at a
//! time at which it was valid.

mod names;
mod second;
mod walk;

use std::time::Duration;

use rustls::RootCertStore;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use schemars::JsonSchema;
use serde::Serialize;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

pub use self::names::{CommonName, covers, is_for};
pub use self::second::{Opinion, may_be_a_limit, second_opinion};
use self::walk::End;
use super::certificate::{self, DAY, day};
use super::signature;
use crate::report::clean;

/// One thing that is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// Which certificate of those that were sent; 0 is the server's own.
    pub certificate: usize,
    /// The case at hand, in words.
    pub detail: String,
}

/// What can be wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// It cannot be read.
    Malformed,
    /// Its time is over (RFC 5280 §4.1.2.5).
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// A certificate above it is out of its time.
    IssuerExpired,
    /// It is for other names (RFC 9525 §6).
    WrongName,
    /// Its wildcard stands for one label, and the name has more (RFC 9525 §6.3).
    WildcardDepth,
    /// It has no DNS name; the common name does not count (RFC 9525 §2).
    NoName,
    /// It is signed with its own key.
    SelfSigned,
    /// The one above it is neither sent nor trusted.
    ChainIncomplete,
    /// It leads to an authority that is not trusted.
    UntrustedAuthority,
    /// It is an authority's own (RFC 5280 §4.2.1.9).
    AuthorityAsServer,
    /// It is not for servers (RFC 5280 §4.2.1.12).
    Purpose,
    /// Its key is too short.
    SmallKey,
    /// It is signed with a hash that has been broken.
    WeakSignature,
    /// It is older than version 3 (RFC 5280 §4.1.2.1).
    OldVersion,
    /// Its signature is not that of its issuer.
    BadSignature,
    /// The server's signature of the handshake is not made with its key.
    HandshakeSignature,
    /// A verifier rejects it for another reason.
    Rejected,
}

/// What came of a server's certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// What is wrong, in the order of [`FaultKind`].
    pub faults: Vec<Fault>,
    /// Whether they lead to a trusted authority; none if that cannot be told here.
    pub trusted: Option<bool>,
    /// Why it cannot.
    pub unsupported: Option<String>,
}

/// Certificates of a chain that are looked at. OpenSSL goes up to a hundred authorities high.
const MAX_CHAIN: usize = 128;
/// The shortest RSA key. CA/Browser Forum baseline requirements §6.1.5.
pub const MIN_RSA: usize = 2048;
/// The shortest key on a curve.
pub const MIN_EC: usize = 256;

/// Examines the certificates a server sent, its own first, for a name; without a name none is compared.
pub fn examine(chain: &[CertificateDer<'_>], name: Option<&str>, roots: &RootCertStore, now: UnixTime) -> Examination {
    let Some(own) = chain.first() else {
        let fault = Fault { kind: FaultKind::Malformed, certificate: 0, detail: "no certificate was sent".to_owned() };
        return Examination { faults: vec![fault], trusted: Some(false), unsupported: None };
    };
    let parsed = parse(chain);
    let Some(Some(leaf)) = parsed.first() else {
        let why = X509Certificate::from_der(own).err().map(|error| clean(&error.to_string())).unwrap_or_default();
        let fault = Fault { kind: FaultKind::Malformed, certificate: 0, detail: why };
        return Examination { faults: vec![fault], trusted: Some(false), unsupported: None };
    };
    let mut judge = Judge { leaf, parsed: &parsed, roots, faults: Vec::new() };
    judge.own_qualities(name, seconds(now));
    let (trusted, unsupported) = judge.chain(chain, now);
    judge.faults.sort_by_key(|fault| (fault.kind, fault.certificate));
    Examination { faults: judge.faults, trusted, unsupported }
}

fn parse<'a>(chain: &'a [CertificateDer<'_>]) -> Vec<Option<X509Certificate<'a>>> {
    chain.iter().take(MAX_CHAIN).map(|der| X509Certificate::from_der(der).ok().map(|(_, one)| one)).collect()
}

struct Judge<'a> {
    leaf: &'a X509Certificate<'a>,
    parsed: &'a [Option<X509Certificate<'a>>],
    roots: &'a RootCertStore,
    faults: Vec<Fault>,
}

impl Judge<'_> {
    fn add(&mut self, kind: FaultKind, certificate: usize, detail: impl Into<String>) {
        self.faults.push(Fault { kind, certificate, detail: detail.into() });
    }

    /// The qualities of the server's certificate that need no other one.
    fn own_qualities(&mut self, name: Option<&str>, now: i64) {
        let validity = self.leaf.validity();
        let (begin, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        if now > end {
            self.add(FaultKind::Expired, 0, format!("valid until {}, {} ago", text(end), since(now - end)));
        }
        if now < begin {
            self.add(FaultKind::NotYetValid, 0, format!("valid from {} on", text(begin)));
        }
        if let Some(name) = name {
            self.compare_name(name);
        }
        if self.leaf.version().0 < 2 {
            self.add(FaultKind::OldVersion, 0, format!("X.509 version {}", self.leaf.version().0 + 1));
        }
        if let Ok(Some(usage)) = self.leaf.extended_key_usage()
            && !usage.value.server_auth
        {
            let mut uses = Vec::new();
            let named = [
                (usage.value.any, "any purpose"),
                (usage.value.client_auth, "clients"),
                (usage.value.code_signing, "code"),
                (usage.value.email_protection, "mail"),
                (usage.value.time_stamping, "time stamps"),
                (usage.value.ocsp_signing, "OCSP"),
            ];
            uses.extend(named.iter().filter(|(is_named, _)| *is_named).map(|(_, word)| (*word).to_owned()));
            uses.extend(usage.value.other.iter().map(ToString::to_string));
            self.add(FaultKind::Purpose, 0, format!("for {}, not for servers", uses.join(", ")));
        }
    }

    /// The way to a trusted authority, at a time at which the server's certificate is valid; and why it cannot be
    /// told whether there is one.
    fn chain(&mut self, chain: &[CertificateDer<'_>], now: UnixTime) -> (Option<bool>, Option<String>) {
        let at = self.within_validity(seconds(now));
        let verdict = verify(chain, self.roots, at);
        let (path, end) = self.walk();
        for index in path.iter().copied() {
            self.key_and_hash(index);
        }
        let Err(error) = verdict else { return (Some(true), None) };
        let is_self_signed = matches!(end, End::Itself(0));
        if self.leaf.is_ca() && !is_self_signed {
            self.add(FaultKind::AuthorityAsServer, 0, "it is marked as an authority's");
        }
        let trusted = match &end {
            End::Trusted => Some(true),
            End::Itself(0) => {
                self.add(FaultKind::SelfSigned, 0, format!("issued by itself: {}", subject(self.leaf)));
                Some(false)
            }
            &End::Itself(index) => {
                let detail = format!("the chain ends at {}, which is not trusted", self.subject(index));
                self.add(FaultKind::UntrustedAuthority, index, detail);
                Some(false)
            }
            &End::Missing(index) => {
                let missing = self.parsed[index].as_ref().map(|one| certificate::name(one.issuer()));
                let missing = missing.unwrap_or_default();
                let detail = format!("{missing} is neither sent nor a trusted root");
                self.add(FaultKind::ChainIncomplete, index, detail);
                Some(false)
            }
            &End::Forged(index) => {
                let detail = {
                    let issuer = self.parsed[index].as_ref().map(|one| certificate::name(one.issuer()));
                    let issuer = issuer.unwrap_or_default();
                    format!("the signature of {} is not made with the key of {issuer}", self.subject(index))
                };
                self.add(FaultKind::BadSignature, index, detail);
                Some(false)
            }
            End::Unknown(_) => None,
        };
        for index in path.iter().copied().skip(1) {
            let Some(one) = &self.parsed[index] else { continue };
            let validity = one.validity();
            let (begin, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
            if !(begin..=end).contains(&at) {
                let detail = format!("{} is valid from {} to {}", self.subject(index), text(begin), text(end));
                self.add(FaultKind::IssuerExpired, index, detail);
            }
        }
        // Whatever a verifier knows besides: name constraints, lengths of paths, critical extensions.
        let about_chain = |fault: &Fault| {
            use FaultKind as Kind;
            !matches!(
                fault.kind,
                Kind::Expired | Kind::NotYetValid | Kind::WrongName | Kind::WildcardDepth | Kind::NoName
            )
        };
        if self.faults.iter().any(about_chain) {
            return (trusted, None);
        }
        let opinion = match end {
            End::Unknown(why) => Opinion::Unknown(why),
            End::Trusted if may_be_a_limit(&error) => self.opinion(&path, at),
            _ => Opinion::Refused(clean(&error.to_string())),
        };
        match opinion {
            Opinion::Holds => (trusted, None),
            Opinion::Refused(words) => {
                self.add(FaultKind::Rejected, 0, words);
                (Some(false), None)
            }
            Opinion::Unknown(why) => (None, Some(why)),
        }
    }

    /// A time at which the server's certificate is valid; now if it is.
    fn within_validity(&self, now: i64) -> i64 {
        let validity = self.leaf.validity();
        let (begin, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        if now > end {
            // Its issuer's certificate was most likely valid at the same time.
            end.saturating_sub(1).max(begin)
        } else {
            now.max(begin)
        }
    }

    fn key_and_hash(&mut self, index: usize) {
        let Some(one) = &self.parsed[index] else { return };
        let key = signature::key_of(one.public_key());
        let least = match key.algorithm.as_str() {
            // A modulus may begin with a few zero bits.
            "RSA" | "DSA" => MIN_RSA - 7,
            "ECDSA" => MIN_EC,
            _ => 0,
        };
        let hash = signature::weak_hash(&one.signature_algorithm);
        let is_root = one.subject().as_raw() == one.issuer().as_raw();
        if (1..least).contains(&key.bits) {
            let detail = format!("{}: {} of {} bits", self.subject(index), key.algorithm, key.bits);
            self.add(FaultKind::SmallKey, index, detail);
        }
        // What a certificate says of itself is proved by nothing, however it is signed.
        if let Some(hash) = hash
            && !is_root
        {
            let detail = format!("{} is signed with {hash}", self.subject(index));
            self.add(FaultKind::WeakSignature, index, detail);
        }
    }

    fn subject(&self, index: usize) -> String {
        self.parsed.get(index).and_then(Option::as_ref).map(subject).unwrap_or_default()
    }
}

/// The verifier's verdict on the way to a trusted root. `at` is in seconds since 1970.
fn verify(chain: &[CertificateDer<'_>], roots: &RootCertStore, at: i64) -> Result<(), rustls::Error> {
    let (own, above) = chain.split_first().ok_or(rustls::Error::NoCertificatesPresented)?;
    let own = ParsedCertificate::try_from(own)?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or_default()));
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    let above = &above[..above.len().min(MAX_CHAIN - 1)];
    verify_server_cert_signed_by_trust_anchor(&own, roots, above, at, algorithms.all)
}

/// The indices of the certificates that lead from the server's own upwards, each signed by the next, as far as
/// they were sent. Times, purposes and trust do not matter.
pub fn path(chain: &[CertificateDer<'_>]) -> Vec<usize> {
    let parsed = parse(chain);
    match parsed.first() {
        Some(Some(leaf)) => {
            let roots = RootCertStore::empty();
            Judge { leaf, parsed: &parsed, roots: &roots, faults: Vec::new() }.walk().0
        }
        Some(None) => vec![0],
        None => Vec::new(),
    }
}

fn subject(certificate: &X509Certificate<'_>) -> String {
    certificate::name(certificate.subject())
}

fn text(seconds: i64) -> String {
    day(seconds).unwrap_or_else(|| "a time beyond all calendars".to_owned())
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// Seconds in whole days, or in hours where it is less than one.
fn since(seconds: i64) -> String {
    let (number, unit) = if seconds < DAY { (seconds / 3_600, "hour") } else { (seconds / DAY, "day") };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
pub(super) mod samples;
#[cfg(test)]
mod tests;
