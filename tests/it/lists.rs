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

/// Runs `dnsbl` with a configuration on lists of the user's own; the facts.
fn facts(home: &Home, config: &str, address: &str, resolver: &str, code: i32) -> serde_json::Value {
    let run = home.run(["dnsbl", address, "--config", config, "--group", "own", "--resolver", resolver, "--json"]);
    run.exits(code).json()["targets"][0]["checks"][0]["facts"].clone()
}

#[test]
fn whole_main_cf_counts_as_postscreen_counts() {
    let world = Up::new(
        r#"
        list = [
            { zone = "zen.spamhaus.org", entries = { "203.0.113.1" = ["127.0.0.4", "127.0.0.11"], "203.0.113.2" = ["127.0.0.4"] } },
            { zone = "bl.example", entries = { "203.0.113.3" = ["127.0.0.3"], "203.0.113.4" = ["127.0.0.2"] } },
            { zone = "wl.example", entries = { "203.0.113.1" = ["127.0.0.1"], "203.0.113.2" = ["127.0.0.19"] } },
        ]
        "#,
    );
    let home = Home::new();
    home.write(
        "main.cf",
        "biff = no\nmyhostname = mx.example.net\nsmtpd_tls_cert_file=/etc/ssl/mail.pem\n\
         postscreen_dnsbl_action = enforce\nown = bl.example=127.0.0.[2;4]*4\n\
         postscreen_dnsbl_sites = zen.spamhaus.org=127.0.0.[2..11]*5\n# heavier\n  zen.spamhaus.org=127.0.0.[4..7]*1,\n  \
         $own wl.example=127.0.[0..1].[1;18..20]*-3\n\
         postscreen_dnsbl_threshold = 4\nsmtpd_recipient_restrictions = permit_mynetworks,\n  reject_unauth_destination\n",
    );
    home.run(["lists", "import", "main.cf", "-o", "postscreen.toml"]).exits(0);
    let resolver = world.address();
    for (address, code, points) in
        [("203.0.113.1", 0, 3), ("203.0.113.2", 0, 3), ("203.0.113.3", 0, 0), ("203.0.113.4", 1, 4)]
    {
        let facts = facts(&home, "postscreen.toml", address, &resolver, code);
        assert_eq!((&facts["points"], &facts["threshold"]), (&points.into(), &4.into()), "{address}: {facts}");
    }
}

#[test]
fn restrictions_of_smtpd_are_lists_too() {
    let home = Home::new();
    home.write(
        "main.cf",
        "smtpd_recipient_restrictions = permit_mynetworks\n permit_dnswl_client list.dnswl.org=127.0.[0..255].[1..3]\n \
         reject_rbl_client bl.example=127.0.0.[2;4]\n reject_rhsbl_sender dbl.example\n",
    );
    let run = home.run(["lists", "import", "main.cf"]);
    for part in ["zone = \"bl.example\"", "match = \"127.0.0.[2;4]\"", "kinds = [\"domain\"]", "effect = \"allow\""] {
        assert!(run.exits(0).stdout.contains(part), "{part}: {}", run.stdout);
    }
    home.write("main.cf", "a = b\nsmtpd_client_restrictions =\n reject_rbl_client $elsewhere\n");
    home.run(["lists", "import", "main.cf"]).exits(2).complains(&["main.cf:3: $elsewhere is not set in this file"]);
}

#[test]
fn key_of_an_imported_zone_goes_into_a_private_file_and_nowhere_else() {
    const KEY: &str = "abcdefghijklmnopqrstuvwxyz";
    let home = Home::new();
    home.write("main.cf", format!("postscreen_dnsbl_sites = {KEY}.zen.dq.spamhaus.net=127.0.0.[4..7]*6\n"));
    let shown = home.run(["lists", "import", "main.cf"]);
    shown.exits(0).complains(&["set SPAMHAUS_DQS_ZEN_KEY to the key of spamhaus-dqs-zen"]);
    assert!(!format!("{shown:?}").contains(KEY), "{shown:?}");
    home.run(["lists", "import", "main.cf", "-o", "own.toml"]).exits(0);
    let world = Up::new(&format!(
        "list = [{{ zone = \"{KEY}.zen.dq.spamhaus.net\", entries = {{ \"203.0.113.1\" = [\"127.0.0.4\"] }} }}]"
    ));
    let facts = facts(&home, "own.toml", "203.0.113.1", &world.address(), 1);
    assert_eq!(facts["lists"][0]["zone"], "{key}.zen.dq.spamhaus.net");
    assert!(!facts.to_string().contains(KEY), "{facts}");
    for argv in [
        vec!["lists", "show", "abcdefghijklmnopqrstuvwxyz.zen.dq.spamhaus.net"],
        vec!["lists", "show", "abcdefghijklmnop12345678.nosuch.example"],
        vec!["dnsbl", "203.0.113.1", "--list", "abcdefghijklmnopqrstuvwxyz.zen.dq.spamhaus.net/"],
        vec!["dnsbl", "203.0.113.1", "--skip", "abcdefghijklmnop12345678.nosuch.example"],
    ] {
        let run = home.run(argv);
        let all = format!("{run:?}");
        assert!(!all.contains(KEY) && !all.contains("abcdefghijklmnop12345678"), "{all}");
    }
}

#[cfg(unix)]
#[test]
fn file_with_a_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    home.write("main.cf", "postscreen_dnsbl_sites = mine.zen.dq.spamhaus.net\n");
    home.run(["lists", "import", "main.cf", "-o", "own.toml"]).exits(0);
    let mode = std::fs::metadata(home.path("own.toml")).expect("the file is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn heaviest_list_is_to_be_mended_first() {
    let world = Up::new(
        r#"
        list = [
            { zone = "bl.mailspike.net", entries = { "203.0.113.9" = ["127.0.0.11"] } },
            { zone = "zen.spamhaus.org", entries = { "203.0.113.9" = ["127.0.0.3"] } },
            { zone = "bl.spamcop.net", entries = { "203.0.113.9" = ["127.0.0.2"] } },
        ]
        "#,
    );
    let resolver = world.address();
    let mut argv = vec!["dnsbl", "203.0.113.9", "--resolver", &resolver];
    for zone in ["bl.mailspike.net", "bl.spamcop.net", "zen.spamhaus.org"] {
        argv.extend(["--list", zone]);
    }
    let run = spamcheck(&argv);
    let steps = run.exits(1).stdout.rsplit("What to do").next().unwrap_or_default();
    let places: Vec<_> = ["check.spamhaus.org", "www.spamcop.net", "mailspike.io"].map(|link| steps.find(link)).into();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{steps}");
}

#[test]
fn weighty_lists_that_are_not_asked_are_named_once() {
    let world = Up::new("");
    let resolver = world.address();
    let run = spamcheck(&["dnsbl", "8.8.8.8", "8.8.4.4", "--resolver", &resolver]);
    let said = run.exits(3).stdout.matches("Not asked").count();
    assert!(said == 1 && run.stdout.contains("Barracuda BRBL"), "{}", run.stdout);
    let run = spamcheck(&["dnsbl", "8.8.8.8", "--only", "psbl", "--resolver", &resolver]);
    assert!(!run.stdout.contains("Not asked"), "{}", run.stdout);
}
