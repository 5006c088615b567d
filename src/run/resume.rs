//! Going on with an interrupted run: what its output already holds is not tested again.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use crate::report::{Exit, FailOn, Reason, Unclear, Verdict, document};

/// What an earlier run has finished. One bit a target, and a little more for targets it had begun.
#[derive(Debug, Default)]
pub(super) struct Finished {
    /// By words of 64 bits: a file cannot ask for more memory than its size.
    targets: BTreeMap<u64, u64>,
    begun: HashMap<u64, Subjects>,
    /// Some inputs with their numbers, to recognise another input file.
    samples: HashMap<u64, String>,
    /// What the finished checks mean for the exit code.
    pub(super) exit: Exit,
    /// How many checks are finished.
    pub(super) checks: u64,
}

/// How often which check of which subject of one target is finished.
#[derive(Debug, Clone, Default)]
pub(super) struct Subjects(HashMap<(String, String), u64>);

impl Subjects {
    /// Takes one finished check of this subject away; whether there was one.
    pub(super) fn take(&mut self, check: &str, subject: &str) -> bool {
        let left = self.0.get_mut(&(check.to_owned(), subject.to_owned())).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }
}

/// A line of which the facts are not needed.
type Line = document::Line<'static, IgnoredAny>;

/// Inputs that are remembered to compare them.
const SAMPLES: usize = 64;
/// Octets of a line at most.
const MAX_LINE: u64 = 64 << 20;
/// Targets, and subjects of one, that no run exceeds.
const MAX_NUMBER: u64 = u32::MAX as u64;
/// How every line begins.
const HEAD: &[u8] = b"{\"schema\":1,\"input\":\"";

/// The file of an earlier run, locked against others; not changed yet.
#[derive(Debug)]
pub(super) struct Earlier {
    path: PathBuf,
    file: File,
    /// The octets that its whole lines take.
    whole: u64,
}

impl Earlier {
    /// Cuts off a torn last line; the file for appending.
    ///
    /// # Errors
    /// A sentence if the file cannot be written.
    pub(super) fn go_on(mut self) -> Result<File, String> {
        let cut = self.file.set_len(self.whole).and_then(|()| self.file.seek(SeekFrom::Start(self.whole)));
        cut.map_err(|error| wrong(&self.path, error)).map(|_| self.file)
    }
}

fn wrong(path: &Path, why: impl std::fmt::Display) -> String {
    format!("--resume {}: {why}", path.display())
}

impl Finished {
    /// Reads an earlier run's ndjson output and locks it, without changing anything. A file that does not exist is
    /// a run that has not begun. On a page the checks of a target weigh as they do together.
    ///
    /// # Errors
    /// A sentence if the file is no such output, is in use by another run, or cannot be read or written.
    pub(super) fn open(path: &Path, fail_on: FailOn, page: bool) -> Result<(Self, Earlier), String> {
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(wrong(path, "this is not a regular file"));
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = file.map_err(|error| wrong(path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(wrong(path, "another run is writing to this file")),
            // Some network file systems have no locks; that is no reason not to run.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(wrong(path, error)),
        }
        let mut finished = Finished::default();
        let whole = finished.read(&mut file, fail_on, page).map_err(|why| wrong(path, why))?;
        Ok((finished, Earlier { path: path.to_owned(), file, whole }))
    }

    /// Takes in all whole lines; returns the octets they take. What is behind them must be the beginning of one.
    fn read(&mut self, file: &mut File, fail_on: FailOn, page: bool) -> Result<u64, String> {
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut text = Vec::new();
        let mut whole = 0;
        for number in 1_u64.. {
            text.clear();
            let length = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut text);
            let length = length.map_err(|error| error.to_string())? as u64;
            let foreign = |why: &dyn std::fmt::Display| format!("line {number} is not from such a run: {why}");
            if !text.ends_with(b"\n") {
                if !HEAD.starts_with(&text) && !text.starts_with(HEAD) {
                    return Err(foreign(&"it has another form"));
                }
                if length == MAX_LINE {
                    return Err(foreign(&"it is too long"));
                }
                break;
            }
            let line: Line = serde_json::from_slice(&text).map_err(|error| foreign(&error))?;
            for (key, value) in [("number", line.number), ("subjects", line.subjects)] {
                if !(1..=MAX_NUMBER).contains(&value) {
                    return Err(foreign(&format_args!("its {key} is {value}")));
                }
            }
            self.take(line, fail_on, page);
            whole += length;
        }
        Ok(whole)
    }

