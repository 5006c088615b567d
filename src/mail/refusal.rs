//! What the words of a refusal blame: the server itself, this client, or the recipient.

use super::greylisting;

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

/// Whether the words of a refusal name something about this client or sender, which says nothing of how others fare:
/// no reverse DNS, an unknown sender domain, a blocklist, too much mail.
pub fn blames_the_client(text: &str) -> bool {
    // RFC 3463 §3.2 and RFC 7372 §3: a bad sender address, and reverse DNS or SPF that fails.
    const CODES: &[&str] = &[".1.7 ", ".1.8 ", ".7.23 ", ".7.24 ", ".7.25 ", ".7.27 "];
    const WORDS: &[&str] = &[
        "client host rejected",
        "cannot find your",
        "reverse hostname",
        "reverse dns",
        "ptr record",
        "no ptr",
        "domain not found",
        "sender address rejected",
        "helo command rejected",
        "blocked using",
        "blocklist",
        "blacklist",
        "reputation",
        "rate limit",
        "ratelimit",
        "too many",
    ];
    let lower = text.to_ascii_lowercase();
    let named = has_code(text, CODES) || WORDS.iter().any(|words| lower.contains(words));
    // Postfix says "Client host rejected: Greylisted" where the policy is asked about the client.
    named && !greylisting::is_named(text) && greylisting::countdown(text).is_none()
}

/// Whether the words of a refusal say that there is no such mailbox, or that it takes nothing.
pub fn blames_the_recipient(text: &str) -> bool {
    // RFC 3463 §3.2 and §3.3: a bad destination mailbox or system, a disabled mailbox.
    const CODES: &[&str] = &[".1.1 ", ".1.2 ", ".1.3 ", ".1.6 ", ".1.10 ", ".2.1 "];
    const WORDS: &[&str] = &[
        "user unknown",
        "unknown user",
        "unknown recipient",
        "recipient unknown",
        "no such",
        "does not exist",
        "doesn't exist",
        "mailbox unavailable",
        "mailbox not found",
        "invalid recipient",
        "unrouteable address",
        "no mailbox here",
        "unknown local",
        "unknown address",
    ];
    let lower = text.to_ascii_lowercase();
    has_code(text, CODES) || WORDS.iter().any(|words| lower.contains(words))
}

/// Whether a text begins with an enhanced status code of any class.
fn has_code(text: &str, codes: &[&str]) -> bool {
    text.get(1..).is_some_and(|behind| codes.iter().any(|code| behind.starts_with(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_from_mere_refusals() {
        assert!(names_a_fault("4.3.0 <jane@x.example>: Temporary lookup failure"));
        assert!(names_a_fault("4.3.5 Server configuration error"));
        assert!(!names_a_fault("Temporary failure, please try again later."));
    }

    #[test]
    fn deferrals_for_what_we_are_are_told_from_greylisting() {
        for text in [
            "4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]",
            "4.1.8 <a@x.example>: Sender address rejected: Domain not found",
            "4.7.1 Service unavailable; client [192.0.2.1] blocked using bl.example",
            "4.7.0 Too many messages from you",
        ] {
            assert!(blames_the_client(text), "{text}");
        }
        assert!(blames_the_client("5.7.25 Client host rejected: cannot find your reverse hostname"));
        for text in [
            "4.7.1 Client host rejected: Greylisted, see http://x.example",
            "4.2.0 <a@x.example>: Recipient address rejected: Greylisted",
            "Temporary failure, please try again later.",
            "4.7.1 Reputation unknown, try again in 300 seconds",
        ] {
            assert!(!blames_the_client(text), "{text}");
        }
    }

    #[test]
    fn unknown_mailboxes_are_told_from_other_refusals() {
        for text in
            ["5.1.1 <a@x.example>: User unknown in virtual mailbox table", "No such user here", "5.2.1 disabled"]
        {
            assert!(blames_the_recipient(text), "{text}");
        }
        for text in ["5.7.1 Access denied", "5.7.1 blocked using bl.example", "5.4.1 Relay access denied", "é.1.1 x"] {
            assert!(!blames_the_recipient(text), "{text}");
        }
    }
}
