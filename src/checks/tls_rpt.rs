//! `tls-rpt`: are reports about TLS asked for, and do they arrive?

use futures_util::future::{join, join_all};
use schemars::JsonSchema;
use serde::Serialize;

use super::advice::{self, Place};
use super::{Check, Context, Outcome, Subject, domain_of, reason};
use crate::config::ConfigError;
use crate::mail::mta_sts;
use crate::mail::report_uri::{Destination, ReportUri};
use crate::mail::tls_rpt::{self, Record};
use crate::names::domain::Domain;
use crate::names::target::Target;
use crate::net::Net;
use crate::net::dns::Error;
use crate::net::lookup::texts::Texts;
use crate::net::mail_hosts::SMTP;
use crate::report::table::{Cell, Column, Headline, Row, Section, Table, Tabulate};
use crate::report::{Cite, Evidence, Finding, Proof, Reason, Remedy, Rule, Severity, Unclear, clean};

const RECORD: Cite = Cite::rfc(8460, "3");
const DELIVERY: Cite = Cite::rfc(8460, "5");

/// No record although senders secure their connections. RFC 8460 §3.
static MISSING: Rule = Rule {
    id: "tls-rpt-missing",
    title: "No TLS reports are asked for",
    severity: Severity::Note,
    cites: &[RECORD],
    why: "The domain publishes MTA-STS or DANE, so senders refuse connections that do not keep it. Without reports \
          nobody tells you when they do.",
    remedy: Remedy::Act("Publish a TXT record at _smtp._tls."),
};

/// More than one record. RFC 8460 §3.
static SEVERAL: Rule = Rule {
    id: "tls-rpt-several",
    title: "Several TLS-RPT records",
    severity: Severity::Error,
    cites: &[RECORD],
    why: "Unless exactly one record is left, reporters take it that no reports are wanted.",
    remedy: Remedy::Act("Merge them into one record; rua takes several addresses with commas between them."),
};

/// A record that cannot be read. RFC 8460 §3.
static BAD_RECORD: Rule = Rule {
    id: "tls-rpt-record",
    title: "The TLS-RPT record is not valid",
    severity: Severity::Error,
    cites: &[RECORD],
    why: "Reporters take a record that is not valid for none.",
    remedy: Remedy::Act("Let the record be v=TLSRPTv1; rua=mailto: and a mailbox."),
};

/// White space in front of the first semicolon. RFC 8460 §3.
static SPACED: Rule = Rule {
    id: "tls-rpt-record-space",
    title: "White space stands before the first semicolon of the record",
    severity: Severity::Warning,
    cites: &[RECORD],
    why: "The grammar allows it, but where several texts stand at the name RFC 8460 discards those that do not begin \
          with v=TLSRPTv1; and some reporters always do.",
    remedy: Remedy::Act("Let the record begin with v=TLSRPTv1; without white space in it."),
};

/// A tag nobody knows. RFC 8460 §3.
static UNKNOWN_TAG: Rule = Rule {
    id: "tls-rpt-unknown-tag",
    title: "A tag that TLS-RPT does not know",
    severity: Severity::Note,
    cites: &[RECORD],
    why: "Reporters ignore it.",
    remedy: Remedy::Act("Correct its name or remove it."),
};

/// An address that is none. RFC 8460 §3.
static REPORT_URI: Rule = Rule {
    id: "tls-rpt-report-uri",
    title: "A report address cannot be used",
    severity: Severity::Error,
    cites: &[RECORD],
    why: "Reports go by mailto: or https: only. A comma, an exclamation mark or a semicolon inside an address must be \
          percent-encoded.",
    remedy: Remedy::Act(
        "Write each address as mailto:name@domain or https://host/path and put a comma between two of them.",
    ),
};

/// A destination that does not exist or receives no mail. RFC 8460 §5.
static UNDELIVERABLE: Rule = Rule {
    id: "tls-rpt-undeliverable",
    title: "Reports cannot be delivered",
    severity: Severity::Warning,
    cites: &[DELIVERY, Cite::rfc(7505, "3")],
    why: "The domain of the address receives no mail, or its web server has no address, so the reports are lost.",
    remedy: Remedy::Act("Name a mailbox at a domain that receives mail."),
};

/// The flags of `tls-rpt`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {}

/// The check.
#[derive(Debug)]
pub struct TlsRpt;

/// What was learned of the reports.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The TXT record as received.
    pub record: Option<String>,
    /// The addresses in it.
    pub reports: Vec<ReportRow>,
    /// Whether the domain has an MTA-STS record; null when that is not known or was not asked.
    pub mta_sts: Option<bool>,
    /// Whether a mail exchanger has TLSA records; null when that is not known or was not asked.
    pub dane: Option<bool>,
    /// The verdict in one line.
    #[serde(skip)]
    pub reason: String,
}

/// One address.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReportRow {
    /// The address as written.
    pub uri: String,
    /// The domain reports go to.
    pub domain: Option<String>,
    /// Whether the domain receives them; null when that is not known.
    pub receives: Option<bool>,
}

