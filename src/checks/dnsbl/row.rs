//! One list of a result: what it said, and whether it may be believed.

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::facts::{CodeRow, Facts, ListRow, RowOutcome};
use super::health::{Health, UNLISTED};
use super::judge::{Meaning, judge};
use super::zone::{Query, Zone, Zones};
use crate::catalogue::{Effect, Scoring};
use crate::net::dns::{Answered, ErrorKind, Exchange, Question};
use crate::report::{Evidence, Unclear};

/// What a list said, before its health is taken into account.
pub(super) enum Reading {
    Nothing,
    Addresses(Vec<(Ipv4Addr, u32)>),
    Failure(RowOutcome, String),
}

/// The list's reasons. Some lists repeat the name they were asked, the key in it too.
pub(super) fn texts(zone: &Zone, exchange: &Exchange) -> Vec<String> {
    let reply = exchange.result.as_ref().ok();
    let texts = reply.and_then(|reply| reply.texts().ok()).unwrap_or_default();
    texts.into_iter().map(|text| zone.hide(text)).collect()
}

pub(super) fn read(zone: &Zone, exchange: &Exchange) -> Reading {
    match &exchange.result {
        Ok(reply) if reply.is_empty() && !reply.is_referral() => Reading::Nothing,
        Ok(reply) => match reply.ipv4() {
            Ok(addresses) if addresses.is_empty() => Reading::Nothing,
            Ok(mut addresses) => {
                addresses.sort_unstable();
                addresses.dedup_by_key(|(address, _)| *address);
                Reading::Addresses(addresses)
            }
            Err(error) => Reading::Failure(RowOutcome::Servfail, zone.hide(format!("{}: {error}", exchange.server))),
        },
        Err(error) => {
            let outcome = match &error.kind {
                ErrorKind::Timeout { .. } | ErrorKind::Silent { .. } | ErrorKind::Unreachable { .. } => {
                    RowOutcome::Timeout
                }
                // REFUSED is the operator's or the resolver's word; so is a 127.255.255.x answer.
                ErrorKind::Rcode { reply } if reply.rcode() == 5 => RowOutcome::Refused,
                ErrorKind::Filtered { .. } => RowOutcome::Filtered,
                ErrorKind::Budget { .. }
                | ErrorKind::Rcode { .. }
                | ErrorKind::Malformed { .. }
                | ErrorKind::Bogus { .. } => RowOutcome::Servfail,
            };
            Reading::Failure(outcome, zone.hide(error.to_string()))
        }
    }
}

impl ListRow {
    pub(super) fn new(zones: &Zones, index: usize, query: &Arc<Query>, elapsed: Duration, server: &Arc<str>) -> Self {
        ListRow {
            zones: Arc::clone(zones),
            index,
            query: Arc::clone(query),
            outcome: RowOutcome::NotListed,
            answers: Vec::new(),
            codes: Vec::new(),
            reasons: Vec::new(),
            received: Vec::new(),
            points: 0,
            ttl_s: None,
            elapsed,
            server: Arc::clone(server),
            words: None,
        }
    }

    pub(super) fn question(&self, rtype: RecordType) -> Option<Question> {
        self.zone().question(&self.query, rtype).ok()
    }

    /// Judges in the order of certainty: what was received, then whether the list may be believed.
    pub(super) fn settle(&mut self, said: Reading, health: Health, scoring: Scoring) {
        match said {
            Reading::Failure(outcome, words) => self.end(outcome, words),
            Reading::Nothing => self.settle_absence(health),
            Reading::Addresses(addresses) => self.settle_answer(&addresses, health, scoring),
        }
    }

