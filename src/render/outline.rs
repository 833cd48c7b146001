//! Segments as printpdf wants them.

use kanso_page::geometry::Point;
use kanso_page::{FillRule, Segment};
use printpdf::{LinePoint, PaintMode, Polygon, PolygonRing, WindingOrder};

/// One run of connected segments, as printpdf's lines and rings hold them.
pub(super) struct Subpath {
    pub points: Vec<LinePoint>,
    pub closed: bool,
}

/// The subpaths of `segments`, moved by `origin`.
pub(super) fn subpaths(segments: &[Segment], origin: Point) -> Vec<Subpath> {
    let at = |p: Point| Point::new(p.x + origin.x, p.y + origin.y);
    let mut done = Vec::new();
    let mut open: Option<Subpath> = None;
    let mut start = Point::default();
    let begin = |p: Point| Subpath { points: vec![on_curve(at(p))], closed: false };
    for segment in segments {
        match *segment {
            Segment::MoveTo(p) => {
                done.extend(open.take());
                open = Some(begin(p));
                start = p;
            }
            Segment::LineTo(p) => {
                open.get_or_insert_with(|| begin(start)).points.push(on_curve(at(p)));
            }
            Segment::CubicTo(a, b, p) => {
                let points = &mut open.get_or_insert_with(|| begin(start)).points;
                points.extend([handle(at(a)), handle(at(b)), on_curve(at(p))]);
            }
            Segment::Close => {
                if let Some(mut subpath) = open.take() {
                    subpath.closed = true;
                    done.push(subpath);
                }
            }
        }
    }
    done.extend(open);
    done.retain(|subpath| subpath.points.len() > 1);
    done
}

fn on_curve(p: Point) -> LinePoint {
    LinePoint { p: point(p), bezier: false }
}

fn handle(p: Point) -> LinePoint {
    LinePoint { p: point(p), bezier: true }
}

fn point(p: Point) -> printpdf::Point {
    printpdf::Point { x: printpdf::Pt(number(p.x.0)), y: printpdf::Pt(number(p.y.0)) }
}

/// A number as the file holds it: a ten-thousandth of a point is far below any press.
pub(super) fn number(value: f64) -> f32 {
    if value.is_finite() { ((value * 10_000.0).round() / 10_000.0) as f32 } else { 0.0 }
}

/// A filled or clipping shape for printpdf; `None` where there is nothing to draw.
pub(super) fn polygon(
    segments: &[Segment],
    origin: Point,
    rule: FillRule,
    mode: PaintMode,
) -> Option<Polygon> {
    let rings: Vec<_> = subpaths(segments, origin)
        .into_iter()
        .map(|subpath| PolygonRing { points: subpath.points })
        .collect();
    let winding_order = match rule {
        FillRule::NonZero => WindingOrder::NonZero,
        FillRule::EvenOdd => WindingOrder::EvenOdd,
    };
    (!rings.is_empty()).then_some(Polygon { rings, mode, winding_order })
}

#[cfg(test)]
mod tests {
    use kanso_page::geometry::Pt;

    use super::*;

    #[test]
    fn a_shape_that_goes_on_after_closing_starts_again_where_it_began() {
        let p = |x: f64, y: f64| Point::new(Pt(x), Pt(y));
        let segments = [
            Segment::MoveTo(p(1.0, 1.0)),
            Segment::LineTo(p(2.0, 1.0)),
            Segment::Close,
            Segment::LineTo(p(1.0, 5.0)),
        ];
        let subpaths = subpaths(&segments, Point::default());
        assert_eq!(subpaths.len(), 2);
        assert!(subpaths[0].closed && !subpaths[1].closed);
        assert_eq!(subpaths[1].points[0].p.x.0, 1.0);
    }
}
