//! A small world of name servers and blocklists on loopback, described in TOML.
//!
//! It serves `spamcheck demo` and the tests: a list can be ordinary, refuse, be dead, list everything, be slow
//! or silent, and everything else a real list has been seen to do.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, NULL, PTR, SOA, TLSA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinHandle;

use super::mail::{MailDescription, MailServers};
use crate::catalogue::List;
use crate::checks::dnsbl::zone::{Query, Zone};
use crate::mail::tlsa::Tlsa;

/// A world's description.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Description {
    /// The blocklists.
    #[serde(default, rename = "list")]
    pub lists: Vec<ListDescription>,
    /// Addresses by host name.
    #[serde(default)]
    pub hosts: BTreeMap<String, Vec<IpAddr>>,
    /// Mail exchangers by domain: `mx.example`, or with a preference of its own `0 mx.example`.
    #[serde(default)]
    pub mx: BTreeMap<String, Vec<String>>,
    /// Name servers by zone.
    #[serde(default)]
    pub ns: BTreeMap<String, Vec<String>>,
    /// The mail servers.
    #[serde(default, rename = "mail")]
    pub mail: Vec<MailDescription>,
    /// Host names by address, or by the reversed name itself.
    #[serde(default)]
    pub ptr: BTreeMap<String, Vec<String>>,
    /// What a name is an alias of.
    #[serde(default)]
    pub cname: BTreeMap<String, String>,
    /// TXT records by name, each a text or the strings it is made of.
    #[serde(default)]
    pub txt: BTreeMap<String, Vec<Text>>,
    /// Records of the abandoned type SPF by name.
    #[serde(default)]
    pub type99: BTreeMap<String, Vec<String>>,
    /// TLSA records by the name they stand at: `3 1 1` and data in hex, or `3 1 1 @mx.example` for those of a mail
    /// server's first certificate, `@mx.example:1` of its second, `@mx.example:issuer` of who signed the first.
    #[serde(default)]
    pub tlsa: BTreeMap<String, Vec<String>>,
    /// Names that the resolver cannot tell anything about.
    #[serde(default)]
    pub servfail: Vec<String>,
    /// Names at and below which nothing is signed although the resolver validates.
    #[serde(default)]
    pub insecure: Vec<String>,
    /// Names whose signatures are broken: the resolver withholds what is there unless it is told not to check.
    #[serde(default)]
    pub bogus: Vec<String>,
    /// Names about which nobody answers.
    #[serde(default)]
    pub silent: Vec<String>,
    /// Names that a name server should answer for and does not.
    #[serde(default)]
    pub lame: Vec<String>,
    /// Names that a name server refuses to answer for, because it does not hold their zone.
    #[serde(default)]
    pub disowned: Vec<String>,
    /// Whether a name without records of its own is denied even if names below it exist, as broken servers do.
    #[serde(default)]
    pub denies_parents: bool,
    /// Whether names that do not exist have this address.
    pub rewrites: Option<Ipv4Addr>,
    /// Whether addresses in 127.0.0.0/8 are taken out of every answer, as rebind protection does.
    #[serde(default)]
    pub hides_loopback: bool,
    /// Whether the resolver says that it validates.
    #[serde(default)]
    pub validating: bool,
    /// Of so many questions in datagrams one is lost.
    pub loses_one_in: Option<u64>,
}

/// The data of a TXT record.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// A text; beyond 255 octets it is made of several strings.
    Whole(String),
    /// The strings, as they are.
    Strings(Vec<String>),
}

impl Text {
    fn strings(&self) -> Vec<&[u8]> {
        match self {
            Text::Whole(text) => text.as_bytes().chunks(255).collect(),
            Text::Strings(strings) => strings.iter().map(String::as_bytes).collect(),
        }
    }
}

/// A blocklist's description.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ListDescription {
    /// Its zone.
    pub zone: String,
    /// How it behaves.
    #[serde(default)]
    pub manner: Manner,
    /// What it answers where its manner answers alike to everything.
    #[serde(default = "usual_answer")]
    pub answer: Ipv4Addr,
    /// Questions it answers before it turns into what `again` says.
    #[serde(default)]
    pub lasts: Option<u64>,
    /// What becomes of a list that answers once, or lasts for a while: by itself it lists nothing any more.
    #[serde(default = "nothing_any_more")]
    pub again: Manner,
    /// Milliseconds before each answer.
    #[serde(default)]
    pub delay_ms: u64,
    /// Answers by address or name.
    #[serde(default)]
    pub entries: BTreeMap<String, Vec<Ipv4Addr>>,
    /// Reasons by address or name.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
}

