//! Which answers a code covers.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A pattern over the addresses a list answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// One address.
    Exact(Ipv4Addr),
    /// A bit of the last octet, in 127.0.0.0/24 alone: elsewhere an answer is no set of bits.
    Mask(u8),
    /// A network.
    Network(Ipv4Net),
    /// For each octet the ranges it may lie in, each from first to last.
    Octets([Vec<(u8, u8)>; 4]),
}

/// A text is no pattern of answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no answer pattern: write 127.0.0.2, 127.0.0.0/24, 127.0.*.3, 127.0.0.[4..7], 127.0.0.[2;4..6] or &8"
)]
pub struct MatcherError(String);

impl Matcher {
    /// Every answer a list can give.
    pub fn any() -> Self {
        Matcher::Octets([vec![(127, 127)], vec![(0, 255)], vec![(0, 255)], vec![(0, 255)]])
    }

    /// Whether the answer is covered.
    pub fn matches(&self, answer: Ipv4Addr) -> bool {
        match self {
            Matcher::Exact(address) => *address == answer,
            Matcher::Mask(mask) => {
                let [first, second, third, last] = answer.octets();
                [first, second, third] == [127, 0, 0] && last & mask != 0
            }
            Matcher::Network(network) => network.contains(&answer),
            Matcher::Octets(sets) => sets
                .iter()
                .zip(answer.octets())
                .all(|(ranges, octet)| ranges.iter().any(|(first, last)| (*first..=*last).contains(&octet))),
        }
    }
}

impl FromStr for Matcher {
    type Err = MatcherError;

    fn from_str(text: &str) -> Result<Self, MatcherError> {
        parse(text.trim()).ok_or_else(|| MatcherError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Matcher> {
    if let Some(mask) = text.strip_prefix('&') {
        return mask.parse().ok().filter(|mask| *mask != 0).map(Matcher::Mask);
    }
    if let Ok(address) = text.parse() {
        return Some(Matcher::Exact(address));
    }
    if text.contains('/') {
        return text.parse().ok().map(Matcher::Network);
    }
    let mut sets: [Vec<(u8, u8)>; 4] = Default::default();
    let mut rest = text;
    for (index, set) in sets.iter_mut().enumerate() {
        // A dot ends an octet unless it belongs to a set in brackets.
        let end = if rest.starts_with('[') { rest.find(']')? + 1 } else { rest.find('.').unwrap_or(rest.len()) };
        let (octet, tail) = rest.split_at(end);
        *set = octet_set(octet)?;
        rest = if index < 3 { tail.strip_prefix('.')? } else { tail };
    }
    rest.is_empty().then_some(Matcher::Octets(sets))
}

/// `*`, a number, or numbers and ranges in brackets as Postfix writes them: `[2;4..6]` (postconf(5),
/// postscreen_dnsbl_sites).
fn octet_set(text: &str) -> Option<Vec<(u8, u8)>> {
    if text == "*" {
        return Some(vec![(0, 255)]);
    }
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.split(';').map(octet_range).collect(),
        None => octet_range(text).filter(|(first, last)| first == last).map(|range| vec![range]),
    }
}

/// A number, or `4..7`.
fn octet_range(text: &str) -> Option<(u8, u8)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Matcher::Exact(address) => write!(formatter, "{address}"),
            Matcher::Mask(mask) => write!(formatter, "&{mask}"),
            Matcher::Network(network) => write!(formatter, "{network}"),
            Matcher::Octets(sets) => {
                for (index, ranges) in sets.iter().enumerate() {
                    formatter.write_str(if index == 0 { "" } else { "." })?;
                    show_octet(ranges, formatter)?;
                }
                Ok(())
            }
        }
    }
}

fn show_octet(ranges: &[(u8, u8)], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match ranges {
        [(0, 255)] => return formatter.write_str("*"),
        [(first, last)] if first == last => return write!(formatter, "{first}"),
        _ => {}
    }
    for (index, (first, last)) in ranges.iter().enumerate() {
        formatter.write_str(if index == 0 { "[" } else { ";" })?;
        match first == last {
            true => write!(formatter, "{first}")?,
            false => write!(formatter, "{first}..{last}")?,
        }
    }
    formatter.write_str("]")
}

impl Serialize for Matcher {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, answer: [u8; 4]) -> bool {
        pattern.parse::<Matcher>().expect(pattern).matches(answer.into())
    }

    #[test]
    fn mask_tests_a_bit_of_the_last_octet_in_127_0_0_only() {
        assert!(matches("&8", [127, 0, 0, 72]));
        assert!(!matches("&8", [127, 0, 0, 64]));
        assert!(!matches("&8", [127, 0, 1, 8]));
        assert!(!matches("&2", [127, 255, 255, 254]), "a refusal is no set of bits");
    }

    #[test]
    fn wildcards_networks_and_postscreen_ranges() {
        assert!(matches("127.0.*.3", [127, 0, 9, 3]));
        assert!(!matches("127.0.*.3", [127, 0, 9, 4]));
        assert!(matches("127.3.100.0/24", [127, 3, 100, 7]));
        assert!(matches("127.0.0.[4..7]", [127, 0, 0, 7]));
        assert!(!matches("127.0.0.[4..7]", [127, 0, 0, 8]));
        assert!(matches("127.*.*.*", [127, 1, 2, 3]));
    }

    #[test]
    fn sets_hold_numbers_and_ranges_and_nothing_between() {
        for (answer, held) in [(2, true), (3, false), (4, true), (6, true), (7, false)] {
            assert_eq!(matches("127.0.[0..2].[2;4..6]", [127, 0, 1, answer]), held, "{answer}");
        }
        assert!(!matches("127.0.[0..2].[2;4..6]", [127, 0, 3, 2]));
        assert!(matches("127.0.0.[10;11;12]", [127, 0, 0, 11]));
        assert!(!matches("127.0.0.[18;20]", [127, 0, 0, 19]), "a set is no range");
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            "",
            "127.0.0",
            "127.0.0.300",
            "&0",
            "127.0.0.[7..4]",
            "127.0.0.[]",
            "127.0.0.[2;]",
            "127.0.0.4..7",
            "127.0.0.0/40",
            "127.0.0.2.3",
            "x",
        ] {
            assert!(text.parse::<Matcher>().is_err(), "{text}");
        }
    }

    #[test]
    fn pattern_is_shown_as_it_is_written() {
        for text in ["127.0.0.2", "127.0.0.0/24", "127.0.*.3", "127.0.0.[4..7]", "127.0.[0..2].[2;4..6]", "&8"] {
            assert_eq!(text.parse::<Matcher>().expect(text).to_string(), text);
        }
    }
}
