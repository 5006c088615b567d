//! The engine: every question of a run on a few sockets, answered in batches.
//!
//! One task owns all state. It is woken by new batches, by packets and by one timer; on each wake it takes
//! in what has come, decides what to repeat or give up, and sends what may leave.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;

use super::error::{Error, ErrorKind};
use super::lane::{Lane, Pace};
use super::reply::{Reply, Transport};
use super::socket::{self, BATCH, Incoming, Outgoing, Udp};
use super::stream::{self, Encrypted};
use super::window::Window;
use super::wire::{self, Flags};
use super::{Exchange, Options, Question, Route, Upstream};

/// What the handle tells the engine.
pub(super) enum Command {
    /// A new lane with its questions a second.
    Lane(Option<f64>),
    /// Questions, and where the answers go, in the same order.
    Batch(Vec<Question>, oneshot::Sender<Vec<Exchange>>),
}

pub(super) struct Engine {
    options: Options,
    commands: mpsc::UnboundedReceiver<Command>,
    streamed: (mpsc::UnboundedSender<Streamed>, mpsc::UnboundedReceiver<Streamed>),
    closed: bool,
    random: StdRng,
    /// The configured resolvers come first, in their order; servers asked directly follow.
    servers: Vec<Server>,
    resolvers: Arc<[u16]>,
    by_address: HashMap<SocketAddr, u16>,
    sockets: Vec<Socket>,
    pools: [Option<Vec<u16>>; 2],
    lanes: Vec<Lane>,
    pace: Option<Pace>,
    pending: Vec<Option<Pending>>,
    free: Vec<u32>,
    generation: u32,
    batches: Vec<Option<Batch>>,
    free_batches: Vec<u32>,
    /// Timers by the number of tries already made: within one queue the waits are nearly equal, so the
    /// front is due first.
    timers: Vec<VecDeque<Timer>>,
    /// Questions whose whole time is over at that moment.
    deadlines: VecDeque<Timer>,
    sleep: Option<Pin<Box<Sleep>>>,
    outgoing: Outgoing,
    incoming: Incoming,
    received: Vec<Received>,
}

struct Server {
    label: Arc<str>,
    transport: ServerTransport,
    window: Window,
    ready: VecDeque<Ready>,
    sockets: Vec<u16>,
    next_socket: usize,
    answered: bool,
    unanswered_in_a_row: u32,
    shunned_until: Option<Instant>,
}

enum ServerTransport {
    /// A resolver on sockets of its own, connected.
    Connected(SocketAddr),
    /// A name server, asked through the shared sockets.
    Pooled(SocketAddr),
    Encrypted(Arc<Encrypted>),
}

struct Socket {
    udp: Udp,
    /// The server it is connected to, or none for a shared one.
    server: Option<u16>,
    ids: HashMap<u16, u32, BuildHasherDefault<IdHasher>>,
}

struct Pending {
    question: Question,
    batch: u32,
    index: u32,
    generation: u32,
    /// The servers this question may go to.
    route: Arc<[u16]>,
    /// Position in `route` of the server asked last.
    turn: u8,
    tries: u8,
    edns: bool,
    on_its_way: bool,
    streaming: bool,
    first_sent: Option<Instant>,
    sent: Instant,
    /// The ids under which an answer is still welcome.
    legs: Legs,
    /// A failure to report if no other server does better.
    fallback: Option<Box<Exchange>>,
}

#[derive(Clone, Copy)]
struct Leg {
    server: u16,
    socket: u16,
    id: u16,
}

/// A question that may leave. By the time it does it may have been answered late, and its slot be another's.
#[derive(Clone, Copy)]
struct Ready {
    slot: u32,
    generation: u32,
}

/// The tries of a question. Most have one, which costs no allocation.
#[derive(Default)]
struct Legs {
    first: Option<Leg>,
    more: Vec<Leg>,
}

