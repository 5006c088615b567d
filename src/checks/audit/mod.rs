//! `audit`: everything about a domain on one page, with every check of the registry.

mod parked;
mod part;
mod surface;

use std::net::IpAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::timeout_at;

pub use self::part::Part;
pub(super) use self::part::begun;
pub use self::surface::{Receiver, Sender, Surface, Untested, Why};
use super::dialogue::Dial;
use super::{AUDITED, Audited, Check, Context, Outcome, Subject, dialogue};
use crate::config::{ConfigError, Settings};
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::report::table::{Headline, Section, Tabulate, count};
use crate::report::{Rule, Unclear};

/// The flags of `audit`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Test this address as one the domain sends from (repeatable)
    #[arg(long, value_name = "ADDR")]
    pub sending_ip: Vec<IpAddr>,
    /// Run only these checks
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave these checks out
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Test the DKIM key at this selector instead of guessing (repeatable)
    #[arg(short, long = "selector", value_name = "SELECTOR", value_parser = super::dkim::selector)]
    pub selectors: Vec<String>,
    /// Ask these blocklists instead of the usual ones (repeatable)
    #[arg(long, value_name = "ZONE")]
    pub list: Vec<String>,
    /// Probe the mail hosts for what they would not like of strangers, too: relaying, greylisting, unknown recipients;
    /// needs --i-am-authorized
    #[arg(long)]
    pub active: bool,
    /// Who the probes' mail would come from.
    #[command(flatten)]
    pub sender: dialogue::Sender,
    /// The domain sends and receives nothing: test only whether it says so
    #[arg(long, conflicts_with_all = ["sending_ip", "only", "skip", "selectors", "list", "active"])]
    pub parked: bool,
}

impl Options {
    /// Whether a check is to be run.
    pub fn wants(&self, check: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == check);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}

/// The audit.
pub struct Audit {
    options: Options,
    context: Context,
    checks: Audited,
}

/// What a domain shows of its mail.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// Whether it was tested as one that sends and receives nothing.
    pub parked: bool,
    /// Where it receives.
    pub receivers: Vec<Receiver>,
    /// The addresses it sends from, as far as they are tested.
    pub senders: Vec<Sender>,
    /// What it authorises besides.
    pub untested: Vec<Untested>,
}

impl Check for Audit {
    type Options = Options;
    type Query = Part;
    type Facts = super::Facts;

    const NAME: &'static str = "audit";
    const RULES: &'static [&'static Rule] = &[&parked::MX, &parked::SPF, &parked::DMARC];
    const IS_PAGE: bool = true;

    fn new(mut options: Options, context: &Context) -> Result<Self, ConfigError> {
        for (flag, names) in [("--only", &options.only), ("--skip", &options.skip)] {
            if let Some(name) = names.iter().find(|name| !AUDITED.contains(&name.as_str())) {
                let all = AUDITED.join(", ");
                return Err(ConfigError(format!("{flag} {name}: there is no such check; there are {all}")));
            }
        }
        options.sending_ip.iter_mut().for_each(|address| *address = address.to_canonical());
        let checks = Audited::new(&options, context)?;
        Ok(Audit { options, context: context.clone(), checks })
    }

    fn parse_target(text: &str) -> Result<Target, TargetError> {
        Target::of_name(text)
    }

    fn consent(options: &Options, settings: &Settings, target: Option<&Target>) -> Result<(), ConfigError> {
        if !options.active {
            return Ok(());
        }
        options.sender.reverse_path(settings)?;
        dialogue::consent(settings, &Dial::default(), "an audit with --active", target)
    }

    fn check_name(query: &Part) -> &'static str {
        query.check_name()
    }

    fn subject_name(query: &Part) -> String {
        query.subject_name()
    }

    fn took(query: &Part) -> Option<Duration> {
        query.took()
    }

    async fn subjects(&self, target: &Target, net: &Net) -> Result<Vec<Subject<Part>>, Unclear> {
        let domain = match &target.kind {
            TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => name,
            _ => return Ok(Vec::new()),
        };
        if self.options.parked {
            return Ok(vec![Subject::of(Part::Surface(Box::new(Surface::parked(domain))))]);
        }
        let wanted = |check: &str| self.options.wants(check);
        // The longest chain of questions is that of a sender: the SPF record, the hosts or records it names, their
        // addresses, the names of these, and what is asked of each name. Every other question leaves beside one of
        // those: all that needs only the domain's name with the first, the blocklists with the last.
        let mut parts = self.checks.begin(domain, wanted, &self.context, net).await;
        let surface = Surface::of(domain, &self.options.sending_ip, net);
        let mut surface = match self.context.ends {
            None => surface.await,
            // What is through by then is shown all the same.
            Some(ends) => match timeout_at(ends.into(), surface).await {
                Ok(surface) => surface,
                Err(_) => Surface::late(domain),
            },
        };
        surface.is_active = self.options.active;
        parts.extend(self.checks.plan(&surface, wanted, &self.context, net).await);
        parts.sort_by_key(|part| AUDITED.iter().position(|name| *name == part.check_name()));
        parts.insert(0, Part::Surface(Box::new(surface)));
        Ok(parts.into_iter().map(Subject::of).collect())
    }

    async fn run(&self, subject: &Subject<Part>, net: &Net) -> Result<Outcome<super::Facts>, Unclear> {
        subject.query.end(net).await
    }
}

/// The audit's own words: what the domain shows, or whether a parked one says that it is.
async fn judge(surface: &Surface, net: &Net) -> Result<Outcome<super::Facts>, Unclear> {
    let (findings, unclear) = match surface.is_parked {
        true => parked::judge(&surface.domain, net).await,
        false => (Vec::new(), surface.unclear.clone()),
    };
    let facts = Facts {
        parked: surface.is_parked,
        receivers: surface.receivers.clone(),
        senders: surface.senders.clone(),
        untested: surface.untested.clone(),
    };
    Ok(Outcome { facts: facts.into(), findings, unclear })
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let mut hosts: Vec<&str> = self.receivers.iter().map(|receiver| receiver.host.as_str()).collect();
        hosts.dedup();
        let remark = if self.parked {
            "parked".to_owned()
        } else {
            let addresses = if self.senders.len() == 1 { "address" } else { "addresses" };
            let receives = count(hosts.len(), "host");
            format!("receives at {receives} · sends from {} {addresses}", self.senders.len())
        };
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        if self.parked {
            "a domain that sends and receives nothing".to_owned()
        } else {
            "what the domain shows".to_owned()
        }
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut lines = Vec::new();
        if verbose {
            lines.extend(self.receivers.iter().map(|one| format!("receives at {} ({})", one.address, one.host)));
            lines.extend(self.senders.iter().map(|one| format!("sends from {} ({})", one.address, one.named_by)));
        }
        lines.extend(self.untested.iter().map(|untested| match untested.why {
            Why::Vendor => match &untested.vendor {
                Some(vendor) => format!("sends through {vendor} ({}): not tested", untested.term),
                None => format!("sends through {}, a vendor's: not tested", untested.term),
            },
            Why::TooMany => format!("sends from {}, too many addresses: not tested", untested.term),
        }));
        if lines.is_empty() { Vec::new() } else { vec![Section::Lines(lines)] }
    }
}
