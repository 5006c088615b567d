//! `diagnose`: reads the evidence of mail that was refused, tests live what it names, and says why and what to do.

mod aggregate;
mod classify;
mod facts;
mod input;
mod live;
mod log;
mod rules;
mod tell;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;

use futures_util::future::join_all;

use self::aggregate::Aggregate;
pub use self::facts::{Absent, Delivery, Facts, Kind, LogFacts, Report, Shows, Source, Test, Told};
use self::input::Evidence;
pub use self::input::{Hint, Query};
use self::live::{Live, Tested};
use crate::catalogue::refusals::{Cause, Certainty};
use crate::checks::{Check, Context, Subject};
use crate::config::ConfigError;
use crate::mail::bounce::{self, Original, Reading, Said};
use crate::mail::message::MAX_MESSAGE;
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::report::{Evidence as Proof, Finding, Outcome, Reason, Rule, Severity, Unclear};

/// The flags of `diagnose`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Only read the evidence: test nothing, ask nobody
    #[arg(long)]
    pub offline: bool,
    /// Groups of a log that are shown and diagnosed
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub top: u16,
    /// Only events of a log since this time: a date, a date and time, or a span such as 2d
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Since>,
    /// What the file is, where its content would tell otherwise
    #[arg(long, value_name = "KIND")]
    pub format_hint: Option<Hint>,
    /// The message that was refused, for evidence that has no copy of it
    #[arg(long, value_name = "FILE")]
    pub message: Option<PathBuf>,
}

/// The time from which on a log counts.
#[derive(Debug, Clone, Copy)]
pub enum Since {
    /// Seconds since 1970.
    At(i64),
    /// Seconds before now.
    Ago(i64),
}

/// The diagnosis.
#[derive(Debug)]
pub struct Diagnose {
    options: Options,
    context: Context,
    /// The message of `--message`.
    message: Option<Original>,
}

/// Reports of one message or log that are tested live.
const MAX_TESTED: usize = 20;

impl Check for Diagnose {
    type Options = Options;
    type Query = Query;
    type Facts = Facts;

    const NAME: &'static str = "diagnose";
    const RULES: &'static [&'static Rule] = rules::ALL;
    const QUESTIONS: Option<u32> = Some(5_000);

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let message = match &options.message {
            None => None,
            Some(path) => {
                let fault = |why: String| ConfigError(format!("--message {}: {why}", path.display()));
                let octets = crate::input::read_file(path, MAX_MESSAGE).map_err(|error| fault(error.to_string()))?;
                let reading = Reading::of(&octets).ok_or_else(|| fault("this is no message".to_owned()))?;
                reading.original
            }
        };
        Ok(Diagnose { options, context: Context { single: true, ..context.clone() }, message })
    }

    fn target_reader(_: &Options) -> fn(&str) -> Result<Target, TargetError> {
        input::target
    }

    fn subject_name(query: &Query) -> String {
        match query {
            Query::Reply(_) => "the reply".to_owned(),
            Query::File(path) if path.as_os_str() == "-" => "standard input".to_owned(),
            Query::File(path) => path.display().to_string(),
            Query::Message { name, .. } => name.clone(),
            Query::Sender(target) => target.input.clone(),
        }
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
        let query = match &target.kind {
            TargetKind::Text => Query::Reply(target.input.clone()),
            TargetKind::Message => {
                let path = std::path::Path::new(&target.input);
                match input::several(path) {
                    Ok(Some(all)) if all.is_empty() => {
                        return Err(Unclear::decisive(Reason::Input, &target.input, "there is no message in it"));
                    }
                    Ok(Some(all)) => return Ok(all.into_iter().map(Subject::of).collect()),
                    Ok(None) => Query::File(path.to_owned()),
                    Err(error) => {
                        let why = format!("it cannot be read: {error}");
                        return Err(Unclear::decisive(Reason::Input, &target.input, why));
                    }
                }
            }
            _ => Query::Sender(target.clone()),
        };
        Ok(vec![Subject::of(query)])
    }

    async fn run(&self, subject: &Subject<Query>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let now = net.clock.time().as_second();
        let net = net.clone().remembering();
        let name = Self::subject_name(&subject.query);
        let nothing = |why: String| Unclear::decisive(Reason::Input, &name, why);
        let evidence = match &subject.query {
            Query::Reply(text) => return Ok(self.reply(text, &name, &net).await),
            Query::Sender(target) => return Ok(self.sender(target, &net).await),
            Query::File(path) => input::open(path, now, self.options.format_hint).map_err(nothing)?,
            Query::Message { octets, .. } => {
                input::tell(Box::new(std::io::Cursor::new(octets.to_vec())), now, Some(Hint::Message))
                    .map_err(nothing)?
            }
        };
        match evidence {
            Evidence::Message(reading) => Ok(self.message(*reading, &name, &net).await),
            Evidence::Log(input) => self.log(input, now, &name, &net).await,
            Evidence::DmarcReport(octets) => {
                let report = aggregate::dmarc(&octets).map_err(nothing)?;
                Ok(aggregated(Kind::DmarcReport, report, self.options.top))
            }
            Evidence::TlsReport(octets) => {
                let report = aggregate::tls(&octets).map_err(nothing)?;
                Ok(aggregated(Kind::TlsReport, report, self.options.top))
            }
        }
    }
}

