//! Whether the times of day in a file agree with the race's guns and its gun times.

use super::columns::Columns;
use super::problem::{Problem, ProblemKind};
use super::{Field, ResultsError};
use crate::{Finisher, Race};

/// A time of day may differ so much from gun + gun time before it is told.
const TOLERANCE_S: f64 = 60.0;

/// So slow is nobody who finishes, in seconds a kilometre.
const SLOWER_THAN_ANYBODY: f64 = 1200.0;

/// Refuses a column of times of day that its heading gave out for race times: as race times
/// nobody could run them, and counted from the gun everybody could.
pub(super) fn refuse_times_of_day(
    race: &Race,
    runners: &[Finisher],
    columns: &Columns,
) -> Result<(), ResultsError> {
    let Some(index) = columns.of(Field::GunTime) else { return Ok(()) };
    let (mut timed, mut by_the_clock) = (0, 0);
    for runner in runners {
        let course = runner.course.as_deref().and_then(|id| race.course(id));
        let distance_km = course.and_then(|course| course.distance_m).map(|metres| metres / 1000.0);
        let (Some(time), Some(km), Some(gun)) = (runner.gun_time, distance_km, race.gun_of(runner))
        else {
            continue;
        };
        timed += 1;
        let gun_s = f64::from(gun.hour()) * 3600.0 + f64::from(gun.minute()) * 60.0;
        let time_s = f64::from(time.millis()) / 1000.0;
        let from_the_gun = (time_s - gun_s) / km;
        let can_be_run = (100.0..SLOWER_THAN_ANYBODY).contains(&from_the_gun);
        by_the_clock += usize::from(time_s / km > SLOWER_THAN_ANYBODY && can_be_run);
    }
    if timed > 0 && by_the_clock * 10 >= timed * 9 {
        return Err(ResultsError::TimesOfDay { heading: columns.all[index].heading.clone() });
    }
    Ok(())
}

/// All that disagree, told once. `column` is the heading of the times of day.
pub(super) fn disagreement(
    race: &Race,
    runners: &[Finisher],
    column: Option<String>,
) -> Option<Problem> {
    let mut first = None;
    let mut count = 0;
    for runner in runners.iter().filter(|runner| runner.finish_clock.is_some()) {
        let (Some(clock), Some(gun)) = (race.finish_clock(runner), race.finish_by_gun_time(runner))
        else {
            continue;
        };
        let apart_s = clock.duration_since(gun).as_secs_f64();
        if apart_s.abs() > TOLERANCE_S {
            count += 1;
            first.get_or_insert((runner.row, apart_s));
        }
    }
    let (row, apart_s) = first?;
    Some(Problem {
        row: None,
        column,
        value: None,
        kind: ProblemKind::Warning,
        message: format!(
            "the time of day of {count} runners is not gun + gun time (row {row}: by \
             {apart_s:.0} s); photos are matched by the time of day; check the guns in race.toml"
        ),
    })
}
