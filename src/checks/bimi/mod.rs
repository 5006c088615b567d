//! `bimi`: can receivers show a logo beside a domain's mail?

mod documents;
mod facts;
mod fetch;
mod rules;

use std::sync::Arc;

use futures_util::future::{OptionFuture, join, join3};
use rustls::ClientConfig;

use self::documents::MAX_EVIDENCE;
pub use self::facts::Facts;
use self::facts::{EvidenceFacts, IndicatorFacts};
use self::fetch::{Wanted, fetch};
use super::dmarc::{self, Protection};
use super::{Check, Context, Outcome, Subject, domain_of, reason};
use crate::config::ConfigError;
use crate::mail::bimi::{self, HttpsUri, Location, Record};
use crate::mail::dmarc_record::{DmarcRecord, Policy};
use crate::mail::svg::MAX_INDICATOR;
use crate::names::domain::Domain;
use crate::names::target::Target;
use crate::net::Net;
use crate::net::lookup::texts::{Text, Texts};
use crate::report::{Finding, Reason, Rule, Severity, Unclear, clean};

/// The flags of `bimi`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Test the record at this selector (default: default)
    #[arg(short, long, value_name = "SELECTOR", value_parser = bimi::selector)]
    pub selector: Option<String>,
    /// Fetch the logo and the mark certificate from the web servers that the record names, and test them too
    #[arg(long)]
    pub fetch: bool,
}

/// The check.
#[derive(Debug)]
pub struct Bimi {
    selector: String,
    /// How to fetch, if that is wanted.
    config: Option<Arc<ClientConfig>>,
}

impl Check for Bimi {
    type Options = Options;
    type Query = Domain;
    type Facts = Facts;

    const NAME: &'static str = "bimi";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let config = || context.settings.net.trust.client_config().map(Arc::new).map_err(ConfigError);
        let selector = options.selector.unwrap_or_else(|| "default".to_owned());
        Ok(Bimi { selector, config: options.fetch.then(config).transpose()? })
    }

    fn subject_name(query: &Domain) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Domain>>, Unclear> {
        Ok(vec![Subject::of(domain_of(target)?)])
    }

    async fn run(&self, subject: &Subject<Domain>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let mut judge = Judge::new(&subject.query, &self.selector);
        let Some(record) = judge.discover(net).await? else { return Ok(judge.end()) };
        let indicator = self.get(record.location.uri(), "image/svg+xml", MAX_INDICATOR, net);
        let evidence = self.get(record.evidence.uri(), "application/pem-certificate-chain", MAX_EVIDENCE, net);
        let (protection, indicator, evidence) =
            join3(dmarc::protection(&subject.query, net), indicator, evidence).await;
        judge.protection(protection);
        if let Some((uri, fetched)) = record.location.uri().zip(indicator) {
            judge.indicator(uri, fetched);
        }
        if let Some((uri, fetched)) = record.evidence.uri().zip(evidence) {
            judge.evidence(uri, fetched, net);
        }
        Ok(judge.end())
    }
}

impl Bimi {
    /// Fetches a document, if there is one and fetching is wanted.
    async fn get(
        &self,
        uri: Option<&HttpsUri>,
        accept: &'static str,
        limit: usize,
        net: &Net,
    ) -> Option<fetch::Fetched> {
        let (uri, config) = uri.zip(self.config.as_ref())?;
        Some(fetch(Wanted { uri, accept, limit }, config, net).await)
    }
}

/// What was seen and what it means, as it comes.
struct Judge<'a> {
    domain: &'a Domain,
    selector: &'a str,
    /// The domain below the public suffix, if it is another one.
    organizational: Option<Domain>,
    facts: Facts,
    findings: Vec<Finding>,
    unclear: Vec<Unclear>,
}

impl<'a> Judge<'a> {
    fn new(domain: &'a Domain, selector: &'a str) -> Self {
        // BIMI takes the organizational domain of RFC 7489 §3.2, by the public suffix list.
        let organizational = domain.registrable().filter(|name| name != domain);
        let facts = Facts { selector: selector.to_owned(), ..Facts::default() };
        Judge { domain, selector, organizational, facts, findings: Vec::new(), unclear: Vec::new() }
    }

