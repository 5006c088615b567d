//! The names of an address.

use std::net::IpAddr;

use hickory_proto::rr::{self, RData, RecordType};

use super::text;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns::{Answered, Error, Name};

/// What the PTR records of an address say.
#[derive(Debug, Clone)]
pub struct Reverse {
    /// The aliases behind the reversed name, in order (RFC 2317).
    pub aliases: Vec<String>,
    /// Whether the reversed name does not exist.
    pub missing: bool,
    /// The names, in order and each once.
    pub names: Vec<rr::Name>,
    /// The answer, to be quoted.
    pub answered: Answered,
}

impl Reverse {
    /// The names as people read them.
    pub fn texts(&self) -> Vec<String> {
        self.names.iter().map(text).collect()
    }
}

/// Where the names of an address are published (RFC 1035 §3.5, RFC 3596 §2.5).
pub fn reverse_name(address: IpAddr) -> Name {
    let zone: Domain = match address {
        IpAddr::V4(_) => "in-addr.arpa",
        IpAddr::V6(_) => "ip6.arpa",
    }
    .parse()
    .expect("the zone's name is valid");
    Name::reversed(address, &Name::from(&zone)).expect("a reversed address fits in front of its zone")
}

impl Net {
    /// The names of an address.
    ///
    /// # Errors
    /// [`Error`] if the question got no answer.
    pub async fn reverse(&self, address: IpAddr) -> Result<Reverse, Box<Error>> {
        let found = self.find(&reverse_name(address), RecordType::PTR).await?;
        let name = |data| if let RData::PTR(name) = data { Some(name.0) } else { None };
        let mut names: Vec<rr::Name> = found.records.into_iter().filter_map(name).collect();
        names.sort();
        names.dedup();
        Ok(Reverse { aliases: found.aliases, missing: found.missing, names, answered: found.answered })
    }
}
