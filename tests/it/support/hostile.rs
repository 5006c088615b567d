//! Name servers that answer as no honest one does. They look at packets, not at the program's types.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// What becomes of a query.
pub enum Act {
    /// No answer.
    Silence,
    /// This answer.
    Say(Vec<u8>),
    /// This answer, later.
    Later(Duration, Vec<u8>),
    /// This answer, together with the next one that is released.
    Hold(Vec<u8>),
    /// This answer, behind all that were held.
    Release(Vec<u8>),
    /// This answer, from another port.
    FromElsewhere(Vec<u8>),
}

/// A query as it came.
pub struct Query {
    pub message: Message,
}

impl Query {
    /// Reads a query; none if it is no message with a question.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let message = Message::from_vec(bytes).ok()?;
        message.queries.first()?;
        Some(Query { message })
    }

    /// The name asked about, without its final dot.
    pub fn name(&self) -> String {
        self.message.queries[0].name().to_lowercase().to_string().trim_end_matches('.').to_owned()
    }

    pub fn rtype(&self) -> RecordType {
        self.message.queries[0].query_type()
    }

    pub fn has_edns(&self) -> bool {
        self.message.edns.is_some()
    }

    /// An answer without records.
    pub fn reply(&self, code: ResponseCode) -> Message {
        let mut reply = Message::response(self.message.metadata.id, self.message.metadata.op_code);
        reply.metadata.recursion_desired = true;
        reply.metadata.recursion_available = true;
        reply.metadata.response_code = code;
        reply.add_query(self.message.queries[0].clone());
        reply
    }

    /// An answer with these addresses.
    pub fn listed(&self, addresses: &[Ipv4Addr]) -> Message {
        let mut reply = self.reply(ResponseCode::NoError);
        let owner = self.message.queries[0].name();
        let records = addresses.iter().map(|address| Record::from_rdata(owner.clone(), 60, RData::A(A(*address))));
        reply.add_answers(records);
        reply
    }

    /// What an honest server of these lists answers: every name in `entries`, the test entry 127.0.0.2, the
    /// zones themselves, and nothing else.
    pub fn honestly(&self, zones: &[&str], entries: &BTreeSet<String>) -> Message {
        let name = self.name();
        let test = zones.iter().any(|zone| name == format!("2.0.0.127.{zone}"));
        match self.rtype() {
            RecordType::A if test || entries.contains(&name) => self.listed(&[Ipv4Addr::new(127, 0, 0, 2)]),
            RecordType::SOA if name.is_empty() || zones.contains(&name.as_str()) => {
                let mut reply = self.reply(ResponseCode::NoError);
                let soa = SOA::new(Name::root(), Name::root(), 1, 3_600, 600, 86_400, 60);
                let owner = self.message.queries[0].name().clone();
                reply.add_answers([Record::from_rdata(owner, 60, RData::SOA(soa))]);
                reply
            }
            _ if test || entries.contains(&name) => self.reply(ResponseCode::NoError),
            _ => self.reply(ResponseCode::NXDomain),
        }
    }
}

/// A message as octets.
pub fn bytes(message: &Message) -> Vec<u8> {
    message.to_vec().expect("a small message can be written")
}

/// A server that is up; it goes down when it is dropped, and fails the test if nobody asked it.
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<AtomicU64>,
    names: Arc<Mutex<BTreeSet<String>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// A server on UDP alone.
    pub fn udp(answer: impl FnMut(&Query) -> Act + Send + 'static) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        Server::on(socket, answer)
    }

    /// A server on UDP and TCP; the TCP answer is sent in one frame, none closes the connection.
    pub fn udp_and_tcp(
        answer: impl FnMut(&Query) -> Act + Send + 'static,
        over_tcp: impl FnMut(&Query) -> Option<Vec<u8>> + Send + 'static,
    ) -> Self {
        // A port that is free on UDP is nearly always free on TCP; another one is when not.
        for _ in 0..64 {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
            let address = socket.local_addr().expect("a bound socket");
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let server = Server::on(socket, answer);
            let stop = Arc::clone(&server.stop);
            std::thread::spawn(move || serve_tcp(&listener, over_tcp, &stop));
            return server;
        }
        panic!("no port is free on both UDP and TCP");
    }

    fn on(socket: UdpSocket, mut answer: impl FnMut(&Query) -> Act + Send + 'static) -> Self {
        let address = socket.local_addr().expect("a bound socket");
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(AtomicU64::new(0));
        let names = Arc::new(Mutex::new(BTreeSet::new()));
        let server = Server { address, asked: Arc::clone(&asked), names: Arc::clone(&names), stop: Arc::clone(&stop) };
        socket.set_read_timeout(Some(Duration::from_millis(10))).expect("a timeout can be set");
        std::thread::spawn(move || {
            let elsewhere = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
            let mut later: Vec<(Instant, Vec<u8>, SocketAddr)> = Vec::new();
            let mut held: Vec<(Vec<u8>, SocketAddr)> = Vec::new();
            let mut buffer = [0; 4096];
            while !stop.load(Ordering::Relaxed) {
                later.retain(|(due, bytes, peer)| {
                    let wait = *due > Instant::now();
                    if !wait {
                        // Who does not listen any more has seen enough.
                        let _ = socket.send_to(bytes, peer);
                    }
                    wait
                });
                let Ok((length, peer)) = socket.recv_from(&mut buffer) else { continue };
                asked.fetch_add(1, Ordering::Relaxed);
                let Some(query) = Query::read(&buffer[..length]) else { continue };
                names.lock().expect("no holder panics").insert(query.name());
                let _ = match answer(&query) {
                    Act::Silence => continue,
                    Act::Say(bytes) => socket.send_to(&bytes, peer),
                    Act::Hold(bytes) => {
                        held.push((bytes, peer));
                        continue;
                    }
                    Act::Release(bytes) => {
                        held.drain(..).for_each(|(bytes, peer)| drop(socket.send_to(&bytes, peer)));
                        socket.send_to(&bytes, peer)
                    }
                    Act::FromElsewhere(bytes) => elsewhere.send_to(&bytes, peer),
                    Act::Later(delay, bytes) => {
                        later.push((Instant::now() + delay, bytes, peer));
                        continue;
                    }
                };
            }
        });
        server
    }

    /// Its address as an argument.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The names it was asked about.
    pub fn names(&self) -> BTreeSet<String> {
        self.names.lock().expect("no holder panics").clone()
    }

    /// Packets it got.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if !std::thread::panicking() {
            assert_ne!(self.asked(), 0, "nobody asked this server: the test proves nothing");
        }
    }
}

fn serve_tcp(listener: &TcpListener, mut answer: impl FnMut(&Query) -> Option<Vec<u8>>, stop: &AtomicBool) {
    for stream in listener.incoming() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(mut stream) = stream else { continue };
        let mut length = [0; 2];
        if stream.read_exact(&mut length).is_err() {
            continue;
        }
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        if stream.read_exact(&mut bytes).is_err() {
            continue;
        }
        let Some(reply) = Query::read(&bytes).and_then(|query| answer(&query)) else { continue };
        let length = u16::try_from(reply.len()).expect("a reply fits a frame");
        // A client that went away has its reasons.
        let _ = stream.write_all(&length.to_be_bytes()).and_then(|()| stream.write_all(&reply));
    }
}