impl Legs {
    fn push(&mut self, leg: Leg) {
        match self.first {
            None => self.first = Some(leg),
            Some(_) => self.more.push(leg),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Leg> {
        self.first.iter().chain(&self.more)
    }

    fn take(&mut self) -> impl Iterator<Item = Leg> + use<> {
        self.first.take().into_iter().chain(std::mem::take(&mut self.more))
    }
}

struct Batch {
    answers: Vec<Option<Exchange>>,
    open: usize,
    reply_to: oneshot::Sender<Vec<Exchange>>,
}

#[derive(Clone, Copy)]
struct Timer {
    due: Instant,
    slot: u32,
    generation: u32,
}

struct Streamed {
    slot: u32,
    generation: u32,
    server: u16,
    result: Result<Reply, String>,
}

struct Received {
    slot: u32,
    server: u16,
    bytes: Box<[u8]>,
}

/// Sockets a server gets: more are harder to spoof and cost nothing.
const SOCKETS: usize = 4;
/// A server that leaves so many questions in a row unanswered is asked last for a while.
const SHUN_AFTER: u32 = 8;
const SHUN_FOR: Duration = Duration::from_secs(30);
/// Retransmissions in a lane that has never answered: silence there is no loss.
const SILENT_RETRIES: u8 = 2;
/// Timers that are kept without looking whether they still matter.
const SWEEP_FROM: usize = 4_096;
/// How much longer each wait is than the one before.
const BACKOFF: f64 = 1.5;

impl Engine {
    pub(super) fn new(options: Options, commands: mpsc::UnboundedReceiver<Command>) -> Self {
        let servers: Vec<Server> = options.upstreams.iter().map(Server::resolver).collect();
        let resolvers = (0..servers.len()).map(|index| u16::try_from(index).unwrap_or(u16::MAX)).collect();
        let pace = options.max_qps.map(Pace::strict);
        Engine {
            options,
            commands,
            streamed: mpsc::unbounded_channel(),
            closed: false,
            random: StdRng::from_rng(&mut rand::rng()),
            servers,
            resolvers,
            by_address: HashMap::new(),
            sockets: Vec::new(),
            pools: [None, None],
            lanes: vec![Lane::new(None)],
            pace,
            pending: Vec::new(),
            free: Vec::new(),
            generation: 0,
            batches: Vec::new(),
            free_batches: Vec::new(),
            timers: Vec::new(),
            deadlines: VecDeque::new(),
            sleep: None,
            outgoing: Outgoing::default(),
            incoming: Incoming::new(),
            received: Vec::new(),
        }
    }

    /// Works until every handle is gone and every question is answered.
    pub(super) async fn run(mut self) {
        std::future::poll_fn(|context| self.poll(context)).await;
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let now = Instant::now();
            let mut progress = self.take_commands(context, now);
            progress |= self.take_streamed(context, now);
            progress |= self.receive(context, now);
            self.expire(now);
            self.sweep();
            self.release(now);
            self.send(now);
            if self.closed && self.batches.iter().all(Option::is_none) {
                return Poll::Ready(());
            }
            // New sockets have to be polled once to be woken by them; so does the timer.
            if progress {
                continue;
            }
            if self.poll_timer(context, now).is_pending() {
                return Poll::Pending;
            }
        }
    }

    // Commands ----------------------------------------------------------------------------------------------

    fn take_commands(&mut self, context: &mut Context<'_>, now: Instant) -> bool {
        let mut progress = false;
        while !self.closed {
            match self.commands.poll_recv(context) {
                Poll::Pending => break,
                Poll::Ready(None) => self.closed = true,
                Poll::Ready(Some(Command::Lane(rate))) => self.lanes.push(Lane::new(rate)),
                Poll::Ready(Some(Command::Batch(questions, reply_to))) => self.accept(questions, reply_to, now),
            }
            progress = true;
        }
        progress
    }

    fn accept(&mut self, questions: Vec<Question>, reply_to: oneshot::Sender<Vec<Exchange>>, now: Instant) {
        let open = questions.len();
        let batch = Batch { answers: std::iter::repeat_with(|| None).take(open).collect(), open, reply_to };
        let batch_index = match self.free_batches.pop() {
            Some(index) => {
                self.batches[index as usize] = Some(batch);
                index
            }
            None => {
                self.batches.push(Some(batch));
                index_of(self.batches.len() - 1)
            }
        };
        if open == 0 {
            self.finish_batch(batch_index);
            return;
        }
        for (index, question) in questions.into_iter().enumerate() {
            self.enqueue(question, batch_index, index_of(index), now);
        }
    }

    fn enqueue(&mut self, question: Question, batch: u32, index: u32, now: Instant) {
        let route = self.route(&question.route);
        let lane = question.lane.0 as usize;
        self.generation = self.generation.wrapping_add(1);
        let pending = Pending {
            question,
            batch,
            index,
            generation: self.generation,
            route,
            turn: 0,
            tries: 0,
            edns: true,
            on_its_way: false,
            streaming: false,
            first_sent: None,
            sent: now,
            legs: Legs::default(),
            fallback: None,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.pending[slot as usize] = Some(pending);
                slot
            }
            None => {
                self.pending.push(Some(pending));
                index_of(self.pending.len() - 1)
            }
        };
        match self.lanes.get_mut(lane) {
            Some(lane) if lane.is_paced() => lane.wait(slot),
            _ => self.make_ready(slot, now),
        }
    }

