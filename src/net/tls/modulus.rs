//! Arithmetic modulo an odd number of any length, for keys and groups that the TLS library leaves out.
//!
//! It takes a different time for different numbers. That would give secrets away; here are none, for nothing
//! confidential is ever sent over a connection of this module's.

/// An odd modulus and what Montgomery's multiplication needs to know of it.
#[derive(Debug, Clone)]
pub(super) struct Modulus {
    /// The modulus, the least significant limb first.
    limbs: Vec<u64>,
    /// -1 / modulus, modulo 2^64.
    inverse: u64,
    /// 2^(128 · limbs) modulo the modulus.
    square: Vec<u64>,
}

/// A number below a modulus, in Montgomery's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number(Vec<u64>);

impl Modulus {
    /// A modulus from its octets, the most significant first; none if it is even or below 3.
    pub(super) fn new(octets: &[u8]) -> Option<Self> {
        let octets = without_zeros(octets);
        let limbs = limbs_of(octets, octets.len().div_ceil(8));
        let lowest = *limbs.first()?;
        if lowest & 1 == 0 || octets == [1] {
            return None;
        }
        // Newton's iteration doubles the bits that are right: 3, 6, 12, 24, 48, 96.
        let mut inverse = lowest;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(lowest.wrapping_mul(inverse)));
        }
        let mut modulus = Modulus { limbs, inverse: inverse.wrapping_neg(), square: Vec::new() };
        let mut square = vec![0; modulus.limbs.len()];
        square[0] = 1;
        for _ in 0..128 * modulus.limbs.len() {
            square = modulus.sum(&square, &square);
        }
        modulus.square = square;
        Some(modulus)
    }

    /// The length in octets.
    pub(super) fn size(&self) -> usize {
        let top = self.limbs.last().map_or(0, |limb| limb.leading_zeros() as usize / 8);
        self.limbs.len() * 8 - top
    }

    /// A number from its octets, the most significant first; none if it is not below the modulus.
    pub(super) fn number(&self, octets: &[u8]) -> Option<Number> {
        let octets = without_zeros(octets);
        if octets.len() > self.size() {
            return None;
        }
        let plain = limbs_of(octets, self.limbs.len());
        is_below(&plain, &self.limbs).then(|| Number(self.product(&plain, &self.square)))
    }

    /// A number's octets, the most significant first, as many as the modulus has.
    pub(super) fn octets(&self, number: &Number) -> Vec<u8> {
        let mut one = vec![0; self.limbs.len()];
        one[0] = 1;
        let plain = self.product(&number.0, &one);
        let octets: Vec<u8> = plain.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        octets[octets.len() - self.size()..].to_vec()
    }

    /// a + b.
    pub(super) fn add(&self, a: &Number, b: &Number) -> Number {
        Number(self.sum(&a.0, &b.0))
    }

    /// a - b.
    pub(super) fn subtract(&self, a: &Number, b: &Number) -> Number {
        let mut difference = a.0.clone();
        if subtract_from(&mut difference, &b.0) {
            add_to(&mut difference, &self.limbs);
        }
        Number(difference)
    }

    /// a · b.
    pub(super) fn multiply(&self, a: &Number, b: &Number) -> Number {
        Number(self.product(&a.0, &b.0))
    }

    /// A number to a power, whose octets have the most significant first.
    pub(super) fn power(&self, base: &Number, exponent: &[u8]) -> Number {
        let mut result: Option<Number> = None;
        for bit in exponent.iter().flat_map(|octet| (0..8).rev().map(move |at| octet >> at & 1 == 1)) {
            result = result.map(|result| self.multiply(&result, &result));
            if bit {
                result = Some(result.map_or_else(|| base.clone(), |result| self.multiply(&result, base)));
            }
        }
        result.or_else(|| self.number(&[1])).unwrap_or_else(|| base.clone())
    }

    fn sum(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        let mut sum = a.to_vec();
        if add_to(&mut sum, b) || !is_below(&sum, &self.limbs) {
            subtract_from(&mut sum, &self.limbs);
        }
        sum
    }

    /// a · b / 2^(64 · limbs), Montgomery's way: after each limb of `a` the lowest limb of the sum is made zero and
    /// dropped.
    fn product(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        let count = self.limbs.len();
        let mut sum = vec![0_u64; count + 2];
        for limb in a {
            add_multiple(&mut sum, b, *limb);
            let factor = sum[0].wrapping_mul(self.inverse);
            add_multiple(&mut sum, &self.limbs, factor);
            sum.rotate_left(1);
            sum[count + 1] = 0;
        }
        let over = sum[count] != 0;
        sum.truncate(count);
        if over || !is_below(&sum, &self.limbs) {
            subtract_from(&mut sum, &self.limbs);
        }
        sum
    }
}

