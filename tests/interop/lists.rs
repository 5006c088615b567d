//! Lists as rbldnsd serves them, asked directly and through unbound.

use crate::support::run::{Document, ask};
use crate::support::servers::{Server, Unbound, rbldnsd};
use crate::support::{ip4_list, rbl_head};

/// Asks rbldnsd itself, then unbound in front of it; `check` must hold for both.
fn both_ways(lists: &Server, zones: &[&str], target: &str, check: impl Fn(&Document, &str)) {
    check(&ask(target, &lists.as_resolver(), zones, &[]), "rbldnsd");
    let resolver = zones.iter().fold(Unbound::new(), |unbound, zone| unbound.stub(zone, lists)).start();
    check(&ask(target, &resolver.as_resolver(), zones, &[]), "unbound");
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn listed_address_is_found_with_its_reason() {
    let lists =
        rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test")), ("trie.test", "ip4trie", &ip4_list("trie.test"))]);
    both_ways(&lists, &["set.test", "trie.test"], "192.0.2.7", |document, way| {
        for zone in ["set.test", "trie.test"] {
            let row = document.row(zone);
            assert_eq!(row["outcome"], "listed", "{way}: {row}");
            assert_eq!(row["answers"][0], "127.0.0.2", "{way}");
            assert_eq!(row["reasons"][0], format!("Listed by {zone}: 192.0.2.7"), "{way}");
            assert_eq!(row["ttl_s"].as_u64().map(|ttl| ttl > 0), Some(true), "{way}");
        }
        assert_eq!(document.code, Some(1), "{way}");
    });
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn address_that_is_not_listed_passes() {
    let lists =
        rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test")), ("trie.test", "ip4trie", &ip4_list("trie.test"))]);
    both_ways(&lists, &["set.test", "trie.test"], "192.0.2.8", |document, way| {
        let facts = &document.check("192.0.2.8")["facts"];
        assert_eq!((&facts["asked"], &facts["answered"], &facts["listed"]), (&2.into(), &2.into(), &0.into()), "{way}");
        assert_eq!(document.outcome("set.test"), "not-listed", "{way}");
        assert_eq!(document.code, Some(0), "{way}: {}", document.json);
    });
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn every_a_record_of_a_listing_is_shown() {
    let more = format!("{}:127.0.0.4:second\n192.0.2.7\n:127.0.0.10:third\n192.0.2.7\n", ip4_list("set.test"));
    let lists = rbldnsd(&[("set.test", "ip4set", &more)]);
    both_ways(&lists, &["set.test"], "192.0.2.7", |document, way| {
        let row = document.row("set.test");
        assert_eq!(row["outcome"], "listed", "{way}");
        assert_eq!(row["answers"], serde_json::json!(["127.0.0.2", "127.0.0.4", "127.0.0.10"]), "{way}");
        let mut reasons: Vec<&str> =
            row["reasons"].as_array().expect("reasons").iter().filter_map(|text| text.as_str()).collect();
        reasons.sort_unstable();
        assert_eq!(reasons, ["Listed by set.test: 192.0.2.7", "second", "third"], "{way}");
    });
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn ipv6_address_is_asked_nibble_by_nibble() {
    let data = format!("{}:127.0.0.3:Prefix of $\n::ffff:7f00:2/128\n2001:db8:7::/64\n", rbl_head("six.test"));
    let lists = rbldnsd(&[("six.test", "ip6trie", &data)]);
    both_ways(&lists, &["six.test"], "2001:db8:7::25", |document, way| {
        assert_eq!(document.outcome("six.test"), "listed", "{way}: {}", document.json);
        assert_eq!(document.row("six.test")["answers"][0], "127.0.0.3", "{way}");
    });
    both_ways(&lists, &["six.test"], "2001:db8:8::25", |document, way| {
        assert_eq!(document.outcome("six.test"), "not-listed", "{way}");
    });
    // A list of IPv6 prefixes proves nothing of an IPv4 address.
    both_ways(&lists, &["six.test"], "192.0.2.7", |document, way| {
        assert!(["unproven", "not-applicable"].contains(&document.outcome("six.test")), "{way}: {}", document.json);
    });
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn domain_is_asked_of_a_domain_list() {
    let data = format!("{}:127.0.1.2:Domain $\ntest\n.bad.example\nexact.example\n", rbl_head("names.test"));
    let lists = rbldnsd(&[("names.test", "dnset", &data)]);
    // unbound knows that www.bad.example has no address; rbldnsd alone cannot be asked that.
    let resolver = Unbound::new().stub("names.test", &lists).start();
    let check = |document: &Document, way: &str| {
        let row = document.row("names.test");
        assert_eq!(row["outcome"], "listed", "{way}: {}", document.json);
        assert_eq!(row["answers"][0], "127.0.1.2", "{way}");
    };
    check(&ask("www.bad.example", &resolver.as_resolver(), &["names.test"], &[]), "listed by its suffix");
    check(&ask("exact.example", &resolver.as_resolver(), &["names.test"], &[]), "listed itself");
    let document = ask("www.exact.example", &resolver.as_resolver(), &["names.test"], &[]);
    assert_eq!(document.outcome("names.test"), "not-listed", "{}", document.json);
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn list_that_refuses_every_question_lists_nobody() {
    let data = format!("{}:127.255.255.254:Open resolver\n0/0\n", rbl_head("refusing.test"));
    let lists = rbldnsd(&[("refusing.test", "ip4trie", &data)]);
    both_ways(&lists, &["refusing.test"], "192.0.2.7", |document, way| {
        assert_eq!(document.outcome("refusing.test"), "refused", "{way}: {}", document.json);
        assert_eq!(document.check("192.0.2.7")["facts"]["listed"], 0, "{way}");
        assert_eq!(document.code, Some(3), "{way}");
    });
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn list_of_the_whole_world_lists_nobody() {
    let data = format!("{}:127.0.0.2:Everything\n0/0\n", rbl_head("world.test"));
    let lists = rbldnsd(&[("world.test", "ip4trie", &data)]);
    both_ways(&lists, &["world.test"], "192.0.2.7", |document, way| {
        assert_eq!(document.outcome("world.test"), "wildcard", "{way}: {}", document.json);
        assert_eq!(document.check("192.0.2.7")["facts"]["points"], 0, "{way}");
    });
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn silence_of_a_list_without_test_entries_proves_nothing() {
    let data = format!("{}:127.0.0.2:Listed $\n192.0.2.7\n", rbl_head("bare.test"));
    let lists = rbldnsd(&[("bare.test", "ip4set", &data)]);
    both_ways(&lists, &["bare.test"], "192.0.2.8", |document, way| {
        assert_eq!(document.outcome("bare.test"), "unproven", "{way}: {}", document.json);
    });
    both_ways(&lists, &["bare.test"], "192.0.2.7", |document, way| {
        assert_eq!(document.outcome("bare.test"), "listed", "{way}: a listing is one all the same");
    });
}

#[test]
#[ignore = "needs rbldnsd"]
fn zone_the_server_does_not_serve_is_refused_in_its_words() {
    let lists = rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test"))]);
    let document = ask("192.0.2.7", &lists.as_resolver(), &["set.test", "other.test"], &[]);
    assert_eq!(document.outcome("set.test"), "listed");
    let row = document.row("other.test");
    assert_eq!(row["outcome"], "refused");
    assert!(row["note"].as_str().is_some_and(|words| words.contains("REFUSED")), "{row}");
}

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn zone_that_does_not_exist_is_dead() {
    let lists = rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test"))]);
    let resolver = Unbound::new().stub("set.test", &lists).start();
    let document = ask("192.0.2.8", &resolver.as_resolver(), &["set.test", "gone.example"], &[]);
    assert_eq!(document.outcome("set.test"), "not-listed");
    assert_eq!(document.outcome("gone.example"), "dead");
    let findings = document.check("192.0.2.8")["findings"].to_string();
    assert!(findings.contains("dnsbl-list-broken") && findings.contains("gone.example"), "{findings}");
}
