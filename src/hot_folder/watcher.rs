//! The loop: look, send what is ready, three at a time, tell what happened.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kanso_photo::LeftOut;
use kanso_pipeline::store::{Bucket, Failure};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::destination::Destination;
use super::folder::Seen;
use super::outage::Outage;
use super::patience::Patience;
use super::upload::{self, NotSent, Sent, Wanted};
use super::watched::{FileCounts, Stamp, Watched};

/// Uploads under way at once: enough to fill a venue's line.
const AT_ONCE: usize = 3;
/// Of them at most so many of files whose reduced copy is there, so that a new photo's always
/// finds room.
const FOLLOWING: usize = 2;

/// How often the folder is looked at, and how long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub poll: Duration,
    /// For how long a file must not change.
    pub settle: Duration,
    /// For how long an upload may be under way, at first.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            settle: Duration::from_secs(3),
            patience: Duration::from_secs(30),
        }
    }
}

/// Watches one folder.
pub struct Watcher {
    folder: PathBuf,
    destination: Destination,
    bucket: Bucket,
    pace: Pace,
    proxies: bool,
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
    /// A reduced copy is there, and the file is to follow.
    Reduced {
        key: String,
        bytes: u64,
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
    /// The folder or one below it cannot be read.
    Unreadable {
        folder: PathBuf,
        why: String,
    },
    Readable {
        folder: PathBuf,
    },
    /// The store does not answer, or not in time, or has no bucket; all files wait.
    StoreAway {
        why: String,
    },
    StoreBack,
    /// How things are; told again and again.
    Standing {
        counts: FileCounts,
        /// Folders that cannot be read.
        unreadable: usize,
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
        Self { folder: folder.into(), destination, bucket, pace, proxies: false }
    }

    /// Sends a reduced copy of each photo first, and the file when nothing else waits.
    #[must_use]
    pub fn with_proxies(self, proxies: bool) -> Self {
        Self { proxies, ..self }
    }

    /// Watches until nobody listens any more.
    pub async fn run(self, events: mpsc::Sender<Event>) {
        let mut look = tokio::time::interval(self.pace.poll);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut watch = Watch::new(self, events);
        // An error means that nobody listens.
        while watch.turn(&mut look).await.is_ok() {}
    }
}

/// A watcher at work.
struct Watch {
    watcher: Watcher,
    began: Instant,
    watched: Watched,
    outage: Outage,
    patience: Patience,
    sending: JoinSet<Tried>,
    left_out: LeftOut,
    /// Folders that were told to be unreadable.
    unreadable: BTreeSet<PathBuf>,
    events: mpsc::Sender<Event>,
}

/// What came of one try of a file.
struct Tried {
    path: PathBuf,
    took: Duration,
    outcome: Outcome,
}

enum Outcome {
    Tried(Result<Sent, NotSent>),
    Nowhere(String),
}

/// Nobody listens any more.
struct Unheard;

impl Watch {
    fn new(watcher: Watcher, events: mpsc::Sender<Event>) -> Self {
        Self {
            began: Instant::now(),
            watched: Watched::new(watcher.pace.settle),
            outage: Outage::default(),
            patience: Patience::new(watcher.pace.patience),
            sending: JoinSet::new(),
            left_out: LeftOut::default(),
            unreadable: BTreeSet::new(),
            watcher,
            events,
        }
    }

    async fn turn(&mut self, look: &mut tokio::time::Interval) -> Result<(), Unheard> {
        tokio::select! {
            _ = look.tick() => self.look().await?,
            Some(tried) = self.sending.join_next() => {
                if let Ok(tried) = tried {
                    self.settle(tried).await?;
                }
            }
        }
        // Where the folder is away, so are its files; they wait until it is back.
        if self.unreadable.contains(&self.watcher.folder) {
            return Ok(());
        }
        let now = self.now();
        while self.sending.len() < self.outage.allows(AT_ONCE, now)
            && let Some((path, stamp)) = self.next(now)
        {
            self.send(path, stamp);
        }
        let (counts, left_out) = (self.watched.counts(), self.left_out.clone());
        self.tell(Event::Standing { counts, unreadable: self.unreadable.len(), left_out }).await
    }

