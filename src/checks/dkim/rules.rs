//! What a DKIM key record can mean for the administrator.

use super::signature_rules;
use crate::report::{Cite, Remedy, Rule, Severity};

const KEY: Cite = Cite::rfc(6376, "3.6.1");
const NAMESPACE: Cite = Cite::rfc(6376, "3.6.2.1");
const RECORD: Cite = Cite::rfc(6376, "3.6.2.2");
const LOOKUP: Cite = Cite::rfc(6376, "6.1.2");
const TAG_LIST: Cite = Cite::rfc(6376, "3.2");
const HASHES: Cite = Cite::rfc(8301, "3.1");
const SIZES: Cite = Cite::rfc(8301, "3.2");
const ED25519: Cite = Cite::rfc(8463, "4.2");

/// No record at a selector that was named. RFC 6376 §6.1.2.
pub(super) static ABSENT: Rule = Rule {
    id: "dkim-absent",
    title: "No key at the selector",
    severity: Severity::Error,
    cites: &[LOOKUP],
    why: "Signatures that name this selector cannot be verified: receivers treat the mail as unsigned.",
    remedy: Remedy::Act(
        "Publish the signer's public key at the selector, or let the signer use a selector that is published.",
    ),
};

/// An empty p at a selector that was named. RFC 6376 §3.6.1.
pub(super) static REVOKED: Rule = Rule {
    id: "dkim-revoked",
    title: "The key is revoked",
    severity: Severity::Error,
    cites: &[KEY],
    why: "An empty p says that the key is no longer valid. Every signature that names it fails.",
    remedy: Remedy::Act("Let the signer use another selector, or publish its public key."),
};

/// An empty p at a selector that was guessed. RFC 6376 §3.6.1.
pub(super) static RETIRED: Rule = Rule {
    id: "dkim-retired",
    title: "A revoked key at a guessed selector",
    severity: Severity::Note,
    cites: &[KEY],
    why: "That is how a key is taken out of service. It matters only if mail is still signed with it.",
    remedy: Remedy::Nothing("Nothing, unless a server still signs with this selector."),
};

/// More than one record at a selector. RFC 6376 §3.6.2.2.
pub(super) static SEVERAL: Rule = Rule {
    id: "dkim-several",
    title: "Several records at one selector",
    severity: Severity::Error,
    cites: &[RECORD],
    why: "What a verifier does with several records is undefined: some take the first, some fail the signature.",
    remedy: Remedy::Act("Keep the record of the key that is in use and give every other key a selector of its own."),
};

/// A text that is no key record. RFC 6376 §3.6.1.
pub(super) static NOT_A_KEY: Rule = Rule {
    id: "dkim-not-a-key",
    title: "The record holds no key",
    severity: Severity::Error,
    cites: &[KEY, LOOKUP],
    why: "A key record needs p. Without it no signature that names the selector can be verified.",
    remedy: Remedy::Act("Publish the signer's public key: v=DKIM1; k=rsa; p=… with the key in base64."),
};

/// A version that is not DKIM1, or not at the front. RFC 6376 §3.6.1.
pub(super) static VERSION: Rule = Rule {
    id: "dkim-version",
    title: "The version of the record is wrong",
    severity: Severity::Error,
    cites: &[KEY],
    why: "If v is there it must come first and be DKIM1. Verifiers discard the record otherwise.",
    remedy: Remedy::Act("Let the record begin with v=DKIM1; or leave v out."),
};

/// A key type that nobody knows. RFC 6376 §3.6.1.
pub(super) static KEY_TYPE: Rule = Rule {
    id: "dkim-key-type",
    title: "The type of the key is unknown",
    severity: Severity::Error,
    cites: &[KEY, ED25519],
    why: "Verifiers ignore keys whose type is neither rsa nor ed25519.",
    remedy: Remedy::Act("Correct k, or publish an RSA key."),
};

/// Hashes without SHA-256. RFC 8301 §3.1.
pub(super) static HASH: Rule = Rule {
    id: "dkim-hash",
    title: "The record does not allow SHA-256",
    severity: Severity::Error,
    cites: &[HASHES, KEY],
    why: "SHA-256 is the only hash left for DKIM. A key that excludes it can verify nothing.",
    remedy: Remedy::Act("Remove h."),
};

/// SHA-1 among the hashes. RFC 8301 §3.1.
pub(super) static SHA1: Rule = Rule {
    id: "dkim-sha1",
    title: "The record still allows SHA-1",
    severity: Severity::Note,
    cites: &[HASHES],
    why: "Signatures with SHA-1 must neither be made nor accepted any more.",
    remedy: Remedy::Act("Remove h."),
};

/// A key for other services than mail. RFC 6376 §3.6.1.
pub(super) static SERVICE: Rule = Rule {
    id: "dkim-service",
    title: "The key is not for mail",
    severity: Severity::Error,
    cites: &[KEY],
    why: "s names the services the key is for, and neither * nor email is among them. Verifiers of mail ignore the \
          record. A key for TLS reports has s=tlsrpt (RFC 8460 §3).",
    remedy: Remedy::Act("Remove s, or sign mail with another selector."),
};

