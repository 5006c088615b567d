//! What a server allows: envelopes that are taken back, and probes for servers of the user's own.

use super::facts::{HostFacts, Probe, ProbeRow, TestOutcome};
use super::rules;
use crate::catalogue::refusals::{About, Refusal};
use crate::checks::dialogue::random_local_part;
use crate::names::target::{Target, TargetKind};
use crate::net::Net;
use crate::net::smtp::opening::{Privacy, open};
use crate::net::smtp::session::StartTls;
use crate::net::smtp::{Failure, Peer, Reply, Session, Stage, Survey};
use crate::net::tls::Offer;
use crate::report::{Evidence, Finding, Reason, Rule, Unclear};

/// What is to be tried.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The reverse-path of our own.
    pub(super) mail_from: String,
    /// An envelope for those who must be reachable.
    pub(super) envelope: bool,
    /// Probes that servers mind.
    pub(super) probe: bool,
    /// Bad commands until the server hangs up.
    pub(super) error_limit: bool,
}

impl Wanted {
    /// Whether there is anything to try.
    pub(super) fn anything(&self) -> bool {
        self.envelope || self.probe || self.error_limit
    }
}

/// Bad commands that are sent at most.
const MAX_ERRORS: u32 = 64;
/// A server that hangs up after so few errors hurts honest clients.
const FEW_ERRORS: u32 = 5;
/// A command that no server knows.
const NO_COMMAND: &str = "XSPAMCHECK";

/// Tries what is wanted at one server.
pub(super) struct Prober<'a> {
    pub(super) findings: Vec<Finding>,
    pub(super) unclear: Vec<Unclear>,
    facts: &'a mut HostFacts,
    peer: &'a Peer,
    target: &'a Target,
    wanted: &'a Wanted,
    net: &'a Net,
}

/// What a server makes of an envelope.
struct Tried {
    /// The command that decided it.
    command: String,
    stage: Stage,
    reply: Reply,
}

impl<'a> Prober<'a> {
    pub(super) fn new(
        peer: &'a Peer,
        target: &'a Target,
        wanted: &'a Wanted,
        facts: &'a mut HostFacts,
        net: &'a Net,
    ) -> Self {
        Prober { findings: Vec::new(), unclear: Vec::new(), facts, peer, target, wanted, net }
    }

    /// Tries all of it, in dialogues of their own.
    pub(super) async fn probe(&mut self, survey: &Survey) {
        if self.wanted.envelope {
            let mut session = Session::new(self.peer, self.net);
            let ended = self.envelope(&mut session).await;
            self.close(session, ended).await;
        }
        if !self.wanted.probe && !self.wanted.error_limit {
            return;
        }
        if let Err(failure) = self.net.smtp.courtesy.may_probe(self.peer) {
            self.unclear.push(failure.unclear(self.peer));
            return;
        }
        if self.wanted.probe {
            let mut session = Session::new(self.peer, self.net);
            let ended = self.probes(&mut session).await;
            self.close(session, ended).await;
            if survey.opening.hello.as_ref().is_some_and(|hello| hello.offers_starttls())
                && survey.opening.handshake.is_some()
            {
                let mut session = Session::new(self.peer, self.net);
                let ended = self.injection(&mut session).await;
                self.close(session, ended).await;
            }
        }
        if self.wanted.error_limit {
            let mut session = Session::new(self.peer, self.net);
            let ended = self.error_limit(&mut session).await;
            self.close(session, ended).await;
        }
    }

    async fn close(&mut self, mut session: Session<'_>, ended: Result<(), Failure>) {
        session.quit().await;
        self.facts.transcript.extend_from_slice(session.transcript.entries());
        if let Err(failure) = ended {
            self.unclear.push(failure.unclear(self.peer));
        }
    }

    /// The domain that mail for the target goes to.
    fn domain(&self) -> Option<&str> {
        match &self.target.kind {
            TargetKind::Domain(domain) | TargetKind::Mailbox { domain, .. } => Some(domain.as_str()),
            _ => None,
        }
    }

