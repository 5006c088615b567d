//! Reads input files.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::input::{Input, Lines};

fuzz_target!(|bytes: &[u8]| {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let mut inputs = 0;
    for input in Lines::from_reader(std::io::Cursor::new(bytes.to_vec()), 1024) {
        inputs += 1;
        if let Input::Malformed { line, text, why } = input {
            assert!(line >= 1 && line <= lines as u64, "line {line} of {lines}");
            assert!(!why.is_empty() && !text.chars().any(char::is_control), "{text:?}: {why}");
        }
    }
    assert!(inputs <= lines, "{inputs} targets on {lines} lines");
});
