//! One dialogue with one server.

use std::time::Duration;

use tokio::io::AsyncBufReadExt;
use tokio::time::Instant;

use super::capabilities::Hello;
use super::courtesy::Turn;
use super::peer::{Peer, Security};
use super::reply::{Assembly, NoReply, Reply};
use super::stream::Stream;
use super::transcript::Transcript;
use super::{Failure, Stage};
use crate::net::tls::client_hello::ClientHello;
use crate::net::tls::server_hello::{HelloAnswer, ServerFlight};
use crate::net::tls::{self, Handshake, HandshakeError, Offer};
use crate::net::{Net, clock, dial};
use crate::report::clean_bytes;

/// A dialogue. After a failure every further step fails alike; the transcript stays.
#[derive(Debug)]
pub struct Session<'a> {
    /// What has been said.
    pub transcript: Transcript,
    /// What the server sent in clear behind its answer to STARTTLS, where an attacker could have put it.
    pub injected: Vec<u8>,
    net: &'a Net,
    peer: &'a Peer,
    limit: Duration,
    deadline: Instant,
    stream: Option<Stream>,
    assembly: Assembly,
    ended: Option<Failure>,
    turn: Option<Turn>,
    /// Whether the server asked for a certificate of ours.
    asks_for_certificate: bool,
}

/// What became of STARTTLS.
#[derive(Debug, Clone)]
pub enum StartTls {
    /// The connection is private.
    Done(Box<Handshake>),
    /// The server said no.
    Declined(Reply),
    /// The handshake came to no end; so did the connection.
    Failed(HandshakeError),
}

/// The time a whole dialogue may take, as a multiple of that of one reply.
const REPLIES: u32 = 5;
/// The time a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);
/// Octets taken from the system at once.
const CHUNK: usize = 4 * 1024;

impl<'a> Session<'a> {
    /// A dialogue that has not begun. All of it takes at most five times the time of one reply.
    pub fn new(peer: &'a Peer, net: &'a Net) -> Self {
        let limit = net.smtp.timeout * REPLIES;
        Session {
            transcript: Transcript::begin(),
            injected: Vec::new(),
            net,
            peer,
            limit,
            deadline: Instant::from(clock::now()) + limit,
            stream: None,
            assembly: Assembly::default(),
            ended: None,
            turn: None,
            asks_for_certificate: false,
        }
    }

