//! What DNSSEC says of an answer: the resolver's word first, validation here as a second opinion.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use hickory_proto::rr::RecordType;

use super::error::{Error, ErrorKind};
use super::validate::{self, Opinion};
use super::{Client, Exchange, Name, Question, Reply};

/// An answer and its standing.
#[derive(Debug, Clone)]
pub struct Vouched {
    /// The answer.
    pub reply: Reply,
    /// The server that gave it.
    pub server: Arc<str>,
    /// What DNSSEC says of it.
    pub security: Security,
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
    /// The signatures are broken: the resolver withholds the answer, and gives it when told not to check.
    Bogus {
        /// The resolver's words.
        why: String,
        /// What it gives unchecked.
        reply: Box<Reply>,
    },
    /// The question got no answer.
    Failed(Box<Error>),
}

/// The resolvers of a run that have been seen to validate.
pub(super) type Validating = Arc<Mutex<HashSet<Arc<str>>>>;

impl Client {
    /// Whether the resolvers' AD is believed: nobody on the way can speak for them, or the user said so.
    pub fn trusts_ad(&self) -> bool {
        self.trusts_ad
    }

    /// Asks one question and finds out what DNSSEC says of the answer. A resolver that is trusted and has shown
    /// that it validates decides; without one, trust anchors do as far as they can. That validation here fails
    /// proves nothing by itself, so it is never the reason to call an answer bogus.
    ///
    /// # Errors
    /// [`Unusable`] if the answer is withheld as bogus, or there is none.
    pub async fn vouched(&self, question: Question) -> Result<Vouched, Unusable> {
        let question = Question { dnssec_ok: true, checking_disabled: false, ..question };
        let Exchange { result, server, .. } = self.one(question.clone()).await;
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => return Err(self.without_answer(question, *error).await),
        };
        let security = if self.trusts_ad && reply.is_authentic() {
            self.note_validating(&server);
            Security::Secure
        } else if self.trusts_ad && self.validates(&server).await {
            Security::Insecure
        } else {
            self.second_opinion(&question, &server, reply.is_authentic()).await
        };
        Ok(Vouched { reply, server, security })
    }

    /// Tells an answer that is withheld from one that cannot be had.
    async fn without_answer(&self, question: Question, error: Error) -> Unusable {
        let is_servfail = matches!(&error.kind, ErrorKind::Rcode { reply } if reply.rcode() == 2);
        if !is_servfail {
            return Unusable::Failed(Box::new(error));
        }
        let unchecked = Question { checking_disabled: true, ..question.clone() };
        let Ok(unchecked) = self.one(unchecked).await.result else { return Unusable::Failed(Box::new(error)) };
        // SERVFAIL may pass by itself: only a resolver that withholds it once more knows why.
        match self.one(question).await.result {
            Err(again) if matches!(&again.kind, ErrorKind::Rcode { reply } if reply.rcode() == 2) => {
                Unusable::Bogus { why: again.to_string(), reply: Box::new(unchecked) }
            }
            _ => Unusable::Failed(Box::new(error)),
        }
    }

    /// Whether a resolver validates: it vouched for an answer before, or does so for the root's.
    async fn validates(&self, server: &Arc<str>) -> bool {
        let known = || self.validating.lock().unwrap_or_else(PoisonError::into_inner).contains(server);
        if known() {
            return true;
        }
        let question = Question { dnssec_ok: true, ..Question::new(Name::root(), RecordType::SOA) };
        let root = self.one(question).await;
        if root.result.is_ok_and(|reply| reply.is_authentic()) {
            self.note_validating(&root.server);
        }
        known()
    }

    fn note_validating(&self, server: &Arc<str>) {
        self.validating.lock().unwrap_or_else(PoisonError::into_inner).insert(Arc::clone(server));
    }

    async fn second_opinion(&self, question: &Question, server: &Arc<str>, is_authentic: bool) -> Security {
        let Some(anchors) = &self.anchors else {
            return Security::Unknown(match (is_authentic, self.trusts_ad) {
                (true, _) => format!("{server} vouches for it (AD), but anybody on the way could have said so"),
                (false, true) => format!("{server} does not validate"),
                (false, false) => format!("{server} does not vouch for it, and is not trusted to tell"),
            });
        };
        match validate::opinion(self, anchors, question).await {
            Opinion::Secure => Security::Secure,
            Opinion::Insecure => Security::Insecure,
            Opinion::Bogus(why) => {
                Security::Unknown(format!("validation here fails ({why}), and {server} has no opinion on it"))
            }
            Opinion::None(why) => Security::Unknown(format!("it cannot be validated here: {why}")),
        }
    }

    async fn one(&self, question: Question) -> Exchange {
        let mut exchanges = self.submit_raw(vec![question]).await;
        exchanges.pop().expect("one result comes for one question")
    }
}
