//! `bimi`: can receivers show a logo beside a domain's mail?

mod documents;
mod facts;
mod fetch;
mod protection;
mod record;
mod rules;

use std::sync::Arc;

use futures_util::future::{OptionFuture, join, join3};
use rustls::ClientConfig;

use self::documents::MAX_EVIDENCE;
pub use self::facts::Facts;
use self::fetch::{Wanted, fetch};
use super::dmarc;
use super::{Check, Context, Outcome, Subject, domain_of, reason};
use crate::config::ConfigError;
use crate::mail::bimi::{self, HttpsUri, Record};
use crate::mail::svg::MAX_INDICATOR;
use crate::names::domain::Domain;
use crate::names::target::Target;
use crate::net::Net;
use crate::report::{Finding, Reason, Rule, Unclear};

/// The flags of `bimi`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Test the record at this selector instead of "default"
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

    fn end(self) -> Outcome<Facts> {
        let Judge { mut facts, findings, unclear, .. } = self;
        let otherwise = match unclear.first() {
            // Why there is nothing to test.
            Some(open) if facts.indicator.is_none() => open.detail.clone(),
            _ => facts.summary(),
        };
        facts.reason = reason::beside(&findings, &unclear, otherwise);
        Outcome { facts, findings, unclear }
    }
}
