//! Gradients as shadings, their transparency as luminosity masks.
//!
//! printpdf knows shadings in RGB alone, so the objects are written here.

use kanso_page::geometry::Point;
use kanso_page::{Color, Paint, Stop};
use lopdf::{Dictionary, Object, dictionary};

use super::RenderError;
use super::intent::Intent;
use super::outline::number;

/// A gradient whose points are those of the surrounding space.
pub(super) struct Gradient {
    kind: i64,
    coords: Vec<f32>,
    pub stops: Vec<Stop>,
}

/// Steps between two stops under a CMYK intent: a straight line between their inks would
/// not be the line that the design means.
const STEPS: u8 = 8;

impl Gradient {
    /// `None` for a solid paint.
    pub fn of(paint: &Paint, origin: Point) -> Option<Self> {
        let at = |p: Point| (number((p.x + origin.x).0), number((p.y + origin.y).0));
        match paint {
            Paint::Solid(_) => None,
            Paint::Linear(linear) => {
                let ((x0, y0), (x1, y1)) = (at(linear.from), at(linear.to));
                let stops = linear.stops.clone();
                Some(Self { kind: 2, coords: vec![x0, y0, x1, y1], stops })
            }
            Paint::Radial(radial) => {
                let (x, y) = at(radial.center);
                let coords = vec![x, y, 0.0, x, y, number(radial.radius.0)];
                Some(Self { kind: 3, coords, stops: radial.stops.clone() })
            }
        }
    }

    pub fn colors(&self, intent: Intent) -> Result<Dictionary, RenderError> {
        let stops = match intent {
            Intent::Srgb => self.stops.clone(),
            Intent::Cmyk => self.stops.windows(2).flat_map(between).chain(self.last()).collect(),
        };
        let stops = stops
            .into_iter()
            .map(|stop| Ok((number(stop.offset), intent.components(stop.color)?)))
            .collect::<Result<Vec<_>, RenderError>>()?;
        Ok(self.shading(intent.space(), &stops))
    }

    /// The same gradient of alphas, in grey.
    pub fn alphas(&self) -> Dictionary {
        let stops: Vec<_> = self
            .stops
            .iter()
            .map(|stop| {
                let alpha = Object::Real(number(stop.color.alpha.clamp(0.0, 1.0)));
                (number(stop.offset), vec![alpha])
            })
            .collect();
        self.shading("DeviceGray", &stops)
    }

    fn last(&self) -> Option<Stop> {
        self.stops.last().copied()
    }

    fn shading(&self, space: &str, stops: &[(f32, Vec<Object>)]) -> Dictionary {
        let coords: Vec<Object> = self.coords.iter().copied().map(Object::Real).collect();
        dictionary! {
            "ShadingType" => self.kind,
            "ColorSpace" => space,
            "Coords" => coords,
            "Function" => function(stops),
            "Extend" => vec![true.into(), true.into()],
        }
    }

    /// The alpha of all stops, where they share one.
    pub fn even_alpha(&self) -> Option<f64> {
        let first = self.stops.first()?.color.alpha;
        self.stops.iter().all(|stop| (stop.color.alpha - first).abs() < 1e-6).then_some(first)
    }
}

/// The first of two stops and the colours on the way to the second.
fn between(pair: &[Stop]) -> Vec<Stop> {
    let &[from, to] = pair else { return Vec::new() };
    if from.color == to.color {
        return vec![from];
    }
    (0..STEPS)
        .map(|step| {
            let part = f64::from(step) / f64::from(STEPS);
            let mix = |a: f64, b: f64| a + (b - a) * part;
            let level = |a: u8, b: u8| mix(f64::from(a), f64::from(b)).round() as u8;
            let (a, b) = (from.color, to.color);
            let color = Color {
                red: level(a.red, b.red),
                green: level(a.green, b.green),
                blue: level(a.blue, b.blue),
                alpha: mix(a.alpha, b.alpha),
            };
            Stop { offset: mix(from.offset, to.offset), color }
        })
        .collect()
}

/// Straight lines from stop to stop, level before the first and behind the last.
fn function(stops: &[(f32, Vec<Object>)]) -> Dictionary {
    let line = |from: &[Object], to: &[Object]| {
        dictionary! {
            "FunctionType" => 2,
            "Domain" => vec![0.into(), 1.into()],
            "C0" => from.to_vec(),
            "C1" => to.to_vec(),
            "N" => 1,
        }
    };
    let (Some(first), Some(last)) = (stops.first(), stops.last()) else {
        return line(&[], &[]);
    };
    let ends = [(0.0, first.1.clone()), (1.0, last.1.clone())];
    let [start, end] = ends;
    let whole: Vec<_> = [&[start], stops, &[end]].concat();
    let lines: Vec<_> = whole.windows(2).filter(|pair| pair[1].0 > pair[0].0).collect();
    match &lines[..] {
        [] => line(&last.1, &last.1),
        [only] => line(&only[0].1, &only[1].1),
        [inner @ .., _] => {
            let bounds: Vec<Object> = inner.iter().map(|pair| pair[1].0.into()).collect();
            let functions: Vec<Object> =
                lines.iter().map(|pair| line(&pair[0].1, &pair[1].1).into()).collect();
            let encode: Vec<Object> = lines.iter().flat_map(|_| [0.into(), 1.into()]).collect();
            dictionary! {
                "FunctionType" => 3,
                "Domain" => vec![0.into(), 1.into()],
                "Functions" => functions,
                "Bounds" => bounds,
                "Encode" => encode,
            }
        }
    }
}
