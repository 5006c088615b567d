//! `spf --ip`: the judgement of one client as a report.

use std::pin::pin;

use futures_util::future::{Either, select};

use super::facts::{EvaluationFacts, Facts};
use super::rules;
use super::walk::{MAX_BESIDE, State, Walk, belongs};
use crate::checks::Outcome;
use crate::mail::spf::{Evaluation, MAX_LOOKUPS, Request, Verdict, check_host};
use crate::names::address::special_purpose;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::lookup::sender_policy::{Ledger, Resolver};
use crate::report::{Evidence, Finding};

/// Answers that are quoted at most.
const MAX_QUOTED: usize = 32;

/// Judges the client.
pub(super) async fn run(request: &Request, net: &Net) -> Outcome<Facts> {
    // The worst case costs no round trip: the same questions serve both.
    let ledger = Ledger::default();
    let resolver = Resolver(net, &ledger);
    let evaluation = pin!(check_host(request, &resolver));
    let (evaluation, worst) = match select(evaluation, pin!(worst(request, net))).await {
        // RFC 7208 §4.6.4: a permerror ends everything, so nothing more is asked.
        Either::Left((evaluation, _)) if evaluation.verdict == Verdict::PermError => (evaluation, None),
        Either::Left((evaluation, worst)) => (evaluation, worst.await),
        Either::Right((worst, evaluation)) => (evaluation.await, worst),
    };
    let subject = &request.domain;
    let rule = match evaluation.verdict {
        Verdict::Pass | Verdict::TempError => None,
        Verdict::None => Some(&rules::RESULT_NONE),
        Verdict::Neutral => Some(&rules::RESULT_NEUTRAL),
        Verdict::SoftFail => Some(&rules::RESULT_SOFTFAIL),
        Verdict::Fail => Some(&rules::RESULT_FAIL),
        Verdict::PermError => Some(&rules::RESULT_PERMERROR),
    };
    let mut findings = Vec::new();
    if let Some(rule) = rule {
        let client = Evidence::given("client", request.ip.to_string());
        let mut finding = Finding::new(rule, subject, client).about(request.ip).detail(reason(&evaluation));
        finding = finding.evidence_all(ledger.all().into_iter().take(MAX_QUOTED));
        if let Some(explanation) = &evaluation.explanation {
            finding = finding.evidence(Evidence::reply(&evaluation.domain, explanation));
        }
        if matches!(evaluation.verdict, Verdict::Fail | Verdict::SoftFail | Verdict::Neutral) {
            finding = finding.remedy(authorise(request, &evaluation.domain));
        }
        findings.push(finding);
    }
    let mut unclear = Vec::new();
    if evaluation.verdict == Verdict::TempError {
        unclear.push(super::identity::temporary(&evaluation, subject));
    }
    Outcome { facts: facts(request, evaluation, worst), findings, unclear }
}

/// How the client comes to pass, if it should: in the record that decides, if that is the reader's to change.
fn authorise(request: &Request, decided: &str) -> String {
    let (ip, domain) = (request.ip, &request.domain);
    let term = if ip.is_ipv4() { "ip4" } else { "ip6" };
    if let Some(purpose) = special_purpose(ip) {
        return format!("Test the address that receivers see: {ip} is a {purpose} address.");
    }
    let is_own = domain.parse().map_or(true, |own: Domain| belongs(decided, &own));
    match is_own {
        true => format!("If {ip} is yours, add {term}:{ip} to the record of {decided}."),
        false => format!(
            "If {ip} is yours, ask whoever runs {decided}, whose record decides, to add {term}:{ip}, or name it in a \
             record of {domain} of your own."
        ),
    }
}

/// What the whole tree costs, whoever the client is; none if some of it could not be told.
async fn worst(request: &Request, net: &Net) -> Option<(usize, usize)> {
    let ledger = Ledger::default();
    let walk = Walk::of_at_most(MAX_BESIDE, Resolver(net, &ledger));
    let tree = walk.record(request.domain.clone(), Vec::new()).await;
    let is_whole = tree.state == State::Record
        && tree.left_out() == 0
        && tree.all().iter().all(|branch| branch.inner.failure.is_none());
    // RFC 7208 §4.6.4: a client's own family alone is asked for.
    is_whole.then_some((tree.lookups, tree.inner.voids[usize::from(request.ip.is_ipv6())]))
}

fn facts(request: &Request, evaluation: Evaluation, worst: Option<(usize, usize)>) -> Facts {
    let reason = reason(&evaluation);
    Facts {
        domain: request.domain.clone(),
        record: evaluation.record.clone(),
        records: None,
        octets: None,
        lookups: evaluation.lookups,
        voids: evaluation.voids,
        faults: Vec::new(),
        tree: None,
        evaluation: Some(Box::new(EvaluationFacts {
            ip: request.ip,
            helo: request.helo.clone(),
            sender: format!("{}@{}", request.local_part, request.sender_domain),
            result: evaluation.verdict,
            explanation: evaluation.explanation,
            domain: evaluation.domain,
            matched: evaluation.matched,
            lookups: evaluation.lookups,
            voids: evaluation.voids,
            worst_lookups: worst.map(|(lookups, _)| lookups),
            worst_voids: worst.map(|(_, voids)| voids),
            trace: evaluation.trace,
        })),
        reason,
    }
}

/// The result and what led to it, in one line.
fn reason(evaluation: &Evaluation) -> String {
    let Evaluation { verdict, domain, matched, why, lookups, .. } = evaluation;
    let result = verdict.as_str();
    match (matched, why) {
        (Some(term), _) => format!("{result}: {term} of {domain} matches, {lookups} of {MAX_LOOKUPS} look-ups"),
        (None, Some(why)) if *verdict == Verdict::None => format!("{result}: {why}"),
        (None, Some(why)) => format!("{result}: {domain}: {why}"),
        (None, None) => format!("{result}: nothing in the record of {domain} matches"),
    }
}
