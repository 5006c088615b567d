//! The command line as users and their scripts meet it: exit codes, input, output, configuration.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::hostile::{Act, Server, bytes};
use crate::support::{Home, Up, finish, root, signal, spamcheck, wait};

/// A world with a listing of 70 points, one of none, a user's list with a hit, and a silent list.
const WORLD: &str = r#"
list = [
    { zone = "bl.spamcop.net", entries = { "203.0.113.9" = ["127.0.0.2"] } },
    { zone = "hostkarma.junkemailfilter.com", entries = { "203.0.113.9" = ["127.0.0.3"] } },
    { zone = "bl.example", entries = { "203.0.113.9" = ["127.0.0.2"] } },
    { zone = "silent.example", manner = "silent" },
]
"#;

fn code(world: &Up, flags: &[&str]) -> i32 {
    let argv = ["dnsbl", "203.0.113.9", "--timeout", "300ms", "--resolver", &world.address()];
    let run = spamcheck(&[&argv[..], flags].concat());
    run.code.unwrap_or_else(|| panic!("{run:?}"))
}

#[test]
fn exit_code_follows_the_findings_and_the_policy() {
    let world = Up::new(WORLD);
    let warning = ["--list", "bl.spamcop.net"];
    assert_eq!(code(&world, &warning), 0);
    assert_eq!(code(&world, &[&warning[..], &["--fail-on", "warning"]].concat()), 1);
    let note = ["--list", "hostkarma.junkemailfilter.com"];
    assert_eq!(code(&world, &[&note[..], &["--fail-on", "warning"]].concat()), 0);
    assert_eq!(code(&world, &[&note[..], &["--fail-on", "note"]].concat()), 1);
    assert_eq!(code(&world, &["--list", "bl.example"]), 1);
    let silent = ["--list", "silent.example"];
    assert_eq!(code(&world, &silent), 3);
    assert_eq!(code(&world, &[&silent[..], &["--unclear", "3"]].concat()), 3);
    assert_eq!(code(&world, &[&silent[..], &["--unclear", "ok"]].concat()), 0);
    assert_eq!(code(&world, &[&silent[..], &["--unclear", "fail"]].concat()), 1);
}

#[test]
fn malformed_target_exits_2_names_what_is_wrong_and_asks_nothing() {
    let world = Up::new(WORLD);
    let cases = [
        ("300.1.2.3", "\"300.1.2.3\" is not a valid IP address"),
        ("192.0.2.0/33", "is not a valid network in CIDR form"),
        ("https://example.com", "is a URL; give the domain alone"),
        ("a..b", "the label at column 3 is empty"),
        ("exa mple.com", "the character ' ' at column 4"),
        ("example.com:99999", "does not end in a valid port"),
        ("@example.com", "has nothing before the @"),
        ("2001:db8::g", "is not a valid IP address"),
        ("2001:db8::/32", "has 2^96 addresses, more than --max-hosts 1024"),
        ("192.0.2.0/20", "has 4096 addresses, more than --max-hosts 1024"),
        ("", "a target is empty"),
    ];
    for (target, words) in cases {
        // A sound target in front of it is not tested either.
        let run = spamcheck(&["dnsbl", "203.0.113.9", target, "--list", "bl.example", "-r", &world.address()]);
        run.exits(2).complains(&[words]);
        assert_eq!(run.stdout, "", "{target}");
    }
    world.was_left_alone();
}

