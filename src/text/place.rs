//! Fitted lines into runs of placed glyphs.

use std::ops::Range;
use std::sync::Arc;

use kanso_page::geometry::{Point, Pt, Rect, Size, Transform};
use kanso_page::{Glyph, GlyphRun};

use super::fit::{Fit, block_ems};
use super::set::Block;
use super::shape::{Cluster, EM_ASCENT, Shaped};
use super::style::{Align, BlockAlign, Direction, TextStyle};
use super::vertical::Orientation;

/// Kanji stand around this height over the baseline, in ems.
const CJK_MIDDLE: f64 = EM_ASCENT - 0.5;

/// Places every line of a fitted text in its frame.
pub(super) fn place(
    text: &str,
    shaped: &Shaped,
    fit: &Fit,
    style: &TextStyle,
    frame: Size,
) -> Block {
    let vertical = style.direction == Direction::Vertical;
    let (measure, across) =
        if vertical { (frame.height.0, frame.width.0) } else { (frame.width.0, frame.height.0) };
    let size = fit.size.0;
    let thickness = block_ems(fit.lines.len(), style.leading) * size;
    let edge = match style.block_align {
        BlockAlign::Baseline if !vertical => across - EM_ASCENT * size,
        BlockAlign::Start | BlockAlign::Baseline => 0.0,
        BlockAlign::Center => (across - thickness) / 2.0,
        BlockAlign::End => across - thickness,
    };
    let mut runs = Vec::new();
    let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
    for (index, range) in fit.lines.iter().enumerate() {
        let line = Line::new(shaped, range.clone(), fit, style, measure);
        if !line.clusters.is_empty() {
            (from, to) = (from.min(line.start), to.max(line.start + line.length));
        }
        let advanced = edge + index as f64 * style.leading * size;
        // Columns go from right to left.
        let axis =
            if vertical { across - advanced - size / 2.0 } else { advanced + EM_ASCENT * size };
        line.place(text, axis, &mut runs);
    }
    let (from, length) = if from.is_finite() { (from, to - from) } else { (0.0, 0.0) };
    let bounds = if vertical {
        Rect::new(Pt(across - edge - thickness), Pt(from), Pt(thickness), Pt(length))
    } else {
        Rect::new(Pt(from), Pt(edge), Pt(length), Pt(thickness))
    };
    Block {
        runs,
        bounds,
        size: fit.size,
        horizontal_scale: fit.horizontal_scale,
        lines: fit.lines.len(),
    }
}

/// One line, in points.
struct Line<'a> {
    shaped: &'a Shaped,
    style: &'a TextStyle,
    size: f64,
    horizontal_scale: f64,
    /// In the order in which they stand, without the space that hangs over the end.
    clusters: Vec<usize>,
    /// Where the line begins along its measure.
    start: f64,
    length: f64,
    /// Put between clusters by 均等割り付け.
    gap: f64,
}

impl<'a> Line<'a> {
    fn new(
        shaped: &'a Shaped,
        range: Range<usize>,
        fit: &Fit,
        style: &'a TextStyle,
        measure: f64,
    ) -> Self {
        let all = &shaped.clusters;
        let seen = all[range.clone()].iter().rposition(|c| !c.is_space).map_or(0, |at| at + 1);
        let range = range.start..range.start + seen;
        let mut line = Self {
            shaped,
            style,
            size: fit.size.0,
            horizontal_scale: fit.horizontal_scale,
            clusters: in_visual_order(shaped, range.clone()),
            start: 0.0,
            length: 0.0,
            gap: 0.0,
        };
        let ems: f64 = all[range.clone()].iter().map(|cluster| cluster.advance).sum();
        let tracking = all[range].last().map_or(0.0, |last| last.tracking);
        line.length = (ems - tracking) * line.size * line.horizontal_scale;
        let room = (measure - line.length).max(0.0);
        line.start = match style.align {
            Align::Start => 0.0,
            Align::Center => room / 2.0,
            Align::End => room,
            Align::Distribute => match line.gaps() {
                // What cannot be spread stands in the middle.
                0 => room / 2.0,
                gaps => {
                    line.gap = room / gaps as f64;
                    line.length += room;
                    0.0
                }
            },
        };
        line
    }

    fn gaps(&self) -> usize {
        self.clusters.windows(2).filter(|pair| self.has_gap(pair[0], pair[1])).count()
    }

    /// Whether 均等割り付け may part these neighbours: Latin words and numbers stay whole.
    fn has_gap(&self, before: usize, after: usize) -> bool {
        let clusters = &self.shaped.clusters;
        clusters[before].is_cjk || clusters[after].is_cjk
    }

