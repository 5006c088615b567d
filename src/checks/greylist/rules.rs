//! What can be said of a greylist, and of a sender's retries.

use crate::report::{Cite, Remedy, Rule, Severity};

const TYPES: Cite = Cite::rfc(6647, "2.4");
const CONNECTION: Cite = Cite::rfc(6647, "2.1");
const DATA: Cite = Cite::rfc(6647, "2.5");
const CONSEQUENCES: Cite = Cite::rfc(6647, "4.1");
const ADVICE: Cite = Cite::rfc(6647, "5");
const TRANSIENT: Cite = Cite::rfc(5321, "4.2.1");
const RETRIES: Cite = Cite::rfc(5321, "4.5.4.1");

/// Deferred and then accepted. RFC 6647 §2.4.
pub(super) static DELAY: Rule = Rule {
    id: "greylist-delay",
    title: "Mail of unknown senders waits",
    severity: Severity::Note,
    cites: &[TYPES, ADVICE],
    why: "The server defers a sender and recipient it does not know and takes a retry some time later. Senders that \
          keep a queue get through; codes for one-time log-ins and the like come late.",
    remedy: Remedy::Nothing(
        "Nothing, if the delay is wanted. Otherwise shorten it: a minute or less stops most of what never retries.",
    ),
};

/// Accepted at the second connection. RFC 6647 §2.1.
pub(super) static POSTSCREEN: Rule = Rule {
    id: "greylist-postscreen",
    title: "A client's first connection is deferred, its second one is not",
    severity: Severity::Note,
    cites: &[CONNECTION, ADVICE],
    why: "postscreen's tests behind the greeting end like this for every new address. A sender that retries from \
          another address of a large pool is new each time, and waits for hours.",
    remedy: Remedy::Nothing(
        "Nothing, if it is wanted. With postscreen, turn the tests behind the 220 greeting off, or list the big \
             senders in postscreen_access_list or a DNS allowlist.",
    ),
};

/// A new sender waits while this one is known. RFC 6647 §5.
pub(super) static KNOWN: Rule = Rule {
    id: "greylist-known",
    title: "This sender is known to the greylist, a new one is deferred",
    severity: Severity::Note,
    cites: &[ADVICE],
    why: "A sender that has passed once stays known for days or weeks, so this run cannot see how long others wait.",
    remedy: Remedy::Nothing(
        "Nothing. Give another --mail-from, an address of your own that has not written to this mailbox, to see the wait.",
    ),
};

/// Deferred behind the message. RFC 6647 §2.5.
pub(super) static AFTER_DATA: Rule = Rule {
    id: "greylist-after-data",
    title: "The server defers only when it has the whole message",
    severity: Severity::Note,
    cites: &[DATA],
    why: "The message is transferred at every try. Filters that key on its content, as rspamd does, see a changed \
          message as a new one.",
    remedy: Remedy::Nothing("Nothing; it spares mail that looks harmless from waiting."),
};

/// A retry begins the wait anew. RFC 6647 §5.
pub(super) static ANEW: Rule = Rule {
    id: "greylist-counts-anew",
    title: "An early retry begins the wait anew",
    severity: Severity::Note,
    cites: &[ADVICE, RETRIES],
    why: "A sender that retries more often than the wait is long never gets through, and its mail bounces after days.",
    remedy: Remedy::Act(
        "Let the server count from the first contact, or make the wait shorter than the retries of common senders, \
             five minutes.",
    ),
};

/// Deferred although the announced time was over. RFC 6647 §5.
pub(super) static LATE: Rule = Rule {
    id: "greylist-late",
    title: "The announced wait was over and the server still deferred",
    severity: Severity::Note,
    cites: &[ADVICE],
    why: "Senders do not read the announcement, but whoever looks for the reason of a delay is led astray by it.",
    remedy: Remedy::Act("Let the reply announce the time that is really left, or none."),
};

/// Not accepted within the time. RFC 6647 §5.
pub(super) static STILL_DEFERRED: Rule = Rule {
    id: "greylist-still-deferred",
    title: "The mailbox was still deferred at the end",
    severity: Severity::Warning,
    cites: &[CONSEQUENCES, ADVICE],
    why: "Retries that come at the usual times did not get through. Senders keep the mail in their queues; some give \
          up or are taken for offline by their users.",
    remedy: Remedy::Act(
        "Look in the server's log for the reason of the deferral. If it is greylisting, shorten the wait; to see \
             its end from here, give a longer --max-wait or a --state file.",
    ),
};

/// Everybody is deferred. RFC 5321 §4.2.1.
pub(super) static TEMPFAIL: Rule = Rule {
    id: "greylist-tempfail",
    title: "The server defers everybody",
    severity: Severity::Error,
    cites: &[TRANSIENT],
    why: "Every sender and recipient gets the same temporary failure, again and again, with words that name no \
          greylisting. Nothing arrives until it is mended, and senders bounce the mail after days.",
    remedy: Remedy::Act(
        "Look in the server's log: a look-up table, a database, a content filter or a full disk fails.",
    ),
};

/// No retry passes. RFC 6647 §4.1.
pub(super) static NEVER: Rule = Rule {
    id: "greylist-schedule-never",
    title: "No retry passes this greylist",
    severity: Severity::Error,
    cites: &[CONSEQUENCES, RETRIES],
    why: "Mail to every server that greylists like this bounces when the queue gives up.",
    remedy: Remedy::Act("Let one retry come within the pass window, for example 30 minutes after the first attempt."),
};

/// The queue gives up early. RFC 5321 §4.5.4.1.
pub(super) static GIVES_UP: Rule = Rule {
    id: "greylist-schedule-gives-up",
    title: "The schedule gives up before four days",
    severity: Severity::Warning,
    cites: &[RETRIES],
    why: "A receiver may be down over a long weekend. The give-up time generally needs to be at least four to five \
          days, or mail is lost that could have arrived.",
    remedy: Remedy::Act("Add retries until their waits sum up to four or five days."),
};

/// Retries in a hurry. RFC 5321 §4.5.4.1.
pub(super) static INTERVAL: Rule = Rule {
    id: "greylist-schedule-interval",
    title: "Retries come sooner than after 30 minutes",
    severity: Severity::Note,
    cites: &[RETRIES],
    why: "In general the interval should be at least 30 minutes. A shorter one at the beginning is usual and brings \
          greylisted mail through sooner.",
    remedy: Remedy::Nothing("Nothing, if only the first waits are short."),
};

/// All rules of this check's own.
pub(super) static ALL: &[&Rule] = &[
    &DELAY,
    &POSTSCREEN,
    &KNOWN,
    &AFTER_DATA,
    &ANEW,
    &LATE,
    &STILL_DEFERRED,
    &TEMPFAIL,
    &NEVER,
    &GIVES_UP,
    &INTERVAL,
    &crate::checks::dialogue::REFUSED,
    &crate::checks::dialogue::SILENT,
    &crate::checks::dialogue::PROTOCOL,
];
