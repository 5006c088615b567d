//! `mx`: where does mail for the domain go, and can it get there?

mod judge;
mod rules;
mod servers;
pub(crate) mod survey;

use std::net::IpAddr;

use futures_util::future::join;
use schemars::JsonSchema;
use serde::Serialize;

pub use self::servers::ServerRow;
use self::survey::{Exchanger, MailSurvey};
use super::{Check, Context, Outcome, Subject};
use crate::config::ConfigError;
use crate::names::address;
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::net::lookup::mail_route::MailRoute;
use crate::report::table::{Column, Headline, Row, Section, Table, Tabulate, count};
use crate::report::{Rule, Unclear};

/// The flags of `mx`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Ask each of the domain's name servers and compare their answers
    #[arg(long)]
    pub every_ns: bool,
}

/// The check.
#[derive(Debug)]
pub struct Mx {
    options: Options,
}

/// The mail exchangers of a domain.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// Whether the domain says that it takes no mail (RFC 7505).
    pub null_mx: bool,
    /// Whether there is no MX record, so that the domain's own addresses stand for one (RFC 5321 §5.1).
    pub implicit: bool,
    /// Whether the domain does not exist.
    pub missing: bool,
    /// Whether any name below the domain has MX records; null if that could not be told.
    pub wildcard: Option<bool>,
    /// The aliases behind the domain itself, in order.
    pub chain: Vec<String>,
    /// The mail exchangers by preference.
    pub hosts: Vec<HostRow>,
    /// What each name server says, with `--every-ns`.
    pub servers: Vec<ServerRow>,
}

/// One mail exchanger.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HostRow {
    /// Its name.
    pub host: String,
    /// Its preference; the lowest is tried first.
    pub preference: u16,
    /// The aliases behind its name, in order; there should be none.
    pub chain: Vec<String>,
    /// Its addresses, IPv4 first.
    pub addresses: Vec<IpAddr>,
    /// Whether mail from the Internet can reach it, as far as the DNS tells.
    pub usable: bool,
    /// Why its addresses could not be told.
    pub words: Option<String>,
}

impl Check for Mx {
    type Options = Options;
    type Query = Domain;
    type Facts = Facts;

    const NAME: &'static str = "mx";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, _: &Context) -> Result<Self, ConfigError> {
        Ok(Mx { options })
    }

    fn target_reader(_: &Options) -> fn(&str) -> Result<Target, TargetError> {
        Target::of_name
    }

    fn subject_name(query: &Domain) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Domain>>, Unclear> {
        Ok(match &target.kind {
            TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
                vec![Subject::of(name.clone())]
            }
            _ => Vec::new(),
        })
    }

    async fn run(&self, subject: &Subject<Domain>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let domain = &subject.query;
        let (survey, wildcard) = join(MailSurvey::of(domain, net), wildcard(domain, net)).await;
        let survey = survey.map_err(|error| error.unclear(domain))?;
        let mut unclear = judge::open(&survey);
        let mut rows = Vec::new();
        if self.options.every_ns {
            // The zone at the end of an alias is the one that holds the records.
            let owner = survey.aliases.last().and_then(|end| end.parse().ok()).unwrap_or_else(|| domain.clone());
            match servers::ask(&owner, net).await {
                Ok((servers, open)) => {
                    rows = servers;
                    unclear.extend(open);
                }
                Err(error) => unclear.push(Unclear { decisive: false, ..error.unclear(&owner) }),
            }
        }
        let has_records = !survey.implicit && !survey.exchangers.is_empty();
        let of_any_name = wildcard.as_ref().filter(|route| has_records && !route.is_implicit());
        let of_any_name = of_any_name.map(|route| route.answered.proof());
        let findings = judge::judge(domain, &survey, of_any_name, &rows);
        let facts = Facts {
            null_mx: survey.is_null(),
            implicit: survey.implicit,
            missing: survey.missing,
            wildcard: wildcard.map(|route| !route.is_implicit()),
            chain: survey.aliases,
            hosts: survey.exchangers.into_iter().map(HostRow::from).collect(),
            servers: rows,
        };
        Ok(Outcome { facts, findings, unclear })
    }
}

