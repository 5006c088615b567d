//! What it means that a server passes mail on for strangers.

use crate::report::{Cite, Remedy, Rule, Severity};

/// All of them.
pub(super) static ALL: &[&Rule] = &[&OPEN, &SUSPECT, &PARTLY, &LATE];

/// A message got through.
pub(super) static OPEN: Rule = Rule {
    id: "relay-open",
    title: "The server relayed a message for a stranger",
    severity: Severity::Error,
    cites: &[Cite::rfc(2505, "2.1"), Cite::rfc(5321, "3.6.2")],
    why: "Spammers find open relays within hours; the server's address is then listed everywhere and its own mail refused.",
    remedy: Remedy::Act(
        "Allow relaying to your own networks and to users who have logged in, and to nobody else: in Postfix smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination.",
    ),
};

/// Ordinary mail is taken for anywhere.
pub(super) static SUSPECT: Rule = Rule {
    id: "relay-suspect",
    title: "The server takes mail from strangers for strangers",
    severity: Severity::Error,
    cites: &[Cite::rfc(2505, "2.1"), Cite::rfc(5321, "3.6.2")],
    why: "A server that takes such mail relays it, or bounces it to forged senders; spammers find it within hours and blocklists list it for either. Nothing was sent, so which of the two it does is not known.",
    remedy: Remedy::Act(
        "Allow relaying to your own networks and to users who have logged in, and to nobody else: in Postfix smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination with a narrow mynetworks, in Exim host_list relay_from_hosts.",
    ),
};

/// Mail is taken for anywhere in some disguise.
pub(super) static PARTLY: Rule = Rule {
    id: "relay-partly-open",
    title: "The server takes mail for strangers in some forms",
    severity: Severity::Error,
    cites: &[Cite::rfc(2505, "2.1"), Cite::rfc(5321, "3.6.1")],
    why: "Spammers know these forms. What looks like a local recipient or sender may be passed on, or bounced to forged senders; blocklists test for it.",
    remedy: Remedy::Act(
        "Refuse senders of your own domains without a login, and recipients with a route in them: in Postfix keep allow_untrusted_routing = no, and set allow_percent_hack = no and swap_bangpath = no, in Exim local parts with @, %, ! or | in the ACL for RCPT. Where the server takes any local part as a mailbox of its own, --send with --to tells whether it passes such mail on.",
    ),
};

/// The refusal comes late.
pub(super) static LATE: Rule = Rule {
    id: "relay-refused-late",
    title: "Mail for strangers is refused at DATA, not at RCPT",
    severity: Severity::Note,
    cites: &[Cite::rfc(5321, "3.3")],
    why: "The server is closed, but testers that stop at RCPT call it open and may list it.",
    remedy: Remedy::Act(
        "Refuse at RCPT: in Postfix smtpd_delay_reject = yes with smtpd_relay_restrictions, not in smtpd_data_restrictions.",
    ),
};
