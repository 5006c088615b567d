//! What a mail host's TLS can mean for the administrator.

use crate::checks::dialogue;
use crate::report::{Cite, Remedy, Rule, Severity};

const STARTTLS: Cite = Cite::rfc(3207, "4");
const INJECTION: Cite = Cite::rfc(3207, "4.2");
const MIDDLE: Cite = Cite::rfc(3207, "6");
const VERSIONS: Cite = Cite::rfc(9325, "3.1.1");
const OLD: Cite = Cite::rfc(8996, "4");
const SUITES: Cite = Cite::rfc(9325, "4.1");
const RECOMMENDED: Cite = Cite::rfc(9325, "4.2");
const KEYS: Cite = Cite::rfc(9325, "4.5");
const VALIDITY: Cite = Cite::rfc(5280, "4.1.2.5");
const PATH: Cite = Cite::rfc(5280, "6.1");
const CERTIFICATE: Cite = Cite::rfc(5280, "4.1");
const VERSION3: Cite = Cite::rfc(5280, "4.1.2.1");
const CONSTRAINTS: Cite = Cite::rfc(5280, "4.2.1.9");
const PURPOSE_OF_KEY: Cite = Cite::rfc(5280, "4.2.1.12");
const NAMES: Cite = Cite::rfc(9525, "6");
const WILDCARDS: Cite = Cite::rfc(9525, "6.3");
const COMMON: Cite = Cite::rfc(9525, "2");
const CHAIN: Cite = Cite::rfc(8446, "4.4.2");
const PROOF: Cite = Cite::rfc(8446, "4.4.3");
const HASHES: Cite = Cite::rfc(9155, "2");
const CLIENT_AUTH: Cite = Cite::rfc(8446, "6.2");
const SNI: Cite = Cite::rfc(7672, "8.1");
const SERVER_NAME: Cite = Cite::rfc(6066, "3");
const STAPLE: Cite = Cite::rfc(7633, "4.2");
const PLAIN_AUTH: Cite = Cite::rfc(4954, "4");
const DANE: Cite = Cite::rfc(7672, "3.1");
const DANE_RULE: Cite = Cite::rfc(7672, "2.2");
const POLICY: Cite = Cite::rfc(8461, "5");
const POLICY_CERTIFICATE: Cite = Cite::rfc(8461, "4.2");

