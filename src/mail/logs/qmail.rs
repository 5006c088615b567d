//! qmail-send, by multilog or syslog.

use super::latest::Latest;
use super::stamp::{Stamp, Stamps};
use super::{Event, Message, Sink, key, outgoing};
use crate::mail::bounce::Action;

/// Messages and deliveries under way. Their numbers are used again.
#[derive(Debug, Default)]
pub(super) struct Qmail {
    messages: Latest<u64, Message>,
    deliveries: Latest<u64, (u64, String)>,
}

impl Qmail {
    /// `@4000000067c6b1f01a2b3c4d words`.
    pub(super) fn line(&mut self, line: &str, _: &Stamps, sink: Sink<'_>) -> bool {
        let Some((label, words)) = line.split_once(' ') else { return false };
        let Some(stamp) = tai64n(label) else { return false };
        self.message(words, stamp, sink)
    }

    pub(super) fn message(&mut self, words: &str, stamp: Stamp, sink: Sink<'_>) -> bool {
        // Through syslog a time of its own stands at the front.
        let words = match words.split_once(' ') {
            Some((time, rest)) if time.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => rest,
            _ => words,
        };
        let number = |text: &str| text.split([' ', ':']).next().and_then(|number| number.parse::<u64>().ok());
        if let Some(rest) = words.strip_prefix("new msg ") {
            if let Some(id) = number(rest) {
                *self.messages.entry(id) = Message { arrival: Some(stamp), ..Message::default() };
            }
        } else if let Some(rest) = words.strip_prefix("info msg ") {
            if let Some(id) = number(rest) {
                let from = super::angled(rest, "from ").unwrap_or_default();
                let message = self.messages.entry(id);
                message.from = Some(from.to_owned());
                message.arrival.get_or_insert(stamp);
            }
        } else if let Some(rest) = words.strip_prefix("end msg ") {
            if let Some(id) = number(rest) {
                self.messages.remove(&id);
            }
        } else if let Some(rest) = words.strip_prefix("starting delivery ") {
            let message = rest.split_once("msg ").and_then(|(_, rest)| number(rest));
            let recipient = rest.rsplit(' ').next().unwrap_or_default();
            if let (Some(delivery), Some(message)) = (number(rest), message) {
                *self.deliveries.entry(delivery) = (message, recipient.to_owned());
            }
        } else if let Some(rest) = words.strip_prefix("delivery ") {
            self.delivery(rest, stamp, sink);
        } else {
            return words.starts_with("status: ")
                || words.starts_with("bounce msg ")
                || words.starts_with("triple bounce");
        }
        true
    }

    /// `5: failure: words_with_blanks_as_underscores/`.
    fn delivery(&mut self, rest: &str, stamp: Stamp, sink: Sink<'_>) {
        let mut parts = rest.splitn(3, ": ");
        let (Some(number), Some(result), words) = (parts.next(), parts.next(), parts.next().unwrap_or_default()) else {
            return;
        };
        let Some((id, recipient)) = number.parse().ok().and_then(|number: u64| self.deliveries.remove(&number)) else {
            return;
        };
        let nobody = Message::default();
        let message = self.messages.get(&id).unwrap_or(&nobody);
        let arrival = message.arrival.unwrap_or(stamp);
        // The number comes again for another message; its arrival does not.
        let key = key(&format!("{id} {}", arrival.seconds), &recipient);
        let action = match result {
            "success" => {
                sink(Event::Passed { key });
                return;
            }
            "failure" => Action::Failed,
            "deferral" => Action::Delayed,
            _ => return,
        };
        if message.is_bounce() {
            return;
        }
        let words = words.replace('/', "\n").replace('_', " ");
        let mut refused = outgoing(&recipient, action, &words, message, stamp);
        refused.key = key;
        sink(Event::Refused(Box::new(refused)));
    }

    pub(super) fn dropped(&self) -> u64 {
        self.messages.dropped() + self.deliveries.dropped()
    }
}

/// A TAI64N label: `@`, seconds from 2^62 and nanoseconds in hex. TAI is ahead of UTC by 37 seconds since 2017; qmail's
/// own clock counts ten.
fn tai64n(label: &str) -> Option<Stamp> {
    let hex = label.strip_prefix('@')?.get(..16)?;
    let seconds = i64::from_str_radix(hex, 16).ok()?.checked_sub(1 << 62)?;
    Some(Stamp::utc(seconds - 10))
}
