//! The words of refusals and what they mean: the one classifier of replies, for every check and every bounce.
//!
//! Text decides before the enhanced code, and the enhanced code before the reply code. Patterns stand in order of
//! precedence in `patterns.json`; a pattern that is weak comes after the registered codes.

mod cause;
mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::cause::{About, Cause};
pub use self::words::{MAX_TEXT, in_one_line, without_names};

/// A text by which something is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Its stable id.
    pub id: String,
    /// The text, in the syntax of the `regex` crate, which takes linear time.
    pub regex: String,
    /// What it means.
    pub cause: Cause,
    /// The operator or product that alone writes it; none if several do.
    pub provider: Option<String>,
    /// Who has to act.
    pub side: Side,
    /// The catalogue's id of the list that it is about, by whatever name.
    #[serde(default)]
    pub list: Option<String>,
    /// What it is compared with.
    pub scope: Scope,
    /// Whether registered codes say more.
    pub weak: bool,
    /// How well it is known.
    pub confidence: Confidence,
    /// Replies that it takes, and no pattern before it.
    pub samples: Vec<String>,
    /// Replies that it leaves alone.
    pub not: Vec<String>,
}

/// Who has to act on a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Whoever runs the sending address.
    SenderAddress,
    /// Whoever runs the sender's domain.
    SenderDomain,
    /// The account that sends.
    SenderAccount,
    /// Whoever wrote the message.
    Message,
    /// The recipient.
    Recipient,
    /// Whoever runs the receiving server.
    Receiver,
    /// Somebody on the way.
    Path,
    /// Nobody can tell.
    Unknown,
}

/// What a pattern is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole text.
    Text,
    /// The text without links, mail addresses and host names.
    Words,
}

/// How well a pattern is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// By the operator's own page, or by many samples.
    High,
    /// By samples.
    Medium,
    /// From second hand.
    Low,
}

/// The operator or product of a server that refuses.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its id.
    pub id: String,
    /// The name people know.
    pub name: String,
    /// Whether it holds mailboxes, filters, sends or forwards.
    pub kind: String,
    /// The names its servers end with, by whole labels.
    pub hosts: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    /// `X.1.1`: the class does not matter.
    code: String,
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "rfc")]
    _rfc: String,
    cause: Option<Cause>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Codes {
    enhanced: Vec<Code>,
    replies: HashMap<String, Cause>,
}

/// A pattern with its expression, which is compiled when it is first compared.
struct Compiled {
    pattern: Pattern,
    regex: LazyLock<Regex, Box<dyn FnOnce() -> Regex + Send>>,
}

static PATTERNS: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let patterns: Vec<Pattern> = serde_json::from_str(include_str!("patterns.json"))
        .expect("the embedded patterns are valid: a unit test reads them");
    let compiled = |pattern: Pattern| {
        let regex = pattern.regex.clone();
        let compile = move || Regex::new(&regex).expect("the pattern is valid: a unit test compiles all");
        Compiled { pattern, regex: LazyLock::new(Box::new(compile)) }
    };
    patterns.into_iter().map(compiled).collect()
});

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("providers.json"))
        .expect("the embedded providers are valid: a unit test reads them")
});

static CODES: LazyLock<Codes> = LazyLock::new(|| {
    serde_json::from_str(include_str!("codes.json")).expect("the embedded codes are valid: a unit test reads them")
});

/// What is known of a refusal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Refusal<'a> {
    /// The server's words, with or without its codes; in several lines or in one.
    pub text: &'a str,
    /// The code of its reply; none reads it from the text.
    pub reply_code: Option<u16>,
    /// The enhanced code beside the text, such as a report's `Status`; the one in the text counts first.
    pub status: Option<&'a str>,
    /// The host that refused.
    pub host: Option<&'a str>,
}

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// Why.
    pub cause: Cause,
    /// Who has to act.
    pub side: Side,
    /// The operator or product that refused, if that is known.
    pub provider: Option<&'static str>,
    /// How certain the cause is.
    pub certainty: Certainty,
    /// The catalogue's id of the list that the words are about.
    pub list: Option<&'static str>,
    /// What it was known by: a pattern's id, or `code:5.1.1`; none if by the reply code or by nothing.
    pub pattern: Option<String>,
}

