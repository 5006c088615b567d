//! What has been tried so far, what comes next, and what it means. Nothing here asks anybody.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::refusals::{About, Cause, Refusal, names_a_fault};
use crate::mail::greylisting::{self, countdown};
pub use crate::net::smtp::Disposition;
use crate::net::smtp::Stage;

/// The attempts at one mailbox through one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// When the first attempt began.
    pub began: Timestamp,
    /// The attempts in order.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The time from the first attempt to this one's beginning.
    pub at: Duration,
    /// What it is for.
    pub role: Role,
    /// The sender.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// How far it came.
    pub stage: Stage,
    /// What came of it.
    pub answer: Disposition,
    /// The code of the last reply; none if there was none.
    pub code: Option<u16>,
    /// The last reply without its code, or why there was none.
    pub reply: String,
}

/// What an attempt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The same client, sender and recipient again and again.
    Replay,
    /// Another sender, new to the server.
    OtherSender,
    /// Another recipient at the same domain.
    OtherRecipient,
    /// The sender of bounces.
    NullSender,
}

/// What a server does with an unknown sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conduct {
    /// It takes the mail at once.
    None,
    /// It defers and then accepts.
    Greylisted,
    /// It defers the first connection of a client and accepts the second one, as postscreen does.
    PostscreenLike,
    /// It still defers.
    StillDeferred,
    /// It still defers, for what this client or sender is.
    DeferredForAnotherReason,
    /// It defers everybody.
    TempfailForEveryone,
    /// It says never.
    Rejected,
    /// It did not say.
    NoAnswer,
    /// With `--schedule`: a retry passes.
    SchedulePasses,
    /// With `--schedule`: no retry passes.
    ScheduleNeverPasses,
}

/// Attempts of the same client, sender and recipient at most.
pub const MAX_REPLAYS: usize = 8;
/// The first retry comes at the latest after this time.
const EARLY: Duration = Duration::from_secs(30);
/// The usual ends of greylisting, with some seconds for clocks that count in whole ones.
const USUAL: [Duration; 5] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60 + 5),
    Duration::from_secs(15 * 60 + 5),
    Duration::from_secs(30 * 60 + 5),
    Duration::from_secs(60 * 60 + 5),
];
/// Without words that name a fault, a server that defers everybody for less than this may be greylisting.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

impl Attempt {
    /// What the words of the reply blame.
    fn cause(&self) -> Cause {
        Refusal { text: &self.reply, reply_code: self.code, ..Refusal::default() }.classify().cause
    }

    /// How long the reply asks to wait.
    pub fn announced(&self) -> Option<Duration> {
        if self.answer == Disposition::Deferred { countdown(&self.reply) } else { None }
    }

    /// Whether the words speak of greylisting: by name, or by a wait that they count down.
    fn tells_of_greylisting(&self) -> bool {
        greylisting::is_named(&self.reply) || self.announced().is_some()
    }

    /// Whether a deferral names something else than a first contact.
    fn names_another_reason(&self) -> bool {
        !self.tells_of_greylisting()
            && match self.cause().about() {
                About::Client | About::Recipient | About::Message | About::Tls | About::Relaying => true,
                // Some greylists borrow the codes of a server's own trouble.
                About::Server => names_a_fault(&self.reply),
                About::Greylisting | About::Unsaid => false,
            }
    }

    /// Whether the server said something to an envelope, and not to the client alone.
    fn reached_the_envelope(&self) -> bool {
        self.stage >= Stage::Mail
    }
}

