//! `simulate` against a real Postfix: the same senders, the same restrictions, and the same words.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::support::postfix::Setup;
use crate::support::run::spamcheck;

/// Restrictions that need no look-up, as strict Postfix has them.
const PROFILE: &str = r#"
format = 1
name = "forms"
title = "Postfix, forms of names"
version = "Postfix"
sources = [{ what = "postconf(5)", where = "Debian package postfix", date = "2026-11-25" }]
decide = "first"
answer_at = "rcpt"
on_failure = "skip"
unknowable = []

[stages]
helo = [
  { id = "reject_invalid_helo_hostname", if = { helo_form = ["invalid"] }, do = "reject", reply = "501 5.5.2 <{helo}>: Helo command rejected: Invalid name" },
  { id = "reject_invalid_helo_hostname", if = { helo_form = ["broken-literal"] }, do = "reject", reply = "501 5.5.2 <{helo}>: Helo command rejected: invalid ip address" },
  { id = "reject_non_fqdn_helo_hostname", if = { helo_form = ["word", "bare-ip"] }, do = "reject", reply = "504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname" },
]
mail = [
  { id = "reject_non_fqdn_sender", if = { from_form = ["short"] }, do = "reject", reply = "504 5.5.2 <{from}>: Sender address rejected: need fully-qualified address" },
]
"#;

/// What a client says, and what it hears at RCPT.
fn dialogue(server: SocketAddr, helo: &str, from: &str) -> String {
    let stream = TcpStream::connect(server).expect("it listens");
    let mut reader = BufReader::new(&stream);
    let mut hear = || {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a reply");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    };
    hear();
    let mut last = String::new();
    for line in [format!("EHLO {helo}"), format!("MAIL FROM:<{from}>"), "RCPT TO:<user@example.org>".to_owned()] {
        (&stream).write_all(format!("{line}\r\n").as_bytes()).expect("it takes a line");
        last = hear();
    }
    last
}

#[test]
#[ignore = "needs postfix, and root"]
fn forms_of_names_are_refused_in_postfix_s_own_words() {
    let postfix = Setup::new("mx.example.org")
        .main("smtpd_helo_required = yes")
        .main("smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname")
        .main("smtpd_sender_restrictions = reject_non_fqdn_sender")
        .start();
    let home = tempfile::tempdir().expect("a directory");
    let profile = home.path().join("forms.toml");
    std::fs::write(&profile, PROFILE).expect("a file is written");
    let senders = [
        ("mail.example.net", "a@example.net"),
        ("mail.example.net.", "a@example.net"),
        ("MAIL.example.net", "a@example.net"),
        ("localhost", "a@example.net"),
        ("mail", "a@example.net"),
        ("ylmf-pc", "a@example.net"),
        ("192.0.2.1", "a@example.net"),
        ("[192.0.2.1]", "a@example.net"),
        ("[IPv6:2001:db8::1]", "a@example.net"),
        ("[300.1.2.3]", "a@example.net"),
        ("[mail.example.net]", "a@example.net"),
        ("[192.0.2.1", "a@example.net"),
        ("a_b.example.net", "a@example.net"),
        ("mail..example.net", "a@example.net"),
        (".example.net", "a@example.net"),
        ("-mail.example.net", "a@example.net"),
        ("mail-.example.net", "a@example.net"),
        ("m.example.123", "a@example.net"),
        ("1.2.3", "a@example.net"),
        ("mail.example.net", "a@localhost"),
        ("mail.example.net", "a@example"),
        ("mail.example.net", ""),
        ("mail.example.net", "a@[192.0.2.1]"),
        ("localhost", "a@localhost"),
        ("mail.example.net", "a.b+c@sub.example.net"),
    ];
    let mut wrong = Vec::new();
    for (helo, from) in senders {
        let real = dialogue(postfix.address, helo, from);
        let output = spamcheck(&home)
            .args(["simulate", "--profile"])
            .arg(&profile)
            .args(["192.0.2.1", "--helo", helo, "--from", from, "--to", "user@example.org"])
            .args(["--json", "--resolver", "127.0.0.1:9", "--timeout", "200ms"])
            .output()
            .expect("the program runs");
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let facts = &json["targets"][0]["checks"][0]["facts"];
        let text = |name: &str| facts[name].as_str().unwrap_or_default().to_owned();
        let played = match facts["code"].as_u64() {
            Some(code) => format!("{code} {} {}", text("enhanced_code"), text("text")),
            None => "250 2.1.5 Ok".to_owned(),
        };
        if played != real {
            wrong.push(format!("HELO {helo}, MAIL FROM <{from}>: played {played:?}, heard {real:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
