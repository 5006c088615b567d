//! What the lists said, as facts, and how people read it.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::review::Pending;
use super::zone::{Query, Zone, Zones};
use crate::catalogue::{Effect, Kind, Purpose};
use crate::report::table::{Column, Headline, Row, Section, Table, Tabulate, count, short_seconds};
use crate::report::{Evidence, Reason, millis};

/// What the lists said about one address or name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The address or name, as it was asked.
    pub query: String,
    /// Its kind.
    pub kind: Kind,
    /// A remark on the query: a receiver's host name, an RFC 5782 test entry.
    pub label: Option<String>,
    /// The lists asked; in ndjson and csv only those with something to tell.
    pub lists: Vec<ListRow>,
    /// Lists asked.
    pub asked: usize,
    /// Lists that answered.
    pub answered: usize,
    /// Lists that hold the query against it or for it.
    pub listed: usize,
    /// The points of all lists, families counted once.
    pub points: u32,
    /// Points that refuse mail.
    pub threshold: u32,
    /// Lists that were asked through the resolver although their own servers were wanted.
    pub detours: Vec<Detour>,
    /// Whom the lists were asked through, for the first line of the table.
    #[serde(skip)]
    pub asked_through: String,
    /// Why no list was asked, if none was.
    #[serde(skip)]
    pub why_not: Option<String>,
    /// Lists that weigh as much as those asked and were not asked by default, since they answer customers only.
    pub left_out: Vec<String>,
    /// Whether the table speaks of them: once a run.
    #[serde(skip)]
    pub tells_left_out: bool,
    /// What is needed to look at it again, as long as it may be taken back.
    #[serde(skip)]
    pub(super) pending: Option<Box<Pending>>,
}

/// A list whose own servers were not found, so that the resolver was asked instead.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Detour {
    /// The list's name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// Why its own servers were not asked, in the words of whoever did not name them.
    pub why: String,
}

impl Detour {
    /// The detour to a zone, if there is one.
    pub(super) fn of(zone: &Zone) -> Option<Self> {
        let why = zone.detour()?.to_owned();
        Some(Detour { name: zone.list.name.clone(), zone: zone.list.zone.clone(), why })
    }
}

/// What became of the question to one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowOutcome {
    /// It lists the query.
    Listed,
    /// It vouches for the query.
    Allowed,
    /// It does not list the query.
    NotListed,
    /// It would not answer this resolver.
    Refused,
    /// A filter on the way put its own answer in the place of the list's, or took it away.
    Filtered,
    /// It did not answer in time.
    Timeout,
    /// The resolver got no usable answer from it.
    Servfail,
    /// It does not exist any more.
    Dead,
    /// It lists everything.
    Wildcard,
    /// The answer is not one a list gives.
    ForeignAnswer,
    /// It does not answer its own test entry.
    Unproven,
    /// It serves other kinds of queries.
    NotApplicable,
}

impl RowOutcome {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            RowOutcome::Listed => "listed",
            RowOutcome::Allowed => "allowed",
            RowOutcome::NotListed => "not-listed",
            RowOutcome::Refused => "refused",
            RowOutcome::Filtered => "filtered",
            RowOutcome::Timeout => "timeout",
            RowOutcome::Servfail => "servfail",
            RowOutcome::Dead => "dead",
            RowOutcome::Wildcard => "wildcard",
            RowOutcome::ForeignAnswer => "foreign-answer",
            RowOutcome::Unproven => "unproven",
            RowOutcome::NotApplicable => "not-applicable",
        }
    }

    /// Whether the list answered the question.
    pub fn is_answer(self) -> bool {
        matches!(self, RowOutcome::Listed | RowOutcome::Allowed | RowOutcome::NotListed)
    }

    /// Whether the row is one that ndjson and csv leave out.
    pub fn is_clean(self) -> bool {
        matches!(self, RowOutcome::NotListed | RowOutcome::NotApplicable)
    }

    /// The reason of an open question, for an outcome that is none.
    pub fn reason(self) -> Option<Reason> {
        match self {
            RowOutcome::Listed | RowOutcome::Allowed | RowOutcome::NotListed | RowOutcome::NotApplicable => None,
            RowOutcome::Refused | RowOutcome::Filtered => Some(Reason::Refused),
            RowOutcome::Timeout => Some(Reason::Timeout),
            RowOutcome::Servfail => Some(Reason::Servfail),
            RowOutcome::Dead => Some(Reason::Dead),
            RowOutcome::Wildcard => Some(Reason::Wildcard),
            RowOutcome::ForeignAnswer => Some(Reason::ForeignAnswer),
            RowOutcome::Unproven => Some(Reason::Unproven),
        }
    }
}

