//! The certificates that a runner has now: the one way to them for everybody who shows,
//! prints or gives one out. Void, superseded and erased ones, and those of runners without a
//! finish, are not among them; read from the store, so that the answer is never out of date.

use std::cmp::Reverse;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use kanso_certificate::{Fault, PhotoPart, document};
use kanso_photo::{PhotoId, PixelRect};
use kanso_race::Bib;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::current::{self, Current};
use crate::events::Upload;
use crate::fetch::PHOTO_LIMIT;
use crate::handler::Handler;
use crate::keys::{self, CertificateKeys, RaceId};
use crate::once;
use crate::proxy::Sent;
use crate::race_folder::Readiness;
use crate::store::{Bucket, ETag, Fetched, If, found};

/// GETs under way at once for one runner.
const PARALLEL: usize = 8;

/// A certificate that holds now.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuedCertificate {
    pub photo: PhotoId,
    pub fingerprint: String,
    /// 1 for the first.
    pub revision: u32,
    /// Whether ranks or totals have shifted since it was made.
    pub stale: bool,
    /// Where the photo lay in the inputs bucket when it was made; [`Handler::photo_of`] reads
    /// it.
    pub photo_key: String,
    photo_etag: Option<ETag>,
    /// That it shows this runner, 0 to 1.
    pub probability: f64,
    /// How good a shot it is, 0 to 1; 0 where the record does not say.
    pub score: f64,
    /// Of the photo as it is printed, pixels to the inch; 0 where the record does not say.
    pub ppi: f64,
    /// Whether it is made of a proxy that is too small for the paper: the file is to come.
    pub preliminary: bool,
    /// The part of the photo that is printed, where there is one.
    pub part: Option<PhotoPart>,
}

/// The photo of a certificate, as it lies in the inputs bucket now.
pub struct StoredPhoto {
    pub key: String,
    pub bytes: Bytes,
    pub(crate) sent: Sent,
}

impl IssuedCertificate {
    pub(super) fn photo_etag(&self) -> Option<&ETag> {
        self.photo_etag.as_ref()
    }

    pub fn keys(&self, race: &RaceId, bib: &Bib) -> CertificateKeys {
        CertificateKeys::new(race, bib, &self.photo, &self.fingerprint)
    }
}

#[derive(Deserialize)]
struct RecordDocument {
    #[serde(default)]
    photo: Option<RecordPhoto>,
    #[serde(default)]
    probability: Option<f64>,
    #[serde(default)]
    best_shot: Option<BestShot>,
}

#[derive(Deserialize)]
struct BestShot {
    score: f64,
}

#[derive(Deserialize)]
struct RecordPhoto {
    key: String,
    #[serde(default)]
    size: Option<(u32, u32)>,
    #[serde(default)]
    preliminary: bool,
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

impl Handler {
    /// All certificates of a runner that hold now, the best photo first: the surest match,
    /// then the best shot, then the sharpest.
    pub async fn issued(&self, race: &RaceId, bib: &Bib) -> Result<Vec<IssuedCertificate>, Fault> {
        if !self.may_be_certified(race, bib).await? {
            return Ok(Vec::new());
        }
        let prefix = race.key(&format!("certificates/{bib}/"));
        let listed = self.outputs().list(&prefix).await?;
        let photos = listed.into_iter().filter_map(|object| {
            let photo = object.key.strip_prefix(&prefix)?.strip_suffix("/current.json")?;
            photo.parse::<PhotoId>().ok()
        });
        let outputs = self.outputs();
        let mut issued: Vec<IssuedCertificate> =
            futures::stream::iter(photos.map(|photo| one(outputs, race, bib, photo)))
                .buffer_unordered(PARALLEL)
                .try_filter_map(|issued| async { Ok(issued) })
                .try_collect()
                .await?;
        issued.sort_by_key(|issued| {
            let sure = (issued.probability * 100.0).round() as i64;
            let good = (issued.score * 1000.0).round() as i64;
            (Reverse(sure), Reverse(good), Reverse(issued.ppi.round() as i64), issued.photo)
        });
        Ok(issued)
    }

    /// The certificate of a runner with one photo, if it holds now. Its ranks may be those of
    /// earlier results; [`Self::up_to_date`] is for what is printed or given out.
    pub async fn issued_with(
        &self,
        race: &RaceId,
        bib: &Bib,
        photo: PhotoId,
    ) -> Result<Option<IssuedCertificate>, Fault> {
        match self.may_be_certified(race, bib).await? {
            true => one(self.outputs(), race, bib, photo).await,
            false => Ok(None),
        }
    }

