//! A photo as it is to its camera's clock and to the photos taken about then: its moment, and
//! which bibs are seen in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanso_photo::PhotoId;
use kanso_race::Bib;

use super::camera::CameraId;
use super::decision::{Decision, Known, Outcome};
use super::evidence::{Evidence, Source};
use super::person::PersonsDecision;

/// From this probability a printed number is taken to be its runner's: one in ten that is not
/// harms no clock.
const SURE_READING: f64 = 0.9;
/// Below it a number is not read.
const READ: f64 = 0.5;

/// One photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub camera: CameraId,
    pub photo: PhotoId,
    /// What its camera showed, uncorrected ([`shown`](super::camera_clock::shown)).
    pub shown: Timestamp,
    /// On the finish clock, where the camera's is known.
    pub instant: Option<Timestamp>,
    pub seen: BTreeMap<Bib, Seen>,
}

/// What a photo says of a bib. By the photo alone, but for `asked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Something else than the clock names it.
    pub read: bool,
    /// So surely that it tells what the camera's clock is off by.
    pub sure: bool,
    /// It is issued.
    pub issued: bool,
    /// A person is asked about it.
    pub asked: bool,
    /// A person said that the photo shows its runner, or that it does not.
    pub told: Option<bool>,
}

/// What a photo says of bibs, as it was decided by itself.
pub fn seen(known: &Known, alone: &Decision) -> BTreeMap<Bib, Seen> {
    let mut seen: BTreeMap<Bib, Seen> = BTreeMap::new();
    let by_clock = |e: &&Evidence| matches!(e.source, Source::Clock | Source::Burst);
    let named = known.evidence.iter().filter(|e| !by_clock(e) && e.probability >= READ);
    for evidence in named.filter(|e| !e.weak || is_sure(e)) {
        let seen = seen.entry(evidence.bib.clone()).or_default();
        seen.read |= !evidence.weak;
        seen.sure |= is_sure(evidence);
    }
    for text in &known.unlisted {
        seen.extend(Bib::parse(text).map(|bib| (bib, Seen { read: true, ..Seen::default() })));
    }
    for found in &alone.matches {
        seen.entry(found.bib.clone()).or_default().issued = true;
    }
    match &known.person {
        None => {}
        Some(PersonsDecision::Reject(_)) => seen.values_mut().for_each(|s| s.told = Some(false)),
        Some(PersonsDecision::Bibs(bibs)) => {
            seen.values_mut().for_each(|s| s.told = Some(false));
            for bib in bibs {
                let seen = seen.entry(bib.clone()).or_default();
                (seen.told, seen.sure) = (Some(true), true);
            }
            seen.values_mut().for_each(|s| s.sure &= s.told == Some(true));
        }
    }
    seen
}

/// A number that stands where the camera does is found by being read there again and again.
fn is_sure(evidence: &Evidence) -> bool {
    match evidence.source {
        Source::Reading => evidence.probability >= SURE_READING,
        _ => !evidence.weak,
    }
}

/// Marks the numbers that a person is asked about, if one is.
pub fn ask_about(seen: &mut BTreeMap<Bib, Seen>, last: &Decision) {
    if last.outcome == Outcome::Review {
        seen.values_mut().for_each(|seen| seen.asked = seen.read);
    }
}

/// Whether what others tell may change what becomes of a photo: nothing of what it is issued
/// for is taken back by them, and a person's word holds.
pub fn is_open(seen: &BTreeMap<Bib, Seen>) -> bool {
    let count = |of: fn(&Seen) -> bool| seen.values().filter(|seen| of(seen)).count();
    count(|seen| seen.told.is_some()) == 0
        && count(|seen| seen.issued) < count(|seen| seen.read).max(1)
}

impl Sighting {
    /// The bibs of which something holds.
    pub fn those(&self, holds: impl Fn(&Seen) -> bool) -> impl Iterator<Item = &Bib> {
        self.seen.iter().filter(move |(_, seen)| holds(seen)).map(|(bib, _)| bib)
    }

    /// Seconds by which it was taken after another of the same camera.
    pub(crate) fn shown_apart_s(&self, other: &Self) -> f64 {
        self.shown.duration_since(other.shown).as_secs_f64()
    }

    /// Seconds by which it was taken after another, where that is known.
    pub(crate) fn apart_s(&self, other: &Self) -> Option<f64> {
        match (self.instant, other.instant) {
            (Some(own), Some(other)) => Some(own.duration_since(other).as_secs_f64()),
            _ if self.camera == other.camera => Some(self.shown_apart_s(other)),
            _ => None,
        }
    }
}
