//! The octets below a dialogue, before and after TLS.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::net::tls::Watched;

/// A connection.
#[derive(Debug)]
pub(super) enum Stream {
    /// In clear.
    Plain(TcpStream),
    /// Inside TLS.
    Tls(Box<TlsStream<Watched>>),
}

impl Stream {
    /// Reads what is there, at least one octet unless the connection has ended.
    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(buffer).await,
            // Many servers close without close_notify, which is no error at the end of a dialogue.
            Stream::Tls(stream) => match stream.read(buffer).await {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                read => read,
            },
        }
    }

    /// Sends all of it.
    pub(super) async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.write_all(octets).await,
            Stream::Tls(stream) => {
                stream.write_all(octets).await?;
                stream.flush().await
            }
        }
    }

    /// Ends the connection in order.
    pub(super) async fn close(&mut self) {
        // The other side may be gone already; nothing depends on it.
        let _ = match self {
            Stream::Plain(stream) => stream.shutdown().await,
            Stream::Tls(stream) => stream.shutdown().await,
        };
    }
}
