//! Markdown as GitHub, GitLab and most wikis read it.

use std::io::{self, Write};

use super::TargetReport;
use super::whole::WholeRun;
use super::words;
use crate::report::table::count;
use crate::report::{CheckReport, Finding, Severity, Verdict, clean};

/// Writes the run: how many results there are of which kind, then each target.
pub(super) fn write(output: &mut dyn Write, run: &WholeRun<'_>) -> io::Result<()> {
    writeln!(output, "# spamcheck\n")?;
    let counts: Vec<String> = VERDICTS
        .iter()
        .map(|verdict| (run.targets.iter().filter(|target| target.verdict() == *verdict).count(), verdict))
        .filter(|(number, _)| *number > 0)
        .map(|(number, verdict)| format!("{number} {}", word(*verdict)))
        .collect();
    let all = count(run.targets.len(), "target");
    writeln!(output, "{all}: {}. Started {:.0}.\n", counts.join(", "), run.head.started)?;
    if run.targets.len() > 1 {
        writeln!(output, "| Target | Verdict | Findings |\n|---|---|---|")?;
        for target in run.targets {
            let mut ids: Vec<&str> = Vec::new();
            for finding in target
                .checks
                .iter()
                .flat_map(|report| &report.findings)
                .filter(|found| found.severity != Severity::Note)
            {
                if !ids.contains(&finding.rule.id) {
                    ids.push(finding.rule.id);
                }
            }
            let ids = ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
            writeln!(output, "| {} | {} | {ids} |", cell(&target.input), word(target.verdict()))?;
        }
        writeln!(output)?;
    }
    run.targets.iter().try_for_each(|target| write_target(output, target))
}

/// From the worst on.
const VERDICTS: [Verdict; 5] = [Verdict::Fail, Verdict::Unclear, Verdict::Warn, Verdict::Pass, Verdict::Skipped];

fn write_target(output: &mut dyn Write, target: &TargetReport) -> io::Result<()> {
    writeln!(output, "## {}: {}\n", code(&target.input), word(target.verdict()))?;
    writeln!(output, "| Check | Subject | Verdict | Reason |\n|---|---|---|---|")?;
    for report in &target.checks {
        let (subject, reason) = (cell(&report.subject), cell(&report.reason()));
        writeln!(output, "| {} | {subject} | {} | {reason} |", report.check, word(report.verdict()))?;
    }
    writeln!(output)?;
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Note, "Notes")] {
        let findings = target.checks.iter().flat_map(|report| &report.findings);
        let mut findings = findings.filter(|finding| finding.severity == severity).peekable();
        if findings.peek().is_some() {
            writeln!(output, "### {title}\n")?;
            findings.try_for_each(|finding| write_finding(output, finding))?;
            writeln!(output)?;
        }
    }
    write_open(output, &target.checks)
}

fn write_finding(output: &mut dyn Write, finding: &Finding) -> io::Result<()> {
    let rule = finding.rule;
    let cites: Vec<String> = rule.cites.iter().map(|cite| format!("[{cite}]({})", cite.url())).collect();
    writeln!(output, "- **{}** `{}` ({})", rule.title, rule.id, cites.join(", "))?;
    writeln!(output, "  - {}", code(&words::case(finding)))?;
    if finding.wants_action() {
        writeln!(output, "  - What to do: {}", code(finding.remedy_text()))?;
    }
    finding.evidence.iter().try_for_each(|piece| writeln!(output, "  - {}", code(&words::evidence(piece))))
}

fn write_open(output: &mut dyn Write, checks: &[CheckReport]) -> io::Result<()> {
    let mut open = checks.iter().flat_map(|report| words::open_questions(report).map(move |open| (report, open)));
    let Some(first) = open.next() else { return Ok(()) };
    writeln!(output, "### Could not tell\n")?;
    for (report, open) in [first].into_iter().chain(open) {
        writeln!(output, "- {}: {}", report.check, code(&words::unclear(open)))?;
    }
    writeln!(output)
}

fn word(verdict: Verdict) -> String {
    verdict.as_str().to_uppercase()
}

/// Text from elsewhere, as a span of code in which nothing means anything: its fence is longer than any run of
/// backticks inside (CommonMark 0.31 §6.1).
fn code(text: &str) -> String {
    let text = clean(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match text.trim() {
        "" => String::new(),
        // A space on either side keeps backticks at the ends apart from the fence, and is not shown.
        _ if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) => format!("{fence} {text} {fence}"),
        _ => format!("{fence}{text}{fence}"),
    }
}

/// The same in a table, where a bar ends the cell even inside code.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}
