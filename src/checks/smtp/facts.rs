//! What was learned of mail servers, and how people read it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::checks::dialogue;
use crate::net::smtp::{Entry, Peer, ReplyFault, Security};
use crate::report::table::{Column, Headline, Row, Section, Table, Tabulate, count};

/// What was learned of a target's mail servers.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// The servers, one an address, by preference.
    pub hosts: Vec<HostFacts>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// What was learned of one server at one address.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HostFacts {
    /// Its name.
    pub host: String,
    /// The preference of its MX record; null if no record led to it.
    pub preference: Option<u16>,
    /// Its address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// How the connection becomes private.
    pub security: Security,
    /// Milliseconds until the connection stood; null if it never did.
    pub connect_ms: Option<u64>,
    /// Milliseconds from there to the end of the greeting.
    pub greeting_ms: Option<u64>,
    /// The text of the greeting.
    pub greeting: Option<String>,
    /// The software that the greeting names.
    pub software: Option<String>,
    /// The version it tells.
    pub version: Option<String>,
    /// The name in the answer to EHLO or HELO.
    pub name: Option<String>,
    /// Whether EHLO was understood.
    pub extended: Option<bool>,
    /// The names of its address; null if they were not asked for or not told.
    pub ptr: Option<Vec<String>>,
    /// Whether the name it gives itself leads back to its address; null if that was not told.
    pub name_confirmed: Option<bool>,
    /// What it offers in clear, as it was sent.
    pub capabilities: Option<Vec<String>>,
    /// What it offers inside TLS, as it was sent; null without TLS.
    pub capabilities_inside: Option<Vec<String>>,
    /// The largest message it takes; null if it does not say or has no limit.
    pub max_size_bytes: Option<u64>,
    /// What is wrong with the form of its replies.
    pub reply_faults: Vec<ReplyFault>,
    /// What was tried beyond that, and what came of it.
    pub probes: Vec<ProbeRow>,
    /// The bad commands that it answered before it hung up; null if that was not asked for, or if it bore all 64.
    pub error_limit: Option<u32>,
    /// What kept it from being told more.
    pub failure: Option<String>,
    /// All that was said.
    pub transcript: Vec<Entry>,
}

/// One thing that was tried.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProbeRow {
    /// What was tried.
    pub probe: Probe,
    /// The command that decided it.
    pub command: String,
    /// The code of the reply; null without one.
    pub code: Option<u16>,
    /// The reply's text.
    pub reply: Option<String>,
    /// What that means.
    pub outcome: TestOutcome,
}

/// What can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// A recipient `postmaster`.
    Postmaster,
    /// A recipient `abuse`.
    Abuse,
    /// The mailbox that is the target.
    Mailbox,
    /// `MAIL FROM:<>`.
    NullSender,
    /// A recipient at the server's own address literal.
    Literal,
    /// A recipient that does not exist.
    CatchAll,
    /// A sender of the server's own domain.
    Spoof,
    /// VRFY.
    Vrfy,
    /// EXPN.
    Expn,
    /// A command in clear behind STARTTLS.
    Injection,
    /// Commands that do not exist.
    ErrorLimit,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TestOutcome {
    /// The server did it.
    Accepted,
    /// The server would not.
    Refused,
    /// The server put it off.
    Deferred,
    /// The server said neither yes nor no.
    Noncommittal,
    /// It could not be told.
    Unclear,
}

impl HostFacts {
    /// A server of which nothing is known yet.
    pub(super) fn new(preference: Option<u16>, peer: &Peer) -> Self {
        HostFacts {
            host: peer.host.clone(),
            preference,
            address: peer.address,
            port: peer.port,
            security: peer.security,
            connect_ms: None,
            greeting_ms: None,
            greeting: None,
            software: None,
            version: None,
            name: None,
            extended: None,
            ptr: None,
            name_confirmed: None,
            capabilities: None,
            capabilities_inside: None,
            max_size_bytes: None,
            reply_faults: Vec::new(),
            probes: Vec::new(),
            error_limit: None,
            failure: None,
            transcript: Vec::new(),
        }
    }

