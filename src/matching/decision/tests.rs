use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use kanso_race::results;

use super::*;
use crate::camera::CameraId;
use crate::sighting::{Seen, Sighting};

const RULES: &str = "name = 'R'\ndate = 2026-04-05\ntime_zone = 'UTC'\n\
    [[courses]]\nid = 'c'\ngun = 08:00:00\n";
/// 10:00:00, two hours after the gun.
const TEN: &str = "2026-04-05T10:00:00Z";

struct Day {
    race: Race,
    roster: Roster,
    order: FinishOrder,
}

/// Runners by bib and seconds after the gun.
fn day(runners: impl IntoIterator<Item = (String, u32)>) -> Day {
    let mut csv = "Bib,Name,Gun time\n".to_owned();
    for (bib, s) in runners {
        writeln!(csv, "{bib},Mia Orr,{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60).unwrap();
    }
    let race = Race::parse(RULES).unwrap();
    let roster = results::read(csv.as_bytes(), &race).unwrap().roster;
    let order = FinishOrder::new(&race, &roster);
    Day { race, roster, order }
}

/// 5,000 to 5,999 finish one every 4 s from 9:30 on, and these as it says.
fn field(others: &[(&str, u32)]) -> Day {
    let many = (0..1000).map(|n| (format!("{}", 5000 + (n * 7) % 1000), 5400 + 4 * n));
    let others = others.iter().map(|(bib, seconds)| ((*bib).to_owned(), *seconds));
    day(many.chain(others))
}

impl Day {
    /// Of a photo of 10:00:00.
    fn decide(&self, evidence: Vec<Evidence>) -> Decision {
        self.decide_beside(evidence, Burst::default(), &[])
    }

    /// Beside others.
    fn decide_beside(&self, evidence: Vec<Evidence>, burst: Burst, unlisted: &[&str]) -> Decision {
        let instant: Timestamp = TEN.parse().unwrap();
        let clock = Clock::Known(CapturedAt {
            instant,
            sigma_s: 0.5,
            zone_by_gps: false,
            source: ClockSource::Rules,
        });
        let unlisted = unlisted.iter().map(|text| (*text).to_owned()).collect();
        let known = Known { evidence, clock, unlisted, burst, person: None };
        decide(&known, &self.race, &self.roster, &self.order)
    }
}

fn said(source: Source, bib: &str, probability: f64) -> Evidence {
    let detail = format!("it says {bib}");
    Evidence::new(source, Bib::parse(bib).unwrap(), probability, detail)
}

fn read(bib: &str) -> Evidence {
    said(Source::Reading, bib, 0.97)
}

fn bibs(matches: &[Match]) -> Vec<&str> {
    matches.iter().map(|found| found.bib.as_str()).collect()
}

#[test]
fn a_reading_is_issued_where_the_clock_agrees_and_each_weight_is_told() {
    let decision = field(&[("1284", 7199)]).decide(vec![read("1284")]);
    assert_eq!(bibs(&decision.matches), ["1284"], "{decision:?}");
    let found = &decision.matches[0];
    assert!(found.probability > 0.999, "{found:?}");
    let sum: f64 = found.evidence.iter().map(|evidence| evidence.weight).sum();
    assert!((crate::evidence::probability(sum) - found.probability).abs() < 1e-9);
    assert!(found.evidence.iter().all(|evidence| evidence.weight > 3.0), "{found:?}");
    assert_eq!(found.evidence[0].odds_words(), "32 to 1 for");
}

#[test]
fn a_reading_that_the_clock_contradicts_by_minutes_goes_to_a_person_with_words() {
    let decision = field(&[("1284", 7200 + 41 * 60)]).decide(vec![read("1284")]);
    assert_eq!(decision.outcome, Outcome::Review);
    let words = "read 1284 at 0.97, but 1284 finished 41 min later";
    assert!(decision.reason.starts_with(words), "{}", decision.reason);
    let first = &decision.candidates[0];
    assert!(first.bib.as_str() == "1284" && first.probability < 0.5, "{first:?}");
    assert!(first.evidence[1].odds_words().ends_with("against"), "{first:?}");
    assert!(decision.candidates.len() > 1, "those who finished about then are offered");
    // Who has walked back is found more probable, and asked about all the same.
    let decision = field(&[("1284", 7200 - 5 * 60)]).decide(vec![read("1284")]);
    assert_eq!(decision.outcome, Outcome::Review, "{decision:?}");
    assert!(decision.candidates[0].probability > 0.5, "{decision:?}");
}

#[test]
fn who_lingers_is_issued_unless_a_lookalike_crosses_the_line() {
    let lingers = field(&[("1284", 7170)]).decide(vec![read("1284")]);
    assert_eq!(bibs(&lingers.matches), ["1284"], "{lingers:?}");
    let alike = field(&[("1284", 7170), ("1285", 7199)]).decide(vec![read("1284")]);
    assert_eq!(alike.outcome, Outcome::Review, "{alike:?}");
    assert!(alike.reason.contains("1285, which looks alike"), "{}", alike.reason);
    // On time themselves, they are who they are.
    let both = field(&[("1284", 7199), ("1285", 7199)]).decide(vec![read("1284")]);
    assert_eq!(bibs(&both.matches), ["1284"], "{both:?}");
}

#[test]
fn a_photo_without_a_number_asks_nobody_where_its_neighbours_show_whom_they_show() {
    let day = field(&[("1284", 7199)]);
    let shows = BTreeSet::from([Bib::parse("1284").unwrap()]);
    let burst = || Burst { shows: shows.clone(), ..Burst::default() };
    let decision = day.decide_beside(Vec::new(), burst(), &[]);
    assert_eq!((decision.outcome, bibs(&decision.matches)), (Outcome::Reject, vec![]));
    assert!(decision.reason.contains("within 2 s show 1284"), "{}", decision.reason);
    assert_eq!(bibs(&decision.candidates), ["1284"], "its runner is told, and not issued");
    // A number of its own is a question of its own, and no witness is made of a neighbour.
    assert_eq!(day.decide_beside(Vec::new(), burst(), &["1289"]).outcome, Outcome::Review);
    let own = day.decide_beside(vec![read("1284")], burst(), &[]);
    assert_eq!(own, day.decide(vec![read("1284")]));
}

#[test]
fn a_person_is_asked_once_about_a_number_that_a_burst_repeats() {
    let day = field(&[("1284", 9000)]);
    let burst = |asked: &str| Burst { asked: [asked.to_owned()].into(), ..Burst::default() };
    let waits = day.decide_beside(vec![read("1284")], burst("1284"), &[]);
    assert_eq!(waits.outcome, Outcome::Pending);
    assert!(waits.reason.contains("waits for the answer"), "{}", waits.reason);
    let other = day.decide_beside(vec![read("1284")], burst("2001"), &[]);
    assert_eq!(other.outcome, Outcome::Review);
    let unlisted = day.decide_beside(Vec::new(), burst("1289"), &["1289"]);
    assert_eq!(unlisted.outcome, Outcome::Pending);
}

#[test]
fn another_camera_is_a_second_witness_for_who_lingers_and_none_against_the_clock() {
    let witnessed =
        || Burst { witnessed: [Bib::parse("1284").unwrap()].into(), ..Burst::default() };
    let day = field(&[("1284", 7170)]);
    let faint = || vec![said(Source::Reading, "1284", 0.9)];
    assert_eq!(day.decide(faint()).outcome, Outcome::Review);
    let twice = day.decide_beside(faint(), witnessed(), &[]);
    assert_eq!(bibs(&twice.matches), ["1284"], "{twice:?}");
    let later = field(&[("1284", 9000)]).decide_beside(vec![read("1284")], witnessed(), &[]);
    assert_eq!(later.outcome, Outcome::Review, "{later:?}");
    let unread = day.decide_beside(Vec::new(), witnessed(), &[]);
    assert!(unread.matches.is_empty(), "nobody is in a photo for being in another");
}

#[test]
fn what_a_person_said_of_a_number_holds_in_the_photos_taken_just_before_and_after() {
    let day = field(&[("1284", 9000)]);
    let confirmed = Burst { confirmed: [Bib::parse("1284").unwrap()].into(), ..Burst::default() };
    let decision = day.decide_beside(vec![read("1284")], confirmed.clone(), &[]);
    assert_eq!(bibs(&decision.matches), ["1284"], "{decision:?}");
    let other = day.decide_beside(vec![read("1289")], confirmed, &["1289"]);
    assert!(other.matches.is_empty(), "of another number nothing was said: {other:?}");
    let denied = Burst { denied: ["1284".to_owned()].into(), ..Burst::default() };
    let decision = day.decide_beside(vec![read("1284")], denied, &[]);
    assert_eq!(decision.outcome, Outcome::Reject);
    assert!(decision.reason.contains("nobody's there"), "{}", decision.reason);
}

fn sighting(camera: &str, photo: u64, at_s: i64, seen: &[(&str, Seen)]) -> Sighting {
    let shown = Timestamp::from_second(1_795_000_000 + at_s).unwrap();
    Sighting {
        camera: CameraId::new(camera).unwrap(),
        photo: format!("{photo:016x}").parse().unwrap(),
        shown,
        instant: Some(shown),
        seen: seen.iter().map(|(bib, seen)| (Bib::parse(bib).unwrap(), *seen)).collect(),
    }
}

#[test]
fn a_photo_hears_of_its_own_burst_and_of_other_cameras_about_then() {
    let issued = Seen { read: true, issued: true, ..Seen::default() };
    let asked = Seen { read: true, asked: true, ..Seen::default() };
    let told = Seen { read: true, told: Some(true), ..Seen::default() };
    let own = sighting("a", 5, 10, &[]);
    let around = [
        sighting("a", 1, 8, &[("1", issued)]),
        sighting("a", 2, 13, &[("2", issued)]),
        sighting("b", 3, 14, &[("3", issued)]),
        sighting("b", 4, 16, &[("4", issued)]),
        sighting("a", 6, 5, &[("6", asked)]),
        sighting("b", 7, 11, &[("7", asked)]),
        sighting("a", 8, 12, &[("8", told)]),
    ];
    let names = |bibs: &BTreeSet<Bib>| bibs.iter().map(Bib::to_string).collect::<Vec<_>>();
    let burst = Burst::beside(&own, &around);
    assert_eq!(names(&burst.shows), ["1"], "within two seconds, by the same camera");
    assert_eq!(names(&burst.witnessed), ["3", "7"], "within five, by another");
    assert_eq!(burst.asked, ["6".to_owned()].into(), "who is asked later does not count");
    assert_eq!(names(&burst.confirmed), ["8"]);
    // Clocks that nobody knows tell nothing of other cameras.
    let unknown = |sighting: &Sighting| Sighting { instant: None, ..sighting.clone() };
    let burst =
        Burst::beside(&unknown(&own), around.iter().map(unknown).collect::<Vec<_>>().iter());
    assert_eq!((names(&burst.shows), names(&burst.witnessed)), (vec!["1".into()], vec![]));
}

#[test]
fn of_two_photos_of_one_second_one_asks_and_the_other_waits() {
    let asked = Seen { read: true, asked: true, ..Seen::default() };
    let [one, two] = [1, 2].map(|photo| sighting("a", photo, 0, &[("7", asked)]));
    assert!(Burst::beside(&one, [&two]).asked.is_empty());
    assert_eq!(Burst::beside(&two, [&one]).asked, ["7".to_owned()].into());
}

#[test]
fn several_runners_each_have_a_probability_of_their_own() {
    let day = field(&[("1284", 7199), ("2001", 7201), ("3001", 9000)]);
    let decision = day.decide(vec![read("1284"), read("2001"), read("3001")]);
    assert_eq!(bibs(&decision.matches), ["1284", "2001"], "{decision:?}");
    assert_eq!(bibs(&decision.candidates), ["3001"]);
}

#[test]
fn what_is_copied_counts_once_and_what_is_seen_counts_beside_it() {
    let day = field(&[("1284", 7199)]);
    let probability = |evidence: Vec<Evidence>| day.decide(evidence).matches[0].probability;
    let key = || said(Source::Key, "1284", 0.98);
    let alone = probability(vec![key()]);
    assert_eq!(alone, probability(vec![key(), said(Source::Caption, "1284", 0.95)]));
    let seen = probability(vec![key(), read("1284")]);
    assert!(seen > alone);
    let code = said(Source::Code, "1284", 0.995);
    assert!(probability(vec![key(), read("1284"), code]) > seen);
}

#[test]
fn a_person_outranks_the_clock_and_an_explicit_claim_is_contradicted_by_it() {
    let day = field(&[("1284", 9000)]);
    let claimed = day.decide(vec![said(Source::Key, "1284", 0.98)]);
    assert_eq!(claimed.outcome, Outcome::Review);
    assert!(claimed.reason.contains("the file name says bib 1284, but"), "{}", claimed.reason);
    let person = PersonsDecision::Bibs(vec![Bib::parse("1284").unwrap()]);
    let known = Known { person: Some(person), ..Known::default() };
    let decision = decide(&known, &day.race, &day.roster, &day.order);
    assert_eq!(bibs(&decision.matches), ["1284"]);
    assert_eq!(decision.matches[0].evidence[0].odds_words(), "outranks all else");
}

#[test]
fn confusable_bibs_without_a_clock_are_put_before_a_person() {
    let day = field(&[("1001", 7199), ("10011", 7199), ("1O01", 7199)]);
    let known = Known { evidence: vec![read("1001")], ..Known::default() };
    let decision = decide(&known, &day.race, &day.roster, &day.order);
    assert_eq!((decision.outcome, bibs(&decision.candidates)), (Outcome::Review, vec!["1001"]));
    assert!(decision.reason.contains("nor does any clock agree"), "{}", decision.reason);
}

#[test]
fn the_clock_alone_prints_nobody_in_a_dense_field() {
    let lonely = day([("1284".to_owned(), 7199), ("7".to_owned(), 3600)]).decide(Vec::new());
    assert_eq!(bibs(&lonely.matches), ["1284"], "{lonely:?}");
    let dense = field(&[("1284", 7199)]).decide(Vec::new());
    assert_eq!(dense.outcome, Outcome::Review, "{dense:?}");
    let sum: f64 = dense.candidates.iter().map(|found| found.probability).sum();
    assert!(sum > 0.5 && sum < 1.0, "{dense:?}");
}
