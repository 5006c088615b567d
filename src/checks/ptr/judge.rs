//! What can be wrong with the names of an address.

use std::net::IpAddr;

use super::{Facts, Lookup, MAX_NAMES, NameRow, Status};
use crate::checks::advice::{self, Place};
use crate::names::address;
use crate::names::domain::Domain;
use crate::names::host_name::{self, DYNAMIC_GRADE};
use crate::net::lookup::host::Host;
use crate::report::{Cite, Evidence, Finding, Proof, Remedy, Rule, Severity};

const IPREV: Cite = Cite::rfc(8601, "3");
const MATCHING: Cite = Cite::rfc(1912, "2.1");
const ALIASES: Cite = Cite::rfc(1912, "2.4");
const PTR_RECORDS: Cite = Cite::rfc(2181, "10.2");
const HOST_SYNTAX: Cite = Cite::rfc(1123, "2.1");
const DELEGATION: Cite = Cite::rfc(2317, "4");
const FULL_NAMES: Cite = Cite::rfc(5321, "2.3.5");
const GREETING: Cite = Cite::rfc(5321, "4.1.4");
const SPECIAL: Cite = Cite::rfc(6890, "2.2");
const SPECIAL_NAMES: Cite = Cite::rfc(6761, "6");
const LOCAL_NAMES: Cite = Cite::rfc(6762, "3");

/// An address that nobody outside can ask about. RFC 6890 §2.2.
static SPECIAL_ADDRESS: Rule = Rule {
    id: "ptr-special-address",
    title: "The address is not one of the Internet",
    severity: Severity::Note,
    cites: &[SPECIAL],
    why: "Private and reserved addresses have names in your own network at most. Receivers see another address.",
    remedy: Remedy::Act("Test the address that the mail server has on the Internet."),
};

/// The reversed name is an alias into another zone. RFC 2317 §4.
static DELEGATED: Rule = Rule {
    id: "ptr-delegated",
    title: "The PTR record stands in a delegated zone",
    severity: Severity::Note,
    cites: &[DELEGATION],
    why: "The provider passes the reversed name on with an alias, as is usual for networks smaller than a /24. The \
          record is to be changed where the alias leads.",
    remedy: Remedy::Nothing("Nothing."),
};

/// More than one name. RFC 2181 §10.2 allows it.
static SEVERAL: Rule = Rule {
    id: "ptr-several",
    title: "The address has several names",
    severity: Severity::Warning,
    cites: &[PTR_RECORDS, IPREV],
    why: "Several PTR records are allowed, but many receivers look at one only, and which one changes from question \
          to question. A sender with one name that fits is refused now and then if it has others that do not.",
    remedy: Remedy::Act("Keep the PTR record that names the mail server and remove the others."),
};

/// The server greets with another name. RFC 5321 §4.1.4.
static HELO_DIFFERS: Rule = Rule {
    id: "ptr-helo-differs",
    title: "The HELO name is not the address's name",
    severity: Severity::Warning,
    cites: &[GREETING, IPREV],
    why: "No standard asks for it, and a server must not refuse for it alone, but filters give points when a sender \
          greets with another name than its address has.",
    remedy: Remedy::Act(
        "Let the mail server greet with the name in the PTR record, or have the PTR record changed to its greeting.",
    ),
};

