//! `--probe`: does the mail host take a bounce to this address?

use schemars::JsonSchema;
use serde::Serialize;

use super::{Path, ReturnPath};
use crate::catalogue::refusals::{About, Refusal};
use crate::checks::dialogue::{self, Judgement, Standing};
use crate::mail::local_part;
use crate::names::domain::Domain;
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::net::mail_hosts::Route;
use crate::net::smtp::{Disposition, Entry, Envelope, Handover, Peer, Stage, Transcript};
use crate::report::table::Section;
use crate::report::{Cite, Evidence, Finding, Reason, Remedy, Rule, Severity, Unclear};

const NULL_PATH: Cite = Cite::rfc(5321, "4.5.5");
const RELIABLE: Cite = Cite::rfc(5321, "6.1");
const EMPTY_PATH: Cite = Cite::rfc(1123, "5.2.9");

/// What a mail host said to a bounce.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProbeFacts {
    /// The mail host.
    pub server: String,
    /// How far the dialogue came.
    pub stage: Stage,
    /// What came of it.
    pub answer: Disposition,
    /// The last reply's code; null if the dialogue broke off.
    pub code: Option<u16>,
    /// The last reply without its code, or why there is none.
    pub reply: String,
    /// What came of the same recipient with a sender of our own; null if that was not tried.
    pub other_sender: Option<Disposition>,
    /// What was said.
    pub transcript: Vec<Entry>,
}

/// No bounces. RFC 5321 §4.5.5.
pub(super) static NULL_REFUSED: Rule = Rule {
    id: "return-path-null-refused",
    title: "The mail host refuses bounces",
    severity: Severity::Error,
    cites: &[NULL_PATH, RELIABLE, EMPTY_PATH],
    why: "Bounces and other notifications come from the null sender <>. Whoever refuses it never learns that mail was \
          not delivered, and servers that verify senders this way refuse the domain's mail.",
    remedy: Remedy::Act(
        "Accept MAIL FROM:<> in the mail server and the filter in front of it; limit its rate if there is abuse.",
    ),
};

/// No such recipient. RFC 5321 §6.1.
pub(super) static REFUSED: Rule = Rule {
    id: "return-path-refused",
    title: "The mail host refuses the address that bounces go to",
    severity: Severity::Error,
    cites: &[RELIABLE],
    why: "Bounces to this address are lost, and receivers that verify senders refuse the mail sent from it.",
    remedy: Remedy::Act("Create the mailbox or an alias for it, or send from an address that exists."),
};

/// Hosts that are tried until one answers.
const MAX_PEERS: usize = 4;

impl ReturnPath {
    /// Offers a bounce to the first mail host that answers.
    pub(super) async fn probe(
        &self,
        path: &Path,
        domain: &Domain,
        net: &Net,
    ) -> (Option<ProbeFacts>, Vec<Finding>, Vec<Unclear>) {
        let Path::Domain { local_part: Some(local_part), .. } = path else { return (None, Vec::new(), Vec::new()) };
        let recipient = format!("{local_part}@{domain}");
        if !local_part.is_ascii() || !local_part::faults(local_part).is_empty() {
            let why = "the address cannot stand in RCPT TO as it is";
            return (None, Vec::new(), vec![Unclear::decisive(Reason::NotApplicable, path, why)]);
        }
        let kind = TargetKind::Mailbox { local_part: local_part.clone(), domain: domain.clone() };
        let target = Target { input: recipient.clone(), kind };
        let hosts = match net.mail_hosts(&target, Route::Mail, None).await {
            Ok(hosts) => hosts.hosts,
            Err(error) => return (None, Vec::new(), vec![error.unclear(path)]),
        };
        let (mut findings, mut unclear, mut facts) = (Vec::new(), Vec::new(), None);
        let peers: Vec<&Peer> = hosts.iter().flat_map(|host| &host.peers).take(MAX_PEERS).collect();
        for peer in &peers {
            if let Err(failure) = net.smtp.courtesy.may_probe(peer) {
                unclear.push(failure.unclear(peer));
                continue;
            }
            let tried = Envelope::new("", &recipient).hand_over(peer, None, net).await;
            if let Some(failure) = &tried.failure {
                match dialogue::broken_off(failure, peer, Standing::Alone, &Transcript::begin(), net) {
                    Judgement::Finding(finding) => findings.push(finding),
                    Judgement::Unclear(entry) => unclear.push(entry),
                }
                facts = Some(ProbeFacts::of(tried, peer, None));
                continue;
            }
            // This one answers, so those before it decide nothing.
            findings.clear();
            unclear.iter_mut().for_each(|entry| entry.decisive = false);
            let (facts, found, open) = self.judge(tried, peer, &recipient, net).await;
            findings.extend(found);
            unclear.extend(open);
            return (Some(facts), findings, unclear);
        }
        (facts, findings, unclear)
    }

