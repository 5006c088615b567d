//! `greylist`: does a server greylist, for how long, and by what does it know a mail? And does a sender's schedule
//! of retries get past a greylist?

mod facts;
pub mod history;
mod judge;
mod replay;
mod rules;
mod schedule;
pub mod state;

use std::path::PathBuf;
use std::time::Duration;

pub use self::facts::Facts;
use self::replay::Replay;
use self::state::State;
use super::dialogue::{self, Dial, Sender};
use super::{Asked, Check, Context, Outcome, Subject};
use crate::config::{ConfigError, Settings, duration};
use crate::mail::greylisting::{Policy, Schedule};
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::net::clock::Clock;
use crate::report::{Rule, Unclear};

/// The flags of `greylist`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(mut_arg("targets", |argument| argument.required_unless_present("schedule")))]
pub struct Options {
    /// Which server is dialled.
    #[command(flatten)]
    pub dial: Dial,
    /// Who the mail would come from.
    #[command(flatten)]
    pub sender: Sender,
    /// Stop retrying this long after the first attempt [default: 10m, with --state 24h]
    #[arg(long, value_name = "DURATION", value_parser = positive, allow_negative_numbers = true)]
    pub max_wait: Option<Duration>,
    /// Send a whole message, to see greylisting behind DATA; once accepted it is delivered; needs --i-am-authorized
    #[arg(long)]
    pub data: bool,
    /// Do not wait: do what is due, remember it in this file, and go on when run again
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub state: Option<PathBuf>,
    /// Play a sender's retries against a greylist instead, without any network: the waits between attempts, in
    /// minutes unless a unit is given
    #[arg(long, value_name = "WAIT,...", value_delimiter = ',', value_parser = wait, allow_negative_numbers = true, help_heading = "Schedule",
          conflicts_with_all = ["targets", "input", "data", "state", "max_wait"])]
    pub schedule: Vec<Duration>,
    /// Time from the first contact within which every retry is deferred [default: 4m]
    #[arg(long, value_name = "DURATION", value_parser = duration, allow_negative_numbers = true, requires = "schedule", help_heading = "Schedule")]
    pub block: Option<Duration>,
    /// Time behind it within which a retry passes; a later one is a first contact again [default: 6h]
    #[arg(long, value_name = "DURATION", value_parser = positive, allow_negative_numbers = true, requires = "schedule", help_heading = "Schedule")]
    pub pass: Option<Duration>,
    /// Time for which a sender that has passed stays known [default: 36d]
    #[arg(long, value_name = "DURATION", value_parser = positive, allow_negative_numbers = true, requires = "schedule", help_heading = "Schedule")]
    pub expire: Option<Duration>,
    /// Who named the mailbox.
    #[arg(skip)]
    pub named_by: NamedBy,
}

/// Who named the mailbox that is asked about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NamedBy {
    /// The user: one envelope for it is what everybody may send.
    #[default]
    User,
    /// An audit, for servers of the user's own alone.
    Audit,
}

/// The check.
#[derive(Debug)]
pub struct Greylist {
    options: Options,
    /// The reverse-path, or why there is none.
    sender: Result<String, ConfigError>,
    /// What an earlier run has left.
    state: Option<State>,
    schedule: Option<(Schedule, Policy)>,
}

/// What it is asked about.
#[derive(Debug, Clone)]
pub enum Query {
    /// A mailbox.
    Mailbox(Target),
    /// The schedule among the flags.
    Schedule,
}

/// The time for the replay if nothing else is said: twice what most servers block for.
const MAX_WAIT: Duration = Duration::from_secs(10 * 60);
/// The same when nobody has to wait. RFC 6647 §5: retries count for 24 hours.
const MAX_WAIT_OF_STATE: Duration = Duration::from_secs(24 * 3_600);
/// A policy of 4 minutes, 6 hours and 36 days, as a common mail server comes with.
const POLICY: Policy = Policy {
    block: Duration::from_secs(4 * 60),
    pass: Duration::from_secs(6 * 3_600),
    expire: Duration::from_secs(36 * 86_400),
};

impl Check for Greylist {
    type Options = Options;
    type Query = Query;
    type Facts = Facts;

