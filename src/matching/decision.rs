//! Evidence → one probability per bib → issue, wait, ask or refuse.

mod burst;
mod sorted;
mod weighing;

use std::collections::BTreeMap;

use kanso_photo::CaptureTime;
use kanso_race::{Bib, Finisher, Race, Roster};

use super::camera_clock::{CameraClock, ClockSource};
use super::clock::{self, CapturedAt, Lateness, Neighbour, NoMoment};
use super::evidence::{Evidence, Source};
use super::finish_order::FinishOrder;
use super::person::PersonsDecision;
use super::reason::Reason;
use super::words::{lag_after_finish, lag_words, reading_words, source_words, unlisted_words};
pub use burst::{BURST_S, Burst, OCCASION_S};
use burst::{ask_once, by_burst};
use sorted::Sorted;
use weighing::{Field, Weighed, weigh};

/// Everything known about a photo when the decision is made.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Claims, codes and readings; the clock's own evidence is worked out here.
    pub evidence: Vec<Evidence>,
    pub clock: Clock,
    /// Numbers that are read on bibs, and that nobody in the results has.
    pub unlisted: Vec<String>,
    pub burst: Burst,
    pub person: Option<PersonsDecision>,
}

/// What a photo's capture time is worth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Clock {
    /// The photo has no usable capture time.
    #[default]
    None,
    /// It has one, but nobody knows how far this camera's clock is off.
    OffsetUnknown,
    /// It has one in a time zone that the photo's own GPS time contradicts.
    ZoneContradicted,
    Known(CapturedAt),
}

impl Clock {
    /// Of a photo's capture time, by its camera's clock.
    pub fn of(time: Option<&CaptureTime>, camera: Option<&CameraClock>, race: &Race) -> Self {
        match time.map(|time| clock::captured_at(time, camera, race)) {
            None => Self::None,
            Some(Ok(at)) => Self::Known(at),
            Some(Err(NoMoment::OffsetUnknown)) => Self::OffsetUnknown,
            Some(Err(NoMoment::ZoneContradicted)) => Self::ZoneContradicted,
        }
    }
}

/// What becomes of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// At least one certificate is made.
    Issue,
    /// Something that will come is missing: a result, a camera's offset.
    Pending,
    /// A person must choose.
    Review,
    /// No certificate can come of it.
    Reject,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Pending => "pending",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }
}

/// A runner that a photo may show, and why.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Match {
    pub bib: Bib,
    pub probability: f64,
    pub evidence: Vec<Evidence>,
    /// Why this bib is not simply issued; empty for those that are.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// The decision about one photo. One photo may show several runners, so a photo that is
/// issued for one may still wait for another or ask about a third.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Decision {
    pub outcome: Outcome,
    /// One sentence for the operator.
    pub reason: String,
    /// Each gets a certificate.
    pub matches: Vec<Match>,
    /// Known, but their result is not there yet.
    pub waiting: Vec<Match>,
    /// For a person to choose from, the most probable first.
    pub candidates: Vec<Match>,
    /// Known, and never to be certified (DNF, DNS, DQ).
    pub barred: Vec<Match>,
}

/// Below it a printed number is not read as this bib.
const READ: f64 = 0.5;
/// How many clock neighbours a person is offered.
const OFFERED: usize = 8;

/// A printed number whose runner crosses the line is printed from here on, whatever the race's
/// threshold; one whose runner would have lingered, or whose lookalike crosses the line sooner,
/// from there: a list of bibs holds many that one misread character agrees with. Fitted by
/// `kanso simulate --finishers 40000 --cameras 3 --seed 201`, where more than half of
/// the wrong certificates were of such runners.
const READ_ISSUE: f64 = 0.97;
const READ_ISSUE_DOUBTFUL: f64 = 0.998;

/// Decides about a photo. Pure: the same evidence, race and roster give the same answer.
/// `order` is the roster's by the race's clock.
pub fn decide(known: &Known, race: &Race, roster: &Roster, order: &FinishOrder) -> Decision {
    ask_once(decide_alone(known, Field { race, roster, order }), known)
}