    pub(super) fn settle_absence(&mut self, health: Health) {
        match health {
            Health::Alive => self.outcome = RowOutcome::NotListed,
            Health::Wildcard => self.end(RowOutcome::Wildcard, WILDCARD.to_owned()),
            // Behind a wrong key there is no zone, and the list is as alive as before.
            Health::Dead if self.zone().list.keyed => {
                self.end(RowOutcome::Unproven, "the zone does not exist with this key".to_owned());
            }
            Health::Dead => self.end(RowOutcome::Dead, "the zone does not exist".to_owned()),
            Health::Unlisted => self.end(RowOutcome::Unproven, UNLISTED.to_owned()),
            Health::Unproven(words) => self.end(RowOutcome::Unproven, words),
            Health::Refused(words) => self.end(RowOutcome::Refused, words),
            Health::Hidden(words) => self.end(RowOutcome::Filtered, words),
            Health::OtherKind => self.outcome = RowOutcome::NotApplicable,
        }
    }

    /// Keeps the records of an answer to be quoted.
    pub(super) fn quote(&mut self, rtype: RecordType, exchange: &Exchange) {
        let Some(question) = self.question(rtype) else { return };
        let zone = self.zone();
        let pieces: Vec<Evidence> = match &exchange.result {
            Ok(_) => exchange.answered(&question.name, rtype).iter().flat_map(Answered::proof).collect(),
            Err(error) => vec![error.evidence()],
        };
        // That a list gives no reason proves nothing.
        let pieces =
            pieces.into_iter().filter(|piece| rtype == RecordType::A || matches!(piece, Evidence::Record { .. }));
        let pieces: Vec<Evidence> = pieces.map(|piece| zone.hidden(piece)).collect();
        self.received.extend(pieces);
    }

    fn settle_answer(&mut self, addresses: &[(Ipv4Addr, u32)], health: Health, scoring: Scoring) {
        self.answers = addresses.iter().map(|(address, _)| *address).collect();
        self.ttl_s = addresses.iter().map(|(_, ttl)| *ttl).min();
        let mut refusal = None;
        let mut foreign = None;
        let mut codes = Vec::new();
        let mut points = 0_i32;
        let mut counted = HashSet::new();
        for address in &self.answers {
            match judge(&self.zone().list, *address, scoring) {
                Meaning::Foreign => foreign = Some(*address),
                Meaning::Refused(words) => refusal = Some(format!("{address}: {words}")),
                Meaning::Listed(judgements) => {
                    for judgement in judgements {
                        points = match scoring {
                            Scoring::Highest => points.max(judgement.points),
                            Scoring::Sum => points.saturating_add(judgement.points),
                            // postconf(5), postscreen_dnsbl_sites: a pattern's weight is added once, however many
                            // answers it matches.
                            Scoring::Postscreen if judgement.place.is_some_and(|place| !counted.insert(place)) => {
                                points
                            }
                            Scoring::Postscreen => points.saturating_add(judgement.points),
                        };
                        codes.push(CodeRow {
                            code: *address,
                            meaning: judgement.meaning.to_owned(),
                            severity: judgement.effect,
                            points: judgement.points,
                            documented: judgement.documented,
                            message: judgement.message.map(str::to_owned),
                            header: judgement.header.map(str::to_owned),
                        });
                    }
                }
            }
        }
        // A refusal among the answers makes all of them worthless (SURBL: bit 1 together with others).
        if let Some(words) = refusal {
            return self.end(RowOutcome::Refused, words);
        }
        if let Some(address) = foreign.filter(|_| codes.is_empty()) {
            return self.end(RowOutcome::ForeignAnswer, format!("answered {address}, which no list does"));
        }
        match health {
            Health::Wildcard => return self.end(RowOutcome::Wildcard, WILDCARD.to_owned()),
            // Without the wildcard probe's answer nobody knows whether the list lists everything.
            Health::Unproven(words) => {
                let words = format!("answered {}, but its probes got no answer: {words}", self.answer_text());
                return self.end(RowOutcome::Unproven, words);
            }
            Health::Refused(words) => return self.end(RowOutcome::Refused, words),
            // A list that answers and has lost its test entry may still be believed when it lists.
            Health::Alive | Health::Unlisted | Health::Dead | Health::Hidden(_) | Health::OtherKind => {}
        }
        let allowed = codes.iter().all(|code| code.severity == Effect::Allow);
        self.outcome = if allowed { RowOutcome::Allowed } else { RowOutcome::Listed };
        self.codes = codes;
        self.points = points;
    }

