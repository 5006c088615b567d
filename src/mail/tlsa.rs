//! TLSA records (RFC 6698, updated by RFC 7671), and what of a certificate they stand for.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo, X509Certificate};

/// A TLSA record as it was published, whatever is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tlsa {
    /// The certificate usage: what the record says of the certificate (RFC 6698 §2.1.1).
    pub usage: u8,
    /// The selector: which part of the certificate it is about (RFC 6698 §2.1.2).
    pub selector: u8,
    /// The matching type: how that part is written (RFC 6698 §2.1.3).
    pub matching: u8,
    /// The certificate association data (RFC 6698 §2.1.4).
    pub data: Vec<u8>,
}

/// The issuing authority's certificate, constrained by public roots.
pub const PKIX_TA: u8 = 0;
/// The server's certificate, constrained by public roots.
pub const PKIX_EE: u8 = 1;
/// The issuing authority's certificate, trusted for this host.
pub const DANE_TA: u8 = 2;
/// The server's certificate, trusted as it is.
pub const DANE_EE: u8 = 3;

/// The whole certificate.
pub const CERT: u8 = 0;
/// The certificate's public key with its algorithm.
pub const SPKI: u8 = 1;

/// The part itself.
pub const FULL: u8 = 0;
/// Its SHA-256.
pub const SHA256: u8 = 1;
/// Its SHA-512.
pub const SHA512: u8 = 2;

/// Why no sender can use a record for mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Public roots mean nothing between mail servers (RFC 7672 §3.1.3).
    #[error("usage {} is for public roots, which DANE for mail does not use", usage_name(*.0))]
    Pkix(u8),
    /// A usage nobody has assigned.
    #[error("usage {0} is not assigned")]
    Usage(u8),
    /// A selector nobody has assigned.
    #[error("selector {0} is not assigned")]
    Selector(u8),
    /// A matching type nobody has assigned.
    #[error("matching type {0} is not assigned")]
    Matching(u8),
    /// A digest that is no digest of this type.
    #[error("the data has {found} octets, a {} has {expected}", matching_name(*.matching))]
    Length {
        /// The matching type.
        matching: u8,
        /// How many octets its digest has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The digest of nothing at all, as scripts publish whose input was missing.
    #[error("the data is the {} of an empty input", matching_name(*.0))]
    Nothing(u8),
    /// Matching type 0 without a certificate.
    #[error("the data is no certificate")]
    NoCertificate,
    /// Matching type 0 without a public key.
    #[error("the data is no public key")]
    NoKey,
}

impl Tlsa {
    /// The record that stands for a part of a certificate; none if it cannot be read.
    pub fn of(usage: u8, selector: u8, matching: u8, certificate: &[u8]) -> Option<Tlsa> {
        let part = selected(selector, certificate)?;
        Some(Tlsa { usage, selector, matching, data: matched(matching, part)? })
    }

    /// The record to publish for a server's certificate: `3 1 1`, which stays right as long as the key is kept
    /// (RFC 7671 §5.1). None if the certificate cannot be read.
    pub fn advised(certificate: &[u8]) -> Option<Tlsa> {
        Tlsa::of(DANE_EE, SPKI, SHA256, certificate)
    }

    /// Why no sender can use it for mail between servers, if so.
    pub fn fault(&self) -> Option<Fault> {
        let Tlsa { usage, selector, matching, data } = self;
        match *usage {
            PKIX_TA | PKIX_EE => return Some(Fault::Pkix(*usage)),
            DANE_TA | DANE_EE => {}
            other => return Some(Fault::Usage(other)),
        }
        if !matches!(*selector, CERT | SPKI) {
            return Some(Fault::Selector(*selector));
        }
        let algorithm = match *matching {
            FULL if *selector == CERT => return (!is_certificate(data)).then_some(Fault::NoCertificate),
            FULL => return (!is_key(data)).then_some(Fault::NoKey),
            SHA256 => &digest::SHA256,
            SHA512 => &digest::SHA512,
            other => return Some(Fault::Matching(other)),
        };
        if data.len() != algorithm.output_len() {
            let (matching, expected) = (*matching, algorithm.output_len());
            return Some(Fault::Length { matching, expected, found: data.len() });
        }
        (digest::digest(algorithm, b"").as_ref() == data).then_some(Fault::Nothing(*matching))
    }

    /// Whether it stands for this certificate, given in DER. Usage, names and dates are not looked at.
    pub fn stands_for(&self, certificate: &[u8]) -> bool {
        let part = selected(self.selector, certificate);
        part.and_then(|part| matched(self.matching, part)).is_some_and(|data| data == self.data)
    }

    /// Whether a sender that knows stronger digests leaves it aside, because another record, which can be used,
    /// says the same by one (RFC 7671 §9).
    pub fn is_overruled_by(&self, usable: &Tlsa) -> bool {
        let alike = (self.usage, self.selector) == (usable.usage, usable.selector);
        alike && self.matching != FULL && self.matching < usable.matching
    }

    /// The first two figures and the matching type, as people call a kind of record: `3 1 1`.
    pub fn kind(&self) -> String {
        format!("{} {} {}", self.usage, self.selector, self.matching)
    }
}

