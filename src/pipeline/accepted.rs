//! `accepted/…` of a race folder: its files as they were when all of them could be read last.
//! They stand in for what is uploaded broken, also after a restart and in another process.
//! Beside them `unreadable/<file>.json` says what is broken, and why, until it is mended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use kanso_certificate::Fault;
use kanso_certificate::accepted::UnreadableFile;
use kanso_certificate::document::json;
use kanso_certificate::race_data::{NUMBERS, RaceFiles, SOLVED};
use md5::{Digest as _, Md5};

use crate::keys::RaceId;
use crate::race_folder::FILE_LIMIT;
use crate::store::{Bucket, If, Write};

const ACCEPTED: &str = "accepted/";
const UNREADABLE: &str = "unreadable/";

/// The accepted files; `None` where the race was never read whole.
pub(crate) async fn load(inputs: &Bucket, race: &RaceId) -> Result<Option<RaceFiles>, Fault> {
    let prefix = race.key(ACCEPTED);
    let mut files = RaceFiles::default();
    for listed in inputs.list(&prefix).await? {
        let bytes = inputs.get(&listed.key, If::Any, FILE_LIMIT).await?.bytes;
        let name = &listed.key[prefix.len()..];
        if !files.add(name, bytes.clone()) {
            files.assets.insert(name.to_owned(), bytes);
        }
    }
    Ok((!files.rules.is_empty()).then_some(files))
}

/// Keeps good readings one after the other, beside the work: who waits for a race to be read
/// does not wait for its copies.
#[derive(Clone, Default)]
pub(crate) struct Keeper {
    newest: Arc<std::sync::Mutex<Option<RaceFiles>>>,
    keeping: Arc<tokio::sync::Mutex<()>>,
}

impl Keeper {
    pub fn keep(&self, inputs: &Bucket, race: &RaceId, files: RaceFiles) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(files);
        let (keeper, inputs, race) = (self.clone(), inputs.clone(), race.clone());
        tokio::spawn(async move {
            let _one_at_a_time = keeper.keeping.lock().await;
            // Whoever comes first keeps the newest.
            let files = keeper.newest.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(files) = files {
                warned(&race, keep(&inputs, &race, &files).await);
            }
        });
    }
}

/// What cannot be kept or told beside a race stops no photo of it.
fn warned(race: &RaceId, done: Result<(), Fault>) {
    if let Err(fault) = done {
        tracing::warn!(%race, "the last good reading cannot be kept beside the race: {fault}");
    }
}

/// Keeps the files that were all read. Copies that the store has are not written again: equal
/// bytes have equal ETags, but where a bucket encrypts them.
async fn keep(inputs: &Bucket, race: &RaceId, files: &RaceFiles) -> Result<(), Fault> {
    let prefix = race.key(ACCEPTED);
    let mut there: BTreeMap<String, String> = inputs
        .list(&prefix)
        .await?
        .into_iter()
        .map(|listed| (listed.key, listed.etag.as_str().to_owned()))
        .collect();
    for (name, bytes) in named(files) {
        let key = format!("{prefix}{name}");
        if there.remove(&key) != Some(hex::encode(Md5::digest(&bytes))) {
            inputs.put(&key, bytes, "application/octet-stream", Write::Always).await?;
        }
    }
    for key in there.into_keys() {
        inputs.delete(&key).await?;
    }
    Ok(())
}

/// Says what cannot be read, and no longer what can be.
pub(crate) async fn tell(inputs: &Bucket, race: &RaceId, unreadable: &[UnreadableFile]) {
    warned(race, told(inputs, race, unreadable).await);
}

async fn told(inputs: &Bucket, race: &RaceId, unreadable: &[UnreadableFile]) -> Result<(), Fault> {
    let prefix = race.key(UNREADABLE);
    let key = |file: &str| format!("{prefix}{file}.json");
    for one in unreadable {
        tracing::error!(%race, file = one.file, "cannot be read, and its last good version stays in force: {}", one.why);
        inputs.put(&key(&one.file), json(one), "application/json", Write::Always).await?;
    }
    let named: BTreeSet<String> = unreadable.iter().map(|one| key(&one.file)).collect();
    for listed in inputs.list(&prefix).await? {
        if !named.contains(&listed.key) {
            inputs.delete(&listed.key).await?;
        }
    }
    Ok(())
}

/// The files by their names below the race's folder.
fn named(files: &RaceFiles) -> Vec<(String, Bytes)> {
    let RaceFiles { rules, results, increments, template, assets, cameras, .. } = files;
    let below = |folder: &'static str, files: &BTreeMap<String, Bytes>| {
        let name =
            move |(name, bytes): (&String, &Bytes)| (format!("{folder}{name}"), bytes.clone());
        files.iter().map(name).collect::<Vec<_>>()
    };
    let mut named = vec![("race.toml".to_owned(), rules.clone())];
    named.extend(results.iter().map(|bytes| ("results.csv".to_owned(), bytes.clone())));
    named.extend(below("results/", increments));
    named.extend(below("template/", template));
    named.extend(below("", assets));
    let derived = |file: &str| file.ends_with(SOLVED) || file.ends_with(NUMBERS);
    let told = cameras.iter().filter(|(file, _)| !derived(file));
    named.extend(told.map(|(file, bytes)| (format!("cameras/{file}"), bytes.clone())));
    named
}
