//! The file by which a run goes on where an earlier one ended, so that nobody has to wait.

use std::io::Write;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::history::{Attempt, Disposition, History, MAX_REPLAYS, Role};
use crate::files::{self, Place, Replacement};
use crate::net::smtp::{Peer, Stage};
use crate::report::{clean, millis};

/// What a state file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The sender.
    pub sender: String,
    /// The recipient.
    pub recipient: String,
    /// Whether a message is sent.
    pub data: bool,
    /// The server that is tried.
    pub server: Server,
    /// What has been tried.
    pub history: History,
    /// Whether nothing is left to be tried.
    pub finished: bool,
}

/// A server, as the DNS or the user names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its name in lower case.
    pub host: String,
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
}

impl Server {
    /// The server behind a peer.
    pub fn of(peer: &Peer) -> Self {
        Server { host: peer.host.clone(), address: peer.address, port: peer.port }
    }
}

/// Why a file is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The system does not give it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It is not as a run leaves it behind.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It belongs to another program.
    #[error("it is no state of \"spamcheck greylist\"")]
    Foreign,
    /// A newer program wrote it.
    #[error("version {0} of its form is newer than this program, which knows {VERSION}")]
    Newer(u64),
    /// It is about another mailbox or sender, or was made with other flags.
    #[error("its {what} is \"{there}\", not \"{here}\"")]
    Other {
        /// What differs.
        what: &'static str,
        /// What the file says.
        there: String,
        /// What this run is about.
        here: String,
    },
}

/// The version of the form.
const VERSION: u64 = 1;
/// The mark by which it is known.
const TOOL: &str = "spamcheck greylist";
/// Octets that are read at most.
const MAX_SIZE: u64 = 256 * 1024;
/// Characters of a text in it at most.
const MAX_TEXT: usize = 1_000;
/// Controls that one history has at most.
const MAX_CONTROLS: usize = 3;
/// What this machine's clock may be set back by between two runs.
const CLOCK: SignedDuration = SignedDuration::from_mins(5);

/// What every version has.
#[derive(Deserialize)]
struct Mark {
    tool: Option<String>,
    version: Option<u64>,
}

/// The file as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tool: String,
    version: u64,
    sender: String,
    recipient: String,
    data: bool,
    server: Server,
    began: String,
    attempts: Vec<FileAttempt>,
    finished: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAttempt {
    at_ms: u64,
    role: Role,
    from: String,
    to: String,
    stage: Stage,
    answer: Disposition,
    code: Option<u16>,
    reply: String,
}

