//! What is known of a race's cameras, and what an operator should look at.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_matching::camera::{Camera, CameraId};
use kanso_matching::camera_clock::{CameraClock, ClockSource, whole_hours};
use kanso_matching::clock_solver::{self, FEWEST, Sample, Unsolved};

use super::handler::Handler;
use super::keys::RaceId;
use super::race_folder::Readiness;
use super::sightings::samples;

/// One camera.
#[derive(Debug, Clone)]
pub struct CameraReport {
    pub camera: CameraId,
    /// What its photos are decided by now.
    pub in_force: Option<CameraClock>,
    /// What its photos say now.
    pub solved: Result<CameraClock, Unsolved>,
    /// Photos with bibs that something else than the clock names.
    pub sightings: usize,
    /// One for each of those bibs whose runner has finished.
    pub samples: Vec<Sample>,
    /// What to look at, in words.
    pub warnings: Vec<String>,
}

/// A drift worth telling, in seconds an hour.
const DRIFT_S_PER_H: f64 = 1.0;
/// A clock that was told and differs from what photos say by more, in seconds, is worth telling.
const DIFFERS_S: f64 = 3.0;

impl Handler {
    /// All cameras that the race's rules, people or photos name.
    pub async fn camera_reports(&self, race: &RaceId) -> Result<Vec<CameraReport>, Fault> {
        let race_data = match self.newest(race).await? {
            (Readiness::Ready(race_data), _) => race_data,
            (Readiness::NotYet(why) | Readiness::Expired(why), _) => {
                return Err(Fault::reject(why));
            }
        };
        let named = race_data.race.cameras.iter().filter_map(|camera| CameraId::new(&camera.id));
        let told = race_data.clocks.told.keys().chain(race_data.clocks.solved.keys()).cloned();
        let mut cameras: BTreeSet<CameraId> = named.chain(told).collect();
        cameras.extend(self.cameras_seen(race).await?);
        let mut reports = Vec::new();
        for camera in cameras {
            let sightings = self.sightings(race, &camera).await?;
            let samples = sightings.iter().flat_map(|s| samples(s, &race_data)).collect();
            reports.push(CameraReport::of(camera, sightings.len(), samples, &race_data));
        }
        Ok(reports)
    }
}

impl CameraReport {
    fn of(camera: CameraId, sightings: usize, samples: Vec<Sample>, race_data: &RaceData) -> Self {
        let race = &race_data.race;
        let in_force = race_data.clocks.of(&Camera::named(camera.clone()), race);
        let solved = clock_solver::solve(&samples, race.finish_window);
        let mut warnings = Vec::new();
        warnings.extend(unsolved_words(&solved, samples.len(), in_force.is_some()));
        if let (Some(told), Ok(solved)) = (&in_force, &solved) {
            warnings.extend(differing_words(told, solved));
        }
        if let Ok(solved) = &solved {
            warnings.extend(solved_words(solved, |moment| {
                race.zone.to_offset(moment).to_datetime(moment).strftime("%H:%M").to_string()
            }));
        }
        Self { camera, in_force, solved, sightings, samples, warnings }
    }

    /// How far the samples lie from the clock in force, else from the solved one: for each
    /// second from -15 to 15, and two more for those below and above.
    pub fn histogram(&self) -> Option<[usize; 32]> {
        let clock = self.in_force.as_ref().or(self.solved.as_ref().ok())?;
        let mut counts = [0; 32];
        for sample in &self.samples {
            let Some((offset_s, _)) = clock.offset_at(sample.shown) else { continue };
            let bin = (sample.offset_s - offset_s + 15.0).floor().clamp(-1.0, 30.0);
            counts[(bin + 1.0) as usize] += 1;
        }
        Some(counts)
    }
}

fn unsolved_words(
    solved: &Result<CameraClock, Unsolved>,
    samples: usize,
    is_known: bool,
) -> Option<String> {
    match solved {
        Err(Unsolved::TwoClocks(a, b)) => {
            let zone = match whole_hours(a - b) {
                Some(hours) => format!(" ({} h apart: a time zone)", hours.abs()),
                None => String::new(),
            };
            Some(format!(
                "two clocks in turn, {a:.0} s and {b:.0} s off{zone}: two bodies without serial \
                 numbers in one folder, or a clock that was set back; give each a folder, or its \
                 offset"
            ))
        }
        Err(Unsolved::Disagreement) => Some(format!(
            "{samples} bibs agree on no offset; look whether its photos are of the finish"
        )),
        Err(Unsolved::TooFew) if !is_known => Some(format!(
            "its clock is not known: {samples} of the {FEWEST} sure bibs that solve it are there"
        )),
        _ => None,
    }
}

fn differing_words(in_force: &CameraClock, solved: &CameraClock) -> Option<String> {
    let who = match in_force.source {
        ClockSource::Person => "a person",
        ClockSource::Rules => "race.toml",
        ClockSource::Solved => return None,
    };
    let segment = solved.segments.first()?;
    let (told_s, told_sigma_s) = in_force.offset_at(segment.from)?;
    let apart = (told_s - segment.offset_s).abs();
    (apart > DIFFERS_S.max(3.0 * told_sigma_s)).then(|| {
        format!(
            "{who} says {told_s:+.1} s, and {} photos say {:+.1} s; look at its clock",
            segment.agreeing, segment.offset_s
        )
    })
}

fn solved_words(solved: &CameraClock, time_of_day: impl Fn(Timestamp) -> String) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(hours) = solved.segments.first().and_then(|first| whole_hours(first.offset_s)) {
        words.push(format!("its clock is {hours:+} h off: its time zone or summer time is wrong"));
    }
    for pair in solved.segments.windows(2) {
        let by_s = pair[1].offset_s - pair[0].offset_at(pair[1].from).0;
        let zone = match whole_hours(by_s) {
            Some(hours) => format!(", {} h of a time zone", hours.abs()),
            None => String::new(),
        };
        let when = time_of_day(pair[1].from);
        words.push(format!("its clock was set at {when} (by its own time), by {by_s:+.0} s{zone}"));
    }
    let drifting = solved.segments.iter().find(|s| s.drift_s_per_h.abs() >= DRIFT_S_PER_H);
    if let Some(segment) = drifting {
        let drift = segment.drift_s_per_h;
        words.push(format!("it drifts {drift:+.1} s an hour; it is followed, and worth a look"));
    }
    words
}