    fn route(&mut self, route: &Route) -> Arc<[u16]> {
        match route {
            Route::Resolvers => Arc::clone(&self.resolvers),
            Route::Servers(addresses) => addresses.iter().map(|address| self.direct_server(*address)).collect(),
        }
    }

    fn direct_server(&mut self, address: SocketAddr) -> u16 {
        if let Some(index) = self.by_address.get(&address) {
            return *index;
        }
        let index = u16::try_from(self.servers.len()).unwrap_or(u16::MAX);
        self.servers.push(Server::new(address.to_string().into(), ServerTransport::Pooled(address)));
        self.by_address.insert(address, index);
        index
    }

    /// Chooses the server for the next try and puts the question into its queue.
    fn make_ready(&mut self, slot: u32, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        if pending.route.is_empty() {
            let why = "no server is known to ask".to_owned();
            self.fail(slot, ErrorKind::Unreachable { why }, now);
            return;
        }
        if pending.tries == 0 {
            let preferred = pending.route.iter().position(|server| !self.servers[usize::from(*server)].is_shunned(now));
            pending.turn = u8::try_from(preferred.unwrap_or(0)).unwrap_or(0);
            let lane = &mut self.lanes[pending.question.lane.0 as usize];
            if pending.question.lane.0 != 0
                && let Some(unanswered) = lane.spares(now, self.options.timeout)
            {
                self.fail(slot, ErrorKind::Silent { unanswered }, now);
                return;
            }
        }
        let server = pending.route[usize::from(pending.turn)];
        let entry = Ready { slot, generation: pending.generation };
        let ready = &mut self.servers[usize::from(server)].ready;
        if pending.tries == 0 { ready.push_back(entry) } else { ready.push_front(entry) }
    }

    // Answers -----------------------------------------------------------------------------------------------

    fn take_streamed(&mut self, context: &mut Context<'_>, now: Instant) -> bool {
        let mut progress = false;
        while let Poll::Ready(Some(streamed)) = self.streamed.1.poll_recv(context) {
            progress = true;
            let Streamed { slot, generation, server, result } = streamed;
            if !self.is_open(slot, generation) {
                continue;
            }
            match result {
                Ok(reply) => self.judge(slot, server, reply, now),
                Err(why) => self.unreachable(slot, server, why, now),
            }
        }
        progress
    }

    fn receive(&mut self, context: &mut Context<'_>, now: Instant) -> bool {
        let mut received = std::mem::take(&mut self.received);
        let mut refused: Vec<(u16, String)> = Vec::new();
        let Engine { sockets, servers, pending, incoming, .. } = self;
        for socket in sockets.iter() {
            let mut take = |packet: &[u8], from: Option<SocketAddr>| {
                received.extend(accept_packet(packet, from, socket, servers, pending));
            };
            let state = match socket.server {
                Some(_) => socket::poll_receive(&socket.udp, context, incoming, &mut |packet| take(packet, None)),
                None => socket::poll_receive_from(&socket.udp, context, incoming, &mut |packet, from| {
                    take(packet, Some(from));
                }),
            };
            if let (Poll::Ready(Err(error)), Some(server)) = (state, socket.server) {
                refused.push((server, error.to_string()));
            }
        }
        let progress = !received.is_empty() || !refused.is_empty();
        for Received { slot, server, bytes } in received.drain(..) {
            if self.pending[slot as usize].is_none() {
                continue;
            }
            if wire::is_truncated(&bytes) {
                self.ask_over_tcp(slot, server, now);
            } else {
                self.judge(slot, server, Reply::new(bytes, Transport::Udp), now);
            }
        }
        self.received = received;
        for (server, why) in refused {
            self.port_closed(server, &why, now);
        }
        progress
    }

    /// A complete answer came: takes it, or asks another way if it says nothing.
    fn judge(&mut self, slot: u32, server: u16, reply: Reply, now: Instant) {
        self.answered(slot, server, now);
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        match reply.rcode() {
            0 | 3 => self.complete(slot, server, Ok(reply), now),
            // RFC 6891 §7: a server that does not know EDNS answers FORMERR or NOTIMP.
            1 | 4 if pending.edns => {
                pending.edns = false;
                self.drop_legs(slot);
                self.make_ready_again(slot, now);
            }
            _ => {
                let kind = ErrorKind::Rcode { reply };
                self.next_server_or_fail(slot, server, kind, now);
            }
        }
    }

