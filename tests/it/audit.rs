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

/// Nobody takes mail at the hosts' addresses.
const NOBODY: [&str; 4] = ["--connect-to", "11.22.33.44:25:127.0.0.1:1", "--connect-to", "44.55.66.77:25:127.0.0.1:1"];

const LATE: Duration = Duration::from_millis(150);

type Asked = Arc<Mutex<BTreeMap<(String, String), u32>>>;

/// A resolver that answers with this data, this late, and counts what it is asked.
fn counting(late: Duration, data: fn(&str, RecordType) -> Vec<RData>) -> (Server, Asked) {
    let asked = Asked::default();
    let count = Arc::clone(&asked);
    let server = Server::udp(move |query: &Query| {
        let (asked, rtype) = (query.name(), query.rtype());
        let mut reply = query.reply(ResponseCode::NoError);
        let owner = query.message.queries[0].name();
        reply.add_answers(data(&asked, rtype).into_iter().map(|data| Record::from_rdata(owner.clone(), 60, data)));
        *count.lock().expect("no holder panics").entry((asked, rtype.to_string())).or_default() += 1;
        Act::Later(late, bytes(&reply))
    });
    (server, asked)
}

/// What was asked, without the self-test of the resolver; nothing of it more than once.
#[track_caller]
fn asked_once(asked: &Asked) -> Vec<String> {
    let asked = asked.lock().expect("no holder panics");
    let ours = |name: &str| !name.is_empty() && name != "." && !name.starts_with("spamcheck-");
    let ours: Vec<_> = asked.iter().filter(|((name, _), _)| ours(name)).collect();
    let twice: Vec<_> = ours.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "asked more than once: {twice:?}");
    ours.iter().map(|((name, _), _)| name.clone()).collect()
}

#[test]
fn no_question_of_an_audit_is_asked_twice() {
    let (server, asked) = counting(LATE, data);
    let argv = ["audit", "example.net", "--list", "bl.test", "--retries", "0", "--timeout", "30s", "--json"];
    Home::new().run([&argv[..], &NOBODY, &["--resolver", &server.address()]].concat());
    assert!(asked_once(&asked).len() >= 60, "{asked:?}");
}

/// Two domains that send from one host.
fn neighbours(name_asked: &str, rtype: RecordType) -> Vec<RData> {
    match (name_asked, rtype) {
        ("example.net" | "example.org", RecordType::TXT) => {
            vec![RData::TXT(TXT::new(vec!["v=spf1 ip4:11.22.33.44 -all".to_owned()]))]
        }
        ("44.33.22.11.bl.test", RecordType::A) => vec![RData::A(A::new(127, 0, 0, 2))],
        ("2.0.0.127.bl.test", RecordType::A) => vec![RData::A(A::new(127, 0, 0, 2))],
        _ => data(name_asked, rtype),
    }
}

#[test]
fn domains_that_send_from_one_host_share_what_is_asked_about_it() {
    let (server, asked) = counting(Duration::ZERO, neighbours);
    let argv = ["audit", "example.net", "example.org", "--list", "bl.test", "--retries", "0", "--json"];
    let run = Home::new().run([&argv[..], &NOBODY, &["--timeout", "30s", "--resolver", &server.address()]].concat());
    // Before the results of two domains are told, the list itself is probed once more, as each kind that was asked.
    let probes = ["1.0.0.127.bl.test", "2.0.0.127.bl.test", "test.bl.test", "bl.test"];
    asked.lock().expect("no holder panics").retain(|(name, _), count| {
        let is_probe = probes.contains(&name.as_str()) || name.starts_with("2.0.0.0.0.0.f.7.f.f");
        assert!(!is_probe || *count <= 3, "{name}: {count}");
        !is_probe
    });
    let names = asked_once(&asked);
    assert!(names.iter().any(|name| name == "44.33.22.11.bl.test"), "{names:?}");
    let listed = |target: usize| {
        let checks = run.json()["targets"][target]["checks"].as_array().cloned().expect("checks");
        checks.iter().any(|check| check["subject"] == "11.22.33.44" && check["facts"]["listed"] == 1)
    };
    assert!(listed(0) && listed(1), "{run:?}");
}

#[test]
fn listing_is_confirmed_by_asking_again_even_where_answers_are_shared() {
    let (server, asked) = counting(Duration::ZERO, neighbours);
    let argv = ["audit", "example.net", "--list", "bl.test", "--only", "dnsbl", "--confirm", "2", "--retries", "0"];
    Home::new().run([&argv[..], &["--timeout", "30s", "--resolver", &server.address()]].concat()).exits(1);
    let asked = asked.lock().expect("no holder panics");
    assert_eq!(asked[&("44.33.22.11.bl.test".to_owned(), "A".to_owned())], 3);
}

