//! What new race data change in what was issued before: decided for every photo from its
//! outcome, without reading a photo; only what changed is rendered again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use kanso_certificate::Fault;
use kanso_certificate::document::json;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{IssuePlan, Processed};
use kanso_matching::Outcome;
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

use super::current;
use super::failures::Failures;
use super::handler::{Answered, Handler, Received};
use super::keys::{self, CertificateKeys, Input, PhotoKey, RaceId};
use super::neighbours::Told;
use super::once;
use super::outcome::{Issued, OutcomeRecord};
use super::planned::Planned;
use super::race_folder::Readiness;
use super::sightings::{self, key_of, sighting_of};
use super::write::{Finished, void_reason};
use crate::events::Upload;

/// Store calls in flight at once.
const IN_FLIGHT: usize = 32;
/// Photos that are decided about before others get the core: some milliseconds.
const BATCH: usize = 500;
/// How often a correction starts again whose race's data changed meanwhile.
const ROUNDS: usize = 5;

/// `corrections/<when>-<version>.json`: whom a change of the race's data concerns; with
/// `-<part>`, those of them whose outcomes were looked at together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Whether the results are the organiser's final ones.
    pub confirmed: bool,
    /// Photos that were looked at.
    pub photos: usize,
    /// Photos to be rendered, for whatever reason.
    pub renders: usize,
    /// Their certificate is printed anew: name, course, time, status or the race changed.
    pub reissued: BTreeSet<Bib>,
    /// They may have a certificate now and had none.
    pub issued: BTreeSet<Bib>,
    /// Their certificate must not be used any more.
    pub voided: BTreeSet<Bib>,
    /// Their voided certificate holds again.
    pub restored: BTreeSet<Bib>,
    /// Only ranks or totals shifted: printed again before the next use.
    pub stale: BTreeSet<Bib>,
}

impl Correction {
    pub fn is_empty(&self) -> bool {
        [&self.reissued, &self.issued, &self.voided, &self.restored, &self.stale]
            .into_iter()
            .all(BTreeSet::is_empty)
    }
}

/// What is to be done about a race's photos.
#[derive(Default)]
pub(super) struct Changes {
    pub report: Correction,
    render: Vec<Upload>,
    rewrite: Vec<Rewrite>,
    stale: Vec<(PhotoId, Issued)>,
    /// Certificates of photos that are rendered again for somebody else in them.
    void: Vec<(PhotoId, Bib, String)>,
    /// Outcomes that are to say less, and nothing else of them changes.
    forget: Vec<(PhotoKey, OutcomeRecord)>,
    /// Photos that could not be decided about.
    failures: Failures,
}

/// A photo whose records change and whose certificates stay, or go.
struct Rewrite {
    photo: PhotoKey,
    before: OutcomeRecord,
    answer: Answered,
    processed: Processed,
    kept: Vec<Issued>,
}

/// Race data changed: corrects what was issued. What must be rendered is given back, for
/// the caller's queue. One photo whose documents cannot be read holds up no other.
pub(super) async fn correct(handler: &Handler, race: &RaceId) -> Result<Received, Fault> {
    let mut received = Received::default();
    for _ in 0..ROUNDS {
        let (readiness, generation) = handler.races().race_data(race).await?;
        // Data that cannot be read take nothing back; they come again when they are mended.
        let Readiness::Ready(race_data) = readiness else { return Ok(received) };
        let (records, mut failures) = handler.outcomes(race).await?;
        let changes = changes(handler, race, &race_data, records).await?;
        let (queued, failed) = follow(handler, race, &race_data, changes, None).await?;
        failures.extend(failed);
        received.queued.extend(queued);
        received.failed = failures.first().cloned();
        if handler.races().is_newest(race, generation).await {
            return Ok(received);
        }
    }
    Err(Fault::retry(format!("race {race}: its data change faster than they are followed")))
}

/// Decides about every photo again. Writes nothing.
pub(super) async fn changes(
    handler: &Handler,
    race: &RaceId,
    race_data: &Arc<RaceData>,
    records: impl IntoIterator<Item = (String, OutcomeRecord)>,
) -> Result<Changes, Fault> {
    // Photos of one camera follow one another, so that those around them are few.
    let mut records: Vec<_> = records.into_iter().collect();
    records.sort_by(|a, b| a.0.cmp(&b.0));
    let mut answers = HashMap::new();
    for listed in handler.inputs().list(&race.key("decisions/")).await? {
        if let Some(Input::Decision(_, photo)) = keys::classify(&listed.key) {
            answers.insert(photo, listed.etag);
        }
    }
    let answers = &answers;
    let mut changes = Changes::default();
    changes.report.confirmed = race_data.race.confirmed;
    let mut batches = futures::stream::iter(records)
        .map(|(_, record)| async move {
            let answer = match answers.contains_key(&record.photo_id) {
                true => handler.answer(race, &record.photo_id).await?,
                false => Answered::default(),
            };
            Ok::<_, Fault>((record, answer))
        })
        .buffered(IN_FLIGHT)
        .try_chunks(BATCH)
        .map_err(|error| error.1);
    while let Some(batch) = batches.try_next().await? {
        for one in handler.planned(race, race_data, batch).await? {
            changes.report.photos += 1;
            let added = changes.add(handler, one, race_data).await;
            changes.failures.note(added)?;
        }
    }
    Ok(changes)
}

