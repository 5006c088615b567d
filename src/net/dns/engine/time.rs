//! What time does: packets presumed lost, questions given up, the next moment to wake.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::super::error::ErrorKind;
use super::{Engine, Timer};

/// A server that leaves so many questions in a row unanswered is asked last for a while.
const SHUN_AFTER: u32 = 8;
const SHUN_FOR: Duration = Duration::from_secs(30);
/// Retransmissions in a queue that has never answered: silence there is no loss.
const SILENT_RETRIES: u8 = 2;
/// Timers that are kept without looking whether they still matter.
const SWEEP_FROM: usize = 4_096;
/// How much longer each wait is than the one before.
const BACKOFF: f64 = 1.5;
/// Waits that grow. With many servers a question is sent far more often.
const MAX_BACKOFFS: u8 = 16;

impl Engine {
    pub(super) fn expire(&mut self, now: Instant) {
        for level in 0..self.timers.len() {
            while let Some(timer) = self.timers[level].front().copied() {
                let current = self.is_open(timer.slot, timer.generation);
                if current && timer.due > now {
                    break;
                }
                self.timers[level].pop_front();
                if current {
                    self.overdue(timer.slot, now);
                }
            }
        }
        while let Some(timer) = self.deadlines.front().copied() {
            let current = self.is_open(timer.slot, timer.generation);
            if current && timer.due > now {
                break;
            }
            self.deadlines.pop_front();
            if current {
                self.give_up(timer.slot, now);
            }
        }
    }

    /// Drops the timers of what has been answered, once they are by far the most: a run asks faster than timers
    /// come due, and its memory must not grow with its length.
    pub(super) fn sweep(&mut self) {
        let open = self.pending.len() - self.free.len();
        let Engine { timers, deadlines, pending, .. } = self;
        for queue in timers.iter_mut().chain(std::iter::once(deadlines)) {
            if queue.len() > 4 * open + SWEEP_FROM {
                queue.retain(|timer| {
                    let pending = pending.get(timer.slot as usize).and_then(Option::as_ref);
                    pending.is_some_and(|pending| pending.generation == timer.generation)
                });
            }
        }
    }

    pub(super) fn is_open(&self, slot: u32, generation: u32) -> bool {
        let pending = self.pending.get(slot as usize).and_then(Option::as_ref);
        pending.is_some_and(|pending| pending.generation == generation)
    }

    /// No answer within the usual time: presumes the packet lost and asks again, the next server if there is one.
    pub(super) fn overdue(&mut self, slot: u32, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        if pending.streaming || !pending.on_its_way {
            return;
        }
        let server = pending.route[usize::from(pending.turn)];
        if self.found_closed(server, now) {
            return;
        }
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        let queue_alive = self.queues[pending.question.queue.0 as usize].has_answered();
        let server = usize::from(pending.route[usize::from(pending.turn)]);
        let server = &mut self.servers[server];
        // Silence of a zone that has never answered says nothing about the way to the server.
        if server.answered && (queue_alive || pending.question.queue.0 == 0) {
            let wait = self.queues[pending.question.queue.0 as usize].round_trip.retransmit_after();
            server.window.lost(now, wait);
        }
        server.unanswered_in_a_row += 1;
        if server.unanswered_in_a_row >= SHUN_AFTER && pending.route.len() > 1 {
            server.shunned_until = Some(now + SHUN_FOR);
        }
        self.leave_window(slot);
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        let retries = if queue_alive { self.options.retries } else { self.options.retries.min(SILENT_RETRIES) };
        if pending.tries > retries {
            return;
        }
        pending.turn = if pending.has_next() { pending.turn + 1 } else { 0 };
        self.make_ready(slot, now);
    }

    pub(super) fn give_up(&mut self, slot: u32, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_ref() else { return };
        let server = pending.route.get(usize::from(pending.turn)).copied();
        if server.is_some_and(|server| self.found_closed(server, now)) && self.pending[slot as usize].is_none() {
            return;
        }
        let Some(pending) = self.pending[slot as usize].as_ref() else { return };
        self.queues[pending.question.queue.0 as usize].give_up();
        let tries = pending.tries;
        self.fail(slot, ErrorKind::Timeout { tries }, now);
    }

    pub(super) fn poll_timer(&mut self, context: &mut Context<'_>, now: Instant) -> Poll<()> {
        let Some(due) = self.next_due(now) else { return Poll::Pending };
        let due = tokio::time::Instant::from_std(due.max(now + Duration::from_micros(100)));
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        // Resetting costs a walk of the timer wheel, so a timer that is due a little early is left alone.
        let set = sleep.deadline();
        if set > due || sleep.is_elapsed() || due.duration_since(set) > Duration::from_millis(20) {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(context)
    }

    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        let timers = self.timers.iter().chain(std::iter::once(&self.deadlines));
        let mut due = timers.filter_map(|queue| queue.front()).map(|timer| timer.due).min();
        let mut sooner = |instant: Instant| due = Some(due.map_or(instant, |due| due.min(instant)));
        for queue in &self.queues {
            if let Some(release) = queue.next_release(now) {
                sooner(release);
            }
        }
        let waiting = self.servers.iter().any(|server| !server.ready.is_empty());
        if waiting {
            if let Some(pace) = &self.pace {
                sooner(pace.next(now));
            }
            if self.servers.iter().any(|server| !server.ready.is_empty() && server.window.opens_with_time()) {
                sooner(now + Duration::from_millis(1));
            }
        }
        due
    }

    /// Sets the time after which the question is asked again, if that is before its end.
    pub(super) fn arm(&mut self, slot: u32, now: Instant, first_sent: Instant) {
        let Some(pending) = self.pending[slot as usize].as_ref() else { return };
        if pending.streaming {
            return;
        }
        let round_trip = &self.queues[pending.question.queue.0 as usize].round_trip;
        let wait = round_trip.retransmit_after();
        // Waits that are guessed are much longer than those that are measured, and have queues of their own.
        let again = pending.tries.saturating_sub(1).min(MAX_BACKOFFS);
        let level = 2 * usize::from(again) + usize::from(!round_trip.is_measured());
        let wait = wait.mul_f64(BACKOFF.powi(i32::from(again)));
        let due = now + wait;
        if due >= first_sent + self.options.timeout {
            return;
        }
        if self.timers.len() <= level {
            self.timers.resize_with((level + 1).next_multiple_of(2), VecDeque::new);
        }
        self.timers[level].push_back(Timer { due, slot, generation: pending.generation });
    }
}
