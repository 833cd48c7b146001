//! Outcomes, held against the newest data and against what they name.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use kanso_certificate::Fault;
use kanso_certificate::document;
use kanso_certificate::race_data::RaceData;
use sha2::{Digest, Sha256};

use super::{Range, Step, Sweep, Task, each};
use crate::correction;
use crate::current;
use crate::failures::Failures;
use crate::handler::Handler;
use crate::keys::{self, Input, PhotoKey, RaceId};
use crate::once;
use crate::outcome::{Lying, OutcomeRecord, Reopened};
use crate::race_folder::Readiness;
use crate::store::{Listed, found};

/// An outcome that was looked at.
enum Seen {
    /// Another photo has taken the name of its photo.
    Replaced,
    /// Whether everything that it names is there, and its own.
    Live { key: String, record: Box<OutcomeRecord>, whole: bool },
}

impl Handler {
    /// With `mend` also what the outcomes name is looked at.
    pub(super) async fn look_at_outcomes(
        &self,
        range: Range<'_>,
        mend: bool,
    ) -> Result<Step, Fault> {
        let Range { race, after, until, race_data: version } = range;
        let (readiness, _) = match version {
            Some(version) => self.races().know(race, version).await?,
            None => self.newest(race).await?,
        };
        let Readiness::Ready(race_data) = readiness else { return Ok(Step::default()) };
        let version = self.races().version(race).await;
        let listed = self.outputs().list_between(&race.key("outcomes/"), after, until).await?;
        let mut failures = Failures::default();
        let look = |object: Listed| -> BoxFuture<'_, _> {
            Box::pin(self.seen(race, object.key, mend.then_some(&race_data)))
        };
        let looked = each(listed, &mut failures, look).await?;
        let (mut redo, mut records, mut replaced) = (BTreeMap::new(), Vec::new(), 0);
        for seen in looked {
            let Seen::Live { key, record, whole } = seen else {
                replaced += 1;
                continue;
            };
            if !whole {
                redo.insert(record.photo.clone(), record.etag.clone());
            }
            records.push((key, *record));
        }
        let (outcomes, half_written) = (records.len(), redo.len());
        let changes = correction::changes(self, race, &race_data, records).await?;
        let part = hex::encode(&Sha256::digest(after.as_bytes())[..4]);
        let acted = correction::follow(self, race, &race_data, changes, Some(&part)).await?;
        failures.extend(acted.1);
        let again = acted.0.into_iter().filter(|upload| !redo.contains_key(&upload.key));
        let again = again.map(|upload| Task::photo(upload, Some(&version)));
        let redo = redo.iter().map(|(key, etag)| Task::redo(key, etag, Some(&version)));
        let queued: Vec<Task> = again.chain(redo).collect();
        tracing::info!(
            %race, outcomes, replaced, half_written, queued = queued.len(), "swept outcomes"
        );
        let step = Step::of(queued, &failures);
        self.again_if_older(range, mend, &version, step).await
    }

    /// Whoever looked with newer data meanwhile may have been written over: the range is looked
    /// at once more then.
    async fn again_if_older(
        &self,
        range: Range<'_>,
        mend: bool,
        version: &str,
        mut step: Step,
    ) -> Result<Step, Fault> {
        self.races().revalidate_soon(range.race).await;
        self.races().race_data(range.race).await?;
        let newest = self.races().version(range.race).await;
        if newest != version {
            step.queued.push(Task::Look {
                race: range.race.clone(),
                sweep: if mend { Sweep::Outcomes } else { Sweep::Corrections },
                after: range.after.to_owned(),
                until: range.until.to_owned(),
                race_data: Some(newest),
            });
        }
        Ok(step)
    }

    async fn seen(
        &self,
        race: &RaceId,
        key: String,
        mend: Option<&Arc<RaceData>>,
    ) -> Result<Option<Seen>, Fault> {
        // A damaged one is found with its photo.
        let Some(record) = self.outcome(&key).await? else { return Ok(None) };
        let record = Box::new(record);
        let (Some(race_data), Some(Input::Photo(photo))) = (mend, keys::classify(&record.photo))
        else {
            return Ok(Some(Seen::Live { key, record, whole: true }));
        };
        // Deleting a photo takes back nothing.
        let live = found(self.inputs().head(&record.photo).await)?;
        if live.is_some_and(|etag| etag != record.etag) {
            self.retire_earlier(&photo, Some(race_data)).await?;
            return Ok(Some(Seen::Replaced));
        }
        self.restore_sighting(record.sighting.as_deref()).await?;
        let whole = self.names_what_is_there(race, &photo, &record).await?;
        Ok(Some(Seen::Live { key, record, whole }))
    }

    async fn names_what_is_there(
        &self,
        race: &RaceId,
        photo: &PhotoKey,
        record: &OutcomeRecord,
    ) -> Result<bool, Fault> {
        for issued in &record.certificates {
            let current = current::read(self.outputs(), race, &issued.bib, &record.photo_id);
            let holds = current.await?.is_some_and(|current| {
                current.fingerprint == issued.fingerprint && current.void.is_none()
            });
            if !holds {
                return Ok(false);
            }
        }
        for lying in &record.trays {
            if !self.lies_there(race, photo, record, lying).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a tray holds the record that an outcome wrote, or the one that the outcome of the
    /// same photo under another name did.
    async fn lies_there(
        &self,
        race: &RaceId,
        photo: &PhotoKey,
        record: &OutcomeRecord,
        lying: &Lying,
    ) -> Result<bool, Fault> {
        let key = lying.tray.key(race, &record.photo_id);
        let Some(etag) = found(self.outputs().head(&key).await)? else { return Ok(false) };
        if etag == lying.etag {
            return Ok(true);
        }
        let bytes = once::document(self.outputs(), &key).await?;
        let there: Option<Reopened> = document::derived(&key, bytes.as_deref())?;
        let Some(there) = there.filter(|there| there.photo != photo.key()) else {
            return Ok(false);
        };
        let Some(Input::Photo(other)) = keys::classify(&there.photo) else { return Ok(false) };
        let other = self.outcome(&other.outcome(&there.etag)).await?;
        Ok(other.is_some_and(|other| {
            other.trays.iter().any(|its| its.tray == lying.tray && its.etag == etag)
        }))
    }
}
