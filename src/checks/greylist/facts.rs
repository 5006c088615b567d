//! What is learned, and how people see it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::history::{Attempt, Conduct, Disposition, History, Role};
use super::schedule::ScheduleFacts;
use crate::net::smtp::{Entry, Stage};
use crate::report::table::{Column, Headline, Row, Section, Table, Tabulate};

/// What a server does with an unknown sender, or what becomes of a sender's retries.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// What came out.
    pub outcome: Conduct,
    /// The mailbox; null with `--schedule`.
    pub recipient: Option<String>,
    /// The sender that was used again and again, empty for that of bounces; null with `--schedule`.
    pub sender: Option<String>,
    /// The server that was tried; null if none answered.
    pub server: Option<String>,
    /// Addresses of the domain's mail hosts that were tried before and did not answer.
    pub unreachable: Vec<Unreachable>,
    /// Those that were not tried.
    pub others: Vec<String>,
    /// Seconds from the first attempt to the last one with the same sender and recipient.
    pub waited_s: f64,
    /// Seconds from the first attempt to the last one that was deferred; null if none was.
    pub deferred_until_s: Option<f64>,
    /// The first wait that the server announced; null if it named none.
    pub announced_s: Option<u64>,
    /// When the next attempt is due, with `--state`; null if none is.
    pub next_at: Option<String>,
    /// Seconds until then.
    pub next_in_s: Option<f64>,
    /// What the greylist knows a mail by, as far as the controls tell.
    pub key: Key,
    /// Every attempt in order.
    pub attempts: Vec<AttemptRow>,
    /// What became of a schedule; null without `--schedule`.
    pub schedule: Option<ScheduleFacts>,
}

/// A server that did not answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Unreachable {
    /// The server.
    pub server: String,
    /// What happened instead.
    pub why: String,
}

/// What a greylist knows a mail by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Key {
    /// What became of another sender.
    pub sender: KeyPart,
    /// What became of another recipient.
    pub recipient: KeyPart,
    /// What became of the sender of bounces.
    pub null_sender: KeyPart,
}

/// What a control says of the key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPart {
    /// It was deferred anew, so this belongs to the key.
    Part,
    /// It passed at once: this does not belong to the key, or it is exempt.
    Passes,
    /// It was not tried, or not answered.
    #[default]
    Unknown,
}

/// An attempt.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AttemptRow {
    /// Seconds since the first one.
    pub at_s: f64,
    /// What it was for.
    pub role: Role,
    /// Its sender.
    pub from: String,
    /// Its recipient.
    pub to: String,
    /// How far it came.
    pub stage: Stage,
    /// What came of it.
    pub answer: Disposition,
    /// The last reply's code; null if the dialogue broke off.
    pub code: Option<u16>,
    /// The last reply without its code, or why there is none.
    pub reply: String,
    /// The wait that the reply asks for; null if it names none.
    pub announced_s: Option<u64>,
    /// What was said; empty if an earlier run made the attempt.
    pub transcript: Vec<Entry>,
}

impl Key {
    /// What the controls of a history say, once its replays have got through.
    pub(super) fn of(history: &History, conduct: Conduct) -> Self {
        if !matches!(conduct, Conduct::None | Conduct::Greylisted | Conduct::PostscreenLike) {
            return Key::default();
        }
        let part = |role| match history.control(role).map(|attempt| attempt.answer) {
            Some(Disposition::Deferred) => KeyPart::Part,
            Some(Disposition::Accepted) => KeyPart::Passes,
            _ => KeyPart::Unknown,
        };
        Key {
            sender: part(Role::OtherSender),
            recipient: part(Role::OtherRecipient),
            null_sender: part(Role::NullSender),
        }
    }
}

impl AttemptRow {
    pub(super) fn of(attempt: &Attempt, transcript: Vec<Entry>) -> Self {
        AttemptRow {
            at_s: seconds(attempt.at),
            role: attempt.role,
            from: attempt.from.clone(),
            to: attempt.to.clone(),
            stage: attempt.stage,
            answer: attempt.answer,
            code: attempt.code,
            reply: attempt.reply.clone(),
            announced_s: attempt.announced().map(|wait| wait.as_secs()),
            transcript,
        }
    }

    fn cells(&self, precise: bool) -> Row {
        let code = self.code.map(|code| format!("{code} ")).unwrap_or_default();
        let who = match self.role {
            Role::Replay => String::new(),
            Role::OtherSender => format!("other sender {}: ", self.from),
            Role::OtherRecipient => format!("other recipient {}: ", self.to),
            Role::NullSender => "null sender: ".to_owned(),
        };
        Row::of([clock(self.at_s, precise), word(self.stage).to_owned(), format!("{who}{code}{}", self.reply)])
    }
}

