//! Addresses for servers that a test starts by name, or a second time at the same place.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// The first of them, and how many there are: all lie below those that a system gives to
/// whoever asks for any port (Linux: from 32768), so that no test beside takes one between
/// now and the server's start, or while the server is away.
const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// Where nobody listens; no two callers of a process get the same.
pub fn free_port() -> SocketAddr {
    // Two processes begin at different ones.
    let first = std::process::id().wrapping_mul(61) % u32::from(COUNT);
    for _ in 0..COUNT {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + ((first + step) % u32::from(COUNT)) as u16;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}
