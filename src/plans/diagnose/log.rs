//! A log's refusals in groups by direction, cause and peer.

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::net::IpAddr;

use ipnet::IpNet;

use super::classify::{self, plain};
use super::facts::{Absent, LogFacts, Report};
use crate::catalogue::refusals::{Cause, Certainty, Meaning};
use crate::mail::bounce;
use crate::mail::logs::{Direction, Event, Reader, Refused};
use crate::net::waits::Reading;

/// What a log comes to.
#[derive(Debug)]
pub(super) struct Summary {
    /// The largest group first.
    pub(super) reports: Vec<Report>,
    pub(super) never_returned: Vec<Absent>,
    pub(super) facts: LogFacts,
}

/// Groups that are kept apart.
const MAX_GROUPS: usize = 10_000;
/// Texts whose meaning is remembered.
const MAX_MEANINGS: usize = 20_000;
/// Deliveries that are waited for.
const MAX_PENDING: usize = 100_000;
/// Octets after which it is told how far a log was read.
const TELL_EVERY: u64 = 4 << 20;
/// Octets of a line that are read.
const MAX_LINE: usize = 16 * 1024;

#[derive(Default)]
struct Groups {
    all: Vec<Report>,
    by_key: HashMap<(Direction, Cause, String), usize>,
    /// Put off, and not delivered yet: the group of a message and recipient.
    pending: HashMap<u64, usize>,
    /// Greylisted, and not let in yet: by sender, recipient and network.
    greylisted: HashMap<(String, String), Vec<(Absent, u64)>>,
    order: u64,
    meanings: HashMap<u64, Meaning>,
    events: u64,
    dropped: u64,
    since: Option<i64>,
}

/// Reads a log to its end.
///
/// # Errors
/// The system's, if it cannot be read any further.
pub(super) async fn read(
    mut input: impl BufRead,
    now: i64,
    since: Option<i64>,
    progress: &Reading<'_>,
) -> io::Result<Summary> {
    let (mut octets, mut told) = (0, 0);
    let mut reader = Reader::new(now);
    let mut groups = Groups { since, ..Groups::default() };
    let mut buffer = Vec::with_capacity(4096);
    loop {
        buffer.clear();
        let length = read_line(&mut input, &mut buffer)?;
        if length == 0 {
            break;
        }
        octets += length;
        if octets - told >= TELL_EVERY {
            told = octets;
            progress.at(octets);
            // Whoever shows progress, and the deadline, have their turn.
            tokio::task::yield_now().await;
        }
        let line = match std::str::from_utf8(&buffer) {
            Ok(line) => std::borrow::Cow::Borrowed(line),
            Err(_) => String::from_utf8_lossy(&buffer),
        };
        reader.line(line.trim_end_matches(['\r', '\n']), &mut |event| groups.take(event));
    }
    reader.end(&mut |event| groups.take(event));
    Ok(groups.end(&reader))
}

