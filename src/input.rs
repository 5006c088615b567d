//! Where targets come from: the command line, a file, standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::files;
use crate::names::target::{Target, TargetError, TargetKind};

/// A target, or a line that is none.
#[derive(Debug)]
pub enum Input {
    /// A target.
    Target(Target),
    /// A line that cannot be used.
    Malformed {
        /// The line's number, from 1.
        line: u64,
        /// What it says, shortened.
        text: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Input {
    /// The text, as given.
    pub fn into_text(self) -> String {
        match self {
            Input::Target(target) => target.input,
            Input::Malformed { text, .. } => text,
        }
    }
}

/// Counts the lines of a file that hold something, without reading them as targets.
///
/// # Errors
/// The system's, if the file cannot be read; that it is too large.
pub fn count(path: &Path) -> io::Result<u64> {
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_INPUT {
        return Err(files::too_large(MAX_INPUT));
    }
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut lines = 0;
    let mut holds = false;
    let mut begins = true;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(lines + u64::from(holds));
        }
        for byte in chunk {
            match byte {
                b'\n' => {
                    lines += u64::from(holds);
                    holds = false;
                    begins = true;
                }
                b'#' if begins => begins = false,
                byte if byte.is_ascii_whitespace() => {}
                _ => {
                    holds |= begins;
                    begins = false;
                }
            }
        }
        let length = chunk.len();
        reader.consume(length);
    }
}

/// Reads a file, or standard input for `-`: as a whole, or one octet more than `limit` of it.
///
/// # Errors
/// The system's, if the file cannot be read.
pub fn read_file(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let reader: Box<dyn Read> =
        if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let mut octets = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut octets)?;
    Ok(octets)
}

/// The longest line that is read; the rest of a longer one is skipped.
const MAX_LINE: usize = 4096;
/// Octets of one line after which nothing more is read: no list of targets has such lines.
const MAX_SKIPPED: u64 = 1 << 20;
/// Octets of an input at most: some 60 million addresses.
const MAX_INPUT: u64 = 1 << 30;

/// Checks a target's size.
///
/// # Errors
/// A sentence if a network has more addresses than `max_hosts`.
pub fn check_size(target: &Target, max_hosts: u64) -> Result<(), String> {
    let TargetKind::Network(network) = &target.kind else { return Ok(()) };
    let host_bits = u32::from(network.max_prefix_len() - network.prefix_len());
    let hosts = 1_u64.checked_shl(host_bits).filter(|_| host_bits < 64);
    match hosts {
        Some(hosts) if hosts <= max_hosts => Ok(()),
        Some(hosts) => Err(format!("{target} has {hosts} addresses, more than --max-hosts {max_hosts}")),
        None => Err(format!("{target} has 2^{host_bits} addresses, more than --max-hosts {max_hosts}")),
    }
}

/// The lines of a file as targets.
pub struct Lines {
    reader: Box<dyn BufRead + Send>,
    line: u64,
    /// Octets read so far.
    octets: u64,
    max_hosts: u64,
    read: fn(&str) -> Result<Target, TargetError>,
    buffer: Vec<u8>,
}

