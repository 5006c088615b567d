//! What a look-up can mean for the administrator.

use crate::report::{Cite, Remedy, Rule, Severity};

const LOOKUP: Cite = Cite::rfc(5782, "2.1");
const IPV6: Cite = Cite::rfc(5782, "2.4");
const TEST_ENTRIES: Cite = Cite::rfc(5782, "5");
const GUIDELINES: Cite = Cite::rfc(6471, "3.4");
const VALUES: Cite = Cite::rfc(5782, "2.3");

/// The points of all lists together refuse mail. RFC 5782 §2.1.
pub(super) static THRESHOLD: Rule = Rule {
    id: "dnsbl-threshold",
    title: "Listed so heavily that mail is refused",
    severity: Severity::Error,
    cites: &[LOOKUP],
    why: "Receivers add up what blocklists say of a sender. At this sum most of them refuse the message during \
          the SMTP dialogue, whatever it contains.",
    remedy: Remedy::Act(
        "Find and stop what caused the listings, then ask the lists below for removal, the heaviest first.",
    ),
};

/// A list holds the address or name against its owner. RFC 5782 §2.1.
pub(super) static LISTED: Rule = Rule {
    id: "dnsbl-listed",
    title: "Listed",
    severity: Severity::Warning,
    cites: &[LOOKUP, VALUES],
    why: "Receivers that use this list refuse mail from the address or mark it as spam. A list that sees the \
          cause continue lists again, and for longer.",
    remedy: Remedy::Act("Stop the cause first, then ask the list for removal."),
};

/// The address belongs to a class that should not send mail directly. RFC 5782 §2.3.
pub(super) static POLICY: Rule = Rule {
    id: "dnsbl-policy",
    title: "Declared as space that does not send mail directly",
    severity: Severity::Warning,
    cites: &[VALUES],
    why: "The owner of the network, or the list, says that no mail server should be at this address. That is \
          right for a workstation and fatal for a mail server: most receivers refuse mail from it.",
    remedy: Remedy::Act(
        "If this is a mail server with a static address, ask for its removal from the policy list; \
             otherwise send through your provider's relay.",
    ),
};

/// A sender's address belongs to a class that should not send mail directly. RFC 5782 §2.3.
pub(super) static POLICY_SENDER: Rule = Rule {
    id: "dnsbl-policy-sender",
    title: "A sender stands in space that does not send mail directly",
    severity: Severity::Error,
    cites: &[VALUES],
    why: "The owner of the network, or the list, says that no mail server should be at this address, and the domain \
          sends from it. Receivers that ask this list refuse everything it sends, whatever its conduct.",
    remedy: Remedy::Act(
        "If this is a mail server with a static address, ask for its removal from the policy list; \
             otherwise send through your provider's relay.",
    ),
};

/// A listing that hardly anyone acts on. RFC 5782 §2.3.
pub(super) static MINOR: Rule = Rule {
    id: "dnsbl-minor",
    title: "Listed where it does not count",
    severity: Severity::Note,
    cites: &[VALUES],
    why: "The list is informational, judges whole networks, or is hardly used to refuse mail. It earns no points.",
    remedy: Remedy::Nothing("Nothing, unless a receiver names this list in a refusal."),
};

/// A good mark. RFC 5782 §2.1.
pub(super) static ALLOWED: Rule = Rule {
    id: "dnsbl-allowed",
    title: "On an allowlist",
    severity: Severity::Note,
    cites: &[LOOKUP],
    why: "Some receivers treat listed senders better. A good mark never outweighs a bad one here.",
    remedy: Remedy::Nothing("Nothing."),
};

/// A code the catalogue does not know. RFC 5782 §2.3.
pub(super) static UNDOCUMENTED: Rule = Rule {
    id: "dnsbl-undocumented-code",
    title: "Listed with a code that is not documented",
    severity: Severity::Note,
    cites: &[VALUES],
    why: "The list answered inside 127.0.0.0/8 with a code that its documentation, as far as known here, does \
          not explain. It is a listing all the same.",
    remedy: Remedy::Act("Read the list's own page about its codes."),
};