/// sum + number · factor; `sum` is two limbs longer than `number`.
fn add_multiple(sum: &mut [u64], number: &[u64], factor: u64) {
    let mut carry = 0_u128;
    let factor = u128::from(factor);
    for (at, limb) in sum.iter_mut().enumerate() {
        let part = number.get(at).map_or(0, |part| u128::from(*part) * factor);
        let total = u128::from(*limb) + part + carry;
        *limb = low(total);
        carry = total >> 64;
    }
}

/// a + b in the place of a; whether a bit is left over.
fn add_to(a: &mut [u64], b: &[u64]) -> bool {
    let mut carry = false;
    for (a, b) in a.iter_mut().zip(b) {
        let (sum, first) = a.overflowing_add(*b);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        (*a, carry) = (sum, first || second);
    }
    carry
}

/// a - b in the place of a; whether b was greater.
fn subtract_from(a: &mut [u64], b: &[u64]) -> bool {
    let mut borrow = false;
    for (a, b) in a.iter_mut().zip(b) {
        let (difference, first) = a.overflowing_sub(*b);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        (*a, borrow) = (difference, first || second);
    }
    borrow
}

fn is_below(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn low(wide: u128) -> u64 {
    u64::try_from(wide & u128::from(u64::MAX)).unwrap_or_default()
}

fn limbs_of(octets: &[u8], count: usize) -> Vec<u64> {
    let limb = |part: &[u8]| part.iter().fold(0_u64, |limb, octet| limb << 8 | u64::from(*octet));
    let mut limbs: Vec<u64> = octets.rchunks(8).map(limb).collect();
    limbs.resize(count.max(1), 0);
    limbs
}

/// Octets without the zeros before them.
pub(super) fn without_zeros(octets: &[u8]) -> &[u8] {
    &octets[octets.iter().take_while(|octet| **octet == 0).count()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_the_school() {
        let modulus = Modulus::new(&497_u32.to_be_bytes()).expect("an odd number");
        let four = modulus.number(&[4]).expect("a number");
        assert_eq!(modulus.octets(&modulus.power(&four, &[0, 13])), 445_u16.to_be_bytes());
        assert_eq!(modulus.octets(&modulus.power(&four, &[])), [0, 1]);
    }

    #[test]
    fn numbers_over_several_limbs_come_out_as_they_went_in() {
        // 2^521 - 1 is a prime: a^(p-1) is 1.
        let mut prime = vec![0xff; 66];
        prime[0] = 1;
        let modulus = Modulus::new(&prime).expect("an odd number");
        let base = modulus.number(&[0x5a; 65]).expect("a number");
        assert_eq!(modulus.octets(&base)[1..], [0x5a; 65]);
        let mut exponent = prime.clone();
        exponent[65] = 0xfe;
        assert_eq!(without_zeros(&modulus.octets(&modulus.power(&base, &exponent))), [1]);
        let zero = modulus.subtract(&base, &base);
        assert_eq!(modulus.subtract(&zero, &base), modulus.subtract(&modulus.add(&zero, &zero), &base));
        assert_eq!(modulus.add(&modulus.subtract(&zero, &base), &base), zero);
    }

    #[test]
    fn what_is_no_modulus_and_no_number_below_it_is_refused() {
        for octets in [&[][..], &[0], &[1], &[0, 8]] {
            assert!(Modulus::new(octets).is_none(), "{octets:?}");
        }
        let modulus = Modulus::new(&[0, 9]).expect("an odd number");
        assert!(modulus.number(&[9]).is_none() && modulus.number(&[1, 0]).is_none());
        assert!(modulus.number(&[0, 0, 8]).is_some());
    }
}
