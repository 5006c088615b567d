//! One JSON document, streamed: the summary comes last.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::escape::escaped;
use super::{End, Head, Renderer, SCHEMA, TargetInfo};
use crate::catalogue;
use crate::report::{CheckReport, Evidence, Reason, ResolverFacts, Severity, Summary, Verdict, millis};

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
    targets: Vec<TargetReport<F>>,
    /// Whether a signal ended the run: what is not among the targets was not tested.
    interrupted: bool,
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
struct TargetReport<F> {
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
}

/// The renderer.
#[derive(Default)]
pub(super) struct Json {
    open: Option<OpenTarget>,
    any: bool,
}

/// A target whose checks are still coming: its verdict stands in front of them.
struct OpenTarget {
    number: u64,
    input: String,
    kind: &'static str,
    surface: Vec<u8>,
    verdicts: Vec<Verdict>,
    checks: Vec<u8>,
}

impl Renderer for Json {
    fn is_ordered(&self) -> bool {
        true
    }

    fn start(&mut self, output: &mut dyn Write, head: &Head) -> io::Result<()> {
        let tool = Tool { name: "spamcheck", version: env!("CARGO_PKG_VERSION"), catalogue: catalogue::VERSION };
        write!(output, "{{\"schema\":{SCHEMA},\"tool\":")?;
        serde_json::to_writer(&mut *output, &tool)?;
        write!(output, ",\"started\":\"{:.3}\",\"targets\":[", head.started)
    }

    fn check(&mut self, output: &mut dyn Write, target: &TargetInfo<'_>, report: &CheckReport) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|open| open.number != target.number) {
            self.close(output)?;
        }
        let open = match &mut self.open {
            Some(open) => open,
            closed => closed.insert(OpenTarget {
                number: target.number,
                input: target.input.to_owned(),
                kind: target.kind,
                surface: serde_json::to_vec(&target.surface)?,
                verdicts: Vec::new(),
                checks: Vec::new(),
            }),
        };
        if !open.checks.is_empty() {
            open.checks.push(b',');
        }
        open.verdicts.push(report.verdict());
        serde_json::to_writer(&mut open.checks, report).map_err(io::Error::from)
    }

    fn finish(&mut self, output: &mut dyn Write, end: &End) -> io::Result<()> {
        self.close(output)?;
        // By the end of the run the resolver has told all it will of itself.
        output.write_all(b"],\"resolver\":")?;
        serde_json::to_writer(&mut *output, &end.resolver)?;
        write!(output, ",\"interrupted\":{},\"summary\":", end.interrupted)?;
        serde_json::to_writer(&mut *output, &end.summary)?;
        writeln!(output, ",\"duration_ms\":{}}}", millis(end.duration))
    }
}

impl Json {
    fn close(&mut self, output: &mut dyn Write) -> io::Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        if std::mem::replace(&mut self.any, true) {
            output.write_all(b",")?;
        }
        output.write_all(b"{\"input\":")?;
        output.write_all(&escaped(&serde_json::to_vec(&open.input)?))?;
        write!(output, ",\"kind\":\"{}\",\"verdict\":", open.kind)?;
        serde_json::to_writer(&mut *output, &Verdict::worst(open.verdicts.into_iter()))?;
        output.write_all(b",\"surface\":")?;
        output.write_all(&open.surface)?;
        output.write_all(b",\"checks\":[")?;
        output.write_all(&escaped(&open.checks))?;
        output.write_all(b"]}")
    }
}
