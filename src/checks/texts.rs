//! TXT records as the checks of records read them, and what addresses for reports lead to.

use hickory_proto::rr::{RData, RecordType};

use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::net::dns::{self, Answer, Answered, ErrorKind, Exchange, Name, Question};
use crate::report::{Evidence, Finding, Proof, Reason, Severity, Unclear, clean};

/// The TXT records of a name, in the order of the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    /// The records.
    pub(super) records: Vec<Text>,
    /// Whether the name does not exist at all.
    pub(super) is_missing: bool,
    /// The last name of the alias chain, if the name is an alias.
    pub(super) alias: Option<String>,
    /// What came, to be quoted; nothing if nobody was asked.
    pub(super) evidence: Vec<Evidence>,
}

impl Texts {
    /// What came for `name`: its records, or that it has none.
    pub(super) fn proof(&self, name: impl ToString) -> Proof {
        Proof::of(self.evidence.clone(), || Evidence::given("name", name.to_string()))
    }
}

/// One TXT record.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// Its strings joined without a space (RFC 7208 §3.3, RFC 6376 §3.6.2.2); what is not UTF-8 is U+FFFD.
    pub(super) text: String,
    /// How long it may be kept, in seconds.
    pub(super) ttl_s: u32,
}

impl Text {
    /// The record as it is shown.
    pub(super) fn shown(&self) -> String {
        clean(&self.text)
    }

    /// The record as evidence.
    pub(super) fn evidence(&self, name: &str) -> Evidence {
        let data = format!("\"{}\"", self.shown());
        Evidence::Record { name: name.to_owned(), rtype: "TXT".into(), ttl_s: self.ttl_s, data }
    }
}

/// Asks for the TXT records of one name.
pub(super) async fn ask(name: &Domain, net: &Net) -> Result<Texts, Box<dns::Error>> {
    let exchange = net.dns.ask(question(name)).await;
    read(exchange, name)
}

/// The question for the TXT records of a name.
pub(super) fn question(name: &Domain) -> Question {
    Question::new(Name::from(name), RecordType::TXT)
}

/// Reads the answer to [`question`].
pub(super) fn read(exchange: Exchange, name: &Domain) -> Result<Texts, Box<dns::Error>> {
    let answered = exchange.answered(&Name::from(name), RecordType::TXT);
    let reply = exchange.result?;
    let unreadable = |error: dns::Unreadable| {
        let kind = ErrorKind::Malformed { why: error.to_string() };
        Box::new(dns::Error { name: Name::from(name), rtype: RecordType::TXT, server: exchange.server.clone(), kind })
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
                if let RData::TXT(data) = record.data {
                    let text = String::from_utf8_lossy(&data.txt_data.concat()).into_owned();
                    texts.records.push(Text { text, ttl_s: record.ttl });
                }
            }
        }
    }
    Ok(texts)
}

/// Whether a domain can receive mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It has a mail exchanger, or an address of its own (RFC 5321 §5.1).
    Receives,
    /// It says that it receives none (RFC 7505).
    NullMx,
    /// It has neither.
    Nothing,
}

impl Reach {
    /// Why no mail can be delivered.
    pub(super) fn fault(self) -> Option<&'static str> {
        match self {
            Reach::Receives => None,
            Reach::NullMx => Some("has a null MX: it receives no mail"),
            Reach::Nothing => Some("has neither MX nor address: it receives no mail"),
        }
    }
}

/// Whether a domain can receive mail, as far as the DNS tells, and what it said.
pub(super) async fn reach(domain: &Domain, net: &Net) -> Result<(Reach, Proof), Box<dns::Error>> {
    let route = net.mail_route(domain).await?;
    let proof = route.answered.proof();
    if route.is_null() {
        return Ok((Reach::NullMx, proof));
    }
    if route.is_implicit() {
        let (addresses, asked) = net.addresses_and_proof(domain).await?;
        return Ok((if addresses.is_empty() { Reach::Nothing } else { Reach::Receives }, proof.and(asked)));
    }
    Ok((Reach::Receives, proof))
}

/// An open question whose worst answer would be a warning: it matters as long as nothing warns already.
pub(super) fn open_warning(findings: &[Finding], error: &dns::Error, subject: impl ToString) -> Unclear {
    let decided = findings.iter().any(|finding| finding.rule.severity <= Severity::Warning);
    Unclear { decisive: !decided, ..error.unclear(subject) }
}

/// The verdict's reason: the worst finding in its own words, or `otherwise`.
pub(super) fn reason(findings: &[Finding], otherwise: String) -> String {
    let mut faults: Vec<&Finding> = findings.iter().filter(|found| found.rule.severity <= Severity::Warning).collect();
    faults.sort_by_key(|finding| (finding.rule.severity, finding.rule.id));
    let Some((worst, others)) = faults.split_first() else { return otherwise };
    let detail = if worst.detail.is_empty() { String::new() } else { format!(": {}", worst.detail) };
    let more = if others.is_empty() { String::new() } else { format!("; {} more", others.len()) };
    format!("{}{detail}{more}", worst.rule.title)
}

/// The same beside open questions: where nothing is an error, what could not be told decides, and is told.
pub(super) fn reason_beside(findings: &[Finding], unclear: &[Unclear], otherwise: String) -> String {
    let has_error = findings.iter().any(|finding| finding.rule.severity == Severity::Error);
    let open = unclear.iter().find(|open| open.decisive && open.reason != Reason::NotApplicable);
    match open.filter(|_| !has_error) {
        Some(open) => open.detail.clone(),
        None => reason(findings, otherwise),
    }
}

/// The domain a target stands for: itself, a host's name, or the domain of a mailbox.
///
/// # Errors
/// [`Unclear`] if the target is no name.
pub(super) fn domain_of(target: &Target) -> Result<Domain, Unclear> {
    match &target.kind {
        TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
            Ok(name.clone())
        }
        TargetKind::Address(_)
        | TargetKind::Network(_)
        | TargetKind::Text
        | TargetKind::List
        | TargetKind::Message
        | TargetKind::Malformed => {
            Err(Unclear::decisive(Reason::NotApplicable, target, "this check is about a domain"))
        }
    }
}
