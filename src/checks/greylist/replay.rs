//! The same client, sender and recipient again and again, and controls when that is over.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

use super::facts::{AttemptRow, Facts, Key, Unreachable, seconds};
use super::history::{Attempt, Conduct, Disposition, History, Role};
use super::state::{Server, State};
use super::{NamedBy, judge};
use crate::checks::Outcome;
use crate::checks::dialogue::{self, Dial, Judgement, Standing};
use crate::names::target::Target;
use crate::net::smtp::{Entry, Envelope, Failure, Handover, Peer, Stage, Transcript};
use crate::net::{Net, clock};
use crate::report::{Reason, Unclear, millis};

/// What is replayed.
pub(super) struct Replay<'a> {
    pub(super) sender: &'a str,
    pub(super) recipient: String,
    pub(super) data: bool,
    pub(super) named_by: NamedBy,
    pub(super) max_wait: Duration,
    pub(super) state: Option<&'a Path>,
    pub(super) net: &'a Net,
}

/// A replay under way.
struct Course {
    peer: Peer,
    history: History,
    /// The transcripts of the attempts that this run has made, by their place in the history.
    transcripts: Vec<(usize, Vec<Entry>)>,
    /// Why the last attempt broke off.
    failure: Option<Failure>,
    clock: Clock,
    finished: bool,
}

/// The time since a first attempt, which an earlier run may have made. It does not jump while a run is on.
#[derive(Debug, Clone, Copy)]
struct Clock {
    base: Duration,
    started: Instant,
}

/// Servers that are tried until one answers.
const MAX_PEERS: usize = 4;

impl Clock {
    fn since(began: Timestamp, net: &Net) -> Self {
        let base = Duration::try_from(net.clock.time().duration_since(began)).unwrap_or_default();
        Clock { base, started: clock::now() }
    }

    /// In whole milliseconds, as a state file has it.
    fn elapsed(&self) -> Duration {
        Duration::from_millis(millis(self.base + clock::elapsed(self.started)))
    }
}