/// A tree that leads to one record by two ways.
fn tree(name_asked: &str, rtype: RecordType) -> Vec<RData> {
    let record = match (name_asked, rtype) {
        ("example.net", RecordType::TXT) => "v=spf1 a:h.example.net include:a.example include:b.example -all",
        ("a.example" | "b.example", RecordType::TXT) => "v=spf1 include:c.example -all",
        ("c.example", RecordType::TXT) => "v=spf1 a:h.example.net mx:example.net -all",
        ("h.example.net", RecordType::A) => return vec![RData::A(A::new(11, 22, 33, 44))],
        _ => return data(name_asked, rtype),
    };
    vec![RData::TXT(TXT::new(vec![record.to_owned()]))]
}

#[test]
fn no_question_of_an_spf_tree_is_asked_twice() {
    for more in [&[][..], &["--ip", "9.9.9.9"]] {
        let (server, asked) = counting(Duration::ZERO, tree);
        let argv = ["spf", "example.net", "--retries", "0", "--timeout", "30s", "--resolver"];
        let run = Home::new().run([&argv[..], &[&server.address()], more].concat());
        assert!(asked_once(&asked).contains(&"c.example".to_owned()), "{run:?}");
    }
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
    spamcheck(&["audit", "example.net", "--skip", "nonsense"]).exits(2).complains(&[
        "--skip nonsense",
        "dnsbl",
        "helo",
    ]);
}

#[test]
fn probes_of_an_audit_need_consent_before_anybody_is_asked() {
    let active = ["audit", "example.net", "--active", "--helo-name", "probe.example.org"];
    spamcheck(&active).exits(2).complains(&["--active", "--i-am-authorized"]);
    // Without a name of its own a client has nobody to send as.
    let nameless = ["audit", "example.net", "--active", "--i-am-authorized", "--helo-name", "[192.0.2.1]"];
    spamcheck(&nameless).exits(2).complains(&["--mail-from"]);
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
    let facts = &run.json()["targets"][0]["checks"][0]["facts"];
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

#[test]
fn what_is_through_when_time_is_over_is_shown() {
    let world = Up::new(
        r#"
        silent = ["_own.good.example"]
        [mx]
        "good.example" = ["0 ."]
        [txt]
        "good.example" = ["v=spf1 include:_own.good.example -all"]
        "_dmarc.good.example" = ["v=DMARC1; p=reject; rua=mailto:reports@good.example"]
        "#,
    );
    let argv = ["audit", "good.example", "--only", "mx,dmarc,spf,ptr", "--deadline", "500ms", "--json"];
    let run = spamcheck(&[&argv[..], &["--resolver", &world.address()]].concat());
    let checks = run.json()["targets"][0]["checks"].as_array().cloned().expect("checks");
    let verdict = |name: &str| checks.iter().find(|check| check["check"] == name).map(|check| check["verdict"].clone());
    assert_eq!(verdict("mx"), Some("pass".into()), "{checks:#?}");
    assert_eq!(verdict("ptr"), Some("unclear".into()), "{checks:#?}");
    assert_eq!(verdict("spf"), Some("unclear".into()), "{checks:#?}");
    assert!(verdict("dmarc").is_some_and(|verdict| verdict != "unclear"), "{checks:#?}");
}

#[test]
fn audit_that_would_run_nothing_is_refused_before_a_packet_leaves() {
    let world = Up::new(WORLD).may_be_left_alone();
    let refused = [
        (&["--only", "relay"][..], "--only relay: an audit probes mail hosts with --active only"),
        (&["--only", "mx,greylist"], "--only greylist: an audit probes mail hosts with --active only"),
        (&["--only", "spf", "--skip", "spf"], "--only spf --skip spf leaves no check to run"),
    ];
    for (flags, words) in refused {
        let argv = ["audit", "good.example", "--resolver", &world.address()];
        spamcheck(&[&argv[..], flags].concat()).exits(2).complains(&[words]);
    }
    world.was_left_alone();
}

#[test]
fn rows_of_an_audit_are_its_checks_and_nothing_else() {
    let world = Up::new(WORLD);
    let argv = ["audit", "good.example", "--only", "mx,spf", "--resolver", &world.address()];
    let csv = spamcheck(&[&argv[..], &["--format", "csv"]].concat());
    assert!(!csv.stdout.contains(",audit,"), "{}", csv.stdout);
    let document = spamcheck(&[&argv[..], &["--json"]].concat()).json();
    let target = &document["targets"][0];
    let names: Vec<_> = target["checks"].as_array().expect("checks").iter().map(|check| &check["check"]).collect();
    assert_eq!(names, ["mx", "spf"]);
    assert!(target["surface"]["senders"].is_array(), "{target}");
    let lines = spamcheck(&[&argv[..], &["--format", "ndjson"]].concat()).lines();
    let surfaces = lines.iter().filter(|line| line["surface"]["receivers"].is_array()).count();
    assert_eq!((lines.len(), surfaces), (2, 1), "{lines:#?}");
}
