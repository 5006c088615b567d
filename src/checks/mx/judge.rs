//! What can be wrong with the MX records of a domain.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::servers::{NOT_ITS_ZONE, ServerRow};
use super::survey::{Exchanger, Survey};
use crate::address;
use crate::domain::Domain;
use crate::report::{Cite, Evidence, Finding, Rule, Severity, Unclear};

const ROUTING: Cite = Cite { rfc: 5321, section: "5.1" };
const IPV6: Cite = Cite { rfc: 5321, section: "5.2" };
const NO_ALIAS: Cite = Cite { rfc: 2181, section: "10.3" };
const CNAME_ERRORS: Cite = Cite { rfc: 1912, section: "2.4" };
const MX_ERRORS: Cite = Cite { rfc: 1912, section: "2.5" };
const WILDCARDS: Cite = Cite { rfc: 1912, section: "2.7" };
const MX_DATA: Cite = Cite { rfc: 1035, section: "3.3.9" };
const HOST_SYNTAX: Cite = Cite { rfc: 1123, section: "2.1" };
const NULL_MX: Cite = Cite { rfc: 7505, section: "3" };
const SPECIAL: Cite = Cite { rfc: 6890, section: "2.2" };
const SPECIAL_NAMES: Cite = Cite { rfc: 6761, section: "6" };
const LAME: Cite = Cite { rfc: 1912, section: "2.8" };
const TRANSFERS: Cite = Cite { rfc: 1034, section: "4.3.5" };

/// Everything wrong with what was found. `wildcard` tells whether a made-up name below the domain has MX too.
pub(super) fn judge(domain: &Domain, survey: &Survey, wildcard: bool, servers: &[ServerRow]) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(none(domain, survey));
    findings.extend(domain_alias(domain, survey));
    findings.extend(null(domain, survey));
    findings.extend(implicit(domain, survey));
    for exchanger in &survey.exchangers {
        findings.extend(exchanger_faults(domain, exchanger, survey.implicit));
    }
    if !survey.implicit {
        findings.extend(duplicates(domain, survey));
        findings.extend(redundancy(domain, survey));
        findings.extend(equal_preference(domain, survey));
    }
    findings.extend(ipv6_only(domain, survey));
    if wildcard {
        let detail = format!("any name below {domain} has MX records");
        findings.push(Finding::new(&WILDCARD, domain).detail(detail));
    }
    findings.extend(differing(domain, servers));
    findings.extend(lame(servers));
    findings
}

/// Neither MX nor address. RFC 5321 §5.1.
static NONE: Rule = Rule {
    id: "mx-none",
    title: "Mail cannot be delivered to the domain",
    severity: Severity::Error,
    cites: &[ROUTING],
    why: "There is neither an MX record nor an address, so no sender knows where to go. Receivers refuse mail from \
          such a domain too, since nobody could be told when it fails.",
    remedy: "Publish an MX record that names your mail server; or a null MX if the domain takes no mail.",
};

fn none(domain: &Domain, survey: &Survey) -> Option<Finding> {
    if !survey.exchangers.is_empty() || !survey.null.is_empty() {
        return None;
    }
    let owner = survey.aliases.last().map_or(domain.as_str(), String::as_str);
    let detail = match survey.missing {
        true => format!("{owner} does not exist"),
        false => format!("{owner} has neither MX nor A nor AAAA records"),
    };
    Some(Finding::new(&NONE, domain).detail(detail).remedy(format!(
        "Publish: {domain}. MX 10 mail.{domain}. with the name of your mail server; or, if the domain takes no mail: \
         {domain}. MX 0 ."
    )))
}

/// The domain itself is an alias, which is allowed. RFC 5321 §5.1.
static DOMAIN_ALIAS: Rule = Rule {
    id: "mx-domain-alias",
    title: "The domain is an alias",
    severity: Severity::Note,
    cites: &[ROUTING],
    why: "Mail for an alias goes to the MX of the name at its end. That is allowed; only what an MX record names must \
          not be an alias.",
    remedy: "Nothing.",
};

