//! Workflow commands of GitHub Actions: each becomes an annotation of the job.

use std::io::{self, Write};

use super::TargetReport;
use super::whole::WholeRun;
use super::words;
use crate::report::{CheckReport, Finding, Reason, Severity, Unclear, clean};

/// Annotations of a kind that a step shows; further ones are dropped without a word.
const SHOWN: usize = 10;

/// Writes the run: what is wrong first, of each kind as many as are shown, then how many more there are.
pub(super) fn write(output: &mut dyn Write, run: &WholeRun<'_>) -> io::Result<()> {
    for (command, severity) in [("error", Severity::Error), ("warning", Severity::Warning)] {
        let findings = run.results().flat_map(|(target, report)| {
            let findings = report.findings.iter().filter(|finding| finding.severity == severity);
            findings.map(move |finding| of_finding(target, finding))
        });
        annotate(output, command, findings.collect())?;
    }
    let open = run.results().flat_map(|(target, report)| {
        let decisive = report.unclear.iter().filter(|open| open.decisive && open.reason != Reason::NotApplicable);
        decisive.map(move |open| of_unclear(target, report, open))
    });
    annotate(output, "notice", open.collect())
}

/// The title and the words of an annotation.
type Annotation = (String, String);

fn of_finding(target: &TargetReport, finding: &Finding) -> Annotation {
    let title = format!("{}: {}", finding.rule.id, finding.rule.title);
    let mut message = about(target, words::case(finding));
    if finding.wants_action() {
        message.push_str(&format!("\n{}", clean(finding.remedy_text())));
    }
    (title, message)
}

fn of_unclear(target: &TargetReport, report: &CheckReport, open: &Unclear) -> Annotation {
    let title = format!("{}: could not tell", report.check);
    (title, about(target, words::unclear(open)))
}

/// The words with the target in front, unless they begin with it.
fn about(target: &TargetReport, words: String) -> String {
    let input = clean(&target.input);
    if words.starts_with(&input) { words } else { format!("{input}: {words}") }
}

fn annotate(output: &mut dyn Write, command: &str, annotations: Vec<Annotation>) -> io::Result<()> {
    let shown = if annotations.len() > SHOWN { SHOWN - 1 } else { annotations.len() };
    for (title, message) in &annotations[..shown] {
        writeln!(output, "::{command} title={}::{}", property(title), data(message))?;
    }
    match annotations.len() - shown {
        0 => Ok(()),
        more => writeln!(output, "::{command} title=spamcheck::{more} more: see the other formats of this report"),
    }
}

/// The words of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
