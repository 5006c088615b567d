//! SMTP replies, read octet by octet without trusting any of them (RFC 5321 §4.2).

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::clean_bytes;

/// One reply of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The three digits.
    pub code: u16,
    /// The text of every line, without code, separator and line end, as it was sent.
    pub lines: Vec<Vec<u8>>,
    /// What is wrong with its form.
    pub faults: Vec<ReplyFault>,
    /// The time from the command, or from the connection, to its end.
    pub elapsed: Duration,
}

/// What can be wrong with the form of a reply that can be read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyFault {
    /// A line ends without a carriage return (RFC 5321 §2.3.8).
    BareLf,
    /// The lines of one reply have different codes (RFC 5321 §4.2.1).
    MixedCodes,
    /// A line holds a NUL octet.
    Nul,
    /// A line holds an octet above 127 (RFC 5321 §4.2: replies are ASCII unless SMTPUTF8 is in use).
    EightBit,
    /// A line is longer than 512 octets (RFC 5321 §4.5.3.1.5).
    LongLine,
}

/// Why octets are no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoReply {
    /// A line has no end within what is read of a line.
    #[error("a line of more than {MAX_LINE} octets: \"{0}…\"")]
    LineTooLong(String),
    /// A reply has no end within what is read of a reply.
    #[error("a reply of more than {MAX_LINES} lines or {MAX_REPLY} octets")]
    ReplyTooLong,
    /// A line does not begin with three digits.
    #[error("a line that is no SMTP reply: \"{0}\"")]
    NoCode(String),
    /// A reply whose code has no meaning where it stands (RFC 5321 §4.3.2).
    #[error("a reply that does not belong there: \"{0}\"")]
    OutOfPlace(String),
}

/// Octets of a line that are read at most.
pub const MAX_LINE: usize = 8 * 1024;
/// Lines of a reply that are read at most.
pub const MAX_LINES: usize = 512;
/// Octets of a reply that are read at most.
pub const MAX_REPLY: usize = 64 * 1024;
/// The longest reply line that is allowed, its end included.
const LINE_LIMIT: usize = 512;

impl Reply {
    /// 2xx: done.
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// 4xx: not now.
    pub fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// 5xx: never.
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// The enhanced status code (RFC 3463, RFC 2034 §4), if the reply has one whose class fits its code.
    pub fn enhanced(&self) -> Option<Enhanced> {
        let first = self.lines.first()?;
        let word = first.split(|octet| *octet == b' ').next()?;
        let mut parts = std::str::from_utf8(word).ok()?.split('.');
        let mut number = |digits: usize| {
            let part = parts.next()?;
            let fits = (1..=digits).contains(&part.len()) && part.bytes().all(|octet| octet.is_ascii_digit());
            if fits { part.parse::<u16>().ok() } else { None }
        };
        let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
        (parts.next().is_none() && class == self.code / 100).then_some(Enhanced { class, subject, detail })
    }

    /// The text of all lines in one, fit to be shown, without the code.
    pub fn text(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|line| clean_bytes(line).trim().to_owned()).collect();
        lines.join(" ").trim().to_owned()
    }
}

/// The code and all text in one line, fit to be shown.
impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.text())
    }
}

/// An enhanced status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enhanced {
    /// 2, 4 or 5.
    pub class: u16,
    /// What it is about: 7 is security and policy.
    pub subject: u16,
    /// The case.
    pub detail: u16,
}

impl fmt::Display for Enhanced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Puts a reply together from what arrives.
#[derive(Debug, Default)]
pub struct Assembly {
    pending: Vec<u8>,
    /// How much of `pending` holds no line end.
    searched: usize,
    code: Option<u16>,
    lines: Vec<Vec<u8>>,
    size: usize,
    faults: Vec<ReplyFault>,
}

impl Assembly {
    /// Takes what has arrived; the reply, once it is complete. What arrived behind it stays for the next one.
    ///
    /// # Errors
    /// [`NoReply`] if this can become no reply any more.
    pub fn push(&mut self, octets: &[u8]) -> Result<Option<Reply>, NoReply> {
        self.pending.extend_from_slice(octets);
        while let Some(at) = self.pending[self.searched..].iter().position(|octet| *octet == b'\n') {
            let rest = self.pending.split_off(self.searched + at + 1);
            let mut line = std::mem::replace(&mut self.pending, rest);
            self.searched = 0;
            line.pop();
            if line.len() > MAX_LINE {
                return Err(NoReply::LineTooLong(beginning(&line)));
            }
            if let Some(reply) = self.line(line)? {
                return Ok(Some(reply));
            }
        }
        self.searched = self.pending.len();
        if self.pending.len() > MAX_LINE {
            return Err(NoReply::LineTooLong(beginning(&self.pending)));
        }
        Ok(None)
    }

    /// The first line of a reply that is not finished, fit to be shown.
    pub fn unfinished(&self) -> Option<String> {
        let text = match (self.code, self.lines.first()) {
            (Some(code), Some(line)) => format!("{code}-{}", beginning(line)),
            _ => beginning(&self.pending),
        };
        (!text.is_empty()).then_some(text)
    }

    /// What has arrived and belongs to no finished reply; it is forgotten.
    pub fn take_rest(&mut self) -> Vec<u8> {
        self.searched = 0;
        std::mem::take(&mut self.pending)
    }