fn domain_alias(domain: &Domain, survey: &Survey) -> Option<Finding> {
    let detail = format!("{domain} is an alias of {}", survey.aliases.join(", then "));
    (!survey.aliases.is_empty()).then(|| Finding::new(&DOMAIN_ALIAS, domain).detail(detail))
}

/// The domain says that it takes no mail. RFC 7505 §3.
static NULL: Rule = Rule {
    id: "mx-null",
    title: "The domain says that it takes no mail",
    severity: Severity::Note,
    cites: &[NULL_MX, Cite { rfc: 7505, section: "4.2" }],
    why: "A null MX makes senders give up at once. A domain with one must not appear as a sender either.",
    remedy: "Nothing, if it is meant so.",
};

/// A null MX among others. RFC 7505 §3.
static NULL_AND_OTHERS: Rule = Rule {
    id: "mx-null-and-others",
    title: "A null MX stands beside other MX records",
    severity: Severity::Error,
    cites: &[NULL_MX],
    why: "A domain with a null MX must have no other MX record. Senders differ in what they make of it, and some \
          return the mail at once.",
    remedy: "Remove the null MX, or all the others.",
};

/// A null MX with a preference. RFC 7505 §3.
static NULL_PREFERENCE: Rule = Rule {
    id: "mx-null-preference",
    title: "The null MX has a preference other than 0",
    severity: Severity::Note,
    cites: &[NULL_MX],
    why: "A null MX is defined with preference 0. Most software looks at the name alone.",
    remedy: "Give the null MX the preference 0.",
};

fn null(domain: &Domain, survey: &Survey) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(preference) = survey.null.iter().copied().max() else { return findings };
    if survey.is_null() {
        findings.push(Finding::new(&NULL, domain).detail(format!("{domain} MX {preference} .")));
    } else {
        let others: BTreeSet<&str> = survey.exchangers.iter().map(|exchanger| exchanger.name.as_str()).collect();
        let others = others.into_iter().collect::<Vec<_>>().join(", ");
        let detail = format!("a null MX beside {others}");
        let remedy =
            format!("If the domain takes mail, remove: {domain}. MX {preference} .; otherwise remove {others}.");
        findings.push(Finding::new(&NULL_AND_OTHERS, domain).detail(detail).remedy(remedy));
    }
    if preference != 0 {
        let finding = Finding::new(&NULL_PREFERENCE, domain).detail(format!("{domain} MX {preference} ."));
        findings.push(finding.remedy(format!("Publish: {domain}. MX 0 .")));
    }
    findings
}

/// No MX, so the domain's own address stands for one. RFC 5321 §5.1.
static IMPLICIT: Rule = Rule {
    id: "mx-implicit",
    title: "There is no MX record, so mail goes to the domain's own address",
    severity: Severity::Warning,
    cites: &[ROUTING, MX_ERRORS],
    why: "Without MX records senders deliver to the domain's A or AAAA records, often a web server. Some senders no \
          longer do, and some receivers refuse mail from a domain without MX.",
    remedy: "Publish an MX record that names the mail server; or a null MX if the domain takes no mail.",
};

fn implicit(domain: &Domain, survey: &Survey) -> Option<Finding> {
    let own = survey.exchangers.first().filter(|_| survey.implicit)?;
    let detail = format!("mail goes to {}", list(own.host.addresses.iter()));
    Some(Finding::new(&IMPLICIT, domain).detail(detail).remedy(format!(
        "If this host takes the mail, publish: {domain}. MX 10 {domain}.; if the domain takes no mail: {domain}. MX 0 ."
    )))
}

/// An address where a name must stand. RFC 1035 §3.3.9.
static LITERAL: Rule = Rule {
    id: "mx-address-literal",
    title: "An MX record names an address",
    severity: Severity::Error,
    cites: &[ROUTING, MX_DATA],
    why: "An MX record holds a name. Senders look the digits up as a name, which does not exist, and give up.",
    remedy: "Give the mail server a name with an A record, and name that in the MX record.",
};

/// The machine that asks. RFC 6761 §6.3.
static LOCALHOST: Rule = Rule {
    id: "mx-localhost",
    title: "An MX record names localhost",
    severity: Severity::Error,
    cites: &[SPECIAL_NAMES, ROUTING],
    why: "Every sender takes localhost for itself: mail comes back as a loop or is returned.",
    remedy: "Name the mail server; or publish a null MX if the domain takes no mail.",
};

