//! What was learned of TLSA records, and how people read it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::mail::tlsa::Tlsa;
use crate::net::dane::{Matching, Status};
use crate::net::smtp::Entry;
use crate::report::Severity;
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate, short_seconds};

/// What was learned of the TLSA records of a domain's mail hosts.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// How far the MX records can be believed: `secure`, `insecure` or `unvalidated`; null if none were asked for.
    pub mx: Option<Status>,
    /// The mail hosts, one entry an address.
    pub hosts: Vec<HostRow>,
    /// What `--cert` says of the certificate that is to come.
    pub next: Option<Next>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// One address of a mail host.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HostRow {
    /// The host.
    pub host: String,
    /// The preference of its MX record.
    pub preference: Option<u16>,
    /// The address; null if the host has none that is known.
    pub address: Option<IpAddr>,
    /// Where the TLSA records stand.
    pub owner: String,
    /// How far they can be believed.
    pub status: Status,
    /// Why, where the status does not say it all.
    pub why: Option<String>,
    /// The records.
    pub records: Vec<RecordRow>,
    /// Whether a record fits whatever certificate the address shows; null if it showed none.
    pub matched: Option<bool>,
    /// Whether a record is ready for the next key; null if that was not judged.
    pub rollover: Option<bool>,
    /// One dialogue a kind of certificate.
    pub dialogues: Vec<DialogueRow>,
}

/// One TLSA record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecordRow {
    /// The record as a zone file has it, without its owner.
    pub record: String,
    /// Its time to live.
    pub ttl_s: u32,
    /// Why no sender can use it; null if one can.
    pub fault: Option<String>,
    /// Whether it fits a certificate of this address; null if none was shown.
    pub matched: Option<bool>,
}

/// What one dialogue showed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DialogueRow {
    /// The kind of certificate that was asked for.
    pub key: Key,
    /// The certificate; null if none was shown.
    pub certificate: Option<CertificateRow>,
    /// What the records make of it, in their order.
    pub outcomes: Vec<String>,
    /// Why no certificate was shown, in words.
    pub error: Option<String>,
    /// What was said.
    pub transcript: Vec<Entry>,
}

/// A kind of certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// ECDSA, or another kind that is not RSA.
    Ecdsa,
    /// RSA.
    Rsa,
}

impl Key {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Key::Ecdsa => "ecdsa",
            Key::Rsa => "rsa",
        }
    }
}

/// A certificate in short.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CertificateRow {
    /// Whose it is, as RFC 4514 writes names.
    pub subject: String,
    /// Until when it is valid.
    pub not_after: Option<String>,
    /// The SHA-256 of the whole certificate, in hex.
    pub sha256: String,
    /// The SHA-256 of its key: the data of a record 3 1 1.
    pub spki_sha256: Option<String>,
    /// How many certificates were sent with it.
    pub above: usize,
}

/// A certificate that is to come.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Next {
    /// The file.
    pub file: String,
    /// The certificate.
    pub certificate: CertificateRow,
    /// The records to publish for it, one a host.
    pub publish: Vec<String>,
    /// The hosts it was compared with.
    pub hosts: Vec<NextHost>,
}

/// A host whose records were compared with a certificate that is to come.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NextHost {
    /// The host.
    pub host: String,
    /// Whether a record fits the certificate.
    pub matched: bool,
    /// What the records make of it, in their order.
    pub outcomes: Vec<String>,
}

/// A record's outcome in words.
pub(super) fn words(outcome: &Matching) -> String {
    match outcome {
        Matching::Match(0) => "fits".to_owned(),
        Matching::Match(_) => "fits an issuer".to_owned(),
        Matching::NotSent => "fits no certificate of the chain".to_owned(),
        Matching::NotAnIssuer => "fits the server's own certificate, but usage 2 means an issuer".to_owned(),
        Matching::Chain(why) => format!("fits an issuer to which the chain does not lead: {why}"),
        Matching::Name(why) => format!("fits an issuer, but the certificate does not count: {why}"),
        Matching::Indeterminate(why) => {
            format!("fits an issuer, and whether the chain leads there cannot be told: {why}")
        }
        Matching::Overruled => "left aside: a stronger digest of the same kind is there".to_owned(),
        Matching::Unusable(fault) => format!("cannot be used: {fault}"),
    }
}

