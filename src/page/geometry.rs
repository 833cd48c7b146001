//! Lengths, points and transforms of the page.
//!
//! The page's space: points (1/72 inch), origin at the top-left corner of the trim,
//! x to the right, y down. The bleed reaches into negative coordinates.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// A length in PDF points, 1/72 inch.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Pt(pub f64);

/// A length in millimetres, as templates give it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, serde::Deserialize)]
#[serde(transparent)]
pub struct Mm(pub f64);

impl From<Mm> for Pt {
    fn from(mm: Mm) -> Self {
        Self(mm.0 * 72.0 / 25.4)
    }
}

impl From<Pt> for Mm {
    fn from(pt: Pt) -> Self {
        Self(pt.0 * 25.4 / 72.0)
    }
}

impl Pt {
    pub const ZERO: Self = Self(0.0);

    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// Pixels that this length takes at a resolution, not rounded.
    pub fn at_ppi(self, ppi: f64) -> f64 {
        self.0 / 72.0 * ppi
    }
}

impl Add for Pt {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Pt {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Pt {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Pt {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Neg for Pt {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<f64> for Pt {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self(self.0 * factor)
    }
}

impl Div<f64> for Pt {
    type Output = Self;
    fn div(self, divisor: f64) -> Self {
        Self(self.0 / divisor)
    }
}

/// A length divided by a length is a plain ratio.
impl Div for Pt {
    type Output = f64;
    fn div(self, other: Self) -> f64 {
        self.0 / other.0
    }
}

impl std::iter::Sum for Pt {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        Self(lengths.map(|length| length.0).sum())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    pub x: Pt,
    pub y: Pt,
}

impl Point {
    pub const fn new(x: Pt, y: Pt) -> Self {
        Self { x, y }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Size {
    pub width: Pt,
    pub height: Pt,
}

impl Size {
    pub const fn new(width: Pt, height: Pt) -> Self {
        Self { width, height }
    }
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    pub origin: Point,
    pub size: Size,
}

impl Rect {
    pub const fn new(x: Pt, y: Pt, width: Pt, height: Pt) -> Self {
        Self { origin: Point::new(x, y), size: Size::new(width, height) }
    }

    pub fn right(self) -> Pt {
        self.origin.x + self.size.width
    }

    pub fn bottom(self) -> Pt {
        self.origin.y + self.size.height
    }

    /// The smallest rectangle that holds all points; `None` without any.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        let (mut least, mut most) = (first, first);
        for point in points {
            least = Point::new(least.x.min(point.x), least.y.min(point.y));
            most = Point::new(most.x.max(point.x), most.y.max(point.y));
        }
        Some(Self::new(least.x, least.y, most.x - least.x, most.y - least.y))
    }

    /// The rectangle with every edge moved outwards (negative: inwards).
    pub fn outset(self, by: Pt) -> Self {
        Self::new(
            self.origin.x - by,
            self.origin.y - by,
            self.size.width + by * 2.0,
            self.size.height + by * 2.0,
        )
    }
}

/// x' = a x + c y + e, y' = b x + d y + f, in the page's space; `e` and `f` in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transform {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
    pub e: f64,
    pub f: f64,
}

impl Transform {
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

    pub fn translate(x: Pt, y: Pt) -> Self {
        Self { e: x.0, f: y.0, ..Self::IDENTITY }
    }

    pub fn scale(x: f64, y: f64) -> Self {
        Self { a: x, d: y, ..Self::IDENTITY }
    }

    /// A quarter turn clockwise, as Latin stands in vertical lines.
    pub const QUARTER_TURN: Self = Self { a: 0.0, b: 1.0, c: -1.0, d: 0.0, e: 0.0, f: 0.0 };

    /// The transform that applies `first`, then `self`.
    pub fn after(self, first: Self) -> Self {
        Self {
            a: self.a * first.a + self.c * first.b,
            b: self.b * first.a + self.d * first.b,
            c: self.a * first.c + self.c * first.d,
            d: self.b * first.c + self.d * first.d,
            e: self.a * first.e + self.c * first.f + self.e,
            f: self.b * first.e + self.d * first.f + self.f,
        }
    }

    pub fn apply(self, p: Point) -> Point {
        Point::new(
            Pt(self.a * p.x.0 + self.c * p.y.0 + self.e),
            Pt(self.b * p.x.0 + self.d * p.y.0 + self.f),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a4_is_595_by_842_points() {
        assert!((Pt::from(Mm(210.0)).0 - 595.2756).abs() < 1e-4);
        assert!((Mm::from(Pt(841.8898)).0 - 297.0).abs() < 1e-4);
    }

    #[test]
    fn a_quarter_turn_is_clockwise_on_the_page() {
        let right = Point::new(Pt(1.0), Pt(0.0));
        let down = Transform::QUARTER_TURN.apply(right);
        assert_eq!(down, Point::new(Pt(0.0), Pt(1.0)));
    }

    #[test]
    fn after_applies_the_argument_first() {
        let moved_then_doubled =
            Transform::scale(2.0, 2.0).after(Transform::translate(Pt(1.0), Pt(0.0)));
        let p = moved_then_doubled.apply(Point::default());
        assert_eq!(p, Point::new(Pt(2.0), Pt(0.0)));
    }
}
