//! Finds what events lost, and mends what was left half done: photos without an outcome,
//! outcomes that newer data contradict, certificates and trays that nobody names.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Facts, Fault};
use kanso_photo::PhotoId;
use kanso_race::Bib;
use kanso_reading::StoredReadings;

use super::correction::{self, Correction};
use super::current;
use super::failures::Failures;
use super::handler::{Handler, source};
use super::keys::{self, CertificateKeys, Input, RaceId, Tray};
use super::outcome::OutcomeRecord;
use super::race_folder::Readiness;
use super::replaced::Replaced;
use crate::events::Upload;
use crate::store::{ETag, Listed};

/// What a reconciliation found, and mended.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    pub races: usize,
    pub photos: usize,
    /// Photos that no outcome accounts for: lost events, or work cut short.
    pub unfinished: usize,
    /// Photos in `pending/`, looked at again.
    pub pending: usize,
    /// Photos whose certificates or trays do not agree with their outcome: done again.
    pub half_written: usize,
    /// Certificates that no photo's outcome names: voided.
    pub orphaned: usize,
    /// Tray records that no photo's outcome names: deleted.
    pub stray: usize,
    /// Versions of photos that were uploaded anew: their certificates are void.
    pub replaced: usize,
    /// Objects of erased runners that had come back: deleted.
    pub erased: usize,
    /// Photos whose printed numbers are read anew, where that was asked for.
    pub reread: usize,
    /// Objects that could not be read, one sentence each; everything else was looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
    /// Races that could not be looked at, and why; the others were.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<String, String>,
    /// What newer race data and answers changed, by race.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub corrections: BTreeMap<String, Correction>,
}

impl Report {
    /// Whether everything was as it should be.
    pub fn is_clean(&self) -> bool {
        let found = [self.unfinished, self.half_written, self.orphaned, self.stray];
        let more = [self.replaced, self.erased, self.corrections.len()];
        let passed_over = [self.unreadable.len(), self.failed.len()];
        found.into_iter().chain(more).chain(passed_over).all(|count| count == 0)
    }
}

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Photos without an outcome only.
    Unfinished,
    /// Whether everything is as the inputs want it.
    Everything,
    /// The same, and photos whose printed numbers were never read, or by another reader, where
    /// nothing else settles whom they show.
    Reread,
}

/// Mends one race, or all of them, and lists the photos that are left to be done. The
/// caller gives them to the same worker that events go to.
pub async fn reconcile(
    handler: &Handler,
    race: Option<&RaceId>,
    scope: Scope,
) -> Result<(Report, Vec<Upload>), Fault> {
    let races = match race {
        Some(race) => vec![race.clone()],
        None => handler.inputs().folders("").await?.iter().filter_map(|f| RaceId::new(f)).collect(),
    };
    let mut report = Report { races: races.len(), ..Report::default() };
    let mut work = BTreeMap::new();
    for race in &races {
        if let Err(fault) = one_race(handler, race, scope, &mut report, &mut work).await {
            tracing::error!(%race, "it cannot be reconciled now, and the others go on: {fault}");
            report.failed.insert(race.to_string(), fault.message);
        }
    }
    Ok((report, work.into_values().collect()))
}

async fn one_race(
    handler: &Handler,
    race: &RaceId,
    scope: Scope,
    report: &mut Report,
    work: &mut Work,
) -> Result<(), Fault> {
    if handler.is_expired(race).await? {
        handler.tally().forget(race);
        return Ok(());
    }
    let asked = Timestamp::now();
    let photos = photos(handler, race).await?;
    handler.tally().count(race, asked, photos.values());
    report.photos += photos.len();
    let done = handler.outputs().list(&race.key("outcomes/")).await?;
    let done: HashSet<&str> = done.iter().map(|listed| listed.key.as_str()).collect();
    for (outcome, photo) in &photos {
        if !done.contains(outcome.as_str()) {
            report.unfinished += 1;
            let again = handler.again(photo.key.clone(), &photo.etag);
            work.insert(photo.key.clone(), Upload { size: Some(photo.size), ..again });
        }
    }
    match scope {
        Scope::Unfinished => Ok(()),
        Scope::Everything | Scope::Reread => {
            let reread = scope == Scope::Reread;
            let failures = mend(handler, race, &photos, &done, report, work, reread).await?;
            report.unreadable.extend(failures.into_messages());
            Ok(())
        }
    }
}

/// The photos of a race by where their outcome lies.
async fn photos(handler: &Handler, race: &RaceId) -> Result<HashMap<String, Listed>, Fault> {
    let listed = handler.inputs().list(&race.key("photos/")).await?;
    let photo = |listed: Listed| match keys::classify(&listed.key) {
        Some(Input::Photo(photo)) => Some((photo.outcome(&listed.etag), listed)),
        _ => None,
    };
    Ok(listed.into_iter().filter_map(photo).collect())
}

