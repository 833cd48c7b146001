//! What a host knows of the work that waits and of when it last got on.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::lanes::goes_ahead;

/// Shared by a host, its worker and whoever asks how they are.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By key. At most one entry for each object there is.
    unfinished: HashMap<String, Unfinished>,
    /// When something was last finished, or work came after there had been none.
    moved: Option<Instant>,
    retries: u64,
}

#[derive(Debug)]
struct Unfinished {
    since: Instant,
    given_up: bool,
    /// How often the worker has it: a newer version comes while an older one is under way.
    in_hand: usize,
    /// Only its printed numbers are left to be read.
    unread: bool,
}

/// How the work is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Uploads that wait or are under way.
    pub waiting: usize,
    /// Uploads that were tried and left to the reconciler.
    pub given_up: usize,
    /// Photos whose printed numbers are to be read; they wait as well.
    pub unread: usize,
    /// Since when the oldest of these has been known.
    pub oldest_unread: Option<Duration>,
    /// Since when the oldest of both has been known.
    pub oldest: Option<Duration>,
    /// For how long nothing was finished while work waited.
    pub still: Option<Duration>,
    /// How often something was tried once more, since the process began.
    pub retries: u64,
}

impl Progress {
    /// An upload waits.
    pub fn waits(&self, key: &str) {
        self.lock().waits(key);
    }

    /// The worker has it now.
    pub(super) fn taken(&self, key: &str) {
        let mut known = self.lock();
        known.waits(key);
        if let Some(unfinished) = known.unfinished.get_mut(key) {
            unfinished.in_hand += 1;
        }
    }

    pub(super) fn finished(&self, key: &str) {
        let mut known = self.lock();
        if known.put_down(key).is_some_and(|unfinished| unfinished.in_hand == 0) {
            known.unfinished.remove(key);
        }
        known.moved = Some(Instant::now());
    }

    /// The worker keeps it until it has time to read its printed numbers.
    pub(super) fn set_aside(&self, key: &str) {
        let mut known = self.lock();
        known.waits(key);
        if let Some(unfinished) = known.put_down(key) {
            unfinished.unread = true;
        }
        known.moved = Some(Instant::now());
    }

    /// Whether the worker keeps it for that.
    pub fn is_set_aside(&self, key: &str) -> bool {
        self.lock().unfinished.get(key).is_some_and(|one| one.unread && !one.given_up)
    }

    pub(super) fn tried_again(&self) {
        self.lock().retries += 1;
    }

    pub(super) fn given_up(&self, key: &str) {
        if let Some(unfinished) = self.lock().put_down(key) {
            unfinished.given_up = true;
        }
    }

    /// The worker ended with all that it had.
    pub fn worker_ended(&self) {
        for unfinished in self.lock().unfinished.values_mut() {
            unfinished.in_hand = 0;
            unfinished.given_up = true;
        }
    }

    /// A reconciliation found these unfinished; of those that were given up, no others are
    /// left. `all` says that it looked at race data and answers as well.
    pub fn found<'a>(&self, keys: impl Iterator<Item = &'a str>, all: bool) {
        let mut known = self.lock();
        let keys: HashSet<&str> = keys.collect();
        known.unfinished.retain(|key, unfinished| {
            !unfinished.given_up || keys.contains(key.as_str()) || (goes_ahead(key) && !all)
        });
        keys.into_iter().for_each(|key| known.waits(key));
    }

    /// Whether the worker has nothing to do.
    pub fn is_idle(&self) -> bool {
        self.lock().unfinished.values().all(|one| one.in_hand == 0)
    }

    /// Whether race data or an answer was given up, which only a whole reconciliation finds.
    pub fn gave_up_ahead(&self) -> bool {
        self.lock().unfinished.iter().any(|(key, one)| one.given_up && goes_ahead(key))
    }

    pub fn standing(&self) -> Standing {
        let known = self.lock();
        let given_up = known.unfinished.values().filter(|one| one.given_up).count();
        let waiting = known.unfinished.len() - given_up;
        let unread = || known.unfinished.values().filter(|one| one.unread && !one.given_up);
        Standing {
            waiting,
            given_up,
            unread: unread().count(),
            oldest_unread: unread().map(|one| one.since.elapsed()).max(),
            oldest: known.unfinished.values().map(|one| one.since.elapsed()).max(),
            still: known.moved.filter(|_| waiting > 0).map(|moved| moved.elapsed()),
            retries: known.retries,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn waits(&mut self, key: &str) {
        let now = Instant::now();
        if self.unfinished.values().all(|one| one.given_up) {
            self.moved = Some(now);
        }
        let new = || Unfinished { since: now, given_up: false, in_hand: 0, unread: false };
        let unfinished = self.unfinished.entry(key.to_owned()).or_insert_with(new);
        if std::mem::take(&mut unfinished.given_up) {
            unfinished.unread = false;
        }
    }

    /// The worker has it once less.
    fn put_down(&mut self, key: &str) -> Option<&mut Unfinished> {
        let unfinished = self.unfinished.get_mut(key)?;
        unfinished.in_hand = unfinished.in_hand.saturating_sub(1);
        Some(unfinished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_whose_newer_version_is_under_way_still_waits() {
        let progress = Progress::default();
        progress.taken("r/photos/a/1.jpg");
        progress.taken("r/photos/a/1.jpg");
        progress.finished("r/photos/a/1.jpg");
        assert_eq!(progress.standing().waiting, 1);
        assert!(!progress.is_idle());
        progress.finished("r/photos/a/1.jpg");
        assert_eq!((progress.standing().waiting, progress.is_idle()), (0, true));
    }

    #[test]
    fn what_was_given_up_stays_known_until_a_reconciliation_no_longer_finds_it() {
        let progress = Progress::default();
        for key in ["r/photos/a/1.jpg", "r/photos/a/2.jpg", "r/results.csv"] {
            progress.taken(key);
            progress.given_up(key);
        }
        assert!(progress.is_idle() && progress.gave_up_ahead());
        assert_eq!(progress.standing().still, None, "nothing waits");
        progress.found(["r/photos/a/1.jpg"].into_iter(), false);
        let standing = progress.standing();
        assert_eq!((standing.waiting, standing.given_up), (1, 1), "the results are not forgotten");
        progress.taken("r/photos/a/1.jpg");
        progress.finished("r/photos/a/1.jpg");
        progress.found([].into_iter(), true);
        assert_eq!(progress.standing().oldest, None);
    }
}
