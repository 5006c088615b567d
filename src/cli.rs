//! The flags: those of every subcommand, and those of the subcommands that test nothing.

#![allow(rustdoc::broken_intra_doc_links, reason = "these are help texts too, with brackets around what is optional")]

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::catalogue::{Kind, Status};
use crate::checks::list_audit;
use crate::config::{self, ConfigError, File, Given, Settings};
use crate::names::domain::Domain;
use crate::net::clock::Clock;
use crate::net::dial::{ConnectTo, Family};
use crate::net::dns::upstream::Spec;
use crate::net::trust::Roots;
use crate::net::{self, SmtpOptions};
use crate::render::Format;
use crate::report::{FailOn, UnclearPolicy};

/// The lists of the catalogue, and those of other programs.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Lists {
    /// What to do with them; without it they are shown.
    #[command(subcommand)]
    pub command: Option<ListsCommand>,
    /// Which lists to show.
    #[command(flatten)]
    pub filter: Filter,
}

/// Which lists of the catalogue to show.
#[derive(Debug, Clone, Default, Args)]
pub struct Filter {
    /// Only lists of these groups
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub group: Vec<String>,
    /// Only lists that serve this kind of query
    #[arg(long, value_name = "KIND", value_enum)]
    pub kind: Option<Kind>,
    /// Only lists of this status
    #[arg(long, value_name = "STATUS", value_enum)]
    pub status: Option<Status>,
}

/// What to do with lists.
#[derive(Debug, Subcommand)]
pub enum ListsCommand {
    /// Show everything known of one list
    Show {
        /// The list's id or zone
        list: String,
    },
    /// Test the lists themselves: test entries, wildcard, servers, answers
    ///
    /// Fails when a list does not exist or lists the world. Without a list the default ones are tested.
    Audit(AuditArgs),
    /// Turn lists of Mailtraq, postscreen or a plain file into a configuration of this program
    ///
    /// Reads Mailtraq's look-up expressions with their Response= rules, postscreen_dnsbl_sites, or one zone a
    /// line, and prints a configuration for --config. Lists that are out of service are pointed out.
    Import {
        /// The file
        file: PathBuf,
    },
}

/// Targets and options of `lists audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Ids or zones; a zone that is not in the catalogue is a list of your own
    #[arg(value_name = "LIST")]
    pub lists: Vec<String>,
    /// The check's own options.
    #[command(flatten)]
    pub options: list_audit::Options,
}

/// Addresses of one network at most: those of a /8.
const MAX_HOSTS: u64 = 1 << 24;

/// Targets and options of a check.
#[derive(Debug, Default, Args)]
pub struct CheckArgs<O: Args> {
    /// An address, a network in CIDR form, a domain, a host:port or a mailbox
    #[arg(value_name = "TARGET", required_unless_present = "input")]
    pub targets: Vec<String>,
    /// Read targets from a file, or from standard input with "-": one a line, # comments, first CSV column
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub input: Option<PathBuf>,
    /// Expand a network to at most this many addresses
    #[arg(long, value_name = "N", default_value_t = 1024, help_heading = "Input", allow_negative_numbers = true,
          value_parser = clap::value_parser!(u64).range(1..=MAX_HOSTS))]
    pub max_hosts: u64,
    /// Go on with an interrupted run: append to its ndjson output what is missing there
    #[arg(long, value_name = "FILE", conflicts_with = "output", help_heading = "Output")]
    pub resume: Option<PathBuf>,
    /// Keep the input's order in ndjson and csv
    #[arg(long, help_heading = "Output")]
    pub ordered: bool,
    /// The check's own options.
    #[command(flatten)]
    pub options: O,
}

