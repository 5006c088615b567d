//! `lists audit`: are the blocklists themselves fit to be asked?

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::dnsbl::CHECK_KEY;
use super::dnsbl::health::{self, Extent, Health};
use super::dnsbl::zone::Zone;
use super::{Check, Context, Outcome, Subject};
use crate::catalogue::{self, Kind, List, Status};
use crate::config::ConfigError;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::net::dns::{Error, Name};
use crate::net::lookup::zone::Apex;
use crate::report::table::{Headline, Section, Tabulate};
use crate::report::{Cite, Evidence, Finding, Proof, Reason, Remedy, Rule, Severity, Unclear, millis};

const TEST_ENTRIES: Cite = Cite::rfc(5782, "5");
const GUIDELINES: Cite = Cite::rfc(6471, "3.4");

/// A list in use whose zone does not exist. RFC 6471 §3.4.
static DEAD: Rule = Rule {
    id: "lists-dead",
    title: "The list's zone does not exist",
    severity: Severity::Error,
    cites: &[GUIDELINES],
    why: "A mail server that asks a list without a zone learns nothing, and waits for it on every message. Should \
          the name be registered by somebody else, it may list the whole Internet.",
    remedy: Remedy::Act("Remove the list from the configuration of your mail server."),
};

/// A list that lists what must not be listed. RFC 5782 §5.
static WILDCARD: Rule = Rule {
    id: "lists-wildcard",
    title: "The list answers for everything",
    severity: Severity::Error,
    cites: &[TEST_ENTRIES, GUIDELINES],
    why: "It lists 127.0.0.1 or reserved addresses, which no list of senders does. A mail server that uses it \
          refuses all mail.",
    remedy: Remedy::Act("Remove the list from the configuration of your mail server at once."),
};

/// A list without its test entry. RFC 5782 §5.
static UNPROVEN: Rule = Rule {
    id: "lists-unproven",
    title: "The list does not answer its own test entry",
    severity: Severity::Warning,
    cites: &[TEST_ENTRIES],
    why: "Without the test entry nobody can tell \"not listed\" from \"no longer filled\", or from a list that \
          answers registered resolvers only.",
    remedy: Remedy::Act(
        "Register your resolver if the list asks for it; otherwise take \"not listed\" on it for \"unknown\".",
    ),
};

/// A list that is known to be out of service. RFC 6471 §3.4.
static RETIRED: Rule = Rule {
    id: "lists-retired",
    title: "The list is out of service",
    severity: Severity::Warning,
    cites: &[GUIDELINES],
    why: "Its operator closed it or abandoned it. What it answers today means nothing.",
    remedy: Remedy::Act("Remove the list from the configuration of your mail server."),
};

/// The flags of `lists audit`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Audit the lists of these groups instead of the default ones
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub group: Vec<String>,
}

/// The check.
#[derive(Debug)]
pub struct ListAudit {
    context: Context,
}

/// What the list's servers said.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The list's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// Its status in the catalogue; null for a list of the user's own.
    pub status: Option<Status>,
    /// Whether it is asked without being named.
    pub default: bool,
    /// What it came to: alive, wildcard, dead, unproven, refused or silent.
    pub state: State,
    /// The words of whoever would not say more.
    pub words: Option<String>,
    /// Its name servers.
    pub name_servers: Vec<String>,
    /// The zone's serial number.
    pub serial: Option<u32>,
    /// Test entries and reserved entries asked for.
    pub probes: usize,
    /// How many of them were answered, whatever the answer.
    pub probes_answered: usize,
    /// The middle one of the times to an answer.
    pub answer_ms: Option<u64>,
    /// What an administrator should know of it.
    pub note: Option<String>,
}

