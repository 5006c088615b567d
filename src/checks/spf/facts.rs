//! What SPF says, as facts, and how people read it.

use std::net::IpAddr;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;

use super::walk::{Branch, State};
use crate::mail::spf::{MAX_LOOKUPS, MAX_VOIDS, Record, Verdict};
use crate::report::table::{Column, Headline, Row, Section, Table, Tabulate, count};

/// What is known of a domain's SPF.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The domain, as it was asked for.
    pub domain: String,
    /// Its record, if it has exactly one; octets that are no printable ASCII as `\xHH`.
    pub record: Option<String>,
    /// How many SPF records it has; null in an evaluation.
    pub records: Option<usize>,
    /// The octets of its name and all its TXT records; null in an evaluation.
    pub octets: Option<usize>,
    /// Look-ups that the whole tree costs, of ten; in an evaluation those made.
    pub lookups: usize,
    /// Look-ups that come back empty, of two.
    pub voids: usize,
    /// What is wrong with the records of the tree, and where.
    pub faults: Vec<Marked>,
    /// The record with everything it leads to; null in an evaluation.
    pub tree: Option<Box<Branch>>,
    /// The judgement of a client, if one was asked for.
    pub evaluation: Option<Box<EvaluationFacts>>,
    /// The verdict's reason, for the second line of the table.
    #[serde(skip)]
    pub reason: String,
}

/// A place in a record, and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Marked {
    /// The domain of the record.
    pub domain: String,
    /// The first octet, from 0.
    pub start: usize,
    /// The octet behind the last one; the first one again where something is missing.
    pub end: usize,
    /// The octets.
    pub text: String,
    /// What is to be said.
    pub what: String,
    /// Where it stands in the record as it is shown, and how wide it is there.
    #[serde(skip)]
    pub column: (usize, usize),
}

/// The judgement of a client.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EvaluationFacts {
    /// The client.
    pub ip: IpAddr,
    /// Its HELO name.
    pub helo: String,
    /// The sender as it was judged.
    pub sender: String,
    /// The result.
    pub result: Verdict,
    /// The domain's own words for a fail, expanded; null if it gives none.
    pub explanation: Option<String>,
    /// The domain whose record decided.
    pub domain: String,
    /// The term that matched.
    pub matched: Option<String>,
    /// Terms that cost a look-up.
    pub lookups: usize,
    /// Look-ups that came back empty.
    pub voids: usize,
    /// Look-ups that the whole tree costs, which a client that nothing matches would need; null if that could not
    /// be told.
    pub worst_lookups: Option<usize>,
    /// Look-ups of the whole tree that come back empty; null if that could not be told.
    pub worst_voids: Option<usize>,
    /// What happened, step by step.
    pub trace: Vec<String>,
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let who = if subject.is_empty() { "\"\"".to_owned() } else { subject.to_owned() };
        let remark = match (&self.evaluation, self.records, self.octets) {
            (Some(evaluation), ..) => format!("{} as {}", evaluation.ip, evaluation.sender),
            (None, Some(records), Some(octets)) if records > 0 => {
                format!("{octets} octets of TXT, {}", count(records, "record"))
            }
            _ => String::new(),
        };
        Headline { who, remark }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if let Some(evaluation) = &self.evaluation {
            sections.extend(evaluation.sections(verbose, self.record.as_deref()));
            return sections;
        }
        if let Some(record) = &self.record {
            let marks: Vec<&Marked> = self.faults.iter().filter(|mark| mark.domain == self.domain).collect();
            sections.push(Section::Lines(marked(record, &marks)));
        }
        let tree = self.tree.iter().flat_map(|tree| tree.all());
        let others = tree.filter(|branch| branch.domain.as_ref().is_some_and(|domain| *domain != self.domain));
        let mut shown: Vec<&str> = Vec::new();
        for branch in others {
            let (Some(domain), Some(record)) = (&branch.domain, &branch.record) else { continue };
            let marks: Vec<&Marked> = self.faults.iter().filter(|mark| mark.domain == *domain).collect();
            if marks.is_empty() || shown.contains(&domain.as_str()) {
                continue;
            }
            shown.push(domain);
            let mut lines = vec![format!("{domain}:")];
            lines.extend(marked(record, &marks));
            sections.push(Section::Lines(lines));
        }
        if let Some(tree) = self.tree.as_ref().filter(|tree| !tree.branches.is_empty() || verbose) {
            let mut rows = Vec::new();
            push_rows(tree, &mut Vec::new(), &mut rows);
            let columns = vec![Column::numbers("Cost"), Column::words("Term"), Column::words("Authorises")];
            sections.push(Section::Table(Table { title: None, columns, rows }));
        }
        sections
    }
}

impl EvaluationFacts {
    fn sections(&self, verbose: bool, record: Option<&str>) -> Vec<Section> {
        let mut sections = Vec::new();
        if let Some(record) = record {
            sections.push(Section::Lines(marked(record, &[])));
        }
        if let Some(explanation) = &self.explanation {
            sections.push(Section::Line(format!("{} explains: \"{explanation}\"", self.domain)));
        }
        if verbose || self.matched.is_none() {
            let rows = self.trace.iter().map(|step| Row::of([step.as_str()]));
            sections.push(Section::Table(Table {
                title: Some("Steps"),
                columns: vec![Column::words("")],
                rows: rows.collect(),
            }));
        }
        let spent = format!("{} of {MAX_LOOKUPS} look-ups, {} of {MAX_VOIDS} empty", self.lookups, self.voids);
        let worst = match (self.worst_lookups, self.worst_voids) {
            (Some(lookups), Some(voids)) if (lookups, voids) != (self.lookups, self.voids) => {
                format!("; at worst {lookups} and {voids}, for clients that nothing matches")
            }
            _ => String::new(),
        };
        sections.push(Section::Line(spent + &worst));
        sections
    }
}

