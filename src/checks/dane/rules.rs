//! What a domain's TLSA records can mean for the administrator.

use crate::checks::dialogue;
use crate::report::{Cite, Remedy, Rule, Severity};

const ERRORS: Cite = Cite::rfc(7672, "2.1.2");
const DISCOVERY: Cite = Cite::rfc(7672, "2.2");
const MX: Cite = Cite::rfc(7672, "2.2.1");
const TA: Cite = Cite::rfc(7672, "3.1.2");
const PKIX: Cite = Cite::rfc(7672, "3.1.3");
const MATCHING: Cite = Cite::rfc(7672, "3.2");
const TA_NAMES: Cite = Cite::rfc(7672, "3.2.2");
const MANDATORY: Cite = Cite::rfc(7672, "6");
const PUBLISHERS: Cite = Cite::rfc(7672, "9.2");
const RDATA: Cite = Cite::rfc(6698, "2.1");
const USAGE_3: Cite = Cite::rfc(7671, "5.1");
const ROLLOVER: Cite = Cite::rfc(7671, "8.1");
const SIZE: Cite = Cite::rfc(7671, "10.1.2");

rules! {
    beside [dialogue::REFUSED, dialogue::SILENT, dialogue::DOWN, dialogue::PROTOCOL];
    /// Broken signatures. RFC 7672 §2.1.2.
    BOGUS { "dane-bogus", "DNSSEC validation fails", Error, [ERRORS],
        "Validating resolvers withhold the records, and senders that know DANE must not deliver without them: their \
         mail waits in the queue and bounces after some days.",
        "Sign the zone anew and let its DS record at the parent be that of its key; dnsviz.net shows the broken link." }
    /// Nothing that is sent fits. RFC 7672 §3.2.
    MISMATCH { "dane-mismatch", "No TLSA record fits the certificate", Error, [MATCHING, DISCOVERY],
        "Senders that know DANE cannot authenticate the server, so they do not deliver: their mail waits in the queue \
         and bounces after some days.",
        "Publish a TLSA record for the certificate in use, and remove those of certificates that are gone." }
    /// The issuer is there, but nothing leads to it. RFC 7672 §3.1.2.
    CHAIN { "dane-chain", "The certificate chain does not lead to the issuer in the TLSA record", Error, [TA],
        "With usage 2 the certificate must be valid and every certificate up to the issuer must be sent. Senders that \
         know DANE do not deliver otherwise.",
        "Renew the certificate and let the server send the whole chain, or publish a record 3 1 1, which needs neither." }
    /// A certificate for somebody else. RFC 7672 §3.2.2.
    NAME { "dane-name", "The certificate is not for the TLSA base domain", Error, [TA_NAMES],
        "With usage 2 the certificate must bear the name of the host. Senders that know DANE do not deliver otherwise.",
        "Get a certificate for the host's name, or publish a record 3 1 1, for which names do not count." }
    /// No TLS. RFC 7672 §2.2, §6.
    NO_STARTTLS { "dane-no-starttls", "TLSA records promise TLS, and the host does not offer it", Error, [DISCOVERY, MANDATORY],
        "For senders that know DANE the records make TLS mandatory, so they do not deliver here.",
        "Let the mail server offer STARTTLS at this address, or remove the TLSA records until it does." }
    /// TLS that comes to no end. RFC 7672 §2.2.
    HANDSHAKE { "dane-handshake", "TLSA records promise TLS, and the handshake breaks off", Error, [DISCOVERY, MANDATORY],
        "For senders that know DANE the records make TLS mandatory, so they do not deliver here.",
        "See in the mail server's log why it ends the handshake: often the key does not belong to the certificate." }
    /// Records without use. RFC 7672 §3.1.3, RFC 6698 §2.1.
    UNUSABLE { "dane-unusable", "No sender can use this TLSA record", Warning, [PKIX, RDATA],
        "Senders leave it aside. If no other record is left, they demand TLS and authenticate nobody.",
        "Replace it by a record 3 1 1." }
    /// No record for tomorrow. RFC 7671 §8.1.
    NO_ROLLOVER { "dane-no-rollover", "No TLSA record is ready for the next key", Warning, [ROLLOVER, PUBLISHERS],
        "The record for a new key must be known to all resolvers before the key is used. With the current one alone, \
         the next change of keys stops the mail of senders that know DANE.",
        "Publish a second record: 3 1 1 for the next key, made in advance, or 2 1 1 for the issuer of the certificates." }
    /// Records for a certificate instead of a key. RFC 7671 §5.1.
    WHOLE_CERTIFICATE { "dane-whole-certificate", "The TLSA record ends with the certificate", Warning, [USAGE_3],
        "With selector 0 the record stands for this very certificate, and every renewal makes it wrong, even with the \
         same key.",
        "Publish 3 1 1, which stands for the key, and keep the key when the certificate is renewed." }
    /// Whole certificates in the DNS. RFC 7671 §10.1.2.
    FULL { "dane-full", "The TLSA record holds a whole certificate or key", Note, [SIZE],
        "Matching type 0 makes answers large, which some networks lose on their way.",
        "Publish the SHA-256 instead: matching type 1." }
    /// A weak link before the records. RFC 7672 §2.2.1.
    INSECURE_MX { "dane-insecure-mx", "The TLSA records are secure, the domain's MX records are not", Note, [MX],
        "Whoever can forge the MX records leads mail to another host, so the TLSA records protect nothing from attacks.",
        "Sign the domain's zone with DNSSEC and register its DS record with the parent." }
    /// Some senders authenticate all the same. RFC 7672 §2.2.1.
    INSECURE_MX_MISMATCH { "dane-insecure-mx-mismatch", "TLSA records do not fit, which matters even without signed MX records", Warning, [MX],
        "Senders may use the hosts' secure TLSA records although the MX records are not signed, and Postfix does: they \
         do not deliver.",
        "Publish a TLSA record for the certificate in use, and remove those of certificates that are gone." }
    /// Records that nobody believes. RFC 7672 §2.2.
    UNSIGNED { "dane-unsigned", "TLSA records in a zone that is not signed", Note, [DISCOVERY],
        "Without DNSSEC anybody on the way could have written them, so that no sender looks at them.",
        "Sign the zone of the mail host with DNSSEC and register its DS record with the parent, or remove the records." }
    /// The same record twice. RFC 6698 §2.1.
    DUPLICATE { "dane-duplicate", "The same TLSA record is there more than once", Note, [RDATA],
        "One of them was perhaps meant for another key.",
        "Remove it, or publish the record of the next key in its place." }
    /// A way around. RFC 7672 §2.2.1.
    PARTIAL { "dane-partial", "Some of the domain's mail hosts have TLSA records, others have none", Warning, [MX],
        "Whoever disturbs the connections to the protected hosts makes senders use the others, without DANE.",
        "Publish TLSA records for every mail host of the domain." }
    /// A renewal that would stop the mail. RFC 7671 §8.1.
    NEXT_MISMATCH { "dane-next-mismatch", "No TLSA record fits the certificate that is to come", Error, [ROLLOVER, PUBLISHERS],
        "As soon as the server uses it, senders that know DANE do not deliver any more.",
        "Publish its record first, and install it when the old answers have left all caches." }
}
