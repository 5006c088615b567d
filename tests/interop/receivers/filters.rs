//! rspamd and SpamAssassin: symbols, points, and what is done with the message.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::world::{SENDERS, Sender, World};
use super::{mailboxes, played, played_refusal, refusal};
use crate::support::postfix::Setup;
use crate::support::servers::{redis, rspamd};

/// Points by symbol.
type Points = BTreeMap<String, f64>;

/// The symbols that hit in a play.
fn played_points(facts: &Value) -> Points {
    let stages = facts["stages"].as_array().unwrap_or_else(|| panic!("no stages in {facts}"));
    let tests = stages.iter().flat_map(|stage| stage["tests"].as_array().expect("tests"));
    let hits = tests.filter(|test| test["outcome"] == "hit" && test["points"].is_number());
    let points =
        |test: &Value| (test["id"].as_str().expect("an id").to_owned(), test["points"].as_f64().expect("points"));
    hits.map(points).collect()
}

/// The symbols of a message in rspamd's log: `… id: <ID>, … [1.00/15.00] [SYMBOL(1.00){…;},…]`.
fn logged_points(log: &str, id: &str) -> Option<Points> {
    let line = log
        .lines()
        .rev()
        .find(|line| line.contains(&format!("id: <the.minutes.{id}@")) && line.contains("/15.00] ["))?;
    let symbols = line.split_once("/15.00] [")?.1;
    let mut points = Points::new();
    let mut rest = symbols;
    while let Some((name, behind)) = rest.split_once('(') {
        let (number, behind) = behind.split_once("){")?;
        let (_, behind) = behind.split_once('}')?;
        points.insert(name.trim_start_matches(',').to_owned(), number.parse().ok()?);
        rest = behind;
        if rest.starts_with(']') {
            break;
        }
    }
    Some(points)
}

/// What differs between a play and the real server, for people.
fn differences(sender: &Sender, played: &Points, real: &Points) -> Option<String> {
    let both: BTreeSet<&String> = played.keys().chain(real.keys()).collect();
    let differ = both.into_iter().filter(|name| played.get(*name) != real.get(*name));
    let lines: Vec<String> =
        differ.map(|name| format!("{name}: played {:?}, real {:?}", played.get(name), real.get(name))).collect();
    (!lines.is_empty()).then(|| format!("{}: {}", sender.name, lines.join("; ")))
}

/// Leaves out what is about the text of the message, and what brings no points and is not played.
fn known(real: Points, played: &Points, of_text: &[&str]) -> Points {
    let counts = |name: &String, points: f64| points != 0.0 || played.contains_key(name);
    real.into_iter().filter(|(name, points)| counts(name, *points) && !of_text.contains(&name.as_str())).collect()
}

#[test]
#[ignore = "needs postfix, rspamd, redis, libmail-dkim-perl, unbound, and root"]
fn rspamd_gives_the_points_that_are_played() {
    let world = World::start();
    let redis = redis();
    let filter = rspamd(world.address(), &redis);
    let boxes = mailboxes();
    let postfix = Setup::new("mx.example.org")
        .resolver(world.address())
        .proxied()
        .mailboxes(&boxes.iter().map(String::as_str).collect::<Vec<_>>())
        .milter(filter.address)
        .start();
    let heard: Vec<Option<String>> = SENDERS.iter().map(|sender| refusal(postfix.address, sender, &world)).collect();
    let log = filter.log();
    let mut wrong = Vec::new();
    for (sender, heard) in SENDERS.iter().zip(heard) {
        let facts = played("rspamd", sender, &world);
        let played = played_points(&facts);
        let real =
            logged_points(&log, &sender.id()).unwrap_or_else(|| panic!("{} is not in the log: {log}", sender.name));
        wrong.extend(differences(sender, &played, &known(real, &played, &["MIME_GOOD"])));
        // The text takes off as much, so near a threshold it decides.
        let score = facts["score"].as_f64().expect("a score");
        let is_near = [4.0, 15.0].into_iter().any(|threshold| (0.0..0.1).contains(&(score - threshold)));
        if !is_near && played_refusal(&facts) != heard {
            wrong.push(format!("{}: played {:?}, heard {heard:?}", sender.name, played_refusal(&facts)));
        }
    }
    // Which of two records is taken is chance.
    wrong.retain(|line| !line.starts_with("spf two:"));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), SENDERS.len(), wrong.join("\n"));
}

#[test]
#[ignore = "needs spamassassin, libmail-spf-perl, unbound, and root"]
fn spamassassin_gives_the_points_that_are_played() {
    let world = World::start();
    let home = tempfile::tempdir().expect("a directory");
    let mut files = Vec::new();
    for sender in SENDERS {
        let Sender { address, helo, from, .. } = sender;
        let message = format!(
            "Return-Path: <{from}>\r\nReceived: from {helo} ({host} [{address}])\r\n\tby mx.example.org (Postfix) with ESMTP id 4F1\r\n\
             \tfor <{to}>; {date}\r\n{}",
            sender.message(&world),
            host = sender.host(),
            to = sender.recipient(),
            date = jiff::Zoned::now().strftime("%a, %d %b %Y %H:%M:%S %z"),
        );
        let file = home.path().join(sender.id());
        std::fs::write(&file, message).expect("a file is written");
        files.push(file);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/receivers/spamassassin.pl");
    let output =
        Command::new("perl").arg(script).arg(world.address().to_string()).arg(home.path()).args(&files).output();
    let output = output.expect("perl runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "is spamassassin installed? {}", String::from_utf8_lossy(&output.stderr));
    let mut wrong = Vec::new();
    for (sender, line) in SENDERS.iter().zip(text.lines()) {
        let played = played_points(&played("spamassassin", sender, &world));
        let rules = line.split(' ').skip(1).filter_map(|rule| rule.split_once('='));
        let real: Points = rules.map(|(name, points)| (name.to_owned(), points.parse().expect("points"))).collect();
        wrong.extend(differences(sender, &played, &known(real, &played, &["DSN_NO_MIMEVERSION"])));
    }
    // It never asks about the domains of RFC 2606.
    wrong.retain(|line| !line.starts_with("signed by a listed domain:"));
    assert_eq!(text.lines().count(), SENDERS.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), SENDERS.len(), wrong.join("\n"));
}
