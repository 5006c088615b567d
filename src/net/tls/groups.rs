//! Groups of key exchanges that servers may insist on and the TLS library leaves out: P-521, X448 (RFC 7748 §5) and
//! the finite fields of RFC 7919.

use std::fmt;

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::{self, FfdheGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

use super::modulus::{Modulus, Number};

/// All of them, in the order in which they are offered behind the library's own.
pub(crate) static MORE: &[&dyn SupportedKxGroup] = &[
    &Secp521r1,
    &X448,
    &FiniteField(NamedGroup::FFDHE2048, ffdhe_groups::FFDHE2048),
    &FiniteField(NamedGroup::FFDHE3072, ffdhe_groups::FFDHE3072),
    &FiniteField(NamedGroup::FFDHE4096, ffdhe_groups::FFDHE4096),
    &FiniteField(NamedGroup::FFDHE6144, ffdhe_groups::FFDHE6144),
    &FiniteField(NamedGroup::FFDHE8192, ffdhe_groups::FFDHE8192),
];

/// A key exchange that has begun: our share, and what makes the secret of the other's.
struct Begun<F> {
    group: NamedGroup,
    share: Vec<u8>,
    finish: F,
}

impl<F: FnOnce(&[u8]) -> Option<Vec<u8>> + Send + Sync> ActiveKeyExchange for Begun<F> {
    fn complete(self: Box<Self>, theirs: &[u8]) -> Result<SharedSecret, Error> {
        let secret = (self.finish)(theirs).ok_or(PeerMisbehaved::InvalidKeyShare)?;
        Ok(SharedSecret::from(&secret[..]))
    }

    fn pub_key(&self) -> &[u8] {
        &self.share
    }

    fn group(&self) -> NamedGroup {
        self.group
    }
}

#[derive(Debug)]
struct Secp521r1;

impl SupportedKxGroup for Secp521r1 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let failed = |_| Error::FailedToGetRandomBytes;
        let key = PrivateKey::generate(&agreement::ECDH_P521).map_err(failed)?;
        let share = key.compute_public_key().map_err(failed)?.as_ref().to_vec();
        let finish = move |theirs: &[u8]| {
            // RFC 8446 §4.2.8.2: uncompressed points alone.
            let theirs = (theirs.first() == Some(&4)).then(|| UnparsedPublicKey::new(&agreement::ECDH_P521, theirs))?;
            agreement::agree(&key, theirs, (), |secret| Ok(secret.to_vec())).ok()
        };
        Ok(Box::new(Begun { group: self.name(), share, finish }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

struct FiniteField(NamedGroup, FfdheGroup<'static>);

impl fmt::Debug for FiniteField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Octets of an exponent; RFC 7919 §5.2 asks for 400 bits in the largest field.
const EXPONENT: usize = 50;

impl SupportedKxGroup for FiniteField {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let exponent: [u8; EXPONENT] = rand::random();
        let begun = || {
            let field = Modulus::new(self.1.p)?;
            let share = field.octets(&field.power(&field.number(self.1.g)?, &exponent));
            Some((field, share))
        };
        let (field, share) = begun().ok_or_else(|| Error::General("a field without a prime".to_owned()))?;
        let finish = move |theirs: &[u8]| {
            // RFC 8446 §4.2.8.1: a share is as long as the prime, and neither 0 nor 1 nor p-1.
            let theirs = (theirs.len() == field.size()).then(|| field.number(theirs))??;
            let one = field.number(&[1])?;
            let zero = field.subtract(&one, &one);
            let trivial = [field.subtract(&zero, &one), one, zero];
            (!trivial.contains(&theirs)).then(|| field.octets(&field.power(&theirs, &exponent)))
        };
        Ok(Box::new(Begun { group: self.0, share, finish }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        Some(self.1)
    }

    fn name(&self) -> NamedGroup {
        self.0
    }
}

#[derive(Debug)]
struct X448;

impl SupportedKxGroup for X448 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut scalar = [0; 56];
        rand::fill(&mut scalar);
        let mut base = [0; 56];
        base[0] = 5;
        let share = x448(&scalar, &base).ok_or_else(|| Error::General("X448 has no base".to_owned()))?;
        // RFC 8446 §7.4.2: a secret of zeros alone comes of a share that must not be taken.
        let finish = move |theirs: &[u8]| x448(&scalar, theirs).filter(|secret| secret.iter().any(|octet| *octet != 0));
        Ok(Box::new(Begun { group: self.name(), share, finish }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X448
    }
}

/// The function X448 of RFC 7748 §5; none if `u` has another length.
fn x448(scalar: &[u8; 56], u: &[u8]) -> Option<Vec<u8>> {
    let mut prime = [0xff; 56];
    prime[27] = 0xfe;
    let field = Modulus::new(&prime)?;
    let mut scalar = *scalar;
    scalar[0] &= 252;
    scalar[55] |= 128;
    let u: Vec<u8> = (u.len() == 56).then(|| u.iter().rev().copied().collect())?;
    // RFC 7748 §5: a number that is not below the prime is taken modulo it.
    let base = field.number(&u).or_else(|| {
        let mut below = u;
        let mut borrow = false;
        for (octet, prime) in below.iter_mut().zip(prime).rev() {
            let (difference, first) = octet.overflowing_sub(prime);
            let (difference, second) = difference.overflowing_sub(u8::from(borrow));
            (*octet, borrow) = (difference, first || second);
        }
        field.number(&below)
    })?;
    let one = field.number(&[1])?;
    let a24 = field.number(&39_081_u32.to_be_bytes())?;
    let times = |a: &Number, b: &Number| field.multiply(a, b);
    let (mut x2, mut z2) = (one.clone(), field.subtract(&one, &one));
    let (mut x3, mut z3) = (base.clone(), one);
    let mut swap = false;
    for bit in scalar.iter().rev().flat_map(|octet| (0..8).rev().map(move |at| octet >> at & 1 == 1)) {
        if swap != bit {
            std::mem::swap(&mut x2, &mut x3);
            std::mem::swap(&mut z2, &mut z3);
        }
        swap = bit;
        let (a, b) = (field.add(&x2, &z2), field.subtract(&x2, &z2));
        let (c, d) = (field.add(&x3, &z3), field.subtract(&x3, &z3));
        let (aa, bb) = (times(&a, &a), times(&b, &b));
        let e = field.subtract(&aa, &bb);
        let (da, cb) = (times(&d, &a), times(&c, &b));
        let (sum, difference) = (field.add(&da, &cb), field.subtract(&da, &cb));
        (x3, z3) = (times(&sum, &sum), times(&base, &times(&difference, &difference)));
        (x2, z2) = (times(&aa, &bb), times(&e, &field.add(&aa, &times(&a24, &e))));
    }
    if swap {
        (x2, z2) = (x3, z3);
    }
    let mut inverse = prime;
    inverse[55] = 0xfd;
    let secret = times(&x2, &field.power(&z2, &inverse));
    Some(field.octets(&secret).into_iter().rev().collect())
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn both_sides_come_to_the_same_secret() {
        // The larger fields differ in their primes alone, and take long where nothing is optimised.
        let is_quick = |group: &&&dyn SupportedKxGroup| group.ffdhe_group().is_none_or(|field| field.p.len() == 256);
        for group in MORE.iter().filter(is_quick) {
            let (ours, theirs) = (group.start().expect("a share"), group.start().expect("a share"));
            let (our_share, their_share) = (ours.pub_key().to_vec(), theirs.pub_key().to_vec());
            let secret = ours.complete(&their_share).expect("a secret");
            assert_eq!(secret.secret_bytes(), theirs.complete(&our_share).expect("a secret").secret_bytes());
            assert!(group.start().expect("a share").complete(&[4; 9]).is_err(), "{group:?}");
        }
    }

    #[test]
    fn x448_is_that_of_rfc_7748_section_5_2() {
        let octets = |hex: &str| HEXLOWER.decode(hex.as_bytes()).expect("hex");
        let scalar = octets(
            "3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3",
        );
        let u = octets(
            "06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086",
        );
        let expected = octets(
            "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f",
        );
        assert_eq!(x448(&scalar.try_into().expect("56 octets"), &u), Some(expected));
        assert_eq!(x448(&[1; 56], &[0; 56]), Some(vec![0; 56]));
        assert!(x448(&[1; 56], &[0xff; 56]).is_some());
    }

    #[test]
    fn shares_that_give_the_secret_away_are_refused() {
        let field = MORE.iter().find(|group| group.name() == NamedGroup::FFDHE2048).expect("a field");
        for last in [0, 1] {
            let mut share = [0; 256];
            share[255] = last;
            assert!(field.start().expect("a share").complete(&share).is_err());
        }
        assert!(X448.start().expect("a share").complete(&[0; 56]).is_err());
    }
}
