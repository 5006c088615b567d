//! A connection below TLS that gives out a bounded number of octets, remembers the first ones, and hears a server out
//! that has hung up.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The connection.
#[derive(Debug)]
pub struct Watched {
    stream: TcpStream,
    left: usize,
    first: Vec<u8>,
}

/// Octets of a connection that are read at most: no handshake and no dialogue behind it needs a tenth of them, and
/// records that carry nothing can be sent without end.
pub(super) const MAX_OCTETS: usize = 4 << 20;
/// Octets that are remembered.
const MAX_FIRST: usize = 200;

impl Watched {
    pub(super) fn new(stream: TcpStream) -> Self {
        Watched { stream, left: MAX_OCTETS, first: Vec::new() }
    }

    /// The address of this end.
    ///
    /// # Errors
    /// As [`TcpStream::local_addr`].
    pub fn local_addr(&self) -> io::Result<std::net::SocketAddr> {
        self.stream.local_addr()
    }

    /// The first octets the other side sent.
    pub(super) fn first(&self) -> &[u8] {
        &self.first
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other(format!("more than {MAX_OCTETS} octets"))));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = &buffer.filled()[before..];
        self.left = self.left.saturating_sub(read.len());
        let wanted = MAX_FIRST.saturating_sub(self.first.len()).min(read.len());
        self.first.extend_from_slice(&read[..wanted]);
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, octets) {
            // A server that gives up says why before it closes. That is still to be read when nothing can be written
            // any more; if it is not there, reading fails for the same reason.
            Poll::Ready(Err(error)) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                Poll::Ready(Ok(octets.len()))
            }
            polled => polled,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
