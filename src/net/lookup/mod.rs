//! The questions that several checks ask, each read in one place: the answer is told, or absent, or could not be told.

pub mod host;
pub mod listing;
pub mod mail_route;
pub mod reverse;
pub mod sender_policy;
pub mod texts;
pub mod zone;

use hickory_proto::rr::{self, RData, RecordType};

use super::Net;
use super::dns::{self, Answer, Answered, Error, ErrorKind, Exchange, Name, Question};

/// The records that answer a question, and the aliases on the way to them.
#[derive(Debug, Clone)]
struct Found {
    /// The aliases behind the name, in order.
    aliases: Vec<String>,
    /// Whether the name, or what it is an alias of, does not exist.
    missing: bool,
    /// The records' data; empty if there are none.
    records: Vec<RData>,
    /// The answer, to be quoted.
    answered: Answered,
}

impl Net {
    /// The records of one type, and the aliases on the way to them.
    ///
    /// # Errors
    /// [`Error`] if the question got no answer.
    async fn find(&self, name: &Name, rtype: RecordType) -> Result<Found, Box<Error>> {
        read(name, rtype, self.dns.ask(Question::new(name.clone(), rtype)).await)
    }
}

/// Reads the answer to one question.
///
/// # Errors
/// [`Error`] if there is none.
fn read(name: &Name, rtype: RecordType, exchange: Exchange) -> Result<Found, Box<Error>> {
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
pub fn text(name: &rr::Name) -> String {
    Name::from(name).to_string().to_ascii_lowercase()
}