fn usual_answer() -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, 2)
}

fn nothing_any_more() -> Manner {
    Manner::Dead
}

/// How a list behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// As RFC 5782 asks.
    #[default]
    Ordinary,
    /// Answers its entries, but not its test entries.
    Unproven,
    /// Exists, and lists nothing.
    Mute,
    /// Answers everything with one code.
    Wildcard,
    /// Its zone does not exist.
    Dead,
    /// Never answers.
    Silent,
    /// The resolver cannot reach it.
    Servfail,
    /// Its servers refuse.
    Refused,
    /// Answers once with a listing, then as `again` says.
    Once,
}

/// A world that is up. It goes down when it is dropped.
#[derive(Debug)]
pub struct World {
    /// Where its resolver listens, on UDP and TCP.
    pub resolver: SocketAddr,
    /// Its mail servers.
    pub mail: MailServers,
    questions: Arc<AtomicU64>,
    tasks: Vec<JoinHandle<()>>,
}

impl World {
    /// Starts the world on a free port of loopback.
    ///
    /// # Errors
    /// The system's, if no port is free; or a sentence about the description.
    pub async fn start(description: &Description) -> io::Result<Self> {
        // The records may be about the certificates, which are made when the servers start.
        let mail = MailServers::start(&description.mail).await?;
        let answers = Arc::new(Answers::new(description, &mail).map_err(io::Error::other)?);
        let (udp, tcp) = bind().await?;
        let resolver = udp.local_addr()?;
        let udp = Arc::new(udp);
        let tasks = vec![
            tokio::spawn(serve_udp(Arc::clone(&udp), Arc::clone(&answers))),
            tokio::spawn(serve_tcp(tcp, Arc::clone(&answers))),
        ];
        Ok(World { resolver, mail, questions: Arc::clone(&answers.questions), tasks })
    }

    /// How many questions it was asked.
    pub fn questions(&self) -> u64 {
        self.questions.load(Ordering::Relaxed)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// One free port for both protocols.
async fn bind() -> io::Result<(UdpSocket, TcpListener)> {
    let mut last = io::Error::other("no port is free");
    for _ in 0..32 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Questions in a datagram have at most this many octets here.
const DATAGRAM: usize = 1500;
/// Larger answers go over TCP: what clients announce since the DNS flag day of 2020.
const PAYLOAD: usize = 1232;

async fn serve_udp(socket: Arc<UdpSocket>, answers: Arc<Answers>) {
    let mut buffer = [0; DATAGRAM];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else { return };
        if answers.loses_next() {
            continue;
        }
        let Some((reply, delay)) = answers.reply(&buffer[..length]) else { continue };
        let truncated = reply.len() > PAYLOAD;
        let bytes = if truncated { truncate(&reply) } else { reply };
        if delay.is_zero() {
            // A reply that cannot be sent is a lost one.
            let _ = socket.send_to(&bytes, peer).await;
            continue;
        }
        let socket = Arc::clone(&socket);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let _ = socket.send_to(&bytes, peer).await;
        });
    }
}

fn truncate(reply: &[u8]) -> Vec<u8> {
    let Ok(mut message) = Message::from_vec(reply) else { return Vec::new() };
    message.metadata.truncation = true;
    message.answers.clear();
    message.authorities.clear();
    message.to_vec().unwrap_or_default()
}

async fn serve_tcp(listener: TcpListener, answers: Arc<Answers>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let answers = Arc::clone(&answers);
        tokio::spawn(async move {
            // A client that goes away ends its connection, nothing else.
            let _ = serve_connection(stream, &answers).await;
        });
    }
}

async fn serve_connection(mut stream: TcpStream, answers: &Answers) -> io::Result<()> {
    loop {
        let length = usize::from(stream.read_u16().await?);
        let mut query = vec![0; length];
        stream.read_exact(&mut query).await?;
        let Some((reply, delay)) = answers.reply(&query) else { continue };
        tokio::time::sleep(delay).await;
        stream.write_u16(u16::try_from(reply.len()).map_err(io::Error::other)?).await?;
        stream.write_all(&reply).await?;
    }
}

/// Everything the world knows.
struct Answers {
    records: HashMap<Name, Vec<RData>>,
    servfail: Vec<Name>,
    insecure: Vec<Name>,
    bogus: Vec<Name>,
    silent: Vec<Name>,
    lame: Vec<Name>,
    disowned: Vec<Name>,
    lists: HashMap<Name, ListAnswers>,
    denies_parents: bool,
    rewrites: Option<Ipv4Addr>,
    hides_loopback: bool,
    validating: bool,
    loses_one_in: Option<u64>,
    datagrams: AtomicU64,
    questions: Arc<AtomicU64>,
}

