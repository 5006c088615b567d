//! Long runs: going on after an interruption, the rules for public lists, counts that add up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hickory_proto::op::ResponseCode;
use serde_json::Value;

use crate::support::hostile::{Act, Server, bytes};
use crate::support::{Home, Run, Up, finish, signal, wait};

/// Three lists on which every seventh, eleventh and thirteenth address is found, and which take their time.
fn world(addresses: &[String]) -> Up {
    let mut text = String::new();
    for (index, step) in [7, 11, 13].into_iter().enumerate() {
        write!(text, "[[list]]\nzone = \"bl{index}.example\"\ndelay-ms = 3\n[list.entries]\n").expect("a string grows");
        for address in addresses.iter().step_by(step) {
            writeln!(text, "\"{address}\" = [\"127.0.0.2\"]").expect("a string grows");
        }
    }
    Up::new(&text)
}

fn addresses(count: u32) -> Vec<String> {
    (0..count).map(|index| format!("198.51.{}.{}", 100 + index / 250, index % 250)).collect()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect()
}

#[test]
fn killed_run_goes_on_without_loss_or_double() {
    let addresses = addresses(600);
    let world = world(&addresses);
    let home = Home::new();
    home.write("targets", addresses.join("\n"));
    let resolver = world.address();
    let argv = [
        "dnsbl",
        "--input",
        "targets",
        "--list",
        "bl0.example",
        "--list",
        "bl1.example",
        "--list",
        "bl2.example",
        "--resolver",
        &resolver,
        "--format",
        "ndjson",
        "--resume",
        "out.ndjson",
        "-j",
        "8",
    ];
    let out = home.path("out.ndjson");
    let mut kills = 0;
    // Each run is killed when the file has grown by a different stretch, wherever in a line that is.
    for stretch in [1, 700, 2_000, 4_321, 9_999, 17_000, 25_000, u64::MAX] {
        let before = std::fs::metadata(&out).map_or(0, |file| file.len());
        let mut child = home.command(argv).spawn().expect("the program starts");
        let ended = loop {
            if let Some(status) = child.try_wait().expect("a child can be asked") {
                break Some(status);
            }
            let length = std::fs::metadata(&out).map_or(0, |file| file.len());
            if length.saturating_sub(before) >= stretch {
                child.kill().expect("a child can be killed");
                kills += 1;
                break None;
            }
            std::thread::yield_now();
        };
        match ended {
            Some(status) => {
                assert_eq!(status.code(), Some(1), "listings were found");
                break;
            }
            None => drop(wait(child)),
        }
        // The last line is torn, wherever the run was killed.
        let mut text = std::fs::read(&out).unwrap_or_default();
        if text.is_empty() || text.ends_with(b"\n") {
            text.extend(b"{\"schema\":1,\"inp");
        }
        std::fs::write(&out, text).expect("written");
    }
    assert!(kills >= 4, "{kills} kills");
    let lines = lines(&std::fs::read_to_string(&out).expect("the output is there"));
    let mut seen: BTreeMap<u64, &str> = BTreeMap::new();
    let mut listed = 0;
    for line in &lines {
        let number = line["number"].as_u64().expect("a number");
        assert!(seen.insert(number, line["input"].as_str().expect("an input")).is_none(), "{number} is there twice");
        listed += line["facts"]["listed"].as_u64().expect("a count");
    }
    let inputs: Vec<&str> = seen.into_values().collect();
    assert_eq!(inputs, addresses, "every target is there, under its own number");
    let expected: usize = [7, 11, 13].iter().map(|step| addresses.iter().step_by(*step).count()).sum();
    assert_eq!(listed, expected as u64);
}

#[test]
fn resuming_another_input_or_another_format_is_refused() {
    let home = Home::new();
    home.write("targets", "198.51.100.1\n198.51.100.2\n");
    let argv = ["dnsbl", "--input", "targets", "--list", "bl.example", "--resolver", "127.0.0.1:9", "--resume", "out"];
    home.run(argv).exits(2).complains(&["--resume needs --format ndjson"]);
    let line = r#"{"schema":1,"input":"203.0.113.1","kind":"ipv4","check":"dnsbl","subject":"x","verdict":"pass",
        "duration_ms":1,"facts":null,"findings":[],"unclear":[],"number":1,"subjects":1}"#;
    let line = line.replace('\n', "");
    let torn = format!("{line}\n{{\"schema\":1,\"inp");
    home.write("out", &torn);
    let ndjson = [&argv[..], &["-f", "ndjson"]].concat();
    home.run(&ndjson).exits(2).complains(&["another input"]);
    assert_eq!(std::fs::read_to_string(home.path("out")).expect("there"), torn, "nothing is cut off before it is sure");
    home.write("out", "no json\n");
    home.run(&ndjson).exits(2).complains(&["line 1 is not from such a run"]);
}

