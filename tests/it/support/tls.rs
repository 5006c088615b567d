//! Resolvers over TLS (RFC 7858) and HTTPS (RFC 8484), with certificates made for the occasion.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::hostile::Query;

/// A certification authority of our own.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, for `--ca-file`.
    pub pem: String,
}

/// A certificate with its key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no name is a valid set of names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        // Two authorities must not bear one name, or a chain to the wrong one reads as a broken signature.
        let name = format!("authority {:02x?}", &key.public_key_raw()[1..9]);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for this name or address.
    pub fn certify(&self, name: &str) -> Identity {
        self.certify_as(CertificateParams::new(vec![name.to_owned()]).expect("a name"))
    }

    /// A certificate for this name that was valid once.
    pub fn certify_expired(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 4, 1);
        self.certify_as(params)
    }

    fn certify_as(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Identity { chain: vec![certificate.der().clone()], key }
    }
}

/// How a resolver speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// Frames over TLS.
    Tls,
    /// POST requests over HTTP/2, answered with this status.
    Https(u16),
}

/// An encrypted resolver that is up; it goes down when it is dropped.
pub struct Encrypted {
    pub address: SocketAddr,
    clients: Arc<Mutex<Vec<IpAddr>>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

type Answer = Arc<dyn Fn(&Query) -> Vec<u8> + Send + Sync>;

impl Encrypted {
    pub fn new(speech: Speech, identity: Identity, answer: impl Fn(&Query) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Encrypted::closing(speech, identity, usize::MAX, answer)
    }

    /// One that closes each connection after so many answers, whatever else has been asked on it.
    pub fn closing(
        speech: Speech,
        identity: Identity,
        after: usize,
        answer: impl Fn(&Query) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows them")
            .with_no_client_auth()
            .with_single_cert(identity.chain, identity.key)
            .expect("the key fits");
        if speech != Speech::Tls {
            config.alpn_protocols = vec![b"h2".to_vec()];
        }
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, mut stopped) = tokio::sync::oneshot::channel();
        let clients = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&clients);
        let answer: Answer = Arc::new(answer);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
                tell.send(listener.local_addr().expect("a bound socket")).expect("the test waits for it");
                loop {
                    let accepted = tokio::select! {
                        accepted = listener.accept() => accepted,
                        _ = &mut stopped => return,
                    };
                    let Ok((stream, client)) = accepted else { continue };
                    seen.lock().expect("nobody panicked").push(client.ip());
                    let (acceptor, answer) = (acceptor.clone(), Arc::clone(&answer));
                    tokio::spawn(async move {
                        // A client that does not trust us goes away.
                        let Ok(stream) = acceptor.accept(stream).await else { return };
                        let _ = match speech {
                            Speech::Tls => frames(stream, after, &answer).await,
                            Speech::Https(status) => requests(stream, after, status, answer).await,
                        };
                    });
                }
            });
        });
        Encrypted { address: told.recv().expect("the server is up"), clients, stop: Some(stop) }
    }

    /// Connections it was offered.
    pub fn connections(&self) -> usize {
        self.clients().len()
    }

    /// Where they came from.
    pub fn clients(&self) -> Vec<IpAddr> {
        self.clients.lock().map(|clients| clients.clone()).unwrap_or_default()
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        if !std::thread::panicking() {
            assert_ne!(self.connections(), 0, "nobody connected: the test proves nothing");
        }
    }
}

async fn frames(mut stream: TlsStream<TcpStream>, after: usize, answer: &Answer) -> std::io::Result<()> {
    for _ in 0..after {
        let length = usize::from(stream.read_u16().await?);
        let mut query = vec![0; length];
        stream.read_exact(&mut query).await?;
        let Some(query) = Query::read(&query) else { return Ok(()) };
        let reply = answer(&query);
        stream.write_u16(u16::try_from(reply.len()).map_err(std::io::Error::other)?).await?;
        stream.write_all(&reply).await?;
        stream.flush().await?;
    }
    stream.shutdown().await?;
    // What still comes is read, so that no answer on its way is lost to a reset.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(|_| ())
}

async fn requests(stream: TlsStream<TcpStream>, after: usize, status: u16, answer: Answer) -> std::io::Result<()> {
    let mut connection = h2::server::handshake(stream).await.map_err(std::io::Error::other)?;
    let mut taken = 0;
    while let Some(request) = connection.accept().await {
        let Ok((request, respond)) = request else { return Ok(()) };
        taken += 1;
        if taken == after {
            connection.graceful_shutdown();
        }
        let answer = Arc::clone(&answer);
        // The connection has to be driven while the body comes.
        tokio::spawn(async move {
            let _ = respond_to(request, respond, status, &answer).await;
        });
    }
    Ok(())
}

async fn respond_to(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    status: u16,
    answer: &Answer,
) -> Result<(), h2::Error> {
    let mut body = request.into_body();
    let mut octets = Vec::new();
    while let Some(chunk) = body.data().await {
        octets.extend_from_slice(&chunk?);
    }
    let reply = Query::read(&octets).map(|query| answer(&query)).unwrap_or_default();
    let head = http::Response::builder()
        .status(status)
        .header("content-type", "application/dns-message")
        .header("content-length", reply.len())
        .body(())
        .expect("a status and two headers");
    respond.send_response(head, false)?.send_data(reply.into(), true)
}
