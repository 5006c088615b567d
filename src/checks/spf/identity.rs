//! A host's own record, for the name it greets with (RFC 7208 §2.3).

use std::net::IpAddr;

use super::dns::Resolver;
use super::walk::{Branch, State, Walk};
use crate::mail::spf::{Evaluation, Failure, MAX_LOOKUPS, MAX_VOIDS, Request, check_host};
use crate::names::domain::Domain;
use crate::net::Net;

/// Judges a client by the record of the name it greets with; the sender is postmaster at that name.
pub(crate) async fn client(name: &Domain, ip: IpAddr, net: &Net) -> Evaluation {
    let name = Some(name.as_str());
    check_host(&Request::new(ip, name, name, None).at(net.clock.unix_seconds()), &Resolver(net)).await
}

/// The record of a name, if it has one, and why it cannot be evaluated, if it cannot.
pub(crate) type OwnRecord = (Option<String>, Option<String>);

/// Reads the record of a name without a client.
///
/// # Errors
/// [`Failure`] if nobody said whether there is a record, or what a sound one leads to.
pub(crate) async fn record(name: &Domain, net: &Net) -> Result<OwnRecord, Failure> {
    let tree = Walk::new(Resolver(net)).record(name.to_string(), Vec::new()).await;
    let fault = fault(&tree);
    match tree.all().into_iter().find_map(|branch| branch.inner.failure.clone()) {
        Some(failure) if fault.is_none() => Err(failure),
        _ => Ok((tree.record, fault)),
    }
}

/// What makes a receiver that comes to it end with a permerror (RFC 7208 §4.6).
fn fault(tree: &Branch) -> Option<String> {
    let all = tree.all();
    let broken = all.iter().find_map(|branch| {
        let domain = branch.domain.as_deref().unwrap_or_default();
        let term = branch.term.as_deref();
        match branch.state {
            State::SeveralRecords => Some(format!("{domain} has several SPF records, only one is allowed")),
            State::NoRecord | State::NoSuchName if branch.is_leading() => {
                Some(format!("{}: {domain} has no SPF record", term.unwrap_or_default()))
            }
            State::Loop => Some(format!("{} leads back to {domain}", term.unwrap_or_default())),
            State::Record => {
                let record = branch.inner.record.as_ref()?;
                let fault = record.faults.first()?;
                let text = record.text_of(&fault.span);
                Some(format!("{domain}: {} at octet {}: {text:?}", fault.what, fault.span.start + 1))
            }
            _ => None,
        }
    });
    broken.or_else(|| match (tree.lookups, tree.voids) {
        (lookups, _) if lookups > MAX_LOOKUPS => Some(format!("{lookups} look-ups, limit {MAX_LOOKUPS}")),
        (_, voids) if voids > MAX_VOIDS => Some(format!("{voids} look-ups come back empty, limit {MAX_VOIDS}")),
        _ => None,
    })
}
