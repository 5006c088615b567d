//! Mail servers of a world: obedient, greylisting, open, silent, or of any other manner a scenario needs.

mod certificate;
mod old;
mod server;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::certificate::{Authorities, CertificateDescription};
pub use self::old::OldTls;
use self::server::Server;
use crate::mail::tlsa::Tlsa;
use crate::net::dial::ConnectTo;

/// A mail server's description.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MailDescription {
    /// Its name, which it greets with.
    pub name: String,
    /// Its addresses; connections to them are led to it. Without any, those to its name are.
    pub addresses: Vec<IpAddr>,
    /// The port that is meant; TLS begins at once at 465.
    pub port: Option<u16>,
    /// What it is like before anything is said.
    pub manner: Manner,
    /// The lines of its greeting, with their codes.
    pub greeting: Vec<String>,
    /// Milliseconds before the greeting.
    pub greeting_delay_ms: u64,
    /// What it offers behind EHLO in clear; STARTTLS works if it is among it.
    pub offers: Vec<String>,
    /// What it offers inside TLS; without it the same but STARTTLS.
    pub offers_inside: Option<Vec<String>>,
    /// Its certificates, one of each kind of key at most.
    pub certificates: Vec<CertificateDescription>,
    /// Only this version of TLS: `1.2` or `1.3`.
    pub tls: Option<String>,
    /// Only these groups for the key exchange, by their names in the library: `secp521r1`, `X448`, `FFDHE2048`.
    pub groups: Option<Vec<String>>,
    /// Whether it ends the handshake of a client that has no certificate.
    pub demands_certificate: bool,
    /// Whether it ends the handshake of a client that asks for no name.
    pub needs_name: bool,
    /// Whether it speaks in clear where TLS should begin at once.
    pub in_clear: bool,
    /// What it answers to clients of old.
    pub old: Option<OldTls>,
    /// Octets that it sends in clear right behind its answer to STARTTLS.
    pub injects: String,
    /// What comes instead of its part of the handshake; an empty text closes the connection.
    pub breaks_handshake: Option<String>,
    /// Whether it says nothing once the handshake is to begin.
    pub stalls_handshake: bool,
    /// The domains it takes mail for; recipients elsewhere are refused as relaying.
    pub domains: Vec<String>,
    /// The mailboxes it has in them; without any, every local part is taken.
    pub mailboxes: Option<Vec<String>>,
    /// Whether it relays to anywhere.
    pub relays: bool,
    /// Seconds for which it defers a sender and recipient it has not seen, and by which text; `{left}` stands for
    /// the seconds that are left.
    pub greylists: Option<Greylist>,
    /// Replies that differ, by the beginning of the command, whatever its case; the first that fits counts.
    pub replies: Vec<Scripted>,
    /// Whether it acts on commands that came in clear together with STARTTLS, inside TLS (CVE-2011-0411).
    pub obeys_injected: bool,
    /// Errors after which it hangs up.
    pub error_limit: Option<u32>,
}

/// How a server greylists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Greylist {
    /// How long.
    pub milliseconds: u64,
    /// With which reply.
    #[serde(default = "greylisted")]
    pub reply: String,
    /// What makes two attempts the same.
    #[serde(default)]
    pub key: GreylistKey,
}

fn greylisted() -> String {
    "451 4.7.1 Greylisted, please try again in {left} seconds".to_owned()
}

/// What a greylist knows an attempt by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GreylistKey {
    /// Sender and recipient.
    #[default]
    SenderAndRecipient,
    /// The client's address alone.
    Client,
    /// The sender alone.
    Sender,
}

/// A reply that differs from the usual one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scripted {
    /// The beginning of the command; `.` is the end of a message.
    pub to: String,
    /// The octets of the reply with `\r\n` behind each line unless `raw` says otherwise.
    #[serde(default)]
    pub say: Vec<String>,
    /// Octets as they are, instead of lines.
    pub raw: Option<String>,
    /// How often `raw` is repeated.
    #[serde(default = "once")]
    pub times: usize,
    /// Milliseconds before it.
    #[serde(default)]
    pub delay_ms: u64,
    /// Milliseconds between two octets.
    #[serde(default)]
    pub drip_ms: u64,
    /// Whether the connection ends behind it.
    #[serde(default)]
    pub closes: bool,
    /// Only before TLS or only inside it.
    pub inside: Option<bool>,
    /// Only the first so many times on a server.
    pub first: Option<usize>,
    /// Only from this time on; times are counted from 1.
    #[serde(default)]
    pub from: usize,
}

