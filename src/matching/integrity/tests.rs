use std::fmt::Write as _;

use kanso_race::results;

use super::*;
use crate::camera_clock::ClockSource;

/// Everybody who is named finishes so many seconds after ten o'clock.
struct Day {
    race: Race,
    roster: Roster,
    order: FinishOrder,
    erased: BTreeSet<Bib>,
}

const RULES: &str = "name = 'R'\ndate = 2026-04-05\ntime_zone = 'UTC'\n\
    [[courses]]\nid = 'c'\ngun = 08:00:00\n";

fn day(rows: &[(&str, &str)]) -> Day {
    let mut csv = "Bib,Name,Gun time,Status\n".to_owned();
    for (bib, cells) in rows {
        writeln!(csv, "{bib},Mia Orr,{cells}").unwrap();
    }
    let race = Race::parse(RULES).unwrap();
    let roster = results::read(csv.as_bytes(), &race).unwrap().roster;
    let order = FinishOrder::new(&race, &roster);
    Day { race, roster, order, erased: BTreeSet::new() }
}

impl Day {
    fn findings(&self, photos: &[Witness]) -> Findings {
        let Self { race, roster, order, erased } = self;
        findings(photos, Results { race, roster, order, erased })
    }
}

fn bib(text: &str) -> Bib {
    Bib::parse(text).unwrap()
}

/// A photo so many seconds after ten o'clock.
fn photo(name: &str, seconds: i64) -> Witness {
    let ten: Timestamp = "2026-04-05T10:00:00Z".parse().unwrap();
    let instant = ten.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
    let at =
        Some(CapturedAt { instant, sigma_s: 0.5, zone_by_gps: false, source: ClockSource::Rules });
    let (evidence, unlisted, issued) = Default::default();
    Witness { photo: name.to_owned(), at, evidence, unlisted, issued }
}

impl Witness {
    fn says(mut self, source: Source, text: &str, probability: f64) -> Self {
        let detail = format!("it says {text}");
        self.evidence.push(Evidence::new(source, bib(text), probability, detail));
        self
    }

    fn reads(self, text: &str) -> Self {
        self.says(Source::Reading, text, 0.95)
    }

    fn issued(mut self, text: &str) -> Self {
        self.issued.insert(bib(text));
        self
    }
}

fn names(proofs: &[Proof]) -> Vec<&str> {
    proofs.iter().map(|proof| proof.photo.as_str()).collect()
}

#[test]
fn a_bib_that_is_seen_at_its_finish_and_minutes_later_is_on_two_people() {
    let day = day(&[("7", "2:00:00,"), ("8", "2:00:30,")]);
    let photos = [
        photo("later", 1500).reads("7"),
        photo("finish", 1).reads("7").issued("7"),
        photo("other", 31).reads("8").issued("8"),
    ];
    let found = day.findings(&photos);
    let [seven] = found.apart.as_slice() else { panic!("{found:?}") };
    let told: Vec<(bool, Vec<&str>)> =
        seven.occasions.iter().map(|one| (one.at_finish, names(&one.photos))).collect();
    assert_eq!(seven.bib, bib("7"));
    assert_eq!(told, [(true, vec!["finish"]), (false, vec!["later"])]);
    assert!(found.chipless.is_empty() && found.photoless.is_empty(), "{found:?}");
}

#[test]
fn a_bib_that_is_seen_only_minutes_from_its_finish_is_told_and_one_who_lingers_is_not() {
    let day = day(&[("7", "2:00:00,")]);
    let occasions = |photos: &[Witness]| {
        let found = day.findings(photos).apart;
        found.first().map(|one| one.occasions.iter().map(|o| o.at_finish).collect::<Vec<_>>())
    };
    let away = photo("away", -900).reads("7");
    assert_eq!(occasions(&[away]), Some(vec![false]));
    let stays = [60, 150, 240, 330].map(|seconds| photo("stays", seconds).reads("7"));
    assert_eq!(occasions(&stays), None, "never gone for long");
    let unsure = photo("away", 900).says(Source::Reading, "7", 0.8);
    let by_clock = photo("away", 900).says(Source::Clock, "7", 0.99);
    assert_eq!(occasions(&[unsure, by_clock]), None);
}

#[test]
fn a_clock_that_is_not_sure_puts_nobody_in_two_places() {
    let day = day(&[("7", "2:00:00,")]);
    let mut away = photo("away", 200).reads("7");
    assert_eq!(day.findings(std::slice::from_ref(&away)).apart.len(), 1);
    away.at = away.at.map(|at| CapturedAt { sigma_s: 60.0, ..at });
    assert!(day.findings(std::slice::from_ref(&away)).apart.is_empty());
    away.at = None;
    assert!(day.findings(&[away]).apart.is_empty());
}

#[test]
fn without_times_of_day_a_bib_is_held_against_itself() {
    let day = day(&[("7", ",DNF")]);
    let photos = [photo("a", 0).reads("7"), photo("b", 5).reads("7"), photo("c", 600).reads("7")];
    let found = day.findings(&photos).apart;
    assert_eq!((found[0].finish, found[0].occasions.len()), (None, 2));
    assert_eq!(names(&found[0].occasions[0].photos), ["a", "b"]);
}

#[test]
fn who_is_seen_and_has_no_finish_wore_no_chip() {
    let rows = [("7", "2:00:00,"), ("8", ",DNS"), ("9", ",DNF"), ("10", "2:10:00,")];
    let day = day(&rows);
    let mut stranger = photo("stranger", 20);
    stranger.unlisted.insert(bib("77"));
    let photos = [
        photo("dns", 0).reads("8"),
        photo("dnf", 0).says(Source::Code, "9", 0.999),
        stranger,
        photo("fine", 1).reads("7").issued("7").issued("10"),
    ];
    let found = day.findings(&photos).chipless;
    let told: Vec<_> =
        found.iter().map(|one| (one.bib.as_str(), one.results, names(&one.photos))).collect();
    assert_eq!(
        told,
        [
            ("77", NoFinish::NotListed, vec!["stranger"]),
            ("8", NoFinish::DidNotStart, vec!["dns"]),
            ("9", NoFinish::DidNotFinish, vec!["dnf"]),
        ]
    );
}

#[test]
fn results_that_are_still_coming_accuse_nobody() {
    let mut day = day(&[("7", "2:00:00,")]);
    let unlisted = |seconds| {
        let mut photo = photo("stranger", seconds);
        photo.unlisted.insert(bib("77"));
        photo
    };
    assert_eq!(day.findings(&[unlisted(-200)]).chipless.len(), 1);
    assert!(day.findings(&[unlisted(-60)]).chipless.is_empty(), "chips come late");
    assert!(day.findings(&[unlisted(600)]).chipless.is_empty(), "nobody has finished since");
    day.race.confirmed = true;
    assert_eq!(day.findings(&[unlisted(600)]).chipless.len(), 1, "no more results come");
}

#[test]
fn a_finisher_without_a_photo_is_told_with_those_that_may_be_theirs() {
    let mut day = day(&[("7", "2:00:00,"), ("8", "2:01:00,"), ("9", ",DNF"), ("10", "2:02:00,")]);
    day.erased.insert(bib("10"));
    let photos = [
        photo("sevens", 1).reads("7").issued("7"),
        photo("doubtful", 300).says(Source::Reading, "8", 0.7),
        photo("somebodys", 62).issued("7"),
        photo("nobodys", 63),
        photo("then", 200),
    ];
    let found = day.findings(&photos).photoless;
    let [eight] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&eight.bib, names(&eight.photos)), (&bib("8"), vec!["nobodys", "doubtful"]));
}
