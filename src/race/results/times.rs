//! Cells that hold a race time.

use super::cells::is_blank;
use super::status;
use crate::Status;
use crate::elapsed::{Elapsed, ElapsedError, ShortTime};

/// Seconds a kilometre between which a race time can lie: the fastest handcycles, and
/// an hour's stroll. Outside, the time was misread or the row is of another course.
const PACE_S_PER_KM: std::ops::RangeInclusive<f64> = 75.0..=3600.0;

/// 99:59:59
const LONGEST_S: u32 = 359_999;

/// What a time's cell says.
pub(super) enum TimeCell {
    Blank,
    Time(Elapsed),
    /// `DNF` stands where the time would.
    Status(Status),
}

/// How the times of a column are written.
#[derive(Clone, Copy)]
pub(super) struct TimeFormat {
    pub decimal_minutes: bool,
    pub short_times: Option<ShortTime>,
}

/// Reads a trimmed cell. `distance_m` is what the time was run over, where it is known.
pub(super) fn read(
    cell: &str,
    format: TimeFormat,
    distance_m: Option<f64>,
) -> Result<TimeCell, String> {
    if is_blank(cell) {
        return Ok(TimeCell::Blank);
    }
    let read = if format.decimal_minutes {
        Elapsed::parse_decimal_minutes(cell)
    } else {
        Elapsed::parse_as(cell, format.short_times)
    };
    let elapsed = match (read, distance_m) {
        (Ok(elapsed), _) => elapsed,
        // Only one of the readings can be run on this course.
        (Err(ElapsedError::Ambiguous { minutes_seconds, hours_minutes, .. }), Some(metres))
            if can_be_run(minutes_seconds, metres)
                && !hours_minutes.is_some_and(|time| can_be_run(time, metres)) =>
        {
            minutes_seconds
        }
        (Err(error), _) => {
            return match status::named(cell) {
                Some(status) => Ok(TimeCell::Status(status)),
                None => Err(error.to_string()),
            };
        }
    };
    match distance_m {
        // Timing systems write 0:00:00 or the longest time they have where there is none.
        _ if elapsed.millis() == 0 || elapsed.millis() / 1000 == LONGEST_S => Ok(TimeCell::Blank),
        Some(metres) if !can_be_run(elapsed, metres) => Err(format!(
            "{cell:?} cannot be a time over {metres} m (hours and minutes mixed up?); correct \
             the time, or the course's distance_m in race.toml"
        )),
        _ => Ok(TimeCell::Time(elapsed)),
    }
}

fn can_be_run(elapsed: Elapsed, metres: f64) -> bool {
    PACE_S_PER_KM.contains(&(f64::from(elapsed.millis()) / metres))
}