impl History {
    /// The attempts with the same client, sender and recipient.
    pub fn replays(&self) -> impl DoubleEndedIterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.role == Role::Replay)
    }

    /// The attempt of a control.
    pub fn control(&self, role: Role) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.role == role)
    }

    /// When the same attempt is due again, counted from the first one; none if the replay is over.
    pub fn next(&self, max_wait: Duration) -> Option<Duration> {
        let Some(last) = self.replays().next_back() else { return Some(Duration::ZERO) };
        let made = self.replays().count();
        if !matches!(last.answer, Disposition::Deferred | Disposition::NoAnswer)
            || made >= MAX_REPLAYS
            || last.at >= max_wait
        {
            return None;
        }
        let announced = last.announced();
        if made == 1 {
            // Early on purpose: it tells a greylist that counts from the first contact from one that passes at the
            // second, and whether it counts anew.
            let early = EARLY.min(max_wait / 4);
            return Some(last.at + announced.map_or(early, |wait| early.min(wait / 4)));
        }
        // Waiting does not mend what we are.
        if self.is_about_us() {
            return None;
        }
        if let Some(wait) = announced {
            let end = last.at + wait + margin(wait);
            return (end <= max_wait).then_some(end);
        }
        let usual = USUAL.iter().find(|usual| **usual > last.at + EARLY / 2 && **usual < max_wait);
        Some(usual.copied().unwrap_or(max_wait))
    }

    /// What the server does, now that the replay is over.
    pub fn conduct(&self) -> Conduct {
        let Some(last) = self.replays().next_back() else { return Conduct::NoAnswer };
        let mut deferrals = self.replays().filter(|attempt| attempt.answer == Disposition::Deferred);
        match last.answer {
            Disposition::Rejected => Conduct::Rejected,
            Disposition::Accepted => match deferrals.next() {
                None => Conduct::None,
                Some(first) if self.replays().count() == 2 && is_postscreen(first) => Conduct::PostscreenLike,
                // RFC 6647 §2: greylisting refuses the unknown. What names its own reason and goes by is none.
                Some(first) if first.names_another_reason() && deferrals.all(Attempt::names_another_reason) => {
                    Conduct::DeferredForAnotherReason
                }
                Some(_) => Conduct::Greylisted,
            },
            Disposition::Deferred | Disposition::NoAnswer if !deferrals.any(Attempt::reached_the_envelope) => {
                Conduct::NoAnswer
            }
            Disposition::Deferred | Disposition::NoAnswer if self.is_about_us() => Conduct::DeferredForAnotherReason,
            Disposition::Deferred | Disposition::NoAnswer if self.defers_everybody() => Conduct::TempfailForEveryone,
            Disposition::Deferred | Disposition::NoAnswer => Conduct::StillDeferred,
        }
    }

    /// The first wait that was announced.
    pub fn announced(&self) -> Option<Duration> {
        self.replays().find_map(Attempt::announced)
    }

    /// The last time at which the server still deferred.
    pub fn deferred_until(&self) -> Option<Duration> {
        self.replays().filter(|attempt| attempt.answer == Disposition::Deferred).map(|attempt| attempt.at).next_back()
    }

    /// Whether the server asked for a later time after an early retry: the end of the wait before and after.
    pub fn counts_anew(&self) -> Option<(Duration, Duration)> {
        let mut ends = self.replays().filter_map(|attempt| Some((attempt.at, attempt.at + attempt.announced()?)));
        let (_, mut end) = ends.next()?;
        for (at, later) in ends {
            // Whole seconds and rounding to minutes are no new count.
            let rounding = Duration::from_secs(if (end - at.min(end)) > Duration::from_secs(290) { 60 } else { 2 });
            if at < end && later > end + rounding {
                return Some((end, later));
            }
            end = end.max(later);
        }
        None
    }

    /// A retry that came when the announced wait was over, and was deferred all the same.
    pub fn broken_promise(&self) -> Option<&Attempt> {
        let mut promised: Option<Duration> = None;
        for attempt in self.replays() {
            if attempt.answer == Disposition::Deferred && promised.is_some_and(|end| attempt.at >= end) {
                return Some(attempt);
            }
            promised = promised.max(attempt.announced().map(|wait| attempt.at + wait));
        }
        None
    }

    /// Whether the last deferral names a fault of ours, which says nothing of what the server does with others.
    fn is_about_us(&self) -> bool {
        let mut deferrals = self.replays().filter(|attempt| attempt.answer == Disposition::Deferred);
        deferrals.next_back().is_some_and(|last| {
            // Postfix says "Client host rejected: Greylisted" where the policy is asked about the client.
            !last.tells_of_greylisting() && last.cause().about() == About::Client
        })
    }

    /// Whether nothing tells greylisting apart from a fault that meets everybody. Words about greylisting, a
    /// countdown or a single sender that gets through mean that it is none.
    fn defers_everybody(&self) -> bool {
        let all = || self.attempts.iter().filter(|attempt| attempt.answer != Disposition::NoAnswer);
        let controls = all().filter(|attempt| attempt.role != Role::Replay).count();
        let replays = self.replays().filter(|attempt| attempt.answer == Disposition::Deferred).count();
        let alike = all().all(|attempt| attempt.answer == Disposition::Deferred && !attempt.tells_of_greylisting());
        if !alike || controls == 0 || replays < 2 {
            return false;
        }
        let faulty = |attempt: &Attempt| names_a_fault(&attempt.reply);
        // RFC 3463 §3.4 and §3.5: x.3 is the mail system's own state, x.4 its network's. Some greylists borrow them.
        let system = |attempt: &Attempt| attempt.reply.starts_with("4.3.") || attempt.reply.starts_with("4.4.");
        let long = self.deferred_until().is_some_and(|until| until >= PATIENCE);
        all().all(faulty) || long && all().all(system)
    }
}

