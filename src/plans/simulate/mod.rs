//! `simulate`: plays a receiving server's policy against a sender, and shows each test and the end.

mod doubt;
mod facts;
mod helo;
mod mended;
mod play;
mod profile;
mod sender;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use self::doubt::Doubt;
pub use self::facts::Facts;
pub use self::play::{Attempt, DecidedBy, End, Played, StagePlayed};
pub use self::profile::{Action, Profile, Stage, Unknowable, Word};
use self::sender::{Facts as Known, Sender, Wanted};
use crate::catalogue::profiles::PROFILES;
use crate::checks::{Check, Context, Subject};
use crate::config::{self, ConfigError};
use crate::mail::bounce::Reading;
use crate::mail::message::Message;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::report::table::Tabulate as _;
use crate::report::{Cite, Evidence, Finding, Outcome, Reason, Remedy, Rule, Severity, Unclear};

/// The flags of `simulate`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(mut_arg("targets", |argument| argument.required_unless_present_any(["ip", "input", "list", "show"])))]
pub struct Options {
    /// Play this server: a name, or a file (repeatable)
    #[arg(long, value_name = "NAME|FILE")]
    pub profile: Vec<String>,
    /// List the servers that are known, with versions and sources
    #[arg(long, conflicts_with_all = ["profile", "all"])]
    pub list: bool,
    /// Print a profile, to be copied and changed
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "all"])]
    pub show: Option<String>,
    /// Play all servers that are known
    #[arg(long, conflicts_with = "profile")]
    pub all: bool,
    /// The client's address, in place of a target
    #[arg(long, value_name = "ADDR")]
    pub ip: Option<IpAddr>,
    /// The name behind HELO; without it the name of the address
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub helo: Option<String>,
    /// The reverse-path; without it postmaster at the name of the address
    #[arg(long, value_name = "MAILBOX", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// The recipient
    #[arg(long, value_name = "MAILBOX", default_value = "postmaster@receiver.example")]
    pub to: Option<String>,
    /// Whether the dialogue is inside TLS: yes or no; without it as the profile assumes
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    pub tls: Option<bool>,
    /// The message, for what receivers test in it
    #[arg(long, value_name = "FILE")]
    pub message: Option<PathBuf>,
    /// When the message is offered, from the first time on, as 0,100s,301s
    #[arg(long, value_name = "TIMES", value_delimiter = ',', value_parser = time)]
    pub attempts: Vec<Duration>,
    /// Set one of a server's own switches (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// The simulation.
#[derive(Debug)]
pub struct Simulate {
    options: Options,
    context: Context,
    profiles: Vec<Arc<Profile>>,
    message: Option<Message>,
}

/// One server and one sender.
#[derive(Debug, Clone)]
pub struct Query {
    profile: Arc<Profile>,
    sender: Arc<Sender>,
    known: Arc<OnceCell<Known>>,
}

static REJECT: Rule = Rule {
    id: "simulate-reject",
    title: "That server would refuse the sender",
    severity: Severity::Error,
    cites: &[Cite::rfc(5321, "4.2.1")],
    why: "The test that decided, with what it saw, is the first of the reasons; the others are shown too.",
    remedy: Remedy::Act("Mend what the deciding test names, and play again."),
};

static DEFER: Rule = Rule {
    id: "simulate-defer",
    title: "That server would put the sender off",
    severity: Severity::Warning,
    cites: &[Cite::rfc(5321, "4.5.4.1")],
    why: "The sender's server tries again. Greylisting ends by itself; a test that goes on failing holds the mail until it is given up.",
    remedy: Remedy::Act(
        "If it is greylisting, keep retrying from the same address; else mend what the deciding test names.",
    ),
};

static REROUTE: Rule = Rule {
    id: "simulate-reroute",
    title: "That server would deliver the sender's mail as junk",
    severity: Severity::Error,
    cites: &[Cite::rfc(5321, "4.2.1")],
    why: "The points of all tests together reach the server's threshold.",
    remedy: Remedy::Act("Mend the tests with the most points, and play again."),
};

