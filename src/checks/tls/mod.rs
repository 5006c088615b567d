//! `tls`: can mail reach a domain's hosts over TLS, and what is their certificate worth?

mod cells;
mod certificates;
mod confidence;
mod facts;
mod inspect;
mod judge;
mod rules;
mod senders;
mod sweep;
mod table;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use ipnet::IpNet;
use rustls::RootCertStore;

pub use self::facts::Facts;
use self::inspect::{How, Inspection};
use self::judge::Judge;
use super::dialogue::{self, Dial, Sender};
use super::{Asked, Check, Context, Outcome, Subject, mta_sts};
use crate::config::{ConfigError, Settings, duration};
use crate::mail::mta_sts::Policy;
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::net::dane::Tlsas;
use crate::net::dns::Security as Dnssec;
use crate::net::mail_hosts::{MailHosts, Route, SMTP};
use crate::net::smtp::Envelope;
use crate::report::{Reason, Rule, Unclear};

/// The flags of `tls`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Where to connect.
    #[command(flatten)]
    pub dial: Dial,
    /// Who the mail would come from.
    #[command(flatten)]
    pub sender: Sender,
    /// Find out every version, cipher suite and group that is accepted; takes many connections, one a second
    #[arg(long)]
    pub deep: bool,
    /// Warn of certificates that expire within this many days [default: 21, or a third of a shorter lifetime]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=3_650), allow_negative_numbers = true)]
    pub expect_days: Option<u32>,
    /// Wait this long and try once more if the server defers, as greylisting does
    #[arg(long, value_name = "DURATION", value_parser = duration, allow_negative_numbers = true)]
    pub retry_greylisted: Option<Duration>,
    /// The checks beside it, which say themselves what they find.
    #[arg(skip)]
    pub beside: Beside,
}

/// Which checks run beside this one in an audit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside {
    /// The one of the dialogue.
    pub smtp: bool,
    /// The one of TLSA records.
    pub dane: bool,
    /// The one of the domain's policy.
    pub mta_sts: bool,
}

/// The check.
#[derive(Debug)]
pub struct Tls {
    options: Options,
    roots: Arc<RootCertStore>,
    https: Arc<rustls::ClientConfig>,
    /// The reverse-path of an envelope; none if none is sent.
    reverse_path: Result<String, String>,
}

impl Check for Tls {
    type Options = Options;
    type Query = Target;
    type Facts = Facts;

