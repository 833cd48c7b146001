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

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After so many tries of a file that nobody changed meanwhile, only a person can help it.
const TRIES: u32 = 3;

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
    /// That it is not whole was told.
    told: bool,
    /// Its proxy is there, and it follows itself when nothing else waits.
    reduced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not before this time, counted from when the watching began.
    Waiting {
        until: Duration,
        why: Wait,
    },
    Sending,
    /// There; until it changes.
    Done,
    /// Of no use; until it changes.
    Refused,
}

/// Why a file waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// For its turn, or until it has kept still.
    Turn,
    /// Its last bytes are not there.
    Unfinished,
    /// It cannot be read.
    Unreadable,
    /// The store did not take it.
    Store,
}

/// How many files are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileCounts {
    /// For their turn, or until they have kept still.
    pub waiting: usize,
    pub unfinished: usize,
    pub unreadable: usize,
    /// Those that the store did not take, and that come again.
    pub failed: usize,
    pub sending: usize,
    pub done: usize,
    pub refused: usize,
    /// Of those that are to come: a reduced copy is there.
    pub reduced: usize,
    /// Of the unfinished and the unreadable: looked at often enough, and unchanged.
    pub given_up: usize,
    /// Bytes of what waits for its turn, failed or is being sent.
    pub bytes_left: u64,
}

impl FileCounts {
    /// What is still to go up and may do so without a person.
    pub fn to_come(&self) -> usize {
        self.waiting + self.failed + self.sending + self.unfinished + self.unreadable
            - self.given_up
    }