impl Diagnose {
    async fn reply(&self, text: &str, name: &str, net: &Net) -> Outcome<Facts> {
        let mut raw = bounce::Report::default();
        let text = text.trim().trim_matches('"');
        raw.hear(Said::read(text));
        self.reports(Kind::Reply, vec![raw], None, name, net).await
    }

    async fn message(&self, reading: Reading, name: &str, net: &Net) -> Outcome<Facts> {
        let kind = match reading.kind {
            bounce::Kind::Dsn => Kind::Dsn,
            bounce::Kind::Bounce => Kind::Bounce,
            bounce::Kind::Arf => Kind::Arf,
            bounce::Kind::Mdn => Kind::Mdn,
            bounce::Kind::AutoReply => Kind::AutoReply,
            bounce::Kind::Message => Kind::Message,
        };
        if kind == Kind::Message {
            return self.received(reading, net).await;
        }
        self.reports(kind, reading.reports, reading.original.as_ref(), name, net).await
    }

    /// Classifies reports, tests them, and tells what came of it.
    async fn reports(
        &self,
        kind: Kind,
        raw: Vec<bounce::Report>,
        original: Option<&Original>,
        name: &str,
        net: &Net,
    ) -> Outcome<Facts> {
        let original = original.or(self.message.as_ref());
        let mut facts = self.facts(kind);
        facts.reports = raw.into_iter().map(classify::classify).collect();
        facts.remarks = original.map(leaks).unwrap_or_default();
        self.diagnose(facts, original, name, net).await
    }

