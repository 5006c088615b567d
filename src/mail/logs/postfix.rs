//! Postfix (`smtp`, `smtpd`, `postscreen` and their kin) and the policy services beside it.

use std::net::IpAddr;

use super::latest::Latest;
use super::{Event, Message, Sink, Syslog, angled, between, client, incoming, key, outgoing};
use crate::mail::bounce::Action;

/// Messages under way by queue id.
#[derive(Debug, Default)]
pub(super) struct Postfix {
    pub(super) open: Latest<String, Message>,
}

impl Postfix {
    pub(super) fn line(&mut self, line: &Syslog<'_>, sink: Sink<'_>) -> bool {
        let words = line.words;
        let daemon = line.program.rsplit('/').next().unwrap_or_default();
        match daemon {
            "postgrey" | "policyd" | "policyd-spf" | "policy-spf" => {
                return words.find("action=").is_some_and(|at| policy(&words[at..], line, sink));
            }
            "qmgr" | "nqmgr" | "oqmgr" => self.queue(line),
            "cleanup" if words.contains("milter-reject: ") => self.rejected(line, sink),
            "cleanup" => self.cleanup(line),
            "smtpd" | "postscreen" => self.server(line, sink),
            // What the error daemon says has been said before.
            "error" | "retry" => {}
            "bounce" | "anvil" | "master" | "scache" | "pickup" | "trivial-rewrite" | "verify" | "tlsmgr" => {}
            _ => self.delivery(line, sink),
        }
        true
    }

    /// `ID: from=<a@b>, size=1, nrcpt=1 (queue active)`.
    fn queue(&mut self, line: &Syslog<'_>) {
        let Some((id, rest)) = line.words.split_once(": ") else { return };
        if rest == "removed" {
            self.open.remove(id);
            return;
        }
        if let Some(from) = rest.strip_prefix("from=<").and_then(|rest| rest.split('>').next()) {
            let message = self.open.entry(id.to_owned());
            message.from = Some(from.to_owned());
        }
    }

    /// `ID: message-id=<a@b>`.
    fn cleanup(&mut self, line: &Syslog<'_>) {
        let Some((id, rest)) = line.words.split_once(": ") else { return };
        if let Some(message_id) = rest.strip_prefix("message-id=") {
            let message_id = message_id.trim_matches(['<', '>']);
            self.open.entry(id.to_owned()).id = Some(message_id.to_owned()).filter(|id| !id.is_empty());
        }
    }

    fn server(&mut self, line: &Syslog<'_>, sink: Sink<'_>) {
        if line.words.contains("reject: ") {
            self.rejected(line, sink);
            return;
        }
        let Some((id, rest)) = line.words.split_once(": ") else { return };
        if let Some(from) = rest.strip_prefix("client=") {
            let message = self.open.entry(id.to_owned());
            message.client = client(from);
        }
    }

    /// `NOQUEUE: reject: RCPT from name[address]: 450 4.7.1 words; from=<a> to=<b> proto=ESMTP helo=<c>`.
    fn rejected(&mut self, line: &Syslog<'_>, sink: Sink<'_>) {
        let Some((id, rest)) = line.words.split_once(": ") else { return };
        let Some((what, rest)) = rest.split_once(": ") else { return };
        if !matches!(what, "reject" | "milter-reject") {
            return;
        }
        // `RCPT from name[address]: `, with a port behind it from postscreen.
        let Some(open) = rest.find('[') else { return };
        let Some(close) = rest[open..].find("]").map(|at| open + at) else { return };
        let address = client(&rest[..=close]);
        let Some(words) = rest[close + 1..].split_once(": ").map(|(_, words)| words) else { return };
        let (words, envelope) = match words.find("; from=<").or_else(|| words.rfind("; proto=")) {
            Some(at) => (&words[..at], &words[at..]),
            None => (words, ""),
        };
        let mut refused = incoming(address, words, Some(line.host), line.stamp);
        let sender = angled(envelope, "from=").filter(|from| !from.is_empty());
        let recipient = angled(envelope, " to=").filter(|to| !to.is_empty());
        refused.report.envelope_from = sender.map(str::to_owned);
        refused.report.recipient = recipient.map(str::to_owned);
        let helo = angled(envelope, "helo=").filter(|helo| !helo.is_empty());
        refused.report.helo = helo.map(str::to_owned).or(refused.report.helo.take());
        refused.key = key(id, recipient.unwrap_or_default());
        // postscreen puts everybody off who has just passed its deep tests.
        let text = refused.report.text.as_deref().unwrap_or_default();
        refused.is_first_contact =
            line.program.ends_with("postscreen") && text.starts_with("Service currently unavailable");
        if let Some(message) = self.open.get(id) {
            refused.report.message_id.clone_from(&message.id);
        }
        sink(Event::Refused(Box::new(refused)));
    }

