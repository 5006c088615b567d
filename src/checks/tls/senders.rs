//! What senders of each kind do with mail for a host.

use super::facts::{Delivery, Senders};
use crate::mail::mta_sts::Mode;
use crate::net::dane::Status;

/// What senders look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// Whether TLS 1.2 or later comes about.
    pub(super) has_tls: bool,
    /// Whether the certificate is valid for the host's name, as PKIX says.
    pub(super) is_valid: bool,
    /// The mode of the domain's policy, and whether it names the host.
    pub(super) policy: Option<(Mode, bool)>,
    /// What DANE says: how far the records can be believed, whether senders must match them, and whether they match.
    pub(super) dane: Option<Dane>,
}

/// What DANE says of a host.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dane {
    pub(super) status: Status,
    /// Whether there are records.
    pub(super) has_records: bool,
    /// Whether one at least can be used.
    pub(super) is_usable: bool,
    /// Whether they match.
    pub(super) matches: bool,
}

/// What senders of each kind do.
pub(super) fn verdict(view: &View) -> Senders {
    let or = |holds: bool| if holds { Delivery::Deliver } else { Delivery::Defer };
    let opportunistic = if view.has_tls { Delivery::Deliver } else { Delivery::DeliverInClear };
    let mta_sts = view.policy.and_then(|(mode, is_covered)| match mode {
        Mode::Enforce => Some(or(view.has_tls && view.is_valid && is_covered)),
        // RFC 8461 §5: they only report.
        Mode::Testing => Some(opportunistic),
        Mode::None => None,
    });
    let dane = view.dane.and_then(|dane| match dane.status {
        Status::Secure if dane.is_usable => Some(or(view.has_tls && dane.matches)),
        // RFC 7672 §2.2: records that nobody can use still demand TLS.
        Status::Secure if dane.has_records => Some(or(view.has_tls)),
        // RFC 7672 §2.1.1: without an answer that can be believed the host is passed over.
        Status::Bogus => Some(Delivery::Defer),
        Status::Secure | Status::Absent | Status::Insecure | Status::Unreachable | Status::Unvalidated => None,
    });
    Senders { opportunistic, mta_sts, dane }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: View = View { has_tls: true, is_valid: true, policy: None, dane: None };

    fn dane(status: Status, matches: bool) -> Option<Dane> {
        Some(Dane { status, has_records: true, is_usable: true, matches })
    }

    #[test]
    fn without_policy_and_records_everybody_delivers_somehow() {
        let senders = |view: View| verdict(&view);
        assert_eq!(senders(SOUND).opportunistic, Delivery::Deliver);
        assert_eq!(senders(View { has_tls: false, ..SOUND }).opportunistic, Delivery::DeliverInClear);
        assert_eq!((senders(SOUND).mta_sts, senders(SOUND).dane), (None, None));
    }

    #[test]
    fn a_policy_in_force_demands_name_certificate_and_tls() {
        let mta_sts = |view: View, mode, covered| verdict(&View { policy: Some((mode, covered)), ..view }).mta_sts;
        assert_eq!(mta_sts(SOUND, Mode::Enforce, true), Some(Delivery::Deliver));
        assert_eq!(mta_sts(SOUND, Mode::Enforce, false), Some(Delivery::Defer));
        assert_eq!(mta_sts(View { is_valid: false, ..SOUND }, Mode::Enforce, true), Some(Delivery::Defer));
        let clear = View { has_tls: false, ..SOUND };
        assert_eq!(mta_sts(clear, Mode::Enforce, true), Some(Delivery::Defer));
        assert_eq!(mta_sts(clear, Mode::Testing, true), Some(Delivery::DeliverInClear));
        assert_eq!(mta_sts(SOUND, Mode::None, true), None);
    }

    #[test]
    fn dane_asks_for_a_match_and_not_for_an_authority() {
        let of = |view: View, dane| verdict(&View { dane, ..view }).dane;
        let unnamed = View { is_valid: false, ..SOUND };
        assert_eq!(of(unnamed, dane(Status::Secure, true)), Some(Delivery::Deliver));
        assert_eq!(of(SOUND, dane(Status::Secure, false)), Some(Delivery::Defer));
        assert_eq!(of(SOUND, dane(Status::Bogus, false)), Some(Delivery::Defer));
        assert_eq!(of(SOUND, dane(Status::Insecure, false)), None);
        let unusable = Dane { status: Status::Secure, has_records: true, is_usable: false, matches: false };
        assert_eq!(of(SOUND, Some(unusable)), Some(Delivery::Deliver));
        assert_eq!(of(View { has_tls: false, ..SOUND }, Some(unusable)), Some(Delivery::Defer));
    }
}
