//! Cuts a text into stretches of one font, one script and one direction.

use std::ops::Range;
use std::sync::Arc;

use kanso_page::font::Font;
use unicode_bidi::BidiInfo;
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::class::{Class, classes};
use super::library::{Chain, Role};
use super::set::TextError;
use super::style::{Direction, TextStyle};
use super::vertical::{self, Orientation};

/// A stretch that is shaped at once.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Bytes of the text.
    pub range: Range<usize>,
    pub font: Arc<Font>,
    /// Of the size asked for: Latin beside CJK is a little larger.
    pub scale: f64,
    pub class: Class,
    /// Bidirectional embedding level; odd is right to left.
    pub level: u8,
    pub orientation: Orientation,
    /// A line break, which has no glyph.
    pub is_break: bool,
}

/// Fields of up to this many CJK characters take one face throughout where one has them all.
const ONE_FACE: usize = 24;

pub(super) fn itemise(
    chain: &Chain,
    text: &str,
    style: &TextStyle,
) -> Result<Vec<Item>, TextError> {
    let (starts, graphemes): (Vec<usize>, Vec<&str>) = text.grapheme_indices(true).unzip();
    let mut classes = classes(&graphemes, style.language);
    let orientations = match style.direction {
        Direction::Horizontal => vec![Orientation::Horizontal; graphemes.len()],
        Direction::Vertical => {
            vertical::orientations(&graphemes, &mut classes, style.upright_digits)
        }
    };
    let levels = levels(text);
    let fonts = choose_fonts(chain, &graphemes, &classes)?;
    let has_cjk = classes.contains(&Class::Cjk);

    let mut items: Vec<Item> = Vec::new();
    for (at, grapheme) in graphemes.iter().enumerate() {
        let start = starts[at];
        let item = Item {
            range: start..start + grapheme.len(),
            font: Arc::clone(fonts[at]),
            scale: scale(fonts[at], classes[at], has_cjk),
            class: classes[at],
            level: levels.as_ref().map_or(0, |levels| levels[start]),
            orientation: orientations[at],
            is_break: is_line_break(grapheme),
        };
        match items.last_mut() {
            Some(last) if last.joins(&item) => last.range.end = item.range.end,
            _ => items.push(item),
        }
    }
    Ok(items)
}

/// The graphemes that no font of the chain can set, each once, in the order of the text.
pub(super) fn missing(chain: &Chain, text: &str) -> Vec<String> {
    let graphemes: Vec<&str> = text.graphemes(true).collect();
    let classes = classes(&graphemes, kanso_page::Language::Ja);
    let mut missing: Vec<String> = Vec::new();
    for (grapheme, class) in graphemes.iter().zip(classes) {
        if find_font(chain, grapheme, class).is_none()
            && !missing.iter().any(|known| known == grapheme)
        {
            missing.push((*grapheme).to_owned());
        }
    }
    missing
}

impl Item {
    fn joins(&self, next: &Self) -> bool {
        Arc::ptr_eq(&self.font, &next.font)
            && self.class == next.class
            && self.level == next.level
            && self.orientation == next.orientation
            && !self.is_break
            && !next.is_break
    }
}

fn is_line_break(grapheme: &str) -> bool {
    matches!(
        grapheme,
        "\n" | "\r" | "\r\n" | "\u{b}" | "\u{c}" | "\u{85}" | "\u{2028}" | "\u{2029}"
    )
}

/// Embedding levels by byte, or none where all is left to right. 様 and 殿 stand after the whole
/// name, whatever its direction: they are no part of it.
fn levels(text: &str) -> Option<Vec<u8>> {
    const HONORIFICS: [&str; 2] = ["\u{3000}様", "\u{3000}殿"];
    if let Some(name) = HONORIFICS.iter().find_map(|honorific| text.strip_suffix(honorific)) {
        let mut levels = levels(name)?;
        levels.resize(text.len(), 0);
        return Some(levels);
    }
    let directional = |c: char| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    text.chars()
        .any(directional)
        .then(|| BidiInfo::new(text, None).levels.iter().map(unicode_bidi::Level::number).collect())
}

/// Latin is drawn smaller on its em than kanji are; beside them it is set 3 to 5 % larger,
/// so that both look one size. A font that has kanji of its own needs no help.
fn scale(font: &Font, class: Class, has_cjk: bool) -> f64 {
    const CJK_LOOKS: f64 = 0.76;
    match class {
        Class::Latin(_) if has_cjk && !font.has('永') => {
            (CJK_LOOKS / font.metrics().cap_height).clamp(1.03, 1.05)
        }
        _ => 1.0,
    }
}

