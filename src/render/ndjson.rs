//! One JSON object a line, as each check finishes.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::escape::escaped;
use super::json::{FindingSchema, UnclearSchema};
use super::{Renderer, SCHEMA, TargetInfo};
use crate::report::{CheckReport, Facts, Finding, Unclear, Verdict, millis};

/// The line as it is serialised.
#[derive(Serialize)]
struct Row<'a> {
    schema: u32,
    input: &'a str,
    kind: &'a str,
    check: &'a str,
    subject: &'a str,
    verdict: Verdict,
    duration_ms: u64,
    facts: &'a Option<Box<dyn Facts>>,
    findings: &'a [Finding],
    unclear: &'a [Unclear],
    number: u64,
    subjects: u64,
    surface: Option<&'a dyn Facts>,
}

/// The line, for its schema.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "spamcheck line, version 1")]
pub struct Line<F> {
    schema: u32,
    input: String,
    kind: String,
    check: String,
    subject: String,
    verdict: Verdict,
    duration_ms: u64,
    facts: Option<F>,
    findings: Vec<FindingSchema>,
    unclear: Vec<UnclearSchema>,
    /// The target's place in the input, from 1.
    number: u64,
    /// How many lines this target has.
    subjects: u64,
    /// What the target shows of itself, if that was looked for; in one of its lines.
    surface: Option<F>,
}

/// The renderer.
#[derive(Default)]
pub(super) struct Ndjson {
    line: Vec<u8>,
}

impl Renderer for Ndjson {
    fn is_document(&self) -> bool {
        false
    }

    fn check(&mut self, output: &mut dyn Write, target: &TargetInfo<'_>, report: &CheckReport) -> io::Result<()> {
        self.line.clear();
        let row = Row {
            schema: SCHEMA,
            input: target.input,
            kind: target.kind,
            check: report.check,
            subject: &report.subject,
            verdict: report.verdict(),
            duration_ms: millis(report.duration),
            facts: &report.facts,
            findings: &report.findings,
            unclear: &report.unclear,
            number: target.number,
            subjects: target.subjects,
            surface: target.surface.as_deref(),
        };
        serde_json::to_writer(&mut self.line, &row)?;
        self.line.push(b'\n');
        output.write_all(&escaped(&self.line))
    }
}
