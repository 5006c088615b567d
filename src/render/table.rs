//! For people: who, the verdict with its reason, the tables, what could not be told, what to do.

use std::collections::HashSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};

use super::grid::{draw, push_line, wrap};
use super::page::Page;
use super::{End, Renderer, Style, TargetInfo, TargetReport};
use crate::report::table::Section;
use crate::report::{CheckReport, Severity, Summary, Verdict, clean};

/// The renderer. One result is shown in full; of several, first a line each, then those that are not clean.
pub(super) struct Table {
    style: Style,
    results: u64,
    first: Option<String>,
    details: Vec<Detail>,
    /// What the results beside pages came to.
    summary: Summary,
    /// What the pages came to.
    pages: Summary,
    /// Whether something stands above the next page.
    wrote: bool,
}

/// A result in full.
struct Detail {
    verdict: Verdict,
    text: String,
}

impl Table {
    pub(super) fn new(style: Style) -> Self {
        let (first, details) = (None, Vec::new());
        let (summary, pages) = (Summary::default(), Summary::default());
        Table { style, results: 0, first, details, summary, pages, wrote: false }
    }
}

impl Renderer for Table {
    fn is_document(&self) -> bool {
        true
    }

    fn check(&mut self, output: &mut dyn Write, target: &TargetInfo<'_>, report: &CheckReport) -> io::Result<()> {
        if target.page {
            return Ok(());
        }
        self.results += 1;
        self.summary.add(report.verdict());
        let line = self.line(target, report);
        // Whether there will be a second result is not known yet, so the first one waits for it.
        match (self.results, self.first.take()) {
            (1, _) => self.first = Some(line),
            (_, Some(first)) => write!(output, "{first}{line}")?,
            (_, None) => output.write_all(line.as_bytes())?,
        }
        let verdict = report.verdict();
        let told = report.facts.is_some() || report.unclear.len() > 1;
        // A single clean result is shown in full; among several it is not.
        let is_clean = |verdict| matches!(verdict, Verdict::Pass | Verdict::Skipped);
        if self.results == 2 && !self.style.verbose {
            self.details.retain(|first| !is_clean(first.verdict));
        }
        if self.results == 1 || self.style.verbose || (told && !is_clean(verdict)) {
            let text = self.detail(target, report);
            self.details.push(Detail { verdict, text });
        }
        Ok(())
    }

    fn target(&mut self, output: &mut dyn Write, target: TargetReport) -> io::Result<()> {
        if !target.page {
            return Ok(());
        }
        self.finish_results(output)?;
        let page = Page::of(&target, self.style.verbose);
        let mut text = if self.wrote { "\n".to_owned() } else { String::new() };
        self.wrote = true;
        self.pages.add(page.verdict());
        page.draw(self, &mut text);
        output.write_all(text.as_bytes())
    }

    fn end(&mut self, output: &mut dyn Write, _: &End) -> io::Result<()> {
        self.finish_results(output)?;
        if self.pages.total() > 1 {
            writeln!(output, "\n{} domains: {}", self.pages.total(), counts(&self.pages))?;
        }
        Ok(())
    }
}

