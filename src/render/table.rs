//! For people: who, the verdict with its reason, the tables, what could not be told, what to do.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width};

use super::page::Page;
use super::{End, Head, Renderer, Style, TargetInfo};
use crate::report::table::{Align, Section, Table as Content};
use crate::report::{CheckReport, Reason, Severity, Summary, Verdict, clean};

/// The renderer. One result is shown in full; of several, first a line each, then those that are not clean.
pub(super) struct Table {
    style: Style,
    results: u64,
    first: Option<String>,
    details: Vec<String>,
    resolver: String,
    /// What the results beside pages came to.
    summary: Summary,
    page: Option<Page>,
    /// What the pages came to.
    pages: Summary,
    /// Whether something stands above the next page.
    wrote: bool,
}

impl Table {
    pub(super) fn new(style: Style) -> Self {
        let (first, details, resolver, page) = (None, Vec::new(), String::new(), None);
        let (summary, pages) = (Summary::default(), Summary::default());
        Table { style, results: 0, first, details, resolver, summary, page, pages, wrote: false }
    }
}

impl Renderer for Table {
    fn is_ordered(&self) -> bool {
        true
    }

    fn start(&mut self, _: &mut dyn Write, _: &Head) -> io::Result<()> {
        Ok(())
    }

    fn check(&mut self, output: &mut dyn Write, target: &TargetInfo<'_>, report: &CheckReport) -> io::Result<()> {
        if target.page {
            self.finish_results(output)?;
            if self.page.as_ref().is_some_and(|page| page.number() != target.number) {
                self.finish_page(output)?;
            }
            self.page.get_or_insert_with(|| Page::of(target, self.style.verbose)).take(
                target.elapsed,
                report,
                self.style.verbose,
            );
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
        let clean = matches!(verdict, Verdict::Pass | Verdict::Skipped);
        if self.results == 1 || self.style.verbose || (told && !clean) {
            self.details.push(self.detail(target, report));
        } else {
            self.details.push(String::new());
        }
        if let Some(facts) = &report.facts
            && self.resolver.is_empty()
        {
            self.resolver = facts.headline(&report.subject).remark;
        }
        // A single clean result is shown in full; among several it is not.
        if self.results == 2 && !self.style.verbose {
            let clean_first = self.details[0].lines().nth(1).is_some_and(|line| {
                let word = anstream::adapter::strip_str(line).to_string();
                word.starts_with("PASS") || word.starts_with("SKIPPED")
            });
            if clean_first {
                self.details[0].clear();
            }
        }
        self.details.retain(|detail| self.results == 1 || !detail.is_empty());
        Ok(())
    }

    fn finish(&mut self, output: &mut dyn Write, _: &End) -> io::Result<()> {
        self.finish_page(output)?;
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
            1 => output.write_all(details.concat().as_bytes()),
            _ => {
                for detail in &details {
                    write!(output, "\n{detail}")?;
                }
                writeln!(output, "\n{} results: {}", summary.total(), counts(&summary))
            }
        }
    }

    fn finish_page(&mut self, output: &mut dyn Write) -> io::Result<()> {
        let Some(page) = self.page.take() else { return Ok(()) };
        let mut text = if self.wrote { "\n".to_owned() } else { String::new() };
        self.wrote = true;
        self.pages.add(page.verdict());
        page.draw(self, &mut text);
        output.write_all(text.as_bytes())
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
                Section::Table(table) => text.push_str(&draw(&table, width)),
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
        // The line of an input, which nobody finds by its text alone.
        (None, Some(unclear)) if unclear.reason == Reason::Input && unclear.subject != report.subject => {
            format!("{}: {}", unclear.subject, unclear.detail)
        }
        (None, Some(unclear)) => unclear.detail.clone(),
        (None, None) => String::new(),
    };
    clean(&words)
}

