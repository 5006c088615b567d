//! `dane` and resolvers that are honest in ways of their own.

use std::sync::atomic::{AtomicU32, Ordering};

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::{A, MX, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use serde_json::Value;

use crate::support::hostile::{Act, Query, Server, bytes};
use crate::support::spamcheck;

/// What a resolver knows of example.com: a mail host without TLSA records.
fn answer(query: &Query, vouches: bool) -> hickory_proto::op::Message {
    let name = |text: &str| Name::from_ascii(text).expect("a name");
    let data = match (query.name().as_str(), query.rtype()) {
        ("", RecordType::SOA) => Some(RData::SOA(SOA::new(Name::root(), Name::root(), 1, 3_600, 600, 86_400, 60))),
        ("example.com", RecordType::MX) => Some(RData::MX(MX::new(10, name("mx.example.com.")))),
        ("mx.example.com", RecordType::A) => Some(RData::A(A::new(203, 0, 113, 25))),
        _ => None,
    };
    let mut reply = query.reply(ResponseCode::NoError);
    reply.metadata.authentic_data = vouches;
    let owner = query.message.queries[0].name().clone();
    reply.add_answers(data.map(|data| Record::from_rdata(owner, 60, data)));
    reply
}

#[track_caller]
fn status(server: &Server, code: i32) -> Value {
    let run = spamcheck(&["dane", "example.com", "--json", "--timeout", "5s", "--resolver", &server.address()]);
    run.exits(code);
    run.json()["targets"][0]["checks"][0]["facts"]["hosts"][0]["status"].clone()
}

fn is_tlsa(query: &Query) -> bool {
    query.rtype() == RecordType::TLSA
}

#[test]
fn failure_that_passes_is_no_broken_signature() {
    let asked = AtomicU32::new(0);
    let server = Server::udp(move |query: &Query| {
        let unchecked = query.message.metadata.checking_disabled;
        let fails = is_tlsa(query) && !unchecked && asked.fetch_add(1, Ordering::Relaxed) == 0;
        let failed = query.reply(ResponseCode::ServFail);
        Act::Say(bytes(&if fails { failed } else { answer(query, true) }))
    });
    assert_eq!(status(&server, 0), "absent");
}

#[test]
fn failure_that_stays_without_a_check_is_an_open_question() {
    let server = Server::udp(|query: &Query| {
        let failed = query.reply(ResponseCode::ServFail);
        Act::Say(bytes(&if is_tlsa(query) { failed } else { answer(query, true) }))
    });
    assert_eq!(status(&server, 3), "unreachable");
}

#[test]
fn failure_that_stays_with_the_check_alone_is_a_broken_signature() {
    let server = Server::udp(|query: &Query| {
        let fails = is_tlsa(query) && !query.message.metadata.checking_disabled;
        let failed = query.reply(ResponseCode::ServFail);
        Act::Say(bytes(&if fails { failed } else { answer(query, true) }))
    });
    assert_eq!(status(&server, 1), "bogus");
}

#[test]
fn resolver_that_vouches_only_with_signatures_is_understood() {
    let vouching = |query: &Query| query.message.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok);
    let server = Server::udp(move |query: &Query| Act::Say(bytes(&answer(query, vouching(query)))));
    assert_eq!(status(&server, 0), "absent");
    let silent = Server::udp(|query: &Query| Act::Say(bytes(&answer(query, false))));
    assert_eq!(status(&silent, 0), "unvalidated");
}
