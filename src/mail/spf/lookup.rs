//! What the evaluation asks of DNS, apart from who answers.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::report::{Reason, Unclear};

/// What DNS says to a question that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupAnswer<T> {
    /// Records, at least one.
    Records(Vec<T>),
    /// The name exists without such records.
    NoData,
    /// The name does not exist.
    NxDomain,
}

impl<T> LookupAnswer<T> {
    /// The records, none if there are none.
    pub fn into_records(self) -> Vec<T> {
        match self {
            LookupAnswer::Records(records) => records,
            LookupAnswer::NoData | LookupAnswer::NxDomain => Vec::new(),
        }
    }

    /// Whether the answer holds nothing: a void look-up (RFC 7208 §4.6.4).
    pub fn is_void(&self) -> bool {
        !matches!(self, LookupAnswer::Records(_))
    }
}

/// Why a question has no answer, in the words of whoever would not give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind of silence.
    pub reason: Reason,
    /// The words.
    pub words: String,
    /// The server that was asked.
    pub server: String,
}

impl Failure {
    /// The open question this leaves about `subject`.
    pub fn unclear(&self, subject: impl ToString) -> Unclear {
        Unclear::decisive(self.reason, subject, &self.words).by(&self.server)
    }
}

/// A way to ask DNS. The names hold for [`is_name`]; they come without a final dot and in any case.
pub trait Lookup: Sync {
    /// TXT records, each with its strings joined without a space.
    fn texts(&self, name: &str) -> impl Future<Output = Result<LookupAnswer<Vec<u8>>, Failure>> + Send;
    /// A records.
    fn ipv4(&self, name: &str) -> impl Future<Output = Result<LookupAnswer<Ipv4Addr>, Failure>> + Send;
    /// AAAA records.
    fn ipv6(&self, name: &str) -> impl Future<Output = Result<LookupAnswer<Ipv6Addr>, Failure>> + Send;
    /// The hosts of MX records by preference; the empty name for the root.
    fn exchangers(&self, name: &str) -> impl Future<Output = Result<LookupAnswer<String>, Failure>> + Send;
    /// The names of an address.
    fn names(&self, address: IpAddr) -> impl Future<Output = Result<LookupAnswer<String>, Failure>> + Send;
}

/// Whether a text is a name that DNS can be asked about: labels of 1 to 63 octets with dots between them, at
/// most 253 octets, whatever the octets.
pub fn is_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(|label| (1..=63).contains(&label.len()))
}
