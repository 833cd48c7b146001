//! From a token in a box to the probability that the box is a bib with exactly this text.
//!
//! A logistic function of what was measured. It never sees the picture: the recogniser's
//! doubt, the token's pattern, the box's size, shape and place.

use super::{
    lattice::{Symbol, is_digit, is_letter},
    open::Token,
    quad::Quad,
};

/// Log-odds, added up. Each is a change that its evidence makes.
const BASE: f64 = 0.4;
/// For each unit of the log-odds that the line spells exactly this.
const SPELLED: f64 = 0.9;
/// The recogniser's certainty is believed within these.
const SPELLED_LIMITS: (f64, f64) = (0.001, 0.995);
/// Part of a time, a date, a distance, a price.
const TIED: f64 = -6.0;
/// No bib's pattern: more than three capitals, or capitals amid digits.
const NO_PATTERN: f64 = -4.0;
const SMALL_LETTERS: f64 = -3.0;
/// `5K`, `21KM`.
const UNIT: f64 = -4.0;
/// 1990 to 2039, on every banner.
const YEAR: f64 = -2.5;
/// Digits and capitals together, from none to eight. What is round or upright is read as one
/// digit: a shoe, a knee, a post.
const LENGTH: [f64; 9] = [-6.0, -3.8, -0.7, 0.4, 0.6, 0.4, -0.6, -3.5, -5.0];
/// Capitals before and after the digits.
const CAPITALS: f64 = -0.8;
/// For each other character on the same line, up to so many.
const BESIDE: f64 = -0.35;
const BESIDE_LIMIT: usize = 8;
/// Height of the box as a share of the photo's longer side: below it a number is seldom a bib
/// that is meant.
const SMALL_SHARE: f64 = 0.010;
const SMALL: f64 = -1.0;
/// More than 30°.
const ROLLED: f64 = -1.0;
const ROLL_LIMIT: f32 = 35.0;
/// Width over height for each character of a bib's digits.
const CHARACTER_ASPECT: (f32, f32) = (0.28, 1.3);
const MISSHAPEN: f64 = -1.5;
/// Arches, clocks and banners hang in the uppermost part of the photo.
const OVERHEAD_SHARE: f32 = 0.12;
const OVERHEAD: f64 = -2.0;

/// What decides: log-odds of the text, and of the box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    pub spelled: f64,
    pub pattern: f64,
    pub place: f64,
}

impl Judgement {
    /// `quad` in pixels of a photo of `size`.
    pub fn of(token: &Token, quad: Quad, size: (u32, u32)) -> Self {
        let (low, high) = SPELLED_LIMITS;
        let spelled = f64::from(token.probability).clamp(low, high);
        Self {
            spelled: SPELLED * (spelled / (1.0 - spelled)).ln(),
            pattern: pattern(token),
            place: place(quad, token.characters.len(), size),
        }
    }

    /// That the box is a bib of exactly this text, 0 to 1.
    pub fn probability(self) -> f64 {
        1.0 / (1.0 + (-(BASE + self.spelled + self.pattern + self.place)).exp())
    }

    /// Odds that the box is a bib whatever it says: 1 where nothing speaks against it.
    pub fn odds(self) -> f64 {
        (self.pattern + self.place).min(0.0).exp()
    }
}

fn pattern(token: &Token) -> f64 {
    let mut sum = LENGTH[token.symbols.len().min(LENGTH.len() - 1)];
    if token.tied {
        sum += TIED;
    }
    if token.small_letters {
        sum += SMALL_LETTERS;
    }
    sum += match affixes(&token.symbols) {
        Some((0, 0)) => 0.0,
        Some((before, after)) if before <= 3 && after <= 1 => CAPITALS,
        _ => NO_PATTERN,
    };
    let text: String = token.text();
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if matches!(unit, "K" | "KM" | "M" | "MI") {
        sum += UNIT;
    }
    if text.len() == 4 && text.parse().is_ok_and(|year: u32| (1990..2040).contains(&year)) {
        sum += YEAR;
    }
    sum + BESIDE * token.beside.min(BESIDE_LIMIT) as f64
}

/// Capitals before and after one run of digits; `None` where there are more runs.
fn affixes(symbols: &[Symbol]) -> Option<(usize, usize)> {
    let before = symbols.iter().take_while(|symbol| is_letter(**symbol)).count();
    let after = symbols.iter().rev().take_while(|symbol| is_letter(**symbol)).count();
    let digits = symbols.get(before..symbols.len() - after)?;
    digits.iter().all(|symbol| is_digit(*symbol)).then_some((before, after))
}

fn place(quad: Quad, characters: usize, (width, height): (u32, u32)) -> f64 {
    let mut sum = 0.0;
    let share = f64::from(quad.height()) / f64::from(width.max(height).max(1));
    if share < SMALL_SHARE {
        sum += SMALL;
    }
    if quad.roll().abs() > ROLL_LIMIT {
        sum += ROLLED;
    }
    // The box is wider and higher than its characters by the detector's margin.
    let aspect = quad.width() / quad.height().max(1.0) / characters.max(1) as f32;
    if !(CHARACTER_ASPECT.0..=CHARACTER_ASPECT.1).contains(&aspect) {
        sum += MISSHAPEN;
    }
    if quad.center()[1] < OVERHEAD_SHARE * height as f32 {
        sum += OVERHEAD;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::Lattice;

    const SIZE: (u32, u32) = (3000, 2000);

    fn on_a_chest(width: f32, height: f32) -> Quad {
        at(1400.0, 1000.0, width, height)
    }

    fn at(x: f32, y: f32, width: f32, height: f32) -> Quad {
        Quad([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    }

    fn judged(line: &str, quad: Quad) -> f64 {
        let best = line.chars().map(|c| (c, 0.99)).collect();
        let token = Token::of(&Lattice { steps: Vec::new(), best }).unwrap();
        Judgement::of(&Token { probability: 0.97, ..token }, quad, SIZE).probability()
    }

    #[test]
    fn a_clear_number_on_a_chest_is_a_bib() {
        for (line, width) in [("1284", 240.0), ("A-1234", 330.0), ("F12", 180.0), ("40123", 290.0)]
        {
            let probability = judged(line, on_a_chest(width, 110.0));
            assert!(probability > 0.7, "{line}: {probability}");
        }
    }

    #[test]
    fn clocks_boards_years_and_banners_are_not() {
        for (line, quad) in [
            ("1:23:45", at(1200.0, 150.0, 500.0, 120.0)),
            ("10km", on_a_chest(240.0, 110.0)),
            ("5K", on_a_chest(120.0, 110.0)),
            ("MARATHON 2026", at(1000.0, 120.0, 900.0, 100.0)),
            ("2026", at(1000.0, 120.0, 240.0, 100.0)),
            ("0312345678", on_a_chest(600.0, 110.0)),
            ("0", on_a_chest(90.0, 110.0)),
        ] {
            let probability = judged(line, quad);
            assert!(probability < 0.5, "{line}: {probability}");
        }
    }

    #[test]
    fn doubt_of_the_recogniser_is_doubt_of_the_bib() {
        let best = "1284".chars().map(|c| (c, 0.99)).collect();
        let token = Token::of(&Lattice { steps: Vec::new(), best }).unwrap();
        let quad = on_a_chest(240.0, 110.0);
        let of = |probability: f32| {
            Judgement::of(&Token { probability, ..token.clone() }, quad, SIZE).probability()
        };
        assert!(of(0.05) < 0.3 && of(0.3) < of(0.6) && of(0.6) < of(0.99));
    }
}
