//! Reads targets; what was read once reads the same again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::names::target::Target;

fuzz_target!(|text: &str| {
    if let Ok(target) = text.parse::<Target>() {
        let again: Target = target.to_string().parse().expect("a target reads as it is shown");
        assert_eq!(again, target);
    }
});
