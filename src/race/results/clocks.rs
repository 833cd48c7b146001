//! Whether the times of day in a file agree with the race's guns and its gun times.

use super::problem::{Problem, ProblemKind};
use crate::{Finisher, Race};

/// A time of day may differ so much from gun + gun time before it is told.
const TOLERANCE_S: f64 = 60.0;

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
