//! A race's data between invocations: kept by ETag, revalidated at most every few seconds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kanso_certificate::accepted::UnreadableFile;
use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_certificate::{Fate, Fault};
use kanso_matching::reason::Reason;
use kanso_race::{Bib, Race};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, watch};

use super::accepted::{self, Keeper};
use super::expiry::Tombstone;
use super::keys::{EXPIRED, LINK_KEY, RaceId};
use super::links;
use crate::store::{Bucket, ETag, Failure, If, StoreError};

/// For how long race data is trusted without asking.
const FRESH: Duration = Duration::from_secs(5);
/// Race data larger than this is refused: 40,000 runners take about 8 MB.
pub(crate) const FILE_LIMIT: u64 = 64 << 20;

/// Whether a race's photos can be decided.
#[derive(Clone)]
pub enum Readiness {
    Ready(Arc<RaceData>),
    /// Photos wait in `pending/`; the words say for what.
    NotYet(String),
    /// The time is over for which its runners' data are kept: nothing is done any more. The words
    /// say so.
    Expired(String),
}

/// The race folders of one bucket.
pub struct RaceFolders {
    bucket: Bucket,
    races: Mutex<HashMap<RaceId, Arc<Mutex<Folder>>>>,
    erased: watch::Sender<ErasedRunners>,
    unreadable: watch::Sender<UnreadableFiles>,
}

/// Runners who asked to be erased, by race.
pub type ErasedRunners = BTreeMap<RaceId, BTreeSet<Bib>>;
/// Files that cannot be read and have an earlier version in force, by race.
pub type UnreadableFiles = BTreeMap<RaceId, Vec<UnreadableFile>>;

/// What is known of one race.
#[derive(Default)]
struct Folder {
    asked: Option<Instant>,
    /// By name below the race's folder; `None` for one that is not there.
    files: BTreeMap<String, Option<File>>,
    /// The versions of the listed folders' files, by key.
    listed: BTreeMap<String, ETag>,
    readiness: Option<Readiness>,
    /// Counts the readings, so that work done with an older one is noticed.
    generation: u64,
    /// What was read last: when the newest file came, and a hash of all.
    version: String,
    /// The version that was counted last.
    counted: String,
    /// Versions that others have told of and that this reading is no older than.
    followed: BTreeSet<String>,
    /// Increments that are only thought of.
    imagined: BTreeMap<String, Bytes>,
    /// The files as they were when all of them could be read last.
    accepted: Option<RaceFiles>,
    keeper: Keeper,
    /// What was told of files that cannot be read; `None` before the first reading.
    told: Option<Vec<UnreadableFile>>,
}

impl Folder {
    fn is_expired(&self) -> bool {
        matches!(self.files.get(EXPIRED), Some(Some(_)))
    }
}

struct File {
    etag: ETag,
    bytes: Bytes,
    modified: Option<jiff::Timestamp>,
}

/// These are asked for anew; everything else is read again when one of them changed.
const WATCHED: [&str; 5] =
    [EXPIRED, "race.toml", "results.csv", "template/template.toml", LINK_KEY];
/// So are the files of these folders, which are few and small.
const LISTED: [&str; 3] = ["results/", "erased/", "cameras/"];

impl RaceFolders {
    pub fn new(bucket: Bucket) -> Self {
        let (races, erased, unreadable) = Default::default();
        Self { bucket, races, erased, unreadable }
    }

    /// What cannot be read now: staff must hear of it.
    pub fn unreadable(&self) -> UnreadableFiles {
        self.unreadable.borrow().clone()
    }

    /// Who is erased, as it becomes known: for those who keep something of runners besides
    /// the store.
    pub fn erased(&self) -> watch::Receiver<ErasedRunners> {
        self.erased.subscribe()
    }

    /// The race's data, at most a few seconds old, and which reading of it.
    pub async fn race_data(&self, race: &RaceId) -> Result<(Readiness, u64), Fault> {
        let folder = self.races.lock().await.entry(race.clone()).or_default().clone();
        // Whoever comes while it is being read waits for that reading.
        let mut folder = folder.lock().await;
        self.fresh(race, &mut folder).await
    }

