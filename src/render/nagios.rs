//! The output of a plugin for Nagios, Icinga and whatever else follows the guidelines of monitoring plugins.

use std::io::{self, Write};

use super::whole::{WholeRun, by_name};
use super::words;
use crate::report::table::count;
use crate::report::{CheckReport, Verdict, clean, millis};

/// Octets of the whole output that older cores read.
const LIMIT: usize = 4096;

/// Writes the run: the state with what is worst and the performance data in the first line, then the rest.
pub(super) fn write(output: &mut dyn Write, run: &WholeRun<'_>) -> io::Result<()> {
    let worst = Verdict::worst(run.targets.iter().map(|target| target.verdict()));
    let head = format!("SPAMCHECK {} - {} | {}\n", state(worst), summary(run, worst), performance(run));
    let mut text = head;
    let mut results: Vec<_> = run.results().collect();
    results.sort_by_key(|(_, report)| rank(report.verdict()));
    for (index, (target, report)) in results.iter().enumerate() {
        let line = format!("{}\n", inert(&line(&target.input, report)));
        let rest = format!("and {} more\n", results.len() - index);
        if text.len() + line.len() + rest.len() > LIMIT {
            text.push_str(&rest);
            break;
        }
        text.push_str(&line);
    }
    output.write_all(text.as_bytes())
}

/// The worst first, what was not tested last.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 0,
        Verdict::Unclear => 1,
        Verdict::Warn => 2,
        Verdict::Pass => 3,
        Verdict::Skipped => 4,
    }
}

fn state(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "CRITICAL",
        Verdict::Unclear => "UNKNOWN",
        Verdict::Warn => "WARNING",
        Verdict::Pass | Verdict::Skipped => "OK",
    }
}

fn line(input: &str, report: &CheckReport) -> String {
    let ids: Vec<&str> = report.findings.iter().map(|found| found.rule.id).collect();
    let ids = if ids.is_empty() { String::new() } else { format!(" [{}]", ids.join(" ")) };
    let of = if report.subject == input { String::new() } else { format!(" of {input}") };
    let word = match report.verdict() {
        Verdict::Skipped => "SKIPPED",
        verdict => state(verdict),
    };
    format!("{word} {} {}{of}: {}{ids}", report.check, report.subject, report.reason())
}

/// What is worst, in a line: the one result, or how many there are of which kind.
fn summary(run: &WholeRun<'_>, worst: Verdict) -> String {
    let mut results = run.results();
    if let (Some((target, report)), None) = (results.next(), results.next()) {
        let open = words::open_questions(report).next().filter(|_| worst == Verdict::Unclear && report.facts.is_some());
        let open = open.map(|open| format!("; {}", words::unclear(open))).unwrap_or_default();
        return inert(&format!("{}: {}{open}", target.input, report.reason()));
    }
    let of = |wanted| run.targets.iter().filter(move |target| target.verdict() == wanted);
    let mut parts = Vec::new();
    for (verdict, word) in [(Verdict::Fail, "failing"), (Verdict::Unclear, "unclear"), (Verdict::Warn, "with warnings")]
    {
        let names: Vec<String> = of(verdict).map(|target| clean(&target.input)).collect();
        let (named, more) = names.split_at(names.len().min(NAMED));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        if !named.is_empty() {
            parts.push(format!("{word}: {}{more}", named.join(", ")));
        }
    }
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    inert(&format!(
        "{}, {}; {}",
        count(run.targets.len(), "target"),
        count(run.results().count(), "check"),
        parts.join("; ")
    ))
}

/// Names of targets in the first line.
const NAMED: usize = 5;

/// Counts, times and what checks measure: `'label'=value[unit];warn;crit;min;max`.
fn performance(run: &WholeRun<'_>) -> String {
    let summary = &run.end.summary;
    let mut data =
        vec![format!("time={}.{:03}s;;;0", millis(run.end.duration) / 1000, millis(run.end.duration) % 1000)];
    for (label, number) in [("fail", summary.fail), ("unclear", summary.unclear), ("warn", summary.warn)] {
        data.push(format!("{label}={number};;;0;{}", summary.total()));
    }
    for (_, report) in run.results() {
        let facts = by_name(report.facts.as_deref());
        let label = |what: &str| {
            format!("'{}'", inert(&format!("{what} {}", report.subject)).replace('=', ":").replace('\'', "''"))
        };
        match report.check {
            "dnsbl" => {
                if let (Some(points), Some(threshold)) = (facts["points"].as_u64(), facts["threshold"].as_u64()) {
                    data.push(format!("{}={points};;{threshold};0", label("points")));
                }
            }
            "spf" => {
                if let Some(lookups) = facts["lookups"].as_u64() {
                    data.push(format!("{}={lookups};;10;0;10", label("lookups")));
                }
            }
            "tls" => {
                if let Some(confidence) = facts["confidence"].as_u64() {
                    data.push(format!("{}={confidence}%;;;0;100", label("confidence")));
                }
            }
            _ => {}
        }
    }
    // Half of what is read at most, so that words have room too.
    let mut text = String::new();
    for entry in data {
        if text.len() + entry.len() > LIMIT / 2 {
            break;
        }
        text.push_str(if text.is_empty() { "" } else { " " });
        text.push_str(&entry);
    }
    text
}

/// The text on one line, without what begins performance data.
fn inert(text: &str) -> String {
    clean(text).replace('|', "/")
}
