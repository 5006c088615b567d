//! A ClientHello of our own making, and what a server says to it, for versions and suites that nobody should use
//! any more and that no library here speaks (RFC 5246 §7.4, RFC 8446 §4.1).
//!
//! No key is ever agreed: the answer in clear says all that is wanted. Up to TLS 1.2 it holds the certificates; in
//! TLS 1.3 it names version, suite and group, because a client that sends no key share is told which to send.

use rustls::AlertDescription;
use rustls::pki_types::CertificateDer;

use super::{alert_name, suites};
use crate::report::clean_bytes;

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

    fn of_number(number: u16) -> Option<Self> {
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

/// What a server said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It agreed.
    Hello(Box<ServerHello>),
    /// It ended the handshake with an alert.
    Alert(String),
    /// It closed the connection, or what it said is no TLS.
    Nothing(String),
}

/// What a server agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHello {
    /// The version.
    pub version: Version,
    /// The number of the suite.
    pub suite: u16,
    /// The number of the group of the key exchange, if it has one with a number.
    pub group: Option<u16>,
    /// The length of the prime if the key exchange is over a finite field of the server's own.
    pub dh_bits: Option<usize>,
    /// The certificates, if they were sent in clear.
    pub chain: Vec<CertificateDer<'static>>,
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

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;
const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURE_ALGORITHMS: u16 = 13;
const EXTENDED_MASTER_SECRET: u16 = 23;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const EMPTY_RENEGOTIATION: [u8; 2] = [0x00, 0xff];
/// Octets of a name in the DNS.
const MAX_NAME: usize = 255;
/// RSA-PSS, ECDSA, EdDSA, RSA, and at last SHA-1, which a server with nothing else may want.
const SCHEMES: [u16; 17] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
    0x0203, 0x0201, 0x0202,
];

fn with_length8(into: &mut Vec<u8>, contents: &[u8]) {
    into.push(u8::try_from(contents.len()).unwrap_or(u8::MAX));
    into.extend_from_slice(&contents[..contents.len().min(usize::from(u8::MAX))]);
}

fn with_length16(into: &mut Vec<u8>, contents: &[u8]) {
    let length = u16::try_from(contents.len()).unwrap_or(u16::MAX);
    into.extend(length.to_be_bytes());
    into.extend_from_slice(&contents[..usize::from(length)]);
}

fn with_length24(into: &mut Vec<u8>, contents: &[u8]) {
    let length = u32::try_from(contents.len()).unwrap_or(u32::MAX);
    into.extend(&length.to_be_bytes()[1..]);
    into.extend_from_slice(contents);
}

/// A server's side of the handshake as it comes in, octet by octet, none of them trusted.
#[derive(Debug, Default)]
pub struct ServerFlight {
    octets: Vec<u8>,
    messages: Vec<u8>,
    hello: Option<ServerHello>,
}

/// Octets of a server's first words that are read at most.
pub const MAX_FLIGHT: usize = 256 * 1024;
/// Octets of a record: 2^14 and what encryption may add.
const MAX_RECORD: usize = (1 << 14) + 2048;
/// Certificates that are kept.
const MAX_CERTIFICATES: usize = 32;