/// A list would not answer this resolver. RFC 6471 §3.4.
pub(super) static REFUSED: Rule = Rule {
    id: "dnsbl-refused",
    title: "Refused to answer this resolver",
    severity: Severity::Note,
    cites: &[GUIDELINES],
    why: "Lists refuse questions from public, shared or too busy resolvers. Such an answer says nothing about \
          the address; a mail server that takes it for a listing refuses all mail.",
    remedy: Remedy::Act(
        "Ask through a recursive resolver of your own (--resolver 127.0.0.1), ask the lists' own servers \
             (--direct), or get a key where the list offers one.",
    ),
};

/// A list that answers registered resolvers only gave no sign of life. RFC 5782 §5.
pub(super) static REGISTRATION: Rule = Rule {
    id: "dnsbl-registration",
    title: "A list that answers registered resolvers gave no sign of life",
    severity: Severity::Note,
    cites: &[TEST_ENTRIES],
    why: "The list answers the resolvers that are registered with its operator. To others it says nothing, which \
          looks like \"not listed\" and means nothing: not even its test entry is there.",
    remedy: Remedy::Act(
        "Register the address of your resolver with the list's operator, or look the address up on its page.",
    ),
};

/// Lists whose answers do not come through. RFC 5782 §2.1.
pub(super) static FILTERED: Rule = Rule {
    id: "dnsbl-filtered",
    title: "The resolver filters what lists answer",
    severity: Severity::Note,
    cites: &[LOOKUP, TEST_ENTRIES],
    why: "Lists answer in 127.0.0.0/8. Rebind protection in a router or resolver drops such answers, and filters \
          block whole zones; then no list can be asked through it, and a mail server that does refuses nothing.",
    remedy: Remedy::Act(
        "Exempt the lists from the resolver's rebind protection (unbound: private-domain; dnsmasq: \
             rebind-domain-ok) or filter, or ask through another resolver (--resolver 127.0.0.1).",
    ),
};

/// A list that was asked although it is out of service. RFC 6471 §3.4.
pub(super) static RETIRED: Rule = Rule {
    id: "dnsbl-retired",
    title: "Asked a list that is out of service",
    severity: Severity::Note,
    cites: &[GUIDELINES],
    why: "A closed list answers nothing useful, and some answered \"listed\" for every address when they ended. \
          A mail server that still asks it may refuse all mail one day.",
    remedy: Remedy::Act("Remove the list from the configuration of your mail server."),
};

/// A list of the user's own that cannot be used. RFC 5782 §5.
pub(super) static BROKEN_LIST: Rule = Rule {
    id: "dnsbl-list-broken",
    title: "A list you named is not usable",
    severity: Severity::Note,
    cites: &[TEST_ENTRIES],
    why: "The list's zone does not exist, lists every address, or does not answer its own test entry. A mail \
          server that uses it refuses everything or nothing.",
    remedy: Remedy::Act("The name must be right, 127.0.0.2 must be listed and 127.0.0.1 must not."),
};

/// What receivers judge of an IPv6 sender. RFC 5782 §2.4.
pub(super) static IPV6_PREFIX: Rule = Rule {
    id: "dnsbl-ipv6-prefix",
    title: "IPv6 senders are judged by their /64",
    severity: Severity::Note,
    cites: &[IPV6],
    why: "Most lists and receivers treat the 2^64 addresses of a /64 as one sender, since one host can use them \
          all. A neighbour in the same /64 shares your reputation.",
    remedy: Remedy::Act("Give the mail server a /64 of its own."),
};

/// All rules of this check.
pub(super) static ALL: &[&Rule] = &[
    &THRESHOLD,
    &LISTED,
    &POLICY,
    &POLICY_SENDER,
    &MINOR,
    &ALLOWED,
    &UNDOCUMENTED,
    &REFUSED,
    &REGISTRATION,
    &FILTERED,
    &RETIRED,
    &BROKEN_LIST,
    &IPV6_PREFIX,
];
