//! Targets: what a user names on the command line or in an input file.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use crate::names::domain::{Domain, DomainError};

/// One target as the user gave it, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The text as given.
    pub input: String,
    /// Its meaning.
    pub kind: TargetKind,
}

/// The meanings of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// One address. An IPv4-mapped IPv6 address is its IPv4 address (RFC 4291 §2.5.5.2).
    Address(IpAddr),
    /// A network; its addresses are tested one by one.
    Network(IpNet),
    /// A domain name.
    Domain(Domain),
    /// A host with a port, which skips the MX look-up.
    Host {
        /// The host's name.
        name: Domain,
        /// The TCP port.
        port: u16,
    },
    /// A mailbox: a local part and a domain.
    Mailbox {
        /// The part before the last `@`.
        local_part: String,
        /// The part after it.
        domain: Domain,
    },
    /// A blocklist by id or zone, which `lists audit` tests.
    List,
    /// Any text at all, for a check that judges what a client may say.
    Text,
    /// A message in a file, which `dkim` tests.
    Message,
    /// A line of an input file that is no target; it is reported and not tested.
    Malformed,
}

/// Why a text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing was given.
    #[error("a target is empty")]
    Empty,
    /// The text looks like an address and is none.
    #[error("\"{0}\" is not a valid IP address")]
    Address(String),
    /// The part before the slash or the prefix length is wrong.
    #[error("\"{0}\" is not a valid network in CIDR form")]
    Network(String),
    /// A URL was given.
    #[error("\"{0}\" is a URL; give the domain alone")]
    Url(String),
    /// An address where only a name makes sense.
    #[error("\"{0}\" is an address; give a domain")]
    NotAName(String),
    /// The port is not a number from 1 to 65535.
    #[error("\"{0}\" does not end in a valid port")]
    Port(String),
    /// A mailbox without a local part.
    #[error("\"{0}\" has nothing before the @")]
    LocalPart(String),
    /// Something that is no mailbox where only one makes sense.
    #[error("\"{0}\" is no mailbox; give LOCAL@DOMAIN")]
    Mailbox(String),
    /// Nothing that could be diagnosed.
    #[error(
        "\"{0}\" is no file, no SMTP reply, no address, domain or mailbox; give a bounce, a log, - or the reply in quotes"
    )]
    Evidence(String),
    /// The domain is malformed.
    #[error("\"{0}\" is not a valid domain name: {1}")]
    Domain(String, DomainError),
}

impl Target {
    /// Any text, as it is given; not even its spaces are dropped.
    pub fn text(text: &str) -> Self {
        Target { input: text.to_owned(), kind: TargetKind::Text }
    }

    /// A target that has a name: not an address, not a network.
    ///
    /// # Errors
    /// [`TargetError`] if the text is no target, or one without a name.
    pub fn of_name(text: &str) -> Result<Self, TargetError> {
        let target: Target = text.parse()?;
        match target.kind {
            TargetKind::Address(_) | TargetKind::Network(_) => Err(TargetError::NotAName(target.input)),
            _ => Ok(target),
        }
    }

    /// The port, if one is given behind a host or an address.
    pub fn port(&self) -> Option<u16> {
        match &self.kind {
            TargetKind::Host { port, .. } => Some(*port),
            TargetKind::Address(_) => {
                // Colons without a bracket or a dot in front belong to an IPv6 address.
                let (address, port) = self.input.rsplit_once(':')?;
                (address.ends_with(']') || address.contains('.') && !address.contains(':')).then_some(())?;
                parse_port(port)
            }
            _ => None,
        }
    }

    /// The whole mailbox, if one is given: of a domain or of an address in brackets.
    pub fn mailbox(&self) -> Option<&str> {
        let named = matches!(self.kind, TargetKind::Mailbox { .. } | TargetKind::Address(_));
        (named && self.input.contains('@')).then_some(self.input.as_str())
    }

    /// The kind in one word, as JSON and CSV show it.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            TargetKind::Address(IpAddr::V4(_)) => "ipv4",
            TargetKind::Address(IpAddr::V6(_)) => "ipv6",
            TargetKind::Network(_) => "network",
            TargetKind::Domain(_) => "domain",
            TargetKind::Host { .. } => "host",
            TargetKind::Mailbox { .. } => "mailbox",
            TargetKind::List => "list",
            TargetKind::Text => "text",
            TargetKind::Message => "message",
            TargetKind::Malformed => "malformed",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.input)
    }
}

impl From<IpAddr> for Target {
    fn from(address: IpAddr) -> Self {
        Target { input: address.to_string(), kind: TargetKind::Address(address) }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let input = text.trim().to_owned();
        let kind = parse_kind(&input)?;
        Ok(Target { input, kind })
    }
}

