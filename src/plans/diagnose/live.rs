//! What the evidence names, tested now: by the checks themselves, with one memory for all of them.

use std::net::IpAddr;
use std::sync::LazyLock;

use futures_util::future::join_all;
use regex::Regex;

use super::facts::{Report, Shows, Test};
use crate::catalogue;
use crate::catalogue::refusals::Cause;
use crate::checks::dialogue::Dial;
use crate::checks::{
    Check, Context, Subject, dane, dkim, dmarc, dnsbl, helo, mta_sts, mx, ptr, return_path, smtp, spf, tls,
};
use crate::mail::bounce::Original;
use crate::mail::message::Message;
use crate::mail::spf::Verdict as SpfVerdict;
use crate::names::domain::Domain;
use crate::net::Net;
use crate::report::table::Tabulate as _;
use crate::report::{Finding, Outcome, Reason, Severity, Unclear, Verdict};

/// Tests for one diagnosis.
pub(super) struct Live<'a> {
    pub(super) context: &'a Context,
    pub(super) net: &'a Net,
    /// The message that was refused, as far as it is attached.
    pub(super) original: Option<&'a Original>,
}

/// What the tests of one report came to.
#[derive(Debug, Default)]
pub(super) struct Tested {
    pub(super) tests: Vec<Test>,
    /// What they found, for the steps.
    pub(super) remedies: Vec<String>,
    /// What they could not tell.
    pub(super) open: Vec<Unclear>,
}

impl Tested {
    /// What the tests show together: one that holds is enough; that it is over only all of them can tell.
    pub(super) fn shows(&self) -> Shows {
        let any = |wanted: Shows| self.tests.iter().any(|test| test.shows == wanted);
        match (any(Shows::Holds), any(Shows::Untold), any(Shows::Gone)) {
            (true, ..) => Shows::Holds,
            (false, false, true) => Shows::Gone,
            _ => Shows::Untold,
        }
    }
}

/// Results of a check, one a subject.
type Results<C> = Vec<(String, Result<Outcome<<C as Check>::Facts>, Unclear>)>;

