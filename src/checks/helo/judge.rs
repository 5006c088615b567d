//! What can be wrong with a greeting.

use std::net::IpAddr;

use super::argument::Argument;
use super::{Facts, Options, Seen, spf};
use crate::checks::advice::Place;
use crate::checks::dialogue;
use crate::names::address;
use crate::names::domain::Domain;
use crate::names::host_name::{self, DYNAMIC_GRADE};
use crate::report::{Cite, Evidence, Finding, Proof, Remedy, Rule, Severity};

const COMMAND: Cite = Cite::rfc(5321, "4.1.1.1");
const SYNTAX_OF_DOMAIN: Cite = Cite::rfc(5321, "4.1.2");
const LITERALS: Cite = Cite::rfc(5321, "4.1.3");
const VERIFYING: Cite = Cite::rfc(5321, "4.1.4");
const NAMES: Cite = Cite::rfc(5321, "2.3.5");
const HOST_SYNTAX: Cite = Cite::rfc(1123, "2.1");
const MATCHING: Cite = Cite::rfc(1912, "2.1");
const SPECIAL: Cite = Cite::rfc(6890, "2.2");
const SPECIAL_NAMES: Cite = Cite::rfc(6761, "6");
const LOCAL_NAMES: Cite = Cite::rfc(6762, "3");
const IPREV: Cite = Cite::rfc(8601, "3");

/// Everything wrong with the greeting.
pub(super) fn judge(argument: &Argument, facts: &Facts, options: &Options, seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (text, said) = (&facts.argument, &seen.said);
    match argument {
        Argument::Empty => findings.push(Finding::new(&EMPTY, "HELO", said).detail("HELO without an argument")),
        Argument::Malformed(why) => findings.push(Finding::new(&SYNTAX, text, said).detail(why)),
        Argument::Bare(address) => findings.push(bare(text, *address, said)),
        Argument::BrokenLiteral(address) => findings.push(broken_literal(text, *address, said)),
        Argument::Literal(address) => findings.push(literal(text, *address, options.ip, said)),
        Argument::Name(name) => findings.extend(name_faults(name, facts, options, seen)),
    }
    if let Some(address) = argument.address().filter(|address| Some(*address) != options.ip) {
        findings.extend(special(text, &[address], said.clone()));
    }
    findings.extend(spf::judge(facts, said));
    if facts.is_receiver == Some(true) {
        let receiver = facts.receiver.as_deref().unwrap_or_default();
        let finding = Finding::new(&RECEIVER, text, said).evidence(Evidence::given("receiver", receiver));
        findings.push(finding.detail(format!("{text} is the receiver {receiver}")));
    }
    findings
}

/// The client's address, as the user gave it or as the server was dialled.
fn client(ip: IpAddr) -> Evidence {
    Evidence::given("client", ip.to_string())
}

/// No argument. RFC 5321 §4.1.1.1.
static EMPTY: Rule = Rule {
    id: "helo-empty",
    title: "The greeting has no name",
    severity: Severity::Error,
    cites: &[COMMAND],
    why: "HELO and EHLO need an argument. Receivers answer with 501 and take no mail.",
    remedy: Remedy::Act("Set the mail server's own name, such as mail.example.com, as its HELO name."),
};

/// Neither a name nor an address literal. RFC 5321 §4.1.2.
static SYNTAX: Rule = Rule {
    id: "helo-syntax",
    title: "The greeting is neither a name nor an address literal",
    severity: Severity::Error,
    cites: &[SYNTAX_OF_DOMAIN, COMMAND, HOST_SYNTAX],
    why: "A name is made of letters, digits, hyphens and dots between them. Many receivers refuse a greeting with \
          anything else.",
    remedy: Remedy::Act("Set the mail server's own name, such as mail.example.com, as its HELO name."),
};

/// An address without brackets. RFC 5321 §4.1.3.
static BARE_ADDRESS: Rule = Rule {
    id: "helo-bare-address",
    title: "The greeting is an address without brackets",
    severity: Severity::Error,
    cites: &[LITERALS, COMMAND],
    why: "An address stands in brackets. Hardly any mail server greets like this and many bots do, so receivers \
          refuse it.",
    remedy: Remedy::Act("Set the mail server's own name, such as mail.example.com, as its HELO name."),
};

fn bare(text: &str, address: Option<IpAddr>, said: &Proof) -> Finding {
    match address {
        Some(address) => Finding::new(&BARE_ADDRESS, text, said).detail(format!("not {}", bracketed(address))),
        None => Finding::new(&BARE_ADDRESS, text, said).detail("looks like an address and is none"),
    }
}

fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

/// Brackets around something else. RFC 5321 §4.1.3.
static LITERAL_SYNTAX: Rule = Rule {
    id: "helo-literal-syntax",
    title: "The address literal is malformed",
    severity: Severity::Error,
    cites: &[LITERALS],
    why: "An address literal is [192.0.2.1] or [IPv6:2001:db8::1]. Receivers refuse other forms, the IPv6 address \
          without its tag too.",
    remedy: Remedy::Act("Set the mail server's own name, such as mail.example.com, as its HELO name."),
};

fn broken_literal(text: &str, address: Option<IpAddr>, said: &Proof) -> Finding {
    let finding = Finding::new(&LITERAL_SYNTAX, text, said).detail(format!("{text} is no address literal"));
    match address {
        Some(address) => finding.remedy(format!(
            "Set the mail server's own name as its HELO name; if it has none, write {}.",
            bracketed(address)
        )),
        None => finding,
    }
}

/// An address literal where a name is expected. RFC 5321 §2.3.5.
static LITERAL: Rule = Rule {
    id: "helo-literal",
    title: "The greeting is an address literal",
    severity: Severity::Warning,
    cites: &[NAMES, LITERALS],
    why: "It is allowed for a host without a name. A mail server has one, so filters give points for it.",
    remedy: Remedy::Act("Set the mail server's own name, such as mail.example.com, as its HELO name."),
};

/// Somebody else's address. RFC 5321 §4.1.3.
static LITERAL_FOREIGN: Rule = Rule {
    id: "helo-literal-foreign",
    title: "The address literal is not the client's address",
    severity: Severity::Error,
    cites: &[LITERALS, COMMAND],
    why: "An address literal identifies the client by its own address. Receivers see at once that it is another's, \
          and refuse it as a forgery; a server behind NAT that greets with its inner address looks the same.",
    remedy: Remedy::Act("Set the mail server's own name, such as mail.example.com, as its HELO name."),
};

fn literal(text: &str, address: IpAddr, ip: Option<IpAddr>, said: &Proof) -> Finding {
    match ip {
        Some(ip) if ip != address => {
            let finding = Finding::new(&LITERAL_FOREIGN, text, said).evidence(client(ip));
            finding.detail(format!("{text} from {ip}"))
        }
        _ => Finding::new(&LITERAL, text, said).detail(text),
    }
}

/// An address that is none on the Internet. RFC 6890 §2.2.
static SPECIAL_ADDRESS: Rule = Rule {
    id: "helo-special-address",
    title: "The greeting leads to an address that is not one of the Internet",
    severity: Severity::Error,
    cites: &[SPECIAL, COMMAND],
    why: "Receivers refuse a sender that presents itself with a private, loopback or reserved address.",
    remedy: Remedy::Act(
        "Greet with a name whose A or AAAA record holds the address that the mail server has on the Internet.",
    ),
};

fn special(text: &str, addresses: &[IpAddr], proof: Proof) -> Option<Finding> {
    let purposes: Vec<(IpAddr, &str)> =
        addresses.iter().filter_map(|address| Some((*address, address::special_purpose(*address)?))).collect();
    let (address, purpose) = purposes.first().filter(|_| purposes.len() == addresses.len())?;
    Some(Finding::new(&SPECIAL_ADDRESS, text, proof).detail(format!("{address} is a {purpose} address")))
}

fn name_faults(name: &Domain, facts: &Facts, options: &Options, seen: &Seen) -> Vec<Finding> {
    let (text, said) = (&facts.argument, &seen.said);
    let mut findings = Vec::new();
    if is_bot(name) {
        findings.push(Finding::new(&BOT, text, said).detail(format!("{name} is what bots say")));
        return findings;
    }
    if name.as_str().contains('_') {
        findings.push(Finding::new(&UNDERSCORE, text, said).detail(format!("{name} holds an underscore")));
    }
    if let Some(suffix) = host_name::private_suffix(name) {
        findings.push(Finding::new(&PRIVATE_SUFFIX, text, said).detail(format!("{name} is under .{suffix}")));
    } else if name.labels().count() == 1 {
        findings.push(Finding::new(&UNQUALIFIED, text, said).detail(format!("{name} has no dot")));
    } else {
        findings.extend(look_up_faults(name, facts, options, seen));
    }
    if let Some(grade) = facts.generic.filter(|grade| *grade >= DYNAMIC_GRADE) {
        let detail = format!("grade {grade} of 5: {}", facts.generic_because.join(", "));
        findings.push(Finding::new(&GENERIC, text, said).detail(detail));
    }
    findings
}