/// A record that proves to a provider whose domain it is. RFC 5321 §5.1.
static VERIFICATION: Rule = Rule {
    id: "mx-verification",
    title: "An MX record only proves who owns the domain",
    severity: Severity::Note,
    cites: &[ROUTING],
    why: "Microsoft 365 lets an owner prove a domain with an MX record that leads nowhere. Senders skip it as the \
          last choice.",
    remedy: "Remove it when the domain has been verified.",
};

/// What an MX names is an alias. RFC 2181 §10.3, RFC 5321 §5.1.
static ALIAS: Rule = Rule {
    id: "mx-alias",
    title: "An MX record names an alias",
    severity: Severity::Error,
    cites: &[NO_ALIAS, ROUTING, CNAME_ERRORS],
    why: "The name in an MX record must have an address of its own and must not be an alias. Many senders follow the \
          alias; some refuse, and some send in a loop since they do not recognise themselves.",
    remedy: "Name the end of the alias chain in the MX record.",
};

/// A name that does not exist. RFC 5321 §5.1.
static DANGLING: Rule = Rule {
    id: "mx-dangling",
    title: "An MX record names a host that does not exist",
    severity: Severity::Error,
    cites: &[ROUTING],
    why: "Senders waste time on it or return the mail. If the name is in a domain that anyone can register, that one \
          receives your mail.",
    remedy: "Remove the MX record or publish the host's address.",
};

/// A name without an address. RFC 5321 §5.1.
static NO_ADDRESS: Rule = Rule {
    id: "mx-no-address",
    title: "An MX record names a host without an address",
    severity: Severity::Error,
    cites: &[ROUTING],
    why: "The name in an MX record must have at least one A or AAAA record. Senders cannot reach this one.",
    remedy: "Publish the host's address or remove the MX record.",
};

/// An address that is none on the Internet. RFC 6890 §2.2.
static SPECIAL_ADDRESS: Rule = Rule {
    id: "mx-special-address",
    title: "A mail host has an address that is not one of the Internet",
    severity: Severity::Error,
    cites: &[SPECIAL, ROUTING],
    why: "Senders outside cannot reach private or reserved addresses; a loopback address leads them to themselves. \
          Some receivers refuse mail from a domain with such an MX.",
    remedy: "Publish the address at which the host is reached from the Internet, and remove the other.",
};

/// Characters that no host name may have. RFC 1123 §2.1.
static SYNTAX: Rule = Rule {
    id: "mx-host-syntax",
    title: "An MX record names something that is no valid host name",
    severity: Severity::Warning,
    cites: &[HOST_SYNTAX],
    why: "Host names are letters, digits and hyphens. Some senders refuse names with underscores or other characters, \
          and no certificate can be had for them.",
    remedy: "Give the mail server a name of letters, digits and hyphens.",
};

