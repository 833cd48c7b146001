//! Another photo was uploaded under the name of one that is done: cameras count from 0001
//! again, and two bodies share a folder. What hung on the old bytes holds no longer.

use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use kanso_certificate::race_data::RaceData;
use kanso_matching::reason::Reason;

use crate::current;
use crate::handler::Handler;
use crate::keys::{CertificateKeys, PhotoKey, RaceId, without_names};
use crate::once;
use crate::outcome::OutcomeRecord;
use crate::store::{ETag, found};

/// A version's outcome that another version has taken the place of.
pub(super) struct Replaced<'a> {
    /// Where the outcome lies.
    pub key: &'a str,
    pub record: &'a OutcomeRecord,
    /// The outcome of the version that is there now; `None` while it is not done.
    pub by: Option<&'a OutcomeRecord>,
    /// The outcome of the same photo: of the same bytes under another name or uploaded once
    /// more, or of the file whose proxy this was.
    pub elsewhere: Option<&'a OutcomeRecord>,
}

impl Handler {
    /// Takes back what earlier versions of a photo's file led to, as soon as the version that
    /// is there now is done.
    pub(super) async fn retire_earlier(
        &self,
        photo: &PhotoKey,
        race_data: Option<&RaceData>,
    ) -> Result<(), Fault> {
        let folder = photo.outcomes();
        let mut versions: Vec<String> =
            self.outputs().list(&folder).await?.into_iter().map(|listed| listed.key).collect();
        versions.retain(|key| !key[folder.len()..].contains('/'));
        if versions.len() < 2 {
            return Ok(());
        }
        // Whoever was slow with an older version must not retire a newer one.
        let Some(etag) = found(self.inputs().head(&photo.key()).await)? else { return Ok(()) };
        let Some(newest) = self.outcome(&photo.outcome(&etag)).await? else { return Ok(()) };
        for key in versions.iter().filter(|key| **key != photo.outcome(&etag)) {
            let Some(record) = self.outcome(key).await? else { continue };
            let same = match newest.photo_id == record.photo_id {
                true => Some(newest.clone()),
                false => self.elsewhere(&photo.race, &record).await?,
            };
            let (by, elsewhere) = (Some(&newest), same.as_ref());
            let replaced = Replaced { key, record: &record, by, elsewhere };
            self.retire(&photo.race, replaced, race_data).await?;
        }
        Ok(())
    }

    /// Takes back what a replaced version led to, unless its bytes live on elsewhere.
    pub(super) async fn retire(
        &self,
        race: &RaceId,
        replaced: Replaced<'_>,
        race_data: Option<&RaceData>,
    ) -> Result<(), Fault> {
        let Replaced { key, record, by, elsewhere } = replaced;
        if let Some(other) = elsewhere {
            // The file that came after its proxy may say less.
            if other.photo == record.photo {
                self.take_back(race, record, (other, &[]), race_data).await?;
            }
            for issued in &record.certificates {
                let key = CertificateKeys::current_of(race, &issued.bib, &record.photo_id);
                current::move_photo(self.outputs(), &key, &other.photo, &other.etag).await?;
            }
        } else {
            let reason = match by {
                Some(by) => format!("photo {} was {}", by.photo_id, Reason::UnderTheSameName),
                None => format!("another photo was {}", Reason::UnderTheSameName),
            };
            let nothing = OutcomeRecord {
                certificates: Vec::new(),
                trays: Vec::new(),
                sighting: None,
                reason,
                ..record.clone()
            };
            self.take_back(race, record, (&nothing, &[]), race_data).await?;
            self.tell_replaced(race, record, by).await?;
        }
        Ok(self.outputs().delete(key).await?)
    }

    /// Says it where the operator looks: in the log, and in the audit of the old photo.
    async fn tell_replaced(
        &self,
        race: &RaceId,
        record: &OutcomeRecord,
        by: Option<&OutcomeRecord>,
    ) -> Result<(), Fault> {
        tracing::warn!(
            %race,
            photo = %record.photo_id,
            by = %by.map(|by| by.photo_id.to_string()).unwrap_or_default(),
            certificates = record.certificates.len(),
            "another photo was uploaded under the name of this one, whose certificates are void"
        );
        let entry = serde_json::json!({
            "photo_id": record.photo_id,
            "replaced_by": by.map(|by| by.photo_id),
            "certificates": record.certificates.len(),
        });
        let name = format!("audit/{}/replaced-{}.json", record.photo_id, record.etag.as_str());
        let body = json(&entry);
        Ok(once::create(self.outputs(), &race.key(&name), body, "application/json").await?)
    }

    /// The outcome of the same bytes under another name, whose photo is still there.
    async fn elsewhere(
        &self,
        race: &RaceId,
        record: &OutcomeRecord,
    ) -> Result<Option<OutcomeRecord>, Fault> {
        for other in self.outcomes_of(race, &record.etag).await? {
            let is_same = other.photo_id == record.photo_id && other.photo != record.photo;
            if is_same
                && found(self.inputs().head(&other.photo).await)?.as_ref() == Some(&other.etag)
            {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    /// The outcomes of a version of a photo, under whatever names it was uploaded: their keys
    /// end in its ETag, which is the same for the same bytes.
    pub(super) async fn outcomes_of(
        &self,
        race: &RaceId,
        etag: &ETag,
    ) -> Result<Vec<OutcomeRecord>, Fault> {
        let end = format!("/{}.json", etag.as_str());
        let mut records = Vec::new();
        for listed in self.outputs().list(&race.key("outcomes/")).await? {
            if listed.key.ends_with(&end) {
                records.extend(self.outcome(&listed.key).await?);
            }
        }
        Ok(records)
    }

    pub(super) async fn outcome(&self, key: &str) -> Result<Option<OutcomeRecord>, Fault> {
        let bytes = once::document(self.outputs(), key).await?;
        document::derived(&without_names(key), bytes.as_deref())
    }
}