    /// The race's data as they are in the store now, every file of them. Photos under way go
    /// on where nothing changed.
    pub async fn newest(&self, race: &RaceId) -> Result<(Readiness, u64), Fault> {
        let folder = self.races.lock().await.entry(race.clone()).or_default().clone();
        let mut folder = folder.lock().await;
        folder.asked = None;
        folder.readiness = None;
        self.fresh(race, &mut folder).await
    }

    async fn fresh(&self, race: &RaceId, folder: &mut Folder) -> Result<(Readiness, u64), Fault> {
        if let (Some(asked), Some(readiness)) = (folder.asked, &folder.readiness)
            && asked.elapsed() < FRESH
        {
            return Ok((readiness.clone(), folder.generation));
        }
        let changed = self.revalidate(race, folder).await?;
        if changed || folder.readiness.is_none() {
            let readiness = self.read_whole(race, folder).await?;
            if let Readiness::Ready(race_data) = &readiness {
                self.tell_erased(race, &race_data.erased);
            }
            folder.readiness = Some(readiness);
            // The same, read once more, is no news to whoever is under way.
            if changed || folder.version != folder.counted {
                folder.generation += 1;
                folder.counted.clone_from(&folder.version);
            }
        }
        folder.asked = Some(Instant::now());
        let readiness = folder.readiness.clone().expect("it was just read");
        Ok((readiness, folder.generation))
    }

    fn tell_erased(&self, race: &RaceId, bibs: &BTreeSet<Bib>) {
        self.erased.send_if_modified(|known| {
            let news = known.get(race).map_or(!bibs.is_empty(), |known| known != bibs);
            if news {
                known.insert(race.clone(), bibs.clone());
            }
            news
        });
    }

    /// Makes the next look ask the store: an event said that something changed.
    pub async fn expire(&self, race: &RaceId) {
        // Not under the lock of all races: this one may be being read, and others go on.
        let folder = self.races.lock().await.get(race).cloned();
        if let Some(folder) = folder {
            let mut folder = folder.lock().await;
            folder.asked = None;
            // A file of the template or an asset may have changed, which is not watched.
            folder.readiness = None;
            folder.generation += 1;
        }
    }

    /// Names the files as they were read last: when the newest of those that are watched came,
    /// and a hash of all.
    pub async fn version(&self, race: &RaceId) -> String {
        match self.races.lock().await.get(race).cloned() {
            Some(folder) => folder.lock().await.version.clone(),
            None => String::new(),
        }
    }

    /// The race's data, no older than a version that another process has told of. The store is
    /// read once for each that is not known here.
    pub async fn know(&self, race: &RaceId, version: &str) -> Result<(Readiness, u64), Fault> {
        let folder = self.races.lock().await.entry(race.clone()).or_default().clone();
        let mut folder = folder.lock().await;
        if folder.version != version && !folder.followed.contains(version) {
            folder.asked = None;
            folder.readiness = None;
        }
        let race_data = self.fresh(race, &mut folder).await?;
        folder.followed.insert(version.to_owned());
        Ok(race_data)
    }

    /// Makes the next look ask the store whether a watched file changed.
    pub async fn revalidate_soon(&self, race: &RaceId) {
        if let Some(folder) = self.races.lock().await.get(race).cloned() {
            folder.lock().await.asked = None;
        }
    }

    /// The race's data as they would be with another `results.csv`, or another file below
    /// the race's folder that is watched.
    pub async fn imagine(
        &self,
        race: &RaceId,
        name: &str,
        body: Bytes,
    ) -> Result<Readiness, Fault> {
        let mut folder = Folder::default();
        self.revalidate(race, &mut folder).await?;
        match name.strip_prefix(LISTED[0]) {
            Some(increment) => drop(folder.imagined.insert(increment.to_owned(), body)),
            None => {
                let file = File { etag: ETag::new(""), bytes: body, modified: None };
                folder.files.insert(name.to_owned(), Some(file));
            }
        }
        let Some(files) = self.files(race, &folder).await? else { return Ok(no_rules(race)) };
        Ok(match set_up(files, None).await {
            Ok((race_data, _)) => Readiness::Ready(Arc::new(race_data)),
            Err(problem) => Readiness::NotYet(format!("race {race}: {}", problem.why)),
        })
    }

