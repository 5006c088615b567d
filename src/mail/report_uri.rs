//! Addresses for reports: the `rua` and `ruf` of DMARC (RFC 9989 §4.6) and of TLS-RPT (RFC 8460 §3).

use crate::names::domain::Domain;

/// One address of a list of report addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportUri {
    /// The address as written, without the white space around it.
    pub text: String,
    /// Where reports go to.
    pub destination: Destination,
    /// Whether the obsolete size limit of RFC 7489 §6.2 follows it.
    pub has_size: bool,
}

/// Where reports go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A mailbox at this domain.
    Mail(Domain),
    /// A web server of this name.
    Https(Domain),
    /// By another scheme, which reporters need not know (RFC 9989 §4.7).
    Other(String),
    /// Nowhere.
    Invalid(UriError),
}

/// Why a text is no report address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Nothing stands there.
    #[error("it is empty")]
    Empty,
    /// A mailbox without `mailto:`.
    #[error("it has no scheme; a mailbox begins with mailto:")]
    NoScheme,
    /// A mailbox that is none.
    #[error("it is no mailbox")]
    Mailbox,
    /// A host name that is none.
    #[error("its host is no domain name")]
    Host,
    /// A character that must be percent-encoded.
    #[error("the character {0:?} must be percent-encoded")]
    Character(char),
    /// A size limit that is none.
    #[error("an exclamation mark must be percent-encoded")]
    Exclamation,
}

/// Reads the comma-separated addresses of a tag. A comma inside an address must be encoded (RFC 9989 §4.8).
pub fn parse_list(value: &str) -> Vec<ReportUri> {
    value.split(',').take(MAX_ADDRESSES).map(ReportUri::parse).collect()
}

/// Addresses that are read at most.
const MAX_ADDRESSES: usize = 64;

impl ReportUri {
    fn parse(text: &str) -> ReportUri {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        let (uri, size) = match text.split_once('!') {
            Some((uri, size)) => (uri, Some(size)),
            None => (text, None),
        };
        let destination = match size {
            Some(size) if !is_size(size) => Destination::Invalid(UriError::Exclamation),
            _ => destination(uri).unwrap_or_else(Destination::Invalid),
        };
        ReportUri { text: text.to_owned(), destination, has_size: size.is_some_and(is_size) }
    }

    /// Whether reports can be addressed to it, by a scheme that is known here.
    pub fn is_usable(&self) -> bool {
        matches!(self.destination, Destination::Mail(_) | Destination::Https(_))
    }

    /// Whether it is a URI at all, whatever its scheme.
    pub fn is_uri(&self) -> bool {
        !matches!(self.destination, Destination::Invalid(_))
    }
}

fn destination(uri: &str) -> Result<Destination, UriError> {
    if uri.is_empty() {
        return Err(UriError::Empty);
    }
    // RFC 3986 §2: what may stand in a URI; everything else is encoded.
    let allowed = |next: char| next.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(next);
    if let Some(character) = uri.chars().find(|next| !allowed(*next)) {
        return Err(UriError::Character(character));
    }
    let (scheme, rest) = uri.split_once(':').ok_or(UriError::NoScheme)?;
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return Err(UriError::NoScheme);
    }
    match scheme.to_ascii_lowercase().as_str() {
        "mailto" => mailbox(rest),
        "https" => web(rest),
        other => Ok(Destination::Other(other.to_owned())),
    }
}

/// The `to` of RFC 6068 §2, with one mailbox; header fields may follow.
fn mailbox(rest: &str) -> Result<Destination, UriError> {
    let address = rest.split('?').next().unwrap_or_default();
    let (local, domain) = address.rsplit_once('@').ok_or(UriError::Mailbox)?;
    if local.is_empty() || local.contains('/') {
        return Err(UriError::Mailbox);
    }
    host(domain).map(Destination::Mail)
}

fn web(rest: &str) -> Result<Destination, UriError> {
    let authority = rest.strip_prefix("//").ok_or(UriError::Host)?;
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    host(name).map(Destination::Https)
}

fn host(name: &str) -> Result<Domain, UriError> {
    let name: Domain = name.parse().map_err(|_| UriError::Host)?;
    if name.parent().is_some() && name.is_host_name() { Ok(name) } else { Err(UriError::Host) }
}

/// RFC 7489 §6.4: digits and a unit.
fn is_size(size: &str) -> bool {
    let digits = size.strip_suffix(['k', 'm', 'g', 't', 'K', 'M', 'G', 'T']).unwrap_or(size);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Destination {
        let list = parse_list(text);
        assert_eq!(list.len(), 1, "{text}");
        list[0].destination.clone()
    }

    fn domain(text: &str) -> Domain {
        text.parse().expect("a name")
    }

    #[test]
    fn addresses_of_rfc_9989_and_rfc_8460_are_read() {
        // RFC 9989 appendix B.2 and RFC 8460 §3.
        assert_eq!(one("mailto:dmarc-feedback@example.com"), Destination::Mail(domain("example.com")));
        let two = parse_list("mailto:dmarc-feedback@example.com, mailto:customer-data@thirdparty.example.net");
        assert_eq!(two[1].destination, Destination::Mail(domain("thirdparty.example.net")));
        assert_eq!(one("https://reporting.example.com/v1/tlsrpt"), Destination::Https(domain("reporting.example.com")));
        assert_eq!(one("HTTPS://a.example:8443?x"), Destination::Https(domain("a.example")));
    }

    #[test]
    fn size_limit_is_recognised_and_an_exclamation_mark_is_not() {
        let list = parse_list("mailto:a@example.com!10m,mailto:a@example.com!x");
        assert!(list[0].has_size && list[0].is_usable());
        assert_eq!(list[1].destination, Destination::Invalid(UriError::Exclamation));
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(one("dmarc@example.com"), Destination::Invalid(UriError::NoScheme));
        assert_eq!(one("mailto:example.com"), Destination::Invalid(UriError::Mailbox));
        assert_eq!(one("mailto://a@example.com"), Destination::Invalid(UriError::Mailbox));
        assert_eq!(one("mailto:@example.com"), Destination::Invalid(UriError::Mailbox));
        assert_eq!(one("mailto:a@example"), Destination::Invalid(UriError::Host));
        assert_eq!(one("https:example.com"), Destination::Invalid(UriError::Host));
        assert_eq!(one("mailto:a b@example.com"), Destination::Invalid(UriError::Character(' ')));
        assert_eq!(one(""), Destination::Invalid(UriError::Empty));
        assert_eq!(one("ftp://example.com"), Destination::Other("ftp".into()));
    }
}
