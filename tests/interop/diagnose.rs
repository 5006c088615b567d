//! `diagnose` on what real servers write: bounces that Postfix makes of what another Postfix said, the logs of both, and
//! Exim's log; with rbldnsd to prove a listing.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::greylist::Postgrey;
use crate::support::exim::Exim;
use crate::support::postfix::{Postfix, Setup};
use crate::support::run::spamcheck;
use crate::support::servers::rbldnsd;
use crate::support::{ip4_list, pause};

/// How long a bounce may take to be written.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sender whose mail goes to one receiver, is tried once, and comes back to a mailbox of its own.
fn sender(receiver: SocketAddr, more: &[&str]) -> Postfix {
    let route = format!("smtp:[{}]:{}", receiver.ip(), receiver.port());
    let mut setup = Setup::new("mail.example.com")
        .mailboxes(&["sender@example.com"])
        .keeps_mail()
        .main("mynetworks = 127.0.0.0/8")
        .main(&format!("default_transport = {route}"))
        .main(&format!("relay_transport = {route}"))
        .main("maximal_queue_lifetime = 0")
        .main("bounce_queue_lifetime = 0")
        .service("smtp unix - - n - - smtp");
    for line in more {
        setup = setup.main(line);
    }
    setup.start()
}

/// Says one thing after another to a server; the replies.
fn say(server: SocketAddr, lines: &[&str]) -> Vec<String> {
    let stream = TcpStream::connect(server).expect("it listens");
    let mut reader = BufReader::new(&stream);
    let mut hear = || {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a reply");
            reply.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return reply;
            }
        }
    };
    let mut replies = vec![hear()];
    for line in lines {
        (&stream).write_all(format!("{line}\r\n").as_bytes()).expect("it takes a line");
        replies.push(hear());
    }
    replies
}

/// Sends a message, and waits for what comes back to the sender.
fn bounce(sender: &Postfix, to: &str) -> String {
    let before = sender.mail().len();
    let rcpt = format!("RCPT TO:<{to}>");
    let message =
        format!("From: sender@example.com\r\nTo: {to}\r\nMessage-ID: <{before}.4711@example.com>\r\n\r\nHello\r\n.");
    let said = say(
        sender.address,
        &["EHLO laptop.example.com", "MAIL FROM:<sender@example.com>", &rcpt, "DATA", &message, "QUIT"],
    );
    assert!(said[5].starts_with("250"), "{said:?}");
    let started = Instant::now();
    loop {
        let mail = sender.mail();
        if let Some(bounce) = mail.iter().find(|text| text.contains(to) && text.contains("delivery-status")) {
            return bounce.clone();
        }
        assert!(started.elapsed() < PATIENCE, "nothing came back: {}", sender.log());
        pause();
    }
}

/// What `diagnose` makes of a text.
fn diagnose(text: &str, more: &[&str]) -> Value {
    let home: TempDir = tempfile::tempdir().expect("a directory");
    let file: PathBuf = home.path().join("evidence");
    std::fs::write(&file, text).expect("a file is written");
    let mut command = spamcheck(&home);
    let output = command.arg("diagnose").arg(&file).args(["--json"]).args(more).output().expect("the program runs");
    let json: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{text}", String::from_utf8_lossy(&output.stderr)));
    json["targets"][0]["checks"][0]["facts"].clone()
}

const OFFLINE: [&str; 3] = ["--offline", "--resolver", "127.0.0.1:9"];

fn cause(facts: &Value) -> (&str, &str) {
    let report = &facts["reports"][0];
    (report["cause"].as_str().unwrap_or_default(), report["certainty"].as_str().unwrap_or_default())
}

#[test]
#[ignore = "needs postfix, rbldnsd, and root"]
fn postfix_s_bounces_and_both_logs_are_read_and_the_listing_is_proven() {
    let listed = "listed@example.org = 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using bl.example";
    let gone = "gone@example.org = 554 5.7.1 Service unavailable; Client host [192.0.2.8] blocked using bl.example";
    let receiver = Setup::new("mx.example.org")
        .mailboxes(&["user@example.org", "listed@example.org", "gone@example.org"])
        .main(&format!(
            "smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ {listed} }}, {{ {gone} }} }}"
        ))
        .start();
    let sender = sender(receiver.address, &[]);
    let lists = rbldnsd(&[("bl.example", "ip4set", &ip4_list("bl.example"))]);
    let resolver = lists.as_resolver();

    let unknown = diagnose(&bounce(&sender, "nobody@example.org"), &OFFLINE);
    assert_eq!(cause(&unknown), ("user-unknown", "named"), "{unknown:#}");
    let report = &unknown["reports"][0];
    assert_eq!((report["reply_code"].as_u64(), report["enhanced_code"].as_str()), (Some(550), Some("5.1.1")));
    assert_eq!(report["envelope_from"], "sender@example.com");
    assert_eq!(report["reporting_mta"], "mail.example.com");
    assert_eq!(report["recipient"], "nobody@example.org");

    let denied = diagnose(&bounce(&sender, "user@elsewhere.example"), &OFFLINE);
    assert_eq!(cause(&denied), ("relay-denied", "named"), "{denied:#}");

    let proven = diagnose(&bounce(&sender, "listed@example.org"), &["--resolver", &resolver]);
    assert_eq!(cause(&proven), ("listed", "proven"), "{proven:#}");
    assert_eq!(proven["reports"][0]["lists"][0], "bl.example");
    let over = diagnose(&bounce(&sender, "gone@example.org"), &["--resolver", &resolver]);
    assert_eq!(cause(&over), ("listed", "gone"), "{over:#}");

    // The same events, as the two servers logged them.
    let out = diagnose(&sender.log(), &OFFLINE);
    let of = |facts: &Value, cause: &str, direction: &str| {
        let reports = facts["reports"].as_array().expect("reports").clone();
        let found = reports.into_iter().find(|report| report["cause"] == cause && report["direction"] == direction);
        found.unwrap_or_else(|| panic!("no {cause}: {facts:#}"))
    };
    assert_eq!(of(&out, "user-unknown", "out")["recipient"], "nobody@example.org");
    assert_eq!(of(&out, "listed", "out")["count"], 2);
    let inside = diagnose(&receiver.log(), &OFFLINE);
    assert_eq!(of(&inside, "user-unknown", "in")["sending_address"], "127.0.0.1");
    assert_eq!(of(&inside, "relay-denied", "in")["envelope_from"], "sender@example.com");
    assert_eq!(of(&inside, "listed", "in")["helo"], "mail.example.com");
}