    fn next(&mut self, now: Duration) -> Option<(PathBuf, Stamp)> {
        if self.watched.following() < FOLLOWING {
            self.watched.take(now)
        } else {
            self.watched.take_new(now)
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    async fn tell(&self, event: Event) -> Result<(), Unheard> {
        self.events.send(event).await.map_err(|_| Unheard)
    }

    async fn look(&mut self) -> Result<(), Unheard> {
        let folder = self.watcher.folder.clone();
        let seen = tokio::task::spawn_blocking(move || Seen::below(&folder)).await;
        match seen.map_err(io::Error::other).and_then(|seen| seen) {
            Ok(seen) => {
                let now = self.now();
                self.left_out = seen.left_out;
                self.watched.look(seen.files, now);
                self.readable_but(seen.unreadable).await
            }
            // A share or a card that is away for a moment: what is known of it stays.
            Err(error) => self.unreadable(self.watcher.folder.clone(), &error).await,
        }
    }

    /// All folders but these can be read.
    async fn readable_but(&mut self, unreadable: Vec<(PathBuf, io::Error)>) -> Result<(), Unheard> {
        let now: BTreeSet<&PathBuf> = unreadable.iter().map(|(folder, _)| folder).collect();
        let back: Vec<_> = self.unreadable.extract_if(.., |folder| !now.contains(folder)).collect();
        for folder in back {
            self.tell(Event::Readable { folder }).await?;
        }
        for (folder, error) in unreadable {
            self.unreadable(folder, &error).await?;
        }
        Ok(())
    }

    async fn unreadable(&mut self, folder: PathBuf, error: &io::Error) -> Result<(), Unheard> {
        if !self.unreadable.insert(folder.clone()) {
            return Ok(());
        }
        self.tell(Event::Unreadable { folder, why: error.to_string() }).await
    }

    fn send(&mut self, path: PathBuf, stamp: Stamp) {
        let Watcher { folder, destination, bucket, proxies, .. } = &self.watcher;
        let reduce = *proxies && !self.watched.is_reduced(&path);
        let wanted = if reduce { Wanted::Proxy } else { Wanted::File };
        let bucket = bucket.clone();
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let key = destination.key(below).map_err(|error| error.to_string());
        let limit = self.patience.limit();
        self.sending.spawn(async move {
            let since = Instant::now();
            let outcome = match key {
                Ok(key) => {
                    let upload = upload::upload(&bucket, &key, &path, stamp, wanted);
                    let sent = tokio::time::timeout(limit, upload).await;
                    Outcome::Tried(sent.unwrap_or(Err(NotSent::TooSlow(limit))))
                }
                Err(why) => Outcome::Nowhere(why),
            };
            Tried { path, took: since.elapsed(), outcome }
        });
    }

    async fn settle(&mut self, tried: Tried) -> Result<(), Unheard> {
        let Tried { path, took, outcome } = tried;
        match outcome {
            Outcome::Nowhere(why) => self.refused(path, why).await,
            Outcome::Tried(Ok(sent)) => {
                match sent {
                    Sent::Reduced { .. } => self.watched.reduced(&path, self.now()),
                    Sent::Uploaded { .. } | Sent::AlreadyThere { .. } => self.watched.done(&path),
                }
                self.answered().await?;
                let event = match sent {
                    Sent::Uploaded { key, bytes } => {
                        self.patience.came_through(took);
                        Event::Uploaded { key, bytes }
                    }
                    Sent::AlreadyThere { key } => Event::AlreadyThere { key },
                    Sent::Reduced { key, bytes } => Event::Reduced { key, bytes },
                };
                self.tell(event).await
            }
            Outcome::Tried(Err(error)) => self.not_sent(path, error).await,
        }
    }

    async fn not_sent(&mut self, path: PathBuf, error: NotSent) -> Result<(), Unheard> {
        let (now, why) = (self.now(), error.to_string());
        match error {
            NotSent::Unfinished => {
                if self.watched.unfinished(&path, now) {
                    self.tell(Event::Unfinished { path }).await?;
                }
                Ok(())
            }
            // Taken away or renamed before its turn, or the card was pulled out.
            NotSent::File(error) if error.kind() == io::ErrorKind::NotFound => {
                self.watched.gone(&path);
                Ok(())
            }
            NotSent::File(_) => {
                let pause = self.watched.unreadable(&path, now);
                self.tell(Event::Failed { path, why, pause }).await
            }
            NotSent::NoPhoto(_) | NotSent::NameTaken => self.refused(path, why).await,
            NotSent::TooSlow(limit) => {
                self.patience.ran_out(limit);
                self.away(&path, why).await
            }
            // No bucket is no fault of the photo's either.
            NotSent::Store(error)
                if matches!(error.failure, Failure::Unavailable | Failure::NotFound) =>
            {
                self.away(&path, why).await
            }
            NotSent::Store(_) => {
                self.answered().await?;
                let pause = self.watched.failed(&path, now);
                self.tell(Event::Failed { path, why, pause }).await
            }
        }
    }

    async fn refused(&mut self, path: PathBuf, why: String) -> Result<(), Unheard> {
        self.watched.refused(&path);
        self.tell(Event::Refused { path, why }).await
    }

    /// Nothing gets through to the store.
    async fn away(&mut self, path: &Path, why: String) -> Result<(), Unheard> {
        let now = self.now();
        self.watched.put_back(path, now);
        if self.outage.goes_on(now) {
            self.tell(Event::StoreAway { why }).await?;
        }
        Ok(())
    }

    async fn answered(&mut self) -> Result<(), Unheard> {
        if self.outage.ends() {
            self.tell(Event::StoreBack).await?;
        }
        Ok(())
    }
}
