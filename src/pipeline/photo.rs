//! One photo, from the version that an event names to its outcome.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Facts, Fault, PhotoSource, Processed};
use kanso_matching::decision::Burst;

use super::fetch::{self, Version};
use super::handler::{Answered, Handled, Handler, Numbers, Received, source};
use super::keys::{PhotoKey, RaceId, without_names};
use super::neighbours::{Beside, Told};
use super::once;
use super::proxy::Sent;
use super::race_folder::Readiness;
use super::sightings::key_of;
use super::stopwatch::Stopwatch;
use super::unread::{Unread, reader};
use super::write::{Finished, Written};
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
            Version::Here(fetched) => {
                if let Some(at) = fetched.modified {
                    self.tally().uploaded(photo, at);
                }
                Read {
                    sent: Sent::new(&key, &fetched.bytes, fetched.part, fetched.modified),
                    etag: fetched.etag,
                    bib: fetched.bib,
                    bytes: Ok(fetched.bytes),
                }
            }
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
                let at = format!("{key}\n{}", etag.as_str());
                let sent = Sent::new(&key, at.as_bytes(), None, None);
                Read { sent, etag, bib: None, bytes: Err(Fault::from(error).message) }
            }
        };
        watch.lap("fetch");
        let (mut earlier, mut told) = (None, Vec::new());
        for _ in 0..ROUNDS {
            let (readiness, generation) = self.races().race_data(&photo.race).await?;
            let answer = self.answer(&photo.race, &read.sent.id).await?;
            watch.lap("race");
            let round = Round { photo, read: &read, readiness: &readiness, answer: &answer };
            let once = match (self.once(round, numbers, &mut watch).await?, earlier) {
                // Where nothing is left to do, what the round before wrote stands.
                (Once::Written(once), _) | (Once::Nothing, Some(once)) => once,
                (Once::Nothing, None) => return Ok(Done::Nothing),
                (Once::Unread(race, taken_at), _) => return Ok(Done::Unread(race, taken_at)),
            };
            let OnceWritten { handled, news, beside } = *once;
            told.extend(news);
            // What changed while this photo was under way had nothing to correct yet.
            let same_answer = self.answer_etag(&photo.race, &read.sent.id).await? == answer.etag;
            if !same_answer || !self.races().is_newest(&photo.race, generation).await {
                earlier = Some(Box::new(OnceWritten { handled, news: None, beside }));
                continue;
            }
            let queued = match &readiness {
                Readiness::Ready(race_data) => {
                    self.settle_beside(&photo.race, race_data, &read.sent.id, beside, told).await?
                }
                _ => Vec::new(),
            };
            log(&handled, &watch);
            return Ok(Done::Handled(Handled { ms: watch.into_laps(), ..handled }, queued));
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
    ) -> Result<Once, Fault> {
        let Round { photo, read, readiness, answer } = round;
        let id = read.sent.id;
        let mut beside = None;
        let processed = match (readiness, &read.bytes, &answer.said) {
            (Readiness::NotYet(why), _, _) => {
                // Race data that cannot be read take nothing back that was done before.
                if once::document(self.outputs(), &photo.outcome(&read.etag)).await?.is_some() {
                    return Ok(Once::Nothing);
                }
                Processed::pending(id, why.clone())
            }
            (Readiness::Expired(why), _, _) => {
                self.reject_late(&photo.race, &photo.key(), Some(&read.etag), why).await?;
                return Ok(Once::Nothing);
            }
            (_, Err(why), _) => Processed::rejected(id, why.clone()),
            (_, _, Err(why)) => Processed::review(id, why.clone()),
            (Readiness::Ready(race_data), Ok(bytes), Ok(said)) => {
                let source = source(photo, read.bib.clone(), said.as_ref());
                let mut source = read.sent.tell(source, answer.modified);
                let earlier = self.facts_of(photo, read).await?;
                // One that came before its race's data has been looked at by nobody.
                let is_new = earlier.as_ref().is_none_or(|facts| facts.clock.is_none());
                source.readings = earlier.and_then(|facts| facts.readings);
                let look = (race_data, &mut source, bytes);
                let processed = match self.render(look, numbers, watch).await? {
                    Rendered::Whole(processed) => processed,
                    Rendered::Unread(taken_at) => {
                        return Ok(Once::Unread(photo.race.clone(), taken_at));
                    }
                };
                let of_clock = (photo, race_data, &source, is_new);
                let processed = self.photo_of_clock(of_clock, processed).await?;
                match self.beside(photo, race_data, &processed).await? {
                    None => *processed,
                    Some(found) => {
                        source.burst = found.burst.clone();
                        beside = Some(found);
                        let look = (race_data, &mut source, bytes);
                        self.decided_beside(look, processed, watch).await?
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
            sighting_before: beside.as_ref().map(|found| key_of(&photo.race, &found.own)),
        };
        let race_data = finished.race_data.cloned();
        let Written { issued, told } = self.write(finished).await?;
        self.retire_earlier(photo, race_data.as_deref()).await?;
        watch.lap("write");
        let handled = Handled {
            key: photo.key(),
            photo_id: id,
            decision: processed.decision,
            issued,
            ms: Vec::new(),
        };
        Ok(Once::Written(Box::new(OnceWritten { handled, news: told, beside })))
    }

    /// What was found in this version before, or in its proxy.
    async fn facts_of(&self, photo: &PhotoKey, read: &Read) -> Result<Option<Facts>, Fault> {
        let versions = [Some(&read.etag), read.sent.proxy()];
        for version in versions.into_iter().flatten() {
            if let Some(outcome) = self.outcome(&photo.outcome(version)).await? {
                return Ok(outcome.facts);
            }
        }
        Ok(None)
    }

    /// Decides and renders, off the async threads.
    async fn render(
        &self,
        look: Look<'_>,
        numbers: Numbers,
        watch: &mut Stopwatch,
    ) -> Result<Rendered, Fault> {
        let (race_data, source, bytes) = look;
        let (race_data, source, bytes) = (race_data.clone(), source.clone(), bytes.clone());
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

    /// Decides again, by what photos taken about then tell; renders only where there is
    /// something to print.
    async fn decided_beside(
        &self,
        look: Look<'_>,
        alone: Box<Processed>,
        watch: &mut Stopwatch,
    ) -> Result<Processed, Fault> {
        let (race_data, source, bytes) = look;
        let Some(facts) = alone.facts.clone().filter(|_| source.burst != Burst::default()) else {
            return Ok(*alone);
        };
        let (data, told, id) = (race_data.clone(), source.clone(), alone.photo_id);
        let plan =
            self.on_cpu(move || Ok(kanso_certificate::plan(&data, id, &facts, &told))).await?;
        if plan.prints.is_empty() && alone.certificates.is_empty() {
            let decision_hash = plan.decision_hash();
            let (decision, facts, seen) = (plan.decision, Some(plan.facts), plan.seen);
            return Ok(Processed { decision, facts, seen, decision_hash, ..*alone });
        }
        source.readings = plan.facts.readings;
        match self.render((race_data, source, bytes), Numbers::Now, watch).await? {
            Rendered::Whole(processed) => Ok(*processed),
            Rendered::Unread(_) => Ok(*alone),
        }
    }
}

/// The race's data, what is known of a photo, and its bytes.
type Look<'a> = (&'a Arc<RaceData>, &'a mut PhotoSource, &'a Bytes);

/// What one round has come to.
enum Once {
    Written(Box<OnceWritten>),
    Unread(RaceId, Option<Timestamp>),
    Nothing,
}

struct OnceWritten {
    handled: Handled,
    news: Option<Told>,
    /// What was told of it, where that counts.
    beside: Option<Beside>,
}

/// What one call has come to.
pub(super) enum Done {
    /// And photos that are to be done again because of it.
    Handled(Handled, Vec<Upload>),
    /// Its printed numbers are to be read first; when it was taken, on the finish clock.
    Unread(RaceId, Option<Timestamp>),
    /// Everything stays as it is: the event is out of date, and a newer version has its own.
    Nothing,
}

impl Done {
    pub(super) fn handled(self) -> Option<(Handled, Vec<Upload>)> {
        if let Self::Handled(handled, queued) = self { Some((handled, queued)) } else { None }
    }

    pub(super) fn received(self, upload: &Upload) -> Received {
        let mut received = Received::default();
        match self {
            Self::Handled(handled, queued) => {
                received.handled.push(handled);
                received.queued = queued;
            }
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
    sent: Sent,
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
