//! Lanes: what the questions to one zone share, a pace and a fate.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::window::RoundTrip;

/// The state of one zone's questions.
#[derive(Debug)]
pub(super) struct ZoneQueue {
    pace: Option<Pace>,
    waiting: VecDeque<u32>,
    answered: bool,
    unanswered_in_a_row: u32,
    next_trial: Option<Instant>,
    /// A resolver knows some answers and fetches others, so the time to an answer is a zone's, not a server's.
    pub(super) round_trip: RoundTrip,
}

/// After so many questions in a row without an answer a zone is taken for silent.
const SILENT_AFTER: u32 = 24;

impl ZoneQueue {
    /// A queue of at most `rate` questions a second.
    pub(super) fn new(rate: Option<f64>) -> Self {
        ZoneQueue {
            pace: rate.map(Pace::new),
            waiting: VecDeque::new(),
            answered: false,
            unanswered_in_a_row: 0,
            next_trial: None,
            round_trip: RoundTrip::default(),
        }
    }

    /// Whether the queue has a pace of its own.
    pub(super) fn is_paced(&self) -> bool {
        self.pace.is_some()
    }

    pub(super) fn wait(&mut self, slot: u32) {
        self.waiting.push_back(slot);
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next question whose time has come.
    pub(super) fn release(&mut self, now: Instant) -> Option<u32> {
        self.waiting.front()?;
        if let Some(pace) = &mut self.pace
            && !pace.take(now)
        {
            return None;
        }
        self.waiting.pop_front()
    }

    /// When the next question may leave, if one waits.
    pub(super) fn next_release(&self, now: Instant) -> Option<Instant> {
        self.waiting.front()?;
        Some(self.pace.as_ref().map_or(now, |pace| pace.next(now)))
    }

    /// An answer of any kind came.
    pub(super) fn answer(&mut self) {
        self.answered = true;
        self.unanswered_in_a_row = 0;
        self.next_trial = None;
    }

    /// A question was given up.
    pub(super) fn give_up(&mut self) {
        self.unanswered_in_a_row = self.unanswered_in_a_row.saturating_add(1);
    }

    /// Whether the zone has answered anything in this run: only then is silence a loss.
    pub(super) fn has_answered(&self) -> bool {
        self.answered
    }

    /// How many questions in a row went unanswered, when the zone is silent and this question should be
    /// spared. One question an interval goes out all the same, to notice that the zone is back.
    pub(super) fn spares(&mut self, now: Instant, interval: Duration) -> Option<u32> {
        if self.unanswered_in_a_row < SILENT_AFTER {
            return None;
        }
        match self.next_trial {
            Some(next) if now < next => Some(self.unanswered_in_a_row),
            _ => {
                self.next_trial = Some(now + interval);
                None
            }
        }
    }
}

/// A token bucket that holds one second's worth.
#[derive(Debug)]
pub(super) struct Pace {
    rate: f64,
    capacity: f64,
    tokens: f64,
    filled: Option<Instant>,
}

/// What a bucket holds at least: the questions that belong to one target and its health probes.
const MIN_BURST: f64 = 8.0;

impl Pace {
    /// A pace of `rate` questions a second.
    pub(super) fn new(rate: f64) -> Self {
        let capacity = rate.max(MIN_BURST);
        Pace { rate, capacity, tokens: capacity, filled: None }
    }

    /// A pace without a burst beyond `burst`, for a limit the user set.
    pub(super) fn strict(rate: f64) -> Self {
        let capacity = (rate / 100.0).max(1.0);
        Pace { rate, capacity, tokens: capacity, filled: None }
    }

    /// Takes a token if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }

    /// When the next token is there.
    pub(super) fn next(&self, now: Instant) -> Instant {
        if self.tokens >= 1.0 || self.rate <= 0.0 {
            return now;
        }
        let filled = self.filled.unwrap_or(now);
        filled + Duration::from_secs_f64((1.0 - self.tokens) / self.rate)
    }

    fn fill(&mut self, now: Instant) {
        let since = self.filled.replace(now).map_or(Duration::ZERO, |filled| now.saturating_duration_since(filled));
        self.tokens = (self.tokens + since.as_secs_f64() * self.rate).min(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paced_lane_releases_a_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut queue = ZoneQueue::new(Some(20.0));
        (0..100).for_each(|slot| queue.wait(slot));
        let burst = std::iter::from_fn(|| queue.release(start)).count();
        assert_eq!(burst, 20);
        let later = start + Duration::from_millis(501);
        assert_eq!(std::iter::from_fn(|| queue.release(later)).count(), 10);
        assert!(queue.next_release(later).expect("more wait") > later);
    }

    #[test]
    fn silent_zone_is_spared_but_tried_again() {
        let start = Instant::now();
        let mut queue = ZoneQueue::new(None);
        (0..SILENT_AFTER).for_each(|_| queue.give_up());
        let interval = Duration::from_secs(5);
        assert_eq!(queue.spares(start, interval), None, "the first trial");
        assert_eq!(queue.spares(start, interval), Some(SILENT_AFTER));
        assert_eq!(queue.spares(start + interval, interval), None, "the next trial");
        queue.answer();
        assert_eq!(queue.spares(start, interval), None);
    }
}
