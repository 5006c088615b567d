//! What SPF says of the greeting as an identity of its own (RFC 7208 §2.3).

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::Facts;
use crate::checks::advice;
use crate::checks::spf::identity;
use crate::mail::spf::Verdict;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::report::{Cite, Evidence, Finding, Proof, Remedy, Rule, Severity, Unclear};

const IDENTITY: Cite = Cite::rfc(7208, "2.3");
const NULL_PATH: Cite = Cite::rfc(7208, "2.4");
const RECOMMENDED: Cite = Cite::rfc(7208, "10.1.3");
const FAIL_SECTION: Cite = Cite::rfc(7208, "8.4");
const SOFTFAIL_SECTION: Cite = Cite::rfc(7208, "8.5");
const PERMERROR_SECTION: Cite = Cite::rfc(7208, "8.7");

/// The SPF record of the name that is greeted with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SpfFacts {
    /// The record; null if the name has none of its own, or several.
    pub record: Option<String>,
    /// What a receiver makes of the client; null if none was given.
    pub result: Option<Verdict>,
    /// The term that matches the client.
    pub matched: Option<String>,
    /// Why the record cannot be evaluated; null if it can, or if there is none.
    pub fault: Option<String>,
    /// What the DNS said.
    #[serde(skip)]
    evidence: Vec<Evidence>,
}

/// Asks what SPF says of a greeting, from this client if it is known. None if the name cannot have a record.
pub(super) async fn look(
    name: Option<&Domain>,
    ip: Option<IpAddr>,
    net: &Net,
) -> Option<(Option<SpfFacts>, Option<Unclear>)> {
    let name = name?;
    let Some(ip) = ip else {
        return Some(match identity::record(name, net).await {
            Ok(((record, fault), evidence)) => {
                (Some(SpfFacts { record, result: None, matched: None, fault, evidence }), None)
            }
            Err(failure) => (None, Some(failure.unclear(name))),
        });
    };
    let (evaluation, evidence) = identity::client(name, ip, net).await;
    let is_fault = evaluation.verdict == Verdict::PermError;
    let unclear = (evaluation.verdict == Verdict::TempError).then(|| identity::temporary(&evaluation, name));
    let facts = SpfFacts {
        record: evaluation.record,
        result: Some(evaluation.verdict),
        matched: evaluation.matched,
        fault: evaluation.why.filter(|_| is_fault),
        evidence,
    };
    Some((Some(facts), unclear))
}

/// No record for the HELO identity. RFC 7208 §10.1.3.
pub(super) static NONE: Rule = Rule {
    id: "helo-spf-none",
    title: "The name has no SPF record of its own",
    severity: Severity::Note,
    cites: &[RECOMMENDED, IDENTITY],
    why: "Bounces have an empty sender, and receivers judge them by the HELO name alone. A record for the name lets \
          them pass SPF, and keeps others from greeting with it. Without one nothing is refused.",
    remedy: Remedy::Nothing(
        "Nothing; or, if the name sends no other mail, publish the TXT record \"v=spf1 a -all\" for it.",
    ),
};

/// The client may not use the name. RFC 7208 §8.4.
pub(super) static FAIL: Rule = Rule {
    id: "helo-spf-fail",
    title: "The name's SPF record says that the client must not use it",
    severity: Severity::Error,
    cites: &[FAIL_SECTION, IDENTITY, NULL_PATH],
    why: "Receivers that check the greeting refuse the connection's mail, and all of them judge bounces by it.",
    remedy: Remedy::Act(
        "Add the client's address to the SPF record of the HELO name, or greet with a name of the client's own.",
    ),
};

/// The client should not use the name. RFC 7208 §8.5.
pub(super) static SOFTFAIL: Rule = Rule {
    id: "helo-spf-softfail",
    title: "The name's SPF record says that the client should not use it",
    severity: Severity::Warning,
    cites: &[SOFTFAIL_SECTION, IDENTITY, NULL_PATH],
    why: "It is no reason to refuse, but filters give points for it, for bounces above all.",
    remedy: Remedy::Act(
        "Add the client's address to the SPF record of the HELO name, or greet with a name of the client's own.",
    ),
};

/// A record that cannot be evaluated. RFC 7208 §8.7.
pub(super) static PERMERROR: Rule = Rule {
    id: "helo-spf-permerror",
    title: "The name's SPF record cannot be evaluated",
    severity: Severity::Error,
    cites: &[PERMERROR_SECTION, IDENTITY],
    why: "A receiver that checks the greeting finds a permanent error. Some refuse the mail with it, and bounces \
          cannot pass.",
    remedy: Remedy::Act("Correct the SPF record of the HELO name; \"spamcheck spf NAME\" shows where it is wrong."),
};

/// Answers that are quoted at most.
const MAX_QUOTED: usize = 32;

/// What follows from the record.
pub(super) fn judge(facts: &Facts, said: &Proof) -> Option<Finding> {
    let Facts { argument: name, ip, .. } = facts;
    let SpfFacts { record, result, matched, fault, evidence } = facts.spf.as_ref()?;
    let owner = facts.chain.last().unwrap_or(name);
    let finding = if let Some(fault) = fault {
        let remedy = format!("Correct the SPF record of {owner}; \"spamcheck spf {owner}\" shows where it is wrong.");
        Finding::new(&PERMERROR, name, said).detail(fault).remedy(remedy)
    } else {
        match (result, record) {
            // Of a name that leads nowhere worse is said already.
            (None | Some(Verdict::None), None) if !facts.addresses.is_empty() => {
                let remedy = match advice::holder(owner) {
                    Ok(_) => format!("Nothing; or, if {owner} sends no other mail, publish there: \"v=spf1 a -all\"."),
                    Err(_) => "Nothing.".to_owned(),
                };
                Finding::new(&NONE, name, said).detail(format!("no SPF record at {owner}")).nothing_to_do(remedy)
            }
            (Some(verdict @ (Verdict::Fail | Verdict::SoftFail)), _) => {
                let ip = (*ip)?;
                let term = if ip.is_ipv4() { "ip4" } else { "ip6" };
                let because = matched.as_ref().map(|term| format!(": {term} matches")).unwrap_or_default();
                let rule = if *verdict == Verdict::Fail { &FAIL } else { &SOFTFAIL };
                let detail = format!("{} for {ip}{because}", verdict.as_str());
                let remedy = format!("Add {term}:{ip} to the SPF record of {owner}, or greet with a name of {ip}.");
                Finding::new(rule, name, said).detail(detail).remedy(remedy)
            }
            _ => return None,
        }
    };
    Some(finding.evidence_all(evidence.iter().take(MAX_QUOTED).cloned()))
}
