//! What is known of a race's cameras, and what an operator should look at.

use std::collections::BTreeSet;

use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_matching::camera::{Camera, CameraId};
use kanso_matching::camera_clock::CameraClock;
use kanso_matching::clock_solver::{self, Sample, Unsolved};

use super::clock_warning::ClockWarning;
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
    /// What to look at.
    pub warnings: Vec<ClockWarning>,
}

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
        let time_of_day =
            |moment| race.zone.to_offset(moment).to_datetime(moment).strftime("%H:%M").to_string();
        let (told, said) = (in_force.as_ref(), solved.as_ref());
        let warnings = ClockWarning::of(told, said, samples.len(), time_of_day);
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
