//! Equal questions of one run are asked once, for runs whose checks ask for the same.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, join_all};
use hickory_proto::rr::RecordType;

use super::{Exchange, Name, Question, Route};
use crate::net::memory::Memory;

/// What makes two questions equal.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    name: Name,
    rtype: RecordType,
    dnssec_ok: bool,
    checking_disabled: bool,
}

type Batch = Shared<BoxFuture<'static, Arc<Vec<Exchange>>>>;

/// The questions of a run with their answers, those still under way too: each is one place in a batch.
#[derive(Debug)]
pub(super) struct Asked(Memory<Key, (Batch, usize)>);

/// Questions of a generation. An audit of a domain asks some hundred; 64 domains are under way at once.
const GENERATION: usize = 1 << 14;

impl Default for Asked {
    fn default() -> Self {
        Asked(Memory::new(GENERATION))
    }
}

impl Asked {
    /// Asks what was not asked before, in one batch, and answers all of it in the order of the questions.
    /// Questions to servers of their own always leave.
    pub(super) fn submit(
        &self,
        questions: Vec<Question>,
        ask: impl FnOnce(Vec<Question>) -> BoxFuture<'static, Vec<Exchange>>,
    ) -> BoxFuture<'static, Vec<Exchange>> {
        if questions.iter().any(|question| !is_shared(question)) {
            return ask(questions);
        }
        let mut asked = self.0.lock();
        // The places of new questions in the batch that is about to leave.
        let mut fresh: HashMap<Key, usize> = HashMap::new();
        let mut leaving = Vec::new();
        let mut known = Vec::with_capacity(questions.len());
        for question in questions {
            let key = key(&question);
            if let Some((batch, index)) = asked.find(&key) {
                known.push((Some(batch), index));
                continue;
            }
            let index = *fresh.entry(key).or_insert_with(|| {
                leaving.push(question);
                leaving.len() - 1
            });
            known.push((None, index));
        }
        let batch = (!leaving.is_empty()).then(|| ask(leaving).map(Arc::new).boxed().shared());
        if let Some(batch) = &batch {
            for (key, index) in fresh {
                asked.insert(key, (batch.clone(), index));
            }
        }
        drop(asked);
        let answers = known.into_iter().filter_map(move |(earlier, index)| {
            let batch = earlier.or_else(|| batch.clone())?;
            Some(batch.map(move |answers| answers[index].clone()))
        });
        join_all(answers).boxed()
    }
}

fn is_shared(question: &Question) -> bool {
    matches!(question.route, Route::Resolvers)
}

fn key(question: &Question) -> Key {
    // Names are equal in upper and lower case; a length octet is never a letter.
    let name = question.name.to_lowercase();
    let Question { rtype, dnssec_ok, checking_disabled, .. } = *question;
    Key { name, rtype, dnssec_ok, checking_disabled }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::net::dns::{Error, ErrorKind};

    fn question(name: &str) -> Question {
        Question::new(Name::from_labels(name).expect("a name"), RecordType::A)
    }

    /// Answers with the name that was asked, as its server, and counts.
    fn answer(count: &Mutex<Vec<String>>, questions: Vec<Question>) -> BoxFuture<'static, Vec<Exchange>> {
        let exchange = |question: Question| {
            let name = question.name.to_string();
            count.lock().expect("no holder panics").push(name.clone());
            let server: Arc<str> = name.into();
            let kind = ErrorKind::Malformed { why: String::new() };
            let error = Error { name: question.name, rtype: question.rtype, server: Arc::clone(&server), kind };
            Exchange { result: Err(Box::new(error)), server, elapsed: Duration::ZERO }
        };
        std::future::ready(questions.into_iter().map(exchange).collect::<Vec<_>>()).boxed()
    }

    #[tokio::test]
    async fn equal_questions_leave_once_and_every_asker_gets_his_answers_in_order() {
        let memory = Asked::default();
        let asked = Mutex::new(Vec::new());
        let first = memory.submit(vec![question("a.example"), question("b.example")], |new| answer(&asked, new));
        let again = vec![question("c.example"), question("B.example"), question("c.example"), question("a.example")];
        let second = memory.submit(again, |new| answer(&asked, new));
        let servers = |answers: Vec<Exchange>| answers.iter().map(|one| one.server.to_string()).collect::<Vec<_>>();
        // The second asker need not wait for the first one to read.
        assert_eq!(servers(second.await), ["c.example", "b.example", "c.example", "a.example"]);
        assert_eq!(servers(first.await), ["a.example", "b.example"]);
        assert_eq!(*asked.lock().expect("no holder panics"), ["a.example", "b.example", "c.example"]);
    }

    #[tokio::test]
    async fn what_goes_to_servers_of_its_own_is_never_remembered() {
        let memory = Asked::default();
        let asked = Mutex::new(Vec::new());
        let direct = || Question { route: Route::Servers([].into()), ..question("a.example") };
        for _ in 0..2 {
            memory.submit(vec![direct()], |new| answer(&asked, new)).await;
        }
        assert_eq!(asked.lock().expect("no holder panics").len(), 2);
    }
}
