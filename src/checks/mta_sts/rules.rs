//! What a domain's MTA-STS can mean for the administrator.

use crate::report::{Cite, Remedy, Rule, Severity};

const RECORD: Cite = Cite::rfc(8461, "3.1");
const POLICY: Cite = Cite::rfc(8461, "3.2");
const FETCH: Cite = Cite::rfc(8461, "3.3");
const MATCH: Cite = Cite::rfc(8461, "4.1");
const MODES: Cite = Cite::rfc(8461, "5");
const REMOVAL: Cite = Cite::rfc(8461, "8.3");

rules! {
    beside [];
    /// A policy without a record. RFC 8461 §3.1.
    NO_RECORD { "mta-sts-no-record", "A policy is served, but there is no record", Error, [RECORD],
        "Senders ask for the policy only if the TXT record at _mta-sts tells them that there is one.",
        "Publish the TXT record at _mta-sts." }
    /// More than one record. RFC 8461 §3.1.
    SEVERAL { "mta-sts-several", "Several MTA-STS records", Error, [RECORD],
        "Unless exactly one record is left, senders take it that there is no policy.",
        "Keep one record and remove the others." }
    /// A record that cannot be read. RFC 8461 §3.1.
    BAD_RECORD { "mta-sts-record", "The MTA-STS record is not valid", Error, [RECORD],
        "Senders take a record that is not valid for none: there is no policy for them.",
        "Let the record be v=STSv1; id= with 1 to 32 letters and digits." }
    /// White space in front of the first semicolon. RFC 8461 §3.1.
    SPACED { "mta-sts-record-space", "White space stands before the first semicolon of the record", Warning, [RECORD],
        "The grammar allows it, but where several texts stand at the name RFC 8461 discards those that do not begin \
         with v=STSv1; and some senders always do.",
        "Let the record begin with v=STSv1; without white space in it." }
    /// Further ids. RFC 8461 §3.2.
    DUPLICATE_ID { "mta-sts-duplicate-id", "The record has more than one id", Note, [RECORD, POLICY],
        "Senders take the first id and ignore the others. A policy whose first id never changes is not fetched again \
         before max_age has passed.",
        "Keep one id, the newest." }
    /// A record at the domain itself. RFC 8461 §3.1.
    MISPLACED { "mta-sts-misplaced", "An MTA-STS record stands at the domain instead of below _mta-sts", Warning, [RECORD],
        "Senders look at _mta-sts below the domain and nowhere else.",
        "Move the record to _mta-sts below the domain." }
    /// A policy that one family does not get. RFC 8461 §3.3.
    FAMILY { "mta-sts-family", "The policy is not the same over IPv4 and IPv6", Warning, [FETCH],
        "Senders fetch the policy over either. Those that come over the family that fails have no policy, or keep an \
         old one; the others follow the new one.",
        "Serve the same policy at every address of the policy host, or remove the records of those that fail." }
    /// No policy host. RFC 8461 §3.3.
    NO_HOST { "mta-sts-no-host", "The policy host does not exist", Error, [FETCH],
        "The record promises a policy, and the host that must serve it has no address. Senders without an older policy \
         deliver without one.",
        "Give the host mta-sts below the domain an address, or remove the record." }
    /// A policy host that only an inner network reaches. RFC 8461 §3.3.
    PRIVATE_HOST { "mta-sts-private-host", "The policy host has a private address", Error, [FETCH],
        "Nobody outside can reach the address, so nobody can fetch the policy.",
        "Publish the address that the Internet reaches." }
    /// A certificate that is not the policy host's. RFC 8461 §3.3.
    CERTIFICATE { "mta-sts-certificate", "The certificate of the policy host is not valid", Error, [FETCH],
        "The policy is worth what its certificate is worth: senders ignore a policy whose certificate is not valid for \
         the policy host's own name.",
        "Renew the certificate of the policy host, with its name and its whole chain." }
    /// TLS that comes to no end. RFC 8461 §3.3.
    HANDSHAKE { "mta-sts-handshake", "The policy host does not come to terms over TLS", Error, [FETCH],
        "Senders need TLS 1.2 or later to fetch the policy.",
        "Let the web server offer TLS 1.2 and 1.3 for the policy host's name." }
    /// A redirect. RFC 8461 §3.3.
    REDIRECT { "mta-sts-redirect", "The policy host redirects", Error, [FETCH],
        "Senders must not follow redirects, so they get no policy.",
        "Serve the policy itself at this address." }
    /// Another status than 200. RFC 8461 §3.3.
    STATUS { "mta-sts-status", "The policy host does not serve the policy", Error, [FETCH],
        "Only an answer with status 200 holds a policy.",
        "Serve the policy at /.well-known/mta-sts.txt of the policy host." }
    /// No HTTP. RFC 8461 §3.3.
    HTTP { "mta-sts-http", "The policy host does not speak HTTP", Error, [FETCH],
        "The connection was secured, but no HTTP answer came over it.",
        "Let a web server serve the policy." }
    /// A policy that is too large. RFC 8461 §3.3.
    OVERSIZED { "mta-sts-oversized", "The policy is too large", Error, [FETCH],
        "Senders read 64 KiB and may refuse what is longer.",
        "Serve the policy alone." }
    /// Another media type. RFC 8461 §3.2.
    MEDIA_TYPE { "mta-sts-media-type", "The policy is not served as text/plain", Warning, [POLICY],
        "Senders should refuse other media types, lest a host that stores files for others be taken for the policy host.",
        "Serve the policy with Content-Type: text/plain." }
    /// A part of the policy that senders cannot use. RFC 8461 §3.2.
    BAD_POLICY { "mta-sts-policy", "The policy is not valid", Error, [POLICY],
        "Senders ignore a policy that is not valid. It needs version, mode and max_age, and at least one mx unless the \
         mode is none.",
        "Correct the policy and give the record a new id." }
    /// A key that stands twice. RFC 8461 §3.2.
    DUPLICATE_KEY { "mta-sts-duplicate-key", "A key stands more than once in the policy", Warning, [POLICY],
        "Senders take the first and ignore the others.",
        "Keep one line of each key; only mx may be repeated." }
    /// A key nobody knows. RFC 8461 §3.2.
    UNKNOWN_KEY { "mta-sts-unknown-key", "A key that MTA-STS does not know", Note, [POLICY],
        "Senders ignore it.",
        "Correct the key or remove it." }
    /// A policy that is forgotten within the day. RFC 8461 §3.2.
    SHORT_AGE { "mta-sts-short-age", "Senders keep the policy for less than a day", Warning, [POLICY],
        "The policy protects those who have it in store. An attacker who can suppress its renewal for a day undoes it.",
        "Raise max_age to some weeks, for example 2592000." }
    /// A policy that is kept for days. RFC 8461 §3.2.
    MODEST_AGE { "mta-sts-modest-age", "Senders keep the policy for less than a week", Note, [POLICY],
        "Ages of weeks and more are what RFC 8461 expects.",
        "Raise max_age to some weeks, for example 2592000, once the policy has proved itself." }
    /// A mail exchanger that the policy leaves out. RFC 8461 §4.1.
    UNCOVERED { "mta-sts-uncovered", "A mail exchanger is not covered by the policy", Error, [MATCH, MODES],
        "Senders that enforce the policy do not deliver to a host that no pattern matches; in testing mode they report \
         it.",
        "Add the host to the policy, then give the record a new id." }
    /// A pattern that matches no mail exchanger. RFC 8461 §4.1.
    UNUSED_PATTERN { "mta-sts-unused-pattern", "A pattern matches no mail exchanger", Note, [MATCH],
        "It is left over, or a slip of the pen. Each host it permits could receive mail if the MX records were forged.",
        "Remove the pattern unless the host is about to be used." }
    /// A policy on trial. RFC 8461 §5.
    TESTING { "mta-sts-testing", "The policy is on trial", Warning, [MODES],
        "In testing mode senders deliver whatever the connection is like; they only report.",
        "When the TLS reports are clean, change the mode to enforce and give the record a new id." }
    /// A policy that is being withdrawn. RFC 8461 §8.3.
    MODE_NONE { "mta-sts-none", "The policy says that there is none", Warning, [MODES, REMOVAL],
        "Mode none is for taking MTA-STS out of service; mail is not protected.",
        "When the old max_age has passed, remove record and policy; or change the mode to enforce." }
}
