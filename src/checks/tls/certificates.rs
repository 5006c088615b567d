//! What the certificates of one address come to.

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};

use super::confidence::Validity;
use super::rules;
use crate::net::smtp::Peer;
use crate::net::tls::Handshake;
use crate::net::tls::certificate::Certificate;
use crate::net::tls::pkix::{self, Fault, FaultKind};
use crate::report::{Evidence, Rule};

/// A chain, what is in it and what is wrong with it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) certificates: Vec<Certificate>,
    pub(super) faults: Vec<Fault>,
    pub(super) trusted: Option<bool>,
    /// What cannot be told about it here, and why.
    pub(super) unsupported: Vec<String>,
    pub(super) validity: Validity,
}

/// How certificates are looked at.
pub(super) struct Look<'a> {
    pub(super) roots: &'a RootCertStore,
    pub(super) now: UnixTime,
    pub(super) expect_days: Option<u32>,
}

/// Days before the end on which a warning is due.
const EXPECT_DAYS: i64 = 21;
const DAY: i64 = 86_400;

impl Look<'_> {
    /// Looks at a handshake's certificates.
    pub(super) fn at_handshake(&self, handshake: &Handshake, name: Option<&str>) -> Shown {
        let mut shown = self.at_chain(&handshake.chain, name);
        // A key that is too short for this client to verify anything with is told as what it is.
        let is_explained = shown.has(&[FaultKind::SmallKey, FaultKind::Malformed, FaultKind::OldVersion]);
        if let Some(why) = handshake.signature_fault.as_ref().filter(|_| !is_explained) {
            let fault = Fault { kind: FaultKind::HandshakeSignature, certificate: 0, detail: why.clone() };
            shown.faults.push(fault);
        }
        shown.unsupported.extend(handshake.signature_unknown.clone());
        shown
    }

    /// Looks at a chain.
    pub(super) fn at_chain(&self, chain: &[CertificateDer<'_>], name: Option<&str>) -> Shown {
        let now = i64::try_from(self.now.as_secs()).unwrap_or(i64::MAX);
        let certificates: Vec<Certificate> = chain.iter().map(|one| Certificate::read(one, now)).collect();
        let examination = pkix::examine(chain, name, self.roots, self.now);
        let is_out = examination
            .faults
            .iter()
            .any(|fault| matches!(fault.kind, FaultKind::Expired | FaultKind::NotYetValid | FaultKind::Malformed));
        let validity = match certificates.first().and_then(|own| own.days_left) {
            _ if is_out => Validity::Invalid,
            Some(days) if days <= self.expected(certificates.first()) => Validity::ExpiresIn(days),
            _ => Validity::Valid,
        };
        let unsupported = examination.unsupported.into_iter().collect();
        Shown { certificates, faults: examination.faults, trusted: examination.trusted, unsupported, validity }
    }

    /// The days that should be left: a third of the lifetime if that is short, as those are renewed late by design.
    fn expected(&self, own: Option<&Certificate>) -> i64 {
        if let Some(days) = self.expect_days {
            return i64::from(days);
        }
        let moment = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let lifetime = own.and_then(|own| {
            let (begin, end) = (moment(&own.not_before)?, moment(&own.not_after)?);
            Some((end.as_second() - begin.as_second()) / DAY)
        });
        lifetime.map_or(EXPECT_DAYS, |days| EXPECT_DAYS.min(days / 3))
    }
}

impl Shown {
    /// One of the certificates as evidence, the server's own is the first.
    pub(super) fn evidence(&self, peer: &Peer, index: usize) -> Option<Evidence> {
        let Certificate { subject, sha256, .. } = self.certificates.get(index)?;
        let (subject, sha256) = (subject.clone(), sha256.clone());
        Some(Evidence::Certificate { server: peer.to_string(), subject, sha256 })
    }

    /// Whether there is a fault of one of these kinds.
    pub(super) fn has(&self, kinds: &[FaultKind]) -> bool {
        self.faults.iter().any(|fault| kinds.contains(&fault.kind))
    }

    /// Whether a sender that verifies certificates takes it.
    pub(super) fn is_valid(&self) -> bool {
        self.faults.iter().all(|fault| fault.kind == FaultKind::SmallKey)
    }