/// Everything wrong with what was found. `proof` is the answer for the address's names; `hosts` are those of the first
/// names, in their order.
pub(super) fn judge(facts: &Facts, proof: &Proof, hosts: &[Host]) -> Vec<Finding> {
    let Facts { address, names, .. } = facts;
    let mut findings = Vec::new();
    if let Some(purpose) = address::special_purpose(*address) {
        findings
            .push(Finding::new(&SPECIAL_ADDRESS, address, proof).detail(format!("{address} is a {purpose} address")));
    }
    if !facts.chain.is_empty() {
        let detail = format!("{} is an alias of {}", facts.reverse_name, facts.chain.join(", then "));
        findings.push(Finding::new(&DELEGATED, address, proof).detail(detail));
    }
    match facts.status {
        Status::Nxdomain | Status::NoData => findings.push(missing(facts, proof)),
        Status::Unconfirmed => findings.push(unconfirmed(facts, proof, hosts)),
        _ => {}
    }
    if names.len() > 1 {
        let shown = names.iter().take(MAX_NAMES).map(|row| row.name.as_str()).collect::<Vec<_>>().join(", ");
        let stray: Vec<&str> = names
            .iter()
            .filter(|row| !row.confirmed && row.lookup != Lookup::NotAsked)
            .map(|row| row.name.as_str())
            .collect();
        let mut detail = format!("{} names: {shown}", names.len());
        if names.len() > MAX_NAMES {
            detail += &format!(" and others; the first {MAX_NAMES} were looked up");
        }
        if facts.status == Status::Confirmed && !stray.is_empty() {
            detail += &format!("; not leading back: {}", stray.join(", "));
        }
        let looked_up = hosts.iter().flat_map(Host::evidence);
        findings.push(Finding::new(&SEVERAL, address, proof).evidence_all(looked_up).detail(detail));
    }
    for (index, row) in names.iter().enumerate() {
        findings.extend(judge_name(row, proof, hosts.get(index)));
    }
    if let (Some(helo), Some(false)) = (&facts.helo, facts.helo_matches) {
        let shown = names.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(", ");
        let finding = Finding::new(&HELO_DIFFERS, address, proof).evidence(Evidence::given("HELO name", helo));
        findings.push(finding.detail(format!("greets as {helo}, named {shown}")));
    }
    findings
}

/// An address without a name. RFC 1912 §2.1; the "permerror" of RFC 8601 §3.
static MISSING: Rule = Rule {
    id: "ptr-missing",
    title: "The address has no name",
    severity: Severity::Error,
    cites: &[MATCHING, IPREV],
    why: "Most receivers refuse mail from an address without a PTR record, or take it for a dial-up line. Gmail and \
          others refuse every message over IPv6 without one.",
    remedy: Remedy::Act(
        "Ask whoever the address belongs to, usually your provider, for a PTR record that names your mail server.",
    ),
};

fn missing(facts: &Facts, proof: &Proof) -> Finding {
    let owner = facts.owner();
    let detail = match facts.status {
        Status::Nxdomain => format!("{owner} does not exist"),
        _ => format!("{owner} exists and has no PTR record"),
    };
    let name = facts.helo.as_ref().or(facts.label.as_ref());
    let finding = Finding::new(&MISSING, facts.address, proof).detail(detail);
    // Names are given to addresses of the Internet alone.
    if !address::is_global(facts.address) {
        return finding;
    }
    let name = name.filter(|name| advice::holder(name).is_ok());
    let ask = "Ask whoever the address belongs to, usually your provider, to publish:";
    finding.remedy(match name {
        Some(name) => format!("{ask} {owner}. PTR {name}."),
        None => format!("{ask} {owner}. PTR mail.example.com. with the name of your mail server."),
    })
}

/// No name of the address leads back to it. RFC 1912 §2.1; the "fail" of RFC 8601 §3.
static UNCONFIRMED: Rule = Rule {
    id: "ptr-unconfirmed",
    title: "No name of the address leads back to it",
    severity: Severity::Error,
    cites: &[IPREV, MATCHING],
    why: "Anyone can give his address any name. Receivers believe a name only if its own A or AAAA records hold \
          the address, and treat a name that does not as no name.",
    remedy: Remedy::Act(
        "Let the PTR record name the mail server, and let that name's A or AAAA record hold this address.",
    ),
};

/// The names have addresses, but none of this family. RFC 8601 §3.
static FAMILY: Rule = Rule {
    id: "ptr-family",
    title: "The name has addresses of the other family only",
    severity: Severity::Error,
    cites: &[IPREV, MATCHING],
    why: "An IPv6 sender is confirmed by an AAAA record, an IPv4 sender by an A record. One does not stand for the \
          other.",
    remedy: Remedy::Act("Add the address to the name's records of its own family."),
};

