//! The time, asked for in one place: what a run takes for now can be another moment, as when a recorded run is
//! played again.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustls::pki_types::UnixTime;

/// The calendar time of a run: dates in records, certificates and messages are judged by it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    /// The moment that was set, and when.
    set: Option<(Timestamp, Instant)>,
}

impl Clock {
    /// A clock that showed `moment` when it was set and goes on from there.
    pub fn set_to(moment: Timestamp) -> Self {
        Clock { set: Some((moment, now())) }
    }

    /// The time it is.
    pub fn time(&self) -> Timestamp {
        match self.set {
            None => Timestamp::now(),
            Some((moment, since)) => moment.checked_add(elapsed(since)).unwrap_or(Timestamp::MAX),
        }
    }

    /// The same in whole seconds since 1970; 0 before that.
    pub fn unix_seconds(&self) -> u64 {
        u64::try_from(self.time().as_second()).unwrap_or_default()
    }

    /// The same for the validity of certificates.
    pub fn unix_time(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.unix_seconds()))
    }
}

/// A moment to measure from. It never jumps, whatever happens to the calendar time.
pub fn now() -> Instant {
    Instant::now()
}

/// The time since a moment.
pub fn elapsed(since: Instant) -> Duration {
    now().saturating_duration_since(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_that_was_set_goes_on_from_there() {
        let moment: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a moment");
        let clock = Clock::set_to(moment);
        let first = clock.time();
        assert!(first >= moment && first.duration_since(moment).as_secs() < 60, "{first}");
        assert!(clock.time() >= first);
        assert_eq!(clock.unix_seconds() / 60, 1_772_366_400 / 60);
    }
}
