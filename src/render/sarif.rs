//! SARIF 2.1.0 (OASIS): findings as results of an analysis, for code scanning.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::SignedDuration;
use serde::Serialize;

use super::escape::escaped;
use super::gitlab::path;
use super::whole::WholeRun;
use super::{TargetReport, words};
use crate::report::{CheckReport, Finding, Identity, Reason, Rule, Severity, Unclear, clean, millis};

/// Where the schema of such a document is.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation; 1],
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
struct Driver<'a> {
    name: &'a str,
    version: &'a str,
    rules: Vec<Descriptor>,
}

/// A rule as SARIF tells it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    start_time_utc: String,
    end_time_utc: String,
    /// What could not be told and could have changed a verdict.
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    descriptor: Reference,
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
struct Reference {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    logical_locations: [LogicalLocation; 1],
}

/// There is no file: code scanning demands one, so it gets a path that bears the target's name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

/// Writes the run.
pub(super) fn write(output: &mut dyn Write, run: &WholeRun<'_>) -> io::Result<()> {
    let mut rules = Rules::default();
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for (target, report) in run.results() {
        for finding in &report.findings {
            results.push(of_finding(&mut rules, target, report, finding));
        }
        for open in words::open_questions(report) {
            if open.decisive {
                let descriptor = Reference { id: rule_of(open.reason) };
                let message = Text { text: format!("{}: {}", report.check, words::unclear(open)) };
                notifications.push(Notification { descriptor, level: "warning", message });
            }
            results.push(of_unclear(&mut rules, target, report, open));
        }
    }
    let started = run.head.started;
    let took = SignedDuration::from_millis(millis(run.end.duration).try_into().unwrap_or_default());
    let invocation = Invocation {
        execution_successful: true,
        start_time_utc: format!("{started:.3}"),
        end_time_utc: format!("{:.3}", started.checked_add(took).unwrap_or(started)),
        tool_execution_notifications: notifications,
    };
    let tool = &run.head.tool;
    let driver = Driver { name: &tool.name, version: &tool.version, rules: rules.0 };
    let run = Run { tool: Tool { driver }, invocations: [invocation], results };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    output.write_all(&escaped(&serde_json::to_vec(&log)?))?;
    writeln!(output)
}

fn of_finding(rules: &mut Rules, target: &TargetReport, report: &CheckReport, finding: &Finding) -> SarifResult {
    let remedy = if finding.wants_action() { format!("\n{}", clean(finding.remedy_text())) } else { String::new() };
    SarifResult {
        rule_id: finding.rule.id.to_owned(),
        rule_index: rules.of(finding.rule.id, || of_rule(finding.rule)),
        kind: "fail",
        level: level(finding.severity),
        message: Text { text: format!("{}{remedy}", words::case(finding)) },
        locations: [location(target, report, &finding.subject)],
        partial_fingerprints: fingerprint(&report.identity(finding)),
    }
}

/// A question without an answer is an open result, of which the standard demands that it has no level.
fn of_unclear(rules: &mut Rules, target: &TargetReport, report: &CheckReport, open: &Unclear) -> SarifResult {
    let rule = rule_of(open.reason);
    let identity = Identity {
        check: report.check.to_owned(),
        rule: rule.clone(),
        subject: open.subject.clone(),
        about: Some(report.subject.clone()),
    };
    SarifResult {
        rule_index: rules.of(&rule, || of_reason(open.reason)),
        rule_id: rule,
        kind: "open",
        level: "none",
        message: Text { text: words::unclear(open) },
        locations: [location(target, report, &open.subject)],
        partial_fingerprints: fingerprint(&identity),
    }
}

fn rule_of(reason: Reason) -> String {
    format!("could-not-tell-{}", reason.as_str())
}

fn fingerprint(identity: &Identity) -> BTreeMap<&'static str, String> {
    BTreeMap::from([("spamcheckIdentity/v1", identity.fingerprint())])
}

fn location(target: &TargetReport, report: &CheckReport, subject: &str) -> Location {
    let name = clean(subject);
    let fully_qualified_name = format!("{}/{}/{name}", report.check, clean(&target.input));
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: encoded(&path(&target.input)) },
            region: Region { start_line: 1 },
        },
        logical_locations: [LogicalLocation { name, fully_qualified_name, kind: "resource" }],
    }
}

/// A path as a URI has it (RFC 3986 §2.1).
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte.into()),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

fn level(severity: Severity) -> &'static str {
    severity.as_str()
}

/// The rules that results name, in the order they were met.
#[derive(Default)]
struct Rules(Vec<Descriptor>);

impl Rules {
    fn of(&mut self, id: &str, describe: impl FnOnce() -> Descriptor) -> usize {
        self.0.iter().position(|known| known.id == id).unwrap_or_else(|| {
            self.0.push(describe());
            self.0.len() - 1
        })
    }
}

fn of_rule(rule: &Rule) -> Descriptor {
    let remedy = rule.remedy.text();
    let links = rule.cites.iter().map(|cite| format!("[{cite}]({})", cite.url())).collect::<Vec<_>>().join(", ");
    Descriptor {
        id: rule.id.to_owned(),
        short_description: Text { text: rule.title.to_owned() },
        full_description: Text { text: rule.why.to_owned() },
        help: Help {
            text: format!("{} {remedy} {}", rule.why, words::cites(rule)),
            markdown: format!("{}\n\n**What to do:** {remedy}\n\n{links}", rule.why),
        },
        help_uri: rule.cites.first().map(crate::report::Cite::url),
        default_configuration: Configuration { level: level(rule.severity) },
        properties: Properties { tags: tags(rule.id) },
    }
}

fn of_reason(reason: Reason) -> Descriptor {
    let id = rule_of(reason);
    let text = "A question got no answer, so nothing is known: this is neither a fault nor a clean bill of health.";
    Descriptor {
        short_description: Text { text: format!("Could not tell: {}", reason.as_str()) },
        full_description: Text { text: text.to_owned() },
        help: Help { text: text.to_owned(), markdown: text.to_owned() },
        help_uri: None,
        default_configuration: Configuration { level: "none" },
        properties: Properties { tags: tags(&id) },
        id,
    }
}

fn tags(id: &str) -> Vec<String> {
    let family = id.split('-').next().unwrap_or(id);
    vec!["mail".to_owned(), family.to_owned()]
}
