//! `relay` against real servers, and against nmap's smtp-open-relay on the same ones.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use serde_json::Value;

use crate::support::exim::Exim;
use crate::support::keys::Certificate;
use crate::support::pause;
use crate::support::postfix::{Postfix, Setup};
use crate::support::run::{Document, dial};

/// Tests the server at this address as that of example.org, with recipients at example.com, which nobody dials.
fn relay(address: SocketAddr, more: &[&str]) -> Document {
    let way = format!("example.org:25:{address}");
    let usual = ["relay", "example.org", "--mail-from", "probe@example.com", "--to", "user@example.com"];
    let ways = ["--connect-to", &way, "--connect-to", "example.com:25:127.0.0.2:9"];
    dial(&[&usual[..], &ways, more].concat())
}

fn facts(document: &Document) -> &Value {
    &document.check("example.org")["facts"]
}

/// The envelopes of nmap's sixteen forms that were taken at RCPT in clear.
fn taken(document: &Document) -> BTreeSet<(String, String)> {
    let rows = facts(document)["forms"].as_array().expect("forms");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    rows.iter()
        .filter(|row| row["path"] == "clear" && row["form"].as_u64() <= Some(16))
        .filter(|row| {
            ["suspect", "taken-as-own", "refused-at-data"].contains(&row["outcome"].as_str().expect("a text"))
        })
        .map(|row| (text(&row["from"]), text(&row["to"])))
        .collect()
}

