//! A bib that is seen at the finish, and whose chip never crossed the line.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanso_race::{Bib, Status};
use serde::Serialize;

use super::{Proof, Results, Witness, sort};

/// Results are not expected to be complete for the last so many seconds before the newest
/// finish.
const LATE_S: f64 = 120.0;

/// A bib that is seen, and has no finish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chipless {
    pub bib: Bib,
    pub results: NoFinish,
    /// In order of time, never empty.
    pub photos: Vec<Proof>,
}

/// What the results say of a runner who has no finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoFinish {
    /// Nobody has the bib.
    NotListed,
    DidNotStart,
    DidNotFinish,
    /// On the start list, without a time.
    NoTime,
}

impl NoFinish {
    /// In words, after the bib.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotListed => "is nobody's in the results",
            Self::DidNotStart => "did not start, as the results say",
            Self::DidNotFinish => "did not finish, as the results say",
            Self::NoTime => "has no time in the results",
        }
    }

    /// Whether a result may still come.
    fn may_come(self) -> bool {
        matches!(self, Self::NotListed | Self::NoTime)
    }
}

pub(super) fn find(witnesses: &[Witness], results: Results<'_>) -> Vec<Chipless> {
    let last = results.order.last().filter(|_| !results.race.confirmed);
    let mut found: BTreeMap<&Bib, Chipless> = BTreeMap::new();
    for witness in witnesses {
        let sure = witness.sure().map(|evidence| (&evidence.bib, evidence.detail.clone()));
        let unlisted = witness.unlisted.iter().map(|bib| (bib, format!("a bib reads {bib}")));
        for (bib, says) in sure.chain(unlisted) {
            let Some(no_finish) = no_finish(bib, results) else { continue };
            let is_complete = results.race.confirmed || is_past(witness, last);
            if no_finish.may_come() && !is_complete {
                continue;
            }
            let none = || Chipless { bib: bib.clone(), results: no_finish, photos: Vec::new() };
            found.entry(bib).or_insert_with(none).photos.push(witness.proof(&says));
        }
    }
    let mut found: Vec<Chipless> = found.into_values().collect();
    found.iter_mut().for_each(|one| sort(&mut one.photos));
    found
}

/// `None` where the runner has finished, disqualified or not.
fn no_finish(bib: &Bib, results: Results<'_>) -> Option<NoFinish> {
    match results.roster.get(bib).map(|finisher| finisher.status) {
        None => Some(NoFinish::NotListed),
        Some(Status::Dns) => Some(NoFinish::DidNotStart),
        Some(Status::Dnf) => Some(NoFinish::DidNotFinish),
        Some(Status::Registered) => Some(NoFinish::NoTime),
        Some(Status::Finished | Status::Open | Status::Dq) => None,
    }
}

/// Whether the results reach well beyond a photo, so that who is in it should be in them.
fn is_past(witness: &Witness, last: Option<Timestamp>) -> bool {
    let (Some(at), Some(last)) = (witness.at, last) else { return false };
    last.duration_since(at.instant).as_secs_f64() > LATE_S
}
