//! Questions over streams: TCP after truncation, DNS over TLS and over HTTPS.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use hickory_net::NetError;
use hickory_net::h2::HttpsClientStream;
use hickory_net::tls::tls_exchange;
use hickory_net::xfer::{DnsExchange, DnsHandle};
use hickory_proto::op::{DnsRequest, DnsRequestOptions, Message};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;

use super::reply::{Reply, Transport};
use super::runtime::Runtime;
use crate::net::dial;
use crate::report::clean;

/// A server that is asked over TLS or HTTPS, on one connection that is opened when needed.
pub struct Encrypted {
    /// Where it listens.
    pub address: SocketAddr,
    /// The name its certificate must bear.
    pub server_name: String,
    /// The path of the query URL, for HTTPS alone.
    pub path: Option<String>,
    /// What is trusted.
    pub tls: Arc<rustls::ClientConfig>,
    /// Owns the tasks that drive the connection; they end with it.
    runtime: Runtime,
    open: Mutex<Option<Open>>,
}

/// A connection that is open, or was when it was last looked at.
#[derive(Clone)]
struct Open {
    connection: DnsExchange<Runtime>,
    /// Whether it has brought an answer.
    useful: Arc<AtomicBool>,
}

impl std::fmt::Debug for Encrypted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Encrypted({}, {})", self.address, self.server_name)
    }
}

impl Encrypted {
    /// A server not yet connected to, which will be from `source`.
    pub fn new(
        address: SocketAddr,
        server_name: String,
        path: Option<String>,
        tls: Arc<rustls::ClientConfig>,
        source: Option<IpAddr>,
    ) -> Self {
        Encrypted { address, server_name, path, tls, runtime: Runtime::from(source), open: Mutex::new(None) }
    }

    /// Asks one question; the reason of a failure is in words, since it is for people. What was on its way when the
    /// server closed a connection is asked again on a new one (RFC 7766 §6.2.4), as long as its connections bring
    /// answers at all.
    pub(super) async fn exchange(&self, query: &[u8], budget: Duration) -> Result<Reply, String> {
        let message = Message::from_vec(query).map_err(|error| error.to_string())?;
        let mut in_vain = 0;
        loop {
            let open = self.open(budget).await?;
            let request = DnsRequest::new(message.clone(), DnsRequestOptions::default());
            let why = match open.connection.send(request).next().await {
                Some(Ok(response)) => {
                    open.useful.store(true, Ordering::Relaxed);
                    let bytes = response.into_buffer().into_boxed_slice();
                    let transport = if self.path.is_some() { Transport::Https } else { Transport::Tls };
                    return Ok(Reply::new(bytes, transport));
                }
                Some(Err(error)) if !is_of_connection(&error) => return Err(clean(&error.to_string())),
                Some(Err(error)) => {
                    in_vain += u32::from(is_of_stream(&error));
                    error.to_string()
                }
                None => "the connection was closed".to_owned(),
            };
            self.leave(&open).await;
            in_vain += u32::from(!open.useful.load(Ordering::Relaxed));
            if in_vain >= MAX_IN_VAIN {
                return Err(clean(&why));
            }
        }
    }

    async fn open(&self, budget: Duration) -> Result<Open, String> {
        let mut slot = self.open.lock().await;
        if let Some(open) = &*slot {
            return Ok(open.clone());
        }
        let open = Open { connection: self.connect(budget).await?, useful: Arc::default() };
        *slot = Some(open.clone());
        Ok(open)
    }

    /// Gives a connection up, unless somebody who asked at the same time has done so already.
    async fn leave(&self, gone: &Open) {
        let mut slot = self.open.lock().await;
        slot.take_if(|open| Arc::ptr_eq(&open.useful, &gone.useful));
    }

    async fn connect(&self, budget: Duration) -> Result<DnsExchange<Runtime>, String> {
        let runtime = self.runtime.clone();
        let in_words = |error: NetError| explain(&error);
        if let Some(path) = &self.path {
            let mut builder = HttpsClientStream::builder(Arc::clone(&self.tls), runtime);
            builder.request_timeout(budget);
            return builder
                .exchange(self.address, self.server_name.as_str().into(), path.as_str().into())
                .await
                .map_err(in_words);
        }
        let name = ServerName::try_from(self.server_name.clone()).map_err(|error| error.to_string())?;
        let config = rustls::ClientConfig::clone(&self.tls);
        tls_exchange(self.address, name, config, budget, Some(MAX_REQUESTS), runtime).await.map_err(in_words)
    }
}

/// Questions on their way over one TLS connection.
const MAX_REQUESTS: usize = 1024;

/// Connections that may close on a question, or streams that may be reset, without an answer to anybody.
const MAX_IN_VAIN: u32 = 3;

/// Whether a failure is the end of a connection or stream, and not the server's answer or its silence.
fn is_of_connection(error: &NetError) -> bool {
    match error {
        NetError::Timeout | NetError::Proto(_) | NetError::Dns(_) | NetError::Decode(_) => false,
        // What hickory says of the status and the type of an answer over HTTPS.
        NetError::Msg(words) => !words.starts_with("http unsuccessful code") && !words.starts_with("ContentType"),
        _ => true,
    }
}

/// Whether the server reset the one stream of this question, and may hold the connection open.
fn is_of_stream(error: &NetError) -> bool {
    matches!(error, NetError::H2(error) if error.is_reset())
}

fn explain(error: &NetError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// Asks over TCP (RFC 7766), one question a connection. An answer is at most 65,535 octets.
pub(super) async fn tcp(server: SocketAddr, source: Option<IpAddr>, query: &[u8]) -> std::io::Result<Reply> {
    let mut stream = dial::tcp(server, source).await?;
    let length = u16::try_from(query.len()).unwrap_or(u16::MAX);
    let mut framed = Vec::with_capacity(query.len() + 2);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(query);
    stream.write_all(&framed).await?;
    let length = usize::from(stream.read_u16().await?);
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    Ok(Reply::new(bytes.into_boxed_slice(), Transport::Tcp))
}
