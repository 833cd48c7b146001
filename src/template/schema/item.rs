//! What stands on the page beside text.

use kanso_page::Language;
use kanso_page::geometry::{Mm, Rect};

use super::run::StyleRef;
use super::words::{ColorRef, Conditions, PaintRef, Words};

/// Where and when an item is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub x: Mm,
    pub y: Mm,
    pub width: Mm,
    pub height: Mm,
    pub when: &'a Conditions,
    pub only: Option<Language>,
    pub layer: i32,
}

impl Place<'_> {
    pub fn rect(&self) -> Rect {
        Rect::new(self.x.into(), self.y.into(), self.width.into(), self.height.into())
    }
}

/// Something with a box on the page.
pub trait Placement {
    fn place(&self) -> Place<'_>;
}

table! {
    /// A slot that a photo fills.
    placed Photo, "[[photo]]" {
        /// Name of the slot. Default `"main"`.
        #[serde(default = "main_slot")]
        id: String,
        /// Whether the photo covers the slot or stands in it as a whole. Default `"cover"`.
        #[serde(default)]
        fit: PhotoFit,
        /// Radius of the corners. Default 0.
        #[serde(default)]
        corner_radius: Mm,
        /// Where in the slot the runner's eyes should come to stand, as fractions of its
        /// width and height. Default `[0.5, 0.33]`.
        #[serde(default = "eyes")]
        focus: [f64; 2],
        /// Fewest pixels to the inch that print well; below it the record carries a
        /// warning. Default 300.
        #[serde(default = "print_ppi")]
        min_ppi: f64,
    }
}

table! {
    /// A rectangle or an ellipse.
    placed Shape, "[[shape]]" {
        /// Form. Default `"rect"`.
        #[serde(default)]
        kind: ShapeKind,
        /// Radius of the corners. Default 0.
        #[serde(default)]
        corner_radius: Mm,
        /// Inside; a colour or a gradient.
        fill: Option<PaintRef>,
        /// Outline.
        stroke: Option<ColorRef>,
        /// Width of the outline in points. Default 0.5.
        #[serde(default = "hairline")]
        weight: f64,
    }
}

table! {
    /// A rule from the box's top-left to its bottom-right corner; for an upright or level
    /// one, `width` or `height` is 0.
    placed Line, "[[line]]" {
        /// Colour. Default `"ink"`.
        #[serde(default = "ink")]
        color: ColorRef,
        /// Width in points. Default 0.5.
        #[serde(default = "hairline")]
        weight: f64,
        /// Lengths of dashes and gaps, in points. Default none.
        #[serde(default)]
        dash: Vec<f64>,
    }
}

table! {
    /// An ornamental border inside the box, made of one motif, with a plain inner rule.
    placed Frame, "[[frame]]" {
        /// What the border is made of.
        motif: Motif,
        /// Width of the border.
        band: Mm,
        /// Colour. Default `"accent"`.
        #[serde(default = "accent")]
        color: ColorRef,
        /// Width of the motif's lines in points. Default 0.35.
        #[serde(default = "fine")]
        weight: f64,
    }
}

table! {
    /// A list of label and value, one row each. Rows without a value are left out and the
    /// others close up.
    placed Facts, "[[facts]]" {
        /// The rows, in order.
        rows: Vec<Fact>,
        /// Height of a row; the rows must fit the box.
        row_height: Mm,
        /// Width of the labels.
        label_width: Mm,
        /// Style of the labels.
        label_style: StyleRef,
        /// Style of the values.
        value_style: StyleRef,
        /// Which end of the box the rows gather at. Default `"top"`.
        #[serde(default)]
        anchor: Anchor,
        /// Colour of the hairlines between rows. Default none.
        rule: Option<ColorRef>,
    }
}

table! {
    /// One row.
    Fact, "rows = [{ … }]" {
        /// What it is.
        label: Words,
        /// The value; without its fields the row is left out.
        value: Words,
        /// Shown only where all of these hold.
        #[serde(default)]
        when: Conditions,
    }
}

table! {
    /// The runner's splits as a table, one row each, with a last row for the finish.
    placed Splits, "[[splits]]" {
        /// The columns, from left to right.
        columns: Vec<SplitColumn>,
        /// Height of a row; made smaller, down to `min_row_height`, where there are many.
        row_height: Mm,
        /// Smallest height of a row; with it the table refuses more rows. Default 4.
        #[serde(default = "least_row")]
        min_row_height: Mm,
        /// Style of the heads.
        head_style: StyleRef,
        /// Style of the cells.
        cell_style: StyleRef,
        /// Colour of the hairlines under the rows. Default `"ink 15%"`.
        #[serde(default = "faint")]
        rule: ColorRef,
    }
}

table! {
    /// A column of the table of splits.
    SplitColumn, "columns = [{ … }]" {
        /// What it shows.
        kind: SplitColumnKind,
        /// Width.
        width: Mm,
        /// Its head. Default: the usual word.
        head: Option<Words>,
    }
}

