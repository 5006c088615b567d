//! A page for people: many checks of one target, a line each, then what was found by severity.

use std::collections::HashSet;
use std::time::Duration;

use super::grid::{draw, push_line, wrap};
use super::parts::{Found, Open, case_with_remedy, push_findings, push_remedies, resolver_remedy, verdict_word};
use super::single::{open_questions, push_head};
use super::table::MAX_NAMED;
use super::{Style, TargetReport};
use crate::report::table::{Section, count};
use crate::report::{CheckReport, Reason, ResolverFacts, Severity, Unclear, Verdict, clean};

/// The page of one target.
#[derive(Default)]
pub(super) struct Page {
    input: String,
    headline: String,
    sections: Vec<Section>,
    lines: Vec<Line>,
    findings: Vec<Found>,
    /// What stayed open, with those it stayed open about.
    open: Open,
    /// The verdicts on the checks, and what each adds to that on the page.
    verdicts: Vec<(Verdict, Verdict)>,
    /// Checks that the end of the run cut off.
    missing: u64,
    elapsed: Duration,
    /// The resolver, if checks are unclear because none answers anything.
    resolver: Option<ResolverFacts>,
    verbose: bool,
}

/// The line of a check.
struct Line {
    check: &'static str,
    verdict: Verdict,
    /// The subject, unless it is the target itself.
    subject: Option<String>,
    reason: String,
    /// Whether it is unclear because no resolver answers.
    is_unanswered: bool,
}

impl Line {
    /// What subjects must have in common to share a line. Of what is clean nobody needs the reason.
    fn shared_reason(&self) -> &str {
        if self.verdict == Verdict::Pass { "" } else { &self.reason }
    }
}

impl Page {
    pub(super) fn of(target: &TargetReport, verbose: bool) -> Self {
        let surface = target.surface.as_ref();
        let headline = surface.map(|surface| clean(&surface.headline(&target.input).remark)).unwrap_or_default();
        let sections = surface.map(|surface| surface.sections(verbose)).unwrap_or_default();
        let (input, elapsed, resolver) = (clean(&target.input), target.elapsed, target.resolver.clone());
        let missing = target.missing();
        let mut page = Page { input, headline, missing, elapsed, resolver, verbose, ..Page::default() };
        target.checks.iter().for_each(|report| page.take(report));
        for section in sections {
            match section {
                Section::Open(entries) => entries.iter().for_each(|entry| page.add_open(entry)),
                other => page.sections.push(other),
            }
        }
        page
    }

    pub(super) fn input(&self) -> &str {
        &self.input
    }

    pub(super) fn verdict(&self) -> Verdict {
        let missing = (self.missing > 0).then_some(Verdict::Unclear);
        Verdict::worst(self.verdicts.iter().map(|(_, weight)| *weight).chain(missing))
    }

    /// Whether nothing came of any check, because no resolver answers.
    pub(super) fn is_unanswered(&self) -> bool {
        let is_nothing = |line: &Line| line.is_unanswered || line.verdict == Verdict::Skipped;
        !self.verbose && self.resolver.is_some() && self.lines.iter().all(is_nothing)
    }

    fn take(&mut self, report: &CheckReport) {
        let verdict = report.verdict();
        self.verdicts.push((verdict, report.weight(true)));
        let subject = clean(&report.subject);
        let subject = (subject != self.input).then_some(subject);
        let is_unanswered = self.resolver.as_ref().is_some_and(|resolver| report.lacks_resolver(resolver));
        let is_aside = report.findings.iter().any(|finding| finding.severity != finding.rule.severity);
        let reason = if is_aside { format!("noted: {}", report.reason()) } else { report.reason() };
        self.lines.push(Line { check: report.check, verdict, subject, reason, is_unanswered });
        // Checks that dial the same host tell the same of it: one of them is enough.
        for found in report.findings.iter().map(Found::of) {
            if !self.findings.contains(&found) {
                self.findings.push(found);
            }
        }
        for entry in open_questions(report, self.verbose) {
            // That too few answered follows from a resolver that never does.
            if self.verbose || !is_unanswered || entry.reason != Reason::TooFewAnswers {
                self.add_open(entry);
            }
        }
    }

    /// Adds an open question, unless it stands in the line of those that lack a resolver.
    fn add_open(&mut self, entry: &Unclear) {
        let is_told = self.resolver.as_ref().is_some_and(|resolver| entry.lacks_resolver(resolver));
        if self.verbose || !is_told {
            self.open.add(entry);
        }
    }

