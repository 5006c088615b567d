//! `tls` against Postfix, with a certificate of every kind, and against openssl s_server, which still speaks what
//! nobody should.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::keys::Certificate;
use crate::support::postfix::{Postfix, Setup};
use crate::support::run::spamcheck;
use crate::support::servers::free_address;

const HOST: &str = "mx.tls.test";
const NAMES: &str = "DNS:mx.tls.test";
/// Nobody is asked there: the host's address is given.
const NO_RESOLVER: &str = "127.0.0.1:1";

/// Tests the server as if it were the host; TLS begins at once at port 465.
fn test(at: SocketAddr, port: u16, authority: &str, more: &[&str]) -> Value {
    let home = tempfile::tempdir().expect("a directory");
    let target = format!("{HOST}:{port}");
    let way = format!("{HOST}:{port}:{at}");
    let mut arguments = vec!["tls", &target, "--json", "--resolver", NO_RESOLVER, "--connect-to", &way];
    arguments.extend(["--helo-name", "probe.test", "--ca-file", authority]);
    arguments.extend(more);
    let output = spamcheck(&home).args(&arguments).output().expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let document: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    document["targets"][0]["checks"][0].clone()
}

fn rules(check: &Value) -> Vec<&str> {
    let findings = check["findings"].as_array().expect("findings");
    findings.iter().map(|finding| finding["id"].as_str().expect("an id")).collect()
}

fn host(check: &Value) -> &Value {
    &check["facts"]["hosts"][0]
}

fn with(certificate: &Certificate) -> Setup {
    setup(certificate, "chain.pem")
}

/// A Postfix of today, with this file for its chain.
fn setup(certificate: &Certificate, chain: &str) -> Setup {
    Setup::new(HOST).certificate(&certificate.path(chain), &certificate.path("leaf.key")).main(TODAY)
}

/// Postfix lets old versions in unless it is told not to.
const TODAY: &str = "smtpd_tls_protocols = >=TLSv1.2";

fn at_postfix(postfix: &Postfix, certificate: &Certificate, more: &[&str]) -> Value {
    test(postfix.address, 25, &certificate.path("ca.pem"), more)
}

#[test]
#[ignore = "needs postfix, openssl and root"]
fn a_sound_postfix_is_sound() {
    let certificate = Certificate::of(NAMES, "90");
    let postfix = with(&certificate).start();
    let check = at_postfix(&postfix, &certificate, &[]);
    assert_eq!(rules(&check), Vec::<&str>::new(), "{check}");
    assert_eq!((&check["verdict"], &check["facts"]["confidence"]), (&"pass".into(), &95.into()), "{check}");
    assert_eq!(host(&check)["version"], "TLSv1.3");
    assert_eq!(host(&check)["senders"]["opportunistic"], "deliver");
    let deep = at_postfix(&postfix, &certificate, &["--deep"]);
    assert_eq!(host(&deep)["deep"]["ended"], Value::Null, "{deep}");
    assert_eq!(host(&deep)["deep"]["versions"], serde_json::json!(["TLSv1.2", "TLSv1.3"]), "{deep}");
    assert!(host(&deep)["deep"]["groups"].to_string().contains("X25519"), "{deep}");
}

#[test]
#[ignore = "needs postfix, openssl and root"]
fn faults_of_a_postfix_are_named() {
    let authority = Certificate::of(NAMES, "90");
    let expired = Certificate::of(NAMES, "0");
    let postfix = with(&expired).start();
    let check = at_postfix(&postfix, &expired, &[]);
    assert_eq!((rules(&check), &check["verdict"]), (vec!["tls-expired"], &"fail".into()), "{check}");

    let elsewhere = Certificate::of("DNS:mx.elsewhere.test", "90");
    let postfix = with(&elsewhere).start();
    assert_eq!(rules(&at_postfix(&postfix, &elsewhere, &[])), ["tls-wrong-name"]);
    let check = at_postfix(&postfix, &authority, &[]);
    assert_eq!(rules(&check), ["tls-untrusted-authority", "tls-wrong-name"], "{check}");

    let postfix = setup(&authority, "leaf.pem").start();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/certificates/root.pem");
    assert_eq!(rules(&test(postfix.address, 25, root, &[])), ["tls-chain-incomplete"]);

    let postfix = Setup::new(HOST).start();
    let check = at_postfix(&postfix, &authority, &[]);
    assert_eq!((rules(&check), &check["facts"]["confidence"]), (vec!["tls-none"], &0.into()), "{check}");
}

