//! Whose photo is it? Evidence about a photo, fused into one decision.
//!
//! Order of trust: a person's decision; what the photographer wrote and codes printed
//! on the bib, checked against the roster and the clock; the printed number; the clock
//! alone. Evidence never decides by itself: [`decision::decide`] turns all of it into
//! one probability per bib and keeps the whole list for the record.
//!
//! Faces are never looked at.

pub mod claim;
pub mod clock;
pub mod decision;
pub mod evidence;
pub mod person;

pub use decision::{Decision, Outcome, decide};
pub use evidence::{Evidence, Source};
