//! Fonts and their coverage, shaping, line breaking, fitting, vertical writing.

pub mod font;
