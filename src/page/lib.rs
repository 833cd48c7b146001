//! The display list: what layout decided and every backend draws.
//!
//! A [`Page`] has its items placed to the glyph; [`geometry`] is its units and shapes,
//! [`font`] a face with its glyphs, [`path`] the bridge to tiny-skia's paths. It knows
//! nothing of races, templates or files.

mod display_list;
pub mod font;
pub mod geometry;
mod language;
pub mod path;

pub use display_list::{
    Channels, Clip, Color, Fill, FillRule, Glyph, GlyphRun, Group, Image, Item, LineCap, LineJoin,
    LinearGradient, Page, Paint, Path, Picture, RadialGradient, Segment, Stop, Stroke,
    rounded_rect,
};
pub use font::{Font, FontError, FontMetrics};
pub use language::Language;
