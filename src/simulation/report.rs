//! What came of a race.

use std::collections::BTreeMap;

use kanso_matching::Outcome;
use kanso_matching::decision::Decision;
use kanso_race::Bib;

use super::calibration::Calibration;
use super::matcher::{Decisions, Matcher};
use super::start_list::StartList;

/// Counted against what is true.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub finishers: usize,
    pub photos: usize,
    /// Certificates: a photo and a bib each; those of before the results came too.
    pub issued: usize,
    /// Those whose photo does not show the bib's runner.
    pub wrong: usize,
    /// Finishers with a right certificate and no wrong one.
    pub right: usize,
    /// Photos that a person must look at.
    pub review: usize,
    /// Photos from which no certificate comes and that nobody is asked about.
    pub nobody: usize,
    /// Of the cameras' offsets, photo by photo; infinite where too many are not known.
    pub offset_p95_s: f64,
    pub calibration: Calibration,
    /// Photos that waited for late results when they were taken.
    pub waited: usize,
}

pub(crate) fn report(list: &StartList, matcher: &Matcher<'_>, decisions: &Decisions) -> Report {
    let mut tally = Tally::new(list);
    let shows = |n: usize, bib: &Bib| {
        let mut runners = matcher.photos[n].runners.iter();
        runners.any(|runner| list.runners[*runner].bib == *bib)
    };
    let mut calibration = Calibration::default();
    for (n, decision) in decisions.last.iter().enumerate() {
        let early = decisions.early.get(n).map_or(&[][..], |early| &early.matches);
        let withdrawn =
            early.iter().filter(|found| decision.matches.iter().all(|last| last.bib != found.bib));
        for found in decision.matches.iter().chain(withdrawn) {
            tally.issue(&found.bib, shows(n, &found.bib));
        }
        for found in decision.matches.iter().chain(&decision.candidates) {
            calibration.add(found.probability, shows(n, &found.bib));
        }
    }
    let outcomes = |outcome: &[Outcome]| {
        let of_it = |decision: &&Decision| outcome.contains(&decision.outcome);
        decisions.last.iter().filter(of_it).count()
    };
    let is_waiting = |decision: &&Decision| decision.outcome == Outcome::Pending;
    Report {
        finishers: list.runners.len(),
        photos: matcher.photos.len(),
        issued: tally.issued,
        wrong: tally.wrong,
        right: tally.runners.values().filter(|runner| runner.0 > 0 && runner.1 == 0).count(),
        review: outcomes(&[Outcome::Review]),
        nobody: outcomes(&[Outcome::Pending, Outcome::Reject]),
        offset_p95_s: p95(matcher.offset_errors_s()),
        calibration,
        waited: decisions.early.iter().filter(is_waiting).count(),
    }
}

#[derive(Default)]
struct Tally {
    issued: usize,
    wrong: usize,
    /// Right and wrong certificates of each.
    runners: BTreeMap<Bib, (usize, usize)>,
}

impl Tally {
    fn new(list: &StartList) -> Self {
        let runners = list.runners.iter().map(|runner| (runner.bib.clone(), (0, 0))).collect();
        Self { runners, ..Self::default() }
    }

    fn issue(&mut self, bib: &Bib, right: bool) {
        self.issued += 1;
        self.wrong += usize::from(!right);
        let runner = self.runners.entry(bib.clone()).or_default();
        runner.0 += usize::from(right);
        runner.1 += usize::from(!right);
    }
}

/// What 95 of 100 do not exceed.
fn p95(errors: impl Iterator<Item = Option<f64>>) -> f64 {
    let mut errors: Vec<f64> = errors.map(|error| error.unwrap_or(f64::INFINITY)).collect();
    errors.sort_by(f64::total_cmp);
    errors.get(errors.len() * 95 / 100).copied().unwrap_or(0.0)
}
