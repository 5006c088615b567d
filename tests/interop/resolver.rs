//! Resolvers: failure in their words, failover, TCP.

use crate::support::run::{ask, dnsbl};
use crate::support::servers::{Unbound, free_address, nsd, rbldnsd};
use crate::support::{ip4_list, ip4_list_for_nsd};

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn second_resolver_answers_when_the_first_has_ended() {
    let lists = rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test"))]);
    let mut first = Unbound::new().stub("set.test", &lists).start();
    let second = Unbound::new().stub("set.test", &lists).start();
    first.stop();
    let document = ask("192.0.2.7", &first.as_resolver(), &["set.test"], &["--resolver", &second.as_resolver()]);
    assert_eq!(document.outcome("set.test"), "listed", "{}", document.json);
    assert_eq!(document.row("set.test")["server"], second.as_resolver());
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn second_resolver_answers_when_the_first_is_silent() {
    let lists = rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test"))]);
    let first = Unbound::new().stub("set.test", &lists).start();
    let second = Unbound::new().stub("set.test", &lists).start();
    first.freeze();
    let document = ask("192.0.2.7", &first.as_resolver(), &["set.test"], &["--resolver", &second.as_resolver()]);
    assert_eq!(document.outcome("set.test"), "listed", "{}", document.json);
    assert_eq!(document.row("set.test")["server"], second.as_resolver());
}

#[test]
#[ignore = "needs unbound"]
fn resolver_without_a_listener_is_unreachable() {
    let nobody = free_address().to_string();
    let document = ask("192.0.2.7", &nobody, &["set.test"], &["--timeout", "2s"]);
    assert_eq!(document.outcome("set.test"), "timeout");
    assert!(document.unclear().contains("cannot be reached"), "{}", document.unclear());
    assert_eq!(document.code, Some(3));
}

#[test]
#[ignore = "needs nsd and unbound"]
fn long_answer_comes_over_tcp() {
    let parts: Vec<String> = (0..12).map(|part| format!("\"{}\"", part.to_string().repeat(100))).collect();
    let long: String = (0..12).map(|part| part.to_string().repeat(100)).collect();
    let zone =
        format!("{}9.2.0.192 IN A 127.0.0.2\n9.2.0.192 IN TXT {}\n", ip4_list_for_nsd("long.test"), parts.join(" "));
    let lists = nsd(&[("long.test", &zone)]);
    let resolver = Unbound::new().stub("long.test", &lists).start();
    for server in [&lists, &resolver] {
        let document = ask("192.0.2.9", &server.as_resolver(), &["long.test"], &[]);
        assert_eq!(document.outcome("long.test"), "listed");
        assert_eq!(document.row("long.test")["reasons"][0], long);
    }
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn servfail_is_told_in_the_resolvers_words() {
    // unbound asks a server that refuses.
    let lists = rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test"))]);
    let resolver = Unbound::new().stub("lame.test", &lists).start();
    let document = ask("192.0.2.7", &resolver.as_resolver(), &["lame.test"], &["--timeout", "20s"]);
    assert_eq!(document.outcome("lame.test"), "servfail", "{}", document.json);
    let words = document.unclear();
    assert!(words.contains(&resolver.as_resolver()) && words.contains("SERVFAIL"), "{words}");
    assert_eq!(document.code, Some(3));
}

#[test]
#[ignore = "needs rbldnsd"]
fn table_shows_a_listing_to_people() {
    let lists = rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test"))]);
    let run = dnsbl(&["192.0.2.7", "--list", "set.test", "--resolver", &lists.as_resolver()]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stdout.contains("set.test") && run.stdout.contains("127.0.0.2"), "{}", run.stdout);
}
