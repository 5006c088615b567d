//! Evidence as it comes: what it is, is told by content and never by a file's name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use flate2::read::{DeflateDecoder, MultiGzDecoder};
use regex::Regex;

use crate::mail::bounce::Reading;
use crate::mail::logs::Reader;
use crate::names::target::{Target, TargetError, TargetKind};

/// What was given.
pub(super) enum Evidence {
    /// A message or a report.
    Message(Box<Reading>),
    /// A log, to be read to its end.
    Log(Box<dyn BufRead + Send>),
    /// An aggregate report of DMARC.
    DmarcReport(Vec<u8>),
    /// A TLS report.
    TlsReport(Vec<u8>),
}

/// What the user says a file is, where content alone would tell otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Hint {
    /// A bounce, a report or a received message.
    Message,
    /// A mail server's log.
    Log,
}

/// Something to diagnose.
#[derive(Debug, Clone)]
pub enum Query {
    /// A reply in quotes.
    Reply(String),
    /// A file; standard input for `-`.
    File(PathBuf),
    /// One message of a mailbox.
    Message {
        /// How it is called.
        name: String,
        /// The message.
        octets: Arc<[u8]>,
    },
    /// A sender: an address, a domain or a mailbox.
    Sender(Target),
}

/// Octets that come out of a packed file: a log of a busy week, and no bomb.
const MAX_UNPACKED: u64 = 1 << 30;
/// Octets by which it is told what a file is.
const HEAD: usize = 256 * 1024;
/// Octets of a message or report that are read.
const MAX_MESSAGE: u64 = 32 << 20;
/// Lines of the head by which a log is known.
const HEAD_LINES: usize = 5_000;
/// Messages of a mailbox or folder.
pub(super) const MAX_MESSAGES: usize = 10_000;

/// Reads a target: a file that exists, a reply in quotes, else a sender's address, domain or mailbox.
pub(super) fn target(text: &str) -> Result<Target, TargetError> {
    static REPLY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?is)^\s*(?:[45]\d\d[ -]|[45]\.\d{1,3}\.\d{1,3}\b|SMTP error from |host \S+ ?\[|.*\bsaid: ?[45]\d\d|.*[:<'(\s][45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3})")
            .expect("the pattern is fixed and valid")
    });
    let message = |input: &str| Target { input: input.to_owned(), kind: TargetKind::Message };
    if text == "-" || Path::new(text).exists() {
        return Ok(message(text));
    }
    let has_path = text.contains('/') && text.parse::<ipnet::IpNet>().is_err();
    if !has_path || text.contains(' ') {
        if REPLY.is_match(text) || (text.contains(' ') && text.contains("rejected")) {
            return Ok(Target::text(text));
        }
        if let Ok(target) = text.parse::<Target>()
            && !matches!(target.kind, TargetKind::Network(_))
        {
            return Ok(target);
        }
    }
    Err(TargetError::Evidence(text.to_owned()))
}

/// The messages of a folder or of a mailbox file, each by itself; none if it is one thing.
pub(super) fn several(path: &Path) -> io::Result<Option<Vec<Query>>> {
    if path.is_dir() {
        let mut files = Vec::new();
        // Maildir keeps what was seen and what was not apart.
        let folders = ["cur", "new"].iter().map(|name| path.join(name)).filter(|folder| folder.is_dir());
        let mut folders: Vec<PathBuf> = folders.collect();
        if folders.is_empty() {
            folders.push(path.to_owned());
        }
        for folder in folders {
            for entry in std::fs::read_dir(folder)? {
                let file = entry?.path();
                if file.is_file() && files.len() < MAX_MESSAGES {
                    files.push(file);
                }
            }
        }
        files.sort();
        return Ok(Some(files.into_iter().map(Query::File).collect()));
    }
    if path == Path::new("-") || !path.is_file() {
        return Ok(None);
    }
    let mut head = [0; 5];
    let is_mbox = File::open(path)?.read(&mut head).is_ok_and(|length| head[..length] == *b"From ");
    if !is_mbox {
        return Ok(None);
    }
    let octets = read_all(File::open(path)?, MAX_MESSAGE)?;
    let messages = messages(&octets);
    if messages.len() < 2 {
        return Ok(None);
    }
    let of = |(at, octets): (usize, &[u8])| Query::Message {
        name: format!("{} message {}", path.display(), at + 1),
        octets: octets.into(),
    };
    Ok(Some(messages.into_iter().enumerate().map(of).collect()))
}

/// The messages of an mbox file (RFC 4155): each begins with `From ` behind an empty line.
fn messages(octets: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    let (mut start, mut is_behind_empty) = (0, true);
    let mut at = 0;
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        if is_behind_empty && line.starts_with(b"From ") && at > start {
            messages.push(&octets[start..at]);
            start = at;
        }
        is_behind_empty = line.trim_ascii().is_empty();
        at += line.len();
    }
    messages.push(&octets[start..]);
    messages.truncate(MAX_MESSAGES);
    messages
}

