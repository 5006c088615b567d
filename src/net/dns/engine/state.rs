//! What the engine keeps of servers, sockets, questions and batches.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::super::error::{Error, ErrorKind};
use super::super::reply::Reply;
use super::super::socket::Udp;
use super::super::stream::Encrypted;
use super::super::window::Window;
use super::super::wire::Flags;
use super::super::{Exchange, Question, Upstream};

pub(super) struct Server {
    pub(super) label: Arc<str>,
    pub(super) transport: ServerTransport,
    pub(super) window: Window,
    pub(super) ready: VecDeque<Ready>,
    pub(super) sockets: Vec<u16>,
    pub(super) next_socket: usize,
    pub(super) answered: bool,
    pub(super) unanswered_in_a_row: u32,
    pub(super) shunned_until: Option<Instant>,
}

pub(super) enum ServerTransport {
    /// A resolver on sockets of its own, connected.
    Connected(SocketAddr),
    /// A name server, asked through the shared sockets.
    Pooled(SocketAddr),
    Encrypted(Arc<Encrypted>),
}

pub(super) struct Socket {
    pub(super) udp: Udp,
    /// The server it is connected to, or none for a shared one.
    pub(super) server: Option<u16>,
    pub(super) ids: HashMap<u16, u32, BuildHasherDefault<IdHasher>>,
}

pub(super) struct Pending {
    pub(super) question: Question,
    pub(super) batch: u32,
    pub(super) index: u32,
    pub(super) generation: u32,
    /// The servers this question may go to.
    pub(super) route: Arc<[u16]>,
    /// Position in `route` of the server asked last.
    pub(super) turn: u8,
    pub(super) tries: u8,
    pub(super) edns: bool,
    pub(super) on_its_way: bool,
    pub(super) streaming: bool,
    pub(super) first_sent: Option<Instant>,
    pub(super) sent: Instant,
    /// The ids under which an answer is still welcome.
    pub(super) attempts: Attempts,
    /// A failure to report if no other server does better.
    pub(super) fallback: Option<Box<Exchange>>,
}

#[derive(Clone, Copy)]
pub(super) struct Attempt {
    pub(super) server: u16,
    pub(super) socket: u16,
    pub(super) id: u16,
}

/// A question that may leave. By the time it does it may have been answered late, and its slot be another's.
#[derive(Clone, Copy)]
pub(super) struct Ready {
    pub(super) slot: u32,
    pub(super) generation: u32,
}

/// The tries of a question. Most have one, which costs no allocation.
#[derive(Default)]
pub(super) struct Attempts {
    pub(super) first: Option<Attempt>,
    pub(super) more: Vec<Attempt>,
}

impl Attempts {
    pub(super) fn push(&mut self, attempt: Attempt) {
        match self.first {
            None => self.first = Some(attempt),
            Some(_) => self.more.push(attempt),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Attempt> {
        self.first.iter().chain(&self.more)
    }

    pub(super) fn take(&mut self) -> impl Iterator<Item = Attempt> + use<> {
        self.first.take().into_iter().chain(std::mem::take(&mut self.more))
    }
}

pub(super) struct Batch {
    pub(super) answers: Vec<Option<Exchange>>,
    pub(super) open: usize,
    pub(super) reply_to: oneshot::Sender<Vec<Exchange>>,
}

#[derive(Clone, Copy)]
pub(super) struct Timer {
    pub(super) due: Instant,
    pub(super) slot: u32,
    pub(super) generation: u32,
}

pub(super) struct Streamed {
    pub(super) slot: u32,
    pub(super) generation: u32,
    pub(super) server: u16,
    pub(super) result: Result<Reply, String>,
}

pub(super) struct Received {
    pub(super) slot: u32,
    pub(super) server: u16,
    pub(super) bytes: Box<[u8]>,
}

impl Server {
    pub(super) fn resolver(upstream: &Upstream) -> Self {
        let transport = match upstream {
            Upstream::Plain(address) => ServerTransport::Connected(*address),
            Upstream::Encrypted(_, encrypted) => ServerTransport::Encrypted(Arc::clone(encrypted)),
        };
        Server::new(upstream.label(), transport)
    }

    pub(super) fn new(label: Arc<str>, transport: ServerTransport) -> Self {
        Server {
            label,
            transport,
            window: Window::new(),
            ready: VecDeque::new(),
            sockets: Vec::new(),
            next_socket: 0,
            answered: false,
            unanswered_in_a_row: 0,
            shunned_until: None,
        }
    }

    pub(super) fn is_shunned(&self, now: Instant) -> bool {
        self.shunned_until.is_some_and(|until| now < until)
    }
}

impl Pending {
    /// Whether a server is left after the one asked last.
    pub(super) fn has_next(&self) -> bool {
        usize::from(self.turn) + 1 < self.route.len()
    }

    pub(super) fn flags(&self, server: &Server) -> Flags {
        Flags {
            recursion: !matches!(server.transport, ServerTransport::Pooled(_)),
            checking_disabled: self.question.checking_disabled,
            edns: self.edns,
            dnssec_ok: self.question.dnssec_ok,
        }
    }

    pub(super) fn exchange(&self, server: &Server, result: Result<Reply, Box<Error>>, now: Instant) -> Exchange {
        let elapsed = self.first_sent.map_or(Duration::ZERO, |sent| now.saturating_duration_since(sent));
        Exchange { result, server: Arc::clone(&server.label), elapsed }
    }

    pub(super) fn failure(&self, server: &Server, kind: ErrorKind, now: Instant) -> Exchange {
        let error = Error {
            name: self.question.name.clone(),
            rtype: self.question.rtype,
            server: Arc::clone(&server.label),
            kind,
        };
        self.exchange(server, Err(Box::new(error)), now)
    }
}

/// Ids are random already; spreading them over the table's control bits is all that is left to do.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u16(&mut self, id: u16) {
        self.0 = u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
