//! `mta-sts`: is there a policy, can senders fetch it, and does it cover the mail exchangers?

mod facts;
mod families;
mod rules;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;

pub use self::facts::Facts;
use self::facts::HostRow;
pub use self::families::FamilyRow;
use super::advice::Place;
use super::{Check, Context, Outcome, Subject, domain_of, reason};
use crate::config::ConfigError;
use crate::mail::mta_sts::{self, Mode, Policy, PolicyFault, Record};
use crate::names::domain::Domain;
use crate::names::target::Target;
use crate::net::Net;
use crate::net::https::{self, Request, Response};
use crate::net::lookup::texts::Texts;
use crate::report::{Evidence, Finding, Proof, Reason, Rule, Severity, Unclear, clean};

/// Octets of a policy that are read. RFC 8461 §3.3.
const MAX_POLICY: usize = 64 * 1024;
/// The time to fetch a policy. RFC 8461 §3.3.
const PATIENCE: Duration = Duration::from_secs(60);
/// The time to see whether a policy is served that no record promises.
const GLANCE: Duration = Duration::from_secs(10);
const PATH: &str = "/.well-known/mta-sts.txt";
/// Seconds of a day, below which an age is short.
const DAY: u64 = 86_400;

/// The flags of `mta-sts`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {}

/// The check.
#[derive(Debug)]
pub struct MtaSts {
    config: Arc<rustls::ClientConfig>,
}

impl Check for MtaSts {
    type Options = Options;
    type Query = Domain;
    type Facts = Facts;

    const NAME: &'static str = "mta-sts";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(_: Options, context: &Context) -> Result<Self, ConfigError> {
        let config = context.settings.net.trust.client_config().map_err(ConfigError)?;
        Ok(MtaSts { config: Arc::new(config) })
    }

    fn subject_name(query: &Domain) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Domain>>, Unclear> {
        Ok(vec![Subject::of(domain_of(target)?)])
    }

    async fn run(&self, subject: &Subject<Domain>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let domain = &subject.query;
        let too_long =
            |_| Unclear::decisive(Reason::NotApplicable, domain, "the name leaves no room for a policy host");
        let name = domain.prefixed("_mta-sts").map_err(too_long)?;
        let host = domain.prefixed("mta-sts").map_err(too_long)?;
        // The policy is asked for in any case, so its host is looked up beside the record.
        let (texts, peers) = join(net.texts(&name), https::peers(&host, https::PORT, net)).await;
        let texts = texts.map_err(|error| error.unclear(&name))?;
        let mut judge = Judge::new(domain, &name, &host);
        let promised = judge.record(&texts);
        if !promised {
            judge.misplaced(net).await;
        }
        let fetched = judge.fetch(peers, promised, &self.config, net).await;
        let policy = if promised { judge.response(fetched) } else { judge.unpromised(fetched, &texts, net) };
        if let Some(policy) = policy {
            judge.policy(&policy, net).await;
        }
        Ok(judge.end())
    }
}

/// The policy that senders follow who have none in store: record and policy must both be as RFC 8461 says. None if
/// there is none for them.
///
/// # Errors
/// [`Unclear`] if a question got no answer, or the policy host could not be reached.
pub(super) async fn in_force(
    domain: &Domain,
    config: &Arc<rustls::ClientConfig>,
    net: &Net,
) -> Result<Option<Policy>, Unclear> {
    let (Ok(name), Ok(host)) = (domain.prefixed("_mta-sts"), domain.prefixed("mta-sts")) else { return Ok(None) };
    let (texts, peers) = join(net.texts(&name), https::peers(&host, https::PORT, net)).await;
    let texts = texts.map_err(|error| error.unclear(&name))?;
    let mut judge = Judge::new(domain, &name, &host);
    if !judge.record(&texts) || judge.findings.iter().any(|finding| finding.rule.severity == Severity::Error) {
        return Ok(None);
    }
    let fetched = judge.fetch(peers, true, config, net).await;
    let policy = judge.response(fetched);
    match judge.unclear.into_iter().find(|unclear| unclear.decisive) {
        Some(unclear) => Err(unclear),
        None => Ok(policy.filter(Policy::is_valid)),
    }
}

