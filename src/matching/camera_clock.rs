//! What must be added to a camera's clock to get the finish clock.

use jiff::{SignedDuration, Timestamp};
use kanso_photo::CaptureTime;
use kanso_race::Race;
use serde::{Deserialize, Serialize};

/// Who says how far a camera's clock is off, the most trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockSource {
    /// `cameras/<camera>.json`
    Person,
    /// Worked out from photos whose bibs are sure: [`solve`](super::clock_solver::solve).
    Solved,
    /// `race.toml`
    Rules,
}

/// A camera's clock against the finish clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CameraClock {
    pub source: ClockSource,
    /// In order of time, never empty; more than one where the clock was set meanwhile.
    pub segments: Vec<ClockSegment>,
}

/// A stretch of time in which nobody set the clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClockSegment {
    /// The first and the last moment that is known of, on the camera's clock ([`shown`]). The
    /// first segment holds before them as well, and each until the next begins.
    pub from: Timestamp,
    pub until: Timestamp,
    /// Seconds to add at `from`.
    pub offset_s: f64,
    /// How many seconds more an hour later.
    #[serde(default)]
    pub drift_s_per_h: f64,
    /// One standard deviation, in seconds.
    pub sigma_s: f64,
    /// How many bibs in photos it rests on; 0 where it was told.
    #[serde(default)]
    pub agreeing: usize,
}

/// Whoever set the clock half a day before or after is not known of.
const MOST_UNSEEN_H: f64 = 12.0;
/// By how much a clock is wrong may change beyond what was seen of it, in seconds an hour.
const UNSEEN_DRIFT_S_PER_H: f64 = 2.0;

impl CameraClock {
    /// A clock that is off by the same all day.
    pub fn told(source: ClockSource, offset_s: f64, sigma_s: f64) -> Self {
        let (from, until) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let drift_s_per_h = 0.0;
        let segments =
            vec![ClockSegment { from, until, offset_s, drift_s_per_h, sigma_s, agreeing: 0 }];
        Self { source, segments }
    }

    /// As `race.toml` tells it of the camera in a folder.
    pub fn of_rules(camera: &str, race: &Race) -> Option<Self> {
        let camera = race.camera(camera)?;
        let told = |offset_s| Self::told(ClockSource::Rules, offset_s, camera.offset_sigma_s);
        camera.offset_s.map(told)
    }

    /// How many bibs in photos it rests on.
    pub fn agreeing(&self) -> usize {
        self.segments.iter().map(|segment| segment.agreeing).sum()
    }

    /// Seconds to add when the camera shows a moment, and their standard deviation; `None` for
    /// one of another day than was solved.
    pub fn offset_at(&self, shown: Timestamp) -> Option<(f64, f64)> {
        let at = self.segments.iter().rposition(|segment| segment.from <= shown).unwrap_or(0);
        let segment = self.segments.get(at)?;
        (segment.unseen_h(shown) <= MOST_UNSEEN_H).then(|| segment.offset_at(shown))
    }
}

impl ClockSegment {
    /// Seconds to add when the camera shows a moment, and their standard deviation.
    pub fn offset_at(&self, shown: Timestamp) -> (f64, f64) {
        let offset_s = self.offset_s + self.drift_s_per_h * hours(self.from, shown);
        (offset_s, self.sigma_s.hypot(UNSEEN_DRIFT_S_PER_H * self.unseen_h(shown)))
    }

    /// Hours between a moment and the nearest that is known of.
    fn unseen_h(&self, shown: Timestamp) -> f64 {
        let is_told = self.agreeing == 0;
        if is_told { 0.0 } else { hours(shown, self.from).max(hours(self.until, shown)).max(0.0) }
    }
}

fn hours(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 3600.0
}

/// A clock that shows whole seconds only cuts up to one off: mean and deviation.
pub const WHOLE_SECONDS: (f64, f64) = (0.5, 0.29);

/// How far within its second a photo was taken, as far as is known: mean and deviation.
pub fn within_second(time: &CaptureTime) -> (f64, f64) {
    match time.subsec_ms {
        Some(ms) => (f64::from(ms) / 1000.0, 0.0),
        None => WHOLE_SECONDS,
    }
}

/// The moment that a camera's clock shows, right or wrong: in the camera's zone, else the
/// race's. `None` for one that no calendar has.
pub fn shown(time: &CaptureTime, race: &Race) -> Option<Timestamp> {
    let within = SignedDuration::try_from_secs_f64(within_second(time).0).ok()?;
    let clock = time.civil.checked_add(within).ok()?;
    match time.offset {
        Some(zone) => zone.to_timestamp(clock).ok(),
        None => race.zone.to_timestamp(clock).ok(),
    }
}

/// The whole hours that an offset is off by, where it is no more than a minute and a half
/// from them: somebody's time zone, or summer time.
pub fn whole_hours(offset_s: f64) -> Option<i32> {
    let hours = (offset_s / 3600.0).round();
    let is_zone = hours != 0.0 && hours.abs() <= 26.0 && (offset_s - hours * 3600.0).abs() <= 90.0;
    is_zone.then_some(hours as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_drift_goes_on_and_is_less_sure_where_nothing_was_seen() {
        let segment = ClockSegment {
            from: at(0),
            until: at(3600),
            offset_s: 5.0,
            drift_s_per_h: 2.0,
            sigma_s: 0.3,
            agreeing: 40,
        };
        let clock = CameraClock { source: ClockSource::Solved, segments: vec![segment] };
        let (offset_s, sigma_s) = clock.offset_at(at(1800)).unwrap();
        assert!((offset_s - 6.0).abs() < 1e-9 && (sigma_s - 0.3).abs() < 1e-9);
        let (offset_s, sigma_s) = clock.offset_at(at(7200)).unwrap();
        assert!((offset_s - 9.0).abs() < 1e-9 && sigma_s > 2.0, "{offset_s} {sigma_s}");
        assert!(clock.offset_at(at(-3600)).unwrap().1 > 2.0);
        assert_eq!(clock.offset_at(at(86_400)), None, "another day");
        assert_eq!(clock.offset_at(Timestamp::UNIX_EPOCH), None, "a clock without a battery");
    }

    #[test]
    fn what_is_told_holds_all_day() {
        let clock = CameraClock::told(ClockSource::Person, -3590.0, 0.5);
        for seconds in [-1_000_000, 0, 1_000_000] {
            assert_eq!(clock.offset_at(at(seconds)), Some((-3590.0, 0.5)));
        }
    }

    #[test]
    fn whole_hours_are_told_from_a_clock_that_is_a_little_off() {
        assert_eq!(whole_hours(-3590.0), Some(-1));
        assert_eq!(whole_hours(32_430.0), Some(9));
        assert_eq!([whole_hours(40.0), whole_hours(1800.0), whole_hours(3800.0)], [None; 3]);
    }
}
