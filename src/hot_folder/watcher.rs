//! The loop: look, send what is ready, three at a time, tell what happened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kanso_photo::{Companion, LeftOut};
use kanso_pipeline::store::Bucket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::destination::{Destination, is_passing};
use super::upload::{self, NotSent, Sent};
use super::watched::{FileCounts, Stamp, Watched};

/// Uploads under way at once: enough to fill a venue's line.
const AT_ONCE: usize = 3;

/// How often the folder is looked at, and for how long a file must not change.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub poll: Duration,
    pub settle: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { poll: Duration::from_secs(2), settle: Duration::from_secs(3) }
    }
}

/// Watches one folder.
pub struct Watcher {
    folder: PathBuf,
    destination: Destination,
    bucket: Bucket,
    pace: Pace,
}

/// Something that whoever started the watcher wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Uploaded {
        key: String,
        bytes: u64,
    },
    AlreadyThere {
        key: String,
    },
    /// Still being written, or cut off: told once.
    Unfinished {
        path: PathBuf,
    },
    /// Never goes up, and why.
    Refused {
        path: PathBuf,
        why: String,
    },
    /// Comes again after the pause.
    Failed {
        path: PathBuf,
        why: String,
        pause: Duration,
    },
    /// The folder itself cannot be read.
    Unreadable {
        why: String,
    },
    /// Nothing is under way; told after each look at which that is so.
    Idle {
        counts: FileCounts,
        /// What is no photo and never goes up.
        left_out: LeftOut,
    },
}

impl Watcher {
    pub fn new(
        folder: impl Into<PathBuf>,
        destination: Destination,
        bucket: Bucket,
        pace: Pace,
    ) -> Self {
        Self { folder: folder.into(), destination, bucket, pace }
    }

    /// Watches until nobody listens any more.
    pub async fn run(self, events: mpsc::Sender<Event>) {
        let began = Instant::now();
        let mut watched = Watched::new(self.pace.settle);
        let mut sending = JoinSet::new();
        let mut look = tokio::time::interval(self.pace.poll);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut readable, mut left_out) = (true, LeftOut::default());
        loop {
            tokio::select! {
                _ = look.tick() => {
                    let folder = self.folder.clone();
                    let seen = tokio::task::spawn_blocking(move || files(&folder)).await;
                    match seen.map_err(io::Error::other).and_then(|seen| seen) {
                        Ok(seen) => {
                            (readable, left_out) = (true, seen.left_out);
                            watched.look(seen.files, began.elapsed());
                        }
                        // A share that is away for a moment: what is known of it stays.
                        Err(error) if readable => {
                            readable = false;
                            let why = format!("cannot read {}: {error}", self.folder.display());
                            if events.send(Event::Unreadable { why }).await.is_err() { return }
                        }
                        Err(_) => {}
                    }
                }
                Some(sent) = sending.join_next() => {
                    let Ok((path, result)) = sent else { continue };
                    let event = settle(&mut watched, path, result, began.elapsed());
                    if let Some(event) = event && events.send(event).await.is_err() { return }
                }
            }
            while sending.len() < AT_ONCE
                && let Some((path, stamp)) = watched.take(began.elapsed())
            {
                self.send(&mut sending, path, stamp);
            }
            if sending.is_empty() && readable {
                let (counts, left_out) = (watched.standing(), left_out.clone());
                let idle = Event::Idle { counts, left_out };
                if events.send(idle).await.is_err() {
                    return;
                }
            }
        }
    }

    fn send(&self, to: &mut JoinSet<(PathBuf, Outcome)>, path: PathBuf, stamp: Stamp) {
        let bucket = self.bucket.clone();
        let below = path.strip_prefix(&self.folder).unwrap_or(&path);
        let key = self.destination.key(below).map_err(|error| error.to_string());
        to.spawn(async move {
            let outcome = match key {
                Ok(key) => Outcome::Tried(upload::upload(&bucket, &key, &path, stamp).await),
                Err(why) => Outcome::Nowhere(why),
            };
            (path, outcome)
        });
    }
}

enum Outcome {
    Tried(Result<Sent, NotSent>),
    Nowhere(String),
}

fn settle(watched: &mut Watched, path: PathBuf, outcome: Outcome, now: Duration) -> Option<Event> {
    let why = match outcome {
        Outcome::Tried(Ok(sent)) => {
            watched.done(&path);
            return Some(match sent {
                Sent::Uploaded { key, bytes } => Event::Uploaded { key, bytes },
                Sent::AlreadyThere { key } => Event::AlreadyThere { key },
            });
        }
        Outcome::Tried(Err(NotSent::Unfinished)) => {
            return watched.unfinished(&path, now).then_some(Event::Unfinished { path });
        }
        // Taken away or renamed before its turn.
        Outcome::Tried(Err(NotSent::File(error))) if error.kind() == io::ErrorKind::NotFound => {
            watched.done(&path);
            return None;
        }
        Outcome::Tried(Err(NotSent::NoPhoto(error))) => error.to_string(),
        Outcome::Nowhere(why) => why,
        Outcome::Tried(Err(error @ (NotSent::File(_) | NotSent::Store(_)))) => {
            let pause = watched.failed(&path, now);
            return Some(Event::Failed { path, why: error.to_string(), pause });
        }
    };
    watched.done(&path);
    Some(Event::Refused { path, why })
}

#[derive(Default)]
struct Seen {
    /// What may be photos.
    files: Vec<(PathBuf, Stamp)>,
    left_out: LeftOut,
}

/// All files below a folder.
fn files(folder: &Path) -> io::Result<Seen> {
    let mut seen = Seen::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_passing(&name.to_string_lossy()) {
                continue;
            }
            if let Some(companion) = Companion::by_name(&name.to_string_lossy()) {
                seen.left_out.count(companion);
                continue;
            }
            // A file that is renamed between the listing and here is seen at the next look.
            let Ok(metadata) = fs::metadata(entry.path()) else { continue };
            if metadata.is_dir() && !entry.file_type()?.is_symlink() {
                folders.push(entry.path());
            } else if metadata.is_file() {
                seen.files.push((entry.path(), Stamp::of(&metadata)?));
            }
        }
    }
    Ok(seen)
}
