//! What does not fit together in a race: what its photos say of bibs, held against its results
//! and against one another. Whoever looks at it finds swapped bibs, chips that were not worn and
//! runners whom no photographer caught.
//!
//! The clock alone names nobody here: it would find only what it was looking for.

mod apart;
mod chipless;
mod photoless;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kanso_race::{Bib, Race, Roster};
use serde::Serialize;

use super::clock::CapturedAt;
use super::evidence::{Evidence, Source};
use super::finish_order::FinishOrder;
pub use apart::{Occasion, SeenApart};
pub use chipless::{Chipless, NoFinish};
pub use photoless::Photoless;

/// From this probability a printed number counts: one in ten that is not there sends nobody
/// far.
pub const SURE_READING: f64 = 0.9;

/// A photo, and what it says of whom it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// Its key.
    pub photo: String,
    /// On the finish clock, where its camera's is known.
    pub at: Option<CapturedAt>,
    /// All that names a bib but the clock; nothing where a person has decided.
    pub evidence: Vec<Evidence>,
    /// Bibs that are surely seen in it and that nobody in the results has.
    pub unlisted: BTreeSet<Bib>,
    /// Runners who have a certificate with it.
    pub issued: BTreeSet<Bib>,
}

/// What photos are held against.
#[derive(Clone, Copy)]
pub struct Results<'a> {
    pub race: &'a Race,
    pub roster: &'a Roster,
    /// The roster's, by the race's clock.
    pub order: &'a FinishOrder,
    /// Runners of whom nothing is said.
    pub erased: &'a BTreeSet<Bib>,
}

/// A photo that shows what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    pub photo: String,
    /// On the finish clock.
    pub taken_at: Option<Timestamp>,
    /// What was seen in it, in words.
    pub says: String,
}

/// All that does not fit, in order of bib.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Bibs that are seen minutes apart, as if on two people.
    pub apart: Vec<SeenApart>,
    /// Bibs that are seen and whose chip never crossed the line.
    pub chipless: Vec<Chipless>,
    /// Runners who finished and have no certificate with a photo.
    pub photoless: Vec<Photoless>,
}

/// Holds photos against the results. Pure, and their order does not matter.
pub fn findings(witnesses: &[Witness], results: Results<'_>) -> Findings {
    Findings {
        apart: apart::find(witnesses, results),
        chipless: chipless::find(witnesses, results),
        photoless: photoless::find(witnesses, results),
    }
}

impl Witness {
    /// What surely names a bib, the surest of each.
    fn sure(&self) -> impl Iterator<Item = &Evidence> {
        self.surest(is_sure)
    }

    /// The surest evidence of each bib, among that of which something holds.
    fn surest(&self, holds: fn(&Evidence) -> bool) -> impl Iterator<Item = &Evidence> {
        let mut surest: BTreeMap<&Bib, &Evidence> = BTreeMap::new();
        for evidence in self.evidence.iter().filter(|evidence| holds(evidence)) {
            let before = surest.entry(&evidence.bib).or_insert(evidence);
            if evidence.probability > before.probability {
                *before = evidence;
            }
        }
        surest.into_values()
    }

    fn proof(&self, says: &str) -> Proof {
        let taken_at = self.at.map(|at| at.instant);
        Proof { photo: self.photo.clone(), taken_at, says: says.to_owned() }
    }
}

/// Something names it that is no clock, and that needs no second witness.
pub fn is_sure(evidence: &Evidence) -> bool {
    match evidence.source {
        Source::Clock | Source::Burst => false,
        Source::Reading => !evidence.weak && evidence.probability >= SURE_READING,
        _ => !evidence.weak,
    }
}

/// The first first, those without a time last.
fn sort(proofs: &mut [Proof]) {
    proofs.sort_by(|a, b| {
        let key = |proof: &Proof| (proof.taken_at.is_none(), proof.taken_at);
        key(a).cmp(&key(b)).then_with(|| a.photo.cmp(&b.photo))
    });
}

#[cfg(test)]
mod tests;