    /// The same dialogue with another limit on all of it.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self.deadline = Instant::from(clock::now()) + limit;
        self
    }

    /// Why the dialogue ended, if it has.
    pub fn failure(&self) -> Option<&Failure> {
        self.ended.as_ref()
    }

    /// Connects, in turn; how long that took.
    ///
    /// # Errors
    /// [`Failure`] if no connection came about.
    pub async fn connect(&mut self) -> Result<Duration, Failure> {
        let turn = self.net.smtp.courtesy.turn(self.peer).await.map_err(|failure| self.end(failure))?;
        self.turn = Some(turn);
        // The wait for the turn is ours, not the server's.
        self.transcript = Transcript::begin();
        self.deadline = Instant::from(clock::now()) + self.limit;
        let to = self.peer.dialled;
        let via = if to.ip() == self.peer.address { String::new() } else { format!(" via {to}") };
        self.transcript.event(&format!("connecting to {}{via}", self.peer));
        let patience = CONNECT.min(self.net.smtp.timeout);
        let step = format!("{}: {}", self.peer, Stage::Connect.as_str());
        let dialling = tokio::time::timeout(patience, dial::tcp(to, self.net.source));
        match self.net.waits.step(step, dialling).await {
            Ok(Ok(stream)) => {
                let elapsed = self.transcript.elapsed();
                self.stream = Some(Stream::Plain(stream));
                self.transcript.event("connected");
                Ok(elapsed)
            }
            Ok(Err(error)) => Err(self.end(connect_failure(&error, patience))),
            Err(_) => {
                self.net.smtp.courtesy.unheard(self.peer);
                Err(self.end(Failure::Silent { stage: Stage::Connect, after: patience, said: None }))
            }
        }
    }

    /// Waits for the server's first words, as RFC 5321 §3.1 asks of a client.
    ///
    /// # Errors
    /// [`Failure`], also if the server would rather not talk: only 220 is a welcome (RFC 5321 §4.2.2).
    pub async fn greeting(&mut self) -> Result<Reply, Failure> {
        let reply = self.read_reply(Stage::Greeting).await?;
        if reply.code == 220 { Ok(reply) } else { Err(self.unwelcome(Stage::Greeting, reply)) }
    }

    /// A refusal, or a reply that has no meaning there: whoever takes that one for an answer is out of step with the
    /// server from then on.
    fn unwelcome(&mut self, stage: Stage, reply: Reply) -> Failure {
        let is_refusal = reply.is_transient() || reply.is_permanent();
        self.end(match is_refusal {
            true => Failure::Rejected { stage, reply },
            false => Failure::Protocol { stage, why: NoReply::OutOfPlace(reply.to_string()) },
        })
    }

    /// Says EHLO, and HELO to a server that does not know it.
    ///
    /// # Errors
    /// [`Failure`], also if neither is accepted.
    pub async fn hello(&mut self) -> Result<Hello, Failure> {
        let name = self.own_name();
        let reply = self.command(Stage::Hello, &format!("EHLO {name}")).await?;
        // RFC 5321 §4.3.2: 250 alone. A second greeting stands here as 220.
        if reply.code == 250 {
            return Ok(Hello { reply, extended: true });
        }
        // RFC 5321 §3.2: a server without extensions answers 500, 502 or 550 and is told HELO then.
        if !reply.is_permanent() {
            return Err(self.unwelcome(Stage::Hello, reply));
        }
        let reply = self.command(Stage::Hello, &format!("HELO {name}")).await?;
        if reply.code == 250 { Ok(Hello { reply, extended: false }) } else { Err(self.unwelcome(Stage::Hello, reply)) }
    }

    /// The name behind EHLO: the user's, this host's, or the address of this end as a literal.
    pub fn own_name(&self) -> String {
        if let Some(name) = &self.net.smtp.helo_name {
            return name.clone();
        }
        let local = match &self.stream {
            Some(Stream::Plain(stream)) => stream.local_addr().ok(),
            Some(Stream::Tls(stream)) => stream.get_ref().0.local_addr().ok(),
            None => None,
        };
        match local.map(|local| local.ip().to_canonical()) {
            Some(std::net::IpAddr::V6(address)) => format!("[IPv6:{address}]"),
            Some(std::net::IpAddr::V4(address)) => format!("[{address}]"),
            None => "[127.0.0.1]".to_owned(),
        }
    }

    /// Sends a command and waits for its reply, which may be any but 421.
    ///
    /// # Errors
    /// [`Failure`] if there is none, or if the server ends the dialogue with 421 (RFC 5321 §3.8).
    pub async fn command(&mut self, stage: Stage, line: &str) -> Result<Reply, Failure> {
        self.transcript.client(line);
        self.send(stage, format!("{line}\r\n").as_bytes()).await?;
        self.read_reply(stage).await
    }

    /// Sends octets as they are.
    ///
    /// # Errors
    /// [`Failure`] if the connection does not take them.
    pub async fn send(&mut self, stage: Stage, octets: &[u8]) -> Result<(), Failure> {
        if let Some(failure) = &self.ended {
            return Err(failure.clone());
        }
        let patience = self.patience();
        let Some(stream) = &mut self.stream else { return Err(self.end(Failure::closed(stage, None))) };
        match tokio::time::timeout(patience, stream.write(octets)).await {
            Ok(Ok(())) => Ok(()),
            // The server may have said why before it left.
            Ok(Err(error)) => Err(self.last_words(stage, Some(error.to_string())).await),
            Err(_) => Err(self.late(stage, patience)),
        }
    }

    /// Waits for a reply.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn read_reply(&mut self, stage: Stage) -> Result<Reply, Failure> {
        if let Some(failure) = &self.ended {
            return Err(failure.clone());
        }
        let began = clock::now();
        let patience = self.patience();
        let waits = &self.net.waits;
        let step = format!("{}: {}", self.peer, stage.as_str());
        let read = waits.step(step, tokio::time::timeout(patience, self.read_on(stage))).await;
        let mut reply = match read {
            Ok(Ok(reply)) => reply,
            Ok(Err(failure)) => return Err(self.end(failure)),
            Err(_) => return Err(self.late(stage, patience)),
        };
        reply.elapsed = clock::elapsed(began);
        self.net.smtp.courtesy.heard(self.peer);
        self.transcript.server(reply.code, &reply.lines);
        // RFC 5321 §3.8: 421 may come at any time and means that the channel closes.
        if reply.code == 421 {
            return Err(self.end(Failure::Rejected { stage, reply }));
        }
        Ok(reply)
    }

    async fn read_on(&mut self, stage: Stage) -> Result<Reply, Failure> {
        let protocol = |why| Failure::Protocol { stage, why };
        // The next reply may have arrived with the last one.
        if let Some(reply) = self.assembly.push(&[]).map_err(protocol)? {
            return Ok(reply);
        }
        let mut buffer = [0; CHUNK];
        loop {
            let Some(stream) = &mut self.stream else { return Err(Failure::closed(stage, None)) };
            match stream.read(&mut buffer).await {
                Ok(0) => return Err(Failure::Closed { stage, said: self.assembly.unfinished(), words: None }),
                Ok(length) => {
                    if let Some(reply) = self.assembly.push(&buffer[..length]).map_err(protocol)? {
                        return Ok(reply);
                    }
                }
                Err(error) => return Err(self.broken(stage, &error)),
            }
        }
    }

    /// What it means that a connection broke.
    fn broken(&self, stage: Stage, error: &std::io::Error) -> Failure {
        match tls::wanted_certificate(error) {
            Some(alert) if self.asks_for_certificate => Failure::ClientCertificate { stage, alert },
            _ => Failure::Closed { stage, said: self.assembly.unfinished(), words: Some(error.to_string()) },
        }
    }

    /// Makes the connection private: by STARTTLS, with EHLO still to be said again.
    ///
    /// # Errors
    /// [`Failure`] if the server does not answer the command. What the server answers is no failure.
    pub async fn start_tls(&mut self, offer: &Offer) -> Result<StartTls, Failure> {
        self.start_tls_followed_by("", offer).await
    }

    /// The same with a line in clear right behind STARTTLS, in one packet, which the server must not act on inside
    /// TLS (RFC 3207 §4.2, CVE-2011-0411). A probe, for servers of the user's own.
    ///
    /// # Errors
    /// As [`Session::start_tls`].
    pub async fn start_tls_followed_by(&mut self, line: &str, offer: &Offer) -> Result<StartTls, Failure> {
        self.transcript.client("STARTTLS");
        let mut octets = b"STARTTLS\r\n".to_vec();
        if !line.is_empty() {
            self.transcript.client(line);
            octets.extend_from_slice(format!("{line}\r\n").as_bytes());
        }
        self.send(Stage::Starttls, &octets).await?;
        let reply = self.read_reply(Stage::Starttls).await?;
        if reply.code != 220 {
            return Ok(StartTls::Declined(reply));
        }
        // RFC 3207 §4.2 and CVE-2011-0411: what came in clear behind the 220 must not be taken for the server's
        // words inside TLS.
        self.injected = self.assembly.take_rest();
        if !self.injected.is_empty() {
            let octets = clean_bytes(&self.injected[..self.injected.len().min(200)]);
            self.transcript.event(&format!("dropped what came in clear behind the 220: {octets}"));
        }
        match self.shake_hands(offer).await {
            Ok(handshake) => {
                self.hear_out(&handshake).await?;
                Ok(StartTls::Done(Box::new(handshake)))
            }
            Err(error) => Ok(StartTls::Failed(error)),
        }
    }

    /// Waits a moment for what a server has to say to the certificate that it did not get. In TLS 1.3 the handshake
    /// has come to its end before, and the alert may be lost if something is sent to a server that has gone.
    async fn hear_out(&mut self, handshake: &Handshake) -> Result<(), Failure> {
        if !handshake.asks_for_certificate || handshake.version != "TLSv1.3" {
            return Ok(());
        }
        let Some(Stream::Tls(stream)) = &mut self.stream else { return Ok(()) };
        let moment = handshake.elapsed.clamp(LEAST_MOMENT, GOODBYE);
        match tokio::time::timeout(moment, stream.fill_buf()).await {
            Ok(Err(error)) if tls::wanted_certificate(&error).is_some() => {
                let failure = self.broken(Stage::Handshake, &error);
                Err(self.end(failure))
            }
            // Anything else shows when the dialogue goes on.
            _ => Ok(()),
        }
    }

    /// Shakes hands on the connection as it is: behind STARTTLS, or at once where TLS is implicit.
    ///
    /// # Errors
    /// [`HandshakeError`]; the dialogue has ended then.
    pub async fn shake_hands(&mut self, offer: &Offer) -> Result<Handshake, HandshakeError> {
        let Some(Stream::Plain(stream)) = self.stream.take() else {
            return Err(HandshakeError::Closed(String::new()));
        };
        match tls::shake_hands(stream, offer, self.patience()).await {
            Ok((stream, handshake)) => {
                self.transcript.event(&format!("{}, {}", handshake.version, handshake.suite));
                self.net.smtp.courtesy.heard(self.peer);
                self.asks_for_certificate = handshake.asks_for_certificate;
                self.stream = Some(Stream::Tls(Box::new(stream)));
                Ok(handshake)
            }
            Err(error) => {
                self.transcript.event(&error.to_string());
                self.end(Failure::closed(Stage::Handshake, Some(error.to_string())));
                Err(error)
            }
        }
    }

    /// Sends a ClientHello of the caller's own and reads what the server says to it. The handshake goes no further:
    /// hang up then.
    ///
    /// # Errors
    /// [`Failure`] if the server does not answer. An alert is an answer, and so is a closed connection.
    pub async fn probe(&mut self, hello: &ClientHello) -> Result<HelloAnswer, Failure> {
        let (stage, patience) = (Stage::Handshake, self.patience());
        self.transcript.event(&format!("ClientHello up to {}", hello.version.as_str()));
        self.send(stage, &hello.encode(&rand::random())).await?;
        let answer = match tokio::time::timeout(patience, self.read_flight()).await {
            Ok(answer) => answer,
            Err(_) => return Err(self.late(stage, patience)),
        };
        self.transcript.event(&match &answer {
            HelloAnswer::Hello(hello) => format!("{}, {}", hello.version.as_str(), tls::suites::name(hello.suite)),
            HelloAnswer::Alert(alert) => format!("alert {alert}"),
            HelloAnswer::Nothing(why) => why.clone(),
        });
        Ok(answer)
    }

    async fn read_flight(&mut self) -> HelloAnswer {
        let mut flight = ServerFlight::default();
        let mut buffer = [0; CHUNK];
        loop {
            let Some(stream) = &mut self.stream else { return flight.end() };
            match stream.read(&mut buffer).await {
                Ok(length @ 1..) => {
                    if let Some(answer) = flight.push(&buffer[..length]) {
                        return answer;
                    }
                }
                // Some servers reset the connection instead of saying what they mind.
                Ok(0) | Err(_) => return flight.end(),
            }
        }
    }

    /// Whether there is no connection any more.
    pub fn is_over(&self) -> bool {
        self.stream.is_none()
    }

    /// Whether TLS protects the dialogue.
    pub fn is_private(&self) -> bool {
        matches!(self.stream, Some(Stream::Tls(_)))
    }

    /// Whether the peer begins with TLS.
    pub fn is_implicit(&self) -> bool {
        self.peer.security == Security::Implicit
    }

    /// Says goodbye and hangs up. What the server says to that does not matter.
    pub async fn quit(&mut self) {
        if self.ended.is_none() && self.stream.is_some() {
            self.transcript.client("QUIT");
            if self.send(Stage::Command, b"QUIT\r\n").await.is_ok() {
                // A short wait is enough: RFC 5321 §4.1.1.10 asks the server for a reply, we ask for nothing more.
                let _ = tokio::time::timeout(GOODBYE, self.read_reply(Stage::Command)).await;
            }
        }
        self.hang_up().await;
    }

    /// Hangs up without a word.
    pub async fn hang_up(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            let _ = tokio::time::timeout(GOODBYE, stream.close()).await;
        }
        self.turn = None;
    }

    /// The time that is left for one step.
    fn patience(&self) -> Duration {
        self.net.smtp.timeout.min(self.deadline.saturating_duration_since(Instant::from(clock::now())))
    }

    fn late(&mut self, stage: Stage, after: Duration) -> Failure {
        let over = Instant::from(clock::now()) >= self.deadline;
        let failure = if over && after < self.net.smtp.timeout {
            Failure::TooLong { stage, limit: self.limit }
        } else {
            Failure::Silent { stage, after, said: self.assembly.unfinished() }
        };
        self.end(failure)
    }

    /// Ends a dialogue whose connection broke while something was sent: a server that hangs up on us often says
    /// why first.
    async fn last_words(&mut self, stage: Stage, words: Option<String>) -> Failure {
        let reply = tokio::time::timeout(GOODBYE, self.read_on(stage)).await;
        match reply {
            Ok(Ok(reply)) => {
                self.transcript.server(reply.code, &reply.lines);
                self.end(Failure::Rejected { stage, reply })
            }
            _ => self.end(Failure::closed(stage, words)),
        }
    }

    fn end(&mut self, failure: Failure) -> Failure {
        self.transcript.event(&failure.to_string());
        self.stream = None;
        self.turn = None;
        self.ended = Some(failure.clone());
        failure
    }
}

/// The time that goodbyes may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// The time that an alert may take behind a handshake at least; a whole handshake takes longer than it mostly.
const LEAST_MOMENT: Duration = Duration::from_millis(200);

fn connect_failure(error: &std::io::Error, patience: Duration) -> Failure {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Failure::ConnectionRefused,
        std::io::ErrorKind::TimedOut => Failure::Silent { stage: Stage::Connect, after: patience, said: None },
        std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::ConnectionAborted => {
            Failure::closed(Stage::Connect, Some(error.to_string()))
        }
        _ => Failure::NoRoute { why: error.to_string() },
    }
}
