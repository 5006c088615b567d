//! The records as they read when everything is corrected.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Lint;
use crate::checks::spf::trial::Trial;
use crate::mail::spf::{Mechanism, Record, TermKind, is_record, shown};
use crate::net::lookup::texts::Text;
use crate::report::{Finding, Rule, clean};

/// A change of one term.
pub(super) struct Fix {
    /// The domain of the record.
    pub(super) domain: String,
    /// The record.
    pub(super) record: Vec<u8>,
    /// The term.
    pub(super) span: Range<usize>,
    /// What takes its place.
    pub(super) by: By,
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
        by: By,
        detail: &str,
    ) -> &mut Finding {
        let text = record.text_of(span);
        // The same term twice is one fault in two places.
        let is_it = |finding: &Finding| {
            finding.rule == rule && finding.subject == domain && finding.about.as_deref() == Some(text.as_str())
        };
        let finding = self.findings.iter().position(is_it).unwrap_or(self.findings.len());
        if finding == self.findings.len() {
            let found = self.find(rule, domain, self.record(domain, record), detail);
            found.about = Some(text);
        }
        self.fixed(finding, (domain, record), span, by);
        &mut self.findings[finding]
    }

    /// Notes how a term is to change because of a finding.
    pub(super) fn fixed(&mut self, finding: usize, (domain, record): (&str, &Record), span: &Range<usize>, by: By) {
        let (domain, record) = (domain.to_owned(), record.text.clone());
        self.fixes.push(Fix { domain, record, span: span.clone(), by, finding });
    }

    /// Says how each record reads with all its corrections, where the first of them is told; a record that would lose
    /// a sender, or that no receiver could evaluate, is not shown.
    pub(super) async fn corrected(&mut self, trial: &Trial<'_>) {
        let mut records: BTreeMap<String, Vec<Fix>> = BTreeMap::new();
        for fix in std::mem::take(&mut self.fixes) {
            records.entry(fix.domain.clone()).or_default().push(fix);
        }
        for (domain, fixes) in records {
            // What is not the reader's to change has its own remedy.
            if !self.is_own(&domain) {
                continue;
            }
            let ways = fixes.iter().map(|fix| fix.by.ways()).max().unwrap_or(1);
            let mut serving = None;
            for way in 0..ways {
                let text = corrected(&fixes, way);
                if trial.serves(&domain, &text).await {
                    serving = Some((way, text));
                    break;
                }
            }
            // Without such a record the rules say in words what there is to do.
            let Some((way, text)) = serving else { continue };
            for fix in &fixes {
                let term = String::from_utf8_lossy(&fix.record[fix.span.clone()]).into_owned();
                let remedy = match fix.by.text(way) {
                    "" => format!("Remove {term}."),
                    by => format!("Write {by} instead of {term}."),
                };
                let finding = &mut self.findings[fix.finding];
                finding.remedy = finding.remedy.take().or(Some(clean(&remedy)));
            }
            let first = fixes.iter().min_by_key(|fix| self.findings[fix.finding].rule.severity);
            let Some(first) = first.map(|fix| fix.finding) else { continue };
            let with = if fixes.len() > 1 { "With all corrections: " } else { "" };
            let publish = self.publish(&domain, &text);
            let finding = &mut self.findings[first];
            let remedy = finding.remedy_text().to_owned();
            finding.remedy = Some(clean(&format!("{remedy} {with}{publish}.")));
        }
    }
}

/// What takes the place of a term.
pub(super) enum By {
    /// Nothing.
    Nothing,
    /// Another term.
    Term(String),
    /// The first of these that loses no sender, nothing among them.
    OneOf(&'static [&'static str]),
}

impl By {
    fn ways(&self) -> usize {
        if let By::OneOf(terms) = self { terms.len() } else { 1 }
    }

    fn text(&self, way: usize) -> &str {
        match self {
            By::Nothing => "",
            By::Term(term) => term,
            By::OneOf(terms) => terms.get(way).copied().unwrap_or_default(),
        }
    }
}

/// A record with its corrections; terms that cannot be read stay as they are.
fn corrected(fixes: &[Fix], way: usize) -> String {
    let record = fixes.first().map(|fix| fix.record.as_slice()).unwrap_or_default();
    let mut terms: Vec<String> = Vec::new();
    let mut at = 0;
    for term in record.split(|byte| *byte == b' ') {
        let span = at..at + term.len();
        at = span.end + 1;
        let text = match fixes.iter().find(|fix| fix.span == span) {
            Some(fix) => fix.by.text(way).to_owned(),
            None => guarded(shown(term)),
        };
        if !text.is_empty() {
            terms.push(text);
        }
    }
    let text = terms.join(" ");
    let proposed = Record::parse(text.as_bytes());
    // RFC 7208 §4.7: without an end the rest of the world is neutral.
    if proposed.all().is_none() && proposed.redirect().is_none() { format!("{text} ~all") } else { text }
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
    let records: Vec<Record> =
        texts.iter().filter(|text| is_record(&text.octets)).map(|text| Record::parse(&text.octets)).collect();
    for record in &records {
        for term in &record.terms {
            let text = record.text_of(&term.span);
            let is_first = |name: &str| !terms.iter().any(|term| term.to_ascii_lowercase().starts_with(name));
            match &term.kind {
                TermKind::Directive(directive) if directive.mechanism == Mechanism::All => {
                    // The gentler of two ends loses nobody's mail.
                    if end.as_deref().is_none_or(|end| end == "-all") {
                        end = Some(guarded(text));
                    }
                }
                // RFC 7208 §6.1: beside another record's terms a redirect would never be followed.
                TermKind::Redirect(_) => {
                    let included = text.replacen('=', ":", 1).to_ascii_lowercase().replacen("redirect", "include", 1);
                    if record.all().is_none() && !terms.contains(&included) {
                        terms.push(included);
                    }
                }
                TermKind::Explanation(_) if !is_first("exp=") => {}
                // What stands behind "all" authorises nobody today.
                TermKind::Directive(_) if record.all().is_some_and(|(all, _)| all.span.start < term.span.start) => {}
                _ if terms.contains(&text) => {}
                _ => terms.push(text),
            }
        }
    }
    let end = end.unwrap_or_else(|| "~all".to_owned());
    ["v=spf1".to_owned()].into_iter().chain(terms).chain([end]).collect::<Vec<_>>().join(" ")
}
