//! One attempt to hand over mail, for the checks that look at what a server says to an envelope.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::net::Net;
use crate::net::smtp::session::StartTls;
use crate::net::smtp::{Entry, Failure, Peer, Reply, Session, Stage, Who};
use crate::net::tls::{HandshakeError, Wish};

/// What is handed over.
#[derive(Debug, Clone, Copy)]
pub(in crate::checks) struct Envelope<'a> {
    /// The reverse-path; empty for that of bounces.
    pub(in crate::checks) from: &'a str,
    /// The forward-path.
    pub(in crate::checks) to: &'a str,
    /// The message, if it is to come so far.
    pub(in crate::checks) message: Option<&'a str>,
}

/// What came of it.
#[derive(Debug)]
pub(in crate::checks) struct Tried {
    /// How far it came.
    pub(in crate::checks) stage: Stage,
    /// What came of it.
    pub(in crate::checks) answer: Answer,
    /// The last reply's code.
    pub(in crate::checks) code: Option<u16>,
    /// The last reply, or why there was none.
    pub(in crate::checks) reply: String,
    /// Why the dialogue broke off without a reply.
    pub(in crate::checks) failure: Option<Failure>,
    /// What was said.
    pub(in crate::checks) transcript: Vec<Entry>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The recipient, or the message, was accepted.
    Accepted,
    /// 4xx: not now.
    Deferred,
    /// 5xx: never.
    Rejected,
    /// The dialogue broke off.
    NoAnswer,
}

/// Characters of a reply that are kept.
const MAX_REPLY: usize = 500;

/// Tries it once, and takes the envelope back unless there is a message.
pub(in crate::checks) async fn attempt(peer: &Peer, envelope: Envelope<'_>, net: &Net) -> Tried {
    let mut session = Session::new(peer, net);
    let talked = talk(&mut session, &peer.host, envelope).await;
    session.quit().await;
    let transcript = session.transcript.entries().to_vec();
    match talked {
        Ok((stage, reply)) | Err(Failure::Rejected { stage, reply }) => Tried::told(stage, &reply, transcript),
        Err(failure) => Tried {
            stage: stage_of(&failure),
            answer: Answer::NoAnswer,
            code: None,
            reply: failure.to_string().chars().take(MAX_REPLY).collect(),
            failure: Some(failure),
            transcript,
        },
    }
}

/// The last reply, and to what it was.
async fn talk(session: &mut Session<'_>, host: &str, envelope: Envelope<'_>) -> Result<(Stage, Reply), Failure> {
    session.connect().await?;
    let closed = |error: HandshakeError| Failure::Closed { stage: Stage::Handshake, words: Some(error.to_string()) };
    let wish = Wish::named(host);
    if session.is_implicit() {
        session.shake_hands(&wish).await.map_err(closed)?;
    }
    session.greeting().await?;
    let hello = session.hello().await?;
    let command = format!("MAIL FROM:<{}>", envelope.from);
    let mut mail = session.command(Stage::Mail, &command).await?;
    // RFC 3207 §4: a server that takes mail over TLS alone says 530.
    if mail.code == 530 && hello.offers_starttls() {
        if let StartTls::Failed(error) = session.start_tls(&wish).await? {
            return Err(closed(error));
        }
        session.hello().await?;
        mail = session.command(Stage::Mail, &command).await?;
    }
    if !mail.is_positive() {
        return Ok((Stage::Mail, mail));
    }
    let rcpt = session.command(Stage::Rcpt, &format!("RCPT TO:<{}>", envelope.to)).await?;
    let Some(message) = envelope.message.filter(|_| rcpt.is_positive()) else {
        // The answer is known; a server that hangs up at RSET takes nothing of it back.
        let _ = session.command(Stage::Command, "RSET").await;
        return Ok((Stage::Rcpt, rcpt));
    };
    let data = session.command(Stage::Data, "DATA").await?;
    if data.code != 354 {
        return Ok((Stage::Data, data));
    }
    session.send(Stage::Message, format!("{message}.\r\n").as_bytes()).await?;
    Ok((Stage::Message, session.read_reply(Stage::Message).await?))
}

impl Tried {
    /// What may not be tried.
    pub(in crate::checks) fn never(failure: Failure) -> Self {
        Tried {
            stage: Stage::Connect,
            answer: Answer::NoAnswer,
            code: None,
            reply: failure.to_string(),
            failure: Some(failure),
            transcript: Vec::new(),
        }
    }

    fn told(stage: Stage, reply: &Reply, transcript: Vec<Entry>) -> Self {
        let answer = match reply.code / 100 {
            2 => Answer::Accepted,
            4 => Answer::Deferred,
            _ => Answer::Rejected,
        };
        let text = reply.text().chars().take(MAX_REPLY).collect();
        Tried { stage, answer, code: Some(reply.code), reply: text, failure: None, transcript }
    }
}

fn stage_of(failure: &Failure) -> Stage {
    match failure {
        Failure::Silent { stage, .. }
        | Failure::Closed { stage, .. }
        | Failure::Rejected { stage, .. }
        | Failure::Protocol { stage, .. }
        | Failure::ClientCertificate { stage, .. }
        | Failure::TooLong { stage, .. } => *stage,
        Failure::ConnectionRefused | Failure::NoRoute { .. } | Failure::NotAllowed { .. } => Stage::Connect,
    }
}

/// A line of a dialogue, for people: who spoke, then the words.
pub(in crate::checks) fn said(entry: &Entry) -> String {
    let who = match entry.who {
        Who::Client => "C",
        Who::Server => "S",
        Who::Event => "-",
    };
    format!("{who} {}", entry.text)
}
