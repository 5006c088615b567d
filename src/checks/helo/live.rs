//! `--live`: the name by which a mail server presents itself.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Facts, Helo, Options, Query};
use crate::checks::dialogue::{self, Dial, Judgement, Standing};
use crate::checks::{Outcome, Subject};
use crate::names::target::{Target, TargetError, TargetKind};
use crate::net::Net;
use crate::net::smtp::survey::Plan;
use crate::net::smtp::{Entry, Peer, Reply, Survey, Who};
use crate::net::tls::Offer;
use crate::report::{Cite, Evidence, Finding, Proof, Reason, Remedy, Rule, Severity, Unclear, clean_bytes};

const GREETING: Cite = Cite::rfc(5321, "4.3.1");
const COMMAND: Cite = Cite::rfc(5321, "4.1.1.1");

/// How a server presents itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LiveFacts {
    /// The first word behind 220; null if it has not greeted.
    pub greeting: Option<String>,
    /// The first word of its answer to EHLO or HELO; null if it has not answered.
    pub hello: Option<String>,
    /// Why there is no name; null if there is one.
    pub failure: Option<String>,
    /// What was said.
    pub transcript: Vec<Entry>,
}

/// Two names. RFC 5321 §4.3.1.
pub(super) static DIFFERS: Rule = Rule {
    id: "helo-banner-differs",
    title: "The server gives two names of itself",
    severity: Severity::Note,
    cites: &[GREETING, COMMAND],
    why: "The word behind 220 and the first word of the answer to EHLO are both the server's own name. Where they \
          differ, a proxy or filter answers for it, or two settings disagree.",
    remedy: Remedy::Nothing(
        "Nothing, if a proxy stands in front on purpose; otherwise set the same host name for both.",
    ),
};

/// Names of a domain are its mail hosts; networks are not dialled.
pub(super) fn read_target(text: &str) -> Result<Target, TargetError> {
    let target: Target = text.parse()?;
    match target.kind {
        TargetKind::Network(_) => Err(TargetError::Address(target.input)),
        _ => Ok(target),
    }
}

/// One subject an address.
pub(super) async fn subjects(target: &Target, dial: &Dial, net: &Net) -> Result<Vec<Subject<Query>>, Unclear> {
    let hosts = net.mail_hosts(target, dial.route(), dial.port).await.map_err(|error| error.unclear(target))?;
    if hosts.null_mx {
        let why = "the domain says that it takes no mail (RFC 7505)";
        return Err(Unclear::decisive(Reason::NotApplicable, target, why));
    }
    let all: Arc<[Peer]> = hosts.hosts.iter().flat_map(|host| host.peers.iter().cloned()).collect();
    let subject = |peer: &Peer| Subject::of(Query::Live { peer: Box::new(peer.clone()), all: Arc::clone(&all) });
    let mut subjects: Vec<_> = all.iter().map(subject).collect();
    let failed = hosts.hosts.iter().flat_map(|host| {
        let decisive = host.peers.is_empty();
        host.failed.iter().map(move |error| Unclear { decisive, ..error.unclear(&host.name) })
    });
    let failed: Vec<Unclear> = failed.collect();
    match subjects.first_mut() {
        Some(first) => first.unclear = failed,
        None => {
            let nobody = Unclear::decisive(Reason::Unreachable, target, "no mail host has an address");
            return Err(failed.into_iter().next().unwrap_or(nobody));
        }
    }
    Ok(subjects)
}

