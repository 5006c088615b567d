//! A ClientHello of our own making, for versions and suites that nobody should use
//! any more and that no library here speaks (RFC 5246 §7.4, RFC 8446 §4.1).
//!
//! No key is ever agreed: the answer in clear says all that is wanted. Up to TLS 1.2 it holds the certificates; in
//! TLS 1.3 it names version, suite and group, because a client that sends no key share is told which to send.

use super::suites;

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// SSL 3.0 (RFC 6101).
    Ssl3,
    /// TLS 1.0 (RFC 2246).
    Tls10,
    /// TLS 1.1 (RFC 4346).
    Tls11,
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl Version {
    /// All of them, the oldest first.
    pub const ALL: [Version; 5] = [Version::Ssl3, Version::Tls10, Version::Tls11, Version::Tls12, Version::Tls13];

    /// The name as OpenSSL and rustls write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::Ssl3 => "SSLv3",
            Version::Tls10 => "TLSv1.0",
            Version::Tls11 => "TLSv1.1",
            Version::Tls12 => "TLSv1.2",
            Version::Tls13 => "TLSv1.3",
        }
    }

    fn number(self) -> u16 {
        match self {
            Version::Ssl3 => 0x0300,
            Version::Tls10 => 0x0301,
            Version::Tls11 => 0x0302,
            Version::Tls12 => 0x0303,
            Version::Tls13 => 0x0304,
        }
    }

    pub(super) fn of_number(number: u16) -> Option<Self> {
        Version::ALL.into_iter().find(|version| version.number() == number)
    }
}

/// What is offered. In versions up to TLS 1.2 older ones are offered with it, as clients did; TLS 1.3 stands alone.
#[derive(Debug, Clone)]
pub struct ClientHello {
    /// The highest version.
    pub version: Version,
    /// The suites, in the client's order.
    pub suites: Vec<u16>,
    /// The groups, in the client's order.
    pub groups: Vec<u16>,
    /// The name that is asked for.
    pub name: Option<String>,
}

/// All suites but those of TLS 1.3, the best first.
pub fn old_suites() -> Vec<u16> {
    let mut old: Vec<&(u16, &str)> =
        suites::SUITES.iter().filter(|(number, _)| !suites::is_of_tls13(*number)).collect();
    old.sort_by_key(|(_, name)| suites::grade(name));
    old.into_iter().map(|(number, _)| *number).collect()
}

/// All suites of TLS 1.3.
pub fn new_suites() -> Vec<u16> {
    suites::SUITES.iter().map(|(number, _)| *number).filter(|number| suites::is_of_tls13(*number)).collect()
}

/// All groups.
pub fn all_groups() -> Vec<u16> {
    suites::GROUPS.iter().map(|(number, _)| *number).collect()
}

impl ClientHello {
    /// Everything a version has, for a name.
    pub fn of_version(version: Version, name: Option<&str>) -> Self {
        let suites = if version == Version::Tls13 { new_suites() } else { old_suites() };
        ClientHello { version, suites, groups: all_groups(), name: name.map(str::to_owned) }
    }

    /// The octets of it, as one record. `random` should be new each time.
    pub fn encode(&self, random: &[u8; 32]) -> Vec<u8> {
        let legacy = self.version.number().min(Version::Tls12.number());
        let mut body = legacy.to_be_bytes().to_vec();
        body.extend_from_slice(random);
        // Middleboxes like sessions better that seem to be resumed (RFC 8446 §D.4).
        let session: &[u8] = if self.version == Version::Tls13 { random } else { &[] };
        with_length8(&mut body, session);
        let mut suites: Vec<u8> = self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        if self.version < Version::Tls13 {
            // RFC 5746 §3.3: some servers talk to nobody who does not know of secure renegotiation.
            suites.extend(EMPTY_RENEGOTIATION);
        }
        with_length16(&mut body, &suites);
        with_length8(&mut body, &[0]);
        // SSL 3.0 knows no extensions, and some of its servers choke on them.
        if self.version > Version::Ssl3 {
            with_length16(&mut body, &self.extensions());
        }
        let mut message = vec![CLIENT_HELLO];
        with_length24(&mut message, &body);
        let mut record = vec![HANDSHAKE];
        record.extend(legacy.min(Version::Tls10.number()).to_be_bytes());
        with_length16(&mut record, &message);
        record
    }