fn exchanger_faults(domain: &Domain, exchanger: &Exchanger, implicit: bool) -> Vec<Finding> {
    let Exchanger { name, preference, host, literal } = exchanger;
    let mut findings = Vec::new();
    let record = format!("{domain}. MX {preference} {name}.");
    if let Some(address) = literal {
        let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
        findings.push(Finding::new(&LITERAL, name).detail(record).remedy(format!(
            "Publish: mail.{domain}. {rtype} {address} and {domain}. MX {preference} mail.{domain}. with the name of your \
             mail server."
        )));
        return findings;
    }
    if exchanger.is_localhost() {
        findings.push(Finding::new(&LOCALHOST, name).detail(record));
        return findings;
    }
    if name.ends_with(".msv1.invalid") {
        findings.push(Finding::new(&VERIFICATION, name).detail(record));
        return findings;
    }
    if !implicit && let Some(end) = host.aliases.last() {
        let detail = format!("{name} is an alias of {}", host.aliases.join(", then "));
        let finding = Finding::new(&ALIAS, name).detail(detail);
        findings.push(match host.addresses.is_empty() {
            true => finding,
            false => finding.remedy(format!("Publish: {domain}. MX {preference} {end}. instead of {record}")),
        });
    }
    if host.has_no_address() {
        let end = host.aliases.last().unwrap_or(name);
        let doubled = format!(".{domain}.{domain}");
        if host.missing {
            let finding = Finding::new(&DANGLING, name).detail(format!("{end} does not exist"));
            findings.push(match name.strip_suffix(&doubled) {
                // The zone file lacks the dot at the end of the name.
                Some(host) => {
                    finding.remedy(format!("Publish: {domain}. MX {preference} {host}.{domain}. with the final dot."))
                }
                None => finding.remedy(format!("Publish {end}. A with the host's address, or remove: {record}")),
            });
        } else {
            let finding = Finding::new(&NO_ADDRESS, name).detail(format!("{end} has neither A nor AAAA records"));
            findings.push(finding.remedy(format!("Publish {end}. A with the host's address, or remove: {record}")));
        }
    }
    for special in &host.addresses {
        if let Some(purpose) = address::special_purpose(*special) {
            findings.push(Finding::new(&SPECIAL_ADDRESS, name).detail(format!("{special} is a {purpose} address")));
        }
    }
    if !implicit && !name.parse::<Domain>().is_ok_and(|name| name.is_host_name()) {
        findings.push(Finding::new(&SYNTAX, name).detail(record));
    }
    findings
}

/// A host named twice. RFC 5321 §5.1.
static DUPLICATE_HOST: Rule = Rule {
    id: "mx-duplicate-host",
    title: "A host is named in several MX records",
    severity: Severity::Warning,
    cites: &[ROUTING],
    why: "The second record adds nothing: senders try the same host again.",
    remedy: "Keep one MX record for the host.",
};

/// Two names for one address. RFC 5321 §5.1.
static DUPLICATE_ADDRESS: Rule = Rule {
    id: "mx-duplicate-address",
    title: "Several mail hosts have the same address",
    severity: Severity::Warning,
    cites: &[ROUTING],
    why: "Two names for one machine look like a spare and are none: when it is down, both are.",
    remedy: "Keep one of the names, or give the other a machine of its own.",
};

fn duplicates(domain: &Domain, survey: &Survey) -> Vec<Finding> {
    let mut preferences: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut names: BTreeMap<IpAddr, BTreeSet<&str>> = BTreeMap::new();
    for exchanger in &survey.exchangers {
        preferences.entry(&exchanger.name).or_default().push(exchanger.preference.to_string());
        for address in &exchanger.host.addresses {
            names.entry(*address).or_default().insert(&exchanger.name);
        }
    }
    let twice = preferences.into_iter().filter(|(_, preferences)| preferences.len() > 1);
    let hosts = twice.map(|(name, preferences)| {
        Finding::new(&DUPLICATE_HOST, name).detail(format!("named with preference {}", preferences.join(" and ")))
    });
    // One finding for each set of names, however many addresses they share.
    let mut shared: BTreeMap<BTreeSet<&str>, Vec<IpAddr>> = BTreeMap::new();
    for (address, names) in names.into_iter().filter(|(_, names)| names.len() > 1) {
        shared.entry(names).or_default().push(address);
    }
    let addresses = shared.into_iter().map(|(names, addresses)| {
        let detail = format!("{} are all at {}", list(names.iter()), list(addresses.iter()));
        Finding::new(&DUPLICATE_ADDRESS, domain).detail(detail)
    });
    hosts.chain(addresses).collect()
}

/// One machine for all mail. RFC 5321 §5.1.
static SINGLE_HOST: Rule = Rule {
    id: "mx-single-host",
    title: "One machine takes all mail",
    severity: Severity::Warning,
    cites: &[ROUTING],
    why: "While it is down, mail waits at the senders, who try again for some days. Nothing is lost if it returns \
          before that.",
    remedy: "Add a second mail host in another network, or make sure that an outage ends within some days.",
};

