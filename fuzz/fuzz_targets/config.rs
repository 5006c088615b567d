//! Reads configuration files.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::cli::Global;
use spamcheck::config::{File, Given};

fuzz_target!(|text: &str| {
    match File::parse(text, "fuzz.toml") {
        Ok(file) => {
            let mut settings = Global::default_settings();
            if let Err(error) = file.apply(text, "fuzz.toml", &mut settings, &Given::default()) {
                assert!(error.to_string().starts_with("fuzz.toml:"), "{error}");
            }
        }
        Err(error) => assert!(error.to_string().starts_with("fuzz.toml:"), "{error}"),
    }
});
