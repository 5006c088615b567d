//! The confidence factor: how far mail to a host is protected on its way, from 0 to 100, by a formula that is told.
//!
//! An address begins at 100 and loses points for each quality that is missing:
//!
//! | quality | points | less |
//! |---|---|---|
//! | version | 45 | TLS 1.2: 40, TLS 1.1: 15, TLS 1.0: 10, SSL: 0 |
//! | cipher suite | 10 | forward secrecy without authenticated encryption: 5 |
//! | the chain leads to a trusted root | 12 | |
//! | the certificate is for the host's name | 12 | |
//! | it is valid today | 6 | it expires soon: 3 |
//! | keys and hashes are strong | 5 | |
//! | every address of the host has TLS | 5 | |
//! | MTA-STS in force, or matching TLSA records | 5 | MTA-STS on trial: 2 |
//!
//! TLSA records that match make up for chain, name and date, as RFC 7672 §3.1 says. Where senders that follow DANE
//! or enforce MTA-STS do not deliver, and where there is no TLS, it is 0. A host counts with its worst address, hosts
//! of one preference with their mean; the groups of preference weigh 1, 1/2, 1/4 and so on. What was not tested has
//! no part in it. An envelope that is refused or deferred says nothing of TLS and costs nothing.

use super::facts::Deduction;
use crate::net::tls::suites;

/// The qualities of an address whose TLS works.
#[derive(Debug, Clone)]
pub(super) struct Qualities<'a> {
    pub(super) version: &'a str,
    pub(super) suite: &'a str,
    pub(super) is_trusted: bool,
    /// Whether the certificate is for the name, if there is one to compare.
    pub(super) is_named: bool,
    pub(super) validity: Validity,
    pub(super) is_strong: bool,
    pub(super) is_everywhere: bool,
    pub(super) protection: Protection,
}

/// How a certificate stands in its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Validity {
    Valid,
    /// In so many days.
    ExpiresIn(i64),
    Invalid,
}

/// What holds senders to TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// TLSA records that match.
    Dane,
    /// A policy in force, that the host satisfies.
    Enforced,
    /// A policy on trial.
    Testing,
    Nothing,
    /// Senders that follow DANE stay away.
    DaneDefers,
    /// Senders that follow MTA-STS stay away.
    PolicyDefers,
}

const FULL: u8 = 100;

/// The confidence of an address, and what was deducted.
pub(super) fn score(qualities: &Qualities<'_>) -> (u8, Vec<Deduction>) {
    let mut deductions = Vec::new();
    let mut deduct = |points: u8, why: String| {
        if points > 0 {
            deductions.push(Deduction { points, why });
        }
    };
    let version = match qualities.version {
        "TLSv1.3" => 45,
        "TLSv1.2" => 40,
        "TLSv1.1" => 15,
        "TLSv1.0" => 10,
        _ => 0,
    };
    deduct(45 - version, format!("{}, not TLSv1.3", qualities.version));
    match (suites::has_forward_secrecy(qualities.suite), suites::is_aead(qualities.suite)) {
        (true, true) => {}
        (true, false) => deduct(5, format!("{}: no authenticated encryption", qualities.suite)),
        (false, _) => deduct(10, format!("{}: no forward secrecy", qualities.suite)),
    }
    // RFC 7672 §3.1: the records stand for authority, name and, with usage 3, date.
    if qualities.protection != Protection::Dane {
        deduct(if qualities.is_trusted { 0 } else { 12 }, "no sound chain to a trusted root".to_owned());
        deduct(if qualities.is_named { 0 } else { 12 }, "not for the host's name".to_owned());
        match qualities.validity {
            Validity::Valid => {}
            Validity::ExpiresIn(days) => deduct(3, format!("expires in {days} days")),
            Validity::Invalid => deduct(6, "not valid today".to_owned()),
        }
    }
    deduct(if qualities.is_strong { 0 } else { 5 }, "weak key or signature".to_owned());
    deduct(if qualities.is_everywhere { 0 } else { 5 }, "another address of the host has no TLS".to_owned());
    let refused = match qualities.protection {
        Protection::Dane | Protection::Enforced => None,
        Protection::Testing => {
            deduct(3, "MTA-STS is on trial".to_owned());
            None
        }
        Protection::Nothing => {
            deduct(5, "neither MTA-STS nor DANE".to_owned());
            None
        }
        Protection::DaneDefers => Some("senders that follow DANE do not deliver"),
        Protection::PolicyDefers => Some("senders that enforce MTA-STS do not deliver"),
    };
    let deducted: u8 = deductions.iter().map(|deduction| deduction.points).sum();
    let left = FULL.saturating_sub(deducted);
    match refused {
        Some(why) => {
            deductions.push(Deduction { points: left, why: why.to_owned() });
            (0, deductions)
        }
        None => (left, deductions),
    }
}

