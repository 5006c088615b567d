//! What a record, or the judgement of one, can mean for the administrator.

use crate::report::{Cite, Remedy, Rule, Severity};

const fn spf(section: &'static str) -> Cite {
    Cite::rfc(7208, section)
}

/// The domain has no record. RFC 7208 §4.5.
pub(super) static NONE: Rule = Rule {
    id: "spf-none",
    title: "No SPF record",
    severity: Severity::Error,
    cites: &[spf("4.5"), spf("3")],
    why: "Without a record anyone may send in the domain's name, and large receivers refuse or mark mail that is \
          authenticated by nothing.",
    remedy: Remedy::Act(
        "Publish a TXT record that names what sends the domain's mail, or \"v=spf1 -all\" if nothing does.",
    ),
};

/// More than one record. RFC 7208 §4.5.
pub(super) static SEVERAL: Rule = Rule {
    id: "spf-several",
    title: "Several SPF records",
    severity: Severity::Error,
    cites: &[spf("4.5"), spf("3.2")],
    why: "Receivers answer permerror when a domain has more than one record, as if it had none.",
    remedy: Remedy::Act("Merge the records into one and remove the others."),
};

/// The record breaks the grammar. RFC 7208 §4.6.
pub(super) static SYNTAX: Rule = Rule {
    id: "spf-syntax",
    title: "The record cannot be read",
    severity: Severity::Error,
    cites: &[spf("4.6"), spf("12")],
    why: "One fault anywhere makes the whole record a permerror, even behind terms that would have matched.",
    remedy: Remedy::Act("Correct the term that is marked."),
};

/// More than ten terms that cost a DNS look-up. RFC 7208 §4.6.4.
pub(super) static LOOKUP_LIMIT: Rule = Rule {
    id: "spf-lookup-limit",
    title: "The record needs too many DNS look-ups",
    severity: Severity::Error,
    cites: &[spf("4.6.4")],
    why: "Receivers stop at the eleventh term that costs a look-up and answer permerror. Which senders are hit \
          depends on the order of the terms, so mail fails from some of them only.",
    remedy: Remedy::Act(
        "Remove terms that are not needed, and replace names by ip4: and ip6: where their addresses are yours.",
    ),
};

/// More than two look-ups that come back empty. RFC 7208 §4.6.4.
pub(super) static VOID_LIMIT: Rule = Rule {
    id: "spf-void-limit",
    title: "Too many look-ups come back empty",
    severity: Severity::Error,
    cites: &[spf("4.6.4")],
    why: "Receivers answer permerror at the third name in a record that does not exist or has no address.",
    remedy: Remedy::Act("Remove the terms whose names are gone."),
};

/// More than two look-ups that come back empty for clients of one family. RFC 7208 §4.6.4.
pub(super) static VOID_FAMILY: Rule = Rule {
    id: "spf-void-family",
    title: "Too many look-ups come back empty for one family of clients",
    severity: Severity::Warning,
    cites: &[spf("4.6.4"), spf("5")],
    why: "A receiver asks for the addresses of the client's own family only. At the third host without one it answers \
          permerror instead of the result that the record ends with, so forged mail over this family is not refused.",
    remedy: Remedy::Act("Write the addresses of the hosts as ip4: and ip6: terms instead of a and mx."),
};

/// An mx with more than ten mail exchangers. RFC 7208 §4.6.4.
pub(super) static MX_LIMIT: Rule = Rule {
    id: "spf-mx-limit",
    title: "An mx term stands for too many hosts",
    severity: Severity::Error,
    cites: &[spf("4.6.4"), spf("5.4")],
    why: "Receivers answer permerror when the domain of an mx term has more than ten mail exchangers.",
    remedy: Remedy::Act("Replace the mx term by the networks of the hosts that send."),
};

/// An include or redirect to a domain without a record. RFC 7208 §5.2.
pub(super) static INCLUDE_NONE: Rule = Rule {
    id: "spf-include-none",
    title: "Leads to a domain without an SPF record",
    severity: Severity::Error,
    cites: &[spf("5.2"), spf("6.1")],
    why: "An include or a redirect to a domain without a record makes the whole record a permerror.",
    remedy: Remedy::Act("Remove the term, or correct the name in it."),
};