    /// Whether the way to a trusted root is sound, apart from date, name and strength.
    pub(super) fn is_trusted(&self) -> bool {
        use FaultKind as Kind;
        let apart = |kind| {
            let time_and_name = matches!(
                kind,
                Kind::Expired | Kind::NotYetValid | Kind::WrongName | Kind::WildcardDepth | Kind::NoName
            );
            time_and_name || matches!(kind, Kind::SmallKey | Kind::WeakSignature)
        };
        self.trusted == Some(true) && self.faults.iter().all(|fault| apart(fault.kind))
    }

    /// Whether it is for the name it was compared with.
    pub(super) fn is_named(&self) -> bool {
        !self.has(&[FaultKind::WrongName, FaultKind::WildcardDepth, FaultKind::NoName, FaultKind::Malformed])
    }

    /// Whether its keys and hashes are strong.
    pub(super) fn is_strong(&self) -> bool {
        !self.has(&[FaultKind::SmallKey, FaultKind::WeakSignature])
    }

    /// The SHA-256 of the server's own certificate.
    pub(super) fn sha256(&self) -> Option<&str> {
        self.certificates.first().map(|own| own.sha256.as_str())
    }

    /// The algorithm of the server's key.
    pub(super) fn algorithm(&self) -> Option<&str> {
        self.certificates.first().and_then(|own| own.key.as_ref()).map(|key| key.algorithm.as_str())
    }
}

/// The rule a fault breaks.
pub(super) fn rule(kind: FaultKind) -> &'static Rule {
    match kind {
        FaultKind::Malformed => &rules::MALFORMED,
        FaultKind::Expired => &rules::EXPIRED,
        FaultKind::NotYetValid => &rules::NOT_YET,
        FaultKind::IssuerExpired => &rules::ISSUER_EXPIRED,
        FaultKind::WrongName => &rules::WRONG_NAME,
        FaultKind::WildcardDepth => &rules::WILDCARD,
        FaultKind::NoName => &rules::NO_NAME,
        FaultKind::SelfSigned => &rules::SELF_SIGNED,
        FaultKind::ChainIncomplete => &rules::INCOMPLETE,
        FaultKind::UntrustedAuthority => &rules::UNTRUSTED,
        FaultKind::AuthorityAsServer => &rules::AUTHORITY,
        FaultKind::Purpose => &rules::PURPOSE,
        FaultKind::SmallKey => &rules::SMALL_KEY,
        FaultKind::WeakSignature => &rules::WEAK_SIGNATURE,
        FaultKind::OldVersion => &rules::OLD_CERTIFICATE,
        FaultKind::BadSignature => &rules::BAD_SIGNATURE,
        FaultKind::HandshakeSignature => &rules::PROOF_FAULT,
        FaultKind::Rejected => &rules::REJECTED,
    }
}

/// What to do in this case, where the rule's remedy can be made more exact.
pub(super) fn remedy(fault: &Fault, name: Option<&str>, certificates: &[Certificate]) -> Option<String> {
    let name = name?;
    match fault.kind {
        FaultKind::WrongName => {
            // The names in it may be those of other machines, and of other people.
            Some(format!("Get a certificate with the DNS name {name} in it."))
        }
        FaultKind::WildcardDepth | FaultKind::NoName => {
            Some(format!("Get a certificate with {name} as a subject alternative name."))
        }
        FaultKind::ChainIncomplete => {
            let own = certificates.get(fault.certificate)?;
            let url = own.issuer_url.as_ref()?;
            Some(format!(
                "Let the mail server send the certificate of {} behind its own: {url} has it. The file with both is \
                 mostly called fullchain.pem.",
                own.issuer
            ))
        }
        _ => None,
    }
}

/// The few letters a table has room for.
pub(super) fn word(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Expired => "expired",
        FaultKind::NotYetValid => "early",
        FaultKind::WrongName | FaultKind::WildcardDepth | FaultKind::NoName => "name",
        FaultKind::SelfSigned => "self",
        FaultKind::ChainIncomplete | FaultKind::IssuerExpired => "chain",
        FaultKind::UntrustedAuthority => "issuer",
        FaultKind::SmallKey => "weak",
        _ => "bad",
    }
}
