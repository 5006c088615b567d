//! `greylist` with a state file, over several runs; what it refuses before anything is sent; its screens.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::support::{Home, Run, Up, spamcheck};

const WORLD: &str = r#"
[mx]
"x.example" = ["mx.x.example"]

[hosts]
"mx.x.example" = ["11.22.33.44"]

[[mail]]
name = "mx.x.example"
addresses = ["11.22.33.44"]
domains = ["x.example"]
"#;

/// A run about jane@x.example with a state file, and more flags.
fn run(home: &Home, world: &Up, more: &[&str]) -> Run {
    let mut argv = vec!["greylist", "jane@x.example", "--helo-name", "probe.example", "--state", "grey.json"];
    let resolver = world.address();
    argv.extend(["--json", "--resolver", &resolver]);
    argv.extend(more);
    home.run(argv.iter().map(|argument| (*argument).to_owned()).chain(world.ways()))
}

fn facts(run: &Run) -> serde_json::Value {
    run.json()["targets"][0]["checks"][0]["facts"].clone()
}

/// Makes the first attempt of a state file so much older, as if the time had passed.
fn age(home: &Home, by: Duration) {
    let path = home.path("grey.json");
    let text = std::fs::read_to_string(&path).expect("there is a state");
    let mut state: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let began: Timestamp = state["began"].as_str().and_then(|began| began.parse().ok()).expect("a time");
    let older = began - SignedDuration::try_from(by).expect("a short time");
    state["began"] = older.to_string().into();
    std::fs::write(&path, state.to_string()).expect("written");
}

fn attempts(facts: &serde_json::Value) -> usize {
    facts["attempts"].as_array().map_or(0, Vec::len)
}

#[test]
fn runs_with_a_state_file_go_on_where_the_last_one_ended() {
    let replies = r#"replies = [{ to = "RCPT", say = ["451 4.7.1 Greylisted, try again in 240 seconds"], first = 2 }]"#;
    let (home, world) = (Home::new(), Up::new(&format!("{WORLD}{replies}\n")));
    let first = run(&home, &world, &[]);
    first.exits(3);
    assert_eq!((facts(&first)["outcome"].as_str(), attempts(&facts(&first))), (Some("still-deferred"), 1));
    // Nothing is due yet, so nobody is asked.
    let again = run(&home, &world, &[]);
    again.exits(3);
    assert_eq!(attempts(&facts(&again)), 1);
    assert_eq!(facts(&again)["next_at"], facts(&first)["next_at"]);
    age(&home, Duration::from_secs(31));
    let early = run(&home, &world, &[]);
    early.exits(3);
    assert_eq!(attempts(&facts(&early)), 2);
    age(&home, Duration::from_secs(300));
    let passed = facts(run(&home, &world, &[]).exits(0));
    assert_eq!((passed["outcome"].as_str(), attempts(&passed)), (Some("greylisted"), 6));
    assert!(passed["waited_s"].as_f64().is_some_and(|waited| (331.0..400.0).contains(&waited)), "{passed:#}");
    // What is finished stays finished, and nobody is asked.
    let told = facts(run(&home, &world, &[]).exits(0));
    assert_eq!(
        (told["outcome"].clone(), told["waited_s"].clone()),
        (passed["outcome"].clone(), passed["waited_s"].clone())
    );
    assert_eq!(home.files(), ["grey.json"]);
}

#[test]
fn state_that_is_over_its_time_ends_with_a_warning() {
    let replies = r#"replies = [{ to = "RCPT", say = ["451 4.7.1 Greylisted"] }]"#;
    let (home, world) = (Home::new(), Up::new(&format!("{WORLD}{replies}\n")));
    run(&home, &world, &["--max-wait", "1h"]).exits(3);
    age(&home, Duration::from_secs(60));
    run(&home, &world, &["--max-wait", "1h"]).exits(3);
    age(&home, Duration::from_secs(3_600));
    let over = run(&home, &world, &["--max-wait", "1h"]);
    over.exits(0);
    assert_eq!(over.json()["targets"][0]["verdict"], "warn");
}

