//! Items of text into glyphs, in ems: all sizes of a text share one shaping.

use std::ops::Range;
use std::sync::LazyLock;

use harfrust::{
    Buffer, BufferFlags, Direction, Feature, GlyphId, Language, ShapeOptions, ShaperFont, Tag,
};
use kanso_page::Language as PageLanguage;

use super::class::Class;
use super::itemise::{Item, is_default_ignorable};
use super::set::TextError;
use super::style::{Figures, TextStyle};
use super::vertical::{Orientation, must_turn};

/// A text in glyphs.
#[derive(Debug)]
pub(super) struct Shaped {
    /// In the order of the text.
    pub clusters: Vec<Cluster>,
    pub glyphs: Vec<ClusterGlyph>,
    pub items: Vec<Item>,
}

/// What cannot be parted: a letter with its marks, a ligature, a syllable.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    /// Bytes of the text.
    pub text: Range<usize>,
    pub item: usize,
    pub glyphs: Range<usize>,
    /// Along the line, in ems, with tracking.
    pub advance: f64,
    /// The part of `advance` that is tracking; none is wanted after the last of a line.
    pub tracking: f64,
    pub orientation: Orientation,
    /// Below 1.0 for digits that are narrowed to stand in one em.
    pub squeeze: f64,
    /// Space and line breaks, which hang over the end of a line.
    pub is_space: bool,
    /// May be set apart from its neighbours by 均等割り付け.
    pub is_cjk: bool,
}

/// A glyph in ems from its cluster's origin, down positive. For upright clusters of vertical
/// text the origin is the top of the cluster on the axis of the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClusterGlyph {
    pub id: u16,
    pub x: f64,
    pub y: f64,
}

/// From the top of the em box, in which kanji are drawn, to the baseline.
pub(super) const EM_ASCENT: f64 = 0.88;

static JAPANESE: LazyLock<Option<Language>> = LazyLock::new(|| "ja".parse().ok());
static ENGLISH: LazyLock<Option<Language>> = LazyLock::new(|| "en".parse().ok());

pub(super) fn shape(text: &str, items: Vec<Item>, style: &TextStyle) -> Result<Shaped, TextError> {
    let mut shaping = Shaping {
        text,
        style,
        features: features(style),
        buffer: Buffer::new(),
        clusters: Vec::with_capacity(text.len() / 2),
        glyphs: Vec::with_capacity(text.len() / 2),
    };
    for (index, item) in items.iter().enumerate() {
        if item.is_break {
            shaping.add_cluster(item, index, item.range.clone(), Vec::new(), 0.0);
        } else {
            shaping.shape_item(item, index)?;
        }
    }
    let Shaping { clusters, glyphs, .. } = shaping;
    Ok(Shaped { clusters, glyphs, items })
}

fn features(style: &TextStyle) -> Vec<Feature> {
    let feature = |tag: &[u8; 4], value| Feature::new(Tag::new(tag), value, ..);
    let mut features = Vec::new();
    if style.tracking != 0.0 {
        // Letters that are set apart must not touch in a ligature.
        features.extend([feature(b"liga", 0), feature(b"clig", 0)]);
    }
    if style.figures == Figures::Tabular {
        features.extend([feature(b"tnum", 1), feature(b"lnum", 1)]);
    }
    features
}

/// A cluster as the shaper drew it, in ems.
struct Drawn {
    start: usize,
    advance: f64,
    glyphs: Vec<ClusterGlyph>,
}

struct Shaping<'a> {
    text: &'a str,
    style: &'a TextStyle,
    features: Vec<Feature>,
    buffer: Buffer,
    clusters: Vec<Cluster>,
    glyphs: Vec<ClusterGlyph>,
}

