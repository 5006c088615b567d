//! Every scenario under tests/scenarios is a test of its own: `cargo test scenario::spf::` plays those of `spf`.

#![allow(missing_docs, reason = "tests are read as sentences, not as an API")]
#![allow(unreachable_pub, reason = "nothing outside this binary can reach anything here")]

mod https;
mod mark;
mod play;
#[allow(dead_code, reason = "scenarios need a part of what the tests share")]
#[path = "../it/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use spamcheck::registry;

use play::{Scenario, play};
use support::root;

/// Scenarios played at once unless `--test-threads` says otherwise: most of one is waiting for a silent list.
const AT_ONCE: usize = 4;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let whole: [(&str, fn()); 3] = [
        ("every_check_has_a_folder_with_scenarios", every_check_has_a_folder_with_scenarios),
        ("every_rule_has_a_scenario", every_rule_has_a_scenario),
        ("every_outcome_of_a_list_has_a_scenario", every_outcome_of_a_list_has_a_scenario),
    ];
    let whole = whole.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    let played = files().into_iter().map(|file| Trial::test(name(&file), move || test(&file)));
    libtest_mimic::run(&arguments, whole.chain(played).collect()).exit_code()
}

/// The files of all scenarios, by check and name.
fn files() -> Vec<PathBuf> {
    entries(&root().join("tests/scenarios")).iter().flat_map(|folder| entries(folder)).collect()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the scenarios are there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// A scenario's name among the tests: `scenario::spf::no-record`.
fn name(file: &Path) -> String {
    format!("scenario::{}::{}", folder(file), file.file_stem().expect("a name").to_string_lossy())
}

fn folder(file: &Path) -> String {
    let folder = file.parent().and_then(Path::file_name).expect("a scenario stands in a folder");
    folder.to_string_lossy().into_owned()
}

fn read(file: &Path) -> Scenario {
    let text = std::fs::read_to_string(file).expect("a scenario can be read");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", name(file)))
}

fn test(file: &Path) -> Result<(), Failed> {
    let scenario = read(file);
    play(&scenario).map_err(|fault| format!("{}: {fault}", scenario.shows).into())
}

fn every_check_has_a_folder_with_scenarios() {
    let folders: BTreeSet<String> = entries(&root().join("tests/scenarios"))
        .iter()
        .map(|folder| folder.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    let files = files();
    let played: BTreeSet<String> = files.iter().map(|file| folder(file)).collect();
    let checks: BTreeSet<String> = registry::names().map(str::to_owned).collect();
    assert_eq!(folders, checks, "a folder per check, and none besides");
    assert_eq!(played, checks, "a scenario per check");
    let strays: Vec<_> = files.iter().filter(|file| file.extension().is_none_or(|end| end != "toml")).collect();
    assert!(strays.is_empty(), "no scenarios: {strays:?}");
}

fn every_rule_has_a_scenario() {
    let scenarios: Vec<Scenario> = files().iter().map(|file| read(file)).collect();
    let found: BTreeSet<&str> = scenarios
        .iter()
        .flat_map(|scenario| scenario.check.iter())
        .flat_map(|check| check.findings.iter().map(String::as_str))
        .collect();
    let rules: BTreeSet<&str> = registry::rules().map(|rule| rule.id).collect();
    let without: Vec<_> = rules.difference(&found).collect();
    assert!(without.is_empty(), "rules without a scenario: {without:?}");
    let unknown: Vec<_> = found.difference(&rules).collect();
    assert!(unknown.is_empty(), "scenarios expect what no rule says: {unknown:?}");
}

fn every_outcome_of_a_list_has_a_scenario() {
    let scenarios: Vec<Scenario> = files().iter().map(|file| read(file)).collect();
    let checks = scenarios.iter().flat_map(|scenario| scenario.check.iter());
    let found: BTreeSet<&str> = checks.flat_map(|check| check.outcomes.values().map(String::as_str)).collect();
    let all = BTreeSet::from([
        "allowed",
        "dead",
        "filtered",
        "foreign-answer",
        "listed",
        "not-applicable",
        "not-listed",
        "refused",
        "servfail",
        "timeout",
        "unproven",
        "wildcard",
    ]);
    assert_eq!(found, all);
}
