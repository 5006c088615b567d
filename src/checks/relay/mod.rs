//! `relay`: would the server pass mail on for strangers?

mod domains;
mod examine;
mod facts;
mod forms;
mod replies;
mod rules;
mod token;

use std::pin::pin;
use std::sync::atomic::AtomicUsize;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;

use self::domains::Domains;
use self::examine::{Examination, REPLIES, Request};
pub use self::facts::Facts;
use self::facts::{Class, FormOutcome, FormRow};
use self::forms::ORDINARY;
use self::token::Token;
use super::dialogue::{self, Dial, Sender, random_local_part};
use super::smtp::servers;
use super::{Asked, Check, Context, Outcome, Subject, reason};
use crate::config::{ConfigError, Settings};
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::mail_hosts::Route;
use crate::net::smtp::{Peer, Stage};
use crate::net::{Net, clock};
use crate::report::table::count;
use crate::report::{Evidence, Finding, Proof, Reason, Rule, Unclear};

/// The flags of `relay`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(mut_arg("targets", |argument| argument.required_unless_present("arrived")))]
pub struct Options {
    /// Which server is dialled.
    #[command(flatten)]
    pub dial: Dial,
    /// Who the mail would come from.
    #[command(flatten)]
    pub sender: Sender,
    /// The recipient elsewhere, which no tested server may receive for [default: a random one at the domain of
    /// --mail-from]
    #[arg(long, value_name = "MAILBOX")]
    pub to: Option<String>,
    /// A domain that the server receives for (repeatable), whose names some of the forms are made of [default: what the
    /// target, its name, its PTR record and its greeting suggest]
    #[arg(long = "domain", value_name = "NAME")]
    pub domains: Vec<Domain>,
    /// Send a message in the first three forms that are accepted; --to must be a mailbox that you own
    #[arg(long, requires = "to")]
    pub send: bool,
    /// Say which form got through, by the token of a message that arrived; asks nobody
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["to", "send", "domains", "mail_from", "port", "host", "targets", "input"])]
    pub arrived: Option<String>,
}

/// The check.
#[derive(Debug)]
pub struct Relay {
    dial: Dial,
    arrived: Option<Token>,
    /// The domains that the user says the servers receive for.
    domains: Vec<Domain>,
    /// None if this host has no name to send from, which only an audit can come to see.
    request: Option<Request>,
}

impl Check for Relay {
    type Options = Options;
    type Query = Target;
    type Facts = Facts;

