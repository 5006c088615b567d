//! The checks of records through a validating resolver: a domain that is signed well, and two that are not.

use crate::support::keys::Key;
use crate::support::run::{Document, check};
use crate::support::servers::{Server, Unbound, nsd};
use crate::support::web::{Fault, Nginx, Site};
use crate::support::{REVERSE, mail_zone, reverse_zone};

const ZONE: &str = "example.org";
const SERVE: &str =
    "return 200 'version: STSv1\\nmode: enforce\\nmx: mx1.example.org\\nmx: mx2.example.org\\nmax_age: 2592000\\n';";

/// Every check that reads records of the domain, with the flags it needs.
const CHECKS: [(&str, &str, &[&str]); 9] = [
    ("mx", ZONE, &[]),
    ("spf", ZONE, &[]),
    ("spf", ZONE, &["--ip", "11.22.33.44"]),
    ("dkim", ZONE, &["-s", "s1"]),
    ("dmarc", ZONE, &[]),
    ("tls-rpt", ZONE, &[]),
    ("return-path", "bounce@example.org", &[]),
    ("helo", "mx1.example.org", &["--ip", "11.22.33.44"]),
    ("ptr", "11.22.33.44", &[]),
];

/// nsd with both zones signed, and an unbound that trusts their keys.
struct World {
    _zones: Server,
    resolver: Server,
}

impl World {
    fn new(sign: impl Fn(&Key, &str) -> String) -> Self {
        let (key, reverse) = (Key::new(ZONE), Key::new(REVERSE));
        let forward_zone = sign(&key, &mail_zone(ZONE));
        let reverse_zone = sign(&reverse, &reverse_zone(ZONE));
        let zones = nsd(&[(ZONE, &forward_zone), (REVERSE, &reverse_zone)]);
        let resolver = Unbound::new().stub(ZONE, &zones).stub(REVERSE, &zones);
        let resolver = resolver.validating(&key.ds()).validating(&reverse.ds()).start();
        World { _zones: zones, resolver }
    }

    fn check(&self, command: &str, target: &str, more: &[&str]) -> Document {
        check(command, target, &self.resolver.as_resolver(), &[more, &["--timeout", "20s"]].concat())
    }
}

/// The zone with every signature of a record that is not the zone's own key damaged.
fn forged(key: &Key, text: &str) -> String {
    let signed = key.sign(text);
    let mut damaged = 0;
    let lines: Vec<String> = signed
        .lines()
        .map(|line| {
            let covers = |rtype: &str| line.contains(&format!("\tRRSIG\t{rtype} "));
            if !["A", "AAAA", "MX", "TXT", "PTR"].into_iter().any(covers) {
                return line.to_owned();
            }
            damaged += 1;
            // The signature is the last field; other letters at its end leave it well-formed.
            let (head, signature) = line.rsplit_once(' ').expect("a signature");
            format!("{head} {}{}", "AAAA", &signature[4..])
        })
        .collect();
    assert!(damaged > 0, "{signed}");
    lines.join("\n") + "\n"
}

/// The zone with signatures that were valid in 2020 alone; that of its key still is.
fn expired(key: &Key, text: &str) -> String {
    let is_of_key = |line: &&str| line.contains("\tRRSIG\tDNSKEY ");
    let expired = key.sign_with(text, &["-i", "20200101", "-e", "20200201"]);
    let valid = key.sign(text);
    let lines = expired.lines().filter(|line| !is_of_key(line)).chain(valid.lines().filter(is_of_key));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn signed_domain_passes_every_check_of_records() {
    let world = World::new(Key::sign);
    for (command, target, more) in CHECKS {
        let document = world.check(command, target, more);
        assert_eq!(document.verdict(), "pass", "{command} {more:?}: {}", document.json);
        assert_eq!(document.unclear(), "[]", "{command} {more:?}");
        assert_eq!(document.code, Some(0), "{command} {more:?}");
    }
}

#[test]
#[ignore = "needs nsd, unbound, ldns and nginx"]
fn signed_domain_passes_mta_sts_and_the_whole_audit() {
    let world = World::new(Key::sign);
    let nginx = Nginx::start(&[Site { name: "mta-sts.example.org", fault: Fault::None, answer: SERVE }], &[]);
    let authority = nginx.authority();
    let elsewhere = format!("mta-sts.{ZONE}:443:{}", nginx.address);
    let more = ["--ca-file", &authority, "--connect-to", &elsewhere];
    let document = world.check("mta-sts", ZONE, &more);
    assert_eq!(document.verdict(), "pass", "{}", document.json);
    assert_eq!(document.facts()["policy"].as_array().map(Vec::len), Some(5));
    let audit = world.check("audit", ZONE, &[&more[..], &["--skip", "dnsbl"]].concat());
    let checks = audit.json["targets"][0]["checks"].as_array().expect("checks");
    for name in ["helo", "mx", "ptr", "spf", "return-path", "dkim", "dmarc", "mta-sts", "tls-rpt"] {
        let mut results = checks.iter().filter(|check| check["check"] == name).peekable();
        assert!(results.peek().is_some(), "{name} is missing: {}", audit.json);
        for result in results {
            assert!(result["verdict"] != "fail", "{name}: {result}");
        }
    }
}

/// Nothing is told of the domain, and the resolver's words say why.
fn is_told_why(world: &World, words: &[&str]) {
    for (command, target, more) in CHECKS.into_iter().chain([("mta-sts", ZONE, &[][..])]) {
        let document = world.check(command, target, more);
        let case = format!("{command} {more:?}: {}", document.json);
        assert_eq!(document.verdict(), "unclear", "{case}");
        assert!(document.findings().is_empty(), "{case}");
        let unclear = document.unclear();
        assert!(unclear.contains("SERVFAIL") && words.iter().any(|words| unclear.contains(words)), "{case}");
        assert_eq!(document.code, Some(3), "{case}");
    }
    let audit = world.check("audit", ZONE, &["--skip", "dnsbl,dane"]);
    assert_eq!(audit.json["targets"][0]["verdict"], "unclear", "{}", audit.json);
    assert_eq!(audit.code, Some(3), "{}", audit.json);
    // RFC 7672 §2.1.2: to senders that know DANE it is an answer, and mail waits.
    let dane = world.check("dane", ZONE, &[]);
    assert_eq!(dane.verdict(), "fail", "{}", dane.json);
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn forged_records_are_neither_found_nor_missing() {
    is_told_why(&World::new(forged), &["EDE 6 (DNSSEC Bogus)"]);
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn records_with_expired_signatures_are_neither_found_nor_missing() {
    let world = World::new(expired);
    assert!(world.check("mx", ZONE, &[]).unclear().contains("EDE 7 (Signature Expired)"));
    // unbound forgets the reason of a failure it remembers.
    is_told_why(&world, &["EDE 7 (Signature Expired)", "EDE 6 (DNSSEC Bogus)"]);
}
