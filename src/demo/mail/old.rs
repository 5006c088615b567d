//! The first words of TLS servers of old, which no library here speaks. No key is ever agreed with them.

use std::io;
use std::path::PathBuf;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::net::tls::suites;

/// What a server answers to clients of old.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OldTls {
    /// The newest version: `ssl3`, `1.0`, `1.1` or `1.2`.
    pub version: String,
    /// The oldest; without it the same.
    pub lowest: Option<String>,
    /// Its suites in its order.
    #[serde(default = "usual_suites")]
    pub suites: Vec<String>,
    /// A PEM file with the certificates it shows instead of its own.
    pub chain: Option<PathBuf>,
    /// Whether clients of today are served as well.
    #[serde(default)]
    pub beside: bool,
}

fn usual_suites() -> Vec<String> {
    vec!["TLS_RSA_WITH_AES_128_CBC_SHA".to_owned()]
}

/// Octets of a ClientHello that are looked at.
const MAX_HELLO: usize = 16 * 1024;
const SUPPORTED_VERSIONS: u16 = 43;

/// What matters of a ClientHello.
struct Asked {
    version: u16,
    suites: Vec<u16>,
    is_of_today: bool,
}

impl OldTls {
    /// Answers a client of old; whether it did. Without an answer nothing was read.
    pub(super) async fn answer(&self, stream: &mut TcpStream, chain: &[CertificateDer<'_>]) -> io::Result<bool> {
        let mut buffer = vec![0; MAX_HELLO];
        let asked = loop {
            let length = stream.peek(&mut buffer).await?;
            let Some(header) = buffer[..length].first_chunk::<5>() else {
                tokio::task::yield_now().await;
                continue;
            };
            let whole = 5 + usize::from(u16::from_be_bytes([header[3], header[4]]));
            if length >= whole.min(MAX_HELLO) {
                break read(&buffer[5..length]);
            }
            tokio::task::yield_now().await;
        };
        let number = |text: &str| match text {
            "ssl3" => 0x0300,
            "1.0" => 0x0301,
            "1.1" => 0x0302,
            _ => 0x0303,
        };
        let highest = number(&self.version);
        let lowest = self.lowest.as_deref().map_or(highest, number);
        if self.beside && asked.as_ref().is_some_and(|asked| asked.is_of_today || asked.version > highest) {
            return Ok(false);
        }
        let reply = match asked {
            Some(asked) if !asked.is_of_today && asked.version >= lowest => {
                let own = self.suites.iter().filter_map(|name| {
                    suites::SUITES.iter().find(|(_, known)| known == name).map(|(number, _)| *number)
                });
                match own.into_iter().find(|suite| asked.suites.contains(suite)) {
                    Some(suite) => self.flight(asked.version.min(highest), suite, chain)?,
                    None => alert(HANDSHAKE_FAILURE),
                }
            }
            _ => alert(PROTOCOL_VERSION),
        };
        let _ = stream.read(&mut buffer).await?;
        stream.write_all(&reply).await?;
        // The client hangs up when it has seen enough; until then it may still be reading.
        stream.shutdown().await?;
        while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
        Ok(true)
    }

    fn flight(&self, version: u16, suite: u16, own: &[CertificateDer<'_>]) -> io::Result<Vec<u8>> {
        let mut hello = version.to_be_bytes().to_vec();
        hello.extend([0x5a; 32]);
        hello.push(0);
        hello.extend(suite.to_be_bytes());
        hello.push(0);
        let given = match &self.chain {
            Some(path) => CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(io::Error::other)?,
            None => own.iter().map(|one| one.clone().into_owned()).collect(),
        };
        let list: Vec<u8> = given.iter().flat_map(|one| [&length24(one.len())[..], one].concat()).collect();
        let mut messages = message(2, &hello);
        messages.extend(message(11, &[&length24(list.len())[..], &list].concat()));
        let name = suites::name(suite);
        if name.contains("_ECDHE_") {
            // The curve X25519, a key and no signature.
            messages.extend(message(12, &[&[3, 0, 0x1d, 32][..], &[9; 32]].concat()));
        } else if name.contains("_DHE_") {
            messages.extend(message(12, &[&[1, 0][..], &[0xff; 256]].concat()));
        }
        messages.extend(message(14, &[]));
        let length = u16::try_from(messages.len()).map_err(io::Error::other)?;
        let mut record = vec![22];
        record.extend(version.to_be_bytes());
        record.extend(length.to_be_bytes());
        record.extend(messages);
        Ok(record)
    }
}

const PROTOCOL_VERSION: u8 = 70;
const HANDSHAKE_FAILURE: u8 = 40;

fn alert(code: u8) -> Vec<u8> {
    vec![21, 3, 1, 0, 2, 2, code]
}

fn length24(length: usize) -> [u8; 3] {
    let [.., a, b, c] = length.to_be_bytes();
    [a, b, c]
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &length24(body.len()), body].concat()
}

/// Reads a ClientHello as far as it matters (RFC 5246 §7.4.1.2).
fn read(message: &[u8]) -> Option<Asked> {
    let number = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
    let version = number(4)?;
    let mut at = 4 + 2 + 32;
    at += 1 + usize::from(*message.get(at)?);
    let length = usize::from(number(at)?);
    let suites = message.get(at + 2..at + 2 + length)?;
    let suites = suites.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    at += 2 + length;
    at += 1 + usize::from(*message.get(at)?);
    // Without extensions nothing follows.
    at += 2;
    let mut is_of_today = false;
    while let (Some(kind), Some(length)) = (number(at), number(at + 2)) {
        is_of_today |= kind == SUPPORTED_VERSIONS;
        at += 4 + usize::from(length);
    }
    Some(Asked { version, suites, is_of_today })
}
