//! What DNSSEC says of an answer: validation here as far as trust anchors reach, else the resolver's word.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::error::{Error, ErrorKind};
use super::validate::{self, Opinion};
use super::{Answered, Client, Exchange, Name, Question, Reply};
use crate::report::{Evidence, Proof, clean};

/// An answer and its standing.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// The answer.
    pub reply: Reply,
    /// The server that gave it.
    pub server: Arc<str>,
    /// What DNSSEC says of it.
    pub security: Security,
}

impl Authenticated {
    /// The answer as evidence.
    pub fn proof(&self, name: &Name, rtype: RecordType) -> Proof {
        Answered::new(name.clone(), rtype, Arc::clone(&self.server), self.reply.clone()).proof()
    }
}

/// What DNSSEC says of an answer (RFC 4035 §4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// Signed all the way, aliases and absence too.
    Secure,
    /// Somewhere on the way there is no signature, and that is proven.
    Insecure,
    /// Nobody who can be believed has looked, and why.
    Unknown(String),
}

/// Why there is no answer that could be used.
#[derive(Debug, Clone)]
pub enum Unusable {
    /// The signatures are broken: by trust anchors here, or the resolver withholds the answer and gives it when told
    /// not to check.
    Bogus {
        /// The validator's or the resolver's words.
        why: String,
        /// What it gives unchecked.
        reply: Box<Reply>,
        /// What was asked, of whom, and what came.
        evidence: Evidence,
    },
    /// The question got no answer.
    Failed(Box<Error>),
}

/// How the resolvers of a run vouch for answers, as far as that has shown.
pub(super) type Vouching = Arc<Mutex<HashMap<Arc<str>, Manner>>>;

/// How a resolver vouches for answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// By AD, whenever a question bears it (RFC 6840 §5.7).
    Plainly,
    /// By AD, if signatures are asked for (DO).
    WithSignatures,
    /// Not at all.
    Never,
}

/// The explanations that speak of broken signatures, keys and proofs (RFC 8914 §4.7 to §4.13).
const DNSSEC_BOGUS: RangeInclusive<u16> = 6..=12;
/// For how long resolvers remember a failure: BIND's `servfail-ttl` is 1 s.
const FAILURE_IS_KEPT: Duration = Duration::from_millis(1_200);

impl Client {
    /// Whether the resolvers' AD is believed: nobody on the way can speak for them, or the user said so.
    pub fn trusts_ad(&self) -> bool {
        self.trusts_ad
    }

    /// Asks one question and finds out what DNSSEC says of the answer. Trust anchors decide about every name below
    /// them: a resolver's AD never overrules that signatures do not hold. About other names decides a resolver that is
    /// trusted and has shown that it validates.
    ///
    /// # Errors
    /// [`Unusable`] if the answer is bogus, or there is none.
    pub async fn authenticated(&self, question: Question) -> Result<Authenticated, Unusable> {
        // Validation here would ask with CD, and so hear nothing of what the resolver thinks.
        let exchange = match self.anchors {
            None => self.ask(question.clone()).await,
            Some(_) => self.one(question.clone()).await,
        };
        let (reply, server) = match exchange.result {
            Ok(reply) => (reply, exchange.server),
            Err(error) => self.ask_again(&question, *error).await?,
        };
        let Some(anchors) = &self.anchors else { return self.by_resolver(question, reply, server).await };
        let (opinion, seen) = validate::opinion(self, anchors, &question).await;
        // What was validated is what counts: the way here may have given another answer to the plain question.
        let (validated, at) = match seen {
            Some(Exchange { result: Ok(reply), server, .. }) => (reply, server),
            _ => (reply.clone(), Arc::clone(&server)),
        };
        let security = match opinion {
            Opinion::Secure => Security::Secure,
            Opinion::Insecure => Security::Insecure,
            Opinion::Bogus(why) => {
                let why = format!("{} {} fails DNSSEC validation: {why}", question.name, question.rtype);
                let evidence = Evidence::Absence {
                    name: question.name.to_string(),
                    rtype: question.rtype.to_string(),
                    server: clean(&at),
                    answer: clean(&why),
                };
                return Err(Unusable::Bogus { why, reply: Box::new(validated), evidence });
            }
            Opinion::Outside => return self.by_resolver(question, reply, server).await,
            Opinion::Unfollowed(_) if self.trusts_ad && reply.is_authentic() => {
                return self.by_resolver(question, reply, server).await;
            }
            Opinion::Unfollowed(why) | Opinion::None(why) => {
                Security::Unknown(format!("it cannot be validated here: {why}"))
            }
        };
        Ok(Authenticated { reply: validated, server: at, security })
    }

