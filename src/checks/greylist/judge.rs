//! What a history means for the administrator.

use super::facts::span;
use super::history::{Attempt, Conduct, Disposition, History, Role};
use super::rules::{AFTER_DATA, ANEW, DELAY, KNOWN, LATE, POSTSCREEN, STILL_DEFERRED, TEMPFAIL};
use crate::net::smtp::{Failure, Peer, Stage};
use crate::report::{Evidence, Finding, Reason, Unclear};

/// Everything a finished history says.
pub(super) fn judge(
    history: &History,
    conduct: Conduct,
    recipient: &str,
    peer: &Peer,
    failure: Option<&Failure>,
) -> (Vec<Finding>, Vec<Unclear>) {
    let mut findings = Vec::new();
    let mut unclear = Vec::new();
    let deferred = history.replays().rfind(|attempt| attempt.answer == Disposition::Deferred);
    let attempts = Evidence::measure("attempts", history.attempts.len() as f64, "attempts");
    let find = |rule| match deferred {
        Some(attempt) => Finding::new(rule, recipient, quote(attempt, peer)),
        None => Finding::new(rule, recipient, attempts.clone()),
    };
    let last = history.replays().next_back();
    let waited = last.map(|last| span(last.at)).unwrap_or_default();
    match conduct {
        Conduct::Greylisted => {
            let until = history.deferred_until().map(span).unwrap_or_default();
            let announced = history.announced().map(|wait| format!(", {} announced", span(wait))).unwrap_or_default();
            let detail = format!("deferred until {until}, accepted at {waited}{announced}");
            findings.push(find(&DELAY).detail(detail));
            if deferred.is_some_and(|attempt| attempt.stage >= Stage::Data) {
                findings.push(find(&AFTER_DATA).detail("RCPT was accepted each time"));
            }
        }
        Conduct::PostscreenLike => {
            findings.push(find(&POSTSCREEN).detail(format!("accepted at {waited}")));
        }
        Conduct::None => {
            let other = history.control(Role::OtherSender).filter(|other| other.answer == Disposition::Deferred);
            findings.extend(other.map(|other| {
                let detail = format!("<{}> passes, <{}> does not", last.map_or("", |last| &last.from), other.from);
                Finding::new(&KNOWN, recipient, quote(other, peer)).detail(detail)
            }));
        }
        Conduct::StillDeferred => {
            let asks = deferred.and_then(Attempt::announced);
            let asks = asks.map(|wait| format!("; the server asks for {} more", span(wait))).unwrap_or_default();
            let detail = format!("{} attempts in {waited}{asks}", history.replays().count());
            findings.push(find(&STILL_DEFERRED).detail(detail));
        }
        Conduct::TempfailForEveryone => {
            let controls = history.attempts.iter().filter(|attempt| attempt.role != Role::Replay).count();
            let detail = format!(
                "{} attempts in {waited}, and {controls} with another sender or recipient",
                history.replays().count()
            );
            findings.push(find(&TEMPFAIL).detail(detail));
        }
        Conduct::DeferredForAnotherReason if last.is_some_and(|last| last.answer == Disposition::Accepted) => {
            let words = deferred.map(words).unwrap_or_default();
            let detail =
                format!("deferred for another reason than a first contact, then accepted at {waited}: {words}");
            unclear.push(Unclear::decisive(Reason::Rejected, peer, detail));
        }
        Conduct::Rejected | Conduct::NoAnswer | Conduct::DeferredForAnotherReason => {
            let words = last.map(words).unwrap_or_default();
            let reason = failure.map_or(Reason::Rejected, Failure::reason);
            unclear.push(Unclear::decisive(reason, peer, words));
        }
        Conduct::SchedulePasses | Conduct::ScheduleNeverPasses => {}
    }
    if let Some((before, after)) = history.counts_anew() {
        let detail = format!("the wait was to end at {}, after a retry at {}", span(before), span(after));
        findings.push(find(&ANEW).detail(detail));
    }
    if let Some(attempt) = history.broken_promise() {
        let detail = format!("still deferred at {}", span(attempt.at));
        findings.push(Finding::new(&LATE, recipient, quote(attempt, peer)).detail(detail));
    }
    (findings, unclear)
}

/// The next attempt is not due yet.
pub(super) fn not_due(history: &History, recipient: &str, at: &str) -> Unclear {
    let words = history.replays().next_back().map(words).unwrap_or_default();
    let detail = format!("{words}; the next attempt is due at {at}, run this again then");
    Unclear::decisive(Reason::Deferred, recipient, detail)
}

fn words(attempt: &Attempt) -> String {
    let code = attempt.code.map(|code| format!("{code} ")).unwrap_or_default();
    format!("{code}{}", attempt.reply)
}

fn quote(attempt: &Attempt, peer: &Peer) -> Evidence {
    Evidence::Reply { server: peer.to_string(), text: words(attempt) }
}
