//! Resolvers over TLS and HTTPS: what is trusted, and what is said when it is not.

use std::collections::BTreeSet;
use std::net::{IpAddr, TcpListener};

use serde_json::Value;

use crate::support::hostile::{Query, bytes};
use crate::support::tls::{Authority, Encrypted, Identity, Speech};
use crate::support::{Home, Run};

fn honest(query: &Query) -> Vec<u8> {
    bytes(&query.honestly(&["bl.example"], &BTreeSet::from(["9.113.0.203.bl.example".to_owned()])))
}

fn ask(resolver: &str, authority: Option<&Authority>, more: &[&str]) -> Run {
    let home = Home::new();
    let argv = ["dnsbl", "203.0.113.9", "--list", "bl.example", "--json", "--timeout", "3s", "--resolver", resolver];
    let mut argv = [&argv[..], more].concat();
    if let Some(authority) = authority {
        home.write("ca.pem", &authority.pem);
        argv.extend(["--ca-file", "ca.pem"]);
    }
    let run = home.run(argv);
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    run
}

fn row(run: &Run) -> Value {
    run.json()["targets"][0]["checks"][0]["facts"]["lists"][0].clone()
}

#[track_caller]
fn could_not_tell(run: &Run) -> String {
    run.exits(3);
    let row = row(run);
    assert_eq!(row["outcome"], "timeout", "{row:#}");
    row["note"].as_str().expect("words").to_owned()
}

fn over_tls(identity: Identity) -> Encrypted {
    Encrypted::new(Speech::Tls, identity, honest)
}

#[test]
fn resolver_over_tls_is_asked_on_one_connection() {
    let authority = Authority::new();
    let server = over_tls(authority.certify("dns.example"));
    let resolver = format!("tls://{}#dns.example", server.address);
    let run = ask(&resolver, Some(&authority), &[]);
    run.exits(1);
    assert_eq!(row(&run)["outcome"], "listed");
    assert_eq!(row(&run)["server"], format!("tls://{}", server.address));
    assert_eq!(server.connections(), 1);
}

#[test]
fn resolver_over_tls_may_be_certified_for_its_address() {
    let authority = Authority::new();
    let server = over_tls(authority.certify("127.0.0.1"));
    ask(&format!("tls://{}", server.address), Some(&authority), &[]).exits(1);
}

#[test]
fn resolver_over_tls_is_reached_where_the_user_says() {
    let authority = Authority::new();
    let server = over_tls(authority.certify("dns.example"));
    let to = format!("dns.example:853:{}", server.address);
    let run = ask("tls://dns.example", Some(&authority), &["--connect-to", &to]);
    run.exits(1);
    assert_eq!(row(&run)["server"], "tls://dns.example:853");
}

#[test]
#[cfg(target_os = "linux")]
fn encrypted_resolver_is_reached_from_the_source_address() {
    let authority = Authority::new();
    for speech in [Speech::Tls, Speech::Https(200)] {
        let server = Encrypted::new(speech, authority.certify("127.0.0.1"), honest);
        let resolver = match speech {
            Speech::Tls => format!("tls://{}", server.address),
            Speech::Https(_) => format!("https://{}/dns-query", server.address),
        };
        ask(&resolver, Some(&authority), &["--source", "127.0.0.9"]).exits(1);
        assert_eq!(server.clients(), [IpAddr::from([127, 0, 0, 9])], "{resolver}");
    }
}

#[test]
fn resolver_over_https_is_asked() {
    let authority = Authority::new();
    let server = Encrypted::new(Speech::Https(200), authority.certify("dns.example"), honest);
    let to = format!("dns.example:443:{}", server.address);
    let run = ask("https://dns.example/dns-query", Some(&authority), &["--connect-to", &to]);
    run.exits(1);
    assert_eq!(row(&run)["outcome"], "listed");
    assert_eq!(row(&run)["server"], "https://dns.example:443/dns-query");
}

#[test]
fn certificate_of_another_name_is_explained() {
    let authority = Authority::new();
    for speech in [Speech::Tls, Speech::Https(200)] {
        let server = Encrypted::new(speech, authority.certify("other.example"), honest);
        let port = server.address.port();
        let to = format!("dns.example:{port}:{}", server.address);
        let scheme = if speech == Speech::Tls { "tls" } else { "https" };
        let run = ask(&format!("{scheme}://dns.example:{port}"), Some(&authority), &["--connect-to", &to]);
        let words = could_not_tell(&run);
        assert!(words.contains("cannot be reached: ") && words.contains("certificate"), "{words}");
        assert!(words.contains("not valid for name \"dns.example\"") && words.contains("other.example"), "{words}");
    }
}

#[test]
fn certificate_of_an_unknown_authority_is_explained() {
    let server = over_tls(Authority::new().certify("dns.example"));
    let run = ask(&format!("tls://{}#dns.example", server.address), Some(&Authority::new()), &[]);
    let words = could_not_tell(&run);
    assert!(words.contains("certificate") && words.contains("UnknownIssuer"), "{words}");
    // Without the user's word for it, nobody vouches for it either.
    let words = could_not_tell(&ask(&format!("tls://{}#dns.example", server.address), None, &[]));
    assert!(words.contains("UnknownIssuer"), "{words}");
}

