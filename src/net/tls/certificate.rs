//! A certificate as it is, whatever it is worth (RFC 5280 §4).

use std::net::IpAddr;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use rustls::pki_types::CertificateDer;
use schemars::JsonSchema;
use serde::Serialize;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::signature;
use crate::report::{clean, clean_bytes};

/// A certificate as it is. What could not be read is none, with the reason in `fault`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Certificate {
    /// Whose it is, as RFC 4514 writes names.
    pub subject: String,
    /// The common name in it.
    pub common_name: Option<String>,
    /// The DNS names it is for.
    pub names: Vec<String>,
    /// The addresses it is for.
    pub addresses: Vec<IpAddr>,
    /// Who signed it.
    pub issuer: String,
    /// The version of X.509: 3 today.
    pub version: Option<u32>,
    /// The serial number in hex.
    pub serial: Option<String>,
    /// Since when it is valid, in RFC 3339.
    pub not_before: Option<String>,
    /// Until when.
    pub not_after: Option<String>,
    /// Whole days until then; negative behind it.
    pub days_left: Option<i64>,
    /// The key.
    pub key: Option<Key>,
    /// What it is signed with, for example `SHA-256 with RSA`.
    pub signature: Option<String>,
    /// Whether it says that it is an authority's.
    pub is_authority: bool,
    /// Whether it asks for a stapled OCSP response (RFC 7633).
    pub must_staple: bool,
    /// Where its issuer's certificate can be had, if it says so.
    pub issuer_url: Option<String>,
    /// The SHA-256 of the whole certificate, in hex.
    pub sha256: String,
    /// The SHA-256 of its subject public key info, in hex.
    pub spki_sha256: Option<String>,
    /// Why it could not be read.
    pub fault: Option<String>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Key {
    /// Its algorithm: `RSA`, `ECDSA`, `Ed25519`, or the number of one that has no name here.
    pub algorithm: String,
    /// Its length; 0 if it cannot be told.
    pub bits: usize,
}

/// 1.3.6.1.5.5.7.1.24: the TLS features a server with this certificate must have (RFC 7633 §4.1).
const TLS_FEATURE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
/// 1.3.6.1.5.5.7.48.2: the issuer's certificate (RFC 5280 §4.2.2.1).
const CA_ISSUERS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 2];
/// The DER of a list with the feature `status_request` (5).
const STATUS_REQUEST: &[u8] = &[0x02, 0x01, 0x05];

impl Certificate {
    /// Reads a certificate. `now` is in seconds since 1970.
    pub fn read(der: &CertificateDer<'_>, now: i64) -> Self {
        let sha256 = sha256(der);
        let parsed = match X509Certificate::from_der(der) {
            Ok((_, parsed)) => parsed,
            Err(error) => {
                let fault = Some(clean(&error.to_string()));
                return Certificate { sha256, fault, ..Certificate::default() };
            }
        };
        let mut certificate = Certificate {
            subject: name(parsed.subject()),
            common_name: parsed.subject().iter_common_name().next().map(|common| short(&value(common))),
            issuer: name(parsed.issuer()),
            version: Some(parsed.version().0.saturating_add(1)),
            serial: Some(HEXLOWER.encode(parsed.raw_serial())),
            not_before: day(parsed.validity().not_before.timestamp()),
            not_after: day(parsed.validity().not_after.timestamp()),
            days_left: Some(parsed.validity().not_after.timestamp().saturating_sub(now).div_euclid(DAY)),
            key: Some(signature::key_of(parsed.public_key())),
            signature: Some(signature::name_of(&parsed.signature_algorithm)),
            is_authority: parsed.is_ca(),
            sha256,
            spki_sha256: Some(self::sha256(parsed.public_key().raw)),
            ..Certificate::default()
        };
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => certificate.take(&names.general_names),
                ParsedExtension::AuthorityInfoAccess(access) => {
                    let at = access.accessdescs.iter().filter(|one| is(&one.access_method, CA_ISSUERS));
                    certificate.issuer_url = at.filter_map(|one| url(&one.access_location)).next();
                }
                _ if is(&extension.oid, TLS_FEATURE) => {
                    certificate.must_staple = extension.value.windows(3).any(|part| part == STATUS_REQUEST);
                }
                _ => {}
            }
        }
        certificate
    }

    fn take(&mut self, names: &[GeneralName<'_>]) {
        for name in names {
            match name {
                GeneralName::DNSName(name) => self.names.push(short(name)),
                GeneralName::IPAddress(octets) => self.addresses.extend(address(octets)),
                _ => {}
            }
        }
    }
}

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// The SHA-256 of some octets, in hex.
pub fn sha256(octets: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, octets).as_ref())
}

