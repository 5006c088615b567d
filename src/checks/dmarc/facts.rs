//! What was learned of a domain's DMARC policy, and how people read it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mail::dmarc_record::{Policies, Policy};
use crate::report::Severity;
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate};

/// What was learned of a domain's DMARC policy.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The record that governs the domain, as received.
    pub record: Option<String>,
    /// The name it was found at.
    pub found_at: Option<String>,
    /// The domain's organisational domain (RFC 9989 §4.10.2).
    pub organizational_domain: String,
    /// The tag whose policy applies to the domain.
    pub applies: Option<Applies>,
    /// The policy receivers follow, lowered already if it is on trial.
    pub policy: Option<Policy>,
    /// The policies of the record, not lowered.
    pub policies: Option<Policies>,
    /// Whether the policy is on trial (`t=y`).
    pub testing: bool,
    /// Whether the domain exists in the DNS; null when that is not known.
    pub exists: Option<bool>,
    /// What receivers find that still follow RFC 7489.
    pub rfc7489: Classic,
    /// The record's tags in their order.
    pub tags: Vec<TagRow>,
    /// The names that were asked, in the order of the tree walk.
    pub walk: Vec<WalkRow>,
    /// The addresses for reports.
    pub reports: Vec<ReportRow>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// The tag whose policy applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Applies {
    /// The domain's own policy.
    P,
    /// The policy for subdomains.
    Sp,
    /// The policy for names that do not exist.
    Np,
}

impl Applies {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Applies::P => "p",
            Applies::Sp => "sp",
            Applies::Np => "np",
        }
    }
}

/// What RFC 7489 makes of the same records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Classic {
    /// The name the record was found at.
    pub found_at: Option<String>,
    /// The domain below the public suffix.
    pub organizational_domain: String,
    /// The policy.
    pub policy: Option<Policy>,
}

/// One tag of the record.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TagRow {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One name of the tree walk.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WalkRow {
    /// The name.
    pub name: String,
    /// What stands there.
    pub outcome: Step,
}

/// What stands at a name of the tree walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// One record.
    Record,
    /// Several records, which count as none.
    Several,
    /// No record.
    None,
    /// The question got no answer.
    Unknown,
}

impl Step {
    fn as_str(self) -> &'static str {
        match self {
            Step::Record => "one record",
            Step::Several => "several records",
            Step::None => "no record",
            Step::Unknown => "no answer",
        }
    }
}

/// One address for reports.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReportRow {
    /// The tag: rua or ruf.
    pub tag: &'static str,
    /// The address as written.
    pub uri: String,
    /// The domain reports go to.
    pub domain: Option<String>,
    /// Whether that is another organisation.
    pub external: bool,
    /// Whether the domain receives mail; null when that is not known.
    pub receives: Option<bool>,
    /// Whether it has agreed to receive the reports; null when it need not or that is not known.
    pub permitted: Option<bool>,
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let remark = match &self.found_at {
            Some(name) => format!("record at {name}"),
            None => "no record".to_owned(),
        };
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if let Some(record) = &self.record {
            sections.push(Section::Line(format!("\"{record}\"")));
        }
        let word = |policy: Option<Policy>| policy.map_or("no DMARC", Policy::as_str).to_owned();
        if let Some(policies) = self.policies {
            let rows = [
                ("the domain", policies.domain),
                ("existing subdomains", policies.subdomains),
                ("names that do not exist", policies.non_existent),
            ];
            let row = |(of, policy): (&str, Policy)| {
                let in_force = if self.testing { policy.lowered() } else { policy };
                Row::of([of, policy.as_str(), in_force.as_str()])
            };
            let columns = vec![Column::words("Policy of"), Column::words("Asked"), Column::words("In force")];
            sections.push(Section::Table(Table { title: None, columns, rows: rows.into_iter().map(row).collect() }));
        }
        let differs = self.rfc7489.policy != self.policy || self.rfc7489.found_at != self.found_at;
        if differs {
            let at = self.rfc7489.found_at.as_deref().unwrap_or("no record");
            sections.push(Section::Line(format!("RFC 7489 receivers: {}, {at}", word(self.rfc7489.policy))));
        }
        if !self.reports.is_empty() {
            let told = |known: Option<bool>, yes: &str, no: &str| match known {
                Some(true) => yes.into(),
                Some(false) => Cell::marked(no, Some(Severity::Warning)),
                None => Cell::default(),
            };
            let row = |row: &ReportRow| {
                Row::of([
                    row.tag.into(),
                    row.uri.clone().into(),
                    told(row.receives, "receives mail", "receives no mail"),
                    told(row.permitted, "has agreed", "has not agreed"),
                ])
            };
            let columns = vec![Column::words("Reports"), Column::words("To"), Column::words(""), Column::words("")];
            let rows = self.reports.iter().map(row).collect();
            sections.push(Section::Table(Table { title: None, columns, rows }));
        }
        if verbose {
            let row = |row: &WalkRow| Row::of([row.name.as_str(), row.outcome.as_str()]);
            let columns = vec![Column::words("Asked"), Column::words("Found")];
            let rows = self.walk.iter().map(row).collect();
            sections.push(Section::Table(Table { title: None, columns, rows }));
        }
        sections
    }
}