table! {
    /// Pace by split: one line and a tint below it; faster is higher.
    placed Chart, "[[chart]]" {
        /// Colour of the line. Default `"accent"`.
        #[serde(default = "accent")]
        color: ColorRef,
        /// Width of the line in points. Default 1.2.
        #[serde(default = "chart_line")]
        weight: f64,
        /// Colour of the area. Default `"tint"`.
        #[serde(default = "tint")]
        area: ColorRef,
        /// Style of the labels at its ends.
        label_style: StyleRef,
    }
}

table! {
    /// The race's sponsors in one strip, at one height, evenly spaced.
    placed Sponsors, "[[sponsors]]" {
        /// All in one grey, or as they are. Default `"grey"`.
        #[serde(default)]
        tone: Tone,
        /// Least space between two. Default 6.
        #[serde(default = "gap")]
        gap: Mm,
    }
}

table! {
    /// The race's logo, as large as the box allows.
    placed Logo, "[[logo]]" {
        /// All in one grey, or as it is. Default `"full"`.
        #[serde(default = "full")]
        tone: Tone,
        /// Where in the box, across: 0 left, 1 right. Default 0.
        #[serde(default)]
        across: f64,
        /// Where in the box, down: 0 top, 1 bottom. Default 0.
        #[serde(default)]
        down: f64,
    }
}

table! {
    /// A QR code as vectors, with its quiet zone of four modules inside the box.
    placed Qr, "[[qr]]" {
        /// What it says. Default `"{verification_url}"`.
        #[serde(default = "verification")]
        value: Words,
        /// Colour of the modules. Default `"ink"`.
        #[serde(default = "ink")]
        color: ColorRef,
        /// Colour below them. Default none: the paper.
        background: Option<ColorRef>,
    }
}

table! {
    /// The organiser's seal: the race's file, or one drawn from `value`.
    placed Seal, "[[seal]]" {
        /// Characters of a drawn seal, in columns from the right. Default none: without a
        /// file there is no seal.
        value: Option<Words>,
        /// Colour. Default `"seal"`, vermilion.
        #[serde(default = "vermilion")]
        color: ColorRef,
        /// Font chain of a drawn seal. Default `"mincho"`.
        #[serde(default = "mincho")]
        font: String,
    }
}

/// How a photo fills its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhotoFit {
    #[default]
    Cover,
    Contain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShapeKind {
    #[default]
    Rect,
    Ellipse,
}

/// What an ornamental border is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Motif {
    /// 青海波: overlapping waves.
    Seigaiha,
    /// 雷文: angular spirals.
    Raimon,
    /// Two laurel branches in each corner, and a double rule.
    Laurel,
}

/// Which end of its box a list gathers at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    #[default]
    Top,
    Bottom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitColumnKind {
    /// The point's name.
    Label,
    /// Time since the gun.
    Elapsed,
    /// Time since the point before.
    Lap,
    /// Pace since the point before.
    Pace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    #[default]
    Grey,
    Full,
}

fn main_slot() -> String {
    "main".to_owned()
}

fn eyes() -> [f64; 2] {
    [0.5, 0.33]
}

fn print_ppi() -> f64 {
    300.0
}

fn hairline() -> f64 {
    0.5
}

fn fine() -> f64 {
    0.35
}

fn chart_line() -> f64 {
    1.2
}

fn least_row() -> Mm {
    Mm(4.0)
}

fn gap() -> Mm {
    Mm(6.0)
}

fn full() -> Tone {
    Tone::Full
}

fn ink() -> ColorRef {
    ColorRef::named("ink")
}

fn accent() -> ColorRef {
    ColorRef::named("accent")
}

fn tint() -> ColorRef {
    ColorRef::named("tint")
}

fn vermilion() -> ColorRef {
    ColorRef::named("seal")
}

fn faint() -> ColorRef {
    ColorRef { tint: 0.15, ..ColorRef::named("ink") }
}

fn mincho() -> String {
    "mincho".to_owned()
}

fn verification() -> Words {
    let pattern = crate::pattern::Pattern::field("verification_url");
    Words { ja: Some(pattern.clone()), en: Some(pattern) }
}

kinds! {
    PhotoFit => "`\"cover\"` or `\"contain\"`",
    ShapeKind => "`\"rect\"` or `\"ellipse\"`",
    Motif => "`\"seigaiha\"`, `\"raimon\"` or `\"laurel\"`",
    Anchor => "`\"top\"` or `\"bottom\"`",
    SplitColumnKind => "`\"label\"`, `\"elapsed\"`, `\"lap\"` or `\"pace\"`",
    Tone => "`\"grey\"` or `\"full\"`",
    Photo => "`[[photo]]`",
    Shape => "`[[shape]]`",
    Line => "`[[line]]`",
    Frame => "`[[frame]]`",
    Facts => "`[[facts]]`",
    Fact => "`{ label, value, when }`",
    Splits => "`[[splits]]`",
    SplitColumn => "`{ kind, width, head }`",
    Chart => "`[[chart]]`",
    Sponsors => "`[[sponsors]]`",
    Logo => "`[[logo]]`",
    Qr => "`[[qr]]`",
    Seal => "`[[seal]]`",
}