    fn postmaster(&self) -> String {
        // RFC 5321 §4.5.1: without a domain it is the server's own.
        self.domain().map_or_else(|| "postmaster".to_owned(), |domain| format!("postmaster@{domain}"))
    }

    /// One envelope with the recipients that must be there.
    async fn envelope(&mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        open(session, &Offer::named(&self.peer.host), Privacy::IfOffered).await?;
        let command = format!("MAIL FROM:<{}>", self.wanted.mail_from);
        let mail = session.command(Stage::Mail, &command).await?;
        if !mail.is_positive() {
            self.row(Probe::Postmaster, &command, &mail, TestOutcome::Unclear);
            let words = format!("our sender is refused: {mail}");
            self.unclear.push(Unclear::decisive(Reason::Rejected, self.peer, words));
            return Ok(());
        }
        let mut recipients = vec![(Probe::Postmaster, self.postmaster(), &rules::POSTMASTER)];
        if let Some(domain) = self.domain() {
            recipients.push((Probe::Abuse, format!("abuse@{domain}"), &rules::ABUSE));
        }
        let usual = recipients.iter().any(|(_, usual, _)| self.target.mailbox() == Some(usual));
        if let Some(mailbox) = self.target.mailbox().filter(|_| !usual) {
            recipients.push((Probe::Mailbox, mailbox.to_owned(), &rules::MAILBOX));
        }
        for (probe, recipient, rule) in recipients {
            let command = format!("RCPT TO:<{recipient}>");
            let reply = session.command(Stage::Rcpt, &command).await?;
            let answer = answer(&reply);
            self.row(probe, &command, &reply, answer);
            match answer {
                TestOutcome::Refused if is_about_the_recipient(&reply) => self.find(rule, &recipient, &reply),
                TestOutcome::Accepted => {}
                _ => self.open(rule, &recipient, &reply),
            }
        }
        session.command(Stage::Command, "RSET").await?;
        Ok(())
    }

    /// The probes that need one dialogue together.
    async fn probes(&mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        open(session, &Offer::named(&self.peer.host), Privacy::IfOffered).await?;
        let ours = self.wanted.mail_from.clone();
        let postmaster = self.postmaster();
        let control = attempt(session, &ours, &postmaster).await?;
        let null = attempt(session, "", &postmaster).await?;
        self.null_sender(&control, &null);
        let literal = match self.peer.address.to_canonical() {
            std::net::IpAddr::V4(address) => format!("postmaster@[{address}]"),
            std::net::IpAddr::V6(address) => format!("postmaster@[IPv6:{address}]"),
        };
        // What is refused to everybody alike tells nothing of the case at hand.
        let heard = control.reply.is_positive();
        let tried = attempt(session, &ours, &literal).await?;
        match self.tried(Probe::Literal, &tried) {
            TestOutcome::Accepted => {}
            TestOutcome::Refused if heard && tried.stage == Stage::Rcpt => {
                self.find(&rules::LITERAL, &literal, &tried.reply);
            }
            _ => self.open(&rules::LITERAL, &literal, &tried.reply),
        }
        if let Some(domain) = self.domain().map(str::to_owned) {
            let nobody = format!("{}@{domain}", random_local_part());
            let tried = attempt(session, &ours, &nobody).await?;
            match self.tried(Probe::CatchAll, &tried) {
                TestOutcome::Accepted => self.find(&rules::CATCH_ALL, &nobody, &tried.reply),
                TestOutcome::Refused
                    if tried.stage == Stage::Rcpt && (heard || is_about_the_recipient(&tried.reply)) => {}
                _ => self.open(&rules::CATCH_ALL, &nobody, &tried.reply),
            }
            let own = format!("postmaster@{domain}");
            let tried = attempt(session, &own, &own).await?;
            match self.tried(Probe::Spoof, &tried) {
                TestOutcome::Accepted => self.find(&rules::SPOOF, &own, &tried.reply),
                TestOutcome::Refused if heard => {}
                _ => self.open(&rules::SPOOF, &own, &tried.reply),
            }
        } else {
            let why = "the catch-all and spoof probes need a domain as target";
            self.unclear.push(Unclear::harmless(Reason::NotApplicable, self.peer, why));
        }
        self.lookups(session).await
    }

