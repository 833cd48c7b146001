//! One upload, from event to outcome. Both hosts drive this.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_certificate::document;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{PhotoSource, Processed};
use kanso_matching::decision::Decision;
use kanso_matching::person::Answer;
use kanso_photo::PhotoId;
use tokio::sync::Semaphore;

use super::correction;
use super::failures::Failures;
use super::fetch::{self, Version};
use super::keys::{self, Input, PhotoKey, RaceId, Tray, without_names};
use super::once;
use super::outcome::{Issued, OutcomeRecord, Reopened};
use super::outcomes::Outcomes;
use super::race_folder::{RaceFolders, Readiness};
use super::stopwatch::Stopwatch;
use super::unread::{AskedFor, Unread, reader};
use super::write::Finished;
use crate::events::Upload;
use crate::store::{Bucket, ETag, Failure, If, found};

/// How often a photo is done again whose race's data or answer changed meanwhile.
const ROUNDS: usize = 5;
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
        }
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
        match keys::classify(&upload.key) {
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

    /// The race's data as they are in the store now.
    pub(super) async fn newest(&self, race: &RaceId) -> Result<(Readiness, u64), Fault> {
        self.races.expire(race).await;
        self.races.race_data(race).await
    }

    /// Somebody wants a photo of a runner who finished then: those taken about then are read
    /// before others.
    pub fn ask_for(&self, race: &RaceId, finish: Timestamp) {
        self.asked_for.add(race, finish);
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

    pub(super) async fn all(&self, uploads: Vec<Upload>) -> Result<Vec<Handled>, Fault> {
        let each = uploads.into_iter().filter_map(|upload| match keys::classify(&upload.key) {
            Some(Input::Photo(photo)) => Some((photo, upload.etag.as_deref().map(ETag::new))),
            _ => None,
        });
        futures::stream::iter(each)
            .map(|(photo, etag)| async move {
                self.photo(&photo, etag.as_ref(), Numbers::Now).await
            })
            .buffer_unordered(2 * self.cpu.available_permits().max(1))
            .try_filter_map(|done| async { Ok(done.handled()) })
            .try_collect()
            .await
    }

    /// A person has answered about a photo. It lies in a tray, or it has a certificate,
    /// whose record names it.
    async fn answered(&self, race: &RaceId, photo: &PhotoId) -> Result<Vec<Upload>, Fault> {
        for tray in Tray::ALL {
            if let Some(upload) = self.reopened(&tray.key(race, photo)).await? {
                return Ok(vec![upload]);
            }
        }
        if let Some(record) = self.outcomes.of_photo(&self.outputs, race, photo).await? {
            return Ok(vec![self.again(record.photo, &record.etag)]);
        }
        tracing::info!(%race, %photo, "an answer about a photo that is not there yet");
        Ok(Vec::new())
    }

    /// One photo.
    pub(super) async fn photo(
        &self,
        photo: &PhotoKey,
        etag: Option<&ETag>,
        numbers: Numbers,
    ) -> Result<Done, Fault> {
        let mut watch = Stopwatch::start();
        let key = photo.key();
        let read = match fetch::photo(&self.inputs, &key, etag).await? {
            Version::Here(fetched) => Read {
                id: PhotoId::of(&fetched.bytes),
                etag: fetched.etag,
                bib: fetched.bib,
                bytes: Ok(fetched.bytes),
            },
            Version::Superseded | Version::Gone => {
                tracing::info!(key = without_names(&key), "the event's version is no longer there");
                return Ok(Done::Nothing);
            }
            Version::TooLarge(error) => {
                let etag = match etag {
                    Some(etag) => etag.clone(),
                    None => self.inputs.head(&key).await?,
                };
                // Never transferred, so it is known by where it lies instead of by its bytes.
                let id = PhotoId::of(format!("{key}\n{}", etag.as_str()).as_bytes());
                Read { id, etag, bib: None, bytes: Err(Fault::from(error).message) }
            }
        };
        watch.lap("fetch");
        for _ in 0..ROUNDS {
            let (readiness, generation) = self.races.race_data(&photo.race).await?;
            let answer = self.answer(&photo.race, &read.id).await?;
            watch.lap("race");
            let round = Round { photo, read: &read, readiness: &readiness, answer: &answer };
            let handled = match self.once(round, numbers, &mut watch).await? {
                Done::Handled(handled) => handled,
                done => return Ok(done),
            };
            // What changed while this photo was under way had nothing to correct yet.
            let same_answer = self.answer_etag(&photo.race, &read.id).await? == answer.etag;
            if !same_answer || !self.races.is_newest(&photo.race, generation).await {
                continue;
            }
            log(&handled, &watch);
            return Ok(Done::Handled(Handled { ms: watch.into_laps(), ..handled }));
        }
        Err(Fault::retry(format!(
            "{}: the race's data change faster than photos are done",
            without_names(&key)
        )))
    }

    /// One round: decide, render, write.
    async fn once(
        &self,
        round: Round<'_>,
        numbers: Numbers,
        watch: &mut Stopwatch,
    ) -> Result<Done, Fault> {
        let Round { photo, read, readiness, answer } = round;
        let processed = match (readiness, &read.bytes, &answer.said) {
            (Readiness::NotYet(why), _, _) => {
                // Race data that cannot be read take nothing back that was done before.
                if once::document(self.outputs(), &photo.outcome(&read.etag)).await?.is_some() {
                    return Ok(Done::Nothing);
                }
                Processed::pending(read.id, why.clone())
            }
            (_, Err(why), _) => Processed::rejected(read.id, why.clone()),
            (_, _, Err(why)) => Processed::review(read.id, why.clone()),
            (Readiness::Ready(race_data), Ok(bytes), Ok(said)) => {
                let mut source = source(photo, read.bib.clone(), said.as_ref());
                if numbers == Numbers::Now {
                    let earlier = self.outcome(&photo.outcome(&read.etag)).await?;
                    source.readings = earlier.and_then(|earlier| earlier.facts?.readings);
                }
                let race_data = race_data.clone();
                match self.render(race_data, source, bytes.clone(), numbers, watch).await? {
                    Rendered::Whole(processed) => *processed,
                    Rendered::Unread(taken_at) => {
                        return Ok(Done::Unread(photo.race.clone(), taken_at));
                    }
                }
            }
        };
        let finished = Finished {
            photo,
            etag: &read.etag,
            upload_bib: match readiness {
                Readiness::Ready(race_data) => race_data.may_keep(read.bib.as_deref()),
                Readiness::NotYet(_) => read.bib.clone(),
            },
            answer,
            race_data: match readiness {
                Readiness::Ready(race_data) => Some(race_data),
                Readiness::NotYet(_) => None,
            },
            processed: &processed,
            kept: Vec::new(),
        };
        let race_data = finished.race_data.cloned();
        let issued = self.write(finished).await?;
        self.retire_earlier(photo, race_data.as_deref()).await?;
        watch.lap("write");
        Ok(Done::Handled(Handled {
            key: photo.key(),
            photo_id: read.id,
            decision: processed.decision,
            issued,
            ms: Vec::new(),
        }))
    }

    /// Decides and renders, off the async threads.
    async fn render(
        &self,
        race_data: Arc<RaceData>,
        source: PhotoSource,
        bytes: Bytes,
        numbers: Numbers,
        watch: &mut Stopwatch,
    ) -> Result<Rendered, Fault> {
        let mut laps = std::mem::take(watch);
        let (rendered, laps) = self
            .on_cpu(move || {
                laps.lap("queue");
                Ok((rendered(&race_data, &source, bytes, numbers, &mut laps), laps))
            })
            .await?;
        *watch = laps;
        Ok(rendered)
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

    async fn answer_etag(&self, race: &RaceId, photo: &PhotoId) -> Result<Option<ETag>, Fault> {
        Ok(found(self.inputs.head(&keys::answer(race, photo)).await)?)
    }
}

/// What one call has come to.
pub(super) enum Done {
    Handled(Handled),
    /// Its printed numbers are to be read first; when it was taken, on the finish clock.
    Unread(RaceId, Option<Timestamp>),
    /// Everything stays as it is: the event is out of date, and a newer version has its own.
    Nothing,
}

impl Done {
    pub fn handled(self) -> Option<Handled> {
        if let Self::Handled(handled) = self { Some(handled) } else { None }
    }

    fn received(self, upload: &Upload) -> Received {
        let mut received = Received::default();
        match self {
            Self::Handled(handled) => received.handled.push(handled),
            Self::Unread(race, taken_at) => {
                received.unread = Some(Unread { upload: upload.clone(), race, taken_at });
            }
            Self::Nothing => {}
        }
        received
    }
}

enum Rendered {
    Whole(Box<Processed>),
    /// When it was taken.
    Unread(Option<Timestamp>),
}

fn rendered(
    race_data: &RaceData,
    source: &PhotoSource,
    bytes: Bytes,
    numbers: Numbers,
    laps: &mut Stopwatch,
) -> Rendered {
    let reader = reader();
    if numbers == Numbers::Now || reader.is_none() {
        let processed = kanso_certificate::process(race_data, source, bytes, reader, laps);
        return Rendered::Whole(Box::new(processed));
    }
    match kanso_certificate::process_settled(race_data, source, bytes, laps) {
        Ok(processed) => Rendered::Whole(Box::new(processed)),
        Err(unread) => Rendered::Unread(unread.taken_at),
    }
}

/// What one round goes by.
struct Round<'a> {
    photo: &'a PhotoKey,
    read: &'a Read,
    readiness: &'a Readiness,
    answer: &'a Answered,
}

/// A photo's version, as it was read.
struct Read {
    id: PhotoId,
    etag: ETag,
    bib: Option<String>,
    /// The error says why it was not transferred.
    bytes: Result<Bytes, String>,
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

/// One line for each photo, without names.
fn log(handled: &Handled, watch: &Stopwatch) {
    let laps = watch.laps();
    let ms = |step| laps.iter().find(|(s, _)| *s == step).map_or(0.0, |(_, ms)| *ms);
    tracing::info!(
        photo = %handled.photo_id,
        outcome = handled.decision.outcome.as_str(),
        certificates = handled.issued.len(),
        total_ms = laps.iter().map(|(_, ms)| ms).sum::<f64>().round(),
        fetch_ms = ms("fetch").round(),
        write_ms = ms("write").round(),
        "photo"
    );
}
