//! Names of addresses: several of them, and zones delegated by aliases (RFC 2317).

use crate::support::run::{Document, check};
use crate::support::servers::{Server, Unbound, nsd};
use crate::support::{REVERSE, zone_head};

const ZONE: &str = "example.org";
/// Where the provider's aliases lead.
const CUSTOMER: &str = "40-47.33.22.11.in-addr.arpa";

/// A provider's reverse zone on one nsd, the customer's part of it on another, and the customer's names.
struct World {
    _provider: Server,
    _customer: Server,
    resolver: Server,
}

impl World {
    fn new(provider: &str, customer: &str, names: &str) -> Self {
        let provider = format!("{}{provider}", zone_head(REVERSE));
        let names = format!("{}{names}", zone_head(ZONE));
        let provider = nsd(&[(REVERSE, &provider), (ZONE, &names)]);
        let customer = nsd(&[(CUSTOMER, &format!("{}{customer}", zone_head(CUSTOMER)))]);
        let resolver = Unbound::new().stub(REVERSE, &provider).stub(ZONE, &provider).stub(CUSTOMER, &customer);
        World { _provider: provider, _customer: customer, resolver: resolver.start() }
    }

    fn check(&self, target: &str) -> Document {
        check("ptr", target, &self.resolver.as_resolver(), &["--timeout", "20s"])
    }
}

#[test]
#[ignore = "needs nsd and unbound"]
fn name_behind_an_alias_of_the_provider_is_confirmed() {
    let alias = format!("44 IN CNAME 44.{CUSTOMER}.\n");
    let world = World::new(&alias, "44 IN PTR mail.example.org.\n", "mail IN A 11.22.33.44\n");
    let document = world.check("11.22.33.44");
    assert_eq!(document.facts()["status"], "confirmed", "{}", document.json);
    assert_eq!(document.facts()["iprev"], "pass", "{}", document.json);
    assert_eq!(document.facts()["chain"][0], format!("44.{CUSTOMER}"), "{}", document.json);
    assert_eq!(document.facts()["names"][0]["name"], "mail.example.org");
    assert_ne!(document.verdict(), "fail", "{}", document.json);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn alias_into_a_zone_without_the_name_is_a_missing_name() {
    let alias = format!("44 IN CNAME 44.{CUSTOMER}.\n");
    let world = World::new(&alias, "45 IN PTR mail.example.org.\n", "mail IN A 11.22.33.44\n");
    let document = world.check("11.22.33.44");
    assert_eq!(document.facts()["status"], "nxdomain", "{}", document.json);
    assert_eq!(document.verdict(), "fail", "{}", document.json);
    assert!(document.details().contains(CUSTOMER), "{}", document.json);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn one_name_of_several_that_leads_back_confirms_the_address() {
    let reverse = "44 IN PTR mail.example.org.\n44 IN PTR www.example.org.\n44 IN PTR gone.example.org.\n";
    let names = "mail IN A 11.22.33.44\nwww IN A 11.22.33.99\n";
    let document = World::new(reverse, "", names).check("11.22.33.44");
    assert_eq!(document.facts()["status"], "confirmed", "{}", document.json);
    let names = document.facts()["names"].as_array().expect("names");
    let confirmed: Vec<_> = names.iter().filter(|row| row["confirmed"] == true).map(|row| &row["name"]).collect();
    assert_eq!(names.len(), 3, "{}", document.json);
    assert_eq!(confirmed, ["mail.example.org"], "{}", document.json);
    assert_eq!(document.findings(), ["ptr-several"], "{}", document.json);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn many_names_come_over_tcp_and_ten_are_looked_up() {
    let reverse: String =
        (0..40).map(|name| format!("44 IN PTR host-number-{name:02}-of-a-crowd.example.org.\n")).collect();
    let names: String = (0..40).map(|name| format!("host-number-{name:02}-of-a-crowd IN A 11.22.33.44\n")).collect();
    let document = World::new(&reverse, "", &names).check("11.22.33.44");
    let rows = document.facts()["names"].as_array().expect("names");
    assert_eq!(rows.len(), 40, "{}", document.json);
    assert_eq!(rows.iter().filter(|row| row["confirmed"] == true).count(), 10, "{}", document.json);
    assert_eq!(document.facts()["status"], "confirmed", "{}", document.json);
}

#[test]
#[ignore = "needs nsd and unbound"]
fn missing_name_and_name_without_record_are_told_apart() {
    let world = World::new("45 IN TXT \"no name\"\n", "", "");
    let missing = world.check("11.22.33.44");
    assert_eq!(missing.facts()["status"], "nxdomain", "{}", missing.json);
    assert_eq!(missing.findings(), ["ptr-missing"]);
    let empty = world.check("11.22.33.45");
    assert_eq!(empty.facts()["status"], "no-data", "{}", empty.json);
    assert_eq!(empty.findings(), ["ptr-missing"]);
}
