//! What a hostile, broken or lossy network does to a run: nothing worse than "could not tell".

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, Record, RecordType};
use serde_json::Value;

use crate::support::hostile::{Act, Query, Server, bytes};
use crate::support::{Home, Run, spamcheck};

const ZONES: [&str; 1] = ["bl.example"];

/// The honest answer: 203.0.113.9 is listed.
fn honest(query: &Query) -> Message {
    query.honestly(&ZONES, &BTreeSet::from(["9.113.0.203.bl.example".to_owned()]))
}

/// Asks about 203.0.113.9 within 600 ms a question.
fn ask(resolvers: &[&str]) -> Run {
    let mut argv = vec!["dnsbl", "203.0.113.9", "--list", "bl.example", "--json", "--timeout", "600ms"];
    for resolver in resolvers {
        argv.extend(["--resolver", resolver]);
    }
    let started = Instant::now();
    let run = spamcheck(&argv);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    run
}

fn row(run: &Run) -> Value {
    run.json()["targets"][0]["checks"][0]["facts"]["lists"][0].clone()
}

/// The run could not tell, with this outcome; and it did not invent a listing.
#[track_caller]
fn could_not_tell(server: &Server, outcome: &str) -> String {
    let run = ask(&[&server.address()]);
    run.exits(3);
    let row = row(&run);
    assert_eq!(row["outcome"], outcome, "{row:#}");
    assert_eq!(row["points"], 0);
    row["note"].as_str().expect("a silent list has words").to_owned()
}

/// The run found the listing all the same.
#[track_caller]
fn found(run: &Run) -> Value {
    run.exits(1);
    let row = row(run);
    assert_eq!(row["outcome"], "listed", "{row:#}");
    row
}

#[test]
fn honest_server_is_believed() {
    let server = Server::udp(|query| Act::Say(bytes(&honest(query))));
    found(&ask(&[&server.address()]));
}

#[test]
fn answer_with_another_id_is_dropped() {
    let server = Server::udp(|query| {
        let mut reply = bytes(&honest(query));
        reply[1] ^= 1;
        Act::Say(reply)
    });
    could_not_tell(&server, "timeout");
}

#[test]
fn answer_to_another_question_is_dropped() {
    // A neighbour's listing: the same packet but for one letter of the name.
    let server = Server::udp(|query| {
        let mut reply = bytes(&honest(query));
        let first = &mut reply[HEADER..];
        if first[0] > 0 {
            first[1] = b'z';
        }
        Act::Say(reply)
    });
    could_not_tell(&server, "timeout");
}

/// Octets in front of the question.
const HEADER: usize = 12;

#[test]
fn answer_to_another_type_is_dropped() {
    let server = Server::udp(|query| {
        let mut reply = honest(query);
        reply.queries[0].set_query_type(hickory_proto::rr::RecordType::MX);
        Act::Say(bytes(&reply))
    });
    could_not_tell(&server, "timeout");
}

#[test]
fn answer_from_another_port_is_dropped() {
    let server = Server::udp(|query| Act::FromElsewhere(bytes(&honest(query))));
    could_not_tell(&server, "timeout");
}

#[test]
fn query_sent_back_is_no_answer() {
    let server = Server::udp(|query| Act::Say(bytes(&query.message)));
    could_not_tell(&server, "timeout");
}

#[test]
fn records_of_another_owner_are_no_listing() {
    let server = Server::udp(|query| {
        let mut reply = honest(query);
        for record in &mut reply.answers {
            record.name = "victim.example.".parse().expect("a name");
        }
        Act::Say(bytes(&reply))
    });
    let words = could_not_tell(&server, "servfail");
    assert!(words.contains("it holds records of victim.example. alone"), "{words}");
}

#[test]
fn records_of_another_owner_beside_the_right_ones_are_left_out() {
    let server = Server::udp(|query| {
        let mut reply = honest(query);
        if let Some(mut stray) = reply.answers.first().cloned() {
            stray.name = "victim.example.".parse().expect("a name");
            stray.data = hickory_proto::rr::RData::A(Ipv4Addr::new(127, 0, 0, 99).into());
            reply.add_answers([stray]);
        }
        Act::Say(bytes(&reply))
    });
    assert_eq!(found(&ask(&[&server.address()]))["answers"], serde_json::json!(["127.0.0.2"]));
}

