//! What the cameras' clocks are, for pages that show it again and again. To find it out, what
//! all photos told is listed: that is done in the background, and rarely.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kanso_pipeline::camera_report::CameraReport;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;

/// It rests for so many times as long as it took, within these bounds.
const REST: u32 = 20;
const SHORTEST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// The newest reports of each race that somebody watches.
#[derive(Debug, Default)]
pub(super) struct Cameras(Mutex<HashMap<RaceId, Known>>);

#[derive(Debug)]
struct Known {
    reports: Option<Reports>,
    /// When it is time to look again.
    next: Instant,
}

/// All cameras of a race, as they were then.
#[derive(Debug, Clone)]
pub(super) struct Reports {
    pub cameras: Arc<Vec<CameraReport>>,
    pub at: Timestamp,
}

impl Cameras {
    /// What is known now; newer ones are there in a moment, where it is time for them.
    pub fn of(self: &Arc<Self>, handler: &Arc<Handler>, race: &RaceId) -> Option<Reports> {
        let mut races = self.lock();
        let now = Instant::now();
        let unknown = || Known { reports: None, next: now };
        let known = races.entry(race.clone()).or_insert_with(unknown);
        if known.next <= now {
            // Also where this look never ends.
            known.next = now + LONGEST_REST;
            tokio::spawn(self.clone().look(handler.clone(), race.clone()));
        }
        known.reports.clone()
    }

    async fn look(self: Arc<Self>, handler: Arc<Handler>, race: RaceId) {
        let began = Instant::now();
        let looked = handler.camera_reports(&race).await;
        let rest = (began.elapsed() * REST).clamp(SHORTEST_REST, LONGEST_REST);
        let mut races = self.lock();
        let Some(known) = races.get_mut(&race) else { return };
        known.next = Instant::now() + rest;
        match looked {
            Ok(cameras) => {
                known.reports = Some(Reports { cameras: Arc::new(cameras), at: Timestamp::now() });
            }
            Err(fault) => tracing::warn!(%race, "its cameras cannot be looked at now: {fault}"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RaceId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
