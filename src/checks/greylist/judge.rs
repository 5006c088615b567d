//! What a history means for the administrator.

use super::facts::span;
use super::history::{Answer, Attempt, Conduct, History, Role};
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
    let deferred = history.replays().rfind(|attempt| attempt.answer == Answer::Deferred);
    let evidence = |finding: Finding| match deferred {
        Some(attempt) => finding.evidence(quote(attempt, peer)),
        None => finding,
    };
    let last = history.replays().next_back();
    let waited = last.map(|last| span(last.at)).unwrap_or_default();
    match conduct {
        Conduct::Greylisted => {
            let until = history.deferred_until().map(span).unwrap_or_default();
            let announced = history.announced().map(|wait| format!(", {} announced", span(wait))).unwrap_or_default();
            let detail = format!("deferred until {until}, accepted at {waited}{announced}");
            findings.push(evidence(Finding::new(&DELAY, recipient).detail(detail)));
            if deferred.is_some_and(|attempt| attempt.stage >= Stage::Data) {
                findings.push(evidence(Finding::new(&AFTER_DATA, recipient).detail("RCPT was accepted each time")));
            }
        }
        Conduct::PostscreenLike => {
            findings.push(evidence(Finding::new(&POSTSCREEN, recipient).detail(format!("accepted at {waited}"))));
        }
        Conduct::None => {
            let other = history.control(Role::OtherSender).filter(|other| other.answer == Answer::Deferred);
            findings.extend(other.map(|other| {
                let detail = format!("<{}> passes, <{}> does not", last.map_or("", |last| &last.from), other.from);
                Finding::new(&KNOWN, recipient).detail(detail).evidence(quote(other, peer))
            }));
        }
        Conduct::StillDeferred => {
            let asks = deferred.and_then(Attempt::announced);
            let asks = asks.map(|wait| format!("; the server asks for {} more", span(wait))).unwrap_or_default();
            let detail = format!("{} attempts in {waited}{asks}", history.replays().count());
            findings.push(evidence(Finding::new(&STILL_DEFERRED, recipient).detail(detail)));
        }
        Conduct::TempfailForEveryone => {
            let controls = history.attempts.iter().filter(|attempt| attempt.role != Role::Replay).count();
            let detail = format!(
                "{} attempts in {waited}, and {controls} with another sender or recipient",
                history.replays().count()
            );
            findings.push(evidence(Finding::new(&TEMPFAIL, recipient).detail(detail)));
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
        findings.push(evidence(Finding::new(&ANEW, recipient).detail(detail)));
    }
    if let Some(attempt) = history.broken_promise() {
        let detail = format!("still deferred at {}", span(attempt.at));
        findings.push(Finding::new(&LATE, recipient).detail(detail).evidence(quote(attempt, peer)));
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
