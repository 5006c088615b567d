//! Findings and open questions.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::{Rule, Severity, clean};

/// Something that a rule recognised in the facts.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that recognised it.
    pub rule: &'static Rule,
    /// How bad it is: as bad as the rule says, or less where it is told beside weightier things.
    pub severity: Severity,
    /// The address, name or list it is about.
    pub subject: String,
    /// The case at hand: numbers with their limits.
    pub detail: String,
    /// What to do in this case, if the rule's general remedy can be made more exact.
    pub remedy: Option<String>,
    /// What was received, as it was received.
    pub evidence: Vec<Evidence>,
}

impl Finding {
    /// A finding without detail or evidence yet.
    pub fn new(rule: &'static Rule, subject: impl ToString) -> Self {
        let (severity, subject, detail) = (rule.severity, subject.to_string(), String::new());
        Finding { rule, severity, subject, detail, remedy: None, evidence: Vec::new() }
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

    /// Adds a piece of evidence.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// What to do.
    pub fn remedy_text(&self) -> &str {
        self.remedy.as_deref().unwrap_or(self.rule.remedy)
    }

    /// The order of findings in every output: severity, id, subject.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (self.severity, self.rule.id, &self.subject).cmp(&(other.severity, other.rule.id, &other.subject))
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 7)?;
        object.serialize_field("id", self.rule.id)?;
        object.serialize_field("severity", &self.severity)?;
        object.serialize_field("subject", &self.subject)?;
        object.serialize_field("detail", &self.detail)?;
        object.serialize_field("cites", self.rule.cites)?;
        object.serialize_field("remedy", self.remedy_text())?;
        object.serialize_field("evidence", &self.evidence)?;
        object.end()
    }
}

/// What was received or measured.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Evidence {
    /// A DNS record.
    Record {
        /// Its owner.
        name: String,
        /// Its type, for example `A`.
        rtype: String,
        /// Its time to live.
        ttl_s: u32,
        /// Its data in presentation form, control characters stripped.
        data: String,
    },
    /// What a server said.
    Reply {
        /// The server.
        server: String,
        /// Its words, control characters stripped.
        text: String,
    },
    /// A certificate.
    Certificate {
        /// The server that showed it.
        server: String,
        /// Whose it is, as RFC 4514 writes names.
        subject: String,
        /// The SHA-256 of the whole certificate, in hex.
        sha256: String,
    },
    /// A field of a message.
    Field {
        /// Its name.
        name: String,
        /// Its value, control characters stripped.
        value: String,
    },
    /// A number.
    Measure {
        /// What was measured.
        name: String,
        /// The value.
        value: f64,
        /// Its unit, for example `points`.
        unit: String,
    },
}

/// A question that got no answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Unclear {
    /// The kind of silence.
    pub reason: Reason,
    /// Whom or what was asked about.
    pub subject: String,
    /// The words of whoever would not say.
    pub detail: String,
    /// Whether the answer could have changed the verdict.
    pub decisive: bool,
}

impl Unclear {
    /// An open question that could change the verdict.
    pub fn decisive(reason: Reason, subject: impl ToString, detail: impl AsRef<str>) -> Self {
        Unclear { reason, subject: subject.to_string(), detail: clean(detail.as_ref()), decisive: true }
    }

    /// An open question that could not change the verdict.
    pub fn harmless(reason: Reason, subject: impl ToString, detail: impl AsRef<str>) -> Self {
        Unclear { decisive: false, ..Unclear::decisive(reason, subject, detail) }
    }
}

/// Why a question got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
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
