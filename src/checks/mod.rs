//! The checks, one file or folder a subcommand, and what they have in common.

#[macro_use]
mod rule_table;

pub(crate) mod advice;
pub mod bimi;
pub mod dane;
pub mod dialogue;
pub mod dkim;
pub mod dmarc;
pub mod dnsbl;
pub mod greylist;
pub mod helo;
pub mod list_audit;
pub mod mta_sts;
pub mod mx;
pub mod ptr;
mod reason;
pub mod relay;
pub mod return_path;
pub mod smtp;
pub mod spf;
pub mod tls;
pub mod tls_rpt;

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use ipnet::IpNet;
use schemars::JsonSchema;

use crate::config::{ConfigError, Settings};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
pub use crate::report::Outcome;
use crate::report::{self, Reason, Rule, Unclear};

/// A check: one subcommand. Its options are clap arguments; its targets come apart from them.
pub trait Check: Sized + Send + Sync + 'static {
    /// The flags of its own.
    type Options: clap::Args + Default + Send;
    /// What one run of it is about.
    type Query: Send + Sync;
    /// What it learns.
    type Facts: report::Facts + JsonSchema + 'static;
    /// The subcommand's name.
    const NAME: &'static str;
    /// The rules it may find broken.
    const RULES: &'static [&'static Rule];
    /// The questions to the DNS that one subject may lead to; none if the user alone decides. BIND takes 50 for a
    /// question of a client (`max-recursion-queries`), unbound 200 (`max-global-quota`); a subject asks about a whole
    /// setup.
    const QUESTIONS: Option<u32> = Some(1_000);

    /// Makes the check ready, before any packet is sent.
    ///
    /// # Errors
    /// [`ConfigError`] if the options or settings do not make sense.
    fn new(options: Self::Options, context: &Context) -> Result<Self, ConfigError>;

    /// How targets of the command line and of input files are read when these options are given. A check that is
    /// about something else than addresses and names has a reader of its own.
    fn target_reader(_: &Self::Options) -> fn(&str) -> Result<Target, TargetError> {
        str::parse
    }

    /// The target if none is given, for a check whose options name one.
    fn implied_target(_: &Self::Options) -> Option<Target> {
        None
    }

    /// Whether the user's consent covers what would be done to what is asked about;
    /// asked before a packet leaves.
    ///
    /// # Errors
    /// [`ConfigError`] that names the flag by which the user can consent.
    fn consent(_: &Self::Options, _: &Settings, _: Asked<'_>) -> Result<(), ConfigError> {
        Ok(())
    }

    /// The query as every format names it.
    fn subject_name(query: &Self::Query) -> String;

    /// What a target comes down to: addresses, names, hosts. A network is taken apart elsewhere.
    ///
    /// # Errors
    /// [`Unclear`] if a question on the way got no answer.
    fn subjects(
        &self,
        target: &Target,
        net: &Net,
    ) -> impl Future<Output = Result<Vec<Subject<Self::Query>>, Unclear>> + Send;

    /// What an address of a network comes down to, for a check that takes networks: they are tested one by one as
    /// they are come to, so that the largest needs no more memory than a small one.
    ///
    /// # Errors
    /// [`Unclear`] if the network must not be asked about.
    fn network(&self, _: &IpNet) -> Result<EachAddress<Self::Query>, Unclear> {
        Ok(None)
    }

    /// Tests one subject.
    ///
    /// # Errors
    /// [`Unclear`] if nothing at all could be learned.
    fn run(
        &self,
        subject: &Subject<Self::Query>,
        net: &Net,
    ) -> impl Future<Output = Result<Outcome<Self::Facts>, Unclear>> + Send;

    /// Looks at a result again in the light of what the run learns later, and takes back what does not hold. Others
    /// are tested in the meantime.
    fn review(&self, outcome: Outcome<Self::Facts>) -> impl Future<Output = Outcome<Self::Facts>> + Send {
        async { outcome }
    }

    /// Hears that every subject of the run has been tested, so that no review need wait for more.
    fn close(&self) {}
}

/// What makes a query of an address, for a check that is about addresses.
pub type EachAddress<Q> = Option<fn(IpAddr) -> Q>;

/// What one run of a check is about.
#[derive(Debug, Clone)]
pub struct Subject<Q> {
    /// The thing itself.
    pub query: Q,
    /// Where it comes from, if that is not the target itself.
    pub label: Option<String>,
    /// What could not be told on the way to it.
    pub unclear: Vec<Unclear>,
}

impl<Q> Subject<Q> {
    /// The target itself.
    pub fn of(query: Q) -> Self {
        Subject { query, label: None, unclear: Vec::new() }
    }

    /// Something the target led to.
    pub fn labelled(query: Q, label: &impl ToString) -> Self {
        Subject { query, label: Some(label.to_string()), unclear: Vec::new() }
    }
}

/// What a run asks about, for whoever has to consent to it.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// This target alone.
    One(&'a Target),
    /// This target among others on the command line.
    OneOfMany(&'a Target),
    /// Whatever an input file holds.
    Input,
}

impl<'a> Asked<'a> {
    /// The target, if it is known.
    pub fn target(self) -> Option<&'a Target> {
        match self {
            Asked::One(target) | Asked::OneOfMany(target) => Some(target),
            Asked::Input => None,
        }
    }

    /// Whether others are asked about, too.
    pub fn is_many(self) -> bool {
        !matches!(self, Asked::One(_))
    }
}

/// What a check is told of the run.
#[derive(Debug, Clone)]
pub struct Context {
    /// The settings.
    pub settings: Arc<Settings>,
    /// Whether there is one target only, so that everything may be asked at once.
    pub single: bool,
    /// How many targets there are, if that is known.
    pub targets: Option<u64>,
    /// Whether clean rows belong to the result.
    pub all_rows: bool,
    /// When the run's time is over.
    pub ends: Option<Instant>,
    /// Addresses that one target may stand for.
    pub max_hosts: u64,
}

/// The domain a target stands for: itself, a host's name, or the domain of a mailbox.
///
/// # Errors
/// [`Unclear`] if the target is no name.
pub(crate) fn domain_of(target: &Target) -> Result<Domain, Unclear> {
    match &target.kind {
        TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => {
            Ok(name.clone())
        }
        TargetKind::Address(_)
        | TargetKind::Network(_)
        | TargetKind::Text
        | TargetKind::List
        | TargetKind::Message
        | TargetKind::Malformed => {
            Err(Unclear::decisive(Reason::NotApplicable, target, "this check is about a domain"))
        }
    }
}