/// A record that includes itself. RFC 7208 §4.6.4.
pub(super) static LOOP: Rule = Rule {
    id: "spf-loop",
    title: "The record leads back to itself",
    severity: Severity::Error,
    cites: &[spf("4.6.4"), spf("5.2")],
    why: "Receivers follow the loop until the tenth look-up and then answer permerror.",
    remedy: Remedy::Act("Remove the term that closes the loop."),
};

/// A domain in the record that anyone may register. RFC 7208 §11.5.
pub(super) static UNREGISTERED: Rule = Rule {
    id: "spf-unregistered",
    title: "Trusts a domain that anyone may register",
    severity: Severity::Error,
    cites: &[spf("5.2"), spf("11.5")],
    why: "The domain behind the term does not exist. Whoever registers it decides who sends in your name.",
    remedy: Remedy::Act("Remove the term today."),
};

/// The record lets everyone send. RFC 7208 §5.1.
pub(super) static ALLOWS_ALL: Rule = Rule {
    id: "spf-allows-all",
    title: "Everyone may send in the domain's name",
    severity: Severity::Error,
    cites: &[spf("5.1"), spf("2.6.3")],
    why: "A record that passes every address is worse than none: it makes forged mail pass DMARC.",
    remedy: Remedy::Act("Name the senders, and end the record with -all or ~all."),
};

/// The record ends without saying no to anyone. RFC 7208 §4.7.
pub(super) static NEUTRAL: Rule = Rule {
    id: "spf-neutral-end",
    title: "The record rejects nobody",
    severity: Severity::Warning,
    cites: &[spf("4.7"), spf("8.2")],
    why: "With ?all, or with nothing at the end, every other sender is neutral, which receivers must treat as if \
          there were no record.",
    remedy: Remedy::Act("End the record with ~all, and with -all when DMARC reports show no sender missing."),
};

/// A ptr term, or the macro that does the same. RFC 7208 §5.5.
pub(super) static PTR: Rule = Rule {
    id: "spf-ptr",
    title: "Uses ptr, which should not be published",
    severity: Severity::Warning,
    cites: &[spf("5.5"), spf("7.2")],
    why: "It is slow, puts a load on the servers of .arpa, and some receivers do not evaluate it.",
    remedy: Remedy::Act("Replace it by the networks that send."),
};

/// Terms that no receiver ever reaches. RFC 7208 §5.1.
pub(super) static UNREACHABLE: Rule = Rule {
    id: "spf-unreachable",
    title: "Terms that are never reached",
    severity: Severity::Warning,
    cites: &[spf("5.1"), spf("6.1")],
    why: "Nothing behind \"all\" is evaluated, and a redirect is ignored where there is an \"all\". Senders named \
          there are not authorised.",
    remedy: Remedy::Act("Move the terms in front of \"all\", or remove them."),
};

/// TXT records too large for one datagram. RFC 7208 §3.4.
pub(super) static SIZE: Rule = Rule {
    id: "spf-size",
    title: "The TXT answer is large",
    severity: Severity::Warning,
    cites: &[spf("3.4")],
    why: "An answer beyond 512 octets needs EDNS or TCP, which some receivers or firewalls do not let through.",
    remedy: Remedy::Act("Remove TXT records and terms that are not needed, or move them behind an include."),
};

/// A network wider than any sender needs. RFC 7208 §11.1.
pub(super) static WIDE: Rule = Rule {
    id: "spf-wide",
    title: "Authorises a very wide network",
    severity: Severity::Warning,
    cites: &[spf("5.6"), spf("11.4")],
    why: "Every host of the network may send in the domain's name, other people's hosts too.",
    remedy: Remedy::Act("Name the networks of the hosts that send, and no more."),
};

/// A term whose name is gone. RFC 7208 §4.6.4.
pub(super) static VOID: Rule = Rule {
    id: "spf-void",
    title: "A name in the record leads to nothing",
    severity: Severity::Warning,
    cites: &[spf("4.6.4"), spf("11.1")],
    why: "The term authorises nobody, costs a look-up, and the third of its kind is a permerror.",
    remedy: Remedy::Act("Remove the term, or correct the name in it."),
};

