//! One upload, from event to outcome. Both hosts drive this.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_certificate::PhotoSource;
use kanso_certificate::document;
use kanso_matching::decision::Decision;
use kanso_matching::person::Answer;
use kanso_photo::PhotoId;
use tokio::sync::Semaphore;

use super::clocks::SightingCounts;
use super::correction;
use super::failures::Failures;
use super::keys::{self, Input, PhotoKey, RaceId, Tray};
use super::links::LinkKeys;
use super::once;
use super::outcome::{Issued, OutcomeRecord, Reopened};
use super::outcomes::Outcomes;
use super::photo::Done;
use super::race_folder::{RaceFolders, Readiness};
use super::tally::Tally;
use super::unread::{AskedFor, Unread};
use crate::events::Upload;
use crate::store::{Bucket, ETag, Failure, If, found};

/// How often photos are done that others call for; the reconciler finds what is left.
const ROUNDS: usize = 8;
/// Answers are small.
pub(super) const ANSWER_LIMIT: u64 = 1 << 20;

/// Handles uploads of one store: photos bucket in, output bucket out (which may be the
/// same bucket).
pub struct Handler {
    inputs: Bucket,
    outputs: Bucket,
    races: RaceFolders,
    outcomes: Outcomes,
    /// One permit per core: CPU work neither blocks the async threads nor piles up.
    cpu: Arc<Semaphore>,
    asked_for: AskedFor,
    link_keys: LinkKeys,
    sighting_counts: SightingCounts,
    tally: Arc<Tally>,
}

/// When the printed numbers of a photo are read that nothing else settles. That takes far
/// longer than all else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    Now,
    /// Nothing is done about such a photo, and it is given back.
    Later,
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

/// What became of an upload, and what is left to be done because of it.
#[derive(Debug, Default)]
pub struct Received {
    pub handled: Vec<Handled>,
    pub queued: Vec<Upload>,
    /// A photo of which nothing is known until its printed numbers are read.
    pub unread: Option<Unread>,
    /// Why a part of it is not done, and has to be tried again.
    pub failed: Option<Fault>,
}