/// How certain a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The words name it.
    Named,
    /// A code or a weak word speaks for it.
    Likely,
    /// Nothing does.
    Guess,
    /// A live test showed it.
    Proven,
    /// A live test showed that it is over.
    Gone,
}

impl Refusal<'_> {
    /// What it means.
    pub fn classify(&self) -> Meaning {
        let text = in_one_line(self.text);
        let read = Codes::in_text(&text);
        let words = without_names(&text);
        let host = self.host.and_then(provider_of_host).map(|provider| provider.id.as_str());
        let mut meaning = self.meaning(&text, &words, read);
        meaning.provider = host.or(meaning.provider);
        meaning
    }

    fn meaning(&self, text: &str, words: &str, (reply, enhanced): (Option<u16>, Option<&str>)) -> Meaning {
        if let Some(pattern) = first_match(text, words, false) {
            return Meaning::of(pattern);
        }
        for code in [enhanced, self.status] {
            let Some(code) = code else { continue };
            if let Some(cause) = CODES.cause_of(code) {
                return Meaning::by_code(cause, Some(format!("code:{code}")));
            }
        }
        if let Some(pattern) = first_match(text, words, true) {
            return Meaning { certainty: Certainty::Likely, ..Meaning::of(pattern) };
        }
        let reply = self.reply_code.or(reply);
        match reply.and_then(|code| CODES.replies.get(&code.to_string())) {
            Some(cause) => Meaning::by_code(*cause, None),
            None => Meaning {
                cause: Cause::Unknown,
                side: Side::Unknown,
                provider: None,
                list: None,
                certainty: Certainty::Guess,
                pattern: None,
            },
        }
    }
}

impl Meaning {
    fn of(pattern: &'static Pattern) -> Self {
        Meaning {
            cause: pattern.cause,
            side: pattern.side,
            list: pattern.list.as_deref(),
            provider: pattern.provider.as_deref(),
            certainty: if pattern.confidence == Confidence::Low { Certainty::Likely } else { Certainty::Named },
            pattern: Some(pattern.id.clone()),
        }
    }

    fn by_code(cause: Cause, pattern: Option<String>) -> Self {
        Meaning { cause, side: cause.side(), provider: None, list: None, certainty: Certainty::Likely, pattern }
    }
}

impl Cause {
    /// Who has to act, if no words say more.
    pub fn side(self) -> Side {
        match self {
            Cause::UserUnknown
            | Cause::MailboxFull
            | Cause::Suspended
            | Cause::Moved
            | Cause::RecipientRefuses
            | Cause::NullMx => Side::Recipient,
            Cause::Listed
            | Cause::Reputation
            | Cause::Dynamic
            | Cause::NoPtr
            | Cause::PtrUnconfirmed
            | Cause::Helo
            | Cause::RateLimited
            | Cause::TlsRequired
            | Cause::Protocol => Side::SenderAddress,
            Cause::AuthSpf | Cause::AuthDkim | Cause::AuthDmarc | Cause::Auth | Cause::ReturnPath => Side::SenderDomain,
            Cause::SmtpAuth | Cause::AccountBlocked | Cause::Suppressed => Side::SenderAccount,
            Cause::Content
            | Cause::SpamUnspecified
            | Cause::Virus
            | Cause::Size
            | Cause::Malformed
            | Cause::Complaint => Side::Message,
            Cause::Greylisted | Cause::RelayDenied | Cause::System | Cause::ReceiverFault => Side::Receiver,
            Cause::Dns | Cause::Network | Cause::TlsFailed | Cause::Loop | Cause::Expired => Side::Path,
            Cause::Policy | Cause::Delivered | Cause::Unknown => Side::Unknown,
        }
    }
}