#[test]
fn malformed_option_exits_2_and_names_it() {
    let world = Up::new(WORLD);
    let cases: &[(&[&str], &[&str])] = &[
        (&["--list", "a..b"], &["--list a..b", "column 3"]),
        (&["--expression", "%1.bl.example"], &["--expression", "%2 exactly once"]),
        (&["--only", "no-such-list"], &["no-such-list"]),
        (&["--skip", "no-such-list"], &["no-such-list"]),
        (&["--group", "no-such-group"], &["no-such-group"]),
        (&["--only", "psbl", "--skip", "psbl"], &["no list is left"]),
        (&["--only", "spamhaus-dqs-zen"], &["spamhaus-dqs-zen", "[keys]"]),
        (&["--threshold", "0"], &["--threshold"]),
        (&["--timeout", "soon"], &["--timeout", "no duration"]),
        (&["--timeout", "0s"], &["--timeout"]),
        (&["--resolver", "dns.example"], &["dns.example", "ADDR[:PORT]"]),
        (&["--retries", "99"], &["--retries"]),
        (&["--max-qps", "0"], &["--max-qps"]),
        (&["--concurrency", "0"], &["--concurrency"]),
        (&["--json", "--format", "csv"], &["--json", "--format"]),
        (&["-4", "-6"], &["--ipv4", "--ipv6"]),
        (&["--no-health", "--fresh-health"], &["--no-health", "--fresh-health"]),
        (&["--connect-to", "a:b"], &["HOST:PORT:ADDR:PORT"]),
        (&["--nonsense"], &["--nonsense"]),
        (&["--ca-file", "/no/such/file", "--resolver", "tls://127.0.0.1"], &["/no/such/file"]),
        (&["--input", "/no/such/file"], &["/no/such/file"]),
        (&["--trust-anchor", "/no/such/file"], &["/no/such/file"]),
    ];
    for (flags, words) in cases {
        let run = spamcheck(&[&["dnsbl", "203.0.113.9", "--resolver", &world.address()], *flags].concat());
        run.exits(2).complains(words);
        assert_eq!(run.stdout, "", "{flags:?}");
    }
    spamcheck(&["dnsbl"]).exits(2).complains(&["TARGET"]);
    spamcheck(&[]).exits(2).complains(&["Usage"]);
    world.was_left_alone();
}

#[test]
fn many_targets_on_public_lists_need_a_pace() {
    let argv = ["dnsbl", "8.8.0.0/21", "--max-hosts", "4096", "--only", "psbl", "--resolver", "127.0.0.1:1"];
    spamcheck(&argv).exits(2).complains(&["more than 1000 targets", "--max-qps"]);
}

#[test]
fn private_address_never_reaches_a_public_list() {
    let server = Server::udp(|query| Act::Say(bytes(&query.reply(hickory_proto::op::ResponseCode::NXDomain))));
    let home = Home::new();
    let targets = "10.1.2.3\n192.168.1.1\n127.0.0.1\n169.254.1.1\n203.0.113.9\n2001:db8::1\nfd00::1\n8.8.8.8\n";
    let input = home.write("targets", targets);
    let argv = ["dnsbl", "--only", "spamhaus-zen,psbl", "-f", "ndjson", "--input", input.to_str().expect("UTF-8")];
    let run = home.run([&argv[..], &["--no-health", "--resolver", &server.address()]].concat());
    assert_eq!(run.lines().len(), 8);
    let of_lists = |name: &String| name.ends_with("zen.spamhaus.org") || name.ends_with("psbl.surriel.com");
    let asked: Vec<String> = server.names().into_iter().filter(of_lists).collect();
    assert_eq!(asked, ["8.8.8.8.psbl.surriel.com", "8.8.8.8.zen.spamhaus.org"]);
}

#[test]
fn malformed_line_is_named_and_the_run_goes_on() {
    let world = Up::new(WORLD);
    let input = "# targets\n203.0.113.10,mail\n\nnot a target\n203.0.113.0/8\n203.0.113.11\n";
    let home = Home::new();
    let argv = ["dnsbl", "--input", "-", "--list", "bl.example", "--json", "--resolver", &world.address()];
    let run = finish(&mut home.command(argv), input);
    run.exits(3);
    let document = run.json();
    let seen: Vec<(&str, &str, &str)> = document["targets"]
        .as_array()
        .expect("targets")
        .iter()
        .map(|target| {
            let open = &target["checks"][0]["unclear"][0];
            let text = |value: &'_ serde_json::Value| value.as_str().unwrap_or_default().to_owned().leak() as &str;
            (text(&target["input"]), text(&target["verdict"]), text(&open["subject"]))
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("203.0.113.10", "pass", ""),
            ("not a target", "unclear", "line 4"),
            ("203.0.113.0/8", "unclear", "line 5"),
            ("203.0.113.11", "pass", ""),
        ]
    );
    assert_eq!(document["summary"], serde_json::json!({"pass": 2, "warn": 0, "fail": 0, "unclear": 2, "skipped": 0}));
    // A failure weighs more than a line that cannot be read.
    let run = finish(&mut home.command(argv), "nonsense!\n203.0.113.9\n");
    run.exits(1);
}