    /// Notes that a server and a zone are alive.
    fn answered(&mut self, slot: u32, server: u16, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        self.lanes[pending.question.lane.0 as usize].answer();
        let once = pending.tries == 1 && !pending.streaming;
        let round_trip = once.then(|| now.saturating_duration_since(pending.sent));
        let was_on_its_way = std::mem::take(&mut pending.on_its_way);
        let current = pending.route[usize::from(pending.turn)];
        if was_on_its_way {
            self.servers[usize::from(current)].window.landed();
        }
        let state = &mut self.servers[usize::from(server)];
        let better = state.window.answered(round_trip);
        state.answered = true;
        state.unanswered_in_a_row = 0;
        state.shunned_until = None;
        if better {
            self.hurry(server);
        }
    }

    /// Brings forward the timers of what was sent when less was known of the round-trip time.
    fn hurry(&mut self, server: u16) {
        let wait = self.servers[usize::from(server)].window.retransmit_after();
        let Engine { timers, pending, .. } = self;
        let Some(first_tries) = timers.first_mut() else { return };
        for timer in first_tries.iter_mut() {
            let Some(pending) = pending[timer.slot as usize].as_ref() else { continue };
            let asked_there = pending.route.get(usize::from(pending.turn)) == Some(&server);
            if pending.generation == timer.generation && asked_there {
                timer.due = timer.due.min(pending.sent + wait);
            }
        }
    }

    fn ask_over_tcp(&mut self, slot: u32, server: u16, now: Instant) {
        self.answered(slot, server, now);
        self.drop_legs(slot);
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        pending.streaming = true;
        let (ServerTransport::Connected(address) | ServerTransport::Pooled(address)) =
            self.servers[usize::from(server)].transport
        else {
            return;
        };
        let source = self.options.source.map(|source| SocketAddr::new(source, 0));
        let mut query = Vec::new();
        let flags = pending.flags(&self.servers[usize::from(server)]);
        wire::encode(&mut query, self.random.random(), &pending.question.name, pending.question.rtype, flags);
        let (name, rtype) = (pending.question.name.clone(), pending.question.rtype);
        let generation = pending.generation;
        let done = self.streamed.0.clone();
        let budget = self.options.timeout;
        tokio::spawn(async move {
            let result = match tokio::time::timeout(budget, stream::tcp(address, source, &query)).await {
                Err(_) => return,
                Ok(Err(error)) => Err(format!("the answer is truncated, and over TCP: {error}")),
                Ok(Ok(reply)) => {
                    let bytes = reply.as_bytes();
                    let matches = bytes.get(..2) == query.get(..2)
                        && wire::answer_id(bytes).is_some()
                        && wire::answers(bytes, &name, rtype);
                    if matches { Ok(reply) } else { Err("the answer over TCP is to another question".to_owned()) }
                }
            };
            // The engine may be gone: then nobody waits for this.
            let _ = done.send(Streamed { slot, generation, server, result });
        });
    }

    fn unreachable(&mut self, slot: u32, server: u16, why: String, now: Instant) {
        self.leave_window(slot);
        self.next_server_or_fail(slot, server, ErrorKind::Unreachable { why }, now);
    }

    /// The system reported that nobody listens at a server's port. The report belongs to an earlier packet,
    /// so every question on its way to a server that has never answered takes it for its own.
    fn port_closed(&mut self, server: u16, why: &str, now: Instant) {
        if self.servers[usize::from(server)].answered {
            return;
        }
        let concerned: Vec<u32> = self
            .pending
            .iter()
            .enumerate()
            .filter_map(|(slot, pending)| {
                let pending = pending.as_ref()?;
                let current = pending.route.get(usize::from(pending.turn))?;
                (*current == server && pending.tries > 0).then(|| index_of(slot))
            })
            .collect();
        for slot in concerned {
            self.unreachable(slot, server, why.to_owned(), now);
        }
    }

    /// Whether the system has a report of a closed port waiting that nobody was woken for: epoll shows it as
    /// an error without anything to read, and readers are not woken by that.
    fn found_closed(&mut self, server: u16, now: Instant) -> bool {
        let known = &self.servers[usize::from(server)];
        if known.answered || !matches!(known.transport, ServerTransport::Connected(_)) {
            return false;
        }
        let mut sockets = known.sockets.iter().map(|socket| &self.sockets[usize::from(*socket)]);
        let Some(error) = sockets.find_map(|socket| socket::pending_error(&socket.udp)) else { return false };
        self.port_closed(server, &error.to_string(), now);
        true
    }

