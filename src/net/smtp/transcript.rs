//! What was said, by whom and when.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use crate::net::clock;
use crate::report::{clean, clean_bytes, millis};

/// A dialogue, line by line.
#[derive(Debug, Clone)]
pub struct Transcript {
    began: Instant,
    entries: Vec<Entry>,
}

/// One line of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// Milliseconds since the connection was begun.
    pub at_ms: u64,
    /// Who spoke.
    pub who: Who,
    /// What was said, control characters stripped.
    pub text: String,
}

impl Entry {
    /// The line with its time in front.
    pub fn timed(&self) -> String {
        format!("{:>6} ms {self}", self.at_ms)
    }
}

impl std::fmt::Display for Entry {
    /// The line as every page shows it: who spoke, then the words.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let who = match self.who {
            Who::Client => "C:",
            Who::Server => "S:",
            Who::Event => "--",
        };
        write!(formatter, "{who} {}", self.text)
    }
}

/// Who spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// This program.
    Client,
    /// The server.
    Server,
    /// Nobody: what happened to the connection.
    Event,
}

/// Lines that are kept; a longer dialogue loses those behind.
const MAX_ENTRIES: usize = 2_000;

impl Transcript {
    /// An empty one that begins now.
    pub fn begin() -> Self {
        Transcript { began: clock::now(), entries: Vec::new() }
    }

    /// The time since it began.
    pub fn elapsed(&self) -> Duration {
        clock::elapsed(self.began)
    }

    /// The lines so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn client(&mut self, line: &str) {
        self.add(Who::Client, clean(line));
    }

    pub(super) fn server(&mut self, code: u16, lines: &[Vec<u8>]) {
        for (number, line) in lines.iter().enumerate() {
            let separator = if number + 1 == lines.len() { ' ' } else { '-' };
            self.add(Who::Server, format!("{code}{separator}{}", clean_bytes(line)).trim_end().to_owned());
        }
    }

    pub(super) fn event(&mut self, what: &str) {
        self.add(Who::Event, clean(what));
    }

    fn add(&mut self, who: Who, text: String) {
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(Entry { at_ms: millis(clock::elapsed(self.began)), who, text });
        }
    }
}
