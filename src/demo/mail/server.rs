//! A mail server that does as its description says.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{Authorities, Greylist, GreylistKey, MailDescription, Manner, Scripted, Seen};
use crate::net::tls::groups::MORE;

/// A server.
pub(super) struct Server {
    description: MailDescription,
    tls: Option<Arc<ServerConfig>>,
    /// The first certificate and what is sent with it.
    chain: Vec<CertificateDer<'static>>,
    seen: Mutex<Seen>,
    /// How often each scripted reply was due.
    due: Vec<AtomicUsize>,
}

/// One dialogue's state.
struct Dialogue<S> {
    stream: S,
    pending: Vec<u8>,
    inside: bool,
    sender: String,
    errors: u32,
}

/// How a dialogue goes on.
enum Next {
    Command,
    Handshake,
    End,
}

/// Octets of a command that are read at most.
const MAX_COMMAND: usize = 64 * 1024;

impl Server {
    pub(super) fn new(
        description: &MailDescription,
        keys: Vec<Arc<CertifiedKey>>,
        authorities: &Authorities,
    ) -> Result<Self, String> {
        let chain = keys.first().map(|key| key.cert.clone()).unwrap_or_default();
        let tls = match &keys[..] {
            [] => None,
            _ => Some(Arc::new(server_config(keys, description, authorities)?)),
        };
        let due = description.replies.iter().map(|_| AtomicUsize::new(0)).collect();
        Ok(Server { description: description.clone(), tls, chain, seen: Mutex::default(), due })
    }

    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let server = Arc::clone(&self);
            tokio::spawn(async move {
                // A client that goes away ends its dialogue, nothing else.
                let _ = server.talk(stream).await;
            });
        }
    }

    async fn talk(&self, stream: TcpStream) -> io::Result<()> {
        match self.description.manner {
            Manner::Silent => {
                let mut stream = stream;
                let mut buffer = [0; 512];
                while stream.read(&mut buffer).await? > 0 {}
                return Ok(());
            }
            Manner::Closing | Manner::Refusing => return Ok(()),
            Manner::Ordinary => {}
        }
        if self.description.port == Some(465) && !self.description.in_clear {
            return self.talk_inside(stream, Vec::new()).await;
        }
        let mut dialogue = Dialogue::new(stream, false);
        if !self.greet(&mut dialogue).await? {
            return Ok(());
        }
        match self.converse(&mut dialogue).await? {
            Next::Handshake => self.talk_inside(dialogue.stream, dialogue.pending).await,
            Next::Command | Next::End => dialogue.stream.shutdown().await,
        }
    }

    /// The part of a dialogue inside TLS. `injected` are commands that came in clear behind STARTTLS.
    async fn talk_inside(&self, mut stream: TcpStream, injected: Vec<u8>) -> io::Result<()> {
        if let Some(instead) = &self.description.breaks_handshake {
            let mut buffer = [0; 512];
            let _ = stream.read(&mut buffer).await?;
            stream.write_all(instead.as_bytes()).await?;
            return stream.shutdown().await;
        }
        if self.description.stalls_handshake {
            let mut buffer = [0; 512];
            while stream.read(&mut buffer).await? > 0 {}
            return Ok(());
        }
        if let Some(old) = &self.description.old
            && old.answer(&mut stream, &self.chain).await?
        {
            return stream.shutdown().await;
        }
        let Some(tls) = &self.tls else { return Ok(()) };
        let stream = TlsAcceptor::from(Arc::clone(tls)).accept(stream).await?;
        let mut dialogue = Dialogue::new(stream, true);
        if self.description.obeys_injected {
            dialogue.pending = injected;
        }
        if self.description.port == Some(465) && !self.greet(&mut dialogue).await? {
            return Ok(());
        }
        self.converse(&mut dialogue).await?;
        dialogue.stream.shutdown().await
    }

    async fn greet<S: AsyncRead + AsyncWrite + Unpin>(&self, dialogue: &mut Dialogue<S>) -> io::Result<bool> {
        tokio::time::sleep(Duration::from_millis(self.description.greeting_delay_ms)).await;
        if let Some(scripted) = self.scripted("greeting", false) {
            return dialogue.act(scripted).await;
        }
        let usual = [format!("220 {} ESMTP", self.description.name)];
        let lines = if self.description.greeting.is_empty() { &usual } else { &self.description.greeting[..] };
        dialogue.say(lines).await?;
        Ok(true)
    }

    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(&self, dialogue: &mut Dialogue<S>) -> io::Result<Next> {
        while let Some(command) = dialogue.line().await? {
            let next = self.answer(dialogue, &command).await?;
            if !matches!(next, Next::Command) {
                return Ok(next);
            }
            if self.description.error_limit.is_some_and(|limit| dialogue.errors >= limit) {
                dialogue.say(&[format!("421 4.7.0 {} Error: too many errors", self.description.name)]).await?;
                return Ok(Next::End);
            }
        }
        Ok(Next::End)
    }

    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        dialogue: &mut Dialogue<S>,
        command: &str,
    ) -> io::Result<Next> {
        if let Some(scripted) = self.scripted(command, dialogue.inside) {
            let says_ready = scripted.say.first().is_some_and(|line| line.starts_with("220"));
            let goes_on = dialogue.act(scripted).await?;
            let is_starttls = command.eq_ignore_ascii_case("STARTTLS") && says_ready;
            return Ok(if !goes_on {
                Next::End
            } else if is_starttls {
                Next::Handshake
            } else {
                Next::Command
            });
        }
        let upper = command.to_ascii_uppercase();
        let name = &self.description.name;
        let one = |text: &str| vec![text.to_owned()];
        let reply = match upper.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => self.offer(dialogue.inside),
            "HELO" => vec![format!("250 {name}")],
            "STARTTLS" if !dialogue.inside && (self.tls.is_some() || self.description.old.is_some()) => {
                // In one piece, as somebody who waits for the client would be late.
                let said = format!("220 2.0.0 Ready to start TLS\r\n{}", self.description.injects);
                dialogue.stream.write_all(said.as_bytes()).await?;
                dialogue.stream.flush().await?;
                return Ok(Next::Handshake);
            }
            "MAIL" => {
                dialogue.sender = path(command);
                one("250 2.1.0 Ok")
            }
            "RCPT" => vec![self.recipient(&dialogue.sender, &path(command))],
            "DATA" => {
                dialogue.say(&["354 End data with <CR><LF>.<CR><LF>".to_owned()]).await?;
                while let Some(line) = dialogue.line().await? {
                    if line == "." {
                        break;
                    }
                }
                match self.scripted(".", dialogue.inside) {
                    Some(scripted) => {
                        return Ok(if dialogue.act(scripted).await? { Next::Command } else { Next::End });
                    }
                    None => one("250 2.0.0 Ok: queued"),
                }
            }
            "RSET" | "NOOP" => one("250 2.0.0 Ok"),
            "VRFY" => one("252 2.0.0 Cannot VRFY user"),
            "QUIT" => {
                dialogue.say(&["221 2.0.0 Bye".to_owned()]).await?;
                return Ok(Next::End);
            }
            _ => one("502 5.5.2 Error: command not recognized"),
        };
        dialogue.errors += u32::from(reply.iter().any(|line| line.starts_with('5')));
        dialogue.say(&reply).await?;
        Ok(Next::Command)
    }

    fn offer(&self, inside: bool) -> Vec<String> {
        let MailDescription { name, offers, offers_inside, .. } = &self.description;
        let offered: Vec<&String> = match (inside, offers_inside) {
            (true, Some(offers)) => offers.iter().collect(),
            (true, None) => offers.iter().filter(|offer| *offer != "STARTTLS").collect(),
            (false, _) => offers.iter().collect(),
        };
        let last = offered.len();
        let mut lines = vec![format!("250{}{name}", if last == 0 { ' ' } else { '-' })];
        for (index, offer) in offered.into_iter().enumerate() {
            lines.push(format!("250{}{offer}", if index + 1 == last { ' ' } else { '-' }));
        }
        lines
    }

    /// The reply to RCPT.
    fn recipient(&self, sender: &str, recipient: &str) -> String {
        let MailDescription { domains, mailboxes, relays, .. } = &self.description;
        let (local, domain) = recipient.rsplit_once('@').unwrap_or((recipient, ""));
        let is_local = domain.is_empty() || domains.iter().any(|own| own.eq_ignore_ascii_case(domain));
        if !is_local && !relays {
            return format!("554 5.7.1 <{recipient}>: Relay access denied");
        }
        let knows = |mailboxes: &Vec<String>| mailboxes.iter().any(|mailbox| mailbox.eq_ignore_ascii_case(local));
        if is_local && !mailboxes.as_ref().is_none_or(knows) {
            return format!("550 5.1.1 <{recipient}>: Recipient address rejected: User unknown");
        }
        match self.description.greylists.as_ref().and_then(|greylist| self.greylisted(greylist, sender, recipient)) {
            Some(reply) => reply,
            None => "250 2.1.5 Ok".to_owned(),
        }
    }

    fn greylisted(&self, greylist: &Greylist, sender: &str, recipient: &str) -> Option<String> {
        let key = match greylist.key {
            GreylistKey::SenderAndRecipient => format!("{sender} {recipient}"),
            GreylistKey::Client => String::new(),
            GreylistKey::Sender => sender.to_owned(),
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let first = *seen.entry(key).or_insert_with(Instant::now);
        let left = Duration::from_millis(greylist.milliseconds).checked_sub(first.elapsed())?;
        Some(greylist.reply.replace("{left}", &left.as_secs_f32().ceil().to_string()))
    }

    fn scripted(&self, command: &str, inside: bool) -> Option<&Scripted> {
        let fits = |scripted: &Scripted| {
            let begins = command.get(..scripted.to.len()).is_some_and(|start| start.eq_ignore_ascii_case(&scripted.to));
            begins && scripted.inside.is_none_or(|wanted| wanted == inside)
        };
        self.description.replies.iter().zip(&self.due).find_map(|(scripted, due)| {
            if !fits(scripted) {
                return None;
            }
            let time = due.fetch_add(1, Ordering::Relaxed) + 1;
            (time >= scripted.from && scripted.first.is_none_or(|first| time <= first)).then_some(scripted)
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    fn new(stream: S, inside: bool) -> Self {
        Dialogue { stream, pending: Vec::new(), inside, sender: String::new(), errors: 0 }
    }

    /// The next line without its end; none at the end of the connection.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut buffer = [0; 1024];
        loop {
            if let Some(at) = self.pending.iter().position(|octet| *octet == b'\n') {
                let rest = self.pending.split_off(at + 1);
                let line = std::mem::replace(&mut self.pending, rest);
                return Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()));
            }
            let length = self.stream.read(&mut buffer).await?;
            if length == 0 || self.pending.len() > MAX_COMMAND {
                return Ok(None);
            }
            self.pending.extend_from_slice(&buffer[..length]);
        }
    }

    async fn say(&mut self, lines: &[String]) -> io::Result<()> {
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await
    }

    /// Does as the script says; whether the dialogue goes on.
    async fn act(&mut self, scripted: &Scripted) -> io::Result<bool> {
        tokio::time::sleep(Duration::from_millis(scripted.delay_ms)).await;
        let octets = match &scripted.raw {
            Some(raw) => raw.as_bytes().repeat(scripted.times),
            None => scripted.say.iter().flat_map(|line| format!("{line}\r\n").into_bytes()).collect(),
        };
        if scripted.drip_ms == 0 {
            self.stream.write_all(&octets).await?;
        } else {
            for octet in octets {
                self.stream.write_all(&[octet]).await?;
                self.stream.flush().await?;
                tokio::time::sleep(Duration::from_millis(scripted.drip_ms)).await;
            }
        }
        self.stream.flush().await?;
        self.errors += u32::from(scripted.say.iter().any(|line| line.starts_with('5')));
        Ok(!scripted.closes)
    }
}

