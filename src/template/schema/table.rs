//! One declaration gives a table's parser and its documentation.

use std::collections::BTreeMap;

use kanso_page::Language;
use kanso_page::geometry::Mm;
use kanso_text::style::{Align, BlockAlign, Direction, Figures};

/// A table of the format, as the reference tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDoc {
    /// As it is written in the file: `[[text]]`.
    pub heading: &'static str,
    pub doc: &'static str,
    pub fields: Vec<FieldDoc>,
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDoc {
    pub name: &'static str,
    /// What may stand to the right of the equals sign.
    pub kind: String,
    pub required: bool,
    pub doc: &'static str,
}

/// A type that has a table in the reference.
pub trait Tabled {
    fn table() -> TableDoc;
}

/// A type that can stand to the right of an equals sign.
pub trait Kind {
    /// How the reference describes it.
    fn kind() -> String;
    const OPTIONAL: bool = false;
}

/// Declares a table: a strict serde struct, and its [`Tabled`] documentation, from the
/// same lines. `placed` adds the fields that everything on the page has.
macro_rules! table {
    (
        $(#[doc = $about:literal])+
        placed $name:ident, $heading:literal {
            $($body:tt)*
        }
    ) => {
        table! {
            $(#[doc = $about])+
            $name, $heading {
                /// Left edge, from the trim's left. Negative values reach into the bleed.
                x: Mm,
                /// Top edge, from the trim's top.
                y: Mm,
                /// Width.
                width: Mm,
                /// Height.
                height: Mm,
                /// Drawn only where all of these hold: a field that the runner has, or with
                /// `!` in front, lacks (`when = ["rank_sex", "!photo"]`).
                #[serde(default)]
                when: Conditions,
                /// Drawn only in this language.
                only: Option<Language>,
                /// What is drawn over what: higher over lower; equal ones in the order
                /// artwork, photo, shape, frame, line, chart, splits, sponsors, logo, text,
                /// facts, qr, seal. Default 0.
                #[serde(default)]
                layer: i32,
                $($body)*
            }
        }
        impl Placement for $name {
            fn place(&self) -> crate::schema::item::Place<'_> {
                crate::schema::item::Place {
                    x: self.x,
                    y: self.y,
                    width: self.width,
                    height: self.height,
                    when: &self.when,
                    only: self.only,
                    layer: self.layer,
                }
            }
        }
    };
    (
        $(#[doc = $about:literal])+
        $(#[derive($derive:ident)])?
        $name:ident, $heading:literal {
            $(
                $(#[doc = $doc:literal])+
                $(#[serde($($serde:tt)+)])?
                $field:ident : $kind:ty,
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, $($derive,)? serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $doc])+
                $(#[serde($($serde)+)])?
                pub $field: $kind,
            )+
        }
        impl crate::schema::Tabled for $name {
            fn table() -> crate::schema::TableDoc {
                use crate::schema::{FieldDoc, Kind, TableDoc};
                TableDoc {
                    heading: $heading,
                    doc: concat!($($about, "\n"),+),
                    fields: vec![$(
                        FieldDoc {
                            name: stringify!($field),
                            kind: <$kind as Kind>::kind(),
                            required: !(<$kind as Kind>::OPTIONAL $(|| stringify!($($serde)+).contains("default"))?),
                            doc: concat!($($doc, "\n"),+),
                        },
                    )+],
                }
            }
        }
    };
}

macro_rules! kinds {
    ($($kind:ty => $description:literal),+ $(,)?) => {
        $(
            impl crate::schema::Kind for $kind {
                fn kind() -> String {
                    $description.to_owned()
                }
            }
        )+
    };
}

kinds! {
    bool => "true or false",
    u8 => "whole number",
    u32 => "whole number",
    i32 => "whole number",
    usize => "whole number",
    f64 => "number",
    String => "text",
    Mm => "mm",
    Language => "`\"ja\"` or `\"en\"`",
    Direction => "`\"horizontal\"` or `\"vertical\"`",
    Align => "`\"start\"`, `\"center\"`, `\"end\"` or `\"distribute\"`",
    BlockAlign => "`\"start\"`, `\"center\"`, `\"end\"` or `\"baseline\"`",
    Figures => "`\"proportional\"` or `\"tabular\"`",
}

impl<T: Kind> Kind for Option<T> {
    fn kind() -> String {
        T::kind()
    }
    const OPTIONAL: bool = true;
}

impl<T: Kind> Kind for Vec<T> {
    fn kind() -> String {
        format!("list of {}", T::kind())
    }
}

impl<T: Kind> Kind for [T; 2] {
    fn kind() -> String {
        format!("two of {}", T::kind())
    }
}

impl<T: Kind> Kind for BTreeMap<String, T> {
    fn kind() -> String {
        format!("table of name = {}", T::kind())
    }
}
