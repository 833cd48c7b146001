//! What does not fit together in a race, from its outcomes as they are now: no photo is read,
//! and nothing is written. What a person has answered about a photo is settled.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Facts, Fault, PhotoSource, known};
use kanso_matching::camera::{Camera, CameraId};
use kanso_matching::camera_clock;
use kanso_matching::clock_solver::Sample;
use kanso_matching::decision::Clock;
use kanso_matching::integrity::{self, Findings, Results, SURE_READING, Witness, is_sure};
use kanso_photo::PhotoId;
use kanso_race::Bib;

pub use super::clock_proof::ClockFinding;
use super::handler::{Answered, Handler, source};
use super::keys::{self, Input, RaceId};
use super::outcome::OutcomeRecord;
use super::race_folder::Readiness;

/// GETs in flight at once.
const IN_FLIGHT: usize = 32;
/// Photos that are looked at before others get the core: some milliseconds.
const BATCH: usize = 500;

/// All that does not fit together in a race.
pub struct Integrity {
    pub race_data: Arc<RaceData>,
    /// Photos that were looked at.
    pub photos: usize,
    pub findings: Findings,
    /// Cameras whose clock needs a look.
    pub clocks: Vec<ClockFinding>,
    /// Why photos were passed over.
    pub failed: Vec<String>,
}

/// A photo, as its outcome tells of it.
pub(super) struct Looked {
    pub witness: Witness,
    /// `None` where its camera is not known.
    pub camera: Option<CameraId>,
    /// What its bibs say of its camera's clock.
    pub samples: Vec<(Bib, Sample)>,
}

impl Handler {
    /// Looks for what does not fit together.
    pub async fn integrity(&self, race: &RaceId) -> Result<Integrity, Fault> {
        let race_data = match self.newest(race).await? {
            (Readiness::Ready(race_data), _) => race_data,
            (Readiness::NotYet(why) | Readiness::Expired(why), _) => {
                return Err(Fault::reject(why));
            }
        };
        let (records, failures) = self.outcomes(race).await?;
        let looked = self.looked_at(race, &race_data, records.into_values()).await?;
        let clocks = self.camera_reports(race).await?;
        let clocks = clocks.iter().filter_map(|report| ClockFinding::of(report, &looked)).collect();
        let witnesses: Vec<Witness> = looked.into_iter().map(|looked| looked.witness).collect();
        let (photos, data) = (witnesses.len(), race_data.clone());
        let findings = self.on_cpu(move || Ok(integrity::findings(&witnesses, results(&data))));
        let findings = findings.await?;
        let failed = failures.into_messages().collect();
        Ok(Integrity { race_data, photos, findings, clocks, failed })
    }

    async fn looked_at(
        &self,
        race: &RaceId,
        race_data: &Arc<RaceData>,
        records: impl IntoIterator<Item = OutcomeRecord>,
    ) -> Result<Vec<Looked>, Fault> {
        let answered = &self.answered_photos(race).await?;
        let mut batches = futures::stream::iter(records)
            .map(|record| async move {
                let answer = match answered.contains(&record.photo_id) {
                    true => self.answer(race, &record.photo_id).await?,
                    false => Answered::default(),
                };
                Ok::<_, Fault>((record, answer))
            })
            .buffer_unordered(IN_FLIGHT)
            .try_chunks(BATCH)
            .map_err(|error| error.1);
        let mut looked = Vec::new();
        while let Some(batch) = batches.try_next().await? {
            let data = race_data.clone();
            let look = move |(record, answer)| look(record, &answer, &data);
            let all = move || Ok(batch.into_iter().filter_map(look).collect::<Vec<_>>());
            looked.extend(self.on_cpu(all).await?);
        }
        Ok(looked)
    }

    async fn answered_photos(&self, race: &RaceId) -> Result<HashSet<PhotoId>, Fault> {
        let listed = self.inputs().list(&race.key("decisions/")).await?;
        let photo = |key: &str| match keys::classify(key) {
            Some(Input::Decision(_, photo)) => Some(photo),
            _ => None,
        };
        Ok(listed.iter().filter_map(|object| photo(&object.key)).collect())
    }
}

fn results(race_data: &RaceData) -> Results<'_> {
    let RaceData { race, roster, erased, .. } = race_data;
    Results { race, roster, order: race_data.finish_order(), erased }
}

/// `None` where no photo's key belongs to it.
fn look(record: OutcomeRecord, answer: &Answered, race_data: &RaceData) -> Option<Looked> {
    let Some(Input::Photo(photo)) = keys::classify(&record.photo) else { return None };
    let RaceData { race, erased, .. } = race_data;
    let issued = record.certificates.iter().map(|issued| issued.bib.clone()).collect();
    let (at, evidence, unlisted) = (None, Vec::new(), BTreeSet::new());
    let mut witness = Witness { photo: record.photo, at, evidence, unlisted, issued };
    let Some(facts) = &record.facts else {
        return Some(Looked { witness, camera: None, samples: Vec::new() });
    };
    let facts = facts.without(erased, race);
    let said = answer.said.as_ref().ok().and_then(Option::as_ref);
    let source = source(&photo, race_data.may_keep(record.upload_bib.as_deref()), said);
    let mut known = known(&facts, &source, race_data);
    witness.at = match known.clock {
        Clock::Known(at) => Some(at),
        _ => None,
    };
    let is_said = |bib: &Bib| !erased.contains(bib) && !source.blocked.contains_key(bib);
    known.evidence.retain(|evidence| is_said(&evidence.bib));
    let samples = samples(&facts, &known.evidence, race_data);
    // A person has looked at it.
    if source.person.is_none() {
        witness.unlisted = unlisted_bibs(&facts, &source, &known.unlisted, race_data);
        witness.evidence = known.evidence;
    }
    let camera = Camera::of(facts.serial.as_deref(), photo.camera(), race).id;
    Some(Looked { witness, camera, samples })
}

/// What a photo's bibs say of its camera's clock.
fn samples(
    facts: &Facts,
    evidence: &[kanso_matching::Evidence],
    race_data: &RaceData,
) -> Vec<(Bib, Sample)> {
    let race = &race_data.race;
    let shown = facts.captured().and_then(|time| camera_clock::shown(&time, race));
    let Some(shown) = shown else { return Vec::new() };
    let sample = |bib: &Bib| {
        let finish = race.finish_clock(race_data.roster.get(bib)?)?;
        Some((bib.clone(), Sample::new(shown, finish, race.finish_window)))
    };
    let bibs: BTreeSet<&Bib> = evidence.iter().filter(|e| is_sure(e)).map(|e| &e.bib).collect();
    bibs.into_iter().filter_map(sample).collect()
}

/// Numbers that are surely read, are made as the race's bibs are, and are nobody's.
fn unlisted_bibs(
    facts: &Facts,
    source: &PhotoSource,
    unlisted: &[String],
    race_data: &RaceData,
) -> BTreeSet<Bib> {
    let readings = facts.readings.as_ref().map(|stored| stored.readings()).unwrap_or_default();
    let sure = readings.iter().filter(|reading| reading.probability >= SURE_READING);
    let texts = sure.map(|reading| reading.text.as_str());
    let texts = texts.filter(|text| unlisted.iter().any(|listed| listed == text));
    let texts = texts.filter(|text| race_data.is_shaped_like_bib(text));
    let bibs = texts.filter_map(|text| Bib::parse(text).ok());
    bibs.filter(|bib| !race_data.erased.contains(bib) && !source.blocked.contains_key(bib))
        .collect()
}