    fn place(&self, text: &str, axis: f64, runs: &mut Vec<(Point, GlyphRun)>) {
        let mut pen = self.start;
        let mut open: Option<OpenRun<'a>> = None;
        for (at, &index) in self.clusters.iter().enumerate() {
            let cluster = &self.shaped.clusters[index];
            if !open.as_ref().is_some_and(|run| run.takes(self.shaped, cluster)) {
                runs.extend(open.take().and_then(|run| run.close(text, self)));
                open = Some(OpenRun::new(self, cluster, pen, axis));
            }
            if let Some(run) = &mut open {
                run.add(self, cluster, pen);
            }
            pen += cluster.advance * self.size * self.horizontal_scale;
            if self.clusters.get(at + 1).is_some_and(|&next| self.has_gap(index, next)) {
                pen += self.gap;
            }
        }
        runs.extend(open.and_then(|run| run.close(text, self)));
    }
}

/// A glyph run that may still grow.
struct OpenRun<'a> {
    first: &'a Cluster,
    text: Range<usize>,
    /// Where the pen stood at its start.
    pen: f64,
    origin: Point,
    glyphs: Vec<Glyph>,
}

impl<'a> OpenRun<'a> {
    fn new(line: &Line<'a>, first: &'a Cluster, pen: f64, axis: f64) -> Self {
        let origin = match first.orientation {
            Orientation::Horizontal => Point::new(Pt(pen), Pt(axis)),
            Orientation::Upright | Orientation::Combined => Point::new(Pt(axis), Pt(pen)),
            Orientation::Rotated => {
                let item = &line.shaped.items[first.item];
                // Between the feet and the heads of its capitals, as kanji stand.
                let middle = match item.class {
                    super::class::Class::Latin(_) => item.font.metrics().cap_height / 2.0,
                    _ => CJK_MIDDLE,
                } * item.scale
                    * line.size;
                Point::new(Pt(axis - middle), Pt(pen))
            }
        };
        Self { first, text: first.text.clone(), pen, origin, glyphs: Vec::new() }
    }

    fn takes(&self, shaped: &Shaped, cluster: &Cluster) -> bool {
        let (mine, its) = (&shaped.items[self.first.item], &shaped.items[cluster.item]);
        let next_in_text =
            self.text.end == cluster.text.start || self.text.start == cluster.text.end;
        next_in_text
            && Arc::ptr_eq(&mine.font, &its.font)
            && (mine.scale - its.scale).abs() < f64::EPSILON
            && mine.level == its.level
            && self.first.orientation == cluster.orientation
            && (self.first.squeeze - cluster.squeeze).abs() < f64::EPSILON
    }

    fn add(&mut self, line: &Line<'_>, cluster: &Cluster, pen: f64) {
        self.text = self.text.start.min(cluster.text.start)..self.text.end.max(cluster.text.end);
        let moved = pen - self.pen;
        let upright = matches!(cluster.orientation, Orientation::Upright | Orientation::Combined);
        for glyph in &line.shaped.glyphs[cluster.glyphs.clone()] {
            let (x, y) = (glyph.x * line.size, glyph.y * line.size);
            let (x, y) =
                if upright { (x, moved + y) } else { (moved + x * line.horizontal_scale, y) };
            // The cluster's place in the whole text, until the run is closed.
            let cluster = cluster.text.start as u32;
            self.glyphs.push(Glyph { id: glyph.id, x: Pt(x), y: Pt(y), cluster });
        }
    }

    fn close(mut self, text: &str, line: &Line<'_>) -> Option<(Point, GlyphRun)> {
        if self.glyphs.is_empty() {
            return None;
        }
        let item = &line.shaped.items[self.first.item];
        for glyph in &mut self.glyphs {
            glyph.cluster -= self.text.start as u32;
        }
        let run = GlyphRun {
            font: Arc::clone(&item.font),
            size: Pt(line.size * item.scale),
            horizontal_scale: line.horizontal_scale * self.first.squeeze,
            turn: match self.first.orientation {
                Orientation::Rotated => Transform::QUARTER_TURN,
                _ => Transform::IDENTITY,
            },
            glyphs: self.glyphs,
            text: text.get(self.text)?.to_owned(),
            paint: line.style.paint.clone(),
            overprint: line.style.overprint,
        };
        Some((self.origin, run))
    }
}

/// Clusters of a line from left to right (UAX 9, rule L2).
fn in_visual_order(shaped: &Shaped, range: Range<usize>) -> Vec<usize> {
    let level = |index: &usize| shaped.items[shaped.clusters[*index].item].level;
    let mut order: Vec<usize> = range.collect();
    let highest = order.iter().map(level).max().unwrap_or(0);
    for reversed in (1..=highest).rev() {
        let mut from = 0;
        while from < order.len() {
            let length = order[from..].iter().take_while(|index| level(index) >= reversed).count();
            order[from..from + length].reverse();
            from += length.max(1);
        }
    }
    order
}
