//! Readings as a photo's facts keep them: enough to hold them against another list of bibs
//! without the picture, and of what else stands on a line only that it stands there.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};

use super::{
    OPERATING_POINT,
    bib_list::{BibList, Prior},
    lattice::{Lattice, OTHER, SYMBOLS, Symbol, is_digit, is_letter},
    open::TIES,
    quad::Quad,
    reader::Reading,
};

/// Counts the changes of weights and recipe after which a photo is worth reading again.
const READER: u32 = 2;
/// Letters this many steps before and after the digits may be the bib's; further ones are a
/// name or a sponsor, and are kept only as characters that no bib has.
const NEAR_STEPS: usize = 8;
/// Stands for a character of the line that is not kept.
const SOMETHING: char = '\u{b7}';
/// Steps of a natural logarithm, in which probabilities are kept: each to 2.5 %.
const LOG_STEPS: f32 = 20.0;
/// Below it a symbol of a step is left out: less than the recogniser may be wrong by.
const NEGLIGIBLE: f32 = 1e-3;

/// What was read in a photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReadings {
    reader: u32,
    /// Of the upright photo, in pixels.
    size: (u32, u32),
    boxes: Vec<StoredReading>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredReading {
    /// [`Quad`], to the pixel.
    quad: [[i32; 2]; 4],
    /// The line's best path; each character that is not of the token is one that no bib has.
    line: String,
    /// The probability of each of them, Base64 of a byte each.
    certainty: String,
    /// The lattice: for each step how many symbols, then each with its probability.
    steps: String,
}

impl StoredReadings {
    /// `size` is the upright photo's.
    pub fn of(readings: &[Reading], size: (u32, u32)) -> Self {
        Self { reader: READER, size, boxes: readings.iter().map(StoredReading::of).collect() }
    }

    /// Whether this program would read the same.
    pub fn is_of_this_reader(&self) -> bool {
        self.reader == READER
    }

    /// The same, as they stand in the same picture in another size.
    #[must_use]
    pub fn in_size(mut self, size: (u32, u32)) -> Self {
        if self.size == size {
            return self;
        }
        let factor = |to: u32, from: u32| f64::from(to) / f64::from(from.max(1));
        let by = [factor(size.0, self.size.0), factor(size.1, self.size.1)];
        for corner in self.boxes.iter_mut().flat_map(|stored| &mut stored.quad) {
            for (side, by) in corner.iter_mut().zip(by) {
                *side = (f64::from(*side) * by).round() as i32;
            }
        }
        self.size = size;
        self
    }

    /// The readings, as good as they were kept. Damaged ones are left out.
    pub fn readings(&self) -> Vec<Reading> {
        self.boxes.iter().filter_map(|stored| stored.reading(self.size)).collect()
    }

    /// Forgets what reads as one of these bibs; whether anything did.
    pub fn forget<'a>(&mut self, bibs: impl IntoIterator<Item = &'a str>) -> bool {
        let Ok(bibs) = BibList::new(bibs, Prior::Window) else { return false };
        let readings = self.boxes.iter().map(|stored| stored.reading(self.size));
        let says = |reading: Option<Reading>| {
            let matches = reading.map(|reading| bibs.matches(&[reading])).unwrap_or_default();
            matches.iter().any(|found| found.probability >= OPERATING_POINT)
        };
        let said: Vec<bool> = readings.map(says).collect();
        let mut each = said.iter();
        self.boxes.retain(|_| !each.next().copied().unwrap_or_default());
        said.contains(&true)
    }
}

impl StoredReading {
    fn of(reading: &Reading) -> Self {
        let Lattice { steps, best } = &reading.lattice;
        let run = &reading.token.run;
        let kept = |(n, (character, _)): (usize, &(char, f32))| {
            let keep = run.contains(&n) || character.is_whitespace() || TIES.contains(character);
            if keep { *character } else { SOMETHING }
        };
        let certainty: Vec<u8> = best.iter().map(|(_, probability)| byte(*probability)).collect();
        Self {
            quad: reading.quad.0.map(|corner| corner.map(|side| side.round() as i32)),
            line: best.iter().enumerate().map(kept).collect(),
            certainty: BASE64.encode(certainty),
            steps: BASE64.encode(packed(&without_names(steps))),
        }
    }

    fn reading(&self, size: (u32, u32)) -> Option<Reading> {
        let quad = Quad(self.quad.map(|corner| corner.map(|side| side as f32)));
        let certainty = BASE64.decode(&self.certainty).ok()?;
        let best = self.line.chars().zip(certainty.into_iter().map(probability)).collect();
        let steps = unpacked(&BASE64.decode(&self.steps).ok()?)?;
        Reading::of(quad, Lattice { steps, best }, size)
    }
}

/// The steps, in which letters far from all digits are no letters any more.
fn without_names(steps: &[[f32; SYMBOLS]]) -> Vec<[f32; SYMBOLS]> {
    let shows_digit = |step: &[f32; SYMBOLS]| {
        let most = (0..SYMBOLS).max_by(|a, b| step[*a].total_cmp(&step[*b]));
        most.is_some_and(|symbol| is_digit(symbol as Symbol))
    };
    let digits: BTreeSet<usize> =
        (0..steps.len()).filter(|step| shows_digit(&steps[*step])).collect();
    let masked = |(n, step): (usize, &[f32; SYMBOLS])| {
        let mut step = *step;
        let near = n.saturating_sub(NEAR_STEPS)..=n + NEAR_STEPS;
        if digits.range(near).next().is_none() {
            for letter in (0..SYMBOLS).filter(|symbol| is_letter(*symbol as Symbol)) {
                step[usize::from(OTHER)] += std::mem::take(&mut step[letter]);
            }
        }
        step
    };
    steps.iter().enumerate().map(masked).collect()
}