    async fn diagnose(&self, mut facts: Facts, original: Option<&Original>, name: &str, net: &Net) -> Outcome<Facts> {
        let live = Live { context: &self.context, net, original };
        // Recipients that were refused for the same are tested once.
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut first = Vec::new();
        let of: Vec<usize> = facts
            .reports
            .iter()
            .enumerate()
            .map(|(at, report)| {
                let key = format!(
                    "{} {:?} {:?} {:?} {:?} {:?}",
                    report.cause,
                    report.sending_address,
                    report.lists,
                    report.helo,
                    report.envelope_from,
                    domain_part(report)
                );
                *places.entry(key).or_insert_with(|| {
                    first.push(at);
                    first.len() - 1
                })
            })
            .collect();
        let mut tested: Vec<Tested> = if self.options.offline {
            Vec::new()
        } else {
            join_all(first.iter().take(MAX_TESTED).map(|at| live.report(&facts.reports[*at]))).await
        };
        tested.resize_with(first.len(), Tested::default);
        let mut outcome = Outcome { facts: self.facts(facts.kind), findings: Vec::new(), unclear: Vec::new() };
        let mut told = std::collections::HashSet::new();
        for (report, place) in facts.reports.iter_mut().zip(of) {
            let tested = &tested[place];
            report.certainty = match tested.shows() {
                Shows::Holds => Certainty::Proven,
                Shows::Gone => Certainty::Gone,
                Shows::Untold => report.certainty,
            };
            if facts.told.len() < usize::from(self.options.top) && (told.insert(place) || report.direction.is_none()) {
                facts.told.push(tell::told(report, tested));
            }
            outcome.findings.extend(finding(report, tested, name));
            let is_open = report.cause == Cause::Unknown && report.certainty != Certainty::Proven;
            if is_open && !facts.kind.is_told_by_others(report) {
                let words = report.text.as_deref().unwrap_or("the report gives no reason");
                let why = format!("nobody here understands: {words}");
                outcome.unclear.push(Unclear::decisive(
                    Reason::Unproven,
                    report.recipient.as_deref().unwrap_or(name),
                    why,
                ));
            }
        }
        for tested in &mut tested {
            facts.tests.append(&mut tested.tests);
            // What a test could not tell leaves the words as they are.
            outcome.unclear.extend(tested.open.drain(..).map(|open| Unclear { decisive: false, ..open }));
        }
        facts.reason = facts.summed_up();
        outcome.facts = facts;
        outcome
    }

    /// A message that arrived: tested as its receiver does.
    async fn received(&self, reading: Reading, net: &Net) -> Outcome<Facts> {
        let mut facts = self.facts(Kind::Message);
        let original = reading.original.unwrap_or_default();
        facts.remarks = leaks(&original);
        facts.delivery = reading.delivery.clone().map(Delivery::from);
        let (mut findings, mut unclear) = (Vec::new(), Vec::new());
        if !self.options.offline {
            let live = Live { context: &self.context, net, original: Some(&original) };
            let hop = reading.delivery.unwrap_or_default();
            let raw = bounce::Report {
                sending_address: hop.address,
                helo: hop.helo,
                envelope_from: hop.envelope_from,
                ..bounce::Report::default()
            };
            let mut as_received = classify::report(raw, classify::plain(Cause::AuthDmarc, Certainty::Named));
            let author = live.report(&as_received).await;
            let listed = live.sender(as_received.sending_address, None).await;
            facts.remarks.push(authentication_results(&facts, &author));
            let failed = author.shows() == Shows::Holds;
            for mut tested in [author, listed] {
                as_received.certainty = Certainty::Proven;
                facts.tests.append(&mut tested.tests);
                unclear.extend(tested.open.into_iter().map(|open| Unclear { decisive: false, ..open }));
            }
            if failed {
                let given = Proof::given("author", original.from_domain.as_deref().unwrap_or("-"));
                findings.push(Finding::new(rules::of(Cause::AuthDmarc), "the message", given));
            }
        }
        facts.reason = facts.summed_up();
        Outcome { facts, findings, unclear }
    }

