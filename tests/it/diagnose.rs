//! `diagnose` on samples of every mail program: each is read to exactly what stands beside it.

use serde_json::Value;

use crate::support::{root, spamcheck};

/// What of the expected is missing in the found.
fn differences(expected: &Value, found: &Value, path: &str, into: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                differences(value, found.get(name).unwrap_or(&Value::Null), &format!("{path}.{name}"), into);
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
                differences(expected, found, &format!("{path}[{at}]"), into);
            }
        }
        _ if expected == found => {}
        _ => into.push(format!("{path}: {found} is not {expected}")),
    }
}

#[test]
fn samples_are_read_to_what_stands_beside_them() {
    let folder = root().join("tests/samples/diagnose");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("samples") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            continue;
        }
        count += 1;
        let beside = std::fs::read_to_string(path.with_extension("json")).expect("what is expected");
        let expected: Value = serde_json::from_str(&beside).expect("valid JSON");
        let name = path.to_str().expect("a name");
        let run = spamcheck(&["diagnose", "--offline", "--json", name, "--resolver", "127.0.0.1:9"]);
        let found = &run.json()["targets"][0]["checks"][0]["facts"];
        let mut missing = Vec::new();
        differences(&expected, found, "", &mut missing);
        wrong.extend(missing.into_iter().map(|what| format!("{}{what}", path.file_name().expect("a name").display())));
    }
    assert!(count >= 60, "{count} samples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_no_evidence_is_named_and_exits_2() {
    spamcheck(&["diagnose", "no/such/file.eml"]).exits(2).complains(&["no/such/file.eml", "give a bounce"]);
    spamcheck(&["diagnose", "what is this"]).exits(2).complains(&["what is this"]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("photo.jpg");
    std::fs::write(&file, b"\x89PNG\r\n\x1a\n\x00\x01").expect("written");
    let file = file.to_str().expect("a name");
    let run = spamcheck(&["diagnose", "--offline", file, "--resolver", "127.0.0.1:9"]);
    run.exits(2);
    assert!(run.stdout.contains("no mail server's log"), "{}", run.stdout);
}