/// The same for one photo, of which no report is made.
pub(super) async fn changes_of_one(
    handler: &Handler,
    race_data: &Arc<RaceData>,
    record: OutcomeRecord,
    answer: Answered,
) -> Result<Changes, Fault> {
    let mut changes = Changes::default();
    if let Some(Input::Photo(photo)) = keys::classify(&record.photo) {
        for one in handler.planned(&photo.race, race_data, vec![(record, answer)]).await? {
            changes.add(handler, one, race_data).await?;
        }
    }
    changes.report = Correction::default();
    Ok(changes)
}

impl Changes {
    async fn add(
        &mut self,
        handler: &Handler,
        planned: Planned,
        race_data: &Arc<RaceData>,
    ) -> Result<(), Fault> {
        let Planned { mut record, photo, answer, plan } = planned;
        let answered_anew = record.answer != answer.etag;
        let upload_bib = race_data.may_keep(record.upload_bib.as_deref());
        let said_of_erased = upload_bib != record.upload_bib;
        let (Some(plan), Some(facts)) = (plan, &record.facts) else {
            if answered_anew || record.outcome == Outcome::Pending {
                self.render(handler, &record);
            } else {
                self.forget_in_undecided(photo, record, race_data);
            }
            return Ok(());
        };
        let (kept, new) = self.kept_and_new(&record, &plan);
        let decision_hash = plan.decision_hash();
        let sighting = sighting_of(&photo, record.photo_id, &plan.facts, &plan.seen, race_data);
        let sighting = sighting.map(|sighting| key_of(&photo.race, &sighting));
        let says_less = plan.facts != *facts || said_of_erased;
        let says_as_before = !says_less && sighting == record.sighting;
        if decision_hash == record.decision_hash && !answered_anew && says_as_before {
            return Ok(());
        }
        let gone = |issued: &&Issued| !plan.prints.iter().any(|print| print.bib == issued.bib);
        let gone: Vec<Issued> = record.certificates.iter().filter(gone).cloned().collect();
        let voided = gone.iter().filter(|issued| !race_data.erased.contains(&issued.bib));
        self.report.voided.extend(voided.map(|issued| issued.bib.clone()));
        if new.is_empty() {
            let processed = Processed {
                photo_id: record.photo_id,
                decision: plan.decision,
                certificates: Vec::new(),
                facts: Some(plan.facts),
                decision_hash,
                seen: plan.seen,
            };
            record.upload_bib = upload_bib;
            self.rewrite.push(Rewrite { photo, before: record, answer, processed, kept });
            return Ok(());
        }
        self.report_new(handler, &photo, &record.photo_id, new).await?;
        for issued in gone {
            let said = (plan.decision.reason.as_str(), &plan.decision.barred[..]);
            let why = void_reason(said, &issued.bib, Some(race_data));
            self.void.push((record.photo_id, issued.bib, why));
        }
        self.render(handler, &record);
        if says_less {
            // At once: the photo may be gone.
            let certificates = kept_of(&record.certificates, &race_data.erased);
            let (reason, facts) = (plan.decision.reason, Some(plan.facts));
            let sighting = sightings::may_keep(record.sighting.as_deref(), &race_data.erased);
            let less =
                OutcomeRecord { certificates, reason, facts, upload_bib, sighting, ..record };
            self.forget.push((photo, less));
        }
        Ok(())
    }

    /// A photo that only a rendering could decide about: what it says of erased runners goes.
    fn forget_in_undecided(
        &mut self,
        photo: PhotoKey,
        record: OutcomeRecord,
        race_data: &RaceData,
    ) {
        let (erased, rules) = (&race_data.erased, &race_data.race);
        let upload_bib = race_data.may_keep(record.upload_bib.as_deref());
        let facts = record.facts.as_ref().map(|facts| facts.without(erased, rules));
        if upload_bib != record.upload_bib || facts != record.facts {
            let sighting = sightings::may_keep(record.sighting.as_deref(), erased);
            self.forget.push((photo, OutcomeRecord { upload_bib, facts, sighting, ..record }));
        }
    }

    /// The certificates that stay as they are, and for whom there is a new one: with whether
    /// they hold another.
    fn kept_and_new(
        &mut self,
        record: &OutcomeRecord,
        plan: &IssuePlan,
    ) -> (Vec<Issued>, Vec<(Bib, bool)>) {
        let (mut kept, mut new) = (Vec::new(), Vec::new());
        for print in &plan.prints {
            match record.certificates.iter().find(|issued| issued.bib == print.bib) {
                Some(issued) if issued.content_hash == print.content_hash => {
                    if issued.ranks != print.ranks {
                        self.report.stale.insert(print.bib.clone());
                        self.stale.push((record.photo_id, issued.clone()));
                    }
                    kept.push(issued.clone());
                }
                held => new.push((print.bib.clone(), held.is_some())),
            }
        }
        (kept, new)
    }