/// A record, its data cut to what tells it from others.
pub(super) fn short(record: &Tlsa) -> String {
    let whole = record.to_string();
    match whole.char_indices().nth(MAX_SHORT) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

const MAX_SHORT: usize = 22;

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let remark = match self.mx {
            Some(Status::Secure) => "MX secure".to_owned(),
            Some(status) => format!("MX {}", status.as_str()),
            None => String::new(),
        };
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.hosts.is_empty() {
            let columns = ["Mail host", "Address", "TLSA", "Fits", "Next key"].map(Column::words).to_vec();
            sections.push(Section::Table(Table { title: None, columns, rows: self.hosts.iter().map(row).collect() }));
        }
        for host in &self.hosts {
            if let Some(why) = &host.why {
                sections.push(Section::Line(format!("{}: {why}", host.host)));
            }
        }
        if let Some(next) = &self.next {
            let until = next.certificate.not_after.as_deref().unwrap_or("an unknown day");
            let mut lines = vec![format!("{}: {}, until {until}", next.file, next.certificate.subject)];
            lines.extend(next.hosts.iter().map(|host| match host.matched {
                true => format!("  {}: a record fits it", host.host),
                false => format!("  {}: no record fits it", host.host),
            }));
            lines.extend(next.publish.iter().map(|record| format!("  {record}")));
            sections.push(Section::Lines(lines));
        }
        if verbose {
            sections.extend(self.hosts.iter().flat_map(|host| {
                host.dialogues.iter().map(|dialogue| {
                    let place = host.address.map(|address| address.to_string()).unwrap_or_default();
                    let mut lines = vec![format!("{} {place}, {}:", host.host, dialogue.key.as_str())];
                    lines.extend(dialogue.transcript.iter().map(line));
                    Section::Lines(lines)
                })
            }));
        }
        sections
    }
}

fn row(host: &HostRow) -> Row {
    let yes = |answer: Option<bool>, bad: Option<Severity>| match answer {
        Some(true) => "yes".into(),
        Some(false) => Cell::marked("no", bad),
        None => Cell::default(),
    };
    let mut notes: Vec<String> = host.records.iter().enumerate().map(|(at, record)| note(at, record, host)).collect();
    let has_one = host.dialogues.iter().any(|dialogue| dialogue.certificate.is_some());
    for dialogue in &host.dialogues {
        if let Some(certificate) = &dialogue.certificate {
            let until = certificate.not_after.as_deref().and_then(|day| day.get(..10)).unwrap_or("?");
            let digest = certificate.spki_sha256.as_deref().and_then(|digest| digest.get(..16)).unwrap_or("?");
            let kind = dialogue.key.as_str();
            notes.push(format!("{kind}: {}, until {until}, key {digest}…", certificate.subject));
        } else if has_one {
            notes.push(format!("{}: none", dialogue.key.as_str()));
        } else if let Some(error) = &dialogue.error {
            notes.push(format!("{}: {error}", dialogue.key.as_str()));
        }
    }
    let address = host.address.map(|address| address.to_string()).unwrap_or_default();
    let name = match host.preference {
        Some(preference) => format!("{preference} {}", host.host),
        None => host.host.clone(),
    };
    let status = host.status.as_str().to_owned();
    Row::of([
        name.into(),
        address.into(),
        status.into(),
        yes(host.matched, Some(Severity::Error)),
        yes(host.rollover, None),
    ])
    .with_notes(notes)
}

/// What the record at this place comes to at an address.
fn note(at: usize, record: &RecordRow, host: &HostRow) -> String {
    let ttl = short_seconds(record.ttl_s);
    let cut = record.record.char_indices().nth(MAX_SHORT).map_or(record.record.len(), |(end, _)| end);
    let cut = format!("{}{}", &record.record[..cut], if cut < record.record.len() { "…" } else { "" });
    let says = match (&record.fault, record.matched) {
        (Some(fault), _) => format!("cannot be used: {fault}"),
        (None, Some(true)) => "fits".to_owned(),
        (None, Some(false)) => {
            let mut outcomes = host.dialogues.iter().filter_map(|dialogue| dialogue.outcomes.get(at));
            outcomes.next().cloned().unwrap_or_default()
        }
        (None, None) if host.status == Status::Secure => "not compared".to_owned(),
        (None, None) => "not used".to_owned(),
    };
    format!("{cut} ({ttl}): {says}")
}

fn line(entry: &Entry) -> String {
    format!("  {}", entry.timed())
}
