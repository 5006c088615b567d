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
    let home = tempfile::tempdir().expect("a directory");
    let output = spamcheck(&home).arg("dnsbl").args(arguments).output().expect("the program runs");
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
    let run = dnsbl(&arguments);
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

    /// All that is said of open questions, in one text.
    pub fn unclear(&self) -> String {
        self.json["targets"][0]["checks"][0]["unclear"].to_string()
    }
}

/// The row of `zone` in a check.
pub fn row<'a>(check: &'a Value, zone: &str) -> &'a Value {
    let rows = check["facts"]["lists"].as_array().unwrap_or_else(|| panic!("no rows in {check}"));
    rows.iter().find(|row| row["zone"] == zone).unwrap_or_else(|| panic!("no {zone} in {check}"))
}
