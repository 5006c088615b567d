//! The engine: every question of a run on a few sockets, answered in batches.
//!
//! One task owns all state. It is woken by new batches, by packets and by one timer; on each wake it takes
//! in what has come ([`answers`]), decides what to repeat or give up ([`time`]), and sends what may leave
//! ([`send`]).

mod answers;
mod send;
mod state;
#[cfg(test)]
mod tests;
mod time;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;

use self::state::{Attempts, Batch, Pending, Ready, Received, Server, ServerTransport, Socket, Streamed, Timer};
use super::error::ErrorKind;
use super::socket::{Incoming, Outgoing};
use super::zone_queue::{Pace, ZoneQueue};
use super::{Exchange, Options, Question, Route};
use crate::net::clock;

/// What the handle tells the engine.
pub(super) enum Command {
    /// A new queue with its questions a second.
    Queue(Option<f64>),
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
    queues: Vec<ZoneQueue>,
    pace: Option<Pace>,
    pending: Vec<Option<Pending>>,
    free: Vec<u32>,
    generation: u32,
    batches: Vec<Option<Batch>>,
    free_batches: Vec<u32>,
    /// Timers by the number of tries already made and by whether the wait is measured or guessed: within one
    /// queue the waits are nearly equal, so the front is due first.
    timers: Vec<VecDeque<Timer>>,
    /// Questions whose whole time is over at that moment.
    deadlines: VecDeque<Timer>,
    sleep: Option<Pin<Box<Sleep>>>,
    outgoing: Outgoing,
    incoming: Incoming,
    received: Vec<Received>,
}

impl Engine {
    pub(super) fn new(options: Options, commands: mpsc::UnboundedReceiver<Command>) -> Self {
        let servers: Vec<Server> = options.upstreams.iter().map(Server::resolver).collect();
        let resolvers = (0..u16::MAX).take(servers.len().min(MAX_ROUTE)).collect();
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
            queues: vec![ZoneQueue::new(None)],
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
            let now = clock::now();
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

    fn take_commands(&mut self, context: &mut Context<'_>, now: Instant) -> bool {
        let mut progress = false;
        while !self.closed {
            match self.commands.poll_recv(context) {
                Poll::Pending => break,
                Poll::Ready(None) => self.closed = true,
                Poll::Ready(Some(Command::Queue(rate))) => self.queues.push(ZoneQueue::new(rate)),
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
        let queue = question.queue.0 as usize;
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
            attempts: Attempts::default(),
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
        match self.queues.get_mut(queue) {
            Some(queue) if queue.is_paced() => queue.wait(slot),
            _ => self.make_ready(slot, now),
        }
    }

    fn route(&mut self, route: &Route) -> Arc<[u16]> {
        match route {
            Route::Resolvers => Arc::clone(&self.resolvers),
            Route::Servers(addresses) => {
                addresses.iter().take(MAX_ROUTE).filter_map(|address| self.direct_server(*address)).collect()
            }
        }
    }

    /// The place of a name server; none if a run has asked as many as it may.
    fn direct_server(&mut self, address: SocketAddr) -> Option<u16> {
        if let Some(index) = self.by_address.get(&address) {
            return Some(*index);
        }
        let index = u16::try_from(self.servers.len()).ok()?;
        self.servers.push(Server::new(address.to_string().into(), ServerTransport::Pooled(address)));
        self.by_address.insert(address, index);
        Some(index)
    }

    /// Chooses the server for the next try and puts the question into its queue.
    fn make_ready(&mut self, slot: u32, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        if pending.route.is_empty() {
            let kind = match &pending.question.route {
                Route::Servers(servers) if !servers.is_empty() => {
                    ErrorKind::Budget { why: format!("this run has asked {} servers", self.servers.len()) }
                }
                _ => ErrorKind::Unreachable { why: "no server is known to ask".to_owned() },
            };
            self.fail(slot, kind, now);
            return;
        }
        if pending.tries == 0 {
            let preferred = pending.route.iter().position(|server| !self.servers[usize::from(*server)].is_shunned(now));
            pending.turn = u8::try_from(preferred.unwrap_or(0)).unwrap_or(0);
            let queue = &mut self.queues[pending.question.queue.0 as usize];
            if pending.question.queue.0 != 0
                && let Some(unanswered) = queue.spares(now, self.options.timeout)
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
}

/// Servers that one question may go to at most: it counts its tries in one octet.
const MAX_ROUTE: usize = 128;

fn index_of(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than four billion questions are open at once")
}
