//! The bibs of one photo, sorted into what becomes of them.

use kanso_race::{Finisher, Race};

use super::weighing::{Field, Weighed};
use super::{Decision, Match, Outcome};
use crate::clock::Lateness;
use crate::reason::Reason;
use crate::words::{issue_words, weak_words};

/// Bibs of one photo, each where it belongs.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) matches: Vec<Match>,
    pub(super) waiting: Vec<Match>,
    pub(super) candidates: Vec<Match>,
    pub(super) barred: Vec<Match>,
    /// Weakly named, without a second witness.
    pub(super) doubtful: Vec<Match>,
}

impl Sorted {
    pub(super) fn is_empty(&self) -> bool {
        self.matches.is_empty()
            && self.waiting.is_empty()
            && self.candidates.is_empty()
            && self.barred.is_empty()
    }

    /// By the runner's status first, then by probability.
    pub(super) fn place(
        &mut self,
        mut found: Match,
        finisher: Option<&Finisher>,
        race: &Race,
        issue: f64,
    ) {
        let bib = &found.bib;
        match finisher.map(|f| f.status) {
            None if race.confirmed => {
                found.why = format!(
                    "bib {bib} {}; say who it shows, or correct the results",
                    Reason::NotInConfirmedResults
                );
                self.candidates.push(found);
            }
            None => {
                found.why = format!(
                    "bib {bib} {}; it waits for the next results, or for the right number",
                    Reason::NotInResults
                );
                self.waiting.push(found);
            }
            Some(status) => match Reason::of_status(status) {
                Some(reason @ Reason::NoTime) => {
                    found.why = format!("bib {bib} {reason}; it waits for the next results");
                    self.waiting.push(found);
                }
                Some(reason) => {
                    found.why = format!(
                        "bib {bib} {reason}: no finisher certificate; correct the results if that is wrong"
                    );
                    self.barred.push(found);
                }
                None if found.probability >= issue => self.matches.push(found),
                None => self.candidates.push(found),
            },
        }
    }

    /// What may not be a bib at all: believed where the clock speaks for the runner, set
    /// aside where nothing does or they would have lingered, and dropped where the clock speaks
    /// against them.
    pub(super) fn place_weak(&mut self, weighed: Weighed, field: Field<'_>) {
        let lateness = weighed.lateness;
        let mut found = weighed.found;
        if lateness.is_some_and(Lateness::crosses) {
            let finisher = field.roster.get(&found.bib);
            self.place(found, finisher, field.race, field.race.thresholds.issue);
        } else if lateness.is_none_or(Lateness::fits) {
            found.why = weak_words(&found.bib, &found.evidence);
            self.doubtful.push(found);
        }
    }

    /// Adds candidates that are not known already, the most probable first.
    pub(super) fn offer(&mut self, more: Vec<Match>) {
        for one in more {
            if !self.candidates.iter().any(|c| c.bib == one.bib) {
                self.candidates.push(one);
            }
        }
    }

    pub(super) fn outcome(&self) -> (Outcome, String) {
        let first = |list: &[Match]| list.first().map_or(String::new(), |m| m.why.clone());
        if !self.matches.is_empty() {
            (Outcome::Issue, issue_words(&self.matches))
        } else if !self.candidates.is_empty() {
            let why = first(&self.candidates);
            let doubtful = || format!("{}; say who it shows", Reason::NotFirm);
            (Outcome::Review, if why.is_empty() { doubtful() } else { why })
        } else if !self.waiting.is_empty() {
            (Outcome::Pending, first(&self.waiting))
        } else {
            (Outcome::Reject, first(&self.barred))
        }
    }

    pub(super) fn into_decision(self, outcome: Outcome, reason: String) -> Decision {
        let Self { matches, waiting, candidates, barred, .. } = self;
        Decision { outcome, reason, matches, waiting, candidates, barred }
    }
}
