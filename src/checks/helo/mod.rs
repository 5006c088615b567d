//! `helo`: would receivers believe this greeting?

mod argument;
mod judge;
mod live;
mod spf;

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::future::join4;
use schemars::JsonSchema;
use serde::Serialize;

use self::argument::Argument;
pub use self::live::LiveFacts;
pub use self::spf::SpfFacts;
use super::dialogue::Dial;
use super::{Check, Context, Outcome, Subject};
use crate::config::ConfigError;
use crate::names::domain::Domain;
use crate::names::host_name;
use crate::names::target::{Target, TargetError};
use crate::net::Net;
use crate::net::dns::{Error, Name};
use crate::net::lookup::host::Host;
use crate::net::lookup::mail_route::MailRoute;
use crate::net::lookup::reverse::Reverse;
use crate::net::smtp::Peer;
use crate::report::table::{Headline, Section, Tabulate};
use crate::report::{Evidence, Proof, Rule, Unclear};

/// The flags of `helo`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// The client's address, which the name should lead to
    #[arg(long, value_name = "ADDR")]
    pub ip: Option<IpAddr>,
    /// The name or address of the server that is greeted, which no client may call itself
    #[arg(long, value_name = "NAME")]
    pub receiver: Option<String>,
    /// Connect to the target, a domain, host or address, and judge the name by which each of its servers presents
    /// itself; as a client it usually says the same
    #[arg(long, conflicts_with = "ip")]
    pub live: bool,
    /// Which server is dialled.
    #[command(flatten)]
    pub dial: Dial,
}

/// The check.
#[derive(Debug)]
pub struct Helo {
    options: Options,
}

/// A greeting.
#[derive(Debug, Clone)]
pub enum Query {
    /// As a client said it.
    Said(String),
    /// As the PTR record of the client's address has it, which most clients say.
    Named(String),
    /// As a server says it.
    Live {
        /// The server.
        peer: Box<Peer>,
        /// All servers of the target, itself among them.
        all: Arc<[Peer]>,
    },
}

/// What a greeting is worth.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// The argument of HELO or EHLO, as it was given.
    pub argument: String,
    /// What it is.
    pub form: Form,
    /// The address it holds, in brackets or not.
    pub address: Option<IpAddr>,
    /// The aliases behind the name, in order.
    pub chain: Vec<String>,
    /// The name's addresses, IPv4 first.
    pub addresses: Vec<IpAddr>,
    /// Whether every question about the name was answered; null if it was not looked up.
    pub resolved: Option<bool>,
    /// Whether the name does not exist.
    pub missing: bool,
    /// Whether the name has MX records; null if it was not looked up or not told.
    pub has_mx: Option<bool>,
    /// How generic the name looks, from 1 to 5; null if it does not.
    pub generic: Option<u8>,
    /// What that was told by.
    pub generic_because: Vec<String>,
    /// The client's address, if it was given.
    pub ip: Option<IpAddr>,
    /// Whether the greeting leads to it; null if that is unknown.
    pub matches_ip: Option<bool>,
    /// The names of the client's address.
    pub ptr: Vec<String>,
    /// Whether the greeting is one of them; null if there are none.
    pub matches_ptr: Option<bool>,
    /// The receiver, if it was given.
    pub receiver: Option<String>,
    /// Whether the greeting is the receiver's own name, domain or address.
    pub is_receiver: Option<bool>,
    /// What SPF says of the name; null if it cannot have a record, if nobody told, or with `--live`, since a server
    /// that receives need not send.
    pub spf: Option<SpfFacts>,
    /// How the server presents itself, with `--live`; null without.
    pub live: Option<LiveFacts>,
}

/// The forms of a greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Nothing at all.
    #[default]
    Empty,
    /// A name.
    Name,
    /// An address literal (RFC 5321 §4.1.3).
    Literal,
    /// An address without brackets.
    BareAddress,
    /// Brackets around something else.
    BrokenLiteral,
    /// Neither a name nor an address.
    Malformed,
}

impl Check for Helo {
    type Options = Options;
    type Query = Query;
    type Facts = Facts;

    const NAME: &'static str = "helo";
    const RULES: &'static [&'static Rule] = judge::ALL;

    fn new(mut options: Options, _: &Context) -> Result<Self, ConfigError> {
        if !options.live && (options.dial.host || options.dial.port.is_some()) {
            return Err(ConfigError("--port and --host go with --live: without it nobody is dialled".to_owned()));
        }
        options.ip = options.ip.map(|ip| ip.to_canonical());
        Ok(Helo { options })
    }

    /// Whatever a client may say is a greeting, the empty text too. With `--live` a target is one of those that can
    /// be dialled.
    fn target_reader(options: &Options) -> fn(&str) -> Result<Target, TargetError> {
        if options.live { live::read_target } else { |text| Ok(Target::text(text)) }
    }

    fn subject_name(query: &Query) -> String {
        match query {
            Query::Said(argument) | Query::Named(argument) => argument.clone(),
            Query::Live { peer, .. } => peer.to_string(),
        }
    }

    async fn subjects(&self, target: &Target, net: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
        if self.options.live {
            return live::subjects(target, &self.options.dial, net).await;
        }
        Ok(vec![Subject::of(Query::Said(target.input.clone()))])
    }

    async fn run(&self, subject: &Subject<Query>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        match &subject.query {
            Query::Said(argument) => {
                let said = Some(Evidence::given("HELO argument", argument).into());
                Ok(self.judge(argument, said, net).await)
            }
            Query::Named(argument) => Ok(self.judge(argument, None, net).await),
            Query::Live { peer, all } => live::run(self, peer, all, net).await,
        }
    }
}

