//! TXT records that are longer than a datagram: they come whole, over TCP.

use crate::support::run::{Document, check};
use crate::support::servers::{Unbound, nsd};
use crate::support::{mail_zone, strings, zone_head};

const ZONE: &str = "long.test";

/// An RSA key of 4096 bits.
const KEY: &str = "MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAtXqVSjm/GUAvZpgBqWz3An2SO9SNZjVuKjGwTIMSMtHmZpOb2+uRFb5J\
    g3wOt9YDgAizGOzbG5m03dZ325/MIbVTk/M78BxA2oJWNgwuVjjkA/XhrYjSvlUomL/t09JssUhTaarE8AxG+ZxUh4mVbNheGyEn\
    3LPeQMLeJPe378kTUcmwAWQ3KLsVmIrBf2AxP/x2bhenHMuGS5XX3oaZKE2UCmc3UkrqVKOC6WKWCUwdY5u6WLjoVa7+KEou95od\
    8HGZrM8FLXqgaDSyLpgmvu4T/0xO1sG/wnsKr6X6/RQ1GDDRMgu0Hzk94eFmWEzNhU3h62oqV/GGetB8R9iKyJ4NFqJNlZHOlpmR\
    Z8O+I8c/2OGL8HNpLWrdqcDz25GmV/2hj9/XMxix+gZVG6J3LbBSpZOMNG4uceCQ+01/N4P0RFoN7DYOM+Pgqt+k8XkFh0q79I9E\
    I9wYWdl7LH3Juxm1Ir6QW7dPhPaWWOLmyVUn6KXjtwDDMx4gxwC1QSq0tfvkXaX5+pUt/HWtEwjaRAX3P+HWkhYwDcXzgRxJOkoD\
    H9dD4c/2HtBwgeyvajzuiuftbIWNJdh3TabS+lEBRL7u3/6puJNWO1G4TAWrZEvAcI1rrLX9X87GyvSprKWKZ/uy5kdRPORYJq/w\
    Kh5epswgZfch9iVg6YbjlVTRq60CAwEAAQ==";

/// Asks nsd itself, and an unbound in front of it.
fn both_ways(text: &str, command: &str, more: &[&str], test: impl Fn(&Document, &str)) {
    let zone = nsd(&[(ZONE, text)]);
    test(&check(command, ZONE, &zone.as_resolver(), more), "nsd");
    let resolver = Unbound::new().stub(ZONE, &zone).start();
    test(&check(command, ZONE, &resolver.as_resolver(), more), "unbound");
}

#[test]
#[ignore = "needs nsd and unbound"]
fn sender_policy_in_many_strings_is_read_whole() {
    let networks: Vec<String> = (0..180).map(|third| format!("ip4:11.22.{third}.0/28")).collect();
    let record = format!("v=spf1 {} -all", networks.join(" "));
    assert!(record.len() > 2 * 1232, "longer than a datagram");
    let zone = format!("{}@ IN TXT {}\n", zone_head(ZONE), strings(&record));
    both_ways(&zone, "spf", &[], |document, way| {
        assert_eq!(document.facts()["record"], record, "{way}");
        assert_eq!(document.facts()["records"], 1, "{way}");
        assert_eq!(document.facts()["faults"].as_array().map(Vec::len), Some(0), "{way}: {}", document.json);
        assert_eq!(document.findings(), ["spf-size"], "{way}: {}", document.json);
    });
    // The last network of the record.
    both_ways(&zone, "spf", &["--ip", "11.22.179.1"], |document, way| {
        assert_eq!(document.facts()["evaluation"]["result"], "pass", "{way}: {}", document.json);
        assert_eq!(document.facts()["evaluation"]["matched"], "ip4:11.22.179.0/28", "{way}");
    });
}

#[test]
#[ignore = "needs nsd and unbound"]
fn dkim_key_of_4096_bits_is_read_whole() {
    let record = format!("v=DKIM1; k=rsa; n={}; p={KEY}", "a note ".repeat(100).trim_end());
    assert!(record.len() > 1232, "longer than a datagram");
    let zone = format!(
        "{}s1._domainkey IN TXT {}\n",
        mail_zone(ZONE).replace("s1._domainkey", "s2._domainkey"),
        strings(&record)
    );
    both_ways(&zone, "dkim", &["-s", "s1"], |document, way| {
        let key = &document.facts()["keys"][0];
        assert_eq!(key["bits"], 4096, "{way}: {}", document.json);
        assert_eq!(key["outcome"], "usable", "{way}");
        assert_eq!(key["record"], record, "{way}");
        assert_eq!(document.findings(), ["dkim-large-key"], "{way}: {}", document.json);
    });
}

#[test]
#[ignore = "needs nsd and unbound"]
fn policy_among_many_texts_is_found() {
    let others: String =
        (0..40).map(|number| format!("@ IN TXT \"verification-{number}={}\"\n", "x".repeat(60))).collect();
    both_ways(&format!("{}{others}", mail_zone(ZONE)), "spf", &[], |document, way| {
        assert_eq!(document.facts()["record"], "v=spf1 ip4:11.22.33.44 -all", "{way}");
        assert_eq!(document.findings(), ["spf-size"], "{way}: {}", document.json);
    });
}
