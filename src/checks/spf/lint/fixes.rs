//! The records as they read when everything is corrected.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Lint;
use crate::mail::spf::{Mechanism, Record, TermKind, is_record, shown};
use crate::net::lookup::texts::Text;
use crate::report::{Finding, Rule};

/// A change of one term.
pub(super) struct Fix {
    /// The domain of the record.
    pub(super) domain: String,
    /// The record.
    pub(super) record: Vec<u8>,
    /// The term.
    pub(super) span: Range<usize>,
    /// What takes its place; nothing if it is removed.
    pub(super) by: String,
    /// The finding it answers.
    pub(super) finding: usize,
}

impl Lint<'_> {
    /// As [`Lint::find`], with the term that is to go, or what is to stand in its place.
    pub(super) fn fix(
        &mut self,
        rule: &'static Rule,
        (domain, record): (&str, &Record),
        span: &Range<usize>,
        by: &str,
        detail: &str,
    ) -> &mut Finding {
        let text = record.text_of(span);
        let remedy = if by.is_empty() { format!("Remove {text}.") } else { format!("Write {by} instead of {text}.") };
        // The same term twice is one fault in two places.
        let is_it = |finding: &Finding| {
            finding.rule == rule && finding.subject == domain && finding.about.as_deref() == Some(text.as_str())
        };
        let finding = self.findings.iter().position(is_it).unwrap_or(self.findings.len());
        if finding == self.findings.len() {
            let found = self.find(rule, domain, self.record(domain, record), detail);
            found.remedy = Some(remedy);
            found.about = Some(text);
        }
        let (domain, record) = (domain.to_owned(), record.text.clone());
        self.fixes.push(Fix { domain, record, span: span.clone(), by: by.to_owned(), finding });
        &mut self.findings[finding]
    }

    /// Shows each record as it reads with all its corrections, where the first of them is told.
    pub(super) fn corrected(&mut self) {
        let mut records: BTreeMap<&str, Vec<&Fix>> = BTreeMap::new();
        for fix in &self.fixes {
            records.entry(&fix.domain).or_default().push(fix);
        }
        for (domain, fixes) in records {
            let text = corrected(&fixes);
            let first = fixes.iter().min_by_key(|fix| self.findings[fix.finding].rule.severity);
            let Some(finding) = first.map(|fix| &mut self.findings[fix.finding]) else { continue };
            let with = if fixes.len() > 1 { "With all corrections the" } else { "The" };
            let remedy = finding.remedy_text().to_owned();
            finding.remedy = Some(format!("{remedy} {with} record of {domain} reads: {text}"));
        }
    }
}

/// A record with its corrections, in quotes; terms that cannot be read stay as they are.
fn corrected(fixes: &[&Fix]) -> String {
    let record = fixes.first().map(|fix| fix.record.as_slice()).unwrap_or_default();
    let mut terms = Vec::new();
    let mut at = 0;
    for term in record.split(|byte| *byte == b' ') {
        let span = at..at + term.len();
        at = span.end + 1;
        match fixes.iter().find(|fix| fix.span == span) {
            Some(fix) if fix.by.is_empty() => {}
            Some(fix) => terms.push(fix.by.clone()),
            None if term.is_empty() => {}
            None => terms.push(guarded(shown(term))),
        }
    }
    format!("\"{}\".", terms.join(" "))
}

/// A term for a record to publish: none that is proposed here lets everyone send.
fn guarded(term: String) -> String {
    let everyone = ["all", "+all"].iter().any(|all| term.eq_ignore_ascii_case(all));
    if everyone { "~all".to_owned() } else { term }
}

/// One record with the terms of several, each once, and the gentlest end that shuts somebody out.
pub(super) fn merge(texts: &[Text]) -> String {
    let mut terms: Vec<String> = Vec::new();
    let mut end: Option<String> = None;
    for text in texts.iter().filter(|text| is_record(&text.octets)) {
        let record = Record::parse(&text.octets);
        for term in &record.terms {
            let text = record.text_of(&term.span);
            let is_all = matches!(&term.kind, TermKind::Directive(directive) if directive.mechanism == Mechanism::All);
            if is_all {
                // The gentler of two ends loses nobody's mail.
                let gentler = end.as_deref().is_none_or(|end| end == "-all");
                if gentler {
                    end = Some(guarded(text));
                }
            } else if !terms.contains(&text) {
                terms.push(text);
            }
        }
    }
    let end = end.unwrap_or_else(|| "~all".to_owned());
    format!("\"{}\".", ["v=spf1".to_owned()].into_iter().chain(terms).chain([end]).collect::<Vec<_>>().join(" "))
}
