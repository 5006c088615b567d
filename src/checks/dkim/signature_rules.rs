//! What the signatures of a message can mean for the administrator.

use crate::report::{Cite, Remedy, Rule, Severity};

const FIELD: Cite = Cite::rfc(6376, "3.5");
const HEADER: Cite = Cite::rfc(6376, "5.4");
const VALIDATE: Cite = Cite::rfc(6376, "6.1.1");
const KEY: Cite = Cite::rfc(6376, "6.1.2");
const VERIFY: Cite = Cite::rfc(6376, "6.1.3");

/// No signature at all, or none of the domain. RFC 6376 §6.1.
pub(super) static UNSIGNED: Rule = Rule {
    id: "dkim-unsigned",
    title: "The message is not signed",
    severity: Severity::Error,
    cites: &[Cite::rfc(6376, "6.1")],
    why: "Without a signature DMARC has nothing but SPF to go by, which ends at the first forwarder. Large receivers \
          refuse bulk mail that is not signed.",
    remedy: Remedy::Act(
        "Let the mail server sign what it sends, and take the copy for this test from a mailbox elsewhere: a copy \
             from Sent was stored before it was signed.",
    ),
};

/// A body that is not the one that was signed. RFC 6376 §6.1.3.
pub(super) static BODY_CHANGED: Rule = Rule {
    id: "dkim-body-changed",
    title: "The body was changed after it was signed",
    severity: Severity::Error,
    cites: &[VERIFY, FIELD],
    why: "The hash in bh is not that of the body, so that the signature fails. Footers and banners, virus scanners, \
          conversions of 8-bit text and editors that save the message again do that.",
    remedy: Remedy::Act(
        "Sign last, behind everything that changes the message, with c=relaxed/relaxed; and save the message as it \
             was received, without opening it in an editor.",
    ),
};

/// A signature that the key does not match. RFC 6376 §6.1.3.
pub(super) static HEADER_CHANGED: Rule = Rule {
    id: "dkim-header-changed",
    title: "The signature does not verify",
    severity: Severity::Error,
    cites: &[VERIFY],
    why: "Either a signed field of the header was changed after signing, or the key that is published is not the one \
          that signs. Lists that put a tag into the subject, and servers that fold, repair or add fields do the first; \
          a key that was renewed on one side only does the second.",
    remedy: Remedy::Act(
        "Compare the published key with the signer's own; if they are the same, sign last, with c=relaxed/relaxed, \
             and leave fields that are changed on the way out of h.",
    ),
};

/// A signature past its date. RFC 6376 §3.5.
pub(super) static EXPIRED: Rule = Rule {
    id: "dkim-expired",
    title: "The signature has expired",
    severity: Severity::Error,
    cites: &[FIELD, VALIDATE],
    why: "Receivers may treat a signature as missing once the time in x has passed. Mail that waits in a queue loses \
          its signature that way.",
    remedy: Remedy::Act("Let the signer leave x out, or set it a week or more behind t; and set the clocks by NTP."),
};

/// A signature that ends before it begins. RFC 6376 §3.5.
pub(super) static EXPIRY_ORDER: Rule = Rule {
    id: "dkim-expiry-order",
    title: "The signature ends before it begins",
    severity: Severity::Error,
    cites: &[FIELD],
    why: "The time in x must be later than that in t. Verifiers refuse the signature otherwise.",
    remedy: Remedy::Act("Let the signer leave x out, or set it a week or more behind t."),
};

/// A signature of the future. RFC 6376 §3.5.
pub(super) static FUTURE: Rule = Rule {
    id: "dkim-future",
    title: "The signature is dated in the future",
    severity: Severity::Warning,
    cites: &[FIELD],
    why: "Receivers may ignore a signature whose t lies in the future.",
    remedy: Remedy::Act("Set the signer's clock by NTP."),
};

/// A From field that is not signed. RFC 6376 §5.4.
pub(super) static FROM_UNSIGNED: Rule = Rule {
    id: "dkim-from-unsigned",
    title: "The From field is not signed",
    severity: Severity::Error,
    cites: &[HEADER, VALIDATE],
    why: "A signature must cover From. Verifiers ignore one that does not.",
    remedy: Remedy::Act("Add from to the fields that the signer signs (h)."),
};

/// A message without exactly one From field. RFC 5322 §3.6.
pub(super) static FROM_FIELD: Rule = Rule {
    id: "dkim-from-field",
    title: "The message does not have exactly one From field",
    severity: Severity::Error,
    cites: &[Cite::rfc(5322, "3.6"), Cite::rfc(6376, "8.15")],
    why: "A second From field lets a signature cover one author while people are shown another. Large receivers \
          refuse such mail, and mail without From.",
    remedy: Remedy::Act("Let whatever writes the message set From once."),
};