    const NAME: &'static str = "tls";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let trust = &context.settings.net.trust;
        let roots = trust.roots().map_err(ConfigError)?;
        let https = Arc::new(trust.client_config().map_err(ConfigError)?);
        let reverse_path = if !context.single {
            Err("an envelope is sent for a single target only".to_owned())
        } else {
            match options.sender.reverse_path(&context.settings) {
                Ok(path) => Ok(path),
                Err(error) if options.sender.mail_from.is_some() => return Err(error),
                Err(error) => Err(error.0),
            }
        };
        Ok(Tls { options, roots, https, reverse_path })
    }

    fn consent(options: &Options, settings: &Settings, asked: Asked<'_>) -> Result<(), ConfigError> {
        let has_mailbox = asked.target().is_none_or(|target| target.mailbox().is_some());
        match options.sender.reverse_path(settings) {
            Ok(path) if path.is_empty() && has_mailbox => {
                dialogue::consent(settings, &options.dial, dialogue::NULL_SENDER, asked.target())
            }
            _ => Ok(()),
        }
    }

    fn subject_name(query: &Target) -> String {
        query.to_string()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Target>>, Unclear> {
        match &target.kind {
            TargetKind::Address(_) | TargetKind::Domain(_) | TargetKind::Host { .. } | TargetKind::Mailbox { .. } => {
                Ok(vec![Subject::of(target.clone())])
            }
            TargetKind::Network(_)
            | TargetKind::List
            | TargetKind::Text
            | TargetKind::Message
            | TargetKind::Malformed => Ok(Vec::new()),
        }
    }

    fn network(&self, _: &IpNet) -> Result<Option<fn(IpAddr) -> Target>, Unclear> {
        Ok(Some(Target::from))
    }

    async fn run(&self, subject: &Subject<Target>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let target = &subject.query;
        let hosts = net.mail_hosts(target, self.options.dial.route(), self.options.dial.port).await;
        let hosts = hosts.map_err(|error| error.unclear(target))?;
        if hosts.null_mx {
            return Err(Unclear::decisive(Reason::NotApplicable, target, "the domain takes no mail (null MX)"));
        }
        let domain = self.policy_domain(target);
        let (policy, inspections) =
            join(self.policy(domain, net), join(self.inspect(target, &hosts, net), self.tlsas(&hosts, net))).await;
        let (inspections, tlsas) = inspections;
        let next_hops = match domain {
            // RFC 7672 §3.2.2: the domain's own names count where its MX records are signed.
            Some(domain) => match net.security_of_mail_route(domain).await {
                Ok(route) if route.security == Dnssec::Secure => route.known_by,
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        let now = net.clock.unix_time();
        let mut judge = Judge::new(&self.options, &self.roots, now, net);
        // RFC 7672 §2.1.1: senders that know DANE wait for an answer, so that it matters, and changes no verdict here.
        let failed = tlsas.values().filter_map(|tlsas| Some((tlsas.owner(), tlsas.failed.as_ref()?)));
        judge.unclear.extend(failed.map(|(owner, error)| Unclear { decisive: false, ..error.unclear(owner) }));
        judge.tlsas = tlsas;
        judge.next_hops = next_hops;
        match policy {
            Ok(policy) => judge.policy = policy,
            Err(unclear) => judge.unclear.push(Unclear { decisive: false, ..unclear }),
        }
        judge.hosts(&hosts);
        if let (Some(_), Err(why)) = (target.mailbox(), &self.reverse_path) {
            judge.unclear.push(Unclear::harmless(Reason::NotApplicable, target, why));
        }
        judge.inspections(&inspections);
        if judge.is_about_nothing() {
            // Not a matter of taste as with a null MX: a name that is misspelt must not pass.
            return Err(Unclear::decisive(Reason::Unreachable, target, "no mail host has an address"));
        }
        Ok(judge.end())
    }
}

impl Tls {
    /// The domain whose policies senders look at: that of the mail, where mail goes there by its MX records.
    fn policy_domain<'a>(&self, target: &'a Target) -> Option<&'a Domain> {
        let is_mail = self.options.dial.route() == Route::Mail && self.options.dial.port.unwrap_or(SMTP) == SMTP;
        match &target.kind {
            TargetKind::Domain(domain) | TargetKind::Mailbox { domain, .. } if is_mail => Some(domain),
            _ => None,
        }
    }

    async fn policy(&self, domain: Option<&Domain>, net: &Net) -> Result<Option<Policy>, Unclear> {
        match domain {
            Some(domain) => mta_sts::in_force(domain, &self.https, net).await,
            None => Ok(None),
        }
    }

    async fn inspect(&self, target: &Target, hosts: &MailHosts, net: &Net) -> Vec<Inspection> {
        let envelope = match (target.mailbox(), &self.reverse_path) {
            (Some(mailbox), Ok(path)) => Some(Envelope::new(path, mailbox)),
            _ => None,
        };
        let how = How { envelope, retry: self.options.retry_greylisted, deep: self.options.deep };
        let peers = hosts.hosts.iter().flat_map(|host| host.peers.iter().map(|peer| (peer.clone(), host.preference)));
        join_all(peers.map(|(peer, preference)| Inspection::make(peer, preference, &how, net))).await
    }

    /// The TLSA records of every host, by its name.
    async fn tlsas(&self, hosts: &MailHosts, net: &Net) -> BTreeMap<String, Tlsas> {
        let named = hosts.hosts.iter().filter_map(|host| host.peers.first());
        let named = named.filter(|peer| peer.host.parse::<IpAddr>().is_err());
        let found =
            join_all(named.map(|peer| async move { (peer.host.clone(), net.tlsa(&peer.host, peer.port).await) }));
        found.await.into_iter().collect()
    }
}
