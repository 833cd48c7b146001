//! Whose photo is it? Evidence about a photo, fused into one decision.
//!
//! Order of trust: a person's decision; what the photographer wrote and codes printed
//! on the bib, checked against the roster and the clock; the printed number; the clock
//! alone. What may as well be something else (a sponsor's code, the year among the
//! keywords) is weak: it never issues without a second witness. Evidence never decides by itself: [`decision::decide`] turns all of it into
//! one probability per bib and keeps the whole list for the record.
//!
//! Faces are never looked at.

pub mod camera;
pub mod camera_clock;
pub mod claim;
pub mod clock;
pub mod clock_solver;
pub mod decision;
pub mod evidence;
mod numbers;
pub mod person;
mod words;

pub use decision::{Decision, Outcome, decide};
pub use evidence::{Evidence, Source};
