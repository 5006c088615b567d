//! `ptr`: does the address have a name, and does the name lead back to it?

use std::net::IpAddr;

use hickory_proto::rr::{RData, RecordType};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Check, Context, Outcome, Subject};
use crate::address;
use crate::config::ConfigError;
use crate::domain::Domain;
use crate::host_name::{self, DYNAMIC_GRADE, Generic};
use crate::net::Net;
use crate::net::dns::{Error, Name};
use crate::net::host::{self, Found, Host};
use crate::report::table::{Column, Headline, Row, Section, Table, Tabulate, count};
use crate::report::{Cite, Finding, Reason, Rule, Severity, Unclear};
use crate::target::{Target, TargetKind};

const IPREV: Cite = Cite { rfc: 8601, section: "3" };
const MATCHING: Cite = Cite { rfc: 1912, section: "2.1" };
const ALIASES: Cite = Cite { rfc: 1912, section: "2.4" };
const PTR_RECORDS: Cite = Cite { rfc: 2181, section: "10.2" };
const HOST_SYNTAX: Cite = Cite { rfc: 1123, section: "2.1" };
const DELEGATION: Cite = Cite { rfc: 2317, section: "4" };
const FULL_NAMES: Cite = Cite { rfc: 5321, section: "2.3.5" };
const GREETING: Cite = Cite { rfc: 5321, section: "4.1.4" };
const SPECIAL: Cite = Cite { rfc: 6890, section: "2.2" };
const SPECIAL_NAMES: Cite = Cite { rfc: 6761, section: "6" };
const LOCAL_NAMES: Cite = Cite { rfc: 6762, section: "3" };

/// An address without a name. RFC 1912 §2.1; the "permerror" of RFC 8601 §3.
static MISSING: Rule = Rule {
    id: "ptr-missing",
    title: "The address has no name",
    severity: Severity::Error,
    cites: &[MATCHING, IPREV],
    why: "Most receivers refuse mail from an address without a PTR record, or take it for a dial-up line. Gmail and \
          others refuse every message over IPv6 without one.",
    remedy: "Ask whoever the address belongs to, usually your provider, for a PTR record that names your mail server.",
};

/// No name of the address leads back to it. RFC 1912 §2.1; the "fail" of RFC 8601 §3.
static UNCONFIRMED: Rule = Rule {
    id: "ptr-unconfirmed",
    title: "No name of the address leads back to it",
    severity: Severity::Error,
    cites: &[IPREV, MATCHING],
    why: "Anyone can give his address any name. Receivers believe a name only if its own A or AAAA records hold \
          the address, and treat a name that does not as no name.",
    remedy: "Let the PTR record name the mail server, and let that name's A or AAAA record hold this address.",
};

/// The names have addresses, but none of this family. RFC 8601 §3.
static FAMILY: Rule = Rule {
    id: "ptr-family",
    title: "The name has addresses of the other family only",
    severity: Severity::Error,
    cites: &[IPREV, MATCHING],
    why: "An IPv6 sender is confirmed by an AAAA record, an IPv4 sender by an A record. One does not stand for the \
          other.",
    remedy: "Add the address to the name's records of its own family.",
};

/// More than one name. RFC 2181 §10.2 allows it.
static SEVERAL: Rule = Rule {
    id: "ptr-several",
    title: "The address has several names",
    severity: Severity::Warning,
    cites: &[PTR_RECORDS, IPREV],
    why: "Several PTR records are allowed, but many receivers look at one only, and which one changes from question \
          to question. A sender with one name that fits is refused now and then if it has others that do not.",
    remedy: "Keep the PTR record that names the mail server and remove the others.",
};

/// A name made from the address, or one for dial-up lines. RFC 1912 §2.1.
static GENERIC: Rule = Rule {
    id: "ptr-generic",
    title: "The name looks like that of a dial-up line",
    severity: Severity::Warning,
    cites: &[MATCHING],
    why: "Infected home computers send from addresses with such names. Many receivers refuse mail from a name that \
          holds the address's own octets, or a word such as dsl, dyn or pool beside a number.",
    remedy: "Ask your provider for a PTR record with a name of your own, such as mail.example.com.",
};

