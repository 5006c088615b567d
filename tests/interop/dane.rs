//! DANE: signed, unsigned and broken zones of nsd behind unbound, the certificates of Postfix, and what
//! posttls-finger, which is Postfix's own client, makes of the same.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::keys::{Certificate, Key};
use crate::support::postfix::{Postfix, Setup};
use crate::support::run::spamcheck;
use crate::support::servers::{Server, Unbound, nsd};
use crate::support::zone_head;

/// A host below `dane.test` with its TLSA records, and what is expected.
struct Case {
    host: &'static str,
    /// What the host is an alias of.
    alias: Option<&'static str>,
    server: Kind,
    /// The records without their owner.
    records: Vec<String>,
    verdict: &'static str,
    rules: &'static [&'static str],
    /// Whether DANE authenticates the server.
    authenticated: bool,
}

/// Which of the mail servers stands behind the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Sends its whole chain.
    Whole,
    /// Sends the same certificate alone.
    Bare,
    /// Sends its whole chain, and its certificate has expired.
    Expired,
    /// Has no TLS.
    Plain,
    /// Has an RSA certificate, too.
    Two,
}

/// The certificate's names; other hosts show a certificate of another name.
const NAMES: &str = "DNS:mx.both.dane.test,DNS:mx.own.dane.test,DNS:mx.issuer.dane.test,DNS:mx.itself.dane.test,\
    DNS:mx.unsent.dane.test,DNS:mx.unsigned.test";

fn cases(certificate: &Certificate, expired: &Certificate) -> Vec<Case> {
    use Kind::{Bare, Expired, Plain, Whole};
    let case = |host, server, records: &[String], verdict, rules, authenticated| Case {
        host,
        alias: None,
        server,
        records: records.to_vec(),
        verdict,
        rules,
        authenticated,
    };
    let ours = |usage: u8| format!("{usage} 1 1 {}", certificate.key_digest("leaf.pem"));
    let issuer = || format!("2 1 1 {}", certificate.key_digest("ca.pem"));
    let old = |file| expired.key_digest(file);
    let half = "5a".repeat(32);
    let wrong = || format!("3 1 1 {half}");
    vec![
        case("both", Whole, &[ours(3), issuer()], "pass", &[], true),
        case("own", Whole, &[ours(3)], "warn", &["dane-no-rollover"], true),
        case("issuer", Whole, &[issuer()], "pass", &[], true),
        case("next", Whole, &[ours(3), wrong()], "pass", &[], true),
        case("wrong", Whole, &[wrong()], "fail", &["dane-mismatch"], false),
        case("itself", Whole, &[ours(2)], "fail", &["dane-mismatch"], false),
        case("elsewhere", Whole, &[issuer()], "fail", &["dane-name"], false),
        case("digests", Whole, &[ours(3), format!("3 1 2 {half}{half}")], "fail", &["dane-mismatch"], false),
        case("public", Whole, &[ours(1)], "warn", &["dane-unusable"], false),
        case("length", Whole, &["3 1 2 5a5a".to_owned()], "warn", &["dane-unusable"], false),
        case("none", Whole, &[], "skipped", &[], false),
        case("unsent", Bare, &[issuer()], "fail", &["dane-mismatch"], false),
        case("expired", Expired, &[format!("3 1 1 {}", old("leaf.pem"))], "warn", &["dane-no-rollover"], true),
        case("over", Expired, &[format!("2 1 1 {}", old("ca.pem"))], "fail", &["dane-chain"], false),
        case("plain", Plain, &[wrong()], "fail", &["dane-no-starttls"], false),
        // The records stand where the alias leads to, or at the alias itself.
        Case { alias: Some("mx.own.dane.test."), ..case("alias", Whole, &[], "warn", &["dane-no-rollover"], true) },
        Case {
            alias: Some("mx.none.dane.test."),
            ..case("alias-itself", Whole, &[ours(3), wrong()], "pass", &[], true)
        },
        Case { alias: Some("mx.unsigned.test."), ..case("alias-away", Whole, &[ours(3), wrong()], "pass", &[], true) },
    ]
}

/// The zones, their resolver, and the mail servers.
struct World {
    cases: Vec<Case>,
    resolver: Server,
    servers: Vec<(Kind, Postfix)>,
    root_key: Key,
    /// Kept for as long as the resolver asks it.
    _authority: Server,
    /// Kept for as long as the mail servers may start another process, which reads them anew.
    _certificates: [Certificate; 3],
}

