//! `check_host` (RFC 7208 §4) through a real resolver.

use crate::support::run::{Document, check};
use crate::support::servers::{Server, Unbound, nsd};
use crate::support::zone_head;

const ZONE: &str = "sender.test";

const RECORDS: &str = "\
    @ IN TXT \"v=spf1 include:inner.sender.test mx a:web.sender.test/28 exists:%{ir}.%{l}.ok.sender.test ptr:names.sender.test redirect=end.sender.test\"\n\
    @ IN MX 10 mail\nmail IN A 11.22.33.44\nmail IN AAAA 2a00:1450:1::44\n\
    web IN A 11.22.44.17\n\
    inner IN TXT \"v=spf1 ip4:44.55.66.0/24 ip6:2a01:4f8::/32 ?ip4:44.55.67.1 -all\"\n\
    10.33.22.11.postmaster.ok IN A 127.0.0.2\n\
    mx.names IN A 11.22.55.1\n\
    end IN TXT \"v=spf1 ip4:11.22.66.1 ~all\"\n\
    fail IN TXT \"v=spf1 ip4:11.22.33.44 -all exp=why.sender.test\"\nwhy IN TXT \"%{i} may not \" \"send for %{d}\"\n\
    neutral IN TXT \"v=spf1 ?all\"\n\
    two IN TXT \"v=spf1 -all\"\ntwo IN TXT \"v=spf1 ~all\"\n\
    none IN TXT \"something else\"\n\
    void IN TXT \"v=spf1 a:no1.sender.test a:no2.sender.test a:no3.sender.test -all\"\n\
    wide IN TXT \"v=spf1 include:w1.sender.test include:w2.sender.test -all\"\n\
    w1 IN TXT \"v=spf1 a:web.sender.test a:mail.sender.test a:web.sender.test a:mail.sender.test ?all\"\n\
    w2 IN TXT \"v=spf1 a:web.sender.test a:mail.sender.test a:web.sender.test a:mail.sender.test a:web.sender.test ?all\"\n\
    broken IN TXT \"v=spf1 include:lame.sender.test -all\"\n\
    past IN TXT \"v=spf1 ip4:11.22.33.44 include:lame.sender.test -all\"\n\
    lame IN NS ns.lame\nns.lame IN A 127.0.0.1\n";

/// nsd with the zone and a reverse zone, and unbound in front of it. Whoever lame.sender.test is
/// delegated to does not hold it.
struct World {
    _zone: Server,
    _other: Server,
    resolver: Server,
}

impl World {
    fn new() -> Self {
        let reverse = "55.22.11.in-addr.arpa";
        let names = format!("{}1 IN PTR mx.names.sender.test.\n", zone_head(reverse));
        let zone = nsd(&[(ZONE, &format!("{}{RECORDS}", zone_head(ZONE))), (reverse, &names)]);
        let other = nsd(&[("other.test", &zone_head("other.test"))]);
        let resolver = Unbound::new().stub(ZONE, &zone).stub(reverse, &zone).stub("lame.sender.test", &other).start();
        World { _zone: zone, _other: other, resolver }
    }

    fn judge(&self, domain: &str, ip: &str, more: &[&str]) -> Document {
        let flags = [&["--ip", ip, "--timeout", "20s"], more].concat();
        check("spf", domain, &self.resolver.as_resolver(), &flags)
    }
}

#[test]
#[ignore = "needs nsd and unbound"]
fn clients_are_judged_as_rfc_7208_says() {
    let world = World::new();
    for (domain, ip, result, matched) in [
        ("sender.test", "44.55.66.9", "pass", Some("include:inner.sender.test")),
        ("sender.test", "2a01:4f8::1", "pass", Some("include:inner.sender.test")),
        // The include's own fail and neutral are no match.
        ("sender.test", "44.55.67.1", "softfail", Some("~all")),
        ("sender.test", "11.22.33.44", "pass", Some("mx")),
        ("sender.test", "2a00:1450:1::44", "pass", Some("mx")),
        ("sender.test", "11.22.44.20", "pass", Some("a:web.sender.test/28")),
        ("sender.test", "11.22.44.32", "softfail", Some("~all")),
        ("sender.test", "11.22.33.10", "pass", Some("exists:%{ir}.%{l}.ok.sender.test")),
        ("sender.test", "11.22.55.1", "pass", Some("ptr:names.sender.test")),
        ("sender.test", "11.22.66.1", "pass", Some("ip4:11.22.66.1")),
        ("fail.sender.test", "9.9.9.9", "fail", Some("-all")),
        ("neutral.sender.test", "9.9.9.9", "neutral", Some("?all")),
        ("two.sender.test", "9.9.9.9", "permerror", None),
        ("none.sender.test", "9.9.9.9", "none", None),
        ("nothing.sender.test", "9.9.9.9", "none", None),
        ("void.sender.test", "9.9.9.9", "permerror", None),
        ("wide.sender.test", "9.9.9.9", "permerror", None),
        ("past.sender.test", "11.22.33.44", "pass", Some("ip4:11.22.33.44")),
    ] {
        let document = world.judge(domain, ip, &["--mail-from", &format!("postmaster@{domain}")]);
        let judged = &document.facts()["evaluation"];
        assert_eq!(judged["result"], result, "{domain} {ip}: {}", document.json);
        assert_eq!(judged["matched"].as_str(), matched, "{domain} {ip}: {}", document.json);
    }
}

#[test]
#[ignore = "needs nsd and unbound"]
fn explanation_in_two_strings_is_expanded() {
    let document = World::new().judge("fail.sender.test", "9.9.9.9", &[]);
    let explanation = &document.facts()["evaluation"]["explanation"];
    assert_eq!(explanation, "9.9.9.9 may not send for fail.sender.test", "{}", document.json);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn include_that_nobody_serves_is_a_temperror_in_the_resolvers_words() {
    let document = World::new().judge("broken.sender.test", "9.9.9.9", &[]);
    assert_eq!(document.facts()["evaluation"]["result"], "temperror", "{}", document.json);
    assert_eq!(document.verdict(), "unclear");
    let words = document.unclear();
    assert!(words.contains("SERVFAIL for lame.sender.test TXT"), "{words}");
    assert_eq!(document.code, Some(3));
}
