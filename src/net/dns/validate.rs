//! DNSSEC validation as a second opinion, on top of the same engine.
//!
//! hickory-net's validator asks through [`Handle`], so its questions share sockets, pacing and time limits
//! with all others. What it calls bogus is bogus, whatever the resolver says of it. Its proofs for wildcard answers
//! are known to be too strict: where every signature holds and only such a proof is not followed, nothing has been
//! shown here, and a resolver that is believed may decide.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use futures_util::stream::{self, Once, StreamExt};
use hickory_net::dnssec::DnssecDnsHandle;
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::xfer::DnsHandle;
use hickory_net::{DnsError, NetError};
use hickory_proto::dnssec::Proof;
use hickory_proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Query};
use hickory_proto::rr::{Record, RecordType};
use hickory_proto::serialize::txt::ParseError;
use hickory_proto::serialize::txt::trust_anchor::{Entry, Parser};
use tokio::sync::Notify;

use super::error::{Error, ErrorKind};
use super::{Client, Exchange, Name, Question, Route};

/// The keys that are trusted, and the validator that uses them.
pub struct TrustAnchors {
    anchors: Arc<hickory_proto::dnssec::TrustAnchors>,
    /// The names of the keys. Of what lies below none of them the keys say nothing.
    zones: Vec<hickory_proto::rr::Name>,
    validator: std::sync::OnceLock<DnssecDnsHandle<Handle>>,
}

impl std::fmt::Debug for TrustAnchors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TrustAnchors")
    }
}

impl TrustAnchors {
    /// Reads DNSKEY records in zone file form.
    ///
    /// # Errors
    /// A sentence if the file cannot be read or holds no key.
    pub fn from_file(path: &std::path::Path) -> Result<Self, String> {
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let no_anchor = |error: &dyn std::fmt::Display| {
            format!("{} holds no DNSKEY records in zone file form: {error}", path.display())
        };
        // The set itself only counts keys of the root, so the entries are looked for here.
        let entries = Parser::new(&text).parse().map_err(|error| no_anchor(&error))?;
        let zones: Vec<_> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::DNSKEY(record) => Some(record.name().clone()),
                _ => None,
            })
            .collect();
        if zones.is_empty() {
            return Err(format!("{} holds no DNSKEY record", path.display()));
        }
        let anchors = text.parse().map_err(|error: ParseError| no_anchor(&error))?;
        Ok(TrustAnchors { anchors: Arc::new(anchors), zones, validator: std::sync::OnceLock::new() })
    }
}

type Key = (hickory_proto::rr::Name, RecordType);

/// The engine as the validator sees it; keeps what was received for those who want to see it.
#[derive(Clone)]
struct Handle {
    client: Client,
    /// What was received for the questions of this run; the validator's own questions are not kept.
    seen: Arc<Mutex<HashMap<Key, Seen>>>,
}

/// What was received for a question, and how many wait for it.
#[derive(Default)]
struct Seen {
    waiting: usize,
    exchange: Option<Exchange>,
}

/// What one validation has spent.
///
/// hickory-net 0.26 bounds how deep a validation recurses and not how wide, and follows a zone that answers every
/// question about its servers without end (its issues 3042 and 3974). Every question of a validation comes
/// through [`Handle::send`], so they are counted there; unbound gives up after 200 for a name (`max-global-quota`).
#[derive(Debug, Default)]
struct Spent {
    /// What was received, by question: the validator asks again for what it has asked at the level above.
    received: Mutex<HashMap<Key, Exchange>>,
    questions: AtomicU32,
    steps: AtomicU32,
    /// Told once everything is spent.
    all: Notify,
}

tokio::task_local! {
    /// The validation that is being polled: hickory does not spawn, so its questions come from inside.
    static SPENT: Arc<Spent>;
}

/// Questions one validation may take. A name ten labels deep takes about thirty.
const MAX_QUESTIONS: u32 = 100;
/// How often a validation may look at an answer, one it has already included. A zone whose signatures were stripped
/// takes some hundreds until hickory's own depth ends it.
const MAX_STEPS: u32 = 5_000;
/// How often the time of one question a whole validation may take.
const MAX_TIMEOUTS: u32 = 4;

