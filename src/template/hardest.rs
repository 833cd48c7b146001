//! The names of a race that try a template hardest.

use kanso_race::{Finisher, Roster};
use unicode_width::UnicodeWidthStr;

/// The longest names, the shortest, the first of every script and rarity, and then the next
/// longest: `count` of them where the race has as many, each once.
pub fn hardest(roster: &Roster, count: usize) -> Vec<&Finisher> {
    let mut by_width: Vec<&Finisher> = roster.iter().collect();
    by_width.sort_by_key(|finisher| std::cmp::Reverse(finisher.name.width()));
    let mut chosen: Vec<&Finisher> = Vec::new();
    let longest = by_width.iter().take(count.div_ceil(3));
    let shortest = by_width.last().into_iter();
    let kinds = KINDS
        .iter()
        .filter_map(|of_kind| roster.iter().find(|finisher| finisher.name.chars().any(of_kind)));
    for finisher in longest.chain(shortest).copied().chain(kinds).chain(by_width.iter().copied()) {
        if chosen.len() < count && !chosen.iter().any(|known| known.bib == finisher.bib) {
            chosen.push(finisher);
        }
    }
    chosen
}

const KINDS: [fn(char) -> bool; 9] = [
    // Kanji beyond the first plane, and variation selectors.
    |c| ('\u{20000}'..='\u{3ffff}').contains(&c),
    |c| ('\u{e0100}'..='\u{e01ef}').contains(&c),
    |c| ('\u{f900}'..='\u{faff}').contains(&c),
    |c| ('\u{c0}'..='\u{24f}').contains(&c),
    |c| ('\u{1e00}'..='\u{1eff}').contains(&c),
    |c| ('\u{370}'..='\u{52f}').contains(&c),
    |c| ('\u{590}'..='\u{6ff}').contains(&c),
    |c| ('\u{e00}'..='\u{e7f}').contains(&c),
    |c| ('\u{ac00}'..='\u{d7a3}').contains(&c),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specimen;
    use kanso_race::Bib;

    #[test]
    fn the_longest_the_shortest_and_the_rarest_names_are_chosen() {
        let mut roster = Roster::default();
        let plain = (0..50).map(|at| format!("山田 花子{at}"));
        let names = specimen::NAMES.iter().map(|name| (*name).to_owned()).chain(plain);
        for (at, name) in names.enumerate() {
            let bib = Bib::parse(&format!("{at}")).unwrap();
            roster.insert(Finisher { bib, ..specimen::finisher(&name) }).unwrap();
        }
        let chosen: Vec<&str> =
            hardest(&roster, 10).iter().map(|finisher| finisher.name.as_str()).collect();
        for name in
            [&specimen::NAMES[1], &specimen::NAMES[3], &specimen::NAMES[4], &specimen::NAMES[5]]
        {
            assert!(chosen.contains(name), "{name} {chosen:?}");
        }
        assert_eq!(chosen.len(), 10);
    }
}
