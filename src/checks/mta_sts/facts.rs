//! What was learned of a domain's MTA-STS policy, and how people read it.

use schemars::JsonSchema;
use serde::Serialize;

use super::families::FamilyRow;
use crate::mail::mta_sts::Mode;
use crate::report::Severity;
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate};

/// What was learned of a domain's MTA-STS policy.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// The TXT record as received.
    pub record: Option<String>,
    /// The id in it.
    pub id: Option<String>,
    /// Where the policy is served.
    pub url: String,
    /// What came of asking over each family the policy host has.
    pub families: Vec<FamilyRow>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The mode.
    pub mode: Option<Mode>,
    /// How long senders keep the policy.
    pub max_age_s: Option<u64>,
    /// The patterns for mail exchangers.
    pub mx: Vec<String>,
    /// The mail exchangers, and the patterns that cover them.
    pub hosts: Vec<HostRow>,
    /// The first lines of the policy, as received.
    pub policy: Vec<String>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// One mail exchanger.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HostRow {
    /// Its name.
    pub host: String,
    /// The pattern that covers it.
    pub pattern: Option<String>,
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let remark = self.id.as_ref().map(|id| format!("id {id}")).unwrap_or_default();
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.hosts.is_empty() {
            let row = |row: &HostRow| {
                let pattern = match &row.pattern {
                    Some(pattern) => pattern.clone().into(),
                    None => Cell::marked("not covered", Some(Severity::Error)),
                };
                Row::of([row.host.clone().into(), pattern])
            };
            let columns = vec![Column::words("Mail exchanger"), Column::words("Pattern")];
            let rows = self.hosts.iter().map(row).collect();
            sections.push(Section::Table(Table { title: None, columns, rows }));
        }
        if verbose && !self.policy.is_empty() {
            sections.push(Section::Line(format!("{}:", self.url)));
            sections.extend(self.policy.iter().map(|line| Section::Line(format!("  {line}"))));
        }
        sections
    }
}