    /// Whether nothing has said since that the race's data changed.
    pub async fn is_newest(&self, race: &RaceId, generation: u64) -> bool {
        let folder = self.races.lock().await.get(race).cloned();
        match folder {
            Some(folder) => folder.lock().await.generation == generation,
            None => true,
        }
    }

    /// Asks whether the watched files changed, and reads those that did.
    async fn revalidate(&self, race: &RaceId, folder: &mut Folder) -> Result<bool, Fault> {
        let mut changed = false;
        for name in WATCHED {
            if name != EXPIRED && folder.is_expired() {
                // Nor is anything kept in memory of it.
                folder.files.retain(|name, _| name == EXPIRED);
                folder.listed.clear();
                folder.accepted = None;
                return Ok(changed);
            }
            let known = folder.files.get(name).and_then(Option::as_ref);
            let when = known.map_or(If::Any, |file| If::Changed(&file.etag));
            let file = match self.bucket.get(&race.key(name), when, FILE_LIMIT).await {
                Ok(fetched) => Some(File {
                    etag: fetched.etag,
                    bytes: fetched.bytes,
                    modified: fetched.modified,
                }),
                Err(error) if error.failure == Failure::NotModified => continue,
                Err(error) if error.failure == Failure::NotFound => None,
                Err(error) => return Err(retried(error)),
            };
            if file.is_some() || known.is_some() {
                // At once: a later file that cannot be asked for must not hide it.
                folder.readiness = None;
                changed = true;
            }
            folder.files.insert(name.to_owned(), file);
        }
        let mut listed = BTreeMap::new();
        for name in LISTED {
            let files = self.bucket.list(&race.key(name)).await.map_err(retried)?;
            listed.extend(files.into_iter().map(|file| (file.key, file.etag)));
        }
        if listed != folder.listed {
            folder.readiness = None;
            changed = true;
        }
        folder.listed = listed;
        Ok(changed)
    }

    /// Reads the race; what cannot be read has its accepted version in force.
    async fn read_whole(&self, race: &RaceId, folder: &mut Folder) -> Result<Readiness, Fault> {
        if let Some(Some(tombstone)) = folder.files.get(EXPIRED) {
            folder.version = "expired".to_owned();
            self.unreadable.send_modify(|known| drop(known.remove(race)));
            return Ok(Readiness::Expired(Tombstone::read(&tombstone.bytes).reason(race)));
        }
        let Some(files) = self.files(race, folder).await? else {
            folder.version = String::new();
            return Ok(no_rules(race));
        };
        folder.version = version_of(&files, folder);
        let mut read = set_up(files.clone(), folder.accepted.clone()).await;
        let doubtful = match &read {
            Ok((race_data, _)) => race_data.roster.is_empty() && files.results.is_some(),
            Err(_) => true,
        };
        if doubtful && folder.accepted.is_none() {
            folder.accepted = accepted::load(&self.bucket, race).await?;
            read = set_up(files.clone(), folder.accepted.clone()).await;
        }
        let (race_data, unreadable) = match read {
            Ok(read) => read,
            Err(problem) => return Ok(Readiness::NotYet(format!("race {race}: {}", problem.why))),
        };
        if folder.told.as_ref() != Some(&unreadable) {
            accepted::tell(&self.bucket, race, &unreadable).await;
            self.unreadable.send_modify(|known| {
                known.remove(race);
                if !unreadable.is_empty() {
                    known.insert(race.clone(), unreadable.clone());
                }
            });
            folder.told = Some(unreadable.clone());
        }
        if unreadable.is_empty() {
            folder.accepted = Some(files.clone());
            folder.keeper.keep(&self.bucket, race, files);
        }
        Ok(Readiness::Ready(Arc::new(race_data)))
    }