#[test]
fn documents_keep_the_order_of_the_input_and_so_do_ordered_lines() {
    let world = Up::new(WORLD);
    let home = Home::new();
    let wanted: Vec<String> = (0..100).map(|number| format!("203.0.113.{number}")).collect();
    let input = home.write("targets", wanted.join("\n"));
    let argv = ["dnsbl", "--input", input.to_str().expect("UTF-8"), "--list", "bl.example"];
    let resolver = ["--resolver", &world.address()];
    let run = home.run([&argv[..], &resolver, &["--json"]].concat());
    let document = run.exits(1).json();
    let inputs = |values: &[serde_json::Value]| -> Vec<String> {
        values.iter().map(|value| value["input"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(inputs(document["targets"].as_array().expect("targets")), wanted);
    let run = home.run([&argv[..], &resolver, &["--format", "ndjson", "--ordered"]].concat());
    assert_eq!(inputs(&run.exits(1).lines()), wanted);
}

#[test]
fn output_file_appears_whole_and_standard_output_stays_empty() {
    let world = Up::new(WORLD);
    let home = Home::new();
    for format in ["json", "table", "ndjson", "csv"] {
        let name = format!("out.{format}");
        let argv = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--format", format, "-o", &name];
        let run = home.run([&argv[..], &["--resolver", &world.address()]].concat());
        run.exits(1);
        assert_eq!(run.stdout, "");
        let text = std::fs::read_to_string(home.path(&name)).expect("the file is there");
        assert!(text.contains("203.0.113.9"), "{text}");
    }
    assert_eq!(home.files(), ["out.csv", "out.json", "out.ndjson", "out.table"], "nothing else is left behind");
}

#[test]
fn run_that_cannot_start_leaves_the_old_file_and_nothing_beside_it() {
    let home = Home::new();
    home.write("out.json", "old");
    for flags in [&["--only", "no-such-list"][..], &["--list", "a..b"], &["--input", "/no/such/file"]] {
        home.run([&["dnsbl", "203.0.113.9", "--json", "-o", "out.json"], flags].concat()).exits(2);
    }
    assert_eq!(home.files(), ["out.json"]);
    assert_eq!(std::fs::read_to_string(home.path("out.json")).expect("there"), "old");
}

#[test]
fn output_that_cannot_be_written_is_an_error_of_its_own() {
    let world = Up::new(WORLD).may_be_left_alone();
    let argv = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--resolver", &world.address()];
    let run = spamcheck(&[&argv[..], &["-o", "/no/such/directory/out.json", "--json"]].concat());
    run.exits(70).complains(&["error: ", "cannot be written"]);
}

#[test]
fn what_a_large_network_leaves_open_at_the_deadline_is_one_line() {
    let world = Up::new(WORLD);
    let argv = ["ptr", "10.0.0.0/8", "--max-hosts", "16777216", "--deadline", "300ms", "--format", "ndjson"];
    let run = spamcheck(&[&argv[..], &["--resolver", &world.address()]].concat());
    run.exits(1);
    let cut = |line: &&str| line.contains(" of 16777216 were not begun when the run's time was over");
    assert_eq!(run.stdout.lines().filter(cut).count(), 1);
}

#[test]
fn what_is_open_at_the_deadline_is_unclear() {
    let world = Up::new(WORLD);
    let started = Instant::now();
    let argv = ["dnsbl", "203.0.113.9", "--list", "silent.example", "--timeout", "60s", "--json"];
    let run = spamcheck(&[&argv[..], &["--deadline", "300ms", "--resolver", &world.address()]].concat());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    run.exits(3);
    let check = &run.json()["targets"][0]["checks"][0];
    assert_eq!(check["verdict"], "unclear");
    assert_eq!(check["unclear"][0]["reason"], "deadline");
}

/// What ends a run: Ctrl-C, systemd or a container, and a terminal that is closed. A run under nohup, as these tests may
/// be, outlives its terminal on purpose.
fn ends() -> impl Iterator<Item = &'static str> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    // SIGHUP is 1, the lowest bit.
    ["INT", "TERM", "HUP"].into_iter().filter(move |end| *end != "HUP" || ignored & 1 == 0)
}

/// A resolver that knows no names of IPv4 addresses, and says nothing about those of IPv6 addresses.
fn half_silent() -> Server {
    Server::udp(|query| match query.name().ends_with("ip6.arpa") {
        true => Act::Silence,
        false => Act::Say(bytes(&query.reply(hickory_proto::op::ResponseCode::NXDomain))),
    })
}

/// Starts a run over these targets that does not end by itself.
fn start(home: &Home, server: &Server, targets: &[&str], flags: &[&str]) -> Child {
    let resolver = server.address();
    let argv = [&["ptr"], targets, &["--timeout", "120s", "--resolver", &resolver], flags].concat();
    home.command(argv).spawn().expect("the program starts")
}

/// Waits until a name was asked about.
fn wait_for(server: &Server, name: &str) {
    while !server.names().iter().any(|asked| asked == name) {
        std::thread::yield_now();
    }
}

const SILENT: &str = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";

#[test]
fn interruption_prints_what_is_finished_and_exits_130() {
    for end in ends() {
        let (server, home) = (half_silent(), Home::new());
        let mut child = start(&home, &server, &["203.0.113.9", "2001:db8::1"], &["--format", "ndjson"]);
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut stderr = child.stderr.take().expect("piped");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        assert!(line.contains("\"subject\":\"203.0.113.9\""), "{line}");
        signal(child.id(), end);
        assert_eq!(wait(child).code(), Some(130), "{end}");
        let mut words = String::new();
        std::io::Read::read_to_string(&mut stderr, &mut words).expect("text");
        assert_eq!(words, "interrupted: 1 of 2 checks are finished, the rest is not tested\n");
    }
}

#[test]
fn interrupted_document_is_whole_says_so_and_leaves_nothing_beside_it() {
    for end in ends() {
        let (server, home) = (half_silent(), Home::new());
        home.write("out.json", "old");
        let child = start(&home, &server, &["2001:db8::1"], &["--json", "-o", "out.json"]);
        // It has asked, so it waits for answers and for the signal.
        wait_for(&server, SILENT);
        signal(child.id(), end);
        assert_eq!(wait(child).code(), Some(130), "{end}");
        let text = std::fs::read(home.path("out.json")).expect("the document is there");
        let document: serde_json::Value = serde_json::from_slice(&text).expect("the document is whole");
        assert_eq!(crate::support::schema::document_faults(&document), [""; 0]);
        assert_eq!((&document["targets"], &document["interrupted"]), (&serde_json::json!([]), &true.into()));
        assert_eq!(home.files(), ["out.json"]);
    }
}

#[test]
fn killed_run_leaves_the_old_document_and_nothing_beside_it() {
    let (server, home) = (half_silent(), Home::new());
    home.write("out.json", "old");
    let mut child = start(&home, &server, &["2001:db8::1"], &["--json", "-o", "out.json"]);
    wait_for(&server, SILENT);
    child.kill().expect("a child can be killed");
    wait(child);
    assert_eq!(std::fs::read_to_string(home.path("out.json")).expect("there"), "old");
    // Where a file can be without a name until it is whole.
    if cfg!(target_os = "linux") {
        assert_eq!(home.files(), ["out.json"]);
    }
}

#[test]
fn hang_up_is_ignored_if_nohup_says_so() {
    let (server, home) = (half_silent(), Home::new());
    let mut command = std::process::Command::new("nohup");
    command.env_clear().env("HOME", home.path("")).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.args([env!("CARGO_BIN_EXE_spamcheck"), "ptr", "--input", "-", "-f", "ndjson", "-r", &server.address()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("nohup is there");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    stdin.write_all(b"203.0.113.9\n").expect("written");
    stdout.read_line(&mut line).expect("a line");
    signal(child.id(), "HUP");
    stdin.write_all(b"203.0.113.10\n").expect("it still reads");
    stdout.read_line(&mut line).expect("a line");
    assert!(line.contains("\"subject\":\"203.0.113.10\""), "{line}");
    drop(stdin);
    assert_eq!(wait(child).code(), Some(1), "names are missing, and nothing was interrupted");
}

#[test]
fn first_line_of_a_slow_input_is_answered_before_the_second_comes() {
    let world = Up::new(WORLD);
    let home = Home::new();
    let argv = ["dnsbl", "--input", "-", "--list", "bl.example", "--format", "ndjson", "--resolver", &world.address()];
    let mut child = home.command(argv).stdin(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"203.0.113.9\n").expect("written");
    let stdout = child.stdout.take().expect("piped");
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(stdout).read_line(&mut line);
        let _ = tell.send(line);
    });
    let line = told.recv_timeout(Duration::from_secs(10));
    drop(stdin);
    wait(child);
    assert!(line.is_ok_and(|line| line.contains("203.0.113.9")), "nothing came while the input was open");
}

#[test]
fn broken_pipe_is_no_error() {
    let world = Up::new(WORLD);
    let resolver = world.address();
    let dnsbl = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--resolver", resolver.as_str()];
    let commands: [&[&str]; 8] = [
        &["explain"],
        &["explain", "dnsbl-listed", "--json"],
        &["demo"],
        &["completions", "bash"],
        &[&dnsbl[..], &["--json"]].concat(),
        &[&dnsbl[..], &["--format", "ndjson"]].concat(),
        &[&dnsbl[..], &["--format", "csv"]].concat(),
        &dnsbl,
    ];
    for argv in commands {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let run = finish(Home::new().command(argv).stdout(writer), "");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{argv:?}");
    }
}

#[test]
fn explain_lists_every_rule_and_explains_each() {
    let list = spamcheck(&["explain"]);
    list.exits(0);
    for rule in spamcheck::registry::rules() {
        assert!(list.stdout.contains(rule.id) && list.stdout.contains(rule.title), "{}", rule.id);
        let prose = spamcheck(&["explain", rule.id]);
        prose.exits(0);
        for part in [rule.id, rule.title, rule.why, rule.remedy.text()] {
            assert!(prose.stdout.contains(part), "{}: {part}", rule.id);
        }
        for cite in rule.cites {
            assert!(prose.stdout.contains(&cite.url()), "{}: {cite}", rule.id);
        }
        let value = spamcheck(&["explain", rule.id, "--json"]).json();
        assert_eq!(value["id"], rule.id);
        assert_eq!(value["cites"].as_array().expect("cites").len(), rule.cites.len());
    }
    let all = spamcheck(&["explain", "--json"]).json();
    assert_eq!(all.as_array().expect("rules").len(), spamcheck::registry::rules().count());
    let unknown = spamcheck(&["explain", "no-such-rule"]);
    unknown.exits(2).complains(&["no-such-rule", "spamcheck explain"]);
    assert_eq!(unknown.stdout, "");
}

#[test]
fn completions_are_the_committed_ones() {
    for (shell, file) in [
        ("bash", "spamcheck.bash"),
        ("zsh", "_spamcheck"),
        ("fish", "spamcheck.fish"),
        ("powershell", "_spamcheck.ps1"),
        ("elvish", "spamcheck.elv"),
    ] {
        let run = spamcheck(&["completions", shell]);
        run.exits(0);
        let committed = std::fs::read_to_string(root().join("completions").join(file)).expect("committed");
        assert!(run.stdout == committed, "{file} is not what the program prints");
    }
    spamcheck(&["completions", "tcsh"]).exits(2).complains(&["tcsh"]);
}

#[test]
fn fault_in_the_configuration_is_named_with_file_line_and_key() {
    let cases: &[(&str, &[&str])] = &[
        ("timeuot = \"5s\"\n", &["config.toml:1: ", "timeuot"]),
        ("\ntimeout = \"soon\"\n", &["config.toml:2: timeout: ", "\"soon\" is no duration"]),
        ("threshold = \"many\"\n", &["config.toml:1: threshold: "]),
        ("resolvers = [\"dns.example\"]\n", &["config.toml:1: resolvers: ", "dns.example"]),
        ("max-qps = -1.0\n", &["config.toml:1: max-qps: "]),
        ("[[list]]\nzone = \"a..b\"\n", &["config.toml:2: zone: ", "column 3"]),
        ("[[list]]\nid = \"mine\"\n", &["mine", "neither zone nor expression"]),
        ("[[list]]\nzone = \"a.example\"\nexpression = \"%1\"\n", &["config.toml:2: zone: ", "not both"]),
        (
            "[[list]]\nzone = \"a.example\"\ncodes = [{ match = \"x\" }]\n",
            &["config.toml:3: ", "\"x\" is no answer pattern"],
        ),
        (
            "[keys]\nspamhaus-dqs-zen = \"env:NO_SUCH_VARIABLE\"\n",
            &["config.toml:2: keys.spamhaus-dqs-zen: ", "NO_SUCH_VARIABLE"],
        ),
        ("this is no TOML\n", &["config.toml:1: "]),
    ];
    for (text, words) in cases {
        let home = Home::new();
        home.configure(text);
        // A flag would win over the key that is to be read.
        let resolver: &[&str] = if text.starts_with("resolvers") { &[] } else { &["--resolver", "127.0.0.1:1"] };
        let run = home.run([&["dnsbl", "203.0.113.9", "--list", "bl.example"], resolver].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{text}");
        run.complains(words);
    }
}

#[test]
fn secret_in_a_faulty_configuration_is_not_repeated() {
    for text in ["[keys]\nspamhaus-dqs-zen = \"top secret!\"\n", "[keys]\nspamhaus-dqs-zen = [\"top secret!\"]\n"] {
        let home = Home::new();
        home.configure(text);
        let run = home.run(["dnsbl", "203.0.113.9", "--list", "bl.example", "--resolver", "127.0.0.1:1"]);
        run.exits(2);
        assert!(!run.stderr.contains("top secret"), "{run:?}");
    }
}

#[test]
fn configuration_is_found_where_the_user_says() {
    let home = Home::new();
    home.configure("nonsense = 1\n");
    let sound = home.write("sound.toml", "threshold = 1\n");
    let world = Up::new(WORLD);
    let resolver = world.address();
    let argv = ["dnsbl", "203.0.113.9", "--list", "bl.spamcop.net", "--resolver", &resolver];
    home.run(argv).exits(2).complains(&["nonsense"]);
    home.run([&argv[..], &["--no-config"]].concat()).exits(0);
    home.run([&argv[..], &["--config", "sound.toml"]].concat()).exits(1);
    finish(home.command(argv).env("SPAMCHECK_CONFIG", &sound), "").exits(1);
    let elsewhere = home.write("xdg/spamcheck/config.toml", "threshold = 1\n");
    let directory = elsewhere.parent().and_then(std::path::Path::parent).expect("a directory");
    finish(home.command(argv).env("XDG_CONFIG_HOME", directory), "").exits(1);
    home.run([&argv[..], &["--config", "missing.toml"]].concat()).exits(2).complains(&["missing.toml"]);
    home.run([&argv[..], &["--config", "sound.toml", "--no-config"]].concat()).exits(2);
}

#[test]
fn flags_win_over_the_configuration() {
    let world = Up::new(WORLD);
    let home = Home::new();
    home.configure("threshold = 1\nresolvers = [\"127.0.0.1:1\"]\ntimeout = \"1ms\"\n");
    let argv = ["dnsbl", "203.0.113.9", "--list", "bl.spamcop.net", "--threshold", "71", "--timeout", "5s"];
    home.run([&argv[..], &["--resolver", &world.address()]].concat()).exits(0);
}

#[test]
fn resolver_of_the_configuration_is_asked() {
    let world = Up::new(WORLD);
    let home = Home::new();
    home.configure(&format!("resolvers = [\"{}\"]\n", world.address()));
    home.run(["dnsbl", "203.0.113.9", "--list", "bl.example"]).exits(1);
}

#[test]
fn version_and_help_are_on_standard_output() {
    let version = spamcheck(&["--version"]);
    version.exits(0);
    assert_eq!(version.stdout, format!("spamcheck {}\n", env!("CARGO_PKG_VERSION")));
    for argv in [&["--help"][..], &["dnsbl", "--help"], &["-h"]] {
        let help = spamcheck(argv);
        help.exits(0);
        assert!(help.stdout.contains("Usage: spamcheck") && help.stderr.is_empty(), "{help:?}");
    }
}

#[test]
fn colour_comes_only_when_it_is_asked_for_or_seen() {
    let world = Up::new(WORLD);
    let argv = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--resolver", &world.address()];
    assert!(!spamcheck(&argv).stdout.contains('\x1b'));
    assert!(spamcheck(&[&argv[..], &["--color", "always"]].concat()).stdout.contains('\x1b'));
    assert!(!spamcheck(&[&argv[..], &["--color", "never"]].concat()).stdout.contains('\x1b'));
}

#[test]
fn standard_error_is_empty_when_all_went_well() {
    let world = Up::new(WORLD);
    for flag in ["--verbose", "--quiet", "--no-progress"] {
        let run = spamcheck(&["dnsbl", "203.0.113.9", "--list", "bl.example", flag, "--resolver", &world.address()]);
        assert_eq!(run.exits(1).stderr, "");
    }
}

#[test]
fn several_targets_are_a_line_each_and_then_the_details() {
    let world = Up::new(WORLD);
    let argv = ["dnsbl", "203.0.113.10", "203.0.113.9", "--list", "bl.example", "--resolver", &world.address()];
    let run = spamcheck(&argv);
    run.exits(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("PASS    203.0.113.10: not listed on 1 list"), "{run:?}");
    assert!(lines[1].starts_with("FAIL    203.0.113.9: 100 points of 100"), "{run:?}");
    assert_eq!(lines.last(), Some(&"2 results: 1 fail, 1 pass"));
}

#[test]
fn demo_behaves_as_expected_in_every_format() {
    for format in ["table", "json", "ndjson", "csv"] {
        let run = spamcheck(&["demo", "--format", format]);
        run.exits(0);
        assert!(run.stdout.contains("203.0.113.9") && run.stderr.is_empty(), "{run:?}");
    }
}

#[test]
fn csv_has_one_head_and_a_row_a_finding() {
    let world = Up::new(WORLD);
    let argv = ["dnsbl", "203.0.113.10", "203.0.113.9", "--list", "bl.example", "--format", "csv", "--ordered"];
    let run = spamcheck(&[&argv[..], &["--resolver", &world.address()]].concat());
    run.exits(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "input,kind,check,subject,verdict,severity,finding,detail");
    assert_eq!(lines[1], "203.0.113.10,ipv4,dnsbl,203.0.113.10,pass,,,");
    assert!(lines[2].starts_with("203.0.113.9,ipv4,dnsbl,203.0.113.9,fail,error,dnsbl-threshold,"), "{lines:?}");
    assert!(lines[3].starts_with("203.0.113.9,ipv4,dnsbl,203.0.113.9,fail,warning,dnsbl-listed,"), "{lines:?}");
    assert_eq!(lines.len(), 4);
}

#[test]
fn nothing_is_written_into_the_home_when_the_resolver_is_a_laboratory() {
    let world = Up::new(WORLD);
    let home = Home::new();
    home.run(["dnsbl", "203.0.113.9", "--list", "bl.example", "--resolver", &world.address()]).exits(1);
    assert!(home.files().is_empty(), "{:?}", home.files());
}

/// Controls, a mark of direction, and what is not seen at all.
const DECEPTIVE: &str = "bl\u{1b}]0:x\u{7}\u{9b}31m\u{202e}\u{200b}.example";

#[track_caller]
fn nothing_deceptive(text: &str) {
    assert!(!text.contains(|c: char| c != '\n' && spamcheck::report::is_deceptive(c)), "{text:?}");
}

#[test]
fn names_from_a_log_are_shown_without_what_deceives() {
    let home = Home::new();
    let input = home.write("names", format!("{DECEPTIVE}\n"));
    for format in ["table", "json", "ndjson", "csv"] {
        let argv = ["helo", "--input", input.to_str().expect("UTF-8"), "--resolver", "127.0.0.1:1", "--format", format];
        let run = home.run(argv);
        assert!(run.stdout.contains("31m"), "{run:?}");
        nothing_deceptive(&run.stdout);
        nothing_deceptive(&run.stderr);
    }
}

#[test]
fn files_of_others_are_quoted_without_what_deceives() {
    let home = Home::new();
    let lists = home.write("lists", format!("{DECEPTIVE}\n"));
    let run = home.run(["lists", "import", lists.to_str().expect("UTF-8")]);
    run.exits(2).complains(&["lists:1:"]);
    nothing_deceptive(&run.stderr);
    let quoted = DECEPTIVE.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007");
    let wrong = home.write("wrong.toml", format!("timeout = \"{quoted}\"\n"));
    let run = home.run(["dnsbl", "192.0.2.1", "--config", wrong.to_str().expect("UTF-8")]);
    run.exits(2).complains(&["31m"]);
    nothing_deceptive(&run.stderr);
    let own = home.write("own.toml", format!("[[list]]\nzone = \"bl.example\"\nname = \"{quoted}\"\n"));
    for more in [&[][..], &["--json"]] {
        let argv = ["lists", "show", "bl.example", "--config", own.to_str().expect("UTF-8")];
        let run = home.run([&argv[..], more].concat());
        run.exits(0);
        assert!(run.stdout.contains("31m"), "{run:?}");
        nothing_deceptive(&run.stdout);
    }
}
