//! What can be wrong with the MX records of a domain.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::rules;
use super::servers::{NOT_ITS_ZONE, ServerRow};
use super::survey::{Exchanger, Survey};
use crate::names::address;
use crate::names::domain::Domain;
use crate::report::{Evidence, Finding, Unclear};

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
        findings.push(Finding::new(&rules::WILDCARD, domain).detail(detail));
    }
    findings.extend(differing(domain, servers));
    findings.extend(lame(servers));
    findings
}

fn none(domain: &Domain, survey: &Survey) -> Option<Finding> {
    if !survey.exchangers.is_empty() || !survey.null.is_empty() {
        return None;
    }
    let owner = survey.aliases.last().map_or(domain.as_str(), String::as_str);
    let detail = match survey.missing {
        true => format!("{owner} does not exist"),
        false => format!("{owner} has neither MX nor A nor AAAA records"),
    };
    Some(Finding::new(&rules::NONE, domain).detail(detail).remedy(format!(
        "Publish: {domain}. MX 10 mail.{domain}. with the name of your mail server; or, if the domain takes no mail: \
         {domain}. MX 0 ."
    )))
}

fn domain_alias(domain: &Domain, survey: &Survey) -> Option<Finding> {
    let detail = format!("{domain} is an alias of {}", survey.aliases.join(", then "));
    (!survey.aliases.is_empty()).then(|| Finding::new(&rules::DOMAIN_ALIAS, domain).detail(detail))
}

fn null(domain: &Domain, survey: &Survey) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(preference) = survey.null.iter().copied().max() else { return findings };
    if survey.is_null() {
        findings.push(Finding::new(&rules::NULL, domain).detail(format!("{domain} MX {preference} .")));
    } else {
        let others: BTreeSet<&str> = survey.exchangers.iter().map(|exchanger| exchanger.name.as_str()).collect();
        let others = others.into_iter().collect::<Vec<_>>().join(", ");
        let detail = format!("a null MX beside {others}");
        let remedy =
            format!("If the domain takes mail, remove: {domain}. MX {preference} .; otherwise remove {others}.");
        findings.push(Finding::new(&rules::NULL_AND_OTHERS, domain).detail(detail).remedy(remedy));
    }
    if preference != 0 {
        let finding = Finding::new(&rules::NULL_PREFERENCE, domain).detail(format!("{domain} MX {preference} ."));
        findings.push(finding.remedy(format!("Publish: {domain}. MX 0 .")));
    }
    findings
}

fn implicit(domain: &Domain, survey: &Survey) -> Option<Finding> {
    let own = survey.exchangers.first().filter(|_| survey.implicit)?;
    let detail = format!("mail goes to {}", list(own.host.addresses.iter()));
    Some(Finding::new(&rules::IMPLICIT, domain).detail(detail).remedy(format!(
        "If this host takes the mail, publish: {domain}. MX 10 {domain}.; if the domain takes no mail: {domain}. MX 0 ."
    )))
}

