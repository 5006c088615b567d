//! Findings and open questions.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Evidence, Proof, Remedy, ResolverFacts, Rule, Severity, clean, document};

/// Something that a rule recognised in the facts. Within one check, rule, subject and `about` tell it from every other.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that recognised it.
    pub rule: &'static Rule,
    /// How bad it is: as bad as the rule says, or less where it is told beside weightier things.
    pub severity: Severity,
    /// The address, name or list it is about.
    pub subject: String,
    /// What tells it from another finding of this rule on this subject: a list's id, a selector, a term, a tag.
    pub about: Option<String>,
    /// The case at hand: numbers with their limits.
    pub detail: String,
    /// What to do in this case, if the rule's general remedy can be made more exact.
    pub remedy: Option<String>,
    /// The same step by step, if there are several.
    pub steps: Vec<String>,
    /// Whether that is to do nothing.
    is_at_rest: bool,
    /// What was received, as it was received; one piece at least.
    pub evidence: Vec<Evidence>,
    /// How much it counts among findings of its rule on its subject.
    weight: i32,
}

impl Finding {
    /// A finding with what proves it, without detail yet.
    pub fn new(rule: &'static Rule, subject: impl ToString, proof: impl Into<Proof>) -> Self {
        let Proof(evidence) = proof.into();
        Finding {
            rule,
            severity: rule.severity,
            subject: subject.to_string(),
            about: None,
            detail: String::new(),
            remedy: None,
            steps: Vec::new(),
            is_at_rest: false,
            evidence,
            weight: 0,
        }
    }

    /// A finding of an earlier run.
    pub fn stored(rule: &'static Rule, stored: document::Finding<'_>) -> Self {
        let is_general = stored.remedy == rule.remedy.text();
        Finding {
            rule,
            severity: stored.severity,
            subject: stored.subject.into_owned(),
            about: stored.about.map(Cow::into_owned),
            detail: stored.detail.into_owned(),
            remedy: (!is_general).then(|| stored.remedy.into_owned()),
            steps: Vec::new(),
            is_at_rest: stored.wants_action == Some(false),
            evidence: stored.evidence.into_owned(),
            weight: 0,
        }
    }

    /// Says what tells it from another finding of this rule on this subject.
    #[must_use]
    pub fn about(mut self, about: impl ToString) -> Self {
        self.about = Some(clean(&about.to_string()));
        self
    }

    /// Says how much it counts among findings of its rule on its subject: the heaviest stands first.
    #[must_use]
    pub fn weighing(self, weight: i32) -> Self {
        Finding { weight, ..self }
    }

    /// Adds the case at hand.
    #[must_use]
    pub fn detail(mut self, detail: impl AsRef<str>) -> Self {
        self.detail = clean(detail.as_ref());
        self
    }

    /// Replaces the rule's general remedy by an exact one.
    #[must_use]
    pub fn remedy(mut self, remedy: impl AsRef<str>) -> Self {
        self.remedy = Some(clean(remedy.as_ref()));
        self
    }

    /// Replaces the rule's general remedy by exact steps, in their order; none leaves it.
    #[must_use]
    pub fn steps(mut self, steps: Vec<String>) -> Self {
        if steps.is_empty() {
            return self;
        }
        self.steps = steps.iter().map(|step| clean(step)).collect();
        Finding { remedy: Some(self.steps.join(" ")), ..self }
    }

    /// Replaces the rule's general remedy by the reason to do nothing in this case.
    #[must_use]
    pub fn nothing_to_do(self, why: impl AsRef<str>) -> Self {
        Finding { is_at_rest: true, ..self.remedy(why) }
    }

    /// Adds to the evidence.
    #[must_use]
    pub fn evidence(self, more: impl Into<Proof>) -> Self {
        self.evidence_all(more.into())
    }

    /// Adds what there is to the evidence.
    #[must_use]
    pub fn evidence_all(mut self, more: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(more);
        self
    }

    /// What to do.
    pub fn remedy_text(&self) -> &str {
        self.remedy.as_deref().unwrap_or(self.rule.remedy.text())
    }

    /// Whether there is something to do.
    pub fn wants_action(&self) -> bool {
        match (&self.remedy, self.rule.remedy) {
            (Some(_), _) => !self.is_at_rest,
            (None, remedy) => matches!(remedy, Remedy::Act(_)),
        }
    }

