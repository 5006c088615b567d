//! What was learned of a domain's DKIM keys, and how people read it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::checks::dmarc::AlignmentMode;
use crate::report::Severity;
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate, count};

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
    /// The message that was judged; null without one.
    pub message: Option<MessageFacts>,
    /// The signatures of the message that were judged, from the top.
    pub signatures: Vec<SignatureRow>,
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
    /// How bad it is.
    fn severity(self) -> Option<Severity> {
        match self {
            KeyOutcome::Revoked | KeyOutcome::Unusable | KeyOutcome::Several | KeyOutcome::Absent => {
                Some(Severity::Error)
            }
            KeyOutcome::Testing | KeyOutcome::Weak => Some(Severity::Warning),
            KeyOutcome::Usable | KeyOutcome::Unknown => None,
        }
    }

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

/// A message.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MessageFacts {
    /// The domain in From, if it is one.
    pub from: Option<String>,
    /// Its size on its way, in octets.
    pub octets: usize,
    /// The time by which signatures are judged, RFC 3339: when the message was received, or now.
    pub judged_at: Option<String>,
    /// How DMARC compares signers with it; null without a DMARC record, or if that is not known.
    pub alignment: Option<AlignmentMode>,
    /// How many DKIM-Signature fields it has.
    pub signatures: usize,
}

/// One signature.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignatureRow {
    /// `d`: who signs.
    pub domain: Option<String>,
    /// `s`: the selector of the key.
    pub selector: Option<String>,
    /// `a`.
    pub algorithm: Option<String>,
    /// `c`, both halves.
    pub canonicalization: Option<String>,
    /// `i`: for whom it is signed.
    pub identity: Option<String>,
    /// `h`: the signed fields.
    pub signed_headers: Vec<String>,
    /// `l`: the octets of the body that are signed; null if all are.
    pub body_length: Option<u64>,
    /// `t`, RFC 3339.
    pub signed_at: Option<String>,
    /// `x`, RFC 3339.
    pub expires_at: Option<String>,
    /// The name of its key.
    pub key: Option<String>,
    /// What came of it.
    pub result: SignatureResult,
    /// Why.
    pub why: String,
    /// Whether DMARC counts it as the author's, by the author's record and the tree walk (RFC 9989 §4.4.1); null if
    /// the author or the record is not known.
    pub aligned: Option<bool>,
}

/// What came of a signature, in the words of RFC 8601 §2.7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureResult {
    /// It verifies.
    Pass,
    /// It does not verify.
    Fail,
    /// It must not be accepted although it may be genuine.
    Policy,
    /// It cannot be processed.
    Neutral,
    /// It can never be verified.
    Permerror,
    /// Its key could not be fetched.
    Temperror,
}

impl SignatureResult {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            SignatureResult::Pass => "pass",
            SignatureResult::Fail => "fail",
            SignatureResult::Policy => "policy",
            SignatureResult::Neutral => "neutral",
            SignatureResult::Permerror => "permerror",
            SignatureResult::Temperror => "temperror",
        }
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
        let good = self.signatures.iter().filter(|row| row.result == SignatureResult::Pass).count();
        let remark = match (&self.message, self.guessed) {
            (Some(_), _) => format!("{good} of {} good", count(self.signatures.len(), "signature")),
            (None, 0) => String::new(),
            (None, guessed) => format!("{} of {guessed} guessed selectors found", self.found),
        };
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.signatures.is_empty() {
            sections.push(Section::Table(signatures(&self.signatures)));
        }
        if !self.keys.is_empty() {
            let columns = vec![
                Column::words("Selector"),
                Column::words("Key"),
                Column::numbers("Bits"),
                Column::words("Outcome"),
                Column::words("Alias for"),
            ];
            let rows = self.keys.iter().map(|key| {
                // Signers may use the same selector.
                let selector = if self.message.is_some() { &key.name } else { &key.selector };
                let cells = [
                    selector.clone().into(),
                    key.key_type.clone().unwrap_or_default().into(),
                    key.bits.map(|bits| bits.to_string()).unwrap_or_default().into(),
                    Cell::marked(key.outcome.as_str(), key.outcome.severity()),
                    key.alias.clone().unwrap_or_default().into(),
                ];
                // The key of a good signature is long and proves itself.
                let is_shown = verbose || self.message.is_none() || key.outcome != KeyOutcome::Usable;
                let record = key.record.iter().filter(|_| is_shown);
                Row::of(cells).with_notes(record.map(|record| format!("\"{record}\"")))
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

fn signatures(rows: &[SignatureRow]) -> Table {
    let columns = vec![
        Column::words("Signed by"),
        Column::words("Selector"),
        Column::words("Algorithm"),
        Column::words("Form"),
        Column::words("Aligned"),
        Column::words("Result"),
    ];
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let row = |row: &SignatureRow| {
        let aligned = match row.aligned {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        let cells = vec![
            text(&row.domain),
            text(&row.selector),
            text(&row.algorithm),
            text(&row.canonicalization),
            aligned.to_owned(),
            row.result.as_str().to_owned(),
        ];
        // One signature's fault is the verdict's reason.
        let notes = match row.result {
            SignatureResult::Pass => Vec::new(),
            _ if rows.len() == 1 => Vec::new(),
            _ => vec![row.why.clone()],
        };
        Row::of(cells).with_notes(notes)
    };
    Table { title: None, columns, rows: rows.iter().map(row).collect() }
}
