//! The runtime that hickory's encrypted transports run on: tokio's, with connections opened where all others are.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use hickory_net::runtime::iocompat::AsyncIoTokioAsStd;
use hickory_net::runtime::{RuntimeProvider, TokioRuntimeProvider};
use tokio::net::TcpStream;

use crate::net::dial;

/// Opens connections from a source address. Owns the tasks that drive them; they end with it.
#[derive(Clone, Default)]
pub(super) struct Runtime {
    tokio: TokioRuntimeProvider,
    source: Option<IpAddr>,
}

impl Runtime {
    /// Connections from `source`, where it is of the same family.
    pub(super) fn from(source: Option<IpAddr>) -> Self {
        Runtime { tokio: TokioRuntimeProvider::default(), source }
    }
}

impl RuntimeProvider for Runtime {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = <TokioRuntimeProvider as RuntimeProvider>::Timer;
    type Udp = <TokioRuntimeProvider as RuntimeProvider>::Udp;
    type Tcp = AsyncIoTokioAsStd<TcpStream>;

    fn create_handle(&self) -> Self::Handle {
        self.tokio.create_handle()
    }

    /// Without a limit of its own: whoever asks bounds the whole exchange.
    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        _timeout: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = Result<Self::Tcp, io::Error>>>> {
        let source = local.map(|local| local.ip()).or(self.source);
        Box::pin(async move {
            let stream = dial::tcp(server, source).await?;
            stream.set_nodelay(true)?;
            Ok(AsyncIoTokioAsStd(stream))
        })
    }

    fn bind_udp(
        &self,
        local: SocketAddr,
        _server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = Result<Self::Udp, io::Error>>>> {
        Box::pin(async move { dial::udp(local.ip(), None).and_then(tokio::net::UdpSocket::from_std) })
    }
}
