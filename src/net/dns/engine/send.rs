//! What leaves: as many questions as queues, pace and windows let through.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

use rand::RngExt;

use super::super::socket::{self, BATCH, Udp};
use super::super::wire;
use super::state::Attempt;
use super::{Engine, Ready, ServerTransport, Socket, Streamed, Timer};

/// Sockets a server gets: more are harder to spoof and cost nothing.
const SOCKETS: usize = 4;

impl Engine {
    pub(super) fn release(&mut self, now: Instant) {
        for index in 0..self.queues.len() {
            while self.queues[index].has_waiting() {
                let Some(slot) = self.queues[index].release(now) else { break };
                self.make_ready(slot, now);
            }
        }
    }

    pub(super) fn send(&mut self, now: Instant) {
        for server in 0..self.servers.len() {
            while !self.servers[server].ready.is_empty() {
                if !self.send_batch(server, now) {
                    break;
                }
            }
        }
    }

    /// Sends up to one batch; whether it makes sense to go on.
    pub(super) fn send_batch(&mut self, server_index: usize, now: Instant) -> bool {
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
    pub(super) fn prepare(&mut self, slot: u32, server_id: u16, socket: Option<u16>, now: Instant) -> bool {
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
        pending.tries = pending.tries.saturating_add(1);
        let generation = pending.generation;
        match (socket, &server.transport) {
            (Some(socket), transport) => {
                // The answer comes to the socket it was asked from, so each socket has an attempt of its own.
                let known = pending
                    .attempts
                    .iter()
                    .find(|attempt| attempt.server == server_id && attempt.socket == socket)
                    .copied();
                let attempt = known.unwrap_or_else(|| {
                    let ids = &mut self.sockets[usize::from(socket)].ids;
                    let id = loop {
                        let id: u16 = self.random.random();
                        if !ids.contains_key(&id) {
                            break id;
                        }
                    };
                    ids.insert(id, slot);
                    let attempt = Attempt { server: server_id, socket, id };
                    pending.attempts.push(attempt);
                    attempt
                });
                let packet = self.outgoing.next();
                wire::encode(packet, attempt.id, &pending.question.name, pending.question.rtype, flags);
                if let ServerTransport::Pooled(address) = transport {
                    // As above: a datagram that does not leave is a lost one.
                    let _ = socket::send_to(&self.sockets[usize::from(attempt.socket)].udp, packet, *address);
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

    /// The socket for the next batch to a server; none if it is asked over a stream.
    pub(super) fn socket_for(&mut self, server_index: usize) -> std::io::Result<Option<u16>> {
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
        let any = if address.is_ipv6() { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { Ipv4Addr::UNSPECIFIED.into() };
        let local = self.options.source.filter(|source| source.is_ipv6() == address.is_ipv6()).unwrap_or(any);
        let mut opened = Vec::with_capacity(SOCKETS);
        for _ in 0..SOCKETS {
            let udp = Udp::open(local, peer)?;
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
