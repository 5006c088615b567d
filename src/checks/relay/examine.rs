//! One server's answers to every form, in clear and inside TLS.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::domains::{Domains, own_domain};
use super::facts::{Class, FormOutcome, FormRow, HostFacts};
use super::forms::{Envelope, Names, listed};
use super::replies::{is_about_relaying, refusal};
use super::token::{Path, Token};
use crate::checks::dialogue::random_local_part;
use crate::names::domain::Domain;
use crate::net::smtp::opening::{Privacy, open};
use crate::net::smtp::{self, Failure, Hello, Peer, Reply, Session, Stage};
use crate::net::tls::Offer;
use crate::net::{Net, clock};
use crate::report::{Reason, Unclear};

/// The time for all servers of a target, as a multiple of that of one reply.
pub(super) const REPLIES: u32 = 10;
/// Forms that are asked in one connection. Servers count refusals and hang up: Postfix after 20, Exim after a few
/// that it cannot parse.
const BATCH: usize = 8;
/// Connections in a row that may end without an answer to any form.
const MAX_FRUITLESS: u32 = 2;
/// Messages that are sent at most in a run.
pub(super) const MAX_MESSAGES: usize = 3;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Request {
    /// Our own address.
    pub(super) mail_from: String,
    /// The recipient elsewhere.
    pub(super) rcpt_to: String,
    /// Whether messages are sent, to a mailbox of the user's.
    pub(super) sends: bool,
    /// Messages sent so far.
    pub(super) sent: AtomicUsize,
}

/// One server under examination.
pub(super) struct Examination<'a> {
    pub(super) facts: HostFacts,
    pub(super) forms: Vec<FormRow>,
    pub(super) unclear: Vec<Unclear>,
    /// Whether this machine has no way there.
    pub(super) has_no_route: bool,
    request: &'a Request,
    domains: Domains,
    /// Whether a recipient that nobody has is taken too, by the domain it is at; the empty one is none.
    takes_anybody: HashMap<String, bool>,
    peer: &'a Peer,
    net: &'a Net,
    until: Instant,
    /// What the server said to mail for a domain of its own.
    control: Option<Reply>,
    offers_starttls: bool,
}

/// Why a server is asked no more.
enum End {
    /// It has said all there is to say.
    Told,
    /// It would not go on.
    Failed(Failure),
}

impl<'a> Examination<'a> {
    pub(super) fn new(
        preference: Option<u16>,
        peer: &'a Peer,
        domains: Domains,
        request: &'a Request,
        until: Instant,
        net: &'a Net,
    ) -> Self {
        let facts = HostFacts {
            host: peer.host.clone(),
            preference,
            address: peer.address,
            port: peer.port,
            class: Class::Unclear,
            control: None,
            forms: 0,
            transcript: Vec::new(),
        };
        Examination {
            facts,
            forms: Vec::new(),
            unclear: Vec::new(),
            has_no_route: false,
            request,
            domains,
            takes_anybody: HashMap::new(),
            peer,
            net,
            until,
            control: None,
            offers_starttls: false,
        }
    }

    /// Asks for every form, then says what the server is.
    pub(super) async fn run(&mut self) {
        if let Err(failure) = self.net.smtp.courtesy.may_probe(self.peer) {
            self.unclear.push(failure.unclear(self.peer));
            return;
        }
        let implicit = self.peer.security == crate::net::smtp::Security::Implicit;
        let mut end = if implicit { None } else { self.path(Path::Clear).await };
        if end.is_none() && (implicit || self.offers_starttls) {
            end = self.path(Path::Tls).await;
        }
        let failure = match end {
            Some(End::Failed(failure)) => Some(failure),
            Some(End::Told) | None => None,
        };
        self.has_no_route = matches!(failure, Some(Failure::NoRoute { .. }));
        self.conclude(failure);
    }

