//! A page for people: many checks of one target, a line each, then what was found by severity.

use std::collections::HashSet;
use std::time::Duration;

use super::TargetInfo;
use super::table::{Table, draw, push_line, reason, wrap};
use crate::report::table::{Section, count};
use crate::report::{CheckReport, Finding, Reason, Rule, Severity, Unclear, Verdict, clean};

/// The page of one target.
#[derive(Default)]
pub(super) struct Page {
    number: u64,
    input: String,
    headline: String,
    sections: Vec<Section>,
    lines: Vec<Line>,
    findings: Vec<Found>,
    /// What stayed open, with those it stayed open about.
    unclear: Vec<(String, Vec<String>)>,
    /// The verdicts on the checks, and what each adds to that on the page.
    verdicts: Vec<(Verdict, Verdict)>,
    elapsed: Duration,
}

/// The line of a check.
struct Line {
    check: &'static str,
    verdict: Verdict,
    /// The subject, unless it is the target itself.
    subject: Option<String>,
    reason: String,
}

impl Line {
    /// What subjects must have in common to share a line. Of what is clean nobody needs the reason.
    fn shared_reason(&self) -> &str {
        if self.verdict == Verdict::Pass { "" } else { &self.reason }
    }
}

/// What a page says of a finding.
#[derive(PartialEq)]
struct Found {
    rule: &'static Rule,
    subject: String,
    detail: String,
    /// None if there is nothing to do.
    remedy: Option<String>,
}

impl Found {
    fn of(finding: &Finding) -> Self {
        let (subject, detail) = (clean(&finding.subject), clean(&finding.detail));
        let remedy = finding.wants_action().then(|| clean(finding.remedy_text()));
        Found { rule: finding.rule, subject, detail, remedy }
    }
}

impl Page {
    pub(super) fn of(target: &TargetInfo<'_>, verbose: bool) -> Self {
        let headline = target.surface.map(|surface| clean(&surface.headline(target.input).remark)).unwrap_or_default();
        let sections = target.surface.map(|surface| surface.sections(verbose)).unwrap_or_default();
        Page { number: target.number, input: clean(target.input), headline, sections, ..Page::default() }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn verdict(&self) -> Verdict {
        Verdict::worst(self.verdicts.iter().map(|(_, weight)| *weight))
    }

    pub(super) fn take(&mut self, elapsed: Duration, report: &CheckReport, verbose: bool) {
        let verdict = report.verdict();
        self.verdicts.push((verdict, report.weight(true)));
        self.elapsed = self.elapsed.max(elapsed);
        let told = report.facts.is_some();
        let reason = reason(report);
        let subject = clean(&report.subject);
        let subject = (subject != self.input).then_some(subject);
        self.lines.push(Line { check: report.check, verdict, subject, reason });
        // Checks that dial the same host tell the same of it: one of them is enough.
        for found in report.findings.iter().map(Found::of) {
            if !self.findings.contains(&found) {
                self.findings.push(found);
            }
        }
        // Of a check without facts the first one is its reason already.
        let open = |unclear: &&Unclear| {
            // What does not apply is no open question.
            unclear.reason != Reason::NotApplicable && (unclear.decisive || verbose)
        };
        for unclear in report.unclear.iter().skip(usize::from(!told)).filter(open) {
            let (subject, detail) = (clean(&unclear.subject), clean(&unclear.detail));
            match self.unclear.iter_mut().find(|(said, _)| *said == detail) {
                Some((_, subjects)) if subjects.contains(&subject) => {}
                Some((_, subjects)) => subjects.push(subject),
                None => self.unclear.push((detail, vec![subject])),
            }
        }
    }

    pub(super) fn draw(mut self, table: &Table, text: &mut String) {
        let width = table.width();
        let gap = width.saturating_sub(self.input.chars().count() + self.headline.chars().count());
        if gap < 2 {
            push_line(text, &self.input);
            push_line(text, &self.headline);
        } else {
            push_line(text, &format!("{}{}{}", self.input, " ".repeat(gap), self.headline));
        }
        push_line(text, &format!("{}  {}", table.verdict(self.verdict(), 0), self.summary()));
        text.push('\n');
        self.draw_lines(table, text);
        for section in std::mem::take(&mut self.sections) {
            text.push('\n');
            match section {
                Section::Line(line) => push_line(text, &format!(" {}", clean(&line))),
                Section::Lines(lines) => lines.iter().for_each(|line| push_line(text, &format!(" {}", clean(line)))),
                Section::Table(table) => text.push_str(&draw(&table, width)),
            }
        }
        if !self.unclear.is_empty() {
            text.push_str("\nCould not tell\n");
            for (detail, subjects) in &self.unclear {
                indented(text, 1, &format!("{}: {detail}", subjects.join(", ")), width);
            }
        }
        let mut said = HashSet::new();
        for (severity, title) in
            [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Note, "Notes")]
        {
            let findings = self.findings.iter().filter(|finding| finding.rule.severity == severity);
            let mut findings: Vec<&Found> = findings.collect();
            // Notes change nothing, so they take room only when everything is shown.
            if findings.is_empty() || (severity == Severity::Note && !table.verbose()) {
                continue;
            }
            findings.sort_by_key(|finding| (finding.rule.id, &finding.subject));
            push_line(text, &format!("\n{title}"));
            for finding in findings {
                let title = format!("{}  {}", table.paint_severity(severity, finding.rule.id), finding.rule.title);
                push_line(text, &format!(" {title}"));
                let Found { subject, detail, remedy, .. } = finding;
                let about = match detail {
                    detail if detail.is_empty() => subject.clone(),
                    detail if detail.starts_with(subject) => detail.clone(),
                    detail => format!("{subject}: {detail}"),
                };
                indented(text, 3, &about, width);
                // Nothing is said twice.
                if let Some(remedy) = remedy
                    && said.insert(remedy)
                {
                    indented(text, 3, &format!("> {remedy}"), width);
                }
            }
        }
    }

