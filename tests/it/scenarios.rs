//! Every scenario under tests/scenarios: a world, a command line, and exactly what must come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;
use spamcheck::demo::Description;
use spamcheck::registry;

use crate::support::https::Https;
use crate::support::{Home, Up, root};

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Scenario {
    /// What the scenario shows, as a sentence.
    shows: String,
    /// The arguments; `{resolver}` and `{elsewhere}` stand for the worlds' addresses, `{https}` for the web
    /// server's, `{ca}` for the file with its authority and the mail servers', and `{samples}` for the folder of
    /// samples. The ways to the world's mail servers are added.
    argv: Vec<String>,
    /// The exit code.
    exit: i32,
    /// The target's verdict.
    verdict: String,
    /// The user's configuration file.
    #[serde(default)]
    config: String,
    /// Files in the directory that the program runs in, by name.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// The environment.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Texts that the result must hold.
    #[serde(default)]
    says: Vec<String>,
    /// Texts that no format may show, on standard error neither.
    #[serde(default)]
    never: Vec<String>,
    /// Whether the run may end before anybody was asked anything.
    #[serde(default)]
    quiet: bool,
    /// The world behind the resolver.
    world: Description,
    /// A second world, for questions that go to name servers directly.
    elsewhere: Option<Description>,
    /// A web server.
    https: Option<Https>,
    /// The checks, one a subject, in order.
    check: Vec<Expected>,
}

/// What one check must come to: no less and no more.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expected {
    subject: String,
    verdict: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    points: u64,
    #[serde(default)]
    asked: Option<u64>,
    #[serde(default)]
    answered: Option<u64>,
    /// Ids, each as often as it must occur.
    #[serde(default)]
    findings: Vec<String>,
    /// Reasons of the open questions that matter.
    #[serde(default)]
    unclear: Vec<String>,
    /// Reasons of those that do not.
    #[serde(default)]
    harmless: Vec<String>,
    /// Outcomes by zone.
    #[serde(default)]
    outcomes: BTreeMap<String, String>,
}

const FORMATS: [&str; 4] = ["json", "ndjson", "csv", "table"];

fn scenarios() -> Vec<(String, Scenario)> {
    let mut found = Vec::new();
    let top = root().join("tests/scenarios");
    for directory in entries(&top) {
        let check = directory.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(registry::names().any(|name| name == check), "tests/scenarios/{check} belongs to no check");
        let files = entries(&directory);
        assert!(!files.is_empty(), "tests/scenarios/{check} holds no scenario");
        for file in files {
            let name = format!("{check}/{}", file.file_name().expect("a name").to_string_lossy());
            let text = std::fs::read_to_string(&file).expect("a scenario can be read");
            let scenario = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            found.push((name, scenario));
        }
    }
    for check in registry::names() {
        assert!(found.iter().any(|(name, _)| name.starts_with(&format!("{check}/"))), "{check} has no scenario");
    }
    found
}

fn entries(directory: &std::path::Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the scenarios are there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_scenario_comes_out_exactly_as_it_says() {
    let scenarios = scenarios();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let faults = std::sync::Mutex::new(Vec::new());
    // Most of a scenario is waiting for a silent list, so several run at once.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((name, scenario)) =
                    scenarios.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    let outcome = std::panic::catch_unwind(|| play(scenario));
                    let fault = match outcome {
                        Ok(Ok(())) => continue,
                        Ok(Err(fault)) => fault,
                        Err(_) => "panicked, see above".to_owned(),
                    };
                    faults.lock().expect("no holder panics").push(format!("{name} ({}): {fault}", scenario.shows));
                }
            });
        }
    });
    let faults = faults.into_inner().expect("no holder panics");
    assert!(faults.is_empty(), "{} scenarios:\n\n{}", faults.len(), faults.join("\n\n"));
}

fn play(scenario: &Scenario) -> Result<(), String> {
    let mut world = Up::of(scenario.world.clone());
    world.may_be_quiet = scenario.quiet;
    let elsewhere = scenario.elsewhere.clone().map(Up::of);
    let home = Home::new();
    if !scenario.config.is_empty() {
        home.configure(&scenario.config);
    }
    for (name, text) in &scenario.files {
        home.write(name, text);
    }
    let web = scenario.https.as_ref().map(Https::serve);
    let authorities = format!("{}{}", web.as_ref().map_or("", |web| &web.authority), world.authority());
    let authority = home.write("ca.pem", &authorities);
    let filled = |argument: &String| {
        let mut argument = argument.replace("{resolver}", &world.address());
        argument = argument.replace("{ca}", &authority.to_string_lossy());
        argument = argument.replace("{samples}", &root().join("tests/samples").to_string_lossy());
        if let Some(web) = &web {
            argument = argument.replace("{https}", &web.address.to_string());
        }
        match &elsewhere {
            Some(elsewhere) => argument.replace("{elsewhere}", &elsewhere.address()),
            None => argument,
        }
    };
    // Every format must keep a secret, so scenarios with one run in all of them.
    let formats = if scenario.never.is_empty() { &FORMATS[..1] } else { &FORMATS[..] };
    for format in formats {
        let argv: Vec<String> = scenario.argv.iter().map(filled).chain(world.ways()).collect();
        let mut command = home.command(argv.iter().map(String::as_str).chain(["--verbose", "--format", format]));
        command.envs(&scenario.env);
        let run = crate::support::finish(&mut command, "");
        let fault = |what: String| Err(format!("{what}\n{run:#?}"));
        if run.code != Some(scenario.exit) {
            return fault(format!("exit code {:?} instead of {}", run.code, scenario.exit));
        }
        for secret in &scenario.never {
            if run.stdout.contains(secret) || run.stderr.contains(secret) {
                return fault(format!("{secret:?} is shown as {format}"));
            }
        }
        if *format != "json" {
            continue;
        }
        for words in &scenario.says {
            if !run.stdout.contains(words) {
                return fault(format!("{words:?} is not said"));
            }
        }
        let document = run.json();
        let faults = crate::json::document_faults(&document);
        if !faults.is_empty() {
            return fault(format!("against the schema: {faults:?}"));
        }
        compare(scenario, &document).or_else(fault)?;
    }
    Ok(())
}