    /// All files of the race; `None` while it has no rules.
    async fn files(&self, race: &RaceId, folder: &Folder) -> Result<Option<RaceFiles>, Fault> {
        let bytes = |name: &str| {
            folder.files.get(name).and_then(Option::as_ref).map(|file| file.bytes.clone())
        };
        let Some(rules) = bytes("race.toml") else { return Ok(None) };
        let mut files = RaceFiles { rules, results: bytes("results.csv"), ..RaceFiles::default() };
        let below = race.key("");
        let [results, erased, cameras] = LISTED.map(|folder| race.key(folder));
        for key in folder.listed.keys() {
            let name = key.strip_prefix(&below).unwrap_or(key);
            if key.starts_with(&results) || key.starts_with(&cameras) {
                let fetched = self.bucket.get(key, If::Any, FILE_LIMIT).await.map_err(retried)?;
                files.add(name, fetched.bytes);
            } else if key.starts_with(&erased) {
                // Its name says it all.
                files.add(name, Bytes::new());
            }
        }
        files.increments.extend(folder.imagined.clone());
        if bytes("template/template.toml").is_some() {
            let prefix = race.key("template/");
            for listed in self.bucket.list(&prefix).await? {
                let fetched = self.bucket.get(&listed.key, If::Any, FILE_LIMIT).await;
                files.add(&listed.key[below.len()..], fetched.map_err(retried)?.bytes);
            }
        }
        // Which further files the race names is known only once its rules are read.
        if let Ok(text) = std::str::from_utf8(&files.rules)
            && let Ok(rules) = Race::parse(text)
        {
            if rules.public_url.is_some() {
                files.links = Some(links::of(&self.bucket, race, bytes(LINK_KEY)).await?);
            }
            for name in rules.appearance.files() {
                match self.bucket.get(&race.key(name), If::Any, FILE_LIMIT).await {
                    Ok(fetched) => drop(files.assets.insert(name.to_owned(), fetched.bytes)),
                    // Told of by whoever needs it.
                    Err(error) if error.failure == Failure::NotFound => {}
                    Err(error) => return Err(retried(error)),
                }
            }
        }
        Ok(Some(files))
    }
}

fn no_rules(race: &RaceId) -> Readiness {
    Readiness::NotYet(format!("race {race} {}", Reason::NoRules))
}

/// The same in every process that has read the same files.
fn version_of(files: &RaceFiles, folder: &Folder) -> String {
    let RaceFiles { rules, results, increments, erased, template, assets, cameras, links: _ } =
        files;
    let mut hash = Sha256::new();
    let mut add = |name: &str, bytes: &[u8]| {
        hash.update(format!("{name}\n{}\n", bytes.len()));
        hash.update(bytes);
    };
    add("race.toml", rules);
    results.iter().for_each(|bytes| add("results.csv", bytes));
    erased.iter().for_each(|bib| add(bib.as_str(), b""));
    let folders =
        [("results", increments), ("template", template), ("", assets), ("cameras", cameras)];
    for (folder, files) in folders {
        files.iter().for_each(|(name, bytes)| add(&format!("{folder}/{name}"), bytes));
    }
    let newest = folder.files.values().flatten().filter_map(|file| file.modified).max();
    let when = newest.map(|time| time.to_string()).unwrap_or_default();
    format!("{when}-{}", hex::encode(&hash.finalize()[..8]))
}

/// Off the async threads.
async fn set_up(
    files: RaceFiles,
    accepted: Option<RaceFiles>,
) -> Result<(RaceData, Vec<UnreadableFile>), UnreadableFile> {
    let work = move || kanso_certificate::accepted::set_up(files, accepted.as_ref());
    let read = tokio::task::spawn_blocking(work).await;
    read.unwrap_or_else(|panic| {
        Err(UnreadableFile::new("race.toml", format!("reading ended early: {panic}")))
    })
}

/// Race data that cannot be read keeps photos waiting; it never rejects one.
fn retried(error: StoreError) -> Fault {
    Fault { fate: Fate::Retry, message: error.to_string() }
}