rules! {
    beside [
        EXCUSED, dialogue::REFUSED, dialogue::SILENT, dialogue::DOWN, dialogue::PROTOCOL, dialogue::IMPLICIT_PLAIN
    ];
    /// No STARTTLS at any address. RFC 3207 §4.
    NONE { "tls-none", "The mail host does not offer STARTTLS", Error, [STARTTLS],
        "Mail to this host crosses the Internet in clear. Senders that demand TLS, by MTA-STS, DANE or a rule of their \
         own, do not deliver at all.",
        "Give the mail server a certificate and switch STARTTLS on for port 25 (Postfix: smtpd_tls_security_level = \
         may; Exim: tls_advertise_hosts = *)." }
    /// STARTTLS at some addresses. RFC 3207 §4.
    SOME { "tls-some-addresses", "STARTTLS is offered at some addresses of the host only", Error, [STARTTLS],
        "Which address a sender takes is chance, so that some mail crosses the Internet in clear or is deferred.",
        "Switch STARTTLS on for this address too, or let no MX record lead to it." }
    /// STARTTLS overwritten. RFC 3207 §6.
    OVERWRITTEN { "tls-blotted", "Something on the way blots STARTTLS out", Error, [MIDDLE, STARTTLS],
        "The server offers STARTTLS and a firewall overwrites the word, so that all mail stays in clear where it can \
         be read and changed.",
        "Switch off SMTP inspection in the firewall before the mail server (Cisco: no inspect esmtp, or \
         allow-tls; others call it SMTP fixup or protocol inspection)." }
    /// STARTTLS offered and refused. RFC 3207 §4.
    DECLINED { "tls-declined", "STARTTLS is offered and then refused", Error, [STARTTLS],
        "Senders see the offer, take it and are turned away; most then deliver in clear, others defer the mail.",
        "See the mail server's log for the reason: mostly a certificate or key file that cannot be read." }
    /// No handshake comes about. RFC 3207 §4.1.
    HANDSHAKE { "tls-handshake", "The TLS handshake does not come to an end", Error, [STARTTLS, VERSIONS],
        "Senders cannot make the connection private; most then deliver in clear, others defer the mail.",
        "See the mail server's log for this handshake; test certificate, key and cipher settings, and whether a \
         firewall meddles with TLS." }
    /// No handshake without a certificate of the client's. RFC 8446 §6.2.
    CLIENT_CERTIFICATE { "tls-client-certificate", "The mail host demands a certificate of its clients", Error, [CLIENT_AUTH, STARTTLS],
        "Senders have no certificate that it would accept: their handshakes fail, and most then deliver in clear, \
         others defer the mail.",
        "Request client certificates without requiring them on port 25 (Postfix: smtpd_tls_req_ccert = no; Exim: leave \
         tls_verify_hosts empty)." }
    /// No handshake without SNI. RFC 7672 §8.1.
    NEEDS_NAME { "tls-needs-sni", "TLS works only for clients that send a server name", Warning, [SNI, SERVER_NAME],
        "Many senders send no server name: Postfix does so only where DANE applies or the administrator asks for it. \
         Their handshakes fail, and they deliver in clear or defer the mail.",
        "Give the mail server a default certificate for connections without a server name (HAProxy: no strict-sni)." }
    /// Nothing newer than TLS 1.1. RFC 8996 §4.
    OLD_ONLY { "tls-old-version-only", "The mail host speaks no TLS newer than 1.1", Error, [OLD, VERSIONS],
        "TLS 1.0 and 1.1 are withdrawn and today's libraries refuse them, so that senders deliver in clear or not at \
         all.",
        "Update the mail server's TLS library and allow TLS 1.2 and 1.3 (Postfix: smtpd_tls_protocols = >=TLSv1.2)." }
    /// Still TLS 1.0 or 1.1. RFC 8996 §4.
    OLD_TOO { "tls-old-version", "TLS 1.0 or 1.1 is still accepted", Note, [OLD, VERSIONS],
        "A client that has TLS 1.2 or 1.3 is not harmed. RFC 8996 withdraws the old versions all the same, and audits \
         ask about them; who has nothing newer may deliver in clear once they are off.",
        "Allow TLS 1.2 and later alone, once the log shows that no sender needs the old ones." }
    /// SSL 3.0. RFC 9325 §3.1.1.
    SSL3 { "tls-ssl3", "SSL 3.0 is still accepted", Warning, [VERSIONS],
        "SSL 3.0 is broken; what is sent over it can be read.",
        "Switch SSL 3.0 off." }
    /// Key exchanges without TLS 1.3 and elliptic curves. RFC 9325 §4.1.
    OLD_KEY_EXCHANGE { "tls-old-key-exchange", "No key exchange over elliptic curves is offered", Warning, [SUITES, RECOMMENDED],
        "Several TLS libraries have dropped key exchange by RSA and over finite fields: their senders cannot make the \
         connection private. By RSA, stored mail can be read later by whoever gets the key.",
        "Allow ECDHE suites and TLS 1.3; often the TLS library is too old, or a cipher setting names suites one by one." }
    /// Suites that protect nothing. RFC 9325 §4.1.
    WEAK_SUITES { "tls-weak-suites", "Cipher suites are accepted that protect little", Warning, [SUITES],
        "Suites without encryption, with export keys, RC4, single DES or MD5 can be read or changed on the way. Senders \
         with better ones do not take them.",
        "Remove them from the cipher setting (OpenSSL: HIGH:!aNULL:!eNULL:!EXPORT:!RC4:!DES:!MD5)." }
    /// Octets in clear behind STARTTLS. RFC 3207 §4.2.
    INJECTED { "tls-injected", "Something was sent in clear behind the answer to STARTTLS", Warning, [INJECTION],
        "Whoever can put words there makes careless clients believe that they came from inside TLS (CVE-2011-0411).",
        "Update the mail server, and see whether a proxy before it speaks SMTP of its own." }
    /// AUTH before TLS. RFC 4954 §4.
    AUTH_IN_CLEAR { "tls-auth-in-clear", "Passwords are asked for in clear", Warning, [PLAIN_AUTH],
        "AUTH with PLAIN or LOGIN is offered before TLS: a client that takes it shows the password to everybody on the \
         way.",
        "Offer AUTH inside TLS only (Postfix: smtpd_tls_auth_only = yes), or not at all on port 25." }
    /// Past its end. RFC 5280 §4.1.2.5.
    EXPIRED { "tls-expired", "The certificate has expired", Error, [VALIDITY],
        "Senders that verify certificates, by MTA-STS or a rule of their own, do not deliver.",
        "Renew the certificate, and let the mail server read the new one; a renewal that is not loaded changes nothing." }
    /// Soon at its end. RFC 5280 §4.1.2.5.
    EXPIRES { "tls-expires", "The certificate expires soon", Warning, [VALIDITY],
        "From that moment on senders that verify certificates do not deliver.",
        "Renew the certificate now, and see why it was not renewed by itself." }
    /// Before its beginning. RFC 5280 §4.1.2.5.
    NOT_YET { "tls-not-yet-valid", "The certificate is not valid yet", Error, [VALIDITY],
        "Senders that verify certificates do not deliver until then.",
        "Install a certificate that is valid today, and set the clock of the machine that issues them." }
    /// An issuer out of its time. RFC 5280 §6.1.
    ISSUER_EXPIRED { "tls-issuer-expired", "A certificate in the chain is out of its time", Error, [PATH, VALIDITY],
        "The chain is not valid without it, so senders that verify certificates do not deliver.",
        "Install the issuer's present intermediate certificate beside your own." }
    /// Another name. RFC 9525 §6.
    WRONG_NAME { "tls-wrong-name", "The certificate is for other names", Error, [NAMES, POLICY_CERTIFICATE],
        "Senders compare the certificate with the host's name in the MX record. If it is not there they cannot tell the \
         host from an impostor.",
        "Get a certificate with the host's name in it, or let the MX record name a host that the certificate is for." }
    /// A wildcard over too many labels. RFC 9525 §6.3.
    WILDCARD { "tls-wildcard", "The certificate's wildcard does not reach the host's name", Error, [WILDCARDS],
        "A wildcard stands for exactly one label: *.example.com covers mx.example.com and not a.mx.example.com.",
        "Get a certificate with the host's own name in it." }
    /// No DNS name. RFC 9525 §2.
    NO_NAME { "tls-no-name", "The certificate has no DNS name", Error, [COMMON, POLICY_CERTIFICATE],
        "Names are looked for among the subject alternative names. The common name has not counted for years.",
        "Get a certificate with the host's name as a subject alternative name." }
    /// Signed by itself. RFC 5280 §6.1.
    SELF_SIGNED { "tls-self-signed", "The certificate is signed by itself", Error, [PATH, POLICY_CERTIFICATE],
        "Anybody can make one like it, so senders that verify certificates do not deliver. Others encrypt, and cannot \
         tell whom they talk to.",
        "Get a certificate from a public authority, which costs nothing with ACME; or publish TLSA records for this one, \
         if the zone is signed." }
    /// An issuer that was not sent. RFC 8446 §4.4.2.
    INCOMPLETE { "tls-chain-incomplete", "The certificate's chain is not complete", Error, [CHAIN, PATH],
        "Senders cannot find the way from the certificate to a root they trust: an intermediate certificate is not \
         sent, or the authority is one that nobody knows.",
        "Let the mail server send the whole chain: the file is mostly called fullchain.pem." }
    /// An authority nobody trusts. RFC 5280 §6.1.
    UNTRUSTED { "tls-untrusted-authority", "The certificate is from an authority that is not trusted", Error, [PATH],
        "Senders that verify certificates do not know the authority and do not deliver.",
        "Get a certificate from a public authority. If the authority is yours and so are the senders, test with --ca-file." }
    /// An authority's own certificate. RFC 5280 §4.2.1.9.
    AUTHORITY { "tls-authority-as-server", "The certificate is one for an authority", Error, [CONSTRAINTS],
        "It says that it may sign others. Several verifiers do not take such a certificate from a server.",
        "Issue a certificate for the server, without CA:TRUE." }
    /// Not for servers. RFC 5280 §4.2.1.12.
    PURPOSE { "tls-purpose", "The certificate is not one for servers", Error, [PURPOSE_OF_KEY],
        "Its extended key usage leaves servers out, so verifiers refuse it.",
        "Get a certificate whose extended key usage includes serverAuth." }
    /// A short key. RFC 9325 §4.5.
    SMALL_KEY { "tls-weak-key", "A key of the certificates is too short", Warning, [KEYS],
        "RSA keys below 2048 bits and curves below 256 bits are within reach of attackers; many TLS libraries refuse \
         them.",
        "Make a new key, RSA of 2048 bits or ECDSA on P-256, and get a certificate for it." }
    /// A broken hash. RFC 9155 §2.
    WEAK_SIGNATURE { "tls-weak-signature", "A certificate is signed with a broken hash", Error, [KEYS, HASHES],
        "Certificates signed with SHA-1 or MD5 can be forged, so verifiers refuse them.",
        "Get a certificate that is signed with SHA-256; public authorities have nothing else." }
    /// Older than version 3. RFC 5280 §4.1.2.1.
    OLD_CERTIFICATE { "tls-old-certificate", "The certificate is older than X.509 version 3", Error, [VERSION3],
        "It cannot say for which names and purposes it is, and verifiers refuse it.",
        "Issue it anew as version 3, with the host's name as a subject alternative name." }
    /// A signature that is not its issuer's. RFC 5280 §6.1.
    BAD_SIGNATURE { "tls-bad-signature", "A certificate's signature is not its issuer's", Error, [PATH],
        "The certificate was changed after it was signed, or the wrong intermediate certificate is sent with it.",
        "Install certificate and chain as the authority delivered them." }
    /// Not made with the certificate's key. RFC 8446 §4.4.3.
    PROOF_FAULT { "tls-handshake-signature", "The server does not prove that the certificate is its own", Error, [PROOF],
        "Its signature of the handshake does not fit the certificate's key, and every client ends the connection.",
        "Install key and certificate that belong together." }
    /// No certificate at all. RFC 5280 §4.1.
    MALFORMED { "tls-malformed-certificate", "The certificate cannot be read", Error, [CERTIFICATE],
        "Clients cannot read it either and end the connection.",
        "Install the certificate as the authority delivered it." }
    /// Anything else a verifier minds. RFC 5280 §6.1.
    REJECTED { "tls-rejected", "A verifier rejects the certificate", Error, [PATH],
        "The chain leads to a trusted root, and yet it breaks a rule: of names or lengths that an authority is bound to, \
         or by a critical extension.",
        "Ask the authority for a certificate that keeps its own constraints." }
    /// A promise to staple that is not kept. RFC 7633 §4.2.
    NO_STAPLE { "tls-no-staple", "The certificate promises a stapled OCSP response, and none is sent", Warning, [STAPLE],
        "The certificate says must-staple; clients that know the extension end the connection.",
        "Let the mail server staple OCSP responses, or get a certificate without must-staple: few mail servers can staple." }
    /// Different certificates. RFC 8446 §4.4.2.
    DIFFERENT { "tls-certificates-differ", "The addresses of the host show different certificates", Note, [CHAIN],
        "That may be meant. If one of them was forgotten at the last renewal it shows here first.",
        "See that every machine behind the name gets the new certificate at each renewal." }
    /// DANE senders stay away. RFC 7672 §2.2.
    DANE_DEFERS { "tls-dane-defers", "Senders that know DANE do not deliver to this host", Error, [DANE_RULE, DANE],
        "The zone's signed TLSA records must match the certificate, or the records cannot be believed: such senders keep \
         the mail and return it after some days.",
        "Run the dane check on this domain: it names the records to publish." }
    /// MTA-STS senders stay away. RFC 8461 §5.
    POLICY_DEFERS { "tls-mta-sts-defers", "Senders that enforce the MTA-STS policy do not deliver to this host", Error, [POLICY, POLICY_CERTIFICATE],
        "The policy demands a host that it names, with a valid certificate for that name, over TLS 1.2 or later: such \
         senders keep the mail and return it after some days.",
        "Mend the certificate, or correct the policy's mx lines; until then the mode testing lets mail through." }
}

/// PKIX faults that DANE makes up for. RFC 7672 §3.1.
pub(super) static EXCUSED: Rule = Rule {
    id: "tls-dane-vouches",
    title: "TLSA records vouch for a certificate that PKIX would refuse",
    severity: Severity::Note,
    cites: &[DANE],
    why: "Senders that know DANE deliver. Those that do not know it and verify certificates do not.",
    remedy: Remedy::Nothing(
        "Nothing needs to be done for DANE; a certificate from a public authority would satisfy the others too.",
    ),
};
