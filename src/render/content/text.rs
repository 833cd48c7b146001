//! Runs of glyphs as text that can be copied.

use kanso_page::geometry::{Point, Pt, Rect, Transform};
use kanso_page::{Color, Glyph, GlyphRun, Paint};
use printpdf::{Codepoint, DictItem, Op, PdfFontHandle, TextItem, TextMatrix, TextRenderingMode};

use super::{Content, numbers};
use crate::RenderError;
use crate::outline::number;
use crate::shading::Gradient;
use crate::structure::Role;

/// Type from this size on knocks out: its edges carry the colour below visibly.
const OVERPRINT_BELOW: Pt = Pt(24.0);

impl Content<'_> {
    pub(super) fn glyphs(&mut self, at: Point, run: &GlyphRun) -> Result<(), RenderError> {
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
        let overprint = self.overprints(at, run, color)?;
        let state = self.parts.state(color.alpha, overprint);
        if state.is_none() {
            self.fill_color(color)?;
            return self.show(at, run, TextRenderingMode::Fill);
        }
        self.saved(|content| {
            content.load(state);
            content.fill_color(color)?;
            content.show(at, run, TextRenderingMode::Fill)
        })
    }

    /// Whether the run prints over what is below it instead of knocking it out: small
    /// black type, where no gap may open when the plates do not meet, unless the paper
    /// below holds too much ink already.
    fn overprints(&self, at: Point, run: &GlyphRun, color: Color) -> Result<bool, RenderError> {
        if !run.overprint || run.size >= OVERPRINT_BELOW || !self.parts.intent.prints_over(color)? {
            return Ok(false);
        }
        let place = self.on_page(extent(at, run));
        Ok(!self.parts.full.iter().any(|full| meet(*full, place)))
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

/// A box around a run, generous by an em.
fn extent(at: Point, run: &GlyphRun) -> Rect {
    let em = run.size;
    let places = run.glyphs.iter().map(|glyph| {
        let place = run.turn.apply(Point::new(glyph.x, glyph.y));
        Point::new(at.x + place.x, at.y + place.y)
    });
    Rect::around(places).unwrap_or_default().outset(em)
}

fn meet(a: Rect, b: Rect) -> bool {
    a.origin.x < b.right()
        && b.origin.x < a.right()
        && a.origin.y < b.bottom()
        && b.origin.y < a.bottom()
}