fn exchanger_faults(domain: &Domain, exchanger: &Exchanger, implicit: bool) -> Vec<Finding> {
    let Exchanger { name, preference, host, literal } = exchanger;
    let mut findings = Vec::new();
    let record = format!("{domain}. MX {preference} {name}.");
    if let Some(address) = literal {
        let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
        findings.push(Finding::new(&rules::LITERAL, name).detail(record).remedy(format!(
            "Publish: mail.{domain}. {rtype} {address} and {domain}. MX {preference} mail.{domain}. with the name of your \
             mail server."
        )));
        return findings;
    }
    if exchanger.is_localhost() {
        findings.push(Finding::new(&rules::LOCALHOST, name).detail(record));
        return findings;
    }
    if name.ends_with(".msv1.invalid") {
        findings.push(Finding::new(&rules::VERIFICATION, name).detail(record));
        return findings;
    }
    if !implicit && let Some(end) = host.aliases.last() {
        let detail = format!("{name} is an alias of {}", host.aliases.join(", then "));
        let finding = Finding::new(&rules::ALIAS, name).detail(detail);
        findings.push(match host.addresses.is_empty() {
            true => finding,
            false => finding.remedy(format!("Publish: {domain}. MX {preference} {end}. instead of {record}")),
        });
    }
    if host.has_no_address() {
        let end = host.aliases.last().unwrap_or(name);
        let doubled = format!(".{domain}.{domain}");
        if host.missing {
            let finding = Finding::new(&rules::DANGLING, name).detail(format!("{end} does not exist"));
            findings.push(match name.strip_suffix(&doubled) {
                // The zone file lacks the dot at the end of the name.
                Some(host) => {
                    finding.remedy(format!("Publish: {domain}. MX {preference} {host}.{domain}. with the final dot."))
                }
                None => finding.remedy(format!("Publish {end}. A with the host's address, or remove: {record}")),
            });
        } else {
            let finding =
                Finding::new(&rules::NO_ADDRESS, name).detail(format!("{end} has neither A nor AAAA records"));
            findings.push(finding.remedy(format!("Publish {end}. A with the host's address, or remove: {record}")));
        }
    }
    for special in &host.addresses {
        if let Some(purpose) = address::special_purpose(*special) {
            findings
                .push(Finding::new(&rules::SPECIAL_ADDRESS, name).detail(format!("{special} is a {purpose} address")));
        }
    }
    if !implicit && !name.parse::<Domain>().is_ok_and(|name| name.is_host_name()) {
        findings.push(Finding::new(&rules::SYNTAX, name).detail(record));
    }
    findings
}

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
        Finding::new(&rules::DUPLICATE_HOST, name)
            .detail(format!("named with preference {}", preferences.join(" and ")))
    });
    // One finding for each set of names, however many addresses they share.
    let mut shared: BTreeMap<BTreeSet<&str>, Vec<IpAddr>> = BTreeMap::new();
    for (address, names) in names.into_iter().filter(|(_, names)| names.len() > 1) {
        shared.entry(names).or_default().push(address);
    }
    let addresses = shared.into_iter().map(|(names, addresses)| {
        let detail = format!("{} are all at {}", list(names.iter()), list(addresses.iter()));
        Finding::new(&rules::DUPLICATE_ADDRESS, domain).detail(detail)
    });
    hosts.chain(addresses).collect()
}

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
            .then(|| Finding::new(&rules::SINGLE_HOST, domain).detail(format!("{} at {shown}", list(hosts.iter()))));
    }
    let networks: BTreeSet<String> = addresses.iter().map(|address| network(*address)).collect();
    let of_family = |ipv4: bool| networks.iter().filter(|network| network.contains(':') != ipv4).count();
    (of_family(true) <= 1 && of_family(false) <= 1)
        .then(|| Finding::new(&rules::SINGLE_NETWORK, domain).detail(format!("{shown} in {}", list(networks.iter()))))
}

/// The /24 or /48 an address is in.
fn network(address: IpAddr) -> String {
    let length = if address.is_ipv4() { 24 } else { 48 };
    ipnet::IpNet::new(address, length).map(|network| network.trunc().to_string()).unwrap_or_default()
}

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
    (!shared.is_empty()).then(|| Finding::new(&rules::EQUAL_PREFERENCE, domain).detail(shared.join("; ")))
}

fn ipv6_only(domain: &Domain, survey: &Survey) -> Option<Finding> {
    let mut addresses = survey.usable().flat_map(Exchanger::global).peekable();
    addresses.peek()?;
    let open = survey.exchangers.iter().any(|exchanger| !exchanger.host.failed.is_empty());
    if open || addresses.any(|address| address.is_ipv4()) {
        return None;
    }
    let hosts: BTreeSet<&str> = survey.usable().map(|exchanger| exchanger.name.as_str()).collect();
    Some(Finding::new(&rules::IPV6_ONLY, domain).detail(format!("{}: AAAA records only", list(hosts.iter()))))
}

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
    let mut finding = Finding::new(&rules::SERVERS_DIFFER, domain).detail(detail.join("; "));
    for (records, servers) in answers {
        for server in servers {
            finding = finding.evidence(Evidence::Reply { server: server.to_owned(), text: said(records) });
        }
    }
    Some(finding)
}

fn lame(servers: &[ServerRow]) -> impl Iterator<Item = Finding> {
    let lame = servers.iter().filter(|row| row.authoritative == Some(false));
    lame.map(|row| {
        let address = row.address.map(|address| format!(" at {address}")).unwrap_or_default();
        let finding = Finding::new(&rules::SERVER_LAME, &row.server);
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
