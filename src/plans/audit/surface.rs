//! What a domain shows of its mail: where it receives and where it sends from.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures_util::future::{join, join_all};
use schemars::JsonSchema;
use serde::Serialize;

use crate::checks::mx::survey::MailSurvey;
use crate::checks::spf::senders::{self, Authorised, Vendor};
use crate::names::address;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::report::{Reason, Unclear};

/// The surface of a domain, found once and used by every check.
#[derive(Debug)]
pub struct Surface {
    /// The domain.
    pub domain: Domain,
    /// Where it receives.
    pub receivers: Vec<Receiver>,
    /// The addresses it sends from, as far as they are tested.
    pub senders: Vec<Sender>,
    /// What it sends from and is not tested address by address.
    pub untested: Vec<Untested>,
    /// Whether the domain says that it sends nothing, and nobody says otherwise.
    pub sends_nothing: bool,
    /// What could not be told; the checks of the records say what that means.
    pub unclear: Vec<Unclear>,
}

/// An address at which the domain receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Receiver {
    /// The MX host.
    pub host: String,
    /// The address.
    pub address: IpAddr,
}

/// An address from which the domain sends.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Sender {
    /// The address.
    pub address: IpAddr,
    /// What names it: `--sending-ip`, or the term of the SPF record.
    pub named_by: String,
    /// The names of the address.
    pub names: Vec<String>,
    /// Whether it is one of several in a network, of which not all need be in use.
    pub in_network: bool,
}

/// What is authorised and not tested.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Untested {
    /// The term of the SPF record.
    pub term: String,
    /// Why its addresses are not tested.
    pub why: Why,
    /// The vendor's name, if it is a known one.
    pub vendor: Option<String>,
}

/// Why addresses are not tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// They are a vendor's, who answers for them.
    Vendor,
    /// There are too many of them.
    TooMany,
    /// They may send, and nothing shows that they do.
    NotShown,
}

impl Sender {
    /// Whether it is beyond doubt that it sends: the user says so, or the record names this very address.
    pub fn is_evident(&self) -> bool {
        let named = ["--sending-ip", "SPF ip4:", "SPF ip6:"];
        !self.in_network && named.iter().any(|start| self.named_by.starts_with(start))
    }

    /// How every format names it.
    pub fn label(&self) -> String {
        format!("sender, {}", self.named_by)
    }
}

/// Bits of the largest network whose addresses are looked at one by one: 16 addresses.
const MAX_BITS: u8 = 4;
/// Addresses that are looked at at most.
const MAX_SENDERS: usize = 64;

impl Surface {
    /// Finds the surface of a domain. Given addresses are senders too.
    pub(super) async fn of(domain: &Domain, sending: &[IpAddr], net: &Net) -> Self {
        let (survey, authorised) = join(MailSurvey::of(domain, net), senders::senders(domain, net)).await;
        let mut unclear = authorised.unclear;
        let mut receivers = Vec::new();
        match survey {
            Ok(survey) => {
                for exchanger in survey.exchangers {
                    let host = exchanger.name;
                    let receiver = |address| Receiver { host: host.clone(), address };
                    receivers.extend(exchanger.host.addresses.into_iter().map(receiver));
                }
            }
            Err(error) => unclear.push(Unclear { decisive: false, ..error.unclear(domain) }),
        }
        let vendor = |Vendor { term, name }: Vendor| Untested { term, why: Why::Vendor, vendor: name };
        let mut untested: Vec<Untested> = authorised.vendors.into_iter().map(vendor).collect();
        let own_hosts = |receiver: &&Receiver| receiver.host.parse().is_ok_and(|host: Domain| host.is_kin_of(domain));
        let own_hosts: BTreeSet<IpAddr> =
            receivers.iter().filter(own_hosts).map(|receiver| receiver.address.to_canonical()).collect();
        let terms: Vec<String> = authorised.own.iter().map(|authorised| authorised.term.clone()).collect();
        let mut candidates: BTreeMap<IpAddr, Vec<Authorised>> = BTreeMap::new();
        for authorised in authorised.own {
            let network = authorised.network;
            let bits = network.max_prefix_len() - network.prefix_len();
            if bits > MAX_BITS || candidates.len() >= MAX_SENDERS {
                leave(&mut untested, &authorised.term, Why::TooMany);
                continue;
            }
            for address in address::of_network(&network.trunc()) {
                candidates.entry(address.to_canonical()).or_default().push(authorised.clone());
            }
        }
        // An address that is named twice is tested once, as the one the user gave.
        for address in sending {
            candidates.entry(address.to_canonical()).or_default();
        }
        let looked_up = join_all(candidates.into_iter().map(|(address, authorised)| async move {
            let names = net.reverse(address).await.map(|reverse| reverse.texts()).unwrap_or_default();
            (address, authorised, names)
        }));
        let mut senders = Vec::new();
        let mut idle = Vec::new();
        for (address, authorised, names) in looked_up.await {
            let is_given = sending.iter().any(|given| given.to_canonical() == address);
            let receives = own_hosts.contains(&address);
            let shown = authorised.iter().find(|authorised| authorised.sends(domain, &names, receives));
            match shown {
                _ if is_given => {
                    senders.push(Sender { address, named_by: "--sending-ip".to_owned(), names, in_network: false });
                }
                Some(Authorised { network, term, .. }) => {
                    let in_network = network.prefix_len() < network.max_prefix_len();
                    senders.push(Sender { address, named_by: format!("SPF {term}"), names, in_network });
                }
                None => idle.extend(authorised.into_iter().map(|authorised| authorised.term)),
            }
        }
        for term in terms.iter().filter(|term| idle.contains(term)) {
            if !senders.iter().any(|sender| sender.named_by == format!("SPF {term}")) {
                leave(&mut untested, term, Why::NotShown);
            }
        }
        let sends_nothing = authorised.nobody && senders.is_empty();
        let domain = domain.clone();
        Surface { domain, receivers, senders, untested, sends_nothing, unclear }
    }

    /// What is known of a domain whose surface was not found in time.
    pub(super) fn late(domain: &Domain) -> Self {
        let why = "where it receives and sends was not found when the run's time was over";
        let unclear = vec![Unclear::decisive(Reason::Deadline, domain, why)];
        let (receivers, senders, untested) = (Vec::new(), Vec::new(), Vec::new());
        Surface { domain: domain.clone(), receivers, senders, untested, sends_nothing: false, unclear }
    }

    /// What becomes of a check that found nothing to test here: an open question if it is not certain that there is
    /// nothing, else it is skipped.
    pub(super) fn lacks(&self, without: &str) -> Unclear {
        match self.unclear.first().filter(|_| !self.sends_nothing) {
            Some(open) => Unclear { subject: self.domain.to_string(), decisive: true, ..open.clone() },
            None => Unclear::decisive(Reason::NotApplicable, &self.domain, without),
        }
    }
}

/// Notes once that a term's addresses are not tested.
fn leave(untested: &mut Vec<Untested>, term: &str, why: Why) {
    if !untested.iter().any(|untested| untested.term == term) {
        untested.push(Untested { term: term.to_owned(), why, vendor: None });
    }
}
