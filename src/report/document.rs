//! A result as it is stored, version 1: what documents and lines hold, and what is read back from them.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CheckReport, Evidence, Facts, ResolverFacts, Severity, Summary, Unclear, Verdict, millis};

/// The version.
pub const VERSION: u32 = 1;

/// A whole run. It is written piece by piece: the beginning, its targets, the end.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "spamcheck report, version 1")]
pub struct Document<'a, F> {
    /// What is known before the first result.
    #[serde(flatten)]
    pub beginning: Beginning<'a>,
    /// One entry an input, in input order.
    pub targets: Vec<Target<'a, F>>,
    /// What is known after the last one.
    #[serde(flatten)]
    pub end: End,
}

/// What a document says before its first target.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Beginning<'a> {
    /// The version of the document.
    pub schema: u32,
    /// Who wrote it.
    pub tool: Tool<'a>,
    /// When the run started, as RFC 3339 has it.
    pub started: Cow<'a, str>,
}

/// The program that wrote a document.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Tool<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its version.
    pub version: Cow<'a, str>,
    /// The date of the blocklist catalogue.
    pub catalogue: Cow<'a, str>,
}

/// What a document says after its last target.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct End {
    /// What the resolver told of itself by the end of the run.
    pub resolver: ResolverFacts,
    /// How many checks ended how.
    pub summary: Summary,
    /// Whether a signal ended the run: what is not among the targets was not tested.
    #[serde(default)]
    pub interrupted: bool,
    /// How long the run took.
    pub duration_ms: u64,
}

/// One input with its results.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Target<'a, F> {
    /// The input as given.
    pub input: Cow<'a, str>,
    /// Its kind in one word.
    pub kind: Cow<'a, str>,
    /// The worst verdict of its checks.
    pub verdict: Verdict,
    /// What the target shows of itself, if that was looked for: where a domain receives and sends.
    pub surface: Option<F>,
    /// One entry a subject: host, address, name.
    pub checks: Vec<Check<'a, F>>,
}

/// A line: one result with the input it belongs to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "spamcheck line, version 1")]
pub struct Line<'a, F> {
    /// The version of the line.
    pub schema: u32,
    /// The input as given.
    pub input: Cow<'a, str>,
    /// Its kind in one word.
    pub kind: Cow<'a, str>,
    /// The result.
    #[serde(flatten)]
    pub check: Check<'a, F>,
    /// The target's place in the input, from 1.
    pub number: u64,
    /// How many lines this target has.
    pub subjects: u64,
    /// What the target shows of itself, if that was looked for; in one of its lines.
    pub surface: Option<F>,
}

/// The result of one check about one subject.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Check<'a, F> {
    /// The check's name.
    pub check: Cow<'a, str>,
    /// What was tested: an address, a name, a mailbox.
    pub subject: Cow<'a, str>,
    /// The judgement.
    pub verdict: Verdict,
    /// Why it is that, in one line; null if nothing could be learned, for then what is unclear says it.
    pub reason: Option<String>,
    /// How long the check took.
    pub duration_ms: u64,
    /// What was learned; null if nothing could be.
    pub facts: Option<F>,
    /// By severity, id and subject.
    pub findings: Vec<Finding<'a>>,
    /// What could not be told.
    pub unclear: Vec<Cow<'a, Unclear>>,
}

/// Something that a rule recognised.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Finding<'a> {
    /// The rule's id.
    pub id: Cow<'a, str>,
    /// How bad it is.
    pub severity: Severity,
    /// The address, name or list it is about.
    pub subject: Cow<'a, str>,
    /// What tells it from another finding of this rule on this subject.
    pub about: Option<Cow<'a, str>>,
    /// The case at hand: numbers with their limits.
    pub detail: Cow<'a, str>,
    /// Where it is written.
    pub cites: Vec<String>,
    /// What to do.
    pub remedy: Cow<'a, str>,
    /// Whether that is an act, and not to wait or to leave it alone; older results do not say.
    pub wants_action: Option<bool>,
    /// What was received, as it was received.
    pub evidence: Cow<'a, [Evidence]>,
}

impl<'a> Check<'a, &'a dyn Facts> {
    /// The result as it is stored.
    pub fn of(report: &'a CheckReport) -> Self {
        Check {
            check: report.check.into(),
            subject: report.subject.as_str().into(),
            verdict: report.verdict(),
            reason: report.facts.as_ref().map(|_| report.reason()),
            duration_ms: millis(report.duration),
            facts: report.facts.as_deref(),
            findings: report.findings.iter().map(Finding::of).collect(),
            unclear: report.unclear.iter().map(Cow::Borrowed).collect(),
        }
    }
}

impl<'a> Finding<'a> {
    fn of(finding: &'a super::Finding) -> Self {
        Finding {
            id: finding.rule.id.into(),
            severity: finding.severity,
            subject: finding.subject.as_str().into(),
            about: finding.about.as_deref().map(Cow::Borrowed),
            detail: finding.detail.as_str().into(),
            cites: finding.rule.cites.iter().map(ToString::to_string).collect(),
            remedy: finding.remedy_text().into(),
            wants_action: Some(finding.wants_action()),
            evidence: finding.evidence.as_slice().into(),
        }
    }
}