    async fn judge(
        &self,
        tried: Handover,
        peer: &Peer,
        recipient: &str,
        net: &Net,
    ) -> (ProbeFacts, Option<Finding>, Option<Unclear>) {
        let code = tried.code.map(|code| format!("{code} ")).unwrap_or_default();
        let words = format!("{code}{}", tried.reply);
        let quote = Evidence::Reply { server: peer.to_string(), text: words.clone() };
        // The same recipient with a sender of ours tells what is refused: bounces, the recipient, or this client.
        let mut control = None;
        if let (Disposition::Rejected, Stage::Mail | Stage::Rcpt, Some(sender)) =
            (tried.answer, tried.stage, &self.sender)
        {
            control = Some(Envelope::new(sender, recipient).hand_over(peer, None, net).await);
        }
        let other_sender = control.as_ref().map(|control| control.answer);
        let passes_mail = control.as_ref().is_some_and(|control| control.stage > Stage::Mail);
        let refusal = Refusal { text: &tried.reply, reply_code: tried.code, ..Refusal::default() };
        let about = refusal.classify().cause.about();
        let (finding, unclear) = match (tried.answer, tried.stage) {
            (Disposition::Accepted | Disposition::NoAnswer, _) => (None, None),
            (Disposition::Deferred, _) => (None, Some(Reason::Deferred)),
            (Disposition::Rejected, Stage::Mail) if passes_mail => (Some(&NULL_REFUSED), None),
            (Disposition::Rejected, Stage::Rcpt) if other_sender == Some(Disposition::Accepted) => {
                (Some(&NULL_REFUSED), None)
            }
            (Disposition::Rejected, Stage::Rcpt) if about == About::Recipient => (Some(&REFUSED), None),
            (Disposition::Rejected, _) => (None, Some(Reason::Rejected)),
        };
        let finding = finding.map(|rule| Finding::new(rule, recipient, quote).detail(&words));
        let unclear = unclear.map(|reason| Unclear::decisive(reason, peer, &words));
        (ProbeFacts::of(tried, peer, other_sender), finding, unclear)
    }
}

impl ProbeFacts {
    fn of(tried: Handover, peer: &Peer, other_sender: Option<Disposition>) -> Self {
        let Handover { stage, answer, code, reply, transcript, .. } = tried;
        ProbeFacts { server: peer.to_string(), stage, answer, code, reply, other_sender, transcript }
    }

    /// The verdict's reason in one line.
    pub(super) fn reason(&self) -> String {
        match self.answer {
            Disposition::Accepted => format!("{} takes bounces to it", self.server),
            Disposition::Deferred => format!("{} defers a bounce to it", self.server),
            Disposition::Rejected => format!("{} refuses a bounce to it", self.server),
            Disposition::NoAnswer => format!("{} did not say", self.server),
        }
    }

    pub(super) fn sections(&self, verbose: bool) -> Vec<Section> {
        let mut lines = vec![match self.code {
            Some(code) => format!("{} said {code} {} to {}", self.server, self.reply, self.stage.as_str()),
            None => format!("{}: {}", self.server, self.reply),
        }];
        if verbose {
            lines.extend(self.transcript.iter().map(Entry::to_string));
        }
        vec![Section::Lines(lines)]
    }
}
