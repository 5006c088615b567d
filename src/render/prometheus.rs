//! Metrics in Prometheus' text format, for node_exporter's textfile collector.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::rc::Rc;

use serde_json::Value;

use super::TargetReport;
use super::whole::{WholeRun, by_name, expiry};
use crate::report::{Severity, Verdict, clean, millis};

/// A family: its name, what it means, and its samples, each set of labels once.
struct Family {
    name: &'static str,
    help: &'static str,
    samples: BTreeMap<Vec<(&'static str, String)>, f64>,
}

impl Family {
    fn new(name: &'static str, help: &'static str) -> Self {
        Family { name, help, samples: BTreeMap::new() }
    }

    /// Sets a sample; of two results with the same labels the greater stands.
    fn set(&mut self, labels: &[(&'static str, &str)], value: f64) {
        let labels = labels.iter().map(|(label, text)| (*label, clean(text))).collect();
        let sample = self.samples.entry(labels).or_insert(value);
        *sample = sample.max(value);
    }

    fn write(&self, output: &mut dyn Write) -> io::Result<()> {
        if self.samples.is_empty() {
            return Ok(());
        }
        let Family { name, help, samples } = self;
        writeln!(output, "# HELP {name} {help}\n# TYPE {name} gauge")?;
        for (labels, value) in samples {
            let labels: Vec<String> =
                labels.iter().map(|(label, text)| format!("{label}=\"{}\"", quoted(text))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            writeln!(output, "{name}{labels} {value}")?;
        }
        Ok(())
    }
}

/// The value of a label.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Writes the run.
pub(super) fn write(output: &mut dyn Write, run: &WholeRun<'_>) -> io::Result<()> {
    let mut metrics = Metrics::new();
    run.targets.iter().for_each(|target| metrics.take(target));
    let tool = &run.head.tool;
    metrics.build.set(&[("version", &tool.version), ("catalogue", &tool.catalogue)], 1.0);
    metrics.started.set(&[], milliseconds(run.head.started.as_millisecond()));
    metrics.duration.set(&[], milliseconds(millis(run.end.duration).try_into().unwrap_or(i64::MAX)));
    metrics.write(output)
}

struct Metrics {
    verdict: Family,
    findings: Family,
    unclear: Family,
    listed: Family,
    points: Family,
    lists: Family,
    expiry: Family,
    confidence: Family,
    lookups: Family,
    build: Family,
    started: Family,
    duration: Family,
}

impl Metrics {
    fn new() -> Self {
        Metrics {
            verdict: Family::new("spamcheck_verdict", "Whether this is the verdict of the check on its subject."),
            findings: Family::new("spamcheck_findings", "Findings by severity."),
            unclear: Family::new("spamcheck_unclear", "Questions without an answer that could change the verdict."),
            listed: Family::new(
                "spamcheck_dnsbl_listed",
                "Whether the list lists the subject; absent if it did not say.",
            ),
            points: Family::new("spamcheck_dnsbl_points", "Points of all listings together."),
            lists: Family::new("spamcheck_dnsbl_lists", "Lists by what they answered."),
            expiry: Family::new(
                "spamcheck_certificate_not_after_timestamp_seconds",
                "When the certificate that the address shows expires.",
            ),
            confidence: Family::new("spamcheck_tls_confidence_ratio", "How far TLS to the mail hosts can be trusted."),
            lookups: Family::new("spamcheck_spf_lookups", "DNS lookups that evaluating the SPF record takes, of 10."),
            build: Family::new("spamcheck_build_info", "The version of the program and of its catalogue."),
            started: Family::new("spamcheck_run_timestamp_seconds", "When the run started."),
            duration: Family::new("spamcheck_run_duration_seconds", "How long the run took."),
        }
    }

    fn take(&mut self, target: &Rc<TargetReport>) {
        // The counts of several subjects of one check are one sample.
        let mut counts: BTreeMap<(&str, Severity), f64> = BTreeMap::new();
        let mut open: BTreeMap<&str, f64> = BTreeMap::new();
        for report in &target.checks {
            let of = [("target", target.input.as_str()), ("check", report.check)];
            let verdict = report.verdict();
            for other in [Verdict::Pass, Verdict::Warn, Verdict::Fail, Verdict::Unclear, Verdict::Skipped] {
                let labels = [&of[..], &[("subject", &report.subject), ("verdict", other.as_str())]].concat();
                self.verdict.set(&labels, f64::from(u8::from(other == verdict)));
            }
            for severity in [Severity::Error, Severity::Warning, Severity::Note] {
                *counts.entry((report.check, severity)).or_default() += 0.0;
            }
            for finding in &report.findings {
                *counts.entry((report.check, finding.severity)).or_default() += 1.0;
            }
            let decisive = report.unclear.iter().filter(|open| open.decisive).count();
            if verdict != Verdict::Skipped {
                *open.entry(report.check).or_default() += u32::try_from(decisive).map_or(f64::MAX, f64::from);
            }
            self.measure(&target.input, report.check, &report.subject, &by_name(report.facts.as_deref()));
        }
        for ((check, severity), count) in counts {
            self.findings.set(&[("target", &target.input), ("check", check), ("severity", severity.as_str())], count);
        }
        for (check, count) in open {
            self.unclear.set(&[("target", &target.input), ("check", check)], count);
        }
    }

    /// What checks measure, by the names of the JSON.
    fn measure(&mut self, target: &str, check: &str, subject: &str, facts: &Value) {
        let of = [("target", target), ("subject", subject)];
        let number = |key: &str| facts[key].as_f64();
        match check {
            "dnsbl" => {
                if let Some(points) = number("points") {
                    self.points.set(&of, points);
                }
                let rows = facts["lists"].as_array().map(Vec::as_slice).unwrap_or_default();
                let mut outcomes: BTreeMap<&str, f64> = BTreeMap::new();
                for row in rows {
                    let (Some(id), Some(outcome)) = (row["id"].as_str(), row["outcome"].as_str()) else { continue };
                    *outcomes.entry(outcome).or_default() += 1.0;
                    // A list that did not say has no sample: 0 would mean that it does not list.
                    if matches!(outcome, "listed" | "not-listed") {
                        let labels = [&of[..], &[("list", id)]].concat();
                        self.listed.set(&labels, f64::from(u8::from(outcome == "listed")));
                    }
                }
                for (outcome, count) in outcomes {
                    self.lists.set(&[&of[..], &[("outcome", outcome)]].concat(), count);
                }
            }
            "spf" => {
                if let Some(lookups) = number("lookups") {
                    self.lookups.set(&of, lookups);
                }
            }
            "tls" => {
                if let Some(confidence) = number("confidence") {
                    self.confidence.set(&of, confidence / 100.0);
                }
                let mut seen = BTreeSet::new();
                for host in facts["hosts"].as_array().into_iter().flatten() {
                    let (Some(name), Some(address)) = (host["host"].as_str(), host["address"].as_str()) else {
                        continue;
                    };
                    let Some(expiry) = expiry(host) else { continue };
                    if seen.insert((name, address)) {
                        let labels = [("target", target), ("host", name), ("address", address)];
                        self.expiry.set(&labels, milliseconds(expiry.as_millisecond()));
                    }
                }
            }
            _ => {}
        }
    }

    fn write(&self, output: &mut dyn Write) -> io::Result<()> {
        let Metrics { verdict, findings, unclear, listed, points, lists, .. } = self;
        let Metrics { expiry, confidence, lookups, build, started, duration, .. } = self;
        let first = [verdict, findings, unclear, listed, points, lists];
        let rest = [expiry, confidence, lookups, build, started, duration];
        first.into_iter().chain(rest).try_for_each(|family| family.write(output))
    }
}

/// Seconds of the Unix epoch.
#[allow(clippy::cast_precision_loss, reason = "milliseconds of our time are far below 2^53")]
fn milliseconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
