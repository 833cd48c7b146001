//! What all photos of a camera say together, worked out again as photos and results come: its
//! clock, and which numbers stand where it stands. It is kept beside the race, where everything
//! else follows it as it follows any other file of the race.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use kanso_certificate::Fault;
use kanso_certificate::document::json;
use kanso_certificate::race_data::{RaceData, StandingNumbers};
use kanso_matching::camera::CameraId;
use kanso_matching::camera_clock::CameraClock;
use kanso_matching::clock_solver::{self, FEWEST, Sample};
use kanso_matching::sighting::Sighting;
use kanso_matching::standing_number::standing_numbers;

use super::handler::Handler;
use super::keys::{self, RaceId};
use super::race_folder::Readiness;
use super::sightings::{samples, sure};
use crate::store::Write;

/// A clock that is this much off from the one before, in seconds, is worth deciding about all
/// photos again.
const WORTH_S: f64 = 0.5;

/// How many sightings this process knows of, so that listing them stays rare: at the first, the
/// tenth, and whenever there are three and a quarter more.
#[derive(Debug, Default)]
pub(super) struct SightingCounts(Mutex<HashMap<(RaceId, CameraId), Count>>);

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    /// How many there were when it was solved last; `None` before the first time, when nobody
    /// knows what other processes have seen.
    solved: Option<usize>,
    /// Those since, some of them perhaps twice.
    since: usize,
}

impl SightingCounts {
    /// Counts one more, and says whether it is time to solve.
    fn is_due(&self, race: &RaceId, camera: &CameraId) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((race.clone(), camera.clone())).or_default();
        count.since += 1;
        let Some(solved) = count.solved else { return true };
        let enough = solved < FEWEST && solved + count.since >= FEWEST;
        enough || count.since >= (solved / 4).max(3)
    }

    fn solved(&self, race: &RaceId, camera: &CameraId, sightings: usize) {
        let count = Count { solved: Some(sightings), since: 0 };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.insert((race.clone(), camera.clone()), count);
    }
}

impl Handler {
    /// A photo of a camera showed a runner: solves its clock where there is enough that is new.
    /// Whatever fails is tried again with the next photo, and by the reconciler.
    pub(super) async fn sighted(&self, race: &RaceId, camera: &CameraId) {
        if self.sighting_counts().is_due(race, camera)
            && let Err(fault) = self.solve_clock(race, camera).await
        {
            tracing::warn!(%race, "a camera's clock cannot be solved now: {fault}");
        }
    }

    /// Race data changed: with other finish times clocks may be others. A clock's own file tells
    /// nothing new of clocks.
    pub(super) async fn solve_clocks_after(&self, race: &RaceId, key: &str) -> Result<(), Fault> {
        if keys::is_clock(key) { Ok(()) } else { self.solve_clocks(race).await }
    }

    /// Solves the clocks of all cameras that took a photo of somebody: results came, or the
    /// reconciler does.
    pub(super) async fn solve_clocks(&self, race: &RaceId) -> Result<(), Fault> {
        self.races().revalidate_soon(race).await;
        for camera in self.cameras_seen(race).await? {
            self.solve_clock(race, &camera).await?;
        }
        Ok(())
    }

    /// Boxed: the SDK's futures are nested deeper than the compiler follows.
    fn solve_clock<'a>(
        &'a self,
        race: &'a RaceId,
        camera: &'a CameraId,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.solve(race, camera))
    }

    async fn solve(&self, race: &RaceId, camera: &CameraId) -> Result<(), Fault> {
        let (readiness, _) = self.races().race_data(race).await?;
        let Readiness::Ready(race_data) = readiness else { return Ok(()) };
        let sightings = self.sightings(race, camera).await?;
        self.sighting_counts().solved(race, camera, sightings.len());
        self.keep_standing_numbers(race, camera, &sightings, &race_data).await?;
        let samples: Vec<Sample> = sightings.iter().flat_map(|s| samples(s, &race_data)).collect();
        let window = race_data.race.finish_window;
        let solved = self.on_cpu(move || Ok(clock_solver::solve(&samples, window))).await?;
        self.keep_clock(race, camera, solved.ok(), &race_data).await
    }

    /// Numbers that stand where the camera does are no runner's.
    async fn keep_standing_numbers(
        &self,
        race: &RaceId,
        camera: &CameraId,
        sightings: &[Sighting],
        race_data: &RaceData,
    ) -> Result<(), Fault> {
        let bibs = standing_numbers(sightings.iter().map(|s| (s.shown, sure(s))));
        let known = race_data.standing_numbers.get(camera);
        if known.map_or(bibs.is_empty(), |known| *known == bibs) {
            return Ok(());
        }
        let key = keys::standing_numbers(race, camera);
        let body = json(&StandingNumbers { bibs });
        self.inputs().put(&key, body, "application/json", Write::Always).await?;
        self.races().expire(race).await;
        Ok(())
    }

    async fn keep_clock(
        &self,
        race: &RaceId,
        camera: &CameraId,
        solved: Option<CameraClock>,
        race_data: &RaceData,
    ) -> Result<(), Fault> {
        let key = keys::solved_clock(race, camera);
        match (race_data.clocks.solved.get(camera), solved) {
            (before, Some(now)) if before.is_none_or(|before| is_news(before, &now)) => {
                self.inputs().put(&key, json(&now), "application/json", Write::Always).await?;
                let segments = now.segments.len();
                tracing::info!(%race, segments, sightings = now.agreeing(), "a clock is solved");
            }
            (Some(_), None) => {
                self.inputs().delete(&key).await?;
                tracing::warn!(%race, "a camera's clock is not sure any more; see kanso cameras");
            }
            _ => return Ok(()),
        }
        self.races().expire(race).await;
        Ok(())
    }
}

/// Whether photos may be decided otherwise by another clock.
fn is_news(before: &CameraClock, now: &CameraClock) -> bool {
    let moments = now.segments.iter().flat_map(|segment| [segment.from, segment.until]);
    let differs = |moment| match (before.offset_at(moment), now.offset_at(moment)) {
        (Some((before_s, before_sigma_s)), Some((now_s, now_sigma_s))) => {
            (before_s - now_s).abs() >= WORTH_S || before_sigma_s - now_sigma_s >= WORTH_S
        }
        (before, now) => before.is_some() != now.is_some(),
    };
    before.segments.len() != now.segments.len() || moments.into_iter().any(differs)
}