/// Opens a file, or standard input, and tells what it is.
///
/// # Errors
/// A sentence if it cannot be read or is nothing that is known.
pub(super) fn open(path: &Path, now: i64, hint: Option<Hint>) -> Result<Evidence, String> {
    let unread = |error: io::Error| format!("it cannot be read: {error}");
    let raw: Box<dyn Read + Send> =
        if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path).map_err(unread)?) };
    tell(raw, now, hint)
}

/// Tells what octets are.
pub(super) fn tell(raw: Box<dyn Read + Send>, now: i64, hint: Option<Hint>) -> Result<Evidence, String> {
    let unread = |error: io::Error| format!("it cannot be read: {error}");
    let mut raw = BufReader::with_capacity(HEAD, raw);
    let magic = raw.fill_buf().map_err(unread)?;
    let mut input: Box<dyn BufRead + Send> = match magic {
        [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(HEAD, MultiGzDecoder::new(raw).take(MAX_UNPACKED))),
        [b'P', b'K', 3, 4, ..] => {
            Box::new(BufReader::with_capacity(HEAD, unzipped(raw).map_err(unread)?.take(MAX_UNPACKED)))
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            let octets = read_all(raw, MAX_MESSAGE).map_err(unread)?;
            Box::new(Cursor::new(from_utf16(&octets).into_bytes()))
        }
        _ => Box::new(raw),
    };
    let head = read_all((&mut input).take(HEAD as u64), HEAD as u64).map_err(unread)?;
    let text = head.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let rest = Cursor::new(head.clone()).chain(input);
    if hint == Some(Hint::Log) {
        return Ok(Evidence::Log(Box::new(rest)));
    }
    if text.starts_with(b"<") && find(text, b"<feedback") {
        return Ok(Evidence::DmarcReport(read_all(rest, MAX_MESSAGE).map_err(unread)?));
    }
    if text.starts_with(b"{") && find(text, b"\"policies\"") {
        return Ok(Evidence::TlsReport(read_all(rest, MAX_MESSAGE).map_err(unread)?));
    }
    if hint.is_none() && is_log(&head, now) {
        return Ok(Evidence::Log(Box::new(rest)));
    }
    let octets = read_all(rest, MAX_MESSAGE).map_err(unread)?;
    if let Some(reading) = Reading::of(&octets) {
        return Ok(Evidence::Message(Box::new(reading)));
    }
    // The words of a bounce alone, as people copy them.
    let framed = [b"From: MAILER-DAEMON\n\n".as_slice(), &octets].concat();
    match Reading::of(&framed) {
        Some(reading) if !reading.reports.is_empty() => Ok(Evidence::Message(Box::new(reading))),
        _ => Err("this is no bounce, no message, no SMTP reply, no mail server's log that is known and no report of DMARC or TLS".to_owned()),
    }
}

fn is_log(head: &[u8], now: i64) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut reader = Reader::new(now);
    for line in text.lines().take(HEAD_LINES) {
        reader.line(line.trim_start_matches('\u{feff}'), &mut |_| {});
        // The first lines of a message are fields.
        if reader.known > 0 {
            return true;
        }
    }
    false
}

fn read_all(input: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    input.take(limit).read_to_end(&mut octets)?;
    Ok(octets)
}

fn find(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

fn from_utf16(octets: &[u8]) -> String {
    let is_little = octets.starts_with(&[0xff, 0xfe]);
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let units: Vec<u16> = octets[2..].chunks_exact(2).map(unit).collect();
    String::from_utf16_lossy(&units)
}

/// The first file of a ZIP archive (APPNOTE.TXT §4.3.7): reports come as an archive of one.
fn unzipped(mut archive: impl BufRead + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut header = [0; 30];
    archive.read_exact(&mut header)?;
    let number = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let (method, skipped) = (number(8), number(26) + number(28));
    io::copy(&mut (&mut archive).take(skipped), &mut io::sink())?;
    match method {
        0 => Ok(Box::new(archive)),
        8 => Ok(Box::new(DeflateDecoder::new(archive))),
        _ => Err(io::Error::other("the archive is packed by a method that is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_told_from_senders() {
        let is_reply = |text: &str| target(text).is_ok_and(|target| target.kind == TargetKind::Text);
        assert!(is_reply("550 5.7.1 refused"));
        assert!(is_reply("host mx.example.net[192.0.2.25] said: 550 5.1.1 no (in reply to RCPT TO command)"));
        assert!(is_reply("SMTP error from remote mail server after RCPT TO:<a@b>: 550 no"));
        assert!(!is_reply("192.0.2.1"));
        assert!(!is_reply("example.net"));
        assert!(target("no/such/file.eml").is_err());
        assert!(target("192.0.2.0/24").is_err());
        assert!(target("what is this").is_err());
    }

    #[test]
    fn mailboxes_come_apart_at_lines_behind_empty_ones() {
        let all = messages(b"From a\nA: x\n\nFrom here on\n\nFrom b\nB: y\n\nz\n");
        // The second "From" stands behind the header's empty line: mailbox programs quote such lines.
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn nothing_known_is_said_to_be_nothing() {
        assert!(tell(Box::new(Cursor::new(b"\x89PNG\r\n\x1a\n".to_vec())), 0, None).is_err());
        assert!(tell(Box::new(Cursor::new(Vec::new())), 0, None).is_err());
    }
}
