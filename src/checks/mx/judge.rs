//! What can be wrong with the MX records of a domain.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use hickory_proto::rr::RData;

use super::rules;
use super::servers::{NOT_ITS_ZONE, ServerRow};
use super::survey::{Exchanger, MailSurvey};
use crate::checks::advice::{self, Obstacle, Place};
use crate::names::address;
use crate::names::domain::Domain;
use crate::net::lookup::host::Host;
use crate::report::{Evidence, Finding, Proof, Unclear};

/// Everything wrong with what was found. `wildcard` are the MX records of a made-up name below the domain.
pub(super) fn judge(
    domain: &Domain,
    survey: &MailSurvey,
    wildcard: Option<Proof>,
    servers: &[ServerRow],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(none(domain, survey));
    findings.extend(domain_alias(domain, survey));
    findings.extend(null(domain, survey));
    findings.extend(implicit(domain, survey));
    let mut named = BTreeSet::new();
    for exchanger in &survey.exchangers {
        // What is wrong with a host that is named twice is wrong once.
        if named.insert(exchanger.name.as_str()) {
            findings.extend(exchanger_faults(domain, exchanger, survey));
        }
    }
    if !survey.implicit {
        findings.extend(duplicates(domain, survey));
        findings.extend(redundancy(domain, survey));
        findings.extend(equal_preference(domain, survey));
    }
    findings.extend(ipv6_only(domain, survey));
    if let Some(proof) = wildcard {
        let detail = format!("any name below {domain} has MX records");
        findings.push(Finding::new(&rules::WILDCARD, domain, proof).detail(detail));
    }
    findings.extend(differing(domain, servers));
    findings.extend(lame(servers));
    findings
}

fn none(domain: &Domain, survey: &MailSurvey) -> Option<Finding> {
    if !survey.exchangers.is_empty() || !survey.null.is_empty() {
        return None;
    }
    let owner = survey.aliases.last().map_or(domain.as_str(), String::as_str);
    let detail = match survey.missing {
        true => format!("{owner} does not exist"),
        false => format!("{owner} has neither MX nor A nor AAAA records"),
    };
    let remedy = match survey.aliases.last() {
        Some(end) => format!("{}.", advice::beside_alias(domain.as_str(), end)),
        None => format!(
            "If the domain takes no mail, publish: {domain}. MX 0 .; if it does, an MX record that names your mail server."
        ),
    };
    Some(Finding::new(&rules::NONE, domain, survey.proof()).detail(detail).remedy(remedy))
}

fn domain_alias(domain: &Domain, survey: &MailSurvey) -> Option<Finding> {
    let proof = Proof::some(survey.answered.aliases())?;
    let detail = format!("{domain} is an alias of {}", survey.aliases.join(", then "));
    Some(Finding::new(&rules::DOMAIN_ALIAS, domain, proof).detail(detail))
}

fn null(domain: &Domain, survey: &MailSurvey) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(preference) = survey.null.iter().copied().max() else { return findings };
    let proof = survey.answered.proof_of(|data| matches!(data, RData::MX(mx) if mx.exchange.is_root()));
    if survey.is_null() {
        findings.push(Finding::new(&rules::NULL, domain, &proof).detail(format!("{domain} MX {preference} .")));
    } else {
        let others: BTreeSet<&str> = survey.exchangers.iter().map(|exchanger| exchanger.name.as_str()).collect();
        let others = others.into_iter().collect::<Vec<_>>().join(", ");
        let detail = format!("a null MX beside {others}");
        let remedy =
            format!("If the domain takes mail, remove: {domain}. MX {preference} .; otherwise remove {others}.");
        findings
            .push(Finding::new(&rules::NULL_AND_OTHERS, domain, survey.answered.proof()).detail(detail).remedy(remedy));
    }
    // Whether the null MX stays is to be settled first.
    if preference != 0 && survey.is_null() {
        let finding =
            Finding::new(&rules::NULL_PREFERENCE, domain, &proof).detail(format!("{domain} MX {preference} ."));
        findings.push(finding.remedy(format!("Publish: {domain}. MX 0 .")));
    }
    findings
}

fn implicit(domain: &Domain, survey: &MailSurvey) -> Option<Finding> {
    let own = survey.exchangers.first().filter(|_| survey.implicit)?;
    let detail = format!("mail goes to {}", list(own.host.addresses.iter()));
    let remedy = match own.host.aliases.last() {
        Some(end) => format!("{}.", advice::beside_alias(domain.as_str(), end)),
        // RFC 5321 §5.1: where nobody outside can reach the host, no mail is taken.
        None if own.global().next().is_none() => format!("If the domain takes no mail, publish: {domain}. MX 0 ."),
        None => format!(
            "If the domain takes no mail, publish: {domain}. MX 0 .; if this host takes it: {domain}. MX 10 {domain}."
        ),
    };
    Some(Finding::new(&rules::IMPLICIT, domain, survey.proof()).detail(detail).remedy(remedy))
}

