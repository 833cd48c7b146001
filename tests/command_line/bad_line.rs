//! A venue's line: connections that end in the middle of what they carry.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a connection carries at least and at most before it may be cut, in bytes.
const LEAST: u64 = 20_000;
const MOST: u64 = 400_000;
/// One connection of so many is cut.
const ONE_OF: u64 = 3;

/// Passes on what comes to one address to another, and cuts some of it.
pub struct BadLine {
    cuts: Arc<AtomicUsize>,
}

impl BadLine {
    /// Which connections are cut, and when, follows from the seed.
    pub async fn start(at: SocketAddr, to: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let cuts = Arc::new(AtomicUsize::new(0));
        let (counted, dice) = (cuts.clone(), Arc::new(AtomicU64::new(seed)));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (counted, dice) = (counted.clone(), dice.clone());
                tokio::spawn(async move {
                    // A server that is down refuses.
                    let Ok(far) = TcpStream::connect(to).await else { return };
                    if carry(near, far, limit(&dice)).await {
                        counted.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        Self { cuts }
    }

    pub fn cuts(&self) -> usize {
        self.cuts.load(Ordering::Relaxed)
    }
}

/// After how many bytes the next connection is cut.
fn limit(dice: &AtomicU64) -> u64 {
    let next = || {
        // SplitMix64.
        let mut z = dice.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    match next() % ONE_OF {
        0 => LEAST + next() % (MOST - LEAST),
        _ => u64::MAX,
    }
}

/// Both ways until one ends, or until so much went up; says whether it was cut.
async fn carry(mut near: TcpStream, mut far: TcpStream, limit: u64) -> bool {
    let (mut up, mut down) = (vec![0; 16 << 10], vec![0; 16 << 10]);
    let mut carried = 0;
    loop {
        tokio::select! {
            read = near.read(&mut up) => match read {
                Ok(n @ 1..) => {
                    carried += n as u64;
                    if carried > limit {
                        // Dropped with bytes unread: both sides see a reset.
                        return true;
                    }
                    if far.write_all(&up[..n]).await.is_err() { return false }
                }
                _ => return false,
            },
            read = far.read(&mut down) => match read {
                Ok(n @ 1..) => if near.write_all(&down[..n]).await.is_err() { return false },
                _ => return false,
            },
        }
    }
}