impl Codes {
    /// The reply code a text begins with, and the enhanced code behind it, also as `(#5.1.1)` anywhere.
    fn in_text(text: &str) -> (Option<u16>, Option<&str>) {
        static BEGINNING: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^(?:([245]\d\d)[ -]?)?(?:([245]\.\d{1,3}\.\d{1,3})\b)?")
                .expect("the pattern is fixed and valid")
        });
        static INSIDE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\(#([245]\.\d{1,3}\.\d{1,3})\b").expect("the pattern is fixed and valid"));
        let found = BEGINNING.captures(text);
        let part = |number| found.as_ref().and_then(|found| found.get(number)).map(|part| part.as_str());
        let inside = || INSIDE.captures(text).and_then(|found| found.get(1)).map(|part| part.as_str());
        (part(1).and_then(|code| code.parse().ok()), part(2).or_else(inside))
    }

    fn cause_of(&self, code: &str) -> Option<Cause> {
        let (_, detail) = code.split_once('.')?;
        let known = self.enhanced.iter().find(|known| known.code.strip_prefix("X.") == Some(detail))?;
        known.cause
    }
}

/// The reply code that a text begins with, and the enhanced code in it (RFC 3463 §2).
pub fn codes_in(text: &str) -> (Option<u16>, Option<&str>) {
    Codes::in_text(text)
}

/// Whether the words of a deferral name a fault of the server, which meets everybody alike. Codes and the mere wish to
/// be tried again name none: greylists use them, too.
pub fn names_a_fault(text: &str) -> bool {
    static INVITATION: LazyLock<Regex> = LazyLock::new(|| {
        let said =
            r"(?i)\btemporary failure\b|\b(service )?(temporarily )?unavailable\b|\b(please )?try again\b|^[\d. -]+";
        Regex::new(said).expect("the pattern is fixed and valid")
    });
    let text = in_one_line(text);
    let meaning = Refusal { text: &INVITATION.replace_all(&text, " "), ..Refusal::default() }.classify();
    meaning.pattern.is_some() && (meaning.cause.about() == About::Server || meaning.cause == Cause::MailboxFull)
}

fn first_match(text: &str, words: &str, weak: bool) -> Option<&'static Pattern> {
    let takes = |compiled: &&Compiled| {
        let with = if compiled.pattern.scope == Scope::Text { text } else { words };
        compiled.pattern.weak == weak && compiled.regex.is_match(with)
    };
    PATTERNS.iter().find(takes).map(|compiled| &compiled.pattern)
}

/// An operator or product by its id.
pub fn provider(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id)
}