    /// Finds the one record (§7.2); none if there is none that names a logo, which is told then.
    async fn discover(&mut self, net: &Net) -> Result<Option<Record>, Unclear> {
        let below = |domain: &Domain| domain.prefixed(&format!("{}._bimi", self.selector));
        let too_long =
            |_| Unclear::decisive(Reason::NotApplicable, self.domain, "the name leaves no room for a record");
        let name = below(self.domain).map_err(too_long)?;
        let above = self.organizational.as_ref().and_then(|domain| below(domain).ok());
        let asked = OptionFuture::from(above.as_ref().map(|above| net.texts(above)));
        let (own, fallback) = join(net.texts(&name), asked).await;
        let own = own.map_err(|error| error.unclear(&name))?;
        self.near_miss(&name, &own);
        if own.records.iter().any(|text| bimi::is_record(&text.text)) {
            return Ok(self.record(&name, &own));
        }
        if let Some((above, fallback)) = above.as_ref().zip(fallback) {
            let fallback = fallback.map_err(|error| error.unclear(above))?;
            self.near_miss(above, &fallback);
            if fallback.records.iter().any(|text| bimi::is_record(&text.text)) {
                return Ok(self.record(above, &fallback));
            }
        }
        if self.findings.is_empty() {
            let nor = above.map(|above| format!(" and none at {above}")).unwrap_or_default();
            let detail = format!("no record at {name}{nor}: the domain does not use BIMI, and need not");
            self.unclear.push(Unclear::decisive(Reason::NotApplicable, self.domain, detail));
        }
        Ok(None)
    }

    /// A text that receivers discard, though it was meant for them.
    fn near_miss(&mut self, name: &Domain, texts: &Texts) {
        let Some(text) = texts.records.iter().find(|text| bimi::is_near_miss(&text.text)) else { return };
        let detail = format!("\"{}\" does not begin with v=BIMI1;", text.shown());
        self.findings.push(Finding::new(&rules::BAD_RECORD, name, text.evidence(name.as_str())).detail(detail));
    }

    /// Judges the records of a name that has some.
    fn record(&mut self, name: &Domain, texts: &Texts) -> Option<Record> {
        let records: Vec<&Text> = texts.records.iter().filter(|text| bimi::is_record(&text.text)).collect();
        let [text] = records[..] else {
            let detail = format!("{} records at {name}", records.len());
            self.facts.found_at = Some(name.to_string());
            self.findings.push(Finding::new(&rules::SEVERAL, name, texts.proof(name)).detail(detail));
            return None;
        };
        let record = Record::parse(&text.text);
        self.facts.record = Some(text.shown());
        self.facts.found_at = Some(name.to_string());
        self.facts.local_parts = record.local_parts;
        self.facts.preference = Some(record.preference);
        let found = |rule, about: &str, detail: String| {
            Finding::new(rule, name, text.evidence(name.as_str())).about(about).detail(detail)
        };
        if !record.faults.is_empty() {
            self.findings.push(found(&rules::BAD_RECORD, "syntax", record.faults.join("; ")));
        }
        for value in &record.bad_values {
            self.findings.push(found(&rules::VALUE, value, value.clone()));
        }
        for tag in &record.unknown {
            self.findings.push(found(&rules::UNKNOWN_TAG, tag, format!("tag {tag}")));
        }
        for (tag, location) in [("l", &record.location), ("a", &record.evidence)] {
            if let Location::Invalid(uri, error) = location {
                self.findings.push(found(&rules::LOCATION, tag, format!("{tag}={}: {error}", clean(uri))));
            }
        }
        if record.is_declined() {
            self.facts.declined = true;
            let besides =
                if record.local_parts { ", but for senders with a record of their own (lps=true)" } else { "" };
            let detail = format!("the domain declines BIMI at {name}{besides}");
            self.unclear.push(Unclear::decisive(Reason::NotApplicable, self.domain, detail));
            return None;
        }
        match &record.location {
            Location::Empty if record.faults.is_empty() => {
                self.findings.push(found(&rules::LOCATION, "l", "l= is empty although a= names evidence".to_owned()));
            }
            Location::At(uri) => {
                self.facts.indicator = Some(IndicatorFacts::at(uri.to_string()));
                if let Some(suffix) = uri.other_image() {
                    self.findings.push(found(&rules::FORMAT, "l", format!("l={uri} ends with .{suffix}")));
                }
            }
            _ => {}
        }
        match &record.evidence {
            Location::At(uri) => self.facts.evidence = Some(EvidenceFacts::at(uri.to_string())),
            Location::Absent | Location::Empty if self.facts.indicator.is_some() => {
                let detail = "a= is empty or not there".to_owned();
                self.findings.push(found(&rules::NO_EVIDENCE, "a", detail));
            }
            _ => {}
        }
        Some(record)
    }

