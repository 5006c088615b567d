//! What deferring servers say, and the state files of greylist replays.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use spamcheck::catalogue::refusals::{self, Refusal};
use spamcheck::checks::greylist::state::State;
use spamcheck::mail::greylisting::{self, LONGEST_COUNTDOWN};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Some(wait) = greylisting::countdown(&text) {
        assert!(!wait.is_zero() && wait <= LONGEST_COUNTDOWN, "{wait:?}");
    }
    let _ = (greylisting::is_named(&text), refusals::names_a_fault(&text));
    let meaning = Refusal { text: &text, ..Refusal::default() }.classify();
    let _ = (meaning.cause.about(), meaning.certainty);
    let now = "2026-11-22T00:00:00Z".parse().expect("a time");
    if let Ok(state) = State::read(bytes, now) {
        assert_eq!(State::read(state.text().as_bytes(), now).as_ref(), Ok(&state));
        let history = &state.history;
        let last = history.replays().map(|attempt| attempt.at).max().unwrap_or_default();
        let day = Duration::from_secs(86_400);
        assert!(history.next(day).is_none_or(|next| next <= day && next >= last));
        let _ = (history.conduct(), history.counts_anew(), history.broken_promise(), history.announced());
    }
});
