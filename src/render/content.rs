//! Items of the display list as printpdf operations.
//!
//! The page's own space (points, y down) is kept: one flip at the start of a page
//! turns it into PDF's, and everything below is written as the layout gave it.

use printpdf::{
    Codepoint, CurTransMat, DictItem, ExtendedGraphicsStateId, Line, LineCapStyle, LineDashPattern,
    LineJoinStyle, Op, PaintMode, PdfFontHandle, TextItem, TextMatrix, TextRenderingMode,
    XObjectTransform,
};

use super::RenderError;
use super::document::{Ink, Parts};
use super::outline::{inverse, number, polygon, stroked, subpaths};
use super::shading::Gradient;
use super::structure::{Role, Tag};
use crate::layout::geometry::{Point, Pt, Rect, Transform};
use crate::layout::page::{
    Clip, FillRule, Glyph, GlyphRun, Group, Image, Item, LineCap, LineJoin, Paint, Path, Segment,
    Stroke, rounded_rect,
};

/// One content stream in the making.
pub(super) struct Content<'p> {
    parts: &'p mut Parts,
    ops: Vec<Op>,
    /// From the stream's current space to the page's.
    placed: Transform,
    /// All that can be seen of the page, in the page's space.
    visible: Rect,
    /// Where tags are collected; `None` inside a form, which is an artifact as a whole.
    tags: Option<Vec<Tag>>,
    title: String,
}

impl<'p> Content<'p> {
    /// `flip` maps the page's space to the file's.
    pub fn of_page(parts: &'p mut Parts, visible: Rect, flip: Transform, title: &str) -> Self {
        Self {
            parts,
            ops: vec![matrix(flip)],
            placed: Transform::IDENTITY,
            visible,
            tags: Some(Vec::new()),
            title: title.to_owned(),
        }
    }

    pub fn finish(self) -> (Vec<Op>, Vec<Tag>) {
        (self.ops, self.tags.unwrap_or_default())
    }

    pub fn items(&mut self, items: &[(Point, Item)]) -> Result<(), RenderError> {
        items.iter().try_for_each(|(at, item)| match item {
            Item::Glyphs(run) => self.glyphs(*at, run),
            Item::Image(image) => self.image(*at, image),
            Item::Path(path) => self.tagged(Role::Artifact, "", |content| content.path(*at, path)),
            Item::Group(group) => self.group(*at, group),
        })
    }

    /// The items, with nothing shown outside `frame`.
    pub fn clipped(&mut self, frame: Rect, items: &[(Point, Item)]) -> Result<(), RenderError> {
        self.saved(|content| {
            content.clip(&rounded_rect(frame, Pt::ZERO), Point::default(), FillRule::NonZero);
            content.items(items)
        })
    }

    /// What `draw` draws, between a save and a restore of the graphics state.
    fn saved(
        &mut self,
        draw: impl FnOnce(&mut Self) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        self.ops.push(Op::SaveGraphicsState);
        let placed = self.placed;
        draw(self)?;
        self.placed = placed;
        self.ops.push(Op::RestoreGraphicsState);
        Ok(())
    }

    fn tagged(
        &mut self,
        role: Role,
        alt: &str,
        draw: impl FnOnce(&mut Self) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        let Some(tags) = &mut self.tags else { return draw(self) };
        if role == Role::Artifact {
            self.ops.push(Op::BeginMarkedContent { tag: "Artifact".into() });
        } else {
            let id = DictItem::Int(tags.len() as i64);
            tags.push(Tag { role, alt: alt.to_owned() });
            let properties = DictItem::Dict { map: [("MCID".to_owned(), id)].into() };
            let tag = role.name().to_owned();
            self.ops.push(Op::BeginMarkedContentWithProperties { tag, properties });
        }
        // What is inside belongs to this tag already.
        let outer = self.tags.take();
        let drawn = draw(self);
        self.tags = outer;
        self.ops.push(Op::EndMarkedContent);
        drawn
    }

    // --- text ---------------------------------------------------------------------

