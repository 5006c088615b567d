//! What a run has to say, apart from how it is shown: findings, open questions, verdicts.

pub mod document;
mod evidence;
mod facts;
mod finding;
mod identity;
mod rule;
pub mod table;
mod text;
mod verdict;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use evidence::{Evidence, Proof};
pub use facts::{Facts, StoredFacts};
pub use finding::{Finding, Reason, Unclear};
pub use identity::Identity;
pub use rule::{Cite, Remedy, Rule, Severity};
pub use text::{clean, clean_bytes, clean_lines, is_deceptive};
pub use verdict::{Exit, FailOn, Summary, UnclearPolicy, Verdict};

/// What a check learned about its subject.
#[derive(Debug)]
pub struct Outcome<F> {
    /// The facts, whatever they mean.
    pub facts: F,
    /// What the facts mean for the administrator.
    pub findings: Vec<Finding>,
    /// What could not be told.
    pub unclear: Vec<Unclear>,
}

impl<F> Outcome<F> {
    /// The same where it must not weigh: findings are notes, and what could not be told decides nothing. What does
    /// not apply stays skipped.
    #[must_use]
    pub fn as_notes(mut self) -> Self {
        self.findings.iter_mut().for_each(|finding| finding.severity = Severity::Note);
        let open = self.unclear.iter_mut().filter(|open| open.reason != Reason::NotApplicable);
        open.for_each(|open| open.decisive = false);
        self
    }
}

impl<F: Facts + 'static> Outcome<F> {
    /// The same for those that know no check.
    pub fn boxed(self) -> Outcome<Box<dyn Facts>> {
        Outcome { facts: Box::new(self.facts), findings: self.findings, unclear: self.unclear }
    }
}

/// The result of one check about one subject.
#[derive(Debug)]
pub struct CheckReport {
    /// The check's name, for example `dnsbl`.
    pub check: &'static str,
    /// What was tested: an address, a name, a mailbox.
    pub subject: String,
    /// How long it took.
    pub duration: Duration,
    /// The facts, unless nothing could be learned.
    pub facts: Option<Box<dyn Facts>>,
    /// Findings by severity, id, subject and what tells them apart.
    pub findings: Vec<Finding>,
    /// What could not be told, in the words of whoever would not say.
    pub unclear: Vec<Unclear>,
}

impl CheckReport {
    /// Builds the report of a check that ended, or that could not tell at all.
    pub fn new(
        check: &'static str,
        subject: String,
        duration: Duration,
        result: Result<Outcome<Box<dyn Facts>>, Unclear>,
    ) -> Self {
        let (facts, mut findings, unclear) = match result {
            Ok(outcome) => (Some(outcome.facts), outcome.findings, outcome.unclear),
            Err(unclear) => (None, Vec::new(), vec![unclear]),
        };
        findings.sort_by(Finding::order);
        CheckReport { check, subject, duration, facts, findings, unclear }
    }

    /// Whether it is unclear because none of the resolvers answers anything.
    pub fn lacks_resolver(&self, resolver: &ResolverFacts) -> bool {
        let lacks = |open: &Unclear| open.decisive && open.lacks_resolver(resolver);
        self.verdict() == Verdict::Unclear && self.unclear.iter().any(lacks)
    }

    /// The verdict, computed from what was found and what stayed open.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings, &self.unclear)
    }

    /// Why it has its verdict, in one line. Of a check that learned nothing that is why.
    pub fn reason(&self) -> String {
        let words = match (&self.facts, self.unclear.first()) {
            (Some(facts), _) => facts.reason(),
            // The line of an input, which nobody finds by its text alone.
            (None, Some(unclear)) if unclear.reason == Reason::Input && unclear.subject != self.subject => {
                format!("{}: {}", unclear.subject, unclear.detail)
            }
            (None, Some(unclear)) => unclear.detail.clone(),
            (None, None) => String::new(),
        };
        clean(&words)
    }

    /// What tells one of its findings from every other, in any run.
    pub fn identity(&self, finding: &Finding) -> Identity {
        Identity {
            check: self.check.to_owned(),
            rule: finding.rule.id.to_owned(),
            subject: finding.subject.clone(),
            about: finding.about.clone(),
        }
    }

    /// What the check adds to the verdict on its target and to the exit code. Alone that is its verdict. Among the
    /// other checks of a page guesses that came to nothing decide nothing: they would hide what the others found, and
    /// no change of the domain could end that.
    pub fn weight(&self, page: bool) -> Verdict {
        let verdict = self.verdict();
        let guessed = |open: &Unclear| open.decisive && open.reason == Reason::Guessed;
        if !page || verdict != Verdict::Unclear || !self.unclear.iter().any(guessed) {
            return verdict;
        }
        let warns = self.findings.iter().any(|finding| finding.severity == Severity::Warning);
        if warns { Verdict::Warn } else { Verdict::Skipped }
    }
}

/// What the resolver told of itself, once a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ResolverFacts {
    /// The resolvers in the order they are asked.
    pub servers: Vec<String>,
    /// Whether the resolver sets AD on a signed name; null when it did not tell in time.
    pub validating: Option<bool>,
    /// Whether the resolver answers for names that do not exist; null when it did not tell in time.
    pub rewrites_nxdomain: Option<bool>,
    /// Whether it is a known public resolver, whose questions many lists refuse.
    pub public: bool,
    /// What came instead if no question at all was answered when the run began; null if one was, or it is not known.
    pub silence: Option<String>,
}

/// Milliseconds as the JSON documents show them.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
