//! How far a run is, on standard error.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::net::clock;
use crate::net::waits::{Read, Wait};
use crate::report::{clean, millis};

/// How far a run is, in checks. A target counts as one until its checks are known.
pub(super) struct Tally {
    pub(super) finished: u64,
    /// None if nobody knows how many targets there are.
    pub(super) expected: Option<u64>,
    /// The checks that are open of targets with several.
    pub(super) open: HashMap<u64, u64>,
}

impl Tally {
    /// Counts a check of a target that has so many.
    pub(super) fn take(&mut self, target: u64, checks: u64) {
        self.finished += 1;
        let left = match self.open.remove(&target) {
            Some(left) => left.saturating_sub(1),
            None => {
                let more = checks.saturating_sub(1);
                self.expected = self.expected.map(|expected| expected.saturating_add(more));
                more
            }
        };
        if left > 0 {
            self.open.insert(target, left);
        }
    }

    /// All checks, as far as they are known.
    pub(super) fn whole(&self) -> Option<u64> {
        self.expected.map(|expected| expected.max(self.finished))
    }
}

/// The progress bar on standard error, for what takes longer than half a second.
pub(super) struct Progress {
    bar: ProgressBar,
    shown: Shown,
    started: Instant,
}

/// What a progress bar shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Results { ends: bool },
    Wait,
    Read { ends: bool },
}

impl Progress {
    pub(super) const INTERVAL: Duration = Duration::from_millis(100);
    const PATIENCE: Duration = Duration::from_millis(500);
    /// A step that takes longer is named.
    const SLOW: Duration = Duration::from_secs(2);

    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Progress { bar, shown: Shown::Nothing, started: clock::now() }
    }

    /// Shows how many results there are, and whose step holds the rest up.
    pub(super) fn show(&mut self, tally: &Tally, slowest: Option<(Duration, String)>) {
        if clock::elapsed(self.started) < Self::PATIENCE {
            return;
        }
        let whole = tally.whole();
        if let Some(whole) = whole {
            self.bar.set_length(whole);
        }
        self.bar.set_position(tally.finished);
        // Before the first result, and for the last one, nobody knows how long it takes.
        let ends = whole.is_some() && self.bar.eta() >= Duration::from_secs(1);
        let template = match (whole, ends) {
            (Some(_), true) => "{elapsed} [{bar:30}] {pos} of {len}, {per_sec}, {eta} left {wide_msg}",
            (Some(_), false) => "{elapsed} [{bar:30}] {pos} of {len} {wide_msg}",
            (None, _) => "{elapsed} {pos} done, {per_sec} {wide_msg}",
        };
        let slowest = slowest.filter(|(taken, _)| *taken >= Self::SLOW);
        let slowest = slowest.map(|(taken, what)| format!("{} s on {}", taken.as_secs(), clean(&what)));
        self.bar.set_message(slowest.unwrap_or_default());
        self.turn_to(Shown::Results { ends }, template);
        self.bar.tick();
    }

    /// Shows what a check waits for on purpose: `waiting 3:12 of 4:00 [=====>   ] why`.
    pub(super) fn show_wait(&mut self, wait: &Wait) {
        let over = clock::elapsed(wait.since).min(wait.takes);
        self.bar.set_length(millis(wait.takes));
        self.bar.set_prefix(format!("{} of {}", clock(over), clock(wait.takes)));
        self.bar.set_message(clean(&wait.why));
        self.bar.set_position(millis(over));
        self.turn_to(Shown::Wait, "waiting {prefix} [{bar:12}] {wide_msg}");
        self.bar.tick();
    }

    /// Shows how far a file was read: `mail.log  45.1 MiB of 120.0 MiB [===>    ] 2s left`.
    pub(super) fn show_read(&mut self, read: &Read) {
        if clock::elapsed(self.started) < Self::PATIENCE {
            return;
        }
        let mib = |octets: u64| format!("{:.1} MiB", octets as f64 / f64::from(1 << 20));
        self.bar.set_prefix(clean(&read.what));
        match read.whole.filter(|whole| *whole > 0) {
            Some(whole) => {
                let share = read.done.min(whole) as f64 / whole as f64;
                let elapsed = clock::elapsed(read.since).as_secs_f64();
                let left = if share > 0.0 { elapsed / share - elapsed } else { 0.0 };
                let left = if left >= 1.0 { format!(", {left:.0} s left") } else { String::new() };
                self.bar.set_length(whole);
                self.bar.set_position(read.done.min(whole));
                self.bar.set_message(format!("{} of {}{left}", mib(read.done), mib(whole)));
                self.turn_to(Shown::Read { ends: true }, "{prefix} [{bar:30}] {wide_msg}");
            }
            None => {
                self.bar.set_message(mib(read.done));
                self.turn_to(Shown::Read { ends: false }, "{prefix} {wide_msg}");
            }
        }
        self.bar.tick();
    }

    /// Sets the bar up for what it shows from now on.
    fn turn_to(&mut self, shown: Shown, template: &str) {
        if self.shown == shown {
            return;
        }
        if self.shown == Shown::Nothing {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.shown = shown;
    }

    pub(super) fn clear(self) {
        self.bar.finish_and_clear();
    }
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}