impl Live<'_> {
    /// Tests what a report names.
    pub(super) async fn report(&self, report: &Report) -> Tested {
        let address = report.sending_address;
        match report.cause {
            Cause::Listed => self.lists(report, false).await,
            Cause::ReceiverFault => self.lists(report, true).await,
            Cause::Dynamic => together([self.ptr(address).await, self.usual_lists(address).await]),
            Cause::NoPtr | Cause::PtrUnconfirmed => self.ptr(address).await,
            Cause::Helo => self.helo(report).await,
            Cause::AuthSpf => self.spf(report).await,
            Cause::AuthDkim => self.dkim().await,
            Cause::AuthDmarc => self.dmarc(report).await,
            Cause::Auth => self.authentication(report).await,
            Cause::ReturnPath => self.return_path(report).await,
            Cause::RelayDenied | Cause::Dns | Cause::NullMx | Cause::Loop => self.mx(report).await,
            Cause::TlsRequired | Cause::TlsFailed => self.tls(report).await,
            Cause::Network => self.smtp(report).await,
            Cause::Reputation | Cause::SpamUnspecified | Cause::Policy | Cause::Unknown => self.outside(report).await,
            _ => Tested::default(),
        }
    }

    /// Tests a sender by itself: what receivers ask about everybody.
    pub(super) async fn sender(&self, address: Option<IpAddr>, domain: Option<&Domain>) -> Tested {
        let of_address = async {
            let helo = Tested::default();
            together([self.usual_lists(address).await, self.ptr(address).await, helo])
        };
        let of_domain = async {
            let Some(domain) = domain else { return Tested::default() };
            let name = domain.as_str();
            let lists = self.check::<dnsbl::Dnsbl>(dnsbl::Options::default(), name);
            let spf = self.check::<spf::Spf>(spf::Options::default(), name);
            let dmarc = self.check::<dmarc::Dmarc>(dmarc::Options::default(), name);
            let mx = self.check::<mx::Mx>(mx::Options::default(), name);
            let (lists, spf, dmarc, mx) = futures_util::join!(lists, spf, dmarc, mx);
            let mut all = told::<dnsbl::Dnsbl>(lists, |outcome| listed(&outcome.facts));
            all = together([
                all,
                told::<spf::Spf>(spf, by_findings),
                told::<dmarc::Dmarc>(dmarc, by_findings),
                told::<mx::Mx>(mx, by_findings),
            ]);
            all
        };
        let (one, other) = futures_util::join!(of_address, of_domain);
        together([one, other])
    }

    async fn outside(&self, report: &Report) -> Tested {
        let address = report.sending_address;
        let (lists, ptr, auth) =
            futures_util::join!(self.usual_lists(address), self.ptr(address), self.authentication(report));
        let mut all = together([lists, ptr, auth]);
        // What an outsider finds may be the reason, and need not be.
        for test in &mut all.tests {
            test.shows = Shows::Untold;
        }
        all
    }

    /// Asks the lists that are named, through the resolver and at their own servers.
    async fn lists(&self, report: &Report, is_fault: bool) -> Tested {
        let mut all = Vec::new();
        for zone in report.lists.iter().take(8) {
            let Some(subject) = self.subject_of(zone, report) else {
                all.push(Tested {
                    open: vec![Unclear::decisive(
                        Reason::NotApplicable,
                        zone,
                        "the report names no address or domain to ask about",
                    )],
                    ..Tested::default()
                });
                continue;
            };
            let options = |direct| dnsbl::Options { list: vec![zone.clone()], direct, ..dnsbl::Options::default() };
            let (through, direct) = futures_util::join!(
                self.check::<dnsbl::Dnsbl>(options(false), &subject),
                self.check::<dnsbl::Dnsbl>(options(true), &subject)
            );
            // A cache may still say what the list's own servers say no more, or the other way about.
            let mut tested = told::<dnsbl::Dnsbl>(direct, |outcome| listed(&outcome.facts));
            if tested.shows() == Shows::Untold {
                tested = told::<dnsbl::Dnsbl>(through, |outcome| listed(&outcome.facts));
            }
            if is_fault {
                // The receiver's mistake is proven where nobody is listed.
                for test in &mut tested.tests {
                    test.shows = match test.shows {
                        Shows::Holds => Shows::Gone,
                        Shows::Gone => Shows::Holds,
                        Shows::Untold => Shows::Untold,
                    };
                }
            }
            all.push(tested);
        }
        together(all)
    }

    /// What a list is asked about: the client's address, or the domain that the words name.
    fn subject_of(&self, zone: &str, report: &Report) -> Option<String> {
        static NAMED: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?i)(?:\[|<|sender address |domain |url )[^\s\[\]<>]*?@?([a-z0-9-]+(?:\.[a-z0-9-]+)+)[\]>]? ?(?:rejected|blocked|listed|is )")
                .expect("the pattern is fixed and valid")
        });
        let list = catalogue::find(zone);
        let of_names = list.is_some_and(|list| {
            let kinds = &list.kinds;
            !kinds.contains(&catalogue::Kind::Ipv4) && !kinds.contains(&catalogue::Kind::Ipv6)
        });
        if !of_names && let Some(address) = report.sending_address {
            return Some(address.to_string());
        }
        let words = report.text.as_deref().unwrap_or_default();
        let named = NAMED.captures(words).map(|found| found[1].to_lowercase());
        let from =
            report.envelope_from.as_deref().and_then(|from| from.rsplit_once('@')).map(|(_, domain)| domain.to_owned());
        let author = self.original.and_then(|original| original.from_domain.clone());
        named.filter(|name| name.parse::<Domain>().is_ok()).or(from).or(author)
    }

    async fn usual_lists(&self, address: Option<IpAddr>) -> Tested {
        let Some(address) = address else { return Tested::default() };
        let results = self.check::<dnsbl::Dnsbl>(dnsbl::Options::default(), &address.to_string()).await;
        told::<dnsbl::Dnsbl>(results, |outcome| listed(&outcome.facts))
    }

    async fn ptr(&self, address: Option<IpAddr>) -> Tested {
        let Some(address) = address else { return lacking("ptr", "the report does not name the sending address") };
        let results = self.check::<ptr::Ptr>(ptr::Options::default(), &address.to_string()).await;
        told::<ptr::Ptr>(results, |outcome| match outcome.facts.status {
            ptr::Status::Confirmed => Shows::Gone,
            ptr::Status::Nxdomain | ptr::Status::NoData | ptr::Status::Unconfirmed => Shows::Holds,
            _ => Shows::Untold,
        })
    }

    async fn helo(&self, report: &Report) -> Tested {
        let Some(name) = &report.helo else { return self.ptr(report.sending_address).await };
        let options = helo::Options { ip: report.sending_address, ..helo::Options::default() };
        told::<helo::Helo>(self.check::<helo::Helo>(options, name).await, by_findings)
    }

    async fn spf(&self, report: &Report) -> Tested {
        let Some(address) = report.sending_address else {
            return lacking("spf", "the report does not name the sending address");
        };
        let helo = report.helo.clone();
        let Some(from) = report.envelope_from.clone().or(helo.clone()) else {
            return lacking("spf", "the report names no sender");
        };
        let domain = from.rsplit_once('@').map_or(from.as_str(), |(_, domain)| domain).to_owned();
        let mail_from = from.contains('@').then(|| from.clone());
        let options = spf::Options { ip: Some(address), helo, mail_from };
        let results = self.check::<spf::Spf>(options, &domain).await;
        told::<spf::Spf>(results, |outcome| {
            match outcome.facts.evaluation.as_ref().map(|evaluation| evaluation.result) {
                Some(SpfVerdict::Pass) => Shows::Gone,
                Some(SpfVerdict::TempError) | None => Shows::Untold,
                Some(_) => Shows::Holds,
            }
        })
    }

    async fn dkim(&self) -> Tested {
        let Some(original) = self.original else { return lacking("dkim", "the report has no copy of the message") };
        if let Some(octets) = &original.octets {
            return match Message::parse(octets) {
                Ok(message) => {
                    let check = dkim::Dkim::of_message(message);
                    let subject = Subject::of(dkim::Query::Signatures { wanted: None, name: "the message".to_owned() });
                    let result = check.run(&subject, self.net).await;
                    told::<dkim::Dkim>(vec![("the message".to_owned(), result)], |outcome| {
                        let passes = |row: &dkim::SignatureRow| row.result == dkim::SignatureResult::Pass;
                        let is_open = |row: &dkim::SignatureRow| row.result == dkim::SignatureResult::Temperror;
                        match outcome.facts.signatures.as_slice() {
                            rows if rows.iter().any(passes) => Shows::Gone,
                            rows if rows.iter().any(is_open) => Shows::Untold,
                            _ => Shows::Holds,
                        }
                    })
                }
                Err(error) => lacking("dkim", &format!("the copy of the message cannot be read: {error}")),
            };
        }
        // Only the header is there: the keys can be looked at, the signatures cannot.
        let mut all = Vec::new();
        for (selector, domain) in original.signatures.iter().take(4) {
            let Ok(selector) = selector.parse::<Domain>().map(|name| name.as_str().to_owned()) else { continue };
            let options = dkim::Options { selectors: vec![selector], message: None };
            let results = self.check::<dkim::Dkim>(options, domain).await;
            all.push(told::<dkim::Dkim>(results, |outcome| match by_findings(outcome) {
                Shows::Holds => Shows::Holds,
                _ => Shows::Untold,
            }));
        }
        all.push(lacking(
            "dkim",
            "the report has only the header of the message, so its signature could not be tested",
        ));
        together(all)
    }

    async fn dmarc(&self, report: &Report) -> Tested {
        let author = self.original.and_then(|original| original.from_domain.clone());
        let Some(author) = author.or_else(|| domain_of(report.envelope_from.as_deref())) else {
            return lacking("dmarc", "the report does not name the domain in From");
        };
        let policy = self.check::<dmarc::Dmarc>(dmarc::Options::default(), &author);
        let (policy, spf, dkim) = futures_util::join!(policy, self.spf(report), self.dkim());
        let policy = told::<dmarc::Dmarc>(policy, |outcome| match outcome.facts.policy {
            Some(_) => Shows::Untold,
            None if outcome.unclear.iter().all(|open| !open.decisive) => Shows::Gone,
            None => Shows::Untold,
        });
        let is_gone = policy.shows() == Shows::Gone;
        let (spf_shows, dkim_shows) = (spf.shows(), dkim.shows());
        let aligned = domain_of(report.envelope_from.as_deref()).is_some_and(|from| are_kin(&from, &author));
        let mut all = together([policy, spf, dkim]);
        // One of the two that passes, and is of the author's domain, is enough.
        let shows = match (spf_shows, dkim_shows) {
            _ if is_gone => Shows::Gone,
            (Shows::Gone, _) if aligned => Shows::Gone,
            (_, Shows::Gone) => Shows::Gone,
            (Shows::Holds, Shows::Holds) => Shows::Holds,
            (Shows::Gone, Shows::Holds) => Shows::Holds,
            _ => Shows::Untold,
        };
        all.tests.iter_mut().for_each(|test| test.shows = shows);
        all
    }

    async fn authentication(&self, report: &Report) -> Tested {
        if report.sending_address.is_none() && self.original.is_none() {
            return lacking("spf", "the report names neither the sending address nor the message");
        }
        let (spf, dkim) = futures_util::join!(self.spf(report), self.dkim());
        // Some receivers want one of the two, some want both: only where they agree is it told.
        let shows = match (spf.shows(), dkim.shows()) {
            (Shows::Gone, Shows::Gone) => Shows::Gone,
            (Shows::Holds, Shows::Holds) => Shows::Holds,
            _ => Shows::Untold,
        };
        let mut all = together([spf, dkim]);
        all.tests.iter_mut().for_each(|test| test.shows = shows);
        all
    }

    async fn return_path(&self, report: &Report) -> Tested {
        let Some(from) = &report.envelope_from else { return lacking("return-path", "the report names no sender") };
        let results = self.check::<return_path::ReturnPath>(return_path::Options::default(), from).await;
        told::<return_path::ReturnPath>(results, by_findings)
    }

    async fn mx(&self, report: &Report) -> Tested {
        let Some(domain) = domain_of(report.recipient.as_deref()) else {
            return lacking("mx", "the report names no recipient");
        };
        let results = self.check::<mx::Mx>(mx::Options::default(), &domain).await;
        let host = report.remote_mta.clone();
        told::<mx::Mx>(results, |outcome| {
            let facts = &outcome.facts;
            let is_told = outcome.unclear.iter().all(|open| !open.decisive);
            let leads_there = host.as_ref().is_some_and(|host| {
                facts.hosts.iter().any(|row| row.host.trim_end_matches('.').eq_ignore_ascii_case(host))
            });
            match report.cause {
                Cause::NullMx if facts.null_mx => Shows::Holds,
                Cause::NullMx if is_told => Shows::Gone,
                Cause::Dns => by_findings(outcome),
                // That the MX leads to who refused is the fault itself.
                Cause::RelayDenied if leads_there => Shows::Holds,
                _ => Shows::Untold,
            }
        })
    }

    async fn tls(&self, report: &Report) -> Tested {
        let Some(domain) = domain_of(report.recipient.as_deref()).or_else(|| report.remote_mta.clone()) else {
            return lacking("tls", "the report names no recipient");
        };
        let tls = self.check::<tls::Tls>(tls::Options::default(), &domain);
        let dane = self.check::<dane::Dane>(dane::Options::default(), &domain);
        let policy = self.check::<mta_sts::MtaSts>(mta_sts::Options::default(), &domain);
        let (tls, dane, policy) = futures_util::join!(tls, dane, policy);
        if report.cause == Cause::TlsRequired {
            // That they offer it is what they ask for.
            return told::<tls::Tls>(tls, |outcome| match outcome.unclear.iter().any(|open| open.decisive) {
                true => Shows::Untold,
                false => Shows::Holds,
            });
        }
        together([
            told::<tls::Tls>(tls, by_findings),
            told::<dane::Dane>(dane, by_findings),
            told::<mta_sts::MtaSts>(policy, by_findings),
        ])
    }

    async fn smtp(&self, report: &Report) -> Tested {
        let Some(domain) = domain_of(report.recipient.as_deref()).or_else(|| report.remote_mta.clone()) else {
            return lacking("smtp", "the report names no recipient");
        };
        let options = smtp::Options { dial: Dial::default(), ..smtp::Options::default() };
        let results = self.check::<smtp::Smtp>(options, &domain).await;
        told::<smtp::Smtp>(results, |outcome| {
            let is_silent =
                |open: &Unclear| open.decisive && matches!(open.reason, Reason::Timeout | Reason::Unreachable);
            let is_silent = outcome.unclear.iter().any(is_silent);
            if is_silent { Shows::Holds } else { by_findings(outcome) }
        })
    }

    /// Runs a check on everything that a target comes down to.
    async fn check<C: Check>(&self, options: C::Options, target: &str) -> Results<C> {
        let read = C::target_reader(&options);
        let wrong = |why: String| vec![(target.to_owned(), Err(Unclear::harmless(Reason::NotApplicable, target, why)))];
        let target = match read(target) {
            Ok(target) => target,
            Err(error) => return wrong(error.to_string()),
        };
        let check = match C::new(options, self.context) {
            Ok(check) => check,
            Err(error) => return wrong(error.to_string()),
        };
        let subjects = match check.subjects(&target, self.net).await {
            Ok(subjects) => subjects,
            Err(unclear) => return vec![(target.input, Err(unclear))],
        };
        let runs = subjects.iter().take(16).map(|subject| async {
            let result = match check.run(subject, self.net).await {
                // Nothing more comes, so that nothing need be waited for.
                Ok(outcome) => {
                    check.close();
                    Ok(check.review(outcome).await)
                }
                Err(unclear) => Err(unclear),
            };
            (C::subject_name(&subject.query), result)
        });
        join_all(runs).await
    }
}