impl State {
    /// Reads a file that cannot be newer than `now`; none if there is none yet.
    ///
    /// # Errors
    /// [`StateError`]
    pub fn open(path: &Path, now: Timestamp) -> Result<Option<Self>, StateError> {
        let unreadable = |error: std::io::Error| StateError::Unreadable(error.to_string());
        match std::fs::metadata(path) {
            // A pipe would be waited for.
            Ok(metadata) if !metadata.is_file() => {
                return Err(unreadable(std::io::Error::other("it is not a regular file")));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            _ => {}
        }
        State::read(&files::read(path, MAX_SIZE).map_err(unreadable)?, now).map(Some)
    }

    /// Reads the octets of a file at a time that it cannot be newer than.
    ///
    /// # Errors
    /// [`StateError`] if they are not exactly what a run has left behind.
    pub fn read(octets: &[u8], now: Timestamp) -> Result<Self, StateError> {
        let damaged = |error: serde_json::Error| StateError::Damaged(error.to_string());
        let wrong = |why: &str| StateError::Damaged(why.to_owned());
        if octets.len() as u64 > MAX_SIZE {
            return Err(wrong("it is too long"));
        }
        let mark: Mark = serde_json::from_slice(octets).map_err(damaged)?;
        if mark.tool.as_deref() != Some(TOOL) {
            return Err(StateError::Foreign);
        }
        match mark.version {
            Some(version) if version > VERSION => return Err(StateError::Newer(version)),
            Some(VERSION) => {}
            _ => return Err(wrong("it has no version")),
        }
        let file: File = serde_json::from_slice(octets).map_err(damaged)?;
        let began: Timestamp = file.began.parse().map_err(|_| wrong("its time is no time"))?;
        let attempts = file.attempts.into_iter().map(Attempt::try_from).collect::<Result<Vec<_>, _>>()?;
        let replays = attempts.iter().filter(|attempt| attempt.role == Role::Replay).count();
        if replays == 0 || attempts.len() - replays > MAX_CONTROLS || replays > MAX_REPLAYS {
            return Err(wrong("it has too few or too many attempts"));
        }
        if !attempts.is_sorted_by_key(|attempt| attempt.at) {
            return Err(wrong("its attempts are not in order"));
        }
        let last = attempts.last().and_then(|attempt| SignedDuration::try_from(attempt.at).ok());
        let last = last.and_then(|last| began.checked_add(last).ok());
        let latest = now.checked_add(CLOCK).unwrap_or(now);
        if last.is_none_or(|last| last > latest) {
            return Err(wrong("it is from the future; see whether this machine's clock is right"));
        }
        if ![&file.sender, &file.recipient, &file.server.host].into_iter().all(|text| is_plain(text)) {
            return Err(wrong("it holds a name that is none"));
        }
        Ok(State {
            sender: file.sender,
            recipient: file.recipient,
            data: file.data,
            server: file.server,
            history: History { began, attempts },
            finished: file.finished,
        })
    }

    /// Whether the file belongs to this run.
    ///
    /// # Errors
    /// [`StateError::Other`] with what differs.
    pub fn belongs_to(&self, sender: &str, recipient: &str, data: bool) -> Result<(), StateError> {
        let stage = |data| if data { "DATA" } else { "RCPT" };
        let pairs = [
            ("recipient", self.recipient.as_str(), recipient),
            ("sender", self.sender.as_str(), sender),
            ("last stage", stage(self.data), stage(data)),
        ];
        match pairs.into_iter().find(|(_, there, here)| there != here) {
            Some((what, there, here)) => {
                Err(StateError::Other { what, there: there.to_owned(), here: here.to_owned() })
            }
            None => Ok(()),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let file = File {
            tool: TOOL.to_owned(),
            version: VERSION,
            sender: self.sender.clone(),
            recipient: self.recipient.clone(),
            data: self.data,
            server: self.server.clone(),
            began: self.history.began.to_string(),
            attempts: self.history.attempts.iter().map(FileAttempt::from).collect(),
            finished: self.finished,
        };
        let text = serde_json::to_string_pretty(&file).expect("texts, numbers and enums are always JSON");
        format!("{text}\n")
    }

    /// Writes the file whole or not at all: beside its place first, then moved there.
    ///
    /// # Errors
    /// The system's.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        match Place::at(path)? {
            Place::Stream(_) => Err(std::io::Error::other("it is not a regular file")),
            Place::File(place) => {
                let mut file = Replacement::of(&place)?;
                file.write_all(self.text().as_bytes())?;
                file.commit()
            }
        }
    }
}

impl TryFrom<FileAttempt> for Attempt {
    type Error = StateError;

    fn try_from(read: FileAttempt) -> Result<Self, StateError> {
        let FileAttempt { at_ms, role, from, to, stage, answer, code, reply } = read;
        let fits = code.is_none_or(|code| (200..600).contains(&code));
        if !fits || !is_plain(&from) || !is_plain(&to) || reply.chars().count() > MAX_TEXT {
            return Err(StateError::Damaged("it holds an attempt that no run has made".to_owned()));
        }
        Ok(Attempt { at: Duration::from_millis(at_ms), role, from, to, stage, answer, code, reply: clean(&reply) })
    }
}

impl From<&Attempt> for FileAttempt {
    fn from(attempt: &Attempt) -> Self {
        FileAttempt {
            at_ms: millis(attempt.at),
            role: attempt.role,
            from: attempt.from.clone(),
            to: attempt.to.clone(),
            stage: attempt.stage,
            answer: attempt.answer,
            code: attempt.code,
            reply: attempt.reply.clone(),
        }
    }
}