fn exchanger_faults(domain: &Domain, exchanger: &Exchanger, survey: &MailSurvey) -> Vec<Finding> {
    let Exchanger { name, preference, host, literal, without_doubling } = exchanger;
    let implicit = survey.implicit;
    let proof = survey.proof_of(name);
    let mut findings = Vec::new();
    let record = format!("{domain}. MX {preference} {name}.");
    if let Some(address) = literal {
        let finding = Finding::new(&rules::LITERAL, name, proof).detail(&record);
        findings.push(finding.remedy(match address::special_purpose(*address) {
            None => format!(
                "Let the MX record name the host that has the address {address}, with an address record of its own, \
                 instead of: {record}"
            ),
            Some(purpose) => format!(
                "Let the MX record name a host with an address on the Internet, which the {purpose} address {address} is \
                 not, instead of: {record}"
            ),
        }));
        return findings;
    }
    if exchanger.is_localhost() {
        findings.push(Finding::new(&rules::LOCALHOST, name, proof).detail(record));
        return findings;
    }
    if name.ends_with(".msv1.invalid") {
        findings.push(Finding::new(&rules::VERIFICATION, name, proof).detail(record));
        return findings;
    }
    if !implicit && let Some(end) = host.aliases.last() {
        let detail = format!("{name} is an alias of {}", host.aliases.join(", then "));
        let finding = Finding::new(&rules::ALIAS, name, &proof).evidence_all(host.evidence_of_aliases()).detail(detail);
        findings.push(match host.addresses.is_empty() {
            true => finding,
            // The same host twice is no second host.
            false if survey.exchangers.iter().any(|other| other.name == *end) => {
                finding.remedy(format!("Remove: {record} The host {end} has an MX record of its own."))
            }
            false => finding.remedy(format!("Publish: {domain}. MX {preference} {end}. instead of {record}")),
        });
    }
    if host.has_no_address() {
        let end = host.aliases.last().unwrap_or(name);
        if host.missing {
            let finding = Finding::new(&rules::DANGLING, name, &proof).evidence_all(host.evidence());
            let finding = finding.detail(format!("{end} does not exist"));
            findings.push(match without_doubling {
                // The zone file lacks the dot at the end of the name.
                Some(host) => finding.remedy(format!("Publish: {domain}. MX {preference} {host}. with the final dot.")),
                None => finding.remedy(without_address(domain, end, &record)),
            });
        } else {
            let finding = Finding::new(&rules::NO_ADDRESS, name, &proof).evidence_all(host.evidence());
            let finding = finding.detail(format!("{end} has neither A nor AAAA records"));
            findings.push(finding.remedy(without_address(domain, end, &record)));
        }
    }
    for special in &host.addresses {
        if let Some(purpose) = address::special_purpose(*special) {
            let proof = host.evidence_of(*special).unwrap_or_else(|| proof.clone());
            let finding = Finding::new(&rules::SPECIAL_ADDRESS, name, proof).about(special);
            findings.push(finding.detail(format!("{special} is a {purpose} address")));
        }
    }
    if !implicit && !name.parse::<Domain>().is_ok_and(|name| name.is_host_name()) {
        findings.push(Finding::new(&rules::SYNTAX, name, proof).detail(record));
    }
    findings
}

/// What to do about a host without an address: whoever holds its name can give it one.
fn without_address(domain: &Domain, host: &str, record: &str) -> String {
    match (Place { reader: domain, name: host, alias: None }).obstacle() {
        None => format!("Publish the address of {host}, or let another host take its place in: {record}"),
        Some(Obstacle::Foreign(holder)) => {
            format!("Ask whoever runs {holder} for the host's right name, and correct: {record}")
        }
        Some(_) => format!("Name a host with an address on the Internet instead of: {record}"),
    }
}

fn duplicates(domain: &Domain, survey: &MailSurvey) -> Vec<Finding> {
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
        Finding::new(&rules::DUPLICATE_HOST, name, survey.proof_of(name))
            .detail(format!("named with preference {}", preferences.join(" and ")))
    });
    // One finding for each set of names, however many addresses they share.
    let mut shared: BTreeMap<BTreeSet<&str>, Vec<IpAddr>> = BTreeMap::new();
    for (address, names) in names.into_iter().filter(|(_, names)| names.len() > 1) {
        shared.entry(names).or_default().push(address);
    }
    let addresses = shared.into_iter().map(|(names, addresses)| {
        let detail = format!("{} are all at {}", list(names.iter()), list(addresses.iter()));
        let hosts = survey.exchangers.iter().filter(|exchanger| names.contains(exchanger.name.as_str()));
        let proof = addresses_of(survey, hosts);
        Finding::new(&rules::DUPLICATE_ADDRESS, domain, proof).about(list(names.iter())).detail(detail)
    });
    hosts.chain(addresses).collect()
}