/// What was seen and what it means, as it comes.
struct Judge<'a> {
    domain: &'a Domain,
    name: &'a Domain,
    host: &'a Domain,
    facts: Facts,
    findings: Vec<Finding>,
    unclear: Vec<Unclear>,
}

impl<'a> Judge<'a> {
    fn new(domain: &'a Domain, name: &'a Domain, host: &'a Domain) -> Self {
        let facts = Facts { url: format!("https://{host}{PATH}"), ..Facts::default() };
        Judge { domain, name, host, facts, findings: Vec::new(), unclear: Vec::new() }
    }

    fn add(&mut self, rule: &'static Rule, proof: impl Into<Proof>, detail: impl AsRef<str>) {
        self.findings.push(Finding::new(rule, self.host, proof).detail(detail));
    }

    /// As [`Judge::add`], where one rule may be broken in several places.
    fn add_about(&mut self, rule: &'static Rule, about: &str, proof: impl Into<Proof>, detail: impl AsRef<str>) {
        self.findings.push(Finding::new(rule, self.host, proof).about(about).detail(detail));
    }

    /// The policy as it was served.
    fn policy_text(&self) -> Evidence {
        Evidence::reply(&self.facts.url, self.facts.policy.join(" / "))
    }

    /// Judges the texts at `_mta-sts`; whether they promise a policy, be it in a faulty way.
    fn record(&mut self, texts: &Texts) -> bool {
        let name = self.name;
        let records = mta_sts::records(&texts.records, |text| &text.text);
        match records[..] {
            [] => {
                let near = texts.records.iter().find(|text| mta_sts::is_near_miss(&text.text));
                let Some(text) = near else { return false };
                self.facts.record = Some(text.shown());
                let beside = if texts.records.len() > 1 { ", and other texts stand beside it" } else { "" };
                let detail = format!("\"{}\" does not begin with v=STSv1;{beside}", text.shown());
                let finding = Finding::new(&rules::BAD_RECORD, name, text.evidence(name.as_str()));
                self.findings.push(finding.detail(detail));
            }
            [text] => {
                let record = Record::parse(&text.text);
                self.facts.record = Some(text.shown());
                let find = |rule| Finding::new(rule, name, text.evidence(name.as_str()));
                if record.is_spaced {
                    let finding = find(&rules::SPACED).detail("white space stands between v=STSv1 and its semicolon");
                    let better = mta_sts::unspaced(&text.shown());
                    self.findings.push(finding.remedy(format!("Publish at {name}: TXT \"{better}\"")));
                }
                if !record.ignored_ids.is_empty() {
                    let first = record.id.as_deref().unwrap_or("the first");
                    let ignored = clean(&record.ignored_ids.join(", "));
                    let detail = format!("senders take {first} and ignore {ignored}");
                    self.findings.push(find(&rules::DUPLICATE_ID).detail(detail));
                }
                if !record.faults.is_empty() {
                    self.findings.push(find(&rules::BAD_RECORD).detail(record.faults.join("; ")));
                }
                self.facts.id = record.id;
            }
            [first, ..] => {
                self.facts.record = Some(first.shown());
                let detail = format!("{} records at {name}", records.len());
                let others = records[1..].iter().take(3).map(|text| text.evidence(name.as_str()));
                let finding = Finding::new(&rules::SEVERAL, name, first.evidence(name.as_str()));
                self.findings.push(finding.evidence_all(others).detail(detail));
            }
        }
        true
    }

