//! One TLSA record against a certificate chain (RFC 7672 §3).

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::mail::tlsa::{self, Fault, Tlsa};
use crate::net::tls::certificate::Certificate;
use crate::net::tls::pkix::{CommonName, Opinion, is_for, may_be_a_limit, second_opinion};
use crate::report::clean;

/// What a record makes of a certificate chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matching {
    /// It stands for the certificate at this place of the chain, the server's own being 0, and all it asks for
    /// holds.
    Match(usize),
    /// It stands for none of the certificates that were sent.
    NotSent,
    /// It stands for the server's own certificate, where DANE-TA(2) means an issuer.
    NotAnIssuer,
    /// It stands for an issuer that was sent, and the chain does not lead there.
    Chain(String),
    /// It stands for an issuer that was sent, and the server's certificate is for another name.
    Name(String),
    /// It stands for an issuer that was sent, and whether the chain leads there cannot be told here.
    Indeterminate(String),
    /// A record by a stronger digest says the same, and counts alone (RFC 7671 §9).
    Overruled,
    /// No sender can use it.
    Unusable(Fault),
}

impl Matching {
    /// Whether a sender takes the server for authenticated by it.
    pub fn is_match(&self) -> bool {
        matches!(self, Matching::Match(_))
    }
}

/// What one usable record makes of a chain.
pub(super) fn outcome(record: &Tlsa, chain: &[CertificateDer<'_>], names: &[&str], now: UnixTime) -> Matching {
    let at = chain.iter().position(|certificate| record.stands_for(certificate));
    if record.usage == tlsa::DANE_EE {
        // RFC 7672 §3.1.1: neither names nor dates nor the rest of the chain count.
        return if at == Some(0) { Matching::Match(0) } else { Matching::NotSent };
    }
    let issuers = chain.iter().enumerate().skip(1);
    let sent = issuers.clone().find(|(_, certificate)| record.stands_for(certificate));
    // RFC 7671 §5.2.2: a whole certificate in the DNS need not be sent.
    let published = CertificateDer::from(record.data.clone());
    let in_the_record = (record.selector, record.matching) == (tlsa::CERT, tlsa::FULL);
    let (place, anchor) = match (sent, at, chain.first()) {
        (Some((place, certificate)), ..) => (place, certificate),
        (None, Some(_), _) => return Matching::NotAnIssuer,
        (None, None, Some(_)) if in_the_record => (chain.len(), &published),
        (None, None, _) => return Matching::NotSent,
    };
    let Some((own, others)) = chain.split_first() else { return Matching::NotSent };
    if let Err(outcome) = leads_to(own, others, anchor, now) {
        return outcome;
    }
    // RFC 7671 §5.2: the anchor is part of the chain and its dates count, other than those of a verifier's own roots.
    if let Some(why) = out_of_time(anchor, now) {
        return Matching::Chain(format!("the issuer's own certificate {why}"));
    }
    match names.iter().any(|name| is_for(own, name, CommonName::Counts)) {
        true => Matching::Match(place),
        false => Matching::Name(format!("it is not for {}", names.join(" or "))),
    }
}

/// Whether the chain is complete, valid and signed up to `anchor`.
fn leads_to(
    own: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    anchor: &CertificateDer<'_>,
    now: UnixTime,
) -> Result<(), Matching> {
    let untold = |error: rustls::Error| Matching::Indeterminate(words(&error));
    let parsed = ParsedCertificate::try_from(own).map_err(untold)?;
    let mut roots = RootCertStore::empty();
    roots.add(anchor.clone().into_owned()).map_err(untold)?;
    let algorithms = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
    let Err(error) = verify_server_cert_signed_by_trust_anchor(&parsed, &roots, others, now, algorithms.all) else {
        return Ok(());
    };
    let chain: Vec<CertificateDer<'_>> = std::iter::once(own).chain(others).cloned().collect();
    let at = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    // What the verifier cannot judge is judged by another one, or not at all.
    let opinion = if may_be_a_limit(&error) { Some(second_opinion(&chain, &roots, at)) } else { None };
    let has_short_key = || chain.iter().chain([anchor]).any(has_short_key);
    Err(match opinion {
        Some(Opinion::Holds) if !has_short_key() => return Ok(()),
        Some(Opinion::Unknown(why)) => Matching::Indeterminate(why),
        Some(Opinion::Refused(_)) | None if is_certain(&error) && !has_short_key() => Matching::Chain(words(&error)),
        _ => Matching::Indeterminate(words(&error)),
    })
}

/// Why a certificate is out of its time, if it is.
fn out_of_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Option<&'static str> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    match (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp()) {
        (_, end) if now > end => Some("has expired"),
        (begin, _) if now < begin => Some("is not valid yet"),
        _ => None,
    }
}

/// The verifier's verdict in words that fit a chain.
fn words(error: &rustls::Error) -> String {
    use CertificateError as Error;
    let rustls::Error::InvalidCertificate(why) = error else { return clean(&error.to_string()) };
    match why {
        Error::Expired | Error::ExpiredContext { .. } => "a certificate of it has expired".to_owned(),
        Error::NotValidYet | Error::NotValidYetContext { .. } => "a certificate of it is not valid yet".to_owned(),
        Error::UnknownIssuer => "a certificate on the way is not sent".to_owned(),
        Error::BadSignature => "a signature on the way does not hold".to_owned(),
        Error::InvalidPurpose | Error::InvalidPurposeContext { .. } => "the certificate is not for servers".to_owned(),
        _ => clean(&error.to_string()),
    }
}