type Work = BTreeMap<String, Upload>;

async fn mend(
    handler: &Handler,
    race: &RaceId,
    photos: &HashMap<String, Listed>,
    done: &HashSet<&str>,
    report: &mut Report,
    work: &mut Work,
    reread: bool,
) -> Result<Failures, Fault> {
    handler.solve_clocks(race).await?;
    let (Readiness::Ready(race_data), _) = handler.newest(race).await? else {
        return Ok(Failures::default());
    };
    let (erased, mut failures) = handler.forget(race, &race_data.erased).await?;
    report.erased += erased.objects + erased.answers;
    // Listed before the outcomes, which are written after them: what is seen here and not
    // named there is either left over or under way.
    let certificates = handler.outputs().list(&race.key("certificates/")).await?;
    let mut trays = Vec::new();
    for tray in Tray::ALL {
        let listed = handler.outputs().list(&race.key(tray.folder())).await?;
        trays.extend(listed.into_iter().map(|listed| (tray, listed)));
    }
    let (mut records, unread) = handler.outcomes(race).await?;
    let whole = unread.first().is_none();
    failures.extend(unread);
    // Outcomes that are damaged. Nothing is known of the photos of those that cannot be read,
    // so that they stay as they are.
    let damaged = |key: &&String| done.contains(key.as_str()) && !records.contains_key(*key);
    for key in photos.keys().filter(damaged).filter(|_| whole) {
        let photo = &photos[key];
        tracing::warn!(%race, etag = photo.etag.as_str(), "an outcome is damaged");
        report.half_written += 1;
        work.insert(photo.key.clone(), handler.again(photo.key.clone(), &photo.etag));
    }
    let old = replaced(&mut records, photos);
    report.replaced += old.len();
    for (key, record) in &old {
        let by = records.values().find(|live| live.photo == record.photo);
        let elsewhere = records.values().find(|live| live.photo_id == record.photo_id);
        let replaced = Replaced { key, record, by, elsewhere };
        failures.note(handler.retire(race, replaced, Some(&race_data)).await)?;
    }
    handler.tally().outcomes(race, records.values());
    if whole {
        let (missing, stray) = handler.mend_sightings(race, &records).await?;
        report.half_written += missing;
        report.stray += stray;
    }
    report.pending += records.values().filter(|record| record.lies_in(Tray::Pending)).count();
    let mut found = Found { handler, race, records: &records, whole, failures };
    found.certificates(&certificates, report, work).await?;
    found.trays(&trays, report, work).await?;
    let mut failures = found.failures;
    for record in records.values().filter(|record| reread && is_unread(record, &race_data)) {
        report.reread += 1;
        work.insert(record.photo.clone(), handler.again(record.photo.clone(), &record.etag));
    }
    let changes = correction::changes(handler, race, &race_data, records.clone()).await?;
    if !changes.report.is_empty() {
        report.corrections.insert(race.to_string(), changes.report.clone());
    }
    let (again, failed) = correction::follow(handler, race, &race_data, changes, None).await?;
    work.extend(again.into_iter().map(|upload| (upload.key.clone(), upload)));
    failures.extend(failed);
    Ok(failures)
}

/// Whether reading a photo's printed numbers could tell more than is known.
fn is_unread(record: &OutcomeRecord, race_data: &RaceData) -> bool {
    let (Some(facts), Some(Input::Photo(photo))) = (&record.facts, keys::classify(&record.photo))
    else {
        return false;
    };
    let read = facts.readings.as_ref().is_some_and(StoredReadings::is_of_this_reader);
    if read || record.answer.is_some() {
        return false;
    }
    let source = source(&photo, record.upload_bib.clone(), None);
    let facts = Facts { readings: None, ..facts.clone() };
    let decision = kanso_certificate::plan(race_data, record.photo_id, &facts, &source).decision;
    !kanso_certificate::is_settled(&decision, &source)
}

/// Takes out the outcomes of versions whose photo was uploaded anew. Those of photos that
/// were deleted stay: deleting a photo takes back nothing.
fn replaced(
    records: &mut HashMap<String, OutcomeRecord>,
    photos: &HashMap<String, Listed>,
) -> Vec<(String, OutcomeRecord)> {
    let live: HashSet<&str> = photos.values().map(|listed| listed.key.as_str()).collect();
    let old = |key: &str, record: &OutcomeRecord| {
        live.contains(record.photo.as_str()) && !photos.contains_key(key)
    };
    let keys: Vec<String> = records
        .iter()
        .filter(|(key, record)| old(key, record))
        .map(|(key, _)| key.clone())
        .collect();
    keys.into_iter().filter_map(|key| records.remove_entry(&key)).collect()
}