impl Replay<'_> {
    pub(super) async fn run(
        &self,
        target: &Target,
        dial: &Dial,
        state: Option<State>,
    ) -> Result<Outcome<Facts>, Unclear> {
        let hosts = self.net.mail_hosts(target, dial.route(), dial.port).await;
        let hosts = hosts.map_err(|error| error.unclear(&self.recipient))?;
        if hosts.null_mx {
            let why = "the domain says that it takes no mail (RFC 7505)";
            return Err(Unclear::decisive(Reason::NotApplicable, &self.recipient, why));
        }
        let peers: Vec<&Peer> = hosts.hosts.iter().flat_map(|host| &host.peers).collect();
        if peers.is_empty() {
            let failed = hosts.hosts.iter().flat_map(|host| &host.failed).next();
            return Err(match failed {
                Some(error) => error.unclear(&self.recipient),
                None => Unclear::decisive(Reason::Unreachable, &self.recipient, "no mail host has an address"),
            });
        }
        let (mut course, failed) = match state {
            Some(state) => (self.go_on(state, &peers)?, Vec::new()),
            None => match self.begin(&peers).await {
                (Some(begun), failed) => (begun, failed),
                (None, failed) => return Ok(self.nobody_answered(&failed, &peers)),
            },
        };
        self.keep(&course)?;
        let due = self.replay(&mut course).await?;
        if due.is_none() && !course.finished {
            self.controls(&mut course).await;
            course.finished = true;
            self.keep(&course)?;
        }
        let mut outcome = self.outcome(course, due, &failed, &peers);
        // Another host answers, so these decide nothing.
        let unreachable = failed.iter().map(|(peer, failure)| Unclear { decisive: false, ..failure.unclear(peer) });
        outcome.unclear.extend(unreachable);
        Ok(outcome)
    }

    /// Makes the first attempt, at the first server that answers; and those that did not.
    async fn begin(&self, peers: &[&Peer]) -> (Option<Course>, Vec<(Peer, Failure)>) {
        let mut failed = Vec::new();
        for peer in peers.iter().take(MAX_PEERS) {
            let began = self.net.clock.time();
            let clock = Clock::since(began, self.net);
            let message = self.data.then(|| self.message(began));
            let tried = self.attempt(peer, self.sender, &self.recipient, message.as_deref()).await;
            if let Some(failure) = tried.failure {
                failed.push(((*peer).clone(), failure));
                continue;
            }
            let history = History { began, attempts: Vec::new() };
            let peer = (*peer).clone();
            let mut course = Course { peer, history, transcripts: Vec::new(), failure: None, clock, finished: false };
            course.push(Duration::ZERO, Role::Replay, self.sender, &self.recipient, tried);
            return (Some(course), failed);
        }
        (None, failed)
    }

    /// Goes on where an earlier run ended.
    fn go_on(&self, state: State, peers: &[&Peer]) -> Result<Course, Unclear> {
        let Some(peer) = peers.iter().find(|peer| Server::of(peer) == state.server) else {
            let Server { host, address, port } = &state.server;
            let why = format!("{host} [{address}]:{port}, where the first attempt went, is no mail host any more");
            return Err(Unclear::decisive(Reason::NotApplicable, &self.recipient, why));
        };
        let clock = Clock::since(state.history.began, self.net);
        Ok(Course {
            peer: (*peer).clone(),
            history: state.history,
            transcripts: Vec::new(),
            failure: None,
            clock,
            finished: state.finished,
        })
    }

    /// Replays until the history says that it is over, or with a state file until the next attempt is not due yet:
    /// when it will be.
    async fn replay(&self, course: &mut Course) -> Result<Option<Duration>, Unclear> {
        if course.finished {
            return Ok(None);
        }
        while let Some(due) = course.history.next(self.max_wait) {
            let left = due.saturating_sub(course.clock.elapsed());
            if !left.is_zero() {
                if self.state.is_some() {
                    return Ok(Some(due));
                }
                self.net.waits.wait(left, &why(&course.history)).await;
            }
            let at = course.clock.elapsed();
            let message = self.data.then(|| self.message(course.history.began));
            let tried = self.attempt(&course.peer, self.sender, &self.recipient, message.as_deref()).await;
            course.push(at, Role::Replay, self.sender, &self.recipient, tried);
            self.keep(course)?;
        }
        Ok(None)
    }

    /// Other senders and recipients, once each.
    async fn controls(&self, course: &mut Course) {
        let conduct = course.history.conduct();
        let last = course.history.replays().next_back();
        // Controls end at RCPT, so they tell nothing of what is done behind the message.
        let at_rcpt = last.is_some_and(|last| last.stage <= Stage::Rcpt);
        let roles: &[Role] = match conduct {
            Conduct::None => &[Role::OtherSender],
            Conduct::Greylisted | Conduct::PostscreenLike | Conduct::StillDeferred if at_rcpt => {
                &[Role::OtherSender, Role::OtherRecipient, Role::NullSender]
            }
            _ => &[],
        };
        for role in roles {
            let Some((from, to)) = self.control(*role, &course.peer) else { continue };
            let at = course.clock.elapsed();
            let tried = self.attempt(&course.peer, &from, &to, None).await;
            let broke_off = tried.answer == Disposition::NoAnswer;
            course.push(at, *role, &from, &to, tried);
            // Whoever holds one dialogue up would hold the next one up, too.
            if broke_off {
                return;
            }
        }
    }

    /// The envelope of a control; none if it makes no sense or may not be sent.
    fn control(&self, role: Role, peer: &Peer) -> Option<(String, String)> {
        match role {
            Role::Replay => None,
            Role::OtherSender => {
                let (_, domain) = self.sender.rsplit_once('@')?;
                let token: u32 = rand::rng().random();
                Some((format!("spamcheck-probe-{token:08x}@{domain}"), self.recipient.clone()))
            }
            Role::OtherRecipient => {
                let (local_part, domain) = self.recipient.rsplit_once('@')?;
                // RFC 5321 §4.5.1 and RFC 2142 §4: these exist wherever mail is taken.
                let other = if local_part.eq_ignore_ascii_case("postmaster") { "abuse" } else { "postmaster" };
                Some((self.sender.to_owned(), format!("{other}@{domain}")))
            }
            Role::NullSender => {
                let allowed = self.net.smtp.courtesy.may_probe(peer).is_ok() && !self.sender.is_empty();
                allowed.then(|| (String::new(), self.recipient.clone()))
            }
        }
    }

    async fn attempt(&self, peer: &Peer, from: &str, to: &str, message: Option<&str>) -> Handover {
        if (message.is_some() || from.is_empty() || self.named_by == NamedBy::Audit)
            && let Err(failure) = self.net.smtp.courtesy.may_probe(peer)
        {
            return Handover::never(failure);
        }
        Envelope::new(from, to).hand_over(peer, message, self.net).await
    }

    /// The same message at every attempt, since some greylists look at it.
    fn message(&self, began: Timestamp) -> String {
        let domain = self.sender.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let from = if self.sender.is_empty() { format!("postmaster@{domain}") } else { self.sender.to_owned() };
        let date = began.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let lines = [
            format!("From: <{from}>"),
            format!("To: <{}>", self.recipient),
            "Subject: Test of greylisting".to_owned(),
            format!("Date: {date}"),
            format!("Message-ID: <spamcheck-probe-{:x}@{domain}>", began.as_millisecond()),
            "Auto-Submitted: auto-generated".to_owned(),
            "MIME-Version: 1.0".to_owned(),
            "Content-Type: text/plain; charset=us-ascii".to_owned(),
            String::new(),
            "This message was sent by \"spamcheck greylist --data\" to learn whether and for".to_owned(),
            "how long the server defers mail of unknown senders. It can be deleted.".to_owned(),
        ];
        lines.iter().map(|line| format!("{line}\r\n")).collect()
    }

    /// Writes the state file, if there is to be one.
    fn keep(&self, course: &Course) -> Result<(), Unclear> {
        let Some(path) = self.state else { return Ok(()) };
        let state = State {
            sender: self.sender.to_owned(),
            recipient: self.recipient.clone(),
            data: self.data,
            server: Server::of(&course.peer),
            history: course.history.clone(),
            finished: course.finished,
        };
        state.save(path).map_err(|error| {
            let why = format!("--state {} cannot be written: {error}", path.display());
            Unclear::decisive(Reason::Input, &self.recipient, why)
        })
    }

    fn outcome(
        &self,
        course: Course,
        due: Option<Duration>,
        failed: &[(Peer, Failure)],
        peers: &[&Peer],
    ) -> Outcome<Facts> {
        let Course { peer, history, mut transcripts, failure, clock, .. } = course;
        // With a state file the end may not have come yet.
        let conduct = if due.is_some() { Conduct::StillDeferred } else { history.conduct() };
        let (findings, mut unclear) = match due {
            Some(_) => (Vec::new(), Vec::new()),
            None => judge::judge(&history, conduct, &self.recipient, &peer, failure.as_ref()),
        };
        let mut next_at = None;
        let mut next_in = None;
        if let Some(due) = due {
            let at = SignedDuration::try_from(due).ok().and_then(|due| history.began.checked_add(due).ok());
            // Rounded up, so that whoever comes at this second is not too early.
            let at = at.and_then(|at| Timestamp::from_second(at.as_second() + 1).ok());
            next_at = at.map(|at| at.to_string());
            next_in = Some(due.saturating_sub(clock.elapsed()));
            unclear.push(judge::not_due(&history, &self.recipient, next_at.as_deref().unwrap_or_default()));
        }
        let last = history.replays().next_back();
        let rows = history.attempts.iter().enumerate().map(|(index, attempt)| {
            let place = transcripts.iter().position(|(of, _)| *of == index);
            let transcript = place.map(|place| transcripts.swap_remove(place).1).unwrap_or_default();
            AttemptRow::of(attempt, transcript)
        });
        let attempts = rows.collect();
        let facts = Facts {
            outcome: conduct,
            recipient: Some(self.recipient.clone()),
            sender: Some(self.sender.to_owned()),
            server: Some(peer.to_string()),
            unreachable: unreachable(failed),
            others: others(peers, failed, Some(&peer)),
            waited_s: last.map_or(0.0, |last| seconds(last.at)),
            deferred_until_s: history.deferred_until().map(seconds),
            announced_s: history.announced().map(|wait| wait.as_secs()),
            next_at,
            next_in_s: next_in.map(seconds),
            key: Key::of(&history, conduct),
            attempts,
            schedule: None,
        };
        Outcome { facts, findings, unclear }
    }

    /// None of the servers could be talked to.
    fn nobody_answered(&self, failed: &[(Peer, Failure)], peers: &[&Peer]) -> Outcome<Facts> {
        let (mut findings, mut unclear) = (Vec::new(), Vec::new());
        for (peer, failure) in failed {
            match dialogue::broken_off(failure, peer, Standing::Alone, &Transcript::begin(), self.net) {
                Judgement::Finding(finding) => findings.push(finding),
                Judgement::Unclear(entry) => unclear.push(entry),
            }
        }
        let facts = Facts {
            outcome: Conduct::NoAnswer,
            recipient: Some(self.recipient.clone()),
            sender: Some(self.sender.to_owned()),
            server: None,
            unreachable: unreachable(failed),
            others: others(peers, failed, None),
            waited_s: 0.0,
            deferred_until_s: None,
            announced_s: None,
            next_at: None,
            next_in_s: None,
            key: Key::default(),
            attempts: Vec::new(),
            schedule: None,
        };
        Outcome { facts, findings, unclear }
    }
}

