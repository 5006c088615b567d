//! An answer as evidence: the records as they came, or what came instead of one.

use std::sync::Arc;

use hickory_proto::rr::{RData, Record, RecordType};

use super::{Error, Exchange, Name, Reply};
use crate::report::{Evidence, Proof, clean, clean_bytes};

/// An answer, what was asked for, and who gave it.
#[derive(Debug, Clone)]
pub struct Answered {
    name: Name,
    rtype: RecordType,
    server: Arc<str>,
    reply: Reply,
}

/// Records of one answer that are quoted at most.
const MAX_QUOTED: usize = 16;

impl Answered {
    /// What `server` answered for `name`.
    pub fn new(name: Name, rtype: RecordType, server: Arc<str>, reply: Reply) -> Self {
        Answered { name, rtype, server, reply }
    }

    /// The server that answered.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The records of the type asked for with the aliases that lead to them; if there is no record, that there is none.
    pub fn proof(&self) -> Proof {
        let records = self.quote(|_| true);
        match records.iter().any(|piece| matches!(piece, Evidence::Record { rtype, .. } if rtype != "CNAME")) {
            true => Proof::of(records, || self.absence()),
            false => Proof::from(self.absence()).and(records),
        }
    }

    /// The records of the type asked for that `wanted` picks, and the aliases on the way; all records if it picks none.
    pub fn proof_of(&self, wanted: impl Fn(&RData) -> bool) -> Proof {
        let is_alias = |data: &RData| matches!(data, RData::CNAME(_));
        match self.holds(&wanted) {
            true => Proof::of(self.quote(|data| is_alias(data) || wanted(data)), || self.absence()),
            false => self.proof(),
        }
    }

    /// Whether a record of the type asked for is as `wanted`.
    pub fn holds(&self, wanted: impl Fn(&RData) -> bool) -> bool {
        self.records().iter().any(|record| record.record_type() == self.rtype && wanted(&record.data))
    }

    /// The aliases on the way.
    pub fn aliases(&self) -> Vec<Evidence> {
        self.quote(|data| matches!(data, RData::CNAME(_)))
    }

    /// What was asked, of whom, and that no record came.
    fn absence(&self) -> Evidence {
        let answer = if self.reply.is_nxdomain() { "NXDOMAIN" } else { "NODATA" };
        Evidence::Absence {
            name: self.name.to_string(),
            rtype: self.rtype.to_string(),
            server: clean(&self.server),
            answer: answer.to_owned(),
        }
    }

    fn quote(&self, wanted: impl Fn(&RData) -> bool) -> Vec<Evidence> {
        self.records().iter().filter(|record| wanted(&record.data)).take(MAX_QUOTED).map(quoted).collect()
    }

    fn records(&self) -> Vec<Record> {
        if self.reply.is_empty() {
            return Vec::new();
        }
        let fits = |record: &Record| [self.rtype, RecordType::CNAME].contains(&record.record_type());
        let message = self.reply.message().ok();
        message.map(|message| message.answers.into_iter().filter(fits).collect()).unwrap_or_default()
    }
}

/// A record as evidence.
fn quoted(record: &Record) -> Evidence {
    let data = match &record.data {
        RData::TXT(text) => format!("\"{}\"", clean_bytes(&text.txt_data.concat())),
        other => other.to_string(),
    };
    Evidence::record(Name::from(&record.name), record.record_type(), record.ttl, data)
}

impl Exchange {
    /// What came as an answer for `name`, to be quoted.
    pub fn answered(&self, name: &Name, rtype: RecordType) -> Option<Answered> {
        let reply = self.result.as_ref().ok()?.clone();
        Some(Answered::new(name.clone(), rtype, Arc::clone(&self.server), reply))
    }
}

impl Error {
    /// What was asked, of whom, and what came instead of an answer.
    pub fn evidence(&self) -> Evidence {
        Evidence::Absence {
            name: self.name.to_string(),
            rtype: self.rtype.to_string(),
            server: clean(&self.server),
            answer: clean(&self.outcome()),
        }
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
    use hickory_proto::rr::rdata::{CNAME, TXT};

    use super::*;

    fn name(text: &str) -> hickory_proto::rr::Name {
        hickory_proto::rr::Name::from_ascii(text).expect("a name")
    }

    fn answered(answers: Vec<Record>, rcode: ResponseCode) -> Answered {
        let mut message = Message::response(1, OpCode::Query);
        message.metadata.response_code = rcode;
        message.add_query(Query::query(name("a.example."), RecordType::TXT));
        message.add_answers(answers);
        let reply = Reply::from_bytes(&message.to_vec().expect("a message"));
        Answered::new(Name::from(&name("a.example.")), RecordType::TXT, "192.0.2.53:53".into(), reply)
    }

    #[test]
    fn records_are_quoted_with_the_aliases_that_lead_to_them() {
        let answers = vec![
            Record::from_rdata(name("a.example."), 300, RData::CNAME(CNAME(name("b.example.")))),
            Record::from_rdata(name("b.example."), 60, RData::TXT(TXT::new(vec!["v=".into(), "1\u{1b}".into()]))),
        ];
        let proof = answered(answers, ResponseCode::NoError).proof();
        let expected = [
            Evidence::record("a.example", "CNAME", 300, "b.example."),
            Evidence::record("b.example", "TXT", 60, "\"v=1\""),
        ];
        assert_eq!(proof.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn absence_says_what_was_asked_and_of_whom() {
        let alias = Record::from_rdata(name("a.example."), 300, RData::CNAME(CNAME(name("b.example."))));
        let absence = |answer: &str| Evidence::Absence {
            name: "a.example".into(),
            rtype: "TXT".into(),
            server: "192.0.2.53:53".into(),
            answer: answer.into(),
        };
        assert_eq!(answered(vec![], ResponseCode::NoError).proof(), Proof::from(absence("NODATA")));
        let proof = answered(vec![alias], ResponseCode::NXDomain).proof();
        let expected = [absence("NXDOMAIN"), Evidence::record("a.example", "CNAME", 300, "b.example.")];
        assert_eq!(proof.into_iter().collect::<Vec<_>>(), expected);
    }
}