/// A text that looks like a record and is none. RFC 7208 §4.5.
pub(super) static NEAR_MISS: Rule = Rule {
    id: "spf-near-miss",
    title: "A TXT record looks like SPF and is not",
    severity: Severity::Warning,
    cites: &[spf("4.5"), spf("3.3")],
    why: "A record begins with exactly \"v=spf1\", followed by a space or nothing. Anything else is ignored.",
    remedy: Remedy::Act("Correct the beginning of the text, or remove it."),
};

/// A record at a name nobody asks. RFC 7208 §3.
pub(super) static MISPLACED: Rule = Rule {
    id: "spf-misplaced",
    title: "An SPF record stands at the wrong name",
    severity: Severity::Warning,
    cites: &[spf("3"), spf("4.4")],
    why: "Receivers ask for the record at the domain itself, never below it.",
    remedy: Remedy::Act("Move the record to the domain itself."),
};

/// A mechanism written as a modifier. RFC 7208 §6.
pub(super) static EQUALS: Rule = Rule {
    id: "spf-equals-sign",
    title: "A mechanism is written with an equals sign",
    severity: Severity::Warning,
    cites: &[spf("6"), spf("4.6.1")],
    why: "With an equals sign it is an unknown modifier, which receivers ignore: it authorises nobody.",
    remedy: Remedy::Act("Write a colon instead of the equals sign."),
};

/// An explanation that nobody will ever read. RFC 7208 §6.2.
pub(super) static EXPLANATION: Rule = Rule {
    id: "spf-explanation",
    title: "The explanation cannot be used",
    severity: Severity::Warning,
    cites: &[spf("6.2")],
    why: "The exp modifier needs exactly one TXT record of ASCII text with valid macros; anything else is \
          silently left out.",
    remedy: Remedy::Act("Correct the text, or remove the exp modifier."),
};

/// Addresses that cannot send on the Internet. RFC 6890 §2.2.
pub(super) static SPECIAL: Rule = Rule {
    id: "spf-special-address",
    title: "Authorises addresses that cannot send on the Internet",
    severity: Severity::Warning,
    cites: &[spf("5.6"), Cite::rfc(6890, "2.2")],
    why: "No receiver on the Internet ever sees a private or reserved address as a client.",
    remedy: Remedy::Act("Remove the term, or write the public address in its place."),
};

/// An end that asks receivers for suspicion only. RFC 7208 §8.5.
pub(super) static SOFTFAIL: Rule = Rule {
    id: "spf-softfail-end",
    title: "Other senders are suspicious only",
    severity: Severity::Note,
    cites: &[spf("8.5"), spf("2.6.5")],
    why: "With ~all receivers accept and mark. With a DMARC policy that is the usual choice, and it harms nothing.",
    remedy: Remedy::Nothing("Nothing, if DMARC is enforced."),
};

/// The same term twice. RFC 7208 §4.6.4.
pub(super) static DUPLICATE: Rule = Rule {
    id: "spf-duplicate",
    title: "The same term stands there twice",
    severity: Severity::Note,
    cites: &[spf("4.6.2"), spf("4.6.4")],
    why: "The second one can never match, and costs its look-ups again.",
    remedy: Remedy::Act("Remove the second one."),
};

/// Terms that depend on the message. RFC 7208 §7.
pub(super) static DYNAMIC: Rule = Rule {
    id: "spf-dynamic",
    title: "Terms that depend on the message",
    severity: Severity::Note,
    cites: &[spf("7"), spf("5.7")],
    why: "Macros make another name of every message, so nobody can list from outside what the term authorises.",
    remedy: Remedy::Nothing("Nothing; try a client with --ip, --helo and --mail-from."),
};

/// A record of the abandoned type. RFC 7208 §3.1.
pub(super) static TYPE99: Rule = Rule {
    id: "spf-type99",
    title: "A record of the abandoned type SPF",
    severity: Severity::Note,
    cites: &[spf("3.1"), spf("14.1")],
    why: "Nobody asks for type 99 any more. It does harm only to whoever edits it instead of the TXT record.",
    remedy: Remedy::Act("Remove the record of type SPF."),
};

/// A Sender ID record. RFC 7208 §3.
pub(super) static SENDER_ID: Rule = Rule {
    id: "spf-sender-id",
    title: "A record of Sender ID",
    severity: Severity::Note,
    cites: &[spf("3"), Cite::rfc(6686, "6")],
    why: "Sender ID (spf2.0) is abandoned. The record only makes the TXT answer larger.",
    remedy: Remedy::Act("Remove the spf2.0 record."),
};

