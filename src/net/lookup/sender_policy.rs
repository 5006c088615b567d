//! SPF's questions (RFC 7208 §4.4, §5), with a ledger of what came.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join;
use hickory_proto::rr::{RData, RecordType};

use super::reverse::reverse_name;
use super::texts::Text;
use crate::mail::spf::{Failure, Lookup, LookupAnswer};
use crate::names::domain::Domain;
use crate::names::host_name;
use crate::net::Net;
use crate::net::dns::{self, Exchange, Name, Question};
use crate::report::Evidence;

/// The type of the abandoned SPF records (RFC 7208 §3.1).
pub const TYPE99: RecordType = RecordType::Unknown(99);

/// The client as SPF needs it, with the ledger of what it was told.
#[derive(Debug, Clone, Copy)]
pub struct Resolver<'a>(pub &'a Net, pub &'a Ledger);

/// The answers of a run, to be quoted.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Vec<Entry>>);

#[derive(Debug)]
struct Entry {
    name: String,
    rtype: RecordType,
    evidence: Vec<Evidence>,
}

/// Answers that a ledger keeps at most; a walk reads fewer names.
const MAX_ENTRIES: usize = 4_096;

impl Ledger {
    fn note(&self, name: &Name, rtype: RecordType, exchange: &Exchange) {
        let evidence = match (&exchange.result, exchange.answered(name, rtype)) {
            (_, Some(answered)) => answered.proof().into_iter().collect(),
            (Err(error), None) => vec![error.evidence()],
            (Ok(_), None) => return,
        };
        let name = name.to_string().to_ascii_lowercase();
        let mut entries = self.entries();
        let is_there = entries.iter().any(|entry| entry.rtype == rtype && entry.name == name);
        if !is_there && entries.len() < MAX_ENTRIES {
            entries.push(Entry { name, rtype, evidence });
        }
    }

    /// What came for a name and any of these types.
    pub fn of(&self, name: &str, rtypes: &[RecordType]) -> Vec<Evidence> {
        let Ok(name) = Name::from_labels(name) else { return Vec::new() };
        let name = name.to_string().to_ascii_lowercase();
        let entries = self.entries();
        let found = entries.iter().filter(|entry| entry.name == name && rtypes.contains(&entry.rtype));
        found.flat_map(|entry| entry.evidence.clone()).collect()
    }

