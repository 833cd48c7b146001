//! The certificates that a runner has now, read from the store: one LIST and a few small
//! GETs under the runner's own prefix, so that the answer is never out of date.

use std::cmp::Reverse;

use futures::{StreamExt, TryStreamExt};
use kanso_certificate::Fault;
use kanso_certificate::document;
use kanso_photo::{PhotoId, PixelRect};
use kanso_race::Bib;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::keys::{CertificateKeys, RaceId};
use crate::once;
use crate::store::Bucket;

/// GETs under way at once for one runner.
const PARALLEL: usize = 8;

/// A certificate that holds now.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuedCertificate {
    pub photo: PhotoId,
    pub fingerprint: String,
    /// 1 for the first.
    pub revision: u32,
    /// Where the photo lies in the inputs bucket.
    pub photo_key: String,
    /// That it shows this runner, 0 to 1.
    pub probability: f64,
    /// Of the photo as it is printed, pixels to the inch; 0 where the record does not say.
    pub ppi: f64,
    /// The part of the photo that is printed, where there is one.
    pub crop: Option<PixelRect>,
}

impl IssuedCertificate {
    pub fn keys(&self, race: &RaceId, bib: &Bib) -> CertificateKeys {
        CertificateKeys::new(race, bib, &self.photo, &self.fingerprint)
    }
}

/// What of `current.json` matters here.
#[derive(Deserialize)]
struct CurrentDocument {
    fingerprint: String,
    revision: u32,
    /// Present once the certificate may no longer be given out.
    #[serde(default)]
    void: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct RecordDocument {
    #[serde(default)]
    photo: Option<RecordPhoto>,
    #[serde(default)]
    probability: Option<f64>,
}

#[derive(Deserialize)]
struct RecordPhoto {
    key: String,
    #[serde(default)]
    panels: Vec<RecordPanel>,
}

#[derive(Deserialize)]
struct RecordPanel {
    #[serde(default)]
    ppi: f64,
    #[serde(default)]
    crop: Option<PixelRect>,
}

/// All certificates of a runner, the best photo first: the surest match, then the sharpest.
pub async fn of_runner(
    outputs: &Bucket,
    race: &RaceId,
    bib: &Bib,
) -> Result<Vec<IssuedCertificate>, Fault> {
    let prefix = race.key(&format!("certificates/{bib}/"));
    let listed = outputs.list(&prefix).await?;
    let photos = listed.into_iter().filter_map(|object| {
        let photo = object.key.strip_prefix(&prefix)?.strip_suffix("/current.json")?;
        photo.parse::<PhotoId>().ok()
    });
    let mut held: Vec<IssuedCertificate> =
        futures::stream::iter(photos.map(|p| one(outputs, race, bib, p)))
            .buffer_unordered(PARALLEL)
            .try_filter_map(|held| async { Ok(held) })
            .try_collect()
            .await?;
    held.sort_by_key(|held| {
        let sure = (held.probability * 100.0).round() as i64;
        (Reverse(sure), Reverse(held.ppi.round() as i64), held.photo)
    });
    Ok(held)
}

/// One certificate, if it is there and may be given out.
pub async fn one(
    outputs: &Bucket,
    race: &RaceId,
    bib: &Bib,
    photo: PhotoId,
) -> Result<Option<IssuedCertificate>, Fault> {
    let current = CertificateKeys::new(race, bib, &photo, "").current();
    let Some(bytes) = once::document(outputs, &current).await? else { return Ok(None) };
    let current: CurrentDocument = read(&current, &bytes)?;
    if current.void.is_some() {
        return Ok(None);
    }
    let key = CertificateKeys::new(race, bib, &photo, &current.fingerprint).record();
    let Some(bytes) = once::document(outputs, &key).await? else { return Ok(None) };
    let record: RecordDocument = read(&key, &bytes)?;
    let ppi = record.photo.iter().flat_map(|p| &p.panels).map(|p| p.ppi).fold(0.0, f64::max);
    let crop = record.photo.as_ref().and_then(|p| p.panels.first()).and_then(|panel| panel.crop);
    Ok(Some(IssuedCertificate {
        photo,
        fingerprint: current.fingerprint,
        revision: current.revision,
        photo_key: record.photo.map(|photo| photo.key).unwrap_or_default(),
        // Somebody's word carries no probability: nothing is surer.
        probability: record.probability.unwrap_or(1.0),
        ppi,
        crop,
    }))
}

fn read<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, Fault> {
    document::read(bytes).map_err(|error| error.at(key))
}