const RULES: &[&Rule] = &[&REJECT, &DEFER, &REROUTE];

impl Check for Simulate {
    type Options = Options;
    type Query = Query;
    type Facts = Facts;

    const NAME: &'static str = "simulate";
    const RULES: &'static [&'static Rule] = RULES;
    const QUESTIONS: Option<u32> = Some(5_000);

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let mut profiles = Vec::new();
        if options.all {
            for (name, text) in PROFILES {
                profiles.push(read(text).map_err(|why| ConfigError(format!("profile {name}: {why}")))?);
            }
        } else if options.profile.is_empty() {
            return Err(ConfigError(format!("say which server: --profile NAME or --all; there are {}", names())));
        }
        for wanted in &options.profile {
            profiles.push(find(wanted)?);
        }
        for setting in &options.set {
            let Some((name, value)) = setting.split_once('=') else {
                return Err(ConfigError(format!("--set {setting}: it is NAME=VALUE")));
            };
            let mut known = false;
            let mut why = String::new();
            for profile in &mut profiles {
                match profile.set(name, value) {
                    Ok(()) => known = true,
                    Err(error) => why = error,
                }
            }
            if !known {
                return Err(ConfigError(format!("--set {setting}: {why}")));
            }
        }
        let message = options.message.as_deref().map(message).transpose()?;
        let profiles = profiles.into_iter().map(Arc::new).collect();
        Ok(Simulate { options, context: Context { single: true, ..context.clone() }, profiles, message })
    }

    fn target_reader(_: &Options) -> fn(&str) -> Result<Target, TargetError> {
        |text| {
            if text == "-" || Path::new(text).is_file() {
                return Ok(Target { input: text.to_owned(), kind: TargetKind::Message });
            }
            let target: Target = text.parse()?;
            match target.kind {
                TargetKind::Address(_) => Ok(target),
                _ => Err(TargetError::Address(text.to_owned())),
            }
        }
    }

    fn implied_target(options: &Options) -> Option<Target> {
        options.ip.map(Target::from)
    }

    fn subject_name(query: &Query) -> String {
        query.profile.name.clone()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
        let sender = Arc::new(self.sender(target)?);
        let known = Arc::new(OnceCell::new());
        let of = |profile: &Arc<Profile>| {
            let query = Query { profile: Arc::clone(profile), sender: Arc::clone(&sender), known: Arc::clone(&known) };
            Subject::of(query)
        };
        Ok(self.profiles.iter().map(of).collect())
    }

    async fn run(&self, subject: &Subject<Query>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let Query { profile, sender, known } = &subject.query;
        // Whichever server comes first asks for all of them.
        let net = net.clone().remembering();
        let wanted = Wanted::of(self.profiles.iter().map(Arc::as_ref));
        let known = known.get_or_init(|| Known::gather(sender, &wanted, &self.context, &net)).await;
        let known = &known.judged(profile.manner());
        let attempts =
            if self.options.attempts.is_empty() { vec![Duration::ZERO] } else { self.options.attempts.clone() };
        let played = play::play(profile, known, &attempts, net.clock.time());
        let last = played.attempts.last().cloned();
        let mut assumed = known.assumed.clone();
        if sender.tls.is_none() {
            assumed.push(if profile.assume.tls { "TLS" } else { "no TLS" }.to_owned());
        }
        if profile.assume.bulk {
            assumed.push("a bulk sender".to_owned());
        }
        let facts = Facts {
            profile: profile.name.clone(),
            version: profile.version.clone(),
            result: last.as_ref().map_or(End::Accept, |last| last.result),
            code: last.as_ref().and_then(|last| last.code),
            enhanced_code: last.as_ref().and_then(|last| last.enhanced_code.clone()),
            text: last.as_ref().and_then(|last| last.text.clone()),
            mailbox: played.mailbox,
            decided_by: last.as_ref().and_then(|last| last.decided_by.clone()),
            score: played.score,
            threshold: played.threshold,
            stages: played.stages,
            attempts: played.attempts,
            headers: played.headers,
            unknowable: played.unknowable,
            assumed,
            who: known.ip.to_string(),
            dialogue: format!("HELO {}, MAIL FROM <{}>, RCPT TO <{}>", known.helo, known.from, known.to),
            title: profile.title.clone(),
            is_alone: self.profiles.len() == 1,
        };
        let mut findings = Vec::new();
        let rule = match facts.result {
            End::Accept => None,
            End::Defer => Some(&DEFER),
            End::Reject => Some(&REJECT),
            End::Reroute => Some(&REROUTE),
        };
        let unclear = open(profile, known, &attempts, &facts, net.clock.time());
        // Where another answer to a look-up that failed would have ended otherwise, nothing is proven against the sender.
        let is_open = unclear.iter().any(|open| open.decisive);
        if let Some(rule) = rule.filter(|_| !is_open) {
            let words = facts.reply();
            let by = facts.decided_by.as_ref().map(|by| by.id.clone()).unwrap_or_default();
            let mut steps = turns(profile, known, &attempts, facts.result, net.clock.time());
            steps.extend(facts.steps());
            let finding = Finding::new(rule, &profile.name, Evidence::reply(&profile.name, words)).about(by);
            findings.push(finding.detail(facts.reason()).steps(steps));
        }
        Ok(Outcome { facts, findings, unclear })
    }
}