impl Lines {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// The system's, if the file cannot be opened.
    pub fn open(path: &Path, max_hosts: u64) -> io::Result<Self> {
        if path == Path::new("-") {
            return Ok(Lines::from_reader(BufReader::new(io::stdin()), max_hosts));
        }
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Lines::from_reader(BufReader::with_capacity(1 << 16, file), max_hosts))
    }

    /// The lines of anything that can be read.
    pub fn from_reader(reader: impl BufRead + Send + 'static, max_hosts: u64) -> Self {
        Lines { reader: Box::new(reader), line: 0, octets: 0, max_hosts, read: str::parse, buffer: Vec::new() }
    }

    /// The same lines, read as the targets of a check that has its own.
    #[must_use]
    pub fn reading(self, read: fn(&str) -> Result<Target, TargetError>) -> Self {
        Lines { read, ..self }
    }

    /// Reads one line into the buffer; whether there was one. What exceeds the limit is dropped.
    fn read_line(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        let mut any = false;
        let mut length = 0;
        loop {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(available.len());
            let room = (MAX_LINE + 1).saturating_sub(self.buffer.len());
            self.buffer.extend_from_slice(&available[..taken.min(room)]);
            self.reader.consume(end.map_or(taken, |end| end + 1));
            length += taken as u64;
            self.octets += taken as u64 + 1;
            if length > MAX_SKIPPED {
                return Err(io::Error::other(format!("the line is longer than {MAX_SKIPPED} octets")));
            }
            if self.octets > MAX_INPUT {
                return Err(files::too_large(MAX_INPUT));
            }
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn parse(&self) -> Option<Input> {
        let line = self.line;
        let malformed = |text: &str, why: String| {
            let text = crate::report::clean(&text.chars().take(80).collect::<String>());
            Some(Input::Malformed { line, text, why })
        };
        if self.buffer.len() > MAX_LINE {
            let text = String::from_utf8_lossy(&self.buffer[..80]).into_owned();
            return malformed(&text, format!("the line is longer than {MAX_LINE} octets"));
        }
        let Ok(text) = std::str::from_utf8(&self.buffer) else {
            return malformed(&String::from_utf8_lossy(&self.buffer), "the line is not UTF-8".to_owned());
        };
        // A byte order mark is no part of the first target.
        let text = text.strip_prefix('\u{feff}').filter(|_| line == 1).unwrap_or(text);
        let text = text.split('#').next().unwrap_or_default().trim();
        let first = text.split([',', ';', '\t']).next().unwrap_or_default().trim().trim_matches('"');
        if first.is_empty() {
            // A line whose first column is missing is a mistake, an empty line is none.
            return if text.is_empty() { None } else { malformed(text, "the first column is empty".to_owned()) };
        }
        let target = match (self.read)(first) {
            Ok(target) => target,
            Err(error) => return malformed(first, format!("{error}")),
        };
        match check_size(&target, self.max_hosts) {
            Ok(()) => Some(Input::Target(target)),
            Err(why) => malformed(first, why),
        }
    }
}

impl Iterator for Lines {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        loop {
            self.line += 1;
            match self.read_line() {
                Ok(true) => {
                    if let Some(input) = self.parse() {
                        return Some(input);
                    }
                }
                Ok(false) => return None,
                Err(error) => {
                    // Nothing can be read behind a broken line.
                    self.reader = Box::new(io::empty());
                    let why = format!("the input cannot be read any further: {error}");
                    return Some(Input::Malformed { line: self.line, text: String::new(), why });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &'static [u8]) -> Vec<Input> {
        Lines::from_reader(text, 16).collect()
    }

    #[test]
    fn comments_empty_lines_and_further_columns_are_skipped() {
        let inputs = lines(b"# head\n\n192.0.2.1,mail\r\n  example.com # mine\n\"2001:db8::1\";x");
        let texts: Vec<String> = inputs
            .into_iter()
            .map(|input| match input {
                Input::Target(target) => target.input,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(texts, ["192.0.2.1", "example.com", "2001:db8::1"]);
    }

    #[test]
    fn malformed_line_is_named_by_its_number_and_the_rest_goes_on() {
        let inputs = lines(b"192.0.2.1\nnot a name\n\xff\xfe\n192.0.2.0/24\n192.0.2.2\n");
        let bad: Vec<u64> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Malformed { line, .. } => Some(*line),
                Input::Target(_) => None,
            })
            .collect();
        assert_eq!(bad, [2, 3, 4]);
        assert_eq!(inputs.len(), 5);
    }

    #[test]
    fn overlong_line_is_cut_and_named() {
        let long: &'static [u8] = vec![b'a'; 100_000].leak();
        assert!(matches!(lines(long)[..], [Input::Malformed { line: 1, .. }]));
    }

    #[test]
    fn input_without_an_end_is_given_up() {
        let endless = Lines::from_reader(BufReader::new(io::repeat(0)), 16);
        assert!(matches!(endless.collect::<Vec<_>>()[..], [Input::Malformed { line: 1, .. }]));
        let endless = Lines::from_reader(BufReader::new(Endless), 16);
        let last = endless.last().expect("something");
        assert!(matches!(last, Input::Malformed { why, .. } if why.contains("larger than 1 GiB")));
    }

    /// Comments without an end.
    struct Endless;

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'#');
            buffer.iter_mut().skip(4000).step_by(4000).for_each(|octet| *octet = b'\n');
            Ok(buffer.len())
        }
    }

    #[test]
    fn network_that_is_too_large_is_refused() {
        let target: Target = "2001:db8::/32".parse().expect("a target");
        assert_eq!(
            check_size(&target, 1024),
            Err("2001:db8::/32 has 2^96 addresses, more than --max-hosts 1024".to_owned())
        );
    }
}
