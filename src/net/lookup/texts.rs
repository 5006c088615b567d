//! TXT records: every reader of records in text form begins here.

use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, RecordType};

use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns::{self, Answer, Answered, Error, ErrorKind, Exchange, Name, Question};
use crate::report::{Evidence, Proof, clean};

/// The TXT records of a name, in the order of the answer.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// The records.
    pub records: Vec<Text>,
    /// Whether the name does not exist at all.
    pub is_missing: bool,
    /// The last name of the alias chain, if the name is an alias.
    pub alias: Option<String>,
    /// What came, to be quoted; nothing if nobody was asked.
    pub evidence: Vec<Evidence>,
}

impl Texts {
    /// What came for `name`: its records, or that it has none.
    pub fn proof(&self, name: impl ToString) -> Proof {
        Proof::of(self.evidence.clone(), || Evidence::given("name", name.to_string()))
    }
}

/// One TXT record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its strings joined without a space (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
    pub octets: Vec<u8>,
    /// The same as text; what is not UTF-8 is U+FFFD.
    pub text: String,
    /// Where in the octets its strings meet.
    pub seams: Vec<usize>,
    /// How long it may be kept, in seconds.
    pub ttl_s: u32,
}

impl Text {
    /// The record with its strings joined.
    pub fn new(record: &TXT, ttl_s: u32) -> Self {
        let mut seams = Vec::new();
        let mut octets = Vec::new();
        for string in &record.txt_data {
            octets.extend_from_slice(string);
            seams.push(octets.len());
        }
        seams.pop();
        Text { text: String::from_utf8_lossy(&octets).into_owned(), octets, seams, ttl_s }
    }

    /// The record as it is shown.
    pub fn shown(&self) -> String {
        clean(&self.text)
    }

    /// The record as evidence.
    pub fn evidence(&self, name: &str) -> Evidence {
        let data = format!("\"{}\"", self.shown());
        Evidence::Record { name: name.to_owned(), rtype: "TXT".into(), ttl_s: self.ttl_s, data }
    }
}

impl Net {
    /// The TXT records of one name.
    ///
    /// # Errors
    /// Those of [`read`].
    pub async fn texts(&self, name: &Domain) -> Result<Texts, Box<Error>> {
        read(self.dns.ask(question(name)).await, name)
    }
}

/// The question for the TXT records of a name.
pub fn question(name: &Domain) -> Question {
    Question::new(Name::from(name), RecordType::TXT)
}

/// Reads the answer to [`question`].
///
/// # Errors
/// [`Error`] if there is none, or one that cannot be read.
pub fn read(exchange: Exchange, name: &Domain) -> Result<Texts, Box<Error>> {
    let answered = exchange.answered(&Name::from(name), RecordType::TXT);
    let reply = exchange.result?;
    let unreadable = |error: dns::Unreadable| {
        let kind = ErrorKind::Malformed { why: error.to_string() };
        Box::new(Error { name: Name::from(name), rtype: RecordType::TXT, server: exchange.server.clone(), kind })
    };
    let evidence = answered.iter().flat_map(Answered::proof).collect();
    let mut texts = Texts { evidence, ..Texts::default() };
    if !reply.is_empty() {
        let message = reply.message().map_err(unreadable)?;
        let mut aliases = message.answers.iter().filter_map(|record| match &record.data {
            RData::CNAME(target) => Some(clean(target.0.to_string().trim_end_matches('.'))),
            _ => None,
        });
        texts.alias = aliases.next_back();
    }
    match reply.answer(RecordType::TXT).map_err(unreadable)? {
        Answer::NxDomain => texts.is_missing = true,
        Answer::NoData => {}
        Answer::Records(records) => {
            for record in records {
                if let RData::TXT(data) = &record.data {
                    texts.records.push(Text::new(data, record.ttl));
                }
            }
        }
    }
    Ok(texts)
}
