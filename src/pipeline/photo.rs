//! One photo, from the version that an event names to its outcome.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Fault, PhotoSource, Processed};
use kanso_photo::PhotoId;

use super::fetch::{self, Version};
use super::handler::{Answered, Handled, Handler, Numbers, Received, source};
use super::keys::{PhotoKey, RaceId, without_names};
use super::once;
use super::race_folder::Readiness;
use super::stopwatch::Stopwatch;
use super::unread::{Unread, reader};
use super::write::Finished;
use crate::events::Upload;
use crate::store::ETag;

/// How often a photo is done again whose race's data or answer changed meanwhile.
const ROUNDS: usize = 5;

impl Handler {
    /// One photo.
    pub(super) async fn photo(
        &self,
        photo: &PhotoKey,
        etag: Option<&ETag>,
        numbers: Numbers,
    ) -> Result<Done, Fault> {
        let mut watch = Stopwatch::start();
        let key = photo.key();
        let read = match fetch::photo(self.inputs(), &key, etag).await? {
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
                    None => self.inputs().head(&key).await?,
                };
                // Never transferred, so it is known by where it lies instead of by its bytes.
                let id = PhotoId::of(format!("{key}\n{}", etag.as_str()).as_bytes());
                Read { id, etag, bib: None, bytes: Err(Fault::from(error).message) }
            }
        };
        watch.lap("fetch");
        let mut earlier = None;
        for _ in 0..ROUNDS {
            let (readiness, generation) = self.races().race_data(&photo.race).await?;
            let answer = self.answer(&photo.race, &read.id).await?;
            watch.lap("race");
            let round = Round { photo, read: &read, readiness: &readiness, answer: &answer };
            let handled = match (self.once(round, numbers, &mut watch).await?, earlier) {
                // Where nothing is left to do, what the round before wrote stands.
                (Done::Handled(handled), _) | (Done::Nothing, Some(handled)) => handled,
                (done, _) => return Ok(done),
            };
            // What changed while this photo was under way had nothing to correct yet.
            let same_answer = self.answer_etag(&photo.race, &read.id).await? == answer.etag;
            if !same_answer || !self.races().is_newest(&photo.race, generation).await {
                earlier = Some(handled);
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
            (Readiness::Expired(why), _, _) => {
                self.reject_late(&photo.race, &photo.key(), Some(&read.etag), why).await?;
                return Ok(Done::Nothing);
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
                _ => read.bib.clone(),
            },
            answer,
            race_data: match readiness {
                Readiness::Ready(race_data) => Some(race_data),
                _ => None,
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
    pub(super) fn handled(self) -> Option<Handled> {
        if let Self::Handled(handled) = self { Some(handled) } else { None }
    }

    pub(super) fn received(self, upload: &Upload) -> Received {
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