    async fn misplaced(&mut self, net: &Net) {
        let texts = match net.texts(self.domain).await {
            Ok(texts) => texts,
            // The record is missing at its own place all the same.
            Err(error) => {
                return self.unclear.push(Unclear { decisive: false, ..error.unclear(self.domain) });
            }
        };
        if let Some(text) = mta_sts::records(&texts.records, |text| &text.text).first() {
            let detail = format!("at {}: \"{}\"", self.domain, text.shown());
            // Without the policy the record would promise what is not there.
            let remedy = format!(
                "Remove it here, and publish it at {} when the policy can be fetched from {}.",
                self.name, self.facts.url
            );
            self.findings.push(
                Finding::new(&rules::MISPLACED, self.domain, text.evidence(self.domain.as_str()))
                    .detail(detail)
                    .remedy(remedy),
            );
        }
    }

    /// Fetches the policy over each family, with less patience if no record promised one.
    async fn fetch(
        &mut self,
        peers: Result<https::Peers, https::Error>,
        promised: bool,
        config: &Arc<rustls::ClientConfig>,
        net: &Net,
    ) -> Result<Response, https::Error> {
        let time = if promised { PATIENCE } else { GLANCE };
        let request =
            Request { host: self.host, port: https::PORT, path: PATH, accept: "text/plain", limit: MAX_POLICY, time };
        let answers = https::get(request, peers?, net, config).await;
        self.families(answers, promised)
    }

    /// Picks the answer to judge; a family that fails is told of where senders count on the policy.
    fn families(&mut self, answers: https::Answers, promised: bool) -> Result<Response, https::Error> {
        let Some(compared) = families::compare(self.host, answers) else {
            return Err(https::Error::NoAddress(self.host.clone()));
        };
        if promised {
            self.findings.extend(compared.findings);
            self.unclear.extend(compared.unclear);
        }
        self.facts.families = compared.rows;
        compared.best
    }

    /// Judges what was fetched because the record promised it.
    fn response(&mut self, fetched: Result<Response, https::Error>) -> Option<Policy> {
        let host = self.host;
        let response = match fetched {
            Ok(response) => response,
            Err(error) => {
                if let Some(open) = unanswered(&error, host) {
                    self.unclear.push(open);
                    return None;
                }
                let words = error.to_string();
                let broken = || Evidence::connection(host, &words);
                match error {
                    https::Error::NoAddress(_) => self.add(&rules::NO_HOST, broken(), &words),
                    https::Error::Private(_) => self.add(&rules::PRIVATE_HOST, broken(), &words),
                    https::Error::Certificate(_) => self.add(&rules::CERTIFICATE, broken(), &words),
                    https::Error::Handshake(_) => self.add(&rules::HANDSHAKE, broken(), &words),
                    https::Error::Http(_) => self.add(&rules::HTTP, broken(), &words),
                    https::Error::Dns(_) | https::Error::Unreachable { .. } | https::Error::Timeout(..) => {}
                }
                return None;
            }
        };
        self.facts.status = Some(response.status);
        let url = self.facts.url.clone();
        let head = |field: &str| Evidence::reply(&url, format!("status {}{field}", response.status));
        match (response.status, &response.location) {
            (300..=399, location) => {
                let to = location.as_ref().map(|location| format!(" to {location}")).unwrap_or_default();
                self.add(&rules::REDIRECT, head(&to), format!("status {}{to}", response.status));
                return None;
            }
            (200, _) => {}
            (status, _) => {
                self.add(&rules::STATUS, head(""), format!("status {status} for {url}"));
                return None;
            }
        }
        let media_type = response.content_type.as_deref().unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("text/plain") {
            let given = if media_type.is_empty() { "no Content-Type" } else { media_type };
            let field = response.content_type.as_ref().map(|given| format!(", Content-Type: {given}"));
            self.add(&rules::MEDIA_TYPE, head(field.as_deref().unwrap_or(", no Content-Type")), given);
        }
        let Some(body) = &response.body else {
            self.add(&rules::OVERSIZED, head(""), format!("more than {MAX_POLICY} octets"));
            return None;
        };
        let text = String::from_utf8_lossy(body);
        self.facts.policy =
            text.lines().take(MAX_SHOWN).map(|line| clean(line).chars().take(MAX_LINE).collect()).collect();
        Some(Policy::parse(&text))
    }