/// What a name below the domain that nobody made has of MX records; none if that could not be told.
async fn wildcard(domain: &Domain, net: &Net) -> Option<MailRoute> {
    let name = domain.prefixed(&format!("spamcheck-probe-{:08x}", rand::random::<u32>())).ok()?;
    net.mail_route(&name).await.ok()
}

impl From<Exchanger> for HostRow {
    fn from(exchanger: Exchanger) -> Self {
        HostRow {
            usable: exchanger.is_usable(),
            words: exchanger.host.failed.first().map(ToString::to_string),
            host: exchanger.name,
            preference: exchanger.preference,
            chain: exchanger.host.aliases,
            addresses: exchanger.host.addresses,
        }
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        Headline { who: subject.to_owned(), remark: count(self.hosts.len(), "mail host") }
    }

    fn reason(&self) -> String {
        if self.null_mx {
            return "takes no mail, and says so (RFC 7505)".to_owned();
        }
        let addresses: usize = self.hosts.iter().map(|row| row.addresses.len()).sum();
        let addresses = if addresses == 1 { "1 address".to_owned() } else { format!("{addresses} addresses") };
        match self.hosts.len() {
            0 if self.missing => "the domain does not exist".to_owned(),
            0 => "neither MX nor address".to_owned(),
            _ if self.implicit => format!("no MX; mail goes to the domain's own {addresses}"),
            hosts => {
                let usable = self.hosts.iter().filter(|row| row.usable).count();
                format!("{usable} of {} usable, {addresses}", count(hosts, "mail host"))
            }
        }
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.chain.is_empty() {
            sections.push(Section::Line(format!("The domain is an alias of {}", self.chain.join(", then "))));
        }
        if !self.hosts.is_empty() {
            let rows = self.hosts.iter().map(|row| {
                let addresses: Vec<String> = row.addresses.iter().map(ToString::to_string).collect();
                let addresses = match (&row.words, addresses.is_empty()) {
                    (Some(words), _) => words.clone(),
                    (None, true) => "none".to_owned(),
                    (None, false) => addresses.join(" "),
                };
                let alias = (!row.chain.is_empty()).then(|| format!("alias of {}", row.chain.join(", then ")));
                let special = row.addresses.iter().filter_map(|address| {
                    Some(format!("{address} is a {} address", address::special_purpose(*address)?))
                });
                let cells = vec![row.preference.to_string(), row.host.clone(), addresses];
                Row::of(cells).with_notes(alias.into_iter().chain(special))
            });
            let columns = vec![Column::numbers("Preference"), Column::words("Host"), Column::words("Addresses")];
            sections.push(Section::Table(Table { title: None, columns, rows: rows.collect() }));
        }
        let told = self.servers.iter().filter_map(|row| row.records.as_ref());
        let differ = told.clone().any(|records| Some(records) != told.clone().next());
        if verbose || differ || self.servers.iter().any(|row| row.records.is_none()) {
            sections.extend(self.servers_table());
        } else if !self.servers.is_empty() {
            sections.push(Section::Line(format!("{} agree", count(self.servers.len(), "name server"))));
        }
        sections
    }
}

impl Facts {
    fn servers_table(&self) -> Option<Section> {
        let rows: Vec<Row> = self
            .servers
            .iter()
            .map(|row| {
                let said = match (&row.records, &row.words) {
                    (Some(records), _) if records.is_empty() => "no MX".to_owned(),
                    (Some(records), _) => records.join(", "),
                    (None, words) => words.clone().unwrap_or_default(),
                };
                let address = row.address.map(|address| address.to_string()).unwrap_or_default();
                Row::of([row.server.clone(), address, said])
            })
            .collect();
        let columns = vec![Column::words("Name server"), Column::words("Address"), Column::words("Says")];
        (!rows.is_empty()).then_some(Section::Table(Table { title: None, columns, rows }))
    }
}
