//! Connections that nothing is sent on.

use std::net::SocketAddr;

use tokio::net::TcpStream;

pub struct Idle(Vec<TcpStream>);

impl Idle {
    pub async fn connect(address: SocketAddr, count: usize) -> Self {
        let mut streams = Vec::new();
        for _ in 0..count {
            streams.push(TcpStream::connect(address).await.unwrap());
        }
        Self(streams)
    }

    /// How many the server has not closed.
    pub fn open(&self) -> usize {
        let would_wait = |stream: &&TcpStream| {
            let read = stream.try_read(&mut [0; 16]);
            read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        };
        self.0.iter().filter(would_wait).count()
    }
}
