//! Where mail for a target goes: its hosts, their addresses and the way to each (RFC 5321 §5.1).

use std::net::{IpAddr, SocketAddr};

use super::Net;
use super::dial::redirected;
use super::dns::{self, Name};
use super::smtp::{Peer, Security};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::dial::Family;

/// A mail host and its addresses.
#[derive(Debug, Clone)]
pub struct MailHost {
    /// Its name in lower case; the address itself if it has none.
    pub name: String,
    /// The preference of its MX record; none if no record led to it.
    pub preference: Option<u16>,
    /// One peer an address, IPv4 first.
    pub peers: Vec<Peer>,
    /// The questions about its addresses that got no answer, or were not asked.
    pub failed: Vec<dns::Error>,
}

/// Where mail for a target goes.
#[derive(Debug, Clone, Default)]
pub struct MailHosts {
    /// The hosts by preference.
    pub hosts: Vec<MailHost>,
    /// Whether the domain says that it takes no mail (RFC 7505).
    pub null_mx: bool,
    /// Whether there is no MX record, so that the domain itself is the host (RFC 5321 §5.1).
    pub implicit: bool,
}

/// How a target's hosts are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// By MX records, as mail goes.
    Mail,
    /// The name is the host.
    Host,
}

/// Hosts of a domain that are looked at at most.
const MAX_HOSTS: usize = 32;
/// Addresses of a host that are looked at at most.
const MAX_ADDRESSES: usize = 16;

impl Net {
    /// Where mail for a target goes, or the host it names: an address, `host:port`, or any name by
    /// [`Route::Host`]. `port` overrides 25 and what the target says.
    ///
    /// # Errors
    /// [`dns::Error`] if the MX records could not be asked for.
    pub async fn mail_hosts(
        &self,
        target: &Target,
        route: Route,
        port: Option<u16>,
    ) -> Result<MailHosts, Box<dns::Error>> {
        let port = port.or(target.port()).unwrap_or(SMTP);
        let (domain, route) = match &target.kind {
            TargetKind::Address(address) => {
                let peer = self.peer(&address.to_string(), *address, port);
                let name = address.to_string();
                let host = MailHost { name, preference: None, peers: vec![peer], failed: Vec::new() };
                return Ok(MailHosts { hosts: vec![host], ..MailHosts::default() });
            }
            TargetKind::Host { name, .. } => (name, Route::Host),
            TargetKind::Domain(domain) | TargetKind::Mailbox { domain, .. } => (domain, route),
            TargetKind::Network(_)
            | TargetKind::List
            | TargetKind::Text
            | TargetKind::Message
            | TargetKind::Malformed => {
                return Ok(MailHosts::default());
            }
        };
        // A name that is redirected as it stands is a host, whatever its MX records are.
        if route == Route::Host || redirected(&self.connect_to, domain.as_str(), port).is_some() {
            let hosts = self.with_peers(vec![(None, domain.as_str().to_owned())], port).await;
            return Ok(MailHosts { hosts, ..MailHosts::default() });
        }
        let route = self.mail_route(domain).await?;
        if route.is_null() {
            return Ok(MailHosts { null_mx: true, ..MailHosts::default() });
        }
        let implicit = route.is_implicit();
        let mut exchangers: Vec<(u16, String)> =
            route.exchangers.iter().map(|exchanger| (exchanger.preference, exchanger.text())).collect();
        exchangers.dedup();
        let left_out = exchangers.split_off(exchangers.len().min(MAX_HOSTS));
        let names = if implicit {
            vec![(None, domain.as_str().to_owned())]
        } else {
            exchangers.into_iter().map(|(preference, name)| (Some(preference), name)).collect()
        };
        let mut hosts = self.with_peers(names, port).await;
        let count = left_out.len();
        if let Some((preference, name)) = left_out.into_iter().next() {
            let why = format!("{MAX_HOSTS} of {} mail hosts are looked at", MAX_HOSTS + count);
            let failed =
                name.parse::<Domain>().map(|name| self.dns.unasked(Name::from(&name), why)).into_iter().collect();
            hosts.push(MailHost { name, preference: Some(preference), peers: Vec::new(), failed });
        }
        Ok(MailHosts { hosts, null_mx: false, implicit })
    }

    async fn with_peers(&self, names: Vec<(Option<u16>, String)>, port: u16) -> Vec<MailHost> {
        let mut hosts: Vec<MailHost> = names
            .into_iter()
            .map(|(preference, name)| MailHost { name, preference, peers: Vec::new(), failed: Vec::new() })
            .collect();
        let mut unknown = Vec::new();
        for (index, host) in hosts.iter_mut().enumerate() {
            if let Some(to) = redirected(&self.connect_to, &host.name, port) {
                let security = Security::of_port(port);
                let (name, address) = (host.name.clone(), to.ip());
                host.peers.push(Peer { host: name, address, port, dialled: to, security, barred: None });
            } else if let Ok(domain) = host.name.parse::<Domain>() {
                unknown.push((index, Name::from(&domain)));
            }
        }
        let names: Vec<Name> = unknown.iter().map(|(_, name)| name.clone()).collect();
        for ((index, name), found) in unknown.into_iter().zip(self.hosts(&names).await) {
            let host = &mut hosts[index];
            let wanted = |address: &IpAddr| match self.family {
                Some(Family::V4) => address.is_ipv4(),
                Some(Family::V6) => address.is_ipv6(),
                None => true,
            };
            let mut addresses: Vec<IpAddr> = found.addresses.into_iter().filter(wanted).collect();
            host.failed = found.failed;
            if addresses.len() > MAX_ADDRESSES {
                let why = format!("{MAX_ADDRESSES} of its {} addresses are looked at", addresses.len());
                host.failed.push(self.dns.unasked(name, why));
                addresses.truncate(MAX_ADDRESSES);
            }
            host.peers = addresses.into_iter().map(|address| self.named_peer(&host.name, address, port)).collect();
        }
        hosts
    }

    /// One address that the DNS names for a host. Inside addresses are not dialled on its word.
    fn named_peer(&self, host: &str, address: IpAddr, port: u16) -> Peer {
        let peer = self.peer(host, address, port);
        let is_redirected = peer.dialled != SocketAddr::new(address, port);
        let barred = if is_redirected || is_local(host) { None } else { self.barred(address) };
        Peer { barred, ..peer }
    }

    /// One address of a host, and where the connection to it goes.
    pub fn peer(&self, host: &str, address: IpAddr, port: u16) -> Peer {
        let by_address = || redirected(&self.connect_to, &address.to_string(), port);
        let dialled = redirected(&self.connect_to, host, port).or_else(by_address);
        Peer {
            host: host.to_owned(),
            address,
            port,
            dialled: dialled.unwrap_or_else(|| SocketAddr::new(address, port)),
            security: Security::of_port(port),
            barred: None,
        }
    }
}

/// Whether a name stands for this machine whatever the DNS says (RFC 6761 §6.3).
pub fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

/// The port of mail between servers.
pub const SMTP: u16 = 25;