    fn take(&mut self, line: Line, fail_on: FailOn, page: bool) {
        if self.samples.len() < SAMPLES {
            self.samples.entry(line.number).or_insert_with(|| line.input.into_owned());
        }
        let check = line.check;
        // What the deadline of a run cut off is still to be done.
        if check.unclear.iter().any(|open| open.reason == Reason::Deadline) {
            return;
        }
        self.checks += 1;
        // As in `CheckReport::weight`: guesses decide nothing on a page.
        let guessed = |open: &Unclear| open.decisive && open.reason == Reason::Guessed;
        let is_guessed = page && check.unclear.iter().any(|open| guessed(open));
        self.exit.unclear |= check.verdict == Verdict::Unclear && !is_guessed;
        let malformed = line.kind == "malformed";
        self.exit.malformed |= malformed;
        self.exit.tested |= !malformed;
        self.exit.failed |= check.findings.iter().any(|finding| fail_on.reached_by(finding.severity));
        if line.subjects > 1 {
            let begun = self.begun.entry(line.number).or_default();
            *begun.0.entry((check.check.into_owned(), check.subject.into_owned())).or_default() += 1;
            if begun.0.values().sum::<u64>() < line.subjects {
                return;
            }
            self.begun.remove(&line.number);
        }
        let (word, bit) = place(line.number);
        *self.targets.entry(word).or_default() |= bit;
    }

    /// Compares what is remembered of the earlier run's inputs with those of this one.
    ///
    /// # Errors
    /// A sentence if they differ.
    pub(super) fn compare(&self, inputs: impl Iterator<Item = String>) -> Result<(), String> {
        for (number, input) in (1_u64..).zip(inputs) {
            if let Some(sample) = self.samples.get(&number).filter(|sample| **sample != input) {
                return Err(format!("--resume: input {number} is {input:?} now and was {sample:?}: another input"));
            }
        }
        Ok(())
    }

    /// Whether everything about this target is finished.
    pub(super) fn has_target(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.targets.get(&word).is_some_and(|targets| targets & bit != 0)
    }

    /// What is finished of a target that was begun.
    pub(super) fn subjects(&self, number: u64) -> Subjects {
        self.begun.get(&number).cloned().unwrap_or_default()
    }
}

