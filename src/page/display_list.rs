//! The display list: one page, everything on it decided and placed.

use std::sync::Arc;

use crate::font::Font;
use crate::geometry::{Point, Pt, Rect, Size, Transform};
use crate::language::Language;

/// One page, ready to be drawn by any backend, in the order of its items.
#[derive(Debug, Clone)]
pub struct Page {
    /// The size after the knife.
    pub trim: Size,
    /// How far items reach beyond the trim on every side.
    pub bleed: Pt,
    /// Document title, for the reader's window and for assistive technology.
    pub title: String,
    pub language: Language,
    /// Each item's position is where its own origin stands on the page.
    pub items: Vec<(Point, Item)>,
}

#[derive(Debug, Clone)]
pub enum Item {
    Glyphs(GlyphRun),
    Image(Image),
    Path(Path),
    Group(Group),
}

/// Shaped text in one font at one size. Its origin is the start of the baseline.
#[derive(Debug, Clone)]
pub struct GlyphRun {
    pub font: Arc<Font>,
    /// Size of the em.
    pub size: Pt,
    /// 1.0 is the font's own width; condensed text is below it.
    pub horizontal_scale: f64,
    /// How the run stands on the page, about its origin: identity, or
    /// [`Transform::QUARTER_TURN`] for Latin in vertical lines.
    pub turn: Transform,
    pub glyphs: Vec<Glyph>,
    /// The exact text, for copying and searching (ActualText).
    pub text: String,
    pub paint: Paint,
    pub overprint: bool,
}

/// One glyph, placed. Offsets are from the run's origin before `turn`, with
/// `horizontal_scale` already applied to them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    pub id: u16,
    pub x: Pt,
    /// Down is positive.
    pub y: Pt,
    /// Byte offset of its cluster in the run's text.
    pub cluster: u32,
}

/// A picture that fills `size` from its top-left origin; already cropped.
#[derive(Debug, Clone)]
pub struct Image {
    pub picture: Arc<Picture>,
    pub size: Size,
    pub corner_radius: Pt,
    /// What assistive technology says of it; empty for decoration.
    pub alt: String,
}

/// Pixels for a page.
#[derive(Debug, Clone)]
pub enum Picture {
    /// A baseline JPEG in sRGB, grey or (Adobe-inverted) CMYK; embedded as it is.
    Jpeg { bytes: Vec<u8>, width: u32, height: u32, channels: Channels },
    /// 8-bit sRGB with straight alpha, for artwork.
    Rgba { pixels: Vec<u8>, width: u32, height: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    Grey,
    Rgb,
    Cmyk,
}

impl Picture {
    pub fn pixel_size(&self) -> (u32, u32) {
        match self {
            Self::Jpeg { width, height, .. } | Self::Rgba { width, height, .. } => {
                (*width, *height)
            }
        }
    }
}

/// A shape, filled and then stroked.
#[derive(Debug, Clone)]
pub struct Path {
    pub segments: Vec<Segment>,
    pub fill: Option<Fill>,
    pub stroke: Option<Stroke>,
}

/// Absolute points from the path's origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    MoveTo(Point),
    LineTo(Point),
    CubicTo(Point, Point, Point),
    Close,
}