/// A response code beyond the four bits of the header (RFC 6891 §6.1.3).
fn extended(query: &Query, code: u16) -> Vec<u8> {
    let mut reply = query.reply(ResponseCode::from((code >> 4) as u8, (code & 15) as u8));
    let mut edns = hickory_proto::op::Edns::new();
    edns.set_rcode_high((code >> 4) as u8);
    reply.edns = Some(edns);
    bytes(&reply)
}

#[test]
fn response_code_of_twelve_bits_is_no_answer() {
    // The low bits of 16 and 32 read as NOERROR, those of 19 and 35 as NXDOMAIN.
    for (code, word) in [(19, "BADMODE"), (23, "BADCOOKIE"), (32, "RCODE 32"), (35, "RCODE 35")] {
        let server = Server::udp(move |query| Act::Say(extended(query, code)));
        let words = could_not_tell(&server, "servfail");
        assert!(words.contains(&format!(" answered {word} for ")), "{words}");
    }
}

#[test]
fn server_of_another_edns_version_is_asked_without_edns() {
    let server =
        Server::udp(|query| Act::Say(if query.has_edns() { extended(query, 16) } else { bytes(&honest(query)) }));
    found(&ask(&[&server.address()]));
    let always = Server::udp(|query| Act::Say(extended(query, 16)));
    assert!(could_not_tell(&always, "servfail").contains("BADVERS"));
}

#[test]
fn answer_that_holds_less_than_it_says_is_no_absence() {
    let server = Server::udp(|query| {
        let mut reply = bytes(&query.reply(ResponseCode::NXDomain));
        // One record in the authority section, and no octet of it.
        reply[9] = 1;
        Act::Say(reply)
    });
    assert!(could_not_tell(&server, "servfail").contains("cut short"));
}

/// An absence with an explanation (RFC 8914).
fn explained(query: &Query, code: u16, text: &str) -> Vec<u8> {
    let mut reply = query.reply(ResponseCode::NXDomain);
    let mut edns = hickory_proto::op::Edns::new();
    let data = [&code.to_be_bytes()[..], text.as_bytes()].concat();
    edns.options_mut().insert(hickory_proto::rr::rdata::opt::EdnsOption::Unknown(15, data));
    reply.edns = Some(edns);
    bytes(&reply)
}

#[test]
fn filtered_answer_is_no_absence_and_the_filter_is_quoted() {
    for code in [4, 15, 16, 17, 18] {
        let server = Server::udp(move |query| Act::Say(explained(query, code, "by your provider")));
        let words = could_not_tell(&server, "filtered");
        assert!(words.contains(&format!(" filters 9.113.0.203.bl.example A: EDE {code} (")), "{words}");
        assert!(words.ends_with(": by your provider"), "{words}");
    }
}

#[test]
fn explanation_that_is_no_filters_leaves_the_absence_as_it_is() {
    let server = Server::udp(|query| {
        let honest = honest(query);
        Act::Say(if honest.answers.is_empty() { explained(query, 3, "stale") } else { bytes(&honest) })
    });
    let argv = ["dnsbl", "203.0.113.10", "--list", "bl.example", "--json", "--resolver"];
    spamcheck(&[&argv[..], &[&server.address()]].concat()).exits(0);
}

fn truncated(query: &Query) -> Act {
    let mut reply = honest(query);
    reply.metadata.truncation = true;
    Act::Say(bytes(&reply))
}

#[test]
fn truncated_answer_without_tcp_is_no_listing_and_is_said() {
    let server = Server::udp(truncated);
    let words = could_not_tell(&server, "timeout");
    assert!(words.contains("the answer is truncated, and over TCP: "), "{words}");
}

#[test]
fn truncated_answer_is_fetched_over_tcp() {
    let server = Server::udp_and_tcp(truncated, |query| Some(bytes(&honest(query))));
    found(&ask(&[&server.address()]));
}

#[test]
fn answer_that_is_truncated_over_tcp_too_is_no_absence() {
    let server = Server::udp_and_tcp(truncated, |query| {
        let mut reply = query.reply(ResponseCode::NXDomain);
        reply.metadata.truncation = true;
        Some(bytes(&reply))
    });
    assert!(could_not_tell(&server, "servfail").contains("truncated although it came over a stream"));
}