/// A name with a little of a pool's about it. RFC 1912 §2.1.
static GENERIC_HINT: Rule = Rule {
    id: "ptr-generic-hint",
    title: "The name is a little like one of many",
    severity: Severity::Note,
    cites: &[MATCHING],
    why: "Some filters give points for names such as vps1234 or for a word such as pool. Alone they refuse nothing.",
    remedy: "Nothing, unless a receiver complains; a name such as mail.example.com is beyond doubt.",
};

/// A name that means nothing outside. RFC 6761 §6, RFC 6762 §3.
static PRIVATE_SUFFIX: Rule = Rule {
    id: "ptr-private-suffix",
    title: "The name means nothing on the Internet",
    severity: Severity::Warning,
    cites: &[LOCAL_NAMES, SPECIAL_NAMES],
    why: "Names under suffixes such as .local, .lan or in-addr.arpa are for the inside of a network, or a zone file's \
          mistake. Receivers take them for a forgery.",
    remedy: "Ask for a PTR record with a name in a domain of yours.",
};

/// A name of one label. RFC 5321 §2.3.5.
static UNQUALIFIED: Rule = Rule {
    id: "ptr-unqualified",
    title: "The name has no domain",
    severity: Severity::Warning,
    cites: &[FULL_NAMES],
    why: "A name of one label is one of a local network. No receiver can look it up.",
    remedy: "Ask for a PTR record with the whole name, such as mail.example.com.",
};

/// Characters that no host name may have. RFC 1123 §2.1.
static SYNTAX: Rule = Rule {
    id: "ptr-host-syntax",
    title: "The name is no valid host name",
    severity: Severity::Warning,
    cites: &[HOST_SYNTAX],
    why: "Host names are letters, digits and hyphens. Receivers refuse names with underscores or other characters, \
          and some libraries drop them before anybody sees them.",
    remedy: "Ask for a PTR record with a name of letters, digits and hyphens.",
};

/// A name that is an alias. RFC 2181 §10.2, RFC 1912 §2.4.
static ALIAS: Rule = Rule {
    id: "ptr-alias",
    title: "The name is an alias",
    severity: Severity::Warning,
    cites: &[PTR_RECORDS, ALIASES],
    why: "A PTR record names the host itself, not an alias of it. Some receivers do not follow the alias and find \
          no address.",
    remedy: "Let the PTR record name the end of the chain, or give the name an A or AAAA record of its own.",
};

/// A name that leads to the one who asks. RFC 6890 §2.2.
static LOOPBACK: Rule = Rule {
    id: "ptr-loopback",
    title: "The name leads to the receiver itself",
    severity: Severity::Warning,
    cites: &[SPECIAL, SPECIAL_NAMES],
    why: "A name such as localhost, or one with an address in 127.0.0.0/8, means the machine that asks. Receivers take \
          it for an attempt to pass for themselves. On your own machine it may also stem from the hosts file.",
    remedy: "Let the PTR record name the mail server, and remove loopback addresses from that name.",
};

/// The reversed name is an alias into another zone. RFC 2317 §4.
static DELEGATED: Rule = Rule {
    id: "ptr-delegated",
    title: "The PTR record stands in a delegated zone",
    severity: Severity::Note,
    cites: &[DELEGATION],
    why: "The provider passes the reversed name on with an alias, as is usual for networks smaller than a /24. The \
          record is to be changed where the alias leads.",
    remedy: "Nothing.",
};

/// The server greets with another name. RFC 5321 §4.1.4.
static HELO_DIFFERS: Rule = Rule {
    id: "ptr-helo-differs",
    title: "The HELO name is not the address's name",
    severity: Severity::Warning,
    cites: &[GREETING, IPREV],
    why: "No standard asks for it, and a server must not refuse for it alone, but filters give points when a sender \
          greets with another name than its address has.",
    remedy: "Let the mail server greet with the name in the PTR record, or have the PTR record changed to its greeting.",
};

/// An address that nobody outside can ask about. RFC 6890 §2.2.
static SPECIAL_ADDRESS: Rule = Rule {
    id: "ptr-special-address",
    title: "The address is not one of the Internet",
    severity: Severity::Note,
    cites: &[SPECIAL],
    why: "Private and reserved addresses have names in your own network at most. Receivers see another address.",
    remedy: "Test the address that the mail server has on the Internet.",
};

