//! Evidence → one probability per bib → issue, wait, ask or refuse.

mod sorted;

use std::collections::BTreeMap;

use kanso_photo::CaptureTime;
use kanso_race::{Bib, Finisher, Race, Roster};

use super::camera_clock::CameraClock;
use super::clock::{self, CapturedAt, Neighbour, NoMoment};
use super::evidence::{Evidence, Source};
use super::person::PersonsDecision;
use super::words::{lag_after_finish, lag_words, reading_words, source_words, unlisted_words};
use sorted::Sorted;

/// Everything known about a photo when the decision is made.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Claims, codes and readings; the clock's own evidence is worked out here.
    pub evidence: Vec<Evidence>,
    pub clock: Clock,
    /// Numbers that are read on bibs, and that nobody in the results has.
    pub unlisted: Vec<String>,
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

/// Decides about a photo. Pure: the same evidence, race and roster give the same answer.
pub fn decide(known: &Known, race: &Race, roster: &Roster) -> Decision {
    let mut sorted = Sorted::default();
    match &known.person {
        Some(PersonsDecision::Reject(words)) => {
            return sorted.into_decision(Outcome::Reject, format!("a person rejected it: {words}"));
        }
        Some(PersonsDecision::Bibs(bibs)) if bibs.is_empty() => {
            return sorted.into_decision(Outcome::Reject, "a person found no runner in it".into());
        }
        Some(PersonsDecision::Bibs(bibs)) => {
            for bib in bibs {
                sorted.place(persons_match(bib), roster.get(bib), race, 1.0);
            }
        }
        None => sort_claims(known, race, roster, &mut sorted),
    }
    let doubtful = std::mem::take(&mut sorted.doubtful);
    if sorted.is_empty() {
        let by_clock = by_clock_alone(known.clock, race, roster);
        return ask_about(doubtful, unless_another_is_read(by_clock, &known.unlisted));
    }
    let (outcome, reason) = sorted.outcome();
    if outcome == Outcome::Review {
        sorted.offer(doubtful);
        sorted.offer(clock_candidates(known.clock, race, roster));
    }
    sorted.into_decision(outcome, reason)
}

fn persons_match(bib: &Bib) -> Match {
    let evidence = Evidence {
        source: Source::Person,
        bib: bib.clone(),
        probability: 1.0,
        detail: "a person decided".to_owned(),
        weak: false,
        area: None,
    };
    Match { bib: bib.clone(), probability: 1.0, evidence: vec![evidence], why: String::new() }
}