/// What a list came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Fit to be asked.
    Alive,
    /// Lists everything.
    Wildcard,
    /// Has no zone.
    Dead,
    /// Does not answer its test entry.
    Unproven,
    /// Would not answer this resolver.
    Refused,
    /// Did not answer at all.
    Silent,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            State::Alive => "alive",
            State::Wildcard => "wildcard",
            State::Dead => "dead",
            State::Unproven => "unproven",
            State::Refused => "refused",
            State::Silent => "silent",
        }
    }
}

impl Check for ListAudit {
    type Options = Options;
    type Query = Box<List>;
    type Facts = Facts;

    const NAME: &'static str = "lists";
    const RULES: &'static [&'static Rule] = &[&DEAD, &WILDCARD, &UNPROVEN, &RETIRED];

    fn new(_: Options, context: &Context) -> Result<Self, ConfigError> {
        Ok(ListAudit { context: context.clone() })
    }

    fn target_reader(_: &Options) -> fn(&str) -> Result<Target, TargetError> {
        |text| Ok(Target { input: text.to_owned(), kind: TargetKind::List })
    }

    fn subject_name(query: &Box<List>) -> String {
        query.id.clone()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Box<List>>>, Unclear> {
        let zone = target.input.as_str();
        let own = self.context.settings.lists.iter().find(|list| list.id == zone || list.zone == zone);
        let list = own.or_else(|| catalogue::find(zone)).cloned().unwrap_or_else(|| List::named(zone));
        Ok(vec![Subject::of(Box::new(list))])
    }

    async fn run(&self, subject: &Subject<Box<List>>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let list = subject.query.as_ref();
        let secret = self.context.settings.keys.get(&list.id).filter(|_| list.keyed).cloned();
        if list.keyed && secret.is_none() && list.secret.is_none() {
            let why = format!("the zone needs a key: set [keys] {} in the configuration", list.id);
            return Err(Unclear::decisive(Reason::NotApplicable, &list.id, why));
        }
        let zone = Zone::new(list.clone(), secret).map_err(|why| Unclear::decisive(Reason::Input, &list.id, why))?;
        let kinds = kinds_of(list);
        let Some(first) = kinds.first() else {
            let why = "the list takes hashes, which are not asked for";
            return Err(Unclear::decisive(Reason::NotApplicable, &list.id, why));
        };
        let plan = health::examine(&zone, *first, Extent::Full, &net.dns);
        let (apex, mut examined) = futures_util::future::join(apex(&zone, net), plan).await;
        // A list that does not say what it serves is examined as what its test entries show it to be.
        for kind in &kinds[1..] {
            if examined.health == Health::OtherKind {
                examined = health::examine(&zone, *kind, Extent::Full, &net.dns).await;
            }
        }
        let mut times: Vec<Duration> = examined.times;
        times.sort_unstable();
        let (state, words) = state(&examined.health, examined.answered, list.keyed);
        let facts = Facts {
            id: list.id.clone(),
            name: list.name.clone(),
            zone: list.zone.clone(),
            status: (!list.own || catalogue::find(&list.zone).is_some()).then_some(list.status),
            default: list.default,
            state,
            words,
            name_servers: apex.servers.iter().map(|server| zone.hide(server.to_string())).collect(),
            serial: apex.serial,
            probes: examined.asked,
            probes_answered: examined.answered,
            answer_ms: times.get(times.len() / 2).map(|time| millis(*time)),
            note: list.note.clone(),
        };
        let evidence = apex.evidence.into_iter().map(|piece| zone.hidden(piece)).chain(examined.evidence);
        let proof = Proof::of(evidence, || entry(list));
        let mut outcome = judge(facts, &proof, entry(list));
        if let Some(error) = apex.failed.first() {
            outcome.unclear = outcome.unclear.into_iter().map(|open| open.by(&error.server)).collect();
        }
        // Where the list itself does not answer, nobody wonders about its name servers.
        if outcome.unclear.is_empty() {
            let told = |error: &Error| Unclear::harmless(error.reason(), &zone.list.zone, zone.hide(error.to_string()));
            outcome.unclear = apex.failed.iter().map(told).collect();
        }
        Ok(outcome)
    }
}

