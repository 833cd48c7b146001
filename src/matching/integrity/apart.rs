//! The same bib, seen minutes apart: seemingly on two people.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kanso_race::Bib;
use serde::Serialize;

use super::{Proof, Results, Witness};

/// Who is photographed again within so many seconds lingers; who comes later walked away first,
/// or is somebody else. A race's own `conflict_s` holds where it is longer.
const APART_S: f64 = 120.0;
/// Two moments are further apart only if that is so for clocks that are so many standard
/// deviations off.
const SIGMAS: f64 = 3.0;

/// A bib that is seen more than once, or not when its runner finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenApart {
    pub bib: Bib,
    /// `None` where the results tell no time of day.
    pub finish: Option<Timestamp>,
    /// In order of time; just one where there is no photo of the finish.
    pub occasions: Vec<Occasion>,
}

/// Photos of a bib, none long after the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Occasion {
    /// Whether its runner finished then.
    pub at_finish: bool,
    /// In order of time, never empty.
    pub photos: Vec<Proof>,
}

/// A photo of a bib, or its runner's finish.
struct Moment {
    at: Timestamp,
    sigma_s: f64,
    /// `None` of the finish.
    photo: Option<Proof>,
}

impl Moment {
    fn key(&self) -> Option<&str> {
        self.photo.as_ref().map(|photo| photo.photo.as_str())
    }
}

pub(super) fn find(witnesses: &[Witness], results: Results<'_>) -> Vec<SeenApart> {
    let mut seen: BTreeMap<&Bib, Vec<Moment>> = BTreeMap::new();
    for witness in witnesses {
        let Some(at) = witness.at else { continue };
        for evidence in witness.sure() {
            let photo = Some(witness.proof(&evidence.detail));
            let moment = Moment { at: at.instant, sigma_s: at.sigma_s, photo };
            seen.entry(&evidence.bib).or_default().push(moment);
        }
    }
    seen.into_iter().filter_map(|(bib, moments)| seen_apart(bib, moments, results)).collect()
}

fn seen_apart(bib: &Bib, mut moments: Vec<Moment>, results: Results<'_>) -> Option<SeenApart> {
    let window = results.race.finish_window;
    let finish = results.order.finish(bib);
    // When runners are photographed who finish then.
    let usual = SignedDuration::try_from_secs_f64(window.mean_s).ok()?;
    let crossing = finish.and_then(|finish| finish.checked_add(usual).ok());
    moments.extend(crossing.map(|at| Moment { at, sigma_s: 0.0, photo: None }));
    moments.sort_by(|a, b| (a.at, a.key()).cmp(&(b.at, b.key())));
    let stretches = stretches(moments, window.conflict_s.max(APART_S));
    if stretches.len() < 2 {
        return None;
    }
    let occasion = |stretch: Vec<Moment>| {
        let at_finish = stretch.iter().any(|moment| moment.photo.is_none());
        let photos: Vec<Proof> = stretch.into_iter().filter_map(|moment| moment.photo).collect();
        (!photos.is_empty()).then_some(Occasion { at_finish, photos })
    };
    let occasions = stretches.into_iter().filter_map(occasion).collect();
    Some(SeenApart { bib: bib.clone(), finish, occasions })
}

/// Divides sorted moments where one is long after the one before.
fn stretches(moments: Vec<Moment>, apart_s: f64) -> Vec<Vec<Moment>> {
    let mut stretches: Vec<Vec<Moment>> = Vec::new();
    for moment in moments {
        let goes_on = |before: &Moment| {
            let after_s = moment.at.duration_since(before.at).as_secs_f64();
            after_s <= apart_s + SIGMAS * before.sigma_s.hypot(moment.sigma_s)
        };
        match stretches.last_mut().filter(|stretch| stretch.last().is_some_and(goes_on)) {
            Some(stretch) => stretch.push(moment),
            None => stretches.push(vec![moment]),
        }
    }
    stretches
}