impl Check for TlsRpt {
    type Options = Options;
    type Query = Domain;
    type Facts = Facts;

    const NAME: &'static str = "tls-rpt";
    const RULES: &'static [&'static Rule] =
        &[&MISSING, &SEVERAL, &BAD_RECORD, &SPACED, &UNKNOWN_TAG, &REPORT_URI, &UNDELIVERABLE];

    fn new(_: Options, _: &Context) -> Result<Self, ConfigError> {
        Ok(TlsRpt)
    }

    fn subject_name(query: &Domain) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Domain>>, Unclear> {
        Ok(vec![Subject::of(domain_of(target)?)])
    }

    async fn run(&self, subject: &Subject<Domain>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let domain = &subject.query;
        let too_long = |_| Unclear::decisive(Reason::NotApplicable, domain, "the name leaves no room for a record");
        let name = domain.prefixed("_smtp._tls").map_err(too_long)?;
        let texts = net.texts(&name).await.map_err(|error| error.unclear(&name))?;
        let mut facts = Facts { record: None, reports: Vec::new(), mta_sts: None, dane: None, reason: String::new() };
        let mut findings = Vec::new();
        let mut unclear = Vec::new();
        match record(&name, &texts, &mut facts, &mut findings) {
            Some(record) => {
                addresses(&name, &record, &texts.proof(&name), net, &mut facts, &mut findings, &mut unclear).await;
            }
            None if findings.is_empty() => {
                missing(domain, (&name, &texts), net, &mut facts, &mut findings, &mut unclear).await;
            }
            None => {}
        }
        let otherwise = match &facts.record {
            Some(_) => format!("reports go to {}", list(&facts)),
            None => "no record".to_owned(),
        };
        facts.reason = reason::beside(&findings, &unclear, otherwise);
        Ok(Outcome { facts, findings, unclear })
    }
}

fn list(facts: &Facts) -> String {
    facts.reports.iter().map(|row| row.uri.clone()).collect::<Vec<_>>().join(", ")
}

/// The one record, if it is one.
fn record(name: &Domain, texts: &Texts, facts: &mut Facts, findings: &mut Vec<Finding>) -> Option<Record> {
    let records = tls_rpt::records(&texts.records, |text| &text.text);
    let near = || texts.records.iter().find(|text| tls_rpt::is_near_miss(&text.text));
    match records[..] {
        [] => {
            let text = near()?;
            facts.record = Some(text.shown());
            let beside = if texts.records.len() > 1 { ", and other texts stand beside it" } else { "" };
            let detail = format!("\"{}\" does not begin with v=TLSRPTv1;{beside}", text.shown());
            findings.push(Finding::new(&BAD_RECORD, name, text.evidence(name.as_str())).detail(detail));
            None
        }
        [text] => {
            let record = Record::parse(&text.text);
            facts.record = Some(text.shown());
            let find = |rule| Finding::new(rule, name, text.evidence(name.as_str()));
            if record.is_spaced {
                let finding = find(&SPACED).detail("white space stands between v=TLSRPTv1 and its semicolon");
                let better = tls_rpt::unspaced(&text.shown());
                findings.push(finding.remedy(format!("Publish at {name}: TXT \"{better}\"")));
            }
            if !record.faults.is_empty() {
                findings.push(find(&BAD_RECORD).detail(record.faults.join("; ")));
            }
            for tag in &record.unknown {
                findings.push(find(&UNKNOWN_TAG).about(tag).detail(format!("tag {tag}")));
            }
            Some(record)
        }
        [first, ..] => {
            facts.record = Some(first.shown());
            let others = records[1..].iter().take(3).map(|text| text.evidence(name.as_str()));
            let finding = Finding::new(&SEVERAL, name, first.evidence(name.as_str())).evidence_all(others);
            findings.push(finding.detail(format!("{} records at {name}", records.len())));
            None
        }
    }
}

async fn addresses(
    name: &Domain,
    record: &Record,
    proof: &Proof,
    net: &Net,
    facts: &mut Facts,
    findings: &mut Vec<Finding>,
    unclear: &mut Vec<Unclear>,
) {
    let followed = join_all(record.rua.iter().map(|uri| follow(uri, net))).await;
    let mut open = Vec::new();
    for (uri, followed) in record.rua.iter().zip(followed) {
        let shown = clean(&uri.text);
        let domain = match &uri.destination {
            Destination::Mail(domain) | Destination::Https(domain) => Some(domain.to_string()),
            Destination::Other(scheme) => {
                let detail = format!("{shown}: {scheme} is neither mailto nor https");
                findings.push(Finding::new(&REPORT_URI, name, proof).about(&shown).detail(detail));
                None
            }
            Destination::Invalid(error) => {
                let finding = Finding::new(&REPORT_URI, name, proof).about(&shown);
                findings.push(finding.detail(format!("{shown}: {error}")));
                None
            }
        };
        if uri.has_size {
            let detail = format!("{shown}: an exclamation mark must be percent-encoded");
            findings.push(Finding::new(&REPORT_URI, name, proof).about(format!("{shown} size")).detail(detail));
        }
        let mut row = ReportRow { uri: shown.clone(), domain, receives: None };
        match followed {
            None => {}
            Some(Ok(None)) => row.receives = Some(true),
            Some(Ok(Some((fault, asked)))) => {
                row.receives = Some(false);
                let finding = Finding::new(&UNDELIVERABLE, name, proof).about(&shown).evidence_all(asked);
                findings.push(finding.detail(format!("{shown}: {fault}")));
            }
            Some(Err(error)) => open.push((shown, error)),
        }
        facts.reports.push(row);
    }
    unclear.extend(open.into_iter().map(|(uri, error)| reason::open_warning(findings, &error, uri)));
}