#[test]
#[ignore = "needs postfix, and root"]
fn refusals_of_either_side_s_own_are_told_apart() {
    let receiver = Setup::new("mx.example.org").main("message_size_limit = 400").start();
    let small = sender(receiver.address, &[]);
    let small = diagnose(&bounce(&small, "user@example.org"), &OFFLINE);
    // The limit stands in the answer to EHLO, so the sender's own side refuses.
    assert_eq!(cause(&small).0, "size", "{small:#}");

    let receiver = Setup::new("mx.example.org")
        .main("smtpd_helo_required = yes")
        .main("smtpd_helo_restrictions = reject_non_fqdn_helo_hostname")
        .start();
    let helo = sender(receiver.address, &["smtp_helo_name = localhost"]);
    let name = diagnose(&bounce(&helo, "user@example.org"), &OFFLINE);
    assert_eq!(cause(&name), ("helo", "named"), "{name:#}");
    assert_eq!(name["reports"][0]["helo"], "localhost");

    // Postfix calls every client unknown that it does not look up.
    let strict = Setup::new("mx.example.org")
        .main("smtpd_client_restrictions = reject_unknown_reverse_client_hostname")
        .main("unknown_client_reject_code = 550")
        .start();
    let nameless = diagnose(&bounce(&sender(strict.address, &[]), "user@example.org"), &OFFLINE);
    assert_eq!(cause(&nameless), ("no-ptr", "named"), "{nameless:#}");

    let tls = sender(receiver.address, &["smtp_tls_security_level = encrypt"]);
    let tls = diagnose(&bounce(&tls, "user@example.org"), &OFFLINE);
    assert_eq!(cause(&tls).0, "tls-failed", "{tls:#}");
    // Given up at once, and still a failure by its action.
    assert_eq!(tls["reports"][0]["action"], "failed");

    let nowhere = sender(receiver.address, &["default_transport = smtp:[no-such-host.invalid]"]);
    let nowhere = diagnose(&bounce(&nowhere, "user@example.org"), &OFFLINE);
    assert_eq!(cause(&nowhere).0, "dns", "{nowhere:#}");
}

#[test]
#[ignore = "needs postfix and postgrey, and root"]
fn greylisting_by_postgrey_is_told_and_who_never_came_back() {
    let postgrey = Postgrey::start("300");
    let receiver = Setup::new("mx.example.org").policy(postgrey.address).start();
    let sender = sender(receiver.address, &[]);
    let bounced = diagnose(&bounce(&sender, "user@example.org"), &OFFLINE);
    assert_eq!(cause(&bounced).0, "greylisted", "{bounced:#}");
    let log = diagnose(&receiver.log(), &OFFLINE);
    let absent = &log["never_returned"][0];
    assert_eq!(absent["sending_address"], "127.0.0.1", "{log:#}");
    assert_eq!(
        (absent["envelope_from"].as_str(), absent["recipient"].as_str()),
        (Some("sender@example.com"), Some("user@example.org"))
    );
}

#[test]
#[ignore = "needs exim and root"]
fn exim_s_rejections_are_read_from_its_log() {
    let exim = Exim::start(
        " deny local_parts = listed\n  message = $sender_host_address is listed at bl.example\n accept domains = +local_domains\n deny message = relay not permitted\n",
    );
    let ehlo = "EHLO helo.example.com";
    say(
        exim.address,
        &[ehlo, "MAIL FROM:<x@example.com>", "RCPT TO:<listed@example.org>", "RCPT TO:<a@elsewhere.example>", "QUIT"],
    );
    let started = Instant::now();
    while exim.log().matches("rejected RCPT").count() < 2 {
        assert!(started.elapsed() < PATIENCE, "{}", exim.log());
        pause();
    }
    let facts = diagnose(&exim.log(), &OFFLINE);
    let causes: Vec<&str> =
        facts["reports"].as_array().expect("reports").iter().filter_map(|report| report["cause"].as_str()).collect();
    assert_eq!(causes, ["listed", "relay-denied"], "{}\n{facts:#}", exim.log());
    let report = &facts["reports"][0];
    assert_eq!(
        (report["helo"].as_str(), report["recipient"].as_str()),
        (Some("helo.example.com"), Some("listed@example.org"))
    );
    assert_eq!(report["lists"][0], "bl.example");
}
