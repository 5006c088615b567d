//! MTA-STS policies as nginx serves them over TLS.

use crate::support::mail_zone;
use crate::support::run::{Document, check};
use crate::support::servers::{Server, free_address, nsd};
use crate::support::web::{Fault, Nginx, Site};

const ZONE: &str = "policy.test";
const HOST: &str = "mta-sts.policy.test";
const POLICY: &str = "version: STSv1\nmode: enforce\nmx: *.policy.test\nmax_age: 2592000\n";
const FILE: &str = "alias policy;";

/// The domain's zone, and nginx with its policy host.
struct World {
    zone: Server,
    nginx: Nginx,
}

impl World {
    fn new(fault: Fault, answer: &str, policy: &str) -> Self {
        let nginx = Nginx::start(&[Site { name: HOST, fault, answer }], &[("policy", policy.as_bytes())]);
        World { zone: nsd(&[(ZONE, &mail_zone(ZONE))]), nginx }
    }

    fn check(&self) -> Document {
        let elsewhere = format!("{HOST}:443:{}", self.nginx.address);
        let authority = self.nginx.authority();
        check("mta-sts", ZONE, &self.zone.as_resolver(), &["--ca-file", &authority, "--connect-to", &elsewhere])
    }
}

/// The check fails with this finding alone, in words that contain `words`.
fn fails(fault: Fault, answer: &str, policy: &str, id: &str, words: &str) {
    let document = World::new(fault, answer, policy).check();
    assert_eq!(document.findings(), [id], "{}", document.json);
    assert!(document.details().contains(words), "{words} is missing: {}", document.json);
    assert_eq!(document.verdict(), "fail", "{}", document.json);
    assert_eq!(document.code, Some(1), "{}", document.json);
}

#[test]
#[ignore = "needs nginx and nsd"]
fn good_policy_passes_with_either_end_of_line() {
    for policy in [POLICY.to_owned(), POLICY.replace('\n', "\r\n")] {
        let document = World::new(Fault::None, FILE, &policy).check();
        assert_eq!(document.verdict(), "pass", "{}", document.json);
        assert!(document.findings().is_empty(), "{}", document.json);
        assert_eq!(document.facts()["mode"], "enforce");
        assert_eq!(document.facts()["hosts"][0]["pattern"], "*.policy.test");
    }
}

#[test]
#[ignore = "needs nginx and nsd"]
fn expired_certificate_is_told_with_its_day() {
    fails(Fault::Expired, FILE, POLICY, "mta-sts-certificate", "expired on 2020-04-01");
}

#[test]
#[ignore = "needs nginx and nsd"]
fn certificate_of_another_name_is_told_with_the_name() {
    fails(Fault::WrongName, FILE, POLICY, "mta-sts-certificate", "www.elsewhere.test");
}

#[test]
#[ignore = "needs nginx and nsd"]
fn self_signed_certificate_is_not_trusted() {
    fails(Fault::SelfSigned, FILE, POLICY, "mta-sts-certificate", "self-signed");
}

#[test]
#[ignore = "needs nginx and nsd"]
fn redirect_is_not_followed() {
    let answer = "return 301 https://www.policy.test/mta-sts.txt;";
    fails(Fault::None, answer, POLICY, "mta-sts-redirect", "301 to https://www.policy.test/mta-sts.txt");
}

#[test]
#[ignore = "needs nginx and nsd"]
fn missing_policy_is_told_with_its_status() {
    fails(Fault::None, "return 404;", POLICY, "mta-sts-status", "404");
}

#[test]
#[ignore = "needs nginx and nsd"]
fn body_that_breaks_off_is_no_policy() {
    // nginx ends the connection without an answer.
    fails(Fault::None, "return 444;", POLICY, "mta-sts-http", "");
}

#[test]
#[ignore = "needs nginx and nsd"]
fn policy_of_another_media_type_is_read_and_told() {
    let document = World::new(Fault::None, "default_type text/html; alias policy;", POLICY).check();
    assert_eq!(document.findings(), ["mta-sts-media-type"], "{}", document.json);
    assert!(document.details().contains("text/html"), "{}", document.json);
    assert_eq!(document.facts()["mode"], "enforce", "{}", document.json);
}

#[test]
#[ignore = "needs nginx and nsd"]
fn policy_of_more_than_64_kibibytes_is_not_read() {
    let policy = format!("{POLICY}{}", format!("filler: {}\n", "x".repeat(100)).repeat(700));
    assert!(policy.len() > 64 * 1024);
    fails(Fault::None, FILE, &policy, "mta-sts-oversized", "65536");
    // In pieces of unknown number, too.
    let chunked = "alias policy; sub_filter nothing nothing; sub_filter_types text/plain;";
    fails(Fault::None, chunked, &policy, "mta-sts-oversized", "65536");
}

#[test]
#[ignore = "needs nginx and nsd"]
fn port_without_a_listener_is_no_fault_of_the_domain() {
    let zone = nsd(&[(ZONE, &mail_zone(ZONE))]);
    let elsewhere = format!("{HOST}:443:{}", free_address());
    let document = check("mta-sts", ZONE, &zone.as_resolver(), &["--connect-to", &elsewhere]);
    assert_eq!(document.verdict(), "unclear", "{}", document.json);
    assert!(document.findings().is_empty(), "{}", document.json);
    assert!(document.unclear().contains("refused"), "{}", document.json);
    assert_eq!(document.code, Some(3));
}
