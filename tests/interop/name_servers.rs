//! Name servers that do not hold the zone, that differ, and that never answer.

use std::time::{Duration, Instant};

use crate::support::run::check;
use crate::support::servers::{Server, Unbound, nsd};
use crate::support::silence::Silence;
use crate::support::{mail_zone, zone_head};

const ZONE: &str = "example.org";

/// Every check of records, with the flags it needs.
const CHECKS: [(&str, &str, &[&str]); 10] = [
    ("mx", ZONE, &[]),
    ("spf", ZONE, &[]),
    ("spf", ZONE, &["--ip", "11.22.33.44"]),
    ("dkim", ZONE, &["-s", "s1"]),
    ("dmarc", ZONE, &[]),
    ("mta-sts", ZONE, &[]),
    ("tls-rpt", ZONE, &[]),
    ("return-path", "bounce@example.org", &[]),
    ("helo", "mx1.example.org", &["--ip", "11.22.33.44"]),
    ("ptr", "11.22.33.44", &[]),
];

/// No check of records tells anything; all say these words.
fn nothing_is_told(resolver: &str, more: &[&str], reasons: &[&str], words: &str, limit: Duration) {
    for (command, target, flags) in CHECKS {
        let started = Instant::now();
        let document = check(command, target, resolver, &[flags, more].concat());
        let took = started.elapsed();
        let case = format!("{command} {flags:?} in {took:?}: {}", document.json);
        assert_eq!(document.verdict(), "unclear", "{case}");
        assert!(document.findings().is_empty(), "{case}");
        let first = document.first()["unclear"][0]["reason"].as_str().expect("a reason").to_owned();
        assert!(reasons.contains(&first.as_str()), "{case}");
        assert!(document.unclear().contains(words), "{case}");
        assert_eq!(document.code, Some(3), "{case}");
        assert!(took < limit, "{case}");
    }
}

#[test]
#[ignore = "needs nsd and unbound"]
fn server_without_the_zone_leaves_every_question_open() {
    let other = nsd(&[("other.test", &zone_head("other.test"))]);
    let resolver = Unbound::new().stub(ZONE, &other).stub("11.in-addr.arpa", &other).start();
    let limit = Duration::from_secs(20);
    nothing_is_told(&resolver.as_resolver(), &["--timeout", "15s"], &["servfail"], "answered SERVFAIL for", limit);
    // Asked itself, it refuses.
    nothing_is_told(&other.as_resolver(), &[], &["refused"], "answered REFUSED for", limit);
}

#[test]
#[ignore = "needs nsd"]
fn zone_that_was_handed_on_is_not_an_empty_one() {
    // A server of the zone above names the servers that hold the domain, and knows nothing else of it.
    let above = format!("{}example IN NS ns.example\nns.example IN A 127.0.0.1\n", zone_head("org"));
    let above = nsd(&[("org", &above)]);
    for (command, target, flags) in CHECKS.into_iter().filter(|(command, ..)| !["ptr", "helo"].contains(command)) {
        let document = check(command, target, &above.as_resolver(), flags);
        let case = format!("{command} {flags:?}: {}", document.json);
        assert_eq!(document.verdict(), "unclear", "{case}");
        assert!(document.findings().is_empty(), "{case}");
        assert!(document.unclear().contains("it is a referral to other name servers"), "{case}");
        assert_eq!(document.code, Some(3), "{case}");
    }
}

#[test]
#[ignore = "binds ports below those of outgoing packets"]
fn resolver_that_never_answers_costs_the_stated_time_and_no_more() {
    let silence = Silence::new();
    let more = ["--timeout", "1s"];
    // A check asks at most three questions one after the other until it gives up.
    nothing_is_told(&silence.as_resolver(), &more, &["timeout"], "did not answer", Duration::from_secs(4));
}

#[test]
#[ignore = "needs unbound"]
fn silent_name_server_behind_a_resolver_leaves_every_question_open() {
    let silence = Silence::new();
    let resolver = Unbound::new().stub_at(ZONE, silence.address).stub_at("11.in-addr.arpa", silence.address).start();
    // unbound goes on for longer than that.
    let (more, limit) = (["--timeout", "1s"], Duration::from_secs(4));
    nothing_is_told(&resolver.as_resolver(), &more, &["timeout", "servfail"], &resolver.as_resolver(), limit);
}

