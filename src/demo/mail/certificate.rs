//! Certificates made for the occasion, with every fault there is.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256,
};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

/// A certificate's description.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CertificateDescription {
    /// The names it is for.
    pub names: Vec<String>,
    /// The subject's common name.
    pub common_name: String,
    /// Days from today on which it begins and ends to be valid.
    pub days: (i64, i64),
    /// Who signed it.
    pub issuer: Issuer,
    /// Its key.
    pub key: Key,
    /// Whether it is for clients only.
    pub for_clients: bool,
    /// Whether it says that it is an authority's.
    pub authority: bool,
    /// Whether it promises a stapled OCSP response.
    pub must_staple: bool,
    /// What was done to it after it was made.
    pub spoiled: Option<Spoiled>,
}

/// What is done to a certificate after it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spoiled {
    /// It is cut off.
    Cut,
    /// A bit of its signature is turned over.
    Changed,
    /// The server has another key than the one it is for.
    Foreign,
}

/// The octets of the promise: 1.3.6.1.5.5.7.1.24 with `status_request` (RFC 7633 §4.1).
const MUST_STAPLE: (&[u64], &[u8]) = (&[1, 3, 6, 1, 5, 5, 7, 1, 24], &[0x30, 0x03, 0x02, 0x01, 0x05]);

impl Default for CertificateDescription {
    fn default() -> Self {
        CertificateDescription {
            names: Vec::new(),
            common_name: String::new(),
            days: (-10, 80),
            issuer: Issuer::Good,
            key: Key::Ecdsa,
            for_clients: false,
            authority: false,
            must_staple: false,
            spoiled: None,
        }
    }
}

/// Who signed a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Issuer {
    /// The world's authority.
    Good,
    /// An authority below the world's, whose certificate is sent along.
    Intermediate,
    /// The same, whose certificate is not sent.
    MissingIntermediate,
    /// An authority nobody trusts, whose certificate is sent along.
    Unknown,
    /// Its own key.
    Itself,
    /// Its own key, with a certificate that claims to be an authority's.
    ItselfAsAuthority,
}

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// ECDSA on P-256.
    Ecdsa,
    /// RSA of 2048 bits.
    Rsa,
    /// Ed25519.
    Ed25519,
}

/// The authorities of a world.
#[derive(Debug)]
pub struct Authorities {
    good: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    unknown: CertifiedIssuer<'static, KeyPair>,
}

impl Authorities {
    /// Makes them, with new keys.
    ///
    /// # Errors
    /// A sentence if a key or certificate cannot be made.
    pub fn new() -> Result<Self, String> {
        let text = |error: rcgen::Error| error.to_string();
        let key = || KeyPair::generate().map_err(text);
        let good = CertifiedIssuer::self_signed(authority("Demo Root CA"), key()?).map_err(text)?;
        let intermediate = CertifiedIssuer::signed_by(authority("Demo Issuing CA"), key()?, &good).map_err(text)?;
        let unknown = CertifiedIssuer::self_signed(authority("Unknown Root CA"), key()?).map_err(text)?;
        Ok(Authorities { good, intermediate, unknown })
    }

    /// The certificate of the one that is to be trusted, in PEM.
    pub fn pem(&self) -> String {
        self.good.pem()
    }

    /// A verifier that asks clients for a certificate and takes none but its own authority's.
    ///
    /// # Errors
    /// A sentence if it cannot be made.
    pub fn of_clients(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, String> {
        let mut roots = RootCertStore::empty();
        roots.add(self.good.der().clone()).map_err(|error| error.to_string())?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        verifier.build().map_err(|error| error.to_string())
    }

    /// The certificate of who signs; none if a certificate signs itself.
    pub fn issuer(&self, issuer: Issuer) -> Option<&CertificateDer<'static>> {
        match issuer {
            Issuer::Good => Some(self.good.der()),
            Issuer::Intermediate | Issuer::MissingIntermediate => Some(self.intermediate.der()),
            Issuer::Unknown => Some(self.unknown.der()),
            Issuer::Itself | Issuer::ItselfAsAuthority => None,
        }
    }

    /// A certificate with its chain and key, ready for a server.
    ///
    /// # Errors
    /// A sentence if it cannot be made.
    pub fn certify(&self, description: &CertificateDescription) -> Result<Arc<CertifiedKey>, String> {
        let text = |error: rcgen::Error| error.to_string();
        let algorithm = match description.key {
            Key::Ecdsa => &PKCS_ECDSA_P256_SHA256,
            Key::Rsa => &PKCS_RSA_SHA256,
            Key::Ed25519 => &PKCS_ED25519,
        };
        let key = KeyPair::generate_for(algorithm).map_err(text)?;
        let mut params = CertificateParams::new(description.names.clone()).map_err(text)?;
        let common_name = match (&description.common_name[..], description.names.first()) {
            ("", Some(name)) => name.clone(),
            (name, _) => name.to_owned(),
        };
        params.distinguished_name.push(DnType::CommonName, common_name);
        let now = OffsetDateTime::now_utc();
        params.not_before = now + Duration::days(description.days.0);
        params.not_after = now + Duration::days(description.days.1);
        if description.for_clients {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        if description.authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        if description.must_staple {
            let (oid, value) = MUST_STAPLE;
            params.custom_extensions.push(CustomExtension::from_oid_content(oid, value.to_vec()));
        }
        let (own, above) = match description.issuer {
            Issuer::Good => (params.signed_by(&key, &self.good), None),
            Issuer::Intermediate => (params.signed_by(&key, &self.intermediate), Some(&self.intermediate)),
            Issuer::MissingIntermediate => (params.signed_by(&key, &self.intermediate), None),
            Issuer::Unknown => (params.signed_by(&key, &self.unknown), Some(&self.unknown)),
            Issuer::Itself => (params.self_signed(&key), None),
            Issuer::ItselfAsAuthority => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                (params.self_signed(&key), None)
            }
        };
        let mut chain: Vec<CertificateDer<'static>> = vec![own.map_err(text)?.der().clone()];
        chain.extend(above.map(|above| above.der().clone()));
        let key = match description.spoiled {
            Some(Spoiled::Foreign) => KeyPair::generate_for(algorithm).map_err(text)?,
            Some(Spoiled::Cut) => {
                chain[0] = CertificateDer::from(chain[0][..100].to_vec());
                key
            }
            Some(Spoiled::Changed) => {
                let mut octets = chain[0].to_vec();
                if let Some(last) = octets.last_mut() {
                    *last ^= 1;
                }
                chain[0] = CertificateDer::from(octets);
                key
            }
            None => key,
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).map_err(|error| error.to_string())?;
        Ok(Arc::new(CertifiedKey::new(chain, key)))
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = OffsetDateTime::now_utc() - Duration::days(365);
    params.not_after = OffsetDateTime::now_utc() + Duration::days(3650);
    params
}
