//! A line that carries so many bytes in a second each way, whoever shares it: a TCP proxy on
//! this machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// What goes through at once, about what a router sends of one connection before another's.
const PIECE: usize = 8 << 10;
/// What the line's near end takes before it is sent, as a router's queue does.
const QUEUE: u32 = 64 << 10;

pub struct Line {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Line {
    pub async fn start(to: SocketAddr, bytes_per_second: f64) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(QUEUE).expect("a socket's option");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        let listener = socket.listen(64).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let [up, down] = [(); 2].map(|()| Arc::new(Bucket::new(bytes_per_second)));
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                // A side that breaks off ends both.
                tokio::spawn(carry(near, to, up.clone(), down.clone()));
            }
        });
        Self { address, task }
    }
}

async fn carry(
    near: TcpStream,
    to: SocketAddr,
    up: Arc<Bucket>,
    down: Arc<Bucket>,
) -> io::Result<()> {
    let far = TcpStream::connect(to).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::try_join!(pass(near_in, far_out, &up), pass(far_in, near_out, &down))?;
    Ok(())
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    bucket: &Bucket,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece).await? {
            0 => return to.shutdown().await,
            length => {
                bucket.take(length).await;
                to.write_all(&piece[..length]).await?;
            }
        }
    }
}

/// A token bucket that holds one piece.
struct Bucket {
    bytes_per_second: f64,
    /// When all that was taken is through.
    through: Mutex<Instant>,
}

impl Bucket {
    fn new(bytes_per_second: f64) -> Self {
        Self { bytes_per_second, through: Mutex::new(Instant::now()) }
    }

    async fn take(&self, bytes: usize) {
        let time = |bytes: usize| Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
        let until = {
            let mut through = self.through.lock().expect("nobody panics");
            // What was saved up while nothing came, at most.
            let earliest = Instant::now().checked_sub(time(PIECE)).unwrap_or(*through);
            *through = (*through).max(earliest) + time(bytes);
            *through
        };
        tokio::time::sleep_until(until).await;
    }
}
