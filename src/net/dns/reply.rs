//! An answer as the server gave it, read only as far as someone asks.

use std::net::Ipv4Addr;

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::wire;
use crate::report::{clean, clean_bytes};

/// A complete answer to one question.
#[derive(Debug, Clone)]
pub struct Reply {
    bytes: Box<[u8]>,
    transport: Transport,
    /// None if the octets are no whole DNS message.
    envelope: Option<wire::Envelope>,
}

/// How an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// One datagram.
    Udp,
    /// TCP, because the datagram was truncated.
    Tcp,
    /// DNS over TLS (RFC 7858).
    Tls,
    /// DNS over HTTPS (RFC 8484).
    Https,
}

/// The records that answer a question, or their proven absence.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Records of the type asked for, at the end of the alias chain.
    Records(Vec<Record>),
    /// The name exists and has no record of this type.
    NoData,
    /// The name does not exist.
    NxDomain,
}

/// The answer's octets are not a DNS message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer cannot be read: {0}")]
pub struct Unreadable(pub String);

/// Aliases that are followed at most; BIND and unbound give up after as many or fewer.
const MAX_CHAIN: usize = 16;

impl Reply {
    pub(super) fn new(bytes: Box<[u8]>, transport: Transport) -> Self {
        let envelope = wire::envelope(&bytes);
        Reply { bytes, transport, envelope }
    }

    /// An answer from its octets, as if one datagram had brought it.
    pub fn from_bytes(bytes: &[u8]) -> Reply {
        Reply::new(bytes.into(), Transport::Udp)
    }

    /// The answer's octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How it came.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The response code, the part of it that stands in the OPT record too (RFC 6891 §6.1.3).
    pub fn rcode(&self) -> u16 {
        let low = || self.bytes.get(3).map_or(0, |flags| u16::from(flags & 0x0f));
        self.envelope.map_or_else(low, |envelope| envelope.rcode)
    }