fn packed(steps: &[[f32; SYMBOLS]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for step in steps {
        let kept = || (0..SYMBOLS).filter(|symbol| step[*symbol] >= NEGLIGIBLE);
        bytes.push(kept().count() as u8);
        bytes.extend(kept().flat_map(|symbol| [symbol as u8, byte(step[symbol])]));
    }
    bytes
}

fn unpacked(mut bytes: &[u8]) -> Option<Vec<[f32; SYMBOLS]>> {
    let mut steps = Vec::new();
    while let Some((count, rest)) = bytes.split_first() {
        let (symbols, rest) = rest.split_at_checked(2 * usize::from(*count))?;
        let mut step = [0.0; SYMBOLS];
        for [symbol, kept] in symbols.as_chunks::<2>().0 {
            *step.get_mut(usize::from(*symbol))? = probability(*kept);
        }
        steps.push(step);
        bytes = rest;
    }
    Some(steps)
}

fn byte(probability: f32) -> u8 {
    (-probability.clamp(f32::MIN_POSITIVE, 1.0).ln() * LOG_STEPS).round().min(255.0) as u8
}

fn probability(byte: u8) -> f32 {
    (-f32::from(byte) / LOG_STEPS).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::{BLANK, symbol};

    /// A line as a recogniser that is rather sure sees it, three steps to a character.
    fn reading(line: &str) -> Reading {
        let mut steps = Vec::new();
        for character in line.chars() {
            for sure in [0.05, 0.93, 0.05] {
                let mut step = [(1.0 - sure - 0.9 * (1.0 - sure)) / 38.0; SYMBOLS];
                step[usize::from(symbol(character))] += sure;
                step[usize::from(BLANK)] += 0.9 * (1.0 - sure);
                steps.push(step);
            }
        }
        let best = line.chars().map(|character| (character, 0.93)).collect();
        let quad = Quad([[500.0, 600.0], [700.0, 600.0], [700.0, 690.0], [500.0, 690.0]]);
        Reading::of(quad, Lattice { steps, best }, (3000, 2000)).unwrap()
    }

    fn matched(readings: &[Reading], bibs: &[&str]) -> Vec<(String, f64)> {
        let list = BibList::new(bibs, Prior::Race).unwrap();
        list.matches(readings).into_iter().map(|found| (found.bib, found.probability)).collect()
    }

    #[test]
    fn kept_readings_match_as_the_fresh_ones_do() {
        for line in ["1284", "A-1234", "0123"] {
            let fresh = vec![reading(line)];
            let stored = StoredReadings::of(&fresh, (3000, 2000));
            let text = serde_json::to_string(&stored).unwrap();
            let stored: StoredReadings = serde_json::from_str(&text).unwrap();
            let kept = stored.readings();
            assert_eq!((kept[0].text.as_str(), kept[0].area), (line, fresh[0].area));
            assert!((kept[0].probability - fresh[0].probability).abs() < 0.05, "{line}");
            let bibs = ["1284", "A-1234", "0123", "1285", "284", "4012"];
            let (fresh, kept) = (matched(&fresh, &bibs), matched(&kept, &bibs));
            assert_eq!(fresh.len(), kept.len(), "{line}");
            for ((fresh, probability), (kept, as_kept)) in fresh.iter().zip(&kept) {
                assert!(fresh == kept && (probability - as_kept).abs() < 0.05, "{line}");
            }
            assert!(text.len() < 2000, "{} bytes for a box", text.len());
        }
    }

    #[test]
    fn a_name_beside_the_number_is_not_kept() {
        let stored = StoredReadings::of(&[reading("YOSHIKAWA KENGO 1284")], (3000, 2000));
        assert_eq!(stored.boxes[0].line, "········· ····· 1284");
        let kept = stored.readings();
        assert_eq!(kept[0].text, "1284");
        let spells = |name: &str| {
            let best = |step: &[f32; SYMBOLS]| {
                (0..SYMBOLS).max_by(|a, b| step[*a].total_cmp(&step[*b])).unwrap_or_default()
            };
            let shown: Vec<usize> = kept[0].lattice.steps.iter().map(best).collect();
            name.chars().all(|character| shown.contains(&usize::from(symbol(character))))
        };
        assert!(spells("1284") && !spells("YOSHIKAWA") && !spells("KENGO"));
    }

    #[test]
    fn what_reads_as_an_erased_runner_is_forgotten_and_others_stay() {
        let mut stored = StoredReadings::of(&[reading("1284"), reading("0123")], (3000, 2000));
        assert!(!stored.forget(["77", "1285"]));
        assert!(stored.forget(["1284"]));
        let left: Vec<String> = stored.readings().into_iter().map(|one| one.text).collect();
        assert_eq!(left, ["0123"]);
    }
}
