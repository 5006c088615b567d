//! A verifier that accepts every certificate and remembers what it was shown.

use std::sync::{Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::KeyWish;
use super::signature::{self, Signed};

/// What a server showed of itself.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) ocsp: Vec<u8>,
    pub(super) scheme: Option<SignatureScheme>,
    pub(super) signature_fault: Option<String>,
    pub(super) signature_unknown: Option<String>,
    /// Whether it asked for a certificate of ours.
    pub(super) asks_for_certificate: bool,
}

/// The verifier.
#[derive(Debug)]
pub(super) struct Recorder {
    algorithms: WebPkiSupportedAlgorithms,
    key: KeyWish,
    seen: Mutex<Seen>,
}

impl Recorder {
    pub(super) fn new(key: KeyWish) -> Self {
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
        Recorder { algorithms, key, seen: Mutex::default() }
    }

    /// What was seen; nothing is left.
    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn signed(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        result: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.scheme = Some(signed.scheme);
        if let Err(error) = result {
            match second(message, certificate, signed) {
                Signed::Yes => {}
                Signed::No => seen.signature_fault = Some(error.to_string()),
                Signed::Unknown => {
                    let scheme = scheme_name(signed.scheme);
                    seen.signature_unknown = Some(format!("a signature by {scheme} cannot be verified here"));
                }
            }
        }
        Ok(HandshakeSignatureValid::assertion())
    }
}

/// A second opinion on a signature of the handshake: by keys and schemes that the library leaves out.
fn second(message: &[u8], certificate: &CertificateDer<'_>, signed: &DigitallySignedStruct) -> Signed {
    match X509Certificate::from_der(certificate) {
        Ok((_, one)) => signature::verify_scheme(signed.scheme.into(), one.public_key(), message, signed.signature()),
        Err(_) => Signed::No,
    }
}

/// The schemes of certificates whose key is for RSA-PSS alone (RFC 8446 §4.2.3), for which the library has no names.
const PSS_PSS: [(u16, &str); 3] =
    [(0x0809, "RSA_PSS_PSS_SHA256"), (0x080a, "RSA_PSS_PSS_SHA384"), (0x080b, "RSA_PSS_PSS_SHA512")];

/// The name of a scheme, in the library's spelling.
pub(super) fn scheme_name(scheme: SignatureScheme) -> String {
    let found = PSS_PSS.iter().find(|(number, _)| *number == u16::from(scheme));
    found.map_or_else(|| format!("{scheme:?}"), |(_, name)| (*name).to_owned())
}

/// Has no certificate, and remembers that one was asked for.
impl ResolvesClientCert for Recorder {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<std::sync::Arc<CertifiedKey>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).asks_for_certificate = true;
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.chain = std::iter::once(end_entity).chain(intermediates).map(|one| one.clone().into_owned()).collect();
        seen.ocsp = ocsp.to_vec();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(
            message,
            certificate,
            signed,
            verify_tls12_signature(message, certificate, signed, &self.algorithms),
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(
            message,
            certificate,
            signed,
            verify_tls13_signature(message, certificate, signed, &self.algorithms),
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        use SignatureScheme as Scheme;
        let mut schemes = self.algorithms.supported_schemes();
        // Weak and rare ones too, so that servers that have nothing else are seen rather than lost.
        let more = [Scheme::ECDSA_NISTP521_SHA512, Scheme::ED448, Scheme::RSA_PKCS1_SHA1, Scheme::ECDSA_SHA1_Legacy];
        schemes.extend(more.into_iter().filter(|scheme| !self.algorithms.supported_schemes().contains(scheme)));
        schemes.extend(PSS_PSS.iter().map(|(number, _)| SignatureScheme::from(*number)));
        schemes.retain(|scheme| {
            let is_rsa = scheme_name(*scheme).starts_with("RSA");
            match self.key {
                KeyWish::Any => true,
                KeyWish::Rsa => is_rsa,
                KeyWish::Ecdsa => !is_rsa,
            }
        });
        schemes
    }
}
