//! How a server would treat a sender, for documents and for people.

use schemars::JsonSchema;
use serde::Serialize;

use super::play::{self, Attempt, DecidedBy, End, Played, StagePlayed};
use super::profile::{Action, Unknowable};
use crate::report::Severity;
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate};

/// How a server would treat a sender.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The server's name.
    pub profile: String,
    /// The version that is played.
    pub version: String,
    /// How the last attempt ended.
    pub result: End,
    /// The reply code.
    pub code: Option<u16>,
    /// The enhanced code.
    pub enhanced_code: Option<String>,
    /// The words of the reply.
    pub text: Option<String>,
    /// Where it is delivered, if not to the inbox.
    pub mailbox: Option<String>,
    /// What decided.
    pub decided_by: Option<DecidedBy>,
    /// The sum of the points.
    pub score: Option<f64>,
    /// The threshold that decided, else the first that was not reached.
    pub threshold: Option<f64>,
    /// Every test.
    pub stages: Vec<StagePlayed>,
    /// Every attempt.
    pub attempts: Vec<Attempt>,
    /// Header fields that the server adds.
    pub headers: Vec<String>,
    /// What cannot be known from outside.
    pub unknowable: Vec<Unknowable>,
    /// What was assumed.
    pub assumed: Vec<String>,
    /// The sender, for the first line.
    #[serde(skip)]
    pub(super) who: String,
    /// What the sender says.
    #[serde(skip)]
    pub(super) dialogue: String,
    #[serde(skip)]
    pub(super) title: String,
    /// Whether one server alone is shown.
    #[serde(skip)]
    pub(super) is_alone: bool,
}

impl Facts {
    /// What the server would say.
    pub(super) fn reply(&self) -> String {
        let parts = [self.code.map(|code| code.to_string()), self.enhanced_code.clone(), self.text.clone()];
        let words: Vec<String> = parts.into_iter().flatten().collect();
        if words.is_empty() { self.result.as_str().to_owned() } else { words.join(" ") }
    }

    /// The tests that weigh, the heaviest first, as what to mend.
    pub(super) fn steps(&self) -> Vec<String> {
        let mut hits: Vec<&Played> = self
            .stages
            .iter()
            .flat_map(|stage| &stage.tests)
            .filter(|test| test.outcome == play::Outcome::Hit)
            .collect();
        hits.retain(|test| {
            test.would.is_some_and(|action| action != Action::None) || test.points.is_some_and(|points| points > 0.0)
        });
        hits.sort_by(|one, other| other.points.unwrap_or_default().total_cmp(&one.points.unwrap_or_default()));
        let step = |test: &Played| {
            let points = test
                .points
                .filter(|points| *points != 0.0)
                .map(|points| format!(", {points} points"))
                .unwrap_or_default();
            let evidence = test.evidence.as_ref().map(|evidence| format!(": {evidence}")).unwrap_or_default();
            format!("Mend {}{points}{evidence}.", test.id)
        };
        hits.into_iter().take(5).map(step).collect()
    }

    /// By how much the score lies off the threshold.
    fn sum(&self) -> Option<String> {
        let (score, threshold) = (self.score?, self.threshold?);
        Some(format!("{score} of {threshold}"))
    }
}

impl Tabulate for Facts {
    fn headline(&self, _: &str) -> Headline {
        Headline { who: self.who.clone(), remark: self.title.clone() }
    }

    fn reason(&self) -> String {
        let by = self.decided_by.as_ref().map(|by| format!(", because of {}", by.id)).unwrap_or_default();
        let sum = self.sum().map(|sum| format!(" ({sum})")).unwrap_or_default();
        let reply = if self.code.is_some() { format!(" {}", self.reply()) } else { String::new() };
        let mailbox = self.mailbox.as_ref().map(|mailbox| format!(" to \"{mailbox}\"")).unwrap_or_default();
        let published = if self.result == End::Accept && !self.unknowable.is_empty() {
            ": nothing that can be known stands against it"
        } else {
            ""
        };
        format!("{}: {}{reply}{mailbox}{by}{sum}{published}", self.profile, self.result.as_str())
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut table = Table {
            title: None,
            columns: vec![
                Column::words("Stage"),
                Column::words("Test"),
                Column::words("Outcome"),
                Column::numbers("Points"),
                Column::words("Evidence"),
            ],
            rows: Vec::new(),
        };
        for stage in &self.stages {
            for test in &stage.tests {
                if !verbose
                    && matches!(test.outcome, play::Outcome::Clear | play::Outcome::Off | play::Outcome::Skipped)
                {
                    continue;
                }
                let outcome = serde_json::to_value(test.outcome)
                    .ok()
                    .and_then(|word| word.as_str().map(str::to_owned))
                    .unwrap_or_default();
                let severity = test.action.filter(|action| *action != Action::None).map(|_| Severity::Error);
                let stage = serde_json::to_value(stage.stage)
                    .ok()
                    .and_then(|word| word.as_str().map(str::to_owned))
                    .unwrap_or_default();
                let cells: Vec<Cell> = vec![
                    stage.into(),
                    test.id.clone().into(),
                    Cell::marked(outcome, severity),
                    test.points
                        .filter(|points| *points != 0.0)
                        .map(|points| points.to_string())
                        .unwrap_or_default()
                        .into(),
                    test.evidence.clone().unwrap_or_default().into(),
                ];
                table.rows.push(Row::of(cells));
            }
        }
        let mut sections = vec![Section::Line(self.dialogue.clone())];
        if !table.rows.is_empty() {
            sections.push(Section::Table(table));
        }
        if self.attempts.len() > 1 {
            let line = |attempt: &Attempt| format!("after {} s: {}", attempt.at_s, attempt.result.as_str());
            sections.push(Section::Lines(self.attempts.iter().map(line).collect()));
        }
        let mut prose = Vec::new();
        if !self.assumed.is_empty() {
            prose.push(format!("Assumed: {}.", self.assumed.join("; ")));
        }
        if self.is_alone && !self.unknowable.is_empty() {
            let all: Vec<String> = self.unknowable.iter().take(8).map(|one| one.what.clone()).collect();
            prose.push(format!("Cannot be known from outside: {}.", all.join("; ")));
        }
        if !prose.is_empty() {
            sections.push(Section::Prose(prose));
        }
        sections
    }
}