    fn next_server_or_fail(&mut self, slot: u32, server: u16, kind: ErrorKind, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        let exchange = pending.failure(&self.servers[usize::from(server)], kind, now);
        pending.fallback.get_or_insert_with(|| Box::new(exchange));
        let next = usize::from(pending.turn) + 1;
        if next < pending.route.len() {
            pending.turn += 1;
            pending.streaming = false;
            self.make_ready_again(slot, now);
            return;
        }
        if let Some(fallback) = pending.fallback.take() {
            self.deliver(slot, *fallback);
        }
    }

    fn make_ready_again(&mut self, slot: u32, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        pending.tries = pending.tries.max(1);
        self.make_ready(slot, now);
    }

    // Ends --------------------------------------------------------------------------------------------------

    fn complete(&mut self, slot: u32, server: u16, result: Result<Reply, Box<Error>>, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_ref() else { return };
        let exchange = pending.exchange(&self.servers[usize::from(server)], result, now);
        self.deliver(slot, exchange);
    }

    fn fail(&mut self, slot: u32, kind: ErrorKind, now: Instant) {
        self.leave_window(slot);
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        if let Some(fallback) = pending.fallback.take() {
            self.deliver(slot, *fallback);
            return;
        }
        let server = pending.route.get(usize::from(pending.turn)).copied();
        let nobody = Server::new("nobody".into(), ServerTransport::Pooled(([0, 0, 0, 0], 0).into()));
        let server = server.map_or(&nobody, |server| &self.servers[usize::from(server)]);
        let exchange = pending.failure(server, kind, now);
        self.deliver(slot, exchange);
    }

    fn deliver(&mut self, slot: u32, exchange: Exchange) {
        self.drop_legs(slot);
        let Some(pending) = self.pending[slot as usize].take() else { return };
        self.free.push(slot);
        let Some(batch) = self.batches[pending.batch as usize].as_mut() else { return };
        batch.answers[pending.index as usize] = Some(exchange);
        batch.open -= 1;
        if batch.open == 0 {
            self.finish_batch(pending.batch);
        }
    }

    fn finish_batch(&mut self, index: u32) {
        let Some(batch) = self.batches[index as usize].take() else { return };
        self.free_batches.push(index);
        let answers = batch.answers.into_iter().map(|answer| answer.expect("a batch ends with its last answer"));
        // Who asked may have gone away, interrupted: then nobody wants the answers.
        let _ = batch.reply_to.send(answers.collect());
    }

