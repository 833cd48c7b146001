//! What is written about a photo: the tray it lies in, and its outcome.

use kanso_certificate::Facts;
use kanso_matching::Outcome;
use kanso_matching::decision::{Decision, Match};
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

use super::keys::Tray;
use crate::store::ETag;

/// `outcomes/<camera>/<file>/<etag>.json`: that a version of a photo is done with, and how.
/// It holds enough to decide about the photo again without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeRecord {
    pub photo: String,
    pub photo_id: PhotoId,
    pub etag: ETag,
    pub outcome: Outcome,
    pub reason: String,
    pub certificates: Vec<Issued>,
    /// The trays that hold the photo.
    pub trays: Vec<Lying>,
    /// The version of the person's answer that was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ETag>,
    /// `x-amz-meta-bib`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_bib: Option<String>,
    /// [`kanso_certificate::IssuePlan::decision_hash`]
    #[serde(default)]
    pub decision_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
    /// The key of what it tells of its camera's clock ([`sightings`](crate::sightings)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sighting: Option<String>,
}

/// A certificate that exists because of a photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    pub bib: Bib,
    pub fingerprint: String,
    /// [`kanso_certificate::Print::content_hash`]
    #[serde(default)]
    pub content_hash: String,
    /// [`kanso_certificate::Print::ranks`]
    #[serde(default)]
    pub ranks: String,
}

/// A tray's record, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lying {
    pub tray: Tray,
    pub etag: ETag,
}

impl OutcomeRecord {
    pub fn lies_in(&self, tray: Tray) -> bool {
        self.trays.iter().any(|lying| lying.tray == tray)
    }
}

/// `pending|review|rejected/<photo-id>.json`: what an operator sees and can act on.
#[derive(Debug, Clone, Serialize)]
pub struct TrayRecord<'a> {
    pub photo: String,
    pub photo_id: &'a PhotoId,
    pub etag: &'a ETag,
    pub reason: &'a str,
    /// Those that the tray is about: who is waited for, or whom to choose from.
    pub bibs: &'a [Match],
}

/// What of a tray's record is needed to do its photo again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reopened {
    pub photo: String,
    pub etag: ETag,
}

/// Which trays a decision puts its photo in, and with which bibs. A photo that is issued
/// for one runner may still wait for another and ask about a third.
pub fn trays(decision: &Decision) -> Vec<(Tray, &[Match], &str)> {
    let reason_of =
        |list: &'_ [Match]| -> Option<usize> { list.iter().position(|m| !m.why.is_empty()) };
    let mut trays: Vec<(Tray, &[Match], &str)> = Vec::new();
    let own = match decision.outcome {
        Outcome::Issue => None,
        Outcome::Pending => Some(Tray::Pending),
        Outcome::Review => Some(Tray::Review),
        Outcome::Reject => Some(Tray::Rejected),
    };
    for (tray, bibs) in [
        (Tray::Pending, &decision.waiting[..]),
        (Tray::Review, &decision.candidates[..]),
        (Tray::Rejected, &decision.barred[..]),
    ] {
        if own == Some(tray) {
            trays.push((tray, bibs, &decision.reason));
        } else if let Some(told) = reason_of(bibs) {
            trays.push((tray, bibs, &bibs[told].why));
        }
    }
    trays
}
