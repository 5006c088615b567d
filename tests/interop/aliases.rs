//! Aliases that lead in a circle, aliases of aliases, and aliases into nothing.

use crate::support::run::{Document, check};
use crate::support::servers::{Unbound, nsd};
use crate::support::{mail_zone, zone_head};

const ZONE: &str = "example.org";

/// Asks nsd itself, and an unbound in front of it.
fn both_ways(text: &str, command: &str, more: &[&str], test: impl Fn(&Document, &str)) {
    // The zone above, for what DMARC asks there.
    let zone = nsd(&[(ZONE, text), ("org", &zone_head("org"))]);
    let more = [more, &["--timeout", "20s"]].concat();
    test(&check(command, ZONE, &zone.as_resolver(), &more), "nsd");
    let resolver = Unbound::new().stub(ZONE, &zone).start();
    test(&check(command, ZONE, &resolver.as_resolver(), &more), "unbound");
}

/// A circle of three names, entered at `name`.
fn circle(name: &str) -> String {
    format!("{name} IN CNAME loop1\nloop1 IN CNAME loop2\nloop2 IN CNAME loop3\nloop3 IN CNAME loop1\n")
}

/// `length` aliases from `name` to `end`.
fn aliases(name: &str, length: usize, end: &str) -> String {
    let step = |index: usize| if index == 0 { name.to_owned() } else { format!("hop{index}") };
    (0..length)
        .map(|index| {
            let next = if index + 1 == length { end.to_owned() } else { step(index + 1) };
            format!("{} IN CNAME {next}\n", step(index))
        })
        .collect()
}

/// Nothing can be told of a circle: a resolver may say so, or hand it out as it is.
fn is_open(document: &Document, way: &str) {
    assert_eq!(document.verdict(), "unclear", "{way}: {}", document.json);
    let words = document.unclear();
    assert!(words.contains("SERVFAIL") || words.contains("circle"), "{way}: {words}");
    assert_eq!(document.code, Some(3), "{way}: {}", document.json);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn circle_behind_a_mail_exchanger_is_no_missing_address() {
    let zone = format!("{}@ IN MX 10 mail\n{}", zone_head(ZONE), circle("mail"));
    both_ways(&zone, "mx", &[], |document, way| {
        is_open(document, way);
        assert!(!document.findings().contains(&"mx-dangling"), "{way}: {}", document.json);
        assert!(!document.findings().contains(&"mx-no-address"), "{way}: {}", document.json);
    });
}

#[test]
#[ignore = "needs nsd and unbound"]
fn circle_behind_an_include_is_no_missing_policy() {
    let zone = format!("{}@ IN TXT \"v=spf1 include:inc.example.org -all\"\n{}", zone_head(ZONE), circle("inc"));
    both_ways(&zone, "spf", &[], is_open);
    both_ways(&zone, "spf", &["--ip", "11.22.33.44"], |document, way| {
        is_open(document, way);
        assert_eq!(document.facts()["evaluation"]["result"], "temperror", "{way}");
    });
}

#[test]
#[ignore = "needs nsd and unbound"]
fn circle_behind_a_selector_is_no_missing_key() {
    let zone = format!("{}{}", zone_head(ZONE), circle("s1._domainkey"));
    both_ways(&zone, "dkim", &["-s", "s1"], is_open);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn circle_in_the_place_of_a_record_is_no_missing_record() {
    for (command, name) in [("dmarc", "_dmarc"), ("mta-sts", "_mta-sts"), ("tls-rpt", "_smtp._tls")] {
        let zone = format!("{}@ IN MX 10 mx1\nmx1 IN A 11.22.33.44\n{}", zone_head(ZONE), circle(name));
        both_ways(&zone, command, &[], |document, way| is_open(document, &format!("{command} {way}")));
    }
}

#[test]
#[ignore = "needs nsd and unbound"]
fn long_chain_of_aliases_is_followed_to_its_end() {
    // unbound follows eleven of them.
    for (command, name, more) in [
        ("spf", "spf", &["--ip", "11.22.33.44"][..]),
        ("dkim", "s1._domainkey", &["-s", "s1"][..]),
        ("dmarc", "_dmarc", &[][..]),
        ("tls-rpt", "_smtp._tls", &[][..]),
    ] {
        let moved = mail_zone(ZONE)
            .replace("@ IN TXT \"v=spf1", "@ IN TXT \"v=spf1 include:spf.example.org -all\"\nspf IN TXT \"v=spf1")
            .replace(&format!("\n{name} IN TXT"), "\nend IN TXT");
        let zone = format!("{moved}{}", aliases(name, 9, "end"));
        both_ways(&zone, command, more, |document, way| {
            assert_eq!(document.verdict(), "pass", "{command} {way}: {}", document.json);
            assert_eq!(document.unclear(), "[]", "{command} {way}");
        });
    }
}

#[test]
#[ignore = "needs nsd and unbound"]
fn mail_exchanger_behind_aliases_is_told_with_every_step() {
    let zone = mail_zone(ZONE).replace("mx1 IN A ", "end IN A ").replace("mx1 IN AAAA ", "end IN AAAA ");
    let zone = format!("{zone}{}", aliases("mx1", 9, "end"));
    both_ways(&zone, "mx", &[], |document, way| {
        assert_eq!(document.findings(), ["mx-alias"], "{way}: {}", document.json);
        let chain = document.facts()["hosts"][0]["chain"].as_array().expect("a chain");
        assert_eq!(chain.len(), 9, "{way}: {chain:?}");
        assert_eq!(document.facts()["hosts"][0]["usable"], true, "{way}");
    });
}

#[test]
#[ignore = "needs nsd and unbound"]
fn chain_beyond_all_measure_hangs_nothing() {
    let zone = format!("{}{}", mail_zone(ZONE).replace("_dmarc IN", "end IN"), aliases("_dmarc", 40, "end"));
    both_ways(&zone, "dmarc", &[], |document, way| {
        // Who follows it to the end finds the policy, who does not says so. It is never missing.
        assert!(!document.findings().contains(&"dmarc-missing"), "{way}: {}", document.json);
        if document.verdict() == "unclear" {
            assert_eq!(document.code, Some(3), "{way}");
        } else {
            assert_eq!(document.facts()["policy"], "reject", "{way}: {}", document.json);
        }
    });
}