fn decide_alone(known: &Known, field: Field<'_>) -> Decision {
    let Field { race, roster, .. } = field;
    let mut sorted = Sorted::default();
    match &known.person {
        Some(PersonsDecision::Reject(words)) => {
            return sorted
                .into_decision(Outcome::Reject, format!("{}: {words}", Reason::PersonRejected));
        }
        Some(PersonsDecision::Bibs(bibs)) if bibs.is_empty() => {
            return sorted.into_decision(Outcome::Reject, Reason::PersonFoundNobody.to_string());
        }
        Some(PersonsDecision::Bibs(bibs)) => {
            for bib in bibs {
                sorted.place(persons_match(bib), roster.get(bib), race, 1.0);
            }
        }
        None => sort_claims(known, field, &mut sorted),
    }
    let doubtful = std::mem::take(&mut sorted.doubtful);
    if sorted.is_empty() {
        if doubtful.is_empty() && known.unlisted.is_empty() && !known.burst.shows.is_empty() {
            return by_burst(&known.burst.shows);
        }
        let by_clock = by_clock_alone(known.clock, field);
        return ask_about(doubtful, unless_another_is_read(by_clock, &known.unlisted));
    }
    let (outcome, reason) = sorted.outcome();
    if outcome == Outcome::Review {
        sorted.offer(doubtful);
        sorted.offer(clock_candidates(known.clock, field));
    }
    sorted.into_decision(outcome, reason)
}

fn persons_match(bib: &Bib) -> Match {
    let decided = "a person decided".to_owned();
    let evidence = Evidence::new(Source::Person, bib.clone(), 1.0, decided);
    Match { bib: bib.clone(), probability: 1.0, evidence: vec![evidence], why: String::new() }
}

/// Puts each bib that somebody or something named where it belongs.
fn sort_claims(known: &Known, field: Field<'_>, sorted: &mut Sorted) {
    let mut by_bib: BTreeMap<&Bib, Vec<Evidence>> = BTreeMap::new();
    for evidence in &known.evidence {
        by_bib.entry(&evidence.bib).or_default().push(evidence.clone());
    }
    for (bib, evidence) in by_bib {
        let weighed = weigh(bib, evidence, known, field);
        if weighed.weak {
            sorted.place_weak(weighed, field);
        } else if weighed.explicit {
            sort_explicit(weighed, field, sorted);
        } else {
            sort_reading(weighed, field, sorted);
        }
    }
    let review = field.race.thresholds.review;
    sorted.candidates.retain(|c| !c.why.is_empty() || c.probability >= review);
}

fn sort_explicit(weighed: Weighed, field: Field<'_>, sorted: &mut Sorted) {
    let race = field.race;
    let conflict = weighed.lag_s().filter(|lag_s| lag_s.abs() > race.finish_window.conflict_s);
    let mut found = weighed.found;
    match conflict {
        Some(lag_s) => {
            found.why = format!(
                "{} {says} {bib}, but {bib} {}; say who it shows",
                source_words(&found.evidence),
                lag_words(lag_s),
                says = Reason::ClockSaysAnother,
                bib = found.bib,
            );
            sorted.candidates.push(found);
        }
        None => {
            let finisher = field.roster.get(&found.bib);
            sorted.place(found, finisher, race, race.thresholds.issue);
        }
    }
}

/// A list of bibs and a misread digit agree too often to print by that alone, and a clock that
/// fits makes no other number of the one that was read.
fn sort_reading(weighed: Weighed, field: Field<'_>, sorted: &mut Sorted) {
    let Some(finisher) = field.roster.get(&weighed.found.bib) else {
        return;
    };
    let thresholds = field.race.thresholds;
    if weighed.claimed < READ {
        return;
    }
    let crosses = weighed.lateness.is_some_and(Lateness::crosses) && weighed.alike.is_none();
    let least = if crosses { READ_ISSUE } else { READ_ISSUE_DOUBTFUL };
    let sure = weighed.found.probability >= thresholds.issue.max(least);
    if !has_finished(finisher) || ((weighed.on_time() || weighed.confirmed) && sure) {
        sorted.place(weighed.found, Some(finisher), field.race, 0.0);
    } else if weighed.claimed >= thresholds.review {
        let why =
            reading_words(&weighed.found.bib, weighed.claimed, weighed.lag_s(), &weighed.alike);
        sorted.candidates.push(Match { why, ..weighed.found });
    }
}

