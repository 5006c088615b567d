//! A second look at a result of a long run, once the lists have been probed again: lists end, and resolvers change, in
//! the middle of runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::book::Table;
use super::facts::{Facts, ListRow, RowOutcome};
use super::health::Health;
use super::row::Reading;
use super::zone::{Query, Zones};
use crate::catalogue::Scoring;
use crate::net::dns::Exchange;

/// What it takes to look at a result again.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) zones: Zones,
    pub(super) query: Arc<Query>,
    /// When its questions were sent.
    pub(super) asked: Instant,
    /// The lists that do not hold the query, as far as they have no row.
    pub(super) absences: Vec<Absence>,
    /// Whether the resolver answers for names that do not exist.
    pub(super) rewrites: bool,
}

/// A list that does not hold the query.
#[derive(Debug)]
pub(super) struct Absence {
    index: usize,
    elapsed: Duration,
    server: Arc<str>,
}

impl Absence {
    pub(super) fn new(index: usize, exchange: &Exchange) -> Self {
        Absence { index, elapsed: exchange.elapsed, server: Arc::clone(&exchange.server) }
    }
}

impl Facts {
    /// Takes back what lists said that cannot be believed by their latest health; whether there was anything.
    pub(super) fn take_back(&mut self, pending: &Pending, health: &Table, scoring: Scoring) -> bool {
        let mut changed = false;
        for row in &mut self.lists {
            let before = row.outcome;
            if !matches!(before, RowOutcome::Listed | RowOutcome::Allowed | RowOutcome::NotListed) {
                continue;
            }
            row.settle_again(health.of(row.index).clone(), scoring);
            if row.outcome != before {
                changed = true;
                self.answered -= usize::from(before.is_answer() && !row.outcome.is_answer());
            }
        }
        for Absence { index, elapsed, server } in &pending.absences {
            let health = health.of(*index);
            if matches!(health, Health::Alive | Health::OtherKind) {
                continue;
            }
            let mut row = ListRow::new(&pending.zones, *index, &pending.query, *elapsed, server);
            row.settle_absence(health.clone());
            changed = true;
            self.answered -= usize::from(!row.outcome.is_answer());
            self.lists.push(row);
        }
        if changed {
            self.lists.sort_by_key(|row| row.index);
            self.recount(scoring);
        }
        changed
    }
}

impl ListRow {
    /// Judges what the list said by its health of a later time.
    fn settle_again(&mut self, health: Health, scoring: Scoring) {
        if health == Health::OtherKind {
            return;
        }
        if self.outcome == RowOutcome::NotListed {
            return self.settle_absence(health);
        }
        let ttl_s = self.ttl_s.unwrap_or_default();
        let answers = self.answers.iter().map(|address| (*address, ttl_s)).collect();
        self.codes.clear();
        self.points = 0;
        self.settle(Reading::Addresses(answers), health, scoring);
    }
}
