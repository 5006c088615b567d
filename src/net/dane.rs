//! TLSA records of mail hosts: where they stand, whether they can be believed, and whether a certificate chain
//! satisfies them (RFC 7672).

mod matching;

use std::net::IpAddr;
use std::sync::Arc;

use hickory_proto::rr::{RData, Record, RecordType};
use rustls::pki_types::{CertificateDer, UnixTime};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::matching::Matching;
use super::Net;
use super::dns::{self, Authenticated, Name, Question, Reply, Security, Unusable};
use super::lookup::text;
use crate::mail::tlsa::{Fault, Tlsa};
use crate::names::domain::Domain;
use crate::report::{Evidence, Proof};

/// What the DNS says of a mail host's TLSA records.
#[derive(Debug, Clone)]
pub struct Tlsas {
    /// The host.
    pub host: String,
    /// The port they are for.
    pub port: u16,
    /// How far they can be believed.
    pub status: Status,
    /// Why, in words; empty where the status says it all.
    pub why: String,
    /// The TLSA base domain: the name that is asked for in the handshake, too (RFC 7672 §2.2.3, §8.1).
    pub base: String,
    /// The records, also those that nobody may use.
    pub records: Vec<Published>,
    /// The question without an answer, if the status is [`Status::Unreachable`].
    pub failed: Option<Box<dns::Error>>,
    /// What came where records should be, to be quoted.
    pub evidence: Vec<Evidence>,
}

/// A TLSA record and how long it may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The record.
    pub tlsa: Tlsa,
    /// Its time to live, in seconds.
    pub ttl_s: u32,
}

/// How far a host's TLSA records can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// There are records, signed all the way: senders that know DANE must use them.
    Secure,
    /// It is proven that there are none.
    Absent,
    /// The host's address or the records are not signed, so that DANE does not apply.
    Insecure,
    /// The signatures of the address or of the records are broken: such senders do not deliver.
    Bogus,
    /// A question got no answer.
    Unreachable,
    /// Nobody who can be believed has looked at the signatures.
    Unvalidated,
}

impl Status {
    /// The word all formats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Secure => "secure",
            Status::Absent => "absent",
            Status::Insecure => "insecure",
            Status::Bogus => "bogus",
            Status::Unreachable => "unreachable",
            Status::Unvalidated => "unvalidated",
        }
    }
}

impl Tlsas {
    /// Where the records stand: `_25._tcp.mx.example`.
    pub fn owner(&self) -> String {
        owner(&self.base, self.port)
    }

    /// Whether senders that know DANE must authenticate the server by them: they are secure and one at least can
    /// be used (RFC 7672 §2.2).
    pub fn is_usable(&self) -> bool {
        self.status == Status::Secure && self.records.iter().any(|record| record.tlsa.fault().is_none())
    }

    /// Whether senders that know DANE must use TLS because of them, be it without authentication (RFC 7672 §2.2).
    pub fn binds_senders(&self) -> bool {
        self.status == Status::Secure && !self.records.is_empty()
    }