impl Simulate {
    /// The sender, as the flags and the target say.
    fn sender(&self, target: &Target) -> Result<Sender, Unclear> {
        let options = &self.options;
        let nothing = |why: &str| Unclear::decisive(Reason::Input, &target.input, why);
        let mut message = self.message.clone();
        let (mut ip, mut helo, mut from) = (options.ip, options.helo.clone(), options.from.clone());
        match &target.kind {
            TargetKind::Address(address) => ip = ip.or(Some(*address)),
            TargetKind::Message => {
                let octets = crate::input::read_file(Path::new(&target.input), crate::mail::message::MAX_MESSAGE)
                    .map_err(|error| nothing(&format!("it cannot be read: {error}")))?;
                let reading = Reading::of(&octets).ok_or_else(|| nothing("this is no message and no bounce"))?;
                if let Some(report) = reading.reports.first() {
                    ip = ip.or(report.sending_address);
                    helo = helo.or_else(|| report.helo.clone());
                    from = from.or_else(|| report.envelope_from.clone());
                }
                if let Some(hop) = &reading.delivery {
                    ip = ip.or(hop.address);
                    helo = helo.or_else(|| hop.helo.clone());
                    from = from.or_else(|| hop.envelope_from.clone());
                }
                if message.is_none() {
                    let whole = reading.original.and_then(|original| original.octets);
                    message = whole.and_then(|octets| Message::parse(&octets).ok());
                }
            }
            _ => {}
        }
        let ip = ip.ok_or_else(|| nothing("it does not name the sending address: give --ip"))?;
        let to = options.to.clone().unwrap_or_else(|| "postmaster@receiver.example".to_owned());
        Ok(Sender { ip: ip.to_canonical(), helo, from, to, tls: options.tls, message })
    }
}

fn read(text: &str) -> Result<Profile, String> {
    Profile::parse(text)
}

/// Look-ups in doubt that this server's play hangs on. A failed look-up of ours need not be one of theirs: it is decisive
/// where another answer would have led to another end.
fn open(profile: &Profile, known: &Known, attempts: &[Duration], facts: &Facts, now: jiff::Timestamp) -> Vec<Unclear> {
    let mut all = Vec::new();
    for Doubt { why, instead } in known.doubts() {
        let plays: Vec<_> = instead.iter().map(|other| play::play(profile, other, attempts, now)).collect();
        let decisive = plays.iter().any(|play| play.attempts.last().is_some_and(|last| last.result != facts.result));
        if decisive || plays.iter().any(|play| play.score != facts.score) {
            all.push(Unclear { decisive, ..why });
        }
    }
    all
}

