//! Erasures: a runner asked to be forgotten. What stays is the tombstone
//! `erased/<bib>.json`, and what is the organiser's (results) and the photographers' (photos).

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use kanso_matching::claim;
use kanso_matching::person::Answer;
use kanso_race::{Bib, Race};
use serde::Serialize;

use crate::correction::{self, Correction};
use crate::failures::Failures;
use crate::handler::{ANSWER_LIMIT, Handler};
use crate::keys::{self, RaceId, Tray};
use crate::once::{self, Step};
use crate::outcome::OutcomeRecord;
use crate::race_folder::Readiness;
use crate::requests::RequestId;
use crate::sightings::SIGHTINGS;
use crate::store::{Failure, If, Write, found};

/// Store calls in flight at once.
const IN_FLIGHT: usize = 32;
/// What an erasure removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Objects of certificates that were deleted.
    pub objects: usize,
    /// Earlier versions that the bucket had kept, deleted for good.
    pub versions: usize,
    /// People's answers that no longer name the runner.
    pub answers: usize,
    /// Photos whose records no longer name the runner.
    pub photos: usize,
    /// The keys of those photos. Photos are the photographer's and may show others, so they
    /// stay; delete those that must go.
    pub photo_keys: Vec<String>,
    /// Answers that cannot be read and may name the runner: correct or delete them.
    pub unreadable: Vec<String>,
}

impl Handler {
    /// Forgets a runner: leaves a tombstone that holds the bib and nothing else, takes the
    /// runner out of every photo's records, out of answers and corrections, and deletes the
    /// certificates, with the versions that the bucket kept of all that. Neither the next
    /// reconciliation nor the next results bring them back.
    pub async fn erase(&self, race: &RaceId, bib: &Bib) -> Result<Erased, Fault> {
        if self.is_expired(race).await? {
            return Err(Fault::reject(format!(
                "race {race}: its time is over, and nothing of its runners is kept; \
                 kanso reconcile deletes what is left"
            )));
        }
        let tombstone = json(&serde_json::json!({"erased": true}));
        let key = keys::erasure(race, bib);
        once::create(self.inputs(), &key, tombstone, "application/json").await?;
        let (readiness, _) = self.newest(race).await?;
        let bibs = BTreeSet::from([bib.clone()]);
        let (mut erased, failures) = self.forget(race, &bibs).await?;
        let race_data = match readiness {
            Readiness::Ready(race_data) => race_data,
            Readiness::NotYet(why) | Readiness::Expired(why) => {
                return Err(Fault::retry(format!(
                    "the certificates of bib {bib} are deleted, but the photos' records still \
                     name it: {why}; mend that and run kanso erase again"
                )));
            }
        };
        let (records, _) = self.outcomes(race).await?;
        let naming: Vec<Option<String>> = futures::stream::iter(records.into_values())
            .map(|record| self.naming(race, &race_data.race, record, bib))
            .buffer_unordered(IN_FLIGHT)
            .try_collect()
            .await?;
        erased.photo_keys = naming.into_iter().flatten().collect();
        erased.photo_keys.sort();
        erased.photos = erased.photo_keys.len();
        let corrected = correction::correct(self, race).await?;
        self.all(corrected.queued).await?;
        // What was under way meanwhile.
        erased.objects += self.delete_certificates(race, bib).await?;
        erased.versions = self.delete_versions(race, bib).await?;
        // Whatever can be forgotten is; the rest is told.
        failures.first().cloned().or(corrected.failed).map_or(Ok(erased), Err)
    }

    /// The same by somebody who signed in: the audit keeps who erased, and when, but not whom.
    pub async fn erase_by(&self, race: &RaceId, bib: &Bib, by: &str) -> Result<Erased, Fault> {
        let at = Timestamp::now();
        let entry = json(&serde_json::json!({"by": by, "at": at, "erased": true}));
        let key = race.key(&format!("audit/erasures/{at}.json"));
        once::create(self.outputs(), &key, entry, "application/json").await?;
        self.erase(race, bib).await
    }

    /// Takes erased runners out of everything that does not follow from a photo. What cannot be
    /// read holds up nothing else.
    pub(super) async fn forget(
        &self,
        race: &RaceId,
        bibs: &BTreeSet<Bib>,
    ) -> Result<(Erased, Failures), Fault> {
        let (mut erased, mut failures) = (Erased::default(), Failures::default());
        if bibs.is_empty() {
            return Ok((erased, failures));
        }
        for listed in self.inputs().list(&race.key("decisions/")).await? {
            match self.forget_in_answer(&listed.key, bibs).await? {
                Some(true) => erased.answers += 1,
                Some(false) => {}
                None => {
                    tracing::warn!(
                        key = listed.key,
                        "an answer cannot be read and may name an erased runner; correct or delete it"
                    );
                    erased.unreadable.push(listed.key);
                }
            }
        }
        for listed in self.outputs().list(&race.key("corrections/")).await? {
            let amended = once::amend(self.outputs(), &listed.key, |now| {
                let Some(before) = document::derived::<Correction>(&listed.key, now)? else {
                    return Ok(Step::Keep);
                };
                let after = before.clone().without(bibs);
                Ok(if before == after { Step::Keep } else { Step::Write(json(&after)) })
            });
            failures.note(amended.await)?;
        }
        for bib in bibs {
            erased.objects += self.delete_certificates(race, bib).await?;
        }
        erased.objects += self.forget_sightings(race, bibs).await?;
        Ok((erased, failures))
    }

