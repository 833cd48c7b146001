//! How often something may be tried.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Keys that are remembered at most; beyond it the oldest windows are let go.
const KEYS: usize = 10_000;

/// Counts tries by key (an address, a device) within a window of time.
pub struct Limit {
    tries: u32,
    window: Duration,
    seen: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Limit {
    /// At most `tries` for each key within `window`.
    pub fn new(tries: u32, window: Duration) -> Self {
        Self { tries, window, seen: Mutex::default() }
    }

    /// Counts a try; `false` where there were too many.
    pub fn allow(&self, key: &str) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= KEYS {
            seen.retain(|_, (since, _)| since.elapsed() < self.window);
            if seen.len() >= KEYS {
                return false;
            }
        }
        let (since, tries) = seen.entry(key.to_owned()).or_insert((Instant::now(), 0));
        if since.elapsed() >= self.window {
            (*since, *tries) = (Instant::now(), 0);
        }
        *tries += 1;
        *tries <= self.tries
    }

    /// A try succeeded: those before it are forgotten.
    pub fn forgive(&self, key: &str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_for_each_key_and_forgiven_by_success() {
        let limit = Limit::new(2, Duration::from_secs(60));
        assert!(limit.allow("a") && limit.allow("a") && !limit.allow("a"));
        assert!(limit.allow("b"));
        limit.forgive("a");
        assert!(limit.allow("a"));
    }
}
