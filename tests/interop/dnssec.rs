//! DNSSEC: signatures that hold, that are broken, and those nobody can check.

use crate::support::keys::Key;
use crate::support::run::{Document, ask};
use crate::support::servers::{Server, Unbound, nsd, rbldnsd};
use crate::support::{ip4_list, ip4_list_for_nsd, zone_head};

const ZONE: &str = "signed.test";

/// The zone with the code of the listing changed after it was signed.
fn forged(signed: &str) -> String {
    let forged: String = signed
        .lines()
        .map(|line| {
            let is_listing = line.starts_with("7.2.0.192.") && line.contains("\tA\t");
            if is_listing { line.replace("127.0.0.2", "127.0.0.9") } else { line.to_owned() }
        })
        .map(|line| line + "\n")
        .collect();
    assert!(forged.contains("127.0.0.9"), "{signed}");
    forged
}

/// Asks nsd itself, and an unbound that does not validate, with `anchor`.
fn both_ways(lists: &Server, anchor: &str, target: &str, check: impl Fn(&Document, &str)) {
    let more = ["--trust-anchor", anchor];
    check(&ask(target, &lists.as_resolver(), &[ZONE], &more), "nsd");
    let resolver = Unbound::new().stub(ZONE, lists).start();
    check(&ask(target, &resolver.as_resolver(), &[ZONE], &more), "unbound");
}

