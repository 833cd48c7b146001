//! What new race data change in what was issued before: decided for every photo from its
//! outcome, without reading a photo; only what changed is rendered again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Processed, plan};
use kanso_matching::Outcome;
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

use super::current;
use super::handler::{Answered, Handler, source};
use super::keys::{self, CertificateKeys, Input, PhotoKey, RaceId};
use super::once;
use super::outcome::{Issued, OutcomeRecord};
use super::race_folder::Readiness;
use super::write::{Finished, void_reason};
use crate::events::Upload;

/// Store calls in flight at once.
const IN_FLIGHT: usize = 32;
/// How often a correction starts again whose race's data changed meanwhile.
const ROUNDS: usize = 5;

/// `corrections/<when>-<version>.json`: whom a change of the race's data concerns.
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
/// the caller's queue.
pub(super) async fn correct(handler: &Handler, race: &RaceId) -> Result<Vec<Upload>, Fault> {
    let mut queued = Vec::new();
    for _ in 0..ROUNDS {
        let (readiness, generation) = handler.races().race_data(race).await?;
        // Data that cannot be read take nothing back; they come again when they are mended.
        let Readiness::Ready(race_data) = readiness else { return Ok(queued) };
        let records = outcomes(handler, race).await?;
        let changes = changes(handler, race, &race_data, records).await?;
        queued.extend(act(handler, race, &race_data, changes).await?);
        if handler.races().is_newest(race, generation).await {
            return Ok(queued);
        }
    }
    Err(Fault::retry(format!("race {race}: its data change faster than they are followed")))
}

/// All outcomes of a race, by key.
pub(super) async fn outcomes(
    handler: &Handler,
    race: &RaceId,
) -> Result<HashMap<String, OutcomeRecord>, Fault> {
    let listed = handler.outputs().list(&race.key("outcomes/")).await?;
    futures::stream::iter(listed)
        .map(|listed| async move {
            let bytes = once::document(handler.outputs(), &listed.key).await?;
            let record = document::derived(&keys::without_names(&listed.key), bytes.as_deref())?;
            Ok::<_, Fault>(record.map(|record| (listed.key, record)))
        })
        .buffer_unordered(IN_FLIGHT)
        .try_filter_map(|found| async move { Ok(found) })
        .try_collect()
        .await
}

/// Decides about every photo again. Writes nothing.
pub(super) async fn changes(
    handler: &Handler,
    race: &RaceId,
    race_data: &Arc<RaceData>,
    records: impl IntoIterator<Item = (String, OutcomeRecord)>,
) -> Result<Changes, Fault> {
    let mut answers = HashMap::new();
    for listed in handler.inputs().list(&race.key("decisions/")).await? {
        if let Some(Input::Decision(_, photo)) = keys::classify(&listed.key) {
            answers.insert(photo, listed.etag);
        }
    }
    let mut changes = Changes::default();
    changes.report.confirmed = race_data.race.confirmed;
    for (_, record) in records {
        changes.report.photos += 1;
        let newest = answers.get(&record.photo_id);
        let answer = match newest {
            Some(_) => handler.answer(race, &record.photo_id).await?,
            None => Answered::default(),
        };
        let Some(Input::Photo(photo)) = keys::classify(&record.photo) else { continue };
        changes.add(handler, photo, record, answer, race_data).await?;
    }
    Ok(changes)
}

