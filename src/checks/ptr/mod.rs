//! `ptr`: does the address have a name, and does the name lead back to it?

mod judge;

use std::net::IpAddr;

use hickory_proto::rr;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Check, Context, Outcome, Subject};
use crate::config::ConfigError;
use crate::names::domain::Domain;
use crate::names::host_name::{self, Generic};
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::net::dns::{Error, Name};
use crate::net::lookup;
use crate::net::lookup::host::Host;
use crate::net::lookup::reverse::{Reverse, reverse_name};
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate, count};
use crate::report::{Reason, Rule, Severity, Unclear};

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
    const RULES: &'static [&'static Rule] = judge::ALL;

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
            TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
                let addresses = net.addresses(name).await.map_err(|error| error.unclear(name))?;
                if addresses.is_empty() {
                    return Err(Unclear::decisive(Reason::NotApplicable, name, "the name has no address to test"));
                }
                let subject = |address| Subject::labelled((address, Some(name.to_string())), name);
                Ok(addresses.into_iter().map(subject).collect())
            }
            TargetKind::Network(_)
            | TargetKind::List
            | TargetKind::Text
            | TargetKind::Message
            | TargetKind::Malformed => Ok(Vec::new()),
        }
    }

    fn network(&self, _: &IpNet) -> Result<Option<fn(IpAddr) -> Self::Query>, Unclear> {
        Ok(Some(|address| (address, None)))
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
        let mut hosts = Vec::new();
        let proof = match net.reverse(*address).await {
            Ok(found) => {
                if found.missing {
                    facts.status = Status::Nxdomain;
                }
                (facts.names, hosts) = names(*address, &found, &mut unclear, net).await;
                facts.chain = found.aliases;
                found.answered.proof()
            }
            Err(error) => {
                facts.status = Status::of(error.reason());
                unclear.push(error.unclear(address));
                error.evidence().into()
            }
        };
        facts.settle(&mut unclear);
        let findings = judge::judge(&facts, &proof, &hosts);
        Ok(Outcome { facts, findings, unclear })
    }
}

/// Looks up the names that were found: a row each, and the hosts of the first of them.
async fn names(address: IpAddr, reverse: &Reverse, unclear: &mut Vec<Unclear>, net: &Net) -> (Vec<NameRow>, Vec<Host>) {
    let targets = &reverse.names;
    let asked: Vec<Name> = targets.iter().take(MAX_NAMES).map(Name::from).collect();
    let hosts = net.hosts(&asked).await;
    let mut known = hosts.iter();
    let row = |name: &rr::Name| {
        let host = known.next();
        let failed: &[Error] = host.map_or(&[], |host| &host.failed);
        unclear.extend(failed.iter().map(|error| error.unclear(lookup::text(name))));
        NameRow::new(lookup::text(name), address, host)
    };
    (targets.iter().map(row).collect(), hosts)
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
    fn new(name: String, address: IpAddr, host: Option<&Host>) -> Self {
        let generic = name.parse().ok().and_then(|name: Domain| host_name::generic(&name, Some(address)));
        let Generic { grade, because } = generic.unwrap_or(Generic { grade: 0, because: Vec::new() });
        let lookup = match host {
            None => Lookup::NotAsked,
            Some(host) if !host.addresses.is_empty() => Lookup::Found,
            Some(host) if !host.failed.is_empty() => Lookup::Failed,
            Some(host) if host.missing => Lookup::Nxdomain,
            Some(_) => Lookup::NoData,
        };
        let addresses = host.map(|host| host.addresses.clone()).unwrap_or_default();
        NameRow {
            confirmed: addresses.contains(&address),
            name,
            addresses,
            generic: (grade > 0).then_some(grade),
            generic_because: because,
            lookup,
            chain: host.map(|host| host.aliases.clone()).unwrap_or_default(),
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

    /// How bad a name is that does not lead back.
    fn doubt(&self) -> Option<Severity> {
        (self.status == Status::Unconfirmed).then_some(Severity::Error)
    }

    /// The end of the reversed name's alias chain, where a PTR record is to be published.
    fn owner(&self) -> &str {
        self.chain.last().unwrap_or(&self.reverse_name)
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let who = match &self.label {
            Some(label) => format!("{subject} ({label})"),
            None => subject.to_owned(),
        };
        let is_known = !self.names.is_empty() || matches!(self.status, Status::Nxdomain | Status::NoData);
        let remark = if is_known { count(self.names.len(), "name") } else { String::new() };
        Headline { who, remark }
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
                let back = if row.confirmed { "yes".into() } else { Cell::marked("no", self.doubt()) };
                let generic = row.generic.map(|grade| grade.to_string()).unwrap_or_default();
                let notes =
                    if row.chain.is_empty() { None } else { Some(format!("alias of {}", row.chain.join(", then "))) };
                Row::of([row.name.clone().into(), row.leads_to().into(), back, generic.into()]).with_notes(notes)
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