    /// What the resolver says of its answer, as far as it is trusted.
    async fn by_resolver(&self, question: Question, reply: Reply, server: Arc<str>) -> Result<Authenticated, Unusable> {
        let manner = match (self.trusts_ad, reply.is_authentic()) {
            (true, true) => {
                self.note(&server, Manner::Plainly);
                return Ok(Authenticated { reply, server, security: Security::Secure });
            }
            (true, false) => self.manner(&server).await,
            (false, _) => Manner::Never,
        };
        match manner {
            Manner::Plainly => Ok(Authenticated { reply, server, security: Security::Insecure }),
            Manner::WithSignatures => {
                let question = Question { dnssec_ok: true, ..question };
                let Exchange { result, server, .. } = self.one(question).await;
                let reply = result.map_err(Unusable::Failed)?;
                let security = if reply.is_authentic() { Security::Secure } else { Security::Insecure };
                Ok(Authenticated { reply, server, security })
            }
            Manner::Never => {
                let why = self.no_opinion(&server, reply.is_authentic());
                Ok(Authenticated { reply, server, security: Security::Unknown(why) })
            }
        }
    }

    /// Tells an answer that is withheld from one that cannot be had, or had late.
    async fn ask_again(&self, question: &Question, error: Error) -> Result<(Reply, Arc<str>), Unusable> {
        let explanation = match &error.kind {
            ErrorKind::Rcode { reply } if reply.rcode() == 2 => reply.extended_error_code(),
            _ => return Err(Unusable::Failed(Box::new(error))),
        };
        let unchecked = Question { checking_disabled: true, ..question.clone() };
        let Ok(unchecked) = self.one(unchecked).await.result else { return Err(Unusable::Failed(Box::new(error))) };
        // Without a word of DNSSEC the failure may have passed, and yet be remembered for questions without CD.
        if !explanation.is_some_and(|code| DNSSEC_BOGUS.contains(&code)) {
            tokio::time::sleep(FAILURE_IS_KEPT).await;
        }
        let Exchange { result, server, .. } = self.one(question.clone()).await;
        match result {
            Ok(reply) => Ok((reply, server)),
            Err(again) if matches!(&again.kind, ErrorKind::Rcode { reply } if reply.rcode() == 2) => {
                Err(Unusable::Bogus { why: again.to_string(), reply: Box::new(unchecked), evidence: again.evidence() })
            }
            Err(_) => Err(Unusable::Failed(Box::new(error))),
        }
    }

    /// How a resolver vouches: it did so before, or does so for the root's answer.
    async fn manner(&self, server: &Arc<str>) -> Manner {
        let known = || self.vouching.lock().unwrap_or_else(PoisonError::into_inner).get(server).copied();
        if let Some(manner) = known() {
            return manner;
        }
        for (manner, dnssec_ok) in [(Manner::Plainly, false), (Manner::WithSignatures, true)] {
            let question = Question { dnssec_ok, ..Question::new(Name::root(), RecordType::SOA) };
            let root = self.one(question).await;
            if root.server == *server && root.result.is_ok_and(|reply| reply.is_authentic()) {
                self.note(server, manner);
                return manner;
            }
        }
        known().unwrap_or_else(|| {
            self.note(server, Manner::Never);
            Manner::Never
        })
    }

    fn note(&self, server: &Arc<str>, manner: Manner) {
        self.vouching.lock().unwrap_or_else(PoisonError::into_inner).insert(Arc::clone(server), manner);
    }

    /// Why a resolver's word says nothing of an answer.
    fn no_opinion(&self, server: &str, is_authentic: bool) -> String {
        let words = match (is_authentic, self.trusts_ad) {
            (true, _) => format!("{server} vouches for it (AD), but anybody on the way could have said so"),
            (false, true) => format!("{server} does not validate"),
            (false, false) => format!("{server} does not vouch for it, and is not trusted to tell"),
        };
        match self.anchors {
            None => words,
            Some(_) => format!("no trust anchor is above it, and {words}"),
        }
    }

    async fn one(&self, question: Question) -> Exchange {
        let mut exchanges = self.submit_raw(vec![question]).await;
        exchanges.pop().expect("one result comes for one question")
    }
}
