//! How many questions may be on their way to one server, and how long an answer takes.
//!
//! A fixed window is a correctness bug: too large, it overflows the server's socket buffer and loses
//! answers; too small, a distant server is asked in many round trips. So the window opens with the
//! answers, is bounded by what the round-trip time needs, and halves on loss.

use std::time::{Duration, Instant};

/// The congestion window and round-trip estimate of one server.
#[derive(Debug)]
pub(super) struct Window {
    limit: f64,
    in_flight: u32,
    round_trip: RoundTrip,
    opened: Option<Instant>,
    last_cut: Option<Instant>,
    lossy: bool,
}

const START: f64 = 144.0;
/// Random loss is no sign of a full buffer, and a batch is digested by every server.
const MIN: f64 = 32.0;
const MAX: f64 = 1024.0;
/// Questions a server on the same machine digests at once: rbldnsd's socket loses nothing up to here.
const NEARBY: f64 = 96.0;
/// Additional questions in flight for each millisecond of round-trip time.
const PER_MILLISECOND: f64 = 12.0;
/// While nothing has answered yet, the window opens by so many questions a millisecond, so that a first
/// wave of many lists leaves within a fraction of the round trip without arriving as one burst.
const OPENING_PER_MILLISECOND: f64 = 64.0;

const FIRST_TIMEOUT: Duration = Duration::from_millis(500);
const MIN_TIMEOUT: Duration = Duration::from_millis(25);
const MAX_TIMEOUT: Duration = Duration::from_secs(1);

impl Window {
    pub(super) fn new() -> Self {
        Window {
            limit: START,
            in_flight: 0,
            round_trip: RoundTrip::default(),
            opened: None,
            last_cut: None,
            lossy: false,
        }
    }

    /// How many more questions may leave now.
    pub(super) fn room(&self, now: Instant) -> usize {
        let limit = match (self.round_trip.smoothed(), self.opened) {
            (None, Some(opened)) if !self.lossy => {
                let waited = now.saturating_duration_since(opened).as_secs_f64() * 1e3;
                (self.limit + waited * OPENING_PER_MILLISECOND).min(MAX)
            }
            _ => self.limit,
        };
        (limit as usize).saturating_sub(self.in_flight as usize)
    }

    /// Whether the window opens by waiting alone, because nothing has answered yet.
    pub(super) fn opens_with_time(&self) -> bool {
        self.round_trip.smoothed().is_none() && !self.lossy
    }

    /// One question left.
    pub(super) fn sent(&mut self, now: Instant) {
        self.in_flight += 1;
        self.opened.get_or_insert(now);
    }

    /// One question is no longer on its way: answered, given up, or presumed lost.
    pub(super) fn landed(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// An answer came; `round_trip` is only known when the question was sent once (Karn's rule).
    pub(super) fn answered(&mut self, round_trip: Option<Duration>) {
        if let Some(sample) = round_trip {
            self.round_trip.measure(sample);
        }
        let ceiling = self.ceiling();
        if self.limit >= ceiling {
            self.limit = ceiling;
        } else if self.lossy {
            self.limit = (self.limit + 1.0 / self.limit).min(ceiling);
        } else {
            self.limit = (self.limit + 1.0).min(ceiling);
        }
    }

    /// A question was lost. Losses of one burst, within `wait`, cut the window once.
    pub(super) fn lost(&mut self, now: Instant, wait: Duration) {
        let recent = self.last_cut.is_some_and(|cut| now.saturating_duration_since(cut) < wait);
        if recent {
            return;
        }
        self.last_cut = Some(now);
        self.lossy = true;
        self.limit = (self.limit / 2.0).max(MIN);
    }

    fn ceiling(&self) -> f64 {
        let round_trip = self.round_trip.smoothed().map_or(0.0, |smoothed| smoothed * 1e3);
        (NEARBY + round_trip * PER_MILLISECOND).min(MAX)
    }
}

/// What is known of the time to an answer (as RFC 6298 §2 keeps it).
#[derive(Debug, Default)]
pub(super) struct RoundTrip {
    estimate: Option<Estimate>,
    samples: u32,
}

#[derive(Debug, Clone, Copy)]
struct Estimate {
    smoothed: f64,
    variation: f64,
}

impl RoundTrip {
    /// Takes in a sample. Returns whether the estimate has become better by far: timers set before should follow.
    pub(super) fn measure(&mut self, sample: Duration) -> bool {
        let sample = sample.as_secs_f64();
        self.estimate = Some(match self.estimate {
            None => Estimate { smoothed: sample, variation: sample / 2.0 },
            Some(Estimate { smoothed, variation }) => Estimate {
                smoothed: smoothed * 0.875 + sample * 0.125,
                variation: variation * 0.75 + (smoothed - sample).abs() * 0.25,
            },
        });
        self.samples = self.samples.saturating_add(1);
        matches!(self.samples, 1 | 16 | 128)
    }

    /// How long to wait before asking again.
    pub(super) fn retransmit_after(&self) -> Duration {
        match self.estimate {
            None => FIRST_TIMEOUT,
            Some(Estimate { smoothed, variation }) => {
                Duration::from_secs_f64(smoothed + 4.0 * variation).clamp(MIN_TIMEOUT, MAX_TIMEOUT)
            }
        }
    }

    /// Whether anything is known.
    pub(super) fn is_measured(&self) -> bool {
        self.estimate.is_some()
    }

    fn smoothed(&self) -> Option<f64> {
        self.estimate.map(|estimate| estimate.smoothed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_opens_with_time_until_the_first_answer() {
        let start = Instant::now();
        let mut window = Window::new();
        (0..144).for_each(|_| window.sent(start));
        assert_eq!(window.room(start), 0);
        assert!(window.room(start + Duration::from_millis(8)) >= 380);
        window.answered(Some(Duration::from_micros(80)));
        assert_eq!(window.room(start + Duration::from_millis(8)), 0);
    }

    #[test]
    fn distant_server_gets_a_wide_window_and_loss_halves_it_once_a_burst() {
        let now = Instant::now();
        let mut window = Window::new();
        for _ in 0..2000 {
            window.answered(Some(Duration::from_millis(50)));
        }
        let wide = window.room(now);
        assert!(wide >= 600, "{wide}");
        window.lost(now, Duration::from_secs(1));
        window.lost(now, Duration::from_secs(1));
        assert_eq!(window.room(now), wide / 2);
    }

    #[test]
    fn nearby_server_is_never_flooded() {
        let now = Instant::now();
        let mut window = Window::new();
        for _ in 0..100_000 {
            window.answered(Some(Duration::from_micros(300)));
        }
        assert!(window.room(now) <= 100);
    }
}
