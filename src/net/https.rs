//! One HTTPS request for one small file: no redirects, a limit on time and on octets.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::join_all;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::dial::{self, redirected};
use super::memory::{Memory, Slot};
use super::{Net, dns};
use crate::names::domain::Domain;
use crate::net::dial::Family;
use crate::report::clean;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The host, whose name the certificate must have.
    pub host: &'a Domain,
    /// Its port.
    pub port: u16,
    /// The path, with the query.
    pub path: &'a str,
    /// The media types that are welcome.
    pub accept: &'a str,
    /// Octets of the body that are read at most.
    pub limit: usize,
    /// The time everything together may take.
    pub time: Duration,
}

impl Request<'_> {
    /// The host, with its port unless that is the usual one (RFC 9110 §7.2).
    fn authority(&self) -> String {
        if self.port == PORT { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Where a redirect leads to.
    pub location: Option<String>,
    /// The media type as given.
    pub content_type: Option<String>,
    /// The body; none if it is longer than the limit.
    pub body: Option<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The host has no address.
    #[error("{0} has no address")]
    NoAddress(Domain),
    /// Its addresses could not be asked for.
    #[error(transparent)]
    Dns(Box<dns::Error>),
    /// Nobody can reach it from outside.
    #[error("{0} is a private or reserved address")]
    Private(IpAddr),
    /// No connection came about.
    #[error("{peer} cannot be reached: {why}")]
    Unreachable {
        /// The address tried last.
        peer: SocketAddr,
        /// The system's words.
        why: String,
        /// What kind of failure that is.
        kind: ErrorKind,
    },
    /// It took too long.
    #[error("{0} did not answer within {limit} s", limit = .1.as_secs())]
    Timeout(Domain, Duration),
    /// The certificate is not that of the host.
    #[error("{0}")]
    Certificate(String),
    /// TLS came to no end.
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
    /// The server does not speak HTTP.
    #[error("no HTTP answer: {0}")]
    Http(String),
}

/// Where a host takes connections: its addresses of each family, as far as it has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peers(Vec<(Option<Family>, Vec<SocketAddr>)>);

/// Finds where a host takes connections. What `--connect-to` says of its name goes before its addresses, and what
/// it says of an address goes in that one's place; none of the host's own addresses may be an inside one.
///
/// # Errors
/// [`Error`] if it has no address, a private one, or if that could not be told.
pub async fn peers(host: &Domain, port: u16, net: &Net) -> Result<Peers, Error> {
    if let Some(to) = redirected(&net.connect_to, host.as_str(), port) {
        return Ok(Peers(vec![(None, vec![to])]));
    }
    let addresses = net.addresses(host).await.map_err(Error::Dns)?;
    if let Some(private) = addresses.iter().find(|address| net.barred(**address).is_some()) {
        return Err(Error::Private(*private));
    }
    let family = |wanted: Family| {
        let of_family = addresses.iter().filter(|address| address.is_ipv4() == (wanted == Family::V4));
        let peer = |address: &IpAddr| {
            let to = redirected(&net.connect_to, &address.to_string(), port);
            to.unwrap_or_else(|| SocketAddr::new(*address, port))
        };
        (Some(wanted), of_family.map(peer).take(MAX_PEERS).collect::<Vec<_>>())
    };
    let families = [Family::V4, Family::V6].map(family).into_iter().filter(|(_, peers)| !peers.is_empty());
    let peers = Peers(families.collect());
    if peers.0.is_empty() { Err(Error::NoAddress(host.clone())) } else { Ok(peers) }
}

/// What was answered over each family. The family is none where `--connect-to` says where to go.
pub type Answers = Vec<(Option<Family>, Result<Response, Error>)>;

/// The pages that a run has read, for runs whose checks share them.
#[derive(Debug)]
pub struct Pages(Memory<(Domain, u16, String, Duration), Slot<Answers>>);

/// Pages of a generation.
const MAX_PAGES: usize = 256;

impl Default for Pages {
    fn default() -> Self {
        Pages(Memory::new(MAX_PAGES))
    }
}

impl Pages {
    fn slot(&self, request: Request<'_>) -> Slot<Answers> {
        self.0.slot((request.host.clone(), request.port, request.path.to_owned(), request.time))
    }
}

/// Asks over each family at the same time; once a run where pages are remembered.
pub async fn get(request: Request<'_>, peers: Peers, net: &Net, config: &Arc<ClientConfig>) -> Answers {
    match &net.pages {
        Some(pages) => pages.slot(request).get_or_init(|| ask(request, peers, net, config)).await.clone(),
        None => ask(request, peers, net, config).await,
    }
}

async fn ask(request: Request<'_>, peers: Peers, net: &Net, config: &Arc<ClientConfig>) -> Answers {
    let late = || Err(Error::Timeout(request.host.clone(), request.time));
    join_all(peers.0.into_iter().map(|(family, peers)| async move {
        let exchange = exchange(request, &peers, net, Arc::clone(config));
        (family, tokio::time::timeout(request.time, exchange).await.unwrap_or_else(|_| late()))
    }))
    .await
}

async fn exchange(
    request: Request<'_>,
    peers: &[SocketAddr],
    net: &Net,
    config: Arc<ClientConfig>,
) -> Result<Response, Error> {
    let stream = connect(request.host, peers, net).await?;
    let name =
        ServerName::try_from(request.host.as_str().to_owned()).map_err(|error| Error::Handshake(error.to_string()))?;
    let stream =
        TlsConnector::from(config).connect(name, stream).await.map_err(|error| explain(&error, request.host))?;
    let http = |error: hyper::Error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Error::Http(clean(&format!("{error}{cause}")))
    };
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .handshake(TokioIo::new(Limit { stream, left: request.limit + MAX_BESIDES }))
        .await
        .map_err(http)?;
    let wanted = hyper::Request::get(request.path)
        .header(HOST, request.authority())
        .header(USER_AGENT, concat!("spamcheck/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, request.accept)
        .body(Empty::<Bytes>::new())
        .map_err(|error| Error::Http(error.to_string()))?;
    let answer = async {
        let response = sender.send_request(wanted).await.map_err(http)?;
        let text = |name| {
            response
                .headers()
                .get(name)
                .map(|value: &hyper::header::HeaderValue| clean(&String::from_utf8_lossy(value.as_bytes())))
        };
        let (status, location, content_type) = (response.status().as_u16(), text(LOCATION), text(CONTENT_TYPE));
        let body = match Limited::new(response.into_body(), request.limit).collect().await {
            Ok(body) => Some(body.to_bytes().to_vec()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => None,
            Err(error) => return Err(Error::Http(clean(&error.to_string()))),
        };
        Ok(Response { status, location, content_type, body })
    };
    // The connection is driven beside the answer, and ends with it.
    let connection = async {
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = answer => answer,
        () = connection => Err(Error::Http("the connection ended".to_owned())),
    }
}

/// Octets of the head of an answer, and those that are read ahead.
const MAX_HEAD: usize = 32 << 10;
/// Octets beside the body: heads, the interim answers (1xx) in front of the last one, and what frames the chunks.
const MAX_BESIDES: usize = 256 << 10;

/// A stream that ends in an error once more was read of it than an answer has. Interim answers have no number of
/// their own (RFC 9110 §15.2).
struct Limit<S> {
    stream: S,
    left: usize,
}

impl<S: AsyncRead + Unpin> AsyncRead for Limit<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(std::io::Error::other("it does not come to an end"))),
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limit<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

async fn connect(host: &Domain, peers: &[SocketAddr], net: &Net) -> Result<TcpStream, Error> {
    let mut last = Error::NoAddress(host.clone());
    for &peer in peers {
        match tokio::time::timeout(PATIENCE, dial::tcp(peer, net.source)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = Error::Unreachable { peer, why: error.to_string(), kind: error.kind() },
            Err(_) => {
                let why = format!("no answer within {} s", PATIENCE.as_secs());
                last = Error::Unreachable { peer, why, kind: ErrorKind::TimedOut };
            }
        }
    }
    Err(last)
}

/// The port of HTTPS.
pub const PORT: u16 = 443;
/// Addresses of one family that are tried at most.
const MAX_PEERS: usize = 2;
/// The time one address has to take a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A failed handshake in words.
fn explain(error: &std::io::Error, host: &Domain) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(fault)) => Error::Certificate(certificate_fault(fault, host)),
        Some(other) => Error::Handshake(clean(&other.to_string())),
        None => Error::Handshake(clean(&error.to_string())),
    }
}

/// What is wrong with a certificate, as an administrator would say it.
pub fn certificate_fault(fault: &CertificateError, host: &Domain) -> String {
    let day = |time: &rustls::pki_types::UnixTime| {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        jiff::Timestamp::from_second(seconds).map(|time| time.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
    };
    match fault {
        CertificateError::ExpiredContext { not_after, .. } => format!("the certificate expired on {}", day(not_after)),
        CertificateError::Expired => "the certificate has expired".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate is not valid before {}", day(not_before))
        }
        CertificateError::NotValidYet => "the certificate is not valid yet".to_owned(),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<String> = presented.iter().take(4).map(|name| clean(name)).collect();
            let names = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            format!("the certificate is not for {host}: it is for {names}")
        }
        CertificateError::NotValidForName => format!("the certificate is not for {host}"),
        CertificateError::UnknownIssuer => {
            "the certificate is self-signed, of an authority that is not trusted, or its chain is incomplete".to_owned()
        }
        CertificateError::BadSignature => "the signature of the certificate does not fit its issuer's key".to_owned(),
        CertificateError::Revoked => "the certificate is revoked".to_owned(),
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the certificate is self-signed".to_owned()
        }
        other => format!("the certificate is not valid: {}", clean(&other.to_string())),
    }
}