impl Changes {
    async fn add(
        &mut self,
        handler: &Handler,
        photo: PhotoKey,
        mut record: OutcomeRecord,
        answer: Answered,
        race_data: &Arc<RaceData>,
    ) -> Result<(), Fault> {
        let answered_anew = record.answer != answer.etag;
        let upload_bib = race_data.may_keep(record.upload_bib.as_deref());
        let said_of_erased = upload_bib != record.upload_bib;
        let (Some(facts), Ok(said)) = (&record.facts, &answer.said) else {
            // Never looked at, or not to be followed: only a rendering tells.
            if answered_anew || record.outcome == Outcome::Pending {
                self.render(handler, &record);
                return Ok(());
            }
            let (erased, rules) = (&race_data.erased, &race_data.race);
            let facts = record.facts.as_ref().map(|facts| facts.without(erased, rules));
            if said_of_erased || facts != record.facts {
                self.forget.push((photo, OutcomeRecord { upload_bib, facts, ..record }));
            }
            return Ok(());
        };
        let source = source(&photo, record.upload_bib.clone(), said.as_ref());
        let plan = plan(race_data, record.photo_id, facts, &source);
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
        let decision_hash = plan.decision_hash();
        let says_as_before = plan.facts == *facts && !said_of_erased;
        if decision_hash == record.decision_hash && !answered_anew && says_as_before {
            return Ok(());
        }
        for issued in &record.certificates {
            let erased = race_data.erased.contains(&issued.bib);
            if !erased && !plan.prints.iter().any(|print| print.bib == issued.bib) {
                self.report.voided.insert(issued.bib.clone());
            }
        }
        let nothing_new = new.is_empty();
        for (bib, held) in new {
            let current = current::read(handler.outputs(), &photo.race, &bib, &record.photo_id);
            let list = match current.await? {
                Some(current) if current.void.is_some() => &mut self.report.restored,
                _ if held => &mut self.report.reissued,
                _ => &mut self.report.issued,
            };
            list.insert(bib);
        }
        if nothing_new {
            let processed = Processed {
                photo_id: record.photo_id,
                decision: plan.decision,
                certificates: Vec::new(),
                facts: Some(plan.facts),
                decision_hash,
            };
            record.upload_bib = upload_bib;
            self.rewrite.push(Rewrite { photo, before: record, answer, processed, kept });
        } else {
            let gone = record
                .certificates
                .iter()
                .filter(|issued| !plan.prints.iter().any(|print| print.bib == issued.bib));
            for issued in gone {
                let why = void_reason(&plan.decision.reason, &issued.bib, Some(race_data));
                self.void.push((record.photo_id, issued.bib.clone(), why));
            }
            self.render(handler, &record);
            if plan.facts != *facts || said_of_erased {
                // At once: the photo may be gone.
                let certificates = kept_of(&record.certificates, &race_data.erased);
                let (reason, facts) = (plan.decision.reason, Some(plan.facts));
                let less = OutcomeRecord { certificates, reason, facts, upload_bib, ..record };
                self.forget.push((photo, less));
            }
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

/// Makes the changes. What must be rendered is given back.
pub(super) async fn act(
    handler: &Handler,
    race: &RaceId,
    race_data: &Arc<RaceData>,
    changes: Changes,
) -> Result<Vec<Upload>, Fault> {
    let Changes { report, mut render, rewrite, stale, void, forget } = changes;
    if !report.is_empty() {
        // Before anything is done about it: afterwards there is nothing left to report.
        let version = handler.races().version(race).await;
        let key = race.key(&format!("corrections/{version}.json"));
        once::create(handler.outputs(), &key, json(&report), "application/json").await?;
    }
    for (photo, record) in forget {
        handler.write_outcome(&photo.outcome(&record.etag), &record).await?;
    }
    for (photo, bib, why) in void {
        let key = CertificateKeys::current_of(race, &bib, &photo);
        current::void(handler.outputs(), &key, &why).await?;
    }
    let again: Vec<Option<Upload>> = futures::stream::iter(rewrite)
        .map(|one| rewritten(handler, race_data, one))
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await?;
    render.extend(again.into_iter().flatten());
    futures::stream::iter(stale)
        .map(|(photo, issued)| async move {
            let keys = CertificateKeys::new(race, &issued.bib, &photo, &issued.fingerprint);
            current::mark_stale(handler.outputs(), &keys).await
        })
        .buffer_unordered(IN_FLIGHT)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(render)
}

async fn rewritten(
    handler: &Handler,
    race_data: &Arc<RaceData>,
    one: Rewrite,
) -> Result<Option<Upload>, Fault> {
    let Rewrite { photo, before, answer, processed, kept } = one;
    handler
        .write(Finished {
            photo: &photo,
            etag: &before.etag,
            upload_bib: before.upload_bib.clone(),
            answer: &answer,
            race_data: Some(race_data),
            processed: &processed,
            kept,
        })
        .await?;
    // Answered anew meanwhile: done again from the start.
    let newest = handler.answer(&photo.race, &before.photo_id).await?;
    Ok((newest.etag != answer.etag).then(|| handler.again(before.photo.clone(), &before.etag)))
}
