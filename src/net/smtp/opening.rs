//! The one way into a mail server: from the connection to its last answer to EHLO.

use std::time::Duration;

use super::capabilities::Hello;
use super::reply::Reply;
use super::session::{Session, StartTls};
use super::{Failure, Stage};
use crate::net::tls::{Handshake, HandshakeError, Offer};

/// Whether a dialogue goes on inside TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Only where TLS begins with the connection.
    InClear,
    /// If the server offers it and keeps to it.
    IfOffered,
}

/// What a server showed on the way in. A step that was not reached is none.
#[derive(Debug, Default)]
pub struct Opening {
    /// How long the connection took.
    pub connected: Option<Duration>,
    /// The server's first words.
    pub greeting: Option<Reply>,
    /// The answer to EHLO in clear.
    pub hello: Option<Hello>,
    /// The server's refusal of a STARTTLS it had offered.
    pub declined: Option<Reply>,
    /// The handshake.
    pub handshake: Option<Handshake>,
    /// Why there was none. It ended the dialogue.
    pub handshake_error: Option<HandshakeError>,
    /// The answer to EHLO inside TLS.
    pub hello_inside: Option<Hello>,
}

impl Opening {
    /// Connects, shakes hands where TLS begins at once, and goes on to the first answer to EHLO.
    ///
    /// # Errors
    /// [`Failure`] if it does not come so far. A handshake that failed is none.
    pub async fn greet(&mut self, session: &mut Session<'_>, offer: &Offer) -> Result<(), Failure> {
        self.connected = Some(session.connect().await?);
        if session.is_implicit() {
            match session.shake_hands(offer).await {
                Ok(handshake) => self.handshake = Some(handshake),
                Err(error) => {
                    self.handshake_error = Some(error);
                    return Ok(());
                }
            }
        }
        self.welcome(session).await
    }

    /// Goes on from a connection to the first answer to EHLO.
    ///
    /// # Errors
    /// [`Failure`] if the server does not welcome us.
    pub async fn welcome(&mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        self.greeting = Some(session.greeting().await?);
        let hello = session.hello().await?;
        let inside = session.is_private();
        *(if inside { &mut self.hello_inside } else { &mut self.hello }) = Some(hello);
        Ok(())
    }

    /// Goes on inside TLS if the server offers that, to the answer to EHLO there.
    ///
    /// # Errors
    /// [`Failure`] if the server does not answer. What it declines, and a handshake that failed, are none.
    pub async fn secure(&mut self, session: &mut Session<'_>, offer: &Offer) -> Result<(), Failure> {
        if session.is_private() || !self.hello.as_ref().is_some_and(Hello::offers_starttls) {
            return Ok(());
        }
        match session.start_tls(offer).await? {
            StartTls::Done(handshake) => {
                self.handshake = Some(*handshake);
                self.hello_inside = Some(session.hello().await?);
            }
            StartTls::Declined(reply) => self.declined = Some(reply),
            StartTls::Failed(error) => self.handshake_error = Some(error),
        }
        Ok(())
    }

    /// The last answer to EHLO: inside TLS where there is TLS.
    pub fn last_hello(&self) -> Option<&Hello> {
        self.hello_inside.as_ref().or(self.hello.as_ref())
    }

    /// That nothing stands in the way of an envelope.
    ///
    /// # Errors
    /// [`Failure`] with the words of a handshake that came to nothing.
    pub fn is_open(&self) -> Result<(), Failure> {
        match &self.handshake_error {
            Some(error) => Err(Failure::closed(Stage::Handshake, Some(error.to_string()))),
            None => Ok(()),
        }
    }
}

/// Opens a dialogue, up to the server's last answer to EHLO.
///
/// # Errors
/// [`Failure`] if it does not come so far; a handshake that fails ends it.
pub async fn open(session: &mut Session<'_>, offer: &Offer, privacy: Privacy) -> Result<Hello, Failure> {
    let mut opening = Opening::default();
    opening.greet(session, offer).await?;
    opening.is_open()?;
    if privacy == Privacy::IfOffered {
        opening.secure(session, offer).await?;
        opening.is_open()?;
    }
    opening.hello_inside.or(opening.hello).ok_or(Failure::closed(Stage::Hello, None))
}