    /// The same, made again first where ranks have shifted since. One whose photo was deleted
    /// cannot be, and stays as it was made.
    pub async fn up_to_date(
        &self,
        race: &RaceId,
        bib: &Bib,
        photo: PhotoId,
    ) -> Result<Option<IssuedCertificate>, Fault> {
        let Some(issued) = self.issued_with(race, bib, photo).await? else { return Ok(None) };
        if !issued.stale {
            return Ok(Some(issued));
        }
        self.newest(race).await?;
        let upload = Upload {
            bucket: self.inputs().name().to_owned(),
            key: issued.photo_key,
            etag: None,
            size: None,
            sequencer: None,
        };
        self.all(vec![upload]).await?;
        self.issued_with(race, bib, photo).await
    }

    /// The photo of a certificate: these very bytes, wherever they lie now, or the file whose
    /// proxy they were. `None` where they are gone, or another photo has their name.
    pub async fn photo_of(
        &self,
        race: &RaceId,
        issued: &IssuedCertificate,
    ) -> Result<Option<StoredPhoto>, Fault> {
        if let Some(photo) = self.same_photo(&issued.photo_key, issued.photo).await? {
            return Ok(Some(photo));
        }
        let Some(etag) = &issued.photo_etag else { return Ok(None) };
        for record in self.outcomes_of(race, etag).await? {
            if record.photo_id == issued.photo
                && let Some(photo) = self.same_photo(&record.photo, issued.photo).await?
            {
                return Ok(Some(photo));
            }
        }
        Ok(None)
    }

    async fn same_photo(&self, key: &str, id: PhotoId) -> Result<Option<StoredPhoto>, Fault> {
        let fetched = found(self.inputs().get(key, If::Any, PHOTO_LIMIT).await)?;
        let photo = fetched.map(|Fetched { bytes, part, modified, .. }| StoredPhoto {
            key: key.to_owned(),
            sent: Sent::new(key, &bytes, part, modified),
            bytes,
        });
        Ok(photo.filter(|photo| photo.sent.id == id))
    }

    /// Whether a runner may have a certificate now: nobody who asked to be erased, nor who
    /// has no finish in the newest results.
    pub async fn may_be_certified(&self, race: &RaceId, bib: &Bib) -> Result<bool, Fault> {
        if found(self.inputs().head(&keys::erasure(race, bib)).await)?.is_some() {
            return Ok(false);
        }
        Ok(match self.races().race_data(race).await?.0 {
            Readiness::Ready(race_data) => {
                let finisher = race_data.roster.get(bib);
                finisher.is_some_and(|finisher| finisher.status.may_be_certified())
            }
            // Data that cannot be read take nothing back.
            Readiness::NotYet(_) => true,
            Readiness::Expired(_) => false,
        })
    }
}

/// One certificate, if it is there and may be given out.
async fn one(
    outputs: &Bucket,
    race: &RaceId,
    bib: &Bib,
    photo: PhotoId,
) -> Result<Option<IssuedCertificate>, Fault> {
    match current::read(outputs, race, bib, &photo).await? {
        Some(current) if current.void.is_none() => {
            as_made(outputs, race, bib, photo, current).await
        }
        _ => Ok(None),
    }
}

/// One certificate as it was last made, whether it still holds or not.
pub(super) async fn as_made(
    outputs: &Bucket,
    race: &RaceId,
    bib: &Bib,
    photo: PhotoId,
    current: Current,
) -> Result<Option<IssuedCertificate>, Fault> {
    let key = CertificateKeys::new(race, bib, &photo, &current.fingerprint).record();
    let Some(bytes) = once::document(outputs, &key).await? else { return Ok(None) };
    let record: RecordDocument = read(&key, &bytes)?;
    let ppi = record.photo.iter().flat_map(|p| &p.panels).map(|p| p.ppi).fold(0.0, f64::max);
    let preliminary = record.photo.as_ref().is_some_and(|photo| photo.preliminary);
    let part = record.photo.as_ref().and_then(|photo| {
        let crop = photo.panels.first()?.crop?;
        Some(PhotoPart { crop, of: photo.size })
    });
    Ok(Some(IssuedCertificate {
        photo,
        fingerprint: current.fingerprint,
        revision: current.revision,
        stale: current.stale,
        photo_key: current.photo.or(record.photo.map(|photo| photo.key)).unwrap_or_default(),
        photo_etag: current.etag,
        // Somebody's word carries no probability: nothing is surer.
        probability: record.probability.unwrap_or(1.0),
        score: record.best_shot.map_or(0.0, |shot| shot.score),
        ppi,
        preliminary,
        part,
    }))
}

fn read<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, Fault> {
    document::read(bytes).map_err(|error| error.at(key))
}
