//! DKIM-Signature fields (RFC 6376 §3.5, RFC 8301, RFC 8463), with all their faults.

use super::canonical::Canonicalization;
use super::dkim_key::base64;
use super::tag_list::{FaultKind, TagList};
use crate::names::domain::Domain;

/// A DKIM-Signature field, as far as it could be read.
#[derive(Debug, Clone)]
pub struct SignatureField {
    /// All tags in their order.
    pub list: TagList,
    /// What it says, or why verifiers must ignore it.
    pub signature: Result<Signature, Vec<SignatureFault>>,
}

/// What a sound DKIM-Signature field says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `a`: how it was made.
    pub algorithm: Algorithm,
    /// `b`: the signature itself.
    pub signature: Vec<u8>,
    /// `bh`: the hash of the body.
    pub body_hash: Vec<u8>,
    /// The first half of `c`.
    pub header_form: Canonicalization,
    /// The second half of `c`.
    pub body_form: Canonicalization,
    /// `d`: who signs.
    pub domain: Domain,
    /// `s`: the name of the key below the domain.
    pub selector: Domain,
    /// `i`: for whom it is signed.
    pub identity: String,
    /// The domain in `i`.
    pub identity_domain: Domain,
    /// `h`: the signed fields in lower case, in the order of signing.
    pub signed: Vec<String>,
    /// `l`: how many octets of the canonical body are signed; none if all are.
    pub length: Option<u64>,
    /// `t`: when it was made, in seconds since 1970.
    pub signed_at_s: Option<u64>,
    /// `x`: when it ends to be valid, in seconds since 1970.
    pub expires_s: Option<u64>,
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA over SHA-256 (RFC 6376 §3.3.2).
    RsaSha256,
    /// Ed25519 over SHA-256 (RFC 8463 §3).
    Ed25519Sha256,
    /// RSA over SHA-1, which must not be used any more (RFC 8301 §3.1).
    RsaSha1,
}

/// Why a DKIM-Signature field must be ignored (RFC 6376 §6.1.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The text is not what the grammar asks for.
    #[error("{0}")]
    Syntax(String),
    /// A tag that must be there is not.
    #[error("the tag {0} is missing")]
    Missing(&'static str),
    /// Something that verifiers do not know.
    #[error("{tag}={value} is not known")]
    Unknown {
        /// The tag.
        tag: &'static str,
        /// Its value.
        value: String,
    },
}

impl Algorithm {
    /// The word in `a`.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::RsaSha256 => "rsa-sha256",
            Algorithm::Ed25519Sha256 => "ed25519-sha256",
            Algorithm::RsaSha1 => "rsa-sha1",
        }
    }
}

impl Signature {
    /// Whether the From field is signed, as it must be (RFC 6376 §5.4).
    pub fn signs_from(&self) -> bool {
        self.signed.iter().any(|name| name == "from")
    }

    /// Whether the domain in `i` is that in `d` or below it (RFC 6376 §3.5).
    pub fn identity_fits(&self) -> bool {
        let above = self.identity_domain.as_str().strip_suffix(self.domain.as_str());
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }

    /// `c` in full.
    pub fn forms(&self) -> String {
        format!("{}/{}", self.header_form.as_str(), self.body_form.as_str())
    }
}

impl SignatureField {
    /// Reads the value of a field, folded or not.
    pub fn parse(value: &[u8]) -> SignatureField {
        let list = TagList::parse(&String::from_utf8_lossy(value));
        let signature = Reader { list: &list, faults: Vec::new() }.read();
        SignatureField { list, signature }
    }
}

/// Reads the tags and collects their faults.
struct Reader<'a> {
    list: &'a TagList,
    faults: Vec<SignatureFault>,
}

impl<'a> Reader<'a> {
    fn read(mut self) -> Result<Signature, Vec<SignatureFault>> {
        for fault in &self.list.faults {
            // RFC 8616 §4: names may stand in U-labels. Everything else has a grammar of its own below.
            if !matches!(fault.kind, FaultKind::Character(character) if !character.is_ascii() && character != '\u{fffd}')
            {
                self.faults.push(SignatureFault::Syntax(fault.to_string()));
            }
        }
        if let Some(version) = self.required("v").filter(|version| *version != "1") {
            self.unknown("v", version);
        }
        let algorithm = self.algorithm();
        let signature = self.base64("b");
        let body_hash = self.base64("bh");
        let forms = self.forms();
        let domain = self.name("d");
        let selector = self.name("s");
        let signed = self.signed();
        let identity = self.identity(domain.as_ref());
        if let Some(methods) = self.list.value("q") {
            // RFC 6376 §3.5: methods that are not known are passed over.
            if !methods.split(':').any(|method| method.trim() == "dns/txt") {
                self.unknown("q", methods);
            }
        }
        let length = self.number("l", 76);
        let signed_at_s = self.number("t", 12);
        let expires_s = self.number("x", 12);
        match (algorithm, signature, body_hash, forms, domain, selector, signed, identity) {
            (
                Some(algorithm),
                Some(signature),
                Some(body_hash),
                Some((header_form, body_form)),
                Some(domain),
                Some(selector),
                Some(signed),
                Some((identity, identity_domain)),
            ) if self.faults.is_empty() => Ok(Signature {
                algorithm,
                signature,
                body_hash,
                header_form,
                body_form,
                domain,
                selector,
                identity,
                identity_domain,
                signed,
                length,
                signed_at_s,
                expires_s,
            }),
            _ => Err(self.faults),
        }
    }

