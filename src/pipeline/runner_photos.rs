//! All photos of a runner as staff see them: those with a certificate, whether it holds or not,
//! and those that may show the runner and lie in a tray; each with what it comes to now.

use std::cmp::Reverse;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_matching::decision::{Decision, Match};
use kanso_matching::person::Answer;
use kanso_photo::PhotoId;
use kanso_race::Bib;

use crate::certificates::{IssuedCertificate, as_made};
use crate::current;
use crate::events::Upload;
use crate::handler::Handler;
use crate::keys::{self, Input, PhotoKey, RaceId, Tray};
use crate::store::ETag;

/// Photos that are looked at at once.
const PARALLEL: usize = 8;

/// A photo of a runner, or one that may be.
#[derive(Debug, Clone)]
pub struct RunnerPhoto {
    pub photo: PhotoId,
    pub key: PhotoKey,
    /// The version of it that was done.
    etag: ETag,
    pub certificate: Option<KeptCertificate>,
    /// By the newest data; `None` where nobody could look at the picture, or it is gone.
    pub decision: Option<Decision>,
    /// The version of what a person answered about it.
    pub answer: Option<ETag>,
    /// Empty where nobody answered, or the answer cannot be read.
    pub said: Answer,
}

/// A certificate that was made, whether it holds or not.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptCertificate {
    pub issued: IssuedCertificate,
    /// Why it must not be used.
    pub void: Option<String>,
}

/// Where a photo stands with a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// It is the runner's.
    Issued,
    /// A person is to say whether it is.
    Asked,
    /// It is, and the result is to come.
    Waiting,
    /// It is not to be used for them, or they may have no certificate.
    Barred,
    /// Nothing says any more that it is theirs.
    Gone,
}

impl RunnerPhoto {
    /// What is decided about the photo and this runner.
    pub fn stands(&self, bib: &Bib) -> (Stands, Option<&Match>) {
        let Some(decision) = &self.decision else { return (Stands::Gone, None) };
        let lists = [
            (Stands::Issued, &decision.matches),
            (Stands::Asked, &decision.candidates),
            (Stands::Waiting, &decision.waiting),
            (Stands::Barred, &decision.barred),
        ];
        let found = lists.into_iter().find_map(|(stands, list)| {
            Some((stands, Some(list.iter().find(|found| found.bib == *bib)?)))
        });
        found.unwrap_or((Stands::Gone, None))
    }

    /// Other runners who have a certificate with the photo.
    pub fn others<'a>(&'a self, bib: &'a Bib) -> impl Iterator<Item = &'a Bib> {
        let matches = self.decision.iter().flat_map(|decision| &decision.matches);
        matches.map(|found| &found.bib).filter(move |other| *other != bib)
    }
}

impl Handler {
    /// The photos of a runner, those that hold first, the surest first.
    pub async fn photos_of_runner(
        &self,
        race: &RaceId,
        race_data: &Arc<RaceData>,
        bib: &Bib,
        offered: &[PhotoId],
    ) -> Result<Vec<RunnerPhoto>, Fault> {
        let prefix = race.key(&format!("certificates/{bib}/"));
        let listed = self.outputs().list(&prefix).await?;
        let id = |key: &str| key.strip_prefix(&prefix)?.strip_suffix("/current.json")?.parse().ok();
        let mut ids: Vec<PhotoId> = listed.iter().filter_map(|object| id(&object.key)).collect();
        ids.extend(offered);
        ids.sort();
        ids.dedup();
        // Boxed: the compiler does not see that the closure is general enough for a page.
        let read =
            |id| -> BoxFuture<'_, _> { Box::pin(self.photo_of_runner(race, race_data, bib, id)) };
        let reading: Vec<_> = ids.into_iter().map(read).collect();
        let mut photos: Vec<RunnerPhoto> = futures::stream::iter(reading)
            .buffer_unordered(PARALLEL)
            .try_filter_map(|photo| async { Ok(photo) })
            .try_collect()
            .await?;
        photos.sort_by_key(|photo| {
            let (stands, found) = photo.stands(bib);
            let sure = found.map_or(0, |found| (found.probability * 1000.0).round() as i64);
            let score = photo.certificate.as_ref().map_or(0.0, |kept| kept.issued.score);
            (stands, Reverse(sure), Reverse((score * 1000.0).round() as i64), photo.photo)
        });
        Ok(photos)
    }

    /// One photo as it is to a runner; `None` where it is in no tray and in no certificate of
    /// theirs.
    pub async fn photo_of_runner(
        &self,
        race: &RaceId,
        race_data: &Arc<RaceData>,
        bib: &Bib,
        photo: PhotoId,
    ) -> Result<Option<RunnerPhoto>, Fault> {
        let certificate = self.kept_certificate(race, bib, photo).await?;
        let made_of = certificate.as_ref().and_then(|KeptCertificate { issued, .. }| {
            Some((issued.photo_key.clone(), issued.photo_etag()?.clone()))
        });
        let place = match made_of {
            Some(place) => Some(place),
            None => self.lies_in_a_tray(race, &photo).await?,
        };
        let Some((key, etag)) = place else { return Ok(None) };
        let Some(Input::Photo(key)) = keys::classify(&key) else { return Ok(None) };
        let answered = self.answer(race, &photo).await?;
        let (answer, said) = (answered.etag.clone(), answered.said.clone());
        let decision = match self.outcome(&key.outcome(&etag)).await? {
            Some(record) => self.decided_now(race, race_data, &record, answered).await?,
            None => None,
        };
        let said = said.ok().flatten().unwrap_or_default();
        Ok(Some(RunnerPhoto { photo, key, etag, certificate, decision, answer, said }))
    }

    /// The certificate of a runner with one photo, whether it holds or not.
    pub async fn kept_certificate(
        &self,
        race: &RaceId,
        bib: &Bib,
        photo: PhotoId,
    ) -> Result<Option<KeptCertificate>, Fault> {
        let current = current::read(self.outputs(), race, bib, &photo).await?;
        let Some(current) = current else { return Ok(None) };
        let void = current.void.clone();
        let made = as_made(self.outputs(), race, bib, photo, current).await?;
        Ok(made.map(|issued| KeptCertificate { issued, void }))
    }

    async fn lies_in_a_tray(
        &self,
        race: &RaceId,
        photo: &PhotoId,
    ) -> Result<Option<(String, ETag)>, Fault> {
        for tray in Tray::ALL {
            if let Some(Upload { key, etag, .. }) = self.reopened(&tray.key(race, photo)).await? {
                return Ok(etag.map(|etag| (key, ETag::new(&etag))));
            }
        }
        Ok(None)
    }

    /// The bytes of a photo; `None` where they are gone, or another photo has their name.
    pub async fn bytes_of_runner(&self, photo: &RunnerPhoto) -> Result<Option<Bytes>, Fault> {
        self.bytes_at(&photo.key.key(), &photo.etag).await
    }

    /// The photo as an upload to be done again.
    pub fn once_more(&self, photo: &RunnerPhoto) -> Upload {
        self.again(photo.key.key(), &photo.etag)
    }
}
