//! A peer on TCP that does whatever a test says with each connection, octet by octet.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A peer that is up; it fails the test if nobody dialled it.
pub struct Peer {
    pub address: SocketAddr,
    dialled: Arc<AtomicUsize>,
}

impl Peer {
    /// A peer that hands each connection to `act`, on a thread of its own.
    pub fn new(act: impl Fn(Line) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("a bound socket");
        let dialled = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&dialled);
        let act = Arc::new(act);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                count.fetch_add(1, Ordering::Relaxed);
                stream.set_nodelay(true).expect("a socket takes it");
                let act = Arc::clone(&act);
                std::thread::spawn(move || act(Line { stream }));
            }
        });
        Peer { address, dialled }
    }

    /// As `--connect-to` wants it.
    pub fn serves(&self, host: &str) -> String {
        format!("{host}:25:{}", self.address)
    }

    /// How often it was dialled.
    pub fn dialled(&self) -> usize {
        self.dialled.load(Ordering::Relaxed)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_ne!(self.dialled(), 0, "nobody dialled this peer: the test proves nothing");
        }
    }
}

/// One connection.
pub struct Line {
    stream: TcpStream,
}

impl Line {
    /// Sends octets; whether the other side still takes them.
    pub fn say(&mut self, octets: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(octets.as_ref()).is_ok()
    }

    /// Sends octets one by one, each in a packet of its own.
    pub fn spell(&mut self, octets: &str) {
        for octet in octets.bytes() {
            if !self.say([octet]) {
                return;
            }
        }
    }

    /// Waits for a command and returns it; empty when the other side has gone.
    pub fn hear(&mut self) -> String {
        let mut line = Vec::new();
        let mut octet = [0];
        while !line.ends_with(b"\n") && matches!(self.stream.read(&mut octet), Ok(1)) {
            line.push(octet[0]);
        }
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }

    /// The same connection once more.
    pub fn second(&self) -> Self {
        Line { stream: self.stream.try_clone().expect("a socket can be shared") }
    }

    /// Lets time pass, as a slow server does.
    #[allow(clippy::disallowed_methods, reason = "a connection has a thread of its own, and no runtime")]
    pub fn dawdle(&self, time: Duration) {
        std::thread::sleep(time);
    }

    /// Waits until the other side says anything at all.
    pub fn wait_for_octets(&mut self) {
        let mut buffer = [0; 4096];
        let _ = self.stream.read(&mut buffer);
    }

    /// Waits until the other side hangs up.
    pub fn wait_for_the_end(&mut self) {
        let mut buffer = [0; 4096];
        while matches!(self.stream.read(&mut buffer), Ok(1..)) {}
    }
}