impl Helo {
    /// Judges what a client says, as `said` proves, or the PTR record of its address.
    async fn judge(&self, text: &str, said: Option<Proof>, net: &Net) -> Outcome<Facts> {
        let argument = Argument::of(text);
        let name = match &argument {
            // Names that nobody outside can look up are not looked up here either.
            Argument::Name(name) if host_name::private_suffix(name).is_none() && name.labels().count() > 1 => {
                Some(name)
            }
            _ => None,
        };
        let (looked_up, names, is_receiver, spf) = join4(
            look_up(name, net),
            self.names_of_client(net),
            self.is_receiver(&argument, net),
            spf::look(name.filter(|_| !self.options.live), self.options.ip, net),
        )
        .await;
        let mut facts = Facts {
            argument: text.to_owned(),
            form: form(&argument),
            address: argument.address(),
            ip: self.options.ip,
            receiver: self.options.receiver.clone(),
            is_receiver: is_receiver.as_ref().ok().copied().flatten(),
            ..Facts::default()
        };
        if let Argument::Name(name) = &argument
            && let Some(generic) = host_name::generic(name, self.options.ip)
        {
            facts.generic = Some(generic.grade);
            facts.generic_because = generic.because;
        }
        let mut unclear = Vec::new();
        let mut asked = Vec::new();
        if let Some((host, mx)) = looked_up {
            asked.extend(host.evidence());
            asked.extend(mx.as_ref().ok().map(|route| route.answered.proof()).into_iter().flatten());
            facts.take(host, mx.map(|route| !route.is_implicit()), &mut unclear);
        }
        let ptr: Vec<Evidence> = match &names {
            Ok(Some(found)) => found.answered.proof().into_iter().collect(),
            Ok(None) => Vec::new(),
            Err(error) => vec![error.evidence()],
        };
        let names = names.map(|found| found.map(|found| found.texts()).unwrap_or_default());
        facts.compare(&argument, names, &mut unclear);
        let said = said.or_else(|| Proof::some(ptr.clone()));
        let said = said.unwrap_or_else(|| Evidence::given("HELO argument", text).into());
        let seen = Seen { said, asked, ptr };
        // A greeting that is the receiver's own address is an error, so it matters whether it is.
        unclear.extend(is_receiver.err().map(|error| error.unclear(text)));
        if let Some((spf, open)) = spf {
            facts.spf = spf;
            unclear.extend(open);
        }
        let findings = judge::judge(&argument, &facts, &self.options, &seen);
        Outcome { facts, findings, unclear }
    }

    /// The names of the client's address.
    async fn names_of_client(&self, net: &Net) -> Result<Option<Reverse>, Box<Error>> {
        let Some(ip) = self.options.ip else { return Ok(None) };
        net.reverse(ip).await.map(Some)
    }

    /// Whether the greeting is the receiver's own name, its domain or one of its addresses; none if no receiver was
    /// given.
    async fn is_receiver(&self, argument: &Argument, net: &Net) -> Result<Option<bool>, Box<Error>> {
        let Some(receiver) = self.options.receiver.as_deref() else { return Ok(None) };
        let own = Argument::of(receiver.trim_end_matches('.'));
        let is_receiver = match (argument, &own) {
            (Argument::Name(name), Argument::Name(own)) => name == own || Some(name) == own.registrable().as_ref(),
            (_, Argument::Name(own)) => match argument.address() {
                Some(address) => net.addresses(own).await?.contains(&address),
                None => false,
            },
            _ => own.address().is_some() && argument.address() == own.address(),
        };
        Ok(Some(is_receiver))
    }
}

/// What a judgement rests on.
#[derive(Debug)]
struct Seen {
    /// What is said behind HELO, and how that is known.
    said: Proof,
    /// What the name leads to.
    asked: Vec<Evidence>,
    /// The names of the client's address.
    ptr: Vec<Evidence>,
}

fn form(argument: &Argument) -> Form {
    match argument {
        Argument::Empty => Form::Empty,
        Argument::Name(_) => Form::Name,
        Argument::Literal(_) => Form::Literal,
        Argument::Bare(_) => Form::BareAddress,
        Argument::BrokenLiteral(_) => Form::BrokenLiteral,
        Argument::Malformed(_) => Form::Malformed,
    }
}