impl World {
    /// Everything; `change` says what is different about the resolver, which is told the root's key.
    fn start(change: impl Fn(Unbound, &Key) -> Unbound) -> Self {
        let (certificate, expired) =
            (Certificate::of(NAMES, "2"), Certificate::of("DNS:mx.expired.dane.test,DNS:mx.over.dane.test", "0"));
        let rsa = Certificate::of_rsa(NAMES, "2");
        let cases = cases(&certificate, &expired);
        let tls = |certificate: &Certificate, chain: &str| {
            Setup::new("mx.dane.test").certificate(&certificate.path(chain), &certificate.path("leaf.key")).start()
        };
        let servers = vec![
            (Kind::Whole, tls(&certificate, "chain.pem")),
            (Kind::Bare, tls(&certificate, "leaf.pem")),
            (Kind::Expired, tls(&expired, "chain.pem")),
            (Kind::Plain, Setup::new("mx.dane.test").start()),
            (Kind::Two, two(&certificate, &rsa)),
        ];
        let (root_key, key, bogus_key) = (Key::new("."), Key::new("dane.test"), Key::new("bogus.test"));
        let mut hosts = zone_head("dane.test");
        for Case { host, alias, server, records, .. } in &cases {
            let leads_to = alias.map_or_else(|| "A 127.0.0.1".to_owned(), |alias| format!("CNAME {alias}"));
            hosts.push_str(&format!("{host} IN MX 10 mx.{host}\nmx.{host} IN {leads_to}\n"));
            let port = port(&servers, *server);
            hosts.extend(records.iter().map(|record| format!("_{port}._tcp.mx.{host} IN TLSA {record}\n")));
        }
        let fitting = format!("3 1 1 {}", certificate.key_digest("leaf.pem"));
        let owner = format!("_{}._tcp.mx", port(&servers, Kind::Whole));
        let two = port(&servers, Kind::Two);
        hosts.push_str(&format!("two IN MX 10 mx.two\nmx.two IN A 127.0.0.1\n_{two}._tcp.mx.two IN TLSA {fitting}\n"));
        let with_mx =
            |zone: &str| format!("{}@ IN MX 10 mx\nmx IN A 127.0.0.1\n{owner} IN TLSA {fitting}\n", zone_head(zone));
        let hosted = format!("{}@ IN MX 10 mx.own.dane.test.\n", zone_head("hosted.test"));
        let mut root = "$ORIGIN .\n$TTL 300\n. IN SOA ns.root.test. hostmaster.root.test. 1 600 300 86400 300\n\
             . IN NS ns.root.test.\nns.root.test. IN A 127.0.0.1\n"
            .to_owned();
        let zones = ["dane.test", "bogus.test", "unsigned.test", "hosted.test"];
        root.extend(zones.iter().map(|zone| format!("{zone}. IN NS ns.{zone}.\nns.{zone}. IN A 127.0.0.1\n")));
        root.extend([&key, &bogus_key].map(|key| key.ds() + "\n"));
        let authority = nsd(&[
            (".", &root_key.sign(&root)),
            ("dane.test", &key.sign(&hosts)),
            ("bogus.test", &forged(&bogus_key.sign(&with_mx("bogus.test")))),
            ("unsigned.test", &with_mx("unsigned.test")),
            ("hosted.test", &hosted),
        ]);
        let unbound = zones.iter().fold(Unbound::new().stub(".", &authority), |all, zone| all.stub(zone, &authority));
        let resolver = change(unbound, &root_key).start();
        let certificates = [certificate, expired, rsa];
        World { cases, resolver, servers, root_key, _authority: authority, _certificates: certificates }
    }

    fn port(&self, kind: Kind) -> u16 {
        port(&self.servers, kind)
    }