#[test]
fn resumed_file_of_something_else_stays_as_it_was() {
    let home = Home::new();
    home.write("targets", "198.51.100.1\n");
    let argv = ["ptr", "--input", "targets", "--resolver", "127.0.0.1:9", "-f", "ndjson", "--resume"];
    let run = |name: &str| home.run([&argv[..], &[name]].concat());
    for text in ["precious notes without a line end", "%PDF-1.7 \u{1}\n\u{2}", "198.51.100.1,mail server\n"] {
        home.write("notes", text);
        run("notes").exits(2).complains(&["--resume notes: line 1 is not from such a run"]);
        assert_eq!(std::fs::read_to_string(home.path("notes")).expect("there"), text);
    }
    run("/dev/null").exits(2).complains(&["not a regular file"]);
    run("targets").exits(2).complains(&["--resume targets: this is the file of --input"]);
}

/// A resolver that knows no names of IPv4 addresses, and says nothing about those of IPv6 addresses at first.
fn half_silent(is_silent: bool) -> Server {
    Server::udp(move |query| match is_silent && query.name().ends_with("ip6.arpa") {
        true => Act::Silence,
        false => Act::Say(bytes(&query.reply(ResponseCode::NXDomain))),
    })
}

#[test]
fn what_the_deadline_cut_off_is_tested_when_the_run_is_resumed() {
    let home = Home::new();
    home.write("targets", "198.51.100.1\n2001:db8::1\n");
    let argv = ["ptr", "--input", "targets", "--timeout", "60s", "-f", "ndjson", "--resume", "out", "--resolver"];
    let run = |server: &Server, flags: &[&str]| home.run([&argv[..], &[&server.address()], flags].concat());
    run(&half_silent(true), &["--deadline", "1s"]).exits(1);
    run(&half_silent(false), &[]).exits(1);
    let verdicts: Vec<(Value, Value)> = lines(&std::fs::read_to_string(home.path("out")).expect("the output is there"))
        .iter()
        .map(|line| (line["number"].clone(), line["verdict"].clone()))
        .collect();
    assert_eq!(verdicts, [(1.into(), "fail".into()), (2.into(), "unclear".into()), (2.into(), "fail".into())]);
    // Now everything is done, so nobody needs to answer.
    home.run([&argv[..], &["127.0.0.1:9", "--deadline", "5s"]].concat()).exits(1);
    assert_eq!(lines(&std::fs::read_to_string(home.path("out")).expect("the output is there")).len(), 3);
}

#[test]
fn resumed_file_belongs_to_one_run_at_a_time() {
    let (server, home) = (half_silent(true), Home::new());
    let resolver = server.address();
    let argv = ["ptr", "198.51.100.1", "2001:db8::1", "--timeout", "60s", "-f", "ndjson", "--resume", "out", "-r"];
    let argv = [&argv[..], &[&resolver]].concat();
    let child = home.command(&argv).spawn().expect("the program starts");
    let out = home.path("out");
    while std::fs::metadata(&out).map_or(0, |file| file.len()) == 0 {
        std::thread::yield_now();
    }
    home.run(&argv).exits(2).complains(&["--resume out: another run is writing to this file"]);
    signal(child.id(), "TERM");
    assert_eq!(wait(child).code(), Some(130));
    assert_eq!(lines(&std::fs::read_to_string(&out).expect("the output is there")).len(), 1);
}

#[test]
fn more_than_a_thousand_targets_on_public_lists_want_a_stated_pace() {
    let home = Home::new();
    let public: Vec<String> = (0..1_001_u32).map(|index| format!("8.8.{}.{}", index / 250, index % 250)).collect();
    home.write("targets", public.join("\n"));
    // Nobody answers at this port, and nobody has to: the run ends before a packet leaves.
    let argv = ["dnsbl", "--input", "targets", "--only", "psbl", "--resolver", "127.0.0.1:9", "--timeout", "100ms"];
    home.run(argv).exits(2).complains(&["more than 1000 targets", "--max-qps"]);
    // What comes down a pipe cannot be counted beforehand, so it is stopped on the way.
    let world = Up::new("[[list]]\nzone = \"psbl.surriel.com\"\n");
    let piped = ["dnsbl", "8.8.0.0/23", "--input", "-", "--only", "psbl", "--max-qps", "psbl=100000", "-f", "ndjson"];
    let resolver = world.address();
    let run = finish(&mut home.command([&piped[..], &["--resolver", &resolver]].concat()), "8.8.4.0/24\n8.8.5.0/24\n");
    run.exits(3);
    let last = run.lines().into_iter().find(|line| line["input"] == "8.8.5.0/24").expect("the line is there");
    assert!(last["unclear"][0]["detail"].as_str().is_some_and(|detail| detail.contains("--max-qps")), "{last}");
}

