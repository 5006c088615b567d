//! `--schedule`: a sender's retries against a greylist, without any network.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::facts::{Facts, Key, seconds, span};
use super::history::Conduct;
use super::rules::{GIVES_UP, INTERVAL, NEVER};
use crate::checks::Outcome;
use crate::mail::greylisting::{Policy, Schedule};
use crate::report::table::{Column, Row, Section, Table};
use crate::report::{Evidence, Finding, Proof};

/// What became of a schedule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScheduleFacts {
    /// The time for which a retry is deferred, counted from the first contact.
    pub block_s: f64,
    /// The time behind it within which a retry passes.
    pub pass_s: f64,
    /// The time for which a sender that has passed stays known.
    pub expire_s: f64,
    /// The attempt that passes, counted from 1; null if none does.
    pub passes_at_attempt: Option<usize>,
    /// Seconds from the first attempt to that one.
    pub passes_after_s: Option<f64>,
    /// Seconds after which the schedule gives up.
    pub gives_up_s: f64,
    /// The attempts up to the one that passes.
    pub tries: Vec<TryRow>,
}

/// An attempt.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TryRow {
    /// Seconds since the first one.
    pub at_s: f64,
    /// Seconds that are left of the block; null if the attempt passes.
    pub left_s: Option<f64>,
    /// Whether the server takes it for a first contact.
    pub anew: bool,
}

/// What the give-up time needs to be at least. RFC 5321 §4.5.4.1.
const GIVE_UP: Duration = Duration::from_secs(4 * 86_400);
/// What the interval should be at least. RFC 5321 §4.5.4.1.
const SHORTEST: Duration = Duration::from_secs(30 * 60);
/// What a schedule is called where a mailbox would stand.
pub(super) const SUBJECT: &str = "schedule";

/// Plays a schedule against a policy.
pub(super) fn play(schedule: &Schedule, policy: &Policy) -> Outcome<Facts> {
    let played = schedule.play(policy);
    let passes = played.passes();
    let mut findings = Vec::new();
    if passes.is_none() {
        findings.push(never(schedule, policy));
    }
    if played.gives_up < GIVE_UP {
        let given_up = played.gives_up.as_secs() as f64;
        let limit = Evidence::limit("gives up after", given_up, GIVE_UP.as_secs() as f64, "s");
        let detail = format!("it gives up after {}, at least 4 d 0 h are needed", span(played.gives_up));
        findings.push(Finding::new(&GIVES_UP, SUBJECT, limit).detail(detail));
    }
    let short: Vec<String> = schedule.waits().iter().filter(|wait| **wait < SHORTEST).map(|wait| span(*wait)).collect();
    if !short.is_empty() {
        let shown = short.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        let shortest = schedule.waits().iter().min().map_or(0.0, Duration::as_secs_f64);
        let limit = Evidence::limit("shortest wait", shortest, SHORTEST.as_secs() as f64, "s");
        let detail = format!("{} of {} waits: {shown}", short.len(), schedule.waits().len());
        findings.push(Finding::new(&INTERVAL, SUBJECT, limit).detail(detail));
    }
    let tries: Vec<TryRow> = played.tries.iter().map(TryRow::of).collect();
    let last = played.tries.last().map_or(Duration::ZERO, |last| last.at);
    let facts = ScheduleFacts {
        block_s: seconds(policy.block),
        pass_s: seconds(policy.pass),
        expire_s: seconds(policy.expire),
        passes_at_attempt: passes.map(|(number, _)| number),
        passes_after_s: passes.map(|(_, at)| seconds(at)),
        gives_up_s: seconds(played.gives_up),
        tries,
    };
    let outcome = if passes.is_some() { Conduct::SchedulePasses } else { Conduct::ScheduleNeverPasses };
    let facts = Facts {
        outcome,
        recipient: None,
        sender: None,
        server: None,
        unreachable: Vec::new(),
        others: Vec::new(),
        waited_s: seconds(last),
        deferred_until_s: None,
        announced_s: None,
        next_at: None,
        next_in_s: None,
        key: Key::default(),
        attempts: Vec::new(),
        schedule: Some(facts),
    };
    Outcome { facts, findings, unclear: Vec::new() }
}

/// Waits that a sentence names at most.
const SHOWN: usize = 5;

fn never(schedule: &Schedule, policy: &Policy) -> Finding {
    let window = format!(
        "a retry passes from {} to {} after a first contact",
        span(policy.block),
        span(policy.block.saturating_add(policy.pass))
    );
    let why = if schedule.gives_up() < policy.block {
        format!("the schedule ends after {}; {window}", span(schedule.gives_up()))
    } else {
        format!("no retry falls into the window: {window}, a later one is a first contact again")
    };
    let tries: Vec<String> = schedule.waits().iter().map(|wait| span(*wait)).collect();
    let policy = format!("{}, {}, {}", span(policy.block), span(policy.pass), span(policy.expire));
    let proof = Proof::from(Evidence::given("waits", tries.join(", "))).and([Evidence::given("policy", policy)]);
    Finding::new(&NEVER, SUBJECT, proof).detail(why)
}

impl TryRow {
    fn of(attempt: &crate::mail::greylisting::Try) -> Self {
        TryRow { at_s: seconds(attempt.at), left_s: attempt.left.map(seconds), anew: attempt.anew }
    }

    fn outcome(&self) -> String {
        match (self.left_s, self.anew) {
            (None, _) => "accepted".to_owned(),
            (Some(left), true) => format!("deferred for {}: a first contact", of_seconds(left)),
            (Some(left), false) => format!("deferred, {} left", of_seconds(left)),
        }
    }
}

fn of_seconds(seconds: f64) -> String {
    span(Duration::from_secs_f64(seconds))
}

impl ScheduleFacts {
    /// The verdict's reason in one line.
    pub(super) fn reason(&self) -> String {
        match (self.passes_at_attempt, self.passes_after_s) {
            (Some(attempt), Some(after)) => format!("passes at attempt {attempt}, after {}", of_seconds(after)),
            _ => "never passes".to_owned(),
        }
    }

    pub(super) fn sections(&self) -> Vec<Section> {
        let rows =
            self.tries.iter().enumerate().take(MAX_ROWS).map(|(index, attempt)| {
                Row::of([(index + 1).to_string(), of_seconds(attempt.at_s), attempt.outcome()])
            });
        let columns = vec![Column::numbers("Attempt"), Column::numbers("After"), Column::words("Outcome")];
        let policy = format!(
            "Policy: block {}, pass {}, expire {}",
            of_seconds(self.block_s),
            of_seconds(self.pass_s),
            of_seconds(self.expire_s)
        );
        vec![
            Section::Table(Table { title: None, columns, rows: rows.collect() }),
            Section::Lines(vec![policy, format!("The schedule gives up after {}", of_seconds(self.gives_up_s))]),
        ]
    }
}

/// Attempts that a table shows at most.
const MAX_ROWS: usize = 50;
