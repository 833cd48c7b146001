//! Whose photo is it? Evidence about a photo, fused into one decision.
//!
//! Order of trust: a person's decision; what the photographer wrote and codes printed
//! on the bib, checked against the roster and the clock; the printed number; the clock
//! alone. What may as well be something else (a sponsor's code, the year among the
//! keywords) is weak: it never issues without a second witness. Evidence never decides by
//! itself: each has a weight for one bib against somebody else ([`Evidence::weight`]), and
//! [`decision::decide`] adds the weights up to one probability per bib and keeps the whole list
//! for the record.
//!
//! Photos taken within seconds tell of one another ([`sighting`], [`decision::Burst`]): nobody is
//! asked twice about what one camera repeats, and a second camera is a second witness.
//!
//! What a decision says is a sentence for operators; each is of a kind ([`reason`]), by which
//! pages say the same in other languages.
//!
//! Faces are never looked at.

pub mod camera;
pub mod camera_clock;
pub mod claim;
pub mod clock;
pub mod clock_solver;
pub mod decision;
pub mod evidence;
pub mod finish_order;
pub mod integrity;
mod lookalike;
mod numbers;
pub mod person;
pub mod reason;
pub mod sighting;
pub mod standing_number;
mod words;

pub use decision::{BURST_S, Decision, OCCASION_S, Outcome, decide};
pub use evidence::{Evidence, Source};
pub use finish_order::FinishOrder;