    /// What each record makes of a chain, in their order. `next_hops` are the names of the domain the mail is for, if
    /// its MX records are signed: a certificate by DANE-TA(2) may bear one of them (RFC 7672 §3.2.2).
    pub fn judge(&self, chain: &[CertificateDer<'_>], next_hops: &[String], now: UnixTime) -> Vec<Matching> {
        let records: Vec<(&Tlsa, Option<Fault>)> =
            self.records.iter().map(|record| (&record.tlsa, record.tlsa.fault())).collect();
        let usable: Vec<&Tlsa> =
            records.iter().filter(|(_, fault)| fault.is_none()).map(|(record, _)| *record).collect();
        let names: Vec<&str> =
            std::iter::once(self.base.as_str()).chain(next_hops.iter().map(String::as_str)).collect();
        let judge = |(record, fault): (&Tlsa, Option<Fault>)| match fault {
            Some(fault) => Matching::Unusable(fault),
            None if usable.iter().any(|other| record.is_overruled_by(other)) => Matching::Overruled,
            None => matching::outcome(record, chain, &names, now),
        };
        records.into_iter().map(judge).collect()
    }

    /// Whether a chain satisfies them for a sender that knows DANE.
    pub fn are_satisfied_by(&self, chain: &[CertificateDer<'_>], next_hops: &[String], now: UnixTime) -> bool {
        self.status == Status::Secure && self.judge(chain, next_hops, now).iter().any(Matching::is_match)
    }
}

/// Where the TLSA records of a TLSA base domain stand (RFC 6698 §3).
pub fn owner(base: &str, port: u16) -> String {
    format!("_{port}._tcp.{base}")
}

/// The chain of aliases behind a host, and how it and the addresses at its end can be believed.
struct Found {
    aliases: Vec<String>,
    security: Security,
}

impl Net {
    /// The TLSA records of a mail host and how far they can be believed (RFC 7672 §2.2).
    pub async fn tlsa(&self, host: &str, port: u16) -> Tlsas {
        let mut tlsas = Tlsas {
            host: host.to_owned(),
            port,
            status: Status::Absent,
            why: String::new(),
            base: host.to_owned(),
            records: Vec::new(),
            failed: None,
            evidence: Vec::new(),
        };
        if host.parse::<IpAddr>().is_ok() {
            tlsas.why = "an address has no TLSA records".to_owned();
            return tlsas;
        }
        let Some(name) = host.parse::<Domain>().ok().map(|host| Name::from(&host)) else {
            tlsas.why = "this is no name of a host".to_owned();
            return tlsas;
        };
        let found = match self.trail(&name).await {
            Ok(found) => found,
            Err(unusable) => {
                tlsas.withheld(unusable);
                return tlsas;
            }
        };
        let alias = found.aliases.last().cloned();
        let candidates = match &found.security {
            // RFC 7672 §2.2.2: the name at the end first, then the one that was asked for.
            Security::Secure | Security::Unknown(_) => {
                alias.into_iter().chain([host.to_owned()]).collect::<Vec<String>>()
            }
            Security::Insecure => {
                let is_signed_alias = alias.is_some() && self.is_signed_alias(&name).await;
                if !is_signed_alias {
                    tlsas.unsigned(self).await;
                    return tlsas;
                }
                vec![host.to_owned()]
            }
        };
        let mut absence = None;
        for candidate in candidates {
            let Ok(owner) = Name::from_labels(&owner(&candidate, port)) else { continue };
            let authenticated = match self.dns.authenticated(Question::new(owner.clone(), RecordType::TLSA)).await {
                Ok(authenticated) => authenticated,
                Err(unusable) => {
                    tlsas.base = candidate;
                    tlsas.withheld(unusable);
                    return tlsas;
                }
            };
            tlsas.evidence.extend(authenticated.proof(&owner, RecordType::TLSA));
            let records = match records(&owner, &authenticated) {
                Ok(records) => records,
                Err(error) => {
                    tlsas.base = candidate;
                    tlsas.withheld(Unusable::Failed(error));
                    return tlsas;
                }
            };
            let unproven = match &found.security {
                Security::Unknown(why) => Some(why.clone()),
                _ => None,
            };
            let (status, why) = match (authenticated.security, unproven) {
                (Security::Unknown(why), _) | (Security::Secure | Security::Insecure, Some(why)) => {
                    (Status::Unvalidated, why)
                }
                (Security::Insecure, None) => (Status::Insecure, "they are not signed".to_owned()),
                (Security::Secure, None) if records.is_empty() => (Status::Absent, String::new()),
                (Security::Secure, None) => (Status::Secure, String::new()),
            };
            if records.is_empty() {
                absence.get_or_insert((status, why));
                continue;
            }
            // RFC 7672 §2.2.3: insecure records are as none, so that the next name has its turn.
            let is_last_word = status != Status::Insecure;
            if is_last_word || tlsas.records.is_empty() {
                (tlsas.status, tlsas.why, tlsas.base, tlsas.records) = (status, why, candidate, records);
            }
            if is_last_word {
                return tlsas;
            }
        }
        if let Some((status, why)) = absence.filter(|_| tlsas.records.is_empty()) {
            let why = if status == Status::Insecure { "the zone is not signed".to_owned() } else { why };
            (tlsas.status, tlsas.why) = (status, why);
        }
        tlsas
    }

    /// Whether one of several hosts has TLSA records, whoever believes them.
    ///
    /// # Errors
    /// [`dns::Error`] if none is known to have one and a question got no answer.
    pub async fn has_tlsa(&self, hosts: &[Domain], port: u16) -> Result<bool, Box<dns::Error>> {
        let owners = hosts.iter().filter_map(|host| Name::from_labels(&owner(host.as_str(), port)).ok());
        let questions = owners.map(|owner| Question::new(owner, RecordType::TLSA)).collect();
        let mut failed = None;
        for exchange in self.dns.submit(questions).await {
            match exchange.result {
                Ok(reply) if published(&reply).is_empty() => {}
                Ok(_) => return Ok(true),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(false), Err)
    }

    /// The aliases and addresses of a host as a sender sees them that knows DANE.
    async fn trail(&self, name: &Name) -> Result<Found, Unusable> {
        let ask = |rtype| self.dns.authenticated(Question::new(name.clone(), rtype));
        let (v4, v6) = futures_util::future::join(ask(RecordType::A), ask(RecordType::AAAA)).await;
        let mut with = Vec::new();
        let mut without = Vec::new();
        let mut unusable = None;
        for (rtype, authenticated) in [(RecordType::A, v4), (RecordType::AAAA, v6)] {
            let authenticated = match authenticated {
                Ok(authenticated) => authenticated,
                Err(why @ Unusable::Bogus { .. }) => return Err(why),
                Err(why) => {
                    unusable.get_or_insert(why);
                    continue;
                }
            };
            let aliases = match authenticated.reply.aliases() {
                Ok(aliases) => aliases.iter().map(text).collect(),
                Err(error) => {
                    unusable.get_or_insert(Unusable::Failed(Box::new(unreadable(name, rtype, &authenticated, &error))));
                    continue;
                }
            };
            let has_records = matches!(authenticated.reply.answer(rtype), Ok(dns::Answer::Records(_)));
            let found = Found { aliases, security: authenticated.security };
            if has_records { with.push(found) } else { without.push(found) }
        }
        // What is there counts before what is not: one family is enough to be reached.
        let mut all = if with.is_empty() { without } else { with };
        if let (true, Some(unusable)) = (all.is_empty(), unusable) {
            return Err(unusable);
        }
        let least = all.iter().position(|found| found.security != Security::Secure).unwrap_or_default();
        Ok(all.swap_remove(least))
    }

    /// Whether an alias is signed although what it leads to is not (RFC 7672 §2.2.2).
    async fn is_signed_alias(&self, name: &Name) -> bool {
        let authenticated = self.dns.authenticated(Question::new(name.clone(), RecordType::CNAME)).await;
        authenticated.is_ok_and(|authenticated| {
            let is_there = authenticated.reply.aliases().is_ok_and(|aliases| !aliases.is_empty());
            is_there && authenticated.security == Security::Secure
        })
    }
}

/// Records of a host that are quoted at most.
const MAX_QUOTED: usize = 8;

impl Tlsas {
    /// The records as received; without one, what came instead.
    pub fn proof(&self) -> Proof {
        let owner = self.owner();
        let records = self.records.iter().take(MAX_QUOTED);
        let records = records.map(|record| Evidence::record(&owner, "TLSA", record.ttl_s, record.tlsa.to_string()));
        let absent = self.evidence.iter().filter(|_| self.records.is_empty() || self.status == Status::Bogus);
        Proof::of(absent.cloned().chain(records), || Evidence::given("host", &self.host))
    }

    fn withheld(&mut self, unusable: Unusable) {
        match unusable {
            Unusable::Bogus { why, reply, evidence } => {
                self.evidence.push(evidence);
                (self.status, self.why) = (Status::Bogus, why);
                self.records = published(&reply);
            }
            Unusable::Failed(error) => {
                (self.status, self.why) = (Status::Unreachable, error.to_string());
                self.failed = Some(error);
            }
        }
    }

    /// Looks up the records of a host whose address is not signed: nobody uses them, but an administrator may
    /// wonder why.
    async fn unsigned(&mut self, net: &Net) {
        (self.status, self.why) = (Status::Insecure, "the host's address is not signed".to_owned());
        let Ok(owner) = Name::from_labels(&self.owner()) else { return };
        // RFC 7672 §2.2.2: senders do not even ask, so that a failure means nothing.
        if let Ok(authenticated) = net.dns.authenticated(Question::new(owner.clone(), RecordType::TLSA)).await {
            self.evidence.extend(authenticated.proof(&owner, RecordType::TLSA));
            self.records = published(&authenticated.reply);
        }
    }
}

/// The TLSA records of an answer; none if it cannot be read.
fn published(reply: &Reply) -> Vec<Published> {
    match reply.answer(RecordType::TLSA) {
        Ok(dns::Answer::Records(records)) => records.iter().take(MAX_RECORDS).filter_map(read).collect(),
        _ => Vec::new(),
    }
}

fn records(owner: &Name, authenticated: &Authenticated) -> Result<Vec<Published>, Box<dns::Error>> {
    match authenticated.reply.answer(RecordType::TLSA) {
        Ok(dns::Answer::Records(records)) => Ok(records.iter().take(MAX_RECORDS).filter_map(read).collect()),
        Ok(dns::Answer::NoData | dns::Answer::NxDomain) => Ok(Vec::new()),
        Err(error) => Err(Box::new(unreadable(owner, RecordType::TLSA, authenticated, &error))),
    }
}

/// Records of a host that are looked at; nobody needs so many.
const MAX_RECORDS: usize = 256;

fn read(record: &Record) -> Option<Published> {
    let RData::TLSA(data) = &record.data else { return None };
    let tlsa = Tlsa {
        usage: data.cert_usage.into(),
        selector: data.selector.into(),
        matching: data.matching.into(),
        data: data.cert_data.clone(),
    };
    Some(Published { tlsa, ttl_s: record.ttl })
}

fn unreadable(name: &Name, rtype: RecordType, authenticated: &Authenticated, error: &dns::Unreadable) -> dns::Error {
    let kind = dns::ErrorKind::Malformed { why: error.to_string() };
    dns::Error { name: name.clone(), rtype, server: Arc::clone(&authenticated.server), kind }
}