/// All machines in one network. RFC 5321 §5.1.
static SINGLE_NETWORK: Rule = Rule {
    id: "mx-single-network",
    title: "All mail hosts are in one network",
    severity: Severity::Warning,
    cites: &[ROUTING],
    why: "When that network or its router is down, all of them are, and mail waits at the senders.",
    remedy: "Put one mail host into another network, or make sure that an outage ends within some days.",
};

fn redundancy(domain: &Domain, survey: &Survey) -> Option<Finding> {
    // Hosts that could not be told might be what is missed here.
    if survey.exchangers.iter().any(|exchanger| !exchanger.host.failed.is_empty()) {
        return None;
    }
    let hosts: BTreeSet<&str> = survey.usable().map(|exchanger| exchanger.name.as_str()).collect();
    let addresses: BTreeSet<IpAddr> = survey.usable().flat_map(Exchanger::global).collect();
    let machines = |ipv4: bool| addresses.iter().filter(|address| address.is_ipv4() == ipv4).count();
    let shown = list(addresses.iter());
    // A name with several addresses of one family is as many machines.
    if addresses.is_empty() {
        return None;
    }
    if machines(true) <= 1 && machines(false) <= 1 {
        return (hosts.len() == 1)
            .then(|| Finding::new(&SINGLE_HOST, domain).detail(format!("{} at {shown}", list(hosts.iter()))));
    }
    let networks: BTreeSet<String> = addresses.iter().map(|address| network(*address)).collect();
    let of_family = |ipv4: bool| networks.iter().filter(|network| network.contains(':') != ipv4).count();
    (of_family(true) <= 1 && of_family(false) <= 1)
        .then(|| Finding::new(&SINGLE_NETWORK, domain).detail(format!("{shown} in {}", list(networks.iter()))))
}

/// The /24 or /48 an address is in.
fn network(address: IpAddr) -> String {
    let length = if address.is_ipv4() { 24 } else { 48 };
    ipnet::IpNet::new(address, length).map(|network| network.trunc().to_string()).unwrap_or_default()
}

/// Hosts of the same preference. RFC 5321 §5.1.
static EQUAL_PREFERENCE: Rule = Rule {
    id: "mx-equal-preference",
    title: "Mail hosts share a preference",
    severity: Severity::Note,
    cites: &[ROUTING],
    why: "Senders choose among hosts of one preference at random. That spreads the load; a spare that should be tried \
          last needs a higher number.",
    remedy: "Nothing, if the load is to be spread.",
};

fn equal_preference(domain: &Domain, survey: &Survey) -> Option<Finding> {
    let mut hosts: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for exchanger in &survey.exchangers {
        hosts.entry(exchanger.preference).or_default().insert(&exchanger.name);
    }
    let shared: Vec<String> = hosts
        .into_iter()
        .filter(|(_, names)| names.len() > 1)
        .map(|(preference, names)| format!("{} with preference {preference}", list(names.iter())))
        .collect();
    (!shared.is_empty()).then(|| Finding::new(&EQUAL_PREFERENCE, domain).detail(shared.join("; ")))
}

/// No host with an IPv4 address. RFC 5321 §5.2.
static IPV6_ONLY: Rule = Rule {
    id: "mx-ipv6-only",
    title: "No mail host has an IPv4 address",
    severity: Severity::Warning,
    cites: &[IPV6],
    why: "Many mail servers still send over IPv4 alone. They find no address and return the mail.",
    remedy: "Give at least one mail host an A record.",
};

fn ipv6_only(domain: &Domain, survey: &Survey) -> Option<Finding> {
    let mut addresses = survey.usable().flat_map(Exchanger::global).peekable();
    addresses.peek()?;
    let open = survey.exchangers.iter().any(|exchanger| !exchanger.host.failed.is_empty());
    if open || addresses.any(|address| address.is_ipv4()) {
        return None;
    }
    let hosts: BTreeSet<&str> = survey.usable().map(|exchanger| exchanger.name.as_str()).collect();
    Some(Finding::new(&IPV6_ONLY, domain).detail(format!("{}: AAAA records only", list(hosts.iter()))))
}