    fn drop_legs(&mut self, slot: u32) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        for leg in pending.legs.take() {
            self.sockets[usize::from(leg.socket)].ids.remove(&leg.id);
        }
    }

    fn leave_window(&mut self, slot: u32) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        if std::mem::take(&mut pending.on_its_way) {
            let server = pending.route[usize::from(pending.turn)];
            self.servers[usize::from(server)].window.landed();
        }
    }

    // Time --------------------------------------------------------------------------------------------------

    fn expire(&mut self, now: Instant) {
        for level in 0..self.timers.len() {
            while let Some(timer) = self.timers[level].front().copied() {
                let current = self.is_open(timer.slot, timer.generation);
                if current && timer.due > now {
                    break;
                }
                self.timers[level].pop_front();
                if current {
                    self.overdue(timer.slot, now);
                }
            }
        }
        while let Some(timer) = self.deadlines.front().copied() {
            let current = self.is_open(timer.slot, timer.generation);
            if current && timer.due > now {
                break;
            }
            self.deadlines.pop_front();
            if current {
                self.give_up(timer.slot, now);
            }
        }
    }

    /// Drops the timers of what has been answered, once they are by far the most: a run asks faster than timers
    /// come due, and its memory must not grow with its length.
    fn sweep(&mut self) {
        let open = self.pending.len() - self.free.len();
        let Engine { timers, deadlines, pending, .. } = self;
        for queue in timers.iter_mut().chain(std::iter::once(deadlines)) {
            if queue.len() > 4 * open + SWEEP_FROM {
                queue.retain(|timer| {
                    let pending = pending.get(timer.slot as usize).and_then(Option::as_ref);
                    pending.is_some_and(|pending| pending.generation == timer.generation)
                });
            }
        }
    }

    fn is_open(&self, slot: u32, generation: u32) -> bool {
        let pending = self.pending.get(slot as usize).and_then(Option::as_ref);
        pending.is_some_and(|pending| pending.generation == generation)
    }

    /// No answer within the usual time: presumes the packet lost and asks again, the next server if there is one.
    fn overdue(&mut self, slot: u32, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        if pending.streaming || !pending.on_its_way {
            return;
        }
        let server = pending.route[usize::from(pending.turn)];
        if self.found_closed(server, now) {
            return;
        }
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        let lane_alive = self.lanes[pending.question.lane.0 as usize].has_answered();
        let server = usize::from(pending.route[usize::from(pending.turn)]);
        let server = &mut self.servers[server];
        // Silence of a zone that has never answered says nothing about the way to the server.
        if server.answered && (lane_alive || pending.question.lane.0 == 0) {
            server.window.lost(now);
        }
        server.unanswered_in_a_row += 1;
        if server.unanswered_in_a_row >= SHUN_AFTER && pending.route.len() > 1 {
            server.shunned_until = Some(now + SHUN_FOR);
        }
        self.leave_window(slot);
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        let retries = if lane_alive { self.options.retries } else { self.options.retries.min(SILENT_RETRIES) };
        if pending.tries > retries {
            return;
        }
        let servers = u8::try_from(pending.route.len()).unwrap_or(u8::MAX).max(1);
        pending.turn = (pending.turn + 1) % servers;
        self.make_ready(slot, now);
    }

    fn give_up(&mut self, slot: u32, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_ref() else { return };
        let server = pending.route.get(usize::from(pending.turn)).copied();
        if server.is_some_and(|server| self.found_closed(server, now)) && self.pending[slot as usize].is_none() {
            return;
        }
        let Some(pending) = self.pending[slot as usize].as_ref() else { return };
        self.lanes[pending.question.lane.0 as usize].give_up();
        let tries = pending.tries;
        self.fail(slot, ErrorKind::Timeout { tries }, now);
    }

    fn poll_timer(&mut self, context: &mut Context<'_>, now: Instant) -> Poll<()> {
        let Some(due) = self.next_due(now) else { return Poll::Pending };
        let due = tokio::time::Instant::from_std(due.max(now + Duration::from_micros(100)));
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        // Resetting costs a walk of the timer wheel, so a timer that is due a little early is left alone.
        let set = sleep.deadline();
        if set > due || sleep.is_elapsed() || due.duration_since(set) > Duration::from_millis(20) {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(context)
    }

    fn next_due(&self, now: Instant) -> Option<Instant> {
        let timers = self.timers.iter().chain(std::iter::once(&self.deadlines));
        let mut due = timers.filter_map(|queue| queue.front()).map(|timer| timer.due).min();
        let mut sooner = |instant: Instant| due = Some(due.map_or(instant, |due| due.min(instant)));
        for lane in &self.lanes {
            if let Some(release) = lane.next_release(now) {
                sooner(release);
            }
        }
        let waiting = self.servers.iter().any(|server| !server.ready.is_empty());
        if waiting {
            if let Some(pace) = &self.pace {
                sooner(pace.next(now));
            }
            if self.servers.iter().any(|server| !server.ready.is_empty() && server.window.opens_with_time()) {
                sooner(now + Duration::from_millis(1));
            }
        }
        due
    }

    // Sending -----------------------------------------------------------------------------------------------

    fn release(&mut self, now: Instant) {
        for index in 0..self.lanes.len() {
            while self.lanes[index].has_waiting() {
                let Some(slot) = self.lanes[index].release(now) else { break };
                self.make_ready(slot, now);
            }
        }
    }

    fn send(&mut self, now: Instant) {
        for server in 0..self.servers.len() {
            while !self.servers[server].ready.is_empty() {
                if !self.send_batch(server, now) {
                    break;
                }
            }
        }
    }

    /// Sends up to one batch; whether it makes sense to go on.
    fn send_batch(&mut self, server_index: usize, now: Instant) -> bool {
        let room = self.servers[server_index].window.room(now).min(BATCH);
        if room == 0 {
            return false;
        }
        let server_id = u16::try_from(server_index).unwrap_or(u16::MAX);
        let socket_index = match self.socket_for(server_index) {
            Ok(index) => index,
            Err(error) => {
                let why = format!("no socket can be opened: {error}");
                while let Some(ready) = self.servers[server_index].ready.pop_front() {
                    if self.is_open(ready.slot, ready.generation) {
                        self.unreachable(ready.slot, server_id, why.clone(), now);
                    }
                }
                return false;
            }
        };
        self.outgoing.clear();
        let mut count = 0;
        while count < room {
            let Some(Ready { slot, generation }) = self.servers[server_index].ready.front().copied() else { break };
            if !self.is_open(slot, generation) {
                self.servers[server_index].ready.pop_front();
                continue;
            }
            if let Some(pace) = &mut self.pace
                && !pace.take(now)
            {
                break;
            }
            self.servers[server_index].ready.pop_front();
            if self.prepare(slot, server_id, socket_index, now) {
                count += 1;
            }
        }
        let Some(socket_index) = socket_index else { return count == room };
        if count == 0 {
            return false;
        }
        let socket = &self.sockets[usize::from(socket_index)];
        if socket.server.is_some()
            && let Some(error) = socket::send(&socket.udp, &self.outgoing)
        {
            self.port_closed(server_id, &error.to_string(), now);
        }
        count == room
    }

    /// Writes one query, or hands it to a stream. Without a socket the server is asked over TLS.
    fn prepare(&mut self, slot: u32, server_id: u16, socket: Option<u16>, now: Instant) -> bool {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return false };
        if pending.on_its_way {
            return false;
        }
        let server = &mut self.servers[usize::from(server_id)];
        let flags = pending.flags(server);
        server.window.sent(now);
        pending.on_its_way = true;
        let first = pending.first_sent.is_none();
        let first_sent = *pending.first_sent.get_or_insert(now);
        pending.sent = now;
        pending.tries += 1;
        let generation = pending.generation;
        match (socket, &server.transport) {
            (Some(socket), transport) => {
                // The answer comes to the socket it was asked from, so each socket has a leg of its own.
                let known = pending.legs.iter().find(|leg| leg.server == server_id && leg.socket == socket).copied();
                let leg = known.unwrap_or_else(|| {
                    let ids = &mut self.sockets[usize::from(socket)].ids;
                    let id = loop {
                        let id: u16 = self.random.random();
                        if !ids.contains_key(&id) {
                            break id;
                        }
                    };
                    ids.insert(id, slot);
                    let leg = Leg { server: server_id, socket, id };
                    pending.legs.push(leg);
                    leg
                });
                let packet = self.outgoing.next();
                wire::encode(packet, leg.id, &pending.question.name, pending.question.rtype, flags);
                if let ServerTransport::Pooled(address) = transport {
                    // As above: a datagram that does not leave is a lost one.
                    let _ = socket::send_to(&self.sockets[usize::from(leg.socket)].udp, packet, *address);
                }
            }
            (None, ServerTransport::Encrypted(encrypted)) => {
                pending.streaming = true;
                let encrypted = Arc::clone(encrypted);
                let mut query = Vec::new();
                wire::encode(&mut query, self.random.random(), &pending.question.name, pending.question.rtype, flags);
                let (name, rtype) = (pending.question.name.clone(), pending.question.rtype);
                let done = self.streamed.0.clone();
                let budget = self.options.timeout;
                tokio::spawn(async move {
                    let asked = tokio::time::timeout(budget, encrypted.exchange(&query, budget)).await;
                    let Ok(result) = asked else { return };
                    let result = result.and_then(|reply| {
                        let fits = wire::answers(reply.as_bytes(), &name, rtype);
                        if fits { Ok(reply) } else { Err("the answer is to another question".to_owned()) }
                    });
                    // The engine may be gone: then nobody waits for this.
                    let _ = done.send(Streamed { slot, generation, server: server_id, result });
                });
            }
            (None, _) => {}
        }
        if first {
            self.deadlines.push_back(Timer { due: first_sent + self.options.timeout, slot, generation });
        }
        self.arm(slot, now, first_sent);
        true
    }

    /// Sets the time after which the question is asked again, if that is before its end.
    fn arm(&mut self, slot: u32, now: Instant, first_sent: Instant) {
        let Some(pending) = self.pending[slot as usize].as_ref() else { return };
        if pending.streaming {
            return;
        }
        let server = pending.route[usize::from(pending.turn)];
        let wait = self.servers[usize::from(server)].window.retransmit_after();
        let level = usize::from(pending.tries.saturating_sub(1));
        let wait = wait.mul_f64(BACKOFF.powi(i32::from(pending.tries.saturating_sub(1))));
        let due = now + wait;
        if due >= first_sent + self.options.timeout {
            return;
        }
        if self.timers.len() <= level {
            self.timers.resize_with(level + 1, VecDeque::new);
        }
        self.timers[level].push_back(Timer { due, slot, generation: pending.generation });
    }

    /// The socket for the next batch to a server; none if it is asked over a stream.
    fn socket_for(&mut self, server_index: usize) -> std::io::Result<Option<u16>> {
        let server = &self.servers[server_index];
        let (peer, address) = match &server.transport {
            ServerTransport::Encrypted(_) => return Ok(None),
            ServerTransport::Connected(address) => (Some(*address), *address),
            ServerTransport::Pooled(address) => (None, *address),
        };
        if server.sockets.len() == SOCKETS {
            let turn = server.next_socket % SOCKETS;
            let chosen = server.sockets[turn];
            self.servers[server_index].next_socket = turn + 1;
            return Ok(Some(chosen));
        }
        let family = usize::from(address.is_ipv6());
        if peer.is_none()
            && let Some(pool) = &self.pools[family]
        {
            self.servers[server_index].sockets.clone_from(pool);
            return self.socket_for(server_index);
        }
        let source = self.options.source.filter(|source| source.is_ipv6() == address.is_ipv6());
        let mut opened = Vec::with_capacity(SOCKETS);
        for _ in 0..SOCKETS {
            let udp = socket::open(source.map(|source| SocketAddr::new(source, 0)), peer, address.is_ipv6())?;
            let server = peer.map(|_| u16::try_from(server_index).unwrap_or(u16::MAX));
            opened.push(u16::try_from(self.sockets.len()).unwrap_or(u16::MAX));
            self.sockets.push(Socket { udp, server, ids: HashMap::default() });
        }
        if peer.is_none() {
            self.pools[family] = Some(opened.clone());
        }
        self.servers[server_index].sockets = opened;
        self.socket_for(server_index)
    }
}