/// What results of one check say.
fn told<C: Check>(results: Results<C>, shows: impl Fn(&Outcome<C::Facts>) -> Shows) -> Tested {
    let mut tested = Tested::default();
    for (subject, result) in results {
        match result {
            Ok(outcome) => {
                let verdict = Verdict::of(&outcome.findings, &outcome.unclear);
                let shows = shows(&outcome);
                tested.tests.push(Test { check: C::NAME, subject, verdict, reason: outcome.facts.reason(), shows });
                let wanted = |finding: &&Finding| finding.severity == Severity::Error && finding.wants_action();
                tested
                    .remedies
                    .extend(outcome.findings.iter().filter(wanted).map(|finding| finding.remedy_text().to_owned()));
                tested.open.extend(outcome.unclear.into_iter().filter(|open| open.decisive && shows == Shows::Untold));
            }
            Err(unclear) => {
                let verdict = Verdict::of(&[], std::slice::from_ref(&unclear));
                let (subject, reason) = (subject, unclear.detail.clone());
                tested.tests.push(Test { check: C::NAME, subject, verdict, reason, shows: Shows::Untold });
                tested.open.push(unclear);
            }
        }
    }
    tested
}

fn listed(facts: &dnsbl::Facts) -> Shows {
    let any = |wanted: dnsbl::RowOutcome| facts.lists.iter().any(|row| row.outcome == wanted);
    let is_told = |row: &dnsbl::ListRow| {
        matches!(
            row.outcome,
            dnsbl::RowOutcome::Listed
                | dnsbl::RowOutcome::NotListed
                | dnsbl::RowOutcome::Allowed
                | dnsbl::RowOutcome::NotApplicable
        )
    };
    if any(dnsbl::RowOutcome::Listed) {
        Shows::Holds
    } else if any(dnsbl::RowOutcome::NotListed) && facts.lists.iter().all(is_told) {
        Shows::Gone
    } else {
        Shows::Untold
    }
}