    /// Takes in the answer to the same question asked again: only a listing confirms a listing, and only the list's
    /// own word (RFC 5782 §2.1) takes it back. Anything else leaves it open.
    pub(super) fn ask_back(&mut self, exchange: &Exchange, scoring: Scoring) {
        let mut again = ListRow::new(&self.zones, self.index, &self.query, exchange.elapsed, &exchange.server);
        // The list's health is known from the first time.
        again.settle(read(self.zone(), exchange), Health::Alive, scoring);
        let first = self.answer_text();
        let (outcome, words) = match again.outcome {
            RowOutcome::Listed => return,
            RowOutcome::NotListed => {
                (RowOutcome::NotListed, format!("answered {first} once, and not when asked again"))
            }
            RowOutcome::Allowed => {
                (RowOutcome::NotListed, format!("answered {first} once, and {} when asked again", again.answer_text()))
            }
            outcome => {
                let words = again.words.unwrap_or_default();
                (outcome, format!("answered {first}, but this is not confirmed: {words}"))
            }
        };
        self.points = 0;
        self.codes.clear();
        self.end(outcome, words);
    }

    /// The question that this list left open, as one that changes no verdict.
    pub(super) fn open(&self) -> Option<Unclear> {
        let words = self.words.as_deref().unwrap_or_default();
        Some(Unclear::harmless(self.outcome.reason()?, &self.zone().list.name, words).by(&self.server))
    }

    fn end(&mut self, outcome: RowOutcome, words: String) {
        let list = &self.zone().list;
        let key_matters = matches!(outcome, RowOutcome::Unproven | RowOutcome::Refused) && !self.is_mistyped();
        let words = match list.keyed && key_matters {
            true => format!("{words}: {CHECK_KEY}"),
            false => words,
        };
        self.outcome = outcome;
        self.words = Some(words);
    }

    /// Whether the list says that its zone's name is wrong.
    pub(super) fn is_mistyped(&self) -> bool {
        self.answers.contains(&MISTYPED)
    }
}

/// What to do about a list that does not know its customer.
pub(in crate::checks) const CHECK_KEY: &str = "check the key, it may be wrong or expired";

/// Spamhaus's answer to a question in a zone it does not have.
const MISTYPED: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 252);

const WILDCARD: &str = "the list answers for everything, reserved addresses too";

impl Facts {
    pub(super) fn count(&mut self, outcome: RowOutcome) {
        if outcome == RowOutcome::NotApplicable {
            return;
        }
        self.asked += 1;
        self.answered += usize::from(outcome.is_answer());
    }

    /// Adds up the points: of a family the highest list counts, unless everything is summed. A sum below zero is
    /// nothing against the query.
    pub(super) fn recount(&mut self, scoring: Scoring) {
        let held = |row: &&ListRow| matches!(row.outcome, RowOutcome::Listed | RowOutcome::Allowed);
        self.listed = self.lists.iter().filter(held).count();
        let mut families: std::collections::HashMap<&str, i32> = std::collections::HashMap::new();
        let mut points = 0_i64;
        for row in self.lists.iter().filter(held) {
            match &row.zone().list.family {
                Some(family) if scoring == Scoring::Highest => {
                    let highest = families.entry(family).or_default();
                    *highest = (*highest).max(row.points);
                }
                _ => points += i64::from(row.points),
            }
        }
        points += families.values().map(|highest| i64::from(*highest)).sum::<i64>();
        self.points = points.max(0).try_into().unwrap_or(u32::MAX);
    }
}
