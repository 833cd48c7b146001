//! Gradients as printpdf shadings, their transparency as luminosity masks.

use printpdf::{GradientStop, Shading, ShadingGeometry};

use super::outline::number;
use crate::layout::geometry::Point;
use crate::layout::page::{Color, Paint, Stop};

/// A gradient whose points are those of the surrounding space.
pub(super) struct Gradient {
    pub geometry: ShadingGeometry,
    pub stops: Vec<Stop>,
}

impl Gradient {
    /// `None` for a solid paint.
    pub fn of(paint: &Paint, origin: Point) -> Option<Self> {
        let at = |p: Point| (number((p.x + origin.x).0), number((p.y + origin.y).0));
        match paint {
            Paint::Solid(_) => None,
            Paint::Linear(linear) => {
                let ((x0, y0), (x1, y1)) = (at(linear.from), at(linear.to));
                let geometry = ShadingGeometry::Axial { coords: [x0, y0, x1, y1] };
                Some(Self { geometry, stops: linear.stops.clone() })
            }
            Paint::Radial(radial) => {
                let (x, y) = at(radial.center);
                let coords = [x, y, 0.0, x, y, number(radial.radius.0)];
                let geometry = ShadingGeometry::Radial { coords };
                Some(Self { geometry, stops: radial.stops.clone() })
            }
        }
    }

    pub fn colors(&self) -> Shading {
        self.shading(|color| [color.red, color.green, color.blue].map(|v| f32::from(v) / 255.0))
    }

    /// The same gradient of alphas, in grey.
    pub fn alphas(&self) -> Shading {
        self.shading(|color| [number(color.alpha.clamp(0.0, 1.0)); 3])
    }

    fn shading(&self, color: impl Fn(Color) -> [f32; 3]) -> Shading {
        let stops = self
            .stops
            .iter()
            .map(|stop| GradientStop { offset: number(stop.offset), color: color(stop.color) })
            .collect();
        Shading { geometry: self.geometry.clone(), stops, extend: (true, true) }
    }

    /// The alpha of all stops, where they share one.
    pub fn even_alpha(&self) -> Option<f64> {
        let first = self.stops.first()?.color.alpha;
        self.stops.iter().all(|stop| (stop.color.alpha - first).abs() < 1e-6).then_some(first)
    }
}