#[test]
fn corrupt_foreign_and_newer_state_files_are_refused_before_anybody_is_asked() {
    let home = Home::new();
    let fault = |text: &str, words: &[&str]| {
        let world = Up::new(WORLD);
        home.write("grey.json", text);
        run(&home, &world, &[]).exits(2).complains(words);
        assert_eq!(std::fs::read_to_string(home.path("grey.json")).ok().as_deref(), Some(text), "left as it was");
        world.was_left_alone();
    };
    fault("{", &["--state grey.json", "it is damaged"]);
    fault("{\"name\": \"package\"}", &["it is no state of"]);
    fault("{\"tool\": \"spamcheck greylist\", \"version\": 7}", &["version 7", "newer than this program"]);
    let world = Up::new(&format!("{WORLD}greylists = {{ milliseconds = 60000 }}\n"));
    std::fs::remove_file(home.path("grey.json")).expect("removed");
    run(&home, &world, &[]).exits(3);
    run(&home, &world, &["--mail-from", "joe@probe.example"]).exits(2).complains(&["its sender is"]);
    run(&home, &world, &["--data"]).exits(2).complains(&["its last stage is"]);
    let other = ["greylist", "joe@x.example", "--helo-name", "probe.example", "--state", "grey.json"];
    home.run(other).exits(2).complains(&["its recipient is \"jane@x.example\", not \"joe@x.example\""]);
}

#[test]
fn state_file_that_cannot_be_written_is_said() {
    let (home, world) = (Home::new(), Up::new(&format!("{WORLD}greylists = {{ milliseconds = 60000 }}\n")));
    let resolver = world.address();
    let argv =
        ["greylist", "jane@x.example", "--helo-name", "probe.example", "--state", "none/grey.json", "--resolver"];
    let argv = argv.iter().map(|argument| (*argument).to_owned()).chain([resolver]).chain(world.ways());
    let run = home.run(argv);
    assert!(run.stdout.contains("cannot be written"), "{run:#?}");
    run.exits(3);
}

#[test]
fn usage_that_makes_no_sense_is_refused() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["x.example"], &["is no mailbox"]),
        (&["a>b@x.example"], &["is no mailbox"]),
        (&[], &["required"]),
        (&["jane@x.example", "--schedule", "15"], &["cannot be used with"]),
        (&["--schedule", "0"], &["longer than nothing"]),
        (&["--schedule", "x"], &["is no duration"]),
        (&["jane@x.example", "--block", "4m"], &["--schedule"]),
        (&["jane@x.example", "joe@x.example", "--state", "f"], &["--state goes with one mailbox"]),
        (&["--input", "list"], &["--i-am-authorized"]),
        (&["jane@x.example", "joe@x.example"], &["--i-am-authorized"]),
        (&["jane@x.example", "--mail-from", "<>"], &["null sender", "--i-am-authorized"]),
        (&["jane@x.example", "--max-wait", "0"], &["longer than nothing"]),
    ];
    for (argv, words) in cases {
        let mut all = vec!["greylist", "--helo-name", "probe.example", "--resolver", "127.0.0.1:1"];
        all.extend(*argv);
        spamcheck(&all).exits(2).complains(words);
    }
    // A public resolver may lead anywhere; nothing is asked of it before the user has consented.
    for more in [&["--data"][..], &["--mail-from", ""]] {
        let argv = ["greylist", "jane@x.example", "--helo-name", "probe.example", "--resolver", "192.0.2.53"];
        spamcheck(&[&argv[..], more].concat()).exits(2).complains(&["--i-am-authorized"]);
    }
    spamcheck(&["greylist", "jane@x.example", "--helo-name", "[192.0.2.1]"]).exits(2).complains(&["--mail-from"]);
}

#[test]
fn schedule_is_played_without_any_network() {
    let run = spamcheck(&["greylist", "--schedule", "1,2,30,1d,4d", "--resolver", "127.0.0.1:1"]);
    run.exits(0);
    let expected = "\
schedule
PASS  passes at attempt 4, after 33 min 0 s

 Attempt       After  Outcome
       1         0 s  deferred for 4 min 0 s: a first contact
       2   1 min 0 s  deferred, 3 min 0 s left
       3   3 min 0 s  deferred, 1 min 0 s left
       4  33 min 0 s  accepted

Policy: block 4 min 0 s, pass 6 h 0 min, expire 36 d 0 h
The schedule gives up after 5 d 0 h
";
    assert_eq!(run.stdout, expected);
}

#[test]
fn probes_of_other_checks_need_consent_and_sense() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["return-path", "jane@x.example", "--probe"], &["null sender", "--i-am-authorized"]),
        (&["tls", "jane@x.example", "--mail-from", "<>"], &["null sender", "--i-am-authorized"]),
        (&["tls", "jane@x.example", "--mail-from", ""], &["null sender", "--i-am-authorized"]),
        (&["return-path", "x.example", "--probe"], &["is no address"]),
        (&["helo", "mx.x.example", "--port", "25"], &["go with --live"]),
        (&["helo", "mx.x.example", "--live", "--ip", "192.0.2.1"], &["cannot be used with"]),
        (&["helo", "", "--live"], &["a target is empty"]),
    ];
    for (argv, words) in cases {
        let resolver = ["--resolver", "192.0.2.53"];
        spamcheck(&[argv, &resolver[..]].concat()).exits(2).complains(words);
    }
}
