//! Capture time against the finish clock: a likelihood, never a proof.
//!
//! A camera's clock is right only after its offset is added. Runners are photographed
//! around the moment they cross the line: normally distributed about the race's mean. Some
//! linger, some walk back, and a uniform floor is left for late shots.

use jiff::{SignedDuration, Timestamp, civil, tz::Offset};
use kanso_photo::metadata::{CaptureTime, zone_by_gps};
use kanso_race::rules::FinishWindow;
use kanso_race::{Bib, Race};

use super::camera_clock::{self, CameraClock, ClockSource};
use super::finish_order::FinishOrder;

/// When a photo was taken by the finish clock, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CapturedAt {
    pub instant: Timestamp,
    /// One standard deviation of the clock itself, in seconds.
    pub sigma_s: f64,
    /// Whether the photo's GPS time settled the zone, against what the camera says.
    pub zone_by_gps: bool,
    /// Who says how far the camera's clock is off.
    pub source: ClockSource,
}

/// Shares of a runner's photos: when they cross the line, while they linger behind it, when
/// they have walked back to it, and at any time. Assumed, not measured: 10 % linger 10 to 60 s,
/// 3 % walk back after minutes; `kanso simulate` has its world do the same.
const ON_TIME: f64 = 0.865;
const STRAY: f64 = 0.005;
pub(crate) const LATE: [Late; 2] = [
    Late { share: 0.10, from_s: 10.0, until_s: 60.0 },
    Late { share: 0.03, from_s: 60.0, until_s: 1200.0 },
];
/// The stretch of time over which stray photos are spread, in seconds.
const STRAY_SPAN_S: f64 = 3600.0;
/// Photos that show no runner, as a share of all; and how often no number is read of a
/// runner who is there (a reader that finds 70 of 100).
const NO_RUNNER: f64 = 0.02;
const UNREAD: f64 = 0.3;

/// Why a capture time tells no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoMoment {
    /// Nobody knows how far this camera's clock is off.
    OffsetUnknown,
    /// The camera names a zone, and the photo's GPS time says another one.
    ZoneContradicted,
}

/// The finish clock's time of a photo, by its camera's clock; `None` where nobody knows it.
pub fn captured_at(
    time: &CaptureTime,
    clock: Option<&CameraClock>,
    race: &Race,
) -> Result<CapturedAt, NoMoment> {
    let unknown = NoMoment::OffsetUnknown;
    let shown = camera_clock::shown(time, race).ok_or(unknown)?;
    let camera = clock.ok_or(unknown)?;
    let (offset_s, offset_sigma_s) = camera.offset_at(shown).ok_or(unknown)?;
    let (within_s, cut_sigma) = camera_clock::within_second(time);
    let shift = SignedDuration::try_from_secs_f64(offset_s + within_s).map_err(|_| unknown)?;
    let clock = time.civil.checked_add(shift).map_err(|_| unknown)?;
    let (zone, zone_by_gps) = zone(time, clock, race)?;
    Ok(CapturedAt {
        instant: zone.to_timestamp(clock).map_err(|_| unknown)?,
        sigma_s: offset_sigma_s.hypot(cut_sigma),
        zone_by_gps,
        source: camera.source,
    })
}

/// The zone of a camera's clock, once it is set right: its own, else the race's; and whether
/// the photo's GPS time settled it. GPS gives a zone where the camera has none, and between
/// the camera's and the race's it tells which holds. Where it agrees with neither, none does.
fn zone(
    time: &CaptureTime,
    clock: civil::DateTime,
    race: &Race,
) -> Result<(Offset, bool), NoMoment> {
    let by_race = race.zone.to_timestamp(clock).map_err(|_| NoMoment::OffsetUnknown)?;
    let races = race.zone.to_offset(by_race);
    let by_gps = time.gps.and_then(|gps| zone_by_gps(clock, gps));
    match (time.offset.unwrap_or(races), by_gps) {
        (zone, None) => Ok((zone, false)),
        (zone, Some(by_gps)) if zone == by_gps => Ok((zone, false)),
        (_, Some(by_gps)) if time.offset.is_none() || by_gps == races => Ok((by_gps, true)),
        // Two against one: the fix is an old one.
        (zone, Some(_)) if zone == races => Ok((zone, false)),
        (_, Some(_)) => Err(NoMoment::ZoneContradicted),
    }
}

