//! TLS as a witness: handshakes that are completed whatever the certificate says, and recorded.
//!
//! Nothing confidential ever goes over such a connection. The recorder is private to this module, so that no
//! HTTPS request and no DNS question can use it by mistake.

pub mod certificate;
pub mod client_hello;
pub(crate) mod groups;
pub mod mark;
mod modulus;
pub mod pkix;
mod recorder;
mod rsa;
pub mod server_hello;
mod signature;
pub mod suites;
mod watched;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    AlertDescription, ClientConfig, HandshakeKind, InvalidMessage, PeerMisbehaved, ProtocolVersion,
    SupportedProtocolVersion,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::recorder::{Recorder, Seen, scheme_name};
pub use self::watched::Watched;
use crate::net::clock;
use crate::report::{clean, clean_bytes};

/// What a handshake asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Offer {
    /// The name that is asked for (SNI, RFC 6066 §3); none asks for no name.
    pub name: Option<String>,
    /// The kind of certificate.
    pub key: KeyType,
    /// The versions that are offered.
    pub versions: Versions,
}

impl Offer {
    /// Whatever the server prefers for this name.
    pub fn named(name: &str) -> Self {
        Offer { name: Some(name.to_owned()), key: KeyType::Any, versions: Versions::All }
    }
}

/// The kind of certificate a client understands; a server may have one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Whatever the server prefers.
    Any,
    /// RSA alone.
    Rsa,
    /// ECDSA alone.
    Ecdsa,
}

/// The versions a client offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Versions {
    /// TLS 1.2 and 1.3.
    All,
    /// TLS 1.2 alone.
    Tls12,
    /// TLS 1.3 alone.
    Tls13,
}

/// What was seen of a handshake that came to its end.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The version: `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite's name as IANA has it.
    pub suite: String,
    /// The group of the key exchange, for example `X25519MLKEM768`.
    pub group: Option<String>,
    /// The certificates as they were sent, the server's own first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The stapled OCSP response; empty if there is none.
    pub ocsp: Vec<u8>,
    /// The scheme the server signed the handshake with, for example `RSA_PSS_SHA256`.
    pub scheme: Option<String>,
    /// Why the server's signature of the handshake does not fit its certificate, if it does not.
    pub signature_fault: Option<String>,
    /// Why that cannot be told here, if it cannot.
    pub signature_unknown: Option<String>,
    /// Whether the server asked for a certificate of ours, which it did not get.
    pub asks_for_certificate: bool,
    /// The name that was asked for, if it can be asked for at all.
    pub name: Option<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Why a handshake came to no end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The server gave up at what was offered, with an alert (RFC 8446 §6).
    #[error("the server ended the handshake with the alert {0}")]
    Alert(String),
    /// It did so after it had agreed to something and shown its certificate.
    #[error("the server ended the handshake with the alert {0}")]
    LateAlert(String),
    /// It did so for want of a certificate of ours.
    #[error("the server demands a client's certificate: it ended the handshake with the alert {0}")]
    ClientCertificate(String),
    /// What the server offers, this program does not speak.
    #[error("the server offers nothing in common: {0}")]
    Incompatible(String),
    /// What the server sent is more than this program's TLS library takes.
    #[error("beyond what can be read here: {0}")]
    Limit(String),
    /// The server ended the connection without a word.
    #[error("the connection was closed within the handshake{0}")]
    Closed(String),
    /// It did so at what was offered.
    #[error("the connection was closed upon the ClientHello")]
    Unanswered,
    /// What came is the beginning of a dialogue in clear.
    #[error("no TLS, but an answer in clear: \"{0}\"")]
    InClear(String),
    /// What came is no TLS, or breaks its rules.
    #[error("no proper TLS: {0}")]
    Protocol(String),
    /// The server did not go on in time.
    #[error("the handshake was not finished within {} s", .0.as_secs_f32().ceil())]
    Silent(Duration),
}

impl HandshakeError {
    /// Whether the server may do with an older version or suite: what it said when ours were offered.
    pub fn may_be_old(&self) -> bool {
        use HandshakeError as Error;
        !matches!(self, Error::Silent(_) | Error::ClientCertificate(_) | Error::InClear(_))
    }

    /// Whether the server may do with what others offer: it minded what was offered, or sent more than is read here.
    pub fn may_be_a_limit(&self) -> bool {
        use HandshakeError as Error;
        matches!(self, Error::Alert(_) | Error::Incompatible(_) | Error::Limit(_) | Error::Unanswered)
    }
}

