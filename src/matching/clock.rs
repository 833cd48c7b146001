//! Capture time against the finish clock: a likelihood, never a proof.
//!
//! A camera's clock is right only after its offset is added. Runners are photographed
//! around the moment they cross the line: normally distributed about the race's mean,
//! with a uniform floor for walk-backs, groups and late shots.

use jiff::{SignedDuration, Timestamp, civil, tz::Offset};
use kanso_photo::metadata::{CaptureTime, zone_by_gps};
use kanso_race::rules::FinishWindow;
use kanso_race::{Bib, Race, Roster};

use super::camera_clock::{self, CameraClock};

/// When a photo was taken by the finish clock, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CapturedAt {
    pub instant: Timestamp,
    /// One standard deviation of the clock itself, in seconds.
    pub sigma_s: f64,
    /// Whether the photo's GPS time settled the zone, against what the camera says.
    pub zone_by_gps: bool,
}

/// Share of photos that say nothing about when their runner finished.
const STRAY: f64 = 0.02;
/// The shortest stretch of time over which stray photos are spread, in seconds.
const STRAY_SPAN_S: f64 = 3600.0;
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
    let (offset_s, offset_sigma_s) = clock.and_then(|c| c.offset_at(shown)).ok_or(unknown)?;
    let (within_s, cut_sigma) = camera_clock::within_second(time);
    let shift = SignedDuration::try_from_secs_f64(offset_s + within_s).map_err(|_| unknown)?;
    let clock = time.civil.checked_add(shift).map_err(|_| unknown)?;
    let (zone, zone_by_gps) = zone(time, clock, race)?;
    Ok(CapturedAt {
        instant: zone.to_timestamp(clock).map_err(|_| unknown)?,
        sigma_s: offset_sigma_s.hypot(cut_sigma),
        zone_by_gps,
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

/// How dense photos of one runner are, `lag_s` seconds after their finish (per second).
fn density(lag_s: f64, window: FinishWindow, clock_sigma_s: f64) -> f64 {
    let sigma = window.sigma_s.hypot(clock_sigma_s);
    let z = (lag_s - window.mean_s) / sigma;
    let normal = (-0.5 * z * z).exp() / (sigma * std::f64::consts::TAU.sqrt());
    (1.0 - STRAY) * normal + STRAY / STRAY_SPAN_S
}

/// How much more the time speaks for a runner than for anybody, as a likelihood ratio.
pub fn likelihood_ratio(lag_s: f64, window: FinishWindow, clock_sigma_s: f64) -> f64 {
    density(lag_s, window, clock_sigma_s) * STRAY_SPAN_S
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
/// whole with strangers and with nobody at all, so they never sum to more than 1.
pub fn neighbours(at: CapturedAt, race: &Race, roster: &Roster) -> Vec<Neighbour> {
    let window = race.finish_window;
    let reach_s = window.mean_s.abs() + 4.0 * window.sigma_s.hypot(at.sigma_s);
    let mut near: Vec<Neighbour> = roster
        .iter()
        .filter_map(|finisher| {
            let lag_s = seconds_after_finish(at.instant, race.finish_clock(finisher)?);
            (lag_s.abs() <= reach_s).then(|| Neighbour {
                bib: finisher.bib.clone(),
                lag_s,
                probability: density(lag_s, window, at.sigma_s),
            })
        })
        .collect();
    // The density of a runner two standard deviations away: a photo that fits its best
    // candidate no better than that is as likely to show someone without a result.
    let sigma = window.sigma_s.hypot(at.sigma_s);
    let nobody = 0.5 * (-2.0_f64).exp() / (sigma * std::f64::consts::TAU.sqrt());
    let total: f64 = nobody + near.iter().map(|n| n.probability).sum::<f64>();
    for neighbour in &mut near {
        neighbour.probability /= total;
    }
    near.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.bib.cmp(&b.bib)));
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: FinishWindow = FinishWindow { mean_s: 0.0, sigma_s: 3.0, conflict_s: 120.0 };

    #[test]
    fn a_photo_at_the_finish_speaks_for_the_runner_and_a_late_one_against() {
        assert!(likelihood_ratio(0.0, WINDOW, 0.5) > 100.0);
        assert!(likelihood_ratio(600.0, WINDOW, 0.5) < 0.1);
    }

    #[test]
    fn a_worse_clock_speaks_more_softly() {
        assert!(likelihood_ratio(0.0, WINDOW, 30.0) < likelihood_ratio(0.0, WINDOW, 0.5));
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