fn once() -> usize {
    1
}

/// What a server is like before anything is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// As RFC 5321 asks.
    #[default]
    Ordinary,
    /// Nobody listens.
    Refusing,
    /// Takes the connection and says nothing.
    Silent,
    /// Takes the connection and closes it.
    Closing,
}

/// A server's certificate.
#[derive(Debug)]
struct Shown {
    server: String,
    own: CertificateDer<'static>,
    issuer: CertificateDer<'static>,
}

/// The mail servers of a world, and how to reach them.
#[derive(Debug, Default)]
pub struct MailServers {
    /// Where connections to their addresses or names go.
    pub connect_to: Vec<ConnectTo>,
    /// The authority that signed the good certificates, in PEM.
    pub authority: String,
    certificates: Vec<Shown>,
    tasks: Vec<JoinHandle<()>>,
}

impl MailServers {
    /// Starts the servers on free ports of loopback.
    ///
    /// # Errors
    /// The system's, if no port is free; or a sentence about a description.
    pub async fn start(descriptions: &[MailDescription]) -> io::Result<Self> {
        if descriptions.is_empty() {
            return Ok(MailServers::default());
        }
        let authorities = Authorities::new().map_err(io::Error::other)?;
        let mut servers = MailServers::default();
        servers.authority = authorities.pem();
        for description in descriptions {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let to = listener.local_addr()?;
            servers.connect_to.extend(ways(description, to));
            match description.manner {
                // The port is free again as soon as the listener is gone.
                Manner::Refusing => drop(listener),
                _ => {
                    let keys = servers.certify(description, &authorities).map_err(io::Error::other)?;
                    let server = Server::new(description, keys, &authorities).map_err(io::Error::other)?;
                    let server = Arc::new(server);
                    servers.tasks.push(tokio::spawn(server.serve(listener)));
                }
            }
        }
        Ok(servers)
    }

    fn certify(
        &mut self,
        description: &MailDescription,
        authorities: &Authorities,
    ) -> Result<Vec<Arc<CertifiedKey>>, String> {
        let mut keys = Vec::new();
        for certificate in &description.certificates {
            let key = authorities.certify(certificate)?;
            let own = key.cert.first().ok_or("a certificate without a chain")?.clone();
            let issuer = authorities.issuer(certificate.issuer).unwrap_or(&own).clone();
            self.certificates.push(Shown { server: description.name.to_ascii_lowercase(), own, issuer });
            keys.push(key);
        }
        Ok(keys)
    }

    /// A TLSA record as a description writes it: in full, or with a certificate's place instead of its data.
    ///
    /// # Errors
    /// A sentence if it is no record, or there is no such certificate.
    pub fn tlsa(&self, text: &str) -> Result<Tlsa, String> {
        let wrong = |why: &str| format!("TLSA {text}: {why}");
        let Some((numbers, place)) = text.split_once('@') else {
            return text.parse().map_err(|why: String| wrong(&why));
        };
        let numbers: Result<Vec<u8>, _> = numbers.split_whitespace().map(str::parse).collect();
        let [usage, selector, matching] = numbers.unwrap_or_default()[..] else {
            return Err(wrong("there are no three numbers"));
        };
        let (server, which) = place.split_once(':').unwrap_or((place, "0"));
        let mut shown = self.certificates.iter().filter(|shown| shown.server == server);
        let certificate = match which {
            "issuer" => shown.next().map(|shown| &shown.issuer),
            number => number.parse().ok().and_then(|number| shown.nth(number)).map(|shown| &shown.own),
        };
        let certificate = certificate.ok_or_else(|| wrong("there is no such certificate"))?;
        Tlsa::of(usage, selector, matching, certificate).ok_or_else(|| wrong("a certificate has no such part"))
    }
}

impl Drop for MailServers {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn ways(description: &MailDescription, to: SocketAddr) -> Vec<ConnectTo> {
    let port = description.port.unwrap_or(25);
    let hosts: Vec<String> = match &description.addresses[..] {
        [] => vec![description.name.to_ascii_lowercase()],
        addresses => addresses.iter().map(IpAddr::to_string).collect(),
    };
    hosts.into_iter().map(|host| ConnectTo { host, port, to }).collect()
}

/// What a greylist has seen, and when.
type Seen = BTreeMap<String, std::time::Instant>;