/// What nmap says the server takes.
fn nmap(address: SocketAddr) -> BTreeSet<(String, String)> {
    let arguments = "smtp-open-relay.domain=example.com,smtp-open-relay.from=probe,smtp-open-relay.to=user";
    let port = address.port().to_string();
    let output = Command::new("nmap")
        .args(["-n", "-Pn", "-sT", "-vv", "--script", "+smtp-open-relay", "--script-args", arguments, "-p", &port])
        .arg(address.ip().to_string())
        .output()
        .expect("nmap is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("smtp-open-relay"), "nmap did not run its script: {text}");
    let path = |text: &str| Some(text.split_once('<')?.1.rsplit_once('>')?.0.to_owned());
    let envelope = |line: &str| {
        let (from, to) = line.split_once("MAIL FROM:")?.1.split_once(" -> RCPT TO:")?;
        Some((path(from)?, path(to)?))
    };
    text.lines().filter_map(envelope).collect()
}

/// Compares the two.
#[track_caller]
fn agrees_with_nmap(name: &str, address: SocketAddr, class: &str, code: i32) -> Document {
    let document = relay(address, &[]);
    let (ours, theirs) = (taken(&document), nmap(address));
    assert_eq!(ours, theirs, "{name}: {:#}", document.json);
    assert_eq!(facts(&document)["class"], class, "{name}: {:#}", document.json);
    assert_eq!(document.code, Some(code), "{name}");
    document
}

fn numbers(document: &Document, outcome: &str) -> Vec<u64> {
    let rows = facts(document)["forms"].as_array().expect("forms");
    rows.iter().filter(|row| row["outcome"] == outcome).map(|row| row["form"].as_u64().expect("a number")).collect()
}

#[test]
#[ignore = "needs postfix, nmap and root"]
fn closed_postfix_is_closed_in_clear_and_inside_tls() {
    let certificate = Certificate::new();
    let chain = (certificate.path("leaf.pem"), certificate.path("leaf.key"));
    let postfix = Setup::new("mx.example.org").certificate(&chain.0, &chain.1).start();
    let document = agrees_with_nmap("postfix, closed", postfix.address, "closed", 0);
    let rows = facts(&document)["forms"].as_array().expect("forms").len();
    assert_eq!(rows % 2, 0, "every form is asked twice");
    assert!(rows > 56, "{rows} forms");
}

#[test]
#[ignore = "needs postfix, nmap and root"]
fn open_postfix_is_suspect() {
    let postfix = Setup::new("mx.example.org").main("mynetworks = 0.0.0.0/0").start();
    let document = agrees_with_nmap("postfix, open", postfix.address, "suspect", 1);
    let taken = numbers(&document, "suspect").len() + numbers(&document, "taken-as-own").len();
    assert!(taken > 16, "{:#}", document.json);
    assert!(!postfix.log().contains("status=sent"), "nothing is sent without --send: {}", postfix.log());
}

#[test]
#[ignore = "needs postfix, nmap and root"]
fn postfix_that_follows_routes_cannot_be_told_from_a_catch_all() {
    let postfix = Setup::new("mx.example.org")
        .main("virtual_mailbox_domains =")
        .main("virtual_mailbox_maps =")
        .main("relay_domains = example.org")
        .main("allow_untrusted_routing = yes")
        .start();
    // It takes any local part of the domain it relays for, so that RCPT alone tells it from no catch-all.
    let document = agrees_with_nmap("postfix, routes allowed", postfix.address, "unclear", 3);
    // Those whose recipient seems to be at the domain that is relayed for, or at the server itself.
    assert_eq!(numbers(&document, "taken-as-own"), [6, 11, 16, 23, 24, 25, 27, 28, 31, 32]);
    assert!(document.json.to_string().contains("--send"), "{:#}", document.json);
}

#[test]
#[ignore = "needs postfix, nmap and root"]
fn postscreen_in_front_makes_no_difference() {
    let postfix = Setup::new("mx.example.org")
        .postscreen()
        .main("postscreen_greet_wait = 2s")
        .main("postscreen_greet_action = enforce")
        .start();
    agrees_with_nmap("postfix behind postscreen", postfix.address, "closed", 0);
}

#[test]
#[ignore = "needs postfix and root"]
fn postscreen_that_defers_strangers_has_not_told() {
    let postfix = Setup::new("mx.example.org")
        .postscreen()
        .main("postscreen_greet_wait = 1s")
        .main("postscreen_bare_newline_enable = yes")
        .main("postscreen_bare_newline_action = enforce")
        .start();
    let document = relay(postfix.address, &[]);
    // The first contact is put off and passes the test by being polite; a later one is let in.
    let class = facts(&document)["class"].as_str().expect("a class");
    assert!(["deferred", "unclear"].contains(&class), "{:#}", document.json);
    assert_eq!(document.code, Some(3));
}

#[test]
#[ignore = "needs postfix and root"]
fn message_that_was_sent_arrives_with_the_token_of_its_form() {
    // What leaves for example.com is kept, as if that were a mailbox of our own elsewhere.
    let postfix = Setup::new("mx.example.org")
        .main("mynetworks = 0.0.0.0/0")
        .main("default_transport = virtual")
        .main(
            "virtual_mailbox_maps = inline:{ { user@example.com = user/ }, { postmaster@example.org = postmaster/ } }",
        )
        .start();
    let document = relay(postfix.address, &["--send"]);
    let rows = facts(&document)["forms"].as_array().expect("forms");
    let tokens: Vec<&str> = rows.iter().filter_map(|row| row["token"].as_str()).collect();
    assert_eq!(tokens.len(), 3, "{:#}", document.json);
    let started = std::time::Instant::now();
    let mail = loop {
        let mail = postfix.mail();
        if mail.len() == 3 || started.elapsed().as_secs() > 20 {
            break mail;
        }
        pause();
    };
    assert_eq!(mail.len(), 3, "{}", postfix.log());
    for token in tokens {
        let message = mail.iter().find(|message| message.contains(token)).expect("each token arrives");
        assert!(message.contains("Auto-Submitted: auto-generated"), "{message}");
        let said = dial_nobody(token);
        assert_eq!(said.code, Some(1));
        assert_eq!(said.check(token)["facts"]["class"], "relayed");
    }
}

fn dial_nobody(token: &str) -> Document {
    dial(&["relay", "--arrived", token])
}

const CLOSED: &str = " deny domains = +local_domains\n  local_parts = ^.*[@%!/|]\n  message = restricted characters\n \
                      accept domains = +local_domains\n  local_parts = postmaster : abuse : user\n \
                      deny message = relay not permitted\n";

#[test]
#[ignore = "needs apt-get, nmap and root"]
fn closed_exim_is_closed() {
    let exim = Exim::start(CLOSED);
    agrees_with_nmap("exim, closed", exim.address, "closed", 0);
}

#[test]
#[ignore = "needs apt-get, nmap and root"]
fn open_exim_is_suspect() {
    let exim = Exim::start(" accept\n");
    let document = agrees_with_nmap("exim, open", exim.address, "suspect", 1);
    // It takes no sender at an address literal, so that only the forms with an honest sender show how open it is.
    assert_eq!(numbers(&document, "suspect"), [1, 2, 3, 18, 20, 29, 30]);
    assert_eq!(numbers(&document, "taken-as-own"), [23, 24, 27, 31]);
}

/// Says all of this, and returns what the server answers, line by line, up to the end of its last reply.
fn say(postfix: &Postfix, commands: &[&str]) -> Vec<String> {
    let stream = TcpStream::connect(postfix.address).expect("it listens");
    let mut lines = BufReader::new(&stream).lines().map(|line| line.expect("a line"));
    let mut answers = Vec::new();
    let mut reply = || loop {
        let line = lines.next().expect("a reply");
        let is_last = line.as_bytes().get(3) != Some(&b'-');
        answers.push(line);
        if is_last {
            break;
        }
    };
    reply();
    for command in commands {
        (&stream).write_all(format!("{command}\r\n").as_bytes()).expect("it listens");
        reply();
    }
    answers
}

#[test]
#[ignore = "needs postfix and root"]
fn postfix_does_as_it_is_set_up() {
    let certificate = Certificate::new();
    let postfix = Setup::new("mx.example.org")
        .certificate(&certificate.path("leaf.pem"), &certificate.path("leaf.key"))
        .keeps_mail()
        .start();
    let said = say(
        &postfix,
        &[
            "EHLO test.example",
            "MAIL FROM:<>",
            "RCPT TO:<user@example.org>",
            "RCPT TO:<nobody@example.org>",
            "RCPT TO:<user@elsewhere.example>",
            "QUIT",
        ],
    );
    let codes: Vec<&str> = said.iter().map(|line| &line[..4]).collect();
    assert!(said.iter().any(|line| line.ends_with("STARTTLS")), "{said:?}");
    assert_eq!(codes[codes.len() - 5..], ["250 ", "250 ", "550 ", "554 ", "221 "], "{said:?}");
}
