//! Which selectors are worth a guess: common ones, and those of providers that the domain names.

use crate::catalogue::selectors::{self, Provider};
use crate::checks::dmarc;
use crate::mail::spf::{Record, is_record};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::net::dns::Error;
use crate::report::Unclear;

/// What the domain's own records say of who signs for it.
pub(super) struct Hints {
    /// The providers they name.
    pub(super) providers: Vec<&'static Provider>,
    /// The questions without an answer: who else is named there is not known.
    pub(super) unclear: Vec<Unclear>,
    /// Whether the domain has a null MX.
    has_null_mx: bool,
    /// Whether its SPF record refuses everyone.
    refuses_everyone: bool,
}

impl Hints {
    /// Whether the domain evidently sends nothing: SPF and DMARC refuse whatever comes in its name, and it has a null
    /// MX or has revoked every selector. What cannot be told is no evidence.
    pub(super) async fn sends_nothing(&self, domain: &Domain, all_revoked: bool, net: &Net) -> bool {
        let says_so = self.refuses_everyone && (self.has_null_mx || all_revoked);
        says_so && dmarc::in_force(domain, net).await.is_ok_and(|policy| policy.rejects)
    }
}

/// Asks for MX and SPF. A question without answer costs guesses, which is told and decides nothing.
pub(super) async fn hints(domain: &Domain, net: &Net) -> Hints {
    let (route, texts) = futures_util::future::join(net.mail_route(domain), net.texts(domain)).await;
    let mut unclear = Vec::new();
    let mut told = |error: Box<Error>| unclear.push(Unclear { decisive: false, ..error.unclear(domain) });
    let has_null_mx = route.as_ref().is_ok_and(|route| route.is_null());
    let exchangers = route.map(|route| route.hosts(domain)).map_err(&mut told).unwrap_or_default();
    let texts = texts.map(|texts| texts.records).map_err(&mut told).unwrap_or_default();
    let records: Vec<&[u8]> = texts.iter().map(|text| text.octets.as_slice()).filter(|text| is_record(text)).collect();
    let refuses_everyone = matches!(records[..], [record] if Record::parse(record).refuses_everyone());
    let spf: Vec<Domain> = texts.iter().flat_map(|text| spf_names(&text.text)).collect();
    Hints { providers: selectors::providers(&exchangers, &spf), unclear, has_null_mx, refuses_everyone }
}

/// The names that the terms of an SPF record lead to, without reading it any closer.
fn spf_names(text: &str) -> Vec<Domain> {
    let mut terms = text.split_ascii_whitespace();
    if !terms.next().is_some_and(|first| first.eq_ignore_ascii_case("v=spf1")) {
        return Vec::new();
    }
    terms.filter_map(|term| term.split_once([':', '='])?.1.parse().ok()).collect()
}

/// The selectors to ask for, each once: those of the providers first.
pub(super) fn selectors(domain: &Domain, providers: &[&Provider]) -> Vec<String> {
    let mut all: Vec<String> = providers.iter().flat_map(|provider| provider.selectors_for(domain)).collect();
    all.extend(selectors::common().iter().cloned());
    let mut seen = std::collections::HashSet::new();
    all.retain(|selector| seen.insert(selector.clone()));
    all
}
