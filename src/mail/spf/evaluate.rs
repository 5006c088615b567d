//! `check_host()` (RFC 7208 §4): what a record says of one client.

use std::net::IpAddr;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ipnet::{Ipv4Net, Ipv6Net};

use super::blind::Blind;
use super::evaluation::{Evaluation, MAX_MX, MAX_PTR, MAX_VOIDS, Manner, Request, Verdict};
use super::lookup::{Failure, Lookup, LookupAnswer, is_name};
use super::macros::{MacroString, Place, Values, truncate_left};
use super::mechanism::{DomainSpec, Lengths, Mechanism};
use super::record::Record;
use super::select::{Selection, select};

/// Judges a client (RFC 7208 §4).
pub async fn check_host<L: Lookup>(request: &Request, lookup: &L) -> Evaluation {
    check_host_as(Manner::default(), request, lookup).await
}

/// Judges a client as a verifier does that departs from RFC 7208. The evaluation's `failure` is also one that the
/// verifier overlooks.
pub async fn check_host_as<L: Lookup>(manner: Manner, request: &Request, lookup: &L) -> Evaluation {
    if !manner.is_blind {
        return judge(manner, request, lookup).await;
    }
    let blind = Blind::new(lookup);
    let evaluation = judge(manner, request, &blind).await;
    Evaluation { failure: evaluation.failure.or(blind.overlooked()), ..evaluation }
}

async fn judge<L: Lookup>(manner: Manner, request: &Request, lookup: &L) -> Evaluation {
    let (trace, record, validated) = (Vec::new(), None, None);
    let mut run = Run { manner, request, lookup, lookups: 0, voids: 0, trace, record, chance: None, validated };
    let end = match manner.is_flattened {
        false => run.check(request.domain.clone(), 0).await,
        true => run.flatten(request.domain.clone()).await,
    };
    let end = end.unwrap_or_else(|stop| stop.into());
    let explanation = match &end.explanation {
        Some(spec) if end.verdict == Verdict::Fail => run.explain(spec, &end.domain).await,
        _ => None,
    };
    let Run { lookups, voids, trace, record, chance, .. } = run;
    let End { verdict, domain, matched, why, failure, .. } = end;
    let (is_chance, why) = (chance.is_some(), why.or(chance));
    Evaluation { verdict, explanation, domain, matched, record, why, is_chance, failure, lookups, voids, trace }
}

/// The end of one record's evaluation.
#[derive(Debug, Default)]
pub(super) struct End {
    pub(super) verdict: Verdict,
    pub(super) domain: String,
    pub(super) matched: Option<String>,
    pub(super) explanation: Option<DomainSpec>,
    pub(super) why: Option<String>,
    pub(super) failure: Option<Failure>,
}

/// What ends the whole evaluation at once.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) domain: String,
    pub(super) kind: StopKind,
}

#[derive(Debug)]
pub(super) enum StopKind {
    Temporary(Failure),
    Permanent(String),
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        let domain = stop.domain;
        match stop.kind {
            StopKind::Temporary(failure) => {
                let why = Some(failure.words.clone());
                End { verdict: Verdict::TempError, domain, why, failure: Some(failure), ..End::default() }
            }
            StopKind::Permanent(why) => End { verdict: Verdict::PermError, domain, why: Some(why), ..End::default() },
        }
    }
}

pub(super) struct Run<'a, L> {
    manner: Manner,
    request: &'a Request,
    pub(super) lookup: &'a L,
    lookups: usize,
    voids: usize,
    trace: Vec<String>,
    pub(super) record: Option<String>,
    /// Why the result is chance, if it is.
    pub(super) chance: Option<String>,
    /// The client's validated names, once somebody needed them for a macro.
    validated: Option<Vec<String>>,
}

