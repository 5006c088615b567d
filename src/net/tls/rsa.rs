//! RSA signatures by keys of any length (RFC 8017 §8), as OpenSSL takes them and the TLS library does not.

use aws_lc_rs::digest::{self, Algorithm};
use x509_parser::public_key::RSAPublicKey;

use super::modulus::{Modulus, without_zeros};
use super::signature::Signed;

/// How what is signed is brought to the length of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    /// EMSA-PKCS1-v1_5 (RFC 8017 §9.2).
    Pkcs1,
    /// EMSA-PSS (RFC 8017 §9.1), with a salt of any length.
    Pss,
}

/// Bits of the longest key, OpenSSL's OPENSSL_RSA_MAX_MODULUS_BITS.
const MAX_BITS: usize = 16_384;
/// Octets of the longest exponent, that of OPENSSL_RSA_MAX_PUBEXP_BITS.
const MAX_EXPONENT: usize = 8;

/// The hash of this name, and how its signatures begin: the DER of a DigestInfo up to the hash itself.
fn hash(name: &str) -> Option<(&'static Algorithm, &'static [u8])> {
    const SHA1: &[u8] = &[0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
    const SHA256: &[u8] = &[0x30, 0x31, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    const SHA384: &[u8] = &[0x30, 0x41, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30];
    const SHA512: &[u8] = &[0x30, 0x51, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40];
    Some(match name {
        "SHA-1" => (&digest::SHA1_FOR_LEGACY_USE_ONLY, SHA1),
        "SHA-256" => (&digest::SHA256, SHA256),
        "SHA-384" => (&digest::SHA384, SHA384),
        "SHA-512" => (&digest::SHA512, SHA512),
        _ => return None,
    })
}

/// Whether a key made the signature of a message.
pub(super) fn verify(
    key: &RSAPublicKey<'_>,
    padding: Padding,
    hash_name: &str,
    message: &[u8],
    signature: &[u8],
) -> Signed {
    let Some((algorithm, prefix)) = hash(hash_name) else { return Signed::Unknown };
    let (modulus, exponent) = (without_zeros(key.modulus), without_zeros(key.exponent));
    // Beyond these OpenSSL gives up too, and arithmetic takes a hostile time.
    if modulus.len() * 8 > MAX_BITS || exponent.len() > MAX_EXPONENT {
        return Signed::Unknown;
    }
    let Some(modulus) = Modulus::new(modulus) else { return Signed::No };
    if signature.len() != modulus.size() {
        return Signed::No;
    }
    let Some(number) = modulus.number(signature) else { return Signed::No };
    let encoded = modulus.octets(&modulus.power(&number, exponent));
    let hashed = digest::digest(algorithm, message);
    let holds = match padding {
        Padding::Pkcs1 => is_pkcs1(&encoded, prefix, hashed.as_ref()),
        Padding::Pss => {
            let bits = encoded.len() * 8 - without_zeros(key.modulus)[0].leading_zeros() as usize;
            is_pss(&encoded, bits - 1, algorithm, hashed.as_ref())
        }
    };
    if holds { Signed::Yes } else { Signed::No }
}

/// RFC 8017 §8.2.2: what must stand there is made anew and compared.
fn is_pkcs1(encoded: &[u8], prefix: &[u8], hashed: &[u8]) -> bool {
    let Some(fill) = encoded.len().checked_sub(prefix.len() + hashed.len() + 3).filter(|fill| *fill >= 8) else {
        return false;
    };
    let expected = [&[0, 1][..], &vec![0xff; fill], &[0], prefix, hashed].concat();
    encoded == expected
}

/// RFC 8017 §9.1.2, with the length of the salt found out.
fn is_pss(encoded: &[u8], bits: usize, algorithm: &'static Algorithm, hashed: &[u8]) -> bool {
    let length = bits.div_ceil(8);
    let (before, encoded) = encoded.split_at(encoded.len() - length);
    let size = hashed.len();
    let Some(masked) = length.checked_sub(size + 1) else { return false };
    let (masked, rest) = encoded.split_at(masked);
    let (seed, trailer) = rest.split_at(size);
    // The bits of the first octet that lie beyond the length.
    let unused = !(0xff_u8 >> (length * 8 - bits));
    if before.iter().any(|octet| *octet != 0) || trailer != [0xbc] || masked.first().is_none_or(|top| top & unused != 0)
    {
        return false;
    }
    let mut block: Vec<u8> = masked.iter().zip(mask(seed, masked.len(), algorithm)).map(|(a, b)| a ^ b).collect();
    block[0] &= !unused;
    let salt = without_zeros(&block);
    let Some((1, salt)) = salt.split_first().map(|(first, rest)| (*first, rest)) else { return false };
    let expected = digest::digest(algorithm, &[&[0; 8], hashed, salt].concat());
    expected.as_ref() == seed
}

/// MGF1 (RFC 8017 §B.2.1).
fn mask(seed: &[u8], length: usize, algorithm: &'static Algorithm) -> Vec<u8> {
    let block = |counter: u32| digest::digest(algorithm, &[seed, &counter.to_be_bytes()].concat());
    let mut mask: Vec<u8> = Vec::new();
    for counter in 0.. {
        if mask.len() >= length {
            break;
        }
        mask.extend_from_slice(block(counter).as_ref());
    }
    mask.truncate(length);
    mask
}
