//! What a mail server shows to anybody: one polite dialogue that asks for nothing it may not ask. Several checks
//! look at the same survey, so that a host is dialled once.

use std::sync::Arc;
use std::time::Duration;

use super::capabilities::Hello;
use super::peer::Peer;
use super::reply::Reply;
use super::session::{Session, StartTls};
use super::transcript::Transcript;
use super::{Failure, Stage};
use crate::net::Net;
use crate::net::memory::{Memory, Slot};
use crate::net::tls::client_hello::{ClientHello, Version};
use crate::net::tls::server_hello::{Answer, ServerHello};
use crate::net::tls::{Handshake, HandshakeError, Wish};

/// A dialogue up to EHLO inside TLS, with an envelope behind it if there is one, and what came of each step.
/// A step that was not reached is none.
#[derive(Debug)]
pub struct Survey {
    /// Everything that was said.
    pub transcript: Transcript,
    /// How long the connection took.
    pub connected: Option<Duration>,
    /// The server's first words.
    pub greeting: Option<Reply>,
    /// The answer to EHLO in clear.
    pub hello: Option<Hello>,
    /// The server's refusal of a STARTTLS it had offered.
    pub declined: Option<Reply>,
    /// What came in clear behind the answer to STARTTLS.
    pub injected: Vec<u8>,
    /// The handshake.
    pub handshake: Option<Handshake>,
    /// Why there was none.
    pub handshake_error: Option<HandshakeError>,
    /// The answer to EHLO inside TLS.
    pub hello_inside: Option<Hello>,
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
    pub wish: Wish,
    /// An envelope that is tried and taken back.
    pub envelope: Option<Envelope>,
}

/// Two addresses without their angle brackets; the reverse-path may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Envelope {
    /// The reverse-path.
    pub mail_from: String,
    /// The forward-path.
    pub rcpt_to: String,
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
pub async fn offer(peer: &Peer, hello: &ClientHello, net: &Net) -> Result<Answer, Failure> {
    let mut session = Session::new(peer, net);
    session.connect().await?;
    if !session.is_implicit() {
        session.greeting().await?;
        session.hello().await?;
        let reply = session.command(Stage::Starttls, "STARTTLS").await?;
        if reply.code != 220 {
            session.quit().await;
            return Err(Failure::Rejected { stage: Stage::Starttls, reply });
        }
    }
    let answer = session.offer(hello).await;
    session.hang_up().await;
    answer
}

/// What a server agrees to if more is offered than the TLS library here has: other versions, suites, groups. It is
/// asked for its certificates first, which are in clear up to TLS 1.2.
///
/// # Errors
/// [`Failure`] as from [`offer`].
pub async fn offer_more(peer: &Peer, name: Option<&str>, net: &Net) -> Result<Option<ServerHello>, Failure> {
    for version in [Version::Tls12, Version::Tls13] {
        if let Answer::Hello(hello) = offer(peer, &ClientHello::of_version(version, name), net).await? {
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
            connected: None,
            greeting: None,
            hello: None,
            declined: None,
            injected: Vec::new(),
            handshake: None,
            handshake_error: None,
            hello_inside: None,
            mail: None,
            rcpt: None,
            failure: None,
        };
        survey.failure = match survey.talk(&mut session, plan).await {
            // In TLS 1.2 the same comes before the end of the handshake.
            Err(Failure::ClientCertificate { alert, .. }) => {
                (survey.handshake, survey.handshake_error) = (None, Some(HandshakeError::ClientCertificate(alert)));
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
        self.connected = Some(session.connect().await?);
        if session.is_implicit() {
            match session.shake_hands(&plan.wish).await {
                Ok(handshake) => self.handshake = Some(handshake),
                Err(error) => {
                    self.handshake_error = Some(error);
                    return Ok(());
                }
            }
        }
        self.greeting = Some(session.greeting().await?);
        let hello = session.hello().await?;
        if session.is_implicit() {
            self.hello_inside = Some(hello);
        } else {
            let offered = hello.offers_starttls();
            self.hello = Some(hello);
            if offered {
                match session.start_tls(&plan.wish).await? {
                    StartTls::Done(handshake) => {
                        self.handshake = Some(*handshake);
                        self.hello_inside = Some(session.hello().await?);
                    }
                    // RFC 3207 §4 has 454 for TLS that is not to be had; any other 4xx puts us off.
                    StartTls::Declined(reply) if reply.is_transient() && reply.code != 454 => {
                        return Err(Failure::Rejected { stage: Stage::Starttls, reply });
                    }
                    StartTls::Declined(reply) => self.declined = Some(reply),
                    StartTls::Failed(error) => {
                        self.handshake_error = Some(error);
                        return Ok(());
                    }
                }
            }
        }
        if let Some(Envelope { mail_from, rcpt_to }) = &plan.envelope {
            let mail = session.command(Stage::Mail, &format!("MAIL FROM:<{mail_from}>")).await?;
            let accepted = mail.is_positive();
            self.mail = Some(mail);
            if accepted {
                self.rcpt = Some(session.command(Stage::Rcpt, &format!("RCPT TO:<{rcpt_to}>")).await?);
            }
            session.command(Stage::Command, "RSET").await?;
        }
        Ok(())
    }

    /// The last answer to EHLO: inside TLS where there is TLS.
    pub fn last_hello(&self) -> Option<&Hello> {
        self.hello_inside.as_ref().or(self.hello.as_ref())
    }
}
