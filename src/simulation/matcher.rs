//! The matching of a race's photos, as the product does it: clocks are solved from what is
//! read, then every photo is decided, and those without a bib again beside their neighbours.

use std::ops::Range;

use jiff::Timestamp;
use kanso_matching::camera::CameraId;
use kanso_matching::camera_clock::{self, CameraClock};
use kanso_matching::clock_solver::{Sample, solve};
use kanso_matching::decision::{Burst, Clock, Decision, Known};
use kanso_matching::sighting::{self, Sighting};
use kanso_matching::{BURST_S, Evidence, FinishOrder, OCCASION_S, Source, claim, decide};
use kanso_race::Roster;

use super::camera::Camera;
use super::conditions::{Conditions, RESULTS_LATE_S};
use super::photos::{Photo, Seen};
use super::start_list::StartList;

pub struct Matcher<'a> {
    conditions: &'a Conditions,
    list: &'a StartList,
    cameras: &'a [Camera],
    /// By camera, and by what it shows.
    pub photos: Vec<Photo>,
    shown: Vec<Option<Timestamp>>,
    clocks: Vec<Option<CameraClock>>,
}

/// What was decided of each photo.
pub struct Decisions {
    pub last: Vec<Decision>,
    /// Before their results came; only where these are late.
    pub early: Vec<Decision>,
}

/// A bib that is surer counts among those that a clock is solved from.
const SURE: f64 = 0.9;
/// Results come as often.
const RESULTS_EVERY_S: f64 = 300.0;

impl<'a> Matcher<'a> {
    pub fn new(
        conditions: &'a Conditions,
        list: &'a StartList,
        cameras: &'a [Camera],
        mut photos: Vec<Photo>,
    ) -> Self {
        photos.sort_by(|a, b| {
            a.camera.cmp(&b.camera).then_with(|| a.moment_s.total_cmp(&b.moment_s))
        });
        let shown = |photo: &Photo| {
            let time = cameras[photo.camera].capture_time(photo.moment_s, &list.race)?;
            camera_clock::shown(&time, &list.race)
        };
        let shown = photos.iter().map(shown).collect();
        let clocks = Vec::new();
        let mut matcher = Self { conditions, list, cameras, photos, shown, clocks };
        matcher.clocks = (0..cameras.len()).map(|camera| matcher.solved(camera)).collect();
        matcher
    }

    /// A camera's clock, from the numbers and codes that were read in its photos.
    fn solved(&self, camera: usize) -> Option<CameraClock> {
        let race = &self.list.race;
        let mut samples = Vec::new();
        for (photo, shown) in self.photos.iter().zip(&self.shown) {
            let Some(shown) = shown.filter(|_| photo.camera == camera) else {
                continue;
            };
            for seen in photo.seen.iter().filter(|seen| seen.probability >= SURE) {
                let finisher = self.list.roster.get(&seen.bib);
                let finish = finisher.and_then(|finisher| race.finish_clock(finisher));
                samples.extend(finish.map(|f| Sample::new(shown, f, race.finish_window)));
            }
        }
        solve(&samples, race.finish_window).ok()
    }

    /// Decides about all photos.
    pub fn decide(&mut self) -> Decisions {
        let early = if self.conditions.late_results { self.early() } else { Vec::new() };
        let order = FinishOrder::new(&self.list.race, &self.list.roster);
        let alone = self.decided(0..self.photos.len(), &self.list.roster, &order);
        if self.conditions.without_bursts {
            return Decisions { last: alone, early };
        }
        let mut last = alone.clone();
        let mut sightings: Vec<Option<Sighting>> = Vec::with_capacity(alone.len());
        sightings.extend(alone.iter().enumerate().map(|(n, alone)| self.sighting(n, alone)));
        let order_taken = self.by_instant();
        for (at, n) in order_taken.iter().enumerate() {
            let Some(own) = &sightings[*n] else { continue };
            if sighting::is_open(&own.seen) {
                let mut known = self.known(*n, &self.list.roster);
                let near = self.near(at, &order_taken);
                known.burst = Burst::beside(own, near.filter_map(|m| sightings[m].as_ref()));
                last[*n] = decide(&known, &self.list.race, &self.list.roster, &order);
            }
            if let Some(own) = &mut sightings[*n] {
                sighting::ask_about(&mut own.seen, &last[*n]);
            }
        }
        Decisions { last, early }
    }

    /// What a photo tells those taken about then.
    fn sighting(&self, n: usize, alone: &Decision) -> Option<Sighting> {
        Some(Sighting {
            camera: CameraId::new(&self.photos[n].camera.to_string())?,
            photo: format!("{n:016x}").parse().ok()?,
            shown: self.shown[n]?,
            instant: self.instant(n),
            seen: sighting::seen(&self.known(n, &self.list.roster), alone),
        })
    }