/// Every name below the domain has MX. RFC 1912 §2.7.
static WILDCARD: Rule = Rule {
    id: "mx-wildcard",
    title: "Every name below the domain takes mail",
    severity: Severity::Note,
    cites: &[WILDCARDS],
    why: "A wildcard MX makes mistyped host names valid destinations, and makes every invented sender below the domain \
          look deliverable.",
    remedy: "Nothing, if mail to any subdomain is wanted; otherwise remove the wildcard record.",
};

/// Authoritative servers that disagree. RFC 1034 §4.3.5.
static SERVERS_DIFFER: Rule = Rule {
    id: "mx-servers-differ",
    title: "The domain's name servers disagree about its MX records",
    severity: Severity::Warning,
    cites: &[TRANSFERS],
    why: "Which answer a sender gets is a matter of chance, so mail goes astray now and then. A change that is still \
          on its way to the secondary servers looks the same for some minutes.",
    remedy: "Compare the serial numbers of the zone on all servers and repair the transfer to those that lag behind.",
};

fn differing(domain: &Domain, servers: &[ServerRow]) -> Option<Finding> {
    let mut answers: BTreeMap<&[String], BTreeSet<&str>> = BTreeMap::new();
    for row in servers {
        if let Some(records) = &row.records {
            answers.entry(records).or_default().insert(&row.server);
        }
    }
    if answers.len() < 2 {
        return None;
    }
    let said = |records: &[String]| if records.is_empty() { "no MX".to_owned() } else { records.join(", ") };
    let detail: Vec<String> =
        answers.iter().map(|(records, servers)| format!("{}: {}", list(servers.iter()), said(records))).collect();
    let mut finding = Finding::new(&SERVERS_DIFFER, domain).detail(detail.join("; "));
    for (records, servers) in answers {
        for server in servers {
            finding = finding.evidence(Evidence::Reply { server: server.to_owned(), text: said(records) });
        }
    }
    Some(finding)
}

/// A server that does not know its zone. RFC 1912 §2.8.
static SERVER_LAME: Rule = Rule {
    id: "mx-server-lame",
    title: "A name server does not answer for the zone",
    severity: Severity::Warning,
    cites: &[LAME],
    why: "The delegation names a server that does not hold the zone. Resolvers lose time on it, and when the others \
          are down the domain has no MX.",
    remedy: "Set the zone up on this server, or remove it from the NS records of the zone and of its parent.",
};

fn lame(servers: &[ServerRow]) -> impl Iterator<Item = Finding> {
    let lame = servers.iter().filter(|row| row.authoritative == Some(false));
    lame.map(|row| {
        let address = row.address.map(|address| format!(" at {address}")).unwrap_or_default();
        let finding = Finding::new(&SERVER_LAME, &row.server);
        let finding = finding.detail(format!("{}{address} {NOT_ITS_ZONE}", row.server));
        match row.words.as_deref().filter(|words| *words != NOT_ITS_ZONE) {
            Some(words) => finding.evidence(Evidence::Reply { server: row.server.clone(), text: words.to_owned() }),
            None => finding,
        }
    })
}

/// What stayed open: it matters only while no other host is known to be usable.
pub(super) fn open(survey: &Survey) -> Vec<Unclear> {
    let usable = survey.usable().next().is_some();
    let failed = survey.exchangers.iter().flat_map(|exchanger| {
        exchanger.host.failed.iter().map(|error| Unclear { decisive: !usable, ..error.unclear(&exchanger.name) })
    });
    failed.collect()
}

fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// All rules of this check.
pub(super) static ALL: &[&Rule] = &[
    &NONE,
    &DOMAIN_ALIAS,
    &NULL,
    &NULL_AND_OTHERS,
    &NULL_PREFERENCE,
    &IMPLICIT,
    &LITERAL,
    &LOCALHOST,
    &VERIFICATION,
    &ALIAS,
    &DANGLING,
    &NO_ADDRESS,
    &SPECIAL_ADDRESS,
    &SYNTAX,
    &DUPLICATE_HOST,
    &DUPLICATE_ADDRESS,
    &SINGLE_HOST,
    &SINGLE_NETWORK,
    &EQUAL_PREFERENCE,
    &IPV6_ONLY,
    &WILDCARD,
    &SERVERS_DIFFER,
    &SERVER_LAME,
];