    /// Judges whether DMARC is as BIMI demands (§7.1), where a record promises a logo.
    fn protection(&mut self, protection: Result<Protection, Unclear>) {
        let protection = match protection {
            Ok(protection) => protection,
            Err(open) => {
                let decided = self.findings.iter().any(|finding| finding.rule.severity <= Severity::Warning);
                return self.unclear.push(Unclear { decisive: open.decisive && !decided, ..open });
            }
        };
        self.facts.dmarc_policy = protection.policy;
        let before = self.findings.len();
        for published in &protection.records {
            let weak = weaknesses(&published.record);
            if !weak.is_empty() {
                let finding = Finding::new(&rules::DMARC, &published.name, published.text.evidence(&published.name));
                let remedy = format!("Publish at {}: TXT \"{}\"", published.name, strengthened(&published.record));
                self.findings.push(finding.detail(weak.join(", ")).remedy(remedy));
            }
        }
        if let Some((name, proof)) = protection.lacking {
            let remedy = format!("Have one record at {name}: TXT \"v=DMARC1; p=quarantine\"");
            let finding = Finding::new(&rules::DMARC, &name, proof).detail(format!("not one DMARC record at {name}"));
            self.findings.push(finding.remedy(remedy));
        }
        self.facts.dmarc_suffices = Some(self.findings.len() == before);
    }

    fn end(self) -> Outcome<Facts> {
        let Judge { mut facts, findings, unclear, .. } = self;
        facts.reason = reason::beside(&findings, &unclear, facts.summary());
        Outcome { facts, findings, unclear }
    }
}

/// What a DMARC record lacks for BIMI (§7.1 steps 7 to 9).
fn weaknesses(record: &DmarcRecord) -> Vec<String> {
    let mut weak = Vec::new();
    let Some(policies) = record.policies() else { return vec!["no policy that can be followed".to_owned()] };
    if policies.domain == Policy::None {
        weak.push("p=none".to_owned());
    }
    if record.sp.valid() == Some(Policy::None) {
        weak.push("sp=none".to_owned());
    }
    if policies.domain == Policy::Quarantine {
        let share = record.tag("pct").map(|tag| tag.value.as_str());
        weak.extend(share.filter(|share| *share != "100").map(|share| format!("p=quarantine with pct={share}")));
        if record.testing {
            weak.push("p=quarantine with t=y, which counts as none".to_owned());
        }
    }
    weak
}

/// The record with which nothing is lacking, the other tags as they are.
fn strengthened(record: &DmarcRecord) -> String {
    let policy = record.p.valid().filter(|policy| *policy != Policy::None).unwrap_or(Policy::Quarantine);
    let mut tags = vec!["v=DMARC1".to_owned(), format!("p={}", policy.as_str())];
    for tag in &record.list.tags {
        match tag.name.to_ascii_lowercase().as_str() {
            "v" | "p" | "pct" | "t" => {}
            "sp" if matches!(record.sp.valid(), None | Some(Policy::None)) => {}
            "np" if record.np.valid().is_none() => {}
            _ => tags.push(format!("{}={}", tag.name, tag.value)),
        }
    }
    clean(&tags.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn lacks(text: &str, weak: &[&str], strong: &str) {
        let record = DmarcRecord::parse(text);
        assert_eq!(
            (weaknesses(&record), strengthened(&record).as_str()),
            (weak.iter().map(ToString::to_string).collect(), strong)
        );
        assert_eq!(weaknesses(&DmarcRecord::parse(strong)), Vec::<String>::new());
    }

    #[test]
    fn conditions_of_the_draft_are_told_with_the_record_that_keeps_them() {
        // §7.1 steps 7 to 9.
        lacks(
            "v=DMARC1; p=none; rua=mailto:a@b.example",
            &["p=none"],
            "v=DMARC1; p=quarantine; rua=mailto:a@b.example",
        );
        lacks("v=DMARC1; p=reject; sp=none", &["sp=none"], "v=DMARC1; p=reject");
        lacks("v=DMARC1; p=quarantine; pct=50", &["p=quarantine with pct=50"], "v=DMARC1; p=quarantine");
        lacks(
            "v=DMARC1; p=quarantine; t=y",
            &["p=quarantine with t=y, which counts as none"],
            "v=DMARC1; p=quarantine",
        );
        lacks("v=DMARC1; sp=x; p=y", &["no policy that can be followed"], "v=DMARC1; p=quarantine");
        for enough in ["v=DMARC1; p=reject; adkim=s", "v=DMARC1; p=quarantine", "v=DMARC1; p=quarantine; sp=quarantine"]
        {
            lacks(enough, &[], enough);
        }
        assert!(weaknesses(&DmarcRecord::parse("v=DMARC1; p=reject; pct=20")).is_empty());
        assert!(weaknesses(&DmarcRecord::parse("v=DMARC1; p=quarantine; pct=100")).is_empty());
    }
}