/// Judges the name of one server, from its own address.
pub(super) async fn run(helo: &Helo, peer: &Peer, all: &[Peer], net: &Net) -> Result<Outcome<Facts>, Unclear> {
    let survey = survey(peer, net).await;
    let greeting = survey.opening.greeting.as_ref().and_then(first_word);
    let hello = survey.opening.last_hello().and_then(|hello| first_word(&hello.reply));
    let mut live = LiveFacts { greeting, hello, failure: None, transcript: survey.transcript.entries().to_vec() };
    let Some(name) = live.name() else {
        let Some(failure) = &survey.failure else {
            return Err(Unclear::decisive(Reason::Malformed, peer, "the server gives no name of itself"));
        };
        let standing = Standing::of(peer, answering(peer, all, net).await);
        let told = dialogue::broken_off(failure, peer, standing, &survey.transcript, net);
        let mut outcome = Outcome { facts: Facts::default(), findings: Vec::new(), unclear: Vec::new() };
        match told {
            Judgement::Finding(finding) => outcome.findings.push(finding),
            Judgement::Unclear(unclear) => outcome.unclear.push(unclear),
        }
        live.failure = Some(failure.to_string());
        outcome.facts.live = Some(live);
        return Ok(outcome);
    };
    let options = Options { ip: Some(peer.address), ..helo.options.clone() };
    let own = live.transcript.iter().filter(|entry| entry.who == Who::Server && entry.text.contains(name));
    let said = Proof::some(own.take(1).map(|entry| Evidence::reply(peer, &entry.text)));
    let said = said.or_else(|| dialogue::last_words(peer, &survey.transcript).map(Proof::from));
    let mut outcome = Helo { options }.judge(name, said, net).await;
    if let (Some(greeting), Some(hello)) = (&live.greeting, &live.hello)
        && !greeting.eq_ignore_ascii_case(hello)
    {
        let words = live.transcript.iter().filter(|entry| entry.who == Who::Server).take(2);
        let proof = Proof::of(words.map(|entry| Evidence::reply(peer, &entry.text)), || {
            Evidence::reply(peer, format!("220 {greeting}"))
        });
        let detail = format!("220 {greeting}, then 250 {hello}");
        outcome.findings.push(Finding::new(&DIFFERS, peer, proof).detail(detail));
    }
    outcome.facts.live = Some(live);
    Ok(outcome)
}

async fn survey(peer: &Peer, net: &Net) -> Arc<Survey> {
    let plan = Plan { offer: Offer::named(&peer.host), envelope: None };
    net.smtp.surveys.of(peer, &plan, net).await
}

/// The other servers of the domain that speak. All of them are asked anyhow, each once.
async fn answering<'a>(peer: &Peer, all: &'a [Peer], net: &Net) -> Vec<&'a Peer> {
    let mut heard = Vec::new();
    for other in all.iter().filter(|other| *other != peer) {
        if survey(other, net).await.opening.greeting.is_some() {
            heard.push(other);
        }
    }
    heard
}

/// The first word of a reply, if there is one.
fn first_word(reply: &Reply) -> Option<String> {
    let line = clean_bytes(reply.lines.first()?);
    line.split_whitespace().next().map(|word| word.chars().take(MAX_NAME).collect())
}

/// Characters of a name that are kept.
const MAX_NAME: usize = 300;

impl LiveFacts {
    /// The name it goes by: that behind EHLO, unless only the banner's can be one.
    fn name(&self) -> Option<&str> {
        let is_name = |name: &&String| name.contains('.') || name.starts_with('[');
        let named = self.hello.as_ref().filter(is_name).or(self.greeting.as_ref().filter(is_name));
        named.or(self.hello.as_ref()).or(self.greeting.as_ref()).map(String::as_str)
    }

    /// Whether it has said anything.
    pub(super) fn is_heard(&self) -> bool {
        self.name().is_some()
    }

    pub(super) fn lines(&self, verbose: bool) -> Vec<String> {
        let mut lines = Vec::new();
        if let (Some(greeting), Some(hello)) = (&self.greeting, &self.hello) {
            lines.push(format!("220 {greeting}, 250 {hello}"));
        }
        lines.extend(self.failure.clone());
        if verbose {
            lines.extend(self.transcript.iter().map(Entry::to_string));
        }
        lines
    }
}
