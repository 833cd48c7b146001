//! Rectangles that are turned.

use imageproc::point::Point;
use kanso_photo::PixelRect;

/// Four corners in pixels, clockwise as the text in them is read: top left, top right,
/// bottom right, bottom left. A pixel's centre is at a half.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Quad(pub [[f32; 2]; 4]);

/// Below this a side has no direction.
const POINT: f32 = 1e-3;

impl Quad {
    /// From the corners of a rectangle in any order around it. Text runs along the side that
    /// is nearest to level, rightwards: a photo's own roll is below 45°.
    pub fn from_rectangle(corners: [Point<f32>; 4]) -> Self {
        let mut corners = corners.map(|p| [p.x, p.y]);
        let turn = cross(minus(corners[1], corners[0]), minus(corners[2], corners[1]));
        if turn < 0.0 {
            corners.reverse();
        }
        let rightwards = |i: &usize| {
            let side = minus(corners[(i + 1) % 4], corners[*i]);
            side[0] / length(side).max(POINT)
        };
        let first = (0..4).max_by(|a, b| rightwards(a).total_cmp(&rightwards(b))).unwrap_or(0);
        corners.rotate_left(first);
        Self(corners)
    }

    /// Along the text.
    pub fn width(self) -> f32 {
        length(minus(self.0[1], self.0[0]))
    }

    /// Across the text.
    pub fn height(self) -> f32 {
        length(minus(self.0[3], self.0[0]))
    }

    pub fn area(self) -> f32 {
        self.width() * self.height()
    }

    pub fn center(self) -> [f32; 2] {
        let sum = |axis: usize| self.0.iter().map(|corner| corner[axis]).sum::<f32>();
        [sum(0) / 4.0, sum(1) / 4.0]
    }

    /// How the text rises or falls, in degrees: 0 is level, 10 falls to the right.
    pub fn roll(self) -> f32 {
        let [x, y] = minus(self.0[1], self.0[0]);
        y.atan2(x).to_degrees()
    }

    /// The same rectangle with every side moved out by so many pixels.
    #[must_use]
    pub fn grown(self, by: f32) -> Self {
        let along = unit(minus(self.0[1], self.0[0])).unwrap_or([1.0, 0.0]);
        let down = unit(minus(self.0[3], self.0[0])).unwrap_or([-along[1], along[0]]);
        let moved = |[x, y]: [f32; 2], a: f32, d: f32| {
            [x + by * (a * along[0] + d * down[0]), y + by * (a * along[1] + d * down[1])]
        };
        let [tl, tr, br, bl] = self.0;
        Self([
            moved(tl, -1.0, -1.0),
            moved(tr, 1.0, -1.0),
            moved(br, 1.0, 1.0),
            moved(bl, -1.0, 1.0),
        ])
    }

    /// The same place in a picture that is scaled by a factor across and one down.
    #[must_use]
    pub fn scaled(self, [across, down]: [f32; 2]) -> Self {
        Self(self.0.map(|[x, y]| [x * across, y * down]))
    }

    /// left, top, right, bottom.
    pub fn bounds(self) -> [f32; 4] {
        let fold = |axis: usize, start: f32, pick: fn(f32, f32) -> f32| {
            self.0.iter().map(|corner| corner[axis]).fold(start, pick)
        };
        [
            fold(0, f32::INFINITY, f32::min),
            fold(1, f32::INFINITY, f32::min),
            fold(0, f32::NEG_INFINITY, f32::max),
            fold(1, f32::NEG_INFINITY, f32::max),
        ]
    }

    /// The upright rectangle of whole pixels around it, inside a picture of this size.
    pub fn around(self, (width, height): (u32, u32)) -> PixelRect {
        let [left, top, right, bottom] = self.bounds();
        let low = |v: f32, most: u32| (v.floor().max(0.0) as u32).min(most);
        let high = |v: f32, most: u32| (v.ceil().max(0.0) as u32).min(most);
        let (x, y) = (low(left, width), low(top, height));
        PixelRect::new(
            x,
            y,
            high(right, width).saturating_sub(x),
            high(bottom, height).saturating_sub(y),
        )
    }

    pub fn contains(self, at: [f32; 2]) -> bool {
        (0..4).all(|i| {
            let side = minus(self.0[(i + 1) % 4], self.0[i]);
            cross(side, minus(at, self.0[i])) >= 0.0
        })
    }
}

fn minus(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

fn cross(a: [f32; 2], b: [f32; 2]) -> f32 {
    a[0] * b[1] - a[1] * b[0]
}

fn length(v: [f32; 2]) -> f32 {
    v[0].hypot(v[1])
}

fn unit(v: [f32; 2]) -> Option<[f32; 2]> {
    let length = length(v);
    (length > POINT).then(|| [v[0] / length, v[1] / length])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(corners: [[f32; 2]; 4]) -> Quad {
        Quad::from_rectangle(corners.map(|[x, y]| Point::new(x, y)))
    }

    #[test]
    fn corners_in_any_order_become_those_of_the_text() {
        let level = [[0.0, 0.0], [40.0, 0.0], [40.0, 10.0], [0.0, 10.0]];
        for start in 0..4 {
            let mut turned = level;
            turned.rotate_left(start);
            assert_eq!(rectangle(turned).0, level);
            turned.reverse();
            assert_eq!(rectangle(turned).0, level);
        }
    }

    #[test]
    fn a_rolled_box_keeps_its_sides_and_grows_along_them() {
        // 40 x 10, turned by 30°.
        let (sin, cos) = 30f32.to_radians().sin_cos();
        let turn = |x: f32, y: f32| [100.0 + x * cos - y * sin, 100.0 + x * sin + y * cos];
        let quad = rectangle([turn(0.0, 10.0), turn(0.0, 0.0), turn(40.0, 0.0), turn(40.0, 10.0)]);
        assert!((quad.roll() - 30.0).abs() < 0.01, "{}", quad.roll());
        let grown = quad.grown(5.0);
        assert!((grown.width() - 50.0).abs() < 0.01 && (grown.height() - 20.0).abs() < 0.01);
        assert!(quad.contains(quad.center()) && !quad.contains([0.0, 0.0]));
    }

    #[test]
    fn a_tall_box_is_read_across() {
        let quad = rectangle([[0.0, 0.0], [10.0, 0.0], [10.0, 40.0], [0.0, 40.0]]);
        assert_eq!((quad.width(), quad.height()), (10.0, 40.0));
    }

    #[test]
    fn the_box_around_stays_inside_the_picture() {
        let quad = rectangle([[-5.0, -5.0], [30.5, -5.0], [30.5, 12.2], [-5.0, 12.2]]);
        assert_eq!(quad.around((20, 100)), PixelRect::new(0, 0, 20, 13));
        assert!(rectangle([[3.0, 3.0]; 4]).grown(1.0).area() > 3.9);
    }
}
