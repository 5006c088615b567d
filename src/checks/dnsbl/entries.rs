//! The entries that tell whether a list may be believed (RFC 5782 §5).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::zone::{Query, Zone};
use crate::catalogue::Kind;

/// RFC 5782 §5: 127.0.0.1, ::FFFF:7F00:1 and INVALID must not be listed.
pub(super) fn clean_entry(zone: &Zone, kind: Kind) -> Query {
    if let Some(entry) = zone.list.test_clean.as_deref().and_then(parse_entry) {
        return entry;
    }
    match kind {
        Kind::Ipv4 => Query::Address(Ipv4Addr::LOCALHOST.into()),
        Kind::Ipv6 => Query::Address(mapped(1)),
        Kind::Domain | Kind::Hash => domain("invalid"),
    }
}

/// The entry that must be listed; a catalogue list without a known one is not asked.
pub(super) fn listed_entry(zone: &Zone, kind: Kind) -> Option<Query> {
    if let Some(entry) = zone.list.test_listed.as_deref() {
        return parse_entry(entry);
    }
    if !zone.list.own || crate::catalogue::find(&zone.list.zone).is_some() {
        return None;
    }
    Some(test_entry(kind))
}

/// RFC 5782 §5: 127.0.0.2, ::FFFF:7F00:2 and TEST must be listed.
pub(super) fn test_entry(kind: Kind) -> Query {
    match kind {
        Kind::Ipv4 => Query::Address([127, 0, 0, 2].into()),
        Kind::Ipv6 => Query::Address(mapped(2)),
        Kind::Domain | Kind::Hash => domain("test"),
    }
}

/// Random entries of reserved space: benchmark and class E addresses, the discard prefix and space the IETF
/// has not assigned, a name below example.com. A random public address would often be listed.
pub(super) fn random_entry(kind: Kind, turn: u8) -> Query {
    let random: u32 = rand::random();
    match (kind, turn) {
        (Kind::Ipv4, 0) => Query::Address(Ipv4Addr::from(0xC612_0000 | (random & 0x0001_ffff)).into()),
        (Kind::Ipv4, _) => Query::Address(Ipv4Addr::from(0xF000_0000 | (random & 0x07ff_ffff)).into()),
        (Kind::Ipv6, 0) => Query::Address(Ipv6Addr::from((0x0100_u128 << 112) | u128::from(random)).into()),
        (Kind::Ipv6, _) => Query::Address(Ipv6Addr::from((0x5f00_u128 << 112) | u128::from(random)).into()),
        (Kind::Domain | Kind::Hash, _) => domain(&format!("spamcheck-{random:08x}.example.com")),
    }
}

fn parse_entry(text: &str) -> Option<Query> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(Query::Address(address));
    }
    text.parse().ok().map(Query::Domain)
}

/// `::FFFF:7F00:n`, which is asked in its IPv6 form (RFC 5782 §5).
fn mapped(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, last).to_ipv6_mapped().into()
}

fn domain(text: &str) -> Query {
    Query::Domain(text.parse().expect("a literal name is valid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_entries_lie_in_reserved_space() {
        for _ in 0..100 {
            let Query::Address(IpAddr::V4(first)) = random_entry(Kind::Ipv4, 0) else { panic!("an address") };
            assert!(first.octets()[0] == 198 && first.octets()[1] & 0xfe == 18, "{first}");
            let Query::Address(IpAddr::V4(second)) = random_entry(Kind::Ipv4, 1) else { panic!("an address") };
            assert!(second.octets()[0] >= 240 && second.octets()[0] < 248, "{second}");
        }
    }
}