struct ListAnswers {
    zone: Name,
    manner: Manner,
    again: Manner,
    lasts: Option<u64>,
    answer: Ipv4Addr,
    delay: Duration,
    entries: HashMap<Name, Vec<RData>>,
    asked: AtomicU64,
}

impl Answers {
    fn new(description: &Description, mail: &MailServers) -> Result<Self, String> {
        let mut records: HashMap<Name, Vec<RData>> = HashMap::new();
        let mut add = |name: &str, data: RData| -> Result<(), String> {
            records.entry(parse(name)?).or_default().push(data);
            Ok(())
        };
        for (host, addresses) in &description.hosts {
            for address in addresses {
                add(
                    host,
                    match address {
                        IpAddr::V4(address) => RData::A(A(*address)),
                        IpAddr::V6(address) => RData::AAAA(AAAA(*address)),
                    },
                )?;
            }
        }
        for (domain, hosts) in &description.mx {
            for (index, host) in hosts.iter().enumerate() {
                let usual = u16::try_from(10 * (index + 1)).unwrap_or(u16::MAX);
                let (preference, host) = match host.split_once(' ') {
                    Some((preference, host)) => (preference.parse().map_err(|_| format!("MX {host}"))?, host),
                    None => (usual, host.as_str()),
                };
                add(domain, RData::MX(MX::new(preference, parse(host)?)))?;
            }
        }
        for (zone, servers) in &description.ns {
            for server in servers {
                add(zone, RData::NS(NS(parse(server)?)))?;
            }
        }
        for (entry, hosts) in &description.ptr {
            let owner = match entry.parse::<IpAddr>() {
                Ok(address) => Name::from(address).to_ascii(),
                Err(_) => entry.clone(),
            };
            for host in hosts {
                add(&owner, RData::PTR(PTR(parse(host)?)))?;
            }
        }
        for (name, texts) in &description.txt {
            for text in texts {
                add(name, RData::TXT(TXT::from_bytes(text.strings())))?;
            }
        }
        for (name, texts) in &description.type99 {
            for text in texts {
                // One string with its length in front, as in a TXT record.
                let length = u8::try_from(text.len()).map_err(|_| format!("{name}: more than 255 octets"))?;
                let rdata = NULL::with([&[length], text.as_bytes()].concat());
                add(name, RData::Unknown { code: RecordType::Unknown(99), rdata })?;
            }
        }
        for (name, texts) in &description.tlsa {
            for text in texts {
                let Tlsa { usage, selector, matching, data } = mail.tlsa(text)?;
                add(name, RData::TLSA(TLSA::new(usage.into(), selector.into(), matching.into(), data)))?;
            }
        }
        for (name, target) in &description.cname {
            add(name, RData::CNAME(CNAME(parse(target)?)))?;
        }
        let names = |names: &[String]| names.iter().map(|name| parse(name)).collect::<Result<Vec<_>, _>>();
        let (servfail, silent) = (names(&description.servfail)?, names(&description.silent)?);
        let (insecure, bogus) = (names(&description.insecure)?, names(&description.bogus)?);
        let lame = names(&description.lame)?;
        let disowned = names(&description.disowned)?;
        let lists = description.lists.iter().map(|list| Ok((parse(&list.zone)?, ListAnswers::new(list)?)));
        let lists = lists.collect::<Result<_, String>>()?;
        let Description { denies_parents, rewrites, hides_loopback, validating, loses_one_in, .. } = *description;
        let (datagrams, questions) = (AtomicU64::new(0), Arc::default());
        Ok(Answers {
            records,
            servfail,
            insecure,
            bogus,
            silent,
            lame,
            disowned,
            lists,
            denies_parents,
            rewrites,
            hides_loopback,
            validating,
            loses_one_in,
            datagrams,
            questions,
        })
    }

    /// Whether the next datagram is lost: in a fixed order, but not in step with how often a question is repeated.
    fn loses_next(&self) -> bool {
        let Some(one_in) = self.loses_one_in else { return false };
        let number = self.datagrams.fetch_add(1, Ordering::Relaxed);
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        mixed.is_multiple_of(one_in.max(1))
    }