/// Flags of every subcommand.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Ask this resolver (repeatable): ADDR[:PORT], tls://HOST[:PORT][#NAME] or https://HOST[:PORT]/PATH
    #[arg(short, long = "resolver", value_name = "RESOLVER", global = true, help_heading = "DNS")]
    pub resolvers: Vec<Spec>,
    /// Time for one DNS question with all its tries [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = positive_duration, allow_negative_numbers = true, global = true, help_heading = "DNS")]
    pub timeout: Option<Duration>,
    /// Retransmissions of a DNS question within that time [default: 8]
    #[arg(long, value_name = "N", global = true, help_heading = "DNS",
          value_parser = clap::value_parser!(u8).range(..=i64::from(config::MAX_RETRIES)), allow_negative_numbers = true)]
    pub retries: Option<u8>,
    /// Ask at most this many DNS questions a second, of all servers or of one list (repeatable)
    #[arg(long, value_name = "[LIST=]N", value_parser = pace, allow_negative_numbers = true, global = true, help_heading = "DNS")]
    pub max_qps: Vec<Pace>,
    /// Validate DNSSEC here, with the DNSKEY records in this file, whatever the resolver says of the signatures
    #[arg(long, value_name = "FILE", global = true, help_heading = "DNS")]
    pub trust_anchor: Option<PathBuf>,
    /// Believe the resolver when it says that an answer is validated, although it is not on this machine
    #[arg(long, global = true, help_heading = "DNS")]
    pub trust_ad: bool,
    /// End the whole run after this time; what is open then is unclear
    #[arg(long, value_name = "DURATION", value_parser = positive_duration, allow_negative_numbers = true, global = true, help_heading = "Run")]
    pub deadline: Option<Duration>,
    /// Test this many targets at once
    #[arg(short = 'j', long, value_name = "N", default_value_t = 64, global = true, help_heading = "Run",
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=4096), allow_negative_numbers = true)]
    pub concurrency: usize,
    /// Ask again so many times before a listing counts
    #[arg(long, value_name = "N", default_value_t = 0, global = true, help_heading = "Run",
          value_parser = clap::value_parser!(u32).range(..=10), allow_negative_numbers = true)]
    pub confirm: u32,
    /// Ask and connect from this local address
    #[arg(long, value_name = "ADDR", global = true, help_heading = "Network")]
    pub source: Option<IpAddr>,
    /// Use IPv4 addresses only
    #[arg(short = '4', long, global = true, conflicts_with = "ipv6", help_heading = "Network")]
    pub ipv4: bool,
    /// Use IPv6 addresses only
    #[arg(short = '6', long, global = true, help_heading = "Network")]
    pub ipv6: bool,
    /// Connect elsewhere (repeatable): to ADDR:PORT instead of HOST:PORT
    #[arg(long, value_name = "HOST:PORT:ADDR:PORT", global = true, help_heading = "Network")]
    pub connect_to: Vec<ConnectTo>,
    /// Dial loopback, private and other inside addresses too when only the DNS names them
    #[arg(long, global = true, help_heading = "Network")]
    pub allow_private: bool,
    /// Trust the certificates in this PEM file instead of Mozilla's roots
    #[arg(long, value_name = "FILE", global = true, help_heading = "Network")]
    pub ca_file: Option<PathBuf>,
    /// Trust the system's certificates instead of Mozilla's roots
    #[arg(long, global = true, conflicts_with = "ca_file", help_heading = "Network")]
    pub system_roots: bool,
    /// Wait so long for one reply of a mail server, its greeting too [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = positive_duration, allow_negative_numbers = true, global = true, help_heading = "SMTP")]
    pub smtp_timeout: Option<Duration>,
    /// Greet mail servers by this name [default: this host's dotted name, else its address literal]
    #[arg(long, value_name = "NAME", value_parser = helo_name, global = true, help_heading = "SMTP")]
    pub helo_name: Option<String>,
    /// The servers are mine to test: allow probes that other people's servers would take for abuse
    #[arg(long, global = true, help_heading = "SMTP")]
    pub i_am_authorized: bool,
    /// The form of the result
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Table, global = true, help_heading = "Output")]
    pub format: Format,
    /// Short for --format json
    #[arg(long, global = true, conflicts_with = "format", help_heading = "Output")]
    pub json: bool,
    /// Write the result to a file instead of standard output
    #[arg(short, long, value_name = "FILE", global = true, help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write the result to a file in another format too (repeatable), for example junit=report.xml
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report, global = true, help_heading = "Output")]
    pub reports: Vec<Report>,
    /// Which rows of a result to show: all of them, or those with something to tell
    #[arg(long, value_name = "ROWS", value_enum, global = true, help_heading = "Output")]
    pub rows: Option<Rows>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto, global = true, help_heading = "Output")]
    pub color: Color,
    /// Print nothing but the result
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Show what is clean too
    #[arg(short, long, global = true, help_heading = "Output")]
    pub verbose: bool,
    /// Show no progress
    #[arg(long, global = true, help_heading = "Output")]
    pub no_progress: bool,
    /// Exit 1 from this severity on
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailOn::Error, global = true, help_heading = "Exit code")]
    pub fail_on: FailOn,
    /// What an unclear verdict does to the exit code
    #[arg(long, value_name = "CODE", value_enum, default_value_t = UnclearPolicy::Three, global = true, help_heading = "Exit code")]
    pub unclear: UnclearPolicy,
    /// Read this configuration file
    #[arg(long, value_name = "FILE", global = true, help_heading = "Configuration")]
    pub config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, global = true, conflicts_with = "config", help_heading = "Configuration")]
    pub no_config: bool,
}