impl Spent {
    /// Takes one more step, and one more question unless its answer is known; whether it may be taken.
    fn take(&self, key: &Key) -> bool {
        let is_known = self.received(key).is_some();
        let within = self.steps.fetch_add(1, Ordering::Relaxed) < MAX_STEPS
            && (is_known || self.questions.fetch_add(1, Ordering::Relaxed) < MAX_QUESTIONS);
        if !within {
            self.all.notify_one();
        }
        within
    }

    fn received(&self, key: &Key) -> Option<Exchange> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

impl DnsHandle for Handle {
    type Response = Once<BoxFuture<'static, Result<DnsResponse, NetError>>>;
    type Runtime = TokioRuntimeProvider;

    fn send(&self, request: DnsRequest) -> Self::Response {
        let Some(query) = request.queries.first().cloned() else {
            return stream::once(std::future::ready(Err(NetError::from("a request without a question"))).boxed());
        };
        let key = (query.name().clone(), query.query_type());
        let spent = SPENT.try_with(Arc::clone).ok();
        if spent.as_ref().is_some_and(|spent| !spent.take(&key)) {
            // An error would make the validator try elsewhere; whoever waits for it has been told to stop.
            return stream::once(std::future::pending().boxed());
        }
        let handle = self.clone();
        let answer: BoxFuture<'static, _> = Box::pin(async move {
            let question = Question {
                dnssec_ok: true,
                // The validator wants to see what the resolver would hide behind SERVFAIL.
                checking_disabled: true,
                ..Question::new(Name::from(query.name()), query.query_type())
            };
            let exchange = match spent.as_ref().and_then(|spent| spent.received(&key)) {
                Some(exchange) => exchange,
                None => handle.client.submit_raw(vec![question]).await.pop().ok_or(NetError::Timeout)?,
            };
            if let Some(spent) = &spent {
                let mut received = spent.received.lock().unwrap_or_else(PoisonError::into_inner);
                received.entry(key.clone()).or_insert_with(|| exchange.clone());
            }
            if let Some(wanted) = handle.seen.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&key) {
                wanted.exchange = Some(exchange.clone());
            }
            match exchange.result {
                Ok(reply) => DnsResponse::from_buffer(reply.as_bytes().to_vec()).map_err(NetError::from),
                Err(error) => match error.kind {
                    ErrorKind::Timeout { .. } => Err(NetError::Timeout),
                    _ => Err(NetError::from(error.to_string())),
                },
            }
        });
        stream::once(answer)
    }
}

/// What validation here makes of an answer.
pub(super) enum Opinion {
    /// Every record, or the absence, is proven.
    Secure,
    /// It is proven that there is no proof.
    Insecure,
    /// The proof does not hold.
    Bogus(String),
    /// Every signature holds, but the proof about a wildcard was not followed here, and why.
    Unfollowed(String),
    /// No trust anchor is above the name.
    Outside,
    /// There is none, and why.
    None(String),
}

/// Asks and validates, without anybody else's opinion. The answer is the one that was validated; none if it is to be
/// asked for elsewhere.
pub(super) async fn opinion(
    client: &Client,
    anchors: &TrustAnchors,
    question: &Question,
) -> (Opinion, Option<Exchange>) {
    let (found, exchange) = look(client, anchors, question).await;
    let response = match found {
        Ok(response) => response,
        Err(Failure::Outside) => return (Opinion::Outside, None),
        Err(Failure::Bogus(why)) => return (Opinion::Bogus(why), exchange),
        Err(Failure::Unfollowed(why)) => return (Opinion::Unfollowed(why), exchange),
        Err(Failure::Unanswered(why) | Failure::Unchained(why) | Failure::Overspent(why)) => {
            return (Opinion::None(why), exchange);
        }
    };
    let records = if response.answers.is_empty() { &response.authorities } else { &response.answers };
    let has = |proof: Proof| records.iter().any(|record| record.proof == proof);
    let opinion = if has(Proof::Bogus) {
        Opinion::Bogus(BROKEN.to_owned())
    } else if has(Proof::Insecure) {
        Opinion::Insecure
    } else if records.is_empty() || has(Proof::Indeterminate) {
        Opinion::None("its chain of trust could not be followed".to_owned())
    } else {
        Opinion::Secure
    };
    (opinion, exchange)
}

