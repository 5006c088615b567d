//! Who sends for a domain, as its own record says.

use ipnet::IpNet;

use super::walk::{Branch, Walk, belongs};
use crate::mail::spf::{Mechanism, Qualifier};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::lookup::sender_policy::{Ledger, Resolver};
use crate::report::{Reason, Unclear};

/// What a domain's record authorises.
#[derive(Debug, Default)]
pub(crate) struct Senders {
    /// Networks that the domain's own records name.
    pub(crate) own: Vec<Authorised>,
    /// Networks of others.
    pub(crate) vendors: Vec<Vendor>,
    /// Whether the record says that nobody sends: all it comes to is `-all`.
    pub(crate) nobody: bool,
    /// What could not be told.
    pub(crate) unclear: Vec<Unclear>,
}

/// A network that a record of the domain's own names.
#[derive(Debug, Clone)]
pub(crate) struct Authorised {
    /// The network.
    pub(crate) network: IpNet,
    /// The term that names it.
    pub(crate) term: String,
    /// The host whose address it is, if the term names a host.
    pub(crate) host: Option<String>,
}

impl Authorised {
    /// Whether an address of it is known to send for the domain. Whoever writes a single address means a sender; a
    /// host or a network is authorised for what it may be: a web server, a platform, where mail comes in. Of these
    /// the domain's own mail hosts send. `names` are those of the address, `receives` whether a mail host of the
    /// domain's own has it.
    pub(crate) fn sends(&self, domain: &Domain, names: &[String], receives: bool) -> bool {
        let Some(host) = &self.host else {
            return self.network.prefix_len() == self.network.max_prefix_len()
                || (receives || names.iter().any(|name| is_own_mail_host(name, domain)));
        };
        let is_elsewhere = names.iter().any(|name| ELSEWHERE.iter().any(|end| is_below(name, end)));
        if !belongs(host, domain) || is_elsewhere {
            return false;
        }
        // A host that is named for its own sake, and whose address bears this very name.
        let is_named = host != domain.as_str() && names.iter().any(|name| name == host);
        let is_mail_host = is_own_mail_host(host, domain) || names.iter().any(|name| is_own_mail_host(name, domain));
        receives || is_named || is_mail_host
    }
}

/// Whether a name is one of the domain's own that says of itself that it is about mail.
fn is_own_mail_host(name: &str, domain: &Domain) -> bool {
    let bare = |label: &str| label.trim_end_matches(|last: char| last.is_ascii_digit() || last == '-').to_owned();
    let is_about_mail = name
        .split('.')
        .next()
        .is_some_and(|first| first.split('-').map(bare).any(|word| MAIL_WORDS.contains(&word.as_str())));
    is_about_mail && belongs(name, domain)
}

fn is_below(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What mail servers are called.
const MAIL_WORDS: [&str; 15] = [
    "bounce", "bounces", "edge", "exchange", "mail", "mailer", "mailout", "mta", "mx", "mxout", "out", "outbound",
    "post", "relay", "smtp",
];

/// Where addresses belong that answer for many domains: mail comes in there, or pages are served.
const ELSEWHERE: [&str; 10] = [
    "1e100.net",
    "barracudanetworks.com",
    "cloudflare.com",
    "cloudfront.net",
    "google.com",
    "messagelabs.com",
    "mimecast.com",
    "outlook.com",
    "pphosted.com",
    "ppe-hosted.com",
];

/// A record of somebody else that the domain's record leads to.
#[derive(Debug)]
pub(crate) struct Vendor {
    /// The term that leads there.
    pub(crate) term: String,
    /// The vendor's name, if it is a known one.
    pub(crate) name: Option<String>,
}

/// Reads the domain's own records. Those of vendors are named and not read, so that nobody waits for them.
pub(crate) async fn senders(domain: &Domain, net: &Net) -> Senders {
    let ledger = Ledger::default();
    let tree = Walk::within(Resolver(net, &ledger), domain).record(domain.to_string(), Vec::new()).await;
    let mut senders = Senders::default();
    senders.take(&tree, domain);
    if tree.left_out() > 0 {
        let why = "the record is too large: not all it authorises was looked up";
        senders.unclear.push(Unclear::harmless(Reason::Budget, domain, why));
    }
    let record = tree.inner.record.as_ref().filter(|record| record.faults.is_empty());
    // A term that leads somewhere may let somebody send, whatever it leads to today.
    senders.nobody = record.is_some_and(|record| {
        let refuses = record.all().is_some_and(|(_, all)| all.qualifier == Qualifier::Fail);
        refuses && tree.branches.is_empty() && senders.own.is_empty()
    });
    senders
}

impl Senders {
    fn take(&mut self, branch: &Branch, domain: &Domain) {
        if let Some(failure) = &branch.inner.failure {
            let name = branch.domain.as_deref().unwrap_or(domain.as_str());
            // The spf check decides what silence means for the record.
            self.unclear.push(Unclear { decisive: false, ..failure.unclear(name) });
        }
        if let Some(record) = &branch.inner.record {
            for (term, directive) in record.directives().filter(|(_, directive)| directive.qualifier == Qualifier::Pass)
            {
                let mechanism = &directive.mechanism;
                let v4 = mechanism.ipv4_network().map(IpNet::V4);
                let v6 = || mechanism.ipv6_network().map(IpNet::V6);
                let network = if matches!(mechanism, Mechanism::Ip4(..)) { v4 } else { v6() };
                let term = record.text_of(&term.span);
                self.own.extend(network.map(|network| Authorised { network, term, host: None }));
            }
        }
        for below in &branch.branches {
            let term = below.term.clone().unwrap_or_default();
            if !below.inner.is_leading {
                let hosts = below.inner.hosts.iter().map(|(host, network)| Authorised {
                    network: *network,
                    term: term.clone(),
                    host: Some(host.to_ascii_lowercase()),
                });
                self.own.extend(hosts);
                self.unclear.extend(below.inner.failure.as_ref().map(|failure| {
                    let name = below.domain.as_deref().unwrap_or(domain.as_str());
                    Unclear { decisive: false, ..failure.unclear(name) }
                }));
                continue;
            }
            let Some(name) = &below.domain else { continue };
            // Large senders keep their own networks in records of their own, below the same domain.
            if belongs(name, domain) {
                self.take(below, domain);
            } else {
                self.vendors.push(Vendor { term, name: below.vendor.clone() });
            }
        }
    }
}