fn compare(scenario: &Scenario, document: &Value) -> Result<(), String> {
    let targets = document["targets"].as_array().ok_or("no targets")?;
    let [target] = &targets[..] else { return Err(format!("{} targets", targets.len())) };
    if target["verdict"] != scenario.verdict {
        return Err(format!("the target's verdict is {}", target["verdict"]));
    }
    let seen: Vec<Expected> = target["checks"].as_array().ok_or("no checks")?.iter().map(seen).collect();
    let subjects = |checks: &[Expected]| -> Vec<String> { checks.iter().map(|check| check.subject.clone()).collect() };
    if subjects(&seen) != subjects(&scenario.check) {
        return Err(format!("the subjects are {:?}", subjects(&seen)));
    }
    let names = target["checks"].as_array().into_iter().flatten().map(|check| check["check"].clone());
    for ((seen, expected), check) in seen.iter().zip(&scenario.check).zip(names) {
        let expected = Expected {
            asked: expected.asked.or(seen.asked),
            answered: expected.answered.or(seen.answered),
            label: expected.label.clone(),
            subject: expected.subject.clone(),
            verdict: expected.verdict.clone(),
            points: expected.points,
            findings: sorted(expected.findings.clone()),
            unclear: sorted(expected.unclear.clone()),
            harmless: sorted(expected.harmless.clone()),
            outcomes: expected.outcomes.clone(),
        };
        if *seen != expected {
            return Err(format!("expected {expected:#?}\nseen {seen:#?}"));
        }
        if check == "dnsbl"
            && let (Some(asked), Some(answered)) = (seen.asked, seen.answered)
        {
            let applicable = seen.outcomes.values().filter(|outcome| *outcome != "not-applicable").count() as u64;
            let told = ["listed", "allowed", "not-listed"];
            let answers = seen.outcomes.values().filter(|outcome| told.contains(&outcome.as_str())).count() as u64;
            if (asked, answered) != (applicable, answers) {
                return Err(format!("asked {asked} and answered {answered}, rows say {applicable} and {answers}"));
            }
        }
    }
    Ok(())
}

/// A check of the document in the form of an expectation.
fn seen(check: &Value) -> Expected {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = |values: &Value| values.as_array().cloned().unwrap_or_default();
    let open = |decisive: bool| {
        let entries = all(&check["unclear"]);
        sorted(
            entries.iter().filter(|entry| entry["decisive"] == decisive).map(|entry| text(&entry["reason"])).collect(),
        )
    };
    let facts = &check["facts"];
    Expected {
        subject: text(&check["subject"]),
        verdict: text(&check["verdict"]),
        label: facts["label"].as_str().map(str::to_owned),
        points: facts["points"].as_u64().unwrap_or_default(),
        asked: facts["asked"].as_u64(),
        answered: facts["answered"].as_u64(),
        findings: sorted(all(&check["findings"]).iter().map(|finding| text(&finding["id"])).collect()),
        unclear: open(true),
        harmless: open(false),
        outcomes: all(&facts["lists"]).iter().map(|row| (text(&row["zone"]), text(&row["outcome"]))).collect(),
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

#[test]
fn every_rule_has_a_scenario() {
    let scenarios = scenarios();
    let found: BTreeSet<&str> = scenarios
        .iter()
        .flat_map(|(_, scenario)| scenario.check.iter())
        .flat_map(|check| check.findings.iter().map(String::as_str))
        .collect();
    let rules: BTreeSet<&str> = registry::rules().map(|rule| rule.id).collect();
    let without: Vec<_> = rules.difference(&found).collect();
    assert!(without.is_empty(), "rules without a scenario: {without:?}");
    let unknown: Vec<_> = found.difference(&rules).collect();
    assert!(unknown.is_empty(), "scenarios expect what no rule says: {unknown:?}");
}

#[test]
fn every_outcome_of_a_list_has_a_scenario() {
    let scenarios = scenarios();
    let checks = scenarios.iter().flat_map(|(_, scenario)| scenario.check.iter());
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
