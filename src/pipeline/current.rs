//! `current.json`: which certificate holds for a bib and photo, and whether it may be used.

use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

use super::keys::{CertificateKeys, RaceId};
use super::once::{self, Step};
use crate::store::{Bucket, ETag};

/// From what a certificate was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made<'a> {
    pub confirmed: bool,
    /// Key and version of the photo.
    pub photo: &'a str,
    pub etag: &'a ETag,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    pub fingerprint: String,
    /// 1 for the first; one more each time that another fingerprint took over.
    pub revision: u32,
    /// Fingerprints that held before, oldest first. Their copies stay.
    pub superseded: Vec<String>,
    /// Whether it was printed from confirmed results (確定), not provisional ones (速報).
    #[serde(default)]
    pub confirmed: bool,
    /// Ranks or totals have shifted since: it is printed again before it is next used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// Where its photo lay when it was last made, and which version of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<ETag>,
    /// Why it must not be used; absent where it may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}

impl Current {
    fn first(fingerprint: &str, made: Made<'_>) -> Self {
        Self {
            fingerprint: fingerprint.to_owned(),
            revision: 1,
            superseded: Vec::new(),
            confirmed: made.confirmed,
            stale: false,
            photo: Some(made.photo.to_owned()),
            etag: Some(made.etag.clone()),
            void: None,
        }
    }

    /// A certificate was just made from the newest data: it holds, and it may be used.
    #[must_use]
    fn renew(mut self, fingerprint: &str, made: Made<'_>) -> Self {
        if self.fingerprint != fingerprint {
            let old = std::mem::replace(&mut self.fingerprint, fingerprint.to_owned());
            self.superseded.push(old);
            self.revision += 1;
        }
        Self {
            confirmed: made.confirmed,
            stale: false,
            photo: Some(made.photo.to_owned()),
            etag: Some(made.etag.clone()),
            void: None,
            ..self
        }
    }
}

/// Reads the document; `None` where there is none, or a damaged one, which reconciling makes
/// again.
pub async fn read(
    outputs: &Bucket,
    race: &RaceId,
    bib: &Bib,
    photo: &PhotoId,
) -> Result<Option<Current>, Fault> {
    at(outputs, &CertificateKeys::current_of(race, bib, photo)).await
}

pub(super) async fn at(outputs: &Bucket, key: &str) -> Result<Option<Current>, Fault> {
    let bytes = once::document(outputs, key).await?;
    document::derived(key, bytes.as_deref())
}

/// Names a fingerprint as the one that holds.
pub(super) async fn renew(
    outputs: &Bucket,
    keys: &CertificateKeys,
    made: Made<'_>,
) -> Result<(), Fault> {
    let fingerprint = keys.fingerprint();
    let key = keys.current();
    once::change(outputs, &key, |now| {
        Ok(match document::derived::<Current>(&key, now)? {
            None => Step::Write(json(&Current::first(fingerprint, made))),
            Some(current) => {
                let renewed = current.clone().renew(fingerprint, made);
                if renewed == current { Step::Keep } else { Step::Write(json(&renewed)) }
            }
        })
    })
    .await?;
    Ok(())
}

/// Says that a certificate must not be used, and why.
pub async fn void(outputs: &Bucket, key: &str, why: &str) -> Result<(), Fault> {
    once::amend(outputs, key, |now| {
        Ok(match document::derived::<Current>(key, now)? {
            Some(current) if current.void.is_none() => {
                Step::Write(json(&Current { void: Some(why.to_owned()), ..current }))
            }
            _ => Step::Keep,
        })
    })
    .await?;
    Ok(())
}

/// Says where the same photo lies under another name, or in which version.
pub(super) async fn move_photo(
    outputs: &Bucket,
    key: &str,
    photo: &str,
    etag: &ETag,
) -> Result<(), Fault> {
    once::amend(outputs, key, |now| {
        Ok(match document::derived::<Current>(key, now)? {
            Some(current)
                if current.photo.as_deref() != Some(photo)
                    || current.etag.as_ref() != Some(etag) =>
            {
                let (photo, etag) = (Some(photo.to_owned()), Some(etag.clone()));
                Step::Write(json(&Current { photo, etag, ..current }))
            }
            _ => Step::Keep,
        })
    })
    .await?;
    Ok(())
}

/// Says that this fingerprint's ranks have shifted, if it is still the one that holds.
pub async fn mark_stale(outputs: &Bucket, keys: &CertificateKeys) -> Result<(), Fault> {
    let key = keys.current();
    once::amend(outputs, &key, |now| {
        Ok(match document::derived::<Current>(&key, now)? {
            Some(current) if current.fingerprint == keys.fingerprint() && !current.stale => {
                Step::Write(json(&Current { stale: true, ..current }))
            }
            _ => Step::Keep,
        })
    })
    .await?;
    Ok(())
}
