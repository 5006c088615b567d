//! A host's own record, for the name it greets with (RFC 7208 §2.3).

use std::net::IpAddr;

use super::walk::{Branch, State, Walk};
use crate::mail::spf::{Evaluation, Failure, MAX_LOOKUPS, MAX_VOIDS, Request, check_host};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::lookup::sender_policy::{Ledger, Resolver};
use crate::report::{Evidence, Reason, Unclear};

/// Judges a client by the record of the name it greets with; the sender is postmaster at that name. With it comes what
/// the DNS said.
pub(crate) async fn client(name: &Domain, ip: IpAddr, net: &Net) -> (Evaluation, Vec<Evidence>) {
    let (name, ledger) = (Some(name.as_str()), Ledger::default());
    let request = Request::new(ip, name, name, None).at(net.clock.unix_seconds());
    let evaluation = check_host(&request, &Resolver(net, &ledger)).await;
    (evaluation, ledger.all())
}

/// The open question of an evaluation that ended in a temperror.
pub(crate) fn temporary(evaluation: &Evaluation, subject: impl ToString) -> Unclear {
    match &evaluation.failure {
        Some(failure) => failure.unclear(subject),
        None => Unclear::decisive(Reason::Servfail, subject, evaluation.why.as_deref().unwrap_or_default()),
    }
}

/// The record of a name, if it has one, and why it cannot be evaluated, if it cannot.
pub(crate) type OwnRecord = (Option<String>, Option<String>);

/// Reads the record of a name without a client. With it comes what the DNS said.
///
/// # Errors
/// [`Failure`] if nobody said whether there is a record, or what a sound one leads to.
pub(crate) async fn record(name: &Domain, net: &Net) -> Result<(OwnRecord, Vec<Evidence>), Failure> {
    let ledger = Ledger::default();
    let tree = Walk::new(Resolver(net, &ledger)).record(name.to_string(), Vec::new()).await;
    let fault = fault(&tree);
    match tree.all().into_iter().find_map(|branch| branch.inner.failure.clone()) {
        Some(failure) if fault.is_none() => Err(failure),
        _ => Ok(((tree.record, fault), ledger.all())),
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
            State::NoRecord | State::NoSuchName if branch.inner.is_leading => {
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