#[test]
fn expired_certificate_is_explained() {
    let authority = Authority::new();
    let server = over_tls(authority.certify_expired("dns.example"));
    let run = ask(&format!("tls://{}#dns.example", server.address), Some(&authority), &[]);
    let words = could_not_tell(&run);
    assert!(words.contains("expired"), "{words}");
}

#[test]
fn failing_https_server_is_explained() {
    let authority = Authority::new();
    let server = Encrypted::new(Speech::Https(503), authority.certify("127.0.0.1"), honest);
    let words = could_not_tell(&ask(&format!("https://{}/dns-query", server.address), Some(&authority), &[]));
    assert!(words.contains("503"), "{words}");
}

/// Thirty addresses asked about through a resolver that closes its connections; one of them is listed.
fn none_is_lost(server: &Encrypted, resolver: &str, authority: &Authority) {
    let home = Home::new();
    home.write("ca.pem", &authority.pem);
    home.write("targets", (1..=30).map(|last| format!("203.0.113.{last}\n")).collect::<String>());
    let argv = ["dnsbl", "--input", "targets", "--list", "bl.example", "--format", "ndjson", "--rows", "all"];
    let run = home.run([&argv[..], &["--ca-file", "ca.pem", "--resolver", resolver]].concat());
    run.exits(1);
    let outcomes: Vec<Value> = run.lines().iter().map(|line| line["facts"]["lists"][0]["outcome"].clone()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "listed").count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "not-listed").count(), 29, "{outcomes:?}");
    assert!(server.connections() > 1, "it closed none");
}

#[test]
fn resolver_over_tls_that_closes_its_connections_loses_no_question() {
    let authority = Authority::new();
    for after in [1, 8] {
        let server = Encrypted::closing(Speech::Tls, authority.certify("127.0.0.1"), after, honest);
        none_is_lost(&server, &format!("tls://{}", server.address), &authority);
    }
}

#[test]
fn resolver_over_https_that_closes_its_connections_loses_no_question() {
    let authority = Authority::new();
    for after in [1, 8] {
        let server = Encrypted::closing(Speech::Https(200), authority.certify("127.0.0.1"), after, honest);
        none_is_lost(&server, &format!("https://{}/dns-query", server.address), &authority);
    }
}

#[test]
fn resolver_over_tls_that_closes_without_an_answer_is_given_up() {
    let authority = Authority::new();
    let server = Encrypted::closing(Speech::Tls, authority.certify("127.0.0.1"), 0, honest);
    let words = could_not_tell(&ask(&format!("tls://{}", server.address), Some(&authority), &[]));
    assert!(words.contains("closed"), "{words}");
    assert!(server.connections() < 50, "{}", server.connections());
}

#[test]
fn answer_over_tls_to_another_question_is_no_listing() {
    let authority = Authority::new();
    let server = Encrypted::new(Speech::Tls, authority.certify("127.0.0.1"), |query| {
        let mut reply = query.listed(&[[127, 0, 0, 2].into()]);
        reply.queries[0].set_name("other.example.".parse().expect("a name"));
        bytes(&reply)
    });
    let run = ask(&format!("tls://{}", server.address), Some(&authority), &[]);
    run.exits(3);
    assert_ne!(row(&run)["outcome"], "listed");
}

#[test]
fn garbage_over_tls_is_no_listing() {
    let authority = Authority::new();
    let server = Encrypted::new(Speech::Tls, authority.certify("127.0.0.1"), |_| vec![0xff; 40]);
    let run = ask(&format!("tls://{}", server.address), Some(&authority), &[]);
    run.exits(3);
    assert_ne!(row(&run)["outcome"], "listed");
}

#[test]
fn port_that_speaks_no_tls_is_told_in_words() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("a bound socket");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // An SMTP server, by mistake.
            let _ = std::io::Write::write_all(&mut &stream, b"220 mail.example ESMTP\r\n");
        }
    });
    let words = could_not_tell(&ask(&format!("tls://{address}"), None, &[]));
    assert!(words.contains("cannot be reached: "), "{words}");
    let words = could_not_tell(&ask("tls://127.0.0.1:1", None, &[]));
    assert!(words.contains("cannot be reached: "), "{words}");
}

#[test]
fn encrypted_resolver_is_followed_by_a_plain_one() {
    let authority = Authority::new();
    let encrypted = over_tls(authority.certify("other.example"));
    let plain =
        crate::support::Up::new("list = [{ zone = \"bl.example\", entries = { \"203.0.113.9\" = [\"127.0.0.2\"] } }]");
    let first = format!("tls://{}#dns.example", encrypted.address);
    let run = ask(&first, Some(&authority), &["--resolver", &plain.address()]);
    run.exits(1);
    assert_eq!(row(&run)["server"], plain.address());
}
