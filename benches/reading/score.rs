//! How often the reader is right, and whether it knows.

use std::collections::BTreeSet;

use super::sample::{Truth, VISIBLE};

/// Counts over whole numbers per photo.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub right: usize,
    pub wrong: usize,
    pub missed: usize,
}

impl Counts {
    pub fn f1(self) -> f64 {
        2.0 * self.right as f64 / (2 * self.right + self.wrong + self.missed).max(1) as f64
    }

    pub fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }
}

/// A number however its hyphens were printed.
pub fn plain(text: &str) -> String {
    text.replace('-', "")
}

/// Texts that were said against the bibs that a photo shows. Bibs that are hardly visible
/// count neither way; `listed` says which bibs can be said at all.
pub fn counts(said: &[String], truths: &[Truth], listed: impl Fn(&str) -> bool) -> Counts {
    let said: BTreeSet<String> = said.iter().map(|text| plain(text)).collect();
    let shown: BTreeSet<String> = truths
        .iter()
        .filter(|truth| truth.visible >= VISIBLE && listed(&truth.text))
        .map(|truth| plain(&truth.text))
        .collect();
    let excused: BTreeSet<String> = truths.iter().map(|truth| plain(&truth.text)).collect();
    Counts {
        right: said.intersection(&shown).count(),
        missed: shown.difference(&said).count(),
        wrong: said.iter().filter(|text| !excused.contains(*text)).count(),
    }
}

/// Probabilities with whether they came true, in ten bins.
#[derive(Debug, Clone, Default)]
pub struct Reliability {
    /// Count, sum of probabilities, how many came true.
    pub bins: [(usize, f64, usize); 10],
    /// Each of them.
    pub told: Vec<(f64, bool)>,
}

impl Reliability {
    pub fn add(&mut self, probability: f64, came_true: bool) {
        let bin = &mut self.bins[((probability * 10.0) as usize).min(9)];
        bin.0 += 1;
        bin.1 += probability;
        bin.2 += usize::from(came_true);
        self.told.push((probability, came_true));
    }

    /// Expected calibration error, 0 to 1.
    pub fn error(&self) -> f64 {
        let all: usize = self.bins.iter().map(|bin| bin.0).sum();
        let off = |bin: &(usize, f64, usize)| (bin.1 - bin.2 as f64).abs();
        self.bins.iter().map(off).sum::<f64>() / all.max(1) as f64
    }
}