/// The operator whose servers end as this host's name does, by whole labels from the right.
pub fn provider_of_host(host: &str) -> Option<&'static Provider> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let ends =
        |suffix: &String| host.strip_suffix(suffix.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    PROVIDERS.iter().find(|provider| provider.hosts.iter().any(ends))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn classify(text: &str) -> Meaning {
        Refusal { text, ..Refusal::default() }.classify()
    }

    #[test]
    fn ids_are_unique_and_every_pattern_has_a_sample() {
        let mut ids = HashSet::new();
        for Compiled { pattern, .. } in PATTERNS.iter() {
            assert!(ids.insert(&pattern.id), "{} is there twice", pattern.id);
            assert!(!pattern.samples.is_empty(), "{} has no sample", pattern.id);
            let known = |id: &String| PROVIDERS.iter().any(|provider| provider.id == *id);
            assert!(pattern.provider.as_ref().is_none_or(known), "{}: unknown provider", pattern.id);
        }
        let mut ids = HashSet::new();
        assert!(PROVIDERS.iter().all(|provider| ids.insert(&provider.id) && !provider.name.is_empty()));
    }

    #[test]
    fn every_sample_is_taken_by_its_own_pattern_and_by_none_before_it() {
        for Compiled { pattern, regex } in PATTERNS.iter() {
            for sample in &pattern.samples {
                let text = in_one_line(sample);
                let words = without_names(&text);
                assert!(regex.is_match(if pattern.scope == Scope::Text { &text } else { &words }), "{sample}");
                let meaning = classify(sample);
                // A weak pattern gives way to a registered code.
                if !pattern.weak {
                    assert_eq!(meaning.pattern.as_deref(), Some(pattern.id.as_str()), "{sample}");
                }
                assert_eq!(meaning.cause, pattern.cause, "{sample}");
            }
            for other in &pattern.not {
                assert_ne!(classify(other).pattern.as_deref(), Some(pattern.id.as_str()), "{other}");
            }
        }
    }

    #[test]
    fn ordinary_replies_belong_to_no_provider() {
        #[derive(Deserialize)]
        struct Ordinary {
            text: String,
            cause: Cause,
            provider: Option<String>,
        }
        let all: Vec<Ordinary> = serde_json::from_str(include_str!("../../../tests/samples/refusals/ordinary.json"))
            .expect("the samples are valid");
        for Ordinary { text, cause, provider } in all {
            let meaning = classify(&text);
            assert_eq!((meaning.cause, meaning.provider), (cause, provider.as_deref()), "{text}: {meaning:?}");
        }
    }

    #[test]
    fn words_of_causes_are_those_of_the_formats() {
        for Code { cause, .. } in &CODES.enhanced {
            let Some(cause) = cause else { continue };
            assert_eq!(serde_json::to_value(cause).expect("a word"), cause.as_str());
        }
        for Compiled { pattern: Pattern { cause, .. }, .. } in PATTERNS.iter() {
            assert_eq!(serde_json::to_value(cause).expect("a word"), cause.as_str());
        }
    }

    #[test]
    fn codes_decide_only_where_no_words_do() {
        assert_eq!(classify("550 5.1.1 IB607 too many recipients").cause, Cause::RateLimited);
        let by_code = classify("550 5.1.1 qwertz");
        assert_eq!((by_code.cause, by_code.pattern.as_deref()), (Cause::UserUnknown, Some("code:5.1.1")));
        assert_eq!(by_code.certainty, Certainty::Likely);
        assert_eq!(classify("550 5.7.1 qwertz").cause, Cause::Unknown);
        let by_status = Refusal { text: "qwertz", status: Some("5.2.2"), ..Refusal::default() }.classify();
        assert_eq!((by_status.cause, by_status.certainty), (Cause::MailboxFull, Certainty::Likely));
        assert_eq!(classify("535 qwertz").cause, Cause::SmtpAuth);
    }

    #[test]
    fn words_say_whom_a_refusal_is_about() {
        let about = |text: &str| classify(text).cause.about();
        for (text, expected) in [
            ("4.3.0 <jane@x.example>: Temporary lookup failure", About::Server),
            ("4.3.5 Server configuration error", About::Server),
            ("4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", About::Client),
            ("5.7.25 Client host rejected: cannot find your reverse hostname", About::Client),
            ("4.1.8 <a@x.example>: Sender address rejected: Domain not found", About::Client),
            ("4.7.1 Service unavailable; client [192.0.2.1] blocked using bl.example", About::Client),
            ("4.7.0 Too many messages from you", About::Client),
            ("4.7.1 Client host rejected: Greylisted, see http://x.example", About::Greylisting),
            ("4.2.0 <a@x.example>: Recipient address rejected: Greylisted", About::Greylisting),
            ("5.1.1 <a@x.example>: User unknown in virtual mailbox table", About::Recipient),
            ("No such user here", About::Recipient),
            ("5.2.1 disabled", About::Recipient),
            ("5.7.1 <u@d>: Relay access denied", About::Relaying),
            ("530 5.7.0 Must issue a STARTTLS command first", About::Tls),
            ("5.7.1 Access denied", About::Unsaid),
            ("é.1.1 x", About::Unsaid),
        ] {
            assert_eq!(about(text), expected, "{text}: {:?}", classify(text));
        }
    }

    #[test]
    fn faults_are_told_from_the_wish_to_be_tried_again() {
        // Postfix has both words for a policy server that does not answer, by version.
        let of_policy = ["4.3.5 Server configuration error", "4.3.5 <a@x.example>: Server configuration problem"];
        for text in of_policy.into_iter().chain(["4.3.0 <jane@x.example>: Temporary lookup failure"]) {
            assert!(names_a_fault(text), "{text}");
        }
        for text in ["Temporary failure, please try again later.", "4.3.2 Try again later", "4.2.0 Greylisted"] {
            assert!(!names_a_fault(text), "{text}");
        }
    }

    #[test]
    fn providers_are_known_by_whole_labels_of_the_refusing_host() {
        let id = |host| provider_of_host(host).map(|provider| provider.id.as_str());
        assert_eq!(id("gmail-smtp-in.l.google.com."), Some("google"));
        assert_eq!(id("Example.mail.protection.OUTLOOK.com"), Some("microsoft"));
        assert_eq!(id("notgoogle.com"), None);
    }
}
