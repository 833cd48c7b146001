//! What became of a camera's photos, as their photographer sees it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use futures::{StreamExt as _, TryStreamExt as _};
use kanso_certificate::Fault;
use kanso_certificate::clock_photo::ClockPhoto;
use kanso_matching::Outcome;

use crate::handler::Handler;
use crate::keys::{self, Input, RaceId};
use crate::store::{ETag, Listed};

/// Outcomes that are read for one look; what is left comes with the next.
const READ_AT_ONCE: usize = 1000;
const IN_FLIGHT: usize = 16;
/// Outcomes that are remembered; with more, all are read again.
const REMEMBERED: usize = 200_000;

/// What a photo came to, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    pub outcome: Outcome,
    pub reason: String,
    /// Where it is a photo of the clock page.
    pub clock: Option<ClockPhoto>,
}

/// A photo of a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraPhoto {
    /// Its name below the camera's folder.
    pub file: String,
    /// `None` while nobody knows.
    pub came: Option<Came>,
}

/// Outcomes that were read already, by their keys and versions.
#[derive(Debug, Default)]
pub struct SeenOutcomes(Mutex<HashMap<String, (ETag, Came)>>);

impl SeenOutcomes {
    fn get(&self, outcome: &Listed) -> Option<Came> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (etag, came) = seen.get(&outcome.key)?;
        (*etag == outcome.etag).then(|| came.clone())
    }

    fn remember(&self, outcome: &Listed, came: Came) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.insert(outcome.key.clone(), (outcome.etag.clone(), came));
    }
}

impl Handler {
    /// All photos of a camera, in order of their names.
    pub async fn camera_photos(
        &self,
        race: &RaceId,
        camera: &str,
        seen: &SeenOutcomes,
    ) -> Result<Vec<CameraPhoto>, Fault> {
        let folder = race.key(&format!("photos/{camera}/"));
        let photos = self.inputs().list(&folder).await?;
        let outcomes = self.outputs().list(&race.key(&format!("outcomes/{camera}/"))).await?;
        let outcomes: HashMap<&str, &Listed> =
            outcomes.iter().map(|outcome| (outcome.key.as_str(), outcome)).collect();
        let found = photos.iter().filter_map(|photo| {
            let Some(Input::Photo(key)) = keys::classify(&photo.key) else { return None };
            let file = photo.key.strip_prefix(&folder)?.to_owned();
            Some((file, outcomes.get(key.outcome(&photo.etag).as_str()).copied()))
        });
        let found: Vec<(String, Option<&Listed>)> = found.collect();
        let unread = found.iter().filter_map(|(_, outcome)| *outcome);
        let unread: Vec<&Listed> =
            unread.filter(|outcome| seen.get(outcome).is_none()).take(READ_AT_ONCE).collect();
        // Boxed: the SDK's futures are nested deeper than the compiler follows.
        let read = |outcome| -> BoxFuture<'_, _> { Box::pin(self.read_outcome(outcome, seen)) };
        let reading: Vec<_> = unread.into_iter().map(read).collect();
        futures::stream::iter(reading).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
        let photo = |(file, outcome): (String, Option<&Listed>)| CameraPhoto {
            file,
            came: outcome.and_then(|outcome| seen.get(outcome)),
        };
        Ok(found.into_iter().map(photo).collect())
    }

    async fn read_outcome(&self, outcome: &Listed, seen: &SeenOutcomes) -> Result<(), Fault> {
        // One that is damaged or gone is written again.
        if let Some(record) = self.outcome(&outcome.key).await? {
            let clock = record.facts.and_then(|facts| facts.clock);
            let came = Came { outcome: record.outcome, reason: record.reason, clock };
            seen.remember(outcome, came);
        }
        Ok(())
    }
}
