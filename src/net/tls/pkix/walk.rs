//! The way from a server's certificate upwards, whatever the certificates on it are worth otherwise.

use aws_lc_rs::digest;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::Judge;
use crate::net::tls::certificate;
use crate::net::tls::signature::{self, Signed};

/// How the way upwards from a server's certificate ends.
pub(super) enum End {
    Trusted,
    /// At a certificate that signed itself.
    Itself(usize),
    /// At one whose issuer is not there.
    Missing(usize),
    /// At one whose signature is not that of its issuer.
    Forged(usize),
    /// At one whose signature nobody here understands; why.
    Unknown(String),
}

/// Signatures that are looked at: a hundred authorities may bear one name.
const MAX_SIGNATURES: usize = 256;

impl Judge<'_> {
    /// The certificates from the server's own upwards, and how the way ends.
    pub(super) fn walk(&self) -> (Vec<usize>, End) {
        let mut path = vec![0];
        let mut left = MAX_SIGNATURES;
        loop {
            let index = path.last().copied().unwrap_or_default();
            let Some(one) = &self.parsed[index] else { return (path, End::Missing(index)) };
            let unknown = || End::Unknown(unknown(one));
            match self.rooted(one) {
                Some(Signed::Yes) => return (path, End::Trusted),
                Some(Signed::Unknown) => return (path, unknown()),
                Some(Signed::No) | None => {}
            }
            if one.subject().as_raw() == one.issuer().as_raw() {
                match signature::verify(one, one.public_key()) {
                    Signed::Yes => return (path, End::Itself(index)),
                    Signed::Unknown => return (path, unknown()),
                    Signed::No => {}
                }
            }
            let mut named = false;
            let mut above = None;
            for (candidate, issuer) in self.parsed.iter().enumerate() {
                let Some(issuer) = issuer else { continue };
                if path.contains(&candidate) || issuer.subject().as_raw() != one.issuer().as_raw() {
                    continue;
                }
                named = true;
                left = match left.checked_sub(1) {
                    Some(left) => left,
                    None => return (path, End::Unknown(format!("more than {MAX_SIGNATURES} signatures to verify"))),
                };
                match signature::verify(one, issuer.public_key()) {
                    Signed::Yes => above = Some(candidate),
                    Signed::Unknown => return (path, unknown()),
                    Signed::No => continue,
                }
                break;
            }
            match above {
                Some(above) => path.push(above),
                None if named || self.rooted(one).is_some() => return (path, End::Forged(index)),
                None => return (path, End::Missing(index)),
            }
        }
    }

    /// Whether a trusted root of the issuer's name made the signature; none if there is no such root.
    fn rooted(&self, one: &X509Certificate<'_>) -> Option<Signed> {
        let mut best = None;
        for root in &self.roots.roots {
            if sequence(&root.subject) != one.issuer().as_raw() {
                continue;
            }
            let key = sequence(&root.subject_public_key_info);
            let Ok((_, key)) = SubjectPublicKeyInfo::from_der(&key) else { continue };
            match signature::verify(one, &key) {
                Signed::Yes => return Some(Signed::Yes),
                // Authorities may have the same name; then the certificate says which of their keys is meant.
                Signed::No if names_another_key(one, &key) => {}
                other => best = Some(other),
            }
        }
        best
    }
}

/// Whose signature cannot be verified here.
fn unknown(one: &X509Certificate<'_>) -> String {
    let (algorithm, subject) = (signature::name_of(&one.signature_algorithm), certificate::name(one.subject()));
    format!("the signature of {subject}, {algorithm}, cannot be verified here")
}

/// Whether a certificate says that another key than this one signed it: by a hash of the key, as RFC 5280 §4.2.1.2
/// and RFC 7093 §2 make it.
fn names_another_key(one: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> bool {
    let named = one.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(identifier) => identifier.key_identifier.as_ref(),
        _ => None,
    });
    let Some(named) = named else { return false };
    let is_hash_of = |algorithm, octets: &[u8]| {
        let hash = digest::digest(algorithm, octets);
        hash.as_ref().get(..named.0.len()).is_some_and(|hash| hash == named.0)
    };
    let bits: &[u8] = &key.subject_public_key.data;
    let ways = [&digest::SHA1_FOR_LEGACY_USE_ONLY, &digest::SHA256, &digest::SHA384, &digest::SHA512];
    !ways.into_iter().any(|algorithm| is_hash_of(algorithm, bits) || is_hash_of(algorithm, key.raw))
}

/// A trust anchor's parts are the contents of a DER sequence; this is the sequence.
fn sequence(contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut der = vec![0x30];
    match length {
        0..=0x7f => der.extend(length.to_be_bytes().last()),
        _ => {
            let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
            der.push(0x80 | u8::try_from(octets.len()).unwrap_or(0));
            der.extend(octets);
        }
    }
    der.extend_from_slice(contents);
    der
}
