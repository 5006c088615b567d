//! DKIM key records (RFC 6376 §3.6.1, RFC 8301, RFC 8463) and the keys in them.

use data_encoding::BASE64_NOPAD;

use super::tag_list::TagList;

/// A key record, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// All tags in their order.
    pub list: TagList,
    /// `v`.
    pub version: Version,
    /// `k`: the type of the key.
    pub key_type: KeyType,
    /// `h`: the hashes that may be used; none if any may.
    pub hashes: Option<Vec<String>>,
    /// `s`: the services the key is for; none if it is for all.
    pub services: Option<Vec<String>>,
    /// `t`: flags.
    pub flags: Vec<String>,
    /// `p`: the key.
    pub key: Key,
    /// Whether the padding of the base64 text is missing.
    pub lacks_padding: bool,
}

/// The version of a key record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// There is none, which means `DKIM1`.
    Absent,
    /// `DKIM1`, at the front.
    Dkim1,
    /// `DKIM1`, behind other tags.
    NotFirst,
    /// Something else; the record must be discarded.
    Other(String),
}

/// The type of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyType {
    /// RSA, which is the default.
    Rsa,
    /// Ed25519 (RFC 8463).
    Ed25519,
    /// Something else; the record must be ignored.
    Unknown(String),
}

/// What `p` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// There is no `p`.
    Missing,
    /// `p` is empty: the key is revoked.
    Revoked,
    /// An RSA key.
    Rsa(RsaKey),
    /// An Ed25519 key.
    Ed25519([u8; 32]),
    /// A key of an unknown type.
    Unknown,
    /// Nothing that can be used.
    Unusable(KeyError),
}

/// An RSA key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RsaKey {
    /// The length of the modulus.
    pub bits: usize,
    /// The modulus, big-endian, without leading zeros.
    pub modulus: Vec<u8>,
    /// The public exponent, big-endian, without leading zeros.
    pub exponent: Vec<u8>,
    /// Whether it is a bare RSAPublicKey instead of a SubjectPublicKeyInfo.
    pub is_bare: bool,
}

/// Why `p` holds no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A character that base64 does not have.
    #[error("the character {character:?}, number {position} of p, is not base64")]
    Base64 {
        /// The character.
        character: char,
        /// Its position in the value, counted in characters from 1.
        position: usize,
    },
    /// Base64 that ends in the middle of an octet.
    #[error("the base64 text of p is cut off")]
    Cut,
    /// DER that ends before its own length says so.
    #[error("the key is cut off: it has {present} octets of {announced}")]
    Truncated {
        /// The octets there.
        present: usize,
        /// The octets there should be.
        announced: usize,
    },
    /// Not a public key in DER.
    #[error("p holds no public key: {0}")]
    Der(&'static str),
    /// An Ed25519 key of another length.
    #[error("an Ed25519 key has 32 octets, this has {0}")]
    Ed25519Length(usize),
    /// An RSA exponent that is even or one.
    #[error("the exponent of the RSA key is not an odd number above one")]
    Exponent,
}

/// The tags of RFC 6376 §3.6.1, and `g` of RFC 4871.
const KNOWN: &[&str] = &["v", "g", "h", "k", "n", "p", "s", "t"];

impl KeyRecord {
    /// Reads a text.
    pub fn parse(text: &str) -> KeyRecord {
        let list = TagList::parse(text);
        let version = match (list.tags.iter().position(|tag| tag.name == "v"), list.value("v")) {
            (None, _) | (_, None) => Version::Absent,
            (Some(0), Some("DKIM1")) => Version::Dkim1,
            (Some(_), Some("DKIM1")) => Version::NotFirst,
            (Some(_), Some(other)) => Version::Other(other.to_owned()),
        };
        let key_type = match list.value("k").unwrap_or("rsa") {
            "rsa" => KeyType::Rsa,
            "ed25519" => KeyType::Ed25519,
            other => KeyType::Unknown(other.to_owned()),
        };
        let words = |name| list.value(name).map(colon_list);
        let (key, lacks_padding) = match list.value("p") {
            None => (Key::Missing, false),
            Some(value) => read_key(value, &key_type),
        };
        KeyRecord {
            version,
            hashes: words("h"),
            services: words("s"),
            flags: words("t").unwrap_or_default(),
            key_type,
            key,
            lacks_padding,
            list,
        }
    }

    /// Whether the text is meant as a key record at all.
    pub fn is_key_record(&self) -> bool {
        self.version == Version::Dkim1 || self.list.tag("p").is_some()
    }

    /// Whether SHA-256 may be used with the key (RFC 8301 §3.1 leaves no other hash).
    pub fn allows_sha256(&self) -> bool {
        self.hashes.as_ref().is_none_or(|hashes| hashes.iter().any(|hash| hash == "sha256"))
    }

    /// Whether the key is for mail (RFC 6376 §3.6.1).
    pub fn is_for_mail(&self) -> bool {
        self.services.as_ref().is_none_or(|names| names.iter().any(|name| name == "*" || name == "email"))
    }

