//! `lists`: what the catalogue shows, and what it takes over from other programs.

use crate::support::{Home, Up, spamcheck};

#[test]
fn lists_are_filtered_by_group_kind_and_status() {
    let all = spamcheck(&["lists", "--json"]).json();
    let all = all.as_array().expect("an array").len();
    let domains = spamcheck(&["lists", "--json", "--kind", "domain", "--status", "active"]).json();
    let domains = domains.as_array().expect("an array");
    assert!(!domains.is_empty() && domains.len() < all);
    let serves = |list: &serde_json::Value| {
        list["kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "domain"))
    };
    assert!(domains.iter().all(|list| serves(list) && list["status"] == "active"));
    spamcheck(&["lists", "--group", "nosuch"]).exits(2).complains(&["there is no such group"]);
}

#[test]
fn list_is_shown_by_id_and_by_zone() {
    let by_id = spamcheck(&["lists", "show", "psbl"]);
    let by_zone = spamcheck(&["lists", "show", "psbl.surriel.com"]);
    assert_eq!(by_id.exits(0).stdout, by_zone.stdout);
    assert!(by_id.stdout.contains("127.0.0.2"));
    spamcheck(&["lists", "show", "nosuch"]).exits(2).complains(&["\"nosuch\" is no list"]);
}

#[test]
fn mailtraq_rules_work_as_they_did_there() {
    let world = Up::new(
        r#"
        list = [
            { zone = "one.example", entries = { "203.0.113.1" = ["127.0.0.2"], "203.0.113.2" = ["127.0.0.9"], "203.0.113.3" = ["127.0.0.3"] } },
            { zone = "two.example", entries = { "203.0.113.2" = ["127.0.0.9"] } },
        ]
        "#,
    );
    let home = Home::new();
    home.write(
        "rules.txt",
        "%4.%3.%2.%1.one.example\n\
         Response=127.0.0.2,Points=101,Message=Blocked as Relay,Header= 127.0.0.2 Blocked as Relay\n\
         Response=127.0.0.3,Points=0,Message=Dial-up\n\
         Response=127.*.*.*,%=51\n\
         %4.%3.%2.%1.two.example\n\
         Response=127.*.*.*\n  %=50\n",
    );
    home.run(["lists", "import", "rules.txt", "-o", "mailtraq.toml"]).exits(0);
    let resolver = world.address();
    let verdict = |address: &str, code: i32| {
        let argv = ["dnsbl", address, "--config", "mailtraq.toml", "--group", "own", "--resolver", &resolver, "--json"];
        let run = home.run(argv);
        run.exits(code);
        run.json()["targets"][0]["checks"][0]["facts"].clone()
    };
    let relay = verdict("203.0.113.1", 1);
    assert_eq!((&relay["points"], &relay["threshold"]), (&101.into(), &101.into()));
    let code = &relay["lists"][0]["codes"][0];
    assert_eq!(
        (code["message"].as_str(), code["header"].as_str()),
        (Some("Blocked as Relay"), Some("127.0.0.2 Blocked as Relay"))
    );
    assert_eq!(verdict("203.0.113.2", 1)["points"], 101, "51 and 50 act together");
    assert_eq!(verdict("203.0.113.3", 0)["points"], 0, "an exception in front of a catch-all holds");
}

#[test]
fn import_names_file_and_line_and_points_out_what_is_retired() {
    let home = Home::new();
    home.write("bad.txt", "%4.%3.%2.%1.bl.example\nResponse=127.0.0.300\n");
    home.run(["lists", "import", "bad.txt"]).exits(2).complains(&["bad.txt:2:", "127.0.0.300"]);
    home.write("old.txt", "relays.osirusoft.com\ndnsbl.sorbs.net\nbl.example\n");
    let run = home.run(["lists", "import", "old.txt"]);
    run.exits(0).complains(&["line 1: relays.osirusoft.com is out of service", "line 2: dnsbl.sorbs.net"]);
    assert!(run.stdout.contains("zone = \"bl.example\""));
    home.run(["lists", "import", "missing.txt"]).exits(2).complains(&["missing.txt cannot be read"]);
}

#[test]
fn postscreen_sites_keep_their_weights_and_threshold() {
    let world = Up::new(
        "list = [{ zone = \"one.example\", entries = { \"203.0.113.1\" = [\"127.0.0.5\"], \"203.0.113.2\" = [\"127.0.0.9\"] } }]",
    );
    let home = Home::new();
    home.write("main.cf", "postscreen_dnsbl_threshold = 3\npostscreen_dnsbl_sites = one.example=127.0.0.[4..7]*6\n");
    home.run(["lists", "import", "main.cf", "-o", "postscreen.toml"]).exits(0);
    let resolver = world.address();
    for (address, code, points) in [("203.0.113.1", 1, 6), ("203.0.113.2", 0, 0)] {
        let argv =
            ["dnsbl", address, "--config", "postscreen.toml", "--group", "own", "--resolver", &resolver, "--json"];
        let run = home.run(argv);
        assert_eq!(run.exits(code).json()["targets"][0]["checks"][0]["facts"]["points"], points, "{run:?}");
    }
}