    const NAME: &'static str = "relay";
    const RULES: &'static [&'static Rule] = rules::ALL;

    fn new(options: Options, context: &Context) -> Result<Self, ConfigError> {
        let arrived = options.arrived.as_deref().map(read_token).transpose()?;
        let request = match options.sender.reverse_path(&context.settings) {
            Ok(mail_from) => Some(request(&options, mail_from)?),
            Err(_) => None,
        };
        Ok(Relay { dial: options.dial, arrived, domains: options.domains, request })
    }

    fn target_reader(options: &Options) -> fn(&str) -> Result<Target, TargetError> {
        if options.arrived.is_some() { |text| Ok(Target::text(text)) } else { str::parse }
    }

    fn implied_target(options: &Options) -> Option<Target> {
        options.arrived.as_deref().map(Target::text)
    }

    fn consent(options: &Options, settings: &Settings, asked: Asked<'_>) -> Result<(), ConfigError> {
        if let Some(token) = &options.arrived {
            return read_token(token).map(|_| ());
        }
        request(options, options.sender.reverse_path(settings)?)?;
        dialogue::consent(settings, &options.dial, "a relay test", asked.target())
    }

    fn subject_name(query: &Target) -> String {
        query.input.clone()
    }

    async fn subjects(&self, target: &Target, _: &Net) -> Result<Vec<Subject<Target>>, Unclear> {
        if let TargetKind::Network(_) = target.kind {
            let why = "a relay test is for servers one by one; give their addresses";
            return Err(Unclear::decisive(Reason::NotApplicable, &target.input, why));
        }
        Ok(vec![Subject::of(target.clone())])
    }

    async fn run(&self, subject: &Subject<Target>, net: &Net) -> Result<Outcome<Facts>, Unclear> {
        let target = &subject.query;
        if let Some(token) = &self.arrived {
            return Ok(arrived(token));
        }
        let Some(request) = &self.request else {
            let why = "this host has no name to send from: give --mail-from";
            return Err(Unclear::decisive(Reason::NotApplicable, &target.input, why));
        };
        let hosts = net.mail_hosts(target, self.dial.route(), self.dial.port).await;
        let hosts = hosts.map_err(|error| error.unclear(&target.input))?;
        let (servers, mut unclear) = servers(target, hosts)?;
        if let [failure, ..] = &not_allowed(&servers, net)[..] {
            return Err(failure.clone());
        }
        goes_elsewhere(request, target, &servers, net).await?;
        let mut facts = Facts {
            class: Class::Closed,
            mail_from: Some(request.mail_from.clone()),
            rcpt_to: Some(request.rcpt_to.clone()),
            hosts: Vec::new(),
            forms: Vec::new(),
            reason: String::new(),
        };
        let mut findings = Vec::new();
        let until = Instant::from(clock::now()) + net.smtp.timeout * REPLIES;
        // Messages that may be sent are counted, and the best server is asked for them first.
        let at_once = if request.sends { 1 } else { servers.len() };
        let mut examinations = Vec::with_capacity(servers.len());
        for (preference, peer) in &servers {
            examinations.push(async move {
                let domains = Domains::of(target, peer, &self.domains, net).await;
                let mut examination = Examination::new(*preference, peer, domains, request, until, net);
                examination.run().await;
                (peer, examination)
            });
        }
        let mut examinations = pin!(stream::iter(examinations).buffered(at_once));
        while let Some((peer, mut examination)) = examinations.next().await {
            findings.extend(judge(peer, &examination.forms));
            if examination.has_no_route && facts.forms.iter().any(|row| row.host == peer.host) {
                // What has no way there is this machine, as one without IPv6; another address has told.
                examination.unclear.iter_mut().for_each(|open| open.decisive = false);
            } else {
                facts.class = facts.class.max(examination.facts.class);
            }
            unclear.append(&mut examination.unclear);
            facts.hosts.push(examination.facts);
            facts.forms.append(&mut examination.forms);
        }
        let refused = facts.forms.iter().filter(|row| row.outcome == FormOutcome::Refused).count();
        let otherwise = match facts.class {
            Class::Closed => format!("{} refused", count(refused, "form")),
            Class::Unclear => unclear.first().map(|open| open.detail.clone()).unwrap_or_default(),
            class => class.as_str().to_owned(),
        };
        facts.reason = reason::beside(&findings, &unclear, otherwise);
        Ok(Outcome { facts, findings, unclear })
    }
}

/// Why none of the servers may be probed; nothing if one may.
fn not_allowed(servers: &[(Option<u16>, Peer)], net: &Net) -> Vec<Unclear> {
    let refused = |(_, peer): &(_, Peer)| Some(net.smtp.courtesy.may_probe(peer).err()?.unclear(peer));
    let all: Option<Vec<Unclear>> = servers.iter().map(refused).collect();
    all.unwrap_or_default()
}

fn read_token(text: &str) -> Result<Token, ConfigError> {
    text.parse().map_err(|why| ConfigError(format!("--arrived: {why}")))
}

/// What is asked for, as the flags say.
fn request(options: &Options, mail_from: String) -> Result<Request, ConfigError> {
    let domain = match mail_from.rsplit_once('@') {
        Some((_, domain)) => domain.to_owned(),
        None => return Err(ConfigError("--mail-from: a relay test needs a sender with a domain".to_owned())),
    };
    let rcpt_to = options.to.clone().unwrap_or_else(|| format!("{}@{domain}", random_local_part()));
    // Brackets, spaces and quotes would make another command of it.
    let is_plain = rcpt_to.chars().all(|character| character.is_ascii_graphic() && !"<>\"%!:,()".contains(character));
    let is_mailbox = matches!(rcpt_to.parse::<Target>(), Ok(Target { kind: TargetKind::Mailbox { .. }, .. }));
    if !is_plain || !is_mailbox {
        let flag = if options.to.is_some() { "--to" } else { "--mail-from" };
        return Err(ConfigError(format!("{flag}: \"{rcpt_to}\" is no mailbox at a domain")));
    }
    Ok(Request { mail_from, rcpt_to, sends: options.send, sent: AtomicUsize::new(0) })
}

