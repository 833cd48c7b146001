//! Who is connected, and who goes when one more comes.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::{Bounds, network};

/// The most often that the log tells of connections refused.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// The open connections of one listener.
pub struct Crowd {
    bounds: Bounds,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// How many there ever were: the next one's number.
    entered: u64,
    by_number: HashMap<u64, Connection>,
    told: Option<Instant>,
}

struct Connection {
    network: IpAddr,
    requests: usize,
    /// When the last request ended, or the connection began.
    since: Instant,
    close: Arc<Notify>,
}

impl Crowd {
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, open: Mutex::default() }
    }

    /// A place for one more; `None` where all have a request under way.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let network = network(address);
        let mut open = self.lock();
        let of_network = open.by_number.values().filter(|c| c.network == network).count();
        let room = if of_network >= self.bounds.per_network {
            open.close_longest_idle(|connection| connection.network == network)
        } else {
            open.by_number.len() < self.bounds.connections || open.close_longest_idle(|_| true)
        };
        if !room {
            open.tell(address);
            return None;
        }
        let (number, close) = (open.entered, Arc::new(Notify::new()));
        open.entered += 1;
        let connection =
            Connection { network, requests: 0, since: Instant::now(), close: close.clone() };
        open.by_number.insert(number, connection);
        Some(Place { crowd: self.clone(), number, close })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn close_longest_idle(&mut self, of: impl Fn(&Connection) -> bool) -> bool {
        let idle = self.by_number.iter().filter(|(_, c)| c.requests == 0 && of(c));
        let Some(number) = idle.min_by_key(|(_, c)| c.since).map(|(number, _)| *number) else {
            return false;
        };
        if let Some(connection) = self.by_number.remove(&number) {
            connection.close.notify_one();
        }
        true
    }

    fn tell(&mut self, address: IpAddr) {
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            self.told = Some(Instant::now());
            tracing::warn!("too many connections at work: one from {address} is refused");
        }
    }
}

/// A connection's place, free again when it is dropped.
pub struct Place {
    crowd: Arc<Crowd>,
    number: u64,
    close: Arc<Notify>,
}

impl Place {
    /// A request has begun; it is under way until the mark is dropped.
    pub fn begin(&self) -> UnderWay {
        if let Some(connection) = self.crowd.lock().by_number.get_mut(&self.number) {
            connection.requests += 1;
        }
        UnderWay { crowd: self.crowd.clone(), number: self.number }
    }

    /// Until another takes the place.
    pub async fn closed(&self) {
        self.close.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.lock().by_number.remove(&self.number);
    }
}

/// A request under way on a connection.
pub struct UnderWay {
    crowd: Arc<Crowd>,
    number: u64,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(connection) = self.crowd.lock().by_number.get_mut(&self.number) {
            connection.requests -= 1;
            connection.since = Instant::now();
        }
    }
}