/// Errors and warnings hold the report up; a check without any, that left nothing open, ends it.
fn by_findings<F>(outcome: &Outcome<F>) -> Shows {
    let is_bad = |finding: &Finding| finding.severity != Severity::Note;
    if outcome.findings.iter().any(is_bad) {
        Shows::Holds
    } else if outcome.unclear.iter().any(|open| open.decisive) {
        Shows::Untold
    } else {
        Shows::Gone
    }
}

fn together(all: impl IntoIterator<Item = Tested>) -> Tested {
    let mut one = Tested::default();
    for mut tested in all {
        one.tests.append(&mut tested.tests);
        for remedy in tested.remedies {
            if !one.remedies.contains(&remedy) {
                one.remedies.push(remedy);
            }
        }
        one.open.append(&mut tested.open);
    }
    one
}

/// A test that could not be made.
fn lacking(check: &'static str, why: &str) -> Tested {
    let reason = why.to_owned();
    let test = Test { check, subject: "-".to_owned(), verdict: Verdict::Unclear, reason, shows: Shows::Untold };
    Tested { tests: vec![test], ..Tested::default() }
}

fn domain_of(mailbox: Option<&str>) -> Option<String> {
    let (_, domain) = mailbox?.rsplit_once('@')?;
    Some(domain.trim_matches(['[', ']']).to_lowercase())
}

/// Whether two domains are of one organisation.
fn are_kin(one: &str, other: &str) -> bool {
    match (one.parse::<Domain>(), other.parse::<Domain>()) {
        (Ok(one), Ok(other)) => one.is_kin_of(&other),
        _ => false,
    }
}
