//! What documents and lines are judged by: the committed schemas, and that every finding is proven.

use std::collections::HashSet;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

use super::root;

/// Where the schema of a document stands.
pub const DOCUMENT: &str = "schema/v1.json";
/// Where the schema of a line stands.
pub const LINE: &str = "schema/v1-line.json";

/// What is wrong with a document, by the committed schema.
pub fn document_faults(document: &Value) -> Vec<String> {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    faults(VALIDATOR.get_or_init(|| validator(DOCUMENT)), document)
}

/// What is wrong with a line, by the committed schema.
pub fn line_faults(line: &Value) -> Vec<String> {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    faults(VALIDATOR.get_or_init(|| validator(LINE)), line)
}

/// That every finding has evidence, and that rule, subject and `about` tell it from the others of its check.
///
/// # Errors
/// The first finding that breaks it.
pub fn every_finding_is_proven(document: &Value) -> Result<(), String> {
    let all = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    for check in all(document, "targets").iter().flat_map(|target| all(target, "checks")) {
        let mut known = HashSet::new();
        for finding in all(&check, "findings") {
            if all(&finding, "evidence").is_empty() {
                return Err(format!("{} has no evidence: {finding}", finding["id"]));
            }
            let identity = [&finding["id"], &finding["subject"], &finding["about"]].map(Value::to_string);
            if !known.insert(identity.clone()) {
                return Err(format!("two findings of {} are {identity:?}", check["check"]));
            }
        }
    }
    Ok(())
}

fn validator(path: &str) -> Validator {
    let text = std::fs::read_to_string(root().join(path)).expect("the schema is committed");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

fn faults(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