    /// Asks for every form on one path.
    async fn path(&mut self, path: Path) -> Option<End> {
        let mut pending: Option<Vec<Envelope>> = None;
        let mut fruitless = 0;
        loop {
            let left = self.until.saturating_duration_since(clock::now().into());
            if left < Duration::from_millis(1) {
                let limit = self.net.smtp.timeout * REPLIES;
                return Some(End::Failed(Failure::TooLong { stage: Stage::Command, limit }));
            }
            let mut session = Session::new(self.peer, self.net).within(left);
            let before = pending.as_ref().map(Vec::len);
            let ended = self.connection(&mut session, path, &mut pending).await;
            session.quit().await;
            self.facts.transcript.extend_from_slice(session.transcript.entries());
            let went_on = pending.as_ref().map(Vec::len) != before;
            match ended {
                Ok(None) if pending.as_ref().is_some_and(Vec::is_empty) => return None,
                Ok(None) => fruitless = 0,
                Ok(Some(Stop::Path)) => return None,
                Ok(Some(Stop::Host)) => return Some(End::Told),
                // Some servers hang up after a few refusals, with 421 or without: that ends the connection and not the
                // server's readiness for the next one (RFC 5321 §3.8).
                Err(failure) if is_hangup(&failure) && went_on => fruitless = 0,
                Err(failure) if is_hangup(&failure) => {
                    fruitless += 1;
                    if fruitless >= MAX_FRUITLESS {
                        return Some(End::Failed(failure));
                    }
                }
                // The limit is that of the server, not what was left of it for this connection.
                Err(Failure::TooLong { stage, .. }) => {
                    let limit = self.net.smtp.timeout * REPLIES;
                    return Some(End::Failed(Failure::TooLong { stage, limit }));
                }
                Err(failure) => return Some(End::Failed(failure)),
            }
        }
    }

    /// Asks for some forms in one connection; those that were answered leave `pending`.
    async fn connection(
        &mut self,
        session: &mut Session<'_>,
        path: Path,
        pending: &mut Option<Vec<Envelope>>,
    ) -> Result<Option<Stop>, Failure> {
        let privacy = if path == Path::Tls { Privacy::IfOffered } else { Privacy::InClear };
        let hello = open(session, &Offer::named(&self.peer.host), privacy).await?;
        if path == Path::Tls && !session.is_private() {
            // STARTTLS was offered and is refused now; the tls check has its say about that.
            return Ok(Some(Stop::Path));
        }
        self.offers_starttls |= path == Path::Clear && hello.offers_starttls();
        if self.control.is_none() {
            self.control(session, &hello).await?;
        }
        let names = self.names(&hello);
        let envelopes = pending.get_or_insert_with(|| names.envelopes());
        self.facts.forms = self.facts.forms.max(envelopes.len());
        for _ in 0..BATCH {
            let Some(envelope) = envelopes.first().cloned() else { return Ok(None) };
            let row = self.ask(session, path, &envelope).await?;
            let outcome = row.outcome;
            self.forms.push(row);
            envelopes.remove(0);
            match outcome {
                FormOutcome::AuthRequired => return Ok(Some(Stop::Host)),
                FormOutcome::TlsRequired => return Ok(Some(Stop::Path)),
                // The connection is gone; the next form needs another one.
                _ if session.is_over() => return Ok(None),
                _ => {}
            }
            session.command(Stage::Command, "RSET").await?;
        }
        Ok(None)
    }

    /// An envelope for a domain of the server's own, to see whether it talks to us at all, and for which domain it
    /// receives if that is not known.
    async fn control(&mut self, session: &mut Session<'_>, hello: &Hello) -> Result<(), Failure> {
        let mut reply = session.command(Stage::Mail, &format!("MAIL FROM:<{}>", self.request.mail_from)).await?;
        if reply.is_positive() {
            for (domain, recipient) in self.domains.controls(hello, self.request) {
                reply = session.command(Stage::Rcpt, &format!("RCPT TO:<{recipient}>")).await?;
                if reply.is_positive() {
                    self.domains.settle(domain);
                    break;
                }
            }
        }
        session.command(Stage::Command, "RSET").await?;
        self.facts.control = Some(reply.to_string());
        self.control = Some(reply);
        Ok(())
    }

    /// Whether a recipient's own domain takes any local part (RFC 5321 §2.3.11: what it means is the host's own
    /// affair): then it proves nothing that it takes one with a detour in it.
    async fn takes_anybody(&mut self, session: &mut Session<'_>, domain: &str) -> Result<bool, Failure> {
        if let Some(known) = self.takes_anybody.get(domain) {
            return Ok(*known);
        }
        let mut nobody = random_local_part();
        if !domain.is_empty() {
            nobody = format!("{nobody}@{domain}");
        }
        let mail = session.command(Stage::Mail, &format!("MAIL FROM:<{}>", self.request.mail_from)).await?;
        let takes =
            mail.is_positive() && session.command(Stage::Rcpt, &format!("RCPT TO:<{nobody}>")).await?.is_positive();
        session.command(Stage::Command, "RSET").await?;
        self.takes_anybody.insert(domain.to_owned(), takes);
        Ok(takes)
    }