/// One list's row.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// The lists of the run.
    pub zones: Zones,
    /// This list's place among them.
    pub index: usize,
    /// The query it was asked about.
    pub query: Arc<Query>,
    /// What became of it.
    pub outcome: RowOutcome,
    /// The A records, as received.
    pub answers: Vec<Ipv4Addr>,
    /// What they mean.
    pub codes: Vec<CodeRow>,
    /// The TXT records, as received.
    pub reasons: Vec<String>,
    /// The list's records as received, without a key.
    pub(super) received: Vec<Evidence>,
    /// The points it earns by itself; below zero for a good mark of a user's own.
    pub points: i32,
    /// How long the answer may be kept, in seconds.
    pub ttl_s: Option<u32>,
    /// How long the answer took.
    pub elapsed: Duration,
    /// Who answered.
    pub server: Arc<str>,
    /// Why there is no answer, in the words of whoever would not give it.
    pub words: Option<String>,
}

/// One code of an answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CodeRow {
    /// The A record.
    pub code: Ipv4Addr,
    /// What it means.
    pub meaning: String,
    /// How it counts.
    pub severity: Effect,
    /// What it earns by itself.
    #[serde(skip)]
    pub points: i32,
    /// Whether the list documents it.
    pub documented: bool,
    /// The text a mail server refuses with, from a user's rule.
    pub message: Option<String>,
    /// The header a mail server adds, from a user's rule.
    pub header: Option<String>,
}

/// The row as JSON shows it.
#[derive(Serialize, JsonSchema)]
struct RowView<'a> {
    id: &'a str,
    name: &'a str,
    zone: &'a str,
    /// The kind of question it was asked.
    kind: Kind,
    /// What its answers mean.
    purpose: Purpose,
    outcome: RowOutcome,
    answers: &'a [Ipv4Addr],
    codes: &'a [CodeRow],
    reasons: &'a [String],
    points: i32,
    ttl_s: Option<u32>,
    elapsed_ms: u64,
    server: &'a str,
    lookup_url: Option<String>,
    delist_url: Option<String>,
    /// Why there is no answer, else what an administrator should know of the list.
    note: Option<&'a str>,
}

impl ListRow {
    /// The list.
    pub fn zone(&self) -> &Zone {
        &self.zones[self.index]
    }

    /// Where to ask for removal, with the query filled in.
    pub fn delist_url(&self) -> Option<String> {
        Zone::link(self.zone().list.delist_url.as_ref(), &self.query)
    }

    fn view(&self) -> RowView<'_> {
        let list = &self.zone().list;
        RowView {
            id: &list.id,
            name: &list.name,
            zone: &list.zone,
            kind: self.query.kind(),
            purpose: list.purpose,
            outcome: self.outcome,
            answers: &self.answers,
            codes: &self.codes,
            reasons: &self.reasons,
            points: self.points,
            ttl_s: self.ttl_s,
            elapsed_ms: millis(self.elapsed),
            server: &self.server,
            lookup_url: Zone::link(list.lookup_url.as_ref(), &self.query),
            delist_url: self.delist_url(),
            note: self.words.as_deref().or(list.note.as_deref()),
        }
    }

    /// What the codes mean, in one line.
    pub fn meaning(&self) -> String {
        let meanings: Vec<&str> = self.codes.iter().map(|code| code.meaning.as_str()).collect();
        meanings.join("; ")
    }

    /// The codes, in one line.
    pub fn answer_text(&self) -> String {
        let answers: Vec<String> = self.answers.iter().map(ToString::to_string).collect();
        answers.join(" ")
    }
}

