//! The servers questions go to, and how users write them.

use std::fmt;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::str::FromStr;
use std::sync::Arc;

use super::Encrypted;
use crate::net::dial::{ConnectTo, redirected};

/// A resolver ready to be asked.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// UDP, and TCP where an answer does not fit.
    Plain(SocketAddr),
    /// TLS or HTTPS, under the name the user gave.
    Encrypted(Arc<str>, Arc<Encrypted>),
}

impl Upstream {
    /// The resolver as shown to people: its address, with the port if it is not 53.
    pub fn label(&self) -> Arc<str> {
        match self {
            Upstream::Plain(SocketAddr::V6(address)) if address.port() == 53 && address.scope_id() != 0 => {
                format!("{}%{}", address.ip(), address.scope_id()).into()
            }
            Upstream::Plain(address) if address.port() == 53 => address.ip().to_string().into(),
            Upstream::Plain(address) => address.to_string().into(),
            Upstream::Encrypted(label, _) => Arc::clone(label),
        }
    }

    /// Whether nobody on the way can speak for it: it is on this machine, or encrypted.
    pub fn is_private(&self) -> bool {
        match self {
            Upstream::Plain(address) => address.ip().is_loopback(),
            Upstream::Encrypted(..) => true,
        }
    }

    /// The address questions go to.
    pub fn address(&self) -> SocketAddr {
        match self {
            Upstream::Plain(address) => *address,
            Upstream::Encrypted(_, encrypted) => encrypted.address,
        }
    }
}

/// A resolver as the user wrote it: `ADDR[:PORT]`, `tls://HOST[:PORT][#NAME]` or `https://HOST[:PORT]/PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// UDP and TCP.
    Plain(SocketAddr),
    /// DNS over TLS (RFC 7858).
    Tls {
        /// Name or address to connect to.
        host: String,
        /// The port.
        port: u16,
        /// The name in the certificate.
        name: String,
    },
    /// DNS over HTTPS (RFC 8484).
    Https {
        /// Name or address to connect to, and the name in the certificate.
        host: String,
        /// The port.
        port: u16,
        /// The path of the query URL.
        path: String,
    },
}

impl FromStr for Spec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH");
        if let Some(rest) = text.strip_prefix("tls://") {
            let (place, name) = rest.split_once('#').map_or((rest, None), |(place, name)| (place, Some(name)));
            let (host, port) = host_and_port(place, 853).ok_or_else(wrong)?;
            let name = name.map_or_else(|| host.clone(), str::to_owned);
            return Ok(Spec::Tls { host, port, name });
        }
        if let Some(rest) = text.strip_prefix("https://") {
            let (place, path) = rest.split_once('/').unwrap_or((rest, "dns-query"));
            let (host, port) = host_and_port(place, 443).ok_or_else(wrong)?;
            return Ok(Spec::Https { host, port, path: format!("/{path}") });
        }
        socket_address(text, 53).map(Spec::Plain).ok_or_else(wrong)
    }
}

/// `ADDR`, `ADDR:PORT`, `[ADDR]` or `[ADDR]:PORT`. An IPv6 address may name the interface it is to be reached on after
/// a `%`, by name or number (RFC 4007 §11).
pub(super) fn socket_address(text: &str, default_port: u16) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (bare, port) = match text.strip_prefix('[') {
        None => (text, default_port),
        Some(rest) => match rest.rsplit_once("]:") {
            Some((bare, port)) => (bare, port.parse().ok()?),
            None => (rest.strip_suffix(']')?, default_port),
        },
    };
    let Some((address, interface)) = bare.split_once('%') else {
        return bare.parse().ok().map(|address| SocketAddr::new(address, port));
    };
    let scope = interface.parse().ok().or_else(|| interface_index(interface))?;
    Some(SocketAddrV6::new(address.parse().ok()?, port, 0, scope).into())
}

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd"))]
fn interface_index(name: &str) -> Option<u32> {
    nix::net::if_::if_nametoindex(name).ok()
}

/// Interfaces go by number on this system.
#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd")))]
fn interface_index(_: &str) -> Option<u32> {
    None
}

fn host_and_port(text: &str, default: u16) -> Option<(String, u16)> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((address.ip().to_string(), address.port()));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some((address.to_string(), default));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (text, default),
    };
    let host: crate::names::domain::Domain = host.parse().ok()?;
    Some((host.to_string(), port))
}

impl fmt::Display for Spec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spec::Plain(address) => write!(formatter, "{address}"),
            Spec::Tls { host, port, .. } => write!(formatter, "tls://{host}:{port}"),
            Spec::Https { host, port, path } => write!(formatter, "https://{host}:{port}{path}"),
        }
    }
}

impl Spec {
    /// Makes the resolver ready: a host given by name is looked up with the system's resolver.
    ///
    /// # Errors
    /// A sentence if the name has no address or the TLS roots cannot be read.
    pub async fn resolve(
        &self,
        rules: &[ConnectTo],
        source: Option<IpAddr>,
        tls: impl FnOnce() -> Result<rustls::ClientConfig, String>,
    ) -> Result<Upstream, String> {
        let (host, port, name, path) = match self {
            Spec::Plain(address) => return Ok(Upstream::Plain(*address)),
            Spec::Tls { host, port, name } => (host, *port, name, None),
            Spec::Https { host, port, path } => (host, *port, host, Some(path.clone())),
        };
        let address = match (redirected(rules, host, port), host.parse::<IpAddr>()) {
            (Some(to), _) => to,
            (None, Ok(address)) => SocketAddr::new(address, port),
            (None, Err(_)) => {
                let mut found = tokio::net::lookup_host((host.as_str(), port))
                    .await
                    .map_err(|error| format!("the resolver {self} has no address: {error}"))?;
                found.next().ok_or_else(|| format!("the resolver {self} has no address"))?
            }
        };
        let encrypted = Encrypted::new(address, name.clone(), path, Arc::new(tls()?), source);
        Ok(Upstream::Encrypted(self.to_string().into(), Arc::new(encrypted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_resolver_is_read() {
        let plain = |address: &str| Ok(Spec::Plain(address.parse().expect("an address")));
        assert_eq!("192.0.2.53".parse(), plain("192.0.2.53:53"));
        assert_eq!("192.0.2.53:5300".parse(), plain("192.0.2.53:5300"));
        assert_eq!("::1".parse(), plain("[::1]:53"));
        assert_eq!("[::1]:5300".parse(), plain("[::1]:5300"));
        for scoped in ["fe80::1%3", "[fe80::1%3]", "[fe80::1%3]:53"] {
            assert_eq!(scoped.parse(), plain("[fe80::1%3]:53"), "{scoped}");
        }
        assert!("192.0.2.53%3".parse::<Spec>().is_err(), "only IPv6 has zones");
        assert_eq!(
            "tls://192.0.2.53#dns.example".parse(),
            Ok(Spec::Tls { host: "192.0.2.53".into(), port: 853, name: "dns.example".into() })
        );
        assert_eq!(
            "https://dns.example/query".parse(),
            Ok(Spec::Https { host: "dns.example".into(), port: 443, path: "/query".into() })
        );
        assert!("dns.example".parse::<Spec>().is_err(), "a resolver by name would need a resolver");
    }
}