    /// Asks for one form: MAIL, RCPT and DATA, where the connection is dropped unless a message is to be sent.
    async fn ask(&mut self, session: &mut Session<'_>, path: Path, envelope: &Envelope) -> Result<FormRow, Failure> {
        let Envelope { form, from, to } = envelope;
        let (request, peer) = (self.request, self.peer);
        let row = |stage: Stage, reply: &Reply, outcome: FormOutcome, token: Option<String>| FormRow {
            host: peer.host.clone(),
            address: peer.address,
            path,
            form: *form,
            from: from.clone(),
            to: to.clone(),
            stage,
            code: Some(reply.code),
            reply: Some(reply.text()),
            outcome,
            token,
        };
        let refused = |(stage, reply): (Stage, Reply)| {
            (!reply.is_positive()).then(|| row(stage, &reply, refusal(&reply).unwrap_or(FormOutcome::Unclear), None))
        };
        if let Some(row) = refused(propose(session, from, to).await?) {
            return Ok(row);
        }
        let mut accepted = FormOutcome::Suspect;
        if let Some(domain) = own_domain(to, &request.rcpt_to) {
            session.command(Stage::Command, "RSET").await?;
            if self.takes_anybody(session, domain).await? {
                accepted = FormOutcome::TakenAsOwn;
            }
            if let Some(row) = refused(propose(session, from, to).await?) {
                return Ok(row);
            }
        }
        let reply = session.command(Stage::Data, "DATA").await?;
        match refusal(&reply) {
            Some(FormOutcome::Refused) => return Ok(row(Stage::Data, &reply, FormOutcome::RefusedAtData, None)),
            Some(other) => return Ok(row(Stage::Data, &reply, other, None)),
            // A server that answers out of turn says 250 here, to something else.
            None if reply.code != 354 => return Ok(row(Stage::Data, &reply, FormOutcome::Unclear, None)),
            None => {}
        }
        let may_send = request.sends && request.sent.fetch_add(1, Ordering::Relaxed) < MAX_MESSAGES;
        if !may_send {
            // RFC 5321 §3.8: a server that loses the connection here must act as if nothing had come.
            session.hang_up().await;
            return Ok(row(Stage::Data, &reply, accepted, None));
        }
        let token = Token { form: *form, path, address: self.peer.address, random: rand::random() };
        let message = self.message(&token);
        session.send(Stage::Message, message.as_bytes()).await?;
        let reply = session.read_reply(Stage::Message).await?;
        Ok(match refusal(&reply) {
            Some(FormOutcome::Refused) => row(Stage::Message, &reply, FormOutcome::RefusedAtData, None),
            Some(other) => row(Stage::Message, &reply, other, None),
            None if !reply.is_positive() => row(Stage::Message, &reply, FormOutcome::Unclear, None),
            None => row(Stage::Message, &reply, accepted, Some(token.to_string())),
        })
    }

    /// A message that says what it is. No line of it begins with a dot.
    fn message(&self, token: &Token) -> String {
        let Request { mail_from, rcpt_to, .. } = self.request;
        let date = self.net.clock.time().strftime("%a, %d %b %Y %H:%M:%S +0000");
        let domain = mail_from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let lines = [
            format!("From: <{mail_from}>"),
            format!("To: <{rcpt_to}>"),
            format!("Subject: spamcheck relay test {token}"),
            format!("Date: {date}"),
            format!("Message-ID: <{token}@{domain}>"),
            "Auto-Submitted: auto-generated".to_owned(),
            "MIME-Version: 1.0".to_owned(),
            "Content-Type: text/plain; charset=us-ascii".to_owned(),
            String::new(),
            "This is a test whether a mail server relays mail for strangers. It was sent by".to_owned(),
            "spamcheck at the wish of the owner of this mailbox, through the server".to_owned(),
            format!("{}", self.peer),
            format!("as form {} {}.", token.form, token.path.as_words()),
            String::new(),
            "If you can read this, the server passed it on. Say so with".to_owned(),
            format!("spamcheck relay --arrived {token}"),
            "to see what that means. If you did not ask for this test, please tell the".to_owned(),
            "sender of this message.".to_owned(),
            ".".to_owned(),
        ];
        lines.iter().map(|line| format!("{line}\r\n")).collect()
    }

    fn names(&self, hello: &Hello) -> Names {
        let split = |address: &str| {
            let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
            (local.to_owned(), domain.to_owned())
        };
        let (from_local, from_domain) = split(&self.request.mail_from);
        let (to_local, to_domain) = split(&self.request.rcpt_to);
        // What the server says goes into commands only if it is a name.
        let named = hello.name().parse::<Domain>().ok().map(|name| name.to_string());
        let server = named.unwrap_or_else(|| self.peer.host.clone());
        let local_domain = self.domains.known().map_or_else(|| server.clone(), ToString::to_string);
        let address = self.peer.address;
        Names { from_local, from_domain, to_local, to_domain, local_domain, server, address }
    }