/// What a clock that counts in whole seconds, or rounds, may be late by.
fn margin(wait: Duration) -> Duration {
    (wait / 50).clamp(Duration::from_millis(200), Duration::from_secs(5))
}

/// postscreen(8) answers so to every recipient of a client whose protocol tests it has just made.
fn is_postscreen(attempt: &Attempt) -> bool {
    attempt.code == Some(450)
        && attempt.reply.starts_with("4.3.2")
        && !greylisting::is_named(&attempt.reply)
        && attempt.announced().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: &str = "4.7.1 Greylisted";
    const TEN_MINUTES: Duration = Duration::from_secs(600);

    fn history(attempts: &[(u64, Role, u16, &str)]) -> History {
        let attempt = |(at, role, code, reply): &(u64, Role, u16, &str)| Attempt {
            at: Duration::from_millis(*at),
            role: *role,
            from: "postmaster@probe.example".into(),
            to: "jane@x.example".into(),
            stage: Stage::Rcpt,
            answer: match code / 100 {
                2 => Disposition::Accepted,
                4 => Disposition::Deferred,
                _ => Disposition::Rejected,
            },
            code: Some(*code),
            reply: (*reply).into(),
        };
        History { began: Timestamp::UNIX_EPOCH, attempts: attempts.iter().map(attempt).collect() }
    }

    fn replays(said: &[(u64, u16, &str)]) -> History {
        let all: Vec<_> = said.iter().map(|(at, code, text)| (*at, Role::Replay, *code, *text)).collect();
        history(&all)
    }

    #[test]
    fn retries_come_early_then_when_announced() {
        assert_eq!(replays(&[]).next(TEN_MINUTES), Some(Duration::ZERO));
        let said = "try again in 240 seconds";
        assert_eq!(replays(&[(0, 451, said)]).next(TEN_MINUTES), Some(Duration::from_secs(30)));
        let next = replays(&[(0, 451, said), (30_000, 451, "try again in 210 seconds")]).next(TEN_MINUTES);
        assert_eq!(next, Some(Duration::from_secs(240) + Duration::from_millis(4_200)));
        // Longer than the user waits.
        assert_eq!(replays(&[(0, 451, "4.7.1 x"), (30_000, 451, "try again in 1 hour")]).next(TEN_MINUTES), None);
    }

    #[test]
    fn retries_without_announcement_come_at_the_usual_times_and_at_the_end() {
        let mut said = vec![(0, 450, NAMED)];
        let mut seen = Vec::new();
        while let Some(next) = replays(&said).next(Duration::from_secs(86_400)) {
            seen.push(next.as_secs());
            said.push((u64::try_from(next.as_millis()).expect("small") + 20, 450, NAMED));
        }
        assert_eq!(seen, [30, 60, 305, 905, 1_805, 3_605, 86_400]);
        assert_eq!(replays(&[(0, 450, NAMED)]).next(Duration::from_millis(400)), Some(Duration::from_millis(100)));
    }

    #[test]
    fn at_most_eight_attempts_of_a_tuple() {
        let said: Vec<_> = (0..8).map(|number| (number * 1_000, 450, NAMED)).collect();
        assert_eq!(replays(&said).next(Duration::from_secs(86_400)), None);
    }

    #[test]
    fn conduct_follows_the_answers() {
        assert_eq!(replays(&[(0, 250, "ok")]).conduct(), Conduct::None);
        assert_eq!(replays(&[(0, 550, "no")]).conduct(), Conduct::Rejected);
        assert_eq!(replays(&[(0, 450, NAMED), (9, 250, "ok")]).conduct(), Conduct::Greylisted);
        assert_eq!(replays(&[(0, 450, NAMED), (9, 550, "no")]).conduct(), Conduct::Rejected);
        let postscreen = "4.3.2 Service currently unavailable";
        assert_eq!(replays(&[(0, 450, postscreen), (9, 250, "ok")]).conduct(), Conduct::PostscreenLike);
        let later = [(0, 450, postscreen), (9, 450, postscreen), (99, 250, "ok")];
        assert_eq!(replays(&later).conduct(), Conduct::Greylisted);
        assert_eq!(replays(&[(0, 450, NAMED), (9, 450, NAMED)]).conduct(), Conduct::StillDeferred);
    }

    #[test]
    fn a_reason_of_its_own_is_no_greylisting_even_if_it_goes_by() {
        for said in ["4.3.1 Insufficient system resources (UsedDiskSpace)", "4.2.2 Mailbox full"] {
            let conduct = replays(&[(0, 452, said), (9, 250, "ok")]).conduct();
            assert_eq!(conduct, Conduct::DeferredForAnotherReason, "{said}");
        }
        for said in ["4.7.1 Client host rejected: Greylisted", "4.3.0 try again later", "Please try later"] {
            assert_eq!(replays(&[(0, 451, said), (9, 250, "ok")]).conduct(), Conduct::Greylisted, "{said}");
        }
    }

    #[test]
    fn only_a_fault_in_words_or_for_minutes_makes_a_tempfail() {
        let everybody = |at: u64, text: &str| {
            let attempts =
                [(0, Role::Replay, 451, text), (at, Role::Replay, 451, text), (at, Role::OtherSender, 451, text)];
            history(&attempts).conduct()
        };
        assert_eq!(everybody(500, "4.3.0 Temporary lookup failure"), Conduct::TempfailForEveryone);
        assert_eq!(everybody(500, "4.3.2 Try again later"), Conduct::StillDeferred);
        assert_eq!(everybody(600_000, "4.3.2 Try again later"), Conduct::TempfailForEveryone);
        // OpenBSD spamd greylists for 25 minutes with these words.
        assert_eq!(everybody(600_000, "Temporary failure, please try again later."), Conduct::StillDeferred);
        assert_eq!(everybody(600_000, "4.3.2 Greylisted"), Conduct::StillDeferred);
        assert_eq!(everybody(600_000, "4.3.2 Server error, try again in 5 minutes"), Conduct::StillDeferred);
        let fault = "4.3.0 Temporary lookup failure";
        let ours = "4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]";
        assert_eq!(everybody(600_000, ours), Conduct::DeferredForAnotherReason);
        let spared = [(0, Role::Replay, 451, fault), (9, Role::Replay, 451, fault), (9, Role::OtherSender, 250, "ok")];
        assert_eq!(history(&spared).conduct(), Conduct::StillDeferred);
    }

    #[test]
    fn refusal_of_the_client_alone_says_nothing() {
        let mut history = replays(&[(0, 421, "4.7.0 busy"), (9, 421, "4.7.0 busy")]);
        history.attempts.iter_mut().for_each(|attempt| attempt.stage = Stage::Greeting);
        assert_eq!(history.conduct(), Conduct::NoAnswer);
    }

    #[test]
    fn count_that_begins_anew_is_told_from_rounding() {
        let anew = replays(&[(0, 451, "try again in 240 seconds"), (30_000, 451, "try again in 240 seconds")]);
        assert!(anew.counts_anew().is_some());
        let rounded = replays(&[(0, 451, "try again in 6 minutes"), (30_000, 451, "try again in 6 minutes")]);
        assert!(rounded.counts_anew().is_none(), "a minute's rounding");
        let down = replays(&[(0, 451, "try again in 240 seconds"), (30_000, 451, "try again in 210 seconds")]);
        assert!(down.counts_anew().is_none());
        let late = replays(&[(0, 451, "try again in 2 seconds"), (3_000, 451, "try again in 60 seconds")]);
        assert!(late.counts_anew().is_none() && late.broken_promise().is_some());
        assert!(down.broken_promise().is_none());
    }
}
