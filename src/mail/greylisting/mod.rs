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

/// Whether the words of a reply name a fault of the server, which meets everybody alike.
pub fn names_a_fault(text: &str) -> bool {
    const FAULTS: &[&str] = &[
        "lookup failure",
        "lookup error",
        "lookup failed",
        "configuration",
        "database",
        "disk",
        "storage",
        "system error",
        "internal error",
        "local error",
        "out of memory",
        "over quota",
        "queue file",
        "cannot open",
        "server error",
        "local problem",
    ];
    let text = text.to_ascii_lowercase();
    FAULTS.iter().any(|fault| text.contains(fault))
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

    #[test]
    fn faults_are_told_from_mere_refusals() {
        assert!(names_a_fault("4.3.0 <jane@x.example>: Temporary lookup failure"));
        assert!(names_a_fault("4.3.5 Server configuration error"));
        assert!(!names_a_fault("Temporary failure, please try again later."));
    }
}
