//! Microsoft's message tracking of Exchange and message trace of Microsoft 365: CSV with a line of column names.

use super::stamp::{Stamp, rfc3339};
use super::{Direction, Event, Message, Sink, key, outgoing, refused};
use crate::mail::bounce::{Action, Report};

/// The columns of the file that is being read.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    columns: Vec<String>,
}

/// Whether a line names the columns of a message trace.
pub(super) fn is_header(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim_matches('"').to_ascii_lowercase();
    ["date_time", "origin_timestamp_utc", "date-time", "received,sender"].iter().any(|start| line.starts_with(start))
        || line.contains("recipient_status") && line.contains("sender_address")
}

impl Exchange {
    pub(super) fn is_open(&self) -> bool {
        !self.columns.is_empty()
    }

    pub(super) fn line(&mut self, line: &str, sink: Sink<'_>) -> bool {
        if let Some(fields) = line.trim_start_matches('\u{feff}').strip_prefix("#Fields:") {
            self.columns = names(fields);
            return true;
        }
        if line.starts_with('#') {
            return ["#Software: Microsoft Exchange", "#Version", "#Log-type", "#Date"]
                .iter()
                .any(|start| line.starts_with(start));
        }
        if is_header(line) {
            self.columns = names(line.trim_start_matches('\u{feff}'));
            return true;
        }
        let Some(values) = split(line) else { return false };
        let value = |names: &[&str]| {
            let at = self.columns.iter().position(|column| names.contains(&column.as_str()))?;
            values.get(at).map(String::as_str).filter(|value| !value.is_empty())
        };
        let time = value(&["date-time", "date-time-utc", "origin-timestamp-utc"]).and_then(time);
        let Some(stamp) = time else { return false };
        let message = Message {
            from: value(&["sender-address", "return-path"]).map(|from| from.trim_matches(['<', '>']).to_owned()),
            id: value(&["message-id"]).map(|id| id.trim_matches(['<', '>']).to_owned()),
            client: None,
            arrival: Some(stamp),
        };
        let event = value(&["event-id"]).unwrap_or_default().to_ascii_uppercase();
        let recipients = value(&["recipient-address"]).unwrap_or_default();
        let states = value(&["recipient-status", "custom-data"]).unwrap_or_default();
        let id = message.id.clone().unwrap_or_default();
        if event.is_empty() {
            summary(states, &message, stamp, sink);
            return true;
        }
        let action = match event.as_str() {
            "FAIL" => Action::Failed,
            "DEFER" => Action::Delayed,
            "DELIVER" | "SEND" | "SENDEXTERNAL" => {
                for recipient in recipients.split(';') {
                    sink(Event::Passed { key: key(&id, recipient) });
                }
                return true;
            }
            _ => return true,
        };
        let all = outside_braces(states);
        for (at, recipient) in recipients.split(';').enumerate() {
            let state = all.get(at).or(all.first()).copied().unwrap_or_default();
            let inside =
                |name: &str| super::between(state, &format!("{{{name}="), '}').filter(|value| !value.is_empty());
            let words = inside("LED").unwrap_or(if state.contains("LED=") { "" } else { state });
            let mut refused = outgoing(recipient, action, words.trim_matches(['[', ']']), &message, stamp);
            let host = inside("FQDN").map(str::to_lowercase);
            refused.report.remote_address = inside("IP").and_then(|address| address.parse().ok());
            let address = refused.report.remote_address.map(|address| address.to_string());
            refused.report.remote_mta = host.or(refused.report.remote_mta.take()).or(address);
            refused.key = key(&id, recipient);
            sink(Event::Refused(Box::new(refused)));
        }
        true
    }
}

/// `a@example.net##Receive, Fail;c@example.net##Receive, Send, Deliver`: who, and no reason.
fn summary(states: &str, message: &Message, stamp: Stamp, sink: Sink<'_>) {
    for state in states.split(';') {
        let Some((recipient, events)) = state.split_once("##") else { continue };
        let has = |wanted: &str| events.split(',').any(|event| event.trim().eq_ignore_ascii_case(wanted));
        let action = if has("fail") {
            Action::Failed
        } else if has("defer") && !has("deliver") {
            Action::Delayed
        } else {
            continue;
        };
        let report = Report {
            recipient: Some(recipient.trim().to_owned()),
            action: Some(action),
            envelope_from: message.sender(),
            message_id: message.id.clone(),
            arrival: Some(stamp.to_string()),
            ..Report::default()
        };
        let mut refused =
            refused(Direction::Out, report, key(message.id.as_deref().unwrap_or_default(), recipient), stamp);
        refused.lacks_reason = true;
        sink(Event::Refused(Box::new(refused)));
    }
}

/// Column names in one form: the two products differ in dashes.
fn names(line: &str) -> Vec<String> {
    split(line.trim())
        .unwrap_or_default()
        .iter()
        .map(|name| name.trim().to_ascii_lowercase().replace('_', "-"))
        .collect()
}

fn split(line: &str) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    Some(record.iter().map(str::to_owned).collect())
}

fn time(text: &str) -> Option<Stamp> {
    let stamp = rfc3339(text)?;
    // Both products write UTC, with or without the Z.
    Some(Stamp::utc(stamp.seconds))
}

/// The states of several recipients: split by semicolons outside of braces.
fn outside_braces(text: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0_u32, 0);
    let mut parts = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
