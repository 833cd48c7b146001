//! How a text is to look, before anyone knows whether it fits.

use kanso_page::Language;
use kanso_page::Paint;
use kanso_page::geometry::Pt;

/// Everything that decides how one field's text is set.
#[derive(Debug, Clone)]
pub struct TextStyle {
    /// A chain of the font library: `gothic`, `gothic-bold`, `mincho`, `mincho-bold`,
    /// `display`, or one that the template brings.
    pub chain: String,
    /// The size wanted, and the smallest that still may be printed.
    pub size: Pt,
    pub min_size: Pt,
    /// Letterspacing, in thousandths of an em.
    pub tracking: f64,
    /// Baseline to baseline, in ems.
    pub leading: f64,
    pub direction: Direction,
    pub align: Align,
    /// Across the lines: where the block stands in its frame.
    pub block_align: BlockAlign,
    pub language: Language,
    pub overflow: Overflow,
    /// At most this many lines; 1 never wraps.
    pub max_lines: usize,
    pub figures: Figures,
    /// Digits of at most this many stand upright side by side in vertical text
    /// (tate-chu-yoko); 0 rotates them all.
    pub upright_digits: usize,
    pub paint: Paint,
    pub overprint: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    #[default]
    Horizontal,
    /// 縦書き: top to bottom, columns from right to left.
    Vertical,
}

/// Along the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    #[default]
    Start,
    Center,
    End,
    /// 均等割り付け: short Japanese text spread over the whole measure.
    Distribute,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockAlign {
    #[default]
    Start,
    Center,
    End,
    /// The first line's baseline stands on the frame's bottom edge (horizontal text).
    Baseline,
}

/// What may be done before a text is refused.
///
/// The text takes the largest size, from `size` down to `min_size`, at which it fits in one
/// of the numbers of lines that are allowed. One line is preferred to several, and breaks
/// between words to breaks within them, while that costs at most a fifth of the size. Only
/// a text that fits at no size is condensed, at the smallest; vertical text never is. Frames
/// bound the lines across as well, but for [`BlockAlign::Baseline`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overflow {
    /// Whether the size may fall to `min_size`.
    pub shrink: bool,
    /// Smallest horizontal scale, 0.85 to 1.0; 1.0 never condenses.
    pub condense_to: f64,
    /// Whether lines may be broken, up to `max_lines`.
    pub wrap: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figures {
    #[default]
    Proportional,
    /// All digits of one width (`tnum`), colons raised between them where the font can.
    Tabular,
}