impl ServerFlight {
    /// Takes octets; the answer once it is complete.
    pub fn push(&mut self, octets: &[u8]) -> Option<Answer> {
        if self.octets.len() + self.messages.len() + octets.len() > MAX_FLIGHT {
            return Some(Answer::Nothing(format!("more than {MAX_FLIGHT} octets")));
        }
        self.octets.extend_from_slice(octets);
        while let Some(header) = self.octets.first_chunk::<5>().copied() {
            let [kind, major, _, high, low] = header;
            let length = usize::from(u16::from_be_bytes([high, low]));
            if !(20..=23).contains(&kind) || major != 3 || length > MAX_RECORD {
                let shown = clean_bytes(&self.octets[..self.octets.len().min(40)]);
                return Some(Answer::Nothing(format!("no TLS record: \"{shown}\"")));
            }
            if self.octets.len() < 5 + length {
                return None;
            }
            let contents: Vec<u8> = self.octets.drain(..5 + length).skip(5).collect();
            match kind {
                ALERT => {
                    let code = contents.get(1).copied().unwrap_or_default();
                    // A warning goes before an answer (RFC 6066 §3: unrecognized_name).
                    if contents.first() == Some(&1) && code != 0 {
                        continue;
                    }
                    return Some(Answer::Alert(alert_name(AlertDescription::from(code))));
                }
                HANDSHAKE => {
                    self.messages.extend(contents);
                    if let Some(answer) = self.take_messages() {
                        return Some(answer);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// What there is when the connection has ended.
    pub fn end(self) -> Answer {
        match self.hello {
            Some(hello) => Answer::Hello(Box::new(hello)),
            None if self.octets.is_empty() && self.messages.is_empty() => Answer::Nothing("closed".to_owned()),
            None => Answer::Nothing("closed in the middle of an answer".to_owned()),
        }
    }

    fn take_messages(&mut self) -> Option<Answer> {
        loop {
            let [kind, a, b, c] = *self.messages.first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
            if length > MAX_FLIGHT {
                return Some(Answer::Nothing(format!("a handshake message of {length} octets")));
            }
            if self.messages.len() < 4 + length {
                return None;
            }
            let body: Vec<u8> = self.messages.drain(..4 + length).skip(4).collect();
            match (kind, &mut self.hello) {
                (SERVER_HELLO, None) => match server_hello(&body) {
                    Some(hello) if hello.version == Version::Tls13 => return Some(Answer::Hello(Box::new(hello))),
                    Some(hello) => self.hello = Some(hello),
                    None => return Some(Answer::Nothing("a ServerHello that cannot be read".to_owned())),
                },
                (CERTIFICATE, Some(hello)) => hello.chain = certificates(&body),
                (SERVER_KEY_EXCHANGE, Some(hello)) => key_exchange(&body, hello),
                (SERVER_HELLO_DONE, Some(hello)) => return Some(Answer::Hello(Box::new(hello.clone()))),
                // Requests for a client's certificate, stapled responses: nothing that is wanted.
                (_, Some(_)) => {}
                (_, None) => return Some(Answer::Nothing("no ServerHello".to_owned())),
            }
        }
    }
}

/// A place in some octets.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number8(&mut self) -> Option<usize> {
        self.take(1).map(|octets| usize::from(octets[0]))
    }

    fn number16(&mut self) -> Option<u16> {
        self.take(2).map(|octets| u16::from_be_bytes([octets[0], octets[1]]))
    }

    fn number24(&mut self) -> Option<usize> {
        let octets = self.take(3)?;
        usize::try_from(u32::from_be_bytes([0, octets[0], octets[1], octets[2]])).ok()
    }
}

fn server_hello(body: &[u8]) -> Option<ServerHello> {
    let mut reader = Reader(body);
    let mut version = reader.number16()?;
    reader.take(32)?;
    let session = reader.number8()?;
    reader.take(session)?;
    let suite = reader.number16()?;
    reader.number8()?;
    let mut group = None;
    if let Some(length) = reader.number16() {
        let mut extensions = Reader(reader.take(usize::from(length))?);
        while let Some(number) = extensions.number16() {
            let length = extensions.number16()?;
            let mut contents = Reader(extensions.take(usize::from(length))?);
            match number {
                SUPPORTED_VERSIONS => version = contents.number16()?,
                // In a HelloRetryRequest the group alone, in a ServerHello a share behind it.
                KEY_SHARE => group = contents.number16(),
                _ => {}
            }
        }
    }
    let version = Version::of_number(version)?;
    Some(ServerHello { version, suite, group, dh_bits: None, chain: Vec::new() })
}

fn certificates(body: &[u8]) -> Vec<CertificateDer<'static>> {
    let mut reader = Reader(body);
    let mut chain = Vec::new();
    let Some(mut list) = reader.number24().and_then(|length| reader.take(length)).map(Reader) else { return chain };
    while let Some(one) = list.number24().and_then(|length| list.take(length)) {
        if chain.len() < MAX_CERTIFICATES {
            chain.push(CertificateDer::from(one.to_vec()));
        }
    }
    chain
}

/// Reads the beginning of a key exchange: a curve by its number (RFC 8422 §5.4), or a prime (RFC 5246 §7.4.3).
fn key_exchange(body: &[u8], hello: &mut ServerHello) {
    const NAMED_CURVE: usize = 3;
    let name = suites::name(hello.suite);
    let mut reader = Reader(body);
    if name.contains("_ECDH") {
        if reader.number8() == Some(NAMED_CURVE) {
            hello.group = reader.number16();
        }
    } else if name.contains("_DH") {
        let prime = reader.number16().and_then(|length| reader.take(usize::from(length)));
        hello.dh_bits = prime.map(|prime| {
            let prime = &prime[prime.iter().take_while(|octet| **octet == 0).count()..];
            prime.len() * 8 - prime.first().map_or(0, |first| first.leading_zeros() as usize)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record with one handshake message.
    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind];
        with_length24(&mut message, body);
        let mut record = vec![HANDSHAKE, 3, 1];
        with_length16(&mut record, &message);
        record
    }

    fn hello_body(version: u16, suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(0);
        if !extensions.is_empty() {
            with_length16(&mut body, extensions);
        }
        body
    }

    fn old_flight() -> Vec<u8> {
        let mut octets = message(SERVER_HELLO, &hello_body(0x0301, 0xc014, &[]));
        octets.extend(message(CERTIFICATE, &[0, 0, 10, 0, 0, 3, 1, 2, 3, 0, 0, 1, 9]));
        octets.extend(message(SERVER_KEY_EXCHANGE, &[3, 0, 0x17, 1, 2, 3]));
        octets.extend(message(SERVER_HELLO_DONE, &[]));
        octets
    }

    #[test]
    fn an_old_server_is_read_octet_by_octet() {
        let octets = old_flight();
        let mut flight = ServerFlight::default();
        for (at, octet) in octets.iter().enumerate() {
            let answer = flight.push(&[*octet]);
            if at + 1 < octets.len() {
                assert_eq!(answer, None);
                continue;
            }
            let Some(Answer::Hello(hello)) = answer else { panic!("{answer:?}") };
            assert_eq!(hello.version, Version::Tls10);
            assert_eq!(hello.suite, 0xc014);
            assert_eq!(hello.group, Some(0x17));
            assert_eq!(hello.chain.iter().map(|one| one.to_vec()).collect::<Vec<_>>(), [vec![1, 2, 3], vec![9]]);
        }
    }

    #[test]
    fn a_prime_is_measured() {
        let mut flight = ServerFlight::default();
        assert_eq!(flight.push(&message(SERVER_HELLO, &hello_body(0x0303, 0x009f, &[]))), None);
        assert_eq!(flight.push(&message(SERVER_KEY_EXCHANGE, &[0, 4, 0, 0x40, 1, 1, 9])), None);
        let Answer::Hello(hello) = flight.end() else { panic!() };
        assert_eq!(hello.dh_bits, Some(23));
    }

    #[test]
    fn a_request_to_try_again_names_version_suite_and_group() {
        let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xec];
        let mut flight = ServerFlight::default();
        let answer = flight.push(&message(SERVER_HELLO, &hello_body(0x0303, 0x1302, &extensions)));
        let Some(Answer::Hello(hello)) = answer else { panic!("{answer:?}") };
        assert_eq!((hello.version, hello.suite, hello.group), (Version::Tls13, 0x1302, Some(0x11ec)));
    }

    #[test]
    fn alerts_are_named_and_warnings_passed_over() {
        let mut flight = ServerFlight::default();
        let answer = flight.push(&[21, 3, 1, 0, 2, 1, 112, 21, 3, 1, 0, 2, 2, 70]);
        assert_eq!(answer, Some(Answer::Alert("protocol_version".to_owned())));
    }

    #[test]
    fn what_is_no_tls_ends_at_once() {
        assert!(matches!(ServerFlight::default().push(b"500 what?\r\n"), Some(Answer::Nothing(_))));
        assert!(matches!(ServerFlight::default().push(&[22, 3, 1, 0xff, 0xff]), Some(Answer::Nothing(_))));
        assert!(matches!(ServerFlight::default().push(&message(CERTIFICATE, &[])), Some(Answer::Nothing(_))));
        assert!(matches!(ServerFlight::default().push(&message(SERVER_HELLO, &[3])), Some(Answer::Nothing(_))));
        let huge = [22, 3, 1, 0, 4, 2, 0xff, 0xff, 0xff];
        assert!(matches!(ServerFlight::default().push(&huge), Some(Answer::Nothing(_))));
        assert_eq!(ServerFlight::default().end(), Answer::Nothing("closed".to_owned()));
    }

    #[test]
    fn an_endless_answer_ends() {
        let mut flight = ServerFlight::default();
        let _ = flight.push(&message(SERVER_HELLO, &hello_body(0x0303, 0x009f, &[])));
        let record = [vec![22, 3, 3, 0x40, 0], vec![0; 0x4000]].concat();
        let mut messages = [vec![22, 3, 3, 0, 4, 99, 3, 0xff, 0xff], record].concat();
        assert_eq!(flight.push(&messages), None);
        messages.drain(..9);
        assert!((0..20).any(|_| flight.push(&messages).is_some()));
    }

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
