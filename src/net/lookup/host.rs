//! A host's addresses, and the aliases on the way to them.

use std::net::IpAddr;

use hickory_proto::rr::{RData, RecordType};

use super::{Found, read};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dial::Family;
use crate::net::dns::{Answered, Error, Name, Question};
use crate::report::{Evidence, Proof};

/// What the DNS says of a host, in both families whatever the user prefers.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// The aliases behind its name, in order.
    pub aliases: Vec<String>,
    /// Its addresses, IPv4 first.
    pub addresses: Vec<IpAddr>,
    /// Whether the name, or what it is an alias of, does not exist.
    pub missing: bool,
    /// The questions without an answer.
    pub failed: Vec<Error>,
    /// The answers, to be quoted.
    pub answers: Vec<Answered>,
}

impl Host {
    /// Whether it is certain that there is no address.
    pub fn has_no_address(&self) -> bool {
        self.addresses.is_empty() && self.failed.is_empty()
    }

    /// The addresses as received, with the aliases that lead to them; or that there are none.
    pub fn evidence(&self) -> Vec<Evidence> {
        self.quote(Answered::proof)
    }

    /// One of its addresses as received.
    pub fn evidence_of(&self, address: IpAddr) -> Option<Proof> {
        let is_it = |data: &RData| match data {
            RData::A(found) => address == IpAddr::V4(found.0),
            RData::AAAA(found) => address == IpAddr::V6(found.0),
            _ => false,
        };
        self.answers.iter().find(|answered| answered.holds(is_it)).map(|answered| answered.proof_of(is_it))
    }

    /// The aliases as received.
    pub fn evidence_of_aliases(&self) -> Vec<Evidence> {
        self.quote(Answered::aliases)
    }

    fn quote<P: IntoIterator<Item = Evidence>>(&self, quoted: impl Fn(&Answered) -> P) -> Vec<Evidence> {
        let mut pieces: Vec<Evidence> = Vec::new();
        for piece in self.answers.iter().flat_map(quoted) {
            // Both families bring the same aliases.
            let is_there = |other: &Evidence| match (other, &piece) {
                (Evidence::Record { name: a, rtype: b, data: c, .. }, Evidence::Record { name, rtype, data, .. }) => {
                    (a, b, c) == (name, rtype, data)
                }
                _ => *other == piece,
            };
            if !pieces.iter().any(is_there) {
                pieces.push(piece);
            }
        }
        pieces
    }
}

impl Net {
    /// The addresses of several hosts, asked in one batch.
    pub async fn hosts(&self, names: &[Name]) -> Vec<Host> {
        const TYPES: [RecordType; 2] = [RecordType::A, RecordType::AAAA];
        let questions = names.iter().flat_map(|name| TYPES.map(|rtype| Question::new(name.clone(), rtype)));
        let mut answers = self.dns.submit(questions.collect()).await.into_iter();
        let mut hosts = Vec::with_capacity(names.len());
        for name in names {
            let mut host = Host::default();
            for (rtype, exchange) in TYPES.into_iter().zip(answers.by_ref()) {
                match read(name, rtype, exchange) {
                    Ok(found) => host.take(found),
                    Err(error) => host.failed.push(*error),
                }
            }
            hosts.push(host);
        }
        hosts
    }

    /// The addresses of a host in the families that the user wants, IPv4 first; none if it has none.
    ///
    /// # Errors
    /// [`Error`] if a question got no answer.
    pub async fn addresses(&self, host: &Domain) -> Result<Vec<IpAddr>, Box<Error>> {
        Ok(self.addresses_and_proof(host).await?.0)
    }

    /// The same with what came: the records, or that there are none.
    ///
    /// # Errors
    /// [`Error`] if a question got no answer.
    pub async fn addresses_and_proof(&self, host: &Domain) -> Result<(Vec<IpAddr>, Vec<Evidence>), Box<Error>> {
        let types: &[RecordType] = match self.family {
            Some(Family::V4) => &[RecordType::A],
            Some(Family::V6) => &[RecordType::AAAA],
            None => &[RecordType::A, RecordType::AAAA],
        };
        let name = Name::from(host);
        let questions = types.iter().map(|rtype| Question::new(name.clone(), *rtype)).collect();
        let mut host = Host::default();
        for (exchange, rtype) in self.dns.submit(questions).await.into_iter().zip(types) {
            host.take(read(&name, *rtype, exchange)?);
        }
        let proof = host.answers.iter().flat_map(Answered::proof).collect();
        Ok((host.addresses, proof))
    }
}

impl Host {
    fn take(&mut self, found: Found) {
        self.missing |= found.missing;
        if self.aliases.is_empty() {
            self.aliases = found.aliases;
        }
        self.answers.push(found.answered);
        self.addresses.extend(found.records.into_iter().filter_map(|data| match data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        }));
    }
}