/// What bots say. RFC 5321 §4.1.1.1.
static BOT: Rule = Rule {
    id: "helo-bot",
    title: "The greeting is one that bots use",
    severity: Severity::Error,
    cites: &[COMMAND],
    why: "Spam software greets with the same words everywhere, and many servers drop the connection when they hear \
          them.",
    remedy: Remedy::Act(
        "Set the mail server's own name as its HELO name. If nothing of yours greets like this, look for malware.",
    ),
};

/// Whether the name is known from spam software and scanners.
fn is_bot(name: &Domain) -> bool {
    const BOTS: &[&str] = &["ylmf-pc", "masscan", "nmap.scanme.org", "user"];
    BOTS.contains(&name.as_str())
}

/// A character that some refuse. RFC 1123 §2.1.
static UNDERSCORE: Rule = Rule {
    id: "helo-underscore",
    title: "The name holds an underscore",
    severity: Severity::Warning,
    cites: &[HOST_SYNTAX, SYNTAX_OF_DOMAIN],
    why: "Host names are letters, digits and hyphens. Some receivers refuse anything else.",
    remedy: Remedy::Act("Give the mail server a name without an underscore and set it as its HELO name."),
};

/// A name that means nothing outside. RFC 6761 §6, RFC 6762 §3.
static PRIVATE_SUFFIX: Rule = Rule {
    id: "helo-private-suffix",
    title: "The name means nothing on the Internet",
    severity: Severity::Error,
    cites: &[NAMES, LOCAL_NAMES, SPECIAL_NAMES],
    why: "localhost and names under .local, .lan and the like cannot be looked up by others. Many receivers refuse \
          such a greeting.",
    remedy: Remedy::Act("Set a name in a domain of yours, such as mail.example.com, as the HELO name."),
};

/// A name of one label. RFC 5321 §2.3.5.
static UNQUALIFIED: Rule = Rule {
    id: "helo-unqualified",
    title: "The name has no domain",
    severity: Severity::Error,
    cites: &[NAMES],
    why: "Only fully qualified names are allowed in SMTP. Many receivers refuse a greeting without a dot, which is \
          what workstations and bots say.",
    remedy: Remedy::Act("Set the whole name, such as mail.example.com, as the HELO name."),
};

/// A name without an address or MX. RFC 5321 §2.3.5.
static UNRESOLVABLE: Rule = Rule {
    id: "helo-unresolvable",
    title: "The name has neither an address nor an MX record",
    severity: Severity::Error,
    cites: &[NAMES],
    why: "A name in SMTP must be one that can be resolved. Many receivers refuse a greeting with one that cannot.",
    remedy: Remedy::Act("Publish an A or AAAA record for the name with the mail server's address."),
};

/// A name with MX but without an address. RFC 5321 §2.3.5.
static NO_ADDRESS: Rule = Rule {
    id: "helo-no-address",
    title: "The name has MX records and no address",
    severity: Severity::Warning,
    cites: &[NAMES],
    why: "The greeting must name a host, and a host has an address. Receivers that accept any name which resolves let \
          it pass, others do not.",
    remedy: Remedy::Act("Greet with the name of the host itself, or publish an A or AAAA record for this one."),
};

/// The name is an alias. RFC 5321 §2.3.5.
static ALIAS: Rule = Rule {
    id: "helo-alias",
    title: "The name is an alias",
    severity: Severity::Note,
    cites: &[NAMES],
    why: "The greeting should be the host's primary name. Receivers follow the alias.",
    remedy: Remedy::Nothing("Nothing; or greet with the name at the end of the chain."),
};

/// The name leads elsewhere. RFC 5321 §4.1.4.
static MISMATCH: Rule = Rule {
    id: "helo-mismatch",
    title: "The name does not lead to the client's address",
    severity: Severity::Warning,
    cites: &[VERIFYING, IPREV],
    why: "A receiver must not refuse for this alone, but filters give points for it, and a name that leads to the \
          client is what distinguishes a mail server from a bot.",
    remedy: Remedy::Act("Publish the client's address for the name, or greet with a name that has it."),
};

