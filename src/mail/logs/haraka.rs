//! Haraka: `2025-03-04T08:14:03.123Z [NOTICE] [UUID.1.1] [outbound] words`.

use std::net::IpAddr;

use super::latest::Latest;
use super::stamp::{Stamps, rfc3339};
use super::{Event, Message, Sink, incoming, key, outgoing};
use crate::mail::bounce::Action;

/// Connections under way.
#[derive(Debug, Default)]
pub(super) struct Haraka {
    sessions: Latest<String, Session>,
}

#[derive(Debug, Default)]
struct Session {
    address: Option<IpAddr>,
    from: Option<String>,
    recipient: Option<String>,
    host: Option<String>,
    /// Whether a refusal has been told: the end of the session repeats it.
    is_told: bool,
}

impl Haraka {
    pub(super) fn line(&mut self, line: &str, _: &Stamps, sink: Sink<'_>) -> bool {
        let Some((time, rest)) = line.split_once(' ') else { return false };
        let Some(stamp) = rfc3339(time) else { return false };
        let Some((_, rest)) = rest.split_once("] [") else { return false };
        let Some((id, rest)) = rest.split_once("] [") else { return false };
        let Some((plugin, words)) = rest.split_once("] ") else { return false };
        // The connection's id stands before the transaction's.
        let connection = id.split('.').next().unwrap_or_default();
        let session = self.sessions.entry(connection.to_owned());
        if let Some(rest) = words.strip_prefix("connect ") {
            session.address = value(rest, "ip=").and_then(|address| address.parse().ok());
        } else if words.starts_with("sender ") || words.contains("MAIL FROM:<") {
            session.from = super::between(words, "<", '>').map(str::to_owned);
        } else if let Some(rest) = words.strip_prefix("recipient ")
            && plugin == "outbound"
        {
            let (action, reply) = match (rest.split_once(" rejected: "), rest.split_once(" deferred: ")) {
                (Some((_, reply)), _) => (Action::Failed, reply),
                (_, Some((_, reply))) => (Action::Delayed, reply),
                _ => return true,
            };
            let recipient = super::between(rest, "<", '>').unwrap_or_default();
            let message = Message { from: session.from.clone(), ..Message::default() };
            if message.is_bounce() {
                return true;
            }
            let mut refused = outgoing(recipient, action, reply, &message, stamp);
            refused.report.remote_mta = session.host.clone().or(refused.report.remote_mta.take());
            refused.key = key(connection, recipient);
            sink(Event::Refused(Box::new(refused)));
        } else if words.starts_with("delivered ") {
            let recipient = value(words, "rcpts=").or(session.recipient.as_deref()).unwrap_or_default();
            sink(Event::Passed { key: key(connection, recipient) });
        } else if let Some(host) = value(words, "host=") {
            session.host = Some(host.trim_end_matches('.').to_lowercase());
        } else if let Some(retval) = value(words, "retval=") {
            if words.contains("hook=mail") && retval == "OK" {
                session.from = value(words, "params=").map(|from| from.trim_matches(['<', '>', '[', ']']).to_owned());
            }
            if !retval.starts_with("DENY") {
                return true;
            }
            let said = value(words, "msg=").unwrap_or_default();
            session.is_told = true;
            let mut refused = incoming(session.address, said, None, stamp);
            let action = if retval.contains("SOFT") { Action::Delayed } else { Action::Failed };
            refused.report.action = Some(action);
            let params = value(words, "params=").map(|params| params.trim_matches(['<', '>', '[', ']']).to_owned());
            refused.report.recipient = params.clone().filter(|_| words.contains("hook=rcpt"));
            let from = params.filter(|_| words.contains("hook=mail"));
            refused.report.envelope_from = from.or_else(|| session.from.clone());
            refused.key = key(id, words);
            sink(Event::Refused(Box::new(refused)));
        } else if let Some(rest) = words.strip_prefix("disconnect ") {
            let reply = value(rest, "lr=").unwrap_or_default();
            if !session.is_told && reply.starts_with(['4', '5']) {
                let address = value(rest, "ip=").and_then(|address| address.parse().ok()).or(session.address);
                let mut refused = incoming(address, reply, None, stamp);
                refused.report.helo = value(rest, "helo=").filter(|helo| !helo.is_empty()).map(str::to_owned);
                refused.report.envelope_from.clone_from(&session.from);
                refused.key = key(id, reply);
                sink(Event::Refused(Box::new(refused)));
            }
            self.sessions.remove(connection);
        }
        true
    }

    pub(super) fn dropped(&self) -> u64 {
        self.sessions.dropped()
    }
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = text.match_indices(key).map(|(at, _)| at).find(|at| *at == 0 || text.as_bytes()[at - 1] == b' ')?;
    let rest = &text[at + key.len()..];
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(' ').next(),
    }
}
