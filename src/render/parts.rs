//! What a result and a page have in common: what was found, what stayed open, what to do.

use std::collections::HashSet;

use anstyle::{AnsiColor, Style as Ansi};

use super::Style;
use super::grid::{draw, push_line, wrap};
use super::words::cites;
use crate::report::table::{Column, Row, Section, Table};
use crate::report::{Finding, Reason, ResolverFacts, Rule, Severity, Unclear, Verdict, clean};

/// What is said of a finding.
#[derive(PartialEq)]
pub(super) struct Found {
    pub rule: &'static Rule,
    pub severity: Severity,
    pub subject: String,
    pub detail: String,
    /// None if there is nothing to do.
    pub remedy: Option<String>,
    /// The same step by step.
    pub steps: Vec<String>,
}

impl Found {
    pub(super) fn of(finding: &Finding) -> Self {
        let (subject, detail) = (clean(&finding.subject), clean(&finding.detail));
        let remedy = finding.wants_action().then(|| clean(finding.remedy_text()));
        let (rule, severity) = (finding.rule, finding.severity);
        let steps = if finding.steps.is_empty() { remedy.iter().cloned().collect() } else { finding.steps.clone() };
        let steps = if remedy.is_some() { steps } else { Vec::new() };
        Found { rule, severity, subject, detail, remedy, steps }
    }

    /// Whom it is about, and the case at hand.
    fn about(&self) -> String {
        match &self.detail {
            detail if detail.is_empty() => self.subject.clone(),
            detail if detail.starts_with(&self.subject) => detail.clone(),
            detail => format!("{}: {detail}", self.subject),
        }
    }
}

/// Findings by severity: id, title and RFC of each rule, then the cases with `more` of them. Notes change nothing, so
/// they take room only when everything is shown. The id that comes first.
pub(super) fn push_findings(
    text: &mut String,
    style: Style,
    findings: &[Found],
    mut more: impl FnMut(&Found) -> Vec<String>,
) -> Option<&'static str> {
    let width = usize::from(style.width);
    let mut first = None;
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Note, "Notes")] {
        let found = findings.iter().filter(|finding| finding.severity == severity);
        let mut found: Vec<&Found> = found.collect();
        if found.is_empty() || (severity == Severity::Note && !style.verbose) {
            continue;
        }
        found.sort_by_key(|finding| (finding.rule.id, &finding.subject));
        push_line(text, &format!("\n{title}"));
        let mut last = None;
        for finding in found {
            if last.replace(finding.rule.id) != Some(finding.rule.id) {
                push_rule(text, style, finding.rule, severity);
            }
            first = first.or(last);
            more(finding).iter().for_each(|line| push_indented(text, 3, line, width));
        }
    }
    first
}

/// The id of a rule in the colour of its severity, its title, and where it is written.
fn push_rule(text: &mut String, style: Style, rule: &Rule, severity: Severity) {
    let cites = format!("({})", cites(rule));
    let Rule { id, title, .. } = *rule;
    let head = format!(" {}  {title}", painted(style, id, of_severity(severity)));
    if id.len() + title.chars().count() + cites.chars().count() + 4 <= usize::from(style.width) {
        push_line(text, &format!("{head} {cites}"));
    } else {
        push_line(text, &head);
        push_indented(text, 3, &cites, usize::from(style.width));
    }
}

/// Whom a finding is about and the case at hand, as far as a result about `subject` has not said it.
pub(super) fn case(finding: &Found, subject: &str, said: &Said) -> Option<String> {
    let is_said = finding.detail.is_empty() || said.times(&finding.detail) > 0;
    match (is_said, finding.subject == subject) {
        (true, true) => None,
        (true, false) => Some(finding.subject.clone()).filter(|other| said.times(other) == 0),
        (false, true) => Some(finding.detail.clone()),
        (false, false) => Some(finding.about()),
    }
}

/// Whom a finding of a page is about, the case at hand, and the remedy unless it was given already.
pub(super) fn case_with_remedy(finding: &Found, given: &mut HashSet<String>) -> Vec<String> {
    let remedy = finding.remedy.as_ref().filter(|remedy| given.insert((*remedy).clone()));
    [finding.about()].into_iter().chain(remedy.map(|remedy| format!("> {remedy}"))).collect()
}

/// Open questions: a line for each answer that did not come, with those it did not come about.
#[derive(Default)]
pub(super) struct Open(Vec<(Reason, String, Vec<String>)>);

impl Open {
    pub(super) fn add(&mut self, open: &Unclear) {
        let (subject, detail) = (clean(&open.subject), clean(&open.detail));
        match self.0.iter_mut().find(|(reason, said, _)| (*reason, said) == (open.reason, &detail)) {
            Some((.., subjects)) if subjects.contains(&subject) => {}
            Some((.., subjects)) => subjects.push(subject),
            None => self.0.push((open.reason, detail, vec![subject])),
        }
    }