/// A p that is not base64. RFC 6376 §3.6.1.
pub(super) static BASE64: Rule = Rule {
    id: "dkim-base64",
    title: "The key is not base64",
    severity: Severity::Error,
    cites: &[KEY],
    why: "Quotes, backslashes and other strange characters in p come from pasting a zone file's text into a form. \
          Verifiers cannot read the key.",
    remedy: Remedy::Act("Publish p again as one run of base64, without quotes, backslashes or escapes."),
};

/// A p that is base64 of something else. RFC 6376 §3.6.1.
pub(super) static KEY_MALFORMED: Rule = Rule {
    id: "dkim-key-malformed",
    title: "p holds no usable key",
    severity: Severity::Error,
    cites: &[KEY, ED25519],
    why: "The octets are no public key of the type in k. Registrars that cut a text after 255 characters are the \
          usual cause.",
    remedy: Remedy::Act(
        "Publish the whole key again; a text of more than 255 characters goes into several quoted strings of one \
             record.",
    ),
};

/// An RSA key that must not be accepted. RFC 8301 §3.2.
pub(super) static SHORT_KEY: Rule = Rule {
    id: "dkim-short-key",
    title: "The RSA key is too short",
    severity: Severity::Error,
    cites: &[SIZES],
    why: "Verifiers must not accept signatures of keys below 1024 bits. Such a key can be broken in hours, and then \
          anybody signs in your name.",
    remedy: Remedy::Act(
        "Make a key of 2048 bits, publish it at a new selector, switch the signer, then revoke this one.",
    ),
};

/// An RSA key that should not be used. RFC 8301 §3.2.
pub(super) static WEAK_KEY: Rule = Rule {
    id: "dkim-weak-key",
    title: "The RSA key is weak",
    severity: Severity::Warning,
    cites: &[SIZES],
    why: "Signers should use at least 2048 bits; 1024 is the least that verifiers still accept.",
    remedy: Remedy::Act(
        "Make a key of 2048 bits, publish it at a new selector, switch the signer, then revoke this one.",
    ),
};

/// An RSA key that not every verifier takes. RFC 8301 §3.2.
pub(super) static OVERSIZED_KEY: Rule = Rule {
    id: "dkim-oversized-key",
    title: "The RSA key is longer than verifiers need accept",
    severity: Severity::Warning,
    cites: &[SIZES],
    why: "Verifiers must know keys from 1024 to 4096 bits and may refuse longer ones.",
    remedy: Remedy::Act("Use a key of 2048 bits."),
};

/// An RSA key whose record is large. RFC 6376 §3.3.3.
pub(super) static LARGE_KEY: Rule = Rule {
    id: "dkim-large-key",
    title: "The RSA key makes a large record",
    severity: Severity::Note,
    cites: &[Cite::rfc(6376, "3.3.3")],
    why: "The record does not fit into a small DNS datagram, and some providers of DNS do not take it.",
    remedy: Remedy::Nothing("Nothing, if it is answered in full; 2048 bits do as well."),
};

/// An RSA key in the bare form. RFC 6376 §3.6.1.
pub(super) static BARE_KEY: Rule = Rule {
    id: "dkim-bare-key",
    title: "The RSA key is published in a form that not every verifier reads",
    severity: Severity::Warning,
    cites: &[KEY],
    why: "RFC 6376 names the bare RSAPublicKey, but its example and the world use SubjectPublicKeyInfo (erratum \
          3017). Many verifiers read nothing else.",
    remedy: Remedy::Act("Publish the key as openssl rsa -pubout prints it, without the lines around it."),
};

/// Base64 without its padding. RFC 6376 §2.10.
pub(super) static PADDING: Rule = Rule {
    id: "dkim-padding",
    title: "The padding of the key is missing",
    severity: Severity::Warning,
    cites: &[Cite::rfc(6376, "2.10")],
    why: "Strict decoders of base64 refuse the key without the equals signs at its end.",
    remedy: Remedy::Act("Publish p again with the equals signs at its end."),
};

/// A key on trial. RFC 6376 §3.6.1.
pub(super) static TESTING: Rule = Rule {
    id: "dkim-testing",
    title: "The key is marked as a test",
    severity: Severity::Warning,
    cites: &[KEY],
    why: "With t=y the domain says that it is only testing DKIM. Some receivers then treat signed mail as unsigned.",
    remedy: Remedy::Act("Remove y from t."),
};

/// Strict identities. RFC 6376 §3.6.1.
pub(super) static STRICT: Rule = Rule {
    id: "dkim-strict",
    title: "The key is not valid for subdomains in i",
    severity: Severity::Note,
    cites: &[KEY],
    why: "With t=s the domain in a signature's i must be exactly that in d.",
    remedy: Remedy::Nothing("Nothing, unless signatures with a subdomain in i fail."),
};

/// The granularity of RFC 4871. RFC 6376 appendix C.
pub(super) static GRANULARITY: Rule = Rule {
    id: "dkim-granularity",
    title: "The record has the obsolete tag g",
    severity: Severity::Note,
    cites: &[Cite::rfc(4871, "3.6.1"), KEY],
    why: "g restricted the key to some local parts. RFC 6376 dropped it; old verifiers still compare it, and an empty \
          g matches nobody.",
    remedy: Remedy::Act("Remove g."),
};

