//! Segments and tiny-skia's paths, which the raster draws and an SVG is made of.

use crate::display_list::{LineCap, LineJoin, Segment, Stroke};
use crate::geometry::{Point, Pt, Transform};

/// The path for tiny-skia, in the item's own space.
pub fn skia_path(segments: &[Segment]) -> Option<tiny_skia::Path> {
    let mut path = tiny_skia::PathBuilder::new();
    for segment in segments {
        match *segment {
            Segment::MoveTo(p) => path.move_to(p.x.0 as f32, p.y.0 as f32),
            Segment::LineTo(p) => path.line_to(p.x.0 as f32, p.y.0 as f32),
            Segment::CubicTo(a, b, p) => path.cubic_to(
                a.x.0 as f32,
                a.y.0 as f32,
                b.x.0 as f32,
                b.y.0 as f32,
                p.x.0 as f32,
                p.y.0 as f32,
            ),
            Segment::Close => path.close(),
        }
    }
    path.finish()
}

pub fn skia_transform(t: Transform) -> tiny_skia::Transform {
    tiny_skia::Transform::from_row(
        t.a as f32, t.b as f32, t.c as f32, t.d as f32, t.e as f32, t.f as f32,
    )
}

pub fn skia_stroke(stroke: &Stroke) -> tiny_skia::Stroke {
    let dash = stroke.dash.iter().map(|length| length.0 as f32).collect::<Vec<_>>();
    // An odd list means itself twice over, in PDF and in SVG.
    let dash = if dash.len() % 2 == 1 { [dash.clone(), dash].concat() } else { dash };
    tiny_skia::Stroke {
        width: stroke.width.0 as f32,
        miter_limit: stroke.miter_limit as f32,
        line_cap: match stroke.cap {
            LineCap::Butt => tiny_skia::LineCap::Butt,
            LineCap::Round => tiny_skia::LineCap::Round,
            LineCap::Square => tiny_skia::LineCap::Square,
        },
        line_join: match stroke.join {
            LineJoin::Miter => tiny_skia::LineJoin::Miter,
            LineJoin::Round => tiny_skia::LineJoin::Round,
            LineJoin::Bevel => tiny_skia::LineJoin::Bevel,
        },
        dash: tiny_skia::StrokeDash::new(dash, stroke.dash_phase.0 as f32),
    }
}

/// The area that a stroke covers, as a shape to be filled by the non-zero rule.
pub fn stroked(segments: &[Segment], stroke: &Stroke) -> Option<Vec<Segment>> {
    let mut path = skia_path(segments)?;
    let pen = skia_stroke(stroke);
    // Fine enough for a press at 2400 ppi.
    let resolution = 32.0;
    if let Some(dash) = &pen.dash {
        path = path.dash(dash, resolution)?;
    }
    Some(from_skia(&path.stroke(&pen, resolution)?))
}

/// A tiny-skia path (also an SVG's) as segments; quadratics become cubics.
pub fn from_skia(path: &tiny_skia::Path) -> Vec<Segment> {
    use tiny_skia::PathSegment as P;
    let p = |p: tiny_skia::Point| Point::new(Pt(f64::from(p.x)), Pt(f64::from(p.y)));
    let mut current = Point::default();
    let mut segments = Vec::with_capacity(path.len());
    for segment in path.segments() {
        segments.push(match segment {
            P::MoveTo(a) => Segment::MoveTo(p(a)),
            P::LineTo(a) => Segment::LineTo(p(a)),
            P::QuadTo(a, b) => {
                let (handle, end) = (p(a), p(b));
                let towards = |from: Point| {
                    Point::new(
                        from.x + (handle.x - from.x) * (2.0 / 3.0),
                        from.y + (handle.y - from.y) * (2.0 / 3.0),
                    )
                };
                Segment::CubicTo(towards(current), towards(end), end)
            }
            P::CubicTo(a, b, c) => Segment::CubicTo(p(a), p(b), p(c)),
            P::Close => Segment::Close,
        });
        current = match segment {
            P::MoveTo(a) | P::LineTo(a) | P::QuadTo(_, a) | P::CubicTo(_, _, a) => p(a),
            P::Close => current,
        };
    }
    segments
}

/// The transform that undoes `t`; `None` where it flattens the page.
pub fn inverse(t: Transform) -> Option<Transform> {
    let determinant = t.a * t.d - t.b * t.c;
    if !determinant.is_finite() || determinant.abs() < 1e-12 {
        return None;
    }
    let (a, b, c, d) =
        (t.d / determinant, -t.b / determinant, -t.c / determinant, t.a / determinant);
    Some(Transform { a, b, c, d, e: -(a * t.e + c * t.f), f: -(b * t.e + d * t.f) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes_its_transform() {
        let t = Transform { a: 2.0, b: 0.5, c: -1.0, d: 3.0, e: 7.0, f: -4.0 };
        let p = Point::new(Pt(11.0), Pt(-3.0));
        let back = inverse(t).unwrap().apply(t.apply(p));
        assert!((back.x.0 - 11.0).abs() < 1e-9 && (back.y.0 + 3.0).abs() < 1e-9);
        assert_eq!(inverse(Transform::scale(0.0, 1.0)), None);
    }
}
