//! Whom to dial.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Serialize;

/// One address of a mail host, and the way to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Peer {
    /// The host's name in lower case; the address itself if it has none.
    pub host: String,
    /// The host's address as the DNS or the user says.
    pub address: IpAddr,
    /// The port that is meant.
    pub port: u16,
    /// Where the connection goes: elsewhere if `--connect-to` says so.
    pub dialled: SocketAddr,
    /// How the connection becomes private.
    pub security: Security,
    /// What the address is reserved for, if it is not dialled: nobody but the DNS has named it.
    pub barred: Option<&'static str>,
}

/// How a connection becomes private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// By STARTTLS (RFC 3207).
    Starttls,
    /// From the first octet on (RFC 8314 §3).
    Implicit,
}

impl Security {
    /// What a port is used with.
    pub fn of_port(port: u16) -> Self {
        // RFC 8314 §3.3: port 465 is for submission over implicit TLS.
        if port == 465 { Security::Implicit } else { Security::Starttls }
    }
}

impl Peer {
    /// Whether the connection stays on this machine.
    pub fn is_loopback(&self) -> bool {
        self.dialled.ip().to_canonical().is_loopback()
    }
}

/// The host and its address: `mx.example [192.0.2.1]`, with a port other than 25 behind it.
impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host == self.address.to_string() {
            write!(formatter, "{}", self.address)?;
        } else {
            write!(formatter, "{} [{}]", self.host, self.address)?;
        }
        if self.port == 25 { Ok(()) } else { write!(formatter, ":{}", self.port) }
    }
}
