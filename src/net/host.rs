//! A host's addresses together with the way to them, for checks that judge the records themselves.

use std::net::IpAddr;

use hickory_proto::rr::{RData, RecordType};

use super::Net;
use super::dns::{self, Answer, Answered, Error, ErrorKind, Exchange, Name, Question};
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

/// The records that answer a question, and the aliases on the way to them.
#[derive(Debug, Clone)]
pub struct Found {
    /// The aliases behind the name, in order.
    pub aliases: Vec<String>,
    /// Whether the name, or what it is an alias of, does not exist.
    pub missing: bool,
    /// The records' data; empty if there are none.
    pub records: Vec<RData>,
    /// The answer, to be quoted.
    pub answered: Answered,
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

    /// The records of one type, and the aliases on the way to them.
    ///
    /// # Errors
    /// [`Error`] if the question got no answer.
    pub async fn find(&self, name: &Name, rtype: RecordType) -> Result<Found, Box<Error>> {
        read(name, rtype, self.dns.ask(Question::new(name.clone(), rtype)).await)
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

/// Reads the answer to one question.
///
/// # Errors
/// [`Error`] if there is none.
pub fn read(name: &Name, rtype: RecordType, exchange: Exchange) -> Result<Found, Box<Error>> {
    let Exchange { result, server, .. } = exchange;
    let reply = result?;
    let unreadable = |why: dns::Unreadable| {
        let kind = ErrorKind::Malformed { why: why.to_string() };
        Box::new(Error { name: name.clone(), rtype, server: std::sync::Arc::clone(&server), kind })
    };
    let aliases = reply.aliases().map_err(unreadable)?.iter().map(text).collect();
    let answer = reply.answer(rtype).map_err(unreadable)?;
    let missing = answer == Answer::NxDomain;
    let records = match answer {
        Answer::Records(records) => records.into_iter().map(|record| record.data).collect(),
        Answer::NoData | Answer::NxDomain => Vec::new(),
    };
    let answered = Answered::new(name.clone(), rtype, server, reply);
    Ok(Found { aliases, missing, records, answered })
}

/// A name from the network as people read it: lower case, without the final dot, unusual octets escaped.
pub fn text(name: &hickory_proto::rr::Name) -> String {
    Name::from(name).to_string().to_ascii_lowercase()
}
