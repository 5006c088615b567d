//! What the way to the world is told by the user.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::clock::Clock;
use super::dial::{ConnectTo, Family};
use super::dns::upstream::Spec;
use super::trust::Trust;
use crate::names::domain::Domain;

/// Everything [`Net::open`](super::Net::open) is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// The resolvers, or none for the system's.
    pub resolvers: Vec<Spec>,
    /// One DNS question with all its tries.
    pub timeout: Duration,
    /// Retransmissions within that time.
    pub retries: u8,
    /// Questions a second over the whole run, if the user limits them.
    pub max_qps: Option<f64>,
    /// The local address to ask and connect from.
    pub source: Option<IpAddr>,
    /// The only address family to use, if one is chosen.
    pub family: Option<Family>,
    /// Connections that go elsewhere.
    pub connect_to: Vec<ConnectTo>,
    /// Whether inside addresses are dialled although only the DNS names them.
    pub allow_private: bool,
    /// What TLS trusts.
    pub trust: Trust,
    /// Keys to validate DNSSEC with.
    pub trust_anchor: Option<PathBuf>,
    /// Whether the resolvers' AD is believed although they are not on this machine.
    pub trust_ad: bool,
    /// How mail servers are talked to.
    pub smtp: SmtpOptions,
    /// The calendar time of the run.
    pub clock: Clock,
}

/// How mail servers are talked to.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    /// The time for one reply, the greeting too.
    pub timeout: Duration,
    /// The name behind EHLO: a domain name or an address literal. Without one it is the literal of whatever
    /// address a connection leaves from.
    pub helo_name: Option<String>,
    /// Whether the user said that the servers are theirs to test.
    pub authorized: bool,
}

impl SmtpOptions {
    /// This host's own name, if it has a dot and so may be one that others can look up.
    #[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd"))]
    pub fn host_name() -> Option<String> {
        let name: Domain = nix::unistd::gethostname().ok()?.to_str()?.parse().ok()?;
        (name.labels().count() > 1).then(|| name.to_string())
    }

    /// This host's own name, which is not known on this system.
    #[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd")))]
    pub fn host_name() -> Option<String> {
        None
    }
}
