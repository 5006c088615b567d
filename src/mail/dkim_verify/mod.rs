//! The verification of a DKIM signature with a key in hand (RFC 6376 §6.1.3, RFC 8301, RFC 8463).

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256, digest};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

use super::canonical::Canonicalization;
use super::dkim_key::{Key, RsaKey};
use super::dkim_signature::{Algorithm, Signature, without_signature};
use super::message::Message;

/// Bits of the RSA keys that this program can verify with. RFC 8301 §3.2 asks for 1024 to 4096.
pub const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;
/// Bits of the longest exponent that the cryptographic library takes.
const MAX_EXPONENT_BITS: usize = 33;
/// The last lines of a body that may have been appended on the way.
const MAX_APPENDED: usize = 64;
/// The longest body that is searched for appended lines, in octets.
const MAX_SEARCHED: usize = 1 << 18;

/// What became of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// It is the one that was signed; the number is that of the octets in its canonical form.
    Intact(u64),
    /// It has fewer octets than were signed.
    Short {
        /// The octets in its canonical form.
        present: u64,
        /// The octets that were signed.
        signed: u64,
    },
    /// It is another one.
    Changed(Option<Change>),
}

/// What was done to a body that is not the one that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing but its white space was changed.
    WhiteSpace,
    /// So many lines were appended.
    Appended(usize),
}

/// Why a signature was not found good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is not made with this key over this header.
    #[error("the signature does not verify")]
    Mismatch,
    /// The key is of another type than the signature.
    #[error("the signature is {0}, the key is not")]
    KeyType(&'static str),
    /// The algorithm or the size of the key must not be accepted (RFC 8301).
    #[error("{0} must not be accepted")]
    Refused(String),
    /// This program cannot tell.
    #[error("{0} is more than this program can verify")]
    Unsupported(String),
}

/// Compares the body with what was signed.
pub fn body(message: &Message, signature: &Signature) -> Body {
    let (hash, present) = hash_body(message.body(), signature.body_form, signature.length);
    if let Some(signed) = signature.length.filter(|signed| *signed > present) {
        return Body::Short { present, signed };
    }
    if hash == signature.body_hash {
        return Body::Intact(present);
    }
    // What the mailbox file did was not done on the way.
    if let Some(body) = message.unquoted_body() {
        let (hash, present) = hash_body(&body, signature.body_form, signature.length);
        if hash == signature.body_hash {
            return Body::Intact(present);
        }
    }
    Body::Changed(change(message, signature))
}

/// The hash of at most so many octets of a canonical body, and how many octets it has.
fn hash_body(body: &[u8], form: Canonicalization, length: Option<u64>) -> (Vec<u8>, u64) {
    let mut hash = Context::new(&SHA256);
    let mut present = 0_u64;
    form.body(body, |piece| {
        let left = length.map_or(u64::MAX, |length| length.saturating_sub(present));
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        hash.update(&piece[..taken]);
        present += piece.len() as u64;
    });
    (hash.finish().as_ref().to_vec(), present)
}

/// Looks for the two changes that servers and lists make most.
fn change(message: &Message, signature: &Signature) -> Option<Change> {
    let body = message.body();
    let is_signed = |body: &[u8], form| hash_body(body, form, signature.length).0 == signature.body_hash;
    if signature.body_form == Canonicalization::Simple && is_signed(body, Canonicalization::Relaxed) {
        return Some(Change::WhiteSpace);
    }
    if body.len() > MAX_SEARCHED {
        return None;
    }
    let mut rest = body;
    for lines in 1..=MAX_APPENDED {
        let text = rest.strip_suffix(b"\n").unwrap_or(rest);
        if rest.is_empty() {
            return None;
        }
        rest = &rest[..text.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1)];
        if is_signed(rest, signature.body_form) {
            return Some(Change::Appended(lines));
        }
    }
    None
}

/// Verifies the signature in the field at this place with a key.
///
/// # Errors
/// [`VerifyError`] if it is not good or cannot be told.
pub fn header(message: &Message, place: usize, signature: &Signature, key: &Key) -> Result<(), VerifyError> {
    let name = signature.algorithm.as_str();
    match (signature.algorithm, key) {
        (Algorithm::RsaSha1, _) => Err(VerifyError::Refused(name.to_owned())),
        (Algorithm::RsaSha256, Key::Rsa(key)) => rsa(key, &signed_octets(message, place, signature), signature),
        (Algorithm::Ed25519Sha256, Key::Ed25519(key)) => {
            // RFC 8463 §3: what is signed is the hash.
            let hash = digest(&SHA256, &signed_octets(message, place, signature));
            let key = UnparsedPublicKey::new(&ED25519, key);
            key.verify(hash.as_ref(), &signature.signature).map_err(|_| VerifyError::Mismatch)
        }
        _ => Err(VerifyError::KeyType(name)),
    }
}

fn rsa(key: &RsaKey, signed: &[u8], signature: &Signature) -> Result<(), VerifyError> {
    if key.bits < *RSA_BITS.start() {
        return Err(VerifyError::Refused(format!("an RSA key of {} bits", key.bits)));
    }
    if key.bits > *RSA_BITS.end() {
        return Err(VerifyError::Unsupported(format!("an RSA key of {} bits", key.bits)));
    }
    let first = key.exponent.first().copied().unwrap_or_default();
    let exponent = (key.exponent.len() * 8).saturating_sub(first.leading_zeros() as usize);
    if exponent > MAX_EXPONENT_BITS {
        return Err(VerifyError::Unsupported(format!("an RSA exponent of {exponent} bits")));
    }
    let key = PublicKeyComponents { n: &key.modulus, e: &key.exponent };
    key.verify(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, signed, &signature.signature)
        .map_err(|_| VerifyError::Mismatch)
}

/// What the signature in the field at this place covers: the fields of `h` from the bottom up, and the field itself
/// without the value of `b` (RFC 6376 §3.7 and §5.4.2).
pub fn signed_octets(message: &Message, place: usize, signature: &Signature) -> Vec<u8> {
    let mut all = Vec::new();
    let mut left = HashMap::new();
    for name in &signature.signed {
        let left = left.entry(name.as_str()).or_insert_with(|| message.places(name).iter().rev());
        // RFC 6376 §3.5: the field itself is never among those of h.
        let next = left.find(|other| **other != place);
        // A field that is not there is signed as absent.
        if let Some(field) = next.and_then(|other| message.field(*other)) {
            signature.header_form.field(field.octets, &mut all);
        }
    }
    if let Some(field) = message.field(place) {
        signature.header_form.field(&without_signature(field.octets), &mut all);
    }
    all
}
