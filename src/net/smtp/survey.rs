//! What a mail server shows to anybody: one polite dialogue that asks for nothing it may not ask. Several checks
//! look at the same survey, so that a host is dialled once.

use std::sync::Arc;

use super::envelope::Envelope;
use super::opening::Opening;
use super::peer::Peer;
use super::reply::Reply;
use super::session::Session;
use super::transcript::Transcript;
use super::{Failure, Stage};
use crate::net::Net;
use crate::net::memory::{Memory, Slot};
use crate::net::tls::client_hello::{ClientHello, Version};
use crate::net::tls::server_hello::{HelloAnswer, ServerHello};
use crate::net::tls::{HandshakeError, Offer};

/// A dialogue up to EHLO inside TLS, with an envelope behind it if there is one, and what came of each step.
/// A step that was not reached is none.
#[derive(Debug)]
pub struct Survey {
    /// Everything that was said.
    pub transcript: Transcript,
    /// The way in.
    pub opening: Opening,
    /// What came in clear behind the answer to STARTTLS.
    pub injected: Vec<u8>,
    /// The answer to MAIL FROM.
    pub mail: Option<Reply>,
    /// The answer to RCPT TO.
    pub rcpt: Option<Reply>,
    /// What ended the dialogue before its end.
    pub failure: Option<Failure>,
}

/// What a survey asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plan {
    /// The handshake.
    pub offer: Offer,
    /// An envelope that is tried and taken back.
    pub envelope: Option<Envelope>,
}

/// The surveys of a run.
#[derive(Debug)]
pub struct Surveys(Memory<(Peer, Plan), Slot<Arc<Survey>>>);

/// Surveys of a generation.
const MAX_SURVEYS: usize = 512;

impl Default for Surveys {
    fn default() -> Self {
        Surveys(Memory::new(MAX_SURVEYS))
    }
}

impl Surveys {
    /// The survey of a server; if another check has asked for it already, or is doing so, the same.
    pub async fn of(&self, peer: &Peer, plan: &Plan, net: &Net) -> Arc<Survey> {
        let slot = self.0.slot((peer.clone(), plan.clone()));
        Arc::clone(slot.get_or_init(async || Arc::new(Survey::make(peer, plan, net).await)).await)
    }
}

/// What a server says to a ClientHello of our own, behind STARTTLS or at once where TLS is implicit.
///
/// # Errors
/// [`Failure`] if it did not come to that, or nothing was said.
pub async fn probe(peer: &Peer, hello: &ClientHello, net: &Net) -> Result<HelloAnswer, Failure> {
    let mut session = Session::new(peer, net);
    session.connect().await?;
    if !session.is_implicit() {
        Opening::default().welcome(&mut session).await?;
        let reply = session.command(Stage::Starttls, "STARTTLS").await?;
        if reply.code != 220 {
            session.quit().await;
            return Err(Failure::Rejected { stage: Stage::Starttls, reply });
        }
    }
    let answer = session.probe(hello).await;
    session.hang_up().await;
    answer
}

/// What a server agrees to if more is offered than the TLS library here has: other versions, suites, groups. It is
/// asked for its certificates first, which are in clear up to TLS 1.2.
///
/// # Errors
/// [`Failure`] as from [`probe`].
pub async fn probe_beyond(peer: &Peer, name: Option<&str>, net: &Net) -> Result<Option<ServerHello>, Failure> {
    for version in [Version::Tls12, Version::Tls13] {
        if let HelloAnswer::Hello(hello) = probe(peer, &ClientHello::of_version(version, name), net).await? {
            return Ok(Some(*hello));
        }
    }
    Ok(None)
}

impl Survey {
    /// A survey that is made now, whatever is remembered.
    pub async fn make(peer: &Peer, plan: &Plan, net: &Net) -> Self {
        let mut session = Session::new(peer, net);
        let mut survey = Survey {
            transcript: Transcript::begin(),
            opening: Opening::default(),
            injected: Vec::new(),
            mail: None,
            rcpt: None,
            failure: None,
        };
        survey.failure = match survey.talk(&mut session, plan).await {
            // In TLS 1.2 the same comes before the end of the handshake.
            Err(Failure::ClientCertificate { alert, .. }) => {
                survey.opening.handshake = None;
                survey.opening.handshake_error = Some(HandshakeError::ClientCertificate(alert));
                None
            }
            talked => talked.err(),
        };
        session.quit().await;
        survey.injected = std::mem::take(&mut session.injected);
        survey.transcript = session.transcript;
        survey
    }

    async fn talk(&mut self, session: &mut Session<'_>, plan: &Plan) -> Result<(), Failure> {
        let opening = &mut self.opening;
        opening.greet(session, &plan.offer).await?;
        opening.secure(session, &plan.offer).await?;
        match opening.declined.clone() {
            // RFC 3207 §4 has 454 for TLS that is not to be had; any other 4xx puts us off.
            Some(reply) if reply.is_transient() && reply.code != 454 => {
                opening.declined = None;
                return Err(Failure::Rejected { stage: Stage::Starttls, reply });
            }
            _ => {}
        }
        let Some(envelope) = plan.envelope.as_ref().filter(|_| opening.handshake_error.is_none()) else {
            return Ok(());
        };
        let mail = envelope.mail(session).await?;
        let accepted = mail.is_positive();
        self.mail = Some(mail);
        if accepted {
            self.rcpt = Some(envelope.rcpt(session).await?);
        }
        session.command(Stage::Command, "RSET").await?;
        Ok(())
    }
}