fn place(number: u64) -> (u64, u64) {
    (number / 64, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const FINDING: &str = "{\"id\":\"a\",\"severity\":\"error\",\"subject\":\"b\",\"detail\":\"\",\"cites\":[],\"remedy\":\"\",\
        \"evidence\":[]}";

    fn line(number: u64, subjects: u64, subject: &str) -> String {
        format!(
            "{{\"schema\":1,\"input\":\"i{number}\",\"kind\":\"ipv4\",\"check\":\"ptr\",\"subject\":\"{subject}\",\
             \"verdict\":\"fail\",\"duration_ms\":1,\"facts\":{{}},\"findings\":[{FINDING}],\"unclear\":[],\
             \"number\":{number},\"subjects\":{subjects}}}\n"
        )
    }

    /// A file with this text, in a directory that is gone when the first part is dropped.
    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("out.ndjson");
        std::fs::write(&path, text).expect("written");
        (directory, path)
    }

    #[test]
    fn whole_lines_are_kept_and_a_torn_one_is_cut() {
        let kept = line(1, 1, "a") + &line(3, 2, "x");
        let (_directory, path) = file(&format!("{kept}{{\"schema\":1,\"inp"));
        let (finished, earlier) = Finished::open(&path, FailOn::Error, false).expect("opens");
        assert!(finished.has_target(1));
        assert!(!finished.has_target(2));
        assert!(!finished.has_target(3), "only one of two subjects is there");
        let mut subjects = finished.subjects(3);
        assert!(!subjects.take("helo", "x") && !subjects.take("ptr", "y"));
        assert!(subjects.take("ptr", "x") && !subjects.take("ptr", "x"), "one is finished, not two of that name");
        assert!(finished.exit.failed);
        earlier.go_on().expect("can be written").write_all(b"more\n").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), format!("{kept}more\n"));
    }

    #[test]
    fn another_input_is_noticed() {
        let (_directory, path) = file(&line(1, 1, "a"));
        let (finished, _) = Finished::open(&path, FailOn::Error, false).expect("opens");
        assert!(finished.compare(["other".to_owned()].into_iter()).is_err());
        assert!(finished.compare(["i1".to_owned()].into_iter()).is_ok());
    }

    #[test]
    fn file_of_something_else_is_refused_and_stays_as_it_was() {
        let long = "x".repeat(100_000);
        let cases = [
            "no json\n".to_owned(),
            "notes without an end".to_owned(),
            long,
            "{\"schema\":1}\n".to_owned(),
            line(1, 1, "a") + "a note below",
            line(0, 1, "a"),
            line(u64::MAX, 1, "a"),
            line(1, u64::MAX, "a"),
            line(1, 0, "a"),
        ];
        for text in cases {
            let (_directory, path) = file(&text);
            let error = Finished::open(&path, FailOn::Error, false).expect_err("refused");
            assert!(error.contains("is not from such a run"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).expect("read"), text);
        }
    }

    #[test]
    fn number_in_a_line_costs_no_memory() {
        let (_directory, path) = file(&line(MAX_NUMBER, 1, "a"));
        let (finished, _) = Finished::open(&path, FailOn::Error, false).expect("opens");
        assert!(finished.has_target(MAX_NUMBER) && finished.targets.len() == 1);
    }

    #[test]
    fn what_the_deadline_cut_off_is_not_finished() {
        let cut = line(1, 1, "a").replace(
            "\"unclear\":[]",
            "\"unclear\":[{\"reason\":\"deadline\",\"subject\":\"a\",\"detail\":\"\",\"decisive\":true}]",
        );
        let (_directory, path) = file(&cut.replace("fail", "unclear"));
        let (finished, _) = Finished::open(&path, FailOn::Error, false).expect("opens");
        assert!(!finished.has_target(1) && finished.checks == 0 && !finished.exit.unclear && !finished.exit.failed);
    }

    #[test]
    fn file_belongs_to_one_run_at_a_time() {
        let (_directory, path) = file("");
        let first = Finished::open(&path, FailOn::Error, false).expect("opens");
        let error = Finished::open(&path, FailOn::Error, false).expect_err("locked");
        assert!(error.ends_with("another run is writing to this file"), "{error}");
        drop(first);
        assert!(Finished::open(&path, FailOn::Error, false).is_ok());
    }

    #[test]
    fn guesses_of_an_earlier_page_leave_the_exit_code_alone() {
        let guessed = "\"verdict\":\"unclear\"";
        let open = "\"unclear\":[{\"reason\":\"guessed\",\"subject\":\"a\",\"detail\":\"\",\"decisive\":true}]";
        let text = line(1, 1, "a").replace("\"verdict\":\"fail\"", guessed).replace("\"unclear\":[]", open);
        let (_directory, path) = file(&text);
        let is_unclear = |page| Finished::open(&path, FailOn::Error, page).expect("opens").0.exit.unclear;
        assert!(is_unclear(false) && !is_unclear(true));
    }
}
