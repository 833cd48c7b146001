//! `template.toml`, its artwork and its words: what a certificate looks like.
//!
//! [`schema`] is the file format, strict and documented field by field; [`Template`] is a
//! template that was read and agrees with itself; [`fields`] are the facts that it prints,
//! [`pattern`] how a text names them, and [`format`](mod@format) how they are written.

pub mod artwork;
pub mod branding;
pub mod bundled;
pub mod check;
pub mod fields;
pub mod format;
pub mod graphic;
pub mod hardest;
pub mod layout;
pub mod load;
pub mod palette;
pub mod pattern;
pub mod reference;
pub mod schema;
pub mod specimen;
mod style;

pub use branding::Branding;
pub use fields::{Extra, Fields};
pub use graphic::{Graphic, GraphicError};
pub use load::{Slot, Template, TemplateError};
