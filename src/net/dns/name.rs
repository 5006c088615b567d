//! Names in wire form, built once and copied into packets.

use std::fmt;
use std::net::IpAddr;

use crate::names::domain::Domain;

/// A domain name in uncompressed wire form (RFC 1035 §3.1), with its final zero octet.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Box<[u8]>);

/// The longest name on the wire (RFC 1035 §2.3.4).
pub(super) const MAX_WIRE: usize = 255;

/// A name that does not fit the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name is longer than 255 octets on the wire")]
pub struct NameTooLong;

impl Name {
    /// The root.
    pub fn root() -> Self {
        Name(Box::new([0]))
    }

    /// The same name in lower case.
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        // A length octet is at most 63 and never a letter.
        Name(self.0.to_ascii_lowercase().into())
    }

    /// The name as it goes on the wire.
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// A name of labels with dots between them, whatever their octets; a dot cannot stand in a label.
    ///
    /// # Errors
    /// [`NameTooLong`] if a label is empty or longer than 63 octets, or all are longer than 255 on the wire.
    pub fn from_labels(text: &str) -> Result<Self, NameTooLong> {
        let mut wire = Vec::with_capacity(text.len() + 2);
        for label in text.split('.') {
            let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length));
            wire.push(length.ok_or(NameTooLong)?);
            wire.extend_from_slice(label.as_bytes());
        }
        wire.push(0);
        if wire.len() > MAX_WIRE { Err(NameTooLong) } else { Ok(Name(wire.into_boxed_slice())) }
    }

    /// The reversed address in front of a zone: `2.0.0.127.zone`, or 32 nibbles for IPv6 (RFC 5782 §2.1, §2.4).
    ///
    /// # Errors
    /// [`NameTooLong`] if the zone leaves no room.
    pub fn reversed(address: IpAddr, zone: &Name) -> Result<Self, NameTooLong> {
        // 32 nibbles take 64 octets, four decimal labels at most 16.
        let mut prefix = [0_u8; 64];
        let mut length = 0;
        let mut push = |byte: u8| {
            prefix[length] = byte;
            length += 1;
        };
        match address {
            IpAddr::V4(address) => {
                for octet in address.octets().into_iter().rev() {
                    let digits = 1 + u8::from(octet >= 10) + u8::from(octet >= 100);
                    push(digits);
                    if digits == 3 {
                        push(b'0' + octet / 100);
                    }
                    if digits >= 2 {
                        push(b'0' + octet / 10 % 10);
                    }
                    push(b'0' + octet % 10);
                }
            }
            IpAddr::V6(address) => {
                for octet in address.octets().into_iter().rev() {
                    for nibble in [octet & 0xf, octet >> 4] {
                        push(1);
                        push(b"0123456789abcdef"[usize::from(nibble)]);
                    }
                }
            }
        }
        Name::joined(&prefix[..length], zone)
    }

    /// A domain in front of a zone: `example.com.zone` (RFC 5782 §3).
    ///
    /// # Errors
    /// [`NameTooLong`] if both together do not fit.
    pub fn below(domain: &Domain, zone: &Name) -> Result<Self, NameTooLong> {
        let labels = Name::from(domain);
        Name::joined(&labels.0[..labels.0.len() - 1], zone)
    }

    fn joined(prefix: &[u8], zone: &Name) -> Result<Self, NameTooLong> {
        let length = prefix.len() + zone.0.len();
        if length > MAX_WIRE {
            return Err(NameTooLong);
        }
        let mut wire = Vec::with_capacity(length);
        wire.extend_from_slice(prefix);
        wire.extend_from_slice(&zone.0);
        Ok(Name(wire.into_boxed_slice()))
    }
}

impl From<&Domain> for Name {
    fn from(domain: &Domain) -> Self {
        let mut wire = Vec::with_capacity(domain.as_str().len() + 2);
        for label in domain.labels() {
            // A Domain's labels have at most 63 octets.
            wire.push(u8::try_from(label.len()).unwrap_or(63));
            wire.extend_from_slice(label.as_bytes());
        }
        wire.push(0);
        Name(wire.into_boxed_slice())
    }
}

impl From<&hickory_proto::rr::Name> for Name {
    fn from(name: &hickory_proto::rr::Name) -> Self {
        let mut wire = Vec::with_capacity(MAX_WIRE);
        for label in name.iter() {
            wire.push(u8::try_from(label.len()).unwrap_or(63));
            wire.extend_from_slice(label);
        }
        wire.push(0);
        Name(wire.into_boxed_slice())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = &self.0[..];
        let mut first = true;
        while let Some((&length, tail)) = rest.split_first() {
            let Some((label, tail)) = tail.split_at_checked(usize::from(length)) else { break };
            if length == 0 {
                break;
            }
            if !first {
                formatter.write_str(".")?;
            }
            first = false;
            for &byte in label {
                if byte.is_ascii_graphic() && !matches!(byte, b'.' | b'\\') {
                    write!(formatter, "{}", char::from(byte))?;
                } else {
                    write!(formatter, "\\{byte:03}")?;
                }
            }
            rest = tail;
        }
        if first { formatter.write_str(".") } else { Ok(()) }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> Name {
        Name::from(&"bl.example".parse::<Domain>().expect("a name"))
    }

    #[test]
    fn ipv4_is_reversed_by_octet() {
        let name = Name::reversed("192.0.20.123".parse().expect("an address"), &zone()).expect("short");
        assert_eq!(name.to_string(), "123.20.0.192.bl.example");
    }

    #[test]
    fn ipv6_is_reversed_by_nibble_as_in_rfc_5782() {
        // The example of RFC 5782 §2.4.
        let name = Name::reversed("2001:db8:1:2:3:4:567:89ab".parse().expect("an address"), &zone()).expect("short");
        assert_eq!(name.to_string(), "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example");
    }

    #[test]
    fn name_that_does_not_fit_is_refused() {
        let long: Domain = vec!["x".repeat(60); 4].join(".").parse().expect("a name");
        assert_eq!(Name::below(&long, &zone()), Err(NameTooLong));
    }
}
