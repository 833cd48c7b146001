//! What a photo says, without its picture: enough to decide about it again when results,
//! rules or a person's answer change, without reading or decoding it again.

use std::collections::BTreeSet;

use jiff::tz::Offset;
use jiff::{Timestamp, civil};
use kanso_matching::claim;
use kanso_photo::codes::Code;
use kanso_photo::{CaptureTime, Decoded, Photo};
use kanso_race::{Bib, Race};
use kanso_reading::StoredReadings;
use serde::{Deserialize, Serialize};

use super::clock_photo::{self, ClockPhoto};
use super::identify::PhotoAnalysis;

/// Kept in a photo's outcome. No names: of captions only what may be a bib.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Keywords and captions, reduced to the bibs they may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Captured>,
    /// The body's serial number, as its EXIF says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Printed numbers; absent where they were not read, because something else said enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readings: Option<StoredReadings>,
    /// Who took the photo, as its metadata says; printed beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Percent of the picture that is missing, where a person must look at it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_percent: Option<u8>,
    /// It names somebody who asked to be erased. Whom is forgotten; that it does keeps the
    /// clock from giving the photo to whoever finished about then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows_erased: bool,
    /// A code of the clock page, until somebody has looked whether it is signed.
    #[serde(skip)]
    pub clock_code: Option<String>,
    /// It is a photo of the clock page, and of nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockPhoto>,
}

/// [`CaptureTime`], as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    civil: civil::DateTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subsec_ms: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offset_s: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gps: Option<Timestamp>,
}

impl Facts {
    /// Everything that can be known of a photo once its picture has been looked at.
    pub fn of(photo: &Photo, seen: &PhotoAnalysis, decoded: &Decoded<'_>) -> Self {
        let metadata = photo.metadata();
        let captions = metadata.keywords.iter().chain(&metadata.subjects).chain(&metadata.caption);
        let missing = (decoded.missing_share * 100.0).round().clamp(0.0, 100.0) as u8;
        Self {
            captions: claim::bibs_in_captions(captions.map(String::as_str)),
            codes: seen.codes.clone(),
            captured: metadata.captured.map(Captured::from),
            serial: metadata.body_serial.clone(),
            credit: metadata.credit.clone().or_else(|| metadata.artist.clone()),
            readings: None,
            missing_percent: decoded.needs_review().then_some(missing),
            shows_erased: false,
            clock_code: clock_photo::code_in(&seen.codes, photo.upright_size()),
            clock: None,
        }
    }

    /// What may be kept of it once runners were erased.
    #[must_use]
    pub fn without(&self, erased: &BTreeSet<Bib>, race: &Race) -> Self {
        let mut kept = self.clone();
        kept.captions.retain(|text| !claim::caption_names(text, erased));
        kept.codes.retain(|code| !claim::code_names(&code.text, erased, race));
        if let Some(readings) = &mut kept.readings {
            kept.shows_erased |= readings.forget(erased.iter().map(Bib::as_str));
        }
        kept.shows_erased |= kept.captions.len() < self.captions.len();
        kept.shows_erased |= kept.codes.len() < self.codes.len();
        kept
    }

    pub fn captured(&self) -> Option<CaptureTime> {
        self.captured.map(CaptureTime::from)
    }
}

impl From<CaptureTime> for Captured {
    fn from(time: CaptureTime) -> Self {
        Self {
            civil: time.civil,
            subsec_ms: time.subsec_ms,
            offset_s: time.offset.map(Offset::seconds),
            gps: time.gps,
        }
    }
}

impl From<Captured> for CaptureTime {
    fn from(stored: Captured) -> Self {
        Self {
            civil: stored.civil,
            subsec_ms: stored.subsec_ms,
            offset: stored.offset_s.and_then(|seconds| Offset::from_seconds(seconds).ok()),
            gps: stored.gps,
        }
    }
}
