//! Against the bibs of a race: which of them does a photo show, or none?
//!
//! Every bib is scored by a box's whole lattice. Bibs with the same beginning share its
//! scoring, and a beginning that is too improbable ends it: 40,000 bibs take a few
//! milliseconds.

use std::collections::BTreeMap;

use super::{
    ctc::{Emissions, Prefix},
    lattice::{HYPHEN, Symbol, is_digit, symbol},
    reader::Reading,
};

/// ε: the share of every step that is spread over the other outcomes.
const STEP_ERROR: f32 = 0.03;
/// A bib that is no candidate has up to so many lengths.
const LENGTHS: f64 = 5.0;
/// That the first, or the last, symbol of a bib cannot be seen: a fold, an arm, the edge of
/// another. A leading 1 is narrow and goes unseen more often.
const FIRST_HIDDEN: f32 = 0.010;
const LEADING_ONE_HIDDEN: f32 = 0.030;
const LAST_HIDDEN: f32 = 0.015;
/// So many symbols must be seen.
const SEEN_LEAST: usize = 2;
/// Where the box spells another text so many times better than a bib, the bib is contradicted:
/// it stays below the operating point however few others there are.
const CONTRADICTION: f32 = 20.0;
const CONTRADICTED_LIMIT: f64 = 0.45;
/// What a window's posterior lacks: its odds are raised to this power, then multiplied by that.
/// Fitted to both generators at once; a fit to either lowers the other's calibration error too:
/// `cargo bench --bench reading -- --seed 10001 --count 250 --save DIR`.
const WINDOW_POWER: f64 = 1.37;
const WINDOW_FACTOR: f64 = 5.6;
/// A beginning is given up where its bibs would have less than this share of "none of these".
const NEGLIGIBLE: f64 = 1e-3;
/// Matches below it are not worth telling.
const MATCH_LEAST: f64 = 0.01;
/// Longest bib that is scored, in symbols.
const BIB_LIMIT: usize = 12;
/// A race has fewer.
const BIBS_LIMIT: usize = 1_000_000;

/// How probable it is that a bib in the photo is one of the list's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    /// All bibs of the race.
    Race,
    /// A few that others speak for: those who finished about then.
    Window,
}

impl Prior {
    /// π
    fn listed(self) -> f64 {
        match self {
            Self::Race => 0.7,
            Self::Window => 0.3,
        }
    }

    /// A posterior as often right as it says.
    fn calibrated(self, posterior: f64) -> f64 {
        match self {
            Self::Race => posterior,
            Self::Window => {
                let odds = WINDOW_FACTOR * (posterior / (1.0 - posterior)).powf(WINDOW_POWER);
                if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 }
            }
        }
    }
}

/// Why a list of bibs cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BibListError {
    #[error("the list holds no bib with up to 12 letters and digits; give one bib a line")]
    Empty,
    #[error("the list holds more than 1,000,000 bibs; give those of one race")]
    TooLong,
}

/// A bib that a photo shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// As it stands in the list.
    pub bib: String,
    /// That a box of the photo is this bib, 0 to 1.
    pub probability: f64,
    /// Number of the reading that says so.
    pub reading: usize,
}

/// The bibs of a race, or those of them that a photo may show.
#[derive(Debug, Clone)]
pub struct BibList {
    prior: Prior,
    /// Symbols without hyphens and the bib's number, sorted.
    keys: Vec<(Vec<Symbol>, usize)>,
    bibs: Vec<String>,
}