/// Makes sure that mail for the recipient goes somewhere, and not to a tested server: what a server takes for
/// itself proves nothing.
async fn goes_elsewhere(
    request: &Request,
    target: &Target,
    servers: &[(Option<u16>, Peer)],
    net: &Net,
) -> Result<(), Unclear> {
    let open = |why: String| Unclear::decisive(Reason::Unproven, &target.input, why);
    let (_, domain) = request.rcpt_to.rsplit_once('@').unwrap_or_default();
    let Ok(domain) = domain.parse::<Domain>() else { return Err(open(format!("\"{domain}\" is no domain"))) };
    let elsewhere = Target { input: domain.to_string(), kind: TargetKind::Domain(domain.clone()) };
    let hosts = net.mail_hosts(&elsewhere, Route::Mail, None).await.map_err(|error| error.unclear(&domain))?;
    if hosts.null_mx || hosts.hosts.iter().all(|host| host.peers.is_empty()) {
        let why = format!("mail for {domain} goes nowhere, so its refusal would prove nothing: give another --to");
        return Err(open(why));
    }
    let is_own = match &target.kind {
        TargetKind::Domain(own) | TargetKind::Mailbox { domain: own, .. } => *own == domain,
        _ => false,
    };
    let meets = hosts
        .hosts
        .iter()
        .flat_map(|host| &host.peers)
        .find(|peer| servers.iter().any(|(_, tested)| tested.host == peer.host || tested.address == peer.address));
    match meets {
        Some(peer) => {
            Err(open(format!("{peer} receives for {domain}, so its consent would prove nothing: give another --to")))
        }
        None if is_own => Err(open(format!("{domain} is what is tested: give another --to"))),
        None => Ok(()),
    }
}

/// What one server's answers mean.
fn judge(peer: &Peer, forms: &[FormRow]) -> Vec<Finding> {
    let with = |outcome: FormOutcome| forms.iter().filter(move |row| row.outcome == outcome);
    let numbers = |outcome| {
        let rows: Vec<_> = with(outcome).map(|row| (row.form, row.path)).collect();
        forms::listed(&rows)
    };
    let reply = |row: &FormRow| Evidence::Reply {
        server: peer.to_string(),
        text: format!(
            "MAIL FROM:<{}>, RCPT TO:<{}>, DATA: {} {}",
            row.from,
            row.to,
            row.code.unwrap_or_default(),
            row.reply.as_deref().unwrap_or_default()
        ),
    };
    let mut findings = Vec::new();
    if with(FormOutcome::Suspect).next().is_some() {
        let ordinary = with(FormOutcome::Suspect).any(|row| ORDINARY.contains(&row.form));
        let rule = if ordinary { &rules::SUSPECT } else { &rules::PARTLY };
        let accepted = with(FormOutcome::Suspect).count();
        let detail =
            format!("{accepted} of {} accepted: {}", count(forms.len(), "form"), numbers(FormOutcome::Suspect));
        let proof = Proof::of(with(FormOutcome::Suspect).take(4).map(reply), || {
            Evidence::measure("forms accepted", accepted as f64, "forms")
        });
        findings.push(Finding::new(rule, peer, proof).detail(detail));
    }
    if let Some(row) = with(FormOutcome::RefusedAtData).next() {
        let detail = format!("forms {}", numbers(FormOutcome::RefusedAtData));
        findings.push(Finding::new(&rules::LATE, peer, reply(row)).detail(detail));
    }
    findings
}

/// What the arrival of a message means.
fn arrived(token: &Token) -> Outcome<Facts> {
    let Token { form, path, address, .. } = token;
    let template = |text: &str| text.replace(['{', '}'], "");
    let (from, to) =
        forms::by_number(*form).map_or_else(Default::default, |form| (template(form.from), template(form.to)));
    let row = FormRow {
        host: address.to_string(),
        address: *address,
        path: *path,
        form: *form,
        from: from.clone(),
        to: to.clone(),
        stage: Stage::Message,
        code: None,
        reply: None,
        outcome: FormOutcome::Relayed,
        token: Some(token.to_string()),
    };
    let detail = format!(
        "form {form}, MAIL FROM:<{from}> and RCPT TO:<{to}>, {}; f@F is the sender and u@D the recipient of the test, \
         S the server's name, L its domain and I its address",
        path.as_words()
    );
    let findings =
        vec![Finding::new(&rules::OPEN, address, Evidence::given("arrived token", token.to_string())).detail(detail)];
    let facts = Facts {
        class: Class::Relayed,
        mail_from: None,
        rcpt_to: None,
        hosts: Vec::new(),
        forms: vec![row],
        reason: reason::of(&findings, String::new()),
    };
    Outcome { facts, findings, unclear: Vec::new() }
}