    fn null_sender(&mut self, control: &Tried, null: &Tried) {
        let outcome = self.tried(Probe::NullSender, null);
        // A recipient that is refused to everybody tells nothing of the null sender.
        let alike = control.stage == null.stage && !control.reply.is_positive();
        match outcome {
            TestOutcome::Accepted => {}
            TestOutcome::Refused if !alike => self.find(&rules::NULL_SENDER, "MAIL FROM:<>", &null.reply),
            _ => self.open(&rules::NULL_SENDER, "MAIL FROM:<>", &null.reply),
        }
    }

    /// VRFY and EXPN.
    async fn lookups(&mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        let known = self.postmaster();
        let unknown = match self.domain() {
            Some(domain) => format!("{}@{domain}", random_local_part()),
            None => random_local_part(),
        };
        let command = format!("VRFY {known}");
        let reply = session.command(Stage::Command, &command).await?;
        let control = session.command(Stage::Command, &format!("VRFY {unknown}")).await?;
        // RFC 5321 §3.5.3: 252 says nothing; but a server that denies others tells by it who is there.
        let tells = reply.is_positive() && matches!(control.code, 550 | 551 | 553);
        self.row(Probe::Vrfy, &command, &reply, if tells { TestOutcome::Accepted } else { TestOutcome::Noncommittal });
        if tells {
            let finding = self.finding(&rules::VRFY, &format!("{known} is told from {unknown}"), &reply);
            self.findings.push(finding.evidence(self.evidence(&control)));
        }
        let command = format!("EXPN {known}");
        let reply = session.command(Stage::Command, &command).await?;
        let tells = reply.code == 250;
        self.row(Probe::Expn, &command, &reply, if tells { TestOutcome::Accepted } else { answer(&reply) });
        if tells {
            self.find(&rules::EXPN, &command, &reply);
        }
        Ok(())
    }

    /// STARTTLS and a command in one packet (CVE-2011-0411). The command is one that nobody knows, so that its
    /// answer cannot be mistaken for that to EHLO.
    async fn injection(&mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        open(session, &Offer::named(&self.peer.host), Privacy::InClear).await?;
        let offer = Offer::named(&self.peer.host);
        let command = format!("STARTTLS and {NO_COMMAND}");
        match session.start_tls_followed_by(NO_COMMAND, &offer).await? {
            StartTls::Declined(reply) => {
                self.row(Probe::Injection, &command, &reply, TestOutcome::Refused);
                return Ok(());
            }
            // What came in clear is no part of a handshake, and this server takes it for one.
            StartTls::Failed(error) => {
                self.word(Probe::Injection, &command, &error.to_string(), TestOutcome::Refused);
                return Ok(());
            }
            StartTls::Done(_) => {}
        }
        let hello = format!("EHLO {}", session.own_name());
        let first = session.command(Stage::Hello, &hello).await?;
        if first.is_positive() {
            self.word(Probe::Injection, &command, "what came before TLS was forgotten", TestOutcome::Refused);
            return Ok(());
        }
        let second = session.read_reply(Stage::Hello).await?;
        self.row(Probe::Injection, &command, &first, TestOutcome::Accepted);
        let finding = self.finding(&rules::INJECTION, &format!("{NO_COMMAND} was answered inside TLS"), &first);
        self.findings.push(finding.evidence(self.evidence(&second)));
        Ok(())
    }