/// Why reports to an address are lost, and what the DNS said.
type Lost = (String, Vec<Evidence>);

/// Why reports to an address are lost, if they are.
async fn follow(uri: &ReportUri, net: &Net) -> Option<Result<Option<Lost>, Box<Error>>> {
    match &uri.destination {
        Destination::Mail(domain) => Some(match net.reach(domain).await {
            Ok((reach, proof)) => {
                Ok(reach.fault().map(|fault| (format!("{domain} {fault}"), proof.into_iter().collect())))
            }
            Err(error) => Err(error),
        }),
        Destination::Https(domain) => Some(match net.addresses_and_proof(domain).await {
            Ok((addresses, proof)) => Ok(addresses.is_empty().then(|| (format!("{domain} has no address"), proof))),
            Err(error) => Err(error),
        }),
        Destination::Other(_) | Destination::Invalid(_) => None,
    }
}

/// Without a record: is there anything that reports would be about?
async fn missing(
    domain: &Domain,
    (name, texts): (&Domain, &Texts),
    net: &Net,
    facts: &mut Facts,
    findings: &mut Vec<Finding>,
    unclear: &mut Vec<Unclear>,
) {
    let (policy, dane) = join(has_policy(domain, net), has_tlsa(domain, net)).await;
    facts.mta_sts = policy.as_ref().ok().copied();
    facts.dane = dane.as_ref().ok().copied();
    let there = |answer: &Result<bool, _>| matches!(answer, Ok(true));
    let beside: Vec<&str> = [("MTA-STS", there(&policy)), ("DANE", there(&dane))]
        .iter()
        .filter(|(_, there)| *there)
        .map(|(what, _)| *what)
        .collect();
    // One of them is enough to report about; without it the other could be what there is.
    let decisive = beside.is_empty();
    let failed = [policy.err(), dane.err()].into_iter().flatten();
    unclear.extend(failed.map(|error| Unclear { decisive, ..error.unclear(domain) }));
    if beside.is_empty() {
        if unclear.is_empty() {
            let detail = format!("no record at {name}, and neither MTA-STS nor DANE to report about");
            unclear.push(Unclear::decisive(Reason::NotApplicable, domain, detail));
        }
        return;
    }
    let place = Place { reader: domain, name: name.as_str(), alias: texts.alias.as_deref() };
    let remedy = match advice::report_mailbox("tls-reports", domain, net).await {
        Some(mailbox) => format!("{}.", place.publish_text(&format!("v=TLSRPTv1; rua=mailto:{mailbox}"))),
        None => format!("Publish a TXT record at {name} with the address of a mailbox at a domain that takes mail."),
    };
    let detail = format!("no record at {name}, beside {}", beside.join(" and "));
    findings.push(Finding::new(&MISSING, name, texts.proof(name)).detail(detail).remedy(remedy));
}

/// Whether the domain has an MTA-STS record.
async fn has_policy(domain: &Domain, net: &Net) -> Result<bool, Box<Error>> {
    // Where the name leaves no room for a record, there is none.
    let Ok(name) = domain.prefixed("_mta-sts") else { return Ok(false) };
    let texts = net.texts(&name).await?;
    Ok(!mta_sts::records(&texts.records, |text| &text.text).is_empty())
}

/// Whether a host that mail is sent to has TLSA records at port 25: without MX records the domain itself.
async fn has_tlsa(domain: &Domain, net: &Net) -> Result<bool, Box<Error>> {
    let hosts = net.mail_route(domain).await?.hosts(domain);
    net.has_tlsa(&hosts, SMTP).await
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        Headline { who: subject.to_owned(), remark: String::new() }
    }

    fn reason(&self) -> String {
        self.reason.clone()
    }

    fn sections(&self, _: bool) -> Vec<Section> {
        let mut sections = Vec::new();
        if let Some(record) = &self.record {
            sections.push(Section::Line(format!("\"{record}\"")));
        }
        if !self.reports.is_empty() {
            let word = |row: &ReportRow| match row.receives {
                Some(true) => "can be delivered".into(),
                Some(false) => Cell::marked("cannot be delivered", Some(Severity::Warning)),
                None => Cell::default(),
            };
            let row = |row: &ReportRow| Row::of([row.uri.clone().into(), word(row)]);
            let columns = vec![Column::words("Reports to"), Column::words("")];
            let rows = self.reports.iter().map(row).collect();
            sections.push(Section::Table(Table { title: None, columns, rows }));
        }
        sections
    }
}
