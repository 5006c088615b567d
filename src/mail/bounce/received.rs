//! Received fields (RFC 5321 §4.4): the way a message took, and the hop by which it came into the receiving organisation.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use super::fields::{Fields, addresses_in, bare_mailbox, host_in};
use super::reply::is_inside;
use crate::names::domain::Domain;

/// One hop, as the server that took the message over wrote it down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hop {
    /// The name the client gave behind HELO, if it is told apart from its name in the DNS.
    pub helo: Option<String>,
    /// The client's name, whichever is written first.
    pub from: Option<String>,
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The server that took it over.
    pub by: Option<String>,
    /// The reverse-path, if it is told.
    pub envelope_from: Option<String>,
}

/// Hops of one message that are read.
const MAX_HOPS: usize = 100;

static HELO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:helo|ehlo)[= ]\[?([^\s\])(;]+)").expect("the pattern is fixed and valid"));
static ENVELOPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\(envelope-from <?([^>\s)]+)>?\)|\benvelope-(?:from|sender)[ =]<?([^>\s)]+)")
        .expect("the pattern is fixed and valid")
});

impl Hop {
    /// Reads the value of a Received field.
    pub(super) fn read(value: &str) -> Hop {
        let words = value.trim();
        let stamp = words.rsplit_once(';').map_or(words, |(before, _)| before);
        let (from, rest) = match section(stamp, "by ") {
            Some(at) => stamp.split_at(at),
            None => (stamp, ""),
        };
        let by = rest.strip_prefix("by ").and_then(host_in);
        let Some(from) = from.strip_prefix("from ") else { return Hop { by, ..Hop::default() } };
        let first = from.split_whitespace().next().unwrap_or_default();
        // What stands in the comment was seen by the server; what stands before it may be the client's own word.
        let mut addresses: Vec<(usize, IpAddr)> = addresses_in(from).collect();
        if addresses.len() > 1 && addresses[0].0 < first.len() {
            addresses.remove(0);
        }
        let named = HELO.captures(from).map(|found| found[1].trim_end_matches('.').to_owned());
        let is_postfix = from[first.len()..].trim_start().starts_with('(') && named.is_none();
        let helo = named.or_else(|| is_postfix.then(|| first.trim_end_matches('.').to_owned()));
        let envelope = ENVELOPE.captures(value).and_then(|found| found.get(1).or(found.get(2)));
        Hop {
            helo: helo.filter(|name| !name.is_empty()),
            from: host_in(first),
            address: addresses.first().map(|(_, address)| *address),
            by,
            envelope_from: envelope.and_then(|found| bare_mailbox(found.as_str())),
        }
    }
}

/// Where a word begins that stands outside of comments.
fn section(text: &str, word: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let begins = at == 0 || bytes[at - 1].is_ascii_whitespace() || bytes[at - 1] == b')';
        if depth == 0 && begins && text[at..].starts_with(word) {
            return Some(at);
        }
    }
    None
}

/// The hops of a message, the last one first.
pub(super) fn hops(fields: &Fields) -> Vec<Hop> {
    fields.all("received").take(MAX_HOPS).map(Hop::read).collect()
}

/// The hop by which a message came into the receiving organisation: the last one that a server of it wrote about a
/// client outside.
pub(super) fn delivery(hops: &[Hop]) -> Option<&Hop> {
    let organisation = hops.iter().filter_map(|hop| hop.by.as_deref()).find_map(organisation)?;
    let is_own = |name: &Option<String>| name.as_deref().and_then(self::organisation).as_ref() == Some(&organisation);
    let unqualified = |hop: &Hop| hop.by.as_deref().is_none_or(|by| self::organisation(by).is_none());
    let mut last = None;
    for hop in hops {
        if !is_own(&hop.by) && !unqualified(hop) {
            break;
        }
        if hop.address.is_none_or(is_inside) {
            continue;
        }
        last = Some(hop);
        if !is_own(&hop.from) {
            return last;
        }
    }
    last
}

/// The organizational domain of a host's name.
fn organisation(name: &str) -> Option<String> {
    let name: Domain = name.parse().ok()?;
    Some(name.registrable()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(value: &str) -> (Option<String>, Option<String>, Option<String>) {
        let hop = Hop::read(value);
        (hop.helo, hop.address.map(|address| address.to_string()), hop.by)
    }

    fn parts(helo: &str, address: &str, by: &str) -> (Option<String>, Option<String>, Option<String>) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (some(helo), some(address), some(by))
    }

    #[test]
    fn programs_write_hops_in_many_ways() {
        let all = [
            (
                "from mail.example.com (mail.example.com [192.0.2.1]) by mx.example.net (Postfix) with ESMTPS id 4Z; Tue, 4 Mar 2025 09:14:02 +0100",
                parts("mail.example.com", "192.0.2.1", "mx.example.net"),
            ),
            (
                "from mail.example.com ([192.0.2.1] helo=foo.example) by mx.example.net with esmtps (Exim 4.97) id 1; x",
                parts("foo.example", "192.0.2.1", "mx.example.net"),
            ),
            (
                "from unknown (HELO foo) (192.0.2.1) by mx.example.net with SMTP; x",
                parts("foo", "192.0.2.1", "mx.example.net"),
            ),
            (
                "from [10.0.0.2] (dsl.example [IPv6:2001:db8::9]) by mx.example.net (by the way) with LMTP; x",
                parts("[10.0.0.2]", "2001:db8::9", "mx.example.net"),
            ),
            ("by 2002:a05:6402:1:: with SMTP id x; y", parts("", "", "2002:a05:6402:1::")),
        ];
        for (value, expected) in all {
            assert_eq!(hop(value), expected, "{value}");
        }
    }

    #[test]
    fn delivery_is_the_hop_from_outside_into_the_organisation_of_the_receiver() {
        let fields = Fields::read(concat!(
            "Received: from mx2.example.net (mx2.example.net [198.51.100.2]) by store.example.net; x\n",
            "Received: from localhost ([127.0.0.1]) by mx2.example.net; x\n",
            "Received: from out.example.com (out.example.com [192.0.2.1]) by mx2.example.net; x\n",
            "Received: from laptop ([10.0.0.2]) by out.example.com; x\n\n",
        ));
        let hops = hops(&fields);
        let hop = delivery(&hops).expect("a hop");
        assert_eq!((hop.address, hop.by.as_deref()), ("192.0.2.1".parse().ok(), Some("mx2.example.net")));
    }
}
