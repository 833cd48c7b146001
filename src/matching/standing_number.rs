//! Numbers that stand where a camera stands: a banner, a kilometre board, a sponsor's year. A
//! runner crosses the line once and is gone; what is read all day long is no runner's bib.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kanso_race::Bib;

/// Photos this close together, in seconds, may be of one runner who stays.
const STRETCH_S: i64 = 300;
/// In so many stretches of time nobody is photographed by one camera.
const STRETCHES: usize = 4;

/// The bibs that a camera's photos show again and again: for each photo what the camera
/// showed, and the bibs.
pub fn standing_numbers<'a>(
    photos: impl IntoIterator<Item = (Timestamp, impl IntoIterator<Item = &'a Bib>)>,
) -> BTreeSet<Bib> {
    let mut seen: BTreeMap<&Bib, BTreeSet<i64>> = BTreeMap::new();
    for (shown, bibs) in photos {
        for bib in bibs {
            seen.entry(bib).or_default().insert(shown.as_second().div_euclid(STRETCH_S));
        }
    }
    let standing = seen.into_iter().filter(|(_, stretches)| stretches.len() >= STRETCHES);
    standing.map(|(bib, _)| bib.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_all_day_stands_there_and_who_walks_back_does_not() {
        let bibs = |texts: &[&str]| texts.iter().map(|text| Bib::parse(text).unwrap()).collect();
        let banner: BTreeSet<Bib> = bibs(&["42"]);
        let both: BTreeSet<Bib> = bibs(&["42", "1284"]);
        let at = |minute: i64| Timestamp::from_second(1_700_000_000 + 60 * minute).unwrap();
        let photos = [(0, &both), (1, &both), (7, &both), (12, &banner), (20, &banner)];
        let photos = photos.map(|(minute, bibs)| (at(minute), bibs));
        assert_eq!(standing_numbers(photos), banner);
        assert!(standing_numbers(photos.into_iter().take(3)).is_empty());
    }
}
