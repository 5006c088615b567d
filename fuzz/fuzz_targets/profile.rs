//! Reads profiles of receiving servers; what is no profile is an error with words.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::plans::simulate::Profile;

fuzz_target!(|octets: &[u8]| {
    let text = String::from_utf8_lossy(octets);
    match Profile::parse(&text) {
        Ok(profile) => assert!(!profile.sources.is_empty()),
        Err(why) => assert!(!why.is_empty()),
    }
});
