//! Writes what became of a photo: certificates first, then trays, the outcome last; then
//! takes back what an earlier outcome had said and this one does not.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Certificate, Processed};
use kanso_matching::decision::Match;
use kanso_matching::reason::Reason;
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde_json::json as value;

use super::current::{self, Made};
use super::handler::{Answered, Handler};
use super::keys::{self, CertificateKeys, PhotoKey, RaceId};
use super::once::{self, Step};
use super::outcome::{Issued, Lying, OutcomeRecord, TrayRecord, trays};
use crate::neighbours::Told;
use crate::sightings::{key_of, sighting_of, sure};
use crate::store::ETag;

/// A photo, decided and rendered.
pub(super) struct Finished<'a> {
    pub photo: &'a PhotoKey,
    pub etag: &'a ETag,
    pub upload_bib: Option<String>,
    pub answer: &'a Answered,
    /// `None` while the race's data are not there.
    pub race_data: Option<&'a Arc<RaceData>>,
    pub processed: &'a Processed,
    /// Certificates that hold as they are, and were not made again.
    pub kept: Vec<Issued>,
    /// The key of what it told its neighbours while it was decided.
    pub sighting_before: Option<String>,
}

/// What was written of a photo.
pub(super) struct Written {
    pub issued: Vec<Issued>,
    /// What it says otherwise than before to its neighbours.
    pub told: Option<Told>,
}

impl Handler {
    pub(super) async fn write(&self, finished: Finished<'_>) -> Result<Written, Fault> {
        let Finished { photo, etag, processed, race_data, .. } = finished;
        let id = &processed.photo_id;
        let confirmed = race_data.is_some_and(|race_data| race_data.race.confirmed);
        let mut issued = finished.kept;
        for certificate in &processed.certificates {
            let made = Made { confirmed, photo: &photo.key(), etag };
            self.write_certificate(&photo.race, id, certificate, made).await?;
            let print = certificate.print.as_ref();
            issued.push(Issued {
                bib: certificate.bib.clone(),
                fingerprint: certificate.fingerprint.clone(),
                content_hash: print.map(|print| print.content_hash.clone()).unwrap_or_default(),
                ranks: print.map(|print| print.ranks.clone()).unwrap_or_default(),
            });
        }
        let sighting = race_data.zip(processed.facts.as_ref()).and_then(|(race_data, facts)| {
            sighting_of(photo, *id, facts, &processed.seen, race_data)
        });
        let sighting_key = sighting.as_ref().map(|sighting| key_of(&photo.race, sighting));
        self.keep_sighting(sighting_key.as_deref(), None).await?;
        let record = OutcomeRecord {
            photo: photo.key(),
            photo_id: *id,
            etag: etag.clone(),
            outcome: processed.decision.outcome,
            reason: processed.decision.reason.clone(),
            certificates: issued,
            trays: self.write_trays(photo, etag, processed).await?,
            answer: finished.answer.etag.clone(),
            upload_bib: finished.upload_bib,
            decision_hash: processed.decision_hash.clone(),
            facts: processed.facts.clone(),
            sighting: sighting_key,
        };
        self.audit(photo, &record, finished.answer).await?;
        let before = self.write_outcome(&photo.outcome(etag), &record).await?;
        let seen_before = before.as_ref().and_then(|before| before.sighting.as_deref());
        let clock = sighting.as_ref().filter(|sighting| {
            sure(sighting).next().is_some() && record.sighting.as_deref() != seen_before
        });
        let camera = clock.map(|sighting| sighting.camera.clone());
        let told = Told::news(seen_before, sighting, record.sighting.as_deref());
        if let Some(before) = before {
            let race_data = race_data.map(Arc::as_ref);
            let barred = &processed.decision.barred;
            self.take_back(&photo.race, &before, (&record, barred), race_data).await?;
        }
        let provisional = finished.sighting_before.as_ref();
        if let Some(key) = provisional.filter(|key| Some(*key) != record.sighting.as_ref()) {
            self.outputs().delete(key).await?;
        }
        if let Some(camera) = camera {
            self.sighted(&photo.race, &camera).await;
        }
        Ok(Written { issued: record.certificates, told })
    }

    async fn write_trays(
        &self,
        photo: &PhotoKey,
        etag: &ETag,
        processed: &Processed,
    ) -> Result<Vec<Lying>, Fault> {
        let id = &processed.photo_id;
        let mut lies_in = Vec::new();
        for (tray, bibs, reason) in trays(&processed.decision) {
            let record = TrayRecord { photo: photo.key(), photo_id: id, etag, reason, bibs };
            let body = json(&record);
            let version =
                once::change(self.outputs(), &tray.key(&photo.race, id), |now| match now {
                    Some(now) if now == body.as_ref() => Ok(Step::Keep),
                    _ => Ok(Step::Write(body.clone())),
                })
                .await?;
            lies_in.extend(version.map(|etag| Lying { tray, etag }));
        }
        Ok(lies_in)
    }

    async fn write_certificate(
        &self,
        race: &RaceId,
        photo: &PhotoId,
        certificate: &Certificate,
        made: Made<'_>,
    ) -> Result<(), Fault> {
        let keys = CertificateKeys::new(race, &certificate.bib, photo, &certificate.fingerprint);
        self.write_parts(&keys, certificate).await?;
        current::renew(self.outputs(), &keys, made).await
    }