/// The PTR record holds another name. RFC 5321 §4.1.4.
static PTR_DIFFERS: Rule = Rule {
    id: "helo-ptr-differs",
    title: "The address has another name than the greeting",
    severity: Severity::Note,
    cites: &[VERIFYING, IPREV],
    why: "No standard asks for it. It is usual, and worth a little with some filters, that greeting, address and PTR \
          record agree.",
    remedy: Remedy::Nothing("Nothing; or greet with the name in the PTR record."),
};

fn look_up_faults(name: &Domain, facts: &Facts, options: &Options, seen: &Seen) -> Vec<Finding> {
    let text = &facts.argument;
    let Facts { addresses, chain, .. } = facts;
    let proof = seen.said.clone().and(seen.asked.clone());
    let mut findings = Vec::new();
    if !chain.is_empty() {
        findings.push(
            Finding::new(&ALIAS, text, &proof).detail(format!("{name} is an alias of {}", chain.join(", then "))),
        );
    }
    let publish = options.ip.and_then(|ip| {
        let reader = name.organisation();
        let place = Place { reader: &reader, name: name.as_str(), alias: chain.last().map(String::as_str) };
        place.publish_address(ip)
    });
    let with_record = |finding: Finding| match &publish {
        Some(publish) => finding.remedy(format!("Greet with a name that has this address; or {publish}.")),
        None => finding,
    };
    if addresses.is_empty() && facts.resolved == Some(true) {
        let detail = if facts.missing { format!("{name} does not exist") } else { format!("{name} has no address") };
        let rule = if facts.has_mx == Some(true) { &NO_ADDRESS } else { &UNRESOLVABLE };
        findings.push(with_record(Finding::new(rule, text, &proof).detail(detail)));
    }
    if facts.matches_ip == Some(true) {
        findings.extend(ptr_differs(name, facts, seen));
        return findings;
    }
    if let Some(finding) = special(text, addresses, proof.clone()) {
        findings.push(finding);
    } else if let (Some(false), Some(ip)) = (facts.matches_ip, options.ip)
        && !addresses.is_empty()
    {
        let shown = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let detail = format!("{name} leads to {shown}, the client is {ip}");
        findings.push(with_record(Finding::new(&MISMATCH, text, proof).evidence(client(ip)).detail(detail)));
    }
    findings.extend(ptr_differs(name, facts, seen));
    findings
}

fn ptr_differs(name: &Domain, facts: &Facts, seen: &Seen) -> Option<Finding> {
    (facts.matches_ptr == Some(false)).then(|| {
        let detail = format!("greets as {name}, named {}", facts.ptr.join(", "));
        Finding::new(&PTR_DIFFERS, &facts.argument, &seen.said).evidence_all(seen.ptr.clone()).detail(detail)
    })
}

/// A name of a dial-up line. RFC 1912 §2.1.
static GENERIC: Rule = Rule {
    id: "helo-generic",
    title: "The name looks like that of a dial-up line",
    severity: Severity::Warning,
    cites: &[MATCHING, COMMAND],
    why: "Infected home computers greet with the name their provider gave them. Many receivers refuse a name that \
          holds octets of an address, or a word such as dsl, dyn or pool beside a number.",
    remedy: Remedy::Act("Set a name of your own, such as mail.example.com, as the HELO name."),
};

/// The receiver's own name. RFC 5321 §4.1.1.1.
static RECEIVER: Rule = Rule {
    id: "helo-receiver",
    title: "The greeting is the receiver's own name",
    severity: Severity::Error,
    cites: &[COMMAND, NAMES],
    why: "A client says its own name. One that says the receiver's name, domain or address is a forgery, and servers \
          refuse it by default.",
    remedy: Remedy::Act(
        "Set the mail server's own name as its HELO name; it may have been taken from the wrong setting.",
    ),
};

/// All rules of this check.
pub(super) static ALL: &[&Rule] = &[
    &EMPTY,
    &SYNTAX,
    &BARE_ADDRESS,
    &LITERAL_SYNTAX,
    &LITERAL,
    &LITERAL_FOREIGN,
    &SPECIAL_ADDRESS,
    &BOT,
    &UNDERSCORE,
    &PRIVATE_SUFFIX,
    &UNQUALIFIED,
    &UNRESOLVABLE,
    &NO_ADDRESS,
    &ALIAS,
    &MISMATCH,
    &PTR_DIFFERS,
    &GENERIC,
    &RECEIVER,
    &spf::NONE,
    &spf::FAIL,
    &spf::SOFTFAIL,
    &spf::PERMERROR,
    &super::live::DIFFERS,
    &dialogue::REFUSED,
    &dialogue::SILENT,
    &dialogue::DOWN,
    &dialogue::PROTOCOL,
];
