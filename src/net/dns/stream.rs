//! Questions over streams: TCP after truncation, DNS over TLS and over HTTPS.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use hickory_net::h2::HttpsClientStream;
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::tls::tls_exchange;
use hickory_net::xfer::{DnsExchange, DnsHandle};
use hickory_proto::op::{DnsRequest, DnsRequestOptions, Message};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;

use super::reply::{Reply, Transport};
use crate::net::dial;

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
    provider: TokioRuntimeProvider,
    connection: Mutex<Option<Connection>>,
}

impl std::fmt::Debug for Encrypted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Encrypted({}, {})", self.address, self.server_name)
    }
}

type Connection = DnsExchange<TokioRuntimeProvider>;

impl Encrypted {
    /// A server not yet connected to.
    pub fn new(address: SocketAddr, server_name: String, path: Option<String>, tls: Arc<rustls::ClientConfig>) -> Self {
        Encrypted {
            address,
            server_name,
            path,
            tls,
            provider: TokioRuntimeProvider::default(),
            connection: Mutex::new(None),
        }
    }

    /// Asks one question; the reason of a failure is in words, since it is for people.
    pub(super) async fn exchange(&self, query: &[u8], budget: Duration) -> Result<Reply, String> {
        let message = Message::from_vec(query).map_err(|error| error.to_string())?;
        let connection = self.connection(budget).await?;
        let request = DnsRequest::new(message, DnsRequestOptions::default());
        let mut answers = connection.send(request);
        let answer = answers.next().await;
        match answer {
            Some(Ok(response)) => {
                let bytes = response.into_buffer().into_boxed_slice();
                let transport = if self.path.is_some() { Transport::Https } else { Transport::Tls };
                Ok(Reply::new(bytes, transport))
            }
            Some(Err(error)) => {
                self.connection.lock().await.take();
                Err(error.to_string())
            }
            None => {
                self.connection.lock().await.take();
                Err("the connection was closed".to_owned())
            }
        }
    }

    async fn connection(&self, budget: Duration) -> Result<Connection, String> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = &*slot {
            return Ok(connection.clone());
        }
        let connection = self.connect(budget).await?;
        *slot = Some(connection.clone());
        Ok(connection)
    }

    async fn connect(&self, budget: Duration) -> Result<Connection, String> {
        let provider = self.provider.clone();
        let in_words = |error: hickory_net::NetError| explain(&error);
        if let Some(path) = &self.path {
            let mut builder = HttpsClientStream::builder(Arc::clone(&self.tls), provider);
            builder.request_timeout(budget);
            return builder
                .exchange(self.address, self.server_name.as_str().into(), path.as_str().into())
                .await
                .map_err(in_words);
        }
        let name = ServerName::try_from(self.server_name.clone()).map_err(|error| error.to_string())?;
        let config = rustls::ClientConfig::clone(&self.tls);
        tls_exchange(self.address, name, config, budget, Some(MAX_REQUESTS), provider).await.map_err(in_words)
    }
}

/// Questions on their way over one TLS connection.
const MAX_REQUESTS: usize = 1024;

fn explain(error: &hickory_net::NetError) -> String {
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
