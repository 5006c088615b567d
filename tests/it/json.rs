//! The JSON documents keep their schema, and the schema keeps what was written before.

use jsonschema::Validator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use spamcheck::registry::AnyFacts;
use spamcheck::report::document::{Document, Line};

use crate::support::schema::{DOCUMENT, LINE, document_faults, every_finding_is_proven, line_faults};
use crate::support::{Home, Up, committed, finish, root, spamcheck};

fn schema<T: schemars::JsonSchema>() -> Value {
    // For what is written: a key that may be null is there all the same.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn text(schema: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(schema).expect("a schema is JSON");
    text.push(b'\n');
    text
}

#[test]
fn every_finding_of_the_demo_is_proven() {
    assert_eq!(every_finding_is_proven(&spamcheck(&["demo", "--json"]).json()), Ok(()));
}

#[test]
fn finding_without_evidence_or_identity_is_noticed() {
    let finding = json!({ "id": "a", "subject": "b", "about": null, "evidence": [{}] });
    let document = |findings: &[&Value]| json!({ "targets": [{ "checks": [{ "check": "c", "findings": findings }] }] });
    assert_eq!(every_finding_is_proven(&document(&[&finding])), Ok(()));
    assert!(every_finding_is_proven(&document(&[&finding, &finding])).is_err());
    let mut bare = finding.clone();
    bare["evidence"] = json!([]);
    assert!(every_finding_is_proven(&document(&[&bare])).is_err());
}

