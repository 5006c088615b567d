//! Reads reports, plain bounces and replies in quotes; what is told of them is bounded and fit to be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::catalogue::refusals::Refusal;
use spamcheck::mail::bounce::{MAX_TEXT, Reading, Said};
use spamcheck::report::is_deceptive;

fuzz_target!(|octets: &[u8]| {
    if let Some(reading) = Reading::of(octets) {
        for report in &reading.reports {
            let text = report.text.as_deref().unwrap_or_default();
            assert!(text.chars().count() <= MAX_TEXT && !text.chars().any(is_deceptive));
        }
    }
    let text = String::from_utf8_lossy(octets);
    let said = Said::read(&text);
    assert!(said.code.is_none_or(|code| (200..600).contains(&code)));
    let _ = Refusal { text: &said.text, ..Refusal::default() }.classify();
});