fn parse_kind(text: &str) -> Result<TargetKind, TargetError> {
    if text.is_empty() {
        return Err(TargetError::Empty);
    }
    if text.contains("://") {
        return Err(TargetError::Url(text.to_owned()));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(TargetKind::Address(canonical(address)));
    }
    if let Some((local_part, domain)) = text.rsplit_once('@') {
        return mailbox(text, local_part, domain);
    }
    if let Some(rest) = text.strip_prefix('[') {
        return bracketed(text, rest);
    }
    if text.contains('/') {
        return network(text);
    }
    if let Some((name, port)) = text.rsplit_once(':') {
        if name.contains(':') {
            return Err(TargetError::Address(text.to_owned()));
        }
        let port = parse_port(port).ok_or_else(|| TargetError::Port(text.to_owned()))?;
        return Ok(match name.parse::<IpAddr>() {
            Ok(address) => TargetKind::Address(address),
            Err(_) => TargetKind::Host { name: domain(name)?, port },
        });
    }
    Ok(TargetKind::Domain(domain(text)?))
}

fn mailbox(text: &str, local_part: &str, host: &str) -> Result<TargetKind, TargetError> {
    if local_part.is_empty() {
        return Err(TargetError::LocalPart(text.to_owned()));
    }
    if let Some(rest) = host.strip_prefix('[') {
        return bracketed(text, rest);
    }
    Ok(TargetKind::Mailbox { local_part: local_part.to_owned(), domain: domain(host)? })
}

/// An address in brackets: `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3) or `[2001:db8::1]`, with
/// or without a port behind it.
fn bracketed(text: &str, rest: &str) -> Result<TargetKind, TargetError> {
    let wrong = || TargetError::Address(text.to_owned());
    let (inner, behind) = rest.split_once(']').ok_or_else(wrong)?;
    if !behind.is_empty() {
        let port = behind.strip_prefix(':').and_then(parse_port);
        port.ok_or_else(|| TargetError::Port(text.to_owned()))?;
    }
    let tagged = inner.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case("ipv6:"));
    let address = if tagged { inner[5..].parse::<Ipv6Addr>().map(IpAddr::V6) } else { inner.parse::<IpAddr>() };
    Ok(TargetKind::Address(canonical(address.map_err(|_| wrong())?)))
}

fn network(text: &str) -> Result<TargetKind, TargetError> {
    let network: IpNet = text.parse().map_err(|_| TargetError::Network(text.to_owned()))?;
    if network.prefix_len() == network.max_prefix_len() {
        return Ok(TargetKind::Address(canonical(network.addr())));
    }
    Ok(TargetKind::Network(network.trunc()))
}

fn domain(text: &str) -> Result<Domain, TargetError> {
    let name: Domain = text.parse().map_err(|error| TargetError::Domain(text.to_owned(), error))?;
    // No top-level domain is numeric (RFC 3696 §2), so this was meant as an address.
    let last = name.labels().next_back().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TargetError::Address(text.to_owned()));
    }
    Ok(name)
}

fn parse_port(text: &str) -> Option<u16> {
    text.parse::<u16>().ok().filter(|port| *port != 0)
}

fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> TargetKind {
        text.parse::<Target>().expect("a valid target").kind
    }

    fn address(text: &str) -> TargetKind {
        TargetKind::Address(text.parse().expect("an address"))
    }

    #[test]
    fn addresses_bare_bracketed_tagged_and_mapped() {
        for text in ["192.0.2.1", "[192.0.2.1]", "::ffff:192.0.2.1", "[IPv6:::ffff:c000:201]", "192.0.2.1/32"] {
            assert_eq!(kind(text), address("192.0.2.1"), "{text}");
        }
        for text in ["2001:db8::1", "[2001:db8::1]", "[IPv6:2001:db8::1]", "[2001:db8::1]:25"] {
            assert_eq!(kind(text), address("2001:db8::1"), "{text}");
        }
    }

    #[test]
    fn names_hosts_and_mailboxes() {
        let example: Domain = "example.com".parse().expect("a name");
        assert_eq!(kind("Example.com."), TargetKind::Domain(example.clone()));
        assert_eq!(kind("example.com:587"), TargetKind::Host { name: example.clone(), port: 587 });
        assert_eq!(kind("a@b@example.com"), TargetKind::Mailbox { local_part: "a@b".into(), domain: example });
        assert_eq!(kind("postmaster@[192.0.2.1]"), address("192.0.2.1"));
    }

    #[test]
    fn malformed_targets_are_named() {
        let errors = [
            ("", "a target is empty"),
            ("300.1.2.3", "\"300.1.2.3\" is not a valid IP address"),
            ("192.0.2.1/33", "\"192.0.2.1/33\" is not a valid network in CIDR form"),
            ("https://example.com", "\"https://example.com\" is a URL; give the domain alone"),
            ("example.com:99999", "\"example.com:99999\" does not end in a valid port"),
            ("@example.com", "\"@example.com\" has nothing before the @"),
            ("2001:db8::g", "\"2001:db8::g\" is not a valid IP address"),
        ];
        for (text, message) in errors {
            assert_eq!(text.parse::<Target>().expect_err(text).to_string(), message);
        }
    }
}
