//! Going on with an interrupted run: what its output already holds is not tested again.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use serde::de::IgnoredAny;

use crate::report::{Exit, FailOn, Reason, Unclear, Verdict, document};

/// What an earlier run has finished. One bit a target, and a little more for targets it had begun.
#[derive(Debug, Default)]
pub struct Finished {
    targets: Vec<u64>,
    begun: HashMap<u64, Subjects>,
    /// Some inputs with their numbers, to recognise another input file.
    samples: HashMap<u64, String>,
    /// What the finished checks mean for the exit code.
    pub exit: Exit,
    /// How many checks are finished.
    pub checks: u64,
}

/// How often which check of which subject of one target is finished.
#[derive(Debug, Clone, Default)]
pub struct Subjects(HashMap<(String, String), u64>);

impl Subjects {
    /// Takes one finished check of this subject away; whether there was one.
    pub fn take(&mut self, check: &str, subject: &str) -> bool {
        let left = self.0.get_mut(&(check.to_owned(), subject.to_owned())).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }
}

/// A line of which the facts are not needed.
type Line = document::Line<'static, IgnoredAny>;

/// Inputs that are remembered to compare them.
const SAMPLES: usize = 64;

impl Finished {
    /// Reads an earlier run's ndjson output, cuts off a torn last line, and opens the file for appending. A file
    /// that does not exist is a run that has not begun. On a page the checks of a target weigh as they do together.
    ///
    /// # Errors
    /// A sentence if the file is no such output or cannot be read or written.
    pub fn open(path: &Path, fail_on: FailOn, page: bool) -> Result<(Self, File), String> {
        let wrong = |why: String| format!("--resume {}: {why}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| wrong(error.to_string()))?;
        let mut finished = Finished::default();
        let whole = finished.read(&mut file, fail_on, page).map_err(wrong)?;
        file.set_len(whole)
            .and_then(|()| file.seek(SeekFrom::Start(whole)))
            .map_err(|error| wrong(error.to_string()))?;
        Ok((finished, file))
    }

    /// Takes in all whole lines; returns the octets they take.
    fn read(&mut self, file: &mut File, fail_on: FailOn, page: bool) -> Result<u64, String> {
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut text = Vec::new();
        let mut whole = 0;
        for number in 1_u64.. {
            text.clear();
            let length = reader.read_until(b'\n', &mut text).map_err(|error| error.to_string())?;
            if !text.ends_with(b"\n") {
                break;
            }
            let line: Line = serde_json::from_slice(&text)
                .map_err(|error| format!("line {number} is not from such a run: {error}"))?;
            self.take(line, fail_on, page);
            whole += length as u64;
        }
        Ok(whole)
    }

    fn take(&mut self, line: Line, fail_on: FailOn, page: bool) {
        self.checks += 1;
        let check = line.check;
        // As in `CheckReport::weight`: guesses decide nothing on a page.
        let guessed = |open: &Unclear| open.decisive && open.reason == Reason::Guessed;
        let is_guessed = page && check.unclear.iter().any(|open| guessed(open));
        self.exit.unclear |= check.verdict == Verdict::Unclear && !is_guessed;
        self.exit.failed |= check.findings.iter().any(|finding| fail_on.reached_by(finding.severity));
        if self.samples.len() < SAMPLES {
            self.samples.entry(line.number).or_insert(line.input.into_owned());
        }
        if line.subjects > 1 {
            let begun = self.begun.entry(line.number).or_default();
            *begun.0.entry((check.check.into_owned(), check.subject.into_owned())).or_default() += 1;
            if begun.0.values().sum::<u64>() < line.subjects {
                return;
            }
            self.begun.remove(&line.number);
        }
        let (word, bit) = place(line.number);
        if self.targets.len() <= word {
            self.targets.resize(word + 1, 0);
        }
        self.targets[word] |= bit;
    }

    /// Compares what is remembered of the earlier run's inputs with those of this one.
    ///
    /// # Errors
    /// A sentence if they differ.
    pub fn compare(&self, inputs: impl Iterator<Item = String>) -> Result<(), String> {
        for (number, input) in (1_u64..).zip(inputs) {
            if let Some(sample) = self.samples.get(&number).filter(|sample| **sample != input) {
                return Err(format!("--resume: input {number} is {input:?} now and was {sample:?}: another input"));
            }
        }
        Ok(())
    }

    /// Whether everything about this target is finished.
    pub fn has_target(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.targets.get(word).is_some_and(|targets| targets & bit != 0)
    }

    /// What is finished of a target that was begun.
    pub fn subjects(&self, number: u64) -> Subjects {
        self.begun.get(&number).cloned().unwrap_or_default()
    }
}

fn place(number: u64) -> (usize, u64) {
    (usize::try_from(number / 64).unwrap_or(usize::MAX), 1 << (number % 64))
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

    #[test]
    fn whole_lines_are_kept_and_a_torn_one_is_cut() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("out.ndjson");
        let kept = line(1, 1, "a") + &line(3, 2, "x");
        std::fs::write(&path, format!("{kept}{{\"number\":2,\"sub")).expect("written");
        let (finished, mut file) = Finished::open(&path, FailOn::Error, false).expect("opens");
        assert!(finished.has_target(1));
        assert!(!finished.has_target(2));
        assert!(!finished.has_target(3), "only one of two subjects is there");
        let mut subjects = finished.subjects(3);
        assert!(!subjects.take("helo", "x") && !subjects.take("ptr", "y"));
        assert!(subjects.take("ptr", "x") && !subjects.take("ptr", "x"), "one is finished, not two of that name");
        assert!(finished.exit.failed);
        file.write_all(b"more\n").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), format!("{kept}more\n"));
    }

    #[test]
    fn another_input_is_noticed() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("out.ndjson");
        std::fs::write(&path, line(1, 1, "a")).expect("written");
        let (finished, _) = Finished::open(&path, FailOn::Error, false).expect("opens");
        assert!(finished.compare(["other".to_owned()].into_iter()).is_err());
        assert!(finished.compare(["i1".to_owned()].into_iter()).is_ok());
        std::fs::write(&path, "no json\n").expect("written");
        assert!(Finished::open(&path, FailOn::Error, false).is_err());
    }

    #[test]
    fn guesses_of_an_earlier_page_leave_the_exit_code_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("out.ndjson");
        let guessed = "\"unclear\":[{\"reason\":\"guessed\",\"subject\":\"a\",\"detail\":\"\",\"decisive\":true}]";
        let text = line(1, 1, "a").replace("\"fail\"", "\"unclear\"").replace("\"unclear\":[]", guessed);
        std::fs::write(&path, text).expect("written");
        let is_unclear = |page| Finished::open(&path, FailOn::Error, page).expect("opens").0.exit.unclear;
        assert!(is_unclear(false) && !is_unclear(true));
    }
}