fn choose_fonts<'c>(
    chain: &'c Chain,
    graphemes: &[&str],
    classes: &[Class],
) -> Result<Vec<&'c Arc<Font>>, TextError> {
    let mut fonts = Vec::with_capacity(graphemes.len());
    for (grapheme, &class) in graphemes.iter().zip(classes) {
        fonts.push(find_font(chain, grapheme, class).ok_or_else(|| refusal(chain, grapheme))?);
    }
    one_face_for_a_name(chain, graphemes, classes, &mut fonts);
    Ok(fonts)
}

/// A name of which one kanji is only in a later font is set throughout in the first font
/// that has all of it: 𠮷 in mincho beside 田 in gothic looks like a fault.
fn one_face_for_a_name<'c>(
    chain: &'c Chain,
    graphemes: &[&str],
    classes: &[Class],
    fonts: &mut [&'c Arc<Font>],
) {
    let cjk = || (0..graphemes.len()).filter(|&at| classes[at] == Class::Cjk);
    let Some(first) = cjk().next().map(|at| fonts[at]) else { return };
    if cjk().nth(ONE_FACE).is_some() {
        return;
    }
    if cjk().all(|at| Arc::ptr_eq(fonts[at], first)) {
        return;
    }
    let has_all = |font: &&Arc<Font>| cjk().all(|at| covers(font, graphemes[at]));
    if let Some(face) = chain.fonts().find(has_all) {
        cjk().for_each(|at| fonts[at] = face);
    }
}

fn find_font<'c>(chain: &'c Chain, grapheme: &str, class: Class) -> Option<&'c Arc<Font>> {
    let role = match class {
        Class::Latin(_) => Role::Latin,
        Class::Cjk => Role::Cjk,
        Class::Other(_) => Role::Script,
    };
    let of_role = chain.fonts.iter().filter(|(_, of)| *of == role);
    let others = chain.fonts.iter().filter(|(_, of)| *of != role);
    of_role.chain(others).map(|(font, _)| font).find(|font| covers(font, grapheme))
}

/// Whether the font can set the whole grapheme, as written or as its (de)composed equal.
fn covers(font: &Font, grapheme: &str) -> bool {
    if is_line_break(grapheme) || has_all(font, grapheme.chars()) {
        return true;
    }
    let mut characters = grapheme.chars();
    // One character has one composed form: itself.
    let composed = characters.next().is_some() && characters.next().is_some();
    (composed && has_all(font, grapheme.nfc())) || has_all(font, grapheme.nfd())
}

fn has_all(font: &Font, characters: impl Iterator<Item = char>) -> bool {
    let mut base = None;
    for character in characters {
        let has = match character {
            _ if names_a_variant(character) => {
                base.is_some_and(|base| font.has_variation(base, character))
            }
            _ if is_default_ignorable(character) => true,
            '\t' => font.has(' '),
            // Shaping makes the fixed spaces from the word space.
            '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{a0}' => {
                font.has(character) || font.has(' ')
            }
            // The non-breaking hyphen is a hyphen.
            '\u{2011}' => font.has(character) || font.has('\u{2010}'),
            _ => font.has(character),
        };
        if !has {
            return false;
        }
        base = Some(character);
    }
    true
}

/// Selectors that ask for another glyph of a kanji. (U+FE0E and U+FE0F only ask for text or
/// picture style.)
fn names_a_variant(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}')
}

/// Characters that are not meant to be seen, for which no glyph is wanted.
pub(super) fn is_default_ignorable(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Says what is wrong with a grapheme that no font covers.
pub(super) fn refusal(chain: &Chain, grapheme: &str) -> TextError {
    let nowhere = |&character: &char| {
        !names_a_variant(character)
            && !chain.fonts.iter().any(|(font, _)| has_all(font, std::iter::once(character)))
    };
    if let Some(character) = grapheme.chars().find(nowhere) {
        return TextError::NoGlyph { character };
    }
    let mut base = None;
    for character in grapheme.chars() {
        if let (Some(base), true) = (base, names_a_variant(character)) {
            return TextError::NoVariation { base, selector: character };
        }
        base = Some(character);
    }
    // Each character is somewhere, but no one font has them all: name the mark.
    let marked = grapheme.chars().rev().find(|c| !is_default_ignorable(*c));
    TextError::NoGlyph { character: marked.unwrap_or(char::REPLACEMENT_CHARACTER) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honorific_stands_after_the_whole_name_whatever_its_direction() {
        let name = "علي 7 Lee";
        let levels = levels(&format!("{name}\u{3000}様")).unwrap();
        let (of_name, after) = levels.split_at(name.len());
        // What is above the level of the page is turned as one, and the rest stays to its right.
        assert!(of_name.iter().all(|level| *level >= 1) && after.iter().all(|level| *level == 0));
        assert_eq!(super::levels("Mia Orr\u{3000}様"), None);
    }
}
