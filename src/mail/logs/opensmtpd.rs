//! OpenSMTPD: `session kind event key=value key="value"`.

use std::net::IpAddr;

use super::latest::Latest;
use super::{Event, Message, Sink, Syslog, client, incoming, key, outgoing};
use crate::mail::bounce::{Action, Said};

/// Sessions under way.
#[derive(Debug, Default)]
pub(super) struct OpenSmtpd {
    sessions: Latest<String, Session>,
}

#[derive(Debug, Default)]
struct Session {
    address: Option<IpAddr>,
    helo: Option<String>,
    from: Option<String>,
}

impl OpenSmtpd {
    pub(super) fn line(&mut self, line: &Syslog<'_>, sink: Sink<'_>) -> bool {
        let mut words = line.words.splitn(3, ' ');
        let (Some(session), Some(kind), Some(rest)) = (words.next(), words.next(), words.next()) else { return false };
        let event = rest.split(' ').next().unwrap_or_default();
        let event = event.strip_prefix("event=").unwrap_or(event);
        match (kind, event) {
            ("mta", "delivery") => delivery(session, rest, line, sink),
            ("smtp", "connected") => {
                let address = value(rest, "address=").and_then(|address| bare(address).parse().ok());
                self.sessions.entry(session.to_owned()).address = address;
            }
            ("smtp", "failed-command") => self.failed(session, rest, line, sink),
            ("smtp", "message") => {
                if let Some(open) = self.sessions.get(session) {
                    let from = value(rest, "from=").map(bare).unwrap_or_default().to_owned();
                    let to = value(rest, "to=").map(bare).unwrap_or_default().to_owned();
                    sink(Event::Accepted { address: open.address, from, to });
                }
            }
            ("smtp", "disconnected" | "closed") => {
                self.sessions.remove(session);
            }
            ("smtp" | "mta" | "mda" | "scheduler", _) => {}
            _ => return false,
        }
        true
    }

    fn failed(&mut self, session: &str, rest: &str, line: &Syslog<'_>, sink: Sink<'_>) {
        let command = value(rest, "command=").unwrap_or_default();
        let result = value(rest, "result=").unwrap_or_default();
        let open = self.sessions.entry(session.to_owned());
        let argument = |name: &str| {
            command
                .get(..name.len())
                .filter(|head| head.eq_ignore_ascii_case(name))
                .map(|_| bare(command[name.len()..].split_whitespace().next().unwrap_or_default()).to_owned())
        };
        // What is not refused for a reason of ours is none: commands that nobody knows.
        if Said::read(result).code.is_none() {
            return;
        }
        let mut refused = incoming(open.address, result, Some(line.host), line.stamp);
        refused.report.recipient = argument("RCPT TO:");
        open.from = argument("MAIL FROM:").or(open.from.take());
        open.helo = argument("EHLO ").or_else(|| argument("HELO ")).or(open.helo.take());
        refused.report.envelope_from.clone_from(&open.from);
        refused.report.helo = refused.report.helo.take().or_else(|| open.helo.clone());
        if !["RCPT", "MAIL", "DATA", "EHLO", "HELO"].iter().any(|name| command.to_ascii_uppercase().starts_with(name)) {
            return;
        }
        refused.key = key(session, command);
        sink(Event::Refused(Box::new(refused)));
    }

    pub(super) fn dropped(&self) -> u64 {
        self.sessions.dropped()
    }
}

fn delivery(session: &str, rest: &str, line: &Syslog<'_>, sink: Sink<'_>) {
    let recipient = value(rest, "to=").map(bare).unwrap_or_default();
    let from = value(rest, "from=").map(bare).unwrap_or_default();
    // An envelope keeps its number over all attempts; sessions do not.
    let envelope = value(rest, "evpid=").unwrap_or(session);
    let action = match value(rest, "result=") {
        Some("Ok") => {
            sink(Event::Passed { key: key(envelope, recipient) });
            return;
        }
        Some("TempFail") => Action::Delayed,
        Some("PermFail") => Action::Failed,
        _ => return,
    };
    if from.is_empty() {
        return;
    }
    let message = Message { from: Some(from.to_owned()), ..Message::default() };
    let mut refused = outgoing(recipient, action, value(rest, "stat=").unwrap_or_default(), &message, line.stamp);
    if let Some(relay) = value(rest, "relay=") {
        let name = super::between(relay, "(", ')').filter(|name| !name.starts_with('<'));
        let address = relay.split(' ').next().unwrap_or_default().trim_matches(['[', ']']);
        refused.report.remote_address = address.parse().ok().or_else(|| client(relay));
        let host = name.map(|name| name.trim_end_matches('.').to_lowercase());
        refused.report.remote_mta = host.or_else(|| refused.report.remote_address.map(|address| address.to_string()));
    }
    refused.key = key(envelope, recipient);
    sink(Event::Refused(Box::new(refused)));
}

/// The value behind a key, in quotes or not.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = text.match_indices(key).map(|(at, _)| at).find(|at| *at == 0 || text.as_bytes()[at - 1] == b' ')?;
    let rest = &text[at + key.len()..];
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([' ', ',']).next(),
    }
}

fn bare(text: &str) -> &str {
    text.trim_matches(['<', '>', '[', ']'])
}