    /// Draws the page; the id of the worst rule on it.
    pub(super) fn draw(self, style: Style, text: &mut String) -> Option<&'static str> {
        push_head(text, style, &self.input, &self.headline);
        push_line(text, &format!("{}  {}", verdict_word(style, self.verdict(), 0), self.summary()));
        text.push('\n');
        self.draw_lines(style, text);
        for section in &self.sections {
            text.push('\n');
            match section {
                Section::Line(line) => push_line(text, &format!(" {}", clean(line))),
                Section::Lines(lines) => lines.iter().for_each(|line| push_line(text, &format!(" {}", clean(line)))),
                Section::Prose(paragraphs) => {
                    let lines = paragraphs.iter().flat_map(|text| wrap(&clean(text), usize::from(style.width) - 1));
                    lines.for_each(|line| push_line(text, &format!(" {line}")));
                }
                Section::Table(table) => text.push_str(&draw(table, style)),
                Section::Open(_) => {}
            }
        }
        self.open.push(text, style);
        let mut given = HashSet::new();
        let first = push_findings(text, style, &self.findings, |finding| case_with_remedy(finding, &mut given));
        let resolver = self.resolver.as_ref().map(resolver_remedy);
        push_remedies(text, style, resolver.as_deref().into_iter());
        first
    }

    fn summary(&self) -> String {
        let found = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        let mut parts = Vec::new();
        for (number, noun) in [(found(Severity::Error), "error"), (found(Severity::Warning), "warning")] {
            if number > 0 {
                parts.push(count(number, noun));
            }
        }
        let open = self.verdicts.iter().filter(|(verdict, _)| *verdict == Verdict::Unclear).count();
        if open > 0 {
            parts.push(format!("{open} unclear"));
        }
        if self.missing > 0 {
            parts.push(format!("interrupted, {} not finished", self.missing));
        }
        if parts.is_empty() {
            parts.push("nothing to do".to_owned());
        }
        let seconds = self.elapsed.as_secs_f64();
        format!("{} · {} in {seconds:.1} s", parts.join(", "), count(self.verdicts.len(), "check"))
    }

    /// A line a check; its clean subjects share one, and so do those of which the same is to be said.
    fn draw_lines(&self, style: Style, text: &mut String) {
        let unanswered: Vec<&Line> = self.lines.iter().filter(|line| line.is_unanswered && !self.verbose).collect();
        let all = count(unanswered.len(), "check");
        let longest = self.lines.iter().map(|line| line.check.len()).chain([all.len()]).max().unwrap_or_default();
        let mut push = |label: &str, verdict: Verdict, words: &str| {
            let indent = longest + 11;
            for (index, part) in wrap(words, usize::from(style.width).saturating_sub(indent).max(20)).iter().enumerate()
            {
                if index == 0 {
                    push_line(text, &format!(" {label:longest$}  {} {part}", verdict_word(style, verdict, 7)));
                } else {
                    push_line(text, &format!("{}{part}", " ".repeat(indent)));
                }
            }
        };
        // What lacks a resolver has that one cause.
        if let (Some(resolver), true) = (&self.resolver, unanswered.len() > 1) {
            let mut names: Vec<&str> = unanswered.iter().map(|line| line.check).collect();
            names.dedup();
            let why = resolver.silence.as_deref().unwrap_or_default();
            push(&all, Verdict::Unclear, &format!("{}: {}", clean(why), names.join(", ")));
        }
        let mut drawn: HashSet<(&str, Verdict, &str)> = HashSet::new();
        for line in &self.lines {
            if unanswered.len() > 1 && line.is_unanswered {
                continue;
            }
            let reason = line.shared_reason();
            let what = (line.check, line.verdict, reason);
            let same = |other: &&Line| (other.check, other.verdict, other.shared_reason()) == what;
            let alike: Vec<&Line> = self.lines.iter().filter(same).collect();
            if alike.len() == 1 || self.verbose {
                let subject = line.subject.as_ref().map(|subject| format!("{subject}: ")).unwrap_or_default();
                push(line.check, line.verdict, &format!("{subject}{}", line.reason));
            } else if drawn.insert(what) {
                push(line.check, line.verdict, &self.shared(&alike));
            }
        }
    }

    /// The words of lines that share one.
    fn shared(&self, alike: &[&Line]) -> String {
        let mut subjects: Vec<&str> = Vec::new();
        for line in alike {
            let subject = line.subject.as_deref().unwrap_or(&self.input);
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        let reason = alike.first().map_or("", |line| line.shared_reason());
        // What fails is named in full; of what is clean a few examples do.
        let more = if reason.is_empty() { subjects.len().saturating_sub(MAX_NAMED) } else { 0 };
        subjects.truncate(subjects.len() - more);
        let mut subjects = subjects.join(", ");
        if more > 0 {
            subjects.push_str(&format!(" and {more} more"));
        }
        match reason {
            "" => format!("{} clean: {subjects}", alike.len()),
            reason => format!("{} times {reason}: {subjects}", alike.len()),
        }
    }
}
