//! Glyph outlines, read once a page.

use std::collections::HashMap;
use std::sync::Arc;

use ab_glyph::{Font as _, GlyphId, OutlineCurve};
use kanso_page::font::Font;
use tiny_skia::{Path, PathBuilder};

/// Outlines in ems, y up, by font and glyph id.
#[derive(Default)]
pub(super) struct Outlines {
    known: HashMap<(usize, u16), Option<Path>>,
}

impl Outlines {
    /// `None` for a glyph without ink.
    pub fn glyph(&mut self, font: &Arc<Font>, id: u16) -> Option<Path> {
        // A font lives as long as the process, so its data's address names it.
        let key = (font.data().as_ptr() as usize ^ font.index() as usize, id);
        if let Some(path) = self.known.get(&key) {
            return path.clone();
        }
        let path = outline(font, id);
        self.known.insert(key, path.clone());
        path
    }
}

fn outline(font: &Font, id: u16) -> Option<Path> {
    let face = font.outlines();
    let em = 1.0 / face.units_per_em().unwrap_or(1000.0);
    let outline = face.outline(GlyphId(id))?;
    let mut path = PathBuilder::new();
    let mut pen = None;
    for curve in outline.curves {
        let (from, to) = match curve {
            OutlineCurve::Line(a, b)
            | OutlineCurve::Quad(a, _, b)
            | OutlineCurve::Cubic(a, _, _, b) => (a, b),
        };
        // The list does not say where contours begin: where the pen jumps.
        if pen != Some((from.x, from.y)) {
            if pen.is_some() {
                path.close();
            }
            path.move_to(from.x * em, from.y * em);
        }
        match curve {
            OutlineCurve::Line(_, b) => path.line_to(b.x * em, b.y * em),
            OutlineCurve::Quad(_, c, b) => path.quad_to(c.x * em, c.y * em, b.x * em, b.y * em),
            OutlineCurve::Cubic(_, c, d, b) => {
                path.cubic_to(c.x * em, c.y * em, d.x * em, d.y * em, b.x * em, b.y * em);
            }
        }
        pen = Some((to.x, to.y));
    }
    path.close();
    path.finish()
}
