//! What an operator should look at in a camera's clock.

use std::fmt;

use jiff::Timestamp;
use kanso_matching::camera_clock::{CameraClock, ClockSource, whole_hours};
use kanso_matching::clock_solver::{FEWEST, Unsolved};

/// A drift worth telling, in seconds an hour.
const DRIFT_S_PER_H: f64 = 1.0;
/// A clock that was told and differs from what photos say by more, in seconds, is worth telling.
const DIFFERS_S: f64 = 3.0;

/// One thing to look at.
#[derive(Debug, Clone, PartialEq)]
pub enum ClockWarning {
    /// Its photos show two clocks in turn, so many seconds off.
    TwoClocks { a_s: f64, b_s: f64 },
    /// So many bibs agree on no offset.
    Disagreement { bibs: usize },
    /// It is not known: so many sure bibs are there, fewer than [`FEWEST`].
    TooFew { bibs: usize },
    /// Somebody told it, and so many photos say otherwise.
    Differs { by: ClockSource, told_s: f64, solved_s: f64, photos: usize },
    /// Its time zone or summer time is wrong.
    HoursOff { hours: i32 },
    /// It was set, at that time of day by the race's zone, by so many seconds.
    Set { at: String, by_s: f64 },
    /// It is followed all the same.
    Drifts { s_per_h: f64 },
}

impl ClockWarning {
    /// All that a camera's clock calls for; `samples` are the sure bibs in its photos.
    pub(super) fn of(
        in_force: Option<&CameraClock>,
        solved: Result<&CameraClock, &Unsolved>,
        samples: usize,
        time_of_day: impl Fn(Timestamp) -> String,
    ) -> Vec<Self> {
        let mut warnings = Vec::new();
        match solved {
            Err(Unsolved::TwoClocks(a_s, b_s)) => {
                warnings.push(Self::TwoClocks { a_s: *a_s, b_s: *b_s });
            }
            Err(Unsolved::Disagreement) => warnings.push(Self::Disagreement { bibs: samples }),
            Err(Unsolved::TooFew) if in_force.is_none() => {
                warnings.push(Self::TooFew { bibs: samples });
            }
            Err(Unsolved::TooFew) => {}
            Ok(solved) => {
                warnings.extend(in_force.and_then(|told| Self::differing(told, solved)));
                warnings.extend(Self::of_solved(solved, time_of_day));
            }
        }
        warnings
    }

    fn differing(told: &CameraClock, solved: &CameraClock) -> Option<Self> {
        if told.source == ClockSource::Solved {
            return None;
        }
        let segment = solved.segments.first()?;
        let (told_s, told_sigma_s) = told.offset_at(segment.from)?;
        let (solved_s, photos) = (segment.offset_s, segment.agreeing);
        let differs = (told_s - solved_s).abs() > DIFFERS_S.max(3.0 * told_sigma_s);
        differs.then_some(Self::Differs { by: told.source, told_s, solved_s, photos })
    }

    fn of_solved(solved: &CameraClock, time_of_day: impl Fn(Timestamp) -> String) -> Vec<Self> {
        let hours = solved.segments.first().and_then(|first| whole_hours(first.offset_s));
        let mut warnings: Vec<Self> =
            hours.map(|hours| Self::HoursOff { hours }).into_iter().collect();
        for pair in solved.segments.windows(2) {
            let by_s = pair[1].offset_s - pair[0].offset_at(pair[1].from).0;
            warnings.push(Self::Set { at: time_of_day(pair[1].from), by_s });
        }
        let drifts = solved.segments.iter().map(|segment| segment.drift_s_per_h);
        let drifting = drifts.into_iter().find(|drift| drift.abs() >= DRIFT_S_PER_H);
        warnings.extend(drifting.map(|s_per_h| Self::Drifts { s_per_h }));
        warnings
    }
}

/// In English, for operators.
impl fmt::Display for ClockWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoClocks { a_s, b_s } => {
                let zone = match whole_hours(a_s - b_s) {
                    Some(hours) => format!(" ({} h apart: a time zone)", hours.abs()),
                    None => String::new(),
                };
                write!(
                    f,
                    "two clocks in turn, {a_s:.0} s and {b_s:.0} s off{zone}: two bodies without \
                     serial numbers in one folder, or a clock that was set back; give each a \
                     folder, or its offset"
                )
            }
            Self::Disagreement { bibs } => write!(
                f,
                "{bibs} bibs agree on no offset; look whether its photos are of the finish"
            ),
            Self::TooFew { bibs } => write!(
                f,
                "its clock is not known: {bibs} of the {FEWEST} sure bibs that solve it are there"
            ),
            Self::Differs { by, told_s, solved_s, photos } => {
                let who = if *by == ClockSource::Rules { "race.toml" } else { "a person" };
                write!(
                    f,
                    "{who} says {told_s:+.1} s, and {photos} photos say {solved_s:+.1} s; look at \
                     its clock"
                )
            }
            Self::HoursOff { hours } => {
                write!(f, "its clock is {hours:+} h off: its time zone or summer time is wrong")
            }
            Self::Set { at, by_s } => {
                write!(f, "its clock was set at {at} (by its own time), by {by_s:+.0} s")?;
                match whole_hours(*by_s) {
                    Some(hours) => write!(f, ", {} h of a time zone", hours.abs()),
                    None => Ok(()),
                }
            }
            Self::Drifts { s_per_h } => {
                write!(f, "it drifts {s_per_h:+.1} s an hour; it is followed, and worth a look")
            }
        }
    }
}