/// A policy of DKIM's predecessor. RFC 4870 §3.6.
pub(super) static DOMAINKEYS: Rule = Rule {
    id: "dkim-domainkeys",
    title: "A policy of DomainKeys is still published",
    severity: Severity::Note,
    cites: &[Cite::rfc(4870, "3.6")],
    why: "DomainKeys is historic and nobody asks for its policy any more.",
    remedy: Remedy::Act("Remove the TXT record at _domainkey."),
};

/// A part that is no tag. RFC 6376 §3.2.
pub(super) static SYNTAX_FAULT: Rule = Rule {
    id: "dkim-syntax",
    title: "A part of the record is not a tag with a value",
    severity: Severity::Warning,
    cites: &[TAG_LIST],
    why: "Strict verifiers discard a record whose tag list has a fault.",
    remedy: Remedy::Act("Write each tag as name=value and put a semicolon between two of them."),
};

/// A tag that stands twice. RFC 6376 §3.2.
pub(super) static DUPLICATE_TAG: Rule = Rule {
    id: "dkim-duplicate-tag",
    title: "A tag stands more than once",
    severity: Severity::Error,
    cites: &[TAG_LIST],
    why: "A tag list in which a name occurs twice is invalid as a whole, so that the key cannot be used.",
    remedy: Remedy::Act("Keep one tag of each name."),
};

/// A tag nobody knows. RFC 6376 §3.6.1.
pub(super) static UNKNOWN_TAG: Rule = Rule {
    id: "dkim-unknown-tag",
    title: "A tag that DKIM does not know",
    severity: Severity::Note,
    cites: &[KEY],
    why: "Verifiers ignore it.",
    remedy: Remedy::Act("Correct its name or remove it."),
};

/// An alias that leads nowhere. RFC 6376 §3.6.2.1.
pub(super) static DANGLING_ALIAS: Rule = Rule {
    id: "dkim-dangling-alias",
    title: "The selector is an alias for a name without a key",
    severity: Severity::Warning,
    cites: &[NAMESPACE],
    why: "The provider withdrew the key, or never made it. Whoever can have that name can sign in your name.",
    remedy: Remedy::Act("Remove the alias, or let the provider publish the key it points to."),
};

/// A record for every selector. RFC 6376 §3.6.2.1.
pub(super) static WILDCARD: Rule = Rule {
    id: "dkim-wildcard",
    title: "Every selector has a record",
    severity: Severity::Warning,
    cites: &[NAMESPACE, LOOKUP],
    why: "A wildcard answers for selectors that were never set up. A missing key then looks like a broken one, and a \
          wildcard key is valid under any selector.",
    remedy: Remedy::Act("Replace the wildcard by a record for each selector in use."),
};

/// A name server that denies the names above. RFC 8020 §2.
pub(super) static NO_PARENT: Rule = Rule {
    id: "dkim-no-parent",
    title: "The name server denies _domainkey although selectors exist below it",
    severity: Severity::Note,
    cites: &[Cite::rfc(8020, "2")],
    why: "A resolver may conclude from the denial that there are no selectors either, and then signatures fail.",
    remedy: Remedy::Act(
        "Ask the operator of the zone's name servers to answer NOERROR for names with others below them.",
    ),
};

/// All rules of this check.
pub(super) static ALL: &[&Rule] = &[
    &ABSENT,
    &REVOKED,
    &RETIRED,
    &SEVERAL,
    &NOT_A_KEY,
    &VERSION,
    &KEY_TYPE,
    &HASH,
    &SHA1,
    &SERVICE,
    &BASE64,
    &KEY_MALFORMED,
    &SHORT_KEY,
    &WEAK_KEY,
    &OVERSIZED_KEY,
    &LARGE_KEY,
    &BARE_KEY,
    &PADDING,
    &TESTING,
    &STRICT,
    &GRANULARITY,
    &DOMAINKEYS,
    &SYNTAX_FAULT,
    &DUPLICATE_TAG,
    &UNKNOWN_TAG,
    &DANGLING_ALIAS,
    &WILDCARD,
    &NO_PARENT,
    &signature_rules::UNSIGNED,
    &signature_rules::BODY_CHANGED,
    &signature_rules::HEADER_CHANGED,
    &signature_rules::EXPIRED,
    &signature_rules::EXPIRY_ORDER,
    &signature_rules::FUTURE,
    &signature_rules::FROM_UNSIGNED,
    &signature_rules::FROM_FIELD,
    &signature_rules::BODY_LENGTH,
    &signature_rules::SIGNATURE_SHA1,
    &signature_rules::SIGNATURE_SYNTAX,
    &signature_rules::SIGNATURE_UNKNOWN,
    &signature_rules::KEY_MISMATCH,
    &signature_rules::IDENTITY,
    &signature_rules::UNALIGNED,
    &signature_rules::OTHER_SIGNATURE,
];
