//! What the engine keeps in mind between questions and answers, without a packet.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{self, RData, Record, RecordType};

use super::*;
use crate::net::dns::{Name, Reply, Upstream};

const TIMEOUT: Duration = Duration::from_secs(5);

/// An engine with so many resolvers, 127.0.0.1 first.
fn engine(resolvers: u8) -> Engine {
    let upstream = |index| Upstream::Plain(SocketAddr::from(([127, 0, 0, index], 53)));
    let upstreams = (1..=resolvers).map(upstream).collect();
    let options = Options { upstreams, timeout: TIMEOUT, retries: 3, max_qps: None, source: None, trust_ad: false };
    Engine::new(options, mpsc::unbounded_channel().1)
}

fn question(name: &str) -> Question {
    Question::new(Name::from_labels(name).expect("a name"), RecordType::A)
}

type Answers = oneshot::Receiver<Vec<Exchange>>;

fn ask(engine: &mut Engine, questions: Vec<Question>, now: Instant) -> Answers {
    let (reply_to, answers) = oneshot::channel();
    engine.accept(questions, reply_to, now);
    answers
}

/// Lets leave what may, as if it had been sent.
fn leave(engine: &mut Engine, now: Instant) {
    for server in 0..engine.servers.len() {
        while let Some(ready) = engine.servers[server].ready.pop_front() {
            engine.prepare(ready.slot, u16::try_from(server).expect("few servers"), None, now);
        }
    }
}

fn reply(code: ResponseCode, address: Option<[u8; 4]>) -> Reply {
    let name: rr::Name = "a.example.".parse().expect("a name");
    let mut message = Message::response(1, OpCode::Query);
    message.metadata.response_code = code;
    message.metadata.recursion_available = true;
    message.add_query(Query::query(name.clone(), RecordType::A));
    let record = |octets: [u8; 4]| Record::from_rdata(name.clone(), 60, RData::A(A(Ipv4Addr::from(octets))));
    message.add_answers(address.map(record));
    Reply::from_bytes(&message.to_vec().expect("a message"))
}

fn found(address: [u8; 4]) -> Reply {
    reply(ResponseCode::NoError, Some(address))
}

