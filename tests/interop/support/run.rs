//! Runs of the program, and its results.

use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A finished run.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The program, with no configuration and no cache but those of an empty directory.
pub fn spamcheck(home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spamcheck"));
    command.env_clear().env("HOME", home.path()).stdin(Stdio::null());
    command
}

/// Runs `spamcheck dnsbl` with these arguments.
pub fn dnsbl(arguments: &[&str]) -> Run {
    run("dnsbl", arguments)
}

/// Runs a subcommand with these arguments.
pub fn run(command: &str, arguments: &[&str]) -> Run {
    let home = tempfile::tempdir().expect("a directory");
    let output = spamcheck(&home).arg(command).args(arguments).output().expect("the program runs");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Runs a check that dials, as a client of its own name; DNS is not to be asked. The whole JSON document.
pub fn dial(arguments: &[&str]) -> Document {
    let home = tempfile::tempdir().expect("a directory");
    let usual = ["--json", "--resolver", "127.0.0.1:9", "--helo-name", "probe.example.com", "--smtp-timeout", "20s"];
    let output = spamcheck(&home).args(arguments).args(usual).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let json =
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{stdout}\n{stderr}"));
    Document { json, code: output.status.code() }
}

/// Asks `resolver` whether `lists` know `target`; the whole JSON document.
pub fn ask(target: &str, resolver: &str, lists: &[&str], more: &[&str]) -> Document {
    let mut arguments = vec![target, "--json", "--resolver", resolver];
    for list in lists {
        arguments.extend(["--list", list]);
    }
    arguments.extend(more);
    document("dnsbl", &arguments)
}

/// Runs `command` on `target` and asks `resolver`; the whole JSON document.
pub fn check(command: &str, target: &str, resolver: &str, more: &[&str]) -> Document {
    let arguments = [&[target, "--json", "--resolver", resolver], more].concat();
    document(command, &arguments)
}

fn document(command: &str, arguments: &[&str]) -> Document {
    let run = run(command, arguments);
    let json = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{}\n{}", run.stdout, run.stderr));
    Document { json, code: run.code }
}

/// A result in JSON.
pub struct Document {
    pub json: Value,
    pub code: Option<i32>,
}

impl Document {
    /// The check about `subject`.
    pub fn check(&self, subject: &str) -> &Value {
        let targets = self.json["targets"].as_array().expect("targets");
        let mut checks = targets.iter().flat_map(|target| target["checks"].as_array().expect("checks"));
        checks.find(|check| check["subject"] == subject).unwrap_or_else(|| panic!("no {subject} in {}", self.json))
    }

    /// The row of `zone` in the first check.
    pub fn row(&self, zone: &str) -> &Value {
        row(&self.json["targets"][0]["checks"][0], zone)
    }

    /// The outcome of `zone` in the first check.
    pub fn outcome(&self, zone: &str) -> &str {
        self.row(zone)["outcome"].as_str().expect("an outcome")
    }

    /// The first check.
    pub fn first(&self) -> &Value {
        &self.json["targets"][0]["checks"][0]
    }

    /// The facts of the first check.
    pub fn facts(&self) -> &Value {
        &self.first()["facts"]
    }

    /// The verdict on the first check.
    pub fn verdict(&self) -> &str {
        self.first()["verdict"].as_str().unwrap_or_else(|| panic!("no verdict in {}", self.json))
    }

    /// The ids of the first check's findings, in order.
    pub fn findings(&self) -> Vec<&str> {
        let findings = self.first()["findings"].as_array().unwrap_or_else(|| panic!("no findings in {}", self.json));
        findings.iter().map(|finding| finding["id"].as_str().expect("an id")).collect()
    }

    /// What the first check says of its findings, in one text.
    pub fn details(&self) -> String {
        self.first()["findings"].to_string()
    }

    /// All that is said of open questions, in one text.
    pub fn unclear(&self) -> String {
        self.first()["unclear"].to_string()
    }
}

/// The row of `zone` in a check.
pub fn row<'a>(check: &'a Value, zone: &str) -> &'a Value {
    let rows = check["facts"]["lists"].as_array().unwrap_or_else(|| panic!("no rows in {check}"));
    rows.iter().find(|row| row["zone"] == zone).unwrap_or_else(|| panic!("no {zone} in {check}"))
}