/// A body that is signed in part. RFC 6376 §8.2.
pub(super) static BODY_LENGTH: Rule = Rule {
    id: "dkim-body-length",
    title: "The signature covers only a number of octets of the body",
    severity: Severity::Warning,
    cites: &[Cite::rfc(6376, "8.2"), FIELD],
    why: "With l anybody can append text of their own, even HTML that hides the rest, and the signature stays good. \
          Some receivers ignore such signatures.",
    remedy: Remedy::Act("Let the signer leave l out."),
};

/// A signature over SHA-1. RFC 8301 §3.1.
pub(super) static SIGNATURE_SHA1: Rule = Rule {
    id: "dkim-signature-sha1",
    title: "The signature is made with SHA-1",
    severity: Severity::Error,
    cites: &[Cite::rfc(8301, "3.1")],
    why: "rsa-sha1 must neither be made nor accepted any more. Verifiers count such a signature as failed.",
    remedy: Remedy::Act("Let the signer use rsa-sha256."),
};

/// A field that verifiers cannot read. RFC 6376 §6.1.1.
pub(super) static SIGNATURE_SYNTAX: Rule = Rule {
    id: "dkim-signature-syntax",
    title: "The DKIM-Signature field is malformed",
    severity: Severity::Error,
    cites: &[VALIDATE, FIELD, Cite::rfc(6376, "3.2")],
    why: "Verifiers must ignore a signature with a missing tag, a tag that stands twice or a value that breaks the \
          grammar.",
    remedy: Remedy::Act("Correct the signer, or the server behind it that rewrote the field."),
};

/// A version, algorithm, form or method that nobody knows. RFC 6376 §6.1.1.
pub(super) static SIGNATURE_UNKNOWN: Rule = Rule {
    id: "dkim-signature-unknown",
    title: "The signature uses what verifiers do not know",
    severity: Severity::Error,
    cites: &[VALIDATE, FIELD],
    why: "Verifiers know v=1, a=rsa-sha256 and a=ed25519-sha256, simple and relaxed in c, and q=dns/txt.",
    remedy: Remedy::Act("Let the signer use a=rsa-sha256 and c=relaxed/relaxed, and leave q out."),
};

/// A signature and a key of different types. RFC 6376 §6.1.2.
pub(super) static KEY_MISMATCH: Rule = Rule {
    id: "dkim-key-mismatch",
    title: "The key is of another type than the signature",
    severity: Severity::Error,
    cites: &[KEY, Cite::rfc(8463, "4.2")],
    why: "An RSA signature needs an RSA key, an Ed25519 signature one with k=ed25519.",
    remedy: Remedy::Act(
        "Publish the key of the signer at its selector, with k as the signer's type; RSA and Ed25519 need a \
             selector each.",
    ),
};

/// An identity that is not the domain's. RFC 6376 §6.1.1.
pub(super) static IDENTITY: Rule = Rule {
    id: "dkim-identity",
    title: "The identity in i is not of the domain in d",
    severity: Severity::Error,
    cites: &[FIELD, VALIDATE, Cite::rfc(6376, "3.6.1")],
    why: "The domain in i must be that in d or below it; if the key has t=s it must be the same. Verifiers ignore the \
          signature otherwise.",
    remedy: Remedy::Act(
        "Let the signer leave i out, or set it to the domain in d; remove s from t in the key if subdomains sign.",
    ),
};

/// A good signature that DMARC cannot use. RFC 9989 §4.4.1.
pub(super) static UNALIGNED: Rule = Rule {
    id: "dkim-unaligned",
    title: "No good signature is of the domain in From",
    severity: Severity::Warning,
    cites: &[Cite::rfc(9989, "4.4.1"), Cite::rfc(7489, "3.1.1")],
    why: "DMARC counts a signature only if its d has the organizational domain of From, and with adkim=s only if it is \
          the domain in From. This message passes DMARC by SPF or not at all.",
    remedy: Remedy::Act(
        "Let the service that sends sign with your own domain in d: it has a setting for that, and gives you the \
             selector's record to publish.",
    ),
};

/// A bad signature beside a good one. RFC 6376 §6.1.
pub(super) static OTHER_SIGNATURE: Rule = Rule {
    id: "dkim-other-signature",
    title: "Another signature of the message is not good",
    severity: Severity::Note,
    cites: &[Cite::rfc(6376, "6.1")],
    why: "Receivers take the signature that verifies and treat the other one as if it was not there.",
    remedy: Remedy::Nothing("Nothing; if it is your own signer's, correct it or stop making that signature."),
};
