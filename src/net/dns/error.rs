//! Why a question has no answer: who was asked, what, and what came instead.

use std::sync::Arc;

use hickory_proto::rr::RecordType;

use super::name::Name;
use super::reply::Reply;
use crate::report::{Reason, Unclear};

/// A question without an answer.
#[derive(Debug, Clone)]
pub struct Error {
    /// The name asked about.
    pub name: Name,
    /// The type asked for.
    pub rtype: RecordType,
    /// The server asked last.
    pub server: Arc<str>,
    /// What happened.
    pub kind: ErrorKind,
}

/// What came instead of an answer.
#[derive(Debug, Clone)]
pub enum ErrorKind {
    /// Nothing, in `tries` tries.
    Timeout {
        /// How often the question was sent.
        tries: u8,
    },
    /// The zone has been silent for `unanswered` questions in a row, so this one was not sent.
    Silent {
        /// The questions in a row.
        unanswered: u32,
    },
    /// A response code that is neither NOERROR nor NXDOMAIN.
    Rcode {
        /// The answer, with the server's explanation if it gave one.
        reply: Reply,
    },
    /// An answer that is not the zone's: a filter put it in its place, or withheld the zone's.
    Filtered {
        /// The answer, with the filter's explanation.
        reply: Reply,
    },
    /// The server could not be reached.
    Unreachable {
        /// The system's or the TLS library's words.
        why: String,
    },
    /// The answer could not be read.
    Malformed {
        /// What is wrong with it.
        why: String,
    },
    /// DNSSEC validation failed here.
    Bogus {
        /// What the validator said.
        why: String,
    },
    /// DNSSEC validation here was given up: it took too many questions, or too long.
    Budget {
        /// What was spent.
        why: String,
    },
}

impl Error {
    /// The reason in one word.
    pub fn reason(&self) -> Reason {
        match &self.kind {
            ErrorKind::Timeout { .. } | ErrorKind::Silent { .. } => Reason::Timeout,
            ErrorKind::Rcode { reply } if reply.rcode() == 5 => Reason::Refused,
            ErrorKind::Filtered { .. } => Reason::Refused,
            ErrorKind::Rcode { .. } => Reason::Servfail,
            ErrorKind::Unreachable { .. } => Reason::Unreachable,
            ErrorKind::Malformed { .. } => Reason::Malformed,
            ErrorKind::Bogus { .. } => Reason::Bogus,
            ErrorKind::Budget { .. } => Reason::Budget,
        }
    }

    /// The open question this error leaves about `subject`.
    pub fn unclear(&self, subject: impl ToString) -> Unclear {
        Unclear::decisive(self.reason(), subject, self.to_string()).by(&self.server)
    }
}

impl Error {
    /// What came, in a few words, without the question.
    pub(super) fn outcome(&self) -> String {
        match &self.kind {
            ErrorKind::Timeout { tries } => format!("no answer, asked {tries} times"),
            ErrorKind::Silent { .. } => "not asked".to_owned(),
            ErrorKind::Rcode { reply } => {
                let word = mnemonic(reply.rcode());
                match reply.extended_error() {
                    Some(explanation) => format!("{word}: {explanation}"),
                    None => word,
                }
            }
            ErrorKind::Filtered { reply } => format!("filtered: {}", reply.extended_error().unwrap_or_default()),
            ErrorKind::Unreachable { why }
            | ErrorKind::Malformed { why }
            | ErrorKind::Bogus { why }
            | ErrorKind::Budget { why } => why.clone(),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Error { name, rtype, server, kind } = self;
        match kind {
            ErrorKind::Timeout { tries: 1 } => write!(formatter, "{server} did not answer for {name} {rtype}"),
            ErrorKind::Timeout { tries } => {
                write!(formatter, "{server} did not answer {tries} tries for {name} {rtype}")
            }
            ErrorKind::Silent { unanswered } => {
                write!(formatter, "{name} {rtype} was not asked: {unanswered} questions before it got no answer")
            }
            ErrorKind::Rcode { reply } => {
                let word = mnemonic(reply.rcode());
                write!(formatter, "{server} answered {word} for {name} {rtype}")?;
                match reply.extended_error() {
                    Some(explanation) => write!(formatter, ": {explanation}"),
                    None => Ok(()),
                }
            }
            ErrorKind::Filtered { reply } => {
                let explanation = reply.extended_error().unwrap_or_default();
                write!(formatter, "{server} filters {name} {rtype}: {explanation}")
            }
            ErrorKind::Unreachable { why } => write!(formatter, "{server} cannot be reached: {why}"),
            ErrorKind::Malformed { why } => write!(formatter, "{server} answered for {name} {rtype}: {why}"),
            ErrorKind::Bogus { why } => write!(formatter, "{name} {rtype} fails DNSSEC validation: {why}"),
            ErrorKind::Budget { why } => write!(formatter, "{name} {rtype} could not be validated: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// The code as administrators know it from dig.
fn mnemonic(code: u16) -> String {
    let name = match code {
        1 => "FORMERR",
        2 => "SERVFAIL",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        11 => "DSOTYPENI",
        16 => "BADVERS",
        17 => "BADKEY",
        18 => "BADTIME",
        19 => "BADMODE",
        20 => "BADNAME",
        21 => "BADALG",
        22 => "BADTRUNC",
        23 => "BADCOOKIE",
        other => return format!("RCODE {other}"),
    };
    name.to_owned()
}
