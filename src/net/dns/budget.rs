//! How many questions one cause may lead to: who writes a zone must not decide how much is asked on his behalf.
//!
//! Resolvers hold the same: unbound asks at most 200 questions for one name (`max-global-quota`), BIND 50 for one
//! question (`max-recursion-queries`), PowerDNS ten addresses of a name server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hickory_proto::rr::RecordType;

use super::{Client, Error, ErrorKind, Exchange, Name, Question};

/// The questions one cause may lead to, within those of a larger one.
#[derive(Debug)]
pub(super) struct Budget {
    cause: String,
    most: u32,
    asked: AtomicU32,
    above: Option<Arc<Budget>>,
}

impl Budget {
    /// Takes one question.
    ///
    /// # Errors
    /// A sentence if there is none left.
    fn take(&self) -> Result<(), String> {
        let next = |asked: u32| (asked < self.most).then_some(asked + 1);
        if self.asked.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_err() {
            return Err(format!("the limit of {} DNS questions for {} is reached", self.most, self.cause));
        }
        self.above.as_ref().map_or(Ok(()), |above| above.take())
    }
}

impl Client {
    /// This client for what the user alone decides: no limit holds.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.budget = None;
        self
    }

    /// This client, for at most `most` questions that `cause` leads to. Those beyond are not asked and come back as
    /// [`ErrorKind::Budget`]. A limit that it has already holds as well.
    #[must_use]
    pub fn within(mut self, most: u32, cause: impl ToString) -> Self {
        let above = self.budget.take();
        self.budget = Some(Arc::new(Budget { cause: cause.to_string(), most, asked: AtomicU32::new(0), above }));
        self
    }

    /// Asks what the budget allows, and answers the rest in its place.
    pub(super) fn submit_within(&self, budget: &Budget, questions: Vec<Question>) -> BoxFuture<'static, Vec<Exchange>> {
        let mut allowed = Vec::with_capacity(questions.len());
        let mut refused = Vec::new();
        for (index, question) in questions.into_iter().enumerate() {
            match budget.take() {
                Ok(()) => allowed.push(question),
                Err(why) => {
                    let error = Error { rtype: question.rtype, ..self.unasked(question.name, why) };
                    let server = Arc::clone(&error.server);
                    let exchange = Exchange { result: Err(Box::new(error)), server, elapsed: Duration::ZERO };
                    refused.push((index, exchange));
                }
            }
        }
        let answers = self.submit_unbounded(allowed);
        if refused.is_empty() {
            return answers;
        }
        async move {
            let mut answers = answers.await;
            // By rising index, so that each lands in its own place.
            for (index, exchange) in refused {
                answers.insert(index, exchange);
            }
            answers
        }
        .boxed()
    }

    /// What becomes of the addresses of a name that are not asked for, or not looked at; `why` is a clause.
    pub fn unasked(&self, name: Name, why: String) -> Error {
        let server = self.servers.first().cloned().unwrap_or_else(|| "nobody".into());
        Error { name, rtype: RecordType::A, server, kind: ErrorKind::Budget { why } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_budget_and_the_one_around_it_both_hold() {
        let budget = |most, above| Budget { cause: "a.example".into(), most, asked: AtomicU32::new(0), above };
        let target = Arc::new(budget(5, None));
        let checks = [budget(3, Some(Arc::clone(&target))), budget(3, Some(target))];
        let taken = checks.iter().map(|check| (0..9).filter(|_| check.take().is_ok()).count()).collect::<Vec<_>>();
        assert_eq!(taken, [3, 2]);
        assert_eq!(checks[0].take().expect_err("spent"), "the limit of 3 DNS questions for a.example is reached");
    }
}
