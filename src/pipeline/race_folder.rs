//! A race's data between invocations: kept by ETag, revalidated at most every few seconds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Mutex;

use super::keys::RaceId;
use crate::error::{Fate, Fault};
use crate::press::{Press, RaceFiles};
use crate::race::Race;
use crate::store::{Bucket, ETag, Failure, If, StoreError};

/// For how long race data is trusted without asking.
const FRESH: Duration = Duration::from_secs(5);
/// Race data larger than this is refused: 40,000 runners take about 8 MB.
const FILE_LIMIT: u64 = 64 << 20;

/// Whether a race's photos can be decided.
#[derive(Clone)]
pub enum Readiness {
    Ready(Arc<Press>),
    /// Photos wait in `pending/`; the words say for what.
    NotYet(String),
}

/// The race folders of one bucket.
pub struct RaceFolders {
    bucket: Bucket,
    races: Mutex<HashMap<RaceId, Arc<Mutex<Folder>>>>,
}

/// What is known of one race.
#[derive(Default)]
struct Folder {
    asked: Option<Instant>,
    /// By name below the race's folder; `None` for one that is not there.
    files: BTreeMap<String, Option<File>>,
    readiness: Option<Readiness>,
}

struct File {
    etag: ETag,
    bytes: Bytes,
}

/// These three are asked for anew; everything else is read again when one of them changed.
const WATCHED: [&str; 3] = ["race.toml", "results.csv", "template/template.toml"];

impl RaceFolders {
    pub fn new(bucket: Bucket) -> Self {
        Self { bucket, races: Mutex::default() }
    }

    /// The race's data, at most a few seconds old.
    pub async fn press(&self, race: &RaceId) -> Result<Readiness, Fault> {
        let folder = self.races.lock().await.entry(race.clone()).or_default().clone();
        // Whoever comes while it is being read waits for that reading.
        let mut folder = folder.lock().await;
        if let (Some(asked), Some(readiness)) = (folder.asked, &folder.readiness)
            && asked.elapsed() < FRESH
        {
            return Ok(readiness.clone());
        }
        let changed = self.revalidate(race, &mut folder).await?;
        if changed || folder.readiness.is_none() {
            folder.readiness = Some(self.read(race, &mut folder).await?);
        }
        folder.asked = Some(Instant::now());
        Ok(folder.readiness.clone().expect("it was just read"))
    }

    /// Makes the next look ask the store: an event said that something changed.
    pub async fn expire(&self, race: &RaceId) {
        if let Some(folder) = self.races.lock().await.get(race) {
            let mut folder = folder.lock().await;
            folder.asked = None;
            // A file of the template or an asset may have changed, which is not watched.
            folder.readiness = None;
        }
    }

    /// Asks whether the watched files changed, and reads those that did.
    async fn revalidate(&self, race: &RaceId, folder: &mut Folder) -> Result<bool, Fault> {
        let mut changed = false;
        for name in WATCHED {
            let known = folder.files.get(name).and_then(Option::as_ref);
            let when = known.map_or(If::Any, |file| If::Changed(&file.etag));
            let file = match self.bucket.get(&race.key(name), when, FILE_LIMIT).await {
                Ok(fetched) => Some(File { etag: fetched.etag, bytes: fetched.bytes }),
                Err(error) if error.failure == Failure::NotModified => continue,
                Err(error) if error.failure == Failure::NotFound => None,
                Err(error) => return Err(retried(error)),
            };
            changed |= file.is_some() || known.is_some();
            folder.files.insert(name.to_owned(), file);
        }
        Ok(changed)
    }

    async fn read(&self, race: &RaceId, folder: &mut Folder) -> Result<Readiness, Fault> {
        let bytes = |name: &str| {
            folder.files.get(name).and_then(Option::as_ref).map(|file| file.bytes.clone())
        };
        let Some(rules) = bytes("race.toml") else {
            return Ok(Readiness::NotYet(format!("race {race} has no race.toml yet")));
        };
        let mut files = RaceFiles { rules, results: bytes("results.csv"), ..RaceFiles::default() };
        if bytes("template/template.toml").is_some() {
            let prefix = race.key("template/");
            for listed in self.bucket.list(&prefix).await? {
                let name = listed.key[prefix.len()..].to_owned();
                if name.is_empty() || name.ends_with('/') {
                    continue;
                }
                let fetched = self.bucket.get(&listed.key, If::Any, FILE_LIMIT).await;
                files.template.insert(name, fetched.map_err(retried)?.bytes);
            }
        }
        // Which further files the race names is known only once its rules are read.
        if let Ok(text) = std::str::from_utf8(&files.rules)
            && let Ok(rules) = Race::parse(text)
        {
            for name in rules.appearance.files() {
                match self.bucket.get(&race.key(name), If::Any, FILE_LIMIT).await {
                    Ok(fetched) => drop(files.assets.insert(name.to_owned(), fetched.bytes)),
                    Err(error) if error.failure == Failure::NotFound => {
                        return Ok(Readiness::NotYet(format!(
                            "race.toml of {race} names {name}, which is not there yet"
                        )));
                    }
                    Err(error) => return Err(retried(error)),
                }
            }
        }
        let set_up = tokio::task::spawn_blocking(move || Press::set_up(&files)).await;
        let set_up = set_up
            .unwrap_or_else(|panic| Err(Fault::reject(format!("reading ended early: {panic}"))));
        Ok(match set_up {
            Ok(press) => Readiness::Ready(Arc::new(press)),
            Err(fault) => Readiness::NotYet(format!("race {race}: {fault}")),
        })
    }
}

/// Race data that cannot be read keeps photos waiting; it never rejects one.
fn retried(error: StoreError) -> Fault {
    Fault { fate: Fate::Retry, message: error.to_string() }
}
