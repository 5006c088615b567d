//! Why a dialogue ended before its end.

use std::net::IpAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reply::{NoReply, Reply};
use crate::report::{Reason, Unclear};

/// How far a dialogue had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Before the connection stood.
    Connect,
    /// Waiting for the server's first words.
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS, before the handshake.
    Starttls,
    /// The TLS handshake.
    Handshake,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA, before the message.
    Data,
    /// The message and what the server says to it.
    Message,
    /// Any other command.
    Command,
}

impl Stage {
    /// What is being waited for, in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Connect => "the connection",
            Stage::Greeting => "the greeting",
            Stage::Hello => "EHLO",
            Stage::Starttls => "STARTTLS",
            Stage::Handshake => "the TLS handshake",
            Stage::Mail => "MAIL FROM",
            Stage::Rcpt => "RCPT TO",
            Stage::Data => "DATA",
            Stage::Message => "the message",
            Stage::Command => "a command",
        }
    }
}

/// Why a dialogue ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The connection was refused: nobody listens there.
    #[error("the connection is refused")]
    ConnectionRefused,
    /// Nobody answered in time.
    #[error("no {} {} within {} s{}", if said.is_some() { "end of the answer to" } else { "answer to" }, stage.as_str(), after.as_secs_f32().ceil(), quoted(said))]
    Silent {
        /// What was waited for.
        stage: Stage,
        /// How long.
        after: Duration,
        /// What had arrived of a reply.
        said: Option<String>,
    },
    /// The network has no way there, or this machine is not allowed to take it.
    #[error("no way there: {why}")]
    NoRoute {
        /// The system's words.
        why: String,
    },
    /// The server, or somebody on the way, closed the connection.
    #[error("the connection was closed at {}{}{}", stage.as_str(), .words.as_ref().map(|words| format!(": {words}")).unwrap_or_default(), quoted(said))]
    Closed {
        /// What was waited for.
        stage: Stage,
        /// What had arrived of a reply.
        said: Option<String>,
        /// The system's words, if it was more than an end.
        words: Option<String>,
    },
    /// The server would not go on: 421 at any time, 4xx or 5xx as a greeting.
    #[error("{reply}")]
    Rejected {
        /// What was waited for.
        stage: Stage,
        /// Its words.
        reply: Reply,
    },
    /// The server ended the connection for want of a certificate of ours, after the handshake had come to its end for
    /// this side (RFC 8446 §6.2).
    #[error("the server demands a client's certificate: alert {alert} at {}", stage.as_str())]
    ClientCertificate {
        /// What was waited for.
        stage: Stage,
        /// The alert.
        alert: String,
    },
    /// What the server sent is no SMTP.
    #[error("{why} at {}", stage.as_str())]
    Protocol {
        /// What was waited for.
        stage: Stage,
        /// What is wrong with it.
        why: NoReply,
    },
    /// The time for the whole dialogue was over.
    #[error("the dialogue took longer than {} s, at {}", limit.as_secs(), stage.as_str())]
    TooLong {
        /// What was waited for.
        stage: Stage,
        /// The limit.
        limit: Duration,
    },
    /// Courtesy or consent keeps this program from dialling.
    #[error("not dialled: {why}")]
    NotAllowed {
        /// What would allow it.
        why: String,
    },
    /// The address is inside some network, and nobody but the DNS has named it.
    #[error(
        "not dialled: {address} is a {purpose} address that only the DNS names: what answers there would be another machine than the rest of the world reaches; if it is meant, say --allow-private"
    )]
    Inside {
        /// The address.
        address: IpAddr,
        /// What it is reserved for.
        purpose: &'static str,
    },
}

/// The beginning of a reply that never came to its end.
fn quoted(said: &Option<String>) -> String {
    said.as_ref().map(|said| format!("; it had begun to say \"{said}\"")).unwrap_or_default()
}

impl Failure {
    /// The connection was closed without a word.
    pub fn closed(stage: Stage, words: Option<String>) -> Self {
        Failure::Closed { stage, said: None, words }
    }

    /// How far the dialogue had come.
    pub fn stage(&self) -> Stage {
        match self {
            Failure::Silent { stage, .. }
            | Failure::Closed { stage, .. }
            | Failure::Rejected { stage, .. }
            | Failure::Protocol { stage, .. }
            | Failure::ClientCertificate { stage, .. }
            | Failure::TooLong { stage, .. } => *stage,
            Failure::ConnectionRefused
            | Failure::NoRoute { .. }
            | Failure::NotAllowed { .. }
            | Failure::Inside { .. } => Stage::Connect,
        }
    }

    /// Whether the server has told something by it: it listens to nobody, or breaks the protocol. Refusal and
    /// silence tell nothing of the server's other qualities.
    pub fn is_answer(&self) -> bool {
        matches!(self, Failure::ConnectionRefused | Failure::Protocol { .. })
    }

    /// The reason in one word.
    pub fn reason(&self) -> Reason {
        match self {
            Failure::ConnectionRefused | Failure::NoRoute { .. } => Reason::Unreachable,
            Failure::Silent { .. } | Failure::TooLong { .. } => Reason::Timeout,
            Failure::Closed { .. } => Reason::Closed,
            Failure::Rejected { .. } | Failure::ClientCertificate { .. } => Reason::Rejected,
            Failure::Protocol { .. } => Reason::Malformed,
            Failure::NotAllowed { .. } => Reason::NotAuthorized,
            Failure::Inside { .. } => Reason::Unreachable,
        }
    }

    /// The open question this failure leaves about `subject`.
    pub fn unclear(&self, subject: impl ToString) -> Unclear {
        Unclear::decisive(self.reason(), subject, self.to_string())
    }
}
