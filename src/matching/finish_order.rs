//! A race's runners in the order in which they finished, so that a photo asks only those
//! who finished about then.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use kanso_race::rules::FinishWindow;
use kanso_race::{Bib, Race, Roster};

use super::clock::{CapturedAt, LATE, Lateness, on_time_sigma_s};

/// Runners with a finish time, the first first.
#[derive(Debug, Clone, Default)]
pub struct FinishOrder {
    finishes: Vec<(Timestamp, Bib)>,
    by_bib: HashMap<Bib, Timestamp>,
    /// The characters that all bibs of the roster are made of.
    symbols: String,
}

/// Standard deviations beyond which nobody is looked for.
const REACH: f64 = 4.0;

impl FinishOrder {
    pub fn new(race: &Race, roster: &Roster) -> Self {
        let finish = |finisher: &kanso_race::Finisher| {
            Some((race.finish_clock(finisher)?, finisher.bib.clone()))
        };
        let mut finishes: Vec<(Timestamp, Bib)> = roster.iter().filter_map(finish).collect();
        finishes.sort();
        let symbols = roster.iter().flat_map(|finisher| finisher.bib.as_str().chars());
        let symbols = symbols.collect::<BTreeSet<char>>().into_iter().collect();
        let by_bib = finishes.iter().map(|(finish, bib)| (bib.clone(), *finish)).collect();
        Self { finishes, by_bib, symbols }
    }

    /// Who finished so many seconds before a moment, from least to most.
    fn before(&self, moment: Timestamp, least_s: f64, most_s: f64) -> &[(Timestamp, Bib)] {
        let seconds = |finish: Timestamp| moment.duration_since(finish).as_secs_f64();
        let first = self.finishes.partition_point(|(finish, _)| seconds(*finish) > most_s);
        let end = self.finishes.partition_point(|(finish, _)| seconds(*finish) >= least_s);
        &self.finishes[first..end.max(first)]
    }

    /// Who may be in a photo because they cross the line just then.
    pub(crate) fn crossing(&self, at: CapturedAt, window: FinishWindow) -> &[(Timestamp, Bib)] {
        let reach_s = REACH * on_time_sigma_s(window, at.sigma_s);
        self.before(at.instant, window.mean_s - reach_s, window.mean_s + reach_s)
    }

    /// Runners in all photos taken about then, per second: [`Lateness::density`] of everybody.
    pub(crate) fn density(&self, at: CapturedAt, window: FinishWindow) -> f64 {
        let lateness = |finish: &Timestamp| Lateness::new(at, *finish, window);
        let crossing = self.crossing(at, window);
        let crossing: f64 = crossing.iter().map(|(finish, _)| lateness(finish).on_time()).sum();
        let late = LATE.iter().map(|late| {
            let (least_s, most_s) = (window.mean_s + late.from_s, window.mean_s + late.until_s);
            late.density() * self.before(at.instant, least_s, most_s).len() as f64
        });
        crossing + late.sum::<f64>() + Lateness::STRAY_DENSITY * self.finishes.len() as f64
    }

    /// How many runners finish in a second, on the average of the race.
    pub(crate) fn rate(&self) -> f64 {
        let (Some((first, _)), Some((last, _))) = (self.finishes.first(), self.finishes.last())
        else {
            return 0.0;
        };
        self.finishes.len() as f64 / last.duration_since(*first).as_secs_f64().max(1.0)
    }

    pub(crate) fn finish(&self, bib: &Bib) -> Option<Timestamp> {
        self.by_bib.get(bib).copied()
    }

    /// When the last of them finished.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.finishes.last().map(|(finish, _)| *finish)
    }

    pub(crate) fn symbols(&self) -> &str {
        &self.symbols
    }

    pub(crate) fn len(&self) -> usize {
        self.finishes.len()
    }
}
