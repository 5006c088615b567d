//! A second opinion on a chain whose signatures hold, where the library's verifier comes to its own limits: seven
//! authorities, keys and algorithms that it leaves out (RFC 5280 §6.1).

use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;

use super::walk::End;
use super::{Judge, parse};
use crate::net::tls::signature;

/// What the second verifier makes of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// It leads to a trusted root, and all of it is in order.
    Holds,
    /// It is not in order; why.
    Refused(String),
    /// That cannot be told here either; why.
    Unknown(String),
}

/// Whether an error of the library's verifier may be a limit of its own.
pub fn may_be_a_limit(error: &rustls::Error) -> bool {
    use CertificateError as Error;
    let rustls::Error::InvalidCertificate(error) = error else { return true };
    #[allow(deprecated, reason = "the verifier may still say so")]
    let is_algorithm = matches!(
        error,
        Error::UnsupportedSignatureAlgorithm
            | Error::UnsupportedSignatureAlgorithmContext { .. }
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
    );
    match error {
        // A key that is too long or too short for it fails as a bad signature does.
        Error::BadSignature | Error::UnknownIssuer => true,
        // Its own kinds of errors are not to be had here but by their names.
        Error::Other(why) => {
            let why = format!("{why:?}");
            BUDGETS.iter().any(|name| why.contains(name))
        }
        _ => is_algorithm,
    }
}

/// What the library's verifier calls the ends of its patience.
const BUDGETS: [&str; 3] =
    ["MaximumPathDepthExceeded", "MaximumSignatureChecksExceeded", "MaximumPathBuildCallsExceeded"];

/// The second verifier's opinion of a chain at a time in seconds since 1970.
pub fn second_opinion(chain: &[CertificateDer<'_>], roots: &rustls::RootCertStore, at: i64) -> Opinion {
    let parsed = parse(chain);
    let Some(Some(leaf)) = parsed.first() else { return Opinion::Refused("a certificate cannot be read".to_owned()) };
    let judge = Judge { leaf, parsed: &parsed, roots, faults: Vec::new() };
    let (path, end) = judge.walk();
    match end {
        End::Trusted => judge.opinion(&path, at),
        End::Unknown(why) => Opinion::Unknown(why),
        End::Forged(_) => Opinion::Refused("a signature on the way does not hold".to_owned()),
        End::Itself(_) | End::Missing(_) => Opinion::Refused("a certificate on the way is not sent".to_owned()),
    }
}

impl Judge<'_> {
    /// What there is to say of a path whose signatures hold up to a trusted root.
    pub(super) fn opinion(&self, path: &[usize], at: i64) -> Opinion {
        let certificates = path.iter().filter_map(|index| self.parsed.get(*index)?.as_ref());
        let mut below = 0_u32;
        for (place, one) in certificates.enumerate() {
            match in_order(one, place > 0, below, at) {
                Opinion::Holds => {}
                other => return other,
            }
            // RFC 5280 §6.1.4 (l): authorities that issued to themselves do not count.
            if place > 0 && one.subject().as_raw() != one.issuer().as_raw() {
                below += 1;
            }
        }
        Opinion::Holds
    }
}

/// Whether a certificate may stand in its place, with so many authorities below it.
fn in_order(one: &X509Certificate<'_>, is_authority: bool, below: u32, at: i64) -> Opinion {
    let refused = |why: &str| Opinion::Refused(format!("{}: {why}", super::subject(one)));
    let validity = one.validity();
    if !(validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&at) {
        return refused("out of its time");
    }
    if let Some(hash) = signature::weak_hash(&one.signature_algorithm) {
        return Opinion::Unknown(format!("{}: verifiers differ about {hash}", super::subject(one)));
    }
    if is_authority && !one.is_ca() {
        return refused("not an authority's (RFC 5280 §4.2.1.9)");
    }
    for extension in one.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(constraints)
                if is_authority && constraints.path_len_constraint.is_some_and(|most| most < below) =>
            {
                return refused("more authorities below it than it allows (RFC 5280 §4.2.1.9)");
            }
            ParsedExtension::KeyUsage(usage) if is_authority && !usage.key_cert_sign() => {
                return refused("its key is not for certificates (RFC 5280 §4.2.1.3)");
            }
            ParsedExtension::ExtendedKeyUsage(usage) if !(usage.server_auth || is_authority && usage.any) => {
                return refused("not for servers (RFC 5280 §4.2.1.12)");
            }
            ParsedExtension::NameConstraints(_) => {
                let why = "its name constraints are judged by the first verifier alone";
                return Opinion::Unknown(format!("{}: {why}", super::subject(one)));
            }
            ParsedExtension::BasicConstraints(_)
            | ParsedExtension::KeyUsage(_)
            | ParsedExtension::ExtendedKeyUsage(_)
            | ParsedExtension::SubjectAlternativeName(_)
            | ParsedExtension::CertificatePolicies(_)
            | ParsedExtension::SubjectKeyIdentifier(_)
            | ParsedExtension::AuthorityKeyIdentifier(_) => {}
            // RFC 5280 §4.2: what must be understood, and is not, refuses the certificate.
            _ if extension.critical => return refused(&format!("a critical extension, {}", extension.oid)),
            _ => {}
        }
    }
    Opinion::Holds
}