/// The single changes that would end better, each with the end it leads to.
fn turns(profile: &Profile, known: &Known, attempts: &[Duration], result: End, now: jiff::Timestamp) -> Vec<String> {
    let rank = |end: End| match end {
        End::Accept => 0,
        End::Defer => 1,
        End::Reroute => 2,
        End::Reject => 3,
    };
    let mut steps = Vec::new();
    for (what, mended) in known.mended() {
        let played = play::play(profile, &mended, attempts, now);
        let Some(end) = played.attempts.last().map(|last| last.result) else { continue };
        if rank(end) < rank(result) {
            let sum = match (played.score, played.threshold) {
                (Some(score), Some(threshold)) => format!(", {score} of {threshold}"),
                _ => String::new(),
            };
            let what = what[..1].to_uppercase() + &what[1..];
            steps.push(format!("{what}: {}{sum}.", end.as_str()));
        }
    }
    steps.truncate(4);
    steps
}

/// A profile by name or from a file.
fn find(wanted: &str) -> Result<Profile, ConfigError> {
    if let Some((name, text)) = PROFILES.iter().find(|(name, _)| *name == wanted) {
        return read(text).map_err(|why| ConfigError(format!("profile {name}: {why}")));
    }
    let path = Path::new(wanted);
    if !path.is_file() {
        return Err(ConfigError(format!(
            "--profile {wanted}: there is no such profile and no such file; there are {}",
            names()
        )));
    }
    let octets = crate::input::read_file(path, MAX_PROFILE)
        .map_err(|error| ConfigError(format!("--profile {wanted}: {error}")))?;
    let text = String::from_utf8(octets).map_err(|_| ConfigError(format!("--profile {wanted}: it is not UTF-8")))?;
    read(&text).map_err(|why| ConfigError(format!("--profile {wanted}: {why}")))
}

/// Octets of a profile that are read.
const MAX_PROFILE: usize = 1 << 20;

/// What `--list` and `--show` print; none if a sender is to be played.
///
/// # Errors
/// [`ConfigError`] if there is no such profile.
pub fn printed(options: &Options) -> Result<Option<String>, ConfigError> {
    if let Some(wanted) = &options.show {
        let found = PROFILES.iter().find(|(name, _)| name == wanted);
        let found = found
            .ok_or_else(|| ConfigError(format!("--show {wanted}: there is no such profile; there are {}", names())))?;
        return Ok(Some(found.1.to_owned()));
    }
    if !options.list {
        return Ok(None);
    }
    let mut text = String::new();
    for (name, profile) in PROFILES {
        let profile = read(profile).map_err(|why| ConfigError(format!("profile {name}: {why}")))?;
        text.push_str(&format!("{name:20} {}; {}\n", profile.title, profile.version));
        for source in &profile.sources {
            text.push_str(&format!("{:20} {}, {}, {}\n", "", source.what, source.place, source.date));
        }
        if !profile.settings.is_empty() {
            let set = |(name, value): (&String, &toml::Value)| match value {
                toml::Value::Boolean(on) => format!("{name}={}", if *on { "on" } else { "off" }),
                other => format!("{name}={other}"),
            };
            let all: Vec<String> = profile.settings.iter().map(set).collect();
            text.push_str(&format!("{:20} --set {}\n", "", all.join(", ")));
        }
    }
    Ok(Some(text))
}

/// The names of the profiles that are known.
fn names() -> String {
    PROFILES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn message(path: &Path) -> Result<Message, ConfigError> {
    let fault = |why: String| ConfigError(format!("--message {}: {why}", path.display()));
    let octets =
        crate::input::read_file(path, crate::mail::message::MAX_MESSAGE).map_err(|error| fault(error.to_string()))?;
    Message::parse(&octets).map_err(|error| fault(format!("this is no message: {error}")))
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("\"{text}\" is neither yes nor no")),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    if text == "0" { Ok(Duration::ZERO) } else { config::duration(text) }
}
