//! `dane`: do the TLSA records of the mail hosts fit the certificates in use, and would they tomorrow?

mod dial;
mod facts;
mod judge;
mod next;
mod rules;

use std::path::PathBuf;

use futures_util::future::join_all;

use self::dial::Seen;
pub use self::facts::Facts;
use self::judge::{HOW_TO_VALIDATE, Judge};
use self::next::NextChain;
use super::dialogue::Dial;
use super::{Check, Context, Outcome, Subject, domain_of, reason};
use crate::config::ConfigError;
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::net::dane::Status;
use crate::net::dial::redirected;
use crate::net::dns::{Security, Unusable};
use crate::net::lookup::mail_route::RouteSecurity;
use crate::net::mail_hosts::{Route, SMTP};
use crate::net::smtp::Peer;
use crate::report::{Evidence, Finding, Proof, Reason, Rule, Severity, Unclear};

/// The flags of `dane`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Which server is dialled.
    #[command(flatten)]
    pub dial: Dial,
    /// Compare the records with this certificate that is to come, PEM with its chain, and print its record
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
}

/// The check.
#[derive(Debug)]
pub struct Dane {
    dial: Dial,
    next: Option<NextChain>,
}

impl Check for Dane {
    type Options = Options;
    type Query = Target;
    type Facts = Facts;

    const NAME: &'static str = "dane";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, _: &Context) -> Result<Self, ConfigError> {
        let next = options.cert.as_deref().map(NextChain::read).transpose()?;
        Ok(Dane { dial: options.dial, next })
    }

    fn subject_name(query: &Target) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Target>>, Unclear> {
        match &target.kind {
            TargetKind::Domain(_) | TargetKind::Host { .. } | TargetKind::Mailbox { .. } => {
                Ok(vec![Subject::of(target.clone())])
            }
            _ => Err(Unclear::decisive(Reason::NotApplicable, target, "TLSA records stand at names")),
        }
    }

    async fn run(&self, subject: &Subject<Target>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let target = &subject.query;
        let domain = domain_of(target)?;
        let port = self.dial.port.or(target.port()).unwrap_or(SMTP);
        let (mut facts, mut mx) = (Facts::default(), None);
        if self.goes_by_mx(target, &domain, port, net) {
            match net.security_of_mail_route(&domain).await {
                Ok(route) => {
                    facts.mx = Some(status(&route.security));
                    mx = Some(route);
                }
                Err(Unusable::Bogus { why, evidence, .. }) => {
                    facts.mx = Some(Status::Bogus);
                    let findings = vec![Finding::new(&rules::BOGUS, &domain, evidence).detail(why)];
                    facts.reason = reason::of(&findings, String::new());
                    return Ok(Outcome { facts, findings, unclear: Vec::new() });
                }
                Err(Unusable::Failed(error)) => return Err(error.unclear(&domain)),
            }
        }
        let hosts = net.mail_hosts(target, self.dial.route(), Some(port)).await;
        let hosts = hosts.map_err(|error| error.unclear(&domain))?;
        if hosts.null_mx {
            return Err(Unclear::decisive(Reason::NotApplicable, target, "the domain takes no mail (RFC 7505)"));
        }
        let seen = join_all(hosts.hosts.into_iter().map(|host| Seen::of(host, port, net))).await;
        let answering = dial::answering(&seen, net).await;
        Ok(self.judge(&domain, mx, &seen, &answering, facts, net))
    }
}

impl Dane {
    /// Whether MX records lead to the hosts, as [`Net::mail_hosts`] finds them.
    fn goes_by_mx(&self, target: &Target, domain: &Domain, port: u16, net: &Net) -> bool {
        let is_host = matches!(target.kind, TargetKind::Host { .. }) || self.dial.route() == Route::Host;
        !is_host && redirected(&net.connect_to, domain.as_str(), port).is_none()
    }

