//! The fonts of a document: which glyphs are used, and the subsets to embed.
//!
//! printpdf would embed whole fonts silently, so each face is cut down here to the
//! glyphs that are shown. New glyph ids are given in order of first use, so that pages
//! can be written before the last one is known.

use std::collections::BTreeMap;
use std::sync::Arc;

use ab_glyph::{Font as _, FontRef, GlyphId};
use kanso_page::font::Font;
use printpdf::{FontId, ParsedFont, PdfFont};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::RenderError;

#[derive(Default)]
pub(super) struct Fonts {
    faces: Vec<Face>,
    by_name: BTreeMap<String, usize>,
}

struct Face {
    font: Arc<Font>,
    remapper: GlyphRemapper,
    glyphs: Vec<Embedded>,
    by_id: BTreeMap<u16, Embedded>,
}

/// A glyph as the embedded font knows it.
#[derive(Clone)]
pub(super) struct Embedded {
    pub id: u16,
    /// Advance in thousandths of an em, as the file's width table says it.
    pub width: u16,
    /// What the glyph stands for; empty for the later glyphs of a cluster.
    pub text: String,
}

impl Fonts {
    /// The name of the font's resource, and the embedded glyph for each (glyph id, text).
    pub fn embed(
        &mut self,
        font: &Arc<Font>,
        glyphs: &[(u16, &str)],
    ) -> Result<(FontId, Vec<Embedded>), RenderError> {
        let index = self.face(font);
        let face = self.faces.get_mut(index).ok_or_else(|| fault(font, "it was lost"))?;
        let mut embedded = Vec::with_capacity(glyphs.len());
        for &(id, text) in glyphs {
            if let Some(known) = face.by_id.get(&id) {
                embedded.push(known.clone());
                continue;
            }
            let glyph = Embedded {
                id: face.remapper.remap(id),
                width: advance(font.outlines(), id),
                text: text.to_owned(),
            };
            face.by_id.insert(id, glyph.clone());
            face.glyphs.push(glyph.clone());
            embedded.push(glyph);
        }
        Ok((resource_name(index), embedded))
    }

    fn face(&mut self, font: &Arc<Font>) -> usize {
        if let Some(&index) = self.by_name.get(font.name()) {
            return index;
        }
        let index = self.faces.len();
        self.by_name.insert(font.name().to_owned(), index);
        self.faces.push(Face {
            font: Arc::clone(font),
            remapper: GlyphRemapper::new(),
            glyphs: Vec::new(),
            by_id: BTreeMap::new(),
        });
        index
    }

    /// The subset of every face, as printpdf takes it.
    pub fn subsets(&self) -> Result<BTreeMap<FontId, PdfFont>, RenderError> {
        self.faces
            .iter()
            .enumerate()
            .map(|(index, face)| Ok((resource_name(index), PdfFont::new(face.subset()?))))
            .collect()
    }
}

fn resource_name(index: usize) -> FontId {
    FontId(format!("T{index}"))
}

fn fault(font: &Font, reason: impl std::fmt::Display) -> RenderError {
    RenderError::Font { font: font.name().to_owned(), reason: reason.to_string() }
}

/// Thousandths of an em.
fn advance(face: &FontRef<'_>, id: u16) -> u16 {
    let em = face.units_per_em().unwrap_or(1000.0);
    let advance = face.h_advance_unscaled(GlyphId(id)) * 1000.0 / em;
    advance.round().clamp(0.0, f32::from(u16::MAX)) as u16
}

impl Face {
    fn subset(&self) -> Result<ParsedFont, RenderError> {
        let program = subsetter::subset(self.font.data(), self.font.index(), &self.remapper)
            .map_err(|error| fault(&self.font, error))?;
        let source = self.font.outlines();
        let per_mille =
            |units: f32| (units * 1000.0 / source.units_per_em().unwrap_or(1000.0)).round() as i16;
        let is_cff = program.starts_with(b"OTTO");
        let widths = self.glyphs.iter().map(|glyph| (glyph.id, glyph.width)).collect();
        let (ascent, descent) =
            (per_mille(source.ascent_unscaled()), per_mille(source.descent_unscaled()));
        Ok(ParsedFont {
            font_name: Some(format!("{}+{}", self.tag(), postscript_name(self.font.name()))),
            original_bytes: program,
            font_index: 0,
            codepoint_to_glyph: BTreeMap::new(),
            glyph_widths: widths,
            // Widths and boxes are given in thousandths of an em from the start:
            // printpdf would cut them off instead of rounding.
            units_per_em: 1000,
            font_metrics: printpdf::FontMetrics { ascent, descent },
            font_type: if is_cff {
                printpdf::FontType::OpenTypeCFF(())
            } else {
                printpdf::FontType::TrueType
            },
            pdf_font_metrics: printpdf::PdfFontMetricsStub {
                units_per_em: 1000,
                x_min: -500,
                y_min: descent,
                x_max: 1500,
                y_max: ascent,
                caret_slope_rise: 1000,
                caret_slope_run: (-source.italic_angle().to_radians().tan() * 1000.0) as i16,
                us_weight_class: if self.font.name().contains("Bold") { 700 } else { 400 },
            },
        })
    }

    /// The six letters that mark a subset, made from its glyphs.
    fn tag(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.font.name());
        for id in self.remapper.remapped_gids() {
            hash.update(id.to_be_bytes());
        }
        hash.finalize().iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
    }
}

/// A name without the characters that PDF reserves.
fn postscript_name(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic() && !"()<>[]{}/%#+".contains(*c)).take(60).collect()
}