/// A modifier that nobody knows. RFC 7208 §6.
pub(super) static UNKNOWN_MODIFIER: Rule = Rule {
    id: "spf-unknown-modifier",
    title: "A modifier that means nothing",
    severity: Severity::Note,
    cites: &[spf("6")],
    why: "Receivers ignore modifiers they do not know.",
    remedy: Remedy::Act("Remove it unless you know what it is for."),
};

/// A network with bits behind its prefix. RFC 7208 §5.6.
pub(super) static HOST_BITS: Rule = Rule {
    id: "spf-host-bits",
    title: "An address with a prefix stands for the whole network",
    severity: Severity::Note,
    cites: &[spf("5.6")],
    why: "Only the bits of the prefix count: the term authorises the network, not the one address.",
    remedy: Remedy::Act("Write the network's first address, or leave the prefix out if one host is meant."),
};

/// A client without a policy. RFC 7208 §2.6.1.
pub(super) static RESULT_NONE: Rule = Rule {
    id: "spf-result-none",
    title: "SPF says nothing of the client",
    severity: Severity::Warning,
    cites: &[spf("2.6.1"), spf("4.3")],
    why: "The identity names no domain with a record, so SPF can neither pass nor fail.",
    remedy: Remedy::Act("Publish a record at the domain the client sends for."),
};

/// A client the record says nothing of. RFC 7208 §2.6.2.
pub(super) static RESULT_NEUTRAL: Rule = Rule {
    id: "spf-result-neutral",
    title: "The record is neutral about the client",
    severity: Severity::Warning,
    cites: &[spf("2.6.2"), spf("8.2")],
    why: "Receivers treat neutral as if there were no record.",
    remedy: Remedy::Act("If the client is yours, name it in the record."),
};

/// A client that is probably not authorised. RFC 7208 §2.6.5.
pub(super) static RESULT_SOFTFAIL: Rule = Rule {
    id: "spf-result-softfail",
    title: "The client is probably not authorised",
    severity: Severity::Warning,
    cites: &[spf("2.6.5"), spf("8.5")],
    why: "Receivers accept such mail with suspicion, and DMARC counts it as not passed.",
    remedy: Remedy::Act("If the client is yours, name it in the record."),
};

/// A client that is not authorised. RFC 7208 §2.6.4.
pub(super) static RESULT_FAIL: Rule = Rule {
    id: "spf-result-fail",
    title: "The client is not authorised",
    severity: Severity::Error,
    cites: &[spf("2.6.4"), spf("8.4")],
    why: "Receivers refuse or mark mail of a client that the domain disowns.",
    remedy: Remedy::Act("If the client is yours, name it in the record."),
};

/// A record that cannot be evaluated. RFC 7208 §2.6.7.
pub(super) static RESULT_PERMERROR: Rule = Rule {
    id: "spf-result-permerror",
    title: "The record cannot be evaluated",
    severity: Severity::Error,
    cites: &[spf("2.6.7"), spf("8.7")],
    why: "Receivers may refuse the mail, and DMARC counts it as not passed, until somebody corrects the record.",
    remedy: Remedy::Act("Test the domain without --ip: every fault is shown with its place."),
};

/// All rules of this check.
pub(super) static ALL: &[&Rule] = &[
    &NONE,
    &SEVERAL,
    &SYNTAX,
    &LOOKUP_LIMIT,
    &VOID_LIMIT,
    &VOID_FAMILY,
    &MX_LIMIT,
    &INCLUDE_NONE,
    &LOOP,
    &UNREGISTERED,
    &ALLOWS_ALL,
    &NEUTRAL,
    &PTR,
    &UNREACHABLE,
    &SIZE,
    &WIDE,
    &VOID,
    &NEAR_MISS,
    &MISPLACED,
    &EQUALS,
    &EXPLANATION,
    &SPECIAL,
    &SOFTFAIL,
    &DUPLICATE,
    &DYNAMIC,
    &TYPE99,
    &SENDER_ID,
    &UNKNOWN_MODIFIER,
    &HOST_BITS,
    &RESULT_NONE,
    &RESULT_NEUTRAL,
    &RESULT_SOFTFAIL,
    &RESULT_FAIL,
    &RESULT_PERMERROR,
];