fn redundancy(domain: &Domain, survey: &MailSurvey) -> Option<Finding> {
    // Hosts that could not be told might be what is missed here.
    if survey.exchangers.iter().any(|exchanger| !exchanger.host.failed.is_empty()) {
        return None;
    }
    let hosts: BTreeSet<&str> = survey.usable().map(|exchanger| exchanger.name.as_str()).collect();
    // How many machines stand behind a provider's name is the provider's affair, and a second host besides is none.
    let is_own = |host: &&str| host.parse().is_ok_and(|host: Domain| host.is_kin_of(domain));
    if !hosts.iter().any(is_own) {
        return None;
    }
    let addresses: BTreeSet<IpAddr> = survey.usable().flat_map(Exchanger::global).collect();
    let machines = |ipv4: bool| addresses.iter().filter(|address| address.is_ipv4() == ipv4).count();
    let shown = list(addresses.iter());
    let proof = || addresses_of(survey, survey.usable());
    // A name with several addresses of one family is as many machines.
    if addresses.is_empty() {
        return None;
    }
    if machines(true) <= 1 && machines(false) <= 1 {
        return (hosts.len() == 1).then(|| {
            Finding::new(&rules::SINGLE_HOST, domain, proof()).detail(format!("{} at {shown}", list(hosts.iter())))
        });
    }
    let networks: BTreeSet<String> = addresses.iter().map(|address| network(*address)).collect();
    let of_family = |ipv4: bool| networks.iter().filter(|network| network.contains(':') != ipv4).count();
    (of_family(true) <= 1 && of_family(false) <= 1).then(|| {
        Finding::new(&rules::SINGLE_NETWORK, domain, proof()).detail(format!("{shown} in {}", list(networks.iter())))
    })
}

/// The /24 or /48 an address is in.
fn network(address: IpAddr) -> String {
    let length = if address.is_ipv4() { 24 } else { 48 };
    ipnet::IpNet::new(address, length).map(|network| network.trunc().to_string()).unwrap_or_default()
}

fn equal_preference(domain: &Domain, survey: &MailSurvey) -> Option<Finding> {
    let mut hosts: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for exchanger in &survey.exchangers {
        hosts.entry(exchanger.preference).or_default().insert(&exchanger.name);
    }
    let shared: Vec<String> = hosts
        .into_iter()
        .filter(|(_, names)| names.len() > 1)
        .map(|(preference, names)| format!("{} with preference {preference}", list(names.iter())))
        .collect();
    (!shared.is_empty())
        .then(|| Finding::new(&rules::EQUAL_PREFERENCE, domain, survey.answered.proof()).detail(shared.join("; ")))
}

fn ipv6_only(domain: &Domain, survey: &MailSurvey) -> Option<Finding> {
    let mut addresses = survey.usable().flat_map(Exchanger::global).peekable();
    addresses.peek()?;
    let open = survey.exchangers.iter().any(|exchanger| !exchanger.host.failed.is_empty());
    if open || addresses.any(|address| address.is_ipv4()) {
        return None;
    }
    let hosts: BTreeSet<&str> = survey.usable().map(|exchanger| exchanger.name.as_str()).collect();
    let proof = addresses_of(survey, survey.usable());
    Some(Finding::new(&rules::IPV6_ONLY, domain, proof).detail(format!("{}: AAAA records only", list(hosts.iter()))))
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
    let said = answers
        .iter()
        .flat_map(|(records, servers)| servers.iter().map(|server| Evidence::reply(server, said(records))));
    Some(Finding::new(&rules::SERVERS_DIFFER, domain, Proof::some(said)?).detail(detail.join("; ")))
}

fn lame(servers: &[ServerRow]) -> impl Iterator<Item = Finding> {
    servers.iter().filter_map(|row| {
        let (address, evidence) = (row.address?, row.disowned.clone()?);
        let finding = Finding::new(&rules::SERVER_LAME, &row.server, evidence).about(address);
        Some(finding.detail(format!("{} at {address} {NOT_ITS_ZONE}", row.server)))
    })
}

/// The addresses of hosts as received; without one, what proves where mail goes.
fn addresses_of<'a>(survey: &MailSurvey, hosts: impl Iterator<Item = &'a Exchanger>) -> Proof {
    let hosts: Vec<&Host> = hosts.map(|exchanger| &exchanger.host).collect();
    let of = |host: &Host| host.addresses.iter().filter_map(|address| host.evidence_of(*address)).flatten().collect();
    let addresses: Vec<Vec<Evidence>> = hosts.into_iter().map(of).collect();
    Proof::some(addresses.into_iter().flatten()).unwrap_or_else(|| survey.proof())
}

/// What stayed open: it matters only while no other host is known to be usable.
pub(super) fn open(survey: &MailSurvey) -> Vec<Unclear> {
    let usable = survey.usable().next().is_some();
    let failed = survey.exchangers.iter().flat_map(|exchanger| {
        exchanger.host.failed.iter().map(|error| Unclear { decisive: !usable, ..error.unclear(&exchanger.name) })
    });
    failed.collect()
}

fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
