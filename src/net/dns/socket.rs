//! UDP sockets that send and receive in batches.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};

use tokio::net::UdpSocket;

use super::wire::MAX_QUERY;
use crate::net::dial;

/// Datagrams in one system call.
pub(super) const BATCH: usize = 32;
/// Room for one datagram: more than the payload we offer, so that an oversized one is seen as such.
const DATAGRAM: usize = 2048;

/// A socket that is polled for what comes in, and written to at once: a datagram that does not fit into the
/// system's buffer is lost like any other, so there is nothing to wait for.
#[derive(Debug)]
pub(super) struct Udp {
    receiver: UdpSocket,
    sender: std::net::UdpSocket,
}

impl Udp {
    /// Opens a socket at `local`, on a random port, connected to `peer` if there is one.
    pub(super) fn open(local: IpAddr, peer: Option<SocketAddr>) -> io::Result<Self> {
        let socket = dial::udp(local, peer)?;
        let sender = socket.try_clone()?;
        Ok(Udp { receiver: UdpSocket::from_std(socket)?, sender })
    }
}

/// Queries to send in one go, in buffers that are used again.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    packets: Vec<Vec<u8>>,
    length: usize,
}

impl Outgoing {
    /// A cleared buffer for the next query.
    pub(super) fn next(&mut self) -> &mut Vec<u8> {
        if self.length == self.packets.len() {
            self.packets.push(Vec::with_capacity(MAX_QUERY));
        }
        self.length += 1;
        &mut self.packets[self.length - 1]
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    fn packets(&self) -> &[Vec<u8>] {
        &self.packets[..self.length]
    }
}

/// Room for the answers of one system call.
#[derive(Debug)]
pub(super) struct Incoming {
    buffer: Box<[u8]>,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Incoming { buffer: vec![0; BATCH * DATAGRAM].into_boxed_slice() }
    }
}

/// Sends the batch on a connected socket. What the system does not take now is lost like a datagram on the
/// way, and asked again. Returns the refusal of an earlier datagram (ECONNREFUSED), which the system reports
/// on whatever call comes next; it stops a batch half-way, so the rest is sent again.
pub(super) fn send(socket: &Udp, outgoing: &Outgoing) -> Option<io::Error> {
    let mut rest = outgoing.packets();
    let mut refusal = None;
    // Each turn sends a datagram or takes one report.
    for _ in 0..=2 * rest.len() {
        if rest.is_empty() {
            break;
        }
        match batch::send(&socket.sender, rest) {
            Ok(0) => break,
            Ok(sent) => rest = &rest[sent..],
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => refusal = Some(error),
            Err(_) => break,
        }
    }
    refusal
}

/// The report of a closed port that waits on the socket, if there is one.
pub(super) fn pending_error(socket: &Udp) -> Option<io::Error> {
    socket.sender.take_error().ok().flatten()
}

/// Sends one datagram to an address on an unconnected socket.
pub(super) fn send_to(socket: &Udp, packet: &[u8], peer: SocketAddr) -> io::Result<usize> {
    socket.sender.send_to(packet, peer)
}

/// Receives what is there on a connected socket and hands each datagram to `each`.
///
/// Ready with an error is the error of an earlier datagram (ECONNREFUSED).
pub(super) fn poll_receive(
    socket: &Udp,
    context: &mut Context<'_>,
    incoming: &mut Incoming,
    each: &mut dyn FnMut(&[u8]),
) -> Poll<io::Result<()>> {
    loop {
        match socket.receiver.poll_recv_ready(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {}
        }
        match batch::receive(&socket.receiver, &mut incoming.buffer, each) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// Receives what is there on an unconnected socket, with the sender of each datagram.
pub(super) fn poll_receive_from(
    socket: &Udp,
    context: &mut Context<'_>,
    incoming: &mut Incoming,
    each: &mut dyn FnMut(&[u8], SocketAddr),
) -> Poll<io::Result<()>> {
    loop {
        match socket.receiver.poll_recv_ready(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {}
        }
        match socket.receiver.try_recv_from(&mut incoming.buffer[..DATAGRAM]) {
            Ok((length, peer)) => each(&incoming.buffer[..length], peer),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// One system call for many datagrams, where the platform has it.
#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd"))]
mod batch {
    use std::cell::RefCell;
    use std::io::{self, IoSlice, IoSliceMut};
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{MsgFlags, MultiHeaders, recvmmsg, sendmmsg};
    use tokio::io::Interest;
    use tokio::net::UdpSocket;

    use super::{BATCH, DATAGRAM};

    thread_local! {
        // The headers hold raw pointers and so cannot live in a future that is Send; the runtime has one thread.
        static HEADERS: RefCell<MultiHeaders<()>> = RefCell::new(MultiHeaders::preallocate(BATCH, None));
    }

    pub(super) fn send(socket: &std::net::UdpSocket, packets: &[Vec<u8>]) -> io::Result<usize> {
        let slices: [[IoSlice<'_>; 1]; BATCH] =
            std::array::from_fn(|index| [IoSlice::new(packets.get(index).map_or(&[], Vec::as_slice))]);
        let slices = &slices[..packets.len().min(BATCH)];
        let no_addresses = [None::<()>; BATCH];
        HEADERS.with_borrow_mut(|headers| {
            let sent = sendmmsg(socket.as_raw_fd(), headers, slices, no_addresses, [], MsgFlags::MSG_DONTWAIT)?;
            Ok(sent.count())
        })
    }

    pub(super) fn receive(socket: &UdpSocket, buffer: &mut [u8], each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut lengths = [0_usize; BATCH];
        let count = socket.try_io(Interest::READABLE, || {
            HEADERS.with_borrow_mut(|headers| {
                let mut chunks = buffer.chunks_exact_mut(DATAGRAM);
                let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
                    std::array::from_fn(|_| [IoSliceMut::new(chunks.next().unwrap_or_default())]);
                let flags = MsgFlags::MSG_DONTWAIT;
                let mut count = 0;
                for message in recvmmsg(socket.as_raw_fd(), headers, slices.iter_mut(), flags, None)? {
                    lengths[count] = message.bytes;
                    count += 1;
                }
                Ok(count)
            })
        })?;
        for (datagram, length) in buffer.chunks_exact(DATAGRAM).zip(&lengths[..count]) {
            each(&datagram[..(*length).min(DATAGRAM)]);
        }
        Ok(())
    }
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd")))]
mod batch {
    use std::io;

    use tokio::net::UdpSocket;

    use super::DATAGRAM;

    pub(super) fn send(socket: &std::net::UdpSocket, packets: &[Vec<u8>]) -> io::Result<usize> {
        for (sent, packet) in packets.iter().enumerate() {
            if let Err(error) = socket.send(packet) {
                return if sent > 0 { Ok(sent) } else { Err(error) };
            }
        }
        Ok(packets.len())
    }

    pub(super) fn receive(socket: &UdpSocket, buffer: &mut [u8], each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let length = socket.try_recv(&mut buffer[..DATAGRAM])?;
        each(&buffer[..length]);
        Ok(())
    }
}