/// The address in a command's angle brackets.
fn path(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.rsplit_once('>')).map(|(path, _)| path);
    inner.unwrap_or_default().to_owned()
}

fn server_config(
    keys: Vec<Arc<CertifiedKey>>,
    description: &MailDescription,
    authorities: &Authorities,
) -> Result<ServerConfig, String> {
    let versions = match description.tls.as_deref() {
        None => rustls::ALL_VERSIONS.to_vec(),
        Some("1.2") => vec![&rustls::version::TLS12],
        Some("1.3") => vec![&rustls::version::TLS13],
        Some(other) => return Err(format!("TLS {other} is not among those this server speaks")),
    };
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    if let Some(groups) = &description.groups {
        // The library minds suites without a group of theirs, whatever the version.
        provider.cipher_suites.retain(|suite| versions.iter().any(|version| *version == suite.version()));
        provider.kx_groups.extend(MORE);
        provider.kx_groups.retain(|known| groups.iter().any(|group| *group == format!("{:?}", known.name())));
    }
    let provider = Arc::new(provider);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_protocol_versions(&versions).map_err(|error| error.to_string())?;
    let builder = match description.demands_certificate {
        true => builder.with_client_cert_verifier(authorities.of_clients(&provider)?),
        false => builder.with_no_client_auth(),
    };
    Ok(builder.with_cert_resolver(Arc::new(ByScheme { keys, needs_name: description.needs_name })))
}

/// Takes the first certificate whose key can sign as the client wants.
#[derive(Debug)]
struct ByScheme {
    keys: Vec<Arc<CertifiedKey>>,
    needs_name: bool,
}

impl ResolvesServerCert for ByScheme {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if self.needs_name && hello.server_name().is_none() {
            return None;
        }
        let fits = |key: &&Arc<CertifiedKey>| key.key.choose_scheme(hello.signature_schemes()).is_some();
        self.keys.iter().find(fits).cloned()
    }
}