/// The record as a zone file has it, without its owner.
impl fmt::Display for Tlsa {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind(), HEXLOWER.encode(&self.data))
    }
}

impl FromStr for Tlsa {
    type Err = String;

    /// Reads what a zone file has behind `TLSA`: three numbers, and hexadecimal digits with spaces anywhere.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_ascii_whitespace();
        let mut number = |name: &str| -> Result<u8, String> {
            let word = words.next().ok_or_else(|| format!("there is no {name}"))?;
            word.parse().map_err(|_| format!("the {name} \"{word}\" is no number from 0 to 255"))
        };
        let (usage, selector, matching) = (number("usage")?, number("selector")?, number("matching type")?);
        let digits: String = words.collect();
        let data = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
        let data = data.map_err(|error| format!("the data is not hexadecimal: {error}"))?;
        if data.is_empty() {
            return Err("there is no data".to_owned());
        }
        Ok(Tlsa { usage, selector, matching, data })
    }
}

/// The acronym of a usage (RFC 7218 §2.1) behind its number.
pub fn usage_name(usage: u8) -> String {
    let name = match usage {
        PKIX_TA => "PKIX-TA",
        PKIX_EE => "PKIX-EE",
        DANE_TA => "DANE-TA",
        DANE_EE => "DANE-EE",
        _ => return usage.to_string(),
    };
    format!("{usage} ({name})")
}

fn matching_name(matching: u8) -> &'static str {
    if matching == SHA512 { "SHA-512" } else { "SHA-256" }
}

/// The part of a certificate a selector means.
fn selected(selector: u8, certificate: &[u8]) -> Option<&[u8]> {
    match selector {
        CERT => Some(certificate),
        SPKI => Some(X509Certificate::from_der(certificate).ok()?.1.tbs_certificate.subject_pki.raw),
        _ => None,
    }
}

fn matched(matching: u8, part: &[u8]) -> Option<Vec<u8>> {
    match matching {
        FULL => Some(part.to_vec()),
        SHA256 => Some(digest::digest(&digest::SHA256, part).as_ref().to_vec()),
        SHA512 => Some(digest::digest(&digest::SHA512, part).as_ref().to_vec()),
        _ => None,
    }
}

fn is_certificate(data: &[u8]) -> bool {
    X509Certificate::from_der(data).is_ok_and(|(rest, _)| rest.is_empty())
}

