//! What a reply to a form means.

use super::facts::FormOutcome;
use crate::catalogue::refusals::{About, Cause, Refusal};
use crate::net::smtp::Reply;

/// What a reply that is no consent means.
pub(super) fn refusal(reply: &Reply) -> Option<FormOutcome> {
    let about = || {
        let refusal = Refusal { text: &reply.text(), reply_code: Some(reply.code), ..Refusal::default() };
        refusal.classify().cause.about()
    };
    match reply.code {
        // RFC 3207 §4: 530 is what a server says that wants STARTTLS first; RFC 4954 §6: that wants a login.
        530 if about() == About::Tls => Some(FormOutcome::TlsRequired),
        530 => Some(FormOutcome::AuthRequired),
        400..=499 => Some(FormOutcome::Deferred),
        500..=599 => Some(FormOutcome::Refused),
        _ => None,
    }
}

/// Whether a refusal speaks of relaying: it is denied, a login would allow it, or the server knows no way to the domain.
pub(super) fn is_about_relaying(text: &str) -> bool {
    let cause = Refusal { text, ..Refusal::default() }.classify().cause;
    cause.about() == About::Relaying || matches!(cause, Cause::SmtpAuth | Cause::Dns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::smtp::reply::Assembly;

    #[test]
    fn login_and_tls_are_told_apart_from_refusal() {
        let refusal = |text: &str| {
            let reply = Assembly::default().push(format!("{text}\r\n").as_bytes()).expect("readable");
            refusal(&reply.expect("complete"))
        };
        assert_eq!(refusal("530 5.7.0 Must issue a STARTTLS command first"), Some(FormOutcome::TlsRequired));
        assert_eq!(refusal("530 5.7.0 Authentication required"), Some(FormOutcome::AuthRequired));
        assert_eq!(refusal("554 5.7.1 Relay access denied"), Some(FormOutcome::Refused));
        assert_eq!(refusal("451 4.7.1 Greylisted"), Some(FormOutcome::Deferred));
        assert_eq!(refusal("250 Ok"), None);
        assert_eq!(refusal("354 Go ahead"), None);
    }

    #[test]
    fn refusals_of_relaying_are_known_by_their_words() {
        for text in [
            "5.7.1 <u@d>: Relay access denied",
            "relay not permitted",
            "5.7.1 <u@d>... Relaying denied",
            "5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
            "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
            "Unrouteable address",
        ] {
            assert!(is_about_relaying(text), "{text}");
        }
        for text in ["5.7.1 Client host blocked using bl.example", "5.1.8 Sender domain not found", "Access denied"] {
            assert!(!is_about_relaying(text), "{text}");
        }
    }
}
