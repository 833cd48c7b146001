//! One upload, from event to outcome. Both hosts drive this.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use tokio::sync::Semaphore;

use super::fetch::{self, Version};
use super::keys::{self, CertificateKeys, Input, PhotoKey, RaceId, Tray};
use super::once::{self, Step};
use super::outcome::{Current, Issued, OutcomeRecord, Reopened, TrayRecord, json, trays};
use super::race_folder::{RaceFolders, Readiness};
use super::stopwatch::Stopwatch;
use crate::certificate::{self, Certificate, PhotoSource, Processed};
use crate::error::Fault;
use crate::events::Upload;
use crate::matching::Outcome;
use crate::matching::decision::Decision;
use crate::matching::person::PersonsDecision;
use crate::photo::PhotoId;
use crate::store::{Bucket, ETag, Fetched};

/// Handles uploads of one store: photos bucket in, output bucket out (which may be the
/// same bucket).
pub struct Handler {
    inputs: Bucket,
    outputs: Bucket,
    races: RaceFolders,
    /// One permit per core: CPU work neither blocks the async threads nor piles up.
    cpu: Arc<Semaphore>,
}

/// What became of one photo.
#[derive(Debug, Clone)]
pub struct Handled {
    pub key: String,
    pub photo_id: PhotoId,
    pub decision: Decision,
    pub issued: Vec<Issued>,
    /// Steps in order, in milliseconds.
    pub ms: Vec<(&'static str, f64)>,
}

impl Handler {
    pub fn new(inputs: Bucket, outputs: Bucket) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            races: RaceFolders::new(inputs.clone()),
            inputs,
            outputs,
            cpu: Arc::new(Semaphore::new(cores)),
        }
    }

    pub fn inputs(&self) -> &Bucket {
        &self.inputs
    }

    pub fn outputs(&self) -> &Bucket {
        &self.outputs
    }

    /// Handles one upload: a photo, race data that may open the pending tray, or a person's
    /// decision. The error's fate is always [`Fate::Retry`](crate::error::Fate::Retry): everything else is recorded
    /// where the operator sees it, and is a success here.
    pub async fn handle(&self, upload: &Upload) -> Result<Vec<Handled>, Fault> {
        if upload.bucket != self.inputs.name() {
            tracing::warn!(bucket = upload.bucket, "an event of a bucket that is not ours");
            return Ok(Vec::new());
        }
        match keys::classify(&upload.key) {
            None => Ok(Vec::new()),
            Some(Input::Photo(photo)) => {
                let etag = upload.etag.as_deref().map(ETag::new);
                Ok(self.photo(&photo, etag.as_ref()).await?.into_iter().collect())
            }
            Some(Input::RaceData(race)) => {
                self.races.expire(&race).await;
                let pending = self.pending(&race).await?;
                self.all(pending).await
            }
            Some(Input::Decision(race, photo)) => self.decided(&race, &photo).await,
        }
    }

    /// The photos in a race's pending tray, as uploads to be handled again.
    pub async fn pending(&self, race: &RaceId) -> Result<Vec<Upload>, Fault> {
        let listed = self.outputs.list(&race.key(Tray::Pending.folder())).await?;
        let mut uploads = Vec::with_capacity(listed.len());
        for record in listed {
            uploads.extend(self.reopened(&record.key).await?);
        }
        Ok(uploads)
    }

    async fn reopened(&self, tray_key: &str) -> Result<Option<Upload>, Fault> {
        let Some(bytes) = once::document(&self.outputs, tray_key).await? else { return Ok(None) };
        let record: Reopened = serde_json::from_slice(&bytes)
            .map_err(|error| Fault::retry(format!("{tray_key} is not a tray's record: {error}")))?;
        Ok(Some(Upload {
            bucket: self.inputs.name().to_owned(),
            key: record.photo,
            etag: Some(record.etag.as_str().to_owned()),
            size: None,
            sequencer: None,
        }))
    }

    async fn all(&self, uploads: Vec<Upload>) -> Result<Vec<Handled>, Fault> {
        let each = uploads.into_iter().filter_map(|upload| match keys::classify(&upload.key) {
            Some(Input::Photo(photo)) => Some((photo, upload.etag.as_deref().map(ETag::new))),
            _ => None,
        });
        futures::stream::iter(each)
            .map(|(photo, etag)| async move { self.photo(&photo, etag.as_ref()).await })
            .buffer_unordered(2 * self.cpu.available_permits().max(1))
            .try_filter_map(|handled| async { Ok(handled) })
            .try_collect()
            .await
    }

    /// A person has decided about a photo that lies in one of the trays.
    async fn decided(&self, race: &RaceId, photo: &PhotoId) -> Result<Vec<Handled>, Fault> {
        for tray in Tray::ALL {
            if let Some(upload) = self.reopened(&tray.key(race, photo)).await? {
                return self.all(vec![upload]).await;
            }
        }
        tracing::info!(%race, %photo, "a decision about a photo that is in no tray");
        Ok(Vec::new())
    }

    /// One photo. `None` where the event is out of date: a newer version has its own.
    async fn photo(&self, photo: &PhotoKey, etag: Option<&ETag>) -> Result<Option<Handled>, Fault> {
        let mut watch = Stopwatch::start();
        let key = photo.key();
        let (processed, etag) = match fetch::photo(&self.inputs, &key, etag).await? {
            Version::Here(fetched) => {
                watch.lap("fetch");
                let etag = fetched.etag.clone();
                (self.process(photo, fetched, &mut watch).await?, etag)
            }
            Version::Superseded | Version::Gone => {
                tracing::info!(key, "the event's version is no longer there");
                return Ok(None);
            }
            Version::TooLarge(error) => {
                let etag = match etag {
                    Some(etag) => etag.clone(),
                    None => self.inputs.head(&key).await?,
                };
                // Never transferred, so it is known by where it lies instead of by its bytes.
                let id = PhotoId::of(format!("{key}\n{}", etag.as_str()).as_bytes());
                (Processed::rejected(id, Fault::from(error).message), etag)
            }
        };
        let issued = self.write(photo, &etag, &processed).await?;
        watch.lap("write");
        let handled = Handled {
            key: photo.key(),
            photo_id: processed.photo_id,
            decision: processed.decision,
            issued,
            ms: watch.into_laps(),
        };
        log(&handled);
        Ok(Some(handled))
    }

    /// Decides and renders, off the async threads.
    async fn process(
        &self,
        photo: &PhotoKey,
        fetched: Fetched,
        watch: &mut Stopwatch,
    ) -> Result<Processed, Fault> {
        let id = PhotoId::of(&fetched.bytes);
        let press = match self.races.press(&photo.race).await? {
            Readiness::Ready(press) => press,
            Readiness::NotYet(why) => return Ok(Processed::pending(id, why)),
        };
        let person = match self.persons_decision(&photo.race, &id).await? {
            Ok(person) => person,
            Err(why) => return Ok(Processed::review(id, why)),
        };
        watch.lap("race");
        let source = PhotoSource {
            key: photo.key(),
            camera: photo.camera().to_owned(),
            upload_bib: fetched.bib,
            person,
        };
        let permit = self.cpu.clone().acquire_owned().await;
        watch.lap("queue");
        let mut laps = std::mem::take(watch);
        let work = tokio::task::spawn_blocking(move || {
            let processed = certificate::process(&press, &source, fetched.bytes, &mut laps);
            drop(permit);
            (processed, laps)
        });
        let (processed, laps) = work.await.map_err(|panic| {
            // A bug of ours must not lose the photo: it is retried, then found again.
            Fault::retry(format!("processing {} ended early: {panic}", photo.key()))
        })?;
        *watch = laps;
        Ok(processed)
    }

    /// A person's decision, if there is one; the inner error is one that cannot be read.
    async fn persons_decision(
        &self,
        race: &RaceId,
        photo: &PhotoId,
    ) -> Result<Result<Option<PersonsDecision>, String>, Fault> {
        let key = race.key(&format!("decisions/{photo}.json"));
        let Some(bytes) = once::document(&self.inputs, &key).await? else { return Ok(Ok(None)) };
        Ok(match PersonsDecision::parse(&bytes) {
            Ok(decision) => Ok(Some(decision)),
            Err(error) => Err(format!("{key} cannot be read ({error}); write it again")),
        })
    }

    /// Certificates first, then trays, the outcome last; then trays that no longer hold.
    async fn write(
        &self,
        photo: &PhotoKey,
        etag: &ETag,
        processed: &Processed,
    ) -> Result<Vec<Issued>, Fault> {
        let id = &processed.photo_id;
        let mut issued = Vec::with_capacity(processed.certificates.len());
        for certificate in &processed.certificates {
            self.write_certificate(&photo.race, id, certificate).await?;
            issued.push(Issued {
                bib: certificate.bib.clone(),
                fingerprint: certificate.fingerprint.clone(),
            });
        }
        let mut lies_in = Vec::new();
        for (tray, bibs, reason) in trays(&processed.decision) {
            let record = TrayRecord { photo: photo.key(), photo_id: id, etag, reason, bibs };
            let body = json(&record);
            once::change(&self.outputs, &tray.key(&photo.race, id), |now| match now {
                Some(now) if now == body.as_ref() => Step::Keep,
                _ => Step::Write(body.clone()),
            })
            .await?;
            lies_in.push(tray);
        }
        let record = OutcomeRecord {
            photo: photo.key(),
            photo_id: *id,
            etag: etag.clone(),
            outcome: processed.decision.outcome,
            reason: processed.decision.reason.clone(),
            certificates: issued.clone(),
            trays: lies_in,
        };
        let before = self.write_outcome(&photo.outcome(etag), &record).await?;
        for tray in before.into_iter().filter(|tray| !record.trays.contains(tray)) {
            self.outputs.delete(&tray.key(&photo.race, id)).await?;
        }
        Ok(issued)
    }

    async fn write_certificate(
        &self,
        race: &RaceId,
        photo: &PhotoId,
        certificate: &Certificate,
    ) -> Result<(), Fault> {
        let keys = CertificateKeys::new(race, &certificate.bib, photo, &certificate.fingerprint);
        let parts: [(String, &Bytes, &str); 3] = [
            (keys.pdf(), &certificate.pdf, "application/pdf"),
            (keys.preview(), &certificate.preview, "image/jpeg"),
            (keys.record(), &certificate.record, "application/json"),
        ];
        for (key, body, content_type) in parts {
            once::create(&self.outputs, &key, body.clone(), content_type).await?;
        }
        let fingerprint = certificate.fingerprint.as_str();
        once::change(&self.outputs, &keys.current(), |now| {
            let now = now.and_then(|bytes| serde_json::from_slice::<Current>(bytes).ok());
            match now {
                Some(current) if current.fingerprint == fingerprint => Step::Keep,
                Some(current) => Step::Write(json(&current.supersede(fingerprint))),
                None => Step::Write(json(&Current::first(fingerprint))),
            }
        })
        .await?;
        Ok(())
    }

    /// Writes the outcome; gives back the trays that an earlier outcome had put the photo in.
    async fn write_outcome(&self, key: &str, record: &OutcomeRecord) -> Result<Vec<Tray>, Fault> {
        let mut before = Vec::new();
        once::change(&self.outputs, key, |now| {
            let earlier = now.and_then(|b| serde_json::from_slice::<OutcomeRecord>(b).ok());
            match earlier {
                Some(earlier) if earlier == *record => Step::Keep,
                earlier => {
                    before = earlier.map(|e| e.trays).unwrap_or_default();
                    Step::Write(json(record))
                }
            }
        })
        .await?;
        Ok(before)
    }
}

/// One line for each photo, without names.
fn log(handled: &Handled) {
    let ms = |step| handled.ms.iter().find(|(s, _)| *s == step).map_or(0.0, |(_, ms)| *ms);
    let outcome = match handled.decision.outcome {
        Outcome::Issue => "issue",
        Outcome::Pending => "pending",
        Outcome::Review => "review",
        Outcome::Reject => "reject",
    };
    tracing::info!(
        key = handled.key,
        photo = %handled.photo_id,
        outcome,
        certificates = handled.issued.len(),
        total_ms = handled.ms.iter().map(|(_, ms)| ms).sum::<f64>().round(),
        fetch_ms = ms("fetch").round(),
        write_ms = ms("write").round(),
        "photo"
    );
}