    fn glyphs(&mut self, at: Point, run: &GlyphRun) -> Result<(), RenderError> {
        if run.glyphs.is_empty() || run.size <= Pt::ZERO {
            return Ok(());
        }
        let role = if run.text == self.title { Role::Title } else { Role::Paragraph };
        self.tagged(role, "", |content| {
            // Readers put right-to-left glyphs back into order one by one; poppler would
            // turn a whole ActualText around.
            if is_right_to_left(run) {
                return content.painted_glyphs(at, run);
            }
            let map = [("ActualText".to_owned(), utf16(&run.text))].into();
            let properties = DictItem::Dict { map };
            let tag = "Span".into();
            content.ops.push(Op::BeginMarkedContentWithProperties { tag, properties });
            content.painted_glyphs(at, run)?;
            content.ops.push(Op::EndMarkedContent);
            Ok(())
        })
    }

    fn painted_glyphs(&mut self, at: Point, run: &GlyphRun) -> Result<(), RenderError> {
        if let Some(gradient) = Gradient::of(&run.paint, at) {
            return self.saved(|content| {
                content.show(at, run, TextRenderingMode::Clip)?;
                content.shade(&gradient)
            });
        }
        let Paint::Solid(color) = run.paint else { return Ok(()) };
        let ink = Ink { color, overprint: run.overprint && run.size < Pt(24.0) };
        let state = self.parts.state(color.alpha, ink.overprints(self.parts.intent));
        if state.is_none() {
            self.fill_color(ink);
            return self.show(at, run, TextRenderingMode::Fill);
        }
        self.saved(|content| {
            content.load(state);
            content.fill_color(ink);
            content.show(at, run, TextRenderingMode::Fill)
        })
    }

    fn show(
        &mut self,
        at: Point,
        run: &GlyphRun,
        mode: TextRenderingMode,
    ) -> Result<(), RenderError> {
        let clusters = cluster_texts(run);
        let (font, embedded) = self.parts.fonts.embed(&run.font, &clusters)?;
        self.ops.push(Op::StartTextSection);
        if mode != TextRenderingMode::Fill {
            self.ops.push(Op::SetTextRenderingMode { mode });
        }
        let size = printpdf::Pt(number(run.size.0));
        self.ops.push(Op::SetFont { font: PdfFontHandle::External(font), size });
        let em = run.size.0 * run.horizontal_scale;
        let mut line: Vec<TextItem> = Vec::new();
        // The pen's place in thousandths of an em from the run's origin, and the row.
        let (mut pen, mut row) = (0.0, None);
        for (glyph, embedded) in run.glyphs.iter().zip(&embedded) {
            let x = if em > 0.0 { glyph.x.0 / em * 1000.0 } else { 0.0 };
            if row != Some(glyph.y) {
                self.flush(&mut line);
                self.ops.push(text_matrix(at, run, glyph));
                (row, pen) = (Some(glyph.y), x);
            }
            let kern = ((pen - x) * 100.0).round() / 100.0;
            if kern.abs() >= 0.05 {
                line.push(TextItem::Offset(kern as f32));
                pen -= kern;
            }
            let codepoint = Codepoint::with_cid(embedded.id, 0.0, embedded.text.clone());
            line.push(TextItem::GlyphIds(vec![codepoint]));
            pen += f64::from(embedded.width);
        }
        self.flush(&mut line);
        self.ops.push(Op::EndTextSection);
        Ok(())
    }

    fn flush(&mut self, line: &mut Vec<TextItem>) {
        if !line.is_empty() {
            self.ops.push(Op::ShowText { items: std::mem::take(line) });
        }
    }

    // --- pictures -----------------------------------------------------------------