impl<L: Lookup> Run<'_, L> {
    /// Evaluates one domain's record; `depth` counts the includes and redirects that led to it.
    fn check(&mut self, domain: String, depth: usize) -> BoxFuture<'_, Result<End, Stop>> {
        async move {
            let none = |why: String| Ok(End { domain: domain.clone(), why: Some(why), ..End::default() });
            let Some(name) = initial_name(&domain) else {
                let why = format!("{domain:?} is not a domain name of several labels");
                self.note(depth, why.clone());
                return none(why);
            };
            let texts = match self.lookup.texts(&name).await {
                Ok(answer) => {
                    if depth > 0 {
                        self.count_void(&answer, &name)?;
                    }
                    answer.into_records()
                }
                Err(failure) => return Err(temporary(&name, failure)),
            };
            let record = match select(&texts) {
                Selection::None => {
                    let why = format!("{name} has no SPF record");
                    self.note(depth, why.clone());
                    return none(why);
                }
                Selection::Several(found) => {
                    return Err(permanent(&name, format!("{} SPF records, only one is allowed", found.len())));
                }
                Selection::One(text) => Record::parse(text),
            };
            self.note(depth, format!("{name}: {}", record.shown()));
            if depth == 0 {
                self.record = Some(record.shown());
            }
            // §4.6: a fault anywhere makes the record unusable, whatever would have matched before it.
            if let Some(fault) = record.faults.first() {
                let term = record.text_of(&fault.span);
                return Err(permanent(&name, format!("{} at octet {}: {term:?}", fault.what, fault.span.start + 1)));
            }
            self.evaluate(&record, name, depth).await
        }
        .boxed()
    }

    async fn evaluate(&mut self, record: &Record, domain: String, depth: usize) -> Result<End, Stop> {
        let explanation = record.explanation().map(|(_, spec)| spec.clone());
        for (term, directive) in record.directives() {
            let text = record.text_of(&term.span);
            if directive.mechanism.costs_lookup() {
                self.count_lookup(&domain, &text)?;
            }
            let matches = self.matches(&directive.mechanism, &domain, depth).await?;
            self.note(depth, format!("{domain}: {text} {}", if matches { "matches" } else { "does not match" }));
            if matches {
                let verdict = directive.qualifier.into();
                return Ok(End { verdict, domain, matched: Some(text), explanation, ..End::default() });
            }
        }
        let Some((term, spec)) = record.redirect() else {
            // §4.7: without a match the result is neutral.
            return Ok(End { verdict: Verdict::Neutral, domain, explanation, ..End::default() });
        };
        let text = record.text_of(&term.span);
        self.count_lookup(&domain, &text)?;
        let target = self.target(Some(spec), &domain).await;
        self.note(depth, format!("{domain}: {text} leads on"));
        let end = self.check(target.clone(), depth + 1).await?;
        // §6.1: a redirect to a domain without a record is a permerror.
        if end.verdict == Verdict::None {
            return Err(permanent(&domain, format!("{text}: {target} has no SPF record")));
        }
        Ok(end)
    }

    pub(super) async fn matches(&mut self, mechanism: &Mechanism, domain: &str, depth: usize) -> Result<bool, Stop> {
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Include(spec) => {
                let target = self.target(Some(spec), domain).await;
                let end = self.check(target.clone(), depth + 1).await?;
                // §5.2: the table of results.
                match end.verdict {
                    Verdict::Pass => Ok(true),
                    Verdict::None => Err(permanent(domain, format!("include: {target} has no SPF record"))),
                    _ => Ok(false),
                }
            }
            Mechanism::A(spec, lengths) => {
                let target = self.target(spec.as_ref(), domain).await;
                self.has_client(&target, *lengths).await.map_err(|kind| kind.at(domain))
            }
            Mechanism::Mx(spec, lengths) => {
                let target = self.target(spec.as_ref(), domain).await;
                self.exchangers_have_client(&target, *lengths).await.map_err(|kind| kind.at(domain))
            }
            Mechanism::Ptr(spec) => {
                let target = self.target(spec.as_ref(), domain).await;
                let names = self.validated_names(Counting::Terms).await.map_err(|kind| kind.at(domain))?;
                Ok(names.iter().any(|name| is_within(name, &target)))
            }
            Mechanism::Ip4(address, length) => Ok(match self.request.ip {
                IpAddr::V4(client) => Ipv4Net::new(*address, *length).is_ok_and(|network| network.contains(&client)),
                IpAddr::V6(_) => false,
            }),
            Mechanism::Ip6(address, length) => Ok(match self.request.ip {
                IpAddr::V6(client) => Ipv6Net::new(*address, *length).is_ok_and(|network| network.contains(&client)),
                IpAddr::V4(_) => false,
            }),
            Mechanism::Exists(spec) => {
                let target = self.target(Some(spec), domain).await;
                if !is_name(&target) {
                    return Ok(false);
                }
                // §5.7: an A record, whatever the client's family.
                let answer = self.lookup.ipv4(&target).await.map_err(|failure| temporary(domain, failure))?;
                self.count_void(&answer, domain)?;
                Ok(!answer.is_void())
            }
        }
    }

    /// The name a term asks about (§4.8): the current domain unless it says another.
    pub(super) async fn target(&mut self, spec: Option<&DomainSpec>, domain: &str) -> String {
        match spec {
            None => domain.to_owned(),
            Some(spec) => truncate_left(&self.expand(&spec.text, domain).await).to_owned(),
        }
    }

    async fn expand(&mut self, text: &MacroString, domain: &str) -> String {
        let validated = if text.has('p') { self.validated_name(domain).await } else { String::new() };
        let request = self.request;
        text.expand(&Values {
            local_part: &request.local_part,
            sender_domain: &request.sender_domain,
            domain,
            ip: request.ip,
            validated: &validated,
            helo: &request.helo,
            receiver: &request.receiver,
            time: request.time,
        })
    }

    /// Whether the client is among a name's addresses, or in their networks. A name that DNS cannot be asked
    /// about has none: RFC 7208 §4.8 leaves it open, and a permerror would hand the result to whoever chooses
    /// the local part.
    async fn has_client(&mut self, name: &str, lengths: Lengths) -> Result<bool, StopKind> {
        if !is_name(name) {
            return Ok(false);
        }
        match self.request.ip {
            IpAddr::V4(client) => {
                let answer = self.lookup.ipv4(name).await.map_err(StopKind::Temporary)?;
                self.void(&answer)?;
                let holds = |address| Ipv4Net::new(address, lengths.v4).is_ok_and(|network| network.contains(&client));
                Ok(answer.into_records().into_iter().any(holds))
            }
            IpAddr::V6(client) => {
                let answer = self.lookup.ipv6(name).await.map_err(StopKind::Temporary)?;
                self.void(&answer)?;
                let holds = |address| Ipv6Net::new(address, lengths.v6).is_ok_and(|network| network.contains(&client));
                Ok(answer.into_records().into_iter().any(holds))
            }
        }
    }

    async fn exchangers_have_client(&mut self, name: &str, lengths: Lengths) -> Result<bool, StopKind> {
        if !is_name(name) {
            return Ok(false);
        }
        // §5.4: without MX records there is no match, and no falling back to the name's own addresses.
        let answer = self.lookup.exchangers(name).await.map_err(StopKind::Temporary)?;
        self.void(&answer)?;
        let hosts = answer.into_records();
        // §4.6.4: more than ten are a permerror. The order among equals is chance, so the number alone decides.
        if hosts.len() > MAX_MX {
            return Err(StopKind::Permanent(format!("{name} has {} mail exchangers, limit {MAX_MX}", hosts.len())));
        }
        for host in hosts {
            if self.has_client(&host, lengths).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The client's names that lead back to it (§5.5). What fails on the way is skipped.
    async fn validated_names(&mut self, counting: Counting) -> Result<Vec<String>, StopKind> {
        let ip = self.request.ip;
        // §5.5: an error of the PTR look-up is no match, not a temperror.
        let Ok(answer) = self.lookup.names(ip).await else { return Ok(Vec::new()) };
        if counting == Counting::Terms {
            self.void(&answer)?;
        }
        let mut validated = Vec::new();
        // §4.6.4: names beyond the tenth are ignored.
        for name in answer.into_records().into_iter().take(MAX_PTR) {
            if !is_name(&name) {
                continue;
            }
            let confirmed = match ip {
                IpAddr::V4(client) => match self.lookup.ipv4(&name).await {
                    Ok(answer) => answer.into_records().contains(&client),
                    Err(_) => false,
                },
                IpAddr::V6(client) => match self.lookup.ipv6(&name).await {
                    Ok(answer) => answer.into_records().contains(&client),
                    Err(_) => false,
                },
            };
            if confirmed {
                validated.push(name);
            }
        }
        Ok(validated)
    }

    /// `%{p}` (§7.3): the domain itself if it is validated, else a name below it, else any, else "unknown".
    async fn validated_name(&mut self, domain: &str) -> String {
        if self.validated.is_none() {
            self.validated = Some(self.validated_names(Counting::Nothing).await.unwrap_or_default());
        }
        let names = self.validated.as_deref().unwrap_or_default();
        let same = names.iter().find(|name| name.eq_ignore_ascii_case(domain));
        let below = || names.iter().find(|name| is_within(name, domain));
        same.or_else(below).or_else(|| names.first()).map_or("unknown", String::as_str).to_owned()
    }

    /// The explanation's text (§6.2); none whatever goes wrong.
    async fn explain(&mut self, spec: &DomainSpec, domain: &str) -> Option<String> {
        let target = self.target(Some(spec), domain).await;
        if !is_name(&target) {
            return None;
        }
        let texts = self.lookup.texts(&target).await.ok()?.into_records();
        let [text] = &texts[..] else { return None };
        let text = MacroString::parse(text, Place::Explanation).ok()?;
        let explanation = self.expand(&text, domain).await;
        self.note(0, format!("{target} explains"));
        // §6.2: the text is US-ASCII; a local part may have brought something else into it.
        explanation.is_ascii().then_some(explanation)
    }

    pub(super) fn count_lookup(&mut self, domain: &str, term: &str) -> Result<(), Stop> {
        self.lookups += 1;
        let limit = self.manner.lookups;
        if self.lookups > limit {
            return Err(permanent(domain, format!("{term} is look-up {} of {limit}", self.lookups)));
        }
        Ok(())
    }

    fn count_void<T>(&mut self, answer: &LookupAnswer<T>, domain: &str) -> Result<(), Stop> {
        self.void(answer).map_err(|kind| kind.at(domain))
    }

    /// Counts an answer that holds nothing. RFC 7208 §4.6.4 speaks of terms; implementations count look-ups,
    /// which differs only for an `mx` with several hosts that have no address, and so does this one.
    fn void<T>(&mut self, answer: &LookupAnswer<T>) -> Result<(), StopKind> {
        self.voids += usize::from(answer.is_void());
        if self.voids > MAX_VOIDS && !self.manner.is_flattened {
            return Err(StopKind::Permanent(format!("{} look-ups came back empty, limit {MAX_VOIDS}", self.voids)));
        }
        Ok(())
    }

    pub(super) fn note(&mut self, depth: usize, step: String) {
        self.trace.push(format!("{}{step}", "  ".repeat(depth)));
    }
}

/// Whether look-ups are made for a term, so that they count.
#[derive(PartialEq, Eq)]
enum Counting {
    Terms,
    Nothing,
}

impl StopKind {
    fn at(self, domain: &str) -> Stop {
        Stop { domain: domain.to_owned(), kind: self }
    }
}

pub(super) fn temporary(domain: &str, failure: Failure) -> Stop {
    StopKind::Temporary(failure).at(domain)
}

pub(super) fn permanent(domain: &str, why: String) -> Stop {
    StopKind::Permanent(why).at(domain)
}

/// The domain as it is asked, or none if it is malformed or of one label only (§4.3). A name with characters
/// beyond ASCII is asked by its A-labels (RFC 8616 §4).
pub(super) fn initial_name(domain: &str) -> Option<String> {
    let name = domain.strip_suffix('.').unwrap_or(domain);
    let name = if name.is_ascii() { name.to_owned() } else { idna::domain_to_ascii(name).ok()? };
    let fits = is_name(&name)
        && name.contains('.')
        && !name.starts_with('[')
        && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
    fits.then_some(name)
}

/// Whether `name` is `domain` or stands below it (§5.5 with RFC 7208 erratum 4751).
fn is_within(name: &str, domain: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).as_bytes();
    let domain = domain.strip_suffix('.').unwrap_or(domain).as_bytes();
    let Some(start) = name.len().checked_sub(domain.len()) else { return false };
    name[start..].eq_ignore_ascii_case(domain) && (start == 0 || name[start - 1] == b'.')
}
