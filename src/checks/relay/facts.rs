//! What was learned of relaying, and how people read it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::token::Path;
use crate::checks::dialogue;
use crate::net::smtp::{Entry, Stage};
use crate::report::table::{Column, Headline, Row, Section, Table, Tabulate, count};

/// What was learned of relaying.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The worst that was learned of any server.
    pub class: Class,
    /// The sender of our own; null if a token was looked up.
    pub mail_from: Option<String>,
    /// The recipient elsewhere; null if a token was looked up.
    pub rcpt_to: Option<String>,
    /// The servers, one an address, by preference.
    pub hosts: Vec<HostFacts>,
    /// Every form that was asked, of every server.
    pub forms: Vec<FormRow>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// What a server does with mail from strangers for strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It refuses every form.
    Closed,
    /// It wants a login before anything else.
    AuthRequired,
    /// It refuses some forms at DATA alone.
    RefusedAtData,
    /// It puts off what it does not refuse.
    Deferred,
    /// It could not be told.
    Unclear,
    /// It takes some form at RCPT and at DATA.
    Suspect,
    /// A message came through it.
    Relayed,
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
    /// What it does.
    pub class: Class,
    /// What it says to mail for a domain of its own: proof that it talks to us at all.
    pub control: Option<String>,
    /// How many forms there are for it.
    pub forms: usize,
    /// All that was said.
    pub transcript: Vec<Entry>,
}

/// One form at one server.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FormRow {
    /// The server's name.
    pub host: String,
    /// Its address.
    pub address: IpAddr,
    /// How it was asked.
    pub path: Path,
    /// The number of the form.
    pub form: u8,
    /// The reverse-path.
    pub from: String,
    /// The forward-path.
    pub to: String,
    /// How far it came.
    pub stage: Stage,
    /// The code of the deciding reply; null if a token was looked up.
    pub code: Option<u16>,
    /// Its text.
    pub reply: Option<String>,
    /// What that means.
    pub outcome: FormOutcome,
    /// What the message can be recognised by, if one was sent.
    pub token: Option<String>,
}

/// What a server does with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormOutcome {
    /// Refused at MAIL or RCPT.
    Refused,
    /// Refused until the client logs in.
    AuthRequired,
    /// Refused until the client begins TLS.
    TlsRequired,
    /// Put off.
    Deferred,
    /// Taken at RCPT and refused at DATA.
    RefusedAtData,
    /// Taken at RCPT and at DATA.
    Suspect,
    /// Taken at RCPT and at DATA for a domain of the server's own, which takes any local part.
    TakenAsOwn,
    /// Arrived.
    Relayed,
    /// Answered by a code that has no meaning there.
    Unclear,
}

impl Class {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Class::Closed => "closed",
            Class::AuthRequired => "login required",
            Class::RefusedAtData => "refused at DATA",
            Class::Deferred => "deferred",
            Class::Unclear => "unclear",
            Class::Suspect => "suspect",
            Class::Relayed => "relayed",
        }
    }
}

impl FormOutcome {
    fn as_str(self) -> &'static str {
        match self {
            FormOutcome::Refused => "refused",
            FormOutcome::AuthRequired => "login required",
            FormOutcome::TlsRequired => "TLS required",
            FormOutcome::Deferred => "deferred",
            FormOutcome::RefusedAtData => "refused at DATA",
            FormOutcome::Suspect => "accepted",
            FormOutcome::TakenAsOwn => "taken as its own",
            FormOutcome::Relayed => "relayed",
            FormOutcome::Unclear => "unclear",
        }
    }
}

/// The same form at the same server with the same outcome: a line of the table.
struct Line<'a> {
    row: &'a FormRow,
    paths: Vec<Path>,
}