fn unconfirmed(facts: &Facts, proof: &Proof, hosts: &[Host]) -> Finding {
    let Facts { address, names, .. } = facts;
    let shown: Vec<String> = names.iter().map(|row| format!("{} leads to {}", row.name, row.leads_to())).collect();
    let detail = shown.join("; ");
    let same_family = |other: &IpAddr| other.is_ipv4() == address.is_ipv4();
    let resolvable: Vec<&NameRow> = names.iter().filter(|row| row.lookup == Lookup::Found).collect();
    let other_family = !resolvable.is_empty() && !resolvable.iter().any(|row| row.addresses.iter().any(same_family));
    let rule = if other_family { &FAMILY } else { &UNCONFIRMED };
    let finding = Finding::new(rule, address, proof).evidence_all(hosts.iter().flat_map(Host::evidence)).detail(detail);
    // A name with a domain of its own is worth keeping; the other rules say what is wrong with one that is not.
    let keep = resolvable.first().copied().or(names.first());
    let publish = keep.and_then(|row| {
        let reader = advice::holder(&row.name).ok()?;
        let is_host = row.name.parse().is_ok_and(|name: Domain| name.is_host_name());
        let place = Place { reader: &reader, name: &row.name, alias: row.chain.last().map(String::as_str) };
        Some((&row.name, place.publish_address(*address).filter(|_| is_host)?))
    });
    match publish {
        Some((name, publish)) => finding.remedy(format!(
            "If {name} is the mail server's name, {publish}; otherwise let the PTR record name the mail server."
        )),
        None => finding,
    }
}

/// A name that leads to the one who asks. RFC 6890 §2.2.
static LOOPBACK: Rule = Rule {
    id: "ptr-loopback",
    title: "The name leads to the receiver itself",
    severity: Severity::Warning,
    cites: &[SPECIAL, SPECIAL_NAMES],
    why: "A name such as localhost, or one with an address in 127.0.0.0/8, means the machine that asks. Receivers take \
          it for an attempt to pass for themselves. On your own machine it may also stem from the hosts file.",
    remedy: Remedy::Act("Let the PTR record name the mail server, and remove loopback addresses from that name."),
};

/// A name that means nothing outside. RFC 6761 §6, RFC 6762 §3.
static PRIVATE_SUFFIX: Rule = Rule {
    id: "ptr-private-suffix",
    title: "The name means nothing on the Internet",
    severity: Severity::Warning,
    cites: &[LOCAL_NAMES, SPECIAL_NAMES],
    why: "Names under suffixes such as .local, .lan or in-addr.arpa are for the inside of a network, or a zone file's \
          mistake. Receivers take them for a forgery.",
    remedy: Remedy::Act("Ask for a PTR record with a name in a domain of yours."),
};

/// A name of one label. RFC 5321 §2.3.5.
static UNQUALIFIED: Rule = Rule {
    id: "ptr-unqualified",
    title: "The name has no domain",
    severity: Severity::Warning,
    cites: &[FULL_NAMES],
    why: "A name of one label is one of a local network. No receiver can look it up.",
    remedy: Remedy::Act("Ask for a PTR record with the whole name, such as mail.example.com."),
};

/// Characters that no host name may have. RFC 1123 §2.1.
static SYNTAX: Rule = Rule {
    id: "ptr-host-syntax",
    title: "The name is no valid host name",
    severity: Severity::Warning,
    cites: &[HOST_SYNTAX],
    why: "Host names are letters, digits and hyphens. Receivers refuse names with underscores or other characters, \
          and some libraries drop them before anybody sees them.",
    remedy: Remedy::Act("Ask for a PTR record with a name of letters, digits and hyphens."),
};

