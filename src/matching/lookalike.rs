//! Bibs that are taken for one another.

use kanso_race::{Bib, Finisher, Roster};

/// Runners of whom one misread character, or one that is hidden, makes this bib; `symbols`
/// are all that the roster's bibs are made of.
pub fn lookalikes<'a>(bib: &Bib, roster: &'a Roster, symbols: &str) -> Vec<&'a Finisher> {
    let text = bib.as_str();
    let put = |from: usize, until: usize| {
        symbols.chars().map(move |symbol| format!("{}{symbol}{}", &text[..from], &text[until..]))
    };
    let replaced = (0..text.len()).flat_map(|at| put(at, at + 1));
    let dropped = (0..text.len()).map(|at| format!("{}{}", &text[..at], &text[at + 1..]));
    let longer = [0, text.len()].into_iter().flat_map(|at| put(at, at));
    let mut found: Vec<&Finisher> = replaced
        .chain(dropped)
        .chain(longer)
        .filter(|other| other != text)
        .filter_map(|other| roster.get(&Bib::parse(&other).ok()?))
        .collect();
    found.sort_by(|a, b| a.bib.cmp(&b.bib));
    found.dedup_by(|a, b| a.bib == b.bib);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use kanso_race::{Race, results};

    #[test]
    fn one_symbol_more_less_or_other_looks_alike() {
        let rules = "name = 'R'\ndate = 2026-04-05\n[[courses]]\nid = 'c'\n";
        let bibs = ["1001", "10011", "1O01", "2001", "101", "1010", "9999"];
        let rows: String = bibs.iter().map(|bib| format!("{bib},Mia Orr,0:41:20\n")).collect();
        let csv = format!("Bib,Name,Time\n{rows}");
        let read = results::read(csv.as_bytes(), &Race::parse(rules).unwrap()).unwrap();
        let alike = lookalikes(&Bib::parse("1001").unwrap(), &read.roster, "0129O");
        let alike: Vec<&str> = alike.iter().map(|finisher| finisher.bib.as_str()).collect();
        assert_eq!(alike, ["10011", "101", "1O01", "2001"]);
    }
}
