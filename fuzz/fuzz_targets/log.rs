//! Reads logs of every program, line by line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::mail::logs::{Event, Reader};

fuzz_target!(|octets: &[u8]| {
    let mut reader = Reader::new(1_764_230_400);
    let mut refused = 0_u64;
    let text = String::from_utf8_lossy(octets);
    let mut take = |event| refused += u64::from(matches!(event, Event::Refused(_)));
    for line in text.lines() {
        reader.line(line, &mut take);
    }
    reader.end(&mut take);
    assert!(reader.known <= reader.lines);
});
