//! The format of `template.toml`. Each table is written once, below: the parser, the
//! documentation and `kanso template reference` all come from the same lines.

#[macro_use]
mod table;
mod item;
mod page;
mod run;
mod words;

pub use item::{
    Anchor, Chart, Fact, Facts, Frame, Line, Logo, Motif, Photo, PhotoFit, Place, Placement, Qr,
    Seal, Shape, ShapeKind, SplitColumn, SplitColumnKind, Splits, Sponsors, Tone,
};
pub use page::{Artwork, ArtworkFit, Page, Paper, Pixels, Template};
pub use run::{Style, StyleRef, Text};
pub use table::{FieldDoc, Kind, TableDoc, Tabled};
pub use words::{ColorBase, ColorRef, Condition, Conditions, Gradient, PaintRef, Toward, Words};

/// Every table of the format, in the order in which the reference lists them.
pub fn tables() -> Vec<TableDoc> {
    vec![
        Template::table(),
        Page::table(),
        Pixels::table(),
        Style::table(),
        Artwork::table(),
        Text::table(),
        Facts::table(),
        Fact::table(),
        Photo::table(),
        Shape::table(),
        Line::table(),
        Frame::table(),
        Splits::table(),
        SplitColumn::table(),
        Chart::table(),
        Sponsors::table(),
        Logo::table(),
        Qr::table(),
        Seal::table(),
        Gradient::table(),
    ]
}
