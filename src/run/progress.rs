//! How far a run is, on standard error.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::net::clock;
use crate::net::waits::Wait;
use crate::report::{clean, millis};

/// The progress bar on standard error, for what takes longer than half a second.
pub(super) struct Progress {
    bar: ProgressBar,
    known: Option<u64>,
    shown: Shown,
    started: Instant,
}

/// What a progress bar shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Results,
    Wait,
}

impl Progress {
    pub(super) const INTERVAL: Duration = Duration::from_millis(100);
    const PATIENCE: Duration = Duration::from_millis(500);

    pub(super) fn new(known: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(known, ProgressDrawTarget::hidden());
        Progress { bar, known, shown: Shown::Nothing, started: clock::now() }
    }

    /// Shows how many results there are.
    pub(super) fn show(&mut self, finished: u64) {
        if clock::elapsed(self.started) < Self::PATIENCE {
            return;
        }
        let template = match self.known {
            Some(_) => "{elapsed} [{bar:30}] {pos} of {len}, {per_sec}, {eta} left",
            None => "{elapsed} {pos} done, {per_sec}",
        };
        if self.turn_to(Shown::Results, template)
            && let Some(known) = self.known
        {
            self.bar.set_length(known);
        }
        self.bar.set_position(finished);
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

    /// Sets the bar up for what it shows from now on; whether it showed something else before.
    fn turn_to(&mut self, shown: Shown, template: &str) -> bool {
        if self.shown == shown {
            return false;
        }
        if self.shown == Shown::Nothing {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.shown = shown;
        true
    }

    pub(super) fn clear(self) {
        self.bar.finish_and_clear();
    }
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}