    /// Photos taken about when one was, before those taken later.
    fn near(&self, at: usize, order_taken: &[usize]) -> impl Iterator<Item = usize> {
        let n = order_taken[at];
        let own = self.instant(n);
        let near = move |m: &&usize| match (own, self.instant(**m)) {
            (Some(own), Some(other)) => own.duration_since(other).as_secs_f64().abs() <= OCCASION_S,
            _ => false,
        };
        let before = order_taken[..at].iter().rev().take_while(near).copied();
        let after = order_taken[at + 1..].iter().take_while(near).copied();
        let near: Vec<usize> = before.chain(after).collect();
        self.neighbours(n).chain(near)
    }

    /// On the finish clock, where the camera's is known.
    fn instant(&self, n: usize) -> Option<Timestamp> {
        match self.clock(n) {
            Clock::Known(at) => Some(at.instant),
            _ => None,
        }
    }

    fn by_instant(&self) -> Vec<usize> {
        let mut photos: Vec<usize> = (0..self.photos.len()).collect();
        photos.sort_by_cached_key(|n| self.instant(*n));
        photos
    }

    fn decided(&self, photos: Range<usize>, roster: &Roster, order: &FinishOrder) -> Vec<Decision> {
        let race = &self.list.race;
        photos.map(|n| decide(&self.known(n, roster), race, roster, order)).collect()
    }

    /// Each photo by the results that are there when it is taken.
    fn early(&self) -> Vec<Decision> {
        let mut decisions: Vec<Option<Decision>> = vec![None; self.photos.len()];
        let period = |n: &usize| (self.photos[*n].moment_s / RESULTS_EVERY_S).floor() as i64;
        let mut by_time: Vec<usize> = (0..self.photos.len()).collect();
        by_time.sort_by_key(period);
        for photos in by_time.chunk_by(|a, b| period(a) == period(b)) {
            let until_s = period(&photos[0]) as f64 * RESULTS_EVERY_S - RESULTS_LATE_S;
            let roster = self.list.roster_until(until_s);
            let order = FinishOrder::new(&self.list.race, &roster);
            for n in photos {
                decisions[*n] = self.decided(*n..*n + 1, &roster, &order).pop();
            }
        }
        decisions.into_iter().flatten().collect()
    }

    /// Photos of the same camera that are as near as a burst's.
    fn neighbours(&self, n: usize) -> impl Iterator<Item = usize> {
        let apart = |m: usize| match (self.shown[n], self.shown[m]) {
            (Some(a), Some(b)) => a.duration_since(b).as_secs_f64().abs(),
            _ => f64::MAX,
        };
        let near =
            |m: &usize| self.photos[*m].camera == self.photos[n].camera && apart(*m) <= BURST_S;
        let before: Vec<usize> = (0..n).rev().take_while(near).collect();
        let after: Vec<usize> = (n + 1..self.photos.len()).take_while(near).collect();
        before.into_iter().chain(after)
    }

    fn known(&self, n: usize, roster: &Roster) -> Known {
        let mut known = Known { clock: self.clock(n), ..Known::default() };
        for seen in &self.photos[n].seen {
            known.evidence.extend(self.evidence(seen, roster));
            if !self.conditions.without_readings && roster.get(&seen.bib).is_none() {
                known.unlisted.push(seen.bib.to_string());
            }
        }
        known
    }

    fn evidence(&self, seen: &Seen, roster: &Roster) -> Option<Evidence> {
        if self.conditions.without_readings {
            return claim::from_code(seen.bib.as_str(), None, roster);
        }
        roster.get(&seen.bib)?;
        let detail = format!("a bib reads {}", seen.bib);
        Some(Evidence::new(Source::Reading, seen.bib.clone(), seen.probability, detail))
    }

    fn clock(&self, n: usize) -> Clock {
        let (photo, race) = (&self.photos[n], &self.list.race);
        let time = self.cameras[photo.camera].capture_time(photo.moment_s, race);
        Clock::of(time.as_ref(), self.clocks[photo.camera].as_ref(), race)
    }

    /// By how much each photo's offset is wrong, in seconds; where it is not known, `None`.
    pub fn offset_errors_s(&self) -> impl Iterator<Item = Option<f64>> {
        self.photos.iter().zip(&self.shown).map(|(photo, shown)| {
            let clock = self.clocks[photo.camera].as_ref()?;
            let (offset_s, _) = clock.offset_at((*shown)?)?;
            Some((offset_s - self.cameras[photo.camera].offset_s(photo.moment_s)).abs())
        })
    }
}
