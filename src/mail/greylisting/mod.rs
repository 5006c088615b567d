//! Greylisting (RFC 6647): what servers say when they do it, and whether a sender's retries get past it.

mod countdown;
mod schedule;

pub use self::countdown::{LONGEST as LONGEST_COUNTDOWN, countdown};
pub use self::schedule::{Played, Policy, Schedule, Try};

/// Whether the words of a reply name greylisting.
pub fn is_named(text: &str) -> bool {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    letters.contains("greylist") || letters.contains("graylist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greylisting_is_known_in_every_spelling() {
        for text in ["Greylisted, see http://x", "GRAY-LISTING in action", "you are grey listed", "grey_list"] {
            assert!(is_named(text), "{text}");
        }
        for text in ["Try again later", "grey matters, list closed", "Service unavailable"] {
            assert!(!is_named(text), "{text}");
        }
    }
}