    fn count(&mut self, file: &File) {
        match file.state {
            State::Done => self.done += 1,
            State::Refused => self.refused += 1,
            State::Sending => self.sending += 1,
            State::Waiting { why: Wait::Turn, .. } => self.waiting += 1,
            State::Waiting { why: Wait::Store, .. } => self.failed += 1,
            State::Waiting { why: Wait::Unfinished, .. } => self.unfinished += 1,
            State::Waiting { why: Wait::Unreadable, .. } => self.unreadable += 1,
        }
        let open = !matches!(file.state, State::Done | State::Refused);
        self.reduced += usize::from(file.reduced && open);
        match file.state {
            State::Done | State::Refused => {}
            State::Waiting { why: Wait::Unfinished | Wait::Unreadable, .. } => {
                self.given_up += usize::from(file.tries >= TRIES);
            }
            State::Waiting { .. } | State::Sending => self.bytes_left += file.stamp.bytes,
        }
    }
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
                other => {
                    let state = State::Waiting { until: now + self.settle, why: Wait::Turn };
                    let told = other.is_some_and(|file| file.told);
                    File { stamp, state, tries: 0, told, reduced: false }
                }
            };
            self.files.insert(path, file);
        }
        // One that is on its way stays known, though it is gone from the folder.
        before.retain(|_, file| file.state == State::Sending);
        self.files.append(&mut before);
    }

    /// A file whose turn it is, the one that waits longest first, and those last whose reduced
    /// copy is there; it counts as being sent.
    pub fn take(&mut self, now: Duration) -> Option<(PathBuf, Stamp)> {
        self.take_of(now, |_| true)
    }

    /// The same, of those that nothing is there of.
    pub fn take_new(&mut self, now: Duration) -> Option<(PathBuf, Stamp)> {
        self.take_of(now, |file| !file.reduced)
    }

    fn take_of(&mut self, now: Duration, may: impl Fn(&File) -> bool) -> Option<(PathBuf, Stamp)> {
        let due = |file: &File| match file.state {
            State::Waiting { until, .. } if until <= now && may(file) => {
                Some((file.reduced, until))
            }
            _ => None,
        };
        let next = self.files.iter().filter_map(|(path, file)| Some((due(file)?, path)));
        let path = next.min()?.1.clone();
        let file = self.files.get_mut(&path)?;
        file.state = State::Sending;
        Some((path, file.stamp))
    }

    /// Whether a file's reduced copy is there.
    pub fn is_reduced(&self, path: &Path) -> bool {
        self.files.get(path).is_some_and(|file| file.reduced)
    }

    /// Its reduced copy is there: it has its turn again, after those that have none.
    pub fn reduced(&mut self, path: &Path, now: Duration) {
        if let Some(file) = self.files.get_mut(path) {
            file.state = State::Waiting { until: now, why: Wait::Turn };
            (file.reduced, file.tries) = (true, 0);
        }
    }

    /// How many files are being sent whose reduced copy is there.
    pub fn following(&self) -> usize {
        let sending = |file: &&File| file.reduced && file.state == State::Sending;
        self.files.values().filter(sending).count()
    }

    /// It is where it belongs.
    pub fn done(&mut self, path: &Path) {
        self.ends(path, State::Done);
    }

    /// It can never go up as it is.
    pub fn refused(&mut self, path: &Path) {
        self.ends(path, State::Refused);
    }

    fn ends(&mut self, path: &Path, state: State) {
        if let Some(file) = self.files.get_mut(path) {
            *file = File { stamp: file.stamp, state, tries: 0, told: false, reduced: false };
        }
    }

    /// It is not where it was. A card that is put back is seen as new, and sent.
    pub fn gone(&mut self, path: &Path) {
        self.files.remove(path);
    }

    /// The store did not take it: again after a pause that doubles, which is the answer.
    pub fn failed(&mut self, path: &Path, now: Duration) -> Duration {
        self.again(path, Wait::Store, now)
    }

    /// It could not be read: as [`Self::failed`].
    pub fn unreadable(&mut self, path: &Path, now: Duration) -> Duration {
        self.again(path, Wait::Unreadable, now)
    }

    fn again(&mut self, path: &Path, why: Wait, now: Duration) -> Duration {
        let Some(file) = self.files.get_mut(path) else { return Duration::ZERO };
        let pause = Duration::from_secs(1 << file.tries.min(6)).min(LONGEST_PAUSE);
        file.tries += 1;
        file.state = State::Waiting { until: now + pause, why };
        pause
    }

    /// The store did not answer, which says nothing of the file: its turn comes again after
    /// those that wait already.
    pub fn put_back(&mut self, path: &Path, now: Duration) {
        if let Some(file) = self.files.get_mut(path) {
            file.state = State::Waiting { until: now, why: Wait::Store };
        }
    }

    /// It changes or lacks its end: waits as if it had just been seen. The answer says
    /// whether that is new.
    pub fn unfinished(&mut self, path: &Path, now: Duration) -> bool {
        let Some(file) = self.files.get_mut(path) else { return false };
        file.tries += 1;
        let until = now + self.settle * file.tries.min(10);
        file.state = State::Waiting { until, why: Wait::Unfinished };
        !std::mem::replace(&mut file.told, true)
    }

    pub fn counts(&self) -> FileCounts {
        let mut counts = FileCounts::default();
        self.files.values().for_each(|file| counts.count(file));
        counts
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
        let counts = FileCounts { sending: 1, bytes_left: 1, ..FileCounts::default() };
        assert_eq!(watched.counts(), counts);
        // Its turn came when it was gone; then the card is put back.
        watched.gone(Path::new("a"));
        watched.look(vec![file("a", 1), file("b", 1)], 3 * S);
        assert_eq!(watched.take(4 * S), Some(file("a", 1)));
    }

    #[test]
    fn what_grows_in_bursts_is_told_once_and_what_stays_cut_off_is_given_up() {
        let mut watched = Watched::new(S);
        let mut told = 0;
        for burst in 0..4 {
            watched.look(vec![file("a", burst)], 10 * burst as u32 * S);
            let now = (10 * burst as u32 + 1) * S;
            assert!(watched.take(now).is_some());
            told += usize::from(watched.unfinished(Path::new("a"), now));
        }
        assert_eq!(told, 1);
        assert_eq!(watched.counts().to_come(), 1, "somebody may still be writing");
        for now in [100, 200] {
            watched.look(vec![file("a", 3)], now * S);
            assert!(watched.take(now * S).is_some());
            watched.unfinished(Path::new("a"), now * S);
        }
        assert_eq!(watched.counts().given_up, 1);
        assert_eq!(watched.counts().to_come(), 0);
        watched.look(vec![file("a", 4)], 300 * S);
        assert_eq!(watched.counts().to_come(), 1, "it goes on after all");
    }

    #[test]
    fn what_nothing_is_there_of_goes_before_files_whose_reduced_copy_is() {
        let mut watched = Watched::new(S);
        watched.look(vec![file("a", 1), file("b", 1)], Duration::ZERO);
        assert_eq!(watched.take(S), Some(file("a", 1)));
        watched.reduced(Path::new("a"), S);
        assert_eq!(watched.take_new(2 * S), Some(file("b", 1)));
        watched.reduced(Path::new("b"), 2 * S);
        assert_eq!(watched.counts().reduced, 2);
        watched.look(vec![file("a", 1), file("b", 1), file("c", 1)], 3 * S);
        assert_eq!(watched.take(4 * S), Some(file("c", 1)));
        assert_eq!(watched.take_new(4 * S), None);
        assert_eq!(watched.take(4 * S), Some(file("a", 1)));
        assert_eq!((watched.following(), watched.is_reduced(Path::new("a"))), (1, true));
        watched.done(Path::new("a"));
        assert_eq!((watched.following(), watched.counts().reduced), (0, 1));
        watched.look(vec![file("b", 2)], 5 * S);
        assert_eq!(watched.take_new(6 * S), Some(file("b", 2)), "another photo by now");
    }

    #[test]
    fn a_file_that_met_no_store_lets_those_go_first_that_wait_already() {
        let mut watched = Watched::new(S);
        watched.look(vec![file("a", 1), file("b", 1)], Duration::ZERO);
        assert_eq!(watched.take(S), Some(file("a", 1)));
        watched.put_back(Path::new("a"), 2 * S);
        assert_eq!(watched.take(2 * S), Some(file("b", 1)));
        assert_eq!(watched.take(2 * S), Some(file("a", 1)));
    }
}