impl Serialize for ListRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl JsonSchema for ListRow {
    fn schema_name() -> Cow<'static, str> {
        "ListRow".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        RowView::json_schema(generator)
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let who = match &self.label {
            Some(label) => format!("{subject} ({label})"),
            None => subject.to_owned(),
        };
        Headline { who, remark: self.asked_through.clone() }
    }

    fn reason(&self) -> String {
        let Facts { asked, answered, points, threshold, .. } = self;
        if *asked == 0 {
            return self.why_not.clone().unwrap_or_else(|| "no list can be asked about it".to_owned());
        }
        let held = self.lists.iter().filter(|row| row.outcome == RowOutcome::Listed).count();
        let lists = count(*asked, "list");
        let told = if answered == asked { "all answered".to_owned() } else { format!("{answered} answered") };
        match held {
            0 if answered == asked => format!("not listed on {lists}, all answered"),
            0 => format!("{answered} of {lists} answered, and none of them lists it"),
            _ => format!("{points} points of {threshold}: listed on {held} of {lists}, {told}"),
        }
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        let of = |wanted: fn(RowOutcome) -> bool| self.lists.iter().filter(move |row| wanted(row.outcome));
        let mut held: Vec<&ListRow> =
            of(|outcome| matches!(outcome, RowOutcome::Listed | RowOutcome::Allowed)).collect();
        held.sort_by_key(|row| (row.outcome != RowOutcome::Listed, std::cmp::Reverse(row.points)));
        if !held.is_empty() {
            sections.push(Section::Table(held_table(&held)));
        }
        let silent: Vec<&ListRow> = of(|outcome| outcome.reason().is_some()).collect();
        if !silent.is_empty() {
            sections.push(Section::Open(silent.into_iter().filter_map(ListRow::open).collect()));
        }
        if !self.detours.is_empty() {
            sections.push(Section::Table(detour_table(&self.detours)));
        }
        let clean: Vec<&ListRow> = of(|outcome| outcome == RowOutcome::NotListed).collect();
        if verbose && !clean.is_empty() {
            sections.push(Section::Table(clean_table(&clean)));
        }
        let not_listed = clean.len();
        if not_listed > 0 {
            sections.push(Section::Line(format!("{}: not listed", count(not_listed, "list"))));
        }
        if self.tells_left_out && !self.left_out.is_empty() {
            let names = self.left_out.join(", ");
            let line = format!("Not asked, since registered resolvers or a key alone get an answer: {names}");
            sections.push(Section::Line(line));
        }
        let other = of(|outcome| outcome == RowOutcome::NotApplicable).count();
        if verbose && other > 0 {
            sections.push(Section::Line(format!("{}: not applicable", count(other, "list"))));
        }
        sections
    }
}

fn held_table(rows: &[&ListRow]) -> Table {
    let columns = vec![
        Column::words("List"),
        Column::words("Code"),
        Column::words("Meaning"),
        Column::numbers("Points"),
        Column::numbers("TTL"),
    ];
    let rows = rows.iter().map(|row| {
        let ttl = row.ttl_s.map(short_seconds).unwrap_or_default();
        let cells = vec![row.zone().list.name.clone(), row.answer_text(), row.meaning(), row.points.to_string(), ttl];
        let headers =
            row.codes.iter().filter_map(|code| code.header.as_ref()).map(|header| format!("Header: {header}"));
        let notes = row.reasons.iter().map(|reason| format!("\"{reason}\"")).chain(headers);
        Row::of(cells).with_notes(notes)
    });
    Table { title: None, columns, rows: rows.collect() }
}

fn detour_table(detours: &[Detour]) -> Table {
    let row = |detour: &Detour| Row::of([detour.name.clone(), detour.why.clone()]);
    let columns = vec![Column::words(""), Column::words("")];
    Table { title: Some("Asked through the resolver"), columns, rows: detours.iter().map(row).collect() }
}

fn clean_table(rows: &[&ListRow]) -> Table {
    let columns =
        vec![Column::words("Not listed on"), Column::words("Zone"), Column::words("Server"), Column::numbers("ms")];
    let rows = rows.iter().map(|row| {
        let list = &row.zone().list;
        let cells = vec![list.name.clone(), list.zone.clone(), row.server.to_string(), millis(row.elapsed).to_string()];
        Row::of(cells)
    });
    Table { title: None, columns, rows: rows.collect() }
}