/// The flags of `ptr`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Compare with the name that the mail server greets with
    #[arg(long, value_name = "NAME")]
    pub helo: Option<String>,
}

/// The check.
#[derive(Debug)]
pub struct Ptr {
    helo: Option<String>,
}

/// The names of an address.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The address.
    pub address: IpAddr,
    /// The host it was found at, if the target is a name.
    pub label: Option<String>,
    /// The name under which its names are published.
    pub reverse_name: String,
    /// What came of it.
    pub status: Status,
    /// The result of the iprev method (RFC 8601 §3).
    pub iprev: Iprev,
    /// The aliases behind the reversed name, in order.
    pub chain: Vec<String>,
    /// The names; at most ten are looked up.
    pub names: Vec<NameRow>,
    /// The name the mail server greets with, if it was given.
    pub helo: Option<String>,
    /// Whether that is one of the names.
    pub helo_matches: Option<bool>,
}

/// What came of the question for the address's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A name leads back to the address.
    Confirmed,
    /// There are names, and none leads back.
    Unconfirmed,
    /// There are names, none leads back, and not all could be looked up.
    Unknown,
    /// The reversed name does not exist.
    Nxdomain,
    /// The reversed name exists and has no PTR record.
    NoData,
    /// Nobody answered in time.
    Timeout,
    /// The resolver got no usable answer.
    Servfail,
    /// The resolver would not answer.
    Refused,
    /// The resolver could not be reached.
    Unreachable,
    /// The answer could not be read.
    Malformed,
    /// DNSSEC validation failed.
    Bogus,
}

/// The results of RFC 8601 §3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Iprev {
    /// A name leads back to the address.
    Pass,
    /// No name leads back.
    Fail,
    /// A question got no answer.
    Temperror,
    /// There is no name.
    Permerror,
}

/// One name of the address.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NameRow {
    /// The name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether the tested address is among them.
    pub confirmed: bool,
    /// How generic it looks, from 1 to 5; null if it does not.
    pub generic: Option<u8>,
    /// What that was told by.
    pub generic_because: Vec<String>,
    /// What looking it up came to.
    pub lookup: Lookup,
    /// The aliases behind it, in order.
    pub chain: Vec<String>,
}

/// What looking up a name came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lookup {
    /// It has addresses.
    Found,
    /// It does not exist.
    Nxdomain,
    /// It exists and has no address.
    NoData,
    /// A question about it got no answer.
    Failed,
    /// It was one name too many.
    NotAsked,
}

/// Names that are looked up at most; RFC 7208 §4.6.4 sets the same limit.
const MAX_NAMES: usize = 10;

impl Check for Ptr {
    type Options = Options;
    type Query = (IpAddr, Option<String>);
    type Facts = Facts;

    const NAME: &'static str = "ptr";
    const RULES: &'static [&'static Rule] = &[
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

    fn new(options: Options, _: &Context) -> Result<Self, ConfigError> {
        let helo = options.helo.map(|helo| helo.trim_end_matches('.').to_ascii_lowercase());
        Ok(Ptr { helo })
    }

    fn subject_name(query: &Self::Query) -> String {
        query.0.to_string()
    }

    async fn subjects(&self, target: &Target, net: &Net) -> Result<Vec<Subject<Self::Query>>, Unclear> {
        match &target.kind {
            TargetKind::Address(address) => Ok(vec![Subject::of((*address, None))]),
            TargetKind::Network(network) => {
                Ok(address::of_network(network).map(|address| Subject::of((address, None))).collect())
            }
            TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
                let addresses = net.addresses(name).await.map_err(|error| error.unclear(name))?;
                if addresses.is_empty() {
                    return Err(Unclear::decisive(Reason::NotApplicable, name, "the name has no address to test"));
                }
                let subject = |address| Subject::labelled((address, Some(name.to_string())), name);
                Ok(addresses.into_iter().map(subject).collect())
            }
            TargetKind::List | TargetKind::Text | TargetKind::Malformed => Ok(Vec::new()),
        }
    }

    async fn run(&self, subject: &Subject<Self::Query>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let (address, label) = &subject.query;
        let reverse = reverse_name(*address);
        let mut facts = Facts {
            address: *address,
            label: label.clone(),
            reverse_name: reverse.to_string(),
            status: Status::NoData,
            iprev: Iprev::Permerror,
            chain: Vec::new(),
            names: Vec::new(),
            helo: self.helo.clone(),
            helo_matches: None,
        };
        let mut unclear = Vec::new();
        match net.find(&reverse, RecordType::PTR).await {
            Ok(found) => {
                facts.chain.clone_from(&found.aliases);
                facts.names = self.names(*address, found, &mut facts.status, &mut unclear, net).await;
            }
            Err(error) => {
                facts.status = Status::of(error.reason());
                unclear.push(error.unclear(address));
            }
        }
        facts.settle(&mut unclear);
        let findings = judge(&facts);
        Ok(Outcome { facts, findings, unclear })
    }
}

