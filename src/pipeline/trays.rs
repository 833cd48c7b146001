//! What lies in a race's trays, a part at a time, as somebody looks through it.

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use kanso_certificate::{Fault, document};
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde::Deserialize;

use crate::handler::Handler;
use crate::keys::{self, Input, RaceId, Tray};
use crate::once;

/// GETs under way at once.
const PARALLEL: usize = 16;

/// A photo that lies in a tray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTray {
    pub photo_id: PhotoId,
    /// Its path below `photos/`.
    pub photo: String,
    pub reason: String,
    /// Whom it is about, where that is known.
    pub bibs: Vec<Bib>,
}

/// A part of a tray.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrayPart {
    pub photos: Vec<InTray>,
    /// The last one that was looked at, where more come after it.
    pub next: Option<PhotoId>,
}

#[derive(Deserialize)]
struct Record {
    photo: String,
    reason: String,
    bibs: Vec<About>,
}

#[derive(Deserialize)]
struct About {
    bib: Bib,
}

impl Handler {
    /// The photos in a tray that come after one of them, `most` at most, in order of their ids.
    /// A damaged record is left out: reconciling makes it again.
    pub fn tray<'a>(
        &'a self,
        race: &'a RaceId,
        tray: Tray,
        after: Option<&'a PhotoId>,
        most: usize,
    ) -> BoxFuture<'a, Result<TrayPart, Fault>> {
        Box::pin(async move {
            let folder = race.key(tray.folder());
            let after = after.map(|id| tray.key(race, id)).unwrap_or_default();
            let listed = self.outputs().list_after(&folder, &after, most + 1).await?;
            let id = |key: &str| -> Option<PhotoId> {
                key.strip_prefix(&folder)?.strip_suffix(".json")?.parse().ok()
            };
            let ids: Vec<PhotoId> = listed.iter().filter_map(|listed| id(&listed.key)).collect();
            let more = listed.len() > most;
            let ids = &ids[..ids.len().min(most)];
            let looks: Vec<_> = ids.iter().map(|id| self.in_tray(race, tray, *id)).collect();
            let photos: Vec<Option<InTray>> =
                futures::stream::iter(looks).buffered(PARALLEL).try_collect().await?;
            let photos = photos.into_iter().flatten().collect();
            Ok(TrayPart { photos, next: ids.last().copied().filter(|_| more) })
        })
    }

    async fn in_tray(
        &self,
        race: &RaceId,
        tray: Tray,
        photo_id: PhotoId,
    ) -> Result<Option<InTray>, Fault> {
        let key = tray.key(race, &photo_id);
        let bytes = once::document(self.outputs(), &key).await?;
        let Some(record): Option<Record> = document::derived(&key, bytes.as_deref())? else {
            return Ok(None);
        };
        let Some(Input::Photo(photo)) = keys::classify(&record.photo) else { return Ok(None) };
        Ok(Some(InTray {
            photo_id,
            photo: photo.path().to_owned(),
            reason: record.reason,
            bibs: record.bibs.into_iter().map(|about| about.bib).collect(),
        }))
    }
}
