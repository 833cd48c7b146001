use proptest::prelude::*;

use super::*;
use crate::lattice::{BLANK, Lattice, SYMBOLS};
use crate::quad::Quad;

/// A box that shows the characters, each this clearly; `_` is blank, a pair like `[38]` in
/// `doubtful` shows two symbols alike.
fn reading(characters: &str, sure: f32) -> Reading {
    let mut lattice = Lattice::default();
    for c in characters.chars() {
        let mut step = [(1.0 - sure) / (SYMBOLS - 1) as f32; SYMBOLS];
        step[usize::from(if c == '_' { BLANK } else { symbol(c) })] = sure;
        let mut blank = [0.001; SYMBOLS];
        blank[usize::from(BLANK)] = 1.0 - 0.038;
        lattice.steps.extend([step, blank]);
        lattice.best.extend((c != '_').then_some((c, sure)));
    }
    let quad = Quad([[400.0, 500.0], [600.0, 500.0], [600.0, 590.0], [400.0, 590.0]]);
    Reading::of(quad, lattice, (1000, 1000)).unwrap()
}

fn matches(bibs: &[&str], prior: Prior, reading: &Reading) -> Vec<(String, f64)> {
    let list = BibList::new(bibs, prior).unwrap();
    let matches = list.matches(std::slice::from_ref(reading));
    matches.into_iter().map(|found| (found.bib, found.probability)).collect()
}

#[test]
fn a_listed_bib_is_found_and_no_other() {
    for bib in ["1284", "A-1234", "F12", "0123", "W1"] {
        let bibs = [bib, "9", "77", "5555", "B-777", "W2", "123", "234"];
        let found = matches(&bibs, Prior::Race, &reading(bib, 0.97));
        assert_eq!(found[0].0, bib);
        assert!(found[0].1 > 0.8, "{found:?}");
        assert!(found[1..].iter().all(|(_, probability)| *probability < 0.2), "{found:?}");
    }
}

#[test]
fn a_bib_that_is_not_listed_becomes_no_other_runner() {
    let near = ["11284", "21284", "12840", "12849", "128", "284", "1234", "1285", "7284", "1824"];
    for prior in [Prior::Race, Prior::Window] {
        for count in 1..=near.len() {
            let found = matches(&near[..count], prior, &reading("1284", 0.97));
            assert!(found.iter().all(|(_, p)| *p < 0.5), "{prior:?} {count}: {found:?}");
        }
    }
}

#[test]
fn a_hidden_end_is_said_but_not_believed_alone() {
    for (shown, bib) in [("284", "1284"), ("128", "1284")] {
        let found = matches(&["1284", "5555", "9071"], Prior::Race, &reading(shown, 0.97));
        assert_eq!(found[0].0, bib, "{shown}");
        assert!(found[0].1 > 0.1 && found[0].1 < 0.5, "{shown}: {found:?}");
    }
    let found = matches(&["12", "71"], Prior::Race, &reading("2", 0.97));
    assert!(found.is_empty(), "one digit is not enough of a bib: {found:?}");
}

#[test]
fn what_differs_by_a_hyphen_alone_is_said_of_both() {
    let found = matches(&["A-12", "A12", "B12"], Prior::Race, &reading("A12", 0.97));
    assert!(found[0].1 < 0.5 && found[1].1 < 0.5 && found[1].1 > 0.4, "{found:?}");
}

#[test]
fn the_list_is_checked() {
    assert_eq!(BibList::new(["", " ", "-"], Prior::Race).unwrap_err(), BibListError::Empty);
    let none: [&str; 0] = [];
    assert_eq!(BibList::new(none, Prior::Race).unwrap_err(), BibListError::Empty);
    let list = BibList::new(["12", "12", " 12 ", "１２"], Prior::Race).unwrap();
    assert_eq!(list.keys.len(), 2, "full-width is another writing of the same");
}

proptest! {
    /// Shared beginnings and giving up change nothing that matters.
    #[test]
    fn every_bib_is_scored_as_if_it_were_alone(
        numbers in prop::collection::btree_set(0u32..30_000, 1..60),
        shown in 0u32..30_000,
        sure in 0.4f32..0.98,
    ) {
        let bibs: Vec<String> = numbers.iter().map(u32::to_string).collect();
        let list = BibList::new(&bibs, Prior::Race).unwrap();
        let reading = reading(&shown.to_string(), sure);
        let emissions = Emissions::new(&reading.lattice, STEP_ERROR);
        let scores: BTreeMap<usize, f32> =
            Scoring::new(&list.keys, &emissions, 1e-9).scores().into_iter().collect();
        for (number, bib) in bibs.iter().enumerate() {
            let key: Vec<Symbol> = bib.chars().map(symbol).collect();
            let alone = alone(&emissions, &key);
            let shared = scores.get(&number).copied().unwrap_or(0.0);
            prop_assert!((alone - shared).abs() <= 1e-3 * alone + 1e-7, "{} {} {}", bib, alone, shared);
        }
    }
}

fn alone(emissions: &Emissions, key: &[Symbol]) -> f32 {
    let cut = &key[..key.len() - 1];
    let mut sum = emissions.probability(key) * (1.0 - LAST_HIDDEN);
    if cut.len() >= SEEN_LEAST {
        sum += emissions.probability(cut) * LAST_HIDDEN;
    }
    if key.len() > SEEN_LEAST {
        let hidden = if key[0] == 1 { LEADING_ONE_HIDDEN } else { FIRST_HIDDEN };
        sum += hidden * emissions.probability(&key[1..]) * (1.0 - LAST_HIDDEN);
        if cut.len() > SEEN_LEAST {
            sum += hidden * emissions.probability(&cut[1..]) * LAST_HIDDEN;
        }
    }
    sum
}
