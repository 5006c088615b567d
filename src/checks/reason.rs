//! The reason of a verdict, in one sentence, and how much an open question weighs beside what was found.

use crate::net::dns;
use crate::report::{Finding, Reason, Severity, Unclear};

/// An open question whose worst answer would be a warning: it matters as long as nothing warns already.
pub(super) fn open_warning(findings: &[Finding], error: &dns::Error, subject: impl ToString) -> Unclear {
    let decided = findings.iter().any(|finding| finding.rule.severity <= Severity::Warning);
    Unclear { decisive: !decided, ..error.unclear(subject) }
}

/// The verdict's reason: the worst finding in its own words, or `otherwise`.
pub(super) fn of(findings: &[Finding], otherwise: String) -> String {
    let mut faults: Vec<&Finding> = findings.iter().filter(|found| found.rule.severity <= Severity::Warning).collect();
    faults.sort_by_key(|finding| (finding.rule.severity, finding.rule.id));
    let Some((worst, others)) = faults.split_first() else { return otherwise };
    let detail = if worst.detail.is_empty() { String::new() } else { format!(": {}", worst.detail) };
    let more = if others.is_empty() { String::new() } else { format!("; {} more", others.len()) };
    format!("{}{detail}{more}", worst.rule.title)
}

/// The same beside open questions: where nothing is an error, what could not be told decides, and is told.
pub(super) fn beside(findings: &[Finding], unclear: &[Unclear], otherwise: String) -> String {
    let has_error = findings.iter().any(|finding| finding.rule.severity == Severity::Error);
    let open = unclear.iter().find(|open| open.decisive && open.reason != Reason::NotApplicable);
    match open.filter(|_| !has_error) {
        Some(open) => open.detail.clone(),
        None => of(findings, otherwise),
    }
}
