//! Template + fields + photo → [`page::Page`], the display list.
//!
//! Layout decides everything: which glyph of which font stands where, how a photo is
//! cropped, what is left out. The backends in [`crate::render`] only draw.

pub mod geometry;
pub mod page;
