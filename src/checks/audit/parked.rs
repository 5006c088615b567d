//! Whether a domain that neither sends nor receives says so.

use futures_util::future::join3;
use hickory_proto::rr::{RData, RecordType};

use crate::checks::dmarc::{InForce, in_force};
use crate::domain::Domain;
use crate::mail::spf::is_record;
use crate::net::Net;
use crate::net::dns::Name;
use crate::net::host;
use crate::report::{Cite, Finding, Remedy, Rule, Severity, Unclear};

/// No null MX. RFC 7505 §3.
pub(super) static MX: Rule = Rule {
    id: "audit-parked-mx",
    title: "The parked domain does not say that it takes no mail",
    severity: Severity::Warning,
    cites: &[Cite { rfc: 7505, section: "3" }],
    why: "Without a null MX senders try the domain's web server, for days. With it they know at once, and receivers \
          refuse mail that claims to come from the domain.",
    remedy: Remedy::Act("Publish one MX record with preference 0 and a single dot as its host, and no other."),
};

/// A record that lets somebody send. RFC 7208 §3.
pub(super) static SPF: Rule = Rule {
    id: "audit-parked-spf",
    title: "The parked domain does not say that nobody sends for it",
    severity: Severity::Error,
    cites: &[Cite { rfc: 7208, section: "3" }, Cite { rfc: 7208, section: "5.1" }],
    why: "Spammers look for domains that nobody watches. As long as the SPF record does not refuse every sender, \
          forged mail from the domain is taken.",
    remedy: Remedy::Act("Publish the TXT record \"v=spf1 -all\", and no other SPF record."),
};

/// No policy that refuses. RFC 9989 §4.7.
pub(super) static DMARC: Rule = Rule {
    id: "audit-parked-dmarc",
    title: "The parked domain does not have forgeries refused",
    severity: Severity::Error,
    cites: &[Cite { rfc: 9989, section: "4.7" }],
    why: "SPF alone does not protect the From: line that people see. Only a DMARC policy of reject does, for the \
          domain and for every name below it.",
    remedy: Remedy::Act("Publish the TXT record \"v=DMARC1; p=reject\" at _dmarc below the domain."),
};

/// Judges the three records.
pub(super) async fn judge(domain: &Domain, net: &Net) -> (Vec<Finding>, Vec<Unclear>) {
    let name = Name::from(domain);
    let (mx, spf, dmarc) =
        join3(net.find(&name, RecordType::MX), net.find(&name, RecordType::TXT), in_force(domain, net)).await;
    let mut findings = Vec::new();
    let mut unclear = Vec::new();
    match mx {
        Ok(found) => {
            let hosts: Vec<String> = found.records.iter().filter_map(exchanger).collect();
            if hosts != ["."] {
                let said =
                    if hosts.is_empty() { "no MX record".to_owned() } else { format!("MX {}", hosts.join(", ")) };
                let publish = format!("Publish: {domain}. MX 0 . and no other MX record.");
                findings.push(Finding::new(&MX, domain, found.answered.proof()).detail(said).remedy(publish));
            }
        }
        Err(error) => unclear.push(error.unclear(domain)),
    }
    match spf {
        Ok(found) => {
            let texts = found.records.iter().filter_map(text);
            let records: Vec<String> = texts.filter(|text| is_record(text.as_bytes())).collect();
            if !matches!(&records[..], [record] if refuses_all(record)) {
                let said = if records.is_empty() { "no SPF record".to_owned() } else { records.join(", ") };
                let publish = format!("Publish: {domain}. TXT \"v=spf1 -all\" and no other SPF record.");
                findings.push(Finding::new(&SPF, domain, found.answered.proof()).detail(said).remedy(publish));
            }
        }
        Err(error) => unclear.push(error.unclear(domain)),
    }
    match dmarc {
        Ok(InForce { rejects: true, .. }) => {}
        Ok(InForce { records, proof, .. }) => {
            let publish = format!("Publish: _dmarc.{domain}. TXT \"v=DMARC1; p=reject\" and no other DMARC record.");
            let said = if records.is_empty() { "no DMARC record".to_owned() } else { records.join(", ") };
            findings.push(Finding::new(&DMARC, domain, proof).detail(said).remedy(publish));
        }
        Err(open) => unclear.push(open),
    }
    (findings, unclear)
}

/// Whether a record refuses everyone: "-all", and nothing before it that could match.
fn refuses_all(record: &str) -> bool {
    let mut terms = record.split(' ').filter(|term| !term.is_empty()).skip(1);
    // Modifiers such as exp= match nobody; what stands behind "-all" is never reached (RFC 7208 §5.1).
    let first = terms.find(|term| !is_harmless_modifier(term));
    first.is_some_and(|term| term.eq_ignore_ascii_case("-all"))
}

fn is_harmless_modifier(term: &str) -> bool {
    term.split_once('=').is_some_and(|(name, _)| !name.contains([':', '/']))
}

fn exchanger(data: &RData) -> Option<String> {
    match data {
        RData::MX(mx) if mx.exchange.is_root() => Some(".".to_owned()),
        RData::MX(mx) => Some(host::text(&mx.exchange)),
        _ => None,
    }
}

fn text(data: &RData) -> Option<String> {
    match data {
        RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_record_that_refuses_everyone_is_one_of_a_parked_domain() {
        for record in
            ["v=spf1 -all", "V=SPF1  -ALL", "v=spf1 exp=why.example.com -all", "v=spf1 -all include:x.example"]
        {
            assert!(refuses_all(record), "{record}");
        }
        for record in ["v=spf1", "v=spf1 ~all", "v=spf1 mx -all", "v=spf1 redirect=_spf.example.com"] {
            assert!(!refuses_all(record), "{record}");
        }
    }
}
