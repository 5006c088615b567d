//! One JSON document, streamed: the summary comes last.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::escape::escaped;
use super::{End, Head, Renderer, SCHEMA, TargetReport};
use crate::catalogue;
use crate::report::{CheckReport, Evidence, Facts, Reason, ResolverFacts, Severity, Summary, Verdict, millis};

/// The document, for its schema: it is written piece by piece.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "spamcheck report, version 1")]
pub struct Document<F> {
    schema: u32,
    tool: Tool,
    /// When the run started, as RFC 3339 has it.
    started: String,
    resolver: ResolverFacts,
    /// One entry an input, in input order.
    targets: Vec<TargetSchema<F>>,
    summary: Summary,
    duration_ms: u64,
}

#[derive(Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
    /// The date of the blocklist catalogue.
    catalogue: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct TargetSchema<F> {
    input: String,
    kind: String,
    verdict: Verdict,
    /// What the target shows of itself, if that was looked for: where a domain receives and sends.
    surface: Option<F>,
    /// One entry a subject: host, address, name.
    checks: Vec<CheckSchema<F>>,
}

/// A check's report as it is serialised.
#[derive(Serialize, JsonSchema)]
pub(super) struct CheckSchema<F> {
    check: String,
    subject: String,
    verdict: Verdict,
    duration_ms: u64,
    facts: Option<F>,
    findings: Vec<FindingSchema>,
    unclear: Vec<UnclearSchema>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct FindingSchema {
    id: String,
    severity: Severity,
    subject: String,
    /// What tells it from another finding of this rule on this subject.
    about: Option<String>,
    detail: String,
    cites: Vec<String>,
    remedy: String,
    evidence: Vec<Evidence>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct UnclearSchema {
    reason: Reason,
    subject: String,
    detail: String,
    decisive: bool,
    /// The DNS server that was asked; null if the question went to somebody else.
    server: Option<String>,
}

/// The renderer.
#[derive(Default)]
pub(super) struct Json {
    any: bool,
}

impl Renderer for Json {
    fn is_document(&self) -> bool {
        true
    }

    fn begin(&mut self, output: &mut dyn Write, head: &Head) -> io::Result<()> {
        let tool = Tool { name: "spamcheck", version: env!("CARGO_PKG_VERSION"), catalogue: catalogue::VERSION };
        write!(output, "{{\"schema\":{SCHEMA},\"tool\":")?;
        serde_json::to_writer(&mut *output, &tool)?;
        write!(output, ",\"started\":\"{:.3}\",\"targets\":[", head.started)
    }

    fn target(&mut self, output: &mut dyn Write, target: TargetReport) -> io::Result<()> {
        if std::mem::replace(&mut self.any, true) {
            output.write_all(b",")?;
        }
        let row = TargetRow {
            input: &target.input,
            kind: target.kind,
            verdict: target.verdict(),
            surface: target.surface.as_deref(),
            checks: &target.checks,
        };
        output.write_all(&escaped(&serde_json::to_vec(&row)?))
    }

    fn end(&mut self, output: &mut dyn Write, end: &End) -> io::Result<()> {
        // By the end of the run the resolver has told all it will of itself.
        output.write_all(b"],\"resolver\":")?;
        serde_json::to_writer(&mut *output, &end.resolver)?;
        output.write_all(b",\"summary\":")?;
        serde_json::to_writer(&mut *output, &end.summary)?;
        writeln!(output, ",\"duration_ms\":{}}}", millis(end.duration))
    }
}

/// A target as it is serialised: its verdict stands in front of its checks.
#[derive(Serialize)]
struct TargetRow<'a> {
    input: &'a str,
    kind: &'a str,
    verdict: Verdict,
    surface: Option<&'a dyn Facts>,
    checks: &'a [CheckReport],
}