    /// Whether the flag stands in `t`.
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|other| other == flag)
    }

    /// The names of tags that nobody knows.
    pub fn unknown_tags(&self) -> impl Iterator<Item = &str> {
        self.list.tags.iter().map(|tag| tag.name.as_str()).filter(|name| !KNOWN.contains(name))
    }
}

fn colon_list(value: &str) -> Vec<String> {
    value.split(':').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

fn read_key(value: &str, key_type: &KeyType) -> (Key, bool) {
    let text: String = value.chars().filter(|next| !next.is_ascii_whitespace()).collect();
    if text.is_empty() {
        return (Key::Revoked, false);
    }
    let (octets, lacks_padding) = match base64(value) {
        Ok(decoded) => decoded,
        Err(error) => return (Key::Unusable(error), false),
    };
    let key = match key_type {
        KeyType::Unknown(_) => Key::Unknown,
        // RFC 8463 §4: the 32 octets of RFC 8032, without ASN.1 around them.
        KeyType::Ed25519 => match <[u8; 32]>::try_from(octets.as_slice()) {
            Ok(key) => Key::Ed25519(key),
            Err(_) => Key::Unusable(KeyError::Ed25519Length(octets.len())),
        },
        KeyType::Rsa => rsa_key(&octets).map_or_else(Key::Unusable, Key::Rsa),
    };
    (key, lacks_padding)
}

/// Decodes base64 with white space in it (RFC 6376 §2.10), and tells whether its padding is missing.
///
/// # Errors
/// [`KeyError`] with the position of what is wrong.
pub fn base64(value: &str) -> Result<(Vec<u8>, bool), KeyError> {
    let mut text = String::with_capacity(value.len());
    let mut padding = 0;
    for (index, character) in value.chars().enumerate() {
        if matches!(character, ' ' | '\t' | '\r' | '\n') {
            continue;
        }
        let is_digit = character.is_ascii_alphanumeric() || matches!(character, '+' | '/');
        // Nothing but padding comes behind padding.
        if !(character == '=' && padding < 2 || is_digit && padding == 0) {
            return Err(KeyError::Base64 { character, position: index + 1 });
        }
        if character == '=' {
            padding += 1;
        } else {
            text.push(character);
        }
    }
    let lacks_padding = !(text.len() + padding).is_multiple_of(4);
    // The alphabet is checked above; what is left to refuse is an end within an octet.
    BASE64_NOPAD.decode(text.as_bytes()).map(|octets| (octets, lacks_padding)).map_err(|_| KeyError::Cut)
}

/// Reads an RSA key: a SubjectPublicKeyInfo, as the world publishes it (RFC 6376 erratum 3017), or the bare
/// RSAPublicKey that RFC 6376 §3.6.1 names.
///
/// # Errors
/// [`KeyError`] if it is neither.
pub fn rsa_key(octets: &[u8]) -> Result<RsaKey, KeyError> {
    let mut outer = Der(octets);
    let mut inside = Der(outer.read(SEQUENCE)?);
    if !outer.0.is_empty() {
        return Err(KeyError::Der("octets follow the key"));
    }
    let is_bare = inside.0.first() == Some(&INTEGER);
    if !is_bare {
        let mut algorithm = Der(inside.read(SEQUENCE)?);
        if algorithm.read(OBJECT_IDENTIFIER)? != RSA_ENCRYPTION {
            return Err(KeyError::Der("its algorithm is not RSA"));
        }
        let bits = inside.read(BIT_STRING)?;
        let Some((0, key)) = bits.split_first() else { return Err(KeyError::Der("its bit string is odd")) };
        inside = Der(Der(key).read(SEQUENCE)?);
    }
    let modulus = positive(inside.read(INTEGER)?)?;
    let exponent = positive(inside.read(INTEGER)?)?;
    if exponent == [1] || exponent.last().is_none_or(|last| last % 2 == 0) {
        return Err(KeyError::Exponent);
    }
    let first = modulus.first().copied().unwrap_or_default();
    let bits = (modulus.len() * 8).saturating_sub(first.leading_zeros() as usize);
    Ok(RsaKey { bits, modulus: modulus.to_vec(), exponent: exponent.to_vec(), is_bare })
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// 1.2.840.113549.1.1.1 (RFC 8017 appendix A.1).
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// What is left of a DER text.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the next element, which must be of this type.
    fn read(&mut self, tag: u8) -> Result<&'a [u8], KeyError> {
        let (&first, rest) = self.0.split_first().ok_or(KeyError::Der("it ends too early"))?;
        if first != tag {
            return Err(KeyError::Der("it is no SubjectPublicKeyInfo"));
        }
        let (length, rest) = length(rest)?;
        let header = self.0.len() - rest.len();
        let Some((contents, rest)) = rest.split_at_checked(length) else {
            return Err(KeyError::Truncated { present: self.0.len(), announced: header.saturating_add(length) });
        };
        self.0 = rest;
        Ok(contents)
    }
}

