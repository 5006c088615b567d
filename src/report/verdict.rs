//! Verdicts, the policy of a run, and the exit code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CheckReport, Finding, Reason, Severity, Unclear};

/// The judgement on one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing to do.
    Pass,
    /// Some receivers mind.
    Warn,
    /// Mail is refused.
    Fail,
    /// A question that could change the verdict got no answer.
    Unclear,
    /// There was nothing to test.
    Skipped,
}

impl Verdict {
    /// Judges one check: an error fails, else an open question that matters makes it unclear, else a
    /// warning warns. What does not apply is skipped.
    pub fn of(findings: &[Finding], unclear: &[Unclear]) -> Verdict {
        let worst = findings.iter().map(|finding| finding.severity).min();
        if worst == Some(Severity::Error) {
            return Verdict::Fail;
        }
        let mut decisive = unclear.iter().filter(|entry| entry.decisive).peekable();
        if decisive.peek().is_some() {
            let skipped = decisive.all(|entry| entry.reason == Reason::NotApplicable);
            return if skipped { Verdict::Skipped } else { Verdict::Unclear };
        }
        if worst == Some(Severity::Warning) { Verdict::Warn } else { Verdict::Pass }
    }

    /// The verdict on a target from those on its checks: the worst of them.
    pub fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
        verdicts.max_by_key(|verdict| verdict.rank()).unwrap_or(Verdict::Skipped)
    }

    fn rank(self) -> u8 {
        match self {
            Verdict::Skipped => 0,
            Verdict::Pass => 1,
            Verdict::Warn => 2,
            Verdict::Unclear => 3,
            Verdict::Fail => 4,
        }
    }

    /// The word JSON and CSV use.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
            Verdict::Unclear => "unclear",
            Verdict::Skipped => "skipped",
        }
    }
}

/// How many checks ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Nothing to do.
    pub pass: u64,
    /// Warnings.
    pub warn: u64,
    /// Failures.
    pub fail: u64,
    /// Could not tell.
    pub unclear: u64,
    /// Nothing to test.
    pub skipped: u64,
}

impl Summary {
    /// Counts one verdict.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Pass => self.pass += 1,
            Verdict::Warn => self.warn += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::Unclear => self.unclear += 1,
            Verdict::Skipped => self.skipped += 1,
        }
    }

    /// All verdicts counted.
    pub fn total(&self) -> u64 {
        self.pass + self.warn + self.fail + self.unclear + self.skipped
    }
}

/// From which severity on a run counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Errors only.
    Error,
    /// Warnings too.
    Warning,
    /// Notes too.
    Note,
}

impl FailOn {
    /// Whether a finding of this severity fails the run.
    pub fn reached_by(self, severity: Severity) -> bool {
        match self {
            FailOn::Error => severity == Severity::Error,
            FailOn::Warning => severity <= Severity::Warning,
            FailOn::Note => true,
        }
    }
}

/// What an unclear verdict does to the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum UnclearPolicy {
    /// Exit 3.
    #[value(name = "3")]
    Three,
    /// Exit 0.
    Ok,
    /// Exit 1.
    Fail,
}

/// What decides the exit code of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exit {
    /// A finding reached `--fail-on`.
    pub failed: bool,
    /// The worst verdict.
    pub worst: Option<Verdict>,
    /// A verdict is unclear, or an input line could not be read.
    pub unclear: bool,
    /// An input line was no target.
    pub malformed: bool,
    /// There was a target.
    pub tested: bool,
    /// The run was interrupted.
    pub interrupted: bool,
    /// A check failed inside this program.
    pub bug: bool,
    /// A probe was asked for that needs a consent that was not given, or a file is not what was asked for.
    pub forbidden: bool,
}

impl Exit {
    /// Takes one result in; `page` says whether it is one of several checks of its target.
    pub fn add(&mut self, report: &CheckReport, page: bool, fail_on: FailOn) {
        self.failed |= report.findings.iter().any(|finding| fail_on.reached_by(finding.severity));
        let weight = report.weight(page);
        self.unclear |= weight == Verdict::Unclear;
        self.worst = Some(Verdict::worst(self.worst.into_iter().chain([weight])));
        self.forbidden |= report.unclear.iter().any(|unclear| unclear.reason == Reason::NotAuthorized);
        self.bug |= report.unclear.iter().any(|unclear| unclear.reason == Reason::Bug);
    }

    /// The exit code of a plugin for Nagios: 0, 1, 2 or 3 for OK, WARNING, CRITICAL and UNKNOWN.
    pub fn plugin_code(self, policy: UnclearPolicy) -> u8 {
        if self.interrupted || self.bug || self.forbidden {
            return 3;
        }
        match (self.worst, policy) {
            (Some(Verdict::Fail), _) | (Some(Verdict::Unclear), UnclearPolicy::Fail) => 2,
            (Some(Verdict::Unclear), UnclearPolicy::Three) => 3,
            (Some(Verdict::Warn), _) => 1,
            (Some(Verdict::Pass | Verdict::Skipped | Verdict::Unclear) | None, _) => 0,
        }
    }

    /// The process exit code.
    pub fn code(self, policy: UnclearPolicy) -> u8 {
        if self.interrupted {
            return 130;
        }
        if self.bug {
            return 70;
        }
        if self.forbidden {
            return 2;
        }
        if self.failed || (self.unclear && policy == UnclearPolicy::Fail) {
            return 1;
        }
        // Where no line was a target nothing was tested, whatever the user makes of what could not be told.
        let nothing = self.malformed && !self.tested;
        if nothing || (self.unclear && policy == UnclearPolicy::Three) { 3 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_silence_costs_nothing_and_decisive_silence_is_unclear() {
        let harmless = Unclear::harmless(Reason::Timeout, "a", "");
        let decisive = Unclear::decisive(Reason::Timeout, "b", "");
        assert_eq!(Verdict::of(&[], std::slice::from_ref(&harmless)), Verdict::Pass);
        assert_eq!(Verdict::of(&[], &[harmless, decisive]), Verdict::Unclear);
    }

    #[test]
    fn exit_code_follows_the_policy() {
        let unclear = Exit { unclear: true, ..Exit::default() };
        assert_eq!(unclear.code(UnclearPolicy::Three), 3);
        assert_eq!(unclear.code(UnclearPolicy::Ok), 0);
        assert_eq!(unclear.code(UnclearPolicy::Fail), 1);
        assert_eq!(Exit { failed: true, ..unclear }.code(UnclearPolicy::Ok), 1);
        let malformed = Exit { malformed: true, ..unclear };
        assert_eq!(malformed.code(UnclearPolicy::Ok), 3);
        assert_eq!(Exit { tested: true, ..malformed }.code(UnclearPolicy::Ok), 0);
    }
}