    async fn report_new(
        &mut self,
        handler: &Handler,
        photo: &PhotoKey,
        id: &PhotoId,
        new: Vec<(Bib, bool)>,
    ) -> Result<(), Fault> {
        for (bib, held) in new {
            let current = current::read(handler.outputs(), &photo.race, &bib, id).await?;
            let list = match current {
                Some(current) if current.void.is_some() => &mut self.report.restored,
                _ if held => &mut self.report.reissued,
                _ => &mut self.report.issued,
            };
            list.insert(bib);
        }
        Ok(())
    }

    fn render(&mut self, handler: &Handler, record: &OutcomeRecord) {
        self.report.renders += 1;
        self.render.push(handler.again(record.photo.clone(), &record.etag));
    }
}

fn kept_of(issued: &[Issued], erased: &BTreeSet<Bib>) -> Vec<Issued> {
    issued.iter().filter(|issued| !erased.contains(&issued.bib)).cloned().collect()
}

/// What is left when changes are made.
#[derive(Default)]
pub(super) struct Acted {
    pub render: Vec<Upload>,
    /// What photos say otherwise than before.
    pub told: Vec<Told>,
    pub failures: Failures,
}

/// Makes the changes, and those that follow from them for photos taken about then. What must be
/// rendered is given back, and what failed. `part` names what was looked at, where that is not
/// the whole race.
pub(super) async fn follow(
    handler: &Handler,
    race: &RaceId,
    race_data: &Arc<RaceData>,
    changes: Changes,
    part: Option<&str>,
) -> Result<(Vec<Upload>, Failures), Fault> {
    let acted = act(handler, race, race_data, changes, part).await?;
    let Acted { mut render, told, mut failures } = acted;
    let beside = handler.tell_neighbours(race, race_data, told).await;
    render.extend(failures.note(beside)?.into_iter().flatten());
    Ok((render, failures))
}

/// Makes the changes themselves.
pub(super) async fn act(
    handler: &Handler,
    race: &RaceId,
    race_data: &Arc<RaceData>,
    changes: Changes,
    part: Option<&str>,
) -> Result<Acted, Fault> {
    let Changes { report, mut render, rewrite, stale, void, forget, mut failures } = changes;
    if !report.is_empty() {
        // Before anything is done about it: afterwards there is nothing left to report.
        let version = handler.races().version(race).await;
        let part = part.map(|part| format!("-{part}")).unwrap_or_default();
        let key = race.key(&format!("corrections/{version}{part}.json"));
        once::create(handler.outputs(), &key, json(&report), "application/json").await?;
    }
    for (photo, record) in forget {
        failures.note(handler.write_outcome(&photo.outcome(&record.etag), &record).await)?;
    }
    for (photo, bib, why) in void {
        let key = CertificateKeys::current_of(race, &bib, &photo);
        failures.note(current::void(handler.outputs(), &key, &why).await)?;
    }
    let mut rewriting = futures::stream::iter(rewrite)
        .map(|one| rewritten(handler, race_data, one))
        .buffer_unordered(IN_FLIGHT);
    let mut told = Vec::new();
    while let Some(again) = rewriting.next().await {
        let Some((again, news)) = failures.note(again)? else { continue };
        render.extend(again);
        told.extend(news);
    }
    let mut marking = futures::stream::iter(stale)
        .map(|(photo, issued)| async move {
            let keys = CertificateKeys::new(race, &issued.bib, &photo, &issued.fingerprint);
            current::mark_stale(handler.outputs(), &keys).await
        })
        .buffer_unordered(IN_FLIGHT);
    while let Some(marked) = marking.next().await {
        failures.note(marked)?;
    }
    drop((rewriting, marking));
    Ok(Acted { render, told, failures })
}

async fn rewritten(
    handler: &Handler,
    race_data: &Arc<RaceData>,
    one: Rewrite,
) -> Result<(Option<Upload>, Option<Told>), Fault> {
    let Rewrite { photo, before, answer, processed, kept } = one;
    let written = handler
        .write(Finished {
            photo: &photo,
            etag: &before.etag,
            upload_bib: before.upload_bib.clone(),
            answer: &answer,
            race_data: Some(race_data),
            processed: &processed,
            kept,
            sighting_before: None,
        })
        .await?;
    // Answered anew meanwhile: done again from the start.
    let newest = handler.answer(&photo.race, &before.photo_id).await?;
    let again = newest.etag != answer.etag;
    let again = again.then(|| handler.again(before.photo.clone(), &before.etag));
    Ok((again, written.told))
}