    /// The list with its heading; nothing if nothing stayed open.
    pub(super) fn push(&self, text: &mut String, style: Style) {
        let Open(entries) = self;
        if entries.is_empty() {
            return;
        }
        let rows = || entries.iter().map(|(reason, detail, subjects)| (subjects.join(", "), reason.as_str(), detail));
        let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0) + 2;
        let subjects = longest(&mut rows().map(|(subjects, ..)| subjects.chars().count()));
        let has_room = subjects + longest(&mut rows().map(|(_, reason, _)| reason.len())) + ROOM <= style.width.into();
        // Words that would be squeezed beside a long name stand below it.
        let row = |(subjects, reason, detail): (String, &str, &String)| match has_room {
            true => Row::of([subjects.as_str(), reason, detail]),
            false => Row::of([subjects.as_str(), reason]).with_notes([detail.clone()]),
        };
        let columns = vec![Column::words(""); if has_room { 3 } else { 2 }];
        let table = Table { title: Some("Could not tell"), columns, rows: rows().map(row).collect() };
        text.push('\n');
        text.push_str(&draw(&table, style));
    }
}

/// Columns of the terminal that the words of an open question take at least.
const ROOM: usize = 36;

/// What the upper part of a result says.
pub(super) struct Said(Vec<String>);

impl Said {
    pub(super) fn of(reason: &str, sections: &[Section]) -> Self {
        let mut said = vec![reason.to_owned()];
        for section in sections {
            match section {
                Section::Line(line) => said.push(clean(line)),
                Section::Lines(lines) | Section::Prose(lines) => said.extend(lines.iter().map(|line| clean(line))),
                Section::Table(table) => {
                    let cells = table.rows.iter().flat_map(|row| &row.cells).map(|cell| &cell.text);
                    let notes = table.rows.iter().flat_map(|row| &row.notes);
                    said.extend(cells.chain(notes).map(|text| clean(text)));
                }
                Section::Open(_) => {}
            }
        }
        Said(said)
    }

    /// How often it says these words; never if there are none.
    pub(super) fn times(&self, words: &str) -> usize {
        self.0.iter().filter(|said| !words.is_empty() && said.contains(words)).count()
    }
}

/// What to do, in order. Nothing is said twice.
pub(super) fn push_remedies<'a>(text: &mut String, style: Style, remedies: impl Iterator<Item = &'a str>) {
    let mut given = HashSet::new();
    for remedy in remedies.filter(|remedy| given.insert(*remedy)).collect::<Vec<_>>().iter().enumerate() {
        let (index, remedy) = remedy;
        if index == 0 {
            text.push_str("\nWhat to do\n");
        }
        let head = format!("{:>2}. ", index + 1);
        let body = wrap(remedy, usize::from(style.width).saturating_sub(head.len()));
        for (index, line) in body.iter().enumerate() {
            let indent = if index == 0 { head.as_str() } else { "    " };
            push_line(text, &format!("{indent}{line}"));
        }
    }
}

/// What to do when no resolver answers anything.
pub(super) fn resolver_remedy(resolver: &ResolverFacts) -> String {
    let these = resolver.servers.join(" and ");
    format!("Start the resolver {these}, or see what keeps it from answering; or name another one with --resolver.")
}

/// Words at an indent, further lines at a deeper one.
pub(super) fn push_indented(text: &mut String, indent: usize, words: &str, width: usize) {
    let mut hanging = indent;
    for line in wrap(words, width.saturating_sub(indent + 2)) {
        push_line(text, &format!("{}{line}", " ".repeat(hanging)));
        hanging = indent + 2;
    }
}

/// The word of a verdict in its colour, filled up to a width.
pub(super) fn verdict_word(style: Style, verdict: Verdict, width: usize) -> String {
    let (word, color) = match verdict {
        Verdict::Pass => ("PASS", AnsiColor::Green),
        Verdict::Warn => ("WARN", AnsiColor::Yellow),
        Verdict::Fail => ("FAIL", AnsiColor::Red),
        Verdict::Unclear => ("UNCLEAR", AnsiColor::Magenta),
        Verdict::Skipped => ("SKIPPED", AnsiColor::Blue),
    };
    painted(style, &format!("{word:width$}"), color)
}

fn of_severity(severity: Severity) -> AnsiColor {
    match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Blue,
    }
}

fn painted(style: Style, text: &str, color: AnsiColor) -> String {
    if !style.color {
        return text.to_owned();
    }
    let paint = Ansi::new().bold().fg_color(Some(color.into()));
    format!("{paint}{text}{paint:#}")
}