    /// Writes PDF, preview and record under a key that says what is in them, side by side:
    /// nothing names them yet.
    pub(super) async fn write_parts(
        &self,
        keys: &CertificateKeys,
        certificate: &Certificate,
    ) -> Result<(), Fault> {
        let parts: [(String, &Bytes, &str); 3] = [
            (keys.pdf(), &certificate.pdf, "application/pdf"),
            (keys.preview(), &certificate.preview, "image/jpeg"),
            (keys.record(), &certificate.record, "application/json"),
        ];
        let parts = parts.into_iter().map(|(key, body, content_type)| async move {
            once::create(self.outputs(), &key, body.clone(), content_type).await
        });
        futures::future::try_join_all(parts).await?;
        Ok(())
    }

    /// Writes the outcome; gives back the one that it took the place of.
    pub(super) async fn write_outcome(
        &self,
        key: &str,
        record: &OutcomeRecord,
    ) -> Result<Option<OutcomeRecord>, Fault> {
        let mut before = None;
        once::change(self.outputs(), key, |now| {
            Ok(match document::derived(&keys::without_names(key), now)? {
                Some(earlier) if earlier == *record => Step::Keep,
                earlier => {
                    before = earlier;
                    Step::Write(json(record))
                }
            })
        })
        .await?;
        self.tally().decided(record, Timestamp::now());
        Ok(before)
    }

    /// Voids the certificates that an outcome no longer names, and empties the trays; with whom
    /// the photo is barred for.
    pub(super) async fn take_back(
        &self,
        race: &RaceId,
        before: &OutcomeRecord,
        (now, barred): (&OutcomeRecord, &[Match]),
        race_data: Option<&RaceData>,
    ) -> Result<(), Fault> {
        for gone in &before.certificates {
            if now.certificates.iter().any(|issued| issued.bib == gone.bib) {
                continue;
            }
            if race_data.is_some_and(|race_data| race_data.erased.contains(&gone.bib)) {
                let folder = CertificateKeys::folder_of(race, &gone.bib, &now.photo_id);
                self.delete_all(&folder).await?;
            } else {
                let why = void_reason((&now.reason, barred), &gone.bib, race_data);
                let key = CertificateKeys::current_of(race, &gone.bib, &now.photo_id);
                current::void(self.outputs(), &key, &why).await?;
            }
        }
        self.keep_sighting(now.sighting.as_deref(), before.sighting.as_deref()).await?;
        for gone in before.trays.iter().filter(|lying| !now.lies_in(lying.tray)) {
            self.outputs().delete(&gone.tray.key(race, &now.photo_id)).await?;
        }
        Ok(())
    }

    pub(super) async fn delete_all(&self, prefix: &str) -> Result<usize, Fault> {
        let listed = self.outputs().list(prefix).await?;
        for object in &listed {
            self.outputs().delete(&object.key).await?;
        }
        Ok(listed.len())
    }

    /// Records what an answer changed: who, when, before and after. Each version of an
    /// answer is recorded once, before the outcome is written over the earlier one. Answers,
    /// decisions and certificates stand there as their hashes, so that nothing in it need be
    /// rewritten when a runner is erased; nor may a reason name one.
    async fn audit(
        &self,
        photo: &PhotoKey,
        after: &OutcomeRecord,
        answered: &Answered,
    ) -> Result<(), Fault> {
        let (Some(etag), Ok(Some(answer))) = (&answered.etag, &answered.said) else {
            return Ok(());
        };
        let outcome = photo.outcome(&after.etag);
        let earlier = once::document(self.outputs(), &outcome).await?;
        let before: Option<OutcomeRecord> =
            document::derived(&keys::without_names(&outcome), earlier.as_deref())?;
        if before.as_ref().is_some_and(|before| before.answer.as_ref() == Some(etag)) {
            return Ok(());
        }
        let at = answered.modified.map(|time| time.to_string()).unwrap_or_default();
        let key = photo.race.key(&format!("audit/{}/{at}-{}.json", after.photo_id, etag.as_str()));
        let summary = |record: &OutcomeRecord| {
            let issued = record.certificates.iter();
            let fingerprints: Vec<_> = issued.map(|issued| &issued.fingerprint).collect();
            value!({
                "outcome": record.outcome,
                "decision": record.decision_hash,
                "certificates": fingerprints,
            })
        };
        let entry = value!({
            "photo_id": after.photo_id,
            "by": answer.by,
            "at": answer.at.or(answered.modified),
            "answer": etag,
            "why": answer.why.values().collect::<Vec<_>>(),
            "before": before.as_ref().map(summary),
            "after": summary(after),
        });
        Ok(once::create(self.outputs(), &key, json(&entry), "application/json").await?)
    }
}

/// Why a certificate that was issued must not be used any more: by the photo's reason, and whom
/// it is barred for.
pub(super) fn void_reason(
    (reason, barred): (&str, &[Match]),
    bib: &Bib,
    race_data: Option<&RaceData>,
) -> String {
    let by_results = race_data.and_then(|race_data| match race_data.roster.get(bib) {
        Some(finisher) => Reason::of_status(finisher.status),
        None => Some(Reason::NoLongerInResults),
    });
    if let Some(by_results) = by_results {
        return format!("bib {bib} {by_results}");
    }
    let barred = barred.iter().find(|found| found.bib == *bib).map(|found| &found.why);
    barred.filter(|why| !why.is_empty()).map_or(reason, String::as_str).to_owned()
}
