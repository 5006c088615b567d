//! Whether a domain that neither sends nor receives says so.

use futures_util::future::join3;

use super::{Facts, NAME};
use crate::checks::dmarc::{InForce, in_force};
use crate::mail::spf::{Record, is_record};
use crate::names::domain::Domain;
use crate::net::{Net, clock};
use crate::plans::{Done, Job};
use crate::report::{Cite, Finding, Outcome, Remedy, Rule, Severity, Unclear};

/// No null MX. RFC 7505 §3.
pub(super) static MX: Rule = Rule {
    id: "audit-parked-mx",
    title: "The parked domain does not say that it takes no mail",
    severity: Severity::Warning,
    cites: &[Cite::rfc(7505, "3")],
    why: "Without a null MX senders try the domain's web server, for days. With it they know at once, and receivers \
          refuse mail that claims to come from the domain.",
    remedy: Remedy::Act("Publish one MX record with preference 0 and a single dot as its host, and no other."),
};

/// A record that lets somebody send. RFC 7208 §3.
pub(super) static SPF: Rule = Rule {
    id: "audit-parked-spf",
    title: "The parked domain does not say that nobody sends for it",
    severity: Severity::Error,
    cites: &[Cite::rfc(7208, "3"), Cite::rfc(7208, "5.1")],
    why: "Spammers look for domains that nobody watches. As long as the SPF record does not refuse every sender, \
          forged mail from the domain is taken.",
    remedy: Remedy::Act("Publish the TXT record \"v=spf1 -all\", and no other SPF record."),
};

/// No policy that refuses. RFC 9989 §4.7.
pub(super) static DMARC: Rule = Rule {
    id: "audit-parked-dmarc",
    title: "The parked domain does not have forgeries refused",
    severity: Severity::Error,
    cites: &[Cite::rfc(9989, "4.7")],
    why: "SPF alone does not protect the From: line that people see. Only a DMARC policy of reject does, for the \
          domain and for every name below it.",
    remedy: Remedy::Act("Publish the TXT record \"v=DMARC1; p=reject\" at _dmarc below the domain."),
};

/// The check of a domain that should neither send nor receive.
pub(super) fn job(domain: Domain, net: &Net) -> Job<'_> {
    let subject = domain.to_string();
    let work = async move {
        let began = clock::now();
        let (findings, unclear) = judge(&domain, net).await;
        let outcome = Outcome { facts: Facts::parked(), findings, unclear };
        let result = Box::pin(std::future::ready(Ok(outcome.boxed())));
        Done { result, open: Vec::new(), took: clock::elapsed(began) }
    };
    Job { check: NAME, subject, work: Box::pin(work) }
}

/// Judges the three records.
async fn judge(domain: &Domain, net: &Net) -> (Vec<Finding>, Vec<Unclear>) {
    let (mx, spf, dmarc) = join3(net.mail_route(domain), net.texts(domain), in_force(domain, net)).await;
    let mut findings = Vec::new();
    let mut unclear = Vec::new();
    match mx {
        // RFC 7505 §3: a null MX is one record, and the only one.
        Ok(route) if route.is_null() && route.null.len() == 1 => {}
        Ok(route) => {
            let records = route.records();
            let said =
                if records.is_empty() { "no MX record".to_owned() } else { format!("MX {}", records.join(", ")) };
            let publish = format!("Publish: {domain}. MX 0 . and no other MX record.");
            findings.push(Finding::new(&MX, domain, route.answered.proof()).detail(said).remedy(publish));
        }
        Err(error) => unclear.push(error.unclear(domain)),
    }
    match spf {
        Ok(texts) => {
            let octets = texts.records.iter().map(|text| text.octets.as_slice());
            let records: Vec<Record> = octets.filter(|text| is_record(text)).map(Record::parse).collect();
            if !matches!(&records[..], [record] if record.refuses_everyone()) {
                let publish = format!("Publish: {domain}. TXT \"v=spf1 -all\" and no other SPF record.");
                let finding = Finding::new(&SPF, domain, texts.proof(domain));
                findings.push(finding.detail(said(&records)).remedy(publish));
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

/// The records as they are told, the first fault of a broken one with it.
fn said(records: &[Record]) -> String {
    if records.is_empty() {
        return "no SPF record".to_owned();
    }
    let said = records.iter().map(|record| match record.faults.first() {
        Some(fault) => format!("{}, a permerror: {}", record.shown(), fault.what),
        None => record.shown(),
    });
    said.collect::<Vec<_>>().join(", ")
}
