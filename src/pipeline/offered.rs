//! Which photos lie in the trays for a runner: those that may show them and have led to no
//! certificate. A tray's record says for whom; each version of one is read once, and so many at
//! a time that whoever waits for a runner's page does not wait for all of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use kanso_certificate::{Fault, document};
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::handler::Handler;
use super::keys::{RaceId, Tray};
use super::once;
use crate::store::ETag;

/// For how long a listing of the trays is trusted.
const FRESH: Duration = Duration::from_secs(4);
/// Records that one look reads.
const AT_ONCE: usize = 2000;
/// Store calls in flight at once.
const IN_FLIGHT: usize = 32;

/// The trays of some races, as far as they were read.
#[derive(Debug, Default)]
pub struct OfferedPhotos {
    races: Mutex<HashMap<RaceId, Arc<Mutex<Known>>>>,
}

#[derive(Debug, Default)]
struct Known {
    looked: Option<Instant>,
    /// By key.
    records: HashMap<String, Kept>,
    unread: usize,
}

#[derive(Debug)]
struct Kept {
    etag: ETag,
    photo: PhotoId,
    bibs: Vec<Bib>,
}

/// What lies in the trays for a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub photos: Vec<PhotoId>,
    /// Records that nobody has read yet: the next look reads on.
    pub unread: usize,
}

/// What of a tray's record says for whom it is.
#[derive(Deserialize)]
struct ForWhom {
    photo_id: PhotoId,
    #[serde(default)]
    bibs: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    bib: Bib,
}

impl OfferedPhotos {
    pub async fn of(&self, handler: &Handler, race: &RaceId, bib: &Bib) -> Result<Offered, Fault> {
        let known = self.races.lock().await.entry(race.clone()).or_default().clone();
        // Whoever comes while they are read waits for that.
        let mut known = known.lock().await;
        let is_fresh = known.looked.is_some_and(|looked| looked.elapsed() < FRESH);
        if !is_fresh || known.unread > 0 {
            known.look(handler, race).await?;
        }
        let records = known.records.values().filter(|kept| kept.bibs.contains(bib));
        let mut photos: Vec<PhotoId> = records.map(|kept| kept.photo).collect();
        photos.sort();
        photos.dedup();
        Ok(Offered { photos, unread: known.unread })
    }
}

impl Known {
    async fn look(&mut self, handler: &Handler, race: &RaceId) -> Result<(), Fault> {
        let mut listed = Vec::new();
        for tray in Tray::ALL {
            listed.extend(handler.outputs().list(&race.key(tray.folder())).await?);
        }
        let mut before = std::mem::take(&mut self.records);
        let mut changed = Vec::new();
        for object in listed {
            match before.remove_entry(&object.key) {
                Some((key, kept)) if kept.etag == object.etag => {
                    self.records.insert(key, kept);
                }
                _ => changed.push(object),
            }
        }
        self.unread = changed.len().saturating_sub(AT_ONCE);
        let mut reading = futures::stream::iter(changed.into_iter().take(AT_ONCE))
            .map(|object| async move {
                let bytes = once::document(handler.outputs(), &object.key).await?;
                let record = document::derived::<ForWhom>(&object.key, bytes.as_deref())?;
                let kept = record.map(|record| Kept {
                    etag: object.etag,
                    photo: record.photo_id,
                    bibs: record.bibs.into_iter().map(|named| named.bib).collect(),
                });
                Ok::<_, Fault>(kept.map(|kept| (object.key, kept)))
            })
            .buffer_unordered(IN_FLIGHT);
        while let Some(read) = reading.try_next().await? {
            self.records.extend(read);
        }
        self.looked = Some(Instant::now());
        Ok(())
    }
}
