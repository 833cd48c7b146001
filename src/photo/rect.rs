//! Rectangles of pixels.

use std::fmt;

/// A rectangle of pixels from a picture's top-left corner; right and bottom are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PixelRect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl PixelRect {
    pub const fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self { x, y, width, height }
    }

    /// All of a picture.
    pub const fn whole((width, height): (u32, u32)) -> Self {
        Self::new(0, 0, width, height)
    }

    pub fn right(self) -> u32 {
        self.x.saturating_add(self.width)
    }

    pub fn bottom(self) -> u32 {
        self.y.saturating_add(self.height)
    }

    pub fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    pub fn center(self) -> (f64, f64) {
        (
            f64::from(self.x) + f64::from(self.width) / 2.0,
            f64::from(self.y) + f64::from(self.height) / 2.0,
        )
    }

    pub fn contains(self, other: Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// The part that both share; may be empty.
    pub fn intersection(self, other: Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        Self::new(
            x,
            y,
            self.right().min(other.right()).saturating_sub(x),
            self.bottom().min(other.bottom()).saturating_sub(y),
        )
    }

    /// The smallest rectangle of a picture reduced by `n` that covers this one.
    pub fn reduced(self, n: u32) -> Self {
        let (x, y) = (self.x / n, self.y / n);
        Self::new(x, y, self.right().div_ceil(n) - x, self.bottom().div_ceil(n) - y)
    }

    /// The same place in a picture scaled by `factor`, rounded to whole pixels, at least 1 x 1.
    pub fn scaled(self, factor: f64) -> Self {
        self.scaled_by([factor; 2])
    }

    /// The same with a factor for across and one for down.
    pub fn scaled_by(self, [across, down]: [f64; 2]) -> Self {
        let at = |v: u32, factor: f64| (f64::from(v) * factor).round() as u32;
        let (x, y) = (at(self.x, across), at(self.y, down));
        Self::new(
            x,
            y,
            at(self.right(), across).saturating_sub(x).max(1),
            at(self.bottom(), down).saturating_sub(y).max(1),
        )
    }
}

impl fmt::Display for PixelRect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} at ({}, {})", self.width, self.height, self.x, self.y)
    }
}
