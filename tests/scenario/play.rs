//! Plays one scenario: a world, a command line, and exactly what must come of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::Value;
use spamcheck::demo::Description;
use spamcheck::render::Format;

use crate::https::{Https, Served};
use crate::remedy::record_in;
use crate::support::schema::{document_faults, every_finding_is_proven};
use crate::support::{Home, Run, Up, finish, root};

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What the scenario shows, as a sentence.
    pub shows: String,
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
    /// Texts that the document must hold.
    #[serde(default)]
    says: Vec<String>,
    /// Texts that the plain table must hold, 80 columns wide.
    #[serde(default)]
    stdout_has: Vec<String>,
    /// Texts that it must not hold.
    #[serde(default)]
    stdout_lacks: Vec<String>,
    /// Texts that no format may show, on standard error neither.
    #[serde(default)]
    never: Vec<String>,
    /// Whether the run may end before anybody was asked anything.
    #[serde(default)]
    quiet: bool,
    /// Whether the words count what came in time, and so differ from run to run.
    #[serde(default)]
    timed: bool,
    /// The world behind the resolver.
    world: Description,
    /// A second world, for questions that go to name servers directly.
    elsewhere: Option<Description>,
    /// A web server.
    https: Option<Https>,
    /// The checks, one per subject, in order.
    pub check: Vec<Expected>,
}

/// What one check must come to: no less and no more.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Expected {
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
    pub findings: Vec<String>,
    /// Reasons of the open questions that matter.
    #[serde(default)]
    unclear: Vec<String>,
    /// Reasons of those that do not.
    #[serde(default)]
    harmless: Vec<String>,
    /// Outcomes by zone.
    #[serde(default)]
    pub outcomes: BTreeMap<String, String>,
}

/// Plays a scenario and compares.
///
/// # Errors
/// What came out otherwise, with the whole run.
pub fn play(scenario: &Scenario) -> Result<(), String> {
    let stage = Stage::set(scenario, scenario.world.clone());
    // Every format must keep a secret, so scenarios with one run in all of them.
    let formats = if scenario.never.is_empty() { &[Format::Json] } else { Format::value_variants() };
    let mut document = Value::Null;
    for format in formats.iter().filter_map(Format::to_possible_value) {
        let run = stage.run(&["--verbose", "--format", format.get_name()]);
        judge(scenario, &run, format.get_name()).map_err(|fault| format!("{fault}\n{run:#?}"))?;
        if format.get_name() == "json" {
            document = run.json();
            carried_out(scenario, &document)?;
        }
    }
    let is_read = !scenario.stdout_has.is_empty() || !scenario.stdout_lacks.is_empty();
    if is_read {
        on_another_stage(scenario, "80", judge_text)?;
    }
    if !scenario.timed && (is_read || scenario.check.iter().any(|check| !check.unclear.is_empty())) {
        on_another_stage(scenario, "200", |_, run| tells_all(&document, &run.stdout))?;
    }
    Ok(())
}

/// Runs for the plain table on a stage of its own, since a world may remember who has asked, and judges it.
fn on_another_stage(
    scenario: &Scenario,
    columns: &str,
    judge: impl FnOnce(&Scenario, &Run) -> Result<(), String>,
) -> Result<(), String> {
    let run = Stage::set(scenario, scenario.world.clone()).run_at(columns, &["--format", "table"]);
    judge(scenario, &run).map_err(|fault| format!("{fault}\nstdout:\n{}\nstderr:\n{}", run.stdout, run.stderr))
}

/// What matters of a document, a person must see too: the words of each open question that does, and each rule that
/// is broken, with one of them to be explained.
fn tells_all(document: &Value, table: &str) -> Result<(), String> {
    let table = even(table);
    let checks = document["targets"][0]["checks"].as_array().ok_or("no checks")?;
    let all =
        |key: &str| checks.iter().flat_map(|check| check[key].as_array().into_iter().flatten()).collect::<Vec<_>>();
    for open in all("unclear") {
        let words = even(open["detail"].as_str().unwrap_or_default());
        if open["decisive"] == true && open["reason"] != "not-applicable" && !table.contains(&words) {
            return Err(format!("the table does not tell {words:?}"));
        }
    }
    let wrong: Vec<&str> = all("findings")
        .into_iter()
        .filter(|finding| finding["severity"] != "note")
        .filter_map(|finding| finding["id"].as_str())
        .collect();
    if let Some(id) = wrong.iter().find(|id| !table.contains(&format!(" {id} "))) {
        return Err(format!("the table does not name {id}"));
    }
    let is_explained = wrong.iter().any(|id| table.contains(&format!("spamcheck explain {id}")));
    if is_explained == wrong.is_empty() { Err("the wrong rule is explained, or none".to_owned()) } else { Ok(()) }
}

/// Text without its layout, and without what is another each time: the ports of a world, recipients at random, times of
/// day, and how often a silent server was asked.
fn even(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let mut word = word.to_owned();
        for random in ["127.0.0.1:", "spamcheck-probe-"] {
            if let Some((before, rest)) = word.rsplit_once(random) {
                let rest = rest.trim_start_matches(|character: char| character.is_ascii_hexdigit());
                word = format!("{before}{random}{rest}");
            }
        }
        // RFC 3339 in universal time: 2026-11-26T18:06:33Z.
        if word.get(10..11) == Some("T")
            && let Some((_, behind)) = word.rsplit_once('Z')
        {
            word = format!("TIME{behind}");
        }
        word
    });
    let text = words.collect::<Vec<_>>().join(" ");
    let parts = text.split(" tries").map(|part| part.trim_end_matches(|character: char| character.is_ascii_digit()));
    parts.collect::<Vec<_>>().join(" tries")
}

