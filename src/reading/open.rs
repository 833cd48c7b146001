//! Reading without a list: the token of a line that may be a bib.

use super::{
    ctc::Emissions,
    lattice::{Lattice, OTHER, Symbol, folded, is_digit, is_letter, symbol},
};

/// One character of a reading.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Character {
    /// A digit, a capital or a hyphen, in ASCII.
    pub text: char,
    /// That the recogniser saw this one, 0 to 1.
    pub probability: f32,
}

/// A run of digits, capitals and hyphens with at least one digit.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub characters: Vec<Character>,
    /// Where they stand among the characters of the line's best path.
    pub run: std::ops::Range<usize>,
    /// Without hyphens.
    pub symbols: Vec<Symbol>,
    /// CTC forward probability that the line spells it, 0 to 1.
    pub probability: f32,
    /// Small letters were folded: no bib is printed with them, but units are.
    pub small_letters: bool,
    /// It is tied to another by what stands in times, dates and distances: `1:23:45`.
    pub tied: bool,
    /// Characters of the line that are not of it, spaces aside.
    pub beside: usize,
}

/// A longer run is a telephone number or an advertisement.
const SYMBOLS_LIMIT: usize = 10;
/// What ties numbers to times, dates, distances, prices and addresses.
pub const TIES: &[char] =
    &[':', '.', ',', '/', '：', '．', '，', '／', '\'', '"', '%', '@', '¥', '$'];

impl Token {
    /// The run of a line's best path that has the most digits; the first of equal ones.
    pub fn of(lattice: &Lattice) -> Option<Self> {
        let best = &lattice.best;
        let kinds: Vec<Symbol> = best.iter().map(|(c, _)| symbol(*c)).collect();
        let mut chosen: Option<(usize, std::ops::Range<usize>)> = None;
        for run in runs(&kinds) {
            let digits = kinds[run.clone()].iter().filter(|s| is_digit(**s)).count();
            if digits > chosen.as_ref().map_or(0, |(most, _)| *most) {
                chosen = Some((digits, run));
            }
        }
        let (_, run) = chosen?;
        let symbols: Vec<Symbol> =
            kinds[run.clone()].iter().copied().filter(|s| is_digit(*s) || is_letter(*s)).collect();
        if symbols.len() > SYMBOLS_LIMIT {
            return None;
        }
        let neighbours = [run.start.checked_sub(1), Some(run.end)].into_iter().flatten();
        let tied = neighbours.filter_map(|i| best.get(i)).any(|(c, _)| TIES.contains(c));
        let outside = best[..run.start].iter().chain(&best[run.end..]);
        Some(Self {
            probability: Emissions::new(lattice, 0.0).probability(&symbols).min(1.0),
            symbols,
            small_letters: best[run.clone()].iter().any(|(c, _)| c.is_lowercase()),
            tied,
            beside: outside.filter(|(c, _)| !c.is_whitespace()).count(),
            characters: best[run.clone()]
                .iter()
                .map(|(c, p)| Character { text: folded(*c), probability: *p })
                .collect(),
            run,
        })
    }

    pub fn text(&self) -> String {
        self.characters.iter().map(|character| character.text).collect()
    }
}

/// Maximal runs of a bib's symbols, hyphens at their ends left out.
fn runs(kinds: &[Symbol]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for end in 0..=kinds.len() {
        if kinds.get(end).is_none_or(|kind| *kind == OTHER) {
            let is_hyphen = |i: usize| !is_digit(kinds[i]) && !is_letter(kinds[i]);
            let (mut first, mut last) = (start, end);
            while first < last && is_hyphen(first) {
                first += 1;
            }
            while last > first && is_hyphen(last - 1) {
                last -= 1;
            }
            if first < last {
                runs.push(first..last);
            }
            start = end + 1;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(line: &str) -> Option<Token> {
        let best = line.chars().map(|c| (c, 0.9)).collect();
        Token::of(&Lattice { steps: Vec::new(), best })
    }

    #[test]
    fn the_token_with_the_most_digits_is_taken() {
        for (line, text) in [
            ("1284", "1284"),
            ("TOKYO 1284", "1284"),
            ("Ａ－１２３４", "A-1234"),
            ("f12", "F12"),
            ("-0123-", "0123"),
            ("W1", "W1"),
            ("10 KM 4711", "4711"),
        ] {
            assert_eq!(token(line).map(|t| t.text()).as_deref(), Some(text), "{line}");
        }
        assert_eq!(token("FINISH"), None);
        assert_eq!(token(""), None);
        assert_eq!(token("03123456789012"), None, "too long for a bib");
    }

    #[test]
    fn what_stands_around_it_is_told() {
        let clock = token("1:23:45").unwrap();
        assert!(clock.tied, "{clock:?}");
        let board = token("5km").unwrap();
        assert!(board.small_letters && !board.tied, "{board:?}");
        let banner = token("MARATHON 2026").unwrap();
        assert_eq!((banner.text().as_str(), banner.beside), ("2026", 8));
        assert_eq!(token("A-12").unwrap().symbols, [10, 1, 2]);
    }
}
