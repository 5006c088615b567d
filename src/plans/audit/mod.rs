//! `audit`: everything about a domain on one page, with every check of the registry.

mod begun;
mod parked;
mod parts;
mod surface;

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::timeout_at;

use self::begun::Begun;
use self::parts::Part;
pub use self::surface::{Receiver, Sender, Surface, Untested, Why};
use super::{Jobs, Plan};
use crate::checks::dialogue::{self, Dial};
use crate::checks::{Asked, Context, dkim};
use crate::config::{ConfigError, Settings};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::report::table::{Headline, Section, Tabulate, count};
use crate::report::{Rule, Unclear};

/// The plan's name, and that of the check that a parked domain gets.
pub const NAME: &str = "audit";

/// The rules of the audit itself: those of a parked domain.
pub const RULES: &[&Rule] = &[&parked::MX, &parked::SPF, &parked::DMARC];

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
    #[arg(short, long = "selector", value_name = "SELECTOR", value_parser = dkim::selector)]
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
        let is_chosen = self.only.is_empty() || named(&self.only);
        is_chosen && !named(&self.skip) && (self.active || !parts::ACTIVE.contains(&check))
    }

    /// Whether the checks that are named exist and leave something to do.
    fn verify(&self) -> Result<(), ConfigError> {
        for (flag, names) in [("--only", &self.only), ("--skip", &self.skip)] {
            if let Some(name) = names.iter().find(|name| !parts::names().any(|known| known == *name)) {
                let all = parts::names().collect::<Vec<_>>().join(", ");
                return Err(ConfigError(format!("{flag} {name}: there is no such check; there are {all}")));
            }
        }
        let probing = self.only.iter().find(|name| parts::ACTIVE.contains(&name.as_str()));
        if let Some(name) = probing.filter(|_| !self.active) {
            return Err(ConfigError(format!("--only {name}: an audit probes mail hosts with --active only")));
        }
        if !self.parked && !parts::names().any(|name| self.wants(name)) {
            let only = if self.only.is_empty() { String::new() } else { format!("--only {} ", self.only.join(",")) };
            return Err(ConfigError(format!("{only}--skip {} leaves no check to run", self.skip.join(","))));
        }
        Ok(())
    }
}

/// The audit.
pub struct Audit {
    options: Options,
    context: Context,
    parts: Vec<Box<dyn Part>>,
}

/// What a domain shows of its mail: where it receives and where it sends from.
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
    /// What could not be told of it.
    pub unclear: Vec<Unclear>,
}

impl Plan for Audit {
    type Options = Options;

    const NAME: &'static str = NAME;
    const IS_PAGE: bool = true;

    fn new(mut options: Options, context: &Context) -> Result<Self, ConfigError> {
        options.verify()?;
        options.sending_ip.iter_mut().for_each(|address| *address = address.to_canonical());
        let parts = if options.parked { Vec::new() } else { parts::ready(&options, context)? };
        Ok(Audit { options, context: context.clone(), parts })
    }

    fn target_reader(_: &Options) -> fn(&str) -> Result<Target, TargetError> {
        Target::of_name
    }

    fn implied_target(_: &Options) -> Option<Target> {
        None
    }

    fn consent(options: &Options, settings: &Settings, asked: Asked<'_>) -> Result<(), ConfigError> {
        if !options.active {
            return Ok(());
        }
        options.sender.reverse_path(settings)?;
        dialogue::consent(settings, &Dial::default(), "an audit with --active", asked.target())
    }

    async fn jobs<'a>(&'a self, target: &Target, net: &'a Net) -> Result<Jobs<'a>, Unclear> {
        let domain = match &target.kind {
            TargetKind::Domain(name) | TargetKind::Host { name, .. } | TargetKind::Mailbox { domain: name, .. } => name,
            _ => return Ok(Vec::new().into()),
        };
        if self.options.parked {
            return Ok(vec![parked::job(domain.clone(), net)].into());
        }
        let net = &net.clone().within(QUESTIONS, domain);
        // The longest chain of questions is that of a sender: the SPF record, the hosts or records it names, their
        // addresses, the names of these, and what is asked of each name. Every other question leaves beside one of
        // those: all that needs only the domain's name with the first, the blocklists with the last.
        let mut begun = self.begin(domain, net).await;
        let surface = self.surface(domain, net).await;
        for part in &self.parts {
            begun.extend(part.plan(&surface, &self.context, net).await);
        }
        for part in &self.parts {
            if !begun.iter().any(|begun| begun.check() == part.name()) {
                begun.push(Begun::ended(part.name(), surface.lacks(part.without(&surface))));
            }
        }
        begun.sort_by_key(|begun| parts::names().position(|name| name == begun.check()));
        let jobs: Vec<_> = begun.into_iter().map(Begun::into_job).collect();
        Ok(Jobs { surface: Some(Box::new(Facts::from(surface))), ..jobs.into() })
    }

    fn close(&self) {
        self.parts.iter().for_each(|part| part.close());
    }
}

/// Questions to the DNS that one domain may lead to, blocklists apart. 64 senders with ten names each take some 2,000.
const QUESTIONS: u32 = 10_000;

impl Audit {
    async fn begin(&self, domain: &Domain, net: &Net) -> Vec<Begun> {
        let mut begun = Vec::new();
        for part in &self.parts {
            begun.extend(part.begin(domain, &self.context, net).await);
        }
        begun
    }

    async fn surface(&self, domain: &Domain, net: &Net) -> Surface {
        let surface = Surface::of(domain, &self.options.sending_ip, net);
        let Some(ends) = self.context.ends else { return surface.await };
        // What is through by then is shown all the same.
        timeout_at(ends.into(), surface).await.unwrap_or_else(|_| Surface::late(domain))
    }
}

impl Facts {
    /// What a domain shows that is taken for one without mail.
    fn parked() -> Self {
        let (receivers, senders, untested, unclear) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Facts { parked: true, receivers, senders, untested, unclear }
    }
}

impl From<Surface> for Facts {
    fn from(surface: Surface) -> Self {
        let Surface { receivers, senders, untested, unclear, .. } = surface;
        Facts { parked: false, receivers, senders, untested, unclear }
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        let mut hosts: Vec<&str> = self.receivers.iter().map(|receiver| receiver.host.as_str()).collect();
        hosts.dedup();
        let is_told = self.unclear.is_empty() || !hosts.is_empty() || !self.senders.is_empty();
        let remark = if self.parked {
            "parked".to_owned()
        } else if !is_told {
            "where it receives and sends is unclear".to_owned()
        } else {
            let addresses = if self.senders.len() == 1 { "address" } else { "addresses" };
            let receives = count(hosts.len(), "host");
            format!("receives at {receives} · sends from {} {addresses}", self.senders.len())
        };
        Headline { who: subject.to_owned(), remark }
    }

    fn reason(&self) -> String {
        let words = if self.parked { "a domain that sends and receives nothing" } else { "what the domain shows" };
        words.to_owned()
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
            Why::NotShown => {
                let term = &untested.term;
                format!("authorises {term}, which nothing shows to send: not tested unless named with --sending-ip")
            }
        }));
        let mut sections = Vec::new();
        if !lines.is_empty() {
            sections.push(Section::Lines(lines));
        }
        // The checks of the records tell of it too, unless they were left out.
        if !self.unclear.is_empty() {
            sections.push(Section::Open(self.unclear.clone()));
        }
        sections
    }
}
