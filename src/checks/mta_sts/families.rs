//! The policy over IPv4 and over IPv6: senders use either.

use std::io::ErrorKind;

use schemars::JsonSchema;
use serde::Serialize;

use super::rules;
use crate::names::domain::Domain;
use crate::net::dial::Family;
use crate::net::https::{self, Response};
use crate::report::{Evidence, Finding, Reason, Unclear};

/// What came of asking over one family.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FamilyRow {
    /// `ipv4` or `ipv6`.
    pub family: String,
    /// The status of the answer; null if there was none.
    pub status: Option<u16>,
    /// Why there was none.
    pub words: Option<String>,
}

/// What was asked over the families comes down to.
pub(super) struct Compared {
    /// The answer to judge: the best of them.
    pub(super) best: Result<Response, https::Error>,
    /// One row a family.
    pub(super) rows: Vec<FamilyRow>,
    /// What is wrong with one family while the other has the policy.
    pub(super) findings: Vec<Finding>,
    /// What could not be told of one.
    pub(super) unclear: Vec<Unclear>,
}

/// Compares the answers. None if there are none at all.
pub(super) fn compare(host: &Domain, mut answers: https::Answers) -> Option<Compared> {
    let row = |(family, answer): &(Option<Family>, Result<Response, https::Error>)| {
        let status = answer.as_ref().ok().map(|response| response.status);
        let words = answer.as_ref().err().map(ToString::to_string);
        Some(FamilyRow { family: name((*family)?).1.to_owned(), status, words })
    };
    let rows = answers.iter().filter_map(row).collect();
    let rank = |answer: &Result<Response, https::Error>| match answer {
        Ok(response) if response.status == 200 => 0,
        Ok(_) => 1,
        Err(_) => 2,
    };
    let best = (0..answers.len()).min_by_key(|index| rank(&answers[*index].1))?;
    let (family, best) = answers.remove(best);
    let mut compared = Compared { best, rows, findings: Vec::new(), unclear: Vec::new() };
    let (Some(family), Ok(policy)) = (family, &compared.best) else { return Some(compared) };
    if policy.status != 200 {
        return Some(compared);
    }
    let served = name(family).0;
    for (other, answer) in answers {
        let Some(other) = other.map(|family| name(family).0) else { continue };
        let wrong = match &answer {
            Ok(response) if response.status != 200 => format!("status {}", response.status),
            Ok(response) if response.body != policy.body => "another policy".to_owned(),
            Ok(_) => continue,
            // Whether nobody is there, or this machine has no way there, cannot be told from here.
            Err(error) if !is_of_the_server(error) => {
                let reason = match error {
                    https::Error::Unreachable { kind: ErrorKind::TimedOut, .. } | https::Error::Timeout(..) => {
                        Reason::Timeout
                    }
                    _ => Reason::Unreachable,
                };
                compared.unclear.push(Unclear::harmless(reason, host, format!("over {other}: {error}")));
                continue;
            }
            Err(error) => error.to_string(),
        };
        let detail = format!("over {other}: {wrong}; over {served} the policy is served");
        let remedy = format!("Serve the same policy for {host} over {other}, or remove its records of that family.");
        let proof = match &answer {
            Ok(response) => Evidence::reply(format!("{host} over {other}"), format!("status {}", response.status)),
            Err(error) => Evidence::connection(format!("{host} over {other}"), error.to_string()),
        };
        compared.findings.push(Finding::new(&rules::FAMILY, host, proof).about(other).detail(detail).remedy(remedy));
    }
    Some(compared)
}

/// Whether it is the server that fails, and not the way to it.
fn is_of_the_server(error: &https::Error) -> bool {
    match error {
        https::Error::Certificate(_) | https::Error::Handshake(_) | https::Error::Http(_) => true,
        https::Error::Unreachable { kind, .. } => {
            matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
        }
        _ => false,
    }
}

/// A family for people, and for programs.
fn name(family: Family) -> (&'static str, &'static str) {
    match family {
        Family::V4 => ("IPv4", "ipv4"),
        Family::V6 => ("IPv6", "ipv6"),
    }
}