/// Finds the question a packet answers: known id on this socket, the server it was sent to, and exactly the
/// question asked. Anything else is somebody else's packet and is dropped.
fn accept_packet(
    packet: &[u8],
    from: Option<SocketAddr>,
    socket: &Socket,
    servers: &[Server],
    pending: &[Option<Pending>],
) -> Option<Received> {
    if packet.len() > usize::from(wire::PAYLOAD) {
        return None;
    }
    let id = wire::answer_id(packet)?;
    let slot = *socket.ids.get(&id)?;
    let question = pending[slot as usize].as_ref()?;
    let server = match from {
        None => socket.server?,
        Some(from) => {
            let leg = question.legs.iter().find(|leg| leg.id == id)?;
            match servers[usize::from(leg.server)].transport {
                ServerTransport::Pooled(address) if same_endpoint(address, from) => leg.server,
                _ => return None,
            }
        }
    };
    if !wire::answers(packet, &question.question.name, question.question.rtype) {
        return None;
    }
    Some(Received { slot, server, bytes: packet.into() })
}

/// Address and port, without the scope and flow that IPv6 sockets add.
fn same_endpoint(one: SocketAddr, other: SocketAddr) -> bool {
    one.ip() == other.ip() && one.port() == other.port()
}

impl Server {
    fn resolver(upstream: &Upstream) -> Self {
        let transport = match upstream {
            Upstream::Plain(address) => ServerTransport::Connected(*address),
            Upstream::Encrypted(_, encrypted) => ServerTransport::Encrypted(Arc::clone(encrypted)),
        };
        Server::new(upstream.label(), transport)
    }

    fn new(label: Arc<str>, transport: ServerTransport) -> Self {
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

    fn is_shunned(&self, now: Instant) -> bool {
        self.shunned_until.is_some_and(|until| now < until)
    }
}

impl Pending {
    fn flags(&self, server: &Server) -> Flags {
        Flags {
            recursion: !matches!(server.transport, ServerTransport::Pooled(_)),
            checking_disabled: self.question.checking_disabled,
            edns: self.edns,
            dnssec_ok: self.question.dnssec_ok,
        }
    }

    fn exchange(&self, server: &Server, result: Result<Reply, Box<Error>>, now: Instant) -> Exchange {
        let elapsed = self.first_sent.map_or(Duration::ZERO, |sent| now.saturating_duration_since(sent));
        Exchange { result, server: Arc::clone(&server.label), elapsed }
    }

    fn failure(&self, server: &Server, kind: ErrorKind, now: Instant) -> Exchange {
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
struct IdHasher(u64);

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

fn index_of(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than four billion questions are open at once")
}
