use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};

use super::samples::{LATER, NOW, chain, roots, sample};
use super::{CommonName, Examination, FaultKind, covers, examine, is_for, path};

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs()))
}

fn kinds(name: &str) -> Vec<FaultKind> {
    let examination = examine(&chain(name), Some("mx.example.com"), &roots(), now());
    examination.faults.iter().map(|fault| fault.kind).collect()
}

#[test]
fn sound_certificates_have_no_fault() {
    for name in ["good", "rsa", "p521", "ed25519", "whole"] {
        assert_eq!(kinds(name), [], "{name}");
        assert_eq!(examine(&chain(name), None, &roots(), now()).trusted, Some(true), "{name}");
    }
}

#[test]
fn every_fault_is_seen_although_there_are_others() {
    use FaultKind::{Expired, Purpose, SmallKey, UntrustedAuthority, WeakSignature, WrongName};
    assert_eq!(kinds("everything"), [Expired, WrongName, UntrustedAuthority, Purpose, SmallKey, WeakSignature]);
}

#[test]
fn each_fault_has_its_name() {
    use FaultKind as Kind;
    for (name, kinds_expected) in [
        ("early", &[Kind::NotYetValid][..]),
        ("common", &[Kind::NoName]),
        ("itself", &[Kind::SelfSigned]),
        ("itself-authority", &[Kind::SelfSigned]),
        ("authority", &[Kind::AuthorityAsServer]),
        ("below", &[Kind::ChainIncomplete]),
        ("below-old", &[Kind::IssuerExpired]),
        ("below-small", &[Kind::SmallKey]),
        ("below-bound", &[Kind::Rejected]),
        ("p192", &[Kind::SmallKey]),
        // Its authority has the root's name and another key, and the certificate says so.
        ("namesake", &[Kind::ChainIncomplete]),
        ("sha1", &[Kind::WeakSignature]),
        ("version1", &[Kind::NoName, Kind::OldVersion]),
        ("forged", &[Kind::WrongName, Kind::BadSignature]),
    ] {
        assert_eq!(kinds(name), kinds_expected, "{name}");
    }
}

#[test]
fn a_chain_is_trusted_apart_from_time_and_name() {
    let trusted = |name: &str| examine(&chain(name), Some("mx.elsewhere.example"), &roots(), now()).trusted;
    assert_eq!(trusted("early"), Some(true));
    assert_eq!(trusted("good"), Some(true));
    assert_eq!(trusted("everything"), Some(false));
    assert_eq!(trusted("below-bound"), Some(false));
}

/// A sample whose last certificate is the root that is trusted.
fn by_its_root(name: &str) -> Examination {
    let sent = chain(name);
    let mut roots = RootCertStore::empty();
    roots.add(sent.last().expect("a root").clone()).expect("a root");
    let later = UnixTime::since_unix_epoch(Duration::from_secs(LATER.unsigned_abs()));
    examine(&sent, Some("mx.example.com"), &roots, later)
}

#[test]
fn a_second_verifier_judges_what_is_beyond_the_first() {
    for name in ["below-rsa-8400", "below-rsa-pss", "below-seven"] {
        let sound = Examination { faults: Vec::new(), trusted: Some(true), unsupported: None };
        assert_eq!(by_its_root(name), sound, "{name}");
    }
    let bound = by_its_root("below-seven-bound");
    assert_eq!((bound.faults[0].kind, bound.trusted), (FaultKind::Rejected, Some(false)));
    assert!(bound.faults[0].detail.contains("more authorities below it"), "{bound:?}");
}

#[test]
fn what_no_verifier_here_can_judge_is_no_fault() {
    let examination = by_its_root("below-ed448");
    assert_eq!((&examination.faults[..], examination.trusted), (&[][..], None));
    assert!(examination.unsupported.is_some_and(|why| why.contains("Ed448")));
}

#[test]
fn signatures_by_long_keys_are_not_taken_on_trust() {
    for name in ["below-rsa-8400", "below-rsa-pss"] {
        let mut sent = chain(name);
        let mut leaf = sent[0].to_vec();
        *leaf.last_mut().expect("an octet") ^= 1;
        let root = sent.swap_remove(1);
        let mut roots = RootCertStore::empty();
        roots.add(root).expect("a root");
        let examination = examine(&[CertificateDer::from(leaf)], None, &roots, now());
        assert!(examination.faults.iter().any(|fault| fault.kind == FaultKind::BadSignature), "{examination:?}");
    }
}

#[test]
fn an_authority_that_is_not_trusted_is_named() {
    let examination = examine(&chain("good"), None, &RootCertStore::empty(), now());
    assert_eq!(examination.faults[0].kind, FaultKind::ChainIncomplete);
    assert!(examination.faults[0].detail.contains("CN=Sample Root CA"), "{examination:?}");
    let sent = [sample("good"), sample("root")];
    let examination = examine(&sent, None, &RootCertStore::empty(), now());
    assert_eq!(examination.faults[0].kind, FaultKind::UntrustedAuthority);
    assert_eq!(examination.faults[0].certificate, 1);
}

#[test]
fn the_order_in_which_certificates_are_sent_does_not_matter() {
    let mut sent = chain("whole");
    sent.insert(1, sample("rsa"));
    assert_eq!(path(&sent), [0, 2]);
    assert_eq!(examine(&sent, None, &roots(), now()).faults, []);
}

#[test]
fn garbage_is_a_fault_and_no_panic() {
    for octets in [vec![], vec![0x30], vec![0x30, 0x03, 0x02, 0x01, 0x05], sample("good")[..200].to_vec()] {
        let examination = examine(&[CertificateDer::from(octets)], Some("mx.example.com"), &roots(), now());
        assert_eq!(examination.faults[0].kind, FaultKind::Malformed);
    }
    assert_eq!(examine(&[], None, &roots(), now()).faults[0].kind, FaultKind::Malformed);
}

#[test]
fn a_wildcard_stands_for_one_label() {
    assert!(covers("*.mail.example.com", "MX.mail.example.com."));
    assert!(!covers("*.mail.example.com", "mail.example.com"));
    assert!(!covers("*.mail.example.com", "a.mx.mail.example.com"));
    assert!(!covers("m*.example.com", "mx.example.com"));
    assert!(!covers("", ""));
    assert!(!covers("*.com", "mx.com"));
    assert!(covers("mx.example.com", "mx.example.com.") && !covers("mx.example.com.", "mx.example.com"));
    let examination = examine(&chain("good"), Some("a.mx.mail.example.com"), &roots(), now());
    assert_eq!(examination.faults[0].kind, FaultKind::WildcardDepth);
}

#[test]
fn an_address_is_looked_for_among_addresses() {
    assert_eq!(examine(&chain("good"), Some("192.0.2.25"), &roots(), now()).faults, []);
    let examination = examine(&chain("good"), Some("192.0.2.26"), &roots(), now());
    assert_eq!(examination.faults[0].kind, FaultKind::WrongName);
}

#[test]
fn the_common_name_counts_only_where_it_is_allowed_to() {
    assert!(!is_for(&sample("common"), "mx.example.com", CommonName::Ignored));
    assert!(is_for(&sample("common"), "mx.example.com", CommonName::Counts));
    assert!(is_for(&sample("good"), "mx.example.com", CommonName::Ignored));
}
