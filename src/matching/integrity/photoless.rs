//! A runner who finished and has no certificate with a photo.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kanso_race::{Bib, Finisher};
use serde::Serialize;

use super::{Proof, Results, Witness, sort};
use crate::evidence::{Evidence, Source};

/// Photos taken so many seconds before or after a finish may show it.
const NEAR_S: f64 = 10.0;
/// Below it a number is not read.
const READ: f64 = 0.5;

/// A runner without a photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Photoless {
    pub bib: Bib,
    /// `None` where the results tell no time of day.
    pub finish: Option<Timestamp>,
    /// Those that name the bib, and those taken then that are nobody's: the photo may be among
    /// them. In order of time.
    pub photos: Vec<Proof>,
}

pub(super) fn find(witnesses: &[Witness], results: Results<'_>) -> Vec<Photoless> {
    let has_photo: BTreeSet<&Bib> = witnesses.iter().flat_map(|witness| &witness.issued).collect();
    let named = named(witnesses);
    let nobodys = nobodys(witnesses);
    let missing = |finisher: &&Finisher| {
        let bib = &finisher.bib;
        finisher.status.may_be_certified()
            && !results.erased.contains(bib)
            && !has_photo.contains(bib)
    };
    let photoless = |finisher: &Finisher| {
        let bib = &finisher.bib;
        let finish = results.order.finish(bib);
        let mut photos = named.get(bib).cloned().unwrap_or_default();
        let near = finish.map(|finish| near(&nobodys, finish)).unwrap_or_default();
        for (_, witness) in near {
            if !photos.iter().any(|proof| proof.photo == witness.photo) {
                photos.push(witness.proof("taken then, and nobody's yet"));
            }
        }
        sort(&mut photos);
        Photoless { bib: bib.clone(), finish, photos }
    };
    results.roster.iter().filter(missing).map(photoless).collect()
}

/// The photos that name a bib, surely or not.
fn named(witnesses: &[Witness]) -> BTreeMap<&Bib, Vec<Proof>> {
    let names =
        |e: &Evidence| !matches!(e.source, Source::Clock | Source::Burst) && e.probability >= READ;
    let mut named: BTreeMap<&Bib, Vec<Proof>> = BTreeMap::new();
    for witness in witnesses {
        for evidence in witness.surest(names) {
            named.entry(&evidence.bib).or_default().push(witness.proof(&evidence.detail));
        }
    }
    named
}

/// Photos that are nobody's, in order of time.
fn nobodys(witnesses: &[Witness]) -> Vec<(Timestamp, &Witness)> {
    let nobodys = witnesses.iter().filter(|witness| witness.issued.is_empty());
    let mut nobodys: Vec<(Timestamp, &Witness)> =
        nobodys.filter_map(|witness| Some((witness.at?.instant, witness))).collect();
    nobodys.sort_by(|a, b| (a.0, &a.1.photo).cmp(&(b.0, &b.1.photo)));
    nobodys
}

fn near<'a, 'w>(
    nobodys: &'a [(Timestamp, &'w Witness)],
    finish: Timestamp,
) -> &'a [(Timestamp, &'w Witness)] {
    let after_s = |at: Timestamp| at.duration_since(finish).as_secs_f64();
    let first = nobodys.partition_point(|(at, _)| after_s(*at) < -NEAR_S);
    let end = nobodys.partition_point(|(at, _)| after_s(*at) <= NEAR_S);
    &nobodys[first..end]
}