impl Course {
    fn push(&mut self, at: Duration, role: Role, from: &str, to: &str, tried: Handover) {
        let Handover { stage, answer, code, reply, failure, transcript, .. } = tried;
        self.failure = failure;
        self.transcripts.push((self.history.attempts.len(), transcript));
        let (from, to) = (from.to_owned(), to.to_owned());
        self.history.attempts.push(Attempt { at, role, from, to, stage, answer, code, reply });
    }
}

fn unreachable(failed: &[(Peer, Failure)]) -> Vec<Unreachable> {
    failed.iter().map(|(peer, failure)| Unreachable { server: peer.to_string(), why: failure.to_string() }).collect()
}

/// The servers that nobody has dialled.
fn others(peers: &[&Peer], failed: &[(Peer, Failure)], tried: Option<&Peer>) -> Vec<String> {
    let is_other = |peer: &&&Peer| Some(**peer) != tried && !failed.iter().any(|(failed, _)| failed == **peer);
    peers.iter().filter(is_other).map(ToString::to_string).collect()
}

/// Why the next attempt is not made at once, for whoever looks on.
fn why(history: &History) -> String {
    match history.replays().next_back() {
        Some(Attempt { answer: Disposition::NoAnswer, .. }) => "the last attempt got no answer".to_owned(),
        Some(last) => {
            // A line is short; the codes tell a person the least.
            let words = last.reply.trim_start_matches(|next: char| next.is_ascii_digit() || next == '.').trim_start();
            format!("the server said \"{}\"", words.chars().take(80).collect::<String>())
        }
        None => String::new(),
    }
}
