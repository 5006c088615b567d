//! Tokens of test messages: each names its form and its server, so that nothing need be remembered between the run
//! that sends a message and the one that is told of its arrival.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

/// A token: `relay-02c-0b16212c-5f3a91c0-7d21`. Form and path, the server's address in hex, a random number, and
/// four digits against misreading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The number of the form.
    pub(super) form: u8,
    /// Whether the message was handed over in clear.
    pub(super) path: Path,
    /// The server's address.
    pub(super) address: IpAddr,
    /// What tells this message from all others.
    pub(super) random: u32,
}

/// How a form was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Path {
    /// In clear.
    Clear,
    /// Inside TLS.
    Tls,
}

impl Path {
    pub(super) fn as_words(self) -> &'static str {
        match self {
            Path::Clear => "in clear",
            Path::Tls => "inside TLS",
        }
    }
}

impl Token {
    fn body(&self) -> String {
        let path = match self.path {
            Path::Clear => 'c',
            Path::Tls => 't',
        };
        let address: String = match self.address {
            IpAddr::V4(address) => address.octets().iter().map(|octet| format!("{octet:02x}")).collect(),
            IpAddr::V6(address) => address.octets().iter().map(|octet| format!("{octet:02x}")).collect(),
        };
        format!("relay-{:02}{path}-{address}-{:08x}", self.form, self.random)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body();
        write!(formatter, "{body}-{:04x}", digest(&body))
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no token of a test message");
        let text = text.trim().to_ascii_lowercase();
        let parts: Vec<&str> = text.split('-').collect();
        let &["relay", form, address, random, _] = &parts[..] else { return Err(wrong()) };
        let path = match form.chars().next_back() {
            Some('c') => Path::Clear,
            Some('t') => Path::Tls,
            _ => return Err(wrong()),
        };
        let token = Token {
            form: form.get(..2).and_then(|number| number.parse().ok()).ok_or_else(wrong)?,
            path,
            address: address_of(address).ok_or_else(wrong)?,
            random: u32::from_str_radix(random, 16).map_err(|_| wrong())?,
        };
        // The digits at the end fit one writing of each part alone.
        if token.to_string() == text { Ok(token) } else { Err(wrong()) }
    }
}

fn address_of(hex: &str) -> Option<IpAddr> {
    match hex.len() {
        8 => u32::from_str_radix(hex, 16).ok().map(|bits| IpAddr::V4(bits.into())),
        32 => u128::from_str_radix(hex, 16).ok().map(|bits| IpAddr::V6(bits.into())),
        _ => None,
    }
}

/// FNV-1a, folded to 16 bits: enough to notice a slip of the pen.
fn digest(text: &str) -> u16 {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, octet| (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193));
    u16::try_from((hash >> 16) ^ (hash & 0xffff)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_read_back_and_a_slip_is_noticed() {
        for address in ["11.22.33.44", "2001:db8::1"] {
            let address = address.parse().expect("an address");
            let token = Token { form: 2, path: Path::Tls, address, random: 7 };
            let text = token.to_string();
            assert_eq!(text.parse(), Ok(token));
            for at in 0..text.len() {
                let mut octets = text.clone().into_bytes();
                octets[at] = if octets[at] == b'3' { b'4' } else { b'3' };
                let slip = String::from_utf8(octets).expect("ASCII");
                assert!(slip.parse::<Token>().is_err(), "{slip}");
            }
        }
        assert!("relay-\u{e9}\u{e9}c-0b16212c-00000007-0000".parse::<Token>().is_err());
        assert!("".parse::<Token>().is_err());
    }
}