/// Shakes hands over a connection and records everything, in at most `time`.
///
/// # Errors
/// [`HandshakeError`] if the handshake came to no end. A certificate never is the reason.
pub async fn shake_hands(
    stream: TcpStream,
    offer: &Offer,
    time: Duration,
) -> Result<(TlsStream<Watched>, Handshake), HandshakeError> {
    let began = clock::now();
    let recorder = Arc::new(Recorder::new(offer.key));
    let config = config(offer, Arc::clone(&recorder)).map_err(|error| HandshakeError::Protocol(error.to_string()))?;
    let server_name = offer.name.as_deref().and_then(|name| ServerName::try_from(name.to_owned()).ok());
    let asked = server_name.as_ref().filter(|name| matches!(name, ServerName::DnsName(_)));
    let name = asked.map(|name| name.to_str().into_owned());
    // An address is no name that can be asked for (RFC 6066 §3), so none is sent.
    let server_name = server_name.unwrap_or_else(|| ServerName::IpAddress(IpAddr::from([0, 0, 0, 0]).into()));
    let connecting = TlsConnector::from(Arc::new(config)).connect(server_name, Watched::new(stream)).into_fallible();
    let stream = match tokio::time::timeout(time, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err((error, stream))) => return Err(explain(&error, stream.first(), &recorder.take())),
        Err(_) => return Err(HandshakeError::Silent(time)),
    };
    let connection = stream.get_ref().1;
    debug_assert_ne!(connection.handshake_kind(), Some(HandshakeKind::Resumed));
    let seen = recorder.take();
    let handshake = Handshake {
        version: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "TLSv1.2",
        },
        suite: connection
            .negotiated_cipher_suite()
            .map(|suite| iana_name(&format!("{:?}", suite.suite())))
            .unwrap_or_default(),
        group: connection.negotiated_key_exchange_group().map(|group| format!("{:?}", group.name())),
        chain: seen.chain,
        ocsp: seen.ocsp,
        scheme: seen.scheme.map(scheme_name),
        signature_fault: seen.signature_fault,
        signature_unknown: seen.signature_unknown,
        asks_for_certificate: seen.asks_for_certificate,
        name,
        elapsed: clock::elapsed(began),
    };
    Ok((stream, handshake))
}

/// rustls calls the suites of TLS 1.3 `TLS13_…` where IANA says `TLS_…`.
fn iana_name(name: &str) -> String {
    name.strip_prefix("TLS13_").map_or_else(|| name.to_owned(), |rest| format!("TLS_{rest}"))
}

fn config(offer: &Offer, recorder: Arc<Recorder>) -> Result<ClientConfig, rustls::Error> {
    const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
    const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
    let versions = match offer.versions {
        Versions::All => rustls::ALL_VERSIONS,
        Versions::Tls12 => TLS12,
        Versions::Tls13 => TLS13,
    };
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups.extend(groups::MORE);
    restrict_suites(&mut provider, offer.key);
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<_>)
        .with_client_cert_resolver(recorder);
    // A resumed session would show no certificate.
    config.resumption = Resumption::disabled();
    config.enable_sni = offer.name.is_some();
    Ok(config)
}

/// Leaves those suites of TLS 1.2 that go with the kind of certificate; those of TLS 1.3 go with all.
fn restrict_suites(provider: &mut CryptoProvider, key: KeyType) {
    let other = match key {
        KeyType::Any => return,
        KeyType::Rsa => "_ECDSA_",
        KeyType::Ecdsa => "_RSA_",
    };
    provider.cipher_suites.retain(|suite| !format!("{:?}", suite.suite()).contains(other));
}

/// Why a handshake failed, by the library's error, the first octets of the server and what else was seen of it.
fn explain(error: &io::Error, first: &[u8], seen: &Seen) -> HandshakeError {
    use rustls::Error as Tls;
    // RFC 5321 §4.2: a reply begins with three digits, a record of TLS with one of 20 to 24.
    if first.len() >= 3 && first.iter().take(3).all(u8::is_ascii_digit) {
        let line = first.split(|octet| *octet == b'\r' || *octet == b'\n').next().unwrap_or_default();
        return HandshakeError::InClear(clean_bytes(line));
    }
    let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<Tls>()) else {
        return match error.kind() {
            _ if first.is_empty() => HandshakeError::Unanswered,
            io::ErrorKind::UnexpectedEof => HandshakeError::Closed(String::new()),
            _ => HandshakeError::Closed(format!(": {}", clean(&error.to_string()))),
        };
    };
    match inner {
        Tls::AlertReceived(alert) if seen.asks_for_certificate && may_want_certificate(*alert) => {
            HandshakeError::ClientCertificate(alert_name(*alert))
        }
        Tls::AlertReceived(alert) if !seen.chain.is_empty() => HandshakeError::LateAlert(alert_name(*alert)),
        Tls::AlertReceived(alert) => HandshakeError::Alert(alert_name(*alert)),
        Tls::PeerIncompatible(why) => HandshakeError::Incompatible(clean(&format!("{why:?}"))),
        Tls::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge) => {
            HandshakeError::Limit("certificates of more than 64 KiB".to_owned())
        }
        // Those of TLS 1.2 whose schemes have no names in the library.
        Tls::PeerMisbehaved(PeerMisbehaved::SignedKxWithWrongAlgorithm) => {
            HandshakeError::Limit("a signature scheme that it leaves out of TLS 1.2".to_owned())
        }
        other => HandshakeError::Protocol(clean(&other.to_string())),
    }
}

/// The alert by which a server that asked for a certificate ended a connection for want of it, after the handshake had
/// come to its end for this side.
pub(crate) fn wanted_certificate(error: &io::Error) -> Option<String> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(alert) if may_want_certificate(*alert) => Some(alert_name(*alert)),
        _ => None,
    }
}

/// Whether servers say by this alert that they want a certificate: RFC 8446 §6.2 has one for it, RFC 5246 §7.4.6 has
/// handshake_failure, and implementations differ.
fn may_want_certificate(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::HandshakeFailure
            | Alert::BadCertificate
            | Alert::NoCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
    )
}

/// The alert as RFC 8446 §6.2 spells it: `handshake_failure`.
fn alert_name(alert: AlertDescription) -> String {
    let mut name = String::new();
    for character in format!("{alert:?}").chars() {
        if character.is_ascii_uppercase() && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_and_suites_are_called_as_their_registries_do() {
        assert_eq!(alert_name(AlertDescription::HandshakeFailure), "handshake_failure");
        assert_eq!(iana_name("TLS13_AES_128_GCM_SHA256"), "TLS_AES_128_GCM_SHA256");
        assert_eq!(iana_name("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    }
}