impl<'a> Line<'a> {
    /// Rows as lines. A form that comes to the same in clear and inside TLS is one line, unless messages were sent.
    fn of(rows: impl Iterator<Item = &'a FormRow>) -> Vec<Self> {
        let mut lines: Vec<Line<'a>> = Vec::new();
        for row in rows {
            let same = |line: &&mut Line<'a>| line.row.key() == row.key();
            match lines.iter_mut().find(same) {
                Some(line) => line.paths.push(row.path),
                None => lines.push(Line { row, paths: vec![row.path] }),
            }
        }
        lines
    }

    fn cells(&self) -> Vec<String> {
        let row = self.row;
        let reply = match (row.code, &row.reply) {
            // What servers say to DATA is the same everywhere.
            (Some(354), _) => "354".to_owned(),
            (Some(code), Some(reply)) => format!("{code} {reply}"),
            _ => String::new(),
        };
        let place = match self.paths[..] {
            [Path::Clear] => "clear",
            [Path::Tls] => "TLS",
            _ => "both",
        };
        let [from, to] = [format!("<{}>", row.from), format!("<{}>", row.to)];
        vec![row.form.to_string(), place.to_owned(), from, to, row.outcome.as_str().to_owned(), reply]
    }

    fn notes(&self) -> Vec<String> {
        let sent = self.row.token.iter().filter(|_| self.row.outcome != FormOutcome::Relayed);
        sent.map(|token| format!("a message was sent: look for {token}")).collect()
    }
}

impl FormRow {
    /// What two rows of one line have in common.
    fn key(&self) -> (&str, IpAddr, u8, Stage, FormOutcome, &Option<String>) {
        (&self.host, self.address, self.form, self.stage, self.outcome, &self.token)
    }
}

impl Facts {
    /// Columns that need not be shown: a server that is alone stands in the line above.
    fn unnamed(&self) -> usize {
        usize::from(self.hosts.len() < 2)
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let remark = if self.hosts.is_empty() { String::new() } else { count(self.hosts.len(), "server") };
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.hosts.is_empty() {
            let row = |host: &HostFacts| {
                let asked = |path: Path| {
                    let of = |row: &&FormRow| row.address == host.address && row.host == host.host && row.path == path;
                    self.forms.iter().filter(of).count().to_string()
                };
                let preference = host.preference.map(|preference| preference.to_string()).unwrap_or_default();
                let server = server(&host.host, host.address);
                let class = host.class.as_str().to_owned();
                Row::of([preference, server, class, asked(Path::Clear), asked(Path::Tls)])
            };
            let columns = vec![
                Column::numbers("Pref"),
                Column::words("Server"),
                Column::words("Class"),
                Column::numbers("Forms in clear"),
                Column::numbers("Inside TLS"),
            ];
            let rows = self.hosts.iter().map(row).collect();
            sections.push(Section::Table(Table { title: None, columns, rows }));
        }
        let lines = Line::of(self.forms.iter().filter(|row| verbose || row.outcome != FormOutcome::Refused));
        if !lines.is_empty() {
            let heads = [
                Column::words("Server"),
                Column::numbers("Form"),
                Column::words("In"),
                Column::words("From"),
                Column::words("To"),
                Column::words("Outcome"),
                Column::words("Reply"),
            ];
            let row = |line: &Line<'_>| {
                let server = server(&line.row.host, line.row.address);
                Row::of([server].into_iter().chain(line.cells()).skip(self.unnamed())).with_notes(line.notes())
            };
            let rows = lines.iter().map(row).collect();
            let columns = heads.into_iter().skip(self.unnamed()).collect();
            sections.push(Section::Table(Table { title: None, columns, rows }));
        }
        if verbose {
            let title = |host: &HostFacts| server(&host.host, host.address);
            let spoken = self.hosts.iter().filter(|host| !host.transcript.is_empty());
            sections.extend(spoken.map(|host| dialogue::transcript(&title(host), &host.transcript)));
        }
        sections
    }
}

/// How a server is named; an address has no other name.
fn server(host: &str, address: IpAddr) -> String {
    if host == address.to_string() { host.to_owned() } else { format!("{host} [{address}]") }
}