/// Where the names of an address are published.
pub(super) fn reverse_name(address: IpAddr) -> Name {
    let zone: Domain = match address {
        IpAddr::V4(_) => "in-addr.arpa",
        IpAddr::V6(_) => "ip6.arpa",
    }
    .parse()
    .expect("the zone's name is valid");
    Name::reversed(address, &Name::from(&zone)).expect("a reversed address fits in front of its zone")
}

impl Ptr {
    /// Looks up the names that were found.
    async fn names(
        &self,
        address: IpAddr,
        found: Found,
        status: &mut Status,
        unclear: &mut Vec<Unclear>,
        net: &Net,
    ) -> Vec<NameRow> {
        if found.missing {
            *status = Status::Nxdomain;
        }
        let mut targets: Vec<hickory_proto::rr::Name> = found
            .records
            .into_iter()
            .filter_map(|data| if let RData::PTR(name) = data { Some(name.0) } else { None })
            .collect();
        targets.sort();
        targets.dedup();
        let asked: Vec<Name> = targets.iter().take(MAX_NAMES).map(Name::from).collect();
        let mut hosts = net.hosts(&asked).await.into_iter();
        let row = |name: &hickory_proto::rr::Name| {
            let host = hosts.next();
            let failed: &[Error] = host.as_ref().map_or(&[], |host| &host.failed);
            unclear.extend(failed.iter().map(|error| error.unclear(host::text(name))));
            NameRow::new(host::text(name), address, host)
        };
        targets.iter().map(row).collect()
    }
}

impl Status {
    fn of(reason: Reason) -> Self {
        match reason {
            Reason::Timeout => Status::Timeout,
            Reason::Refused => Status::Refused,
            Reason::Unreachable => Status::Unreachable,
            Reason::Malformed => Status::Malformed,
            Reason::Bogus => Status::Bogus,
            _ => Status::Servfail,
        }
    }
}

impl NameRow {
    fn new(name: String, address: IpAddr, host: Option<Host>) -> Self {
        let generic = name.parse().ok().and_then(|name: Domain| host_name::generic(&name, Some(address)));
        let Generic { grade, because } = generic.unwrap_or(Generic { grade: 0, because: Vec::new() });
        let lookup = match &host {
            None => Lookup::NotAsked,
            Some(host) if !host.addresses.is_empty() => Lookup::Found,
            Some(host) if !host.failed.is_empty() => Lookup::Failed,
            Some(host) if host.missing => Lookup::Nxdomain,
            Some(_) => Lookup::NoData,
        };
        let host = host.unwrap_or_default();
        NameRow {
            confirmed: host.addresses.contains(&address),
            name,
            addresses: host.addresses,
            generic: (grade > 0).then_some(grade),
            generic_because: because,
            lookup,
            chain: host.aliases,
        }
    }

    /// What the name leads to, in a few words.
    fn leads_to(&self) -> String {
        match self.lookup {
            Lookup::Found => addresses_text(&self.addresses),
            Lookup::Nxdomain => "no such name".to_owned(),
            Lookup::NoData => "no address".to_owned(),
            Lookup::Failed => "no answer".to_owned(),
            Lookup::NotAsked => "not looked up".to_owned(),
        }
    }
}