#[test]
fn answer_over_tcp_to_another_question_is_no_listing() {
    let server = Server::udp_and_tcp(truncated, |query| {
        let mut reply = honest(query);
        reply.queries[0].set_name("other.example.".parse().expect("a name"));
        Some(bytes(&reply))
    });
    let words = could_not_tell(&server, "timeout");
    assert!(words.contains("to another question"), "{words}");
}

#[test]
fn connection_that_closes_without_an_answer_is_no_listing() {
    let server = Server::udp_and_tcp(truncated, |_| None);
    could_not_tell(&server, "timeout");
}

#[test]
fn oversized_datagram_is_dropped() {
    let server = Server::udp(|query| {
        let mut reply = bytes(&honest(query));
        reply.resize(4096, 0);
        Act::Say(reply)
    });
    could_not_tell(&server, "timeout");
}

#[test]
fn compression_loop_ends() {
    let server = Server::udp(|query| {
        let mut reply = bytes(&query.reply(ResponseCode::NoError));
        reply[7] = 1;
        // An answer whose owner is a pointer to itself.
        let here = u16::try_from(reply.len()).expect("short") | 0xc000;
        reply.extend(here.to_be_bytes());
        reply.extend([0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 2]);
        Act::Say(reply)
    });
    could_not_tell(&server, "servfail");
}

#[test]
fn alias_loop_ends() {
    let server = Server::udp(|query| {
        use hickory_proto::rr::{RData, Record, rdata::CNAME};
        let mut reply = query.reply(ResponseCode::NoError);
        let owner = query.message.queries[0].name().clone();
        let alias = RData::CNAME(CNAME(owner.clone()));
        reply.add_answers([Record::from_rdata(owner, 60, alias)]);
        Act::Say(bytes(&reply))
    });
    let run = ask(&[&server.address()]);
    assert_ne!(row(&run)["outcome"], "listed");
}

#[test]
fn record_cut_short_is_no_listing() {
    let server = Server::udp(|query| {
        let mut reply = bytes(&honest(query));
        reply.truncate(reply.len() - 2);
        Act::Say(reply)
    });
    let run = ask(&[&server.address()]);
    assert_ne!(row(&run)["outcome"], "listed");
}

#[test]
fn answer_after_its_time_is_no_listing() {
    let server = Server::udp(|query| Act::Later(Duration::from_millis(900), bytes(&honest(query))));
    could_not_tell(&server, "timeout");
}

#[test]
fn garbage_is_dropped() {
    let mut turn = 0_u8;
    let server = Server::udp(move |query| {
        turn = turn.wrapping_add(1);
        let id = query.message.metadata.id.to_be_bytes();
        Act::Say(match turn % 4 {
            0 => Vec::new(),
            1 => vec![0xff; 512],
            2 => id.to_vec(),
            _ => [&id[..], &[0x81, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc0, 0x0c]].concat(),
        })
    });
    could_not_tell(&server, "timeout");
}

#[test]
fn answer_without_a_question_is_dropped() {
    let server = Server::udp(|query| {
        let mut reply = honest(query);
        reply.queries.clear();
        Act::Say(bytes(&reply))
    });
    could_not_tell(&server, "timeout");
}

#[test]
fn server_without_edns_is_asked_without_edns() {
    let server = Server::udp(|query| {
        let reply = if query.has_edns() { query.reply(ResponseCode::FormErr) } else { honest(query) };
        Act::Say(bytes(&reply))
    });
    found(&ask(&[&server.address()]));
}

#[test]
fn formerr_without_a_question_makes_the_client_drop_edns() {
    let server = Server::udp(|query| {
        let mut reply = if query.has_edns() { query.reply(ResponseCode::FormErr) } else { honest(query) };
        if query.has_edns() {
            reply.queries.clear();
        }
        Act::Say(bytes(&reply))
    });
    found(&ask(&[&server.address()]));
}

#[test]
fn refusing_resolver_is_followed_by_the_next_one_which_is_named() {
    let first = Server::udp(|query| Act::Say(bytes(&query.reply(ResponseCode::Refused))));
    let second = Server::udp(|query| Act::Say(bytes(&honest(query))));
    let row = found(&ask(&[&first.address(), &second.address()]));
    assert_eq!(row["server"], second.address());
}