/// The zone with name servers ns1 and ns2, and this for an MX record.
fn with_two_servers(exchanger: &str, serial: u32) -> String {
    let zone = mail_zone(ZONE).replace(" 1 600 300", &format!(" {serial} 600 300"));
    let zone =
        zone.replace("@ IN NS ns.example.org.\n", "@ IN NS ns1\n@ IN NS ns2\nns1 IN A 127.0.0.1\nns2 IN A 127.0.0.1\n");
    zone.replace("@ IN MX 20 mx2\n", &format!("@ IN MX 20 {exchanger}\n"))
}

/// Asks every name server; the first is `one`, the second `two`.
fn every_server(one: &Server, two: std::net::SocketAddr, more: &[&str]) -> crate::support::run::Document {
    let resolver = Unbound::new().stub(ZONE, one).start();
    let first = format!("ns1.{ZONE}:53:{}", one.address);
    let second = format!("ns2.{ZONE}:53:{two}");
    let flags = ["--every-ns", "--connect-to", &first, "--connect-to", &second];
    check("mx", ZONE, &resolver.as_resolver(), &[&flags, more].concat())
}

#[test]
#[ignore = "needs nsd and unbound"]
fn servers_with_the_same_records_agree() {
    let one = nsd(&[(ZONE, &with_two_servers("mx2", 1))]);
    let two = nsd(&[(ZONE, &with_two_servers("mx2", 2))]);
    let document = every_server(&one, two.address, &[]);
    assert_eq!(document.verdict(), "pass", "{}", document.json);
    let servers = &document.facts()["servers"];
    assert_eq!(servers[0]["records"], servers[1]["records"]);
    assert_eq!(servers[1]["authoritative"], true, "{servers}");
}

#[test]
#[ignore = "needs nsd and unbound"]
fn servers_with_different_zones_are_told_apart() {
    let one = nsd(&[(ZONE, &with_two_servers("mx2", 2))]);
    let two = nsd(&[(ZONE, &with_two_servers("old.example.", 1))]);
    let document = every_server(&one, two.address, &[]);
    assert_eq!(document.findings(), ["mx-servers-differ"], "{}", document.json);
    assert!(document.details().contains("old.example"), "{}", document.json);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn server_that_refuses_the_zone_is_lame() {
    let one = nsd(&[(ZONE, &with_two_servers("mx2", 1))]);
    let two = nsd(&[("other.test", &zone_head("other.test"))]);
    let document = every_server(&one, two.address, &[]);
    assert!(document.details().contains("REFUSED"), "{}", document.json);
    assert_eq!(document.facts()["servers"][1]["authoritative"], false, "{}", document.json);
    assert_eq!(document.findings(), ["mx-server-lame"], "{}", document.json);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn resolver_among_the_name_servers_is_lame() {
    // It answers with the records, but for no zone of its own.
    let one = nsd(&[(ZONE, &with_two_servers("mx2", 1))]);
    let two = Unbound::new().stub(ZONE, &one).option("access-control: 127.0.0.0/8 allow_snoop").start();
    // Whoever asks for no recursion gets what others have asked for.
    assert_eq!(check("mx", ZONE, &two.as_resolver(), &[]).verdict(), "pass");
    let document = every_server(&one, two.address, &[]);
    assert_eq!(document.findings(), ["mx-server-lame"], "{}", document.json);
    assert_eq!(document.facts()["servers"][1]["words"], "does not answer for the zone");
}

#[test]
#[ignore = "needs nsd and unbound"]
fn silent_server_among_others_is_told_and_changes_no_verdict() {
    let one = nsd(&[(ZONE, &with_two_servers("mx2", 1))]);
    let silence = Silence::new();
    let document = every_server(&one, silence.address, &["--timeout", "1s"]);
    assert_eq!(document.verdict(), "pass", "{}", document.json);
    assert!(document.findings().is_empty(), "{}", document.json);
    assert!(document.unclear().contains("did not answer"), "{}", document.json);
    assert_eq!(document.code, Some(0));
}