    /// What the server is, and which questions stay open.
    fn conclude(&mut self, failure: Option<Failure>) {
        let has = |outcome: FormOutcome| self.forms.iter().any(|row| row.outcome == outcome);
        let open = match (&failure, self.refused_otherwise()) {
            (Some(failure), _) => {
                let asked = self.forms.len();
                let open = failure.unclear(self.peer);
                let detail = format!("{}; {asked} forms had been answered", open.detail);
                Some(if asked > 0 { Unclear { detail, ..open } } else { open })
            }
            (None, _) if has(FormOutcome::AuthRequired) => None,
            (None, Some(words)) => {
                let why = format!("refused for another reason than relaying: {words}");
                Some(Unclear::decisive(Reason::Rejected, self.peer, why))
            }
            (None, None) if has(FormOutcome::TlsRequired) && !self.forms.iter().any(|row| row.path == Path::Tls) => {
                Some(Unclear::decisive(Reason::Rejected, self.peer, "TLS is required and could not be begun"))
            }
            (None, None) if has(FormOutcome::TakenAsOwn) && !has(FormOutcome::Suspect) => {
                let taken = self.forms.iter().filter(|row| row.outcome == FormOutcome::TakenAsOwn);
                let rows: Vec<_> = taken.map(|row| (row.form, row.path)).collect();
                let why = format!(
                    "forms {} were taken, and so is a recipient there that nobody has: whether they are passed on, only \
                     a message shows (--send)",
                    listed(&rows)
                );
                Some(Unclear::decisive(Reason::Unproven, self.peer, why))
            }
            (None, None) => self.forms.iter().find(|row| row.outcome == FormOutcome::Unclear).map(|row| {
                let words = format!("{} {}", row.code.unwrap_or_default(), row.reply.as_deref().unwrap_or_default());
                let why = format!("form {} was answered out of turn: {words}", row.form);
                Unclear::decisive(Reason::Malformed, self.peer, why)
            }),
        };
        let deferred = self.forms.iter().find(|row| row.outcome == FormOutcome::Deferred);
        self.facts.class = if has(FormOutcome::Suspect) {
            Class::Suspect
        } else if open.is_some() {
            Class::Unclear
        } else if has(FormOutcome::AuthRequired) {
            Class::AuthRequired
        } else if deferred.is_some() {
            Class::Deferred
        } else if has(FormOutcome::RefusedAtData) {
            Class::RefusedAtData
        } else {
            Class::Closed
        };
        if let Some(row) = deferred.filter(|_| open.is_none()) {
            let number = self.forms.iter().filter(|row| row.outcome == FormOutcome::Deferred).count();
            let words = format!("{} {}", row.code.unwrap_or_default(), row.reply.as_deref().unwrap_or_default());
            let why = format!("{number} forms were put off: {words}");
            self.unclear.push(Unclear::decisive(Reason::Rejected, self.peer, why));
        }
        self.unclear.extend(open);
    }

    /// What the server said, if it refuses everything from us and does not speak of relaying.
    fn refused_otherwise(&self) -> Option<String> {
        let talks = self.control.as_ref().is_some_and(Reply::is_positive);
        let refused = || self.forms.iter().filter(|row| row.outcome == FormOutcome::Refused);
        let all = refused().count() == self.forms.len();
        if talks || !all || refused().any(|row| row.reply.as_deref().is_some_and(is_about_relaying)) {
            return None;
        }
        refused()
            .next()
            .map(|row| format!("{} {}", row.code.unwrap_or_default(), row.reply.as_deref().unwrap_or_default()))
    }
}

/// Says MAIL, and RCPT if that is taken: the last reply, and to what it was.
async fn propose(session: &mut Session<'_>, from: &str, to: &str) -> Result<(Stage, Reply), Failure> {
    let envelope = smtp::Envelope::new(from, to);
    let mail = envelope.mail(session).await?;
    if !mail.is_positive() {
        return Ok((Stage::Mail, mail));
    }
    Ok((Stage::Rcpt, envelope.rcpt(session).await?))
}

/// Whether the server ended this connection and nothing else.
fn is_hangup(failure: &Failure) -> bool {
    match failure {
        Failure::Closed { .. } => true,
        Failure::Rejected { stage, reply } => reply.code == 421 && *stage > Stage::Hello,
        _ => false,
    }
}

/// How far to go on.
enum Stop {
    /// This path says no more.
    Path,
    /// The server says no more.
    Host,
}