impl Handler {
    pub fn new(inputs: Bucket, outputs: Bucket) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            races: RaceFolders::new(inputs.clone()),
            outcomes: Outcomes::default(),
            inputs,
            outputs,
            cpu: Arc::new(Semaphore::new(cores)),
            asked_for: AskedFor::default(),
            link_keys: LinkKeys::default(),
            sighting_counts: SightingCounts::default(),
            tally: Arc::default(),
        }
    }

    /// Counts photos where whoever hears of their uploads does, too.
    #[must_use]
    pub fn with_tally(self, tally: Arc<Tally>) -> Self {
        Self { tally, ..self }
    }

    /// What became of the photos that this process knows of.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    pub fn inputs(&self) -> &Bucket {
        &self.inputs
    }

    /// The races' data, read at most every few seconds.
    pub fn races(&self) -> &RaceFolders {
        &self.races
    }

    pub fn outputs(&self) -> &Bucket {
        &self.outputs
    }

    /// Handles one upload and everything that follows from it: a photo, race data that
    /// corrects what was issued, or a person's answer. The error's fate is always
    /// [`Fate::Retry`](kanso_certificate::Fate::Retry): everything else is recorded where the
    /// operator sees it, and is a success here.
    pub async fn handle(&self, upload: &Upload) -> Result<Vec<Handled>, Fault> {
        let Received { mut handled, queued, failed, .. } =
            self.receive(upload, Numbers::Now).await?;
        handled.extend(self.all(queued).await?);
        failed.map_or(Ok(handled), Err)
    }

    /// The same, but photos to be done again are given back for the caller's queue: race
    /// data renders nothing itself.
    pub async fn receive(&self, upload: &Upload, numbers: Numbers) -> Result<Received, Fault> {
        if upload.bucket != self.inputs.name() {
            tracing::warn!(bucket = upload.bucket, "an event of a bucket that is not ours");
            return Ok(Received::default());
        }
        let input = keys::classify(&upload.key);
        if let Some(input @ (Input::RaceData(_) | Input::Decision(..))) = &input
            && self.came_too_late(upload, input).await?
        {
            return Ok(Received::default());
        }
        match input {
            None => Ok(Received::default()),
            Some(Input::Photo(photo)) => {
                let etag = upload.etag.as_deref().map(ETag::new);
                let done = self.photo(&photo, etag.as_ref(), numbers).await?;
                Ok(done.received(upload))
            }
            Some(Input::RaceData(race)) => {
                self.races.expire(&race).await;
                // Also while the race's data cannot be read.
                let erased = keys::erased(&upload.key).into_iter().collect();
                let (_, failures) = self.forget(&race, &erased).await?;
                self.solve_clocks_after(&race, &upload.key).await?;
                let received = correction::correct(self, &race).await?;
                let failed = failures.first().cloned().or(received.failed);
                Ok(Received { failed, ..received })
            }
            Some(Input::Decision(race, photo)) => {
                let queued = self.answered(&race, &photo).await?;
                Ok(Received { queued, ..Received::default() })
            }
        }
    }

    /// All outcomes of a race, by key; damaged ones are left out, and those that cannot be
    /// read are among the failures.
    pub(super) async fn outcomes(
        &self,
        race: &RaceId,
    ) -> Result<(HashMap<String, OutcomeRecord>, Failures), Fault> {
        self.outcomes.all(&self.outputs, race).await
    }

    /// The outcome of a photo, under one of its names.
    pub(super) async fn outcome_of_photo(
        &self,
        race: &RaceId,
        photo: &PhotoId,
    ) -> Result<Option<OutcomeRecord>, Fault> {
        self.outcomes.of_photo(&self.outputs, race, photo).await
    }

    /// The race's data as they are in the store now.
    pub(super) async fn newest(&self, race: &RaceId) -> Result<(Readiness, u64), Fault> {
        self.races.newest(race).await
    }

    /// Somebody wants a photo of a runner who finished then: those taken about then are read
    /// before others.
    pub fn ask_for(&self, race: &RaceId, finish: Timestamp) {
        self.asked_for.add(race, finish);
    }

    pub(super) fn sighting_counts(&self) -> &SightingCounts {
        &self.sighting_counts
    }

    pub(super) fn link_keys(&self) -> &LinkKeys {
        &self.link_keys
    }

    pub(super) fn asked_for(&self) -> &AskedFor {
        &self.asked_for
    }

    /// The photo of a tray's record, as an upload to be handled again.
    pub(super) async fn reopened(&self, tray_key: &str) -> Result<Option<Upload>, Fault> {
        let Some(bytes) = once::document(self.outputs(), tray_key).await? else { return Ok(None) };
        let record: Reopened = document::read(&bytes).map_err(|error| error.at(tray_key))?;
        Ok(Some(self.again(record.photo, &record.etag)))
    }

    /// A photo to be done again.
    pub(super) fn again(&self, key: String, etag: &ETag) -> Upload {
        Upload {
            bucket: self.inputs.name().to_owned(),
            key,
            etag: Some(etag.as_str().to_owned()),
            size: None,
            sequencer: None,
        }
    }

    /// Does photos again, and those that they call for.
    pub(super) async fn all(&self, mut uploads: Vec<Upload>) -> Result<Vec<Handled>, Fault> {
        let mut all = Vec::new();
        for round in 0..ROUNDS {
            let each = uploads.into_iter().filter_map(|upload| match keys::classify(&upload.key) {
                Some(Input::Photo(photo)) => Some((photo, upload.etag.as_deref().map(ETag::new))),
                _ => None,
            });
            let done: Vec<(Handled, Vec<Upload>)> = futures::stream::iter(each)
                .map(|(photo, etag)| async move {
                    // Its neighbours may have called for it while it was under way.
                    if let Some(etag) = etag.as_ref().filter(|_| round > 0)
                        && self.is_as_wanted(&photo, etag).await?
                    {
                        return Ok(Done::Nothing);
                    }
                    self.photo(&photo, etag.as_ref(), Numbers::Now).await
                })
                .buffer_unordered(2 * self.cpu.available_permits().max(1))
                .try_filter_map(|done| async { Ok(done.handled()) })
                .try_collect()
                .await?;
            uploads = Vec::new();
            for (handled, queued) in done {
                all.push(handled);
                uploads.extend(queued);
            }
            if uploads.is_empty() {
                break;
            }
        }
        Ok(all)
    }

    /// A person has answered about a photo. It lies in a tray, or it has a certificate,
    /// whose record names it.
    async fn answered(&self, race: &RaceId, photo: &PhotoId) -> Result<Vec<Upload>, Fault> {
        for tray in Tray::ALL {
            if let Some(upload) = self.reopened(&tray.key(race, photo)).await? {
                return Ok(vec![upload]);
            }
        }
        if let Some(record) = self.outcome_of_photo(race, photo).await? {
            return Ok(vec![self.again(record.photo, &record.etag)]);
        }
        tracing::info!(%race, %photo, "an answer about a photo that is not there yet");
        Ok(Vec::new())
    }

    /// Does what keeps a core busy, off the async threads: no more at once than there are
    /// cores, whoever asks.
    pub async fn on_cpu<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = self.cpu.clone().acquire_owned().await;
        let work = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        // A bug of ours must not lose the photo: it is retried, then found again.
        work.await.unwrap_or_else(|panic| Err(Fault::retry(format!("work ended early: {panic}"))))
    }

    /// A person's answer about a photo, if there is one.
    pub(super) async fn answer(&self, race: &RaceId, photo: &PhotoId) -> Result<Answered, Fault> {
        let key = keys::answer(race, photo);
        let fetched = match found(self.inputs.get(&key, If::Any, ANSWER_LIMIT).await) {
            Ok(Some(fetched)) => fetched,
            Ok(None) => return Ok(Answered::default()),
            Err(error) if error.failure == Failure::TooLarge => {
                let etag = self.answer_etag(race, photo).await?;
                let said = Err(format!("{key} is larger than 1 MiB, no answer; write it again"));
                return Ok(Answered { etag, modified: None, said });
            }
            Err(error) => return Err(error.into()),
        };
        let said = match Answer::parse(&fetched.bytes) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => Err(format!("{key} cannot be followed ({error}); write it again")),
        };
        Ok(Answered { etag: Some(fetched.etag), modified: fetched.modified, said })
    }

    pub(super) async fn answer_etag(
        &self,
        race: &RaceId,
        photo: &PhotoId,
    ) -> Result<Option<ETag>, Fault> {
        Ok(found(self.inputs.head(&keys::answer(race, photo)).await)?)
    }
}

/// What a person said about a photo.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    pub etag: Option<ETag>,
    pub modified: Option<jiff::Timestamp>,
    /// The error says what is wrong with the file.
    pub said: Result<Option<Answer>, String>,
}

impl Default for Answered {
    fn default() -> Self {
        Self { etag: None, modified: None, said: Ok(None) }
    }
}

/// What is known of a photo besides its bytes.
pub(super) fn source(
    photo: &PhotoKey,
    upload_bib: Option<String>,
    answer: Option<&Answer>,
) -> PhotoSource {
    let camera = photo.camera().to_owned();
    let source = PhotoSource { key: photo.key(), camera, upload_bib, ..PhotoSource::default() };
    match answer {
        Some(answer) => source.answered(answer),
        None => source,
    }
}
