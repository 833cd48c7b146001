//! Connectionist temporal classification: the probability of a text, summed over every way
//! in which a [`Lattice`]'s steps may spell it (Graves and others, 2006).
//!
//! Before and after the text stand flanks, which absorb what is no digit: a mark, a name, the
//! print beside the number. A letter there costs, so that `A1234` is not `1234` as well.

use super::lattice::{BLANK, HYPHEN, Lattice, OTHER, SYMBOLS, Symbol};

/// What a step with a letter keeps of its probability in a flank.
const FLANKING_LETTER: f32 = 0.1;
/// A step's outcomes for a bib of digits: ten digits, blank, any other.
const OUTCOMES: f32 = 12.0;

/// A lattice, ready for scoring: hyphens are blanks.
pub struct Emissions {
    steps: Vec<[f32; SYMBOLS]>,
    /// The probability that the steps before each are all flank, and that all from it on are.
    before: Vec<f32>,
    after: Vec<f32>,
}

impl Emissions {
    /// `error` of every step's probability is spread over the other outcomes: the recogniser
    /// is never as sure as it says.
    pub fn new(lattice: &Lattice, error: f32) -> Self {
        let steps: Vec<[f32; SYMBOLS]> = lattice
            .steps
            .iter()
            .map(|step| {
                let mut step = *step;
                step[usize::from(BLANK)] += step[usize::from(HYPHEN)];
                step[usize::from(HYPHEN)] = 0.0;
                step.map(|p| (1.0 - error) * p + error / OUTCOMES)
            })
            .collect();
        let flank: Vec<f32> = steps.iter().map(flank).collect();
        let mut before = vec![1.0];
        let mut after = vec![1.0];
        for (first, last) in flank.iter().zip(flank.iter().rev()) {
            before.push(before[before.len() - 1] * first);
            after.push(after[after.len() - 1] * last);
        }
        after.reverse();
        Self { steps, before, after }
    }

    /// The probability of a text, flanks absorbed.
    pub fn probability(&self, text: &[Symbol]) -> f32 {
        let mut prefix = Prefix::start(self);
        let mut next = Prefix::default();
        for symbol in text {
            next.extend(self, &prefix, *symbol);
            std::mem::swap(&mut prefix, &mut next);
        }
        prefix.end(self)
    }
}

fn flank(step: &[f32; SYMBOLS]) -> f32 {
    let letters: f32 = step[10..36].iter().sum();
    step[usize::from(BLANK)] + step[usize::from(OTHER)] + FLANKING_LETTER * letters
}

/// The beginning of a text: after each number of steps, the probability that exactly it was
/// spelled.
#[derive(Debug, Clone, Default)]
pub struct Prefix {
    symbol: Option<Symbol>,
    /// The step before shows its last symbol.
    shown: Vec<f32>,
    /// The step before is blank, or flank where nothing was spelled.
    blank: Vec<f32>,
    /// The probability that it is spelled at all: no text with this beginning has more.
    pub bound: f32,
}

impl Prefix {
    /// Nothing spelled yet.
    pub fn start(emissions: &Emissions) -> Self {
        Self {
            symbol: None,
            shown: vec![0.0; emissions.before.len()],
            blank: emissions.before.clone(),
            bound: 1.0,
        }
    }

    /// As if a first symbol had been spelled where nothing shows it, with a probability.
    pub fn hidden(emissions: &Emissions, probability: f32) -> Self {
        let mut start = Self::start(emissions);
        start.blank.iter_mut().for_each(|p| *p *= probability);
        start.bound = probability;
        start
    }

    /// Becomes `shorter` with one more symbol.
    pub fn extend(&mut self, emissions: &Emissions, shorter: &Self, symbol: Symbol) {
        let steps = emissions.steps.len();
        self.symbol = Some(symbol);
        self.shown.clear();
        self.blank.clear();
        self.shown.resize(steps + 1, 0.0);
        self.blank.resize(steps + 1, 0.0);
        let again = shorter.symbol == Some(symbol);
        let (mut shown, mut blank, mut bound) = (0.0, 0.0, 0.0);
        for (t, step) in emissions.steps.iter().enumerate() {
            // The same symbol twice needs a blank between.
            let from = shorter.blank[t] + if again { 0.0 } else { shorter.shown[t] };
            let emitted = step[usize::from(symbol)];
            bound += emitted * from;
            let was_shown = shown;
            shown = emitted * (shown + from);
            blank = step[usize::from(BLANK)] * (blank + was_shown);
            self.shown[t + 1] = shown;
            self.blank[t + 1] = blank;
        }
        self.bound = bound;
    }

