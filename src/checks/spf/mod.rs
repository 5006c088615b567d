//! `spf`: can the record be read, what does it cost, whom does it authorise, and may this client send?

mod evaluation;
mod facts;
pub(crate) mod identity;
mod lint;
mod rules;
pub(crate) mod senders;
mod trial;
mod walk;

use std::net::IpAddr;

pub use self::facts::{EvaluationFacts, Facts, Marked};
pub use self::walk::{Branch, State};
use super::{Check, Context, Outcome, Subject};
use crate::config::ConfigError;
use crate::mail::spf::Request;
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::report::{Reason, Rule, Unclear};

/// The flags of `spf`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(mut_arg("targets", |argument| argument.required_unless_present("ip")))]
pub struct Options {
    /// Evaluate the record for this client instead of testing the record
    #[arg(long, value_name = "ADDR", value_parser = address, help_heading = "Evaluation")]
    pub ip: Option<IpAddr>,
    /// The name in the client's HELO; its domain is checked if there is no MAIL FROM
    #[arg(long, value_name = "NAME", requires = "ip", allow_hyphen_values = true, help_heading = "Evaluation")]
    pub helo: Option<String>,
    /// The client's MAIL FROM, which may be empty; its domain is checked if no target is given
    #[arg(long, value_name = "MAILBOX", requires = "ip", allow_hyphen_values = true, help_heading = "Evaluation")]
    pub mail_from: Option<String>,
}

/// The check.
#[derive(Debug)]
pub struct Spf {
    options: Options,
}

/// What a run is about.
#[derive(Debug)]
pub enum Query {
    /// A domain whose record is tested.
    Record(Domain),
    /// A client that is judged.
    Client(Box<Request>),
}

impl Check for Spf {
    type Options = Options;
    type Query = Query;
    type Facts = Facts;

    const NAME: &'static str = "spf";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, _: &Context) -> Result<Self, ConfigError> {
        Ok(Spf { options })
    }

    fn target_reader(options: &Options) -> fn(&str) -> Result<Target, TargetError> {
        // RFC 7208 §4.3 decides what a client's words mean, whatever they are.
        if options.ip.is_some() { |text| Ok(Target::text(text)) } else { str::parse }
    }

    fn implied_target(options: &Options) -> Option<Target> {
        let ip = options.ip?;
        let request = Request::new(ip, None, options.helo.as_deref(), options.mail_from.as_deref());
        Some(Target::text(&request.domain))
    }

    fn subject_name(query: &Query) -> String {
        match query {
            Query::Record(domain) => domain.to_string(),
            Query::Client(request) => request.domain.clone(),
        }
    }

    async fn subjects(&self, target: &Target, net: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
        if let Some(ip) = self.options.ip {
            let Options { helo, mail_from, .. } = &self.options;
            let request = Request::new(ip, Some(&target.input), helo.as_deref(), mail_from.as_deref())
                .at(net.clock.unix_seconds());
            return Ok(vec![Subject::of(Query::Client(Box::new(request)))]);
        }
        match &target.kind {
            TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
                Ok(vec![Subject::of(Query::Record(name.clone()))])
            }
            _ => {
                let why = "an address has no SPF record; give a domain, and the address with --ip";
                Err(Unclear::decisive(Reason::NotApplicable, &target.input, why))
            }
        }
    }

    async fn run(&self, subject: &Subject<Query>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        // The same include by two ways, or the same host in two terms, is asked for once.
        let net = net.clone().remembering();
        match &subject.query {
            Query::Record(domain) => lint::run(domain, &net).await,
            Query::Client(request) => Ok(evaluation::run(request, &net).await),
        }
    }
}

/// A client's address, bare or in brackets.
fn address(text: &str) -> Result<IpAddr, String> {
    let bare = text.trim().trim_start_matches('[').trim_end_matches(']');
    let bare = bare.get(..5).filter(|tag| tag.eq_ignore_ascii_case("ipv6:")).map_or(bare, |_| &bare[5..]);
    bare.parse().map_err(|_| format!("\"{text}\" is not a valid IP address"))
}
