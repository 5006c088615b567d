//! Signatures of certificates, also by keys and with hashes that nobody should use any more.

use aws_lc_rs::signature::{self as aws, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::{PublicKey, RSAPublicKey};
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::certificate::Key;
use super::modulus::without_zeros;
use super::rsa::{self, Padding};

/// Whether a key made a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// Nobody here understands the algorithm.
    Unknown,
}

/// A hash and what it is signed with.
struct Algorithm {
    hash: &'static str,
    family: &'static str,
}

const PSS: &str = "1.2.840.113549.1.1.10";

/// The algorithm of a signature; none if it has no name here.
fn algorithm(identifier: &AlgorithmIdentifier<'_>) -> Option<Algorithm> {
    let (hash, family) = match identifier.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.2" => ("MD2", "RSA"),
        "1.2.840.113549.1.1.4" => ("MD5", "RSA"),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => ("SHA-1", "RSA"),
        "1.2.840.113549.1.1.11" => ("SHA-256", "RSA"),
        "1.2.840.113549.1.1.12" => ("SHA-384", "RSA"),
        "1.2.840.113549.1.1.13" => ("SHA-512", "RSA"),
        PSS => (pss_hash(identifier)?, "RSA-PSS"),
        "1.2.840.10045.4.1" => ("SHA-1", "ECDSA"),
        "1.2.840.10045.4.3.2" => ("SHA-256", "ECDSA"),
        "1.2.840.10045.4.3.3" => ("SHA-384", "ECDSA"),
        "1.2.840.10045.4.3.4" => ("SHA-512", "ECDSA"),
        "1.3.101.112" => ("", "Ed25519"),
        "1.3.101.113" => ("", "Ed448"),
        _ => return None,
    };
    Some(Algorithm { hash, family })
}