    /// `ID: to=<a@b>, relay=host[address]:25, …, dsn=5.1.1, status=bounced (words)`.
    fn delivery(&mut self, line: &Syslog<'_>, sink: Sink<'_>) {
        let Some((id, rest)) = line.words.split_once(": ") else { return };
        let Some(recipient) = rest.strip_prefix("to=<").and_then(|rest| rest.split('>').next()) else { return };
        let Some(at) = rest.find(", status=") else { return };
        let (head, tail) = (&rest[..at], &rest[at + ", status=".len()..]);
        let (status, words) = tail.split_once(" (").unwrap_or((tail, ""));
        let words = words.strip_suffix(')').unwrap_or(words);
        let nobody = Message::default();
        let message = self.open.get(id).unwrap_or(&nobody);
        if status == "sent" {
            sink(Event::Passed { key: key(id, recipient) });
            if let Some(from) = message.from.as_ref().filter(|_| message.client.is_some()) {
                let original = angled(head, "orig_to=").unwrap_or(recipient);
                let accepted =
                    |to: &str| Event::Accepted { address: message.client, from: from.clone(), to: to.to_owned() };
                sink(accepted(recipient));
                if original != recipient {
                    sink(accepted(original));
                }
            }
            return;
        }
        let action = match status.trim_end_matches(',') {
            "deferred" => Action::Delayed,
            "bounced" | "expired" | "undeliverable" => Action::Failed,
            _ => return,
        };
        if message.is_bounce() {
            return;
        }
        let mut refused = outgoing(recipient, action, words, message, line.stamp);
        let relay = between(head, "relay=", ',').unwrap_or_default();
        let (relay_name, _) = relay.split_once('[').unwrap_or(("", ""));
        let relay_address: Option<IpAddr> = client(relay);
        if !relay_name.is_empty() {
            refused.report.remote_mta = Some(relay_name.trim_end_matches('.').to_lowercase());
            refused.report.remote_address = relay_address;
        } else if let Some(address) = relay_address {
            refused.report.remote_mta = Some(address.to_string());
        }
        refused.report.status =
            head.find("dsn=").map(|at| head[at + 4..].split(',').next().unwrap_or_default().to_owned());
        refused.key = key(id, recipient);
        sink(Event::Refused(Box::new(refused)));
    }
}

/// `action=greylist, reason=new, client_name=…, client_address=…, sender=…, recipient=…`, as postgrey writes it.
fn policy(words: &str, line: &Syslog<'_>, sink: Sink<'_>) -> bool {
    let value = |name: &str| {
        let at = words.find(name)? + name.len();
        Some(words[at..].split([',', ' ']).next().unwrap_or_default().trim_matches(['<', '>']))
    };
    let Some(action) = value("action=") else { return false };
    let address: Option<IpAddr> = value("client_address=").and_then(|address| address.parse().ok());
    let (from, to) = (value("sender=").unwrap_or_default(), value("recipient=").unwrap_or_default());
    match action {
        "greylist" => {
            let mut refused = incoming(address, "450 4.2.0 Greylisted", Some(line.host), line.stamp);
            // The words are ours: the service tells the server what to answer.
            (refused.report.reply_code, refused.report.enhanced_code) = (None, None);
            refused.report.envelope_from = Some(from.to_owned()).filter(|from| !from.is_empty());
            refused.report.recipient = Some(to.to_owned()).filter(|to| !to.is_empty());
            refused.report.text = Some(words.to_owned());
            refused.report.action = Some(Action::Delayed);
            refused.is_first_contact = true;
            refused.key = key(from, to);
            sink(Event::Refused(Box::new(refused)));
        }
        "pass" => sink(Event::Accepted { address, from: from.to_owned(), to: to.to_owned() }),
        _ => return false,
    }
    true
}
