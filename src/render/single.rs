//! One result for people: in full, or in one line among others.

use super::grid::{draw, push_line, wrap};
use super::parts::{self, Found, Open, Said, push_findings, push_remedies, resolver_remedy, verdict_word};
use super::{Style, TargetInfo};
use crate::report::table::Section;
use crate::report::{CheckReport, Reason, Unclear, clean};

/// The open questions that are not the reason itself; with `verbose` those that change no verdict too.
pub(super) fn open_questions(report: &CheckReport, verbose: bool) -> impl Iterator<Item = &Unclear> {
    // What does not apply is no open question.
    let is_open = move |open: &&Unclear| open.reason != Reason::NotApplicable && (open.decisive || verbose);
    report.unclear.iter().skip(usize::from(report.facts.is_none())).filter(is_open)
}

/// Who was tested, as people know it, and what stands beside it.
fn headline(target: &TargetInfo<'_>, report: &CheckReport) -> (String, String) {
    match &report.facts {
        Some(facts) => {
            let headline = facts.headline(&report.subject);
            (clean(&headline.who), clean(&headline.remark))
        }
        None => (clean(target.input), String::new()),
    }
}

/// Who was tested, as people know it.
pub(super) fn who(target: &TargetInfo<'_>, report: &CheckReport) -> String {
    headline(target, report).0
}

/// A result among others in one line.
pub(super) fn line(style: Style, target: &TargetInfo<'_>, report: &CheckReport) -> String {
    format!("{} {}: {}\n", verdict_word(style, report.verdict(), 7), who(target, report), report.reason())
}

/// Two texts at the two ends of a line, or below each other.
pub(super) fn push_head(text: &mut String, style: Style, left: &str, right: &str) {
    let gap = usize::from(style.width).saturating_sub(left.chars().count() + right.chars().count());
    if right.is_empty() || gap < 2 {
        push_line(text, left);
        if !right.is_empty() {
            push_line(text, right);
        }
    } else {
        push_line(text, &format!("{left}{}{right}", " ".repeat(gap)));
    }
}

/// The result in full, and the id of the worst rule that it shows.
pub(super) fn full(style: Style, target: &TargetInfo<'_>, report: &CheckReport) -> (String, Option<&'static str>) {
    let mut text = String::new();
    let width = usize::from(style.width);
    let (who, remark) = headline(target, report);
    push_head(&mut text, style, &who, &remark);
    let (verdict, reason) = (report.verdict(), report.reason());
    let word = verdict.as_str().len() + 2;
    for (index, line) in wrap(&reason, width.saturating_sub(word).max(20)).iter().enumerate() {
        let head = if index == 0 { format!("{}  ", verdict_word(style, verdict, 0)) } else { " ".repeat(word) };
        push_line(&mut text, &format!("{head}{line}"));
    }
    let sections = report.facts.as_ref().map(|facts| facts.sections(style.verbose)).unwrap_or_default();
    let said = Said::of(&reason, &sections);
    let mut open = Some(open(style, report, &said, &sections));
    for section in sections {
        match section {
            Section::Open(_) => open.take().unwrap_or_default().push(&mut text, style),
            Section::Line(line) => push_line(&mut text, &format!("\n{}", clean(&line))),
            Section::Prose(paragraphs) => {
                text.push('\n');
                let lines = paragraphs.iter().flat_map(|text| wrap(&clean(text), usize::from(style.width)));
                lines.for_each(|line| push_line(&mut text, &line));
            }
            Section::Lines(lines) => {
                text.push('\n');
                lines.iter().for_each(|line| push_line(&mut text, &clean(line)));
            }
            Section::Table(table) => {
                text.push('\n');
                text.push_str(&draw(&table, style));
            }
        }
    }
    open.unwrap_or_default().push(&mut text, style);
    let findings: Vec<Found> = report.findings.iter().map(Found::of).collect();
    let subject = clean(&report.subject);
    let first = push_findings(&mut text, style, &findings, |finding| {
        parts::case(finding, &subject, &said).into_iter().collect()
    });
    let resolver = target.resolver.as_ref().map(resolver_remedy);
    let remedies = findings.iter().flat_map(|finding| finding.steps.iter().map(String::as_str));
    push_remedies(&mut text, style, resolver.as_deref().into_iter().chain(remedies));
    (text, first)
}

/// What stayed open and is not told elsewhere: the words stand there as often as they would here.
fn open(style: Style, report: &CheckReport, said: &Said, sections: &[Section]) -> Open {
    let mut open = Open::default();
    let placed = sections.iter().flat_map(|section| match section {
        Section::Open(entries) => entries.as_slice(),
        _ => &[],
    });
    placed.for_each(|entry| open.add(entry));
    let alike = |entry: &Unclear| report.unclear.iter().filter(|other| other.detail == entry.detail).count();
    let is_told = |entry: &&Unclear| said.times(&clean(&entry.detail)) >= alike(entry);
    open_questions(report, style.verbose).filter(|entry| !is_told(entry)).for_each(|entry| open.add(entry));
    open
}
