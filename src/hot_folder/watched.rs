//! What is known of each file, and when its turn is. Takes the time, never asks for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What a file system says of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub bytes: u64,
    pub modified: SystemTime,
}

/// The longest pause between two tries of a file.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The files of a folder.
#[derive(Debug)]
pub struct Watched {
    settle: Duration,
    files: BTreeMap<PathBuf, File>,
}

#[derive(Debug)]
struct File {
    stamp: Stamp,
    state: State,
    tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not before this time, counted from when the watching began.
    Waiting {
        until: Duration,
    },
    Sending,
    /// There, or of no use; until it changes.
    Done,
}

/// How many files are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileCounts {
    pub waiting: usize,
    pub sending: usize,
    pub done: usize,
}

impl Watched {
    /// A file counts as whole when it has not changed for `settle`.
    pub fn new(settle: Duration) -> Self {
        Self { settle, files: BTreeMap::new() }
    }

    /// What a look at the folder found at `now`.
    pub fn look(&mut self, seen: Vec<(PathBuf, Stamp)>, now: Duration) {
        let mut before = std::mem::take(&mut self.files);
        for (path, stamp) in seen {
            let file = match before.remove(&path) {
                Some(file) if file.stamp == stamp || file.state == State::Sending => file,
                // New, or changed: its time begins anew.
                _ => File { stamp, state: State::Waiting { until: now + self.settle }, tries: 0 },
            };
            self.files.insert(path, file);
        }
        // One that is on its way stays known, though it is gone from the folder.
        before.retain(|_, file| file.state == State::Sending);
        self.files.append(&mut before);
    }

    /// A file whose turn it is, the one that waits longest first; it counts as being sent.
    pub fn take(&mut self, now: Duration) -> Option<(PathBuf, Stamp)> {
        let due = |file: &File| match file.state {
            State::Waiting { until } if until <= now => Some(until),
            _ => None,
        };
        let next = self.files.iter().filter_map(|(path, file)| Some((due(file)?, path)));
        let path = next.min()?.1.clone();
        let file = self.files.get_mut(&path)?;
        file.state = State::Sending;
        Some((path, file.stamp))
    }

    /// It is where it belongs, or can never go there.
    pub fn done(&mut self, path: &Path) {
        if let Some(file) = self.files.get_mut(path) {
            (file.state, file.tries) = (State::Done, 0);
        }
    }

    /// It failed: again after a pause that doubles, which is the answer.
    pub fn failed(&mut self, path: &Path, now: Duration) -> Duration {
        let Some(file) = self.files.get_mut(path) else { return Duration::ZERO };
        let pause = Duration::from_secs(1 << file.tries.min(6)).min(LONGEST_PAUSE);
        file.tries += 1;
        file.state = State::Waiting { until: now + pause };
        pause
    }

    /// It changes or lacks its end: waits as if it had just been seen. The answer says
    /// whether that is new.
    pub fn unfinished(&mut self, path: &Path, now: Duration) -> bool {
        let Some(file) = self.files.get_mut(path) else { return false };
        file.tries += 1;
        let pause = self.settle * file.tries.min(10);
        file.state = State::Waiting { until: now + pause };
        file.tries == 1
    }

    pub fn standing(&self) -> FileCounts {
        let count = |wanted: fn(&State) -> bool| {
            self.files.values().filter(|file| wanted(&file.state)).count()
        };
        FileCounts {
            waiting: count(|state| matches!(state, State::Waiting { .. })),
            sending: count(|state| *state == State::Sending),
            done: count(|state| *state == State::Done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn file(path: &str, bytes: u64) -> (PathBuf, Stamp) {
        (path.into(), Stamp { bytes, modified: SystemTime::UNIX_EPOCH })
    }

    #[test]
    fn a_file_has_its_turn_once_it_has_kept_still_and_not_before() {
        let mut watched = Watched::new(3 * S);
        for (now, bytes) in [(0, 10), (2, 20), (4, 30)] {
            watched.look(vec![file("a", bytes)], now * S);
            assert_eq!(watched.take(now * S), None);
        }
        watched.look(vec![file("a", 30)], 6 * S);
        assert_eq!(watched.take(6 * S), None);
        assert_eq!(watched.take(7 * S), Some(file("a", 30)));
        assert_eq!(watched.take(7 * S), None, "it is on its way");
        watched.done(Path::new("a"));
        watched.look(vec![file("a", 30)], 60 * S);
        assert_eq!(watched.take(60 * S), None);
        watched.look(vec![file("a", 31)], 70 * S);
        assert_eq!(watched.take(73 * S), Some(file("a", 31)), "changed since");
    }

    #[test]
    fn a_file_that_fails_comes_again_after_longer_and_longer_pauses() {
        let mut watched = Watched::new(S);
        watched.look(vec![file("a", 1)], Duration::ZERO);
        let mut now = S;
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert!(watched.take(now).is_some());
            assert_eq!(watched.failed(Path::new("a"), now), pause * S);
            assert_eq!(watched.take(now + pause * S - S / 2), None);
            now += pause * S;
        }
    }

    #[test]
    fn files_that_left_the_folder_are_forgotten() {
        let mut watched = Watched::new(S);
        watched.look(vec![file("a", 1), file("b", 1)], Duration::ZERO);
        assert_eq!(watched.take(S), Some(file("a", 1)));
        watched.look(Vec::new(), 2 * S);
        assert_eq!(watched.standing(), FileCounts { waiting: 0, sending: 1, done: 0 });
    }
}