#[test]
fn generated_schemas_are_committed() {
    committed(DOCUMENT, &text(&schema::<Document<'_, AnyFacts>>()));
    committed(LINE, &text(&schema::<Line<'_, AnyFacts>>()));
}

#[test]
fn documents_of_the_demo_are_valid() {
    let run = spamcheck(&["demo", "--json"]);
    run.exits(0);
    assert_eq!(document_faults(&run.json()), [""; 0]);
    let run = spamcheck(&["demo", "--format", "ndjson"]);
    run.exits(0);
    for line in run.lines() {
        assert_eq!(line_faults(&line), [""; 0]);
    }
}

#[test]
fn results_without_facts_are_valid() {
    let world = Up::new("list = [{ zone = \"bl.example\", manner = \"silent\" }]");
    for (format, late) in [("json", "100ms"), ("ndjson", "100ms"), ("json", "10s"), ("ndjson", "10s")] {
        let argv = ["dnsbl", "--input", "-", "--list", "bl.example", "--timeout", "300ms", "--deadline", late];
        let home = Home::new();
        let mut command = home.command(argv);
        command.args(["--resolver", &world.address(), "--format", format]);
        let run = finish(&mut command, "no target\n203.0.113.9\n2001:db8::1\n");
        run.exits(3);
        if format == "json" {
            assert_eq!(document_faults(&run.json()), [""; 0]);
        } else {
            assert_eq!(run.lines().len(), 3);
            run.lines().iter().for_each(|line| assert_eq!(line_faults(line), [""; 0]));
        }
    }
}

#[test]
fn every_key_of_the_schema_is_required() {
    // Every key is always there, absent is null: for this the schema must name every property as required.
    fn walk(schema: &Value, path: &str) {
        if let Some(properties) = schema["properties"].as_object() {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            for key in properties.keys() {
                assert!(required.contains(&json!(key)), "{path}: {key} may be missing");
            }
        }
        match schema {
            Value::Object(object) => object.iter().for_each(|(key, value)| walk(value, &format!("{path}/{key}"))),
            Value::Array(values) => values.iter().for_each(|value| walk(value, path)),
            _ => {}
        }
    }
    walk(&schema::<Document<'_, AnyFacts>>(), "");
    walk(&schema::<Line<'_, AnyFacts>>(), "");
}

#[test]
fn schema_refuses_what_is_no_report() {
    let sound = spamcheck(&["demo", "--json"]).json();
    let mut without = sound.clone();
    without.as_object_mut().expect("an object").remove("summary");
    assert_ne!(document_faults(&without), [""; 0]);
    let mut wrong = sound.clone();
    wrong["targets"][0]["verdict"] = json!("maybe");
    assert_ne!(document_faults(&wrong), [""; 0]);
    let mut wrong = sound;
    wrong["targets"][0]["checks"][0]["facts"]["lists"][0]["outcome"] = json!("not_listed");
    assert_ne!(document_faults(&wrong), [""; 0]);
}

/// The schema as earlier output must meet it: a field added since may be missing, but every field that was
/// there must still be known, with the same type and the same words.
fn for_earlier_output(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.remove("required");
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
            object.values_mut().for_each(for_earlier_output);
        }
        Value::Array(values) => values.iter_mut().for_each(for_earlier_output),
        _ => {}
    }
}

fn earlier_validator(path: &str) -> Validator {
    let text = std::fs::read_to_string(root().join(path)).expect("the schema is committed");
    let mut schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    for_earlier_output(&mut schema);
    jsonschema::validator_for(&schema).expect("the schema is one")
}

#[test]
fn samples_of_earlier_output_keep_validating() {
    let (document, line) = (earlier_validator(DOCUMENT), earlier_validator(LINE));
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("tests/samples")).expect("the samples are committed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a sample can be read");
        let is_lines = path.extension().is_some_and(|extension| extension == "ndjson");
        let (validator, parts) = if is_lines { (&line, text.lines().collect()) } else { (&document, vec![&*text]) };
        for part in parts {
            let value: Value = serde_json::from_str(part).expect("a sample is JSON");
            let faults: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 2, "{seen} samples");
}

#[test]
fn field_that_vanished_or_changed_would_be_noticed_in_the_samples() {
    let validator = earlier_validator(DOCUMENT);
    let text = std::fs::read_to_string(root().join("tests/samples/v1-demo.json")).expect("a sample");
    let sample: Value = serde_json::from_str(&text).expect("a sample is JSON");
    assert!(validator.is_valid(&sample));
    let mut vanished = sample.clone();
    vanished["resolver"]["formerly"] = json!(true);
    assert!(!validator.is_valid(&vanished));
    let mut changed = sample;
    changed["duration_ms"] = json!("12");
    assert!(!validator.is_valid(&changed));
}

#[test]
fn every_enum_value_is_kebab_case() {
    fn walk(schema: &Value) {
        let words = schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
        for word in words.filter_map(Value::as_str) {
            let fits = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            assert!(fits, "{word}");
        }
        match schema {
            Value::Object(object) => object.values().for_each(walk),
            Value::Array(values) => values.iter().for_each(walk),
            _ => {}
        }
    }
    walk(&schema::<Document<'_, AnyFacts>>());
}

#[test]
fn lines_leave_clean_rows_out_and_documents_do_not() {
    let world = Up::new(
        "list = [{ zone = \"a.example\", entries = { \"203.0.113.9\" = [\"127.0.0.2\"] } }, { zone = \"b.example\" }]",
    );
    let rows = |flags: &[&str]| {
        let argv = ["dnsbl", "203.0.113.9", "--list", "a.example", "--list", "b.example"];
        let run = spamcheck(&[&argv[..], &["--resolver", &world.address()], flags].concat());
        run.exits(1);
        let value = run.json();
        let facts = if value["facts"].is_null() { &value["targets"][0]["checks"][0]["facts"] } else { &value["facts"] };
        assert_eq!(facts["asked"], 2, "counts are always complete");
        assert_eq!(facts["answered"], 2, "counts are always complete");
        facts["lists"].as_array().expect("rows").len()
    };
    assert_eq!(rows(&["--json"]), 2);
    assert_eq!(rows(&["--format", "ndjson"]), 1);
    assert_eq!(rows(&["--json", "--rows", "hits"]), 1);
    assert_eq!(rows(&["--format", "ndjson", "--rows", "all"]), 2);
}
