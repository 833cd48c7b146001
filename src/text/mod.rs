//! Fonts and their coverage, shaping, line breaking, fitting, vertical writing.
//!
//! [`set::set`] is the door: a text, a [`style::TextStyle`] and a frame give a
//! [`set::Block`] of placed glyph runs, or say why the text cannot be set.

mod bundled;
pub mod font;
pub mod library;
pub mod set;
pub mod style;
