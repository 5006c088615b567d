//! Formats for other programs: several at once, from a stored result, with the exit codes their readers expect.

use serde_json::Value;

use crate::support::{Home, Up, finish, root, spamcheck};

/// A world with a listing that fails, and a list that says nothing.
const WORLD: &str = r#"
list = [
    { zone = "bl.example", entries = { "203.0.113.9" = ["127.0.0.2"] } },
    { zone = "silent.example", manner = "silent" },
]
"#;

/// Every format but the table, of which a stored result holds a part only.
const FORMATS: [&str; 11] =
    ["json", "ndjson", "csv", "markdown", "html", "junit", "sarif", "github", "gitlab", "prometheus", "nagios"];

#[test]
fn a_stored_result_is_shown_as_it_would_have_been_at_once() {
    let home = Home::new();
    let reports: Vec<String> = FORMATS.iter().map(|format| format!("--report={format}=at-once.{format}")).collect();
    let mut command = home.command(["demo", "--output", "stored.json", "--format", "json"]);
    let run = finish(command.args(&reports), "");
    run.exits(0);
    assert_eq!(run.stdout, "", "the result is in the files");
    for format in FORMATS {
        let rendered = finish(&mut home.command(["render", "stored.json", "--format", format]), "");
        rendered.exits(if format == "nagios" { 2 } else { 1 });
        let at_once = std::fs::read_to_string(home.path(&format!("at-once.{format}"))).expect("it was written");
        match format {
            // What was stored has its keys in another order.
            "json" => assert_eq!(rendered.json(), serde_json::from_str::<Value>(&at_once).expect("JSON")),
            "ndjson" => {
                let lines = at_once.lines().map(|line| serde_json::from_str(line).expect("JSON"));
                assert_eq!(rendered.lines(), lines.collect::<Vec<Value>>());
            }
            _ => assert!(!at_once.is_empty() && rendered.stdout == at_once, "{format}: {}", rendered.stdout),
        }
    }
    // Lines hold the same results.
    let of_lines = finish(&mut home.command(["render", "at-once.ndjson", "--format", "csv"]), "");
    assert_eq!(of_lines.exits(1).stdout, std::fs::read_to_string(home.path("at-once.csv")).expect("it is there"));
}

#[test]
fn what_is_not_a_stored_result_is_refused_with_the_reason() {
    let home = Home::new();
    let unknown = r#"{"schema":1,"input":"a","kind":"domain","check":"nosuch","subject":"a","verdict":"pass","duration_ms":1,
        "facts":null,"findings":[],"unclear":[],"number":1,"subjects":1}"#;
    let cases = [
        ("", "there is no result in it"),
        ("hello\n", "not a result of spamcheck in JSON"),
        ("{\"schema\":1}", "not a result of spamcheck in JSON"),
        (&unknown.replace('\n', ""), "there is no check \"nosuch\""),
        (&unknown.replace('\n', "").replace("\"schema\":1", "\"schema\":2"), "version 2"),
    ];
    for (text, words) in cases {
        home.write("stored", text.as_bytes());
        finish(&mut home.command(["render", "stored"]), "").exits(2).complains(&[words]);
    }
    finish(&mut home.command(["render", "missing"]), "").exits(2).complains(&["missing"]);
}

#[test]
fn sarif_keeps_its_schema() {
    let text = std::fs::read_to_string(root().join("tests/schemas/sarif-2.1.0.json")).expect("the schema is committed");
    let mut schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    // The standard's own pattern for languages has a bracket too many; no log here names one.
    for part in ["run", "toolComponent"] {
        let language = schema["definitions"][part]["properties"]["language"].as_object_mut();
        language.expect("it is there").remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let run = spamcheck(&["demo", "--format", "sarif"]);
    let log = run.json();
    let faults: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert_eq!(faults, [""; 0]);
    let results = log["runs"][0]["results"].as_array().expect("results");
    let of = |kind: &str, level: &str| results.iter().any(|result| result["kind"] == kind && result["level"] == level);
    assert!(of("fail", "error") && of("fail", "warning") && of("open", "none"), "{results:?}");
    // Each result names its rule twice, by id and by place.
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("it is small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let mut broken = log;
    broken["runs"][0]["results"][0]["level"] = "severe".into();
    assert!(!validator.is_valid(&broken));
}

#[test]
fn junit_counts_what_it_holds_and_takes_warnings_for_failures_if_asked() {
    let home = Home::new();
    home.run(["demo", "--format", "json", "--output", "stored.json"]).exits(0);
    let of = |flags: &[&str]| {
        let run = home.run([&["render", "stored.json", "--format", "junit"], flags].concat());
        let document = roxmltree::Document::parse(&run.stdout).expect("well-formed");
        let suites = document.root_element();
        let number = |name: &str| suites.attribute(name).expect("a count").parse::<usize>().expect("a number");
        let nodes = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
        assert_eq!(number("tests"), nodes("testcase"));
        assert_eq!((number("failures"), number("errors")), (nodes("failure"), nodes("error")));
        assert_eq!(number("skipped"), nodes("skipped"));
        let keys = document.descendants().filter(|node| node.has_tag_name("testcase"));
        let mut keys: Vec<_> = keys.map(|case| (case.attribute("classname"), case.attribute("name"))).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "no two cases bear one name");
        (number("failures"), number("errors"))
    };
    let (failures, errors) = of(&[]);
    assert!(failures > 0 && errors > 0);
    assert!(of(&["--fail-on", "warning"]).0 > failures);
}

#[test]
fn plugin_has_the_exit_codes_of_its_guidelines() {
    let world = Up::new(WORLD);
    let resolver = world.address();
    let run = |flags: &[&str]| {
        let argv = ["dnsbl", "203.0.113.9", "--timeout", "300ms", "--format", "nagios", "--resolver", &resolver];
        spamcheck(&[&argv[..], flags].concat())
    };
    let listed = run(&["--list", "bl.example"]);
    assert!(listed.exits(2).stdout.starts_with("SPAMCHECK CRITICAL - 203.0.113.9: "), "{listed:?}");
    assert!(listed.stdout.contains("| time="), "{listed:?}");
    assert!(run(&["--list", "silent.example"]).exits(3).stdout.starts_with("SPAMCHECK UNKNOWN - "));
    run(&["--list", "silent.example", "--unclear", "ok"]).exits(0);
    run(&["--list", "silent.example", "--unclear", "fail"]).exits(2);
    assert!(run(&["--no-such-flag"]).exits(3).stdout.starts_with("SPAMCHECK UNKNOWN - unexpected argument"));
    assert!(run(&["--list", "a..b"]).exits(3).stdout.starts_with("SPAMCHECK UNKNOWN - "));
}

#[test]
fn report_that_makes_no_sense_is_refused() {
    for (value, words) in
        [("junit", "FORMAT=FILE"), ("xml=a", "\"xml\" is not a format"), ("junit=", "name of the file")]
    {
        spamcheck(&["demo", "--report", value]).exits(2).complains(&[words]);
    }
}

#[test]
fn report_is_not_left_half_written() {
    let home = Home::new();
    home.write("report.xml", b"as it was");
    let argv = ["dnsbl", "203.0.113.9", "--list", "a..b", "--report", "junit=report.xml", "--resolver", "127.0.0.1:1"];
    home.run(argv).exits(2);
    assert_eq!(std::fs::read_to_string(home.path("report.xml")).expect("it is there"), "as it was");
}