    /// The reply to a query, and how long it takes; none if nobody answers.
    fn reply(&self, query: &[u8]) -> Option<(Vec<u8>, Duration)> {
        self.questions.fetch_add(1, Ordering::Relaxed);
        let query = Message::from_vec(query).ok()?;
        let question = query.queries.first()?.clone();
        let mut reply = Message::response(query.metadata.id, query.metadata.op_code);
        reply.metadata.message_type = MessageType::Response;
        reply.metadata.recursion_desired = query.metadata.recursion_desired;
        reply.metadata.recursion_available = true;
        reply.metadata.checking_disabled = query.metadata.checking_disabled;
        reply.add_query(question.clone());
        if let Some(edns) = &query.edns {
            reply.edns = Some(edns.clone());
        }
        let name = question.name().to_lowercase();
        let rtype = question.query_type();
        let mut delay = Duration::ZERO;
        let mut owner = name.clone();
        while let Some(target) = self.alias(&owner).filter(|_| rtype != RecordType::CNAME && reply.answers.len() < 16) {
            reply.add_answer(Record::from_rdata(owner, TTL, RData::CNAME(CNAME(target.clone()))));
            owner = target;
        }
        let trail = || reply.answers.iter().map(|record| &record.name).chain([&owner]);
        let is_bogus = trail().any(|name| self.bogus.contains(name));
        let is_signed = !trail().any(|name| self.insecure.iter().any(|zone| zone.zone_of(name)));
        reply.metadata.authentic_data = self.validating && is_signed && !is_bogus;
        let name = owner;
        if self.silent.contains(&name) {
            return None;
        }
        // Whoever wants no recursion asks a name server.
        reply.metadata.authoritative = !query.metadata.recursion_desired && !self.lame.contains(&name);
        let answer = match self.list(&name) {
            Some(list) if !self.servfail.contains(&name) => {
                delay = list.delay;
                list.answer(&name, rtype)?
            }
            _ if is_bogus && !query.metadata.checking_disabled => Answer::Code(ResponseCode::ServFail),
            _ if self.lame.contains(&name) => Answer::Records(Vec::new()),
            _ if self.disowned.contains(&name) => {
                if let Some(edns) = &mut reply.edns {
                    edns.options_mut().insert(EdnsOption::Unknown(15, NOT_AUTHORITATIVE.to_be_bytes().into()));
                }
                Answer::Code(ResponseCode::Refused)
            }
            _ => self.record(&name, rtype),
        };
        match answer {
            Answer::Records(data) => {
                reply.add_answers(data.into_iter().map(|data| Record::from_rdata(name.clone(), TTL, data)));
            }
            Answer::Code(code) => {
                reply.metadata.response_code = code;
                if let Some(edns) = reply.edns.as_mut().filter(|_| is_bogus) {
                    // RFC 8914 §4.7: DNSSEC Bogus.
                    edns.options_mut().insert(EdnsOption::Unknown(15, vec![0, 6]));
                }
            }
        }
        if self.hides_loopback {
            reply.answers.retain(|record| !matches!(&record.data, RData::A(address) if address.0.is_loopback()));
        }
        if !reply.answers.iter().any(|record| record.record_type() == rtype) {
            reply.add_authority(Record::from_rdata(Name::root(), TTL, soa()));
        }
        Some((reply.to_vec().ok()?, delay))
    }

    /// The list a name belongs to: the longest zone it ends with.
    fn list(&self, name: &Name) -> Option<&ListAnswers> {
        let mut zone = name.clone();
        loop {
            if let Some(list) = self.lists.get(&zone) {
                return Some(list);
            }
            if zone.is_root() {
                return None;
            }
            zone = zone.base_name();
        }
    }

    /// What a name is an alias of.
    fn alias(&self, name: &Name) -> Option<Name> {
        self.records.get(name)?.iter().find_map(|data| match data {
            RData::CNAME(target) => Some(target.0.clone()),
            _ => None,
        })
    }

    /// The nearest wildcard above a name without records of its own (RFC 4592 §3.3.1).
    fn wildcard(&self, name: &Name) -> Option<&Vec<RData>> {
        let mut above = name.clone();
        while !above.is_root() {
            let found = self.records.get(&above.clone().into_wildcard());
            if found.is_some() {
                return found;
            }
            above = above.base_name();
        }
        None
    }

    fn record(&self, name: &Name, rtype: RecordType) -> Answer {
        if self.servfail.contains(name) {
            return Answer::Code(ResponseCode::ServFail);
        }
        if name.is_root() && rtype == RecordType::SOA {
            return Answer::Records(vec![soa()]);
        }
        let has_below = || !self.denies_parents && self.records.keys().any(|other| name.zone_of(other));
        // A name with others below it exists (RFC 8020 §2).
        if !self.records.contains_key(name) && has_below() {
            return Answer::Records(Vec::new());
        }
        let Some(records) = self.records.get(name).or_else(|| self.wildcard(name)) else {
            return match self.rewrites {
                Some(address) if rtype == RecordType::A => Answer::Records(vec![RData::A(A(address))]),
                _ => Answer::Code(ResponseCode::NXDomain),
            };
        };
        Answer::Records(records.iter().filter(|data| data.record_type() == rtype).cloned().collect())
    }
}

