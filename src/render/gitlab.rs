//! GitLab's Code Quality report: an array of issues.

use std::io::{self, Write};

use serde::Serialize;

use super::escape::escaped;
use super::whole::WholeRun;
use super::words;
use crate::report::{Severity, clean};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

/// Where GitLab shows it: there is no file, so a path that bears the target's name.
#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// Writes the run. What could not be told is not an issue of the code, and stands in the other formats.
pub(super) fn write(output: &mut dyn Write, run: &WholeRun<'_>) -> io::Result<()> {
    let mut issues = Vec::new();
    for (target, report) in run.results() {
        for finding in &report.findings {
            issues.push(Issue {
                description: format!("{}: {}", finding.rule.title, words::case(finding)),
                check_name: finding.rule.id,
                fingerprint: report.identity(finding).fingerprint(),
                severity: match finding.severity {
                    Severity::Error => "critical",
                    Severity::Warning => "minor",
                    Severity::Note => "info",
                },
                location: Location { path: path(&target.input), lines: Lines { begin: 1 } },
            });
        }
    }
    output.write_all(&escaped(&serde_json::to_vec(&issues)?))?;
    writeln!(output)
}

/// A path below the program's own name, so that the target stands in the report where files stand.
pub(super) fn path(input: &str) -> String {
    format!("spamcheck/{}", clean(input).replace('/', "_"))
}