#[derive(Debug, Clone)]
pub struct Fill {
    pub paint: Paint,
    pub rule: FillRule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FillRule {
    #[default]
    NonZero,
    EvenOdd,
}

#[derive(Debug, Clone)]
pub struct Stroke {
    pub paint: Paint,
    pub width: Pt,
    pub cap: LineCap,
    pub join: LineJoin,
    pub miter_limit: f64,
    /// Lengths of dashes and gaps, in turn; empty for a solid line.
    pub dash: Vec<Pt>,
    pub dash_phase: Pt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineCap {
    #[default]
    Butt,
    Round,
    Square,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineJoin {
    #[default]
    Miter,
    Round,
    Bevel,
}

/// Items that share a transform, a clip and an opacity. Its children are placed in
/// the group's own space; `transform` maps that space to where the group stands.
#[derive(Debug, Clone)]
pub struct Group {
    pub items: Vec<(Point, Item)>,
    pub transform: Transform,
    /// In the group's own space.
    pub clip: Option<Clip>,
    /// 0.0 to 1.0, applied to the group as a whole.
    pub opacity: f64,
}

#[derive(Debug, Clone)]
pub struct Clip {
    pub segments: Vec<Segment>,
    pub rule: FillRule,
}

#[derive(Debug, Clone)]
pub enum Paint {
    Solid(Color),
    Linear(LinearGradient),
    Radial(RadialGradient),
}

/// Between two points of the painted item's own space.
#[derive(Debug, Clone)]
pub struct LinearGradient {
    pub from: Point,
    pub to: Point,
    /// At least two, offsets rising from 0.0 to 1.0; the ends extend.
    pub stops: Vec<Stop>,
}

#[derive(Debug, Clone)]
pub struct RadialGradient {
    pub center: Point,
    pub radius: Pt,
    pub stops: Vec<Stop>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    pub offset: f64,
    pub color: Color,
}

/// A colour as the design names it; the backend's output intent says how it is printed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    /// 0.0 to 1.0
    pub alpha: f64,
}

impl Color {
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 1.0 }
    }

    /// Reads `#rgb`, `#rrggbb` or `#rrggbbaa`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.is_ascii() {
            return None;
        }
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let nibble = |at: usize| Some(u8::from_str_radix(digits.get(at..=at)?, 16).ok()? * 17);
        match digits.len() {
            3 => Some(Self::rgb(nibble(0)?, nibble(1)?, nibble(2)?)),
            6 => Some(Self::rgb(byte(0)?, byte(2)?, byte(4)?)),
            8 => Some(Self {
                alpha: f64::from(byte(6)?) / 255.0,
                ..Self::rgb(byte(0)?, byte(2)?, byte(4)?)
            }),
            _ => None,
        }
    }

    /// Equal parts of red, green and blue: printed with black ink only under a CMYK intent.
    pub fn is_neutral(self) -> bool {
        self.red == self.green && self.green == self.blue
    }
}

impl Path {
    /// A filled rectangle, optionally with round corners.
    pub fn rect(rect: Rect, radius: Pt, fill: Paint) -> Self {
        Self {
            segments: rounded_rect(rect, radius),
            fill: Some(Fill { paint: fill, rule: FillRule::NonZero }),
            stroke: None,
        }
    }
}

/// The outline of a rectangle; `radius` is held to half the shorter side.
pub fn rounded_rect(rect: Rect, radius: Pt) -> Vec<Segment> {
    use Segment::{Close, CubicTo, LineTo, MoveTo};
    let (l, t, r, b) = (rect.origin.x, rect.origin.y, rect.right(), rect.bottom());
    let p = Point::new;
    let radius = radius.min(rect.size.width / 2.0).min(rect.size.height / 2.0);
    if radius <= Pt::ZERO {
        return vec![MoveTo(p(l, t)), LineTo(p(r, t)), LineTo(p(r, b)), LineTo(p(l, b)), Close];
    }
    // The cubic nearest to a quarter circle leaves its handles at 0.5523 of the radius.
    let k = radius * (1.0 - 0.552_284_749_8);
    vec![
        MoveTo(p(l + radius, t)),
        LineTo(p(r - radius, t)),
        CubicTo(p(r - k, t), p(r, t + k), p(r, t + radius)),
        LineTo(p(r, b - radius)),
        CubicTo(p(r, b - k), p(r - k, b), p(r - radius, b)),
        LineTo(p(l + radius, b)),
        CubicTo(p(l + k, b), p(l, b - k), p(l, b - radius)),
        LineTo(p(l, t + radius)),
        CubicTo(p(l, t + k), p(l + k, t), p(l + radius, t)),
        Close,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_designers_write_them() {
        assert_eq!(Color::parse("#0af"), Some(Color::rgb(0, 170, 255)));
        assert_eq!(Color::parse("#102030"), Some(Color::rgb(16, 32, 48)));
        assert_eq!(Color::parse("#10203080").map(|c| (c.alpha * 255.0).round()), Some(128.0));
        assert_eq!(Color::parse("red"), None);
        assert_eq!(Color::parse("#ééé"), None);
    }
}
