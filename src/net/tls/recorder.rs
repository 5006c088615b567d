//! A verifier that accepts every certificate and remembers what it was shown.

use std::sync::{Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use super::KeyWish;

/// What a server showed of itself.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) ocsp: Vec<u8>,
    pub(super) scheme: Option<SignatureScheme>,
    pub(super) signature_fault: Option<String>,
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
        signed: &DigitallySignedStruct,
        result: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.scheme = Some(signed.scheme);
        seen.signature_fault = result.err().map(|error| error.to_string());
        Ok(HandshakeSignatureValid::assertion())
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
        self.signed(signed, verify_tls12_signature(message, certificate, signed, &self.algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(signed, verify_tls13_signature(message, certificate, signed, &self.algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        use SignatureScheme as Scheme;
        let mut schemes = self.algorithms.supported_schemes();
        // Weak and rare ones too, so that servers that have nothing else are seen rather than lost.
        let more = [Scheme::ECDSA_NISTP521_SHA512, Scheme::ED448, Scheme::RSA_PKCS1_SHA1, Scheme::ECDSA_SHA1_Legacy];
        schemes.extend(more.into_iter().filter(|scheme| !self.algorithms.supported_schemes().contains(scheme)));
        schemes.retain(|scheme| {
            let is_rsa = format!("{scheme:?}").starts_with("RSA");
            match self.key {
                KeyWish::Any => true,
                KeyWish::Rsa => is_rsa,
                KeyWish::Ecdsa => !is_rsa,
            }
        });
        schemes
    }
}
