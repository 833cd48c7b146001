//! Sets a text into a frame.

use kanso_page::GlyphRun;
use kanso_page::geometry::{Point, Pt, Rect, Size};

use super::library::FontLibrary;
use super::style::TextStyle;
use super::{fit, itemise, lines, place, shape};

/// Text, set: runs at points relative to the frame's top-left corner.
#[derive(Debug, Clone)]
pub struct Block {
    pub runs: Vec<(Point, GlyphRun)>,
    /// What the lines occupy (advance widths by line heights), in the frame.
    pub bounds: Rect,
    /// The size that it was set at, after shrinking.
    pub size: Pt,
    /// 1.0 unless condensed.
    pub horizontal_scale: f64,
    pub lines: usize,
}

/// Why a text could not be set. All are for a person to settle.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TextError {
    #[error("no font has {character:?} (U+{:04X}); add a font that has it to the template", *character as u32)]
    NoGlyph { character: char },
    #[error(
        "no font has the variant U+{:04X} U+{:04X} of {base:?}; add a font that has it to the template, or print the plain character",
        *base as u32, *selector as u32
    )]
    NoVariation { base: char, selector: char },
    #[error("no font chain is named {chain:?}; the chains are {known}")]
    NoChain { chain: String, known: String },
    #[error(
        "the text needs {needed_mm:.1} mm at its smallest size, and its frame has {frame_mm:.1} mm; shorten it or give it more room"
    )]
    Overflow { needed_mm: f64, frame_mm: f64 },
}

/// Sets `text` into a frame of `frame`'s size, the door of this room.
///
/// Line breaks in `text` are kept. Space at the end of a line hangs over it. A text of
/// nothing but space gives an empty block.
pub fn set(
    fonts: &FontLibrary,
    text: &str,
    style: &TextStyle,
    frame: Size,
) -> Result<Block, TextError> {
    let chain = fonts.chain(&style.chain)?;
    if text.trim().is_empty() {
        return Ok(Block {
            runs: Vec::new(),
            bounds: Rect::default(),
            size: style.size,
            horizontal_scale: 1.0,
            lines: 0,
        });
    }
    let items = itemise::itemise(chain, text, style)?;
    let shaped = shape::shape(text, items, style)?;
    let segments = lines::segments(text, &shaped.clusters, style.overflow.wrap);
    let fit = fit::fit(&segments, style, frame)?;
    Ok(place::place(text, &shaped, &fit, style, frame))
}