/// Draws a table at the given width. Long words wrap inside their cell; nothing is cut.
pub(super) fn draw(content: &Content, width: usize) -> String {
    let mut text = String::new();
    if let Some(title) = content.title {
        push_line(&mut text, title);
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    // One column is kept free at the left.
    let width = width.saturating_sub(1).max(20);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    if content.columns.iter().any(|column| !column.head.is_empty()) {
        table.set_header(content.columns.iter().map(|column| column.head));
    }
    for row in &content.rows {
        table.add_row(row.cells.iter().map(|cell| clean(cell)));
    }
    let fixed = fixed_widths(content, width);
    for ((column, drawn), fixed) in content.columns.iter().zip(table.column_iter_mut()).zip(fixed) {
        drawn.set_padding((1, 1));
        if column.align == Align::Right {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
        if let Some(fixed) = fixed {
            drawn.set_constraint(ColumnConstraint::Absolute(Width::Fixed(fixed)));
        }
    }
    let drawn: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    // Evidence stands under its row; a row may have several lines, so each row is drawn together with it.
    if content.rows.iter().all(|row| row.notes.is_empty()) {
        drawn.iter().for_each(|line| push_line(&mut text, line));
        return text;
    }
    let starts = row_starts(content, &drawn);
    for (index, line) in drawn.iter().enumerate() {
        push_line(&mut text, line);
        let row = starts.iter().position(|range| range.end == index + 1);
        if let Some(row) = row {
            for note in content.rows.get(row).map(|row| row.notes.as_slice()).unwrap_or_default() {
                for line in wrap(&clean(note), width.saturating_sub(3)) {
                    push_line(&mut text, &format!("   {line}"));
                }
            }
        }
    }
    text
}

/// The columns that keep their full width: the shortest ones, as long as enough is left for each of the others
/// to wrap in.
fn fixed_widths(content: &Content, width: usize) -> Vec<Option<u16>> {
    let longest: Vec<usize> = content
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let cells = content.rows.iter().filter_map(|row| row.cells.get(index)).map(|cell| cell.chars().count());
            cells.chain([column.head.chars().count()]).max().unwrap_or(0) + 2
        })
        .collect();
    let mut by_length: Vec<usize> = (0..longest.len()).collect();
    by_length.sort_by_key(|index| longest[*index]);
    let mut fixed = vec![None; longest.len()];
    let mut left = width;
    for (position, index) in by_length.iter().enumerate() {
        let others = longest.len() - position - 1;
        if longest[*index] + others * ROOM_TO_WRAP > left {
            break;
        }
        left -= longest[*index];
        fixed[*index] = u16::try_from(longest[*index]).ok();
    }
    fixed
}

/// Columns that a wrapping column gets at least.
const ROOM_TO_WRAP: usize = 14;

/// The lines that each row takes: a row begins where its first cell does.
fn row_starts(content: &Content, drawn: &[String]) -> Vec<std::ops::Range<usize>> {
    let heads = usize::from(content.columns.iter().any(|column| !column.head.is_empty()));
    let mut starts = Vec::new();
    let mut line = heads;
    for row in &content.rows {
        let first: String = row.cells.first().map(|cell| clean(cell)).unwrap_or_default();
        let word = first.split_whitespace().next().unwrap_or_default().to_owned();
        while line < drawn.len() && !(drawn[line].starts_with(' ') && drawn[line].trim_start().starts_with(&word)) {
            line += 1;
        }
        starts.push(line);
        line += 1;
    }
    let ends = starts.iter().skip(1).copied().chain([drawn.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// Breaks a text into lines of at most `width` characters; a longer word stands alone.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

pub(super) fn push_line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", line.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::{Column, Row};

    #[test]
    fn evidence_stands_under_its_row_and_nothing_is_cut() {
        let content = Content {
            title: None,
            columns: vec![Column::words("List"), Column::words("Meaning"), Column::numbers("Points")],
            rows: vec![
                Row {
                    cells: vec!["Alpha".into(), "a meaning that is so long that it has to wrap".into(), "100".into()],
                    notes: vec!["\"because\"".into()],
                },
                Row { cells: vec!["Beta".into(), "short".into(), "5".into()], notes: Vec::new() },
            ],
        };
        let drawn = draw(&content, 40);
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 40), "{drawn}");
        let because = lines.iter().position(|line| line.contains("because")).expect("the note is there");
        let beta = lines.iter().position(|line| line.contains("Beta")).expect("the row is there");
        assert_eq!(because + 1, beta, "{drawn}");
        assert!(drawn.contains("wrap"));
    }

    #[test]
    fn controls_in_a_cell_never_reach_the_terminal() {
        let row = Row { cells: vec!["a\x1b]0;x\x07b".into()], notes: vec!["\x1b[2J".into()] };
        let content = Content { title: None, columns: vec![Column::words("List")], rows: vec![row] };
        assert!(!draw(&content, 80).contains('\x1b'));
    }
}
