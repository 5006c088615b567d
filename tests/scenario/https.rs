//! A web server on loopback that says one thing to everybody, with a certificate made for the occasion.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde::Deserialize;

use crate::mark::Mark;

/// What the server is like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Https {
    /// The name it is asked by.
    host: String,
    /// Its certificate.
    #[serde(default)]
    certificate: Certificate,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default = "text")]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    /// How often the body is repeated.
    #[serde(default = "once")]
    times: usize,
    /// How many interim answers of 1 KiB come before the last one.
    #[serde(default)]
    interim: usize,
    /// Octets to send instead of HTTP.
    raw: Option<String>,
    /// Documents by path, if it serves others than a policy of MTA-STS; those that begin with `https:` or `http:` are
    /// redirects to there.
    #[serde(default)]
    pages: BTreeMap<String, String>,
    /// How many blanks follow each of them.
    #[serde(default)]
    blanks: usize,
    /// Whether each of them begins as a gzip file does.
    #[serde(default)]
    gzip: bool,
    /// An evidence document of BIMI, made for the occasion and served at `/mark.pem`.
    mark: Option<Mark>,
    /// How many connections it takes; all of them if nothing is said.
    connections: Option<usize>,
}

/// The first octets of a gzip file (RFC 1952 §2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

fn ok() -> u16 {
    200
}

fn once() -> usize {
    1
}

fn text() -> BTreeMap<String, String> {
    BTreeMap::from([("Content-Type".to_owned(), "text/plain; charset=utf-8".to_owned())])
}

/// What is wrong with its certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Certificate {
    #[default]
    Good,
    Wildcard,
    Expired,
    Future,
    WrongName,
    SelfSigned,
    /// There is none: the server does not speak TLS.
    None,
}

/// A server that is up as long as the test runs.
pub struct Served {
    pub address: SocketAddr,
    /// The authority that signed its certificate, in PEM.
    pub authority: String,
}

impl Https {
    pub fn serve(&self) -> Served {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (config, authority) = self.config();
        let mut server = self.clone();
        server.pages.extend(self.mark.as_ref().map(|mark| ("/mark.pem".to_owned(), mark.pem())));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten().take(server.connections.unwrap_or(usize::MAX)) {
                // A client that goes away ends its connection, nothing else.
                let _ = server.answer(stream, &config);
            }
        });
        Served { address, authority }
    }

    fn answer(&self, mut stream: TcpStream, config: &Arc<ServerConfig>) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        if self.certificate == Certificate::None {
            return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        }
        let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte)?;
            request.push(byte[0]);
        }
        let request = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let path = request.strip_prefix("get ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let page = self.pages.get(path);
        let known = page.is_some() || path == "/.well-known/mta-sts.txt";
        let known = known && request.contains(&format!("host: {}\r\n", self.host));
        let moved = page.filter(|page| page.starts_with("https:") || page.starts_with("http:"));
        let status = if !known {
            400
        } else if moved.is_some() {
            301
        } else {
            self.status
        };
        match &self.raw {
            Some(raw) => stream.write_all(raw.as_bytes())?,
            None => {
                let hint = format!("HTTP/1.1 103 Early Hints\r\nLink: {}\r\n\r\n", "x".repeat(990));
                (0..self.interim).try_for_each(|_| stream.write_all(hint.as_bytes()))?;
                let text = page.unwrap_or(&self.body).repeat(self.times) + &" ".repeat(self.blanks);
                let body = [if self.gzip { GZIP } else { &[] }, text.as_bytes()].concat();
                write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len())?;
                if let Some(moved) = moved {
                    write!(stream, "Location: {moved}\r\n")?;
                }
                for (name, value) in &self.headers {
                    write!(stream, "{name}: {value}\r\n")?;
                }
                stream.write_all(b"\r\n")?;
                stream.write_all(&body)?;
            }
        }
        stream.conn.send_close_notify();
        stream.flush()
    }

    fn config(&self) -> (Arc<ServerConfig>, String) {
        let key = || KeyPair::generate().expect("a key");
        let (authority_key, own_key) = (key(), key());
        let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
        authority.distinguished_name.push(DnType::CommonName, "authority of the test");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_certificate = authority.self_signed(&authority_key).expect("a certificate");
        let name = match self.certificate {
            Certificate::WrongName => "www.example.net".to_owned(),
            Certificate::Wildcard => format!("*.{}", self.host.split_once('.').expect("a name with dots").1),
            _ => self.host.clone(),
        };
        let mut own = CertificateParams::new(vec![name]).expect("parameters");
        match self.certificate {
            Certificate::Expired => own.not_after = date_time_ymd(2020, 1, 2),
            Certificate::Future => own.not_before = date_time_ymd(4000, 1, 2),
            _ => {}
        }
        let certificate = match self.certificate {
            Certificate::SelfSigned => own.self_signed(&own_key),
            _ => own.signed_by(&own_key, &Issuer::new(authority, authority_key)),
        };
        let certificate = certificate.expect("a certificate");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the usual versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own_key.serialize_der())),
            )
            .expect("the key fits");
        (Arc::new(config), authority_certificate.pem())
    }
}