/// Seconds from crossing the line to the photo; negative before it.
pub fn seconds_after_finish(photo: Timestamp, finish: Timestamp) -> f64 {
    photo.duration_since(finish).as_secs_f64()
}

/// A way of being late: equally probable from one number of seconds to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Late {
    share: f64,
    pub(crate) from_s: f64,
    pub(crate) until_s: f64,
}

impl Late {
    pub(crate) fn density(&self) -> f64 {
        self.share / (self.until_s - self.from_s)
    }
}

/// How long after one runner's finish a photo was taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lateness {
    pub lag_s: f64,
    window: FinishWindow,
    clock_sigma_s: f64,
}

/// How far photos of runners who cross the line are spread, in seconds.
pub(crate) fn on_time_sigma_s(window: FinishWindow, clock_sigma_s: f64) -> f64 {
    window.sigma_s.hypot(clock_sigma_s)
}

impl Lateness {
    /// How dense stray photos are (per second).
    pub(crate) const STRAY_DENSITY: f64 = STRAY / STRAY_SPAN_S;
    /// How dense photos are that have nothing to do with a runner: over an hour.
    pub(crate) const UNRELATED: f64 = 1.0 / STRAY_SPAN_S;

    pub fn new(at: CapturedAt, finish: Timestamp, window: FinishWindow) -> Self {
        let lag_s = seconds_after_finish(at.instant, finish);
        Self { lag_s, window, clock_sigma_s: at.sigma_s }
    }

    /// How dense photos of a runner are who crosses the line (per second).
    pub(crate) fn on_time(self) -> f64 {
        let sigma_s = on_time_sigma_s(self.window, self.clock_sigma_s);
        let z = (self.lag_s - self.window.mean_s) / sigma_s;
        ON_TIME * (-0.5 * z * z).exp() / (sigma_s * std::f64::consts::TAU.sqrt())
    }

    /// How dense photos of the runner are (per second).
    pub fn density(self) -> f64 {
        let late_s = self.lag_s - self.window.mean_s;
        let late = LATE.iter().filter(|late| (late.from_s..late.until_s).contains(&late_s));
        self.on_time() + late.map(Late::density).sum::<f64>() + Self::STRAY_DENSITY
    }

    /// Whether the time speaks for the runner: photos of them are denser then than photos
    /// that have nothing to do with them.
    pub fn fits(self) -> bool {
        self.density() > Self::UNRELATED
    }

    /// Whether the runner may just cross the line; the same as [`Self::fits`] without those
    /// who linger.
    pub fn crosses(self) -> bool {
        self.on_time() > Self::UNRELATED
    }
}

/// A runner who finished about when the photo was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    pub bib: Bib,
    pub lag_s: f64,
    /// That the photo shows this runner, by the clock alone.
    pub probability: f64,
}