/// Publishes each record that a remedy spells out, and runs again: its finding must be gone, and none of the same
/// severity may have come.
fn carried_out(scenario: &Scenario, document: &Value) -> Result<(), String> {
    let before = findings(document);
    for finding in &before {
        let remedy = finding["remedy"].as_str().unwrap_or_default();
        let Some(record) = record_in(remedy) else { continue };
        let mut world = scenario.world.clone();
        let published = format!("{record:?}");
        record.publish(&mut world);
        let run = Stage::set(scenario, world).run(&["--verbose", "--format", "json"]);
        let is_same = |other: &Value, keys: &[&str]| keys.iter().all(|key| other[*key] == finding[*key]);
        let after = findings(&run.json());
        if after.iter().any(|other| is_same(other, &["id", "subject", "about"])) {
            return Err(format!("{} is still there with {published}: {remedy}", finding["id"]));
        }
        let was_there =
            |other: &Value| before.iter().any(|old| ["id", "subject"].iter().all(|key| old[*key] == other[*key]));
        let new = after.iter().find(|other| is_same(other, &["severity"]) && !was_there(other));
        if let Some(new) = new {
            return Err(format!("{} came of {published}, the remedy of {}: {new}", new["id"], finding["id"]));
        }
    }
    Ok(())
}

/// All findings of a document.
fn findings(document: &Value) -> Vec<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let checks = list(&document["targets"]).iter().flat_map(|target| list(&target["checks"])).collect::<Vec<_>>();
    checks.iter().flat_map(|check| list(&check["findings"])).collect()
}

/// The world of a scenario, up, and a home for the program.
struct Stage<'a> {
    scenario: &'a Scenario,
    home: Home,
    world: Up,
    elsewhere: Option<Up>,
    web: Option<Served>,
    authority: PathBuf,
}

impl<'a> Stage<'a> {
    fn set(scenario: &'a Scenario, world: Description) -> Self {
        let mut world = Up::of(world);
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
        let authorities = format!("{}{}", web.as_ref().map_or("", |web| &web.authority), world.world.mail.authority);
        let authority = home.write("ca.pem", &authorities);
        Stage { scenario, home, world, elsewhere, web, authority }
    }

    fn run(&self, added: &[&str]) -> Run {
        self.run_at("80", added)
    }

    /// Runs the program at a terminal of so many columns.
    fn run_at(&self, columns: &str, added: &[&str]) -> Run {
        let mut argv: Vec<String> = self.scenario.argv.iter().map(|argument| self.filled(argument)).collect();
        argv.extend(self.world.ways());
        argv.extend(added.iter().map(|argument| (*argument).to_owned()));
        let mut command = self.home.command(argv);
        command.env("COLUMNS", columns).envs(&self.scenario.env);
        finish(&mut command, "")
    }

    /// An argument with what it stands for.
    fn filled(&self, argument: &str) -> String {
        let mut argument = argument.replace("{resolver}", &self.world.address());
        argument = argument.replace("{ca}", &self.authority.to_string_lossy());
        argument = argument.replace("{samples}", &root().join("tests/samples").to_string_lossy());
        if let Some(web) = &self.web {
            argument = argument.replace("{https}", &web.address.to_string());
        }
        match &self.elsewhere {
            Some(elsewhere) => argument.replace("{elsewhere}", &elsewhere.address()),
            None => argument,
        }
    }
}

fn judge(scenario: &Scenario, run: &Run, format: &str) -> Result<(), String> {
    // A plugin has exit codes of its own.
    if format != "nagios" {
        exits(scenario, run)?;
    }
    let mut shown = run.stdout.clone();
    if format == "sarif" {
        // Rules are explained in general there, whatever the case at hand is.
        let mut log = run.json();
        log["runs"][0]["tool"]["driver"]["rules"] = Value::Null;
        shown = log.to_string();
    }
    for secret in &scenario.never {
        if shown.contains(secret) || run.stderr.contains(secret) {
            return Err(format!("{secret:?} is shown as {format}"));
        }
    }
    if format != "json" {
        return Ok(());
    }
    for words in &scenario.says {
        if !run.stdout.contains(words) {
            return Err(format!("{words:?} is not said"));
        }
    }
    let document = run.json();
    let faults = document_faults(&document);
    if !faults.is_empty() {
        return Err(format!("against the schema: {faults:?}"));
    }
    every_finding_is_proven(&document)?;
    compare(scenario, &document)
}

/// Judges what a person sees.
fn judge_text(scenario: &Scenario, run: &Run) -> Result<(), String> {
    exits(scenario, run)?;
    if let Some(words) = scenario.stdout_has.iter().find(|words| !run.stdout.contains(*words)) {
        return Err(format!("the table does not hold {words:?}"));
    }
    if let Some(words) = scenario.stdout_lacks.iter().find(|words| run.stdout.contains(*words)) {
        return Err(format!("the table holds {words:?}"));
    }
    Ok(())
}

fn exits(scenario: &Scenario, run: &Run) -> Result<(), String> {
    if run.code == Some(scenario.exit) {
        return Ok(());
    }
    Err(format!("exit code {:?} instead of {}", run.code, scenario.exit))
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