    /// A sender by itself: why is it refused?
    async fn sender(&self, target: &Target, net: &Net) -> Outcome<Facts> {
        let (address, domain): (Option<IpAddr>, Option<&Domain>) = match &target.kind {
            TargetKind::Address(address) => (Some(*address), None),
            TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
                (None, Some(name))
            }
            _ => (None, None),
        };
        let mut facts = self.facts(if address.is_some() { Kind::Address } else { Kind::Domain });
        let (mut findings, mut unclear) = (Vec::new(), Vec::new());
        if self.options.offline {
            unclear.push(Unclear::decisive(Reason::NotApplicable, &target.input, "a sender can only be tested live"));
        } else {
            let live = Live { context: &self.context, net, original: None };
            let mut tested = live.sender(address, domain).await;
            for test in tested.tests.iter().filter(|test| test.shows == Shows::Holds) {
                let cause = match test.check {
                    "dnsbl" => Cause::Listed,
                    "ptr" => Cause::NoPtr,
                    "spf" => Cause::AuthSpf,
                    "dmarc" => Cause::AuthDmarc,
                    _ => Cause::ReturnPath,
                };
                let is_grave = test.verdict == crate::report::Verdict::Fail;
                let proof = Proof::given(test.check, &test.reason);
                let mut finding =
                    Finding::new(rules::of(cause), &test.subject, proof).about(test.check).detail(&test.reason);
                if !is_grave {
                    finding.severity = Severity::Warning;
                }
                findings.push(finding.steps(tested.remedies.clone()));
            }
            unclear.append(&mut tested.open);
            facts.remarks = tell::together(&tested.tests);
            facts.tests = tested.tests;
        }
        facts.reason = facts.summed_up();
        Outcome { facts, findings, unclear }
    }

    async fn log(
        &self,
        input: Box<dyn std::io::BufRead + Send>,
        now: i64,
        name: &str,
        net: &Net,
    ) -> Result<Outcome<Facts>, Unclear> {
        let since = self.options.since.map(|since| match since {
            Since::At(seconds) => seconds,
            Since::Ago(seconds) => now - seconds,
        });
        let whole = std::fs::metadata(name).ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
        let progress = net.waits.read(name, whole.filter(|_| !name.ends_with(".gz")));
        let summary = log::read(input, now, since, &progress).await.map_err(|error| {
            Unclear::decisive(Reason::Input, name, format!("it cannot be read any further: {error}"))
        })?;
        let mut facts = self.facts(Kind::Log);
        // Only the largest groups are tested; all are told in the documents.
        let (top, rest) = {
            let mut all = summary.reports;
            let rest = all.split_off(usize::from(self.options.top).min(all.len()));
            (all, rest)
        };
        facts.reports = top;
        facts.never_returned = summary.never_returned;
        facts.log = Some(summary.facts);
        let mut outcome = self.diagnose(facts, None, name, net).await;
        outcome.facts.reports.extend(rest);
        outcome.facts.reason = outcome.facts.summed_up();
        Ok(outcome)
    }

    fn facts(&self, kind: Kind) -> Facts {
        Facts {
            kind,
            reports: Vec::new(),
            never_returned: Vec::new(),
            delivery: None,
            tests: Vec::new(),
            remarks: Vec::new(),
            log: None,
            sources: Vec::new(),
            told: Vec::new(),
            reason: String::new(),
            top: usize::from(self.options.top),
        }
    }
}

impl Kind {
    /// Whether a report's silence is no riddle: what a log's own server refused, it refused for a reason.
    fn is_told_by_others(self, report: &Report) -> bool {
        self == Kind::Log && report.text.is_none()
    }
}

/// What a report means for the administrator. Refusals of our own, in a log, are nobody's fault by themselves.
fn finding(report: &Report, tested: &Tested, name: &str) -> Option<Finding> {
    if report.direction == Some(crate::mail::logs::Direction::In) {
        return None;
    }
    let rule = rules::of(report.cause);
    let server = report.remote_mta.as_deref().or(report.reporting_mta.as_deref()).unwrap_or(name);
    let words = tell::quote(report).unwrap_or_else(|| "no words".to_owned());
    let subject = report.recipient.as_deref().unwrap_or(name);
    let detail = report.count.filter(|count| *count > 1).map(|count| format!("{count} times")).unwrap_or_default();
    let about = report.remote_mta.clone().unwrap_or_default();
    let mut finding = Finding::new(rule, subject, Proof::reply(server, words)).detail(detail);
    if !about.is_empty() {
        finding = finding.about(about);
    }
    let steps = tell::steps(report, tested);
    if report.certainty == Certainty::Gone {
        finding.severity = Severity::Note;
        return Some(finding.steps(steps));
    }
    // What passes by itself wants nothing.
    let waits = matches!(report.cause, Cause::Greylisted | Cause::MailboxFull | Cause::System | Cause::Delivered);
    if waits { Some(finding) } else { Some(finding.steps(steps)) }
}

