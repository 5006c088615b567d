//! Exim's main log and reject log.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use super::latest::Latest;
use super::stamp::{Stamp, Stamps};
use super::{Event, Message, Sink, client, incoming, key, outgoing};
use crate::mail::bounce::Action;

/// Messages under way, and rejections seen: each stands in two logs.
#[derive(Debug, Default)]
pub(super) struct Exim {
    pub(super) open: Latest<String, Message>,
    seen: Latest<u64, ()>,
}

impl Exim {
    /// `2025-03-04 09:14:03[.123] [+0100] [[pid]] …`.
    pub(super) fn line(&mut self, line: &str, stamps: &Stamps, sink: Sink<'_>) -> bool {
        let Some((stamp, rest)) = stamped(line) else { return false };
        let _ = stamps;
        let (first, tail) = rest.split_once(' ').unwrap_or((rest, ""));
        if is_message_id(first) {
            return self.message(first, tail, stamp, sink);
        }
        self.rejected(rest, stamp, sink)
    }

    fn message(&mut self, id: &str, rest: &str, stamp: Stamp, sink: Sink<'_>) -> bool {
        let (flag, words) = rest.split_once(' ').unwrap_or((rest, ""));
        match flag {
            "<=" => {
                let message = self.open.entry(id.to_owned());
                let from = words.split(' ').next().unwrap_or_default();
                message.from = Some(if from == "<>" { String::new() } else { from.to_owned() });
                message.id = words.split(" id=").nth(1).and_then(|rest| rest.split(' ').next()).map(str::to_owned);
                message.client = words.find(" H=").and_then(|at| host(&words[at + 1..]).1);
            }
            "=>" | "->" | ">>" | "*>" => {
                let recipient = recipient(words);
                sink(Event::Passed { key: key(id, recipient) });
                if let Some(message) = self.open.get(id)
                    && message.client.is_some()
                {
                    let from = message.from.clone().unwrap_or_default();
                    sink(Event::Accepted { address: message.client, from, to: recipient.to_owned() });
                }
            }
            "**" => self.delivery(id, words, Action::Failed, stamp, sink),
            "==" => self.delivery(id, words, Action::Delayed, stamp, sink),
            "Completed" => {
                self.open.remove(id);
            }
            _ => return self.rejected(rest, stamp, sink) || matches!(flag, "Frozen" | "SMTP" | "H=" | "no"),
        }
        true
    }

    fn delivery(&mut self, id: &str, words: &str, action: Action, stamp: Stamp, sink: Sink<'_>) {
        let nobody = Message::default();
        let message = self.open.get(id).unwrap_or(&nobody);
        let said = reason(words);
        if message.is_bounce() || said.contains("retry time not reached") {
            return;
        }
        let recipient = recipient(words);
        let mut refused = outgoing(recipient, action, said, message, stamp);
        if let Some(at) = words.find(" H=") {
            let (name, address) = host(&words[at + 1..]);
            let name = name.or_else(|| address.map(|address| address.to_string()));
            refused.report.remote_mta = name.or(refused.report.remote_mta.take());
            refused.report.remote_address = address;
        }
        refused.key = key(id, recipient);
        sink(Event::Refused(Box::new(refused)));
    }

    /// `H=name (helo) [address] F=<from> rejected RCPT <to>: words`.
    fn rejected(&mut self, words: &str, stamp: Stamp, sink: Sink<'_>) -> bool {
        let Some(at) = words.find(" rejected ") else { return words.starts_with("H=") };
        if !words.starts_with("H=") && !words.starts_with("U=") {
            return false;
        }
        let (head, tail) = (&words[..at], &words[at + " rejected ".len()..]);
        let mut hasher = DefaultHasher::new();
        (words, stamp.seconds).hash(&mut hasher);
        let event = hasher.finish();
        if self.seen.get(&event).is_some() {
            return true;
        }
        self.seen.entry(event);
        let (head, is_temporary) = match head.strip_suffix(" temporarily") {
            Some(head) => (head, true),
            None => (head, false),
        };
        let (what, said) = split_reason(tail);
        let (_, address) = host(head);
        let mut refused = incoming(address, said, None, stamp);
        refused.report.action = Some(if is_temporary { Action::Delayed } else { Action::Failed });
        let from =
            super::angled(head, "F=").or_else(|| what.strip_prefix("MAIL ").map(|mail| mail.trim_matches(['<', '>'])));
        refused.report.envelope_from = from.filter(|from| !from.is_empty()).map(str::to_owned);
        let to = what.strip_prefix("RCPT ").map(|to| to.trim_matches(['<', '>'])).filter(|to| !to.is_empty());
        refused.report.recipient = to.map(str::to_owned);
        let helo = super::between(head, "(", ')').or_else(|| what.strip_prefix("EHLO or HELO "));
        refused.report.helo = helo.map(str::to_owned);
        refused.key = event;
        sink(Event::Refused(Box::new(refused)));
        true
    }
}

/// The time a line begins with, and the rest of it.
fn stamped(line: &str) -> Option<(Stamp, &str)> {
    let date = line.get(..10)?;
    let rest = line.get(11..)?;
    let (time, mut rest) = rest.split_once(' ')?;
    let mut zone = None;
    if rest.starts_with(['+', '-']) && rest.get(1..5).is_some_and(|zone| zone.bytes().all(|byte| byte.is_ascii_digit()))
    {
        (zone, rest) = (rest.get(..5), rest.get(6..)?);
    }
    if let Some(inside) = rest.strip_prefix('[')
        && let Some((pid, tail)) = inside.split_once("] ")
        && pid.bytes().all(|byte| byte.is_ascii_digit())
    {
        rest = tail;
    }
    Some((Stamp::of(date, time, zone)?, rest))
}

/// `1tpAbc-0001Bc-2x`, or since 4.97 `1tpAbc-00000001abc-2xYz`.
fn is_message_id(word: &str) -> bool {
    let lengths: Vec<usize> = word.split('-').map(str::len).collect();
    let is_id = matches!(lengths[..], [6, 6, 2] | [6, 11, 4]);
    is_id && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The first address; in brackets stands the one that was asked for.
fn recipient(words: &str) -> &str {
    let first = words.split([' ', ':']).next().unwrap_or_default();
    if first.contains('@') {
        return first.trim_matches(['<', '>']);
    }
    // A local user, with the address behind it.
    super::between(words, "<", '>').unwrap_or(first)
}

/// `H=name (helo) [address]:port`.
fn host(words: &str) -> (Option<String>, Option<IpAddr>) {
    let Some(at) = words.find("H=") else { return (None, None) };
    let rest = &words[at + 2..];
    let name = rest.split([' ', '[']).next().unwrap_or_default();
    let name = (!name.is_empty() && !name.starts_with('(')).then(|| name.trim_end_matches('.').to_lowercase());
    (name, client(rest))
}

/// What follows the first colon and blank outside of quotes.
fn reason(words: &str) -> &str {
    split_reason(words).1
}

fn split_reason(words: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let bytes = words.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b':' if !is_quoted && bytes.get(at + 1) == Some(&b' ') => return (&words[..at], &words[at + 2..]),
            _ => {}
        }
    }
    (words, "")
}
