//! What a diagnosis tells: a report for each recipient, or for each group of a log.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::catalogue::refusals::{Cause, Certainty, Side};
use crate::mail::bounce::{Action, Hop};
use crate::mail::logs::Direction;
use crate::report::Verdict;

/// What the evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A delivery status notification (RFC 3464).
    Dsn,
    /// A bounce in words alone.
    Bounce,
    /// A feedback report (RFC 5965).
    Arf,
    /// A disposition notification (RFC 8098): no failure.
    Mdn,
    /// A robot's answer (RFC 3834): no failure.
    AutoReply,
    /// A received message.
    Message,
    /// An SMTP reply.
    Reply,
    /// A mail server's log.
    Log,
    /// A DMARC aggregate report (RFC 9990).
    DmarcReport,
    /// A TLS report (RFC 8460).
    TlsReport,
    /// A sending address.
    Address,
    /// A sending domain, or a mailbox at one.
    Domain,
}

/// The diagnosis of one piece of evidence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// What the evidence is.
    pub kind: Kind,
    /// What it reports.
    pub reports: Vec<Report>,
    /// Senders that a log's server put off and that were never let in later.
    pub never_returned: Vec<Absent>,
    /// The hop by which a received message came into the receiving organisation.
    pub delivery: Option<Delivery>,
    /// What was tested live.
    pub tests: Vec<Test>,
    /// What is worth a line beside that.
    pub remarks: Vec<String>,
    /// How much of a log was read.
    pub log: Option<LogFacts>,
    /// Sources of an aggregate report, with their results.
    pub sources: Vec<Source>,
    /// The cause in a paragraph, for each report that is told.
    #[serde(skip)]
    pub told: Vec<Told>,
    /// The verdict's reason in one line.
    #[serde(skip)]
    pub reason: String,
    /// Groups of a log that are shown.
    #[serde(skip)]
    pub top: usize,
}

/// A report as people read it.
#[derive(Debug, Clone)]
pub struct Told {
    /// Who refused what.
    pub head: String,
    /// The words as received.
    pub quote: Option<String>,
    /// The cause with its certainty.
    pub cause: String,
}

/// What is reported of one recipient, or of one group of a log. What is not known is null.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// The recipient.
    pub recipient: Option<String>,
    /// What became of the message.
    pub action: Option<Action>,
    /// The report's own status.
    pub status: Option<String>,
    /// The code of the refusing server's reply.
    pub reply_code: Option<u16>,
    /// The enhanced code written in that reply.
    pub enhanced_code: Option<String>,
    /// The reply's words in one line.
    pub text: Option<String>,
    /// The host that answered, or was tried last.
    pub remote_mta: Option<String>,
    /// Who reports.
    pub reporting_mta: Option<String>,
    /// The client's address as the refuser saw it.
    pub sending_address: Option<IpAddr>,
    /// The reverse-path.
    pub envelope_from: Option<String>,
    /// The name behind HELO.
    pub helo: Option<String>,
    /// The Message-ID of the message.
    pub message_id: Option<String>,
    /// When the message arrived where it got stuck (RFC 3339).
    pub arrival: Option<String>,
    /// Why it was refused.
    pub cause: Cause,
    /// Who has to act.
    pub side: Side,
    /// The operator or product that refused.
    pub provider: Option<&'static str>,
    /// The lists that the words name: zones, or a catalogue's id.
    pub lists: Vec<String>,
    /// How certain the cause is.
    pub certainty: Certainty,
    /// What it was known by.
    pub pattern: Option<String>,
    /// Which way the message went; of a log.
    pub direction: Option<Direction>,
    /// How many events of a log are alike.
    pub count: Option<u64>,
    /// How many of them were delivered later.
    pub delivered_later: Option<u64>,
}

/// A sender that was put off and not let in later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Absent {
    /// The client.
    pub sending_address: Option<IpAddr>,
    /// The reverse-path.
    pub envelope_from: Option<String>,
    /// The recipient.
    pub recipient: Option<String>,
}

/// The hop into the receiving organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Delivery {
    /// The client.
    pub address: Option<IpAddr>,
    /// The name behind HELO.
    pub helo: Option<String>,
    /// The server that took the message.
    pub by: Option<String>,
    /// The reverse-path.
    pub envelope_from: Option<String>,
}

impl From<Hop> for Delivery {
    fn from(hop: Hop) -> Self {
        Delivery { address: hop.address, helo: hop.helo, by: hop.by, envelope_from: hop.envelope_from }
    }
}

/// What a live test showed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Test {
    /// The check.
    pub check: &'static str,
    /// What was tested.
    pub subject: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// What that says of the report: it holds, it is over, or neither can be told.
    pub shows: Shows,
}

/// What a live test says of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    /// What the report says holds now.
    Holds,
    /// It does not hold any more, or never did.
    Gone,
    /// Neither can be told.
    Untold,
}

/// How much of a log was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LogFacts {
    /// All lines.
    pub lines: u64,
    /// Lines of programs that are known.
    pub known: u64,
    /// Refusals and delays.
    pub events: u64,
    /// Open messages, sessions and groups that were dropped because there were too many.
    pub dropped: u64,
}

/// A source of an aggregate report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Source {
    /// The client's address, or the receiving host of a TLS report.
    pub source: String,
    /// Messages or sessions.
    pub count: u64,
    /// What the receiver did with them, or what failed.
    pub result: String,
    /// What was found of SPF: the domain and its result, aligned or not.
    pub spf: Option<String>,
    /// The same of DKIM.
    pub dkim: Option<String>,
}