    /// The probability that the text is this and no more.
    pub fn end(&self, emissions: &Emissions) -> f32 {
        self.shown.iter().zip(&emissions.after).map(|(shown, after)| shown * after).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::symbol;
    use proptest::prelude::*;

    fn symbols(text: &str) -> Vec<Symbol> {
        text.chars().map(symbol).collect()
    }

    /// Steps that each show one of `characters`; `_` is blank.
    pub fn lattice(characters: &str, sure: f32) -> Lattice {
        let step = |c: char| {
            let mut step = [(1.0 - sure) / (SYMBOLS - 1) as f32; SYMBOLS];
            step[usize::from(if c == '_' { BLANK } else { symbol(c) })] = sure;
            step
        };
        Lattice { steps: characters.chars().map(step).collect(), best: Vec::new() }
    }

    #[test]
    fn a_clear_lattice_spells_its_text_alone() {
        let emissions = Emissions::new(&lattice("__1_22_2_:", 0.98), 0.0);
        assert!(emissions.probability(&symbols("122")) > 0.8);
        for other in ["12", "1222", "22", "127", "1"] {
            assert!(emissions.probability(&symbols(other)) < 0.05, "{other}");
        }
    }

    #[test]
    fn hyphens_join_and_letters_beside_cost() {
        let emissions = Emissions::new(&lattice("A_-1_2_3", 0.98), 0.0);
        let whole = emissions.probability(&symbols("A123"));
        let part = emissions.probability(&symbols("123"));
        assert!(whole > 0.8 && part > 0.05 && part < 0.15, "{whole} {part}");
    }

    /// Every path of a short lattice, one by one.
    fn by_hand(lattice: &Lattice, text: &[Symbol]) -> f32 {
        let mut sum = 0.0;
        let count = lattice.steps.len();
        // First and last step of the text; in between every path over its symbols and blank.
        for first in 0..count {
            for last in first..count {
                let flanks = lattice.steps[..first].iter().chain(&lattice.steps[last + 1..]);
                let outside: f32 = flanks.map(flank).product();
                let length = last - first + 1;
                for mut code in 0..(text.len() + 1).pow(length as u32) {
                    let path: Vec<Option<usize>> = (0..length)
                        .map(|_| {
                            let choice = code % (text.len() + 1);
                            code /= text.len() + 1;
                            choice.checked_sub(1)
                        })
                        .collect();
                    // States, so that equal neighbours in the text stay apart.
                    let ends = path[0] == Some(0) && path[length - 1] == Some(text.len() - 1);
                    let mut at = 0;
                    let steps = path.windows(2).all(|pair| match (pair[0], pair[1]) {
                        (Some(a), Some(b)) => {
                            at = b;
                            b == a || (b == a + 1 && text[a] != text[b])
                        }
                        (Some(_), None) | (None, None) => true,
                        (None, Some(b)) => {
                            let next = b == at + 1;
                            at = b;
                            next
                        }
                    });
                    if ends && steps {
                        let inside: f32 = path
                            .iter()
                            .zip(&lattice.steps[first..=last])
                            .map(|(state, step)| {
                                step[usize::from(state.map_or(BLANK, |i| text[i]))]
                            })
                            .product();
                        sum += outside * inside;
                    }
                }
            }
        }
        sum
    }

    proptest! {
        #[test]
        fn the_sum_over_all_paths(
            seeds in prop::collection::vec(prop::collection::vec(0.0f32..1.0, SYMBOLS), 4..6),
            text in prop::collection::vec(0u8..3, 1..4),
        ) {
            let mut lattice = Lattice::default();
            for seed in seeds {
                let mut step = [0.0; SYMBOLS];
                step.copy_from_slice(&seed);
                step[usize::from(HYPHEN)] = 0.0;
                let sum: f32 = step.iter().sum();
                lattice.steps.push(step.map(|p| p / sum));
            }
            let emissions = Emissions::new(&lattice, 0.0);
            let (quick, slow) = (emissions.probability(&text), by_hand(&lattice, &text));
            prop_assert!((quick - slow).abs() <= 1e-4 * slow.max(1e-6), "{} {}", quick, slow);
        }
    }
}