    fn summary(&self) -> String {
        let found = |severity| self.findings.iter().filter(|finding| finding.rule.severity == severity).count();
        let mut parts = Vec::new();
        for (number, noun) in [(found(Severity::Error), "error"), (found(Severity::Warning), "warning")] {
            if number > 0 {
                parts.push(count(number, noun));
            }
        }
        let open = self.verdicts.iter().filter(|(verdict, _)| *verdict == Verdict::Unclear).count();
        if open > 0 {
            parts.push(format!("{open} could not tell"));
        }
        if parts.is_empty() {
            parts.push("nothing to do".to_owned());
        }
        let seconds = self.elapsed.as_secs_f64();
        format!("{} · {} in {seconds:.1} s", parts.join(", "), count(self.verdicts.len(), "check"))
    }

    /// A line a check; its clean subjects share one, and so do those of which the same is to be said.
    fn draw_lines(&self, table: &Table, text: &mut String) {
        let longest = self.lines.iter().map(|line| line.check.len()).max().unwrap_or_default();
        let mut drawn: HashSet<(&str, Verdict, &str)> = HashSet::new();
        for line in &self.lines {
            let reason = line.shared_reason();
            let what = (line.check, line.verdict, reason);
            let same = |other: &&Line| (other.check, other.verdict, other.shared_reason()) == what;
            let alike: Vec<&Line> = self.lines.iter().filter(same).collect();
            let merged = alike.len() > 1 && !table.verbose();
            if merged && !drawn.insert(what) {
                continue;
            }
            let words = if merged {
                let mut subjects: Vec<&str> = Vec::new();
                for line in &alike {
                    let subject = line.subject.as_deref().unwrap_or(&self.input);
                    if !subjects.contains(&subject) {
                        subjects.push(subject);
                    }
                }
                // What fails is named in full; of what is clean a few examples do.
                let more = if reason.is_empty() { subjects.len().saturating_sub(MAX_CLEAN) } else { 0 };
                subjects.truncate(subjects.len() - more);
                let mut subjects = subjects.join(", ");
                if more > 0 {
                    subjects.push_str(&format!(" and {more} more"));
                }
                let number = alike.len();
                match reason {
                    "" => format!("{number} clean: {subjects}"),
                    reason => format!("{number} times {reason}: {subjects}"),
                }
            } else {
                let subject = line.subject.as_ref().map(|subject| format!("{subject}: ")).unwrap_or_default();
                format!("{subject}{}", line.reason)
            };
            let indent = longest + 11;
            for (index, part) in wrap(&words, table.width().saturating_sub(indent).max(20)).iter().enumerate() {
                if index == 0 {
                    push_line(text, &format!(" {:longest$}  {} {part}", line.check, table.verdict(line.verdict, 7)));
                } else {
                    push_line(text, &format!("{}{part}", " ".repeat(indent)));
                }
            }
        }
    }
}

/// Clean subjects of one check that are named.
const MAX_CLEAN: usize = 6;

fn indented(text: &mut String, indent: usize, words: &str, width: usize) {
    let mut hanging = indent;
    for line in wrap(words, width.saturating_sub(indent + 2)) {
        push_line(text, &format!("{}{line}", " ".repeat(hanging)));
        hanging = indent + 2;
    }
}
