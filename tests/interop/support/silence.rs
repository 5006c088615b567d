//! A name server that is there and never answers.

use std::net::{SocketAddr, TcpListener, UdpSocket};

use super::servers::free_address;

/// Two bound sockets that nobody reads from: packets and connections arrive, and nothing comes back.
pub struct Silence {
    pub address: SocketAddr,
    _udp: UdpSocket,
    _tcp: TcpListener,
}

impl Silence {
    pub fn new() -> Self {
        let address = free_address();
        let udp = UdpSocket::bind(address).expect("the address is free");
        let tcp = TcpListener::bind(address).expect("the address is free");
        Silence { address, _udp: udp, _tcp: tcp }
    }

    /// As `--resolver` wants it.
    pub fn as_resolver(&self) -> String {
        self.address.to_string()
    }
}