    /// What is wrong with it as a message, if anything: such an answer is none.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.envelope.is_none() {
            return Some("the answer is cut short or holds less than it says");
        }
        // RFC 2181 §9: what is truncated is asked for again, and over a stream there is nothing left to ask.
        let cut = self.transport != Transport::Udp && wire::is_truncated(&self.bytes);
        cut.then_some("the answer is truncated although it came over a stream")
    }

    /// Whether it is not the zone's answer but one that somebody on the way put in its place, and says so: forged,
    /// blocked, censored, filtered (RFC 8914 §4.5, §4.16 to §4.18), or withheld as prohibited (§4.19).
    pub fn is_filtered(&self) -> bool {
        match self.extended_error_code() {
            Some(FORGED | BLOCKED..=FILTERED) => true,
            Some(PROHIBITED) => self.is_empty(),
            _ => false,
        }
    }

    /// Whether a blocklist refuses this resolver with it: the lists that do so answer in 127.255.255.0/24.
    pub(super) fn refuses_resolver(&self) -> bool {
        let addresses = self.ipv4().unwrap_or_default();
        addresses.iter().any(|(address, _)| matches!(address.octets(), [127, 255, 255, _]))
    }

    /// Whether the name does not exist.
    pub fn is_nxdomain(&self) -> bool {
        self.rcode() == 3
    }

    /// Whether the server answers for a zone of its own (AA).
    pub fn is_authoritative(&self) -> bool {
        self.bytes.get(2).is_some_and(|flags| flags & 0x04 != 0)
    }

    /// Whether the resolver vouches for the answer (AD).
    pub fn is_authentic(&self) -> bool {
        self.bytes.get(3).is_some_and(|flags| flags & 0x20 != 0)
    }

    /// Whether the answer section is empty, as the header says.
    pub fn is_empty(&self) -> bool {
        wire::answer_count(&self.bytes) == 0
    }

    /// Whether it only names servers that may know (RFC 1034 §4.3.1). That is what a server says about a zone it has
    /// handed on and does not look up for others: nothing of what the zone holds.
    pub fn is_referral(&self) -> bool {
        // A server that was not asked to recurse refers whether or not it would (RFC 1034 §4.3.1).
        let recursed = matches!(self.bytes.get(2..4), Some([asked, offered]) if asked & 1 != 0 && offered & 0x80 != 0);
        if recursed || self.is_authoritative() || self.rcode() != 0 || !self.is_empty() {
            return false;
        }
        // RFC 2308 §2.2: a SOA record tells that there is no data from a referral.
        let holds = |message: &Message, rtype| message.authorities.iter().any(|record| record.record_type() == rtype);
        let message = self.message().ok();
        message.is_some_and(|message| holds(&message, RecordType::NS) && !holds(&message, RecordType::SOA))
    }

    /// The whole message.
    ///
    /// # Errors
    /// [`Unreadable`] if the octets are no DNS message.
    pub fn message(&self) -> Result<Message, Unreadable> {
        Message::from_vec(&self.bytes).map_err(|error| Unreadable(error.to_string()))
    }

    /// The records of type `rtype`, through the alias chain.
    ///
    /// # Errors
    /// [`Unreadable`] if the octets are no DNS message, if it is a referral, or if the chain has no end.
    pub fn answer(&self, rtype: RecordType) -> Result<Answer, Unreadable> {
        if self.is_referral() {
            return Err(Unreadable("it is a referral to other name servers".into()));
        }
        if self.is_empty() {
            return Ok(if self.is_nxdomain() { Answer::NxDomain } else { Answer::NoData });
        }
        let message = self.message()?;
        let Some(query) = message.queries.first() else { return Err(Unreadable("no question".into())) };
        let aliases = chain(query.name(), &message.answers)?;
        let owner = aliases.last().unwrap_or_else(|| query.name());
        let (records, others): (Vec<Record>, Vec<Record>) =
            message.answers.into_iter().partition(|record| record.record_type() == rtype && record.name == *owner);
        if !records.is_empty() {
            return Ok(Answer::Records(records));
        }
        // RFC 5452 §6: records that nobody asked for are no answer, and no proof that there is none.
        let asked = std::iter::once(query.name()).chain(&aliases);
        let belongs = |record: &Record| match record.record_type() {
            // RFC 6672 §3.1: what makes an alias of a whole branch stands above the name, and so do its signatures.
            RecordType::RRSIG | DNAME => asked.clone().any(|name| record.name.zone_of(name)),
            _ => asked.clone().any(|name| record.name == *name),
        };
        let stray = others.iter().find(|record| !belongs(record));
        if let Some(stray) = stray {
            return Err(Unreadable(format!("it holds records of {} alone", clean(&stray.name.to_string()))));
        }
        Ok(if self.is_nxdomain() { Answer::NxDomain } else { Answer::NoData })
    }

    /// The aliases on the way from the name asked about, in order; the last is where the records stand. Empty
    /// for a name that is no alias.
    ///
    /// # Errors
    /// [`Unreadable`] if the octets are no DNS message, or if the chain has no end.
    pub fn aliases(&self) -> Result<Vec<Name>, Unreadable> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let message = self.message()?;
        let Some(query) = message.queries.first() else { return Err(Unreadable("no question".into())) };
        chain(query.name(), &message.answers)
    }

    /// The IPv4 addresses that answer an A question, with their TTL in seconds.
    ///
    /// # Errors
    /// [`Unreadable`] if the octets are no DNS message.
    pub fn ipv4(&self) -> Result<Vec<(Ipv4Addr, u32)>, Unreadable> {
        let Answer::Records(records) = self.answer(RecordType::A)? else { return Ok(Vec::new()) };
        Ok(records
            .iter()
            .filter_map(|record| match &record.data {
                RData::A(address) => Some((address.0, record.ttl)),
                _ => None,
            })
            .collect())
    }

    /// The TXT strings, each record's parts joined without a space (RFC 7208 §3.3), fit to be shown.
    ///
    /// # Errors
    /// [`Unreadable`] if the octets are no DNS message.
    pub fn texts(&self) -> Result<Vec<String>, Unreadable> {
        let Answer::Records(records) = self.answer(RecordType::TXT)? else { return Ok(Vec::new()) };
        Ok(records
            .iter()
            .filter_map(|record| match &record.data {
                RData::TXT(text) => Some(clean_bytes(&text.txt_data.concat())),
                _ => None,
            })
            .collect())
    }

    /// The number of the server's own explanation (RFC 8914 §5.2).
    pub fn extended_error_code(&self) -> Option<u16> {
        self.envelope?.explanation
    }

    /// The server's own explanation (RFC 8914), for example `EDE 18 (Prohibited): over quota`.
    pub fn extended_error(&self) -> Option<String> {
        let (code, text) = self.explanation()?;
        let name = ede_name(code);
        Some(if text.is_empty() { format!("EDE {code} ({name})") } else { format!("EDE {code} ({name}): {text}") })
    }

    /// Whether the server says that it does not hold the zone (RFC 8914 §4.21).
    pub fn disowns_zone(&self) -> bool {
        self.explanation().is_some_and(|(code, _)| code == NOT_AUTHORITATIVE)
    }

    /// Code and text of the explanation.
    fn explanation(&self) -> Option<(u16, String)> {
        let message = self.message().ok()?;
        let edns = message.edns?;
        let EdnsOption::Unknown(_, data) = edns.option(EdnsCode::Unknown(15))? else { return None };
        let (code, text) = data.split_at_checked(2)?;
        Some((u16::from_be_bytes([code[0], code[1]]), clean_bytes(text)))
    }
}