#[test]
#[ignore = "needs postfix, openssl and root"]
fn a_certificate_of_each_kind_is_fetched() {
    let (certificate, itself) = (Certificate::of(NAMES, "90"), Itself::new());
    let files = ["leaf.key", "chain.pem"].map(|file| certificate.path(file));
    let files = format!("{}, {}, {}, {}", files[0], files[1], itself.path("key.pem"), itself.path("cert.pem"));
    let postfix = Setup::new(HOST)
        .main(TODAY)
        .main("smtpd_tls_security_level = may")
        .main(&format!("smtpd_tls_chain_files = {files}"))
        .start();
    let check = at_postfix(&postfix, &certificate, &[]);
    assert_eq!(rules(&check), ["tls-self-signed"], "{check}");
    let kinds = [&host(&check)["chain"][0], &host(&check)["other"]["chain"][0]];
    let mut kinds = kinds.map(|own| own["key"]["algorithm"].as_str().expect("an algorithm"));
    kinds.sort_unstable();
    assert_eq!(kinds, ["ECDSA", "RSA"]);
}

#[test]
#[ignore = "needs postfix, openssl and root"]
fn a_postfix_of_old_is_told_as_what_it_is() {
    let certificate = Certificate::of(NAMES, "90");
    let old = |protocols: &str| {
        with(&certificate)
            .main(&format!("smtpd_tls_protocols = {protocols}"))
            .main("smtpd_tls_ciphers = medium")
            .main("tls_medium_cipherlist = ALL:@SECLEVEL=0")
            .start()
    };
    let postfix = old("TLSv1");
    let check = at_postfix(&postfix, &certificate, &[]);
    assert_eq!(rules(&check), ["tls-old-version-only"], "{check}\n{}", postfix.log());
    assert_eq!((&host(&check)["version"], &host(&check)["pkix"]), (&"TLSv1.0".into(), &serde_json::json!([])));
    let check = at_postfix(&old(">=TLSv1"), &certificate, &[]);
    assert_eq!((rules(&check), &check["verdict"]), (vec!["tls-old-version"], &"pass".into()), "{check}");
    assert_eq!(host(&check)["old_versions"], serde_json::json!(["TLSv1.0", "TLSv1.1"]));
}

#[test]
#[ignore = "needs postfix, openssl and root"]
fn an_envelope_is_tried_and_taken_back() {
    let certificate = Certificate::of("DNS:example.org", "90");
    let postfix =
        Setup::new("example.org").certificate(&certificate.path("chain.pem"), &certificate.path("leaf.key")).start();
    let home = tempfile::tempdir().expect("a directory");
    let way = format!("example.org:25:{}", postfix.address);
    for (mailbox, code) in [("user@example.org", "250 "), ("nobody@example.org", "550 ")] {
        let mut command = spamcheck(&home);
        command.args(["tls", mailbox, "--json", "--resolver", NO_RESOLVER, "--connect-to", &way]);
        command.args(["--helo-name", "probe.test", "--ca-file", &certificate.path("ca.pem")]);
        let output = command.output().expect("the program runs");
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let host = &document["targets"][0]["checks"][0]["facts"]["hosts"][0];
        assert!(host["cells"]["sender"]["detail"].as_str().expect("words").starts_with(code), "{document}");
        assert_eq!(host["confidence"], 95, "{document}");
    }
    assert!(!postfix.log().contains("queue active"), "{}", postfix.log());
}

#[test]
#[ignore = "needs openssl"]
fn servers_of_old_are_told_from_servers_without_tls() {
    let itself = Itself::new();
    for (flags, version, rule) in [
        (&["-tls1", "-cipher", "ALL:@SECLEVEL=0"][..], "TLSv1.0", "tls-old-version-only"),
        (&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], "TLSv1.1", "tls-old-version-only"),
        (&["-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384"], "TLSv1.2", "tls-old-key-exchange"),
        (&["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"], "TLSv1.2", "tls-old-key-exchange"),
    ] {
        let server = OpenSsl::start(&itself, flags);
        let check = test(server.address, 465, &itself.path("cert.pem"), &[]);
        assert!(rules(&check).contains(&rule), "{flags:?}: {check}");
        assert_eq!(host(&check)["version"], version, "{flags:?}: {check}");
        assert_eq!(host(&check)["chain"][0]["subject"], "CN=mx.tls.test", "{flags:?}: {check}");
        assert_eq!(host(&check)["cells"]["tls"]["state"], "warn", "{flags:?}: {check}");
    }
}

/// The rules but for what s_server and a certificate that signed itself cannot help.
fn of_tls(check: &Value) -> Vec<&str> {
    rules(check).into_iter().filter(|rule| !["tls-authority-as-server", "smtp-silent"].contains(rule)).collect()
}

/// The port where TLS begins at once; s_server speaks no SMTP inside, which ends the dialogue there.
const IMPLICIT: u16 = 465;

