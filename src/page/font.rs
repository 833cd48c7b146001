//! A font face, loaded once per process.

use std::sync::{Arc, Mutex, PoisonError};

use ab_glyph::FontRef;
use harfrust::{Direction, Feature, Language, Script, ShapePlan, ShapePlanKey};

/// A TrueType or OpenType face that lives as long as the process.
pub struct Font {
    name: &'static str,
    data: &'static [u8],
    index: u32,
    metrics: FontMetrics,
    shaping: harfrust::Font,
    outlines: FontRef<'static>,
    /// Compiled shaping plans; a process meets a handful for each font.
    plans: Mutex<Vec<Arc<ShapePlan>>>,
}

/// Vertical measures of a face, in ems, up from the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FontMetrics {
    pub units_per_em: f64,
    pub ascent: f64,
    /// Negative below the baseline.
    pub descent: f64,
    /// Height of H.
    pub cap_height: f64,
    /// Height of x.
    pub x_height: f64,
}

/// Why a font file cannot be used. All are for the template's author to settle.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FontError {
    #[error(
        "the font {name:?} cannot be read; give a TrueType or OpenType file (not WOFF), face {index}"
    )]
    Unreadable { name: String, index: u32 },
    #[error("the font {name:?} maps no Unicode characters; give one with a Unicode cmap table")]
    NoCharacters { name: String },
}

impl Font {
    /// Reads a face from a file's bytes; `index` is 0 but for collections.
    ///
    /// `name` must be unique among the fonts of one process.
    pub fn parse(name: &'static str, data: &'static [u8], index: u32) -> Result<Self, FontError> {
        let unreadable = || FontError::Unreadable { name: name.to_owned(), index };
        let shaping = harfrust::Font::new(data, index).ok_or_else(unreadable)?;
        let outlines = FontRef::try_from_slice_and_index(data, index).map_err(|_| unreadable())?;
        if !shaping.charmap().has_unicode() {
            return Err(FontError::NoCharacters { name: name.to_owned() });
        }
        let metrics = FontMetrics::of(&outlines).ok_or_else(unreadable)?;
        Ok(Self { name, data, index, metrics, shaping, outlines, plans: Mutex::default() })
    }

    /// Unique among the fonts of one process: `BIZUDGothic-Regular`.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The font file.
    pub fn data(&self) -> &[u8] {
        self.data
    }

    /// The face in the file, 0 but for collections.
    pub fn index(&self) -> u32 {
        self.index
    }

    pub fn metrics(&self) -> FontMetrics {
        self.metrics
    }

    /// Outlines and advances, for drawing; parsed once.
    pub fn outlines(&self) -> &FontRef<'static> {
        &self.outlines
    }

    /// Whether the font maps this character to a glyph.
    pub fn has(&self, character: char) -> bool {
        self.shaping.charmap().map_unicode(character).is_some()
    }

    /// Whether the font knows this variation sequence (cmap format 14).
    pub fn has_variation(&self, base: char, selector: char) -> bool {
        self.shaping.charmap().map_unicode_variant(base, selector).is_some()
    }

    /// The font's glyph for a lone character, without any shaping.
    pub fn glyph(&self, character: char) -> Option<u16> {
        let id = self.shaping.charmap().map_unicode(character)?;
        u16::try_from(id.to_u32()).ok()
    }

    pub fn shaping(&self) -> &harfrust::Font {
        &self.shaping
    }

    /// The plan for these properties, compiled at its first use.
    pub fn plan(
        &self,
        direction: Direction,
        script: Option<Script>,
        language: Option<&Language>,
        features: &[Feature],
    ) -> Arc<ShapePlan> {
        let key = ShapePlanKey::new(&self.shaping, script, direction)
            .language(language)
            .features(features);
        // A plan is complete before it is pushed, so a poisoned lock still guards whole plans.
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.iter().find(|plan| key.matches(plan)) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(ShapePlan::new(&self.shaping, direction, script, language, features));
        plans.push(Arc::clone(&plan));
        plan
    }
}

impl FontMetrics {
    fn of(outlines: &FontRef<'_>) -> Option<Self> {
        use ab_glyph::Font as _;
        let units_per_em = f64::from(outlines.units_per_em()?);
        if units_per_em <= 0.0 {
            return None;
        }
        // The outline's own top, since the OS/2 figures of many fonts are guesses.
        let height_of = |character| {
            let outline = outlines.outline(outlines.glyph_id(character))?;
            Some(f64::from(outline.bounds.min.y.max(outline.bounds.max.y)) / units_per_em)
        };
        let cap_height = height_of('H').unwrap_or(0.7);
        Some(Self {
            units_per_em,
            ascent: f64::from(outlines.ascent_unscaled()) / units_per_em,
            descent: f64::from(outlines.descent_unscaled()) / units_per_em,
            cap_height,
            x_height: height_of('x').unwrap_or(cap_height * 0.7),
        })
    }
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Font").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_font_are_refused_by_name() {
        let error = Font::parse("Broken", b"wOF2 and so on", 0).err();
        assert_eq!(error, Some(FontError::Unreadable { name: "Broken".into(), index: 0 }));
    }
}
