//! What a greeting gives away (RFC 5321 §4.2).

use std::net::IpAddr;

use crate::names::domain::Domain;
use crate::names::host_name;

/// A greeting's parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Greeting {
    /// The host name or address literal in it.
    pub(super) name: Option<String>,
    /// Why there is no usable name.
    pub(super) fault: Option<String>,
    /// Whether somebody has written asterisks over it.
    pub(super) masked: bool,
    /// The software it names.
    pub(super) software: Option<&'static str>,
    /// The version it tells.
    pub(super) version: Option<String>,
}

/// Software that names itself, as it does so.
const SOFTWARE: &[&str] = &[
    "Postfix",
    "Exim",
    "Sendmail",
    "qmail",
    "OpenSMTPD",
    "Microsoft ESMTP MAIL Service",
    "MailEnable",
    "SmarterMail",
    "Mailtraq",
    "MDaemon",
    "hMailServer",
    "Kerio Connect",
    "IceWarp",
    "Haraka",
    "Stalwart",
    "Zimbra",
    "Courier",
    "CommuniGate",
    "Domino",
    "GroupWise",
    "James",
    "Axigen",
    "SurgeMail",
    "PowerMTA",
    "Momentum",
    "maddy",
    "mox",
];

impl Greeting {
    /// Reads the text behind the code.
    pub(super) fn read(text: &str) -> Self {
        let mut greeting = Greeting { masked: text.contains("*****"), ..Greeting::default() };
        let words: Vec<&str> = text.split_whitespace().collect();
        // RFC 5321 §4.2: the name comes first. Some servers say something else in front of it.
        greeting.name = words.iter().find(|word| fault_of_name(word).is_none()).map(|word| (*word).to_owned());
        if greeting.name.is_none() {
            greeting.fault = Some(match words.first() {
                None => "there is nothing behind the code".to_owned(),
                Some(first) => fault_of_name(first).unwrap_or_default(),
            });
        }
        let lower = text.to_ascii_lowercase();
        greeting.software = SOFTWARE.iter().copied().find(|name| {
            let name = name.to_ascii_lowercase();
            let alone = |at: usize| {
                let before = lower[..at].chars().next_back();
                let after = lower[at + name.len()..].chars().next();
                [before, after].iter().flatten().all(|beside| !beside.is_ascii_alphanumeric() && *beside != '.')
            };
            lower.match_indices(&name).any(|(at, _)| alone(at))
        });
        greeting.version = words.iter().find_map(|word| version(word));
        greeting
    }
}

/// Why a word is no name that others can look up, nor an address literal.
pub(super) fn fault_of_name(word: &str) -> Option<String> {
    if let Some(inner) = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let inner = inner.strip_prefix("IPv6:").unwrap_or(inner);
        return inner.parse::<IpAddr>().is_err().then(|| format!("\"{word}\" is no address literal"));
    }
    match word.parse::<Domain>() {
        Err(_) => Some(format!("\"{word}\" is no host name")),
        Ok(name) if name.as_str() == "localhost" || name.as_str().starts_with("localhost.") => {
            Some(format!("\"{word}\" means every machine itself"))
        }
        Ok(name) if name.labels().count() < 2 => Some(format!("\"{word}\" has no dot")),
        Ok(name) if name.labels().last().is_none_or(|label| label.bytes().all(|octet| octet.is_ascii_digit())) => {
            Some(format!("\"{word}\" is no host name"))
        }
        Ok(name) => host_name::private_suffix(&name).map(|suffix| format!("\"{word}\" ends in .{suffix}")),
    }
}

/// The version in a word: numbers with dots between them that are no address.
fn version(word: &str) -> Option<String> {
    let word = word.trim_matches(|character: char| !character.is_ascii_alphanumeric());
    let word = word.strip_prefix(['v', 'V']).unwrap_or(word);
    let end = word.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(word.len());
    let (number, rest) = word.split_at(end);
    let is_name = number.ends_with('.') && rest.starts_with(|character: char| character.is_ascii_alphabetic());
    let number = number.trim_end_matches('.');
    let is_number = number.contains('.') && number.split('.').all(|part| !part.is_empty());
    (is_number && !is_name && number.parse::<IpAddr>().is_err()).then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_software_and_version_are_read() {
        for (text, name, software, version) in [
            ("mx.example.org ESMTP Postfix (Debian/GNU)", "mx.example.org", Some("Postfix"), None),
            (
                "mx.example.org ESMTP Exim 4.96 Sun, 22 Nov 2026 01:00:00 +0000",
                "mx.example.org",
                Some("Exim"),
                Some("4.96"),
            ),
            (
                "mx.example.org ESMTP MailEnable Service, Version: 10.46-- ready",
                "mx.example.org",
                Some("MailEnable"),
                Some("10.46"),
            ),
            (
                "EX1.example.org Microsoft ESMTP MAIL Service, Version: 10.0.14393.2608 ready",
                "EX1.example.org",
                Some("Microsoft ESMTP MAIL Service"),
                Some("10.0.14393.2608"),
            ),
            (
                "mx.example.org ESMTP Sendmail 8.17.1.9/8.17.1; Sun, 22 Nov 2026",
                "mx.example.org",
                Some("Sendmail"),
                None,
            ),
            ("Welcome to mx.example.org", "mx.example.org", None, None),
            ("[192.0.2.1] ESMTP", "[192.0.2.1]", None, None),
            ("postfix.example.org ESMTP 4.2.example", "postfix.example.org", None, None),
        ] {
            let greeting = Greeting::read(text);
            assert_eq!(greeting.name.as_deref(), Some(name), "{text}");
            assert_eq!((greeting.software, greeting.version.as_deref()), (software, version), "{text}");
            assert!(!greeting.masked && greeting.fault.is_none(), "{text}");
        }
    }

    #[test]
    fn greeting_without_a_usable_name_says_why() {
        for (text, why) in [
            ("", "nothing"),
            ("localhost ESMTP", "every machine"),
            ("localhost.localdomain ESMTP", "every machine"),
            ("mail ESMTP", "no dot"),
            ("mail.corp.local ESMTP", ".local"),
            ("10.0.0.1 ESMTP", "no host name"),
            ("[10.0.0] ESMTP", "no address literal"),
        ] {
            let greeting = Greeting::read(text);
            assert_eq!(greeting.name, None, "{text}");
            assert!(greeting.fault.is_some_and(|fault| fault.contains(why)), "{text}");
        }
        assert!(Greeting::read("****************0*2******0****").masked);
    }
}