impl Shaping<'_> {
    fn shape_item(&mut self, item: &Item, index: usize) -> Result<(), TextError> {
        let vertical = item.orientation == Orientation::Upright;
        let direction = match item.level % 2 {
            _ if vertical => Direction::TopToBottom,
            1 => Direction::RightToLeft,
            _ => Direction::LeftToRight,
        };
        let font = ShaperFont::new(item.font.shaping());
        self.run_shaper(item, &font, direction);
        let em = item.scale / item.font.metrics().units_per_em;
        let first_cluster = self.clusters.len();
        let drawn = self.drawn_clusters(direction, em)?;
        // Nothing may be seen of the item's start, or of all of it: its text is kept still.
        let hidden = drawn.first().is_none_or(|first| first.start != item.range.start);
        if hidden {
            let end = drawn.first().map_or(item.range.end, |first| first.start);
            self.add_cluster(item, index, item.range.start..end, Vec::new(), 0.0);
        }
        let ends: Vec<usize> = drawn.iter().skip(1).map(|next| next.start).collect();
        for (at, cluster) in drawn.into_iter().enumerate() {
            let end = ends.get(at).copied().unwrap_or(item.range.end);
            let mut advance = cluster.advance;
            if vertical && &self.text[cluster.start..end] == " " {
                // A word space is as wide in a column as it is in a line.
                let glyph = cluster.glyphs.first().map_or(0, |glyph| u32::from(glyph.id));
                advance = f64::from(font.glyph_h_advance(GlyphId::new(glyph))) * em;
            }
            self.add_cluster(item, index, cluster.start..end, cluster.glyphs, advance);
        }
        let new = first_cluster..self.clusters.len();
        match item.orientation {
            Orientation::Combined => self.combine(new),
            Orientation::Upright => self.turn_what_has_no_vertical_form(new, item, &font),
            Orientation::Horizontal | Orientation::Rotated => {
                if self.style.figures == Figures::Tabular {
                    self.raise_colons(new, item, &font);
                }
            }
        }
        Ok(())
    }

    fn run_shaper(&mut self, item: &Item, font: &ShaperFont<'_, '_>, direction: Direction) {
        let language = match self.style.language {
            PageLanguage::Ja => &JAPANESE,
            PageLanguage::En => &ENGLISH,
        };
        self.buffer.reset();
        for (offset, character) in self.text[item.range.clone()].char_indices() {
            let shown = if character == '\t' { ' ' } else { character };
            self.buffer.push(shown as u32, (item.range.start + offset) as u32);
        }
        self.buffer.set_direction(direction);
        self.buffer.set_script(Some(item.class.script()));
        self.buffer.set_language(language.as_ref().cloned());
        self.buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        let script = Some(item.class.script());
        let plan = item.font.plan(direction, script, language.as_ref(), &self.features);
        let options = ShapeOptions::new().plan(Some(&plan)).features(&self.features);
        let shaped = harfrust::shape(font, &mut self.buffer, options);
        debug_assert!(shaped.is_ok(), "the plan was made for this buffer: {shaped:?}");
    }

    /// What the shaper made, in the order of the text.
    fn drawn_clusters(&self, direction: Direction, em: f64) -> Result<Vec<Drawn>, TextError> {
        let infos = self.buffer.glyph_infos();
        let mut positions = self.buffer.glyph_positions();
        let mut clusters = Vec::with_capacity(infos.len());
        for group in infos.chunk_by(|a, b| a.cluster == b.cluster) {
            let (placed, rest) = positions.split_at(group.len());
            positions = rest;
            let start = group[0].cluster as usize;
            let mut drawn = Drawn { start, advance: 0.0, glyphs: Vec::with_capacity(1) };
            for (info, position) in group.iter().zip(placed) {
                let id = u16::try_from(info.glyph_id).unwrap_or(0);
                if id == 0 {
                    return Err(self.no_glyph(start));
                }
                let x = f64::from(position.x_offset) * em;
                let y = -f64::from(position.y_offset) * em;
                let pen = drawn.advance;
                if direction == Direction::TopToBottom {
                    drawn.glyphs.push(ClusterGlyph { id, x, y: pen + y });
                    drawn.advance -= f64::from(position.y_advance) * em;
                } else {
                    drawn.glyphs.push(ClusterGlyph { id, x: pen + x, y });
                    drawn.advance += f64::from(position.x_advance) * em;
                }
            }
            clusters.push(drawn);
        }
        if direction == Direction::RightToLeft {
            clusters.reverse();
        }
        Ok(clusters)
    }

    fn no_glyph(&self, start: usize) -> TextError {
        let rest = self.text.get(start..).unwrap_or_default();
        let seen = rest.chars().find(|c| !is_default_ignorable(*c));
        TextError::NoGlyph { character: seen.unwrap_or(char::REPLACEMENT_CHARACTER) }
    }

    fn add_cluster(
        &mut self,
        item: &Item,
        index: usize,
        text: Range<usize>,
        glyphs: Vec<ClusterGlyph>,
        advance: f64,
    ) {
        let first = self.glyphs.len();
        self.glyphs.extend(glyphs);
        // Letters that join hands are not set apart.
        let joined = item.level % 2 == 1
            || matches!(item.class, Class::Other(script)
            if script == harfrust::Script::ARABIC || script == harfrust::Script::DEVANAGARI);
        let tracking = if joined || item.is_break { 0.0 } else { self.style.tracking / 1000.0 };
        self.clusters.push(Cluster {
            is_space: item.is_break || self.text[text.clone()].chars().all(char::is_whitespace),
            text,
            item: index,
            glyphs: first..self.glyphs.len(),
            advance: advance + tracking,
            tracking,
            orientation: item.orientation,
            squeeze: 1.0,
            is_cjk: item.class == Class::Cjk
                || item.class == Class::Other(harfrust::Script::HANGUL),
        });
    }

    /// Makes one upright cluster of digits that stand side by side.
    fn combine(&mut self, range: Range<usize>) {
        let Some(last) = self.clusters[range.clone()].last().cloned() else { return };
        let width: f64 = self.clusters[range.clone()].iter().map(|c| c.advance - c.tracking).sum();
        let squeeze = if width > 1.0 { 1.0 / width } else { 1.0 };
        let mut pen = -width / 2.0;
        for cluster in &self.clusters[range.clone()] {
            for glyph in &mut self.glyphs[cluster.glyphs.clone()] {
                glyph.x = (pen + glyph.x) * squeeze;
                glyph.y += EM_ASCENT;
            }
            pen += cluster.advance - cluster.tracking;
        }
        let first = &mut self.clusters[range.start];
        first.text.end = last.text.end;
        first.glyphs.end = last.glyphs.end;
        first.advance = 1.0 + first.tracking;
        first.squeeze = squeeze;
        self.clusters.truncate(range.start + 1);
    }

    /// Brackets and dashes for which the font has no vertical form are turned instead.
    fn turn_what_has_no_vertical_form(
        &mut self,
        range: Range<usize>,
        item: &Item,
        font: &ShaperFont<'_, '_>,
    ) {
        for cluster in &mut self.clusters[range] {
            let mut characters = self.text[cluster.text.clone()].chars();
            let (Some(character), None) = (characters.next(), characters.next()) else { continue };
            let [glyph] = &mut self.glyphs[cluster.glyphs.clone()] else { continue };
            if must_turn(character) && item.font.glyph(character) == Some(glyph.id) {
                let advance = font.glyph_h_advance(GlyphId::new(u32::from(glyph.id)));
                let em = item.scale / item.font.metrics().units_per_em;
                (glyph.x, glyph.y) = (0.0, 0.0);
                cluster.advance = f64::from(advance) * em + cluster.tracking;
                cluster.orientation = Orientation::Rotated;
            }
        }
    }

    /// A colon between figures stands at half their height, not on the baseline.
    fn raise_colons(&mut self, range: Range<usize>, item: &Item, font: &ShaperFont<'_, '_>) {
        let bytes = self.text.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let middle = |id: u16| {
            let extents = font.glyph_extents(GlyphId::new(u32::from(id)))?;
            Some(f64::from(extents.y_bearing) + f64::from(extents.height) / 2.0)
        };
        let Some(figures) = item.font.glyph('0').and_then(middle) else { return };
        let em = item.scale / item.font.metrics().units_per_em;
        for cluster in &self.clusters[range] {
            let start = cluster.text.start;
            let between = start.checked_sub(1).is_some_and(digit) && digit(cluster.text.end);
            if !between || &self.text[cluster.text.clone()] != ":" {
                continue;
            }
            for glyph in &mut self.glyphs[cluster.glyphs.clone()] {
                if let Some(colon) = middle(glyph.id) {
                    glyph.y -= (figures - colon) * em;
                }
            }
        }
    }
}
