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
    static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\d{1,3}[.x-]\d{1,3}[.x-]\d{1,3}[.x-]\d{1,3}$").expect("the pattern is fixed and valid")
    });
    let inner = helo.trim_matches(['[', ']']);
    let inner = inner.strip_prefix("IPv6:").unwrap_or(inner);
    if let Ok(address) = inner.parse::<IpAddr>() {
        let is_special = special_purpose(address).is_some_and(|kind| kind != "documentation");
        return Some(if is_special { Word::SpecialIp } else { Word::DottedNumbers });
    }
    Some(if NUMBERS.is_match(inner) { Word::DottedNumbers } else { Word::Name })
}

/// How much a name looks like that of a home line, by rspamd's words: 0 to 5.
pub(super) fn weight(name: &str) -> u8 {
    static WORDS: LazyLock<Vec<(u8, Regex)>> = LazyLock::new(|| {
        let words: [(u8, &str); 5] = [
            (
                5,
                r"nat|homeuser|pppoe|ppp|dynamic|dyn|dynip|catv|comcast|b[ro]+[ad]+band|bredband|brodband|broad|wifi|gprs|cdma|dhcp|dialup|dial-up|pptp|cablemodem|modem|client\d\d",
            ),
            (4, r"fbx|[ax]?dsl|pool|in-addr|fibertel"),
            (3, r"unused-addr|kabel|cable"),
            (2, r"host"),
            (1, r"peer|customer|user|client"),
        ];
        // A digit before, a digit behind a dot or dash, or such dividers on both sides.
        let of = |(weight, words): (u8, &str)| {
            let pattern = format!(r"(?i)(?:\d[.-]?(?:{words}))|(?:(?:{words})[.-]\d)|(?:(?:^|[.-])(?:{words})[.-])");
            (weight, Regex::new(&pattern).expect("the pattern is fixed and valid"))
        };
        words.into_iter().map(of).collect()
    });
    if !name.trim_end_matches('.').contains('.') {
        return 5;
    }
    WORDS.iter().find(|(_, words)| words.is_match(name)).map_or(0, |(weight, _)| *weight)
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
            ("mail.example.net", 0),
            ("host", 5),
            ("customer-7.example.net", 1),
        ];
        for (name, expected) in all {
            assert_eq!(weight(name), expected, "{name}");
        }
    }
}