    fn judge(
        &self,
        domain: &Domain,
        mx: Option<RouteSecurity>,
        seen: &[Seen],
        answering: &[Peer],
        mut facts: Facts,
        net: &Net,
    ) -> Outcome<Facts> {
        // RFC 7672 §3.2.2: the names the mail is for count, unless unsigned MX records lead to the host.
        let next_hops = match (&mx, facts.mx) {
            (Some(mx), Some(Status::Secure)) => mx.known_by.clone(),
            (None, None) => vec![domain.to_string()],
            _ => Vec::new(),
        };
        let mut judge = Judge {
            net,
            reader: domain,
            mx: facts.mx,
            next_hops,
            answering,
            now: net.clock.unix_time(),
            rows: Vec::new(),
            findings: Vec::new(),
            unclear: Vec::new(),
        };
        for host in seen {
            judge.host(host);
        }
        if let Some(next) = &self.next {
            let Judge { next_hops, now, findings, unclear, .. } = &mut judge;
            facts.next = Some(next.compare(seen, next_hops, *now, findings, unclear));
        }
        let Judge { rows, mut findings, mut unclear, .. } = judge;
        facts.hosts = rows;
        let of = |wanted: Status| seen.iter().filter(|seen| seen.tlsas.status == wanted).count();
        let (secure, absent) = (of(Status::Secure), of(Status::Absent) + of(Status::Insecure));
        let applies = secure > 0 && facts.mx != Some(Status::Insecure);
        if applies && absent > 0 {
            let without = seen.iter().filter(|seen| matches!(seen.tlsas.status, Status::Absent | Status::Insecure));
            let names: Vec<&str> = without.map(|seen| seen.host.name.as_str()).collect();
            let absent = seen.iter().filter(|seen| names.contains(&seen.host.name.as_str()));
            let absent = absent.flat_map(|seen| seen.tlsas.evidence.clone());
            let proof = Proof::of(absent, || Evidence::given("domain", domain));
            let finding = Finding::new(&rules::PARTIAL, domain, proof);
            findings.push(finding.detail(format!("none for {}", names.join(", "))));
        }
        match facts.mx {
            Some(Status::Insecure) if secure > 0 => {
                let proof = mx.map_or_else(|| Evidence::given("domain", domain).into(), |mx| mx.proof);
                findings
                    .push(Finding::new(&rules::INSECURE_MX, domain, proof).detail("the answer for MX is not signed"));
            }
            Some(Status::Unvalidated) if secure > 0 => {
                let detail = format!("nobody vouches for the MX records: {HOW_TO_VALIDATE}");
                unclear.push(Unclear::decisive(Reason::Unproven, domain, detail));
            }
            _ => {}
        }
        let is_told = findings.iter().any(|finding| finding.rule.severity != Severity::Note);
        let is_open = unclear.iter().any(|open| open.decisive);
        if !applies && !is_told && !is_open {
            unclear.push(Unclear::decisive(Reason::NotApplicable, domain, nothing(&facts, seen)));
        }
        let otherwise = match unclear.iter().find(|open| open.decisive) {
            Some(open) => open.detail.clone(),
            None => "a TLSA record fits every certificate, and the next key is provided for".to_owned(),
        };
        facts.reason = reason::beside(&findings, &unclear, otherwise);
        Outcome { facts, findings, unclear }
    }
}

/// Why DANE does not apply.
fn nothing(facts: &Facts, seen: &[Seen]) -> String {
    let has = |status: Status| seen.iter().any(|seen| seen.tlsas.status == status);
    if facts.mx == Some(Status::Insecure) && has(Status::Secure) {
        "the MX records are not signed: DANE does not apply, although the hosts' TLSA records are secure".to_owned()
    } else if seen.iter().any(|seen| !seen.tlsas.records.is_empty()) {
        "the TLSA records are not signed: DANE does not apply".to_owned()
    } else if seen.iter().all(|seen| seen.tlsas.status == Status::Absent) && !seen.is_empty() {
        "no mail host has TLSA records, which is proven".to_owned()
    } else {
        "no mail host has TLSA records".to_owned()
    }
}

fn status(security: &Security) -> Status {
    match security {
        Security::Secure => Status::Secure,
        Security::Insecure => Status::Insecure,
        Security::Unknown(_) => Status::Unvalidated,
    }
}
