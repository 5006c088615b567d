//! Logs of mail servers, line by line: what others refused of ours, and what we refused of others.
//!
//! A log may be of several programs at once; each line is told by itself. Held are open queue ids and sessions only, and
//! of those the latest.

mod exchange;
mod exim;
mod haraka;
mod latest;
mod opensmtpd;
mod postfix;
mod qmail;
mod sendmail;
mod smartermail;
mod stamp;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::stamp::Stamp;
use super::bounce::{Action, Report, Said};

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Our mail, refused by others.
    Out,
    /// Others' mail, refused by us.
    In,
}

/// What a line of a log tells.
#[derive(Debug)]
pub enum Event {
    /// Mail was refused, or put off.
    Refused(Box<Refused>),
    /// A message from outside was taken.
    Accepted {
        /// The client's network.
        address: Option<IpAddr>,
        /// The reverse-path.
        from: String,
        /// The recipient.
        to: String,
    },
    /// What was put off before was delivered.
    Passed {
        /// The message and recipient, as in [`Refused::key`].
        key: u64,
    },
}

/// A refusal in a log.
#[derive(Debug)]
pub struct Refused {
    /// Which way the message went.
    pub direction: Direction,
    /// What the line says.
    pub report: Report,
    /// Tells the message and its recipient from others of this log.
    pub key: u64,
    /// Whether it is a first contact's delay by what the program is known for, whatever its words.
    pub is_first_contact: bool,
    /// Whether the log leaves out the reason.
    pub lacks_reason: bool,
    /// When it happened, in seconds since 1970 as the log's clock has it.
    pub time: i64,
}

/// Reads a log.
#[derive(Debug, Default)]
pub struct Reader {
    stamps: stamp::Stamps,
    postfix: postfix::Postfix,
    exim: exim::Exim,
    sendmail: sendmail::Sendmail,
    opensmtpd: opensmtpd::OpenSmtpd,
    qmail: qmail::Qmail,
    exchange: exchange::Exchange,
    smartermail: smartermail::SmarterMail,
    haraka: haraka::Haraka,
    /// Lines of a mail program that this reader knows.
    pub known: u64,
    /// All lines.
    pub lines: u64,
}

/// What takes the events.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(Event);

impl Reader {
    /// A reader that takes dates without a year as the last ones before `now`, in seconds since 1970.
    pub fn new(now: i64) -> Self {
        Reader { stamps: stamp::Stamps::new(now), ..Reader::default() }
    }

    /// Reads a line without its end.
    pub fn line(&mut self, line: &str, sink: Sink<'_>) {
        self.lines += 1;
        if self.read(line, sink) {
            self.known += 1;
        }
    }

    /// Whether the line is one of a program that is known.
    fn read(&mut self, line: &str, sink: Sink<'_>) -> bool {
        if self.exchange.is_open() || line.starts_with('#') || exchange::is_header(line) {
            return self.exchange.line(line, sink);
        }
        match line.as_bytes() {
            [b'[', b'0'..=b'9', ..] => return self.smartermail.line(line, &self.stamps, sink),
            [b'@', b'4', ..] => return self.qmail.line(line, &self.stamps, sink),
            [b'0'..=b'9', b'0'..=b'9', b':', ..] => return self.smartermail.line(line, &self.stamps, sink),
            [b'2', b'0', _, _, b'-', _, _, b'-', _, _, b' ', ..] => return self.exim.line(line, &self.stamps, sink),
            [b'2', b'0', ..] if line.get(..40.min(line.len())).is_some_and(|head| head.contains("Z [")) => {
                return self.haraka.line(line, &self.stamps, sink);
            }
            _ => {}
        }
        let Some(syslog) = self.stamps.syslog(line) else { return false };
        let program = syslog.program;
        if program.starts_with("postfix") || program == "postgrey" || program.starts_with("policyd") {
            return self.postfix.line(&syslog, sink);
        }
        match program {
            "sm-mta" | "sendmail" | "sm-msp" | "sm-mta-in" | "sm-msp-queue" => self.sendmail.line(&syslog, sink),
            "smtpd" | "opensmtpd" => self.opensmtpd.line(&syslog, sink),
            "qmail" | "qmail-send" => self.qmail.message(syslog.words, syslog.stamp, sink),
            "haraka" => self.haraka.line(syslog.words, &self.stamps, sink),
            _ if program.starts_with("exim") => self.exim.line(syslog.words, &self.stamps, sink),
            _ => false,
        }
    }