fn addresses_text(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Facts {
    /// Draws the sum of the names. What stayed open matters only if no name is confirmed.
    fn settle(&mut self, unclear: &mut [Unclear]) {
        if !self.names.is_empty() {
            let confirmed = self.names.iter().any(|name| name.confirmed);
            self.status = match confirmed {
                true => Status::Confirmed,
                false if unclear.is_empty() => Status::Unconfirmed,
                false => Status::Unknown,
            };
            for entry in unclear.iter_mut().filter(|_| confirmed) {
                entry.decisive = false;
            }
        }
        self.iprev = match self.status {
            Status::Confirmed => Iprev::Pass,
            Status::Unconfirmed => Iprev::Fail,
            Status::Nxdomain | Status::NoData => Iprev::Permerror,
            _ => Iprev::Temperror,
        };
        if !self.names.is_empty() {
            self.helo_matches = self.helo.as_ref().map(|helo| self.names.iter().any(|row| row.name == *helo));
        }
    }

    /// The end of the reversed name's alias chain, where a PTR record is to be published.
    fn owner(&self) -> &str {
        self.chain.last().unwrap_or(&self.reverse_name)
    }
}

fn judge(facts: &Facts) -> Vec<Finding> {
    let Facts { address, names, .. } = facts;
    let mut findings = Vec::new();
    if let Some(purpose) = address::special_purpose(*address) {
        findings.push(Finding::new(&SPECIAL_ADDRESS, address).detail(format!("{address} is a {purpose} address")));
    }
    if !facts.chain.is_empty() {
        let detail = format!("{} is an alias of {}", facts.reverse_name, facts.chain.join(", then "));
        findings.push(Finding::new(&DELEGATED, address).detail(detail));
    }
    match facts.status {
        Status::Nxdomain | Status::NoData => findings.push(missing(facts)),
        Status::Unconfirmed => findings.push(unconfirmed(facts)),
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
        findings.push(Finding::new(&SEVERAL, address).detail(detail));
    }
    for row in names {
        findings.extend(judge_name(row));
    }
    if let (Some(helo), Some(false)) = (&facts.helo, facts.helo_matches) {
        let shown = names.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(", ");
        findings.push(Finding::new(&HELO_DIFFERS, address).detail(format!("greets as {helo}, named {shown}")));
    }
    findings
}

fn missing(facts: &Facts) -> Finding {
    let owner = facts.owner();
    let detail = match facts.status {
        Status::Nxdomain => format!("{owner} does not exist"),
        _ => format!("{owner} exists and has no PTR record"),
    };
    let name = facts.helo.as_ref().or(facts.label.as_ref());
    let finding = Finding::new(&MISSING, facts.address).detail(detail);
    let ask = "Ask whoever the address belongs to, usually your provider, to publish:";
    finding.remedy(match name {
        Some(name) => format!("{ask} {owner}. PTR {name}."),
        None => format!("{ask} {owner}. PTR mail.example.com. with the name of your mail server."),
    })
}

fn unconfirmed(facts: &Facts) -> Finding {
    let Facts { address, names, .. } = facts;
    let shown: Vec<String> = names.iter().map(|row| format!("{} leads to {}", row.name, row.leads_to())).collect();
    let detail = shown.join("; ");
    let same_family = |other: &IpAddr| other.is_ipv4() == address.is_ipv4();
    let resolvable: Vec<&NameRow> = names.iter().filter(|row| row.lookup == Lookup::Found).collect();
    let other_family = !resolvable.is_empty() && !resolvable.iter().any(|row| row.addresses.iter().any(same_family));
    let rule = if other_family { &FAMILY } else { &UNCONFIRMED };
    let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
    let finding = Finding::new(rule, address).detail(detail);
    // A name with a domain of its own is worth keeping; the other rules say what is wrong with one that is not.
    let keep = resolvable.first().copied().or(names.first()).and_then(|row| row.name.parse::<Domain>().ok());
    match keep.filter(|name| host_name::private_suffix(name).is_none() && name.registrable().is_some()) {
        Some(name) => finding.remedy(format!(
            "If {name} is the mail server's name, publish: {name}. {rtype} {address}; otherwise let the PTR record \
             name the mail server."
        )),
        None => finding,
    }
}

fn judge_name(row: &NameRow) -> Vec<Finding> {
    let name = row.name.as_str();
    let mut findings = Vec::new();
    let parsed: Option<Domain> = name.parse().ok();
    let suffix = parsed.as_ref().and_then(host_name::private_suffix);
    let own_host = name == "localhost" || name.starts_with("localhost.");
    if own_host || row.addresses.iter().any(IpAddr::is_loopback) {
        let detail = if row.addresses.is_empty() { "named localhost".to_owned() } else { row.leads_to() };
        findings.push(Finding::new(&LOOPBACK, name).detail(detail));
    } else if let Some(suffix) = suffix {
        let finding = Finding::new(&PRIVATE_SUFFIX, name).detail(format!("{name} is under .{suffix}"));
        findings.push(match suffix {
            "in-addr.arpa" | "ip6.arpa" => finding.remedy(
                "Write the name in the zone file with a dot at its end: without it the zone's own name is added to it.",
            ),
            _ => finding,
        });
    } else if parsed.as_ref().is_some_and(|name| name.labels().count() == 1) {
        findings.push(Finding::new(&UNQUALIFIED, name).detail(format!("\"{name}\" is one label")));
    }
    if !parsed.as_ref().is_some_and(Domain::is_host_name) {
        findings.push(Finding::new(&SYNTAX, name).detail(format!("\"{name}\" is no host name")));
    }
    if !row.chain.is_empty() {
        let detail = format!("{name} is an alias of {}", row.chain.join(", then "));
        findings.push(Finding::new(&ALIAS, name).detail(detail));
    }
    if let Some(grade) = row.generic {
        let rule = if grade >= DYNAMIC_GRADE { &GENERIC } else { &GENERIC_HINT };
        let detail = format!("grade {grade} of 5: {}", row.generic_because.join(", "));
        findings.push(Finding::new(rule, name).detail(detail));
    }
    findings
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let who = match &self.label {
            Some(label) => format!("{subject} ({label})"),
            None => subject.to_owned(),
        };
        Headline { who, remark: count(self.names.len(), "name") }
    }

    fn reason(&self) -> String {
        let names = || {
            let shown: Vec<&str> = self.names.iter().take(3).map(|row| row.name.as_str()).collect();
            shown.join(", ") + if self.names.len() > 3 { ", …" } else { "" }
        };
        match self.status {
            Status::Confirmed => {
                let name = self.names.iter().find(|row| row.confirmed).map_or("", |row| row.name.as_str());
                format!("{name} leads back to the address")
            }
            Status::Unconfirmed => format!("named {}, which does not lead back", names()),
            Status::Unknown => format!("named {}; whether that leads back could not be told", names()),
            Status::Nxdomain => format!("no name: {} does not exist", self.owner()),
            Status::NoData => format!("no name: {} has no PTR record", self.owner()),
            Status::Timeout => "nobody answered for its name".to_owned(),
            Status::Servfail => "the resolver got no usable answer for its name".to_owned(),
            Status::Refused => "the resolver refused to answer for its name".to_owned(),
            Status::Unreachable => "the resolver cannot be reached".to_owned(),
            Status::Malformed => "the answer for its name cannot be read".to_owned(),
            Status::Bogus => "the answer for its name fails DNSSEC validation".to_owned(),
        }
    }

    fn sections(&self, _: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.chain.is_empty() {
            sections.push(Section::Line(format!(
                "{} is an alias of {}",
                self.reverse_name,
                self.chain.join(", then ")
            )));
        }
        if !self.names.is_empty() {
            let rows = self.names.iter().map(|row| {
                let back = if row.confirmed { "yes" } else { "no" };
                let generic = row.generic.map(|grade| grade.to_string()).unwrap_or_default();
                let notes =
                    if row.chain.is_empty() { None } else { Some(format!("alias of {}", row.chain.join(", then "))) };
                Row {
                    cells: vec![row.name.clone(), row.leads_to(), back.to_owned(), generic],
                    notes: notes.into_iter().collect(),
                }
            });
            let columns = vec![
                Column::words("Name"),
                Column::words("Leads to"),
                Column::words("Back"),
                Column::numbers("Generic of 5"),
            ];
            sections.push(Section::Table(Table { title: None, columns, rows: rows.collect() }));
        }
        if let (Some(helo), Some(matches)) = (&self.helo, self.helo_matches) {
            let among = if matches { "which is one of its names" } else { "which is none of its names" };
            sections.push(Section::Line(format!("Greets as {helo}, {among}")));
        }
        sections
    }
}
