//! `smtp`: how does the mail server speak, and what does it allow?

mod facts;
mod greeting;
mod passive;
mod probe;
mod rules;

use std::net::IpAddr;

use futures_util::future::join_all;
use ipnet::IpNet;

pub use self::facts::Facts;
use self::passive::Passive;
use self::probe::{Prober, Wanted};
use super::dialogue::{self, Dial, Judgement, Sender, Standing, broken_off};
use super::{Asked, Check, Context, Outcome, Subject, reason};
use crate::config::{ConfigError, Settings};
use crate::names::target::Target;
use crate::net::Net;
use crate::net::mail_hosts::MailHosts;
use crate::net::smtp::Peer;
use crate::net::smtp::survey::Plan;
use crate::net::tls::Offer;
use crate::report::table::count;
use crate::report::{Finding, Reason, Rule, Unclear};

/// The flags of `smtp`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Which server is dialled.
    #[command(flatten)]
    pub dial: Dial,
    /// Who the mail would come from.
    #[command(flatten)]
    pub sender: Sender,
    /// Try an envelope to postmaster@ and abuse@, and to the mailbox if one is given, and take it back
    #[arg(long)]
    pub envelope: bool,
    /// Probe servers of your own: null sender, address literal, catch-all, spoofed sender, VRFY, EXPN, and a command
    /// behind STARTTLS; needs --i-am-authorized
    #[arg(long)]
    pub probe: bool,
    /// Count the bad commands after which your own server hangs up, at most 64; needs --i-am-authorized
    #[arg(long)]
    pub error_limit: bool,
}

/// The check.
#[derive(Debug)]
pub struct Smtp {
    dial: Dial,
    wanted: Wanted,
}

impl Check for Smtp {
    type Options = Options;
    type Query = Target;
    type Facts = Facts;

    const NAME: &'static str = "smtp";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let mail_from = match options.envelope || options.probe {
            true => options.sender.reverse_path(&context.settings)?,
            false => String::new(),
        };
        let Options { dial, envelope, probe, error_limit, .. } = options;
        Ok(Smtp { dial, wanted: Wanted { mail_from, envelope, probe, error_limit } })
    }

    fn consent(options: &Options, settings: &Settings, asked: Asked<'_>) -> Result<(), ConfigError> {
        let what = match (options.probe, options.error_limit) {
            (false, false) => return Ok(()),
            (true, _) => "--probe",
            (false, true) => "--error-limit",
        };
        dialogue::consent(settings, &options.dial, what, asked.target())
    }

    fn subject_name(query: &Target) -> String {
        query.input.clone()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Target>>, Unclear> {
        Ok(vec![Subject::of(target.clone())])
    }

    fn network(&self, _: &IpNet) -> Result<Option<fn(IpAddr) -> Target>, Unclear> {
        Ok(Some(Target::from))
    }

    async fn run(&self, subject: &Subject<Target>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let target = &subject.query;
        let hosts = net.mail_hosts(target, self.dial.route(), self.dial.port).await;
        let hosts = hosts.map_err(|error| error.unclear(&target.input))?;
        let (servers, mut unclear) = servers(target, hosts)?;
        let plan = |peer: &Peer| Plan { offer: Offer::named(&peer.host), envelope: None };
        let surveys = join_all(servers.iter().map(async |(_, peer)| net.smtp.surveys.of(peer, &plan(peer), net).await));
        let surveys = surveys.await;
        let heard = servers.iter().zip(&surveys).filter(|(_, survey)| survey.opening.greeting.is_some());
        let heard: Vec<&Peer> = heard.map(|((_, peer), _)| peer).collect();
        let mut facts = Facts::default();
        let mut findings: Vec<Finding> = Vec::new();
        for ((preference, peer), survey) in servers.iter().zip(&surveys) {
            let mut passive = Passive::read(*preference, peer, survey);
            if let Some(failure) = &survey.failure {
                let standing = Standing::of(peer, heard.iter().copied());
                match broken_off(failure, peer, standing, &survey.transcript, net) {
                    Judgement::Finding(finding) => findings.push(finding),
                    Judgement::Unclear(open) => unclear.push(open),
                }
            }
            passive.compare_name(net).await;
            if survey.failure.is_none() && self.wanted.anything() {
                let mut prober = Prober::new(peer, target, &self.wanted, &mut passive.facts, net);
                prober.probe(survey).await;
                findings.append(&mut prober.findings);
                unclear.append(&mut prober.unclear);
            }
            findings.append(&mut passive.findings);
            unclear.append(&mut passive.unclear);
            facts.hosts.push(passive.facts);
        }
        let otherwise = match heard.len() {
            0 => "nobody answered".to_owned(),
            answering => format!("{} answered as SMTP asks", count(answering, "server")),
        };
        facts.reason = reason::beside(&findings, &unclear, otherwise);
        Ok(Outcome { facts, findings, unclear })
    }
}

type Servers = (Vec<(Option<u16>, Peer)>, Vec<Unclear>);

/// The servers of a target with the preference of each, and the questions that stayed open on the way.
///
/// # Errors
/// [`Unclear`] if there is nobody to dial.
pub(in crate::checks) fn servers(target: &Target, hosts: MailHosts) -> Result<Servers, Unclear> {
    let nobody = |why: &str| Unclear::decisive(Reason::NotApplicable, &target.input, why);
    if hosts.null_mx {
        return Err(nobody("the domain says that it takes no mail (RFC 7505)"));
    }
    let mut servers = Vec::new();
    let mut unclear = Vec::new();
    for host in hosts.hosts {
        // Another host's answers do not tell anything of this one, but mail has a way.
        let decisive = host.peers.is_empty();
        unclear.extend(host.failed.iter().map(|error| Unclear { decisive, ..error.unclear(&host.name) }));
        servers.extend(host.peers.into_iter().map(|peer| (host.preference, peer)));
    }
    if servers.is_empty() {
        // Other than with a null MX: a name that is misspelt must not pass.
        let nowhere = || Unclear::decisive(Reason::Unreachable, &target.input, "no mail host of it has an address");
        return Err(unclear.into_iter().next().unwrap_or_else(nowhere));
    }
    Ok((servers, unclear))
}
