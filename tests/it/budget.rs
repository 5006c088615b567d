//! One question does not become a million: what hostile zones want asked, and what is asked.

use std::net::Ipv4Addr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::{A, MX, NS, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use serde_json::Value;

use crate::support::hostile::{Act, Query, Server, bytes};
use crate::support::{Run, spamcheck};

/// An answer with these records for the name asked about.
fn records(query: &Query, all: impl IntoIterator<Item = RData>) -> Vec<u8> {
    let mut reply = query.reply(ResponseCode::NoError);
    let owner = query.message.queries[0].name();
    reply.add_answers(all.into_iter().map(|data| Record::from_rdata(owner.clone(), 60, data)));
    bytes(&reply)
}

fn nothing(query: &Query) -> Vec<u8> {
    bytes(&query.reply(ResponseCode::NoError))
}

fn text(words: &str) -> RData {
    let strings = words.as_bytes().chunks(255).map(|piece| String::from_utf8_lossy(piece).into_owned());
    RData::TXT(TXT::new(strings.collect()))
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}

/// A tree without end: each record includes twelve others.
fn endless() -> Server {
    Server::udp(|query| {
        let include = |index: u32| format!("include:n{index}.{}", query.name());
        let record = format!("v=spf1 {} -all", (0..12).map(include).collect::<Vec<_>>().join(" "));
        Act::Say(match query.rtype() {
            RecordType::TXT if record.len() < 1_100 => records(query, [text(&record)]),
            _ => nothing(query),
        })
    })
}

fn check(run: &Run) -> Value {
    run.json()["targets"][0]["checks"][0].clone()
}

/// The open questions that a budget left, as words.
fn cut(check: &Value) -> Vec<String> {
    let all = check["unclear"].as_array().expect("a list");
    let cut = all.iter().filter(|open| open["reason"] == "budget");
    cut.map(|open| open["detail"].as_str().expect("words").to_owned()).collect()
}

#[test]
fn spf_tree_without_end_is_cut_and_said_to_be() {
    let server = endless();
    let run = spamcheck(&["spf", "a.example", "--json", "--resolver", &server.address()]);
    let check = check(&run);
    assert_eq!(check["verdict"], "fail", "{check:#}");
    assert!(cut(&check).concat().contains("of the tree were not looked up"), "{check:#}");
    assert!(server.asked() <= 700, "{} questions", server.asked());
    assert!(run.stdout.len() < 2_000_000, "{} octets", run.stdout.len());
}

#[test]
fn judgement_of_a_client_ends_with_its_permerror() {
    let server = endless();
    let argv = ["spf", "a.example", "--ip", "192.0.2.9", "--json", "--resolver", &server.address()];
    let check = check(&spamcheck(&argv));
    assert_eq!(check["facts"]["evaluation"]["result"], "permerror", "{check:#}");
    assert_eq!(check["facts"]["evaluation"]["worst_lookups"], Value::Null, "{check:#}");
    assert!(server.asked() <= 250, "{} questions", server.asked());
}

#[test]
fn hosts_of_a_domain_are_asked_about_up_to_a_hundred() {
    const HOSTS: u16 = 300;
    let truncated = |query: &Query| {
        let mut reply = query.reply(ResponseCode::NoError);
        reply.metadata.truncation = query.rtype() == RecordType::MX;
        match query.rtype() {
            RecordType::A => Act::Say(records(query, [RData::A(A::new(11, 0, 0, 1))])),
            _ => Act::Say(bytes(&reply)),
        }
    };
    let mx = |index: u16| RData::MX(MX::new(10, name(&format!("m{index}.a.example."))));
    let server = Server::udp_and_tcp(truncated, move |query| {
        // The name that nobody made has none.
        Some(records(query, (0..HOSTS).filter(|_| query.name() == "a.example").map(mx)))
    });
    let check = check(&spamcheck(&["mx", "a.example", "--json", "--resolver", &server.address()]));
    let hosts = check["facts"]["hosts"].as_array().expect("rows").clone();
    assert_eq!(hosts.len(), usize::from(HOSTS));
    assert_eq!(hosts.iter().filter(|host| host["addresses"] != serde_json::json!([])).count(), 100);
    let cut = cut(&check);
    assert!(cut.len() == 1 && cut[0].contains("the limit of 200 DNS questions for a.example is reached"), "{cut:?}");
    assert!(server.asked() <= 220, "{} questions", server.asked());
}

#[test]
fn name_servers_count_up_to_sixteen_with_ten_addresses_each_and_none_inside_is_asked() {
    let server = Server::udp(|query| {
        let ns = |index: u8| RData::NS(NS(name(&format!("n{index}.a.example."))));
        let address = |index: u8| RData::A(A(Ipv4Addr::new(127, 77, 0, index)));
        Act::Say(match query.rtype() {
            RecordType::NS => records(query, (0..40).map(ns)),
            RecordType::MX => records(query, [RData::MX(MX::new(10, name("n0.a.example.")))]),
            RecordType::A => records(query, (1..31).map(address)),
            _ => nothing(query),
        })
    });
    let argv = ["mx", "a.example", "--every-ns", "--json", "--timeout", "300ms", "--resolver", &server.address()];
    let check = check(&spamcheck(&argv));
    let rows = check["facts"]["servers"].as_array().expect("rows").clone();
    assert_eq!(rows.len(), 160);
    let words = "127.77.0.1 is a loopback address and was not asked";
    assert!(rows.iter().any(|row| row["words"] == words), "{rows:#?}");
    let cut = cut(&check).join("\n");
    assert!(cut.contains("16 of 40 name servers were asked"), "{cut}");
}

#[test]
fn addresses_of_a_name_are_asked_about_up_to_max_hosts() {
    let server = Server::udp(|query| {
        let address = |index: u8| RData::A(A::new(198, 51, 100, index));
        Act::Say(match query.rtype() {
            RecordType::A if query.name() == "a.example" => records(query, (1..31).map(address)),
            RecordType::A if query.name() == "2.0.0.127.bl.example" => records(query, [RData::A(A::new(127, 0, 0, 2))]),
            RecordType::AAAA if query.name() == "a.example" => nothing(query),
            _ => bytes(&query.reply(ResponseCode::NXDomain)),
        })
    });
    let argv = ["dnsbl", "a.example", "--list", "bl.example", "--max-hosts", "8", "--json", "--resolver"];
    let run = spamcheck(&[&argv[..], &[&server.address()]].concat());
    let checks = run.json()["targets"][0]["checks"].as_array().expect("checks").clone();
    assert_eq!(checks.iter().filter(|check| check["subject"] != "a.example").count(), 8, "{checks:#?}");
    let cut = checks.iter().flat_map(cut).collect::<Vec<_>>().join("\n");
    assert!(cut.contains("8 of 30 addresses are asked about, the most for one name"), "{cut}");
    run.exits(3);
}

#[test]
fn mail_hosts_beyond_thirty_two_are_not_dialled_and_leave_the_question_open() {
    let server = Server::udp(|query| {
        let mx = |index: u16| RData::MX(MX::new(10, name(&format!("m{index}.a.example."))));
        Act::Say(match query.rtype() {
            RecordType::MX => records(query, (0..40).map(mx)),
            RecordType::A => records(query, [RData::A(A::new(127, 0, 0, 1))]),
            _ => nothing(query),
        })
    });
    let argv = ["smtp", "a.example", "--json", "--resolver", &server.address(), "--smtp-timeout", "2s"];
    let closed = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let port = closed.local_addr().expect("a bound socket").port().to_string();
    drop(closed);
    let check = check(&spamcheck(&[&argv[..], &["--port", &port]].concat()));
    let cut = cut(&check).join("\n");
    assert!(cut.contains("32 of 40 mail hosts are looked at"), "{check:#}");
}