    fn required(&mut self, tag: &'static str) -> Option<&'a str> {
        let list: &'a TagList = self.list;
        let value = list.value(tag).filter(|value| !value.is_empty());
        if value.is_none() {
            self.faults.push(SignatureFault::Missing(tag));
        }
        value
    }

    fn syntax(&mut self, why: String) {
        self.faults.push(SignatureFault::Syntax(why));
    }

    fn unknown(&mut self, tag: &'static str, value: &str) {
        self.faults.push(SignatureFault::Unknown { tag, value: value.to_owned() });
    }

    fn algorithm(&mut self) -> Option<Algorithm> {
        let name = self.required("a")?;
        let all = [Algorithm::RsaSha256, Algorithm::Ed25519Sha256, Algorithm::RsaSha1];
        let found = all.into_iter().find(|algorithm| algorithm.as_str() == name);
        if found.is_none() {
            self.unknown("a", name);
        }
        found
    }

    fn base64(&mut self, tag: &'static str) -> Option<Vec<u8>> {
        let value = self.required(tag)?;
        match base64(value) {
            Ok((octets, _)) => Some(octets),
            Err(_) => {
                self.syntax(format!("{tag} is not base64"));
                None
            }
        }
    }

    /// RFC 6376 §3.5: simple/simple by default, and simple for the body if only the header's form is there.
    fn forms(&mut self) -> Option<(Canonicalization, Canonicalization)> {
        let value = self.list.value("c").unwrap_or("simple/simple");
        let (header, body) = value.split_once('/').unwrap_or((value, "simple"));
        let forms = Canonicalization::from_name(header).zip(Canonicalization::from_name(body));
        if forms.is_none() {
            self.unknown("c", value);
        }
        forms
    }

    fn name(&mut self, tag: &'static str) -> Option<Domain> {
        let value = self.required(tag)?;
        match value.parse() {
            Ok(name) => Some(name),
            Err(error) => {
                self.syntax(format!("{tag}={value}: {error}"));
                None
            }
        }
    }

    fn signed(&mut self) -> Option<Vec<String>> {
        let value = self.required("h")?;
        let names: Vec<String> = value.split(':').map(|name| name.trim().to_ascii_lowercase()).collect();
        match names.iter().find(|name| name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_graphic())) {
            None => Some(names),
            Some(name) => {
                self.syntax(format!("h holds \"{name}\", which is no name of a field"));
                None
            }
        }
    }

    /// RFC 6376 §3.5: `@` and the domain in `d` by default.
    fn identity(&mut self, domain: Option<&Domain>) -> Option<(String, Domain)> {
        let Some(value) = self.list.value("i") else {
            let domain = domain?;
            return Some((format!("@{domain}"), domain.clone()));
        };
        match value.rsplit_once('@').and_then(|(_, domain)| domain.parse().ok()) {
            Some(domain) => Some((value.to_owned(), domain)),
            None => {
                self.syntax(format!("i={value} is no identity"));
                None
            }
        }
    }

    /// A number of at most so many digits. One that this machine cannot hold is as good as endless.
    fn number(&mut self, tag: &'static str, digits: usize) -> Option<u64> {
        let value = self.list.value(tag)?;
        if value.is_empty() || value.len() > digits || !value.bytes().all(|octet| octet.is_ascii_digit()) {
            self.syntax(format!("{tag}={value} is no number of at most {digits} digits"));
            return None;
        }
        Some(value.parse().unwrap_or(u64::MAX))
    }
}

