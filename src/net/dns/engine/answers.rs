//! What comes in: datagrams and streams, judged, and delivered to whoever asked.

use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Instant;

use hickory_proto::rr::RecordType;
use rand::RngExt;

use super::super::error::{Error, ErrorKind};
use super::super::reply::{Reply, Transport};
use super::super::{socket, stream, wire};
use super::{Engine, Pending, Received, Server, ServerTransport, Socket, Streamed, Timer, index_of};
use crate::net::dns::Exchange;

impl Engine {
    pub(super) fn take_streamed(&mut self, context: &mut Context<'_>, now: Instant) -> bool {
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

    pub(super) fn receive(&mut self, context: &mut Context<'_>, now: Instant) -> bool {
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
    pub(super) fn judge(&mut self, slot: u32, server: u16, reply: Reply, now: Instant) {
        self.answered(slot, server, now);
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        if let Some(fault) = reply.fault() {
            let kind = ErrorKind::Malformed { why: fault.to_owned() };
            return self.next_server_or_fail(slot, server, kind, now);
        }
        match reply.rcode() {
            0 | 3 if reply.is_filtered() => {
                self.next_server_or_fail(slot, server, ErrorKind::Filtered { reply }, now);
            }
            0 | 3 if pending.has_next() && says_nothing(&reply, pending.question.rtype) => {
                let exchange = pending.exchange(&self.servers[usize::from(server)], Ok(reply), now);
                self.next_server_or(slot, exchange, now);
            }
            0 | 3 => self.complete(slot, server, Ok(reply), now),
            // RFC 6891 §7 and §6.1.3: a server that does not know EDNS, or not this version of it, is asked without.
            FORMERR | NOTIMP | BADVERS if pending.edns => {
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
    pub(super) fn answered(&mut self, slot: u32, server: u16, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        let queue = pending.question.queue.0 as usize;
        self.queues[queue].answer();
        let once = pending.tries == 1 && !pending.streaming;
        let round_trip = once.then(|| now.saturating_duration_since(pending.sent));
        let was_on_its_way = std::mem::take(&mut pending.on_its_way);
        let current = pending.route[usize::from(pending.turn)];
        if was_on_its_way {
            self.servers[usize::from(current)].window.landed();
        }
        let state = &mut self.servers[usize::from(server)];
        // What has no zone may be known to the resolver already, and says nothing of the way to the others.
        let round_trip = round_trip.filter(|_| queue != 0);
        state.window.answered(round_trip);
        state.answered = true;
        state.unanswered_in_a_row = 0;
        state.shunned_until = None;
        if round_trip.is_some_and(|round_trip| self.queues[queue].round_trip.measure(round_trip)) {
            self.hurry(queue);
        }
    }

    /// Brings forward the timers of what was sent when less was known of the zone's round-trip time.
    fn hurry(&mut self, queue: usize) {
        let wait = self.queues[queue].round_trip.retransmit_after();
        let Engine { timers, pending, .. } = self;
        let [measured, unmeasured, ..] = timers.as_mut_slice() else { return };
        let due = |timer: &Timer| {
            let pending = pending[timer.slot as usize].as_ref()?;
            let concerned = pending.generation == timer.generation && pending.question.queue.0 as usize == queue;
            concerned.then(|| timer.due.min(pending.sent + wait))
        };
        for timer in measured.iter_mut() {
            timer.due = due(timer).unwrap_or(timer.due);
        }
        unmeasured.retain(|timer| match due(timer) {
            Some(due) => {
                measured.push_back(Timer { due, ..*timer });
                false
            }
            None => true,
        });
    }

    pub(super) fn ask_over_tcp(&mut self, slot: u32, server: u16, now: Instant) {
        self.answered(slot, server, now);
        self.drop_legs(slot);
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        pending.streaming = true;
        let (ServerTransport::Connected(address) | ServerTransport::Pooled(address)) =
            self.servers[usize::from(server)].transport
        else {
            return;
        };
        let source = self.options.source;
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

    pub(super) fn unreachable(&mut self, slot: u32, server: u16, why: String, now: Instant) {
        self.leave_window(slot);
        self.next_server_or_fail(slot, server, ErrorKind::Unreachable { why }, now);
    }

    /// The system reported that nobody listens at a server's port. The report belongs to an earlier packet,
    /// so every question on its way to a server that has never answered takes it for its own.
    pub(super) fn port_closed(&mut self, server: u16, why: &str, now: Instant) {
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
    pub(super) fn found_closed(&mut self, server: u16, now: Instant) -> bool {
        let known = &self.servers[usize::from(server)];
        if known.answered || !matches!(known.transport, ServerTransport::Connected(_)) {
            return false;
        }
        let mut sockets = known.sockets.iter().map(|socket| &self.sockets[usize::from(*socket)]);
        let Some(error) = sockets.find_map(|socket| socket::pending_error(&socket.udp)) else { return false };
        self.port_closed(server, &error.to_string(), now);
        true
    }

    pub(super) fn next_server_or_fail(&mut self, slot: u32, server: u16, kind: ErrorKind, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        let exchange = pending.failure(&self.servers[usize::from(server)], kind, now);
        self.next_server_or(slot, exchange, now);
    }

    /// Asks the next server. Should none do better, the first of these answers stands.
    fn next_server_or(&mut self, slot: u32, exchange: Exchange, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        pending.fallback.get_or_insert_with(|| Box::new(exchange));
        if pending.has_next() {
            pending.turn += 1;
            pending.streaming = false;
            self.make_ready_again(slot, now);
            return;
        }
        if let Some(fallback) = pending.fallback.take() {
            self.deliver(slot, *fallback);
        }
    }

    pub(super) fn make_ready_again(&mut self, slot: u32, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        pending.tries = pending.tries.max(1);
        self.make_ready(slot, now);
    }

    pub(super) fn complete(&mut self, slot: u32, server: u16, result: Result<Reply, Box<Error>>, now: Instant) {
        let Some(pending) = self.pending[slot as usize].as_ref() else { return };
        let exchange = pending.exchange(&self.servers[usize::from(server)], result, now);
        self.deliver(slot, exchange);
    }

    pub(super) fn fail(&mut self, slot: u32, kind: ErrorKind, now: Instant) {
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

    pub(super) fn deliver(&mut self, slot: u32, exchange: Exchange) {
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

    pub(super) fn finish_batch(&mut self, index: u32) {
        let Some(batch) = self.batches[index as usize].take() else { return };
        self.free_batches.push(index);
        let answers = batch.answers.into_iter().map(|answer| answer.expect("a batch ends with its last answer"));
        // Who asked may have gone away, interrupted: then nobody wants the answers.
        let _ = batch.reply_to.send(answers.collect());
    }

    pub(super) fn drop_legs(&mut self, slot: u32) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        for attempt in pending.attempts.take() {
            self.sockets[usize::from(attempt.socket)].ids.remove(&attempt.id);
        }
    }

    pub(super) fn leave_window(&mut self, slot: u32) {
        let Some(pending) = self.pending[slot as usize].as_mut() else { return };
        if std::mem::take(&mut pending.on_its_way) {
            let server = pending.route[usize::from(pending.turn)];
            self.servers[usize::from(server)].window.landed();
        }
    }
}

/// Whether an answer is one that another server may better: it refuses this resolver, is about other names, or is a
/// referral, as lame servers give it upwards (RFC 4697 §2.2).
fn says_nothing(reply: &Reply, rtype: RecordType) -> bool {
    if reply.is_empty() {
        return reply.is_referral();
    }
    reply.answer(rtype).is_err() || rtype == RecordType::A && reply.refuses_resolver()
}

const FORMERR: u16 = 1;
const NOTIMP: u16 = 4;
const BADVERS: u16 = 16;

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
            let attempt = question.attempts.iter().find(|attempt| attempt.id == id)?;
            match servers[usize::from(attempt.server)].transport {
                ServerTransport::Pooled(address) if same_endpoint(address, from) => attempt.server,
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