/// Whether a text can be an address or a name.
fn is_plain(text: &str) -> bool {
    text.len() <= MAX_TEXT && text.chars().all(|character| character.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let attempt = Attempt {
            at: Duration::ZERO,
            role: Role::Replay,
            from: "postmaster@probe.example".into(),
            to: "jane@x.example".into(),
            stage: Stage::Rcpt,
            answer: Disposition::Deferred,
            code: Some(451),
            reply: "4.7.1 Greylisted, try again in 240 seconds".into(),
        };
        State {
            sender: "postmaster@probe.example".into(),
            recipient: "jane@x.example".into(),
            data: false,
            server: Server { host: "mx.x.example".into(), address: [192, 0, 2, 25].into(), port: 25 },
            history: History { began: Timestamp::from_second(1_700_000_000).expect("a time"), attempts: vec![attempt] },
            finished: false,
        }
    }

    fn read(text: &str) -> Result<State, StateError> {
        State::read(text.as_bytes(), Timestamp::from_second(1_700_000_100).expect("a time"))
    }

    #[test]
    fn file_reads_as_it_was_written() {
        assert_eq!(read(&state().text()), Ok(state()));
    }

    #[test]
    fn file_cut_short_at_any_place_is_damaged() {
        let text = state().text();
        for end in 0..text.trim_end().len() {
            assert!(matches!(read(&text[..end]), Err(StateError::Damaged(_))), "{end}");
        }
    }

    #[test]
    fn other_files_and_newer_ones_are_named() {
        assert_eq!(read("{}"), Err(StateError::Foreign));
        assert_eq!(read(r#"{"tool":"other","version":1}"#), Err(StateError::Foreign));
        let newer = state().text().replace("\"version\": 1", "\"version\": 2, \"colour\": \"grey\"");
        assert_eq!(read(&newer), Err(StateError::Newer(2)));
        assert!(read("[]").is_err() && read("7").is_err());
        assert!(matches!(read(&" ".repeat(300_000)), Err(StateError::Damaged(_))));
    }

    #[test]
    fn values_that_no_run_writes_are_damage() {
        let changes = [
            ("\"at_ms\": 0", "\"at_ms\": 18446744073709551615"),
            ("\"at_ms\": 0", "\"at_ms\": 1000000000"),
            ("\"code\": 451", "\"code\": 999"),
            ("\"finished\": false", "\"finished\": false, \"more\": 1"),
            ("postmaster@probe.example", "postmaster@probe.example\\r\\nRCPT"),
            ("2023-", "yesterday-"),
            ("\"role\": \"replay\"", "\"role\": \"other\""),
            ("\"role\": \"replay\"", "\"role\": \"other-sender\""),
        ];
        for (from, to) in changes {
            let text = state().text();
            assert!(text.contains(from), "{from}: {text}");
            assert!(matches!(read(&text.replace(from, to)), Err(StateError::Damaged(_))), "{to}");
        }
        let mut many = state();
        many.history.attempts = vec![many.history.attempts[0].clone(); 9];
        assert!(matches!(read(&many.text()), Err(StateError::Damaged(_))));
    }

    #[test]
    fn another_mailbox_sender_or_stage_is_another_file() {
        let belongs = |sender, recipient, data| state().belongs_to(sender, recipient, data);
        assert_eq!(belongs("postmaster@probe.example", "jane@x.example", false), Ok(()));
        assert!(belongs("postmaster@probe.example", "joe@x.example", false).is_err());
        assert!(belongs("jane@probe.example", "jane@x.example", false).is_err());
        assert!(belongs("postmaster@probe.example", "jane@x.example", true).is_err());
    }

    #[test]
    fn saved_file_is_whole_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("grey.json");
        assert_eq!(State::open(&path, Timestamp::now()), Ok(None));
        state().save(&path).expect("saved");
        assert_eq!(State::open(&path, Timestamp::now()), Ok(Some(state())));
        assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 1);
        assert!(state().save(&directory.path().join("none/grey.json")).is_err());
    }
}