    /// Everything, in the order in which it came.
    pub fn all(&self) -> Vec<Evidence> {
        self.entries().iter().flat_map(|entry| entry.evidence.clone()).collect()
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolver<'_> {
    async fn ask<T>(
        &self,
        name: &str,
        rtype: RecordType,
        read: impl Fn(RData, u32) -> Option<T>,
    ) -> Result<LookupAnswer<T>, Failure> {
        let Ok(name) = Name::from_labels(name) else { return Ok(LookupAnswer::NxDomain) };
        self.ask_name(name, rtype, read).await
    }

    async fn ask_name<T>(
        &self,
        name: Name,
        rtype: RecordType,
        read: impl Fn(RData, u32) -> Option<T>,
    ) -> Result<LookupAnswer<T>, Failure> {
        let exchange = self.0.dns.ask(Question::new(name.clone(), rtype)).await;
        self.1.note(&name, rtype, &exchange);
        let failure = |error: &dns::Error| {
            let (words, server) = (error.to_string(), error.server.to_string());
            Failure { reason: error.reason(), words, server }
        };
        let reply = exchange.result.map_err(|error| failure(&error))?;
        let answer = reply.answer(rtype).map_err(|error| {
            let kind = dns::ErrorKind::Malformed { why: error.to_string() };
            failure(&dns::Error { name, rtype, server: exchange.server, kind })
        })?;
        Ok(match answer {
            dns::Answer::NoData => LookupAnswer::NoData,
            dns::Answer::NxDomain => LookupAnswer::NxDomain,
            dns::Answer::Records(records) => {
                let read: Vec<T> = records.into_iter().filter_map(|record| read(record.data, record.ttl)).collect();
                if read.is_empty() { LookupAnswer::NoData } else { LookupAnswer::Records(read) }
            }
        })
    }

    /// The TXT records of a name with all that is known of them.
    pub async fn records(&self, name: &str) -> Result<LookupAnswer<Text>, Failure> {
        self.ask(name, RecordType::TXT, |data, ttl_s| match data {
            RData::TXT(text) => Some(Text::new(&text, ttl_s)),
            _ => None,
        })
        .await
    }

    /// The abandoned SPF records of a name.
    pub async fn type99(&self, name: &str) -> Result<LookupAnswer<Vec<u8>>, Failure> {
        self.ask(name, TYPE99, |data, _| match data {
            RData::Unknown { rdata, .. } => {
                let mut octets = Vec::new();
                let mut rest = rdata.anything.as_slice();
                while let Some((length, tail)) = rest.split_first() {
                    let (string, tail) = tail.split_at_checked(usize::from(*length))?;
                    octets.extend_from_slice(string);
                    rest = tail;
                }
                Some(octets)
            }
            _ => None,
        })
        .await
    }

    /// The domain below the public suffix, if it does not exist and somebody could register it: its suffix is there,
    /// is open to the public, and is none of a network's own.
    pub async fn is_unregistered(&self, name: &str) -> Option<Domain> {
        let name: Domain = name.parse().ok()?;
        let registrable = name.registrable().filter(|_| host_name::private_suffix(&name).is_none())?;
        let suffix = registrable.parent()?;
        if CLOSED_SUFFIXES.iter().any(|closed| suffix.labels().next_back() == Some(closed)) {
            return None;
        }
        let missing = async |name: &Domain| {
            let answer = self.ask(name.as_str(), RecordType::NS, |data, _| Some(data)).await;
            answer.ok().map(|answer| matches!(answer, LookupAnswer::NxDomain))
        };
        let (registrable_is_missing, suffix_is_missing) = join(missing(&registrable), missing(&suffix)).await;
        (registrable_is_missing == Some(true) && suffix_is_missing == Some(false)).then_some(registrable)
    }
}

/// Top-level domains below which only bodies of a certain kind can register.
const CLOSED_SUFFIXES: [&str; 5] = ["arpa", "edu", "gov", "int", "mil"];

impl Lookup for Resolver<'_> {
    async fn texts(&self, name: &str) -> Result<LookupAnswer<Vec<u8>>, Failure> {
        Ok(match self.records(name).await? {
            LookupAnswer::Records(texts) => LookupAnswer::Records(texts.into_iter().map(|text| text.octets).collect()),
            LookupAnswer::NoData => LookupAnswer::NoData,
            LookupAnswer::NxDomain => LookupAnswer::NxDomain,
        })
    }

    async fn ipv4(&self, name: &str) -> Result<LookupAnswer<Ipv4Addr>, Failure> {
        self.ask(name, RecordType::A, |data, _| match data {
            RData::A(address) => Some(address.0),
            _ => None,
        })
        .await
    }

    async fn ipv6(&self, name: &str) -> Result<LookupAnswer<Ipv6Addr>, Failure> {
        self.ask(name, RecordType::AAAA, |data, _| match data {
            RData::AAAA(address) => Some(address.0),
            _ => None,
        })
        .await
    }

    async fn exchangers(&self, name: &str) -> Result<LookupAnswer<String>, Failure> {
        let answer = self
            .ask(name, RecordType::MX, |data, _| match data {
                RData::MX(mx) => Some((mx.preference, text(&mx.exchange))),
                _ => None,
            })
            .await?;
        Ok(match answer {
            LookupAnswer::Records(mut hosts) => {
                hosts.sort();
                LookupAnswer::Records(hosts.into_iter().map(|(_, host)| host).collect())
            }
            LookupAnswer::NoData => LookupAnswer::NoData,
            LookupAnswer::NxDomain => LookupAnswer::NxDomain,
        })
    }

    async fn names(&self, address: IpAddr) -> Result<LookupAnswer<String>, Failure> {
        self.ask_name(reverse_name(address), RecordType::PTR, |data, _| match data {
            RData::PTR(name) => Some(text(&name.0)),
            _ => None,
        })
        .await
    }
}

/// A name from the DNS as text with its labels as they are; empty for the root.
fn text(name: &hickory_proto::rr::Name) -> String {
    name.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(".")
}
