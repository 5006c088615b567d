//! DNS over TLS and over HTTPS.

use crate::support::ip4_list;
use crate::support::keys::Certificate;
use crate::support::run::{Document, ask};
use crate::support::servers::{Server, Unbound, free_address, rbldnsd};

/// unbound with TLS and HTTPS ports, in front of one list.
struct World {
    certificate: Certificate,
    tls: u16,
    https: u16,
    resolver: Server,
    _lists: Server,
}

impl World {
    fn new() -> Self {
        let certificate = Certificate::new();
        let lists = rbldnsd(&[("set.test", "ip4set", &ip4_list("set.test"))]);
        let (tls, https) = (free_address().port(), free_address().port());
        let resolver = Unbound::new()
            .stub("set.test", &lists)
            .option(&format!("interface: 127.0.0.1@{tls}"))
            .option(&format!("interface: 127.0.0.1@{https}"))
            .option(&format!("tls-port: {tls}"))
            .option(&format!("https-port: {https}"))
            .option(&format!("tls-service-key: \"{}\"", certificate.path("leaf.key")))
            .option(&format!("tls-service-pem: \"{}\"", certificate.path("leaf.pem")))
            .start();
        World { certificate, tls, https, resolver, _lists: lists }
    }

    fn ask(&self, resolver: &str, more: &[&str]) -> Document {
        ask("192.0.2.7", resolver, &["set.test"], more)
    }

    fn trusted(&self, resolver: &str) -> Document {
        self.ask(resolver, &["--ca-file", &self.certificate.path("ca.pem")])
    }
}

fn is_listed(document: &Document) {
    assert_eq!(document.outcome("set.test"), "listed", "{}", document.json);
    assert_eq!(document.row("set.test")["reasons"][0], "Listed by set.test: 192.0.2.7");
}

/// Nothing was learned, and the words say why.
fn explains(document: &Document, word: &str) {
    assert_eq!(document.outcome("set.test"), "timeout", "{}", document.json);
    assert!(document.unclear().contains(word), "{word} is missing: {}", document.unclear());
    assert_eq!(document.code, Some(3));
}

#[test]
#[ignore = "needs rbldnsd, unbound and openssl"]
fn list_is_asked_over_tls() {
    let world = World::new();
    is_listed(&world.trusted(&format!("tls://127.0.0.1:{}#dns.test", world.tls)));
    is_listed(&world.trusted(&format!("tls://127.0.0.1:{}", world.tls)));
}

#[test]
#[ignore = "needs rbldnsd, unbound and openssl"]
fn list_is_asked_over_https() {
    let world = World::new();
    is_listed(&world.trusted(&format!("https://127.0.0.1:{}/dns-query", world.https)));
    let elsewhere = format!("dns.test:443:127.0.0.1:{}", world.https);
    let authority = world.certificate.path("ca.pem");
    is_listed(&world.ask("https://dns.test/dns-query", &["--ca-file", &authority, "--connect-to", &elsewhere]));
}

#[test]
#[ignore = "needs rbldnsd, unbound and openssl"]
fn wrong_name_in_the_certificate_is_explained() {
    let world = World::new();
    explains(&world.trusted(&format!("tls://127.0.0.1:{}#other.test", world.tls)), "other.test");
    let elsewhere = format!("other.test:443:127.0.0.1:{}", world.https);
    let authority = world.certificate.path("ca.pem");
    let more = ["--ca-file", &authority, "--connect-to", &elsewhere];
    explains(&world.ask("https://other.test/dns-query", &more), "other.test");
}

#[test]
#[ignore = "needs rbldnsd, unbound and openssl"]
fn unknown_authority_is_explained() {
    let world = World::new();
    explains(&world.ask(&format!("tls://127.0.0.1:{}#dns.test", world.tls), &[]), "UnknownIssuer");
    explains(&world.ask(&format!("https://127.0.0.1:{}/dns-query", world.https), &[]), "UnknownIssuer");
}

#[test]
#[ignore = "needs rbldnsd, unbound and openssl"]
fn port_without_tls_or_path_without_service_is_explained() {
    let world = World::new();
    // The plain port speaks no TLS.
    let plain = world.resolver.address.port();
    let document = world.trusted(&format!("tls://127.0.0.1:{plain}#dns.test"));
    assert_ne!(document.outcome("set.test"), "listed");
    assert_eq!(document.code, Some(3));
    explains(&world.trusted(&format!("https://127.0.0.1:{}/elsewhere", world.https)), "404");
    let nobody = free_address();
    explains(&world.trusted(&format!("tls://{nobody}#dns.test")), "refused");
}
