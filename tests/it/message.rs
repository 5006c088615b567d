//! Messages as `dkim --message` gets them: from files and pipes, with any line ends, or no message at all.

use std::fs::File;

use crate::support::{Home, Up, finish, root};

/// The keys of RFC 8463 appendix A.2.
const WORLD: &str = r#"
[txt]
"brisbane._domainkey.football.example.com" = ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]
"test._domainkey.football.example.com" = ["v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"]
"#;

/// The message of RFC 8463 appendix A.3.
fn example() -> String {
    std::fs::read_to_string(root().join("src/mail/dkim_verify/rfc8463.eml")).expect("the example is there")
}

#[test]
fn file_and_pipe_and_both_line_ends_come_to_the_same() {
    let world = Up::new(WORLD);
    let home = Home::new();
    let lf = example();
    let crlf = lf.replace('\n', "\r\n");
    for text in [&lf, &crlf] {
        home.write("a message.eml", text);
        let argv = ["dkim", "--json", "--resolver", &world.address(), "--message"];
        let from_file = home.run([&argv[..], &["a message.eml"]].concat());
        let from_pipe = finish(&mut home.command([&argv[..], &["-"]].concat()), text);
        for (run, input) in [(from_file, "a message.eml"), (from_pipe, "-")] {
            let document = run.exits(0).json();
            let target = &document["targets"][0];
            assert_eq!((&target["input"], &target["kind"]), (&input.into(), &"message".into()));
            let facts = &target["checks"][0]["facts"];
            assert_eq!(facts["message"]["octets"], crlf.len());
            let rows = facts["signatures"].as_array().expect("rows");
            let results: Vec<_> = rows.iter().map(|row| (&row["algorithm"], &row["result"])).collect();
            let pass = &serde_json::Value::from("pass");
            assert_eq!(results, [(&"ed25519-sha256".into(), pass), (&"rsa-sha256".into(), pass)]);
        }
    }
}

#[test]
fn what_is_no_message_exits_2_names_the_file_and_asks_nothing() {
    let world = Up::new(WORLD);
    let home = Home::new();
    home.write("empty.eml", "");
    home.write("page.eml", "<html>\n<p>a: b</p>\n");
    home.write("torn.eml", "Subject: x\nand more\n\n");
    let long = File::create(home.path("long.eml")).expect("created");
    long.set_len((50 << 20) + 1).expect("as long as asked for");
    let cases = [
        ("gone.eml", "No such file"),
        (".", "directory"),
        ("empty.eml", "it does not begin with a header"),
        ("page.eml", "it does not begin with a header"),
        ("torn.eml", "line 2 of its header is neither a field nor the rest of one"),
        ("long.eml", "the message has more than 50 MiB"),
    ];
    for (file, words) in cases {
        let run = home.run(["dkim", "--message", file, "--resolver", &world.address()]);
        run.exits(2).complains(&["--message", file, words]);
        assert_eq!(run.stdout, "", "{file}");
    }
    world.was_left_alone();
}

#[test]
fn message_brings_its_own_selectors_and_targets() {
    let world = Up::new(WORLD);
    let home = Home::new();
    home.write("a.eml", example());
    for other in [&["-s", "test"][..], &["--input", "a.eml"][..]] {
        let run = home.run([&["dkim", "--message", "a.eml", "--resolver", &world.address()], other].concat());
        run.exits(2).complains(&["--message", "cannot be used with", other[0].trim_end_matches('s')]);
    }
    home.run(["dkim", "--resolver", &world.address()]).exits(2).complains(&["<TARGET>"]);
    world.was_left_alone();
}

#[test]
fn each_domain_named_is_looked_for_in_the_message() {
    let world = Up::new(WORLD);
    let home = Home::new();
    home.write("a.eml", example());
    let argv = ["dkim", "example.com", "joe@football.example.com", "example.net"];
    let run = home.run([&argv[..], &["--message", "a.eml", "--json", "--resolver", &world.address()]].concat());
    let document = run.exits(1).json();
    let targets = document["targets"].as_array().expect("targets");
    let verdicts: Vec<_> = targets.iter().map(|target| target["verdict"].as_str().unwrap_or_default()).collect();
    // The RSA key of the example has 1024 bits.
    assert_eq!(verdicts, ["warn", "warn", "fail"]);
}