    /// Judges what was fetched although no record promised anything: only a policy that is there matters.
    fn unpromised(&mut self, fetched: Result<Response, https::Error>, texts: &Texts, net: &Net) -> Option<Policy> {
        let (body, open) = match fetched {
            Ok(Response { status: 200, body: Some(body), .. }) => (Some(body), None),
            Ok(_) => (None, None),
            Err(error) => (None, unanswered(&error, self.host)),
        };
        let policy =
            body.map(|body| Policy::parse(&String::from_utf8_lossy(&body))).filter(|policy| policy.is_version_1);
        if policy.is_none() {
            if self.findings.is_empty() {
                let and_no_policy = if open.is_none() { " and no policy" } else { "" };
                let detail = format!("no record at {}{and_no_policy}: the domain does not use MTA-STS", self.name);
                self.unclear.push(Unclear::decisive(Reason::NotApplicable, self.domain, detail));
            }
            // Without a record no sender looks for a policy, so that one which cannot be seen changes nothing.
            self.unclear.extend(open.map(|open| Unclear { decisive: false, ..open }));
            return None;
        }
        let place = Place { reader: self.domain, name: self.name.as_str(), alias: texts.alias.as_deref() };
        let record = format!("v=STSv1; id={}", net.clock.time().strftime("%Y%m%d%H%M%S"));
        let remedy = format!("{}.", place.publish_text(&record));
        let detail = format!("no record at {}", self.name);
        let finding = Finding::new(&rules::NO_RECORD, self.name, texts.proof(self.name));
        self.findings.push(finding.detail(detail).remedy(remedy));
        policy
    }

    async fn policy(&mut self, policy: &Policy, net: &Net) {
        let text = self.policy_text();
        self.facts.mode = policy.mode;
        self.facts.max_age_s = policy.max_age_s;
        self.facts.mx = policy.mx.iter().map(ToString::to_string).collect();
        for fault in &policy.faults {
            let (rule, detail) = words(fault);
            self.add_about(rule, &detail, text.clone(), &detail);
        }
        for (key, is_missing) in [
            ("version", !policy.is_version_1),
            ("mode", policy.mode.is_none()),
            ("max_age", policy.max_age_s.is_none()),
            ("mx", policy.mx.is_empty() && policy.mode != Some(Mode::None)),
        ] {
            let told = policy.faults.iter().any(|fault| names(fault) == key);
            if is_missing && !told {
                self.add_about(&rules::BAD_POLICY, key, text.clone(), format!("there is no {key}"));
            }
        }
        match policy.max_age_s {
            Some(age @ 0..DAY) => self.add(&rules::SHORT_AGE, text, format!("max_age is {age} s")),
            Some(age) if age < 7 * DAY => self.add(&rules::MODEST_AGE, text, format!("max_age is {age} s")),
            _ => {}
        }
        match policy.mode {
            Some(Mode::Testing) => self.add(&rules::TESTING, self.policy_text(), "mode is testing"),
            Some(Mode::None) => self.add(&rules::MODE_NONE, self.policy_text(), "mode is none"),
            _ => {}
        }
        if policy.is_valid() && policy.mode != Some(Mode::None) {
            self.cover(policy, net).await;
        }
    }