/// The one answer that has come.
fn one(answers: &mut Answers) -> Exchange {
    let mut all = answers.try_recv().expect("the batch is answered");
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn kind(answers: &mut Answers) -> ErrorKind {
    one(answers).result.expect_err("a failure").kind
}

#[test]
fn batch_ends_with_its_last_answer_in_the_order_of_the_questions() {
    let (mut engine, now) = (engine(1), clock::now());
    let mut answers = ask(&mut engine, vec![question("a.example"), question("b.example")], now);
    leave(&mut engine, now);
    engine.judge(1, 0, found([192, 0, 2, 2]), now);
    assert!(answers.try_recv().is_err(), "one question is open");
    engine.judge(0, 0, found([192, 0, 2, 1]), now);
    let all = answers.try_recv().expect("the batch is answered");
    let last = |exchange: &Exchange| exchange.result.as_ref().ok()?.ipv4().ok()?.first()?.0.octets().last().copied();
    assert_eq!(all.iter().map(last).collect::<Vec<_>>(), [Some(1), Some(2)]);
}

#[test]
fn refused_question_goes_to_the_next_resolver_and_the_first_refusal_stands_if_it_does_no_better() {
    let (mut engine, now) = (engine(2), clock::now());
    let mut better = ask(&mut engine, vec![question("a.example")], now);
    leave(&mut engine, now);
    engine.judge(0, 0, reply(ResponseCode::Refused, None), now);
    leave(&mut engine, now);
    engine.judge(0, 1, found([192, 0, 2, 1]), now);
    let answer = one(&mut better);
    assert!(answer.result.is_ok());
    assert_eq!(&*answer.server, "127.0.0.2");
    let mut worse = ask(&mut engine, vec![question("a.example")], now);
    leave(&mut engine, now);
    engine.judge(0, 0, reply(ResponseCode::Refused, None), now);
    leave(&mut engine, now);
    engine.judge(0, 1, reply(ResponseCode::ServFail, None), now);
    let answer = one(&mut worse);
    assert_eq!(&*answer.server, "127.0.0.1");
    assert!(matches!(answer.result.expect_err("refused").kind, ErrorKind::Rcode { reply } if reply.rcode() == 5));
}

#[test]
fn formerr_makes_a_question_leave_once_more_without_edns() {
    let (mut engine, now) = (engine(1), clock::now());
    let mut answers = ask(&mut engine, vec![question("a.example")], now);
    leave(&mut engine, now);
    engine.judge(0, 0, reply(ResponseCode::FormErr, None), now);
    let pending = engine.pending[0].as_ref().expect("it is open");
    assert!(!pending.edns && !pending.flags(&engine.servers[0]).edns);
    assert_eq!(engine.servers[0].ready.len(), 1);
    leave(&mut engine, now);
    engine.judge(0, 0, reply(ResponseCode::FormErr, None), now);
    assert!(matches!(kind(&mut answers), ErrorKind::Rcode { reply } if reply.rcode() == 1));
}

#[test]
fn slot_that_is_used_again_is_not_touched_by_what_was_meant_for_the_question_before() {
    let (mut engine, now) = (engine(1), clock::now());
    let mut first = ask(&mut engine, vec![question("a.example")], now);
    leave(&mut engine, now);
    let generation = engine.pending[0].as_ref().expect("it is open").generation;
    engine.judge(0, 0, found([192, 0, 2, 1]), now);
    assert!(one(&mut first).result.is_ok());
    let mut second = ask(&mut engine, vec![question("b.example")], now);
    assert!(engine.pending[0].is_some() && !engine.is_open(0, generation));
    // The timers of the first question run out; the second one has not even left.
    engine.expire(now + 2 * TIMEOUT);
    assert!(second.try_recv().is_err(), "the second question is open");
}

#[test]
fn question_is_asked_again_in_its_time_and_given_up_at_its_end() {
    let (mut engine, now) = (engine(1), clock::now());
    let mut answers = ask(&mut engine, vec![question("a.example")], now);
    leave(&mut engine, now);
    let due = engine.next_due(now).expect("a timer");
    assert!(now < due && due < now + TIMEOUT, "it is asked again before its end");
    engine.expire(due);
    assert_eq!(engine.servers[0].ready.len(), 1, "it may leave again");
    leave(&mut engine, due);
    engine.expire(now + TIMEOUT);
    assert!(matches!(kind(&mut answers), ErrorKind::Timeout { tries: 2 }));
    assert_eq!(engine.free, [0]);
}

#[test]
fn timers_of_what_was_answered_do_not_pile_up() {
    const MANY: usize = 5_000;
    let (mut engine, now) = (engine(1), clock::now());
    let mut answers = ask(&mut engine, vec![question("a.example"); MANY], now);
    leave(&mut engine, now);
    assert_eq!(engine.deadlines.len(), MANY);
    engine.sweep();
    assert_eq!(engine.deadlines.len(), MANY, "they still matter");
    for slot in 0..MANY {
        engine.judge(index_of(slot), 0, reply(ResponseCode::NXDomain, None), now);
    }
    assert_eq!(answers.try_recv().expect("the batch is answered").len(), MANY);
    engine.sweep();
    assert!(engine.deadlines.is_empty() && engine.timers.iter().all(VecDeque::is_empty));
}

#[test]
fn resolver_that_leaves_eight_questions_unanswered_is_asked_last_until_it_answers() {
    let (mut engine, now) = (engine(2), clock::now());
    let _answers = ask(&mut engine, vec![question("a.example"); 8], now);
    leave(&mut engine, now);
    for slot in 0..8 {
        engine.overdue(slot, now);
    }
    let turn = |engine: &mut Engine| {
        let _answers = ask(engine, vec![question("b.example")], now);
        let slot = engine.pending.len() - 1;
        engine.pending[slot].as_ref().map(|pending| pending.turn)
    };
    assert!(engine.servers[0].is_shunned(now));
    assert_eq!(turn(&mut engine), Some(1));
    // A late answer to the first of them.
    engine.judge(0, 0, reply(ResponseCode::NXDomain, None), now);
    assert!(!engine.servers[0].is_shunned(now));
    engine.free.clear();
    assert_eq!(turn(&mut engine), Some(0));
}

#[test]
fn silent_zone_is_spared_but_for_one_trial_until_it_answers() {
    const SILENT_AFTER: usize = 24;
    let (mut engine, now) = (engine(1), clock::now());
    engine.queues.push(ZoneQueue::new(None));
    let asked = || Question { queue: super::super::QueueId(1), ..question("a.example") };
    let _given_up = ask(&mut engine, vec![asked(); SILENT_AFTER], now);
    leave(&mut engine, now);
    for slot in 0..SILENT_AFTER {
        engine.give_up(index_of(slot), now);
    }
    let mut trial = ask(&mut engine, vec![asked()], now);
    assert!(trial.try_recv().is_err(), "it leaves");
    assert!(matches!(kind(&mut ask(&mut engine, vec![asked()], now)), ErrorKind::Silent { unanswered: 24 }));
    // Other zones do not suffer.
    assert!(ask(&mut engine, vec![question("b.example")], now).try_recv().is_err());
    leave(&mut engine, now);
    let slot = (0..engine.pending.len()).find(|slot| {
        engine.pending[*slot].as_ref().is_some_and(|pending| pending.question.queue == super::super::QueueId(1))
    });
    engine.judge(index_of(slot.expect("the trial is open")), 0, found([127, 0, 0, 2]), now);
    assert!(one(&mut trial).result.is_ok());
    assert!(ask(&mut engine, vec![asked()], now).try_recv().is_err(), "the zone is back");
}

#[test]
fn who_asked_may_be_gone() {
    let (mut engine, now) = (engine(1), clock::now());
    drop(ask(&mut engine, vec![question("a.example")], now));
    leave(&mut engine, now);
    engine.judge(0, 0, found([192, 0, 2, 1]), now);
    // A second answer to the same question finds nothing.
    engine.judge(0, 0, found([192, 0, 2, 1]), now);
    assert_eq!((engine.free.as_slice(), engine.free_batches.as_slice()), (&[0][..], &[0][..]));
}

#[test]
fn empty_batch_is_answered_at_once() {
    let mut engine = engine(1);
    let now = clock::now();
    assert_eq!(ask(&mut engine, Vec::new(), now).try_recv().expect("an answer").len(), 0);
}

#[test]
fn question_goes_to_no_more_servers_than_it_can_count() {
    let (mut engine, now) = (engine(1), clock::now());
    let servers = (0..1_000_u32).map(|index| SocketAddr::new(IpAddr::V4(Ipv4Addr::from(0x7f40_0000 + index)), 53));
    let direct = |servers: Vec<SocketAddr>| Question { route: Route::Servers(servers.into()), ..question("a.example") };
    let mut answers = ask(&mut engine, vec![direct(servers.collect())], now);
    let mut asked = 0;
    loop {
        leave(&mut engine, now);
        let Some(pending) = engine.pending[0].as_ref() else { break };
        let server = pending.route[usize::from(pending.turn)];
        asked += 1;
        engine.judge(0, server, reply(ResponseCode::Refused, None), now);
    }
    assert_eq!(asked, MAX_ROUTE);
    assert_eq!(&*one(&mut answers).server, "127.64.0.0:53");
    let mut nobody = ask(&mut engine, vec![direct(Vec::new())], now);
    assert!(matches!(kind(&mut nobody), ErrorKind::Unreachable { .. }));
}

#[test]
fn run_that_has_asked_as_many_servers_as_it_can_says_so_and_asks_no_other_in_their_place() {
    let (mut engine, now) = (engine(1), clock::now());
    let address = |index: u32| SocketAddr::new(IpAddr::V4(Ipv4Addr::from(0x7f40_0000 + index)), 53);
    let known = (0..70_000).filter(|index| engine.direct_server(address(*index)).is_some()).count();
    assert_eq!(known, usize::from(u16::MAX));
    let direct = |index| Question { route: Route::Servers([address(index)].into()), ..question("a.example") };
    let mut answers = ask(&mut engine, vec![direct(69_999)], now);
    assert!(matches!(kind(&mut answers), ErrorKind::Budget { .. }));
    assert!(ask(&mut engine, vec![direct(1)], now).try_recv().is_err(), "a known one is asked");
}