/// The confidence of an address without TLS that works.
pub(super) fn nothing(why: &str) -> (u8, Vec<Deduction>) {
    (0, vec![Deduction { points: FULL, why: why.to_owned() }])
}

/// The confidence of a host by its preference; none if it was not tested.
pub(super) type Scored = (Option<u16>, Option<u8>);

/// The confidence of a domain from that of its hosts, rounded down so that 100 means that nothing is missing.
pub(super) fn of_domain(hosts: &[Scored]) -> Option<u8> {
    let mut tested: Vec<(Option<u16>, u8)> =
        hosts.iter().filter_map(|(preference, score)| score.map(|score| (*preference, score))).collect();
    tested.sort_by_key(|(preference, _)| *preference);
    // In 2^-rank parts; beyond the sixteenth group nothing counts any more.
    let mut weight = 1_u64 << 16;
    let (mut sum, mut weights) = (0, 0);
    for group in tested.chunk_by(|a, b| a.0 == b.0) {
        let total: u64 = group.iter().map(|(_, score)| u64::from(*score)).sum();
        sum += weight * total / group.len() as u64;
        weights += weight;
        weight /= 2;
    }
    u8::try_from(sum.checked_div(weights)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best() -> Qualities<'static> {
        Qualities {
            version: "TLSv1.3",
            suite: "TLS_AES_256_GCM_SHA384",
            is_trusted: true,
            is_named: true,
            validity: Validity::Valid,
            is_strong: true,
            is_everywhere: true,
            protection: Protection::Enforced,
        }
    }

    #[test]
    fn nothing_is_deducted_from_the_best_and_everything_is_listed() {
        assert_eq!(score(&best()), (100, vec![]));
        let worst = Qualities {
            version: "TLSv1.0",
            suite: "TLS_RSA_WITH_AES_128_CBC_SHA",
            is_trusted: false,
            is_named: false,
            validity: Validity::Invalid,
            is_strong: false,
            is_everywhere: false,
            protection: Protection::Nothing,
        };
        let (left, deductions) = score(&worst);
        assert_eq!(left, 10);
        assert_eq!(deductions.iter().map(|one| u64::from(one.points)).sum::<u64>(), 90);
        assert_eq!(deductions.len(), 8);
    }

    #[test]
    fn the_points_are_those_of_the_table() {
        let points = |change: fn(&mut Qualities<'static>)| {
            let mut qualities = best();
            change(&mut qualities);
            score(&qualities).0
        };
        assert_eq!(points(|one| one.version = "TLSv1.2"), 95);
        assert_eq!(points(|one| one.suite = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"), 95);
        assert_eq!(points(|one| one.suite = "TLS_RSA_WITH_AES_128_GCM_SHA256"), 90);
        assert_eq!(points(|one| one.is_trusted = false), 88);
        assert_eq!(points(|one| one.is_named = false), 88);
        assert_eq!(points(|one| one.validity = Validity::ExpiresIn(9)), 97);
        assert_eq!(points(|one| one.validity = Validity::Invalid), 94);
        assert_eq!(points(|one| one.is_strong = false), 95);
        assert_eq!(points(|one| one.protection = Protection::Testing), 97);
        assert_eq!(points(|one| one.protection = Protection::Nothing), 95);
    }

    #[test]
    fn matching_records_excuse_chain_name_and_date() {
        let bare = Qualities { is_trusted: false, is_named: false, validity: Validity::Invalid, ..best() };
        assert_eq!(score(&Qualities { protection: Protection::Dane, ..bare }).0, 100);
    }

    #[test]
    fn where_senders_stay_away_nothing_is_left() {
        for protection in [Protection::DaneDefers, Protection::PolicyDefers] {
            let (left, deductions) = score(&Qualities { protection, version: "TLSv1.2", ..best() });
            assert_eq!(left, 0);
            assert_eq!(deductions.iter().map(|one| u64::from(one.points)).sum::<u64>(), 100);
        }
    }

    #[test]
    fn a_domain_is_weighed_by_preference_and_leaves_out_the_untested() {
        assert_eq!(of_domain(&[(Some(10), Some(100)), (Some(20), Some(40))]), Some(80));
        assert_eq!(of_domain(&[(Some(10), Some(100)), (Some(10), Some(40))]), Some(70));
        assert_eq!(of_domain(&[(Some(10), None), (Some(20), Some(40))]), Some(40));
        assert_eq!(of_domain(&[(Some(10), Some(100)), (Some(20), Some(99))]), Some(99));
        assert_eq!(of_domain(&[(None, Some(95))]), Some(95));
        assert_eq!(of_domain(&[(Some(10), None)]), None);
        let many: Vec<Scored> = (0..40).map(|preference| (Some(preference), Some(50))).collect();
        assert_eq!(of_domain(&many), Some(50));
    }
}