/// Why a look-up came to no response.
enum Failure {
    /// No trust anchor is above the name.
    Outside,
    /// The question itself failed.
    Unanswered(String),
    /// The answer came, but not the keys to prove it.
    Unchained(String),
    /// The validation took more than one may.
    Overspent(String),
    /// As [`Opinion::Bogus`].
    Bogus(String),
    /// As [`Opinion::Unfollowed`].
    Unfollowed(String),
}

const BROKEN: &str = "the signatures do not hold";

/// Asks and validates, and keeps what was received.
async fn look(
    client: &Client,
    anchors: &TrustAnchors,
    question: &Question,
) -> (Result<DnsResponse, Failure>, Option<Exchange>) {
    let Ok(name) = hickory_name(&question.name) else { return (Err(Failure::Outside), None) };
    if !anchors.zones.iter().any(|zone| zone.zone_of(&name)) {
        return (Err(Failure::Outside), None);
    }
    let validator = validator(client, anchors);
    let mut options = DnsRequestOptions::default();
    options.use_edns = true;
    options.edns_set_dnssec_ok = true;
    let key = (name.clone(), question.rtype);
    let all = || validator.inner().seen.lock().unwrap_or_else(PoisonError::into_inner);
    all().entry(key.clone()).or_default().waiting += 1;
    let outcome = within_budget(client, validator, Query::query(name, question.rtype), options).await;
    let exchange = {
        let mut all = all();
        let exchange = all.get_mut(&key).and_then(|seen| {
            seen.waiting -= 1;
            seen.exchange.clone()
        });
        all.retain(|_, seen| seen.waiting > 0);
        exchange
    };
    let failed = exchange.as_ref().is_none_or(|exchange| exchange.result.is_err());
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(why) => return (Err(Failure::Overspent(why)), exchange),
    };
    let failure = match outcome {
        Some(Ok(response)) => return (Ok(response), exchange),
        Some(Err(NetError::Dns(DnsError::Nsec { response, .. }))) if holds(&response) => {
            Failure::Unfollowed("its proof about a wildcard is not followed here".to_owned())
        }
        Some(Err(NetError::Dns(error @ (DnsError::DnssecBogus | DnsError::Nsec { .. })))) => {
            Failure::Bogus(error.to_string())
        }
        Some(Err(error)) if failed => Failure::Unanswered(error.to_string()),
        Some(Err(error)) => Failure::Unchained(format!("its chain of trust got no answer: {error}")),
        None if failed => Failure::Unanswered("it got no answer".to_owned()),
        None => Failure::Unchained("its chain of trust got no answer".to_owned()),
    };
    (Err(failure), exchange)
}

/// Whether every signature of an answer made from a wildcard holds, those of the proofs beside it too.
fn holds(response: &DnsResponse) -> bool {
    let is_proof = |rtype| matches!(rtype, RecordType::NSEC | RecordType::NSEC3);
    let signed = |record: &&Record| record.record_type() != RecordType::RRSIG;
    let mut records = response.answers.iter().chain(&response.authorities).filter(signed);
    !response.answers.is_empty()
        && records.all(|record| record.proof == Proof::Secure)
        && response.authorities.iter().any(|record| is_proof(record.record_type()))
}

/// Asks and validates. Questions to named servers are not validated: these servers do not serve the chain.
pub(super) async fn submit(client: &Client, anchors: &TrustAnchors, questions: Vec<Question>) -> Vec<Exchange> {
    join_all(questions.into_iter().map(|question| validated(client, anchors, question))).await
}

