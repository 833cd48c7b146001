//! The outcomes of a race, read once and kept: a later look reads only what was written
//! since, as the listing's ETags tell.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use kanso_certificate::{Fault, document};
use kanso_photo::PhotoId;
use tokio::sync::Mutex;

use crate::failures::Failures;
use crate::keys::{RaceId, without_names};
use crate::once;
use crate::outcome::OutcomeRecord;
use crate::store::{Bucket, ETag};

/// GETs in flight at once.
const IN_FLIGHT: usize = 32;

/// The outcomes of all races that were asked for, as they are stored: about 1 KB each.
#[derive(Debug, Default)]
pub struct Outcomes {
    races: Mutex<HashMap<RaceId, Arc<Mutex<Known>>>>,
}

/// By key.
type Known = HashMap<String, Kept>;

#[derive(Debug, Clone)]
struct Kept {
    etag: ETag,
    /// `None` where the document is damaged.
    photo_id: Option<PhotoId>,
    document: Bytes,
}

impl Outcomes {
    /// All outcomes of a race as they are now, by key; damaged ones are left out, and those
    /// that cannot be read are among the failures.
    pub async fn all(
        &self,
        outputs: &Bucket,
        race: &RaceId,
    ) -> Result<(HashMap<String, OutcomeRecord>, Failures), Fault> {
        let known = self.race(race).await;
        let mut known = known.lock().await;
        let failures = look(outputs, race, &mut known).await?;
        let mut records = HashMap::with_capacity(known.len());
        for (key, kept) in known.iter().filter(|(_, kept)| kept.photo_id.is_some()) {
            if let Some(record) = read(key, &kept.document)? {
                records.insert(key.clone(), record);
            }
        }
        Ok((records, failures))
    }

    /// The outcome of a photo, under one of its names. One that is known from earlier is as
    /// good as the newest: whoever uses it asks for its photo's version.
    pub async fn of_photo(
        &self,
        outputs: &Bucket,
        race: &RaceId,
        photo: &PhotoId,
    ) -> Result<Option<OutcomeRecord>, Fault> {
        let known = self.race(race).await;
        let mut known = known.lock().await;
        if find(&known, photo).is_none() {
            look(outputs, race, &mut known).await?;
        }
        match find(&known, photo) {
            Some((key, kept)) => read(key, &kept.document),
            None => Ok(None),
        }
    }

    async fn race(&self, race: &RaceId) -> Arc<Mutex<Known>> {
        self.races.lock().await.entry(race.clone()).or_default().clone()
    }
}

fn find<'k>(known: &'k Known, photo: &PhotoId) -> Option<(&'k String, &'k Kept)> {
    known.iter().find(|(_, kept)| kept.photo_id.as_ref() == Some(photo))
}

/// Reads what was written since the last look, and forgets what is gone.
async fn look(outputs: &Bucket, race: &RaceId, known: &mut Known) -> Result<Failures, Fault> {
    let listed = outputs.list(&race.key("outcomes/")).await?;
    let mut before = std::mem::take(known);
    let mut changed = Vec::new();
    for object in listed {
        match before.remove_entry(&object.key) {
            Some((key, kept)) if kept.etag == object.etag => drop(known.insert(key, kept)),
            _ => changed.push(object),
        }
    }
    let mut reading = futures::stream::iter(changed)
        .map(|object| async move {
            let Some(document) = once::document(outputs, &object.key).await? else {
                return Ok(None);
            };
            let record = read(&object.key, &document)?;
            let photo_id = record.map(|record| record.photo_id);
            Ok::<_, Fault>(Some((object.key, Kept { etag: object.etag, photo_id, document })))
        })
        .buffer_unordered(IN_FLIGHT);
    let mut failures = Failures::default();
    while let Some(read) = reading.next().await {
        known.extend(failures.note(read)?.flatten());
    }
    Ok(failures)
}

fn read(key: &str, document: &[u8]) -> Result<Option<OutcomeRecord>, Fault> {
    document::derived(&without_names(key), Some(document))
}
