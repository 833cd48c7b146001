//! Numbers that people write about a race and that are no bibs.

use kanso_race::{Bib, Race};

/// Whether a number is also the race's year, edition or distance, or stands in what its
/// courses and its venue are called (a postcode): in a caption it may be either.
pub fn of_the_race(bib: &Bib, race: &Race) -> bool {
    let bib = bib.as_str();
    let digits_end = bib.find(|c: char| !c.is_ascii_digit()).unwrap_or(bib.len());
    let (number, unit) = bib.split_at(digits_end);
    match unit {
        "" => race_numbers(race).any(|own| own == number),
        // A distance, of this race or another.
        "K" | "KM" | "M" | "MI" | "MILES" => true,
        _ => japanese_postcode(number, unit),
    }
}

/// `650-0001`
fn japanese_postcode(number: &str, rest: &str) -> bool {
    let rest = rest.strip_prefix('-').unwrap_or_default();
    number.len() == 3 && rest.len() == 4 && rest.bytes().all(|byte| byte.is_ascii_digit())
}

fn race_numbers(race: &Race) -> impl Iterator<Item = String> {
    let mut texts = vec![race.date.year().to_string()];
    texts.extend(race.edition.map(|edition| edition.to_string()));
    for course in &race.courses {
        texts.extend(course.distance_m.into_iter().flat_map(distances));
        texts.push(course.id.clone());
        texts.extend(course.aliases.iter().cloned());
    }
    let names = race.courses.iter().map(|course| &course.name);
    for name in names.chain([&race.name]).chain(&race.venue) {
        texts.push(name.ja.clone());
        texts.extend(name.en.clone());
    }
    texts.into_iter().flat_map(|text| {
        let runs = text.split(|c: char| !c.is_ascii_digit()).map(str::to_owned);
        runs.filter(|run| !run.is_empty()).collect::<Vec<_>>()
    })
}

/// 42195 m as people write it: 42, 42195.
fn distances(metres: f64) -> [String; 3] {
    [metres / 1000.0, (metres / 1000.0).round(), metres].map(|number| (number as u64).to_string())
}
