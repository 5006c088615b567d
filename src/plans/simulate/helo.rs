//! What receivers see in a name behind HELO, before any look-up.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use super::profile::Word;
use crate::names::address::special_purpose;

/// The form of a name behind HELO, as Postfix tells them apart.
pub(super) fn form_of_helo(helo: &str) -> Word {
    if let Some(inner) = helo.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let inner = inner.strip_prefix("IPv6:").unwrap_or(inner);
        return if inner.parse::<IpAddr>().is_ok() { Word::Literal } else { Word::BrokenLiteral };
    }
    if helo.starts_with('[') {
        return Word::BrokenLiteral;
    }
    if helo.parse::<IpAddr>().is_ok() {
        return Word::BareIp;
    }
    let bare = helo.strip_suffix('.').unwrap_or(helo);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let all_numeric = bare.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if bare.is_empty() || bare.len() > 253 || !bare.split('.').all(is_label) || all_numeric {
        return Word::Invalid;
    }
    if bare.contains('.') { Word::Name } else { Word::Word }
}

/// What rspamd sees in a name behind HELO, brackets taken off: numbers, a special address, or a name.
pub(super) fn value_of_helo(helo: &str) -> Option<Word> {
    static NUMBERS: LazyLock<Regex> = LazyLock::new(|| fixed(r"^(?:\d+[x.-]\d+[x.-]\d+[x.-]\d+$|[0-9a-f]+:)"));
    let bare = helo.replace(['[', ']'], "");
    // It does not know the tag of RFC 5321 §4.1.3, so a literal of an IPv6 address is a name to it.
    if bare.parse::<IpAddr>().is_ok_and(|address| special_purpose(address).is_some()) {
        return Some(Word::SpecialIp);
    }
    Some(if NUMBERS.is_match(&bare) { Word::DottedNumbers } else { Word::Name })
}

/// Where digits and dividers must stand for a word to count in a name.
#[derive(Clone, Copy)]
enum Place {
    /// Two figures, or a divider and one, right before it or before a divider; or a divider and a figure behind it;
    /// or a divider on both sides.
    Usual,
    /// One figure is enough before it.
    OneBefore,
    /// A divider must stand between the figures and the word.
    Divided,
    /// Figures may follow without a divider.
    Joined,
}

/// Words of home lines, by how much they weigh with rspamd.
const WORDS: &[(u8, Place, &str)] = &[
    (5, Place::Usual, "nat|homeuser|dynamic|catv|comcast|ppp|pptp|cablemodem|dial-?up|bredband"),
    (5, Place::OneBefore, "wifi|dhcp|broad"),
    (5, Place::Divided, "broadband|gprs|cdma|modem"),
    (5, Place::Joined, "[ax|]?dsl-dynamic"),
    (4, Place::Usual, "pool|fibertel|in-?addr"),
    (4, Place::OneBefore, "fbx"),
    (4, Place::Joined, "[ax|]?dsl-line|[ax|]?dsl"),
    (3, Place::Usual, "unused-addr"),
    (3, Place::OneBefore, "kabel"),
    (3, Place::Divided, "cable"),
    (2, Place::Usual, "host"),
    (1, Place::Usual, "peer|user|customers?"),
];

/// Patterns that no such rule covers.
const ODD: &[(u8, &str)] = &[
    (5, r"[-.0-9][0-9][.-]?pppoe|pppoe[.-][0-9]|[-.0-9][.-]pppoe[.-]"),
    (5, r"[-.0-9][0-9][.-]dynip|dynip[.-][0-9]|[-.0-9][.-]dynip[.-]"),
    (5, r"[-.0-9][0-9][.-]dyn|dyn[.-][0-9][-.0-9]"),
    (5, r"brodband[.-][0-9]"),
    (5, r"clients?[.-][0-9]{2,}|[-.0-9][0-9]{3,}[.-]?clients?"),
    (1, r"[.-]clients?[.-]"),
];

/// How much a host's name looks like that of a home line, by rspamd's words: 0 to 5.
pub(super) fn weight_of_host(name: &str) -> u8 {
    static PATTERNS: LazyLock<Vec<(u8, Regex)>> = LazyLock::new(|| {
        let rule = |(weight, place, words): &(u8, Place, &str)| {
            let before = match place {
                Place::Usual | Place::Joined => "[-.0-9][0-9][.-]?",
                Place::OneBefore => "[0-9][.-]?",
                Place::Divided => "[-.0-9][0-9][.-]",
            };
            let behind = if matches!(place, Place::Joined) { "[.-]?[0-9]" } else { "[.-][0-9]" };
            (*weight, fixed(&format!("(?i){before}(?:{words})|(?:{words}){behind}|[.-](?:{words})[.-]")))
        };
        let odd = |(weight, pattern): &(u8, &str)| (*weight, fixed(&format!("(?i){pattern}")));
        WORDS.iter().map(rule).chain(ODD.iter().map(odd)).collect()
    });
    PATTERNS.iter().filter(|(_, words)| words.is_match(name)).map(|(weight, _)| *weight).max().unwrap_or(0)
}

/// The same for a name behind HELO, where a name of one label weighs most.
pub(super) fn weight_of_helo(name: &str) -> u8 {
    static DEVICES: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?i)^(?:dsl)?(?:device|speedtouch)\.lan$"));
    if !name.contains('.') || DEVICES.is_match(name) { 5 } else { weight_of_host(name) }
}

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_behind_helo_have_forms() {
        let all = [
            ("mail.example.net", Word::Name),
            ("mail.example.net.", Word::Name),
            ("localhost", Word::Word),
            ("[192.0.2.1]", Word::Literal),
            ("[IPv6:2001:db8::1]", Word::Literal),
            ("[mail]", Word::BrokenLiteral),
            ("192.0.2.1", Word::BareIp),
            ("mail..x", Word::Invalid),
            ("a_b.example", Word::Name),
        ];
        for (helo, form) in all {
            assert_eq!(form_of_helo(helo), form, "{helo}");
        }
    }

    #[test]
    fn names_of_home_lines_weigh() {
        let all = [
            ("dyn-192-0-2-1.example.net", 5),
            ("1.2.dsl.example.net", 4),
            ("dsl7.example.net", 4),
            ("mail.example.net", 0),
            ("customer-7.example.net", 1),
            ("client-5-6-0-1.example.net", 0),
            ("client-56.example.net", 5),
            ("a.client.example.net", 1),
            ("dyn.example.net", 0),
            ("dynamic.example.net", 0),
            ("a.dynamic.example.net", 5),
            ("host7.example.net", 0),
            ("7host.example.net", 0),
            ("17host.example.net", 2),
            ("7wifi.example.net", 5),
            ("17broadband.example.net", 5),
            ("17cable.example.net", 0),
        ];
        for (name, expected) in all {
            assert_eq!(weight_of_host(name), expected, "{name}");
        }
        assert_eq!((weight_of_helo("host"), weight_of_host("host")), (5, 0));
    }

    #[test]
    fn numbers_behind_helo_are_no_names_to_rspamd() {
        let all = [
            ("[192.168.1.1]", Word::SpecialIp),
            ("203.0.113.9", Word::SpecialIp),
            ("[11.22.33.44]", Word::DottedNumbers),
            ("11-22-33-44", Word::DottedNumbers),
            ("2a00:1450::1", Word::DottedNumbers),
            ("[IPv6:2a00:1450::1]", Word::Name),
            ("mail.example.net", Word::Name),
        ];
        for (helo, value) in all {
            assert_eq!(value_of_helo(helo), Some(value), "{helo}");
        }
    }
}