impl Marked {
    /// A place in a record.
    pub(super) fn new(domain: &str, record: &Record, span: &Range<usize>, what: impl Into<String>) -> Self {
        let text = record.text_of(span);
        let before = record.text_of(&(0..span.start.min(record.text.len())));
        let column = (before.len(), text.len());
        Marked { domain: domain.to_owned(), start: span.start, end: span.end, text, what: what.into(), column }
    }
}

/// A record in lines that fit a terminal, with carets and words under what is marked.
fn marked(record: &str, marks: &[&Marked]) -> Vec<String> {
    let mut marks = marks.to_vec();
    marks.sort_by_key(|mark| mark.column);
    let mut lines = Vec::new();
    let mut start = 0;
    while start < record.len() {
        let end = line_end(record, start);
        lines.push(record[start..end].trim_end().to_owned());
        for mark in &marks {
            let (column, width) = mark.column;
            // What is missing at the end stands behind the last column.
            if (start..end).contains(&column) || (column == end && end == record.len()) {
                let carets = "^".repeat(width.clamp(1, (end - column).max(1)));
                lines.push(format!("{}{carets} {}", " ".repeat(column - start), mark.what));
            }
        }
        start = end;
    }
    lines
}

/// Columns of a line of a record.
const LINE: usize = 76;

fn line_end(record: &str, start: usize) -> usize {
    if record.len() - start <= LINE {
        return record.len();
    }
    match record[start..start + LINE].rfind(' ') {
        Some(space) if space > 0 => start + space + 1,
        _ => start + LINE,
    }
}

/// The tree as rows; `above` tells of each level whether more follows on it.
fn push_rows(branch: &Branch, above: &mut Vec<bool>, rows: &mut Vec<Row>) {
    let mut name = String::new();
    if let Some((last, before)) = above.split_last() {
        before.iter().for_each(|more| name.push_str(if *more { "│ " } else { "  " }));
        name.push_str(if *last { "├ " } else { "└ " });
    }
    name.push_str(branch.term.as_deref().or(branch.domain.as_deref()).unwrap_or_default());
    // A vendor's own records need not bear its name again.
    if let Some(vendor) = branch.vendor.as_ref().filter(|_| branch.term.is_some() && above.len() == 1) {
        name.push_str(&format!(" ({vendor})"));
    }
    rows.push(Row::of([branch.lookups.to_string(), name, authorised(branch)]));
    for (index, below) in branch.branches.iter().enumerate() {
        above.push(index + 1 < branch.branches.len());
        push_rows(below, above, rows);
        above.pop();
    }
}

fn authorised(branch: &Branch) -> String {
    let what = match branch.state {
        State::Record | State::Addresses => {
            let mut parts = Vec::new();
            if branch.ipv4_addresses > 0 {
                parts.push(plural(branch.ipv4_addresses, "address"));
            }
            if branch.ipv6_networks > 0 {
                parts.push(plural(branch.ipv6_networks, "IPv6 /64"));
            }
            if parts.is_empty() { "nobody".to_owned() } else { parts.join(", ") }
        }
        State::NoRecord => "no SPF record".to_owned(),
        State::SeveralRecords => "several SPF records".to_owned(),
        State::NoAddress => "nobody: no such record".to_owned(),
        State::NoSuchName => "nobody: no such name".to_owned(),
        State::Dynamic => "depends on the message".to_owned(),
        State::Loop => "leads back".to_owned(),
        State::NotRead => "not read: the tree is too large".to_owned(),
        State::Unanswered => "nobody answered".to_owned(),
    };
    if branch.voids > 0 && branch.branches.is_empty() {
        return format!("{what} ({})", count(branch.voids, "void"));
    }
    what
}

fn plural(number: u64, noun: &str) -> String {
    let ending = match (number, noun.ends_with("ss")) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {noun}{ending}", grouped(number))
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_under_what_they_are_about() {
        let record = "v=spf1 ip4:192.0.2.0/33 -all";
        let mark = Marked {
            domain: "example.com".into(),
            start: 20,
            end: 23,
            text: "/33".into(),
            what: "too long".into(),
            column: (20, 3),
        };
        assert_eq!(marked(record, &[&mark]), [record, "                    ^^^ too long"]);
    }

    #[test]
    fn long_records_break_between_terms() {
        let record = format!("v=spf1 {} -all", ["include:_spf.vendor.example"; 5].join(" "));
        let lines = marked(&record, &[]);
        assert!(lines.iter().all(|line| line.len() <= LINE), "{lines:?}");
        assert_eq!(lines.join(" "), record);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(330_240), "330,240");
        assert_eq!(grouped(999), "999");
        assert_eq!(plural(1, "address"), "1 address");
        assert_eq!(plural(2, "address"), "2 addresses");
    }
}
