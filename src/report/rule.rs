//! Rules: what a finding means, why it matters and what to do, written once.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
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

/// A place in a document of the IETF.
#[derive(Debug, PartialEq, Eq)]
pub struct Cite {
    document: Document,
    section: &'static str,
}

/// A document of the IETF.
#[derive(Debug, PartialEq, Eq)]
enum Document {
    /// An RFC by its number.
    Rfc(u16),
    /// An Internet-Draft by its name with its version.
    Draft(&'static str),
}

impl Cite {
    /// A section of an RFC, for example `2.3`.
    pub const fn rfc(number: u16, section: &'static str) -> Self {
        Cite { document: Document::Rfc(number), section }
    }

    /// A section of an Internet-Draft. The name has the version at its end: sections move between versions.
    pub const fn draft(name: &'static str, section: &'static str) -> Self {
        Cite { document: Document::Draft(name), section }
    }

    /// Whether it is another section of the same document.
    pub fn shares_document(&self, other: &Cite) -> bool {
        self.document == other.document
    }

    /// The section alone, as `§2.3`.
    pub fn place(&self) -> String {
        format!("§{}", self.section)
    }

    /// Where to read it.
    pub fn url(&self) -> String {
        let section = self.section;
        match self.document {
            Document::Rfc(number) => format!("https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"),
            Document::Draft(name) => format!("https://datatracker.ietf.org/doc/html/{name}#section-{section}"),
        }
    }
}

impl fmt::Display for Cite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.document {
            Document::Rfc(number) => write!(formatter, "RFC {number} §{}", self.section),
            Document::Draft(name) => write!(formatter, "{name} §{}", self.section),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_and_found() {
        let rfc = Cite::rfc(8461, "3.1");
        assert_eq!(rfc.to_string(), "RFC 8461 §3.1");
        assert_eq!(rfc.url(), "https://www.rfc-editor.org/rfc/rfc8461#section-3.1");
        let draft = Cite::draft("draft-svg-tiny-ps-abrotman-12", "2.3");
        assert_eq!(draft.to_string(), "draft-svg-tiny-ps-abrotman-12 §2.3");
        assert_eq!(draft.url(), "https://datatracker.ietf.org/doc/html/draft-svg-tiny-ps-abrotman-12#section-2.3");
    }
}