    /// Takes a line without its line feed.
    fn line(&mut self, mut line: Vec<u8>) -> Result<Option<Reply>, NoReply> {
        self.size += line.len();
        if self.size > MAX_REPLY || self.lines.len() >= MAX_LINES {
            return Err(NoReply::ReplyTooLong);
        }
        if line.len() + 1 > LINE_LIMIT {
            self.note(ReplyFault::LongLine);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        } else {
            self.note(ReplyFault::BareLf);
        }
        if line.contains(&0) {
            self.note(ReplyFault::Nul);
        }
        if !line.is_ascii() {
            self.note(ReplyFault::EightBit);
        }
        let code = match line.get(..3) {
            // RFC 5321 §4.2: the first digit is 2 to 5, the second 0 to 5; others have been seen and tell as much.
            Some(digits) if digits.iter().all(u8::is_ascii_digit) && (b'2'..=b'5').contains(&digits[0]) => {
                digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'))
            }
            _ => return Err(NoReply::NoCode(beginning(&line))),
        };
        let is_last = match line.get(3) {
            None | Some(b' ') => true,
            Some(b'-') => false,
            Some(_) => return Err(NoReply::NoCode(beginning(&line))),
        };
        if *self.code.get_or_insert(code) != code {
            self.note(ReplyFault::MixedCodes);
        }
        self.lines.push(line.get(4..).unwrap_or_default().to_vec());
        if !is_last {
            return Ok(None);
        }
        self.size = 0;
        self.code = None;
        let mut faults = std::mem::take(&mut self.faults);
        faults.sort();
        // RFC 5321 §4.2.1: clients may take any line's code; the last one is what most of them act on.
        Ok(Some(Reply { code, lines: std::mem::take(&mut self.lines), faults, elapsed: Duration::ZERO }))
    }

    fn note(&mut self, fault: ReplyFault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

/// The first octets of a line, as far as they are shown in a message.
fn beginning(line: &[u8]) -> String {
    clean_bytes(&line[..line.len().min(80)]).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8]) -> Result<Option<Reply>, NoReply> {
        Assembly::default().push(octets)
    }

    #[test]
    fn reply_of_several_lines_is_one_however_it_is_split() {
        let whole = b"250-mx.example greets you\r\n250-SIZE 1000\r\n250 STARTTLS\r\n";
        for at in 0..whole.len() {
            let mut assembly = Assembly::default();
            assert_eq!(assembly.push(&whole[..at]), Ok(None));
            let reply = assembly.push(&whole[at..]).expect("readable").expect("complete");
            assert_eq!((reply.code, reply.lines.len(), reply.faults.len()), (250, 3, 0));
            assert_eq!(reply.text(), "mx.example greets you SIZE 1000 STARTTLS");
        }
    }

    #[test]
    fn what_arrives_behind_a_reply_is_kept_apart() {
        let mut assembly = Assembly::default();
        let reply = assembly.push(b"220 go ahead\r\n250 injected\r\n").expect("readable").expect("complete");
        assert_eq!(reply.code, 220);
        assert_eq!(assembly.take_rest(), b"250 injected\r\n");
        assert_eq!(assembly.push(b""), Ok(None));
    }

    #[test]
    fn faults_of_form_are_named_and_the_reply_is_read() {
        let reply = read(b"250-a\x00\n251 \xff\r\n").expect("readable").expect("complete");
        assert_eq!(reply.code, 251);
        use ReplyFault::{BareLf, EightBit, MixedCodes, Nul};
        assert_eq!(reply.faults, [BareLf, MixedCodes, Nul, EightBit]);
    }

    #[test]
    fn code_alone_is_a_reply() {
        assert_eq!(read(b"250\r\n").expect("readable").map(|reply| reply.code), Some(250));
    }

    #[test]
    fn endless_line_and_endless_reply_come_to_an_end() {
        assert!(matches!(read(&vec![b'2'; MAX_LINE + 1]), Err(NoReply::LineTooLong(_))));
        assert!(matches!(read(&b"250-x\r\n".repeat(MAX_LINES + 1)), Err(NoReply::ReplyTooLong)));
    }

    #[test]
    fn other_protocols_are_no_reply() {
        for text in ["SSH-2.0-x\r\n", "+OK ready\r\n", "* OK IMAP\r\n", "HTTP/1.1 400 Bad\r\n", "2500 x\r\n", "\r\n"] {
            assert!(matches!(read(text.as_bytes()), Err(NoReply::NoCode(_))), "{text}");
        }
    }

    #[test]
    fn enhanced_code_must_fit_the_class() {
        let enhanced = |text: &str| {
            let reply = read(text.as_bytes()).ok().flatten().expect("a reply");
            reply.enhanced().map(|code| code.to_string())
        };
        assert_eq!(enhanced("451 4.7.1 wait\r\n"), Some("4.7.1".to_owned()));
        assert_eq!(enhanced("550 4.7.1 wait\r\n"), None);
        assert_eq!(enhanced("451 4.7.1.2 wait\r\n"), None);
        assert_eq!(enhanced("451 4.7 wait\r\n"), None);
        assert_eq!(enhanced("451 4.1234.1 wait\r\n"), None);
    }
}