impl BibList {
    /// Bibs as text: `0123` and `123` are two. Empty and repeated ones are left out, and so
    /// are those longer than a bib.
    pub fn new<S: AsRef<str>>(
        bibs: impl IntoIterator<Item = S>,
        prior: Prior,
    ) -> Result<Self, BibListError> {
        let mut list = Self { prior, keys: Vec::new(), bibs: Vec::new() };
        for bib in bibs {
            let bib = bib.as_ref().trim();
            let key: Vec<Symbol> = bib.chars().map(symbol).filter(|s| *s != HYPHEN).collect();
            if (1..=BIB_LIMIT).contains(&key.len()) {
                list.keys.push((key, list.bibs.len()));
                list.bibs.push(bib.to_owned());
            }
            if list.bibs.len() > BIBS_LIMIT {
                return Err(BibListError::TooLong);
            }
        }
        list.keys.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| list.bibs[a.1].cmp(&list.bibs[b.1])));
        list.keys.dedup_by(|a, b| list.bibs[a.1] == list.bibs[b.1]);
        if list.keys.is_empty() { Err(BibListError::Empty) } else { Ok(list) }
    }

    /// The bibs that a photo's readings show, the most probable first. A bib's probability is
    /// that of the box that says it best.
    pub fn matches(&self, readings: &[Reading]) -> Vec<Match> {
        let mut best: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
        for (number, reading) in readings.iter().enumerate() {
            for (bib, probability) in self.posterior(reading) {
                let known = best.entry(bib).or_insert((probability, number));
                if probability > known.0 {
                    *known = (probability, number);
                }
            }
        }
        let mut matches: Vec<Match> = best
            .into_iter()
            .map(|(bib, (probability, reading))| Match {
                bib: self.bibs[bib].clone(),
                probability,
                reading,
            })
            .collect();
        matches.sort_by(|a, b| {
            b.probability.total_cmp(&a.probability).then_with(|| a.bib.cmp(&b.bib))
        });
        matches
    }

    /// The bibs that one box may show: number and probability.
    fn posterior(&self, reading: &Reading) -> Vec<(usize, f64)> {
        let emissions = Emissions::new(&reading.lattice, STEP_ERROR);
        let each = self.prior.listed() / self.keys.len() as f64;
        let spelled = &reading.token.symbols;
        let by_chance: f64 = spelled.iter().map(|s| kinds(*s)).product();
        let clear = f64::from(1.0 - STEP_ERROR).powi(spelled.len() as i32);
        let none =
            (1.0 - self.prior.listed()) / (LENGTHS * by_chance) * clear / reading.judgement.odds();
        let floor = (NEGLIGIBLE * none / each) as f32;
        let scores = Scoring::new(&self.keys, &emissions, floor).scores();
        let sum: f64 = scores.iter().map(|(_, score)| each * f64::from(*score)).sum();
        let contradicted = emissions.probability(spelled) / CONTRADICTION;
        scores
            .into_iter()
            .filter_map(|(bib, score)| {
                let posterior = each * f64::from(score) / (sum + none);
                let limit = if score < contradicted { CONTRADICTED_LIMIT } else { 1.0 };
                let probability = self.prior.calibrated(posterior).min(limit);
                (probability >= MATCH_LEAST).then_some((bib, probability))
            })
            .collect()
    }
}

/// What chance alone would have to choose from to hit a symbol.
fn kinds(symbol: Symbol) -> f64 {
    if is_digit(symbol) { 10.0 } else { 26.0 }
}

/// One box against all bibs.
struct Scoring<'a> {
    keys: &'a [(Vec<Symbol>, usize)],
    emissions: &'a Emissions,
    floor: f32,
    /// The beginning at each depth, reused from bib to bib.
    prefixes: Vec<Prefix>,
    /// Bibs whose first symbol may be hidden have been scored without it.
    hidden: bool,
    scores: BTreeMap<usize, f32>,
}

impl<'a> Scoring<'a> {
    fn new(keys: &'a [(Vec<Symbol>, usize)], emissions: &'a Emissions, floor: f32) -> Self {
        let prefixes = vec![Prefix::default(); BIB_LIMIT + 1];
        Self { keys, emissions, floor, prefixes, hidden: false, scores: BTreeMap::new() }
    }

    /// Bibs with their probabilities, where these matter.
    fn scores(mut self) -> Vec<(usize, f32)> {
        self.prefixes[0] = Prefix::start(self.emissions);
        self.descend(self.keys, 0);
        self.hidden = true;
        for group in self.keys.chunk_by(|a, b| a.0[0] == b.0[0]) {
            let one = group[0].0[0] == 1;
            let probability = if one { LEADING_ONE_HIDDEN } else { FIRST_HIDDEN };
            self.prefixes[1] = Prefix::hidden(self.emissions, probability);
            self.descend(group, 1);
        }
        self.scores.into_iter().collect()
    }

    /// Scores keys that share their first `depth` symbols.
    fn descend(&mut self, keys: &[(Vec<Symbol>, usize)], depth: usize) {
        // Sorted, those that end here come first.
        let ended = keys.partition_point(|(key, _)| key.len() == depth);
        let (ends, rest) = keys.split_at(ended);
        if depth > 0 && !ends.is_empty() && self.seen(depth) {
            let end = self.prefixes[depth].end(self.emissions);
            self.add(ends, end * (1.0 - LAST_HIDDEN));
        }
        if rest.is_empty() {
            return;
        }
        // The last symbol of these may be hidden.
        if self.seen(depth) && depth >= SEEN_LEAST {
            let end = self.prefixes[depth].end(self.emissions) * LAST_HIDDEN;
            if end >= self.floor {
                for key in rest.iter().filter(|(key, _)| key.len() == depth + 1) {
                    self.add(std::slice::from_ref(key), end);
                }
            }
        }
        for group in rest.chunk_by(|a, b| a.0[depth] == b.0[depth]) {
            let (shorter, longer) = self.prefixes.split_at_mut(depth + 1);
            longer[0].extend(self.emissions, &shorter[depth], group[0].0[depth]);
            if longer[0].bound >= self.floor {
                self.descend(group, depth + 1);
            }
        }
    }

    /// Whether enough of a beginning of so many symbols can be seen.
    fn seen(&self, depth: usize) -> bool {
        !self.hidden || depth > SEEN_LEAST
    }

    fn add(&mut self, keys: &[(Vec<Symbol>, usize)], score: f32) {
        if score >= self.floor {
            for (_, bib) in keys {
                *self.scores.entry(*bib).or_default() += score;
            }
        }
    }
}

#[cfg(test)]
mod tests;
