//! SmarterMail: the SMTP log by session, the delivery log by message.

use std::net::IpAddr;

use super::latest::Latest;
use super::stamp::{Stamp, Stamps};
use super::{Event, Message, Sink, incoming, key, outgoing};
use crate::mail::bounce::{Action, Said};

/// Sessions and deliveries under way.
#[derive(Debug, Default)]
pub(super) struct SmarterMail {
    sessions: Latest<String, Session>,
    deliveries: Latest<String, Delivery>,
}

#[derive(Debug, Default)]
struct Session {
    command: String,
    from: Option<String>,
    helo: Option<String>,
}

#[derive(Debug, Default)]
struct Delivery {
    message: Message,
    host: Option<String>,
    recipient: Option<String>,
    /// The last refusal, until the next command.
    refusal: Option<String>,
}

impl SmarterMail {
    pub(super) fn line(&mut self, line: &str, stamps: &Stamps, sink: Sink<'_>) -> bool {
        let Some((stamp, rest)) = stamped(line, stamps) else { return false };
        let Some((first, rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { return false };
        match rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((session, words)) => self.server(first, session, words, stamp, sink),
            None => self.delivery(first, rest.trim_start(), stamp, sink),
        }
        true
    }

    /// `cmd: RCPT TO:<a@b>`, `rsp: 554 words`.
    fn server(&mut self, address: &str, number: &str, words: &str, stamp: Stamp, sink: Sink<'_>) {
        let address: Option<IpAddr> = address.parse().ok();
        let name = format!("{number} {}", address.map(|address| address.to_string()).unwrap_or_default());
        if let Some(command) = words.strip_prefix("cmd: ") {
            let session = self.sessions.entry(name);
            session.command = command.to_owned();
            let upper = command.to_ascii_uppercase();
            if upper.starts_with("MAIL FROM") {
                session.from = mailbox(command);
            } else if upper.starts_with("EHLO ") || upper.starts_with("HELO ") {
                session.helo = Some(command[5..].trim().to_owned());
            }
        } else if let Some(reply) = words.strip_prefix("rsp: ") {
            let Some(session) = self.sessions.get(&name) else { return };
            let upper = session.command.to_ascii_uppercase();
            let code = Said::read(reply).code.unwrap_or_default();
            if code >= 400 && ["MAIL", "RCPT", "DATA", "EHLO", "HELO"].iter().any(|verb| upper.starts_with(verb)) {
                let mut refused = incoming(address, reply, None, stamp);
                refused.report.envelope_from.clone_from(&session.from);
                refused.report.helo.clone_from(&session.helo);
                refused.report.recipient = upper.starts_with("RCPT").then(|| mailbox(&session.command)).flatten();
                refused.key = key(&name, &session.command);
                sink(Event::Refused(Box::new(refused)));
            } else if code == 250 && upper.starts_with("RCPT") {
                let to = mailbox(&session.command).unwrap_or_default();
                let from = session.from.clone().unwrap_or_default();
                sink(Event::Accepted { address, from, to });
            }
        } else if words.starts_with("disconnected") {
            self.sessions.remove(&name);
        }
    }

    fn delivery(&mut self, number: &str, words: &str, stamp: Stamp, sink: Sink<'_>) {
        let delivery = self.deliveries.entry(number.to_owned());
        let upper = words.get(..20.min(words.len())).unwrap_or_default().to_ascii_uppercase();
        if let Some(from) = words.strip_prefix("Delivery started for ") {
            delivery.message.from = from.split(" at ").next().map(str::to_owned);
        } else if words.starts_with("Attempting MxRecord Host Name: ") {
            delivery.host = super::between(words, "'", '\'').map(|host| host.trim_end_matches('.').to_lowercase());
        } else if upper.starts_with("CMD: ") {
            if upper.starts_with("CMD: RCPT") {
                delivery.recipient = mailbox(words);
            }
            delivery.refusal = None;
        } else if upper.starts_with("RSP: ") {
            let reply = words[5..].trim();
            if Said::read(reply).code.is_some_and(|code| code >= 400) {
                delivery.refusal = Some(reply.to_owned());
            }
        } else if let Some(rest) = words.strip_prefix("Delivery for ") {
            let Some((from, rest)) = rest.split_once(" to ") else { return };
            let recipient = rest.split(' ').next().unwrap_or_default().to_owned();
            delivery.message.from.get_or_insert_with(|| from.to_owned());
            if rest.contains("has completed") || rest.contains("was delivered") {
                sink(Event::Passed { key: key(number, &recipient) });
                return;
            }
            let is_failed = rest.contains("has bounced") || rest.contains("has failed");
            let reason = rest.split_once("Reason: ").map_or("", |(_, reason)| reason);
            let action = if is_failed { Action::Failed } else { Action::Delayed };
            let same = delivery.recipient.as_deref().is_none_or(|known| known.eq_ignore_ascii_case(&recipient));
            let refusal = delivery.refusal.clone().filter(|_| same);
            let words = refusal.unwrap_or_else(|| reason.to_owned());
            if words.is_empty() || delivery.message.is_bounce() {
                return;
            }
            let mut refused = outgoing(&recipient, action, &words, &delivery.message, stamp);
            refused.report.remote_mta = delivery.host.clone().or(refused.report.remote_mta.take());
            refused.key = key(number, &recipient);
            sink(Event::Refused(Box::new(refused)));
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.sessions.dropped() + self.deliveries.dropped()
    }
}

/// `[2025.03.04] 09:14:03.123 `, or without the date.
fn stamped<'a>(line: &'a str, stamps: &Stamps) -> Option<(Stamp, &'a str)> {
    match line.strip_prefix('[') {
        Some(rest) => {
            let (date, rest) = rest.split_once("] ")?;
            let (time, rest) = rest.split_once(' ')?;
            Some((Stamp::of(date, time, None)?, rest))
        }
        None => {
            let (time, rest) = line.split_once(' ')?;
            Some((stamps.clock_only(time)?, rest))
        }
    }
}

fn mailbox(command: &str) -> Option<String> {
    super::between(command, "<", '>').filter(|mailbox| !mailbox.is_empty()).map(str::to_owned)
}
