//! What was learned of a domain's DKIM keys, and how people read it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::table::{Column, Headline, Row, Section, Table, Tabulate};

/// What was learned of a domain's DKIM keys.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The selectors that were named, and of the guessed ones those with a record.
    pub keys: Vec<KeyRow>,
    /// How many selectors were guessed.
    pub guessed: usize,
    /// How many of the selectors asked have a record.
    pub found: usize,
    /// The providers that the domain's MX and SPF records name.
    pub providers: Vec<ProviderRow>,
    /// Whether every selector has a record.
    pub wildcard: Option<bool>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// One selector.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeyRow {
    /// The selector.
    pub selector: String,
    /// The name its record stands at.
    pub name: String,
    /// What stands there.
    pub outcome: KeyOutcome,
    /// The type of the key: rsa, ed25519 or what the record says.
    #[serde(rename = "type")]
    pub key_type: Option<String>,
    /// The length of the key in bits.
    pub bits: Option<usize>,
    /// The record as received.
    pub record: Option<String>,
    /// The name the selector is an alias for.
    pub alias: Option<String>,
}

/// What stands at a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyOutcome {
    /// A key that verifiers use.
    Usable,
    /// A key that is marked as a test.
    Testing,
    /// A key that is shorter than it should be.
    Weak,
    /// A revoked key.
    Revoked,
    /// A record that verifiers cannot use.
    Unusable,
    /// Several records.
    Several,
    /// Nothing.
    Absent,
    /// The question got no answer.
    Unknown,
}

impl KeyOutcome {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyOutcome::Usable => "usable",
            KeyOutcome::Testing => "testing",
            KeyOutcome::Weak => "weak",
            KeyOutcome::Revoked => "revoked",
            KeyOutcome::Unusable => "unusable",
            KeyOutcome::Several => "several",
            KeyOutcome::Absent => "absent",
            KeyOutcome::Unknown => "unknown",
        }
    }

    /// Whether a record stands there.
    pub fn is_found(self) -> bool {
        !matches!(self, KeyOutcome::Absent | KeyOutcome::Unknown)
    }
}

/// A provider that signs for the domain, or may.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProviderRow {
    /// Its name.
    pub name: String,
    /// Whether it also uses selectors that nobody can guess.
    pub random_selectors: bool,
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let remark = match self.guessed {
            0 => String::new(),
            guessed => format!("{} of {guessed} guessed selectors found", self.found),
        };
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, _: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.keys.is_empty() {
            let columns = vec![
                Column::words("Selector"),
                Column::words("Key"),
                Column::numbers("Bits"),
                Column::words("Outcome"),
                Column::words("Alias for"),
            ];
            let rows = self.keys.iter().map(|key| {
                let cells = vec![
                    key.selector.clone(),
                    key.key_type.clone().unwrap_or_default(),
                    key.bits.map(|bits| bits.to_string()).unwrap_or_default(),
                    key.outcome.as_str().to_owned(),
                    key.alias.clone().unwrap_or_default(),
                ];
                Row { cells, notes: key.record.iter().map(|record| format!("\"{record}\"")).collect() }
            });
            sections.push(Section::Table(Table { title: None, columns, rows: rows.collect() }));
        }
        if self.guessed > 0 && !self.providers.is_empty() {
            let names = self.providers.iter().map(|provider| match provider.random_selectors {
                true => format!("{} (its selectors cannot all be guessed)", provider.name),
                false => provider.name.clone(),
            });
            let names: Vec<String> = names.collect();
            sections.push(Section::Line(format!("MX and SPF name {}", names.join(", "))));
        }
        sections
    }
}