/// Runners near the photo in time, the most probable first. Probabilities share one
/// whole with those who come late, with strangers and with nobody at all, so they never sum to
/// more than 1.
pub fn neighbours(at: CapturedAt, window: FinishWindow, order: &FinishOrder) -> Vec<Neighbour> {
    let sigma_s = on_time_sigma_s(window, at.sigma_s);
    // The density of a runner two standard deviations away: a photo that fits its best
    // candidate no better than that is as likely to show someone without a result. In a dense
    // race there are more photos without a runner than that.
    let stranger = 0.5 * (-2.0_f64).exp() / (sigma_s * std::f64::consts::TAU.sqrt());
    let nobody = stranger.max(order.rate() * NO_RUNNER / UNREAD);
    let total = nobody + order.density(at, window);
    let neighbour = |(finish, bib): &(Timestamp, Bib)| {
        let lateness = Lateness::new(at, *finish, window);
        let probability = lateness.density() / total;
        Neighbour { bib: bib.clone(), lag_s: lateness.lag_s, probability }
    };
    let mut near: Vec<Neighbour> = order.crossing(at, window).iter().map(neighbour).collect();
    near.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.bib.cmp(&b.bib)));
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: FinishWindow = FinishWindow { mean_s: 0.0, sigma_s: 3.0, conflict_s: 120.0 };

    fn after(lag_s: f64, sigma_s: f64) -> Lateness {
        Lateness { lag_s, window: WINDOW, clock_sigma_s: sigma_s }
    }

    #[test]
    fn a_photo_at_the_finish_speaks_for_the_runner_and_a_late_one_against() {
        assert!(after(0.0, 0.5).density() > 20.0 * after(30.0, 0.5).density());
        assert!(after(30.0, 0.5).fits(), "some linger");
        for lag_s in [-20.0, 300.0, 2400.0, -2400.0] {
            assert!(!after(lag_s, 0.5).fits(), "{lag_s}");
        }
    }

    #[test]
    fn a_worse_clock_speaks_more_softly() {
        assert!(after(0.0, 30.0).density() < after(0.0, 0.5).density());
    }

    #[test]
    fn densities_add_up_to_one() {
        let seconds = (-1800..1800).map(|lag_s| after(f64::from(lag_s) + 0.5, 0.5).density());
        assert!((seconds.sum::<f64>() - 1.0).abs() < 0.01);
    }

    fn race() -> Race {
        let rules = "name = 'R'\ndate = 2026-04-05\ntime_zone = 'Europe/Paris'\n[[courses]]\nid = 'c'\n\
            [[cameras]]\nid = 'right'\noffset_s = 0\n[[cameras]]\nid = 'utc'\noffset_s = 7200\n";
        Race::parse(rules).unwrap()
    }

    /// When a photo was taken whose clock shows 10:20:30.
    fn moment(camera: &str, zone: Option<i8>, gps: &str) -> Result<(String, bool), NoMoment> {
        let time = CaptureTime {
            civil: civil::date(2026, 4, 5).at(10, 20, 30, 0),
            subsec_ms: Some(0),
            offset: zone.map(jiff::tz::offset),
            gps: gps.parse().ok(),
        };
        let race = race();
        let at = captured_at(&time, CameraClock::of_rules(camera, &race).as_ref(), &race)?;
        let clock = at.instant.to_string();
        Ok((clock[11..16].to_owned(), at.zone_by_gps))
    }

    #[test]
    fn gps_gives_the_zone_that_a_camera_does_not_tell() {
        let told = |clock: &str, by_gps| Ok((clock.to_owned(), by_gps));
        assert_eq!(moment("right", None, ""), told("08:20", false), "the race's zone");
        assert_eq!(moment("right", None, "2026-04-05T08:20:28Z"), told("08:20", false));
        assert_eq!(moment("right", None, "2026-04-05T01:20:28Z"), told("01:20", true));
        assert_eq!(
            moment("right", None, "2026-04-05T08:11:00Z"),
            told("08:20", false),
            "an old fix"
        );
        assert_eq!(moment("utc", None, "2026-04-05T10:20:28Z"), told("10:20", false), "set right");
    }

    #[test]
    fn a_zone_that_gps_contradicts_is_believed_only_where_the_race_has_it_too() {
        let told = |clock: &str, by_gps| Ok((clock.to_owned(), by_gps));
        assert_eq!(moment("right", Some(9), ""), told("01:20", false));
        assert_eq!(moment("right", Some(9), "2026-04-05T01:20:28Z"), told("01:20", false));
        assert_eq!(moment("right", Some(9), "2026-04-05T08:20:28Z"), told("08:20", true));
        assert_eq!(moment("right", Some(2), "2026-04-05T07:20:28Z"), told("08:20", false));
        let contradicted = moment("right", Some(9), "2026-04-05T05:20:28Z");
        assert_eq!(contradicted, Err(NoMoment::ZoneContradicted));
        assert_eq!(moment("nobody's", None, ""), Err(NoMoment::OffsetUnknown));
    }
}