fn validator<'a>(client: &Client, anchors: &'a TrustAnchors) -> &'a DnssecDnsHandle<Handle> {
    anchors.validator.get_or_init(|| {
        // The validator's own questions must not be validated again.
        let client = Client { anchors: None, ..client.clone() };
        let handle = Handle { client, seen: Arc::default() };
        DnssecDnsHandle::with_trust_anchor(handle, Arc::clone(&anchors.anchors))
    })
}

async fn validated(client: &Client, anchors: &TrustAnchors, question: Question) -> Exchange {
    if matches!(question.route, Route::Servers(_)) {
        return one(client, question).await;
    }
    let (found, seen) = look(client, anchors, &question).await;
    let why = match found {
        Ok(response) if response.answers.iter().any(|record| record.proof == Proof::Bogus) => BROKEN.to_owned(),
        // The question itself failed, and tells its own reason.
        Ok(_) | Err(Failure::Outside | Failure::Unanswered(_)) => {
            return match seen {
                Some(exchange) => exchange,
                None => one(client, question).await,
            };
        }
        Err(Failure::Overspent(why)) => return budget_spent(client, question, why),
        // Unproven is not believed.
        Err(Failure::Bogus(why) | Failure::Unchained(why)) => why,
        Err(Failure::Unfollowed(why)) => {
            let plain = one(client, question.clone()).await;
            // RFC 4035 §4.9.3: AD counts only from a resolver that nobody on the way can speak for.
            if client.trusts_ad && plain.result.as_ref().is_ok_and(super::Reply::is_authentic) {
                return plain;
            }
            why
        }
    };
    let (server, elapsed) = match seen {
        Some(exchange) => (exchange.server, exchange.elapsed),
        None => (client.servers.first().map_or_else(|| Arc::from(""), Arc::clone), Duration::ZERO),
    };
    let error = Error {
        name: question.name,
        rtype: question.rtype,
        server: Arc::clone(&server),
        kind: ErrorKind::Bogus { why },
    };
    Exchange { result: Err(Box::new(error)), server, elapsed }
}

/// Lets the validator work on one question, within the budget of a whole validation.
///
/// # Errors
/// A sentence if the budget is spent.
async fn within_budget(
    client: &Client,
    validator: &DnssecDnsHandle<Handle>,
    query: Query,
    options: DnsRequestOptions,
) -> Result<Option<Result<DnsResponse, NetError>>, String> {
    let spent = Arc::new(Spent::default());
    let validation = async {
        let mut answers: Pin<Box<_>> = Box::pin(validator.lookup(query, options));
        answers.next().await
    };
    let time = client.timeout * MAX_TIMEOUTS;
    tokio::select! {
        outcome = SPENT.scope(Arc::clone(&spent), validation) => Ok(outcome),
        () = spent.all.notified() => Err(format!("DNSSEC validation took more than {MAX_QUESTIONS} questions")),
        () = tokio::time::sleep(time) => Err(format!("DNSSEC validation took longer than {} s", time.as_secs_f64())),
    }
}

fn budget_spent(client: &Client, question: Question, why: String) -> Exchange {
    let server = client.servers.first().cloned().unwrap_or_else(|| "nobody".into());
    let kind = ErrorKind::Budget { why };
    let error = Error { name: question.name, rtype: question.rtype, server: Arc::clone(&server), kind };
    Exchange { result: Err(Box::new(error)), server, elapsed: client.timeout * MAX_TIMEOUTS }
}

async fn one(client: &Client, question: Question) -> Exchange {
    let mut exchanges = client.submit_raw(vec![question]).await;
    exchanges.pop().expect("one result comes for one question")
}

fn hickory_name(name: &Name) -> Result<hickory_proto::rr::Name, hickory_proto::ProtoError> {
    use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};
    let mut decoder = BinDecoder::new(name.as_wire());
    hickory_proto::rr::Name::read(&mut decoder).map_err(Into::into)
}