/// A name that is an alias. RFC 2181 §10.2, RFC 1912 §2.4.
static ALIAS: Rule = Rule {
    id: "ptr-alias",
    title: "The name is an alias",
    severity: Severity::Warning,
    cites: &[PTR_RECORDS, ALIASES],
    why: "A PTR record names the host itself, not an alias of it. Some receivers do not follow the alias and find \
          no address.",
    remedy: Remedy::Act(
        "Let the PTR record name the end of the chain, or give the name an A or AAAA record of its own.",
    ),
};

/// A name made from the address, or one for dial-up lines. RFC 1912 §2.1.
static GENERIC: Rule = Rule {
    id: "ptr-generic",
    title: "The name looks like that of a dial-up line",
    severity: Severity::Warning,
    cites: &[MATCHING],
    why: "Infected home computers send from addresses with such names. Many receivers refuse mail from a name that \
          holds the address's own octets, or a word such as dsl, dyn or pool beside a number.",
    remedy: Remedy::Act("Ask your provider for a PTR record with a name of your own, such as mail.example.com."),
};

/// A name with a little of a pool's about it. RFC 1912 §2.1.
static GENERIC_HINT: Rule = Rule {
    id: "ptr-generic-hint",
    title: "The name is a little like one of many",
    severity: Severity::Note,
    cites: &[MATCHING],
    why: "Some filters give points for names such as vps1234 or for a word such as pool. Alone they refuse nothing.",
    remedy: Remedy::Nothing("Nothing, unless a receiver complains; a name such as mail.example.com is beyond doubt."),
};

fn judge_name(row: &NameRow, proof: &Proof, host: Option<&Host>) -> Vec<Finding> {
    let name = row.name.as_str();
    let mut findings = Vec::new();
    let leads_to = || host.map(Host::evidence).unwrap_or_default();
    let parsed: Option<Domain> = name.parse().ok();
    let suffix = parsed.as_ref().and_then(host_name::private_suffix);
    let own_host = name == "localhost" || name.starts_with("localhost.");
    if own_host || row.addresses.iter().any(IpAddr::is_loopback) {
        let detail = if row.addresses.is_empty() { "named localhost".to_owned() } else { row.leads_to() };
        findings.push(Finding::new(&LOOPBACK, name, proof).evidence_all(leads_to()).detail(detail));
    } else if let Some(suffix) = suffix {
        let finding = Finding::new(&PRIVATE_SUFFIX, name, proof).detail(format!("{name} is under .{suffix}"));
        findings.push(match suffix {
            "in-addr.arpa" | "ip6.arpa" => finding.remedy(
                "Write the name in the zone file with a dot at its end: without it the zone's own name is added to it.",
            ),
            _ => finding,
        });
    } else if parsed.as_ref().is_some_and(|name| name.labels().count() == 1) {
        findings.push(Finding::new(&UNQUALIFIED, name, proof).detail(format!("\"{name}\" is one label")));
    }
    if !parsed.as_ref().is_some_and(Domain::is_host_name) {
        findings.push(Finding::new(&SYNTAX, name, proof).detail(format!("\"{name}\" is no host name")));
    }
    if !row.chain.is_empty() {
        let detail = format!("{name} is an alias of {}", row.chain.join(", then "));
        findings.push(Finding::new(&ALIAS, name, proof).evidence_all(leads_to()).detail(detail));
    }
    if let Some(grade) = row.generic {
        let rule = if grade >= DYNAMIC_GRADE { &GENERIC } else { &GENERIC_HINT };
        let detail = format!("grade {grade} of 5: {}", row.generic_because.join(", "));
        findings.push(Finding::new(rule, name, proof).detail(detail));
    }
    findings
}

/// All rules of this check.
pub(super) static ALL: &[&Rule] = &[
    &MISSING,
    &UNCONFIRMED,
    &FAMILY,
    &SEVERAL,
    &GENERIC,
    &GENERIC_HINT,
    &PRIVATE_SUFFIX,
    &UNQUALIFIED,
    &SYNTAX,
    &ALIAS,
    &LOOPBACK,
    &DELEGATED,
    &HELO_DIFFERS,
    &SPECIAL_ADDRESS,
];