/// A DKIM-Signature field with the value of `b` taken out, white space around it too, and without the CRLF at its end
/// (RFC 6376 §3.7).
pub fn without_signature(field: &[u8]) -> Vec<u8> {
    let field = field.strip_suffix(b"\r\n").unwrap_or(field);
    let start = field.iter().position(|octet| *octet == b':').map_or(0, |colon| colon + 1);
    let mut all = field[..start].to_vec();
    for (index, part) in field[start..].split(|octet| *octet == b';').enumerate() {
        if index > 0 {
            all.push(b';');
        }
        let equals = part.iter().position(|octet| *octet == b'=');
        match equals {
            Some(equals) if part[..equals].trim_ascii() == b"b" => all.extend_from_slice(&part[..=equals]),
            _ => all.extend_from_slice(part),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "v=1; a=rsa-sha256; d=example.org; s=s1; h=From : to:TO; bh=AAAA; b=AA\r\n AA";

    fn parse(text: &str) -> Signature {
        SignatureField::parse(text.as_bytes()).signature.expect(text)
    }

    fn faults(text: &str) -> Vec<String> {
        let faults = SignatureField::parse(text.as_bytes()).signature.expect_err(text);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn defaults_are_those_of_rfc_6376() {
        let read = parse(SOUND);
        assert_eq!(
            (read.forms().as_str(), read.identity.as_str(), read.length),
            ("simple/simple", "@example.org", None)
        );
        assert_eq!((read.signature.len(), read.signed.as_slice()), (3, &["from", "to", "to"].map(str::to_owned)[..]));
        assert_eq!(parse(&format!("{SOUND}; c=relaxed")).forms(), "relaxed/simple");
        assert_eq!(parse(&format!("{SOUND}; zz=1; z=From:a@b; q=x/y:dns/txt;")).forms(), "simple/simple");
    }

    #[test]
    fn faults_are_all_named() {
        assert_eq!(faults("v=1"), ["a", "b", "bh", "d", "s", "h"].map(|tag| format!("the tag {tag} is missing")));
        assert_eq!(faults(&SOUND.replace("v=1", "v=2")), ["v=2 is not known"]);
        assert_eq!(faults(&SOUND.replace("rsa-sha256", "RSA-SHA256")), ["a=RSA-SHA256 is not known"]);
        assert_eq!(
            faults(&format!("{SOUND}; c=relaxed/nofws; q=ldap")),
            ["c=relaxed/nofws is not known", "q=ldap is not known"]
        );
        assert_eq!(faults(&format!("{SOUND}; d=b")), ["column 77: the tag d is there twice"]);
        assert_eq!(
            faults(&format!("{SOUND}; t=1a; x=1234567890123; l=")),
            [
                "l= is no number of at most 76 digits",
                "t=1a is no number of at most 12 digits",
                "x=1234567890123 is no number of at most 12 digits"
            ]
        );
        assert_eq!(faults(&SOUND.replace("From :", "From : :")), ["h holds \"\", which is no name of a field"]);
        assert_eq!(faults(&SOUND.replace("bh=AAAA", "bh=A.")), ["bh is not base64"]);
        assert_eq!(faults(&format!("{SOUND}; i=joe")), ["i=joe is no identity"]);
        assert_eq!(
            faults(&SOUND.replace("s=s1", "s=s 1")),
            ["s=s 1: the character ' ' at column 2 cannot stand in a domain name"]
        );
    }

    #[test]
    fn names_may_stand_in_u_labels() {
        // RFC 8616 §4.
        let read = parse(&SOUND.replace("example.org", "bücher.example"));
        assert_eq!(read.domain.as_str(), "xn--bcher-kva.example");
        let read = SignatureField::parse(&SOUND.replace("example.org", "b\u{fc}").bytes().collect::<Vec<_>>()[..]);
        assert!(read.signature.is_ok());
        assert!(SignatureField::parse(b"v=1; a=\xff").signature.is_err());
    }

    #[test]
    fn identity_is_the_domain_or_below_it() {
        let fits = |identity: &str| parse(&format!("{SOUND}; i={identity}")).identity_fits();
        assert!(fits("@example.org") && fits("joe@EXAMPLE.org") && fits("a=20b@mail.example.org"));
        assert!(!fits("@badexample.org") && !fits("@org") && !fits("joe@example.com"));
    }

    #[test]
    fn value_of_b_is_taken_out_with_the_white_space_around_it() {
        let taken = |text: &str| String::from_utf8(without_signature(text.as_bytes())).expect("ASCII");
        assert_eq!(taken("D: v=1; b = A B\r\n C \r\n ; bh=b; x=b\r\n"), "D: v=1; b =; bh=b; x=b");
        assert_eq!(taken("D: b=AA==\r\n"), "D: b=");
        assert_eq!(taken("D: bh=x;\r\n\tb=\r\n\tA\r\n"), "D: bh=x;\r\n\tb=");
        assert_eq!(taken("D: x\r\n"), "D: x");
    }
}