fn is_key(data: &[u8]) -> bool {
    SubjectPublicKeyInfo::from_der(data).is_ok_and(|(rest, _)| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate for mx.example on P-256, made by openssl, as are the digests below.
    const CERTIFICATE: &str = "\
        308201963082013ca00302010202142ea2c62693b3b7f7de8a0ee39325b32e396f38ba300a06082a8648ce3d04030230\
        153113301106035504030c0a6d782e6578616d706c65301e170d3236313132323031353333305a170d33363131313930\
        31353333305a30153113301106035504030c0a6d782e6578616d706c653059301306072a8648ce3d020106082a8648ce\
        3d03010703420004ce6a21b186f212d6da499d1831ad6c02ffe5edbd075bbc4f0ca5cff5dc5e7f753d3e92b1ab4c20d4\
        d721ae3b8d8cc240fdd9ccd234f0639fde89fed922504298a36a3068301d0603551d0e04160414e9802c0c21d276c99e\
        6f45cefa1063771a4f2dca301f0603551d23041830168014e9802c0c21d276c99e6f45cefa1063771a4f2dca300f0603\
        551d130101ff040530030101ff30150603551d11040e300c820a6d782e6578616d706c65300a06082a8648ce3d040302\
        0348003045022100a0d5d78648d6158ddd1109f25c237670b845d600de344982661b15ce7aa405840220704006f1c65b\
        6aaf094c6458390f27acf971de8080bb7ea290f54d36f4d8e87a\
        ";
    const KEY: &str = "3059301306072a8648ce3d020106082a8648ce3d03010703420004ce6a21b186f212d6da499d1831ad6c02ffe5edb\
        d075bbc4f0ca5cff5dc5e7f753d3e92b1ab4c20d4d721ae3b8d8cc240fdd9ccd234f0639fde89fed922504298";
    /// Matching types 1 and 2 of the certificate, then of its key.
    const DIGESTS: [(u8, u8, &str); 4] = [
        (CERT, SHA256, "f2bbf50f95ed5e2e9598ec9e7343ea82018bf45cfc5c866ec4bc65fb2b8f95dd"),
        (
            CERT,
            SHA512,
            "ed6037fd51627ffd3f9cecfcbcf0566209caad73f83f8a214ad9c6f33b222a48\
             017351291ba2742a67bf9761068c055cc7eaeee713a5944468ae63b9f2fd58d5",
        ),
        (SPKI, SHA256, "77395f433c1da8c0a966db76345aa5ca98ad877ad0f56952c2016e6600267024"),
        (
            SPKI,
            SHA512,
            "58dd91e250f46981109a570654bcefefdb00b187285b4310ee34797fc35eea65\
             ffec8bff81e8d891934864cba47e38c78e692a698781789e9e1aab11e7aad558",
        ),
    ];
    const NOTHING: [&str; 2] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
         47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    ];

    fn octets(hex: &str) -> Vec<u8> {
        HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal")
    }

    fn record(text: &str) -> Tlsa {
        text.parse().expect("a record")
    }

    #[test]
    fn examples_of_rfc_6698_are_read_and_written() {
        // RFC 6698 §2.3; the whitespace is that of a zone file.
        let first = record("0 0 1 d2abde240d7cd3ee6b4b28c54df034b9\n 7983a1d16e8a410e4561cb106618e971");
        assert_eq!((first.usage, first.selector, first.matching, first.data.len()), (0, 0, 1, 32));
        assert_eq!(first.to_string(), "0 0 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971");
        let second = record(
            "1 1 2 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c\
             1b177615d466f6c4b71c216a50292bd58c9ebdd2f74e38fe51ffd48c43326cbc",
        );
        assert_eq!((second.kind(), second.data.len()), ("1 1 2".to_owned(), 64));
        // RFC 7672 §3.1.3: both usages are for public roots.
        assert_eq!((first.fault(), second.fault()), (Some(Fault::Pkix(0)), Some(Fault::Pkix(1))));
    }

    #[test]
    fn certificate_is_recognised_by_every_selector_and_matching_type() {
        let certificate = octets(CERTIFICATE);
        for (selector, matching, data) in DIGESTS {
            let expected = Tlsa { usage: DANE_EE, selector, matching, data: octets(data) };
            assert_eq!(Tlsa::of(DANE_EE, selector, matching, &certificate), Some(expected.clone()));
            assert!(expected.stands_for(&certificate) && expected.fault().is_none(), "{expected}");
            let mut other = expected;
            other.data[0] ^= 1;
            assert!(!other.stands_for(&certificate) && other.fault().is_none(), "{other}");
        }
        for (selector, data) in [(CERT, CERTIFICATE), (SPKI, KEY)] {
            let full = Tlsa { usage: DANE_TA, selector, matching: FULL, data: octets(data) };
            assert!(full.stands_for(&certificate) && full.fault().is_none());
        }
        let advised = Tlsa::advised(&certificate).expect("a record");
        assert_eq!(advised.to_string(), format!("3 1 1 {}", DIGESTS[2].2));
        assert_eq!(Tlsa::advised(b"no certificate"), None);
    }

    #[test]
    fn record_that_nobody_can_use_says_why() {
        let fault = |text: &str| record(text).fault();
        let digest = DIGESTS[2].2;
        assert_eq!(fault(&format!("4 1 1 {digest}")), Some(Fault::Usage(4)));
        assert_eq!(fault(&format!("3 2 1 {digest}")), Some(Fault::Selector(2)));
        assert_eq!(fault(&format!("3 1 3 {digest}")), Some(Fault::Matching(3)));
        let length = Fault::Length { matching: SHA512, expected: 64, found: 32 };
        assert_eq!(fault(&format!("3 1 2 {digest}")), Some(length.clone()));
        assert_eq!(length.to_string(), "the data has 32 octets, a SHA-512 has 64");
        assert_eq!(fault(&format!("2 0 1 {}", NOTHING[0])), Some(Fault::Nothing(SHA256)));
        assert_eq!(fault(&format!("3 1 2 {}", NOTHING[1])), Some(Fault::Nothing(SHA512)));
        assert_eq!(fault(&format!("3 0 0 {digest}")), Some(Fault::NoCertificate));
        assert_eq!(fault(&format!("3 1 0 {digest}")), Some(Fault::NoKey));
        // A certificate is no key, and a key no certificate.
        assert_eq!(fault(&format!("3 1 0 {CERTIFICATE}")), Some(Fault::NoKey));
        assert_eq!(fault(&format!("3 0 0 {KEY}")), Some(Fault::NoCertificate));
        assert_eq!(fault(&format!("3 0 0 {CERTIFICATE}00")), Some(Fault::NoCertificate));
    }

    #[test]
    fn stronger_digest_counts_alone() {
        // RFC 7671 §9.
        let [weak, strong] =
            [DIGESTS[2], DIGESTS[3]].map(|(_, matching, data)| record(&format!("3 1 {matching} {data}")));
        assert!(weak.is_overruled_by(&strong) && !strong.is_overruled_by(&weak));
        let of_the_certificate = record(&format!("3 0 2 {}", DIGESTS[1].2));
        assert!(!weak.is_overruled_by(&of_the_certificate), "the selector differs");
        assert!(!record(&format!("3 1 0 {KEY}")).is_overruled_by(&strong), "the key itself is no digest");
    }

    #[test]
    fn text_that_is_no_record_is_refused() {
        for text in ["", "3", "3 1", "3 1 1", "3 1 256 00", "3 1 1 0", "3 1 1 xy", "a 1 1 00", "-1 1 1 00"] {
            assert!(text.parse::<Tlsa>().is_err(), "{text}");
        }
        assert_eq!(record(" 3 1 1  AB cd ").to_string(), "3 1 1 abcd");
    }
}
