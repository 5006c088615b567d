//! Do the reports arrive? Addresses, their domains, and the permission of other organisations.

use futures_util::future::join_all;

use super::facts::ReportRow;
use super::{Walked, discovery, rules};
use crate::checks::reason;
use crate::mail::dmarc_record::{self, DmarcRecord};
use crate::mail::report_uri::{Destination, ReportUri};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns;
use crate::net::lookup::mail_route::Reach;
use crate::net::lookup::texts;
use crate::report::{Evidence, Finding, Proof, Unclear, clean};

/// Addresses that are followed at most.
const MAX_FOLLOWED: usize = 16;

/// What the DNS said, or why it did not.
type Told<T> = Result<T, Box<dns::Error>>;

/// What became of one address.
#[derive(Default)]
struct Followed {
    reach: Option<Told<(Reach, Proof)>>,
    permission: Option<Told<(Permission, Vec<Evidence>)>>,
}

/// What the destination says of taking reports of the domain. RFC 9990 §4, RFC 9991 §5.
enum Permission {
    /// It takes them.
    Given,
    /// It does not say so.
    Missing,
    /// It sends them on to where it may not.
    Elsewhere(String),
}

/// Follows every address of the record.
pub(super) async fn examine(
    at: &Walked,
    record: &DmarcRecord,
    net: &Net,
    findings: &mut Vec<Finding>,
    unclear: &mut Vec<Unclear>,
) -> Vec<ReportRow> {
    let publisher = &at.level.domain;
    let proof = &at.proof();
    let addresses = record.rua.iter().map(|uri| ("rua", uri)).chain(record.ruf.iter().map(|uri| ("ruf", uri)));
    let addresses: Vec<(&'static str, &ReportUri)> = addresses.take(MAX_FOLLOWED).collect();
    for (tag, list) in [("rua", &record.rua), ("ruf", &record.ruf)] {
        if list.len() > 2 {
            let detail = format!("{} addresses in {tag}", list.len());
            findings.push(Finding::new(&rules::REPORT_MANY, &at.name, proof).about(tag).detail(detail));
        }
    }
    for (tag, uri) in &addresses {
        syntax(&at.name, tag, uri, proof, findings);
    }
    let followed = join_all(addresses.iter().map(|(tag, uri)| follow(publisher, tag, uri, net))).await;
    let mut open = Vec::new();
    let mut rows = Vec::new();
    for ((tag, uri), followed) in addresses.iter().zip(followed) {
        let domain = match &uri.destination {
            Destination::Mail(domain) | Destination::Https(domain) => Some(domain),
            _ => None,
        };
        let mut row = ReportRow {
            tag,
            uri: clean(&uri.text),
            domain: domain.map(ToString::to_string),
            external: followed.permission.is_some(),
            receives: None,
            permitted: None,
        };
        match followed.reach {
            None => {}
            Some(Ok((reach, asked))) => {
                row.receives = Some(reach == Reach::Receives);
                if let (Some(fault), Some(domain)) = (reach.fault(), domain) {
                    let detail = format!("{tag}={}: {domain} {fault}", row.uri);
                    let finding = Finding::new(&rules::REPORT_UNDELIVERABLE, &at.name, proof).evidence_all(asked);
                    findings.push(finding.about(format!("{tag}={}", row.uri)).detail(detail));
                }
            }
            Some(Err(error)) => open.push((row.uri.clone(), error)),
        }
        match (followed.permission, domain) {
            (Some(Ok((permission, asked))), Some(domain)) => {
                row.permitted = Some(matches!(permission, Permission::Given));
                findings.extend(permission.finding(&row, publisher, domain, asked, proof));
            }
            (Some(Err(error)), _) => open.push((row.uri.clone(), error)),
            _ => {}
        }
        rows.push(row);
    }
    unclear.extend(open.into_iter().map(|(uri, error)| reason::open_warning(findings, &error, uri)));
    rows
}

fn syntax(name: &str, tag: &str, uri: &ReportUri, proof: &Proof, findings: &mut Vec<Finding>) {
    let fault = match &uri.destination {
        Destination::Invalid(error) => Some(error.to_string()),
        // RFC 9989 §4.7: reporters must know mailto alone and ignore what they do not know.
        Destination::Https(_) => Some("reporters need not know https".to_owned()),
        Destination::Other(scheme) => Some(format!("reporters need not know {scheme}")),
        Destination::Mail(_) => None,
    };
    if let Some(fault) = fault {
        let detail = format!("{tag}={}: {fault}", uri.text);
        findings
            .push(Finding::new(&rules::REPORT_URI, name, proof).about(format!("{tag}={}", uri.text)).detail(detail));
    }
    if uri.has_size {
        let shown = format!("{tag}={}", uri.text);
        findings.push(Finding::new(&rules::REPORT_SIZE, name, proof).about(&shown).detail(&shown));
    }
}

async fn follow(publisher: &Domain, tag: &str, uri: &ReportUri, net: &Net) -> Followed {
    let Destination::Mail(domain) = &uri.destination else { return Followed::default() };
    let reach = net.reach(domain);
    let permission = async {
        match same_organization(publisher, domain, net).await {
            Ok(true) => None,
            Ok(false) => Some(permission(publisher, tag, domain, net).await),
            Err(error) => Some(Err(error)),
        }
    };
    let (reach, permission) = futures_util::future::join(reach, permission).await;
    Followed { reach: Some(reach), permission }
}

/// Whether both belong to one organisation, by the tree walk and by the public suffix list: where either
/// says yes, half of the reporters ask for no permission and the other half has the same owner to ask.
async fn same_organization(publisher: &Domain, domain: &Domain, net: &Net) -> Result<bool, Box<dns::Error>> {
    if publisher == domain || publisher.registrable().is_some_and(|own| domain.registrable() == Some(own)) {
        return Ok(true);
    }
    let (own, other) = futures_util::future::try_join(organization(publisher, net), organization(domain, net)).await?;
    Ok(own == other)
}

/// The organisational domain, by a tree walk (RFC 9989 §4.10.2).
pub(super) async fn organization(domain: &Domain, net: &Net) -> Result<Domain, Box<dns::Error>> {
    let names: Vec<(Domain, Domain)> = discovery::targets(domain)
        .into_iter()
        .filter_map(|target| Some((target.prefixed("_dmarc").ok()?, target)))
        .collect();
    let answers = net.dns.submit(names.iter().map(|(name, _)| texts::question(name)).collect()).await;
    let mut levels = Vec::new();
    for ((name, target), exchange) in names.iter().zip(answers) {
        // A public suffix that does not answer says nothing; the list of suffixes does.
        let found = match texts::read(exchange, name) {
            Ok(found) => found,
            Err(_) if target.registrable().is_none() => texts::Texts::default(),
            Err(error) => return Err(error),
        };
        levels.push(discovery::Level::new(target, found.records.iter().map(|text| text.text.as_str())));
    }
    if levels.is_empty() {
        return Ok(domain.clone());
    }
    let steps = discovery::steps(&levels);
    Ok(discovery::walk(&levels[..steps]).organizational)
}

/// Asks the destination; a wildcard answers by itself. RFC 9990 §4.
async fn permission(
    publisher: &Domain,
    tag: &str,
    domain: &Domain,
    net: &Net,
) -> Result<(Permission, Vec<Evidence>), Box<dns::Error>> {
    let Ok(name) = domain.prefixed(&format!("{publisher}._report._dmarc")) else {
        return Ok((Permission::Missing, Vec::new()));
    };
    let found = net.texts(&name).await?;
    let records: Vec<DmarcRecord> = found
        .records
        .iter()
        .filter(|text| dmarc_record::is_record(&text.text))
        .map(|text| DmarcRecord::parse(&text.text))
        .collect();
    if records.is_empty() {
        return Ok((Permission::Missing, found.evidence));
    }
    let is_elsewhere = |uri: &&ReportUri| !matches!(&uri.destination, Destination::Mail(host) if host == domain);
    // RFC 9991 §5: for failure reports, ruf stands where aggregate reports have rua.
    let overrides = |record: &DmarcRecord| if tag == "ruf" { record.ruf.clone() } else { record.rua.clone() };
    let elsewhere = records.iter().flat_map(overrides).find(|uri| is_elsewhere(&uri));
    let permission = elsewhere.map_or(Permission::Given, |uri| Permission::Elsewhere(clean(&uri.text)));
    Ok((permission, found.evidence))
}

impl Permission {
    fn finding(
        self,
        row: &ReportRow,
        publisher: &Domain,
        domain: &Domain,
        asked: Vec<Evidence>,
        proof: &Proof,
    ) -> Option<Finding> {
        let name = format!("{publisher}._report._dmarc.{domain}");
        let find = |rule| {
            let finding = Finding::new(rule, &name, proof).evidence_all(asked);
            finding.about(format!("{}={}", row.tag, row.uri))
        };
        match self {
            Permission::Given => None,
            Permission::Missing => {
                let detail = format!("{}={}: no permission at {name}", row.tag, row.uri);
                let remedy = format!("Ask the operator of {domain} to publish at {name}: TXT \"v=DMARC1\"");
                Some(find(&rules::REPORT_UNAUTHORISED).detail(detail).remedy(remedy))
            }
            Permission::Elsewhere(uri) => {
                let detail = format!("{}={}: {name} leads to {uri}", row.tag, row.uri);
                Some(find(&rules::REPORT_OVERRIDE).detail(detail))
            }
        }
    }
}
