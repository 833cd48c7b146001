//! Shapes: filled, stroked, shaded, or as clips.

use kanso_page::geometry::{Point, Pt, Rect};
use kanso_page::path::stroked;
use kanso_page::{FillRule, LineCap, LineJoin, Paint, Path, Segment, Stroke, rounded_rect};
use printpdf::{Line, LineCapStyle, LineDashPattern, LineJoinStyle, Op, PaintMode};

use super::Content;
use crate::RenderError;
use crate::outline::{number, polygon, subpaths};
use crate::shading::Gradient;

impl Content<'_> {
    pub(super) fn path(&mut self, at: Point, path: &Path) -> Result<(), RenderError> {
        if let Some(fill) = &path.fill {
            self.fill(at, &path.segments, fill.rule, &fill.paint)?;
        }
        match &path.stroke {
            Some(stroke) if stroke.width > Pt::ZERO => self.stroke(at, &path.segments, stroke),
            _ => Ok(()),
        }
    }

    fn fill(
        &mut self,
        at: Point,
        segments: &[Segment],
        rule: FillRule,
        paint: &Paint,
    ) -> Result<(), RenderError> {
        if let Some(gradient) = Gradient::of(paint, at) {
            if self.fills_up(&gradient)? {
                self.fill_up(at, segments);
            }
            return self.saved(|content| {
                content.clip(segments, at, rule);
                content.shade(&gradient)
            });
        }
        let Paint::Solid(color) = *paint else { return Ok(()) };
        let Some(polygon) = polygon(segments, at, rule, PaintMode::Fill) else { return Ok(()) };
        if self.parts.intent.is_full(color)? {
            self.fill_up(at, segments);
        }
        let state = self.parts.state(color.alpha, false);
        let draw = |content: &mut Self| {
            content.load(state.clone());
            content.fill_color(color)?;
            content.ops.push(Op::DrawPolygon { polygon });
            Ok(())
        };
        if state.is_some() { self.saved(draw) } else { draw(self) }
    }

    fn stroke(
        &mut self,
        at: Point,
        segments: &[Segment],
        stroke: &Stroke,
    ) -> Result<(), RenderError> {
        let lines = subpaths(segments, at);
        // printpdf strokes one subpath at a time, which would show where transparent
        // ones cross, and has no gradient strokes: these are filled as outlines.
        let Paint::Solid(color) = stroke.paint else {
            return self.filled_stroke(at, segments, stroke);
        };
        if color.alpha < 1.0 && lines.len() > 1 {
            return self.filled_stroke(at, segments, stroke);
        }
        self.saved(|content| {
            let state = content.parts.state(color.alpha, false);
            content.load(state);
            let col = content.parts.intent.color(color)?;
            content.ops.push(Op::SetOutlineColor { col });
            content.pen(stroke);
            content.ops.extend(lines.into_iter().map(|subpath| Op::DrawLine {
                line: Line { points: subpath.points, is_closed: subpath.closed },
            }));
            Ok(())
        })
    }

    fn filled_stroke(
        &mut self,
        at: Point,
        segments: &[Segment],
        stroke: &Stroke,
    ) -> Result<(), RenderError> {
        match stroked(segments, stroke) {
            Some(outline) => self.fill(at, &outline, FillRule::NonZero, &stroke.paint),
            None => Ok(()),
        }
    }

    fn pen(&mut self, stroke: &Stroke) {
        self.ops.push(Op::SetOutlineThickness { pt: printpdf::Pt(number(stroke.width.0)) });
        let cap = match stroke.cap {
            LineCap::Butt => LineCapStyle::Butt,
            LineCap::Round => LineCapStyle::Round,
            LineCap::Square => LineCapStyle::ProjectingSquare,
        };
        let join = match stroke.join {
            LineJoin::Miter => LineJoinStyle::Miter,
            LineJoin::Round => LineJoinStyle::Round,
            LineJoin::Bevel => LineJoinStyle::Bevel,
        };
        self.ops.push(Op::SetLineCapStyle { cap });
        self.ops.push(Op::SetLineJoinStyle { join });
        let limit = printpdf::Pt(number(stroke.miter_limit.max(1.0)));
        self.ops.push(Op::SetMiterLimit { limit });
        let lengths: Vec<f32> = stroke.dash.iter().map(|length| number(length.0)).collect();
        if lengths.iter().sum::<f32>() > 0.0 {
            let dash = LineDashPattern::new(number(stroke.dash_phase.0), &lengths);
            self.ops.push(Op::SetLineDashPattern { dash });
        }
    }

    pub(super) fn clip(&mut self, segments: &[Segment], at: Point, rule: FillRule) {
        match polygon(segments, at, rule, PaintMode::Clip) {
            Some(polygon) => self.ops.push(Op::DrawPolygon { polygon }),
            // A clip without an area lets nothing through.
            None => {
                let nothing = rounded_rect(Rect::default(), Pt::ZERO);
                self.ops.extend(polygon_of(&nothing).map(|polygon| Op::DrawPolygon { polygon }));
            }
        }
    }

    fn fills_up(&self, gradient: &Gradient) -> Result<bool, RenderError> {
        let mut stops = gradient.stops.iter();
        stops.try_fold(false, |full, stop| Ok(full || self.parts.intent.is_full(stop.color)?))
    }

    /// Notes that a shape leaves no room for black to print over it.
    fn fill_up(&mut self, at: Point, segments: &[Segment]) {
        let points = segments.iter().flat_map(|segment| match *segment {
            Segment::MoveTo(p) | Segment::LineTo(p) => vec![p],
            Segment::CubicTo(a, b, p) => vec![a, b, p],
            Segment::Close => Vec::new(),
        });
        let around = Rect::around(points.map(|p| Point::new(p.x + at.x, p.y + at.y)));
        if let Some(around) = around {
            let place = self.on_page(around);
            self.parts.full.push(place);
        }
    }

    /// Fills the current clip with a gradient.
    pub(super) fn shade(&mut self, gradient: &Gradient) -> Result<(), RenderError> {
        let alpha = gradient.even_alpha();
        match alpha {
            Some(alpha) => {
                let state = self.parts.state(alpha, false);
                self.load(state);
            }
            None => self.mask(gradient)?,
        }
        let id = self.parts.shading(gradient.colors(self.parts.intent)?);
        self.ops.push(Op::PaintShading { id });
        Ok(())
    }

    /// A soft mask from the gradient's alphas, in force until the state is restored.
    fn mask(&mut self, gradient: &Gradient) -> Result<(), RenderError> {
        let Some(bounds) = self.visible_here() else { return Ok(()) };
        let gs = self.parts.mask(gradient.alphas(), bounds);
        self.ops.push(Op::LoadGraphicsState { gs });
        Ok(())
    }
}

fn polygon_of(segments: &[Segment]) -> Option<printpdf::Polygon> {
    polygon(segments, Point::default(), FillRule::NonZero, PaintMode::Clip)
}