/// Whether every sender comes to the same end. The verifier here is stricter than those of mail servers about
/// versions, extensions and algorithms.
fn is_certain(error: &rustls::Error) -> bool {
    use CertificateError as Error;
    let rustls::Error::InvalidCertificate(error) = error else { return false };
    matches!(
        error,
        Error::Expired
            | Error::ExpiredContext { .. }
            | Error::NotValidYet
            | Error::NotValidYetContext { .. }
            | Error::UnknownIssuer
            | Error::BadSignature
            | Error::InvalidPurpose
            | Error::InvalidPurposeContext { .. }
    )
}

/// Whether a certificate has a key that the verifier here takes for too short, as others do not.
fn has_short_key(certificate: &CertificateDer<'_>) -> bool {
    let key = Certificate::read(certificate, 0).key;
    key.is_none_or(|key| key.algorithm.starts_with("RSA") && key.bits < MIN_RSA_BITS)
}

/// The shortest RSA key whose signatures are verified here.
const MIN_RSA_BITS: usize = 2048;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::pki_types::pem::PemObject;

    use super::*;
    use crate::mail::tlsa::{CERT, DANE_EE, DANE_TA, FULL, SHA256, SPKI};

    fn chain(names: &[&str]) -> Vec<CertificateDer<'static>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/certificates");
        let read = |name: &&str| {
            let found = CertificateDer::pem_file_iter(format!("{folder}/{name}.pem")).expect("a sample");
            found.map(|one| one.expect("a certificate")).collect::<Vec<_>>()
        };
        names.iter().flat_map(read).collect()
    }

    /// 2026-11-21, when the samples are valid.
    fn now() -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(1_795_219_200))
    }

    fn record(usage: u8, selector: u8, matching: u8, name: &str) -> Tlsa {
        Tlsa::of(usage, selector, matching, &chain(&[name])[0]).expect("a record")
    }

    fn by_root(names: &[&str]) -> Matching {
        outcome(&record(DANE_TA, SPKI, SHA256, "root"), &chain(names), &["mx.example.com"], now())
    }

    #[test]
    fn by_usage_3_nothing_but_the_server_s_own_certificate_counts() {
        for name in ["good", "everything", "early", "itself", "version1", "sha1"] {
            let record = record(DANE_EE, SPKI, SHA256, name);
            assert_eq!(
                outcome(&record, &chain(&[name]), &["mx.elsewhere.example"], now()),
                Matching::Match(0),
                "{name}"
            );
        }
        let record = record(DANE_EE, CERT, SHA256, "root");
        assert_eq!(outcome(&record, &chain(&["good", "root"]), &["mx.example.com"], now()), Matching::NotSent);
        assert_eq!(outcome(&record, &[], &["mx.example.com"], now()), Matching::NotSent);
    }

    #[test]
    fn by_usage_2_the_issuer_must_be_sent_and_the_chain_lead_to_it() {
        assert_eq!(by_root(&["good", "root"]), Matching::Match(1));
        assert_eq!(by_root(&["common", "root"]), Matching::Match(1));
        assert_eq!(by_root(&["whole", "root"]), Matching::Match(2));
        assert_eq!(by_root(&["good"]), Matching::NotSent);
        assert_eq!(by_root(&["root"]), Matching::NotAnIssuer);
        for name in ["itself", "early", "forged"] {
            let outcome = by_root(&[name, "root"]);
            assert!(matches!(outcome, Matching::Chain(_)), "{name}: {outcome:?}");
        }
    }

    #[test]
    fn by_usage_2_the_certificate_must_bear_one_of_the_names() {
        let root = record(DANE_TA, CERT, SHA256, "root");
        let sent = chain(&["good", "root"]);
        assert!(matches!(outcome(&root, &sent, &["mx.example.net"], now()), Matching::Name(_)));
        assert_eq!(outcome(&root, &sent, &["mx.example.net", "a.mail.example.com"], now()), Matching::Match(1));
    }

    #[test]
    fn dates_of_the_issuer_count_too() {
        let after_it = chain(&["root"]).swap_remove(0);
        let (_, parsed) = X509Certificate::from_der(&after_it).expect("a certificate");
        let end = parsed.validity().not_after.timestamp().unsigned_abs();
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        assert_eq!(out_of_time(&after_it, at(end)), None);
        assert_eq!(out_of_time(&after_it, at(end + 1)), Some("has expired"));
        assert_eq!(out_of_time(&after_it, at(0)), Some("is not valid yet"));
    }

    #[test]
    fn issuer_in_the_record_itself_need_not_be_sent() {
        let root = record(DANE_TA, CERT, FULL, "root");
        assert_eq!(outcome(&root, &chain(&["good"]), &["mx.example.com"], now()), Matching::Match(1));
        assert!(matches!(outcome(&root, &chain(&["itself"]), &["mx.example.com"], now()), Matching::Chain(_)));
    }

    #[test]
    fn what_only_the_verifier_here_refuses_is_not_told() {
        // The verifiers of mail servers differ about these.
        for name in ["authority", "sha1", "version1", "below-small"] {
            let outcome = by_root(&[name, "root"]);
            assert!(matches!(outcome, Matching::Indeterminate(_)), "{name}: {outcome:?}");
        }
    }

    #[test]
    fn garbage_is_no_match_and_no_panic() {
        let garbage = CertificateDer::from(vec![0x30, 0x03, 0x02, 0x01, 0x05]);
        let root = chain(&["root"]).swap_remove(0);
        let record = record(DANE_TA, CERT, SHA256, "root");
        let outcome = outcome(&record, &[garbage, root], &["mx.example.com"], now());
        assert!(matches!(outcome, Matching::Indeterminate(_)), "{outcome:?}");
    }
}
