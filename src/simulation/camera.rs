//! Cameras, whose clocks are off.

use jiff::{SignedDuration, Timestamp, civil};
use kanso_photo::CaptureTime;
use kanso_race::Race;

use super::chance::Chance;
use super::conditions::{CLOCK_OFF_S, Conditions, DRIFT_S_PER_H};

/// A camera's clock, as it is.
#[derive(Debug, Clone, Copy)]
pub struct Camera {
    /// Seconds to add to what it shows, at the gun.
    offset_s: f64,
    drift_s_per_h: f64,
}

impl Camera {
    pub fn all(conditions: &Conditions, chance: &mut Chance) -> Vec<Self> {
        let camera = |n: usize| {
            let hour = if conditions.hour_off && n == 0 { 3600.0 } else { 0.0 };
            let drifts = n % 3 == 2;
            Self {
                offset_s: hour + chance.between(-CLOCK_OFF_S, CLOCK_OFF_S),
                drift_s_per_h: if drifts { DRIFT_S_PER_H } else { 0.0 },
            }
        };
        (0..conditions.cameras).map(camera).collect()
    }

    /// Seconds to add to what it shows so long after the gun.
    pub fn offset_s(&self, moment_s: f64) -> f64 {
        self.offset_s + self.drift_s_per_h * moment_s / 3600.0
    }

    /// What it writes into a photo taken so long after the gun: whole seconds without a zone.
    pub fn capture_time(&self, moment_s: f64, race: &Race) -> Option<CaptureTime> {
        let shows = (moment_s - self.offset_s(moment_s)).floor();
        let at = gun(race).checked_add(SignedDuration::from_secs(shows as i64)).ok()?;
        let civil = race.zone.to_datetime(at);
        Some(CaptureTime { civil, subsec_ms: None, offset: None, gps: None })
    }
}

/// The race's only gun.
pub fn gun(race: &Race) -> Timestamp {
    let gun = race.courses.first().and_then(|course| course.gun);
    let gun = civil::DateTime::from_parts(race.date, gun.unwrap_or_default());
    race.zone.to_timestamp(gun).unwrap_or(Timestamp::UNIX_EPOCH)
}
