//! A record as a list of networks, the way rspamd takes it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::evaluate::{End, Run, Stop, StopKind, initial_name, permanent, temporary};
use super::evaluation::Verdict;
use super::lookup::Lookup;
use super::mechanism::Mechanism;
use super::record::{Qualifier, Record};
use super::select::{Selection, select};

/// Records that lead on to one another, at most.
const MAX_DEPTH: usize = 10;

/// What a record and those it leads to come to.
#[derive(Default)]
struct Found {
    /// The first network with the client: its qualifier, the domain and the term.
    matched: Option<(Qualifier, String, String)>,
    /// Networks and hosts that count, with or without the client.
    networks: usize,
    /// The qualifier of `all`, and the domain that says it; one that lets everybody send does not count.
    all: Option<(Qualifier, String)>,
    /// What could not be looked up.
    failed: Option<Stop>,
}

impl<L: Lookup> Run<'_, L> {
    /// Evaluates the first domain's record.
    pub(super) async fn flatten(&mut self, domain: String) -> Result<End, Stop> {
        let none = |domain: String| Ok(End { domain, ..End::default() });
        let Some(name) = initial_name(&domain) else { return none(domain) };
        let Some(record) = self.any_record(&name).await? else { return none(name) };
        self.record = Some(record.shown());
        let found = self.gather(record, name.clone(), 0).await;
        if let Some((qualifier, domain, term)) = found.matched {
            return Ok(End { verdict: qualifier.into(), domain, matched: Some(term), ..End::default() });
        }
        match (found.all, found.failed) {
            (Some(_), Some(stop)) => Err(stop),
            (Some((qualifier, domain)), None) => {
                Ok(End { verdict: qualifier.into(), domain, matched: Some("all".to_owned()), ..End::default() })
            }
            (None, _) if found.networks > 0 => Ok(End { verdict: Verdict::Neutral, domain: name, ..End::default() }),
            (None, Some(stop)) => Err(stop),
            (None, None) => Err(permanent(&name, "the record names no network".to_owned())),
        }
    }

    /// The first SPF record of a name.
    async fn any_record(&mut self, name: &str) -> Result<Option<Record>, Stop> {
        let texts = self.lookup.texts(name).await.map_err(|failure| temporary(name, failure))?.into_records();
        Ok(match select(&texts) {
            Selection::None => None,
            Selection::One(text) => Some(Record::parse(text)),
            Selection::Several(all) => {
                self.chance =
                    Some(format!("{name} has {} SPF records, of which whichever comes first is taken", all.len()));
                all.first().map(|text| Record::parse(text))
            }
        })
    }

    fn gather(&mut self, record: Record, domain: String, depth: usize) -> BoxFuture<'_, Found> {
        async move {
            let mut found = Found::default();
            for (term, directive) in record.directives() {
                let text = record.text_of(&term.span);
                let mechanism = &directive.mechanism;
                if matches!(mechanism, Mechanism::All) {
                    if directive.qualifier != Qualifier::Pass {
                        found.all = found.all.or_else(|| Some((directive.qualifier, domain.clone())));
                    }
                    continue;
                }
                // What is beyond the limit is passed over as well.
                if mechanism.costs_lookup() && self.count_lookup(&domain, &text).is_err() {
                    continue;
                }
                if let Mechanism::Include(spec) = mechanism {
                    let target = self.target(Some(spec), &domain).await;
                    let inner = self.follow(&target, depth).await;
                    found.networks += inner.networks;
                    found.matched = found.matched.or(inner.matched);
                    found.failed = found.failed.or(inner.failed);
                    continue;
                }
                match self.matches(mechanism, &domain, depth).await {
                    Ok(false) => found.networks += 1,
                    Ok(true) => {
                        found.networks += 1;
                        self.note(depth, format!("{domain}: {text} matches"));
                        found.matched = found.matched.or_else(|| Some((directive.qualifier, domain.clone(), text)));
                    }
                    Err(stop) if matches!(stop.kind, StopKind::Temporary(_)) => found.failed = Some(stop),
                    Err(_) => {}
                }
            }
            if let Some((term, spec)) = record.redirect()
                && self.count_lookup(&domain, &record.text_of(&term.span)).is_ok()
            {
                let target = self.target(Some(spec), &domain).await;
                let inner = self.follow(&target, depth).await;
                found.networks += inner.networks;
                found.matched = found.matched.or(inner.matched);
                found.all = found.all.or(inner.all);
                found.failed = found.failed.or(inner.failed);
            }
            found
        }
        .boxed()
    }

    async fn follow(&mut self, target: &str, depth: usize) -> Found {
        let Some(name) = initial_name(target).filter(|_| depth < MAX_DEPTH) else { return Found::default() };
        match self.any_record(&name).await {
            Ok(Some(record)) => self.gather(record, name, depth + 1).await,
            Ok(None) => Found::default(),
            Err(stop) => Found { failed: Some(stop), ..Found::default() },
        }
    }
}