    fn extensions(&self) -> Vec<u8> {
        let mut extensions = Vec::new();
        let mut add = |number: u16, contents: &[u8]| {
            extensions.extend(number.to_be_bytes());
            with_length16(&mut extensions, contents);
        };
        if let Some(name) = self.name.as_deref().filter(|name| name.len() <= MAX_NAME) {
            let mut entry = vec![0];
            with_length16(&mut entry, name.as_bytes());
            let mut list = Vec::new();
            with_length16(&mut list, &entry);
            add(SERVER_NAME, &list);
        }
        let mut groups = Vec::new();
        let numbers: Vec<u8> = self.groups.iter().flat_map(|group| group.to_be_bytes()).collect();
        with_length16(&mut groups, &numbers);
        add(SUPPORTED_GROUPS, &groups);
        add(POINT_FORMATS, &[1, 0]);
        if self.version >= Version::Tls12 {
            let mut schemes = Vec::new();
            let numbers: Vec<u8> = SCHEMES.iter().flat_map(|scheme| scheme.to_be_bytes()).collect();
            with_length16(&mut schemes, &numbers);
            add(SIGNATURE_ALGORITHMS, &schemes);
        }
        if self.version == Version::Tls13 {
            let mut versions = Vec::new();
            with_length8(&mut versions, &self.version.number().to_be_bytes());
            add(SUPPORTED_VERSIONS, &versions);
            // RFC 8446 §4.2.8: no share at all asks the server to name the group it wants.
            add(KEY_SHARE, &[0, 0]);
        } else {
            add(EXTENDED_MASTER_SECRET, &[]);
        }
        extensions
    }
}

pub(super) const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURE_ALGORITHMS: u16 = 13;
const EXTENDED_MASTER_SECRET: u16 = 23;
pub(super) const SUPPORTED_VERSIONS: u16 = 43;
pub(super) const KEY_SHARE: u16 = 51;
const EMPTY_RENEGOTIATION: [u8; 2] = [0x00, 0xff];
/// Octets of a name in the DNS.
const MAX_NAME: usize = 255;
/// ECDSA, EdDSA, RSA-PSS, ECDSA on Brainpool's curves (RFC 8734), RSA, and at last SHA-1, which a server with nothing
/// else may want.
const SCHEMES: [u16; 20] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x081a, 0x081b, 0x081c,
    0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202,
];

fn with_length8(into: &mut Vec<u8>, contents: &[u8]) {
    into.push(u8::try_from(contents.len()).unwrap_or(u8::MAX));
    into.extend_from_slice(&contents[..contents.len().min(usize::from(u8::MAX))]);
}

pub(super) fn with_length16(into: &mut Vec<u8>, contents: &[u8]) {
    let length = u16::try_from(contents.len()).unwrap_or(u16::MAX);
    into.extend(length.to_be_bytes());
    into.extend_from_slice(&contents[..usize::from(length)]);
}

pub(super) fn with_length24(into: &mut Vec<u8>, contents: &[u8]) {
    let length = u32::try_from(contents.len()).unwrap_or(u32::MAX);
    into.extend(&length.to_be_bytes()[1..]);
    into.extend_from_slice(contents);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_has_the_lengths_it_says() {
        for version in Version::ALL {
            let octets = ClientHello::of_version(version, Some("mx.example.com")).encode(&[9; 32]);
            assert_eq!(usize::from(u16::from_be_bytes([octets[3], octets[4]])), octets.len() - 5);
            assert_eq!(octets[5], CLIENT_HELLO);
            let has_name = octets.windows(14).any(|part| part == b"mx.example.com");
            assert_eq!(has_name, version > Version::Ssl3);
        }
    }
}