/// A line without what exceeds the limit; its length in the file.
fn read_line(input: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<u64> {
    let mut length = 0;
    loop {
        let available = input.fill_buf()?;
        if available.is_empty() {
            return Ok(length);
        }
        let end = available.iter().position(|octet| *octet == b'\n');
        let taken = end.map_or(available.len(), |end| end + 1);
        let room = MAX_LINE.saturating_sub(buffer.len()).min(taken);
        buffer.extend_from_slice(&available[..room]);
        input.consume(taken);
        length += taken as u64;
        if end.is_some() {
            return Ok(length);
        }
    }
}

impl Groups {
    fn take(&mut self, event: Event) {
        match event {
            Event::Refused(refused) => self.refused(*refused),
            Event::Passed { key } => {
                if let Some(group) = self.pending.remove(&key)
                    && let Some(later) = &mut self.all[group].delivered_later
                {
                    *later += 1;
                }
            }
            Event::Accepted { address, from, to } => {
                if self.greylisted.is_empty() {
                    return;
                }
                let pair = (from.to_lowercase(), to.to_lowercase());
                if let Some(waiting) = self.greylisted.get_mut(&pair) {
                    waiting
                        .retain(|(absent, _)| address.is_some() && network(absent.sending_address) != network(address));
                    if waiting.is_empty() {
                        self.greylisted.remove(&pair);
                    }
                }
            }
        }
    }

    fn refused(&mut self, refused: Refused) {
        if self.since.is_some_and(|since| refused.time < since) {
            return;
        }
        self.events += 1;
        let Refused { direction, report: raw, key, is_first_contact, lacks_reason, .. } = refused;
        let mut meaning = if lacks_reason { plain(Cause::Unknown, Certainty::Guess) } else { self.meaning(&raw) };
        if is_first_contact {
            meaning = plain(Cause::Greylisted, Certainty::Named);
        }
        if direction == Direction::In {
            // We are the refuser, not whoever has these words too.
            meaning.provider = None;
        }
        if direction == Direction::In && meaning.cause == Cause::Greylisted {
            self.put_off(&raw);
        }
        let peer = match direction {
            Direction::Out => raw.remote_mta.clone().unwrap_or_default(),
            Direction::In => raw.sending_address.map(|address| address.to_string()).unwrap_or_default(),
        };
        let temporary = raw.action == Some(bounce::Action::Delayed);
        let place = (direction, meaning.cause, peer);
        let group = match self.by_key.get(&place) {
            Some(group) => *group,
            None if self.all.len() >= MAX_GROUPS => {
                self.dropped += 1;
                return;
            }
            None => {
                let mut report = classify::report(raw, meaning);
                report.direction = Some(direction);
                (report.count, report.delivered_later) = (Some(0), Some(0));
                self.all.push(report);
                self.by_key.insert(place, self.all.len() - 1);
                self.all.len() - 1
            }
        };
        self.all[group].count = self.all[group].count.map(|count| count + 1);
        if temporary && direction == Direction::Out && self.pending.len() < MAX_PENDING {
            self.pending.insert(key, group);
        }
    }

    fn put_off(&mut self, raw: &bounce::Report) {
        let lower = |text: &Option<String>| text.as_deref().unwrap_or_default().to_lowercase();
        let pair = (lower(&raw.envelope_from), lower(&raw.recipient));
        if self.greylisted.len() >= MAX_PENDING && !self.greylisted.contains_key(&pair) {
            self.dropped += 1;
            return;
        }
        let waiting = self.greylisted.entry(pair).or_default();
        if waiting.len() < 100
            && !waiting.iter().any(|(known, _)| network(known.sending_address) == network(raw.sending_address))
        {
            let absent = Absent {
                sending_address: raw.sending_address,
                envelope_from: raw.envelope_from.clone(),
                recipient: raw.recipient.clone(),
            };
            waiting.push((absent, self.order));
            self.order += 1;
        }
    }

    /// What words mean: the same words mean the same, whatever numbers and names are in them.
    fn meaning(&mut self, raw: &bounce::Report) -> Meaning {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (raw.reply_code, &raw.enhanced_code, &raw.status, &raw.remote_mta, raw.action).hash(&mut hasher);
        let text = raw.text.as_deref().unwrap_or_default();
        let mut in_brackets = false;
        for byte in text.bytes() {
            match byte {
                b'<' => in_brackets = true,
                b'>' => in_brackets = false,
                _ if in_brackets || byte.is_ascii_digit() => continue,
                _ => {}
            }
            hasher.write_u8(byte);
        }
        let skeleton = hasher.finish();
        if let Some(known) = self.meanings.get(&skeleton) {
            return known.clone();
        }
        let meaning = classify::meaning(raw);
        if self.meanings.len() < MAX_MEANINGS {
            self.meanings.insert(skeleton, meaning.clone());
        }
        meaning
    }

    fn end(mut self, reader: &Reader) -> Summary {
        let mut absent: Vec<(Absent, u64)> = self.greylisted.into_values().flatten().collect();
        absent.sort_by_key(|(_, order)| *order);
        self.all.sort_by_key(|report| std::cmp::Reverse(report.count));
        let facts = LogFacts {
            lines: reader.lines,
            known: reader.known,
            events: self.events,
            dropped: self.dropped + reader.dropped(),
        };
        Summary { reports: self.all, never_returned: absent.into_iter().map(|(absent, _)| absent).collect(), facts }
    }
}

/// The network from which a retry may come.
fn network(address: Option<IpAddr>) -> Option<IpNet> {
    let address = address?;
    let length = if address.is_ipv4() { 24 } else { 64 };
    IpNet::new(address, length).ok().map(|network| network.trunc())
}