/// What a first resolver may say that a second one can better.
#[test]
fn resolver_that_lists_refuse_is_followed_by_the_next_one() {
    type Say = fn(&Query) -> Vec<u8>;
    let refused: Say = |query| bytes(&query.listed(&[[127, 255, 255, 254].into()]));
    let filtered: Say = |query| explained(query, 15, "");
    let strange: Say = |query| {
        let mut reply = query.listed(&[[127, 0, 0, 9].into()]);
        reply.answers[0].name = "victim.example.".parse().expect("a name");
        bytes(&reply)
    };
    let cut: Say = |query| bytes(&query.listed(&[[127, 0, 0, 9].into()]))[..40].to_vec();
    for say in [refused, filtered, strange, cut] {
        let first = Server::udp(move |query| Act::Say(say(query)));
        let second = Server::udp(|query| Act::Say(bytes(&honest(query))));
        let row = found(&ask(&[&first.address(), &second.address()]));
        assert_eq!(row["server"], second.address());
    }
}

#[test]
fn refusal_of_the_first_resolver_stands_if_the_next_one_does_no_better() {
    let first = Server::udp(|query| Act::Say(bytes(&query.listed(&[[127, 255, 255, 254].into()]))));
    let second = Server::udp(|query| Act::Say(bytes(&query.reply(ResponseCode::ServFail))));
    let run = ask(&[&first.address(), &second.address()]);
    run.exits(3);
    assert_eq!(row(&run)["outcome"], "refused");
    assert_eq!(row(&run)["server"], first.address());
}

#[test]
fn direct_question_passes_by_a_server_that_refers_upwards() {
    use hickory_proto::rr::rdata::NS;
    use hickory_proto::rr::{RData, Record};
    let authority = |name: &str, server: &str| {
        Record::from_rdata(name.parse().expect("a name"), 60, RData::NS(NS(server.parse().expect("a name"))))
    };
    // RFC 4697 §2.2: it has lost the zone and names the root's servers instead, as a resolver of others too.
    for recursive in [false, true] {
        let lame = Server::udp(move |query| {
            let mut reply = query.reply(ResponseCode::NoError);
            reply.metadata.recursion_desired = false;
            reply.metadata.recursion_available = recursive;
            reply.add_authorities([authority(".", "a.root-servers.example.")]);
            Act::Say(bytes(&reply))
        });
        let good = Server::udp(|query| Act::Say(bytes(&honest(query))));
        let resolver = Server::udp(move |query| {
            let mut reply = query.reply(ResponseCode::NoError);
            if query.rtype() == hickory_proto::rr::RecordType::NS && query.name() == "bl.example" {
                reply
                    .add_answers(["ns1.bl.example.", "ns2.bl.example."].map(|server| authority("bl.example.", server)));
            }
            Act::Say(bytes(&reply))
        });
        let to = |name: &str, server: &Server| format!("{name}.bl.example:53:{}", server.address());
        let argv = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--json", "--direct", "--timeout", "3s"];
        let servers = ["--connect-to", &to("ns1", &lame), "--connect-to", &to("ns2", &good)];
        let run = spamcheck(&[&argv[..], &servers, &["--resolver", &resolver.address()]].concat());
        assert_eq!(found(&run)["server"], good.address());
    }
}

#[test]
fn silent_resolver_is_followed_by_the_next_one() {
    let first = Server::udp(|_| Act::Silence);
    let second = Server::udp(|query| Act::Say(bytes(&honest(query))));
    let argv = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--json", "--timeout", "3s"];
    let resolvers = ["--resolver", &first.address(), "--resolver", &second.address()];
    let row = found(&spamcheck(&[&argv[..], &resolvers[..]].concat()));
    assert_eq!(row["server"], second.address());
}

#[test]
fn explanation_of_the_last_resolver_is_shown() {
    let server = Server::udp(|query| {
        let mut reply = query.reply(ResponseCode::ServFail);
        let mut edns = hickory_proto::op::Edns::new();
        let text = b"\x00\x16at \x1b[31mdelegation\x07".to_vec();
        edns.options_mut().insert(hickory_proto::rr::rdata::opt::EdnsOption::Unknown(15, text));
        reply.edns = Some(edns);
        Act::Say(bytes(&reply))
    });
    let words = could_not_tell(&server, "servfail");
    assert!(words.ends_with(": EDE 22 (No Reachable Authority): at [31mdelegation"), "{words:?}");
}

