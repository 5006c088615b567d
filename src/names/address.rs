//! Addresses as a mail server on the other side of the Internet sees them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Whether an address can be a host on the Internet (RFC 6890 and its registries). As `special_purpose` it takes the
/// address as it stands: one that this machine's sockets mapped must be made canonical before.
pub fn is_global(address: IpAddr) -> bool {
    special_purpose(address).is_none()
}

/// What an address is reserved for, if it cannot be a host on the Internet (RFC 6890 §2.2 and its registries).
pub fn special_purpose(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [first, second, third, _] = address.octets();
    Some(match address {
        _ if first == 0 => "this network",
        _ if address.is_private() => "private",
        _ if address.is_loopback() => "loopback",
        _ if address.is_link_local() => "link-local",
        _ if address.is_documentation() => "documentation",
        _ if address.is_multicast() => "multicast",
        _ if first >= 240 => "reserved",
        _ if first == 100 && second & 0xc0 == 64 => "carrier-grade NAT",
        _ if first == 198 && second & 0xfe == 18 => "benchmarking",
        _ if first == 192 && second == 0 && third == 0 => "protocol assignments",
        _ => return None,
    })
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    Some(match segments[0] {
        _ if address.is_loopback() => "loopback",
        // RFC 4291 §2.5.5.2: IPv4 as a program's sockets have it, never an address on the wire or in the DNS.
        _ if address.to_ipv4_mapped().is_some() => "mapped IPv4",
        0xfe80..=0xfebf => "link-local",
        0xfc00..=0xfdff => "private",
        0xff00..=0xffff => "multicast",
        0x2001 if segments[1] == 0xdb8 => "documentation",
        0x3fff if segments[1] & 0xf000 == 0 => "documentation",
        // Only 2000::/3 is assigned for global unicast.
        first if first & 0xe000 != 0x2000 => "reserved",
        _ => return None,
    })
}

/// How many addresses a network has, if that can be counted: an IPv6 network of more than 2^63 has so many.
pub fn count(network: &IpNet) -> u64 {
    1 << (network.max_prefix_len() - network.prefix_len()).min(63)
}

/// Every address of a network, network and broadcast address included: a sender may use them all.
pub fn of_network(network: &IpNet) -> impl Iterator<Item = IpAddr> + Send + use<> {
    let (first, last) = (network.network(), network.broadcast());
    let range: Box<dyn Iterator<Item = IpAddr> + Send> = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            Box::new((u32::from(first)..=u32::from(last)).map(|bits| IpAddr::V4(bits.into())))
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            Box::new((u128::from(first)..=u128::from(last)).map(|bits| IpAddr::V6(bits.into())))
        }
        _ => Box::new(std::iter::empty()),
    };
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_reserved_and_documentation_addresses_are_no_hosts_on_the_internet() {
        for (text, purpose) in [
            ("0.0.0.0", "this network"),
            ("10.1.2.3", "private"),
            ("127.0.0.1", "loopback"),
            ("::ffff:127.0.0.1", "mapped IPv4"),
            ("::ffff:8.8.8.8", "mapped IPv4"),
            ("192.0.2.1", "documentation"),
            ("198.51.100.1", "documentation"),
            ("203.0.113.9", "documentation"),
            ("100.64.1.1", "carrier-grade NAT"),
            ("169.254.1.1", "link-local"),
            ("fe80::1", "link-local"),
            ("2001:db8::1", "documentation"),
            ("fd00::1", "private"),
            ("::1", "loopback"),
            ("64:ff9b::1", "reserved"),
            ("240.0.0.1", "reserved"),
            ("198.19.0.1", "benchmarking"),
        ] {
            assert_eq!(special_purpose(text.parse().expect(text)), Some(purpose), "{text}");
        }
        for text in ["8.8.8.8", "2606:4700::1", "198.20.0.1"] {
            assert!(is_global(text.parse().expect(text)), "{text}");
        }
    }

    #[test]
    fn whole_network_is_walked() {
        let network = "192.0.2.0/30".parse().expect("a network");
        assert_eq!(of_network(&network).count(), 4);
    }
}
