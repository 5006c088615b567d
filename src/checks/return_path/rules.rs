//! What a return path can mean for the administrator.

use crate::report::{Cite, Remedy, Rule, Severity};

const NAMES: Cite = Cite::rfc(5321, "2.3.5");
const SYNTAX: Cite = Cite::rfc(5321, "4.1.2");
const LENGTH: Cite = Cite::rfc(5321, "4.5.3.1.1");
const LITERALS: Cite = Cite::rfc(5321, "4.1.3");
const TRACE: Cite = Cite::rfc(5321, "4.4");
const NULL_PATH: Cite = Cite::rfc(5321, "4.5.5");
const ROUTING: Cite = Cite::rfc(5321, "5.1");
const NULL_MX_SENDER: Cite = Cite::rfc(7505, "4.2");
const SPECIAL: Cite = Cite::rfc(6890, "2.2");
const SPECIAL_NAMES: Cite = Cite::rfc(6761, "6");
const LOCAL_NAMES: Cite = Cite::rfc(6762, "3");

/// The path of bounces themselves. RFC 5321 §4.5.5.
pub(super) static NULL_SENDER: Rule = Rule {
    id: "return-path-null-sender",
    title: "The null path cannot be bounced to",
    severity: Severity::Note,
    cites: &[NULL_PATH],
    why: "Bounces are sent from the null path so that they cause no bounces of their own. There is nothing to look \
          up; receivers judge such mail by its HELO name.",
    remedy: Remedy::Nothing("Nothing, if the message is a bounce or a notification."),
};

/// An address literal. RFC 5321 §4.1.3.
pub(super) static LITERAL: Rule = Rule {
    id: "return-path-literal",
    title: "The return path has an address literal for a domain",
    severity: Severity::Warning,
    cites: &[LITERALS],
    why: "It is allowed, but such a domain has no MX, SPF or DMARC record, and many receivers refuse it.",
    remedy: Remedy::Act("Send from an address in a domain of yours."),
};

/// An address without brackets. RFC 5321 §4.1.3.
pub(super) static BARE_ADDRESS: Rule = Rule {
    id: "return-path-bare-address",
    title: "The return path has an address without brackets for a domain",
    severity: Severity::Error,
    cites: &[LITERALS, SYNTAX],
    why: "Digits and dots are read as a name, which does not exist. Receivers refuse it.",
    remedy: Remedy::Act("Send from an address in a domain of yours."),
};

/// An address with another one inside. RFC 5321 §4.4.
pub(super) static FORM: Rule = Rule {
    id: "return-path-form",
    title: "The return path carries another address",
    severity: Severity::Note,
    cites: &[TRACE],
    why: "Lists write the recipient into it (VERP), forwarders the first sender (SRS), and some servers a signature \
          (BATV), to know a bounce when it comes. A receiver that greylists or blocks by sender sees a new one with \
          every message or day.",
    remedy: Remedy::Nothing("Nothing."),
};

/// A local part that is none. RFC 5321 §4.1.2.
pub(super) static LOCAL_PART: Rule = Rule {
    id: "return-path-local-part",
    title: "The return path's local part is not valid",
    severity: Severity::Error,
    cites: &[SYNTAX],
    why: "Outside quotation marks a local part is letters, digits and some signs with single dots between them. Servers \
          that keep to the grammar answer MAIL FROM with 501, so that the message itself is refused; others cannot \
          return a bounce.",
    remedy: Remedy::Act("Send from an address of letters, digits, hyphens and single dots."),
};

/// A local part that not every server takes. RFC 5321 §4.5.3.1.1.
pub(super) static LONG: Rule = Rule {
    id: "return-path-long",
    title: "The return path's local part is longer than 64 octets",
    severity: Severity::Warning,
    cites: &[LENGTH],
    why: "Every server takes 64 octets, and some refuse what is longer. Lists and forwarders that write another address \
          into it (VERP, SRS) are the usual cause.",
    remedy: Remedy::Act("Shorten the address, or let the list or forwarder write a number instead of the address."),
};