/// Which rows of a result to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// All.
    All,
    /// Those with something to tell.
    Hits,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that has not asked for none.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Global {
    /// The format asked for.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// Whether clean rows belong to the result: by default in whole documents, not in lines.
    pub fn all_rows(&self) -> bool {
        match self.rows {
            Some(rows) => rows == Rows::All,
            None => self.format().is_document(),
        }
    }

    /// The configuration file to read, if there is one.
    pub fn config_path(&self) -> Option<PathBuf> {
        if self.no_config { None } else { config::find_file(self.config.as_deref()) }
    }

    /// The settings of the run: flags over file over defaults.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and key.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let mut settings = self.flags();
        let Some(path) = self.config_path() else { return Ok(settings) };
        let text = config::read_file(&path)?;
        let path = path.display().to_string();
        let given = Given {
            resolvers: !self.resolvers.is_empty(),
            timeout: self.timeout.is_some(),
            retries: self.retries.is_some(),
            max_qps: self.max_qps.iter().any(|pace| pace.list.is_none()),
        };
        File::parse(&text, &path)?.apply(&text, &path, &mut settings, &given)?;
        Ok(settings)
    }

    /// The settings without any flag or file.
    pub fn default_settings() -> Settings {
        #[derive(Parser)]
        struct Flags {
            #[command(flatten)]
            global: Global,
        }
        Flags::parse_from(["spamcheck"]).global.flags()
    }

    fn flags(&self) -> Settings {
        let family = match (self.ipv4, self.ipv6) {
            (true, _) => Some(Family::V4),
            (_, true) => Some(Family::V6),
            _ => None,
        };
        let roots = match &self.ca_file {
            Some(path) => Roots::File(path.clone()),
            None if self.system_roots => Roots::System,
            None => Roots::Mozilla,
        };
        let net = net::Options {
            resolvers: self.resolvers.clone(),
            timeout: self.timeout.unwrap_or(Duration::from_secs(5)),
            retries: self.retries.unwrap_or(8),
            max_qps: self.max_qps.iter().rev().find(|pace| pace.list.is_none()).map(|pace| pace.rate),
            source: self.source,
            family,
            connect_to: self.connect_to.clone(),
            allow_private: self.allow_private,
            trust: roots.into(),
            trust_anchor: self.trust_anchor.clone(),
            trust_ad: self.trust_ad,
            smtp: SmtpOptions {
                timeout: self.smtp_timeout.unwrap_or(Duration::from_secs(60)),
                helo_name: self.helo_name.clone().or_else(SmtpOptions::host_name),
                authorized: self.i_am_authorized,
            },
            clock: Clock::default(),
        };
        Settings {
            net,
            paces: self.max_qps.iter().filter_map(|pace| Some((pace.list.clone()?, pace.rate))).collect(),
            scoring: Default::default(),
            concurrency: self.concurrency,
            confirm: self.confirm,
            threshold: 100,
            lists: Vec::new(),
            weights: Default::default(),
            groups: Default::default(),
            keys: Default::default(),
        }
    }
}

/// What may stand behind EHLO (RFC 5321 §4.1.1.1): a domain name or an address literal.
fn helo_name(text: &str) -> Result<String, String> {
    let literal = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(literal) = literal {
        let address = literal.strip_prefix("IPv6:").unwrap_or(literal);
        return match address.parse::<IpAddr>() {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err(format!("\"{text}\" is no address literal")),
        };
    }
    let name: Domain = text.parse().map_err(|error| format!("{error}"))?;
    Ok(name.to_string())
}

fn positive_duration(text: &str) -> Result<Duration, String> {
    let duration = config::duration(text)?;
    if duration.is_zero() { Err("must be longer than nothing".to_owned()) } else { Ok(duration) }
}

/// A limit on questions a second.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// The list it is for, or all servers together.
    pub list: Option<String>,
    /// Questions a second.
    pub rate: f64,
}

/// A file that the result is written to beside the main output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The format.
    pub format: Format,
    /// The file.
    pub path: PathBuf,
}

fn report(text: &str) -> Result<Report, String> {
    let (format, path) = text.split_once('=').ok_or("write FORMAT=FILE, for example junit=report.xml")?;
    let format = Format::from_str(format, false).map_err(|_| {
        let names: Vec<String> = Format::value_variants().iter().map(|format| format.name()).collect();
        format!("\"{format}\" is not a format: {}", names.join(", "))
    })?;
    if path.is_empty() {
        return Err("the name of the file is missing".to_owned());
    }
    Ok(Report { format, path: path.into() })
}

fn pace(text: &str) -> Result<Pace, String> {
    let (list, rate) = text.rsplit_once('=').map_or((None, text), |(list, rate)| (Some(list.to_owned()), rate));
    let rate: f64 = rate.parse().map_err(|_| format!("\"{rate}\" is no number"))?;
    Ok(Pace { list, rate: config::pace(rate)? })
}