/// The kinds a list is examined with, until one fits: the first it serves, or all if it does not say.
fn kinds_of(list: &List) -> Vec<Kind> {
    match list.kinds.is_empty() {
        true => vec![Kind::Ipv4, Kind::Ipv6, Kind::Domain],
        false => list.kinds.iter().copied().filter(|kind| *kind != Kind::Hash).take(1).collect(),
    }
}

/// What stands at the top of the list's zone; nothing if the list has none of its own.
async fn apex(zone: &Zone, net: &Net) -> Apex {
    match zone.apex() {
        Some(name) => net.apex(&Name::from(&name)).await,
        None => Apex::default(),
    }
}

fn state(health: &Health, answered: usize, keyed: bool) -> (State, Option<String>) {
    let of_key = |words: &str| Some(if keyed { format!("{words}: {CHECK_KEY}") } else { words.to_owned() });
    match health {
        Health::Alive | Health::OtherKind => (State::Alive, None),
        Health::Wildcard => (State::Wildcard, None),
        // Behind a wrong key there is no zone, and the list is as alive as before.
        Health::Dead if keyed => (State::Refused, of_key("the zone does not exist with this key")),
        Health::Dead => (State::Dead, None),
        Health::Refused(words) | Health::Hidden(words) => (State::Refused, of_key(words)),
        Health::Unproven(words) if answered == 0 => (State::Silent, Some(words.clone())),
        Health::Unproven(words) if keyed => (State::Refused, of_key(words)),
        Health::Unproven(words) => (State::Unproven, Some(words.clone())),
    }
}

/// What the catalogue or the configuration says of a list's state.
fn entry(list: &List) -> Evidence {
    Evidence::Entry { id: list.id.clone(), name: "status".to_owned(), value: list.status.as_str().to_owned() }
}

fn judge(facts: Facts, proof: &Proof, entry: Evidence) -> Outcome<Facts> {
    let mut findings = Vec::new();
    let mut unclear = Vec::new();
    let words = facts.words.clone().unwrap_or_default();
    let subject = &facts.zone;
    match facts.state {
        State::Alive => {}
        State::Dead => findings.push(Finding::new(&DEAD, subject, proof).detail(format!("{subject} does not exist"))),
        State::Wildcard => {
            findings
                .push(Finding::new(&WILDCARD, subject, proof).detail(format!("{subject} lists reserved addresses")));
        }
        State::Unproven => findings.push(Finding::new(&UNPROVEN, subject, proof).detail(words)),
        State::Refused => unclear.push(Unclear::decisive(Reason::Refused, subject, words)),
        State::Silent => unclear.push(Unclear::decisive(Reason::Timeout, subject, words)),
    }
    if facts.status.is_some_and(Status::is_retired) {
        let note = facts.note.clone().unwrap_or_default();
        findings.push(Finding::new(&RETIRED, subject, entry).detail(note));
    }
    Outcome { facts, findings, unclear }
}

impl Tabulate for Facts {
    fn headline(&self, _: &str) -> Headline {
        let status = self.status.map_or("own list", Status::as_str);
        let who = if self.name == self.zone { self.zone.clone() } else { format!("{} ({})", self.name, self.zone) };
        Headline { who, remark: status.to_owned() }
    }

    fn reason(&self) -> String {
        let time = self.answer_ms.map(|time| format!(" in {time} ms")).unwrap_or_default();
        let told = format!("{} of {} probes answered{time}", self.probes_answered, self.probes);
        match &self.words {
            Some(words) => format!("{}: {words}; {told}", self.state.as_str()),
            None => format!("{}, {told}", self.state.as_str()),
        }
    }

    fn sections(&self, _: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.name_servers.is_empty() {
            let serial = self.serial.map(|serial| format!(", serial {serial}")).unwrap_or_default();
            sections.push(Section::Line(format!("Served by {}{serial}", self.name_servers.join(", "))));
        }
        sections
    }
}