/// What lies in a race's output, held against its outcomes.
struct Found<'a> {
    handler: &'a Handler,
    race: &'a RaceId,
    records: &'a HashMap<String, OutcomeRecord>,
    /// Whether all outcomes could be read. What an unreadable one may name is left alone.
    whole: bool,
    failures: Failures,
}

impl Found<'_> {
    async fn certificates(
        &mut self,
        listed: &[Listed],
        report: &mut Report,
        work: &mut Work,
    ) -> Result<(), Fault> {
        let mut files: BTreeMap<(Bib, PhotoId), BTreeSet<&str>> = BTreeMap::new();
        for object in listed {
            let Some((bib, photo, file)) = CertificateKeys::read(self.race, &object.key) else {
                continue;
            };
            files.entry((bib, photo)).or_default().insert(file);
        }
        for record in self.records.values() {
            let mut whole = true;
            for issued in &record.certificates {
                let set = files.remove(&(issued.bib.clone(), record.photo_id));
                let is_whole = self.is_whole(record, issued, set.unwrap_or_default()).await;
                whole &= self.failures.note(is_whole)?.unwrap_or(true);
            }
            if !whole {
                report.half_written += 1;
                self.redo(record, work);
            }
        }
        let finished: HashSet<PhotoId> =
            self.records.values().map(|record| record.photo_id).collect();
        if !self.whole {
            return Ok(());
        }
        // A photo without an outcome is done first; what it does not name is found next time.
        for (bib, photo) in files.into_keys().filter(|(_, photo)| finished.contains(photo)) {
            let (outputs, key) =
                (self.handler.outputs(), CertificateKeys::current_of(self.race, &bib, &photo));
            let current = current::read(outputs, self.race, &bib, &photo).await;
            let current = self.failures.note(current)?.flatten();
            if current.is_some_and(|current| current.void.is_none()) {
                report.orphaned += 1;
                let why = "its photo's outcome does not name it";
                self.failures.note(current::void(outputs, &key, why).await)?;
            }
        }
        Ok(())
    }

    /// Whether all four objects of a certificate are there, and agree with the outcome.
    async fn is_whole(
        &self,
        record: &OutcomeRecord,
        issued: &super::outcome::Issued,
        files: BTreeSet<&str>,
    ) -> Result<bool, Fault> {
        let named = |extension| format!("{}.{extension}", issued.fingerprint);
        let parts = ["pdf", "jpg", "json"].iter().all(|part| files.contains(named(part).as_str()));
        if !parts || !files.contains("current.json") {
            return Ok(false);
        }
        let outputs = self.handler.outputs();
        let current = current::read(outputs, self.race, &issued.bib, &record.photo_id).await?;
        Ok(current.is_some_and(|current| {
            current.fingerprint == issued.fingerprint && current.void.is_none()
        }))
    }

    async fn trays(
        &self,
        listed: &[(Tray, Listed)],
        report: &mut Report,
        work: &mut Work,
    ) -> Result<(), Fault> {
        let there: HashMap<&str, &ETag> =
            listed.iter().map(|(_, listed)| (listed.key.as_str(), &listed.etag)).collect();
        let mut named: HashMap<String, Vec<&ETag>> = HashMap::new();
        for record in self.records.values() {
            for lying in &record.trays {
                let key = lying.tray.key(self.race, &record.photo_id);
                named.entry(key).or_default().push(&lying.etag);
            }
        }
        for record in self.records.values() {
            let agrees = record.trays.iter().all(|lying| {
                let key = lying.tray.key(self.race, &record.photo_id);
                there.get(key.as_str()).is_some_and(|etag| named[&key].contains(etag))
            });
            if !agrees {
                report.half_written += 1;
                self.redo(record, work);
            }
        }
        let finished: HashSet<PhotoId> =
            self.records.values().map(|record| record.photo_id).collect();
        for (tray, listed) in listed.iter().filter(|(_, l)| !named.contains_key(&l.key)) {
            let folder = self.race.key(tray.folder());
            let id = listed.key.strip_prefix(&folder).and_then(|file| file.strip_suffix(".json"));
            let Some(id) = id.and_then(|id| id.parse::<PhotoId>().ok()) else { continue };
            if self.whole && finished.contains(&id) {
                report.stray += 1;
                self.handler.outputs().delete(&listed.key).await?;
            }
        }
        Ok(())
    }

    fn redo(&self, record: &OutcomeRecord, work: &mut Work) {
        work.insert(record.photo.clone(), self.handler.again(record.photo.clone(), &record.etag));
    }
}
