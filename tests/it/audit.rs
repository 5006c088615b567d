//! What an audit costs, and how several domains come out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::{A, MX, PTR, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::support::hostile::{Act, Query, Server, bytes};
use crate::support::{Home, Up, finish, spamcheck};

fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}

/// A domain with two mail hosts that send for themselves.
fn data(name_asked: &str, rtype: RecordType) -> Vec<RData> {
    match (name_asked, rtype) {
        ("example.net", RecordType::MX) => {
            vec![RData::MX(MX::new(10, name("mx1.example.net."))), RData::MX(MX::new(20, name("mx2.example.net.")))]
        }
        ("example.net", RecordType::TXT) => vec![RData::TXT(TXT::new(vec!["v=spf1 mx -all".to_owned()]))],
        ("mx1.example.net", RecordType::A) => vec![RData::A(A::new(11, 22, 33, 44))],
        ("mx2.example.net", RecordType::A) => vec![RData::A(A::new(44, 55, 66, 77))],
        ("44.33.22.11.in-addr.arpa", RecordType::PTR) => vec![RData::PTR(PTR(name("mx1.example.net.")))],
        ("77.66.55.44.in-addr.arpa", RecordType::PTR) => vec![RData::PTR(PTR(name("mx2.example.net.")))],
        _ => Vec::new(),
    }
}

const LATE: Duration = Duration::from_millis(150);

#[test]
fn no_question_of_an_audit_is_asked_twice_and_the_longest_chain_takes_its_time() {
    let asked: Arc<Mutex<BTreeMap<(String, String), u32>>> = Arc::default();
    let count = Arc::clone(&asked);
    let server = Server::udp(move |query: &Query| {
        let (asked, rtype) = (query.name(), query.rtype());
        let mut reply = query.reply(ResponseCode::NoError);
        let owner = query.message.queries[0].name();
        reply.add_answers(data(&asked, rtype).into_iter().map(|data| Record::from_rdata(owner.clone(), 60, data)));
        *count.lock().expect("no holder panics").entry((asked, rtype.to_string())).or_default() += 1;
        Act::Later(LATE, bytes(&reply))
    });
    let argv = ["audit", "example.net", "--skip", "dnsbl", "--retries", "0", "--timeout", "30s", "--json"];
    let run = Home::new().run([&argv[..], &["--resolver", &server.address()]].concat());
    let asked = asked.lock().expect("no holder panics");
    let of_domain = |name: &str| name.ends_with("example.net") || name.ends_with("in-addr.arpa");
    let of_domain: Vec<_> = asked.iter().filter(|((name, _), _)| of_domain(name)).collect();
    let twice: Vec<_> = of_domain.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "asked more than once: {twice:?}");
    assert!(of_domain.len() >= 15, "{of_domain:?}");
    // Four round trips: records, addresses, their names, and what is asked of each name.
    let taken = run.json()["duration_ms"].as_u64().expect("a number");
    assert!((600..1000).contains(&taken), "{taken} ms for four round trips of 150 ms");
}

const WORLD: &str = r#"
    [mx]
    "good.example" = ["mx1.good.example", "mx2.good.example"]
    "lone.example" = ["mx1.good.example"]
    [hosts]
    "mx1.good.example" = ["11.22.33.44"]
    "mx2.good.example" = ["44.55.66.77"]
"#;

#[test]
fn several_domains_have_a_page_each() {
    let world = Up::new(WORLD);
    let home = Home::new();
    let argv = ["audit", "--input", "-", "--only", "mx", "--resolver", &world.address()];
    let run = finish(&mut home.command(argv), "good.example\nlone.example\n192.0.2.1\n");
    run.exits(3);
    let pages: Vec<&str> = run.stdout.split("\n\n").collect();
    assert!(pages[0].starts_with("good.example ") && pages[0].contains("\nPASS  nothing to do"), "{}", run.stdout);
    assert!(run.stdout.contains("\n\nlone.example ") && run.stdout.contains("\nWARN  1 warning"), "{}", run.stdout);
    assert!(run.stdout.contains("mx-single-host") && run.stdout.contains("192.0.2.1"), "{}", run.stdout);
}