#[test]
fn closed_port_is_told_at_once_and_in_words() {
    let started = Instant::now();
    // Nobody serves tcpmux.
    let argv = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--json", "--timeout", "30s"];
    let run = spamcheck(&[&argv[..], &["--resolver", "127.0.0.1:1"]].concat());
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    run.exits(3);
    let note = row(&run)["note"].as_str().expect("words").to_owned();
    assert!(note.starts_with("127.0.0.1:1 cannot be reached: "), "{note}");
}

#[test]
fn hostile_text_never_reaches_the_terminal() {
    let server = Server::udp(|query| {
        use hickory_proto::rr::{RData, Record, RecordType, rdata::TXT};
        if query.rtype() != RecordType::TXT {
            return Act::Say(bytes(&honest(query)));
        }
        let text = "\x1b[2J\x1b]0;owned\x07 \u{202e}evil\u{9b}31m\r\nFAIL".to_owned();
        let mut reply = query.reply(ResponseCode::NoError);
        let owner = query.message.queries[0].name().clone();
        reply.add_answers([Record::from_rdata(owner, 60, RData::TXT(TXT::new(vec![text])))]);
        Act::Say(bytes(&reply))
    });
    for format in ["table", "json", "ndjson", "csv"] {
        let argv = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--verbose", "--format", format];
        let run = spamcheck(&[&argv[..], &["--resolver", &server.address()]].concat());
        run.exits(1);
        let shown = run.stdout.replace('\n', "");
        assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}'), "{format}: {shown:?}");
        assert!(!shown.contains("\\u00") && !shown.contains("\\u202e"), "{format}: {shown:?}");
    }
}

#[test]
fn every_fifth_packet_lost_loses_no_listing_and_invents_none() {
    let zones = ["one.example", "two.example", "three.example"];
    let address = |number: u8| Ipv4Addr::new(203, 0, 113, number);
    // Which address is on which list: one in seven, another set a list.
    let is_listed = |number: u8, list: usize| (usize::from(number) + list).is_multiple_of(7);
    let entries: BTreeSet<String> = (0..200_u8)
        .flat_map(|number| (0..zones.len()).map(move |list| (number, list)))
        .filter(|(number, list)| is_listed(*number, *list))
        .map(|(number, list)| format!("{number}.113.0.203.{}", zones[list]))
        .collect();
    let mut packets = 0_u32;
    let listed = entries.clone();
    let server = Server::udp(move |query| {
        packets += 1;
        let lost = packets.is_multiple_of(5);
        if lost { Act::Silence } else { Act::Say(bytes(&query.honestly(&zones, &listed))) }
    });
    let home = Home::new();
    let lines: String = (0..200_u8).map(|number| format!("{}\n", address(number))).collect();
    let input = home.write("targets", lines);
    let mut argv = vec!["dnsbl", "-f", "ndjson", "--input", input.to_str().expect("UTF-8")];
    zones.iter().for_each(|zone| argv.extend(["--list", zone]));
    let resolver = server.address();
    argv.extend(["--resolver", &resolver, "--timeout", "20s"]);
    let run = home.run(argv);
    run.exits(1);
    let mut found = BTreeSet::new();
    let lines = run.lines();
    assert_eq!(lines.len(), 200);
    for line in lines {
        assert_eq!(line["facts"]["answered"], 3, "{line:#}");
        for row in line["facts"]["lists"].as_array().expect("rows") {
            assert_eq!(row["outcome"], "listed", "{row:#}");
            let subject: Ipv4Addr = line["subject"].as_str().expect("text").parse().expect("an address");
            found.insert(format!("{}.113.0.203.{}", subject.octets()[3], row["zone"].as_str().expect("text")));
        }
    }
    assert_eq!(found, entries);
}

