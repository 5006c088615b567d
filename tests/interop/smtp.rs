//! `smtp` against real servers.

use std::net::SocketAddr;

use serde_json::Value;

use crate::support::exim::Exim;
use crate::support::keys::Certificate;
use crate::support::postfix::Setup;
use crate::support::run::{Document, dial};

/// Tests the server at this address as that of example.org.
fn smtp(address: SocketAddr, more: &[&str]) -> Document {
    let way = format!("example.org:25:{address}");
    dial(&[&["smtp", "example.org", "--mail-from", "probe@example.com", "--connect-to", &way], more].concat())
}

fn findings(document: &Document) -> Vec<&str> {
    let findings = document.check("example.org")["findings"].as_array().expect("findings");
    let mut ids: Vec<&str> = findings.iter().map(|finding| finding["id"].as_str().expect("an id")).collect();
    ids.sort_unstable();
    ids
}

fn host(document: &Document) -> &Value {
    &document.check("example.org")["facts"]["hosts"][0]
}

#[test]
#[ignore = "needs postfix and root"]
fn postfix_withstands_the_probes_and_shows_what_it_offers() {
    let certificate = Certificate::new();
    let chain = (certificate.path("leaf.pem"), certificate.path("leaf.key"));
    let postfix = Setup::new("mx.example.org").certificate(&chain.0, &chain.1).start();
    let document = smtp(postfix.address, &["--envelope", "--probe", "--error-limit"]);
    // It lets anybody call themselves postmaster, as it does by default, and denies unknown users to VRFY.
    assert_eq!(findings(&document), ["smtp-spoof-accepted", "smtp-vrfy-open"], "{:#}", document.json);
    let host = host(&document);
    assert_eq!(host["software"], "Postfix");
    assert_eq!(host["error_limit"], 20);
    let offers = host["capabilities_inside"].as_array().expect("it has TLS");
    assert!(offers.iter().any(|offer| offer == "CHUNKING"), "{offers:?}");
}

#[test]
#[ignore = "needs postfix and root"]
fn postfix_with_a_catch_all_and_without_postmaster_is_told() {
    let postfix = Setup::new("mx.example.org").mailboxes(&["@example.org"]).main("disable_vrfy_command = yes").start();
    let document = smtp(postfix.address, &["--probe"]);
    assert_eq!(findings(&document), ["smtp-catch-all", "smtp-spoof-accepted"], "{:#}", document.json);
    let postfix = Setup::new("mx.example.org").mailboxes(&["user@example.org"]).start();
    let document = smtp(postfix.address, &["--envelope"]);
    assert_eq!(findings(&document), ["smtp-abuse-refused", "smtp-postmaster-refused"], "{:#}", document.json);
}

#[test]
#[ignore = "needs postfix and root"]
fn postscreen_is_waited_for() {
    let postfix = Setup::new("mx.example.org")
        .postscreen()
        .main("postscreen_greet_wait = 3s")
        .main("postscreen_greet_action = enforce")
        .start();
    let document = smtp(postfix.address, &[]);
    assert_eq!(findings(&document), Vec::<&str>::new(), "{:#}", document.json);
    assert_eq!(document.code, Some(0));
}

#[test]
#[ignore = "needs apt-get and root"]
fn exim_tells_its_version_and_hangs_up_after_three_errors() {
    let exim = Exim::start(" accept domains = +local_domains\n  local_parts = postmaster : abuse : user\n deny\n");
    let document = smtp(exim.address, &["--envelope", "--probe", "--error-limit"]);
    let ids = findings(&document);
    assert!(ids.contains(&"smtp-version-disclosed"), "{ids:?}");
    assert!(ids.contains(&"smtp-error-limit-low"), "{ids:?}");
    assert_eq!(host(&document)["software"], "Exim");
}