#[test]
#[ignore = "needs openssl"]
fn groups_that_the_library_leaves_out_are_agreed_to() {
    let itself = Itself::new();
    for (group, flags, name) in [
        ("P-521", &[][..], "secp521r1"),
        ("P-521", &["-tls1_2"], "secp521r1"),
        ("X448", &[], "X448"),
        ("X448", &["-tls1_2"], "X448"),
        ("ffdhe2048", &["-tls1_3"], "FFDHE2048"),
        ("ffdhe4096", &["-tls1_3"], "FFDHE4096"),
    ] {
        let server = OpenSsl::start(&itself, &[&["-groups", group], flags].concat());
        let check = test(server.address, IMPLICIT, &itself.path("cert.pem"), &["--smtp-timeout", "3s"]);
        assert_eq!(host(&check)["group"], name, "{group} {flags:?}: {check}");
        assert!(!rules(&check).contains(&"tls-handshake"), "{check}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn certificates_that_the_library_cannot_judge_are_judged_or_left_open() {
    let pss = ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"];
    for (key, flags, is_open) in [
        (&pss[..], &["-tls1_3"][..], false),
        (&pss, &["-tls1_2"], true),
        (&["-newkey", "ed448"], &["-tls1_3"], true),
        (&["-newkey", "ed448"], &["-tls1_2"], true),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"], &[], false),
        (&["-key", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/certificates/rsa-8400.key")], &[], false),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"], &["-tls1_2"], true),
    ] {
        let itself = Itself::with(key);
        let server = OpenSsl::start(&itself, flags);
        let check = test(server.address, IMPLICIT, &itself.path("cert.pem"), &["--smtp-timeout", "3s"]);
        assert_eq!(of_tls(&check), Vec::<&str>::new(), "{key:?} {flags:?}: {check}");
        let open = check["unclear"].to_string().contains("unsupported");
        assert_eq!(open, is_open, "{key:?} {flags:?}: {check}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn servers_that_demand_more_than_senders_give_are_told() {
    let itself = Itself::new();
    for version in ["-tls1_2", "-tls1_3"] {
        let server = OpenSsl::start(&itself, &["-Verify", "1", version]);
        let check = test(server.address, IMPLICIT, &itself.path("cert.pem"), &["--smtp-timeout", "3s"]);
        assert!(rules(&check).contains(&"tls-client-certificate"), "{version}: {check}");
        // Who asks and does not demand is sound.
        let server = OpenSsl::start(&itself, &["-verify", "1", version]);
        let check = test(server.address, IMPLICIT, &itself.path("cert.pem"), &["--smtp-timeout", "3s"]);
        assert!(!rules(&check).contains(&"tls-client-certificate"), "{version}: {check}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn a_chain_beyond_the_library_s_measure_is_no_fault() {
    let itself = Itself::new();
    let cert = std::fs::read_to_string(itself.path("cert.pem")).expect("a certificate");
    std::fs::write(itself.path("bundle.pem"), cert.repeat(90)).expect("a file");
    for (version, is_read) in [("-tls1_2", true), ("-tls1_3", false)] {
        let server = OpenSsl::start(&itself, &["-cert_chain", &itself.path("bundle.pem"), version]);
        let check = test(server.address, IMPLICIT, &itself.path("cert.pem"), &["--smtp-timeout", "3s"]);
        assert_eq!(of_tls(&check), Vec::<&str>::new(), "{version}: {check}");
        assert!(check["unclear"].to_string().contains("64 KiB"), "{version}: {check}");
        assert_eq!(host(&check)["chain"][0]["subject"] == "CN=mx.tls.test", is_read, "{version}: {check}");
    }
}

/// A certificate that signed itself.
struct Itself {
    dir: TempDir,
}

impl Itself {
    /// With an RSA key.
    fn new() -> Self {
        Itself::with(&["-newkey", "rsa:2048"])
    }

    /// With a key that these arguments make.
    fn with(key: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-nodes", "-days", "90", "-subj", "/CN=mx.tls.test"]).args(key);
        command.args(["-addext", "subjectAltName=DNS:mx.tls.test", "-out", "cert.pem"]);
        match key {
            ["-key", file] => drop(std::fs::copy(file, dir.path().join("key.pem")).expect("a key")),
            _ => drop(command.args(["-keyout", "key.pem"])),
        }
        let made = command.current_dir(dir.path()).stderr(Stdio::null()).status();
        assert!(made.expect("openssl runs").success());
        Itself { dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}

/// `openssl s_server`, ended when dropped.
struct OpenSsl {
    address: SocketAddr,
    child: Child,
}

impl OpenSsl {
    fn start(certificate: &Itself, flags: &[&str]) -> Self {
        let address = free_address();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", "-accept", &address.to_string(), "-key", &certificate.path("key.pem")]);
        command.args(["-cert", &certificate.path("cert.pem")]).args(flags);
        // It ends with its input, so it gets one that does not end.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = OpenSsl { address, child: command.spawn().expect("openssl runs") };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "s_server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