/// How often which verdict came out, the worst first.
fn counts(summary: &Summary) -> String {
    let counts = [
        (summary.fail, "fail"),
        (summary.unclear, "unclear"),
        (summary.warn, "warn"),
        (summary.pass, "pass"),
        (summary.skipped, "skipped"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    counts.collect::<Vec<_>>().join(", ")
}

impl Table {
    /// Ends the results that are no pages.
    fn finish_results(&mut self, output: &mut dyn Write) -> io::Result<()> {
        let (summary, details) = (std::mem::take(&mut self.summary), std::mem::take(&mut self.details));
        self.first = None;
        self.wrote |= self.results > 0;
        match std::mem::take(&mut self.results) {
            0 => Ok(()),
            1 => details.iter().try_for_each(|detail| output.write_all(detail.text.as_bytes())),
            _ => {
                for detail in &details {
                    write!(output, "\n{}", detail.text)?;
                }
                writeln!(output, "\n{} results: {}", summary.total(), counts(&summary))
            }
        }
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    pub(super) fn width(&self) -> usize {
        usize::from(self.style.width)
    }

    pub(super) fn verbose(&self) -> bool {
        self.style.verbose
    }

    /// A result among others in one line.
    fn line(&self, target: &TargetInfo<'_>, report: &CheckReport) -> String {
        let subject = match &report.facts {
            Some(facts) => clean(&facts.headline(&report.subject).who),
            None => clean(target.input),
        };
        format!("{} {subject}: {}\n", self.verdict(report.verdict(), 7), reason(report))
    }

    fn detail(&self, target: &TargetInfo<'_>, report: &CheckReport) -> String {
        let mut text = String::new();
        let width = usize::from(self.style.width);
        let (who, remark) = match &report.facts {
            Some(facts) => {
                let headline = facts.headline(&report.subject);
                (clean(&headline.who), clean(&headline.remark))
            }
            None => (clean(target.input), String::new()),
        };
        let gap = width.saturating_sub(who.chars().count() + remark.chars().count());
        if remark.is_empty() || gap < 2 {
            push_line(&mut text, &who);
            if !remark.is_empty() {
                push_line(&mut text, &remark);
            }
        } else {
            push_line(&mut text, &format!("{who}{}{remark}", " ".repeat(gap)));
        }
        let verdict = report.verdict();
        let word = verdict.as_str().len() + 2;
        for (index, line) in wrap(&reason(report), width.saturating_sub(word).max(20)).iter().enumerate() {
            let head = if index == 0 { format!("{}  ", self.verdict(verdict, 0)) } else { " ".repeat(word) };
            push_line(&mut text, &format!("{head}{line}"));
        }
        let sections = report.facts.as_ref().map(|facts| facts.sections(self.style.verbose)).unwrap_or_default();
        for section in sections {
            text.push('\n');
            match section {
                Section::Line(line) => push_line(&mut text, &clean(&line)),
                Section::Lines(lines) => lines.iter().for_each(|line| push_line(&mut text, &clean(line))),
                Section::Table(table) => text.push_str(&draw(&table, self.style)),
            }
        }
        // The first of them is the reason already.
        if report.facts.is_none() {
            for unclear in report.unclear.iter().skip(1) {
                push_line(&mut text, &format!(" {}: {}", clean(&unclear.subject), clean(&unclear.detail)));
            }
        }
        self.push_remedies(&mut text, report);
        text
    }

    /// What to do, in order: errors, warnings, notes. Nothing is said twice.
    fn push_remedies(&self, text: &mut String, report: &CheckReport) {
        let mut said = HashSet::new();
        let mut number = 0;
        for finding in &report.findings {
            let remedy = clean(finding.remedy_text());
            if !finding.wants_action() || !said.insert(remedy.clone()) {
                continue;
            }
            if number == 0 {
                text.push_str("\nWhat to do\n");
            }
            number += 1;
            let head = format!("{number:>2}. ");
            let body = wrap(&remedy, usize::from(self.style.width).saturating_sub(head.len()));
            for (index, line) in body.iter().enumerate() {
                let indent = if index == 0 { head.as_str() } else { "    " };
                push_line(text, &format!("{indent}{line}"));
            }
        }
        if self.style.verbose && !report.findings.is_empty() {
            text.push_str("\nFindings\n");
            for finding in &report.findings {
                let severity = self.severity(finding.rule.severity);
                let detail = format!("{}: {}", finding.rule.id, clean(&finding.detail));
                let room = usize::from(self.style.width).saturating_sub(finding.rule.severity.as_str().len() + 2);
                for (index, line) in wrap(&detail, room).iter().enumerate() {
                    let head = if index == 0 { format!(" {severity} ") } else { "     ".to_owned() };
                    push_line(text, &format!("{head}{line}"));
                }
            }
        }
    }

    pub(super) fn verdict(&self, verdict: Verdict, width: usize) -> String {
        let (word, color) = match verdict {
            Verdict::Pass => ("PASS", AnsiColor::Green),
            Verdict::Warn => ("WARN", AnsiColor::Yellow),
            Verdict::Fail => ("FAIL", AnsiColor::Red),
            Verdict::Unclear => ("UNCLEAR", AnsiColor::Magenta),
            Verdict::Skipped => ("SKIPPED", AnsiColor::Blue),
        };
        self.paint(&format!("{word:width$}"), color)
    }

    fn severity(&self, severity: Severity) -> String {
        self.paint_severity(severity, severity.as_str())
    }

    /// A word in the colour of a severity.
    pub(super) fn paint_severity(&self, severity: Severity, word: &str) -> String {
        let color = match severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Note => AnsiColor::Blue,
        };
        self.paint(word, color)
    }

    fn paint(&self, text: &str, color: AnsiColor) -> String {
        if !self.style.color {
            return text.to_owned();
        }
        let style = Ansi::new().bold().fg_color(Some(color.into()));
        format!("{style}{text}{style:#}")
    }
}

pub(super) fn reason(report: &CheckReport) -> String {
    let words = match (&report.facts, report.unclear.first()) {
        (Some(facts), _) => facts.reason(),
        (None, Some(unclear)) => unclear.detail.clone(),
        (None, None) => String::new(),
    };
    clean(&words)
}