#[test]
fn counts_add_up_when_the_world_ends_half_way() {
    let addresses = addresses(400);
    let home = Home::new();
    home.write("targets", addresses.join("\n"));
    let world = world(&addresses);
    let resolver = world.address();
    let argv = [
        "dnsbl",
        "--input",
        "targets",
        "--list",
        "bl0.example",
        "--list",
        "bl1.example",
        "--list",
        "bl2.example",
        "--resolver",
        &resolver,
        "--format",
        "ndjson",
        "-o",
        "out",
        "--timeout",
        "700ms",
        "-j",
        "8",
    ];
    let child = home.command(argv).spawn().expect("the program starts");
    let out = home.path("out");
    while std::fs::metadata(&out).map_or(0, |file| file.len()) < 5_000 {
        std::thread::yield_now();
    }
    drop(world);
    assert!(wait(child).code().is_some());
    let lines = lines(&std::fs::read_to_string(&out).expect("the output is there"));
    assert_eq!(lines.len(), addresses.len());
    for line in &lines {
        let facts = &line["facts"];
        let rows = facts["lists"].as_array().expect("rows");
        let silent = rows.iter().filter(|row| row["outcome"] == "timeout" || row["outcome"] == "unproven").count();
        let count = |key: &str| facts[key].as_u64().expect("a count");
        assert_eq!(count("asked"), 3, "{line}");
        assert_eq!(count("answered") + silent as u64, 3, "{line}");
    }
}

/// Asks a list, which turns after 150 questions, about 500 addresses, each second one of them listed at first.
fn turning(into: &str) -> (Run, Vec<Value>) {
    let addresses = addresses(500);
    let listed: String =
        addresses.iter().step_by(2).map(|address| format!("\"{address}\" = [\"127.0.0.2\"]\n")).collect();
    let list = format!("[[list]]\nzone = \"bl.example\"\nlasts = 150\nagain = \"{into}\"\n[list.entries]\n{listed}");
    let world = Up::new(&list);
    let home = Home::new();
    home.write("targets", addresses.join("\n"));
    let resolver = world.address();
    let argv = ["dnsbl", "--input", "targets", "--list", "bl.example", "--resolver", &resolver, "-f", "ndjson"];
    let run = home.run([&argv[..], &["-j", "8"]].concat());
    let lines = run.lines();
    assert_eq!(lines.len(), addresses.len());
    for line in &lines {
        assert_eq!(line["facts"]["asked"], 1, "{line}");
        assert!(line["facts"]["answered"].as_u64() <= Some(1), "{line}");
    }
    (run, lines)
}

fn outcome(line: &Value) -> &str {
    line["facts"]["lists"][0]["outcome"].as_str().unwrap_or("not-listed")
}

#[test]
fn list_that_goes_mute_in_the_middle_takes_its_clean_verdicts_with_it() {
    let (run, lines) = turning("mute");
    run.exits(1);
    for line in &lines {
        match outcome(line) {
            "listed" => assert_eq!(line["verdict"], "fail"),
            "unproven" => assert_eq!(line["verdict"], "unclear"),
            other => panic!("nothing was clean in front of a probe that the list stood: {other} {line}"),
        }
    }
    let listed = lines.iter().filter(|line| outcome(line) == "listed").count();
    assert!((1..150).contains(&listed), "{listed}");
}

#[test]
fn list_that_begins_to_list_the_world_takes_its_listings_with_it() {
    let (_, lines) = turning("wildcard");
    // The first probes left behind the first question, and the list stood them.
    for line in lines.iter().filter(|line| line["input"] != "198.51.100.0") {
        assert_eq!((outcome(line), &line["verdict"]), ("wildcard", &"unclear".into()), "{line}");
        assert_eq!(line["facts"]["points"], 0, "{line}");
    }
}

#[test]
fn list_that_lasts_keeps_its_verdicts_and_is_probed_at_the_end() {
    let addresses = addresses(40);
    let world = Up::new("[[list]]\nzone = \"bl.example\"\nlasts = 1000\n");
    let home = Home::new();
    home.write("targets", addresses.join("\n"));
    let resolver = world.address();
    let argv = ["dnsbl", "--input", "targets", "--list", "bl.example", "--resolver", &resolver, "-f", "ndjson"];
    let run = home.run([&argv[..], &["-j", "4"]].concat());
    run.exits(0);
    assert!(run.lines().iter().all(|line| line["verdict"] == "pass"));
    // The resolver is tested, each address asked about once, and the list probed at the beginning and at the end.
    assert_eq!(world.questions(), 3 + 40 + 2 * 7);
}
