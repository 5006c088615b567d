//! Who sends for a domain, as its own record says.

use ipnet::IpNet;

use super::walk::{Branch, Walk, belongs};
use crate::mail::spf::{Mechanism, Qualifier};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::lookup::sender_policy::{Ledger, Resolver};
use crate::report::Unclear;

/// What a domain's record authorises.
#[derive(Debug, Default)]
pub(crate) struct Senders {
    /// Networks that the domain's own records name, with the term that does.
    pub(crate) own: Vec<(IpNet, String)>,
    /// Networks of others.
    pub(crate) vendors: Vec<Vendor>,
    /// Whether the record says that nobody sends: all it comes to is `-all`.
    pub(crate) nobody: bool,
    /// What could not be told.
    pub(crate) unclear: Vec<Unclear>,
}

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
                self.own.extend(network.map(|network| (network, record.text_of(&term.span))));
            }
        }
        for below in &branch.branches {
            let term = below.term.clone().unwrap_or_default();
            if !below.inner.is_leading {
                self.own.extend(below.inner.networks.iter().map(|network| (*network, term.clone())));
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