    /// What `spamcheck dane` says of a domain.
    fn dane(&self, domain: &str, kind: Kind, more: &[&str]) -> Value {
        let home = tempfile::tempdir().expect("a directory");
        let mut command = spamcheck(&home);
        command.args([
            "dane",
            domain,
            "--port",
            &self.port(kind).to_string(),
            "--json",
            "--timeout",
            "20s",
            "--allow-private",
        ]);
        let output = command.args(["--resolver", &self.resolver.as_resolver()]).args(more).output();
        let output = output.expect("the program runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
        json["targets"][0]["checks"][0].clone()
    }
}

/// A server with a certificate of each kind.
fn two(ecdsa: &Certificate, rsa: &Certificate) -> Postfix {
    let files = [ecdsa, rsa].map(|one| format!("{}, {}", one.path("leaf.key"), one.path("chain.pem")));
    let setup = Setup::new("mx.dane.test").main("smtpd_tls_security_level = may");
    setup.main(&format!("smtpd_tls_chain_files = {}", files.join(", "))).start()
}

fn port(servers: &[(Kind, Postfix)], wanted: Kind) -> u16 {
    let server = servers.iter().find(|(kind, _)| *kind == wanted);
    server.expect("there is one of each kind").1.address.port()
}

/// The zone with its TLSA record changed after it was signed.
fn forged(signed: &str) -> String {
    let forge = |line: &str| line.replace("\tTLSA\t3", "\tTLSA\t2") + "\n";
    let forged: String = signed.lines().map(forge).collect();
    assert_ne!(forged, signed, "{signed}");
    forged
}

#[track_caller]
fn comes_to(check: &Value, verdict: &str, status: &str, rules: &[&str]) {
    let found = check["findings"].as_array().expect("findings").iter();
    let found: Vec<&str> = found.filter_map(|finding| finding["id"].as_str()).collect();
    assert_eq!((check["verdict"].as_str(), &found[..]), (Some(verdict), rules), "{check}");
    assert_eq!(check["facts"]["hosts"][0]["status"], status, "{check}");
}

#[test]
#[ignore = "needs postfix, nsd, unbound, ldns and root"]
fn records_are_believed_as_far_as_the_zones_are_signed() {
    let world = World::start(|unbound, root| unbound.validating(&root.ds()));
    for case in &world.cases {
        let check = world.dane(&format!("{}.dane.test", case.host), case.server, &[]);
        comes_to(&check, case.verdict, if case.host == "none" { "absent" } else { "secure" }, case.rules);
    }
    comes_to(&world.dane("unsigned.test", Kind::Whole, &[]), "skipped", "insecure", &["dane-unsigned"]);
    comes_to(&world.dane("hosted.test", Kind::Whole, &[]), "skipped", "secure", &["dane-insecure-mx"]);
    let bogus = world.dane("bogus.test", Kind::Whole, &[]);
    comes_to(&bogus, "fail", "bogus", &["dane-bogus"]);
    assert!(bogus["findings"][0]["detail"].as_str().is_some_and(|detail| detail.contains("EDE 6")), "{bogus}");
}

#[test]
#[ignore = "needs postfix, nsd, unbound, ldns and root"]
fn without_a_validating_resolver_a_trust_anchor_tells_what_can_be_told() {
    let world = World::start(|unbound, _| unbound);
    let check = world.dane("both.dane.test", Kind::Whole, &[]);
    comes_to(&check, "unclear", "unvalidated", &[]);
    let (anchor, more) = (world.root_key.anchor(), "--trust-anchor");
    let dane = |domain| world.dane(domain, Kind::Whole, &[more, &anchor]);
    comes_to(&dane("both.dane.test"), "pass", "secure", &[]);
    comes_to(&dane("none.dane.test"), "skipped", "absent", &[]);
    comes_to(&dane("unsigned.test"), "skipped", "insecure", &["dane-unsigned"]);
    comes_to(&dane("hosted.test"), "skipped", "secure", &["dane-insecure-mx"]);
    comes_to(&dane("bogus.test"), "fail", "bogus", &["dane-bogus"]);
}

/// What posttls-finger says of a domain, with a resolver of its own.
fn finger(resolver: &Path, domain: &str, port: u16) -> String {
    // In a mount namespace of its own, so that the machine's resolver stays as it is.
    let script = "mount --bind \"$1\" /etc/resolv.conf && exec posttls-finger -c -l dane -T 10 \"$2\"";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh"]).arg(resolver).arg(format!("{domain}:{port}"));
    let output = command.stdin(Stdio::null()).output().expect("unshare runs");
    [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat()
}

#[test]
#[ignore = "needs postfix, nsd, unbound, ldns and root"]
fn postfix_agrees() {
    // resolv.conf knows no ports, so the resolver has an address of its own for each run.
    let [.., high, low] = std::process::id().to_be_bytes();
    let address = SocketAddr::from(([127, 53, high, low.clamp(1, 254)], 53));
    let world = World::start(|unbound, root| unbound.validating(&root.ds()).at(address));
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("resolv.conf");
    std::fs::write(&file, format!("nameserver {}\noptions trust-ad edns0\n", address.ip())).expect("a file");
    let compare = |domain: &str, kind: Kind, authenticated: bool| {
        let said = finger(&file, domain, world.port(kind));
        let check = world.dane(domain, kind, &[]);
        let hosts = &check["facts"]["hosts"];
        assert_eq!(said.contains(": Matched DANE "), authenticated, "{domain}: {said}");
        let log = || world.servers.iter().map(|(_, server)| server.log()).collect::<String>();
        assert_eq!(hosts[0]["matched"] == true, authenticated, "{domain}: {check}\n{}", log());
        said
    };
    for case in &world.cases {
        compare(&format!("{}.dane.test", case.host), case.server, case.authenticated);
    }
    compare("unsigned.test", Kind::Whole, false);
    // Postfix asks for one kind of certificate, other senders for the other, which has no record.
    let said = finger(&file, "two.dane.test", world.port(Kind::Two));
    assert!(said.contains(": Matched DANE "), "{said}");
    let check = world.dane("two.dane.test", Kind::Two, &[]);
    comes_to(&check, "fail", "secure", &["dane-mismatch"]);
    assert!(check["findings"][0]["detail"].as_str().is_some_and(|detail| detail.starts_with("rsa")), "{check}");
    let hosted = compare("hosted.test", Kind::Whole, true);
    assert!(hosted.contains("MX RRset insecure"), "{hosted}");
    let bogus = compare("bogus.test", Kind::Whole, false);
    assert!(bogus.contains("TLSA lookup error for mx.bogus.test"), "{bogus}");
}
