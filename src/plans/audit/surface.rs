//! What a domain shows of its mail: where it receives and where it sends from.

use std::collections::BTreeMap;
use std::net::IpAddr;

use futures_util::future::{join, join_all};
use schemars::JsonSchema;
use serde::Serialize;

use crate::checks::mx::survey::Survey;
use crate::checks::spf::senders::{self, Vendor};
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
    /// Whether it is certain that it has no name.
    #[serde(skip)]
    pub(super) nameless: bool,
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

    /// Whether it sends, as far as that can be told: in a network an address without a name is a spare one.
    pub fn is_in_use(&self) -> bool {
        !(self.in_network && self.nameless)
    }
}

/// Bits of the largest network that is tested address by address: 16 addresses.
const MAX_BITS: u8 = 4;
/// Addresses that are tested at most.
const MAX_SENDERS: usize = 64;

impl Surface {
    /// Finds the surface of a domain. Given addresses are senders too.
    pub(super) async fn of(domain: &Domain, sending: &[IpAddr], net: &Net) -> Self {
        let (survey, authorised) = join(Survey::of(domain, net), senders::senders(domain, net)).await;
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
        // An address that is named twice is tested once, as the one the user gave.
        let mut found: BTreeMap<IpAddr, (String, bool)> = BTreeMap::new();
        for (network, term) in authorised.own {
            let bits = network.max_prefix_len() - network.prefix_len();
            if bits > MAX_BITS || found.len() >= MAX_SENDERS {
                if !untested.iter().any(|untested| untested.term == term) {
                    untested.push(Untested { term, why: Why::TooMany, vendor: None });
                }
                continue;
            }
            for address in address::of_network(&network.trunc()) {
                let named = found.entry(address.to_canonical()).or_insert_with(|| (format!("SPF {term}"), bits > 0));
                named.1 &= bits > 0;
            }
        }
        for address in sending {
            found.insert(address.to_canonical(), ("--sending-ip".to_owned(), false));
        }
        let found = found.into_iter();
        let senders = join_all(found.map(|(address, (named_by, in_network))| async move {
            let (names, nameless) = names(address, net).await;
            Sender { address, named_by, names, in_network, nameless }
        }))
        .await;
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

/// The names of an address, and whether it is certain that there are none. The ptr check tells of failures.
async fn names(address: IpAddr, net: &Net) -> (Vec<String>, bool) {
    match net.reverse(address).await {
        Ok(reverse) => (reverse.texts(), reverse.names.is_empty()),
        Err(_) => (Vec::new(), false),
    }
}