/// Puts each bib that somebody or something named where it belongs.
fn sort_claims(known: &Known, race: &Race, roster: &Roster, sorted: &mut Sorted) {
    let mut by_bib: BTreeMap<&Bib, Vec<Evidence>> = BTreeMap::new();
    for evidence in &known.evidence {
        by_bib.entry(&evidence.bib).or_default().push(evidence.clone());
    }
    for (bib, mut evidence) in by_bib {
        let explicit = evidence.iter().any(|e| e.source.is_explicit());
        let finisher = roster.get(bib);
        if finisher.is_none() && !explicit {
            continue;
        }
        // Captions are copied into keys and metadata: claims that agree are one claim,
        // and only the strongest counts.
        let claimed = evidence.iter().map(|e| e.probability).fold(0.0, f64::max);
        let timed = finisher.and_then(|f| check_clock(known.clock, f, race));
        let (ratio, lag_s) = timed.as_ref().map_or((1.0, 0.0), |t| (t.ratio, t.lag_s));
        let has_clock = timed.is_some();
        evidence.extend(timed.map(|t| t.evidence));
        let weak = evidence.iter().all(|e| e.weak || e.source == Source::Clock);
        let odds = claimed / (1.0 - claimed).max(1e-6) * ratio;
        let mut found = Match {
            bib: bib.clone(),
            probability: odds / (1.0 + odds),
            evidence,
            why: String::new(),
        };
        if weak {
            sorted.place_weak(found, finisher, race, ratio);
        } else if !explicit
            && (ratio <= 1.0 || claimed < READ)
            && finisher.is_some_and(has_finished)
        {
            // A list of bibs and a misread digit agree too often to print by that alone, and
            // a clock that fits makes no other number of the one that was read.
            if claimed >= race.thresholds.review.max(READ) {
                found.probability = claimed;
                found.why = reading_words(bib, has_clock.then_some(lag_s));
                sorted.candidates.push(found);
            }
        } else if explicit && lag_s.abs() > race.finish_window.conflict_s {
            found.why = format!(
                "{} says bib {bib}, but {bib} {}; say who it shows",
                source_words(&found.evidence),
                lag_words(lag_s)
            );
            sorted.candidates.push(found);
        } else {
            sorted.place(found, finisher, race, race.thresholds.issue);
        }
    }
    sorted.candidates.retain(|c| !c.why.is_empty() || c.probability >= race.thresholds.review);
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

struct Timed {
    lag_s: f64,
    ratio: f64,
    evidence: Evidence,
}

/// How the capture time sits with one runner's finish.
fn check_clock(clock: Clock, finisher: &Finisher, race: &Race) -> Option<Timed> {
    let Clock::Known(at) = clock else { return None };
    let finish = race.finish_clock(finisher)?;
    let lag_s = clock::seconds_after_finish(at.instant, finish);
    let ratio = clock::likelihood_ratio(lag_s, race.finish_window, at.sigma_s);
    let evidence = Evidence {
        source: Source::Clock,
        bib: finisher.bib.clone(),
        probability: ratio / (1.0 + ratio),
        detail: photographed(at, lag_s),
        weak: false,
        area: None,
    };
    Some(Timed { lag_s, ratio, evidence })
}

/// No one named a bib: the clock may still know.
fn by_clock_alone(clock: Clock, race: &Race, roster: &Roster) -> Decision {
    let mut sorted = Sorted::default();
    if roster.is_empty() {
        return sorted.into_decision(
            Outcome::Pending,
            "the race has no results yet; upload results.csv".into(),
        );
    }
    match clock {
        Clock::None => sorted.into_decision(
            Outcome::Review,
            "no bib is named and the photo has no capture time; say who it shows".into(),
        ),
        Clock::OffsetUnknown => sorted.into_decision(
            Outcome::Pending,
            "no bib is named and this camera's clock is not known yet; ten of its photos whose bibs are sure tell it, or cameras/<camera>.json does"
                .into(),
        ),
        Clock::ZoneContradicted => sorted.into_decision(
            Outcome::Review,
            "no bib is named and the camera's time zone contradicts its GPS time; say who it \
             shows, and set the camera's zone"
                .into(),
        ),
        Clock::Known(_) => {
            let near = clock_candidates(clock, race, roster);
            let Some(best) = near.first() else {
                return nobody_near(race);
            };
            if best.probability >= race.thresholds.issue {
                let best = best.clone();
                let finisher = roster.get(&best.bib);
                sorted.place(best, finisher, race, race.thresholds.issue);
                let (outcome, reason) = sorted.outcome();
                return sorted.into_decision(outcome, reason);
            }
            let reason = match near.len() {
                1 => {
                    "only the clock speaks for this runner, and not firmly enough; say who it shows"
                        .to_owned()
                }
                n => format!(
                    "no bib is named and {n} runners finished about then; say which it shows"
                ),
            };
            sorted.offer(near);
            sorted.into_decision(Outcome::Review, reason)
        }
    }
}

fn nobody_near(race: &Race) -> Decision {
    let (outcome, reason) = if race.confirmed {
        (Outcome::Review, "no bib is named and nobody finished about then; say who it shows")
    } else {
        (
            Outcome::Pending,
            "no bib is named and nobody in the results finished about then yet; it waits for more results",
        )
    };
    Sorted::default().into_decision(outcome, reason.to_owned())
}

fn photographed(at: CapturedAt, lag_s: f64) -> String {
    let zone = if at.zone_by_gps { " (its zone by GPS, against the camera's)" } else { "" };
    format!("photographed {}{zone}", lag_after_finish(lag_s))
}

/// Runners near the photo in time, as matches.
fn clock_candidates(clock: Clock, race: &Race, roster: &Roster) -> Vec<Match> {
    let Clock::Known(at) = clock else { return Vec::new() };
    clock::neighbours(at, race, roster)
        .into_iter()
        .take(OFFERED)
        .map(|Neighbour { bib, lag_s, probability }| {
            let detail = photographed(at, lag_s);
            let evidence = Evidence {
                source: Source::Clock,
                bib: bib.clone(),
                probability,
                detail,
                weak: false,
                area: None,
            };
            Match { bib, probability, evidence: vec![evidence], why: String::new() }
        })
        .collect()
}
