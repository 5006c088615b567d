//! The steps of a dialogue, as a table shows them.

use super::certificates::Shown;
use super::confidence::Validity;
use super::facts::{Cell, Cells, State};
use super::inspect::Inspection;
use crate::net::smtp::{Failure, Reply, Security};
use crate::net::tls::pkix::FaultKind;
use crate::report::millis;

/// What stands before the reply to an envelope that was deferred at first.
pub(super) const SECOND_TRY: &str = "at the second try: ";

fn cell(state: State, elapsed_ms: Option<u64>, detail: impl Into<String>) -> Cell {
    Cell { state, elapsed_ms, detail: detail.into() }
}

fn of_reply(reply: Option<&Reply>, before: bool, failure: Option<&Failure>) -> Cell {
    match (reply, before, failure) {
        (Some(reply), ..) => cell(State::Ok, Some(millis(reply.elapsed)), ""),
        (None, true, Some(failure)) => {
            let state = if failure.is_answer() { State::Fail } else { State::Unclear };
            cell(state, None, failure.to_string())
        }
        (None, ..) => Cell::default(),
    }
}

/// The steps of a dialogue.
pub(super) fn cells(seen: &Inspection) -> Cells {
    let survey = &seen.survey;
    let failure = survey.failure.as_ref();
    let is_implicit = seen.peer.security == Security::Implicit;
    let answer = match (survey.opening.connected, failure) {
        (Some(elapsed), _) => cell(State::Ok, Some(millis(elapsed)), ""),
        (None, Some(failure)) => {
            let state = if failure.is_answer() { State::Fail } else { State::Unclear };
            cell(state, None, failure.to_string())
        }
        (None, None) => Cell::default(),
    };
    let is_greeted = survey.opening.greeting.is_some();
    let came_to_greeting = survey.opening.connected.is_some() && (!is_implicit || survey.opening.handshake.is_some());
    let connect = of_reply(survey.opening.greeting.as_ref(), came_to_greeting, failure);
    let hello = if is_implicit { survey.opening.hello_inside.as_ref() } else { survey.opening.hello.as_ref() };
    let helo = of_reply(hello.map(|hello| &hello.reply), is_greeted, failure);
    let tls = match (&survey.opening.handshake, &seen.old, &survey.opening.handshake_error, &survey.opening.declined) {
        (Some(handshake), ..) => cell(State::Ok, Some(millis(handshake.elapsed)), handshake.version),
        (None, Some(old), ..) if seen.beyond().is_some() => cell(State::Unclear, None, old.version.as_str()),
        (None, Some(old), ..) => cell(State::Warn, None, old.version.as_str()),
        (None, None, Some(error), _) => cell(State::Fail, None, error.to_string()),
        (None, None, None, Some(reply)) => cell(State::Fail, None, format!("STARTTLS is refused: {reply}")),
        (None, None, None, None) if survey.opening.hello.as_ref().is_some_and(|hello| !hello.offers_starttls()) => {
            cell(State::Fail, None, "STARTTLS is not offered")
        }
        (None, None, None, None) => of_reply(None, survey.opening.hello.is_some(), failure),
    };
    let inside = survey.opening.hello_inside.as_ref().map(|hello| &hello.reply);
    let secure = of_reply(inside, survey.opening.handshake.is_some(), failure);
    let sender = match (&survey.rcpt, &survey.mail) {
        (Some(reply), _) | (None, Some(reply)) => {
            let words = if seen.is_second { format!("{SECOND_TRY}{reply}") } else { reply.to_string() };
            let state = if reply.is_positive() { State::Ok } else { State::Warn };
            cell(state, Some(millis(reply.elapsed)), words)
        }
        (None, None) => Cell::default(),
    };
    Cells { answer, connect, helo, tls, cert: Cell::default(), secure, sender }
}

/// What the certificates come to.
pub(super) fn cert_cell(all: &[&Shown], authenticated: bool) -> Cell {
    let faults = || all.iter().flat_map(|one| &one.faults);
    let details: Vec<&str> = faults().map(|fault| fault.detail.as_str()).collect();
    let days = all.iter().find_map(|one| match one.validity {
        Validity::ExpiresIn(days) => Some(days),
        _ => None,
    });
    match (faults().map(|fault| fault.kind).min(), days) {
        (Some(_), _) if authenticated => cell(State::Ok, None, format!("DANE vouches for it: {}", details.join("; "))),
        (Some(FaultKind::SmallKey), _) => cell(State::Warn, None, details.join("; ")),
        (Some(_), _) => cell(State::Fail, None, details.join("; ")),
        (None, Some(days)) => cell(State::Warn, None, format!("{days} d")),
        (None, None) => cell(State::Ok, None, ""),
    }
}
