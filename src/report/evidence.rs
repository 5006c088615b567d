//! What a finding rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clean;

/// What was received or measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Evidence {
    /// A DNS record.
    Record {
        /// Its owner.
        name: String,
        /// Its type, for example `A`.
        rtype: String,
        /// Its time to live.
        ttl_s: u32,
        /// Its data in presentation form, control characters stripped.
        data: String,
    },
    /// A question to the DNS that brought no record of the type.
    Absence {
        /// The name asked about.
        name: String,
        /// The type asked for.
        rtype: String,
        /// The server that answered, or was asked last.
        server: String,
        /// What came: `NXDOMAIN`, `NODATA`, or why there was no answer.
        answer: String,
    },
    /// What a server said.
    Reply {
        /// The server.
        server: String,
        /// Its words, control characters stripped.
        text: String,
    },
    /// What became of a connection or of a handshake on it.
    Connection {
        /// The server.
        server: String,
        /// What became of it, in the words of the system or of TLS.
        outcome: String,
    },
    /// A certificate.
    Certificate {
        /// The server that showed it.
        server: String,
        /// Whose it is, as RFC 4514 writes names.
        subject: String,
        /// The SHA-256 of the whole certificate, in hex.
        sha256: String,
    },
    /// A field of a message.
    Field {
        /// Its name.
        name: String,
        /// Its value, control characters stripped.
        value: String,
    },
    /// What the user gave.
    Given {
        /// What it is, for example `HELO name`.
        name: String,
        /// The value, control characters stripped.
        value: String,
    },
    /// An entry of this program's own catalogue.
    Entry {
        /// Its id.
        id: String,
        /// The key.
        name: String,
        /// The value.
        value: String,
    },
    /// A number.
    Measure {
        /// What was measured.
        name: String,
        /// The value.
        value: f64,
        /// The most or the least that is right; null if nothing is.
        limit: Option<f64>,
        /// Its unit, for example `points`.
        unit: String,
    },
}

impl Evidence {
    /// A DNS record as received.
    pub fn record(name: impl ToString, rtype: impl ToString, ttl_s: u32, data: impl AsRef<str>) -> Self {
        let data = clean(data.as_ref());
        Evidence::Record { name: name.to_string(), rtype: rtype.to_string(), ttl_s, data }
    }

    /// What a server said.
    pub fn reply(server: impl ToString, text: impl AsRef<str>) -> Self {
        Evidence::Reply { server: server.to_string(), text: clean(text.as_ref()) }
    }

    /// What became of a connection or of a handshake on it.
    pub fn connection(server: impl ToString, outcome: impl AsRef<str>) -> Self {
        Evidence::Connection { server: server.to_string(), outcome: clean(outcome.as_ref()) }
    }

    /// What the user gave.
    pub fn given(name: &str, value: impl ToString) -> Self {
        Evidence::Given { name: name.to_owned(), value: clean(&value.to_string()) }
    }

    /// A field of a message.
    pub fn field(name: impl ToString, value: impl AsRef<str>) -> Self {
        Evidence::Field { name: name.to_string(), value: clean(value.as_ref()) }
    }

    /// A number without a limit.
    pub fn measure(name: &str, value: impl Into<f64>, unit: &str) -> Self {
        Evidence::Measure { name: name.to_owned(), value: value.into(), limit: None, unit: unit.to_owned() }
    }

    /// A number with its limit.
    pub fn limit(name: &str, value: impl Into<f64>, limit: impl Into<f64>, unit: &str) -> Self {
        let limit = Some(limit.into());
        Evidence::Measure { name: name.to_owned(), value: value.into(), limit, unit: unit.to_owned() }
    }
}

/// Evidence that is there: one piece at least.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof(pub(super) Vec<Evidence>);

impl Proof {
    /// All of `pieces`; `otherwise` if there are none.
    pub fn of(pieces: impl IntoIterator<Item = Evidence>, otherwise: impl FnOnce() -> Evidence) -> Self {
        let mut pieces: Vec<Evidence> = pieces.into_iter().collect();
        if pieces.is_empty() {
            pieces.push(otherwise());
        }
        Proof(pieces)
    }

    /// All of `pieces`; none if there are none.
    pub fn some(pieces: impl IntoIterator<Item = Evidence>) -> Option<Self> {
        let pieces: Vec<Evidence> = pieces.into_iter().collect();
        (!pieces.is_empty()).then_some(Proof(pieces))
    }

    /// This and more.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = Evidence>) -> Self {
        self.0.extend(more);
        self
    }
}

impl From<Evidence> for Proof {
    fn from(piece: Evidence) -> Self {
        Proof(vec![piece])
    }
}

impl From<&Proof> for Proof {
    fn from(proof: &Proof) -> Self {
        proof.clone()
    }
}

impl IntoIterator for Proof {
    type Item = Evidence;
    type IntoIter = std::vec::IntoIter<Evidence>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
