//! Text boxes and the styles they are set in.

use std::fmt;

use kanso_page::Language;
use kanso_page::geometry::Mm;
use kanso_text::style::{Align, BlockAlign, Direction, Figures};
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};

use super::item::Placement;
use super::words::{ColorRef, Conditions, Words};

table! {
    /// How text is set. What a style leaves out it takes from the style that it extends,
    /// and at last from the defaults given here.
    #[derive(Default)]
    Style, "[styles.NAME]" {
        /// The style that this one builds on.
        extends: Option<String>,
        /// Font chain: `gothic`, `gothic-bold`, `mincho`, `display`, or one of `[fonts]`.
        /// Default `"gothic"`.
        font: Option<String>,
        /// Size in points. Default 9.
        size: Option<f64>,
        /// Smallest size that may be printed, in points. Default 70 % of `size`.
        min_size: Option<f64>,
        /// Colour. Default `"ink"`.
        color: Option<ColorRef>,
        /// Letterspacing in thousandths of an em. Default 0.
        tracking: Option<f64>,
        /// Baseline to baseline in ems. Default 1.5.
        leading: Option<f64>,
        /// Writing direction. Default `"horizontal"`.
        direction: Option<Direction>,
        /// Along the line; `distribute` is 均等割り付け. Default `"start"`.
        align: Option<Align>,
        /// Across the lines; `baseline` puts the first baseline on the box's bottom edge.
        /// Default `"start"`.
        block_align: Option<BlockAlign>,
        /// Most lines. Default 1.
        max_lines: Option<usize>,
        /// Whether text that is too long is made smaller, down to `min_size`. Default true.
        shrink: Option<bool>,
        /// Smallest width of letters, 0.85 to 1 of the font's own. Default 0.85.
        condense: Option<f64>,
        /// Whether lines may be broken, up to `max_lines`. Default: where `max_lines` is
        /// above 1.
        wrap: Option<bool>,
        /// Width of digits. Default `"proportional"`.
        figures: Option<Figures>,
        /// In vertical text, numbers of at most this many digits stand upright
        /// (縦中横). Default 2.
        upright_digits: Option<usize>,
        /// Language of the text, for the choice of glyph forms. Default: the certificate's.
        language: Option<Language>,
        /// Whether the text is printed over what is below it instead of being cut out of
        /// it. Default: black text below 24 pt.
        overprint: Option<bool>,
    }
}

/// A style by name, or one written on the spot.
#[derive(Debug, Clone)]
pub enum StyleRef {
    Named(String),
    Inline(Box<Style>),
}

impl<'de> Deserialize<'de> for StyleRef {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = StyleRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a style's name, or a table such as { extends = \"label\", size = 7 }")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<StyleRef, E> {
                Ok(StyleRef::Named(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<StyleRef, A::Error> {
                Style::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|style| StyleRef::Inline(Box::new(style)))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

table! {
    /// A box of text. It is left out where a field that its text names does not exist.
    placed Text, "[[text]]" {
        /// The text, with fields in braces: `"{name}"`, `"{gun_time:clock}"`. `{{` and `}}`
        /// are braces.
        value: Words,
        /// A named style, or one written here: `{ extends = "label", size = 7 }`.
        style: StyleRef,
    }
}

kinds! {
    Style => "`[styles.NAME]`",
    StyleRef => "style name, or `{ extends = …, … }`",
    Text => "`[[text]]`",
}