    async fn delete_certificates(&self, race: &RaceId, bib: &Bib) -> Result<usize, Fault> {
        let certificates = race.key(&format!("certificates/{bib}/"));
        Ok(self.delete_all(&certificates).await? + self.delete_requests(race, bib).await?)
    }

    /// What the runner said of photos.
    async fn delete_requests(&self, race: &RaceId, bib: &Bib) -> Result<usize, Fault> {
        let prefix = race.key(keys::REQUESTS);
        let listed = self.outputs().list(&format!("{prefix}{bib}-")).await?;
        let mut deleted = 0;
        for object in listed {
            let id = object.key.strip_prefix(&prefix).and_then(|id| id.strip_suffix(".json"));
            // Another bib may begin as this one does: A and A-102.
            if id.and_then(|id| id.parse::<RequestId>().ok()).is_some_and(|id| id.bib == *bib) {
                self.outputs().delete(&object.key).await?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// Takes erased runners out of an answer, and says whether it named one; `None` where it
    /// cannot be read.
    async fn forget_in_answer(
        &self,
        key: &str,
        bibs: &BTreeSet<Bib>,
    ) -> Result<Option<bool>, Fault> {
        let now = match found(self.inputs().get(key, If::Any, ANSWER_LIMIT).await) {
            Ok(Some(now)) => now,
            Ok(None) => return Ok(Some(false)),
            Err(error) if error.failure == Failure::TooLarge => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Ok(before) = Answer::parse(&now.bytes) else { return Ok(None) };
        let after = before.clone().without(bibs);
        if after == before {
            return Ok(Some(false));
        }
        let when = Write::Replace(&now.etag);
        self.inputs().put(key, json(&after), "application/json", when).await?;
        Ok(Some(true))
    }

    /// The key of a photo whose records, or whose name, say something of a runner.
    async fn naming(
        &self,
        race: &RaceId,
        rules: &Race,
        record: OutcomeRecord,
        bib: &Bib,
    ) -> Result<Option<String>, Fault> {
        let bibs = BTreeSet::from([bib.clone()]);
        let said = |facts: &kanso_certificate::Facts| facts.without(&bibs, rules) != *facts;
        let uploaded =
            |value: &String| claim::upload_metadata_without(value, &bibs).as_ref() != Some(value);
        let named = record.certificates.iter().any(|issued| issued.bib == *bib)
            || record.facts.as_ref().is_some_and(said)
            || record.upload_bib.as_ref().is_some_and(uploaded)
            || claim::from_key(&record.photo, rules).iter().any(|found| found.bib == *bib);
        if named {
            return Ok(Some(record.photo));
        }
        for lying in &record.trays {
            let key = lying.tray.key(race, &record.photo_id);
            let Some(bytes) = once::document(self.outputs(), &key).await? else { continue };
            let tray: serde_json::Value =
                document::derived(&key, Some(&bytes))?.unwrap_or_default();
            let mut offered = tray["bibs"].as_array().into_iter().flatten();
            if offered.any(|found| found["bib"] == bib.as_str()) {
                return Ok(Some(record.photo));
            }
        }
        Ok(None)
    }

    /// Deletes the earlier versions of whatever may have named a runner, where the buckets
    /// keep versions.
    async fn delete_versions(&self, race: &RaceId, bib: &Bib) -> Result<usize, Fault> {
        let mut deleted = self.inputs().delete_versions(&race.key("decisions/")).await?;
        let certificates = format!("certificates/{bib}/");
        let folders = [&certificates, "outcomes/", "corrections/", keys::REQUESTS, SIGHTINGS];
        for folder in folders.into_iter().chain(Tray::ALL.map(Tray::folder)) {
            deleted += self.outputs().delete_versions(&race.key(folder)).await?;
        }
        Ok(deleted)
    }
}

impl Correction {
    fn without(mut self, bibs: &BTreeSet<Bib>) -> Self {
        let Self { reissued, issued, voided, restored, stale, .. } = &mut self;
        for list in [reissued, issued, voided, restored, stale] {
            list.retain(|bib| !bibs.contains(bib));
        }
        self
    }
}
