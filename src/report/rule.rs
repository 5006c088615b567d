//! Rules: what a finding means, why it matters and what to do, written once.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// A rule: the stable id of a kind of finding, with its reason and its remedy.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable id, for example `dnsbl-listed`.
    pub id: &'static str,
    /// The fault in a few words, without the subject.
    pub title: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is written.
    pub cites: &'static [Cite],
    /// Why it matters to the administrator.
    pub why: &'static str,
    /// What to do about it today.
    pub remedy: Remedy,
}

/// What to do about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// An act that the administrator can do today.
    Act(&'static str),
    /// Nothing, and when that would change.
    Nothing(&'static str),
}

impl Remedy {
    /// The remedy in a sentence.
    pub fn text(self) -> &'static str {
        match self {
            Remedy::Act(text) | Remedy::Nothing(text) => text,
        }
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Mail is refused or lost because of it.
    Error,
    /// Some receivers mind.
    Warning,
    /// Worth knowing; changes no verdict.
    Note,
}

impl Severity {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A place in an RFC.
#[derive(Debug, PartialEq, Eq)]
pub struct Cite {
    /// The RFC's number.
    pub rfc: u16,
    /// The section, for example `2.3`.
    pub section: &'static str,
}

impl Cite {
    /// Where to read it.
    pub fn url(&self) -> String {
        format!("https://www.rfc-editor.org/rfc/rfc{}#section-{}", self.rfc, self.section)
    }
}

impl fmt::Display for Cite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RFC {} §{}", self.rfc, self.section)
    }
}

impl Serialize for Cite {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