    /// The order of findings in every output: severity, id, subject, the heaviest first, and what tells them apart.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let key = |finding: &Self| (finding.severity, finding.rule.id);
        let by_subject = || self.subject.cmp(&other.subject);
        let by_weight = || Reverse(self.weight).cmp(&Reverse(other.weight));
        key(self).cmp(&key(other)).then_with(by_subject).then_with(by_weight).then_with(|| self.about.cmp(&other.about))
    }
}

/// A question that got no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unclear {
    /// The kind of silence.
    pub reason: Reason,
    /// Whom or what was asked about.
    pub subject: String,
    /// The words of whoever would not say.
    pub detail: String,
    /// Whether the answer could have changed the verdict.
    pub decisive: bool,
    /// The DNS server that was asked; null if the question went to somebody else.
    pub server: Option<String>,
}

impl Unclear {
    /// An open question that could change the verdict.
    pub fn decisive(reason: Reason, subject: impl ToString, detail: impl AsRef<str>) -> Self {
        let (subject, detail) = (subject.to_string(), clean(detail.as_ref()));
        Unclear { reason, subject, detail, decisive: true, server: None }
    }

    /// An open question that could not change the verdict.
    pub fn harmless(reason: Reason, subject: impl ToString, detail: impl AsRef<str>) -> Self {
        Unclear { decisive: false, ..Unclear::decisive(reason, subject, detail) }
    }

    /// Says which DNS server was asked.
    #[must_use]
    pub fn by(mut self, server: impl AsRef<str>) -> Self {
        self.server = Some(clean(server.as_ref()));
        self
    }

    /// Whether a DNS server said nothing at all to it.
    pub fn is_silence(&self) -> bool {
        self.server.is_some() && matches!(self.reason, Reason::Timeout | Reason::Unreachable)
    }

    /// Whether it stayed open because none of the resolvers answers anything.
    pub fn lacks_resolver(&self, resolver: &ResolverFacts) -> bool {
        let is_resolver = self.server.as_ref().is_some_and(|server| resolver.servers.contains(server));
        resolver.silence.is_some() && self.is_silence() && is_resolver
    }
}

/// Why a question got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No answer in time.
    Timeout,
    /// The server answered SERVFAIL.
    Servfail,
    /// The server refused to say.
    Refused,
    /// The server could not be reached.
    Unreachable,
    /// The answer could not be read.
    Malformed,
    /// DNSSEC validation failed.
    Bogus,
    /// The list does not exist any more.
    Dead,
    /// The list answers for everything.
    Wildcard,
    /// The answer is not one a list gives.
    ForeignAnswer,
    /// The list did not answer its own test entry.
    Unproven,
    /// Too few answers to judge.
    TooFewAnswers,
    /// Only guesses could be made, and none of them hit.
    Guessed,
    /// The connection was closed before the end.
    Closed,
    /// A mail server would not go on, with its words.
    Rejected,
    /// A mail server asked to come back later, and that time has not come.
    Deferred,
    /// Consent or courtesy keeps this program from asking.
    NotAuthorized,
    /// The answer took more questions or time than one question may cost.
    Budget,
    /// The run's time was over.
    Deadline,
    /// The question does not fit the target.
    NotApplicable,
    /// This program cannot tell, although the question was answered.
    Unsupported,
    /// The input could not be read.
    Input,
    /// An error in this program.
    Bug,
}

impl Reason {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Timeout => "timeout",
            Reason::Servfail => "servfail",
            Reason::Refused => "refused",
            Reason::Unreachable => "unreachable",
            Reason::Malformed => "malformed",
            Reason::Bogus => "bogus",
            Reason::Dead => "dead",
            Reason::Wildcard => "wildcard",
            Reason::ForeignAnswer => "foreign-answer",
            Reason::Unproven => "unproven",
            Reason::TooFewAnswers => "too-few-answers",
            Reason::Guessed => "guessed",
            Reason::Closed => "closed",
            Reason::Rejected => "rejected",
            Reason::Deferred => "deferred",
            Reason::NotAuthorized => "not-authorized",
            Reason::Budget => "budget",
            Reason::Deadline => "deadline",
            Reason::NotApplicable => "not-applicable",
            Reason::Unsupported => "unsupported",
            Reason::Input => "input",
            Reason::Bug => "bug",
        }
    }
}