    /// Compares the patterns with the mail exchangers.
    async fn cover(&mut self, policy: &Policy, net: &Net) {
        let (hosts, mx) = match net.mail_route(self.domain).await {
            Ok(route) => (route.hosts(self.domain), route.answered.proof()),
            Err(error) => return self.unclear.push(error.unclear(self.domain)),
        };
        for host in &hosts {
            let pattern = policy.mx.iter().find(|pattern| pattern.matches(host));
            self.facts.hosts.push(HostRow { host: host.to_string(), pattern: pattern.map(ToString::to_string) });
            if pattern.is_none() {
                let mode = policy.mode.map_or("", Mode::as_str);
                let remedy = format!("Add the line \"mx: {host}\" to the policy, then give the record a new id.");
                let detail = format!("{host} matches no pattern, mode {mode}");
                let finding = Finding::new(&rules::UNCOVERED, host, self.policy_text()).evidence_all(mx.clone());
                self.findings.push(finding.detail(detail).remedy(remedy));
            }
        }
        for pattern in policy.mx.iter().filter(|pattern| !hosts.iter().any(|host| pattern.matches(host))) {
            let proof = Proof::from(self.policy_text()).and(mx.clone());
            self.add_about(&rules::UNUSED_PATTERN, &pattern.to_string(), proof, format!("mx: {pattern}"));
        }
    }

    fn end(self) -> Outcome<Facts> {
        let Judge { mut facts, mut findings, unclear, .. } = self;
        let lines = facts.policy.join(" / ");
        if !lines.is_empty() {
            let server = facts.url.clone();
            for finding in findings.iter_mut().filter(|finding| finding.rule.id == rules::BAD_POLICY.id) {
                finding.evidence.push(Evidence::Reply { server: server.clone(), text: lines.clone() });
            }
        }
        let otherwise = match (facts.mode, facts.max_age_s) {
            (Some(mode), Some(age)) => {
                let days = age / DAY;
                format!("mode {}, kept for {days} days, every mail exchanger covered", mode.as_str())
            }
            _ if facts.record.is_none() => "neither record nor policy".to_owned(),
            _ => "the policy could not be fetched".to_owned(),
        };
        facts.reason = reason::of(&findings, otherwise);
        Outcome { facts, findings, unclear }
    }
}

/// The question that a fetch leaves open, if nobody answered it.
fn unanswered(error: &https::Error, host: &Domain) -> Option<Unclear> {
    match error {
        https::Error::Dns(error) => Some(error.unclear(host)),
        https::Error::Unreachable { .. } => Some(Unclear::decisive(Reason::Unreachable, host, error.to_string())),
        https::Error::Timeout(..) => Some(Unclear::decisive(Reason::Timeout, host, error.to_string())),
        https::Error::NoAddress(_)
        | https::Error::Private(_)
        | https::Error::Certificate(_)
        | https::Error::Handshake(_)
        | https::Error::Http(_) => None,
    }
}

/// Lines of a policy that are shown.
const MAX_SHOWN: usize = 64;
/// Characters of a line that are shown.
const MAX_LINE: usize = 512;

fn words(fault: &PolicyFault) -> (&'static Rule, String) {
    match fault {
        PolicyFault::Line(line, why) => (&rules::BAD_POLICY, format!("line {line}: {why}")),
        PolicyFault::Version(line, value) => (&rules::BAD_POLICY, format!("line {line}: version {value} is not STSv1")),
        PolicyFault::Mode(line, value) => {
            (&rules::BAD_POLICY, format!("line {line}: mode {value} is none of enforce, testing and none"))
        }
        PolicyFault::MaxAge(line, value) => {
            (&rules::BAD_POLICY, format!("line {line}: max_age {value} is not 0 to {}", mta_sts::MAX_AGE))
        }
        PolicyFault::Mx(line, value) => {
            (&rules::BAD_POLICY, format!("line {line}: mx {value} is no pattern of a host"))
        }
        PolicyFault::Duplicate(line, key) => (&rules::DUPLICATE_KEY, format!("line {line}: {key}")),
        PolicyFault::Unknown(line, key) => (&rules::UNKNOWN_KEY, format!("line {line}: {key}")),
    }
}

/// The key a fault is about.
fn names(fault: &PolicyFault) -> &'static str {
    match fault {
        PolicyFault::Version(..) => "version",
        PolicyFault::Mode(..) => "mode",
        PolicyFault::MaxAge(..) => "max_age",
        PolicyFault::Mx(..) => "mx",
        PolicyFault::Line(..) | PolicyFault::Duplicate(..) | PolicyFault::Unknown(..) => "",
    }
}