    fn image(&mut self, at: Point, image: &Image) -> Result<(), RenderError> {
        let role = if image.alt.is_empty() { Role::Artifact } else { Role::Figure };
        let id = self.parts.pictures.place(&image.picture)?;
        let frame = Rect { origin: at, size: image.size };
        let place = |content: &mut Self| {
            // An image fills the unit square upwards; our y runs down.
            content.ops.push(Op::UseXobject {
                id,
                transform: XObjectTransform {
                    translate_x: Some(printpdf::Pt(number(at.x.0))),
                    translate_y: Some(printpdf::Pt(number(frame.bottom().0))),
                    scale_x: Some(number(image.size.width.0)),
                    scale_y: Some(-number(image.size.height.0)),
                    no_auto_scale: true,
                    ..XObjectTransform::default()
                },
            });
        };
        self.tagged(role, &image.alt, |content| {
            if image.corner_radius <= Pt::ZERO {
                place(content);
                return Ok(());
            }
            let corners = rounded_rect(frame, image.corner_radius);
            content.saved(|content| {
                content.clip(&corners, Point::default(), FillRule::NonZero);
                place(content);
                Ok(())
            })
        })
    }

    // --- paths --------------------------------------------------------------------

    fn path(&mut self, at: Point, path: &Path) -> Result<(), RenderError> {
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
            return self.saved(|content| {
                content.clip(segments, at, rule);
                content.shade(&gradient)
            });
        }
        let Paint::Solid(color) = *paint else { return Ok(()) };
        let Some(polygon) = polygon(segments, at, rule, PaintMode::Fill) else { return Ok(()) };
        let state = self.parts.state(color.alpha, false);
        let draw = |content: &mut Self| {
            content.load(state.clone());
            content.fill_color(Ink { color, overprint: false });
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
            let col = content.parts.intent.ink(Ink { color, overprint: false });
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

    fn clip(&mut self, segments: &[Segment], at: Point, rule: FillRule) {
        match polygon(segments, at, rule, PaintMode::Clip) {
            Some(polygon) => self.ops.push(Op::DrawPolygon { polygon }),
            // A clip without an area lets nothing through.
            None => {
                let nothing = rounded_rect(Rect::default(), Pt::ZERO);
                self.ops.extend(polygon_of(&nothing).map(|polygon| Op::DrawPolygon { polygon }));
            }
        }
    }

    /// Fills the current clip with a gradient.
    fn shade(&mut self, gradient: &Gradient) -> Result<(), RenderError> {
        let alpha = gradient.even_alpha();
        match alpha {
            Some(alpha) => {
                let state = self.parts.state(alpha, false);
                self.load(state);
            }
            None => self.mask(gradient)?,
        }
        let id = self.parts.shading(gradient.colors());
        self.ops.push(Op::PaintShading { id });
        Ok(())
    }

    /// A soft mask from the gradient's alphas, in force until the state is restored.
    fn mask(&mut self, gradient: &Gradient) -> Result<(), RenderError> {
        let Some(bounds) = self.visible_here() else { return Ok(()) };
        let id = self.parts.shading(gradient.alphas());
        let form = self.parts.form(vec![Op::PaintShading { id }], bounds);
        let gs = self.parts.mask(form);
        self.ops.push(Op::LoadGraphicsState { gs });
        Ok(())
    }

    // --- groups -------------------------------------------------------------------

    fn group(&mut self, at: Point, group: &Group) -> Result<(), RenderError> {
        let opacity = group.opacity.clamp(0.0, 1.0);
        if opacity == 0.0 {
            return Ok(());
        }
        let place = Transform::translate(at.x, at.y).after(group.transform);
        if opacity >= 1.0 {
            return self.saved(|content| content.group_content(place, group));
        }
        self.tagged(Role::Artifact, "", |content| {
            let Some(bounds) = content.visible_here() else { return Ok(()) };
            let mut inner = Content {
                parts: &mut *content.parts,
                ops: Vec::new(),
                placed: content.placed,
                visible: content.visible,
                tags: None,
                title: String::new(),
            };
            inner.group_content(place, group)?;
            let ops = inner.ops;
            let form = content.parts.form(ops, bounds);
            content.saved(|content| {
                let state = content.parts.state(opacity, false);
                content.load(state);
                content.ops.push(Op::UseXobject {
                    id: form,
                    transform: XObjectTransform {
                        no_auto_scale: true,
                        ..XObjectTransform::default()
                    },
                });
                Ok(())
            })
        })
    }

    fn group_content(&mut self, place: Transform, group: &Group) -> Result<(), RenderError> {
        self.ops.push(matrix(place));
        self.placed = self.placed.after(place);
        if let Some(Clip { segments, rule }) = &group.clip {
            self.clip(segments, Point::default(), *rule);
        }
        self.items(&group.items)
    }

    /// The visible part of the page in the current space.
    fn visible_here(&self) -> Option<Rect> {
        let back = inverse(self.placed)?;
        let Rect { origin, .. } = self.visible;
        let (right, bottom) = (self.visible.right(), self.visible.bottom());
        let corners =
            [(origin.x, origin.y), (right, origin.y), (origin.x, bottom), (right, bottom)]
                .map(|(x, y)| back.apply(Point::new(x, y)));
        let left = corners.iter().fold(Pt(f64::MAX), |least, p| least.min(p.x));
        let top = corners.iter().fold(Pt(f64::MAX), |least, p| least.min(p.y));
        let right = corners.iter().fold(Pt(f64::MIN), |most, p| most.max(p.x));
        let bottom = corners.iter().fold(Pt(f64::MIN), |most, p| most.max(p.y));
        Some(Rect::new(left, top, right - left, bottom - top))
    }

    fn load(&mut self, state: Option<ExtendedGraphicsStateId>) {
        self.ops.extend(state.map(|gs| Op::LoadGraphicsState { gs }));
    }

    fn fill_color(&mut self, ink: Ink) {
        let col = self.parts.intent.ink(ink);
        self.ops.push(Op::SetFillColor { col });
    }
}

fn polygon_of(segments: &[Segment]) -> Option<printpdf::Polygon> {
    polygon(segments, Point::default(), FillRule::NonZero, PaintMode::Clip)
}

fn matrix(t: Transform) -> Op {
    Op::SetTransformationMatrix { matrix: CurTransMat::Raw(numbers(t)) }
}

fn numbers(t: Transform) -> [f32; 6] {
    // Factors multiply lengths of a page: they need more places than points do.
    let factor = |v: f64| if v.is_finite() { ((v * 1e7).round() / 1e7) as f32 } else { 0.0 };
    [factor(t.a), factor(t.b), factor(t.c), factor(t.d), number(t.e), number(t.f)]
}

/// From text space (one unit, y up) to the page's, at a glyph's origin.
fn text_matrix(at: Point, run: &GlyphRun, glyph: &Glyph) -> Op {
    let offset = run.turn.apply(Point::new(glyph.x, glyph.y));
    let upright = Transform::scale(run.horizontal_scale, -1.0);
    let turned = Transform { e: 0.0, f: 0.0, ..run.turn }.after(upright);
    let placed = Transform { e: (at.x + offset.x).0, f: (at.y + offset.y).0, ..turned };
    Op::SetTextMatrix { matrix: TextMatrix::Raw(numbers(placed)) }
}

/// For each glyph its id and the text that it stands for: the first glyph of a cluster
/// has the cluster's text, the others none.
fn cluster_texts(run: &GlyphRun) -> Vec<(u16, &str)> {
    let mut starts: Vec<usize> = run.glyphs.iter().map(|glyph| glyph.cluster as usize).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut seen = std::collections::BTreeSet::new();
    run.glyphs
        .iter()
        .map(|glyph| {
            let start = glyph.cluster as usize;
            if !seen.insert(start) {
                return (glyph.id, "");
            }
            let next = starts.partition_point(|&other| other <= start);
            let end = starts.get(next).copied().unwrap_or(run.text.len());
            (glyph.id, run.text.get(start..end).unwrap_or_default())
        })
        .collect()
}

/// Whether the glyphs run against the text.
fn is_right_to_left(run: &GlyphRun) -> bool {
    let clusters = || run.glyphs.iter().map(|glyph| glyph.cluster);
    clusters().next() > clusters().next_back()
}

fn utf16(text: &str) -> DictItem {
    let bytes = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes);
    DictItem::Bytes(bytes.collect())
}