    fn row(&self) -> Row {
        let seconds = |milliseconds: Option<u64>| match milliseconds {
            // Tenths are all that a reader compares.
            Some(milliseconds) => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
            None => "-".to_owned(),
        };
        let said = self.greeting.clone().or_else(|| self.failure.clone()).unwrap_or_else(|| "-".to_owned());
        let mut notes = Vec::new();
        match (&self.capabilities, &self.capabilities_inside) {
            (Some(clear), Some(inside)) => {
                notes.push(format!("offers {}", listed(clear)));
                let more: Vec<String> = inside.iter().filter(|offer| !clear.contains(offer)).cloned().collect();
                let less: Vec<String> =
                    clear.iter().filter(|offer| *offer != "STARTTLS" && !inside.contains(offer)).cloned().collect();
                if !more.is_empty() {
                    notes.push(format!("inside TLS also {}", listed(&more)));
                }
                if !less.is_empty() {
                    notes.push(format!("inside TLS no longer {}", listed(&less)));
                }
            }
            (Some(one), None) | (None, Some(one)) => notes.push(format!("offers {}", listed(one))),
            (None, None) => {}
        }
        if let (Some(name), Some(confirmed)) = (&self.name, self.name_confirmed) {
            let leads = if confirmed { "leads back to it" } else { "does not lead back to it" };
            notes.push(format!("calls itself {name}, which {leads}"));
        }
        let server = if self.host == self.address.to_string() {
            self.host.clone()
        } else {
            format!("{} [{}]", self.host, self.address)
        };
        let preference = self.preference.map(|preference| preference.to_string()).unwrap_or_default();
        Row::of([preference, server, seconds(self.connect_ms), seconds(self.greeting_ms), said]).with_notes(notes)
    }
}

fn listed(offers: &[String]) -> String {
    if offers.is_empty() { "nothing".to_owned() } else { offers.join(", ") }
}

impl Probe {
    fn as_str(self) -> &'static str {
        match self {
            Probe::Postmaster => "postmaster",
            Probe::Abuse => "abuse",
            Probe::Mailbox => "mailbox",
            Probe::NullSender => "null sender",
            Probe::Literal => "address literal",
            Probe::CatchAll => "catch-all",
            Probe::Spoof => "own domain as sender",
            Probe::Vrfy => "VRFY",
            Probe::Expn => "EXPN",
            Probe::Injection => "command behind STARTTLS",
            Probe::ErrorLimit => "bad commands",
        }
    }
}

impl TestOutcome {
    fn as_str(self) -> &'static str {
        match self {
            TestOutcome::Accepted => "accepted",
            TestOutcome::Refused => "refused",
            TestOutcome::Deferred => "deferred",
            TestOutcome::Noncommittal => "not told",
            TestOutcome::Unclear => "unclear",
        }
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        Headline { who: subject.to_owned(), remark: count(self.hosts.len(), "server") }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let columns = vec![
            Column::numbers("Pref"),
            Column::words("Server"),
            Column::numbers("Connected"),
            Column::numbers("Greeted"),
            Column::words("Greeting"),
        ];
        let rows = self.hosts.iter().map(HostFacts::row).collect();
        let mut sections = vec![Section::Table(Table { title: None, columns, rows })];
        let probes: Vec<Row> = self
            .hosts
            .iter()
            .flat_map(|host| host.probes.iter().map(move |probe| (host, probe)))
            .map(|(host, probe)| {
                let reply = match (&probe.code, &probe.reply) {
                    (Some(code), Some(text)) => format!("{code} {text}"),
                    (_, Some(text)) => text.clone(),
                    _ => String::new(),
                };
                let has_siblings = self.hosts.iter().filter(|other| other.host == host.host).count() > 1;
                let server = if has_siblings { host.address.to_string() } else { host.host.clone() };
                let cells = vec![server, probe.probe.as_str().to_owned(), probe.outcome.as_str().to_owned(), reply];
                Row::of(cells)
            })
            .collect();
        if !probes.is_empty() {
            let columns =
                vec![Column::words("Server"), Column::words("Tried"), Column::words("Outcome"), Column::words("Reply")];
            sections.push(Section::Table(Table { title: None, columns, rows: probes }));
        }
        if verbose {
            let spoken = self.hosts.iter().filter(|host| !host.transcript.is_empty());
            sections.extend(
                spoken.map(|host| dialogue::transcript(&format!("{} [{}]", host.host, host.address), &host.transcript)),
            );
        }
        sections
    }
}