#[test]
fn hits_without_health_probes_take_two_round_trips() {
    const LISTS: usize = 12;
    const HITS: usize = 8;
    let zones: Vec<String> = (0..LISTS).map(|index| format!("bl{index}.example")).collect();
    let entries: BTreeSet<String> = zones[..HITS].iter().map(|zone| format!("9.113.0.203.{zone}")).collect();
    // Address and reason of each list; then three reserved entries of each list that has a hit.
    let mut rounds = vec![3 * HITS, 2 * LISTS];
    let (mut round, mut before) = (BTreeSet::new(), BTreeSet::new());
    // Nobody is answered before the whole round has come: who asks in more rounds than these waits for ever.
    let server = Server::udp(move |query| {
        let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
        let answer = bytes(&query.honestly(&zones, &entries));
        let question = (query.name(), query.rtype());
        if !zones.iter().any(|zone| question.0.ends_with(zone)) || before.contains(&question) {
            return Act::Say(answer);
        }
        round.insert(question);
        if rounds.last().is_none_or(|size| round.len() < *size) {
            return Act::Hold(answer);
        }
        rounds.pop();
        before.append(&mut round);
        Act::Release(answer)
    });
    let address = server.address();
    let mut argv = vec!["dnsbl", "203.0.113.9", "--json", "--no-health", "--timeout", "3s", "--resolver", &address];
    let lists: Vec<String> = (0..LISTS).map(|index| format!("--list=bl{index}.example")).collect();
    argv.extend(lists.iter().map(String::as_str));
    let run = spamcheck(&argv);
    let lists = run.exits(1).json()["targets"][0]["checks"][0]["facts"]["lists"].clone();
    let outcomes: Vec<&str> =
        lists.as_array().expect("rows").iter().filter_map(|row| row["outcome"].as_str()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "listed").count(), HITS, "{lists:#}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "not-listed").count(), LISTS - HITS, "{lists:#}");
}

#[test]
fn guessed_key_is_open_while_nobody_knows_whether_every_selector_answers() {
    const KEY: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let answered = |fails: bool| {
        let server = Server::udp(move |query| {
            let name = query.name();
            let mut reply = match name.starts_with("spamcheck-") {
                true if fails => query.reply(ResponseCode::ServFail),
                _ if name == "google._domainkey.example.org" => query.reply(ResponseCode::NoError),
                _ => query.reply(ResponseCode::NXDomain),
            };
            if reply.metadata.response_code == ResponseCode::NoError && query.rtype() == RecordType::TXT {
                let owner = query.message.queries[0].name().clone();
                reply.add_answers([Record::from_rdata(owner, 60, RData::TXT(TXT::new(vec![KEY.to_owned()])))]);
            }
            Act::Say(bytes(&reply))
        });
        let run = spamcheck(&["dkim", "example.org", "--json", "--resolver", &server.address()]);
        run.json()["targets"][0]["checks"][0].clone()
    };
    let open = answered(true);
    assert_eq!((&open["verdict"], &open["facts"]["wildcard"]), (&"unclear".into(), &Value::Null), "{open:#}");
    assert_eq!(open["unclear"][0]["reason"], "servfail", "{open:#}");
    let told = answered(false);
    assert_eq!((&told["verdict"], &told["facts"]["wildcard"]), (&"pass".into(), &Value::Bool(false)), "{told:#}");
}

#[test]
fn a_resolver_that_says_nothing_takes_one_line_whatever_is_asked_of_it() {
    let server = Server::udp(|_| Act::Silence);
    let address = server.address();
    let dead = ["--resolver", &address, "--timeout", "300ms"];
    let many = spamcheck(&[&["mx", "a.example", "b.example", "c.example"], &dead[..]].concat());
    many.exits(3);
    let line = format!("UNCLEAR 3 targets: {address} did not answer\n        a.example, b.example, c.example\n");
    assert!(many.stdout.starts_with(&line), "{}", many.stdout);
    let page = spamcheck(&[&["audit", "a.example", "--only", "mx,spf,dmarc"], &dead[..]].concat());
    page.exits(3);
    assert!(page.stdout.contains(&format!("3 checks  UNCLEAR {address} did not answer: mx, spf, dmarc\n")), "{page:?}");
    for run in [many, page] {
        assert_eq!(run.stdout.matches(&format!("1. Start the resolver {address}")).count(), 1, "{}", run.stdout);
    }
    let json = spamcheck(&[&["mx", "a.example", "--json"], &dead[..]].concat()).json();
    assert_eq!(json["resolver"]["silence"], format!("{address} did not answer"));
    assert_eq!(json["targets"][0]["checks"][0]["unclear"][0]["server"], address);
}