fn never_a_listing(document: &Document, way: &str) {
    let row = document.row(ZONE);
    assert!(!["listed", "not-listed"].contains(&document.outcome(ZONE)), "{way}: {row}");
    assert_eq!(document.check("192.0.2.7")["facts"]["points"], 0, "{way}");
    assert!(document.unclear().contains("DNSSEC"), "{way}: {}", document.unclear());
    assert_eq!(document.code, Some(3), "{way}");
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn signed_list_is_validated_and_answers() {
    let key = Key::new(ZONE);
    for options in [&[][..], &["-n"][..]] {
        let lists = nsd(&[(ZONE, &key.sign_with(&ip4_list_for_nsd(ZONE), options))]);
        both_ways(&lists, &key.anchor(), "192.0.2.7", |document, way| {
            assert_eq!(document.outcome(ZONE), "listed", "{way} {options:?}: {}", document.json);
            assert_eq!(document.row(ZONE)["reasons"][0], "Listed by signed.test", "{way} {options:?}");
            assert_eq!(document.code, Some(1), "{way} {options:?}");
        });
        both_ways(&lists, &key.anchor(), "192.0.2.8", |document, way| {
            assert_eq!(document.outcome(ZONE), "not-listed", "{way} {options:?}: {}", document.json);
            assert_eq!(document.code, Some(0), "{way} {options:?}");
        });
    }
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn forged_listing_is_none() {
    let key = Key::new(ZONE);
    let lists = nsd(&[(ZONE, &forged(&key.sign(&ip4_list_for_nsd(ZONE))))]);
    both_ways(&lists, &key.anchor(), "192.0.2.7", never_a_listing);
    // Without the key nobody notices; the test would prove nothing otherwise.
    assert_eq!(ask("192.0.2.7", &lists.as_resolver(), &[ZONE], &[]).outcome(ZONE), "listed");
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn expired_signatures_make_no_listing() {
    let key = Key::new(ZONE);
    let expired = key.sign_with(&ip4_list_for_nsd(ZONE), &["-i", "20200101", "-e", "20200201"]);
    let lists = nsd(&[(ZONE, &expired)]);
    both_ways(&lists, &key.anchor(), "192.0.2.7", never_a_listing);
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn zone_signed_with_another_key_makes_no_listing() {
    let lists = nsd(&[(ZONE, &Key::new(ZONE).sign(&ip4_list_for_nsd(ZONE)))]);
    both_ways(&lists, &Key::new(ZONE).anchor(), "192.0.2.7", never_a_listing);
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn resolver_that_vouches_does_not_overrule_the_anchor() {
    let (key, other) = (Key::new(ZONE), Key::new(ZONE));
    let lists = nsd(&[(ZONE, &key.sign(&ip4_list_for_nsd(ZONE)))]);
    let resolver = Unbound::new().stub(ZONE, &lists).validating(&key.ds()).start();
    let more = ["--trust-anchor", &other.anchor()];
    never_a_listing(&ask("192.0.2.7", &resolver.as_resolver(), &[ZONE], &more), "vouching unbound");
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn stripped_signatures_make_no_listing() {
    // The zone is not signed at all, although its key is trusted.
    let lists = nsd(&[(ZONE, &ip4_list_for_nsd(ZONE))]);
    both_ways(&lists, &Key::new(ZONE).anchor(), "192.0.2.7", never_a_listing);
}

#[test]
#[ignore = "needs nsd, rbldnsd, unbound and ldns"]
fn list_without_a_chain_from_the_root_is_still_asked() {
    let world = Rooted::new(|signed| signed);
    let resolver = world.resolver(false);
    let more = ["--trust-anchor", &world.root_key.anchor()];
    let document = ask("192.0.2.7", &resolver.as_resolver(), &[ZONE, "plain.test"], &more);
    assert_eq!(document.outcome(ZONE), "listed", "signed, through the chain: {}", document.json);
    assert_eq!(document.outcome("plain.test"), "listed", "not signed, proven so by the root: {}", document.json);
}

#[test]
#[ignore = "needs nsd, rbldnsd, unbound and ldns"]
fn validating_resolver_is_recognised() {
    let world = Rooted::new(|signed| signed);
    // A silent list gives the resolver's own test the time it needs.
    let silent = rbldnsd(&[("silent.test", "ip4set", &ip4_list("silent.test"))]);
    silent.freeze();
    let validating = world.unbound(true).stub("silent.test", &silent).start();
    let more = ["--list", "silent.test", "--timeout", "2s"];
    let document = ask("192.0.2.7", &validating.as_resolver(), &[ZONE, "plain.test"], &more);
    assert_eq!(document.json["resolver"]["validating"], true, "{}", document.json["resolver"]);
    assert_eq!(document.json["resolver"]["rewrites_nxdomain"], false, "{}", document.json["resolver"]);
    assert_eq!(document.outcome(ZONE), "listed");
    assert_eq!(document.outcome("plain.test"), "listed");
    let plain = world.unbound(false).stub("silent.test", &silent).start();
    let document = ask("192.0.2.7", &plain.as_resolver(), &[ZONE], &more);
    assert_eq!(document.json["resolver"]["validating"], false, "{}", document.json["resolver"]);
}

#[test]
#[ignore = "needs nsd, rbldnsd, unbound and ldns"]
fn validating_resolver_says_why_it_refuses_a_forged_listing() {
    let world = Rooted::new(|signed| forged(&signed));
    let document = ask("192.0.2.7", &world.resolver(true).as_resolver(), &[ZONE], &["--timeout", "20s"]);
    assert_eq!(document.outcome(ZONE), "servfail", "{}", document.json);
    let words = document.unclear();
    assert!(words.contains("EDE 6 (DNSSEC Bogus)"), "{words}");
}

/// A signed root over a signed list and one that is not signed.
struct Rooted {
    root_key: Key,
    authority: Server,
    plain: Server,
}

impl Rooted {
    fn new(change: impl Fn(String) -> String) -> Self {
        let root_key = Key::new(".");
        let key = Key::new(ZONE);
        let root = format!(
            "$ORIGIN .\n$TTL 300\n. IN SOA ns.root.test. hostmaster.root.test. 1 600 300 86400 300\n\
             . IN NS ns.root.test.\nns.root.test. IN A 127.0.0.1\n\
             {ZONE}. IN NS ns.{ZONE}.\nns.{ZONE}. IN A 127.0.0.1\n{}\n\
             plain.test. IN NS ns.plain.test.\nns.plain.test. IN A 127.0.0.1\n",
            key.ds()
        );
        let signed = change(key.sign(&ip4_list_for_nsd(ZONE)));
        let authority = nsd(&[(".", &root_key.sign(&root)), (ZONE, &signed)]);
        let plain = rbldnsd(&[("plain.test", "ip4set", &ip4_list("plain.test"))]);
        Rooted { root_key, authority, plain }
    }

    fn unbound(&self, validating: bool) -> Unbound {
        let unbound = Unbound::new().stub(".", &self.authority).stub(ZONE, &self.authority);
        let unbound = unbound.stub("plain.test", &self.plain);
        if validating { unbound.validating(&self.root_key.ds()) } else { unbound }
    }

    fn resolver(&self, validating: bool) -> Server {
        self.unbound(validating).start()
    }
}

#[test]
#[ignore = "needs nsd and ldns"]
fn alias_within_a_signed_zone_is_followed() {
    let key = Key::new(ZONE);
    let zone = format!("{}2.0.0.127 IN A 127.0.0.2\nhit IN A 127.0.0.4\n7.2.0.192 IN CNAME hit\n", zone_head(ZONE));
    let lists = nsd(&[(ZONE, &key.sign(&zone))]);
    let document = ask("192.0.2.7", &lists.as_resolver(), &[ZONE], &["--trust-anchor", &key.anchor()]);
    assert_eq!(document.outcome(ZONE), "listed", "{}", document.json);
    assert_eq!(document.row(ZONE)["answers"][0], "127.0.0.4");
}

#[test]
#[ignore = "needs nsd, unbound and ldns"]
fn wildcard_within_a_signed_zone_is_believed_when_the_resolver_vouches_for_it() {
    let key = Key::new(ZONE);
    let zone = format!("{}2.0.0.127 IN A 127.0.0.2\n*.2.0.192 IN A 127.0.0.4\n", zone_head(ZONE));
    let lists = nsd(&[(ZONE, &key.sign(&zone))]);
    let resolver = Unbound::new().stub(ZONE, &lists).validating(&key.ds()).start();
    let document = ask("192.0.2.7", &resolver.as_resolver(), &[ZONE], &["--trust-anchor", &key.anchor()]);
    assert_eq!(document.outcome(ZONE), "listed", "{}", document.json);
}

#[test]
#[ignore = "needs nsd, rbldnsd, unbound and ldns"]
fn key_of_one_zone_says_nothing_of_another() {
    let key = Key::new(ZONE);
    let signed = nsd(&[(ZONE, &key.sign(&ip4_list_for_nsd(ZONE)))]);
    let plain = rbldnsd(&[("plain.test", "ip4set", &ip4_list("plain.test"))]);
    let resolver = Unbound::new().stub(ZONE, &signed).stub("plain.test", &plain).start();
    let more = ["--trust-anchor", &key.anchor()];
    let document = ask("192.0.2.7", &resolver.as_resolver(), &[ZONE, "plain.test"], &more);
    assert_eq!(document.outcome(ZONE), "listed", "{}", document.json);
    assert_eq!(document.outcome("plain.test"), "listed", "{}", document.json);
}