    const NAME: &'static str = "greylist";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let schedule = match options.schedule.as_slice() {
            // clap lets this pass, since --schedule and a target exclude each other.
            [] if options.block.or(options.pass).or(options.expire).is_some() => {
                return Err(ConfigError("--block, --pass and --expire go with --schedule".to_owned()));
            }
            [] => None,
            waits => {
                let policy = Policy {
                    block: options.block.unwrap_or(POLICY.block),
                    pass: options.pass.unwrap_or(POLICY.pass),
                    expire: options.expire.unwrap_or(POLICY.expire),
                };
                let schedule =
                    Schedule::new(waits.to_vec()).map_err(|why| ConfigError(format!("--schedule: {why}")))?;
                Some((schedule, policy))
            }
        };
        let state = options.state.as_deref().map(|path| open(path, context.settings.net.clock));
        let state = state.transpose()?.flatten();
        let sender = options.sender.reverse_path(&context.settings);
        Ok(Greylist { options, sender, state, schedule })
    }

    fn target_reader(_: &Options) -> fn(&str) -> Result<Target, TargetError> {
        read_target
    }

    fn implied_target(options: &Options) -> Option<Target> {
        (!options.schedule.is_empty()).then(|| Target::text(schedule::SUBJECT))
    }

    /// Also whether a state file is about this mailbox: nothing is sent before that is known.
    fn consent(options: &Options, settings: &Settings, asked: Asked<'_>) -> Result<(), ConfigError> {
        if !options.schedule.is_empty() {
            return Ok(());
        }
        let sender = options.sender.reverse_path(settings)?;
        if options.state.is_some() && asked.is_many() {
            return Err(ConfigError("--state goes with one mailbox".to_owned()));
        }
        if asked.is_many() {
            // Whoever names mailboxes one after the other looks like a harvester of addresses, by whatever way they come.
            dialogue::consent(settings, &options.dial, "deferring envelopes to many mailboxes", asked.target())?;
        }
        let Some(target) = asked.target() else { return Ok(()) };
        if options.data {
            dialogue::consent(settings, &options.dial, "sending a test message", Some(target))?;
        }
        if sender.is_empty() {
            dialogue::consent(settings, &options.dial, dialogue::NULL_SENDER, Some(target))?;
        }
        if let Some(path) = &options.state
            && let Some(state) = open(path, settings.net.clock)?
        {
            let fits = state.belongs_to(&sender, &recipient(target), options.data);
            fits.map_err(|error| wrong(path, &error))?;
        }
        Ok(())
    }

    fn subject_name(query: &Query) -> String {
        match query {
            Query::Mailbox(target) => recipient(target),
            Query::Schedule => schedule::SUBJECT.to_owned(),
        }
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
        Ok(vec![Subject::of(match self.schedule {
            Some(_) => Query::Schedule,
            None => Query::Mailbox(target.clone()),
        })])
    }

    async fn run(&self, subject: &Subject<Query>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let target = match (&subject.query, &self.schedule) {
            (Query::Mailbox(target), _) => target,
            (Query::Schedule, Some((schedule, policy))) => return Ok(schedule::play(schedule, policy)),
            (Query::Schedule, None) => {
                return Err(Unclear::decisive(crate::report::Reason::NotApplicable, "schedule", "there is none"));
            }
        };
        let sender = self
            .sender
            .as_ref()
            .map_err(|error| Unclear::decisive(crate::report::Reason::NotApplicable, target, error.to_string()))?;
        let max_wait = match (self.options.max_wait, &self.options.state) {
            (Some(given), _) => given,
            (None, Some(_)) => MAX_WAIT_OF_STATE,
            (None, None) => MAX_WAIT,
        };
        let replay = Replay {
            sender,
            recipient: recipient(target),
            data: self.options.data,
            named_by: self.options.named_by,
            max_wait,
            state: self.options.state.as_deref(),
            net,
        };
        replay.run(target, &self.options.dial, self.state.clone()).await
    }
}

/// Reads a mailbox, since greylists defer recipients.
fn read_target(text: &str) -> Result<Target, TargetError> {
    let target: Target = text.parse()?;
    // What stands between angle brackets must stay there.
    let fits = |mailbox: &str| mailbox.chars().all(|next| next.is_ascii_graphic() && !"<>".contains(next));
    match (target.mailbox(), &target.kind) {
        (Some(_), TargetKind::Mailbox { local_part, .. }) if fits(local_part) => Ok(target),
        (Some(mailbox), TargetKind::Address(_)) if fits(mailbox) => Ok(target),
        _ => Err(TargetError::Mailbox(target.input)),
    }
}

/// The mailbox as it stands in RCPT TO, its domain in ASCII.
fn recipient(target: &Target) -> String {
    match &target.kind {
        TargetKind::Mailbox { local_part, domain } => format!("{local_part}@{domain}"),
        _ => target.input.clone(),
    }
}

fn open(path: &std::path::Path, clock: Clock) -> Result<Option<State>, ConfigError> {
    State::open(path, clock.time()).map_err(|error| wrong(path, &error))
}

fn wrong(path: &std::path::Path, error: &state::StateError) -> ConfigError {
    ConfigError(format!("--state {}: {error}", path.display()))
}

fn positive(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration.is_zero() { Err("must be longer than nothing".to_owned()) } else { Ok(duration) }
}

/// A wait of a schedule: a bare number is minutes.
fn wait(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    if is_number { positive(&format!("{text}m")) } else { positive(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_number_in_a_schedule_is_minutes() {
        assert_eq!(wait("15"), Ok(Duration::from_secs(900)));
        assert_eq!(wait("30s"), Ok(Duration::from_secs(30)));
        assert!(wait("0").is_err() && wait("").is_err() && wait("x").is_err());
    }

    #[test]
    fn only_mailboxes_are_targets_and_none_leaves_its_brackets() {
        for text in ["jane@x.example", "jane@[192.0.2.1]", "a@b@x.example"] {
            assert!(read_target(text).is_ok(), "{text}");
        }
        for text in ["x.example", "192.0.2.1", "a>b@x.example", "a b@x.example", "a\r\nb@x.example", "é@x.example"] {
            assert!(read_target(text).is_err(), "{text}");
        }
    }
}
