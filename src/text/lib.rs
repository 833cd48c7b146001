//! Fonts and their coverage, shaping, line breaking, fitting, vertical writing.
//!
//! [`set::set`] is the door: a text, a [`style::TextStyle`] and a frame give a
//! [`set::Block`] of placed glyph runs, or say why the text cannot be set.

mod chains;
mod class;
mod fit;
mod itemise;
pub mod library;
mod lines;
mod place;
pub mod set;
mod shape;
pub mod style;
mod vertical;
