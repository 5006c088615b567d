//! Sockets, opened in one place: where a connection goes, and from which local address.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use tokio::net::{TcpSocket, TcpStream};

/// Connects to `to`, from `source` if that is of the same family.
///
/// # Errors
/// Those of the system.
pub async fn tcp(to: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(source) = source.filter(|source| source.is_ipv4() == to.is_ipv4()) {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    socket.connect(to).await
}

/// Opens a UDP socket at `local`, on a random port, connected to `peer` if there is one.
///
/// # Errors
/// Those of the system.
pub fn udp(local: IpAddr, peer: Option<SocketAddr>) -> io::Result<std::net::UdpSocket> {
    let socket = std::net::UdpSocket::bind(SocketAddr::new(local, 0))?;
    if let Some(peer) = peer {
        socket.connect(peer)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// `HOST:PORT:ADDR:PORT`: connections to the first go to the second instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectTo {
    /// The host's name or address, lower case.
    pub host: String,
    /// The port that would have been used.
    pub port: u16,
    /// Where to connect instead.
    pub to: SocketAddr,
}

impl fmt::Display for ConnectTo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConnectTo { host, port, to } = self;
        if host.contains(':') {
            write!(formatter, "[{host}]:{port}:{to}")
        } else {
            write!(formatter, "{host}:{port}:{to}")
        }
    }
}

impl FromStr for ConnectTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not of the form HOST:PORT:ADDR:PORT");
        let (host, rest) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once("]:").ok_or_else(wrong)?,
            None => text.split_once(':').ok_or_else(wrong)?,
        };
        let (port, to) = rest.split_once(':').ok_or_else(wrong)?;
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let port = port.parse().map_err(|_| wrong())?;
        let to = to.parse().map_err(|_| wrong())?;
        Ok(ConnectTo { host, port, to })
    }
}

/// Where a connection to `host` and `port` goes: to what the user said, if anything.
pub fn redirected(rules: &[ConnectTo], host: &str, port: u16) -> Option<SocketAddr> {
    rules.iter().find(|rule| rule.host == host && rule.port == port).map(|rule| rule.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_is_redirected_by_name_and_port() {
        let rule: ConnectTo = "MX1.example.:25:127.0.0.2:2525".parse().expect("a rule");
        let rules = [rule];
        assert_eq!(redirected(&rules, "mx1.example", 25), Some(([127, 0, 0, 2], 2525).into()));
        assert_eq!(redirected(&rules, "mx1.example", 587), None);
        assert!("mx1.example:25".parse::<ConnectTo>().is_err());
        let text = "[2001:db8::1]:53:[::1]:5300";
        assert_eq!(text.parse::<ConnectTo>().map(|rule| rule.to_string()), Ok(text.to_owned()));
    }
}