/// The aliases from `start` on, in order.
///
/// # Errors
/// [`Unreadable`] if they lead in a circle or are too many: no record is told of then, and none is missing.
fn chain(start: &Name, answers: &[Record]) -> Result<Vec<Name>, Unreadable> {
    let mut chain: Vec<Name> = Vec::new();
    loop {
        let owner = chain.last().unwrap_or(start);
        let next = answers.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == *owner => Some(&target.0),
            _ => None,
        });
        let Some(next) = next else { return Ok(chain) };
        if next == start || chain.contains(next) {
            return Err(Unreadable("its aliases lead in a circle".into()));
        }
        if chain.len() == MAX_CHAIN {
            return Err(Unreadable(format!("it has more than {MAX_CHAIN} aliases one after the other")));
        }
        chain.push(next.clone());
    }
}

const DNAME: RecordType = RecordType::Unknown(39);
/// Explanations of answers that are not the zone's (RFC 8914 §5.2).
const FORGED: u16 = 4;
const BLOCKED: u16 = 15;
const FILTERED: u16 = 17;
const PROHIBITED: u16 = 18;
/// The code of a server that does not hold the zone.
const NOT_AUTHORITATIVE: u16 = 20;

/// The names of RFC 8914 §4 and the registry after it.
fn ede_name(code: u16) -> &'static str {
    const NAMES: [&str; 25] = [
        "Other",
        "Unsupported DNSKEY Algorithm",
        "Unsupported DS Digest Type",
        "Stale Answer",
        "Forged Answer",
        "DNSSEC Indeterminate",
        "DNSSEC Bogus",
        "Signature Expired",
        "Signature Not Yet Valid",
        "DNSKEY Missing",
        "RRSIGs Missing",
        "No Zone Key Bit Set",
        "NSEC Missing",
        "Cached Error",
        "Not Ready",
        "Blocked",
        "Censored",
        "Filtered",
        "Prohibited",
        "Stale NXDOMAIN Answer",
        "Not Authoritative",
        "Not Supported",
        "No Reachable Authority",
        "Network Error",
        "Invalid Data",
    ];
    NAMES.get(usize::from(code)).copied().unwrap_or("unassigned")
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{OpCode, Query};
    use hickory_proto::rr::rdata::{A, CNAME, NS};

    use super::*;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).expect("a name")
    }

    fn reply(answers: Vec<Record>, authorities: Vec<Record>) -> Reply {
        let mut message = Message::response(1, OpCode::Query);
        message.add_query(Query::query(name("a0.example."), RecordType::A));
        message.add_answers(answers);
        message.add_authorities(authorities);
        Reply::from_bytes(&message.to_vec().expect("a message"))
    }

    fn alias(from: &str, to: &str) -> Record {
        Record::from_rdata(name(from), 300, RData::CNAME(CNAME(name(to))))
    }

    /// That many aliases, and an address at their end.
    fn aliases(count: usize) -> Reply {
        let step = |index| format!("a{index}.example.");
        let mut answers: Vec<Record> = (0..count).map(|index| alias(&step(index), &step(index + 1))).collect();
        answers.push(Record::from_rdata(name(&step(count)), 300, RData::A(A::new(192, 0, 2, 1))));
        reply(answers, Vec::new())
    }

    #[test]
    fn sixteen_aliases_are_followed_and_no_more() {
        assert!(matches!(aliases(MAX_CHAIN).answer(RecordType::A), Ok(Answer::Records(_))));
        assert_eq!(aliases(MAX_CHAIN).aliases().map(|aliases| aliases.len()), Ok(MAX_CHAIN));
        assert!(aliases(MAX_CHAIN + 1).answer(RecordType::A).is_err());
    }

    #[test]
    fn circle_of_aliases_is_not_the_absence_of_records() {
        let itself = reply(vec![alias("a0.example.", "a0.example.")], Vec::new());
        let later = vec![
            alias("a0.example.", "b.example."),
            alias("b.example.", "c.example."),
            alias("c.example.", "b.example."),
        ];
        for circle in [itself, reply(later, Vec::new())] {
            let error = circle.answer(RecordType::A).expect_err("a circle has no end");
            assert!(error.to_string().contains("circle"), "{error}");
            assert!(circle.aliases().is_err());
        }
    }

    #[test]
    fn referral_is_not_the_absence_of_records() {
        let servers = Record::from_rdata(name("example."), 300, RData::NS(NS(name("ns.example."))));
        let referral = reply(Vec::new(), vec![servers]);
        assert!(referral.is_referral() && referral.answer(RecordType::A).is_err());
        // RFC 2308 §2.2, type 3: nothing but the header.
        assert_eq!(reply(Vec::new(), Vec::new()).answer(RecordType::A), Ok(Answer::NoData));
    }
}