#[test]
fn unknown_check_and_address_are_wrong_usage() {
    for argv in [&["audit", "example.net", "--only", "nonsense"][..], &["audit", "192.0.2.1"]] {
        spamcheck(argv).exits(2);
    }
    spamcheck(&["audit", "example.net", "--skip", "nonsense"]).exits(2).complains(&["--skip nonsense", "dnsbl, "]);
}

#[test]
fn several_domains_end_with_a_count() {
    let world = Up::new(WORLD);
    let argv = ["audit", "good.example", "lone.example", "--only", "mx", "--resolver", &world.address()];
    let run = spamcheck(&argv);
    run.exits(0);
    assert!(run.stdout.ends_with("\n\n2 domains: 1 warn, 1 pass\n"), "{}", run.stdout);
    let run = spamcheck(&["audit", "good.example", "--only", "mx", "--resolver", &world.address()]);
    assert!(!run.stdout.contains("domains:"), "{}", run.stdout);
}

#[test]
fn named_selectors_are_tested_instead_of_guessed_ones() {
    let world = Up::new("[txt]\n\"own._domainkey.good.example\" = [\"v=DKIM1; p=\"]\n");
    let argv = ["audit", "good.example", "--only", "dkim", "-s", "own", "--json", "--resolver", &world.address()];
    let run = spamcheck(&argv);
    run.exits(1);
    let facts = &run.json()["targets"][0]["checks"][1]["facts"];
    assert_eq!((facts["guessed"].as_u64(), &facts["keys"][0]["selector"]), (Some(0), &"own".into()), "{facts}");
    spamcheck(&["audit", "good.example", "-s", "not a selector"]).exits(2);
}

/// Two senders with one name, so that two checks of the target bear one name.
const TWINS: &str = r#"
    [txt]
    "good.example" = ["v=spf1 ip4:11.22.33.44 ip4:11.22.33.45 -all"]
    "lone.example" = ["v=spf1 ip4:11.22.33.45 -all"]
    [hosts]
    "mx.good.example" = ["11.22.33.44", "11.22.33.45"]
    [ptr]
    "11.22.33.44" = ["mx.good.example"]
    "11.22.33.45" = ["mx.good.example"]
"#;

#[test]
fn audit_goes_on_wherever_it_was_interrupted() {
    let world = Up::new(TWINS);
    let home = Home::new();
    let resolver = world.address();
    let argv = ["audit", "good.example", "lone.example", "--only", "helo,ptr,spf,mx", "--format", "ndjson"];
    let argv = [&argv[..], &["--resolver", &resolver, "--resume", "out.ndjson"]].concat();
    let names = || -> Vec<(u64, String, String)> {
        let text = std::fs::read_to_string(home.path("out.ndjson")).expect("the output is there");
        let line = |line: &str| -> (u64, String, String) {
            let line: serde_json::Value = serde_json::from_str(line).expect("a whole line");
            let text = |key: &str| line[key].as_str().expect("a text").to_owned();
            (line["number"].as_u64().expect("a number"), text("check"), text("subject"))
        };
        let mut names: Vec<_> = text.lines().map(line).collect();
        names.sort();
        names
    };
    home.run(&argv).exits(1);
    let whole = names();
    assert_eq!(whole.iter().filter(|(_, check, _)| check == "helo").count(), 3, "{whole:?}");
    let text = std::fs::read_to_string(home.path("out.ndjson")).expect("the output is there");
    for end in text.match_indices('\n').map(|(end, _)| end + 1).chain([0, 100, text.len() - 1]) {
        home.write("out.ndjson", &text[..end]);
        home.run(&argv).exits(1);
        assert_eq!(names(), whole, "interrupted at octet {end}");
    }
}