enum Answer {
    Records(Vec<RData>),
    Code(ResponseCode),
}

/// The time to live of every record, in seconds.
const TTL: u32 = 60;
/// What a server says about a zone it does not hold (RFC 8914 §4.21).
const NOT_AUTHORITATIVE: u16 = 20;

impl ListAnswers {
    fn new(description: &ListDescription) -> Result<Self, String> {
        let zone = Zone::new(List::of_user(&description.zone), None)?;
        let name_of = |entry: &str| -> Result<Name, String> {
            let query = match entry.parse::<IpAddr>() {
                Ok(address) => Query::Address(address),
                Err(_) => Query::Domain(entry.parse().map_err(|error| format!("{entry}: {error}"))?),
            };
            let question = zone.question(&query, RecordType::A).map_err(|error| error.to_string())?;
            parse(&question.name.to_string())
        };
        let mut entries: HashMap<Name, Vec<RData>> = HashMap::new();
        for (entry, answers) in &description.entries {
            let data = answers.iter().map(|answer| RData::A(A(*answer)));
            entries.entry(name_of(entry)?).or_default().extend(data);
        }
        for (entry, reason) in &description.reasons {
            entries.entry(name_of(entry)?).or_default().push(RData::TXT(TXT::new(vec![reason.clone()])));
        }
        if matches!(description.manner, Manner::Ordinary | Manner::Once) {
            for entry in ["127.0.0.2", "::ffff:127.0.0.2", "test"] {
                entries.entry(name_of(entry)?).or_insert_with(|| vec![RData::A(A(usual_answer()))]);
            }
        }
        Ok(ListAnswers {
            zone: parse(&description.zone)?,
            manner: description.manner,
            again: description.again,
            lasts: description.lasts,
            answer: description.answer,
            delay: Duration::from_millis(description.delay_ms),
            entries,
            asked: AtomicU64::new(0),
        })
    }

    /// The list's answer; none if it stays silent.
    fn answer(&self, name: &Name, rtype: RecordType) -> Option<Answer> {
        let apex = *name == self.zone;
        let manner = if self.is_over() || self.was_told(name, rtype) { self.again } else { self.manner };
        Some(match manner {
            Manner::Silent => return None,
            Manner::Dead => Answer::Code(ResponseCode::NXDomain),
            Manner::Servfail => Answer::Code(ResponseCode::ServFail),
            Manner::Refused => Answer::Code(ResponseCode::Refused),
            _ if apex && rtype == RecordType::SOA => Answer::Records(vec![soa()]),
            _ if apex => Answer::Records(Vec::new()),
            Manner::Wildcard if rtype == RecordType::A => Answer::Records(vec![RData::A(A(self.answer))]),
            Manner::Mute => Answer::Code(ResponseCode::NXDomain),
            Manner::Ordinary | Manner::Unproven | Manner::Wildcard | Manner::Once => self.entry(name, rtype),
        })
    }

    /// Whether the list's time is over.
    fn is_over(&self) -> bool {
        self.lasts.is_some_and(|lasts| self.asked.fetch_add(1, Ordering::Relaxed) >= lasts)
    }

    /// Whether this is asked of a list that answers once, and has. Its test entries it always answers.
    fn was_told(&self, name: &Name, rtype: RecordType) -> bool {
        let Some(records) = self.entries.get(name).filter(|_| self.manner == Manner::Once) else { return false };
        let is_test = records.contains(&RData::A(A(usual_answer()))) && records.len() == 1;
        !is_test && rtype == RecordType::A && self.asked.fetch_add(1, Ordering::Relaxed) > 0
    }

    fn entry(&self, name: &Name, rtype: RecordType) -> Answer {
        let Some(records) = self.entries.get(name) else { return Answer::Code(ResponseCode::NXDomain) };
        Answer::Records(records.iter().filter(|data| data.record_type() == rtype).cloned().collect())
    }
}

fn soa() -> RData {
    RData::SOA(SOA::new(Name::root(), Name::root(), 1, 3_600, 600, 86_400, 60))
}

fn parse(name: &str) -> Result<Name, String> {
    // Label by label, since a world may hold what no host name may.
    let labels = name.trim_end_matches('.').split('.').filter(|label| !label.is_empty()).map(str::as_bytes);
    let mut name = Name::from_labels(labels).map_err(|error| format!("{name}: {error}"))?;
    name.set_fqdn(true);
    Ok(name.to_lowercase())
}
