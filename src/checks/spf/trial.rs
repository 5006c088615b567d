//! A record that a remedy proposes, tried before it is shown: it must lose no sender, be no permerror, and leave
//! somebody to send where the domain receives.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use futures_util::future::join_all;
use ipnet::IpNet;

use crate::mail::spf::{Failure, Lookup, LookupAnswer, Mechanism, Qualifier, Record, Request, Verdict, check_host};
use crate::names::address::is_global;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::lookup::sender_policy::Resolver;

/// Clients that a proposed record is tried with at most.
const MAX_CLIENTS: usize = 32;

/// The clients a proposal is tried with, and what it must do for them.
pub(super) struct Trial<'a> {
    resolver: Resolver<'a>,
    domain: &'a str,
    /// Addresses that must pass.
    senders: Vec<IpAddr>,
    /// Addresses of which one at least must pass if the domain receives: its mail hosts, and the domain itself.
    hosts: Vec<IpAddr>,
    receives: bool,
}

impl<'a> Trial<'a> {
    /// Finds the clients: one or two of every network that the record authorises, and the domain's own hosts.
    pub(super) async fn of(domain: &'a str, networks: &[IpNet], resolver: Resolver<'a>) -> Self {
        let (receives, hosts) = own_hosts(domain, resolver.0).await;
        let mut meant: Vec<IpAddr> = networks.iter().flat_map(|net| [net.network(), net.broadcast()]).collect();
        // Nobody receives mail from an address that is not one of the Internet.
        meant.retain(|address| is_global(*address));
        meant.sort_unstable();
        meant.dedup();
        // Spread over all of them where there are too many.
        let step = meant.len().div_ceil(MAX_CLIENTS).max(1);
        let meant: Vec<IpAddr> = meant.into_iter().step_by(step).collect();
        let clients: Vec<IpAddr> = meant.iter().chain(&hosts).copied().collect();
        let mut trial = Trial { resolver, domain, senders: Vec::new(), hosts, receives };
        let today = trial.verdicts(domain, None, &clients).await;
        // A record that cannot be evaluated passes nobody: then those count whom it means to authorise.
        let is_meant = |(index, verdict): (usize, &Verdict)| match verdict {
            Verdict::Pass => true,
            Verdict::PermError | Verdict::None => index < meant.len(),
            _ => false,
        };
        let senders = today.iter().enumerate().filter(|pair| is_meant(*pair)).map(|(index, _)| clients[index]);
        trial.senders = senders.collect();
        trial
    }

    /// Whether the text, as the one record at a name of the tree, does what it must.
    pub(super) async fn serves(&self, at: &str, text: &str) -> bool {
        let mut clients = self.senders.clone();
        clients.extend(self.hosts.iter().filter(|host| !self.senders.contains(host)));
        // Addresses that nobody has named, one of each family, see all of the record.
        let strangers = [IpAddr::V4(STRANGER_V4), IpAddr::V6(STRANGER_V6)];
        clients.extend(strangers);
        let verdicts = self.verdicts(at, Some(text), &clients).await;
        let keeps = verdicts[..self.senders.len()].iter().all(|verdict| *verdict == Verdict::Pass);
        let is_evaluated = verdicts.iter().all(|verdict| !matches!(verdict, Verdict::PermError | Verdict::None));
        let stranger = verdicts.len() - strangers.len();
        let somebody = verdicts[..stranger].contains(&Verdict::Pass) || names_somebody(text);
        let is_open = verdicts[stranger..].contains(&Verdict::Pass);
        keeps && is_evaluated && (somebody || !self.receives) && !is_open
    }

    /// Addresses of one family that the record means to authorise and that are lost in a permerror.
    pub(super) async fn lost(&self, networks: &[IpNet]) -> Option<IpAddr> {
        let clients: Vec<IpAddr> = networks.iter().take(MAX_CLIENTS).map(IpNet::network).collect();
        let verdicts = self.verdicts(self.domain, None, &clients).await;
        let lost = verdicts.iter().position(|verdict| *verdict == Verdict::PermError)?;
        Some(clients[lost])
    }

    async fn verdicts(&self, at: &str, text: Option<&str>, clients: &[IpAddr]) -> Vec<Verdict> {
        let amended = Amended { resolver: self.resolver, at, text };
        let judged = clients.iter().map(|client| {
            let request = Request::new(*client, Some(self.domain), None, None);
            let amended = &amended;
            async move { check_host(&request, amended).await.verdict }
        });
        join_all(judged).await
    }
}

/// Whether a record names senders other than by the domain's own hosts, who are tried.
fn names_somebody(text: &str) -> bool {
    let record = Record::parse(text.as_bytes());
    let is_sender = |mechanism: &Mechanism| match mechanism {
        Mechanism::Include(_) | Mechanism::Exists(_) => true,
        Mechanism::Ip4(address, _) => is_global(IpAddr::V4(*address)),
        Mechanism::Ip6(address, _) => is_global(IpAddr::V6(*address)),
        Mechanism::All | Mechanism::A(..) | Mechanism::Mx(..) | Mechanism::Ptr(_) => false,
    };
    let mut directives = record.directives();
    let named =
        directives.any(|(_, directive)| directive.qualifier == Qualifier::Pass && is_sender(&directive.mechanism));
    named || record.redirect().is_some()
}

/// Addresses in blocks that are assigned and that no mail comes from.
const STRANGER_V4: Ipv4Addr = Ipv4Addr::new(192, 31, 196, 1);
const STRANGER_V6: Ipv6Addr = Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 1);

/// Whether a domain receives, as far as is known, and the addresses of its mail hosts and its own.
async fn own_hosts(domain: &str, net: &Net) -> (bool, Vec<IpAddr>) {
    let Ok(domain) = domain.parse::<Domain>() else { return (false, Vec::new()) };
    let Ok(route) = net.mail_route(&domain).await else { return (true, Vec::new()) };
    let mut names: Vec<Domain> = if route.is_null() { Vec::new() } else { route.hosts(&domain) };
    if !names.contains(&domain) {
        names.push(domain);
    }
    let names: Vec<_> = names.iter().map(crate::net::dns::Name::from).collect();
    let hosts = net.hosts(&names).await;
    let mut addresses: Vec<IpAddr> = hosts.into_iter().flat_map(|host| host.addresses).collect();
    addresses.truncate(MAX_CLIENTS);
    (!route.exchangers.is_empty(), addresses)
}

/// The DNS as it would be with another SPF record at one name.
struct Amended<'a> {
    resolver: Resolver<'a>,
    at: &'a str,
    text: Option<&'a str>,
}

impl Lookup for Amended<'_> {
    async fn texts(&self, name: &str) -> Result<LookupAnswer<Vec<u8>>, Failure> {
        match self.text.filter(|_| name.eq_ignore_ascii_case(self.at)) {
            Some(text) => Ok(LookupAnswer::Records(vec![text.as_bytes().to_vec()])),
            None => self.resolver.texts(name).await,
        }
    }

    async fn ipv4(&self, name: &str) -> Result<LookupAnswer<Ipv4Addr>, Failure> {
        self.resolver.ipv4(name).await
    }

    async fn ipv6(&self, name: &str) -> Result<LookupAnswer<Ipv6Addr>, Failure> {
        self.resolver.ipv6(name).await
    }

    async fn exchangers(&self, name: &str) -> Result<LookupAnswer<String>, Failure> {
        self.resolver.exchangers(name).await
    }

    async fn names(&self, address: IpAddr) -> Result<LookupAnswer<String>, Failure> {
        self.resolver.names(address).await
    }
}
