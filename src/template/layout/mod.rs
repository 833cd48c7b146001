//! Template + fields + photo → [`kanso_page::Page`], the display list.
//!
//! Layout decides everything: which glyph of which font stands where, how a photo is
//! cropped, what is left out. The backends only draw.

mod chart;
pub mod compose;
mod frame;
mod graphics;
mod photo;
mod qr;
mod seal;
mod table;

pub use compose::{ComposeError, Composition, Problem, ProblemKind, Set, compose};