/// A length in one to five octets.
fn length(octets: &[u8]) -> Result<(usize, &[u8]), KeyError> {
    let (&first, rest) = octets.split_first().ok_or(KeyError::Der("it ends too early"))?;
    if first < 0x80 {
        return Ok((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    let Some((digits, rest)) = rest.split_at_checked(count).filter(|_| (1..=4).contains(&count)) else {
        return Err(KeyError::Der("a length in it is none"));
    };
    Ok((digits.iter().fold(0, |value, digit| value << 8 | usize::from(*digit)), rest))
}

/// A positive INTEGER without its leading zeros.
fn positive(octets: &[u8]) -> Result<&[u8], KeyError> {
    if octets.first().is_none_or(|first| first & 0x80 != 0) {
        return Err(KeyError::Der("a number in it is not positive"));
    }
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    Ok(&octets[zeros..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6376 appendix C.
    const BRISBANE: &str = "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ\
        KBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt\
        IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v\
        /RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi\
        tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";
    /// RFC 8463 appendix A.2.
    const ED25519: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn key(text: &str) -> Key {
        KeyRecord::parse(text).key
    }

    #[test]
    fn keys_of_rfc_6376_and_rfc_8463_are_read() {
        let Key::Rsa(rsa) = key(BRISBANE) else { panic!("an RSA key") };
        assert_eq!((rsa.bits, rsa.exponent.as_slice(), rsa.is_bare), (1024, &[1, 0, 1][..], false));
        assert!(matches!(key(ED25519), Key::Ed25519([0xd7, 0x5a, 0x98, ..])));
        // RFC 6376 §3.6.1: an empty p is a revoked key.
        assert_eq!(key("v=DKIM1; p="), Key::Revoked);
        assert_eq!(key("v=DKIM1; p= \r\n ;"), Key::Revoked);
        assert_eq!(key("v=DKIM1"), Key::Missing);
    }

    #[test]
    fn white_space_in_the_key_folds_and_padding_may_be_missed() {
        let folded = ED25519.replace("7TyW", "7T \r\n\tyW");
        assert!(matches!(key(&folded), Key::Ed25519(_)));
        let record = KeyRecord::parse(ED25519.trim_end_matches('='));
        assert!(record.lacks_padding && matches!(record.key, Key::Ed25519(_)));
        assert!(!KeyRecord::parse(ED25519).lacks_padding);
    }

    #[test]
    fn what_is_no_key_says_why() {
        let unusable = |text: &str| match key(text) {
            Key::Unusable(error) => error.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(unusable("p=MIG\"fMA0"), "the character '\"', number 4 of p, is not base64");
        assert_eq!(unusable("p=A===B"), "the character '=', number 4 of p, is not base64");
        assert_eq!(unusable("p=AAAAA"), "the base64 text of p is cut off");
        assert_eq!(unusable(&BRISBANE[..BRISBANE.len() - 40]), "the key is cut off: it has 132 octets of 162");
        assert_eq!(unusable("k=ed25519; p=AAAA"), "an Ed25519 key has 32 octets, this has 3");
        assert!(unusable("p=AAAA").contains("SubjectPublicKeyInfo"));
        assert!(unusable("p=MAA=").contains("ends too early"));
    }

    #[test]
    fn bare_key_and_the_bits_of_its_modulus_are_seen() {
        // SEQUENCE { INTEGER 0x00ff01, INTEGER 3 }: 16 bits.
        let bare = rsa_key(&[0x30, 8, 2, 3, 0, 0xff, 1, 2, 1, 3]).expect("a key");
        assert_eq!((bare.bits, bare.is_bare), (16, true));
        assert_eq!(rsa_key(&[0x30, 7, 2, 2, 0x1f, 1, 2, 1, 4]), Err(KeyError::Exponent));
        assert_eq!(rsa_key(&[0x30, 6, 2, 1, 0x80, 2, 1, 3]), Err(KeyError::Der("a number in it is not positive")));
        assert_eq!(rsa_key(&[0x30, 0x88, 1, 1, 1, 1, 1, 1, 1, 1]), Err(KeyError::Der("a length in it is none")));
    }

    #[test]
    fn tags_say_what_the_key_is_for() {
        // RFC 6376 §3.6.1.
        let record = KeyRecord::parse("v=DKIM1; h=sha1; s=tlsrpt; t=y:s; k=x; x=1; p=AAAA");
        assert!(!record.allows_sha256() && !record.is_for_mail() && record.has_flag("y") && record.has_flag("s"));
        assert_eq!((record.key_type, record.key), (KeyType::Unknown("x".into()), Key::Unknown));
        assert_eq!(record.list.value("x"), Some("1"));
        assert_eq!(KeyRecord::parse("k=rsa; v=DKIM1; p=").version, Version::NotFirst);
        assert_eq!(KeyRecord::parse("v=DKIM2; p=").version, Version::Other("DKIM2".into()));
        let plain = KeyRecord::parse("p=");
        assert!(plain.allows_sha256() && plain.is_for_mail() && plain.version == Version::Absent);
    }
}