/// A stage in the word of its command.
fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "connect",
        Stage::Greeting => "greeting",
        Stage::Hello => "EHLO",
        Stage::Starttls => "STARTTLS",
        Stage::Handshake => "TLS",
        Stage::Mail => "MAIL",
        Stage::Rcpt => "RCPT",
        Stage::Data => "DATA",
        Stage::Message => "message",
        Stage::Command => "RSET",
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let who = match &self.server {
            Some(server) => format!("{subject} at {server}"),
            None => subject.to_owned(),
        };
        let from = self.sender.as_ref().map(|sender| format!("from <{sender}>")).unwrap_or_default();
        Headline { who, remark: from }
    }

    fn reason(&self) -> String {
        let waited = || span(Duration::from_secs_f64(self.waited_s.max(0.0)));
        match self.outcome {
            Conduct::None if self.key.sender == KeyPart::Part => {
                "accepted at once; a new sender is deferred".to_owned()
            }
            // Many greylists of today put off behind the message.
            Conduct::None if self.attempts.iter().all(|attempt| attempt.stage <= Stage::Rcpt) => {
                "accepted at once: no greylisting up to RCPT (--data shows what is done behind the message)".to_owned()
            }
            Conduct::None => "accepted at once: no greylisting".to_owned(),
            Conduct::Greylisted => format!("greylisted, accepted after {}", waited()),
            Conduct::PostscreenLike => "the first connection was deferred, the second one accepted".to_owned(),
            Conduct::StillDeferred => match &self.next_at {
                Some(at) => format!("deferred; run this again at or after {at}"),
                None => format!("still deferred after {}", waited()),
            },
            Conduct::TempfailForEveryone => format!("everybody is deferred, for {} so far", waited()),
            Conduct::DeferredForAnotherReason
                if self.attempts.iter().any(|attempt| attempt.answer == Disposition::Accepted) =>
            {
                "deferred for another reason than a first contact, then accepted".to_owned()
            }
            Conduct::DeferredForAnotherReason => "deferred for what this client or sender is".to_owned(),
            Conduct::Rejected => "rejected for another reason".to_owned(),
            Conduct::NoAnswer if self.attempts.is_empty() => "no server answered".to_owned(),
            Conduct::NoAnswer => "the server would not talk".to_owned(),
            Conduct::SchedulePasses | Conduct::ScheduleNeverPasses => {
                self.schedule.as_ref().map(ScheduleFacts::reason).unwrap_or_default()
            }
        }
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        if let Some(schedule) = &self.schedule {
            return schedule.sections();
        }
        let mut sections = Vec::new();
        if !self.attempts.is_empty() {
            let precise = self.attempts.last().is_some_and(|last| last.at_s < 20.0);
            let mut rows = Vec::new();
            for attempt in &self.attempts {
                let mut row = attempt.cells(precise);
                if verbose {
                    row.notes = attempt.transcript.iter().map(Entry::to_string).collect();
                }
                rows.push(row);
            }
            let columns = vec![Column::numbers("At"), Column::words("Stage"), Column::words("Reply")];
            sections.push(Section::Table(Table { title: None, columns, rows }));
        }
        let mut lines = Vec::new();
        if let (Some(until), Conduct::Greylisted) = (self.deferred_until_s, self.outcome) {
            let of = |seconds: f64| span(Duration::from_secs_f64(seconds.max(0.0)));
            let announced = self.announced_s.map(|wait| format!("; {} announced", span(Duration::from_secs(wait))));
            let (until, waited) = (of(until), of(self.waited_s));
            lines.push(format!("The wait ends between {until} and {waited}{}", announced.unwrap_or_default()));
        }
        lines.extend(self.key_lines());
        lines.extend(self.unreachable.iter().map(|tried| format!("{}: {}", tried.server, tried.why)));
        if !self.others.is_empty() {
            lines.push(format!("Not tried: {}", self.others.join(", ")));
        }
        if !lines.is_empty() {
            sections.push(Section::Lines(lines));
        }
        sections
    }
}

impl Facts {
    fn key_lines(&self) -> Vec<String> {
        let parts = [
            (self.key.sender, "another sender"),
            (self.key.recipient, "another recipient"),
            (self.key.null_sender, "the null sender"),
        ];
        let named = |wanted| {
            let names: Vec<&str> = parts.iter().filter(|(part, _)| *part == wanted).map(|(_, name)| *name).collect();
            match names.split_last() {
                None => None,
                Some((only, [])) => Some((*only).to_owned()),
                Some((last, others)) => Some(format!("{} and {last}", others.join(", "))),
            }
        };
        let mut lines = Vec::new();
        lines.extend(named(KeyPart::Part).map(|names| format!("Deferred anew: {names}")));
        // At a server that does not greylist it is no news that another sender passes.
        let passes = named(KeyPart::Passes).filter(|_| self.outcome != Conduct::None);
        lines.extend(
            passes.map(|names| format!("Accepted at once (no part of the key, exempt, or known from before): {names}")),
        );
        lines
    }
}

/// Seconds with milliseconds.
pub(super) fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000.0).round() / 1_000.0
}

/// `4:00`, or `0:00.3` where everything is quick.
fn clock(seconds: f64, precise: bool) -> String {
    let tenths = (seconds * 10.0).floor();
    let (minutes, rest) = ((tenths / 600.0).floor(), tenths % 600.0);
    let whole = (rest / 10.0).floor();
    if precise { format!("{minutes}:{whole:02}.{}", rest % 10.0) } else { format!("{minutes}:{whole:02}") }
}

/// A span of time in two units: `4 min 0 s`, `6 h 4 min`, `4 d 9 h`; below a minute one: `5.2 s`.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..=59 if duration.subsec_millis() >= 100 => format!("{:.1} s", duration.as_secs_f64()),
        0..=59 => format!("{seconds} s"),
        60..=3_599 => two(seconds, 60, "min", 1, "s"),
        3_600..=86_399 => two(seconds, 3_600, "h", 60, "min"),
        _ => two(seconds, 86_400, "d", 3_600, "h"),
    }
}

fn two(seconds: u64, large: u64, name: &str, small: u64, rest: &str) -> String {
    format!("{} {name} {} {rest}", seconds / large, seconds % large / small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_people_read_them() {
        assert_eq!((clock(240.04, false).as_str(), clock(0.34, true).as_str()), ("4:00", "0:00.3"));
        assert_eq!(clock(3_605.0, false), "60:05");
        let spans = [(300, "0.3 s"), (5_000, "5 s"), (240_000, "4 min 0 s"), (21_840_000, "6 h 4 min")];
        for (millis, shown) in spans {
            assert_eq!(span(Duration::from_millis(millis)), shown);
        }
        assert_eq!(span(Duration::from_secs(378_900)), "4 d 9 h");
    }
}
