//! Reads SPF records and explanations; places lie within the text, and what is sound reads the same again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::mail::spf::{MacroString, Place, Record};

fuzz_target!(|text: &[u8]| {
    let record = Record::parse(text);
    for fault in &record.faults {
        assert!(fault.span.start <= fault.span.end && fault.span.end <= text.len());
    }
    if record.faults.is_empty() {
        let terms: Vec<String> = record.terms.iter().map(|term| record.text_of(&term.span)).collect();
        let again = Record::parse(format!("v=spf1 {}", terms.join(" ")).as_bytes());
        assert!(again.faults.is_empty(), "a sound record reads as it is shown");
        assert_eq!(again.terms.len(), record.terms.len());
    }
    // Explanations are read with their own grammar; nothing but a panic is a fault.
    let _ = MacroString::parse(text, Place::Explanation);
});