/// A report about many messages, as evidence.
fn aggregated(kind: Kind, report: Aggregate, top: u16) -> Outcome<Facts> {
    let mut findings = Vec::new();
    let cause = if kind == Kind::DmarcReport { Cause::AuthDmarc } else { Cause::TlsFailed };
    for row in report.sources.iter().filter(|row| row.failed).take(50) {
        let source = &row.source;
        let detail = format!("{} times: {}", source.count, source.result);
        let mut finding = Finding::new(rules::of(cause), &source.source, Proof::given("report of", &report.reporter))
            .about(&report.domain)
            .detail(detail);
        if kind == Kind::DmarcReport {
            finding.severity = Severity::Warning;
            let step = if row.misaligned {
                format!(
                    "If {} is a service of yours, let it sign with DKIM as {}: what passed was for another domain.",
                    source.source, report.domain
                )
            } else {
                format!(
                    "If {} is yours, add it to the SPF record of {} and sign there with DKIM; if it is not, the policy did its work.",
                    source.source, report.domain
                )
            };
            finding = finding.steps(vec![step]);
        }
        findings.push(finding);
    }
    let failed: u64 = report.sources.iter().filter(|row| row.failed).map(|row| row.source.count).sum();
    let all: u64 = report.sources.iter().map(|row| row.source.count).sum();
    let reason = format!("{}: {failed} of {all} failed, as {} saw it", report.domain, report.reporter);
    let facts = Facts {
        kind,
        reports: Vec::new(),
        never_returned: Vec::new(),
        delivery: None,
        tests: Vec::new(),
        remarks: Vec::new(),
        log: None,
        sources: report.sources.into_iter().map(|row| row.source).collect(),
        told: Vec::new(),
        reason,
        top: usize::from(top),
    };
    Outcome { facts, findings, unclear: Vec::new() }
}

/// What the way of a message shows to everybody.
fn leaks(original: &Original) -> Vec<String> {
    if original.inside.is_empty() {
        return Vec::new();
    }
    let all: Vec<String> = original.inside.iter().take(5).map(ToString::to_string).collect();
    vec![format!("The header shows inside addresses to every recipient: {}.", all.join(", "))]
}

/// The field that a receiver would write (RFC 8601 §2.2).
fn authentication_results(facts: &Facts, tested: &Tested) -> String {
    let by = facts.delivery.as_ref().and_then(|hop| hop.by.clone()).unwrap_or_else(|| "receiver".to_owned());
    let result = |check: &str| {
        let test = tested.tests.iter().find(|test| test.check == check)?;
        Some(format!("{check}={}", test.reason))
    };
    let results: Vec<String> = ["spf", "dkim", "dmarc"].into_iter().filter_map(result).collect();
    format!("As a receiver would write it: Authentication-Results: {by}; {}", results.join("; "))
}

fn domain_part(report: &Report) -> Option<&str> {
    report.recipient.as_deref().and_then(|recipient| recipient.rsplit_once('@')).map(|(_, domain)| domain)
}

fn since(text: &str) -> Result<Since, String> {
    if let Ok(span) = crate::config::duration(text) {
        return Ok(Since::Ago(span.as_secs() as i64));
    }
    let wrong = || format!("\"{text}\" is no date, no date and time, and no span such as 2d");
    let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.replacen(' ', "T", 1) };
    let zoned = if text.ends_with('Z') || text.get(19..).is_some_and(|zone| !zone.is_empty()) {
        text
    } else {
        format!("{text}Z")
    };
    zoned.parse::<jiff::Timestamp>().map(|time| Since::At(time.as_second())).map_err(|_| wrong())
}