fn pss_hash(identifier: &AlgorithmIdentifier<'_>) -> Option<&'static str> {
    let parameters = RsaSsaPssParams::try_from(identifier.parameters.as_ref()?).ok()?;
    Some(match parameters.hash_algorithm_oid().to_id_string().as_str() {
        "1.3.14.3.2.26" => "SHA-1",
        "2.16.840.1.101.3.4.2.1" => "SHA-256",
        "2.16.840.1.101.3.4.2.2" => "SHA-384",
        "2.16.840.1.101.3.4.2.3" => "SHA-512",
        _ => return None,
    })
}

/// What a certificate is signed with, for people.
pub(super) fn name_of(identifier: &AlgorithmIdentifier<'_>) -> String {
    match algorithm(identifier) {
        Some(Algorithm { hash: "", family }) => family.to_owned(),
        Some(Algorithm { hash, family }) => format!("{hash} with {family}"),
        None => identifier.algorithm.to_id_string(),
    }
}

/// The hash of a signature if collisions can be made for it, so that the signature proves little (RFC 6194,
/// RFC 6151).
pub(super) fn weak_hash(identifier: &AlgorithmIdentifier<'_>) -> Option<&'static str> {
    algorithm(identifier).map(|algorithm| algorithm.hash).filter(|hash| ["SHA-1", "MD5", "MD2"].contains(hash))
}

/// The bits of a curve that has a name here.
fn curve(key: &SubjectPublicKeyInfo<'_>) -> Option<(String, usize)> {
    let oid = key.algorithm.parameters.as_ref().and_then(|parameters| Oid::try_from(parameters).ok())?.to_id_string();
    let bits = match oid.as_str() {
        "1.2.840.10045.3.1.1" => 192,
        "1.3.132.0.33" => 224,
        "1.2.840.10045.3.1.7" | "1.3.132.0.10" | "1.3.36.3.3.2.8.1.1.7" => 256,
        "1.3.132.0.34" | "1.3.36.3.3.2.8.1.1.11" => 384,
        "1.3.36.3.3.2.8.1.1.13" => 512,
        "1.3.132.0.35" => 521,
        _ => return None,
    };
    Some((oid, bits))
}

/// The algorithm and length of a key.
pub(super) fn key_of(key: &SubjectPublicKeyInfo<'_>) -> Key {
    let oid = key.algorithm.algorithm.to_id_string();
    let (algorithm, bits) = match oid.as_str() {
        "1.3.101.112" => ("Ed25519".to_owned(), 256),
        "1.3.101.113" => ("Ed448".to_owned(), 456),
        // RFC 4055 §1.2: a key for RSA-PSS alone.
        PSS => ("RSA-PSS".to_owned(), rsa_key(key).map_or(0, |rsa| bits_of(&rsa))),
        _ => match key.parsed() {
            Ok(PublicKey::RSA(rsa)) => ("RSA".to_owned(), bits_of(&rsa)),
            Ok(PublicKey::EC(point)) => {
                let bits = curve(key).map_or_else(|| point.key_size(), |(_, bits)| bits);
                ("ECDSA".to_owned(), bits)
            }
            Ok(PublicKey::DSA(public)) => ("DSA".to_owned(), public.len() * 8),
            _ => (oid, 0),
        },
    };
    Key { algorithm, bits }
}

/// The numbers of an RSA key, whatever it is for.
fn rsa_key<'a>(key: &'a SubjectPublicKeyInfo<'_>) -> Option<RSAPublicKey<'a>> {
    RSAPublicKey::from_der(&key.subject_public_key.data).ok().map(|(_, rsa)| rsa)
}

fn bits_of(rsa: &RSAPublicKey<'_>) -> usize {
    let modulus = without_zeros(rsa.modulus);
    modulus.len() * 8 - modulus.first().map_or(0, |first| first.leading_zeros() as usize)
}

/// Whether `key` made the signature of a certificate.
pub(super) fn verify(certificate: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> Signed {
    let Some(algorithm) = algorithm(&certificate.signature_algorithm) else { return Signed::Unknown };
    signed(&algorithm, key, certificate.tbs_certificate.as_ref(), &certificate.signature_value.data)
}

/// Whether `key` made the signature of a handshake by a scheme of RFC 8446 §4.2.3.
pub(super) fn verify_scheme(scheme: u16, key: &SubjectPublicKeyInfo<'_>, message: &[u8], signature: &[u8]) -> Signed {
    let (hash, family) = match scheme {
        0x0201 => ("SHA-1", "RSA"),
        0x0203 => ("SHA-1", "ECDSA"),
        0x0401 => ("SHA-256", "RSA"),
        0x0501 => ("SHA-384", "RSA"),
        0x0601 => ("SHA-512", "RSA"),
        0x0403 => ("SHA-256", "ECDSA"),
        0x0503 => ("SHA-384", "ECDSA"),
        0x0603 => ("SHA-512", "ECDSA"),
        0x0804 | 0x0809 => ("SHA-256", "RSA-PSS"),
        0x0805 | 0x080a => ("SHA-384", "RSA-PSS"),
        0x0806 | 0x080b => ("SHA-512", "RSA-PSS"),
        0x0807 => ("", "Ed25519"),
        _ => return Signed::Unknown,
    };
    signed(&Algorithm { hash, family }, key, message, signature)
}

fn signed(algorithm: &Algorithm, key: &SubjectPublicKeyInfo<'_>, message: &[u8], signature: &[u8]) -> Signed {
    let Algorithm { hash, family } = *algorithm;
    let padding = match family {
        "RSA" => Some(Padding::Pkcs1),
        "RSA-PSS" => Some(Padding::Pss),
        _ => None,
    };
    if let Some(padding) = padding {
        let Some(rsa) = rsa_key(key) else { return Signed::No };
        return rsa::verify(&rsa, padding, hash, message, signature);
    }
    let curve = curve(key).map(|(oid, _)| oid);
    let verifier: &dyn VerificationAlgorithm = match (family, hash, curve.as_deref()) {
        ("ECDSA", "SHA-1", Some(P256)) => &aws::ECDSA_P256_SHA1_ASN1,
        ("ECDSA", "SHA-256", Some(P256)) => &aws::ECDSA_P256_SHA256_ASN1,
        ("ECDSA", "SHA-384", Some(P256)) => &aws::ECDSA_P256_SHA384_ASN1,
        ("ECDSA", "SHA-512", Some(P256)) => &aws::ECDSA_P256_SHA512_ASN1,
        ("ECDSA", "SHA-256", Some(P384)) => &aws::ECDSA_P384_SHA256_ASN1,
        ("ECDSA", "SHA-384", Some(P384)) => &aws::ECDSA_P384_SHA384_ASN1,
        ("ECDSA", "SHA-512", Some(P384)) => &aws::ECDSA_P384_SHA512_ASN1,
        ("ECDSA", "SHA-1", Some(P521)) => &aws::ECDSA_P521_SHA1_ASN1,
        ("ECDSA", "SHA-256", Some(P521)) => &aws::ECDSA_P521_SHA256_ASN1,
        ("ECDSA", "SHA-384", Some(P521)) => &aws::ECDSA_P521_SHA384_ASN1,
        ("ECDSA", "SHA-512", Some(P521)) => &aws::ECDSA_P521_SHA512_ASN1,
        ("Ed25519", ..) => &aws::ED25519,
        _ => return Signed::Unknown,
    };
    match UnparsedPublicKey::new(verifier, &key.subject_public_key.data).verify(message, signature) {
        Ok(()) => Signed::Yes,
        Err(_) => Signed::No,
    }
}

const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const P521: &str = "1.3.132.0.35";
