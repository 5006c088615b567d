//! What was learned of a domain's BIMI, and how people read it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mail::bimi::Preference;
use crate::mail::dmarc_record::Policy;
use crate::net::tls::certificate::Certificate;
use crate::report::table::{Headline, Section, Tabulate};

/// What was learned of a domain's BIMI.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// The selector.
    pub selector: String,
    /// The record that counts, as received.
    pub record: Option<String>,
    /// The name it was found at.
    pub found_at: Option<String>,
    /// Whether the domain declines to show a logo.
    pub declined: bool,
    /// Whether selectors are made of senders' local-parts (`lps`).
    pub local_parts: bool,
    /// What to show of senders with a picture of their own.
    pub preference: Option<Preference>,
    /// The DMARC policy in force for the domain; null when there is none or that is not known.
    pub dmarc_policy: Option<Policy>,
    /// Whether DMARC is as BIMI demands, for the organizational domain too; null when that is not known.
    pub dmarc_suffices: Option<bool>,
    /// The logo.
    pub indicator: Option<IndicatorFacts>,
    /// The mark certificate.
    pub evidence: Option<EvidenceFacts>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// The logo.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IndicatorFacts {
    /// Its address in the record.
    pub url: String,
    /// Whether it was fetched.
    pub fetched: bool,
    /// Its octets as served; null unless it was fetched.
    pub size_bytes: Option<usize>,
    /// Its title.
    pub title: Option<String>,
    /// Its width in units of its own.
    pub width: Option<f64>,
    /// Its height.
    pub height: Option<f64>,
}

/// The mark certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EvidenceFacts {
    /// Its address in the record.
    pub url: String,
    /// Whether it was fetched.
    pub fetched: bool,
    /// The certificates of the document, in its order.
    pub certificates: Vec<Certificate>,
}

impl IndicatorFacts {
    /// A logo that was not fetched.
    pub(super) fn at(url: String) -> Self {
        IndicatorFacts { url, fetched: false, size_bytes: None, title: None, width: None, height: None }
    }
}

impl EvidenceFacts {
    /// A document that was not fetched.
    pub(super) fn at(url: String) -> Self {
        EvidenceFacts { url, fetched: false, certificates: Vec::new() }
    }
}

impl Facts {
    /// The verdict's reason where nothing is wrong.
    pub(super) fn summary(&self) -> String {
        let Some(indicator) = &self.indicator else { return "no record that names a logo".to_owned() };
        let evidence = if self.evidence.is_some() { " and a mark certificate" } else { "" };
        let fetched = if indicator.fetched { "fetched" } else { "not fetched" };
        format!("the record names a logo{evidence}, {fetched}")
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        Headline { who: subject.to_owned(), remark: format!("selector {}", self.selector) }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut lines = Vec::new();
        if let (Some(record), Some(name)) = (&self.record, &self.found_at) {
            lines.push(format!("{name}  \"{record}\""));
        }
        if let Some(IndicatorFacts { title: Some(title), size_bytes: Some(size), .. }) = &self.indicator {
            lines.push(format!("logo \"{title}\", {size} octets"));
        }
        for one in self.evidence.iter().flat_map(|evidence| &evidence.certificates) {
            let until = one.not_after.as_deref().unwrap_or("a time that cannot be read");
            let what = if one.is_authority { "issuer" } else { "mark certificate" };
            lines.push(format!("{what} {}, valid until {until}", one.subject));
        }
        if verbose && self.evidence.as_ref().is_some_and(|evidence| !evidence.certificates.is_empty()) {
            lines.push("Which issuers a receiver trusts is its own choice and was not tested.".to_owned());
        }
        if lines.is_empty() { Vec::new() } else { vec![Section::Lines(lines)] }
    }
}