/// A name as RFC 4514 §2 writes it: the last part first.
pub(super) fn name(name: &X509Name<'_>) -> String {
    let parts: Vec<&_> = name.iter_rdn().collect();
    let parts = parts.into_iter().rev().map(|part| {
        let attributes: Vec<String> = part.iter().map(attribute).collect();
        attributes.join("+")
    });
    short(&parts.collect::<Vec<String>>().join(","))
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let known = oid2abbrev(attribute.attr_type(), oid_registry()).map(str::to_owned);
    let key = known.unwrap_or_else(|_| attribute.attr_type().to_id_string());
    let mut text = format!("{key}=");
    for character in value(attribute).chars() {
        // RFC 4514 §2.4.
        if matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    attribute.as_str().map_or_else(|_| clean_bytes(attribute.as_slice()), clean)
}

/// The last second there is, by which a certificate says that it never ends (RFC 5280 §4.1.2.5).
const NO_END: i64 = 253_402_300_799;
/// Characters of a name that are kept, be it a host's or a whole subject: no honest one is longer.
const MAX_NAME: usize = 512;

/// A name of a certificate as it may be shown: it can be made as long as a handshake is.
pub(super) fn short(name: &str) -> String {
    let mut characters = name.chars();
    let mut text = clean(&characters.by_ref().take(MAX_NAME).collect::<String>());
    if characters.next().is_some() {
        text.push_str("...");
    }
    text
}

/// A moment in RFC 3339; none for one that no calendar here reaches.
pub(super) fn day(seconds: i64) -> Option<String> {
    if seconds == NO_END {
        return Some("9999-12-31T23:59:59Z".to_owned());
    }
    jiff::Timestamp::from_second(seconds).ok().map(|moment| moment.to_string())
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    match octets.len() {
        4 => <[u8; 4]>::try_from(octets).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(octets).ok().map(IpAddr::from),
        _ => None,
    }
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) => Some(clean(url)),
        _ => None,
    }
}

pub(super) fn is(oid: &Oid<'_>, numbers: &[u64]) -> bool {
    oid.iter().is_some_and(|found| found.eq(numbers.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::super::pkix::samples::{NOW, sample};
    use super::*;

    #[test]
    fn a_certificate_is_shown_as_it_is() {
        let certificate = Certificate::read(&sample("good"), NOW);
        assert_eq!(certificate.subject, "CN=mx.example.com,O=Example\\, Inc.");
        assert_eq!(certificate.common_name.as_deref(), Some("mx.example.com"));
        assert_eq!(certificate.issuer, "CN=Sample Root CA");
        assert_eq!(certificate.names, ["mx.example.com", "*.mail.example.com"]);
        assert_eq!(certificate.addresses, [IpAddr::from([192, 0, 2, 25])]);
        assert_eq!(certificate.version, Some(3));
        assert_eq!(certificate.serial.as_deref(), Some("1001"));
        assert_eq!(certificate.not_before.as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(certificate.days_left, Some(40));
        assert_eq!(certificate.key, Some(Key { algorithm: "ECDSA".to_owned(), bits: 256 }));
        assert_eq!(certificate.signature.as_deref(), Some("SHA-256 with ECDSA"));
        assert_eq!(certificate.issuer_url.as_deref(), Some("http://ca.example.com/root.der"));
        assert!(certificate.must_staple && !certificate.is_authority);
        assert_eq!(certificate.fault, None);
        assert_eq!(certificate.sha256.len(), 64);
    }

    #[test]
    fn what_is_no_certificate_still_has_its_hash() {
        let certificate = Certificate::read(&CertificateDer::from(vec![0x30, 0x82, 0xff]), NOW);
        assert_eq!(certificate.sha256, sha256(&[0x30, 0x82, 0xff]));
        assert!(certificate.fault.is_some() && certificate.spki_sha256.is_none());
    }

    #[test]
    fn days_are_counted_down_to_the_end_and_past_it() {
        let day_before = 1_798_675_200 - 1;
        assert_eq!(Certificate::read(&sample("good"), day_before).days_left, Some(0));
        assert_eq!(Certificate::read(&sample("good"), 1_798_675_200 + 1).days_left, Some(-1));
    }

    #[test]
    fn the_last_second_there_is_can_be_named() {
        assert_eq!(day(NO_END).as_deref(), Some("9999-12-31T23:59:59Z"));
        assert_eq!(day(NO_END + 1), None);
    }

    #[test]
    fn a_name_is_kept_in_part_if_it_is_endless() {
        assert_eq!(short(&"x".repeat(70_000)).len(), MAX_NAME + 3);
        assert_eq!(short("mx.example"), "mx.example");
    }
}
