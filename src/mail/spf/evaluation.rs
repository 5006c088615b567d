//! What an evaluation is asked, what bounds it, and what comes of it.

use std::net::IpAddr;

use super::lookup::Failure;
use super::record::Qualifier;

/// Terms that cost a look-up, at most (RFC 7208 §4.6.4).
pub const MAX_LOOKUPS: usize = 10;
/// Look-ups that may come back empty (RFC 7208 §4.6.4).
pub const MAX_VOIDS: usize = 2;
/// Mail exchangers of one `mx` whose addresses may be asked for (RFC 7208 §4.6.4).
pub const MAX_MX: usize = 10;
/// Names of an address that are looked at (RFC 7208 §4.6.4).
pub const MAX_PTR: usize = 10;

/// How a verifier departs from RFC 7208; by default it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Manner {
    /// Terms that may cost a look-up.
    pub lookups: usize,
    /// All networks that a record leads to are gathered first and compared then, as rspamd does: what cannot be read
    /// or looked up is passed over, `all` counts last and only in the first record, and of several records one is
    /// taken.
    pub is_flattened: bool,
    /// An answer with an error code (SERVFAIL, REFUSED) is taken for an empty one, as pyspf does with its usual DNS
    /// library; only silence is a temporary error.
    pub is_blind: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Manner { lookups: MAX_LOOKUPS, is_flattened: false, is_blind: false }
    }
}

/// The result of an evaluation (RFC 7208 §2.6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// No record, or no domain to have one.
    #[default]
    None,
    /// The record says nothing of the client.
    Neutral,
    /// The client may send.
    Pass,
    /// The client may not send.
    Fail,
    /// The client may probably not send.
    SoftFail,
    /// DNS did not answer.
    TempError,
    /// The record cannot be evaluated.
    PermError,
}

impl Verdict {
    /// The word of RFC 7208.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::None => "none",
            Verdict::Neutral => "neutral",
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::SoftFail => "softfail",
            Verdict::TempError => "temperror",
            Verdict::PermError => "permerror",
        }
    }
}

impl From<Qualifier> for Verdict {
    fn from(qualifier: Qualifier) -> Self {
        match qualifier {
            Qualifier::Pass => Verdict::Pass,
            Qualifier::Fail => Verdict::Fail,
            Qualifier::SoftFail => Verdict::SoftFail,
            Qualifier::Neutral => Verdict::Neutral,
        }
    }
}

/// Whom to judge, and by which domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The client.
    pub ip: IpAddr,
    /// The domain whose record is asked for first.
    pub domain: String,
    /// The sender's local part.
    pub local_part: String,
    /// The sender's domain.
    pub sender_domain: String,
    /// The HELO name.
    pub helo: String,
    /// Who receives, for `%{r}`.
    pub receiver: String,
    /// Seconds since 1970, for `%{t}`.
    pub time: u64,
}

impl Request {
    /// What a receiver checks for a client. Without a MAIL FROM the sender is postmaster at the HELO name (RFC
    /// 7208 §2.4); a sender without a local part is postmaster, too (§4.3). A domain given replaces the
    /// sender's. An IPv4-mapped client is its IPv4 address (§5).
    pub fn new(ip: IpAddr, domain: Option<&str>, helo: Option<&str>, mail_from: Option<&str>) -> Self {
        let bare = mail_from.map(|text| text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text));
        let identity = bare.filter(|text| !text.is_empty()).or(helo).or(domain).unwrap_or_default();
        let is_sender = bare.is_some_and(|text| !text.is_empty());
        let (local_part, sender_domain) = match identity.rsplit_once('@').filter(|_| is_sender) {
            Some((local_part, domain)) => (local_part, domain),
            None => ("", identity),
        };
        // Without a MAIL FROM at all, the domain asked for is the sender's.
        let sender_domain = match (bare, domain) {
            (None, Some(domain)) => domain,
            _ => sender_domain,
        };
        let local_part = if local_part.is_empty() { "postmaster" } else { local_part };
        Request {
            ip: ip.to_canonical(),
            domain: domain.unwrap_or(sender_domain).to_owned(),
            local_part: local_part.to_owned(),
            sender_domain: sender_domain.to_owned(),
            helo: helo.unwrap_or("unknown").to_owned(),
            receiver: "unknown".to_owned(),
            time: 0,
        }
    }

    /// Sets the time for `%{t}`, in seconds since 1970.
    #[must_use]
    pub fn at(mut self, time: u64) -> Self {
        self.time = time;
        self
    }
}

/// What came of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The result.
    pub verdict: Verdict,
    /// The domain's own words for a fail, expanded.
    pub explanation: Option<String>,
    /// The domain whose record decided.
    pub domain: String,
    /// The term that matched.
    pub matched: Option<String>,
    /// The record of the domain asked for first, if it has exactly one.
    pub record: Option<String>,
    /// Why it came to an error, or to nothing.
    pub why: Option<String>,
    /// Whether the result is chance, as where one of several records is taken; `why` says so then.
    pub is_chance: bool,
    /// The question that got no answer, for a temperror.
    pub failure: Option<Failure>,
    /// Terms that cost a look-up.
    pub lookups: usize,
    /// Look-ups that came back empty.
    pub voids: usize,
    /// What happened, step by step.
    pub trace: Vec<String>,
}