/// Where the clock alone would say whom a photo shows, and a bib in it reads otherwise, a
/// person is asked.
fn unless_another_is_read(mut decision: Decision, unlisted: &[String]) -> Decision {
    if let (Outcome::Issue, Some(read)) = (decision.outcome, unlisted.first()) {
        decision.outcome = Outcome::Review;
        decision.reason = unlisted_words(read);
        decision.candidates = std::mem::take(&mut decision.matches);
    }
    decision
}

/// Weak evidence goes before a person where nothing better is known.
fn ask_about(mut doubtful: Vec<Match>, mut decision: Decision) -> Decision {
    if let Some(first) = doubtful.first()
        && decision.outcome != Outcome::Issue
    {
        decision.outcome = Outcome::Review;
        decision.reason.clone_from(&first.why);
        decision.candidates.retain(|c| !doubtful.iter().any(|d| d.bib == c.bib));
        doubtful.append(&mut decision.candidates);
        decision.candidates = doubtful;
    }
    decision
}

fn has_finished(finisher: &Finisher) -> bool {
    finisher.status.may_be_certified()
}

/// No one named a bib: the clock may still know.
fn by_clock_alone(clock: Clock, field: Field<'_>) -> Decision {
    let Field { race, roster, .. } = field;
    let mut sorted = Sorted::default();
    if roster.is_empty() {
        return sorted
            .into_decision(Outcome::Pending, format!("{}; upload results.csv", Reason::NoResults));
    }
    match clock {
        Clock::None => sorted.into_decision(
            Outcome::Review,
            format!("no bib is named and {}; say who it shows", Reason::NoCaptureTime),
        ),
        Clock::OffsetUnknown => sorted.into_decision(
            Outcome::Pending,
            format!(
                "no bib is named and {}; ten of its photos whose bibs are sure tell it, or \
                 cameras/<camera>.json does",
                Reason::ClockNotKnown
            ),
        ),
        Clock::ZoneContradicted => sorted.into_decision(
            Outcome::Review,
            format!(
                "no bib is named and {}; say who it shows, and set the camera's zone",
                Reason::ZoneContradicted
            ),
        ),
        Clock::Known(at) => {
            let near = clock_candidates(clock, field);
            let Some(best) = near.first() else {
                return nobody_near(race);
            };
            if best.probability >= race.thresholds.issue {
                let best = best.clone();
                let finisher = roster.get(&best.bib);
                sorted.place(best, finisher, race, race.thresholds.issue);
                let (outcome, mut reason) = sorted.outcome();
                if outcome == Outcome::Issue && at.source == ClockSource::Solved {
                    reason.push_str(", which other photos of its camera tell");
                }
                return sorted.into_decision(outcome, reason);
            }
            let reason = match near.len() {
                1 => format!("{}, and not firmly enough; say who it shows", Reason::OnlyClock),
                n => format!(
                    "no bib is named and {n} {}; say which it shows",
                    Reason::SeveralFinishedThen
                ),
            };
            sorted.offer(near);
            sorted.into_decision(Outcome::Review, reason)
        }
    }
}

fn nobody_near(race: &Race) -> Decision {
    let (outcome, reason, next) = if race.confirmed {
        (Outcome::Review, Reason::NobodyFinishedThen, "say who it shows")
    } else {
        (Outcome::Pending, Reason::NobodyFinishedThenYet, "it waits for more results")
    };
    let words = format!("no bib is named and {reason}; {next}");
    Sorted::default().into_decision(outcome, words)
}

fn photographed(at: CapturedAt, lag_s: f64) -> String {
    let zone = if at.zone_by_gps { " (its zone by GPS, against the camera's)" } else { "" };
    format!("photographed {}{zone}", lag_after_finish(lag_s))
}

/// Runners near the photo in time, as matches.
fn clock_candidates(clock: Clock, field: Field<'_>) -> Vec<Match> {
    let Clock::Known(at) = clock else {
        return Vec::new();
    };
    clock::neighbours(at, field.race.finish_window, field.order)
        .into_iter()
        .take(OFFERED)
        .map(|Neighbour { bib, lag_s, probability }| {
            let detail = photographed(at, lag_s);
            let evidence = Evidence::new(Source::Clock, bib.clone(), probability, detail);
            let evidence = vec![Evidence { lag_s: Some(lag_s), ..evidence }];
            Match { bib, probability, evidence, why: String::new() }
        })
        .collect()
}

#[cfg(test)]
mod tests;
