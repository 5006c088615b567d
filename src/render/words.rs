//! What a result has to say in a line of plain text; several formats say it.

use crate::report::{CheckReport, Evidence, Finding, Reason, Rule, Unclear, clean};

/// Where a rule is written: each document once, then its sections.
pub(super) fn cites(rule: &Rule) -> String {
    let mut cites = String::new();
    for (index, cite) in rule.cites.iter().enumerate() {
        let is_same = index > 0 && rule.cites[index - 1].shares_document(cite);
        let place = if is_same { cite.place() } else { cite.to_string() };
        cites.push_str(&format!("{}{place}", if index == 0 { "" } else { ", " }));
    }
    cites
}

/// Whom a finding is about, and the case at hand.
pub(super) fn case(finding: &Finding) -> String {
    let (subject, detail) = (clean(&finding.subject), clean(&finding.detail));
    match detail {
        detail if detail.is_empty() => subject,
        detail if detail.starts_with(&subject) => detail,
        detail => format!("{subject}: {detail}"),
    }
}

/// A finding in full, for whoever sees nothing else of it.
pub(super) fn finding(finding: &Finding) -> String {
    let Finding { rule, severity, .. } = finding;
    let title = match cites(rule) {
        cites if cites.is_empty() => rule.title.to_owned(),
        cites => format!("{} ({cites})", rule.title),
    };
    let mut text = format!("{} {}: {title}\n  {}\n", severity.as_str(), rule.id, case(finding));
    for piece in &finding.evidence {
        text.push_str(&format!("  {}\n", evidence(piece)));
    }
    if finding.wants_action() {
        text.push_str(&format!("  > {}\n", clean(finding.remedy_text())));
    }
    text
}

/// An open question, with the words of whoever would not say.
pub(super) fn unclear(open: &Unclear) -> String {
    clean(&format!("{}: {} ({})", open.subject, open.detail, open.reason.as_str()))
}

/// The open questions that people are told: what does not apply is none.
pub(super) fn open_questions(report: &CheckReport) -> impl Iterator<Item = &Unclear> {
    report.unclear.iter().filter(|open| open.reason != Reason::NotApplicable)
}

/// A result in full: why, what was found, what stayed open.
pub(super) fn result(report: &CheckReport) -> String {
    let mut text = format!("{}\n", report.reason());
    report.findings.iter().for_each(|entry| text.push_str(&finding(entry)));
    open_questions(report).for_each(|open| text.push_str(&format!("could not tell {}\n", unclear(open))));
    text
}

/// What was received or measured.
pub(super) fn evidence(piece: &Evidence) -> String {
    let text = match piece {
        Evidence::Record { name, rtype, ttl_s, data } => format!("{name} {ttl_s} {rtype} {data}"),
        Evidence::Absence { name, rtype, server, answer } => format!("{name} {rtype}: {answer} ({server})"),
        Evidence::Reply { server, text } => format!("{server}: {text}"),
        Evidence::Connection { server, outcome } => format!("{server}: {outcome}"),
        Evidence::Certificate { server, subject, sha256 } => format!("{server}: {subject}, SHA-256 {sha256}"),
        Evidence::Field { name, value } => format!("{name}: {value}"),
        Evidence::Given { name, value } => format!("{name} {value:?}"),
        Evidence::Entry { id, name, value } => format!("{id}: {name} = {value}"),
        Evidence::Measure { name, value, limit: Some(limit), unit } => format!("{name}: {value} of {limit} {unit}"),
        Evidence::Measure { name, value, limit: None, unit } => format!("{name}: {value} {unit}"),
    };
    clean(&text)
}
