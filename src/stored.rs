//! Results of earlier runs, read again: to show them in another format, or to compare with them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::render::{Collector, End, Head, TargetInfo, TargetReport};
use crate::report::document::{self, Check, Document, Line, Tool};
use crate::report::{CheckReport, Exit, Facts, FailOn, Finding, ResolverFacts, Rule, StoredFacts, Summary};

/// What a stored result names and this program must know to understand it.
#[derive(Clone, Copy)]
pub struct Known {
    /// Finds a rule by its id.
    pub rule: fn(&str) -> Option<&'static Rule>,
    /// Finds a check by its name.
    pub check: fn(&str) -> Option<&'static str>,
}

/// A run as it was stored.
#[derive(Debug)]
pub struct Stored {
    /// When and by whom it was made. Lines do not say; the file's time and this program stand for that.
    pub head: Head,
    /// Its targets, in input order.
    pub targets: Vec<TargetReport>,
    /// What it came to. Of lines, the times of all checks together stand for that of the run.
    pub end: End,
}

impl Stored {
    /// Shows it; what it means for the exit code.
    ///
    /// # Errors
    /// Those of the outputs.
    pub fn show(self, output: &mut dyn Write, renderer: &mut Collector, fail_on: FailOn) -> io::Result<Exit> {
        let Stored { head, targets, end } = self;
        let mut exit = Exit::default();
        renderer.begin(output, &Head { fail_on, ..head })?;
        for target in targets {
            let TargetReport { number, input, kind, page, mut surface, elapsed, resolver, subjects, checks } = target;
            let malformed = kind == "malformed";
            exit.malformed |= malformed;
            exit.tested |= !malformed;
            for report in checks {
                exit.add(&report, page, fail_on);
                let resolver = resolver.clone().filter(|resolver| report.lacks_resolver(resolver));
                let (input, kind, surface) = (input.as_str(), kind.as_str(), surface.take());
                let info = TargetInfo { number, subjects, input, kind, page, surface, elapsed, resolver };
                renderer.check(output, info, report)?;
            }
        }
        renderer.end(output, &end)?;
        output.flush()?;
        Ok(exit)
    }
}

/// Reads a stored result: a JSON document, or lines.
///
/// # Errors
/// A sentence if the file cannot be read or is not such a result.
pub fn read(path: &Path, known: Known) -> Result<Stored, String> {
    let wrong = |why: String| format!("{}: {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let time = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let time = time.and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_default();
    parse(&text, time, known).map_err(wrong)
}

/// Reads the text of a stored result; `time` stands for the start of a run whose lines do not say it.
///
/// # Errors
/// A sentence if it is not such a result.
pub fn parse(text: &str, time: Timestamp, known: Known) -> Result<Stored, String> {
    // A document is one line or many; a line of ndjson names a check, which a document does not.
    let first = text.lines().find(|line| !line.trim().is_empty()).ok_or("there is no result in it")?;
    match serde_json::from_str::<Line<'_, Value>>(first) {
        Ok(_) => lines(text, time, known),
        Err(of_line) => match serde_json::from_str::<Document<'_, Value>>(text) {
            Ok(document) => whole(document, known),
            Err(of_document) => {
                let why = if text.trim_start().starts_with("{\"schema\":1,\"input\"") { of_line } else { of_document };
                Err(format!("this is not a result of spamcheck in JSON: {why}"))
            }
        },
    }
}

fn whole(document: Document<'_, Value>, known: Known) -> Result<Stored, String> {
    let Document { beginning, targets, end } = document;
    version(beginning.schema)?;
    let started = beginning.started.parse().map_err(|_| format!("\"{}\" is not a time", beginning.started))?;
    let Tool { name, version, catalogue } = beginning.tool;
    let owned = |text: Cow<'_, str>| text.into_owned().into();
    let tool = Tool { name: owned(name), version: owned(version), catalogue: owned(catalogue) };
    let targets = (1..).zip(targets).map(|(number, target)| {
        let checks: Vec<CheckReport> =
            target.checks.into_iter().map(|check| report(check, known)).collect::<Result<_, _>>()?;
        let (input, kind) = (target.input.into_owned(), target.kind.into_owned());
        Ok(of_target(number, input, kind, target.surface, checks))
    });
    let mut targets: Vec<TargetReport> = targets.collect::<Result<_, String>>()?;
    for target in &mut targets {
        let lacks = target.checks.iter().any(|report| report.lacks_resolver(&end.resolver));
        target.resolver = lacks.then(|| end.resolver.clone());
    }
    let duration = Duration::from_millis(end.duration_ms);
    let end = End { interrupted: end.interrupted, summary: end.summary, duration, resolver: end.resolver };
    Ok(Stored { head: Head { started, tool, fail_on: FailOn::Error }, targets, end })
}

fn lines(text: &str, time: Timestamp, known: Known) -> Result<Stored, String> {
    let mut targets: BTreeMap<u64, TargetReport> = BTreeMap::new();
    let mut summary = Summary::default();
    let mut duration = Duration::ZERO;
    for (number, line) in (1_u64..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let line: Line<'_, Value> =
            serde_json::from_str(line).map_err(|error| format!("line {number} is not a result: {error}"))?;
        version(line.schema)?;
        let report = report(line.check, known).map_err(|why| format!("line {number}: {why}"))?;
        summary.add(report.verdict());
        duration += report.duration;
        let target = targets.entry(line.number).or_insert_with(|| {
            of_target(line.number, line.input.into_owned(), line.kind.into_owned(), None, Vec::new())
        });
        target.page |= line.surface.is_some();
        target.surface = target.surface.take().or(line.surface.map(|facts| stored(facts, String::new())));
        target.elapsed += report.duration;
        target.checks.push(report);
    }
    let head = Head::of(time, FailOn::Error);
    let end = End { interrupted: false, summary, duration, resolver: ResolverFacts::default() };
    Ok(Stored { head, targets: targets.into_values().collect(), end })
}

fn version(schema: u32) -> Result<(), String> {
    if schema == document::VERSION {
        return Ok(());
    }
    Err(format!("it has version {schema} of the format; this program reads version {}", document::VERSION))
}

fn of_target(
    number: u64,
    input: String,
    kind: String,
    surface: Option<Value>,
    checks: Vec<CheckReport>,
) -> TargetReport {
    let elapsed = checks.iter().map(|report| report.duration).sum();
    let page = surface.is_some();
    let surface = surface.map(|facts| stored(facts, String::new()));
    TargetReport { number, input, kind, page, surface, elapsed, resolver: None, subjects: checks.len() as u64, checks }
}

fn stored(facts: Value, reason: String) -> Box<dyn Facts> {
    Box::new(StoredFacts { facts, reason })
}

fn report(check: Check<'_, Value>, known: Known) -> Result<CheckReport, String> {
    let name = (known.check)(&check.check).ok_or_else(|| format!("there is no check {:?}", check.check))?;
    let reason = check.reason.unwrap_or_default();
    let findings = check.findings.into_iter().map(|finding| {
        let rule = (known.rule)(&finding.id).ok_or_else(|| format!("there is no rule {:?}", finding.id))?;
        Ok(Finding::stored(rule, finding))
    });
    Ok(CheckReport {
        check: name,
        subject: check.subject.into_owned(),
        duration: Duration::from_millis(check.duration_ms),
        facts: check.facts.map(|facts| stored(facts, reason)),
        findings: findings.collect::<Result<_, String>>()?,
        unclear: check.unclear.into_iter().map(Cow::into_owned).collect(),
    })
}
