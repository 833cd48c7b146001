//! Printed words: outlines of a font as paths to paint with.

use std::path::Path as FilePath;

use ab_glyph::{Font, FontArc, OutlineCurve, ScaleFont};
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Transform};

/// The faces that signs and bibs are printed with, in the order of their names.
#[derive(Debug, Clone)]
pub struct Lettering {
    faces: Vec<(String, FontArc)>,
}

/// Why there is nothing to print with.
#[derive(Debug, thiserror::Error)]
pub enum LetteringError {
    #[error("cannot read the font folder {folder}: {source}; name one with --fonts")]
    Folder { folder: String, source: std::io::Error },
    #[error("no font in {0} has the digits and capitals; name another folder with --fonts")]
    None(String),
}

/// A line of text as one path, with the box of each character (x, y, width, height).
#[derive(Debug)]
pub struct Line {
    pub path: Option<Path>,
    pub width: f32,
    pub boxes: Vec<(char, [f32; 4])>,
}

impl Lettering {
    /// Every `.ttf` and `.otf` under a folder that can print bibs.
    pub fn from_folder(folder: &FilePath) -> Result<Self, LetteringError> {
        let mut files = Vec::new();
        collect(folder, &mut files).map_err(|source| LetteringError::Folder {
            folder: folder.display().to_string(),
            source,
        })?;
        let mut faces: Vec<(String, FontArc)> = files
            .into_iter()
            .filter_map(|file| {
                let face = FontArc::try_from_vec(std::fs::read(&file).ok()?).ok()?;
                let complete = ('0'..='9').chain('A'..='Z').all(|c| face.glyph_id(c).0 != 0);
                let name = file.file_stem()?.to_string_lossy().into_owned();
                complete.then_some((name, face))
            })
            .collect();
        faces.sort_by(|a, b| a.0.cmp(&b.0));
        if faces.is_empty() {
            return Err(LetteringError::None(folder.display().to_string()));
        }
        Ok(Self { faces })
    }

    /// A face by name, or by number where no such name is here.
    pub fn face(&self, name: &str, otherwise: usize) -> &FontArc {
        let named = self.faces.iter().find(|(face, _)| face == name);
        &named.unwrap_or(&self.faces[otherwise % self.faces.len()]).1
    }

    pub fn len(&self) -> usize {
        self.faces.len()
    }

    pub fn is_empty(&self) -> bool {
        self.faces.is_empty()
    }

    /// The name of a face by number.
    pub fn name(&self, number: usize) -> &str {
        &self.faces[number % self.faces.len()].0
    }

    /// The first face from `name` on that has every character of a text.
    pub fn face_for(&self, name: &str, text: &str) -> &FontArc {
        let has = |face: &FontArc| text.chars().all(|c| face.glyph_id(c).0 != 0);
        let first = self.face(name, 0);
        if has(first) {
            return first;
        }
        self.faces.iter().map(|(_, face)| face).find(|face| has(face)).unwrap_or(first)
    }
}

fn collect(folder: &FilePath, files: &mut Vec<std::path::PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "ttf" || e == "otf") {
            files.push(path);
        }
    }
    Ok(())
}

/// Sets a text with its capitals `cap` high, from (0, 0) on the baseline.
pub fn line(face: &FontArc, text: &str, cap: f32, tracking: f32) -> Line {
    let unit = face.units_per_em().unwrap_or(1000.0);
    let tall = face
        .outline(face.glyph_id('0'))
        .map_or(0.72 * unit, |o| o.bounds.max.y.abs().max(o.bounds.min.y.abs()));
    let scale = cap / tall.max(1.0);
    let metrics = face.as_scaled(face.height_unscaled() * scale);
    let mut builder = PathBuilder::new();
    let mut x = 0.0;
    let mut boxes = Vec::new();
    for c in text.chars() {
        let id = face.glyph_id(c);
        if let Some(outline) = face.outline(id) {
            trace(&mut builder, &outline.curves, x, scale);
            let b = outline.bounds;
            let (low, high) = (b.min.y.min(b.max.y), b.min.y.max(b.max.y));
            let (left, right) = (b.min.x.min(b.max.x), b.min.x.max(b.max.x));
            boxes.push((
                c,
                [x + left * scale, -high * scale, (right - left) * scale, (high - low) * scale],
            ));
        }
        x += metrics.h_advance(id) + tracking * cap;
    }
    Line { path: builder.finish(), width: (x - tracking * cap).max(0.0), boxes }
}

fn trace(builder: &mut PathBuilder, curves: &[OutlineCurve], x: f32, scale: f32) {
    let at = |p: &ab_glyph::Point| (x + p.x * scale, -p.y * scale);
    let mut pen = None;
    for curve in curves {
        let (from, to) = match curve {
            OutlineCurve::Line(a, b) => (a, b),
            OutlineCurve::Quad(a, _, b) | OutlineCurve::Cubic(a, _, _, b) => (a, b),
        };
        if pen != Some(at(from)) {
            if pen.is_some() {
                builder.close();
            }
            builder.move_to(at(from).0, at(from).1);
        }
        let (bx, by) = at(to);
        match curve {
            OutlineCurve::Line(..) => builder.line_to(bx, by),
            OutlineCurve::Quad(_, c, _) => builder.quad_to(at(c).0, at(c).1, bx, by),
            OutlineCurve::Cubic(_, c, d, _) => {
                builder.cubic_to(at(c).0, at(c).1, at(d).0, at(d).1, bx, by);
            }
        }
        pen = Some((bx, by));
    }
    if pen.is_some() {
        builder.close();
    }
}

/// A paint of one sRGB colour (0xrrggbb) and opacity.
pub fn paint(hex: u32, opacity: f32) -> Paint<'static> {
    let [_, r, g, b] = hex.to_be_bytes();
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, (opacity * 255.0) as u8);
    paint.anti_alias = true;
    paint
}

/// Fills a rectangle; nothing for an empty one.
pub fn block(pixmap: &mut Pixmap, [x, y, w, h]: [f32; 4], hex: u32) {
    if let Some(rect) = Rect::from_xywh(x, y, w, h) {
        pixmap.fill_rect(rect, &paint(hex, 1.0), Transform::identity(), None);
    }
}

/// Prints a text into a box, as large as fits, centred; returns the characters' boxes.
pub fn print(
    pixmap: &mut Pixmap,
    face: &FontArc,
    text: &str,
    [x, y, w, h]: [f32; 4],
    hex: u32,
) -> Vec<(char, [f32; 4])> {
    let line = line(face, text, h, 0.02);
    let Some(path) = line.path else { return Vec::new() };
    let squeeze = (w / line.width.max(1.0)).min(1.0);
    // Narrow type is condensed a little before it is made smaller.
    let (sx, sy) = (squeeze, squeeze.powf(0.55));
    let dx = x + (w - line.width * sx) * 0.5;
    let dy = y + h - (h - h * sy) * 0.5;
    let place = Transform::from_row(sx, 0.0, 0.0, sy, dx, dy);
    pixmap.fill_path(&path, &paint(hex, 1.0), FillRule::Winding, place, None);
    let place = |[x, y, w, h]: [f32; 4]| [dx + x * sx, dy + y * sy, w * sx, h * sy];
    line.boxes.into_iter().map(|(c, b)| (c, place(b))).collect()
}
