//! An envelope, and one attempt to hand it over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::capabilities::Hello;
use super::opening::Opening;
use super::{Entry, Failure, Peer, Reply, Session, Stage};
use crate::net::Net;
use crate::net::tls::Offer;

/// Two addresses without their angle brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Envelope {
    /// The reverse-path; empty for that of bounces.
    pub mail_from: String,
    /// The forward-path.
    pub rcpt_to: String,
}

/// What came of it.
#[derive(Debug)]
pub struct Handover {
    /// How far it came.
    pub stage: Stage,
    /// What came of it.
    pub answer: Disposition,
    /// The last reply's code.
    pub code: Option<u16>,
    /// The last reply, or why there was none.
    pub reply: String,
    /// Why the dialogue broke off without a reply.
    pub failure: Option<Failure>,
    /// What was said.
    pub transcript: Vec<Entry>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
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

impl Envelope {
    /// The envelope of mail from one address to another.
    pub fn new(mail_from: impl Into<String>, rcpt_to: impl Into<String>) -> Self {
        Envelope { mail_from: mail_from.into(), rcpt_to: rcpt_to.into() }
    }

    /// Tries to hand it over once, with a message if there is one; without, it is taken back behind RCPT.
    pub async fn hand_over(&self, peer: &Peer, message: Option<&str>, net: &Net) -> Handover {
        let mut session = Session::new(peer, net);
        let talked = self.talk(&mut session, &Offer::named(&peer.host), message).await;
        session.quit().await;
        let transcript = session.transcript.entries().to_vec();
        match talked {
            Ok((stage, reply)) | Err(Failure::Rejected { stage, reply }) => Handover::told(stage, &reply, transcript),
            Err(failure) => Handover {
                stage: failure.stage(),
                answer: Disposition::NoAnswer,
                code: None,
                reply: failure.to_string().chars().take(MAX_REPLY).collect(),
                failure: Some(failure),
                transcript,
            },
        }
    }

    /// The last reply, and to what it was.
    async fn talk(
        &self,
        session: &mut Session<'_>,
        offer: &Offer,
        message: Option<&str>,
    ) -> Result<(Stage, Reply), Failure> {
        let mut opening = Opening::default();
        opening.greet(session, offer).await?;
        opening.is_open()?;
        let mut mail = self.mail(session).await?;
        if wants_tls(&mail) && !session.is_private() && opening.last_hello().is_some_and(Hello::offers_starttls) {
            opening.secure(session, offer).await?;
            opening.is_open()?;
            mail = self.mail(session).await?;
        }
        if !mail.is_positive() {
            return Ok((Stage::Mail, mail));
        }
        let rcpt = self.rcpt(session).await?;
        let Some(message) = message.filter(|_| rcpt.is_positive()) else {
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

    /// Says MAIL FROM.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn mail(&self, session: &mut Session<'_>) -> Result<Reply, Failure> {
        session.command(Stage::Mail, &format!("MAIL FROM:<{}>", self.mail_from)).await
    }

    /// Says RCPT TO.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn rcpt(&self, session: &mut Session<'_>) -> Result<Reply, Failure> {
        session.command(Stage::Rcpt, &format!("RCPT TO:<{}>", self.rcpt_to)).await
    }
}

fn is_tls(word: &str) -> bool {
    matches!(word, "STARTTLS" | "TLS" | "ENCRYPTION")
}

/// Whether a server takes mail over TLS alone: RFC 3207 §4 has 530 for it, and some say so in words.
fn wants_tls(reply: &Reply) -> bool {
    let text = reply.text().to_ascii_uppercase();
    reply.code == 530 || !reply.is_positive() && text.split(|next: char| !next.is_ascii_alphanumeric()).any(is_tls)
}

impl Handover {
    /// What may not be tried.
    pub fn never(failure: Failure) -> Self {
        Handover {
            stage: Stage::Connect,
            answer: Disposition::NoAnswer,
            code: None,
            reply: failure.to_string(),
            failure: Some(failure),
            transcript: Vec::new(),
        }
    }

    fn told(stage: Stage, reply: &Reply, transcript: Vec<Entry>) -> Self {
        let answer = match reply.code / 100 {
            2 => Disposition::Accepted,
            4 => Disposition::Deferred,
            _ => Disposition::Rejected,
        };
        let text = reply.text().chars().take(MAX_REPLY).collect();
        Handover { stage, answer, code: Some(reply.code), reply: text, failure: None, transcript }
    }
}
