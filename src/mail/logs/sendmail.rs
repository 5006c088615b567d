//! Sendmail.

use super::latest::Latest;
use super::{Event, Message, Refused, Sink, Syslog, client, incoming, key, outgoing};
use crate::mail::bounce::Action;

/// Messages under way, with the rejections of milters that wait for the client's line.
#[derive(Debug, Default)]
pub(super) struct Sendmail {
    pub(super) open: Latest<String, Entry>,
}

#[derive(Debug, Default)]
pub(super) struct Entry {
    message: Message,
    waiting: Vec<Refused>,
}

impl Sendmail {
    pub(super) fn line(&mut self, line: &Syslog<'_>, sink: Sink<'_>) -> bool {
        let Some((id, rest)) = line.words.split_once(": ") else { return false };
        if let Some(milter) = rest.strip_prefix("Milter: ") {
            self.milter(id, milter, line);
        } else if rest.starts_with("from=") {
            self.from(id, rest, sink);
        } else if rest.starts_with("to=") {
            self.to(id, rest, line, sink);
        } else if rest.starts_with("ruleset=") {
            self.ruleset(id, rest, line, sink);
        } else {
            return false;
        }
        true
    }

    pub(super) fn end(&mut self, sink: Sink<'_>) {
        for refused in self.open.values().flat_map(|entry| entry.waiting.drain(..)) {
            sink(Event::Refused(Box::new(refused)));
        }
    }

    fn from(&mut self, id: &str, rest: &str, sink: Sink<'_>) {
        let entry = self.open.entry(id.to_owned());
        entry.message.from = value(rest, "from=").map(|from| from.trim_matches(['<', '>']).to_owned());
        entry.message.id = value(rest, "msgid=").map(|id| id.trim_matches(['<', '>']).to_owned());
        entry.message.client = value(rest, "relay=").and_then(client);
        for mut refused in entry.waiting.drain(..) {
            refused.report.sending_address = entry.message.client;
            refused.report.envelope_from = entry.message.sender();
            sink(Event::Refused(Box::new(refused)));
        }
    }

    fn to(&mut self, id: &str, rest: &str, line: &Syslog<'_>, sink: Sink<'_>) {
        let nobody = Entry::default();
        let entry = self.open.get(id).unwrap_or(&nobody);
        let Some(recipients) = value(rest, "to=") else { return };
        let stat = rest.rfind(", stat=").map_or("", |at| &rest[at + ", stat=".len()..]);
        for recipient in recipients.split(',').map(|recipient| recipient.trim_matches(['<', '>', ' '])) {
            if stat.starts_with("Sent") {
                sink(Event::Passed { key: key(id, recipient) });
                if let (Some(address), Some(from)) = (entry.message.client, &entry.message.from) {
                    sink(Event::Accepted { address: Some(address), from: from.clone(), to: recipient.to_owned() });
                }
                continue;
            }
            if stat.is_empty() || stat.starts_with("queued") || entry.message.is_bounce() {
                continue;
            }
            let deferred = stat.strip_prefix("Deferred");
            let action = if deferred.is_some() { Action::Delayed } else { Action::Failed };
            let reply = value(rest, "reply=").filter(|reply| reply.len() > 3);
            let said = deferred.map_or(stat, |words| words.trim_start_matches([':', ' ']));
            let words = reply.unwrap_or(said);
            let mut refused = outgoing(recipient, action, words, &entry.message, line.stamp);
            refused.report.status = value(rest, "dsn=").map(str::to_owned);
            if let Some(relay) = value(rest, "relay=") {
                let name = relay.split([' ', '[']).next().unwrap_or_default().trim_end_matches('.').to_lowercase();
                if !name.is_empty() {
                    refused.report.remote_mta = Some(name);
                }
                refused.report.remote_address = client(relay);
            }
            if refused.report.envelope_from.is_none() {
                let sender = value(rest, "ctladdr=").map(|sender| sender.split(' ').next().unwrap_or_default());
                refused.report.envelope_from = sender.map(|sender| sender.trim_matches(['<', '>']).to_owned());
            }
            refused.key = key(id, recipient);
            sink(Event::Refused(Box::new(refused)));
        }
    }

    fn ruleset(&mut self, id: &str, rest: &str, line: &Syslog<'_>, sink: Sink<'_>) {
        let Some(at) = rest.find("reject=") else { return };
        let address = value(rest, "relay=").and_then(client);
        let mut refused = incoming(address, &rest[at + "reject=".len()..], Some(line.host), line.stamp);
        let argument = value(rest, "arg1=").map(|argument| argument.trim_matches(['<', '>']));
        match value(rest, "ruleset=") {
            Some("check_rcpt") => refused.report.recipient = argument.map(str::to_owned),
            Some("check_mail") => refused.report.envelope_from = argument.map(str::to_owned),
            _ => {}
        }
        if refused.report.envelope_from.is_none() {
            refused.report.envelope_from = self.open.get(id).and_then(|entry| entry.message.sender());
        }
        refused.key = key(id, argument.unwrap_or_default());
        sink(Event::Refused(Box::new(refused)));
    }

    fn milter(&mut self, id: &str, rest: &str, line: &Syslog<'_>) {
        let Some(at) = rest.find("reject=") else { return };
        let mut refused = incoming(None, &rest[at + "reject=".len()..], Some(line.host), line.stamp);
        let recipient = value(rest, "to=").map(|to| to.trim_matches(['<', '>']).to_owned());
        refused.key = key(id, recipient.as_deref().unwrap_or_default());
        refused.report.recipient = recipient;
        let entry = self.open.entry(id.to_owned());
        refused.report.sending_address = entry.message.client;
        refused.report.envelope_from = entry.message.sender();
        // The client's line may follow.
        if entry.waiting.len() < 100 {
            entry.waiting.push(refused);
        }
    }
}

/// The value behind a key up to the comma before the next key: values have commas of their own.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = if text.starts_with(key) { 0 } else { text.find(&format!(", {key}"))? + 2 };
    let rest = &text[at + key.len()..];
    let mut end = rest.len();
    for (at, _) in rest.match_indices(", ") {
        let next = &rest[at + 2..];
        let name = next.split('=').next().unwrap_or_default();
        if next.len() > name.len() && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            end = at;
            break;
        }
    }
    Some(&rest[..end])
}