    /// Ends the log: what waited for a line that did not come is told without it.
    pub fn end(&mut self, sink: Sink<'_>) {
        self.sendmail.end(sink);
    }

    /// How many open messages and sessions were dropped because there were too many.
    pub fn dropped(&self) -> u64 {
        self.postfix.open.dropped()
            + self.exim.open.dropped()
            + self.sendmail.open.dropped()
            + self.opensmtpd.dropped()
            + self.qmail.dropped()
            + self.smartermail.dropped()
            + self.haraka.dropped()
    }
}

/// A line of syslog taken apart.
struct Syslog<'a> {
    stamp: Stamp,
    host: &'a str,
    /// The program without its process number.
    program: &'a str,
    words: &'a str,
}

/// What is known of a message that is under way.
#[derive(Debug, Clone, Default)]
struct Message {
    from: Option<String>,
    id: Option<String>,
    client: Option<IpAddr>,
    /// When it came, where its number is used again.
    arrival: Option<Stamp>,
}

impl Message {
    /// Whether it is a bounce, which nobody waits for.
    fn is_bounce(&self) -> bool {
        self.from.as_deref() == Some("")
    }

    fn sender(&self) -> Option<String> {
        self.from.clone().filter(|from| !from.is_empty())
    }
}

/// A refusal of our mail, with what the words say.
fn outgoing(recipient: &str, action: Action, words: &str, message: &Message, stamp: Stamp) -> Refused {
    let mut report = Report {
        recipient: Some(recipient.to_owned()),
        action: Some(action),
        envelope_from: message.sender(),
        message_id: message.id.clone(),
        arrival: Some(stamp.to_string()),
        ..Report::default()
    };
    report.hear(Said::read(words));
    refused(Direction::Out, report, 0, stamp)
}

/// A refusal of others' mail, with what our words say.
fn incoming(client: Option<IpAddr>, words: &str, host: Option<&str>, stamp: Stamp) -> Refused {
    let said = Said::read(words);
    let is_temporary = match (said.code, &said.enhanced) {
        (Some(code), _) => code < 500,
        (None, Some(enhanced)) => enhanced.starts_with('4'),
        (None, None) => false,
    };
    let report = Report {
        action: Some(if is_temporary { Action::Delayed } else { Action::Failed }),
        reply_code: said.code,
        enhanced_code: said.enhanced,
        text: (!said.text.is_empty()).then_some(said.text),
        reply: (!said.reply.is_empty()).then_some(said.reply),
        helo: said.helo,
        sending_address: client,
        reporting_mta: host.map(str::to_lowercase),
        arrival: Some(stamp.to_string()),
        ..Report::default()
    };
    refused(Direction::In, report, 0, stamp)
}

fn refused(direction: Direction, report: Report, key: u64, stamp: Stamp) -> Refused {
    Refused { direction, report, key, is_first_contact: false, lacks_reason: false, time: stamp.seconds }
}

/// A number for a message and a recipient of it.
fn key(message: &str, recipient: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (message, recipient).hash(&mut hasher);
    hasher.finish()
}

/// What stands between `before` and `after`.
fn between<'a>(text: &'a str, before: &str, after: char) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let length = text[start..].find(after)?;
    Some(&text[start..start + length])
}

/// A value in angle brackets behind a key: `to=<a@b>`. Brackets inside quotes are rare enough.
fn angled<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = text.find(key)?;
    text[at + key.len()..].strip_prefix('<')?.split('>').next()
}

/// A client as Postfix and others name it: `name[address]`, with a port behind it or not.
fn client(text: &str) -> Option<IpAddr> {
    let inside = between(text, "[", ']')?;
    let inside = inside.strip_prefix("IPv6:").or_else(|| inside.strip_prefix("ipv6:")).unwrap_or(inside);
    inside.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}