    /// Sends commands that do not exist until the server has enough.
    async fn error_limit(&mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        open(session, &Offer::named(&self.peer.host), Privacy::IfOffered).await?;
        for answered in 0..MAX_ERRORS {
            let words = match session.command(Stage::Command, NO_COMMAND).await {
                Ok(_) => continue,
                Err(failure @ (Failure::Rejected { .. } | Failure::Closed { .. })) => failure.to_string(),
                Err(failure) => return Err(failure),
            };
            self.facts.error_limit = Some(answered);
            self.word(Probe::ErrorLimit, &format!("{NO_COMMAND}, {answered} times"), &words, TestOutcome::Refused);
            if answered <= FEW_ERRORS {
                let detail = format!("after {answered} bad commands: {words}");
                let measure = Evidence::limit("bad commands", answered, FEW_ERRORS as f64, "commands");
                let finding = Finding::new(&rules::ERROR_LIMIT_LOW, self.peer, measure);
                self.findings.push(finding.evidence(Evidence::reply(self.peer, &words)).detail(detail));
            }
            return Ok(());
        }
        let command = format!("{NO_COMMAND}, {MAX_ERRORS} times");
        self.word(Probe::ErrorLimit, &command, "the server went on", TestOutcome::Accepted);
        let detail = format!("{MAX_ERRORS} bad commands and no end");
        let measure = Evidence::measure("bad commands", MAX_ERRORS as f64, "commands");
        self.findings.push(Finding::new(&rules::ERROR_LIMIT_NONE, self.peer, measure).detail(detail));
        Ok(())
    }

    fn tried(&mut self, probe: Probe, tried: &Tried) -> TestOutcome {
        let outcome = answer(&tried.reply);
        self.row(probe, &tried.command, &tried.reply, outcome);
        outcome
    }

    fn row(&mut self, probe: Probe, command: &str, reply: &Reply, outcome: TestOutcome) {
        let row =
            ProbeRow { probe, command: command.to_owned(), code: Some(reply.code), reply: Some(reply.text()), outcome };
        self.facts.probes.push(row);
    }

    fn word(&mut self, probe: Probe, command: &str, words: &str, outcome: TestOutcome) {
        let (command, reply) = (command.to_owned(), Some(words.to_owned()));
        self.facts.probes.push(ProbeRow { probe, command, code: None, reply, outcome });
    }

    fn evidence(&self, reply: &Reply) -> Evidence {
        Evidence::Reply { server: self.peer.to_string(), text: reply.to_string() }
    }

    fn finding(&self, rule: &'static Rule, what: &str, reply: &Reply) -> Finding {
        Finding::new(rule, self.peer, self.evidence(reply)).detail(what)
    }

    fn find(&mut self, rule: &'static Rule, what: &str, reply: &Reply) {
        let finding = self.finding(rule, what, reply);
        self.findings.push(finding);
    }

    /// Notes that the server would not tell. A note changes no verdict, so neither does its absence.
    fn open(&mut self, rule: &'static Rule, what: &str, reply: &Reply) {
        let decisive = rule.severity != crate::report::Severity::Note;
        let open = Unclear::decisive(Reason::Rejected, self.peer, format!("{what}: {reply}"));
        self.unclear.push(Unclear { decisive, ..open });
    }
}

/// Tries an envelope and takes it back.
async fn attempt(session: &mut Session<'_>, from: &str, to: &str) -> Result<Tried, Failure> {
    let command = format!("MAIL FROM:<{from}>");
    let mail = session.command(Stage::Mail, &command).await?;
    let tried = if mail.is_positive() {
        let command = format!("RCPT TO:<{to}>");
        let reply = session.command(Stage::Rcpt, &command).await?;
        Tried { command, stage: Stage::Rcpt, reply }
    } else {
        Tried { command, stage: Stage::Mail, reply: mail }
    };
    session.command(Stage::Command, "RSET").await?;
    Ok(tried)
}

fn answer(reply: &Reply) -> TestOutcome {
    match reply.code / 100 {
        2 => TestOutcome::Accepted,
        4 => TestOutcome::Deferred,
        5 => TestOutcome::Refused,
        _ => TestOutcome::Unclear,
    }
}

/// Whether a refusal says that there is no such mailbox, or that it takes nothing.
fn is_about_the_recipient(reply: &Reply) -> bool {
    let refusal = Refusal { text: &reply.text(), reply_code: Some(reply.code), ..Refusal::default() };
    refusal.classify().cause.about() == About::Recipient
}
