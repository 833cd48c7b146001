//! A whole race from a seed, decided by the product's own code: [`kanso_matching::decide`] and
//! [`kanso_matching::clock_solver::solve`]. What is true is known, so that what is decided can
//! be counted right or wrong.
//!
//! The world's numbers stand in [`conditions`]; a condition may only make it harder.

mod calibration;
mod camera;
mod chance;
pub mod conditions;
mod lookalike_text;
mod matcher;
mod photos;
mod report;
mod start_list;

use kanso_race::results::ResultsError;

pub use calibration::{Bin, Calibration};
pub use conditions::Conditions;
pub use report::Report;

use chance::Chance;
use matcher::Matcher;
use start_list::StartList;

/// Runs a race; with results, of the runners who have a time in them.
pub fn simulate(conditions: &Conditions, results: Option<&[u8]>) -> Result<Report, ResultsError> {
    let mut chance = Chance::new(conditions.seed);
    let list = StartList::new(conditions, results, &mut chance)?;
    let cameras = camera::Camera::all(conditions, &mut chance);
    let photos = photos::taken(conditions, &list, &mut chance);
    let mut matcher = Matcher::new(conditions, &list, &cameras, photos);
    let decisions = matcher.decide();
    Ok(report::report(&list, &matcher, &decisions))
}

#[cfg(test)]
mod tests;
