//! What a server says to a ClientHello of our own making, as far as it says it in clear (RFC 5246 §7.4, RFC 8446 §4.1).

use rustls::AlertDescription;
use rustls::pki_types::CertificateDer;

use super::client_hello::{HANDSHAKE, KEY_SHARE, SUPPORTED_VERSIONS, Version};
use super::{alert_name, suites};
use crate::report::clean_bytes;

/// What a server said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelloAnswer {
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

const ALERT: u8 = 21;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;

/// A server's side of the handshake as it comes in, octet by octet, none of them trusted.
#[derive(Debug, Default)]
pub struct ServerFlight {
    taken: usize,
    octets: Vec<u8>,
    messages: Vec<u8>,
    hello: Option<ServerHello>,
}

/// Octets of a server's first words that are read at most.
pub const MAX_FLIGHT: usize = 256 * 1024;
/// Octets of a record: 2^14 and what encryption may add.
const MAX_RECORD: usize = (1 << 14) + 2048;
/// Certificates that are kept.
const MAX_CERTIFICATES: usize = 128;

impl ServerFlight {
    /// Takes octets; the answer once it is complete.
    pub fn push(&mut self, octets: &[u8]) -> Option<HelloAnswer> {
        // What is passed over counts too: warnings may come without end.
        self.taken += octets.len();
        if self.taken > MAX_FLIGHT {
            return Some(HelloAnswer::Nothing(format!("more than {MAX_FLIGHT} octets")));
        }
        self.octets.extend_from_slice(octets);
        while let Some(header) = self.octets.first_chunk::<5>().copied() {
            let [kind, major, _, high, low] = header;
            let length = usize::from(u16::from_be_bytes([high, low]));
            if !(20..=23).contains(&kind) || major != 3 || length > MAX_RECORD {
                let shown = clean_bytes(&self.octets[..self.octets.len().min(40)]);
                return Some(HelloAnswer::Nothing(format!("no TLS record: \"{shown}\"")));
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
                    return Some(HelloAnswer::Alert(alert_name(AlertDescription::from(code))));
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
    pub fn end(self) -> HelloAnswer {
        match self.hello {
            Some(hello) => HelloAnswer::Hello(Box::new(hello)),
            None if self.octets.is_empty() && self.messages.is_empty() => HelloAnswer::Nothing("closed".to_owned()),
            None => HelloAnswer::Nothing("closed in the middle of an answer".to_owned()),
        }
    }

    fn take_messages(&mut self) -> Option<HelloAnswer> {
        loop {
            let [kind, a, b, c] = *self.messages.first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
            if length > MAX_FLIGHT {
                return Some(HelloAnswer::Nothing(format!("a handshake message of {length} octets")));
            }
            if self.messages.len() < 4 + length {
                return None;
            }
            let body: Vec<u8> = self.messages.drain(..4 + length).skip(4).collect();
            match (kind, &mut self.hello) {
                (SERVER_HELLO, None) => match server_hello(&body) {
                    Some(hello) if hello.version == Version::Tls13 => return Some(HelloAnswer::Hello(Box::new(hello))),
                    Some(hello) => self.hello = Some(hello),
                    None => return Some(HelloAnswer::Nothing("a ServerHello that cannot be read".to_owned())),
                },
                (CERTIFICATE, Some(hello)) => hello.chain = certificates(&body),
                (SERVER_KEY_EXCHANGE, Some(hello)) => key_exchange(&body, hello),
                (SERVER_HELLO_DONE, Some(hello)) => return Some(HelloAnswer::Hello(Box::new(hello.clone()))),
                // Requests for a client's certificate, stapled responses: nothing that is wanted.
                (_, Some(_)) => {}
                (_, None) => return Some(HelloAnswer::Nothing("no ServerHello".to_owned())),
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

impl ServerHello {
    /// Whether senders of today agree to it too: TLS 1.3, or TLS 1.2 with an ephemeral key on a curve.
    pub fn is_current(&self) -> bool {
        let suite = suites::name(self.suite);
        let is_on_a_curve = suites::has_forward_secrecy(&suite) && !suite.contains("_DHE_");
        self.version == Version::Tls13 || self.version == Version::Tls12 && is_on_a_curve
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
    use super::super::client_hello::{with_length16, with_length24};
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
            let Some(HelloAnswer::Hello(hello)) = answer else { panic!("{answer:?}") };
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
        let HelloAnswer::Hello(hello) = flight.end() else { panic!() };
        assert_eq!(hello.dh_bits, Some(23));
    }

    #[test]
    fn a_request_to_try_again_names_version_suite_and_group() {
        let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xec];
        let mut flight = ServerFlight::default();
        let answer = flight.push(&message(SERVER_HELLO, &hello_body(0x0303, 0x1302, &extensions)));
        let Some(HelloAnswer::Hello(hello)) = answer else { panic!("{answer:?}") };
        assert_eq!((hello.version, hello.suite, hello.group), (Version::Tls13, 0x1302, Some(0x11ec)));
    }

    #[test]
    fn alerts_are_named_and_warnings_passed_over() {
        let mut flight = ServerFlight::default();
        let answer = flight.push(&[21, 3, 1, 0, 2, 1, 112, 21, 3, 1, 0, 2, 2, 70]);
        assert_eq!(answer, Some(HelloAnswer::Alert("protocol_version".to_owned())));
    }

    #[test]
    fn warnings_without_end_end() {
        let mut flight = ServerFlight::default();
        let warnings = [21, 3, 3, 0, 2, 1, 112].repeat(5_000);
        assert!((0..8).any(|_| flight.push(&warnings).is_some()));
    }

    #[test]
    fn what_is_no_tls_ends_at_once() {
        assert!(matches!(ServerFlight::default().push(b"500 what?\r\n"), Some(HelloAnswer::Nothing(_))));
        assert!(matches!(ServerFlight::default().push(&[22, 3, 1, 0xff, 0xff]), Some(HelloAnswer::Nothing(_))));
        assert!(matches!(ServerFlight::default().push(&message(CERTIFICATE, &[])), Some(HelloAnswer::Nothing(_))));
        assert!(matches!(ServerFlight::default().push(&message(SERVER_HELLO, &[3])), Some(HelloAnswer::Nothing(_))));
        let huge = [22, 3, 1, 0, 4, 2, 0xff, 0xff, 0xff];
        assert!(matches!(ServerFlight::default().push(&huge), Some(HelloAnswer::Nothing(_))));
        assert_eq!(ServerFlight::default().end(), HelloAnswer::Nothing("closed".to_owned()));
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
}