/// Letters beyond ASCII. RFC 6531 §3.3.
pub(super) static SMTPUTF8: Rule = Rule {
    id: "return-path-smtputf8",
    title: "The return path needs SMTPUTF8",
    severity: Severity::Warning,
    cites: &[Cite::rfc(6531, "3.3"), Cite::rfc(6531, "3.5")],
    why: "A local part beyond ASCII goes only to servers that offer SMTPUTF8, and so does the bounce. Mail for all other \
          servers is returned or lost.",
    remedy: Remedy::Act("Send from an address in ASCII, and keep the other one as an alias for incoming mail."),
};

/// A domain of one label. RFC 5321 §2.3.5.
pub(super) static UNQUALIFIED: Rule = Rule {
    id: "return-path-unqualified",
    title: "The return path's domain is not fully qualified",
    severity: Severity::Error,
    cites: &[NAMES],
    why: "Only fully qualified names are allowed in SMTP. Nobody outside can send a bounce to a name without a dot.",
    remedy: Remedy::Act("Set the whole domain in the mail server's or the program's sender address."),
};

/// A domain that means nothing outside. RFC 6761 §6, RFC 6762 §3.
pub(super) static PRIVATE_SUFFIX: Rule = Rule {
    id: "return-path-private-suffix",
    title: "The return path's domain means nothing on the Internet",
    severity: Severity::Error,
    cites: &[NAMES, LOCAL_NAMES, SPECIAL_NAMES],
    why: "localhost and names under .local, .lan and the like cannot be looked up by others. Receivers refuse mail \
          from a domain that does not exist.",
    remedy: Remedy::Act(
        "Send from an address in a domain of yours; set the domain in the mail server's configuration.",
    ),
};

/// Characters that no mail domain may have. RFC 5321 §4.1.2.
pub(super) static HOST_SYNTAX: Rule = Rule {
    id: "return-path-host-syntax",
    title: "The return path's domain is no valid mail domain",
    severity: Severity::Warning,
    cites: &[SYNTAX],
    why: "Mail domains are letters, digits and hyphens. Some receivers refuse names with underscores.",
    remedy: Remedy::Act("Send from a domain of letters, digits and hyphens."),
};

/// Neither MX nor address. RFC 5321 §2.3.5.
pub(super) static UNRESOLVABLE: Rule = Rule {
    id: "return-path-unresolvable",
    title: "The return path's domain has neither MX nor address",
    severity: Severity::Error,
    cites: &[NAMES, ROUTING],
    why: "No bounce can be delivered to it. Most receivers look the domain up while the message is offered, and \
          refuse it.",
    remedy: Remedy::Act("Publish an MX record for the domain, or send from a domain that has one."),
};

/// A sender that takes no mail. RFC 7505 §4.2.
pub(super) static NULL_MX: Rule = Rule {
    id: "return-path-null-mx",
    title: "The return path's domain says that it takes no mail",
    severity: Severity::Error,
    cites: &[NULL_MX_SENDER],
    why: "A domain with a null MX must not be used as a return address, since no bounce can reach it. Receivers \
          refuse such mail with 550 5.7.27.",
    remedy: Remedy::Act("Send from a domain that takes mail, or replace the null MX by an MX record."),
};

/// No MX, only an address. RFC 5321 §5.1.
pub(super) static IMPLICIT: Rule = Rule {
    id: "return-path-implicit-mx",
    title: "Bounces go to the domain's own address",
    severity: Severity::Note,
    cites: &[ROUTING],
    why: "There is no MX record, so the domain's address stands for one. That suffices, if a mail server is there.",
    remedy: Remedy::Nothing("Nothing, if a mail server is there; otherwise publish an MX record."),
};

/// No host that can be reached. RFC 6890 §2.2.
pub(super) static UNREACHABLE: Rule = Rule {
    id: "return-path-unreachable",
    title: "No mail host of the return path can be reached from the Internet",
    severity: Severity::Error,
    cites: &[ROUTING, SPECIAL],
    why: "Every host that should take bounces has no address, or one that is private or reserved. Receivers take the \
          domain for a forgery.",
    remedy: Remedy::Act(
        "Publish a public address for the hosts in the MX records, or send from a domain that has one.",
    ),
};