type LookedUp = (Host, Result<MailRoute, Box<Error>>);

/// The name's addresses and its MX records.
async fn look_up(name: Option<&Domain>, net: &Net) -> Option<LookedUp> {
    let name = name?;
    let names = [Name::from(name)];
    let (mut hosts, route) = futures_util::future::join(net.hosts(&names), net.mail_route(name)).await;
    Some((hosts.pop()?, route))
}

impl Facts {
    /// Takes in what the name leads to. A question without an answer matters unless the answers at hand suffice.
    fn take(&mut self, host: Host, mx: Result<bool, Box<Error>>, unclear: &mut Vec<Unclear>) {
        self.missing = host.missing;
        self.chain = host.aliases;
        self.addresses = host.addresses;
        self.has_mx = mx.as_ref().ok().copied();
        let suffices = match self.ip {
            Some(ip) => self.addresses.contains(&ip),
            None => !self.addresses.is_empty(),
        };
        self.resolved = Some(host.failed.is_empty() && (mx.is_ok() || !self.addresses.is_empty()));
        unclear
            .extend(host.failed.iter().map(|error| Unclear { decisive: !suffices, ..error.unclear(&self.argument) }));
        if let Err(error) = mx {
            unclear.push(Unclear { decisive: self.addresses.is_empty(), ..error.unclear(&self.argument) });
        }
    }

    /// Compares the greeting with the client's address and its names.
    fn compare(&mut self, argument: &Argument, names: Result<Vec<String>, Box<Error>>, unclear: &mut Vec<Unclear>) {
        let Some(ip) = self.ip else { return };
        match names {
            Ok(names) => self.ptr = names,
            // Another name in the PTR record is a note, so its absence decides nothing.
            Err(error) => unclear.push(Unclear { decisive: false, ..error.unclear(ip) }),
        }
        self.ptr.sort();
        match argument {
            Argument::Name(name) => {
                let matches = self.addresses.contains(&ip);
                self.matches_ip = (matches || self.resolved == Some(true)).then_some(matches);
                self.matches_ptr = (!self.ptr.is_empty()).then(|| self.ptr.iter().any(|own| own == name.as_str()));
            }
            _ => self.matches_ip = self.address.map(|address| address == ip),
        }
    }
}

impl Facts {
    fn name_words(&self) -> String {
        if self.argument.is_empty() { String::new() } else { format!("presents itself as {}", self.argument) }
    }
}

impl Tabulate for Facts {
    fn headline(&self, subject: &str) -> Headline {
        if self.live.is_some() {
            return Headline { who: subject.to_owned(), remark: self.name_words() };
        }
        let from = self.ip.map(|ip| format!("from {ip}")).unwrap_or_default();
        Headline { who: format!("HELO {}", self.argument), remark: from }
    }

    fn reason(&self) -> String {
        let addresses = || self.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match (self.form, self.matches_ip) {
            (Form::Empty, _) if self.live.as_ref().is_some_and(|live| !live.is_heard()) => "not heard".to_owned(),
            (Form::Empty, _) => "no argument".to_owned(),
            (Form::Malformed, _) => "neither a name nor an address literal".to_owned(),
            (Form::BareAddress, _) => "an address without brackets".to_owned(),
            (Form::BrokenLiteral, _) => "a malformed address literal".to_owned(),
            (Form::Literal, Some(false)) => "an address literal of another host".to_owned(),
            (Form::Literal, _) => "an address literal".to_owned(),
            (Form::Name, Some(true)) => "a name that leads to the client".to_owned(),
            (Form::Name, _) if !self.addresses.is_empty() => format!("a name that leads to {}", addresses()),
            (Form::Name, _) if self.missing => "a name that does not exist".to_owned(),
            (Form::Name, _) if self.resolved == Some(true) => "a name without an address".to_owned(),
            (Form::Name, _) if self.resolved.is_none() => "a name that nobody outside can look up".to_owned(),
            (Form::Name, _) => "a name whose address could not be told".to_owned(),
        }
    }

    fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut lines = Vec::new();
        let live = self.live.as_ref().map(|live| live.lines(verbose)).filter(|lines| !lines.is_empty());
        if !self.chain.is_empty() {
            lines.push(format!("The name is an alias of {}", self.chain.join(", then ")));
        }
        if let (Some(ip), false) = (self.ip, self.ptr.is_empty()) {
            lines.push(format!("{ip} is named {}", self.ptr.join(", ")));
        }
        if let Some(SpfFacts { record: Some(record), result, matched, .. }) = &self.spf {
            let because = matched.as_ref().map(|term| format!(", by {term}")).unwrap_or_default();
            let judged = result.map(|result| format!(" gives {} for the client{because}", result.as_str()));
            lines.push(format!("SPF of the name: {record}{}", judged.unwrap_or_default()));
        }
        live.map(Section::Lines).into_iter().chain(lines.into_iter().map(Section::Line)).collect()
    }
}
