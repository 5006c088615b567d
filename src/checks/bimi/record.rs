//! The record itself: what a name holds of it, and what that means.

use super::facts::{EvidenceFacts, IndicatorFacts};
use super::{Judge, rules};
use crate::mail::bimi::{self, Location, Record};
use crate::names::domain::Domain;
use crate::net::lookup::texts::{Text, Texts};
use crate::report::{Finding, Reason, Rule, Unclear, clean};

impl Judge<'_> {
    /// A text that receivers discard, though it was meant for them.
    pub(super) fn near_miss(&mut self, name: &Domain, texts: &Texts) {
        let Some(text) = texts.records.iter().find(|text| bimi::is_near_miss(&text.text)) else { return };
        let detail = format!("\"{}\" does not begin with v=BIMI1;", text.shown());
        let finding = Finding::new(&rules::BAD_RECORD, name, text.evidence(name.as_str())).detail(detail);
        self.findings.push(mended(finding, name, &text.text));
    }

    /// Judges the records of a name that has some.
    pub(super) fn record(&mut self, name: &Domain, texts: &Texts) -> Option<Record> {
        let records: Vec<&Text> = texts.records.iter().filter(|text| bimi::is_record(&text.text)).collect();
        let [text] = records[..] else {
            let detail = format!("{} records at {name}", records.len());
            self.facts.found_at = Some(name.to_string());
            self.findings.push(Finding::new(&rules::SEVERAL, name, texts.proof(name)).detail(detail));
            return None;
        };
        let record = Record::parse(&text.text);
        self.facts.record = Some(text.shown());
        self.facts.found_at = Some(name.to_string());
        self.facts.local_parts = record.local_parts;
        self.facts.preference = Some(record.preference);
        let found = |rule: &'static Rule, about: &str, detail: String| {
            let finding = Finding::new(rule, name, text.evidence(name.as_str())).about(about).detail(detail);
            let is_of_the_text =
                [&rules::BAD_RECORD, &rules::VALUE, &rules::UNKNOWN_TAG, &rules::LOCATION].contains(&rule);
            if is_of_the_text { mended(finding, name, &text.text) } else { finding }
        };
        if !record.faults.is_empty() {
            self.findings.push(found(&rules::BAD_RECORD, "syntax", record.faults.join("; ")));
        }
        for value in &record.bad_values {
            self.findings.push(found(&rules::VALUE, value, value.clone()));
        }
        for tag in &record.unknown {
            self.findings.push(found(&rules::UNKNOWN_TAG, tag, format!("tag {tag}")));
        }
        for (tag, location) in [("l", &record.location), ("a", &record.evidence)] {
            if let Location::Invalid(uri, error) = location {
                self.findings.push(found(&rules::LOCATION, tag, format!("{tag}={}: {error}", clean(uri))));
            }
        }
        if record.is_declined() {
            self.facts.declined = true;
            let besides =
                if record.local_parts { ", but for senders with a record of their own (lps=true)" } else { "" };
            let detail = format!("the domain declines BIMI at {name}{besides}");
            self.unclear.push(Unclear::decisive(Reason::NotApplicable, self.domain, detail));
            return None;
        }
        match &record.location {
            Location::Empty if record.faults.is_empty() => {
                self.findings.push(found(&rules::LOCATION, "l", "l= is empty although a= names evidence".to_owned()));
            }
            Location::At(uri) => {
                self.facts.indicator = Some(IndicatorFacts::at(uri.to_string()));
                if let Some(suffix) = uri.other_image() {
                    self.findings.push(found(&rules::FORMAT, "l", format!("l={uri} ends with .{suffix}")));
                }
            }
            _ => {}
        }
        match &record.evidence {
            Location::At(uri) => self.facts.evidence = Some(EvidenceFacts::at(uri.to_string())),
            Location::Absent | Location::Empty if self.facts.indicator.is_some() => {
                let detail = "a= is empty or not there".to_owned();
                self.findings.push(found(&rules::NO_EVIDENCE, "a", detail));
            }
            _ => {}
        }
        Some(record)
    }
}

/// The finding with the record that would be right, if it can be made of the text.
fn mended(finding: Finding, name: &Domain, text: &str) -> Finding {
    match bimi::mended(text) {
        Some(record) => finding.remedy(format!("Publish at {name}: TXT \"{record}\"")),
        None => finding,
    }
}
