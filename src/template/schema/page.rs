//! The file itself, its page and its artwork.

use std::collections::BTreeMap;

use kanso_page::Language;
use kanso_page::geometry::{Mm, Pt, Size};

use super::item::{Chart, Facts, Frame, Line, Logo, Photo, Qr, Seal, Shape, Splits, Sponsors};
use super::run::{Style, Text};
use super::words::{ColorRef, Conditions, Words};

table! {
    /// The top of `template.toml`. Boxes are in millimetres from the trim's top-left corner,
    /// sizes of type in points.
    Template, "template.toml" {
        /// Version of this format; 1.
        format: u32,
        /// What the template is called, for people.
        name: Words,
        /// Document title of the certificate.
        title: Words,
        /// The page.
        page: Page,
        /// Colours by name, over the built-in `ink`, `grey`, `paper`, `accent`, `tint` and
        /// `seal`. The race's accent wins over the template's; `tint` follows the accent
        /// unless it is named here.
        #[serde(default)]
        palette: BTreeMap<String, ColorRef>,
        /// Font chains by name: each a list of font files in the template's folder or of
        /// bundled chains (`gothic`, `gothic-bold`, `mincho`, `display`), searched in order.
        #[serde(default)]
        fonts: BTreeMap<String, Vec<String>>,
        /// Text styles by name, for `style = "name"`.
        #[serde(default)]
        styles: BTreeMap<String, Style>,
        /// Files drawn at full bleed size.
        #[serde(default)]
        artwork: Vec<Artwork>,
        /// Boxes of text.
        #[serde(default)]
        text: Vec<Text>,
        /// Lists of label and value; rows without a value close up.
        #[serde(default)]
        facts: Vec<Facts>,
        /// Slots for photos.
        #[serde(default)]
        photo: Vec<Photo>,
        /// Rectangles and ellipses.
        #[serde(default)]
        shape: Vec<Shape>,
        /// Rules.
        #[serde(default)]
        line: Vec<Line>,
        /// Ornamental borders, drawn from a motif.
        #[serde(default)]
        frame: Vec<Frame>,
        /// Tables of splits.
        #[serde(default)]
        splits: Vec<Splits>,
        /// Charts of pace by split.
        #[serde(default)]
        chart: Vec<Chart>,
        /// Strips of the race's sponsors.
        #[serde(default)]
        sponsors: Vec<Sponsors>,
        /// The race's logo.
        #[serde(default)]
        logo: Vec<Logo>,
        /// QR codes.
        #[serde(default)]
        qr: Vec<Qr>,
        /// The organiser's seal (印影).
        #[serde(default)]
        seal: Vec<Seal>,
    }
}

table! {
    /// Size and colour of the page. One of `paper`, `width` with `height`, or `pixels`.
    Page, "[page]" {
        /// A named paper, portrait unless it ends in `-landscape`.
        paper: Option<Paper>,
        /// Width after the knife.
        width: Option<Mm>,
        /// Height after the knife.
        height: Option<Mm>,
        /// For screens: the size in pixels.
        pixels: Option<Pixels>,
        /// How far colour and artwork reach beyond the trim, on every side. Default 3.
        #[serde(default = "bleed")]
        bleed: Mm,
        /// How far text keeps inside the trim; `check` warns of what does not. Default 5.
        #[serde(default = "safe")]
        safe: Mm,
        /// Colour of the page. Default `"paper"`, which prints nothing.
        #[serde(default = "paper")]
        background: ColorRef,
    }
}

table! {
    /// The page of an image for screens, which has no bleed.
    Pixels, "pixels = { … }" {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Pixels to the inch, which say how large type of a given point size is. Default 300.
        #[serde(default = "screen_ppi")]
        ppi: f64,
    }
}

table! {
    /// A file of the template's folder that covers the page, bleed included: SVG (stays
    /// vector; text as outlines), PNG or JPEG.
    Artwork, "[[artwork]]" {
        /// File name.
        file: String,
        /// Drawn only where all of these hold.
        #[serde(default)]
        when: Conditions,
        /// Drawn only in this language.
        only: Option<Language>,
        /// See the other items. Default 0.
        #[serde(default)]
        layer: i32,
        /// What to do with artwork of another shape than the page's. Default `"stretch"`
        /// within 1 %; `check` names artwork beyond it.
        #[serde(default)]
        fit: ArtworkFit,
        /// Whether it is part of pre-printed paper, left out where artwork is switched off.
        /// Default true.
        #[serde(default = "yes")]
        preprinted: bool,
    }
}

/// How artwork of another shape than the page's is laid on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArtworkFit {
    #[default]
    Stretch,
    /// Covers the page, and is cut at its edges.
    Cover,
}

/// Papers with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    A4,
    A4Landscape,
    A5,
    A5Landscape,
    /// JIS B5.
    B5,
    B5Landscape,
    Letter,
    LetterLandscape,
    /// ハガキ
    Postcard,
    PostcardLandscape,
    L,
    LLandscape,
    #[serde(rename = "2l")]
    TwoL,
    #[serde(rename = "2l-landscape")]
    TwoLLandscape,
    Kg,
    KgLandscape,
    #[serde(rename = "6x8in")]
    SixByEight,
    #[serde(rename = "6x8in-landscape")]
    SixByEightLandscape,
}

impl Paper {
    /// Width and height in millimetres.
    pub fn size(self) -> (f64, f64) {
        let turned = |(width, height)| (height, width);
        match self {
            Self::A4 => (210.0, 297.0),
            Self::A5 => (148.0, 210.0),
            Self::B5 => (182.0, 257.0),
            Self::Letter => (215.9, 279.4),
            Self::Postcard => (100.0, 148.0),
            Self::L => (89.0, 127.0),
            Self::TwoL => (127.0, 178.0),
            Self::Kg => (102.0, 152.0),
            Self::SixByEight => (152.4, 203.2),
            Self::A4Landscape => turned(Self::A4.size()),
            Self::A5Landscape => turned(Self::A5.size()),
            Self::B5Landscape => turned(Self::B5.size()),
            Self::LetterLandscape => turned(Self::Letter.size()),
            Self::PostcardLandscape => turned(Self::Postcard.size()),
            Self::LLandscape => turned(Self::L.size()),
            Self::TwoLLandscape => turned(Self::TwoL.size()),
            Self::KgLandscape => turned(Self::Kg.size()),
            Self::SixByEightLandscape => turned(Self::SixByEight.size()),
        }
    }
}

impl Page {
    /// The size after the knife, or why the page has none.
    pub fn trim(&self) -> Result<Size, &'static str> {
        let mm = |width, height| Size::new(Mm(width).into(), Mm(height).into());
        let size = match (self.paper, self.width, self.height, &self.pixels) {
            (Some(paper), None, None, None) => {
                let (width, height) = paper.size();
                mm(width, height)
            }
            (None, Some(width), Some(height), None) => mm(width.0, height.0),
            (None, None, None, Some(pixels)) => {
                if !(36.0..=2400.0).contains(&pixels.ppi) {
                    return Err("a ppi outside 36 to 2400");
                }
                let side = |px: u32| Pt(f64::from(px) * 72.0 / pixels.ppi);
                Size::new(side(pixels.width), side(pixels.height))
            }
            _ => return Err("not exactly one of `paper`, `width` with `height`, or `pixels`"),
        };
        let (least, most) = (Pt::from(Mm(20.0)), Pt::from(Mm(2000.0)));
        let fits = |side: Pt| side >= least && side <= most;
        if fits(size.width) && fits(size.height) {
            Ok(size)
        } else {
            Err("a side outside 20 to 2000 mm")
        }
    }

    /// Pixels to the inch at which a page for screens has its size in pixels.
    pub fn screen_ppi(&self) -> Option<f64> {
        self.pixels.as_ref().map(|pixels| pixels.ppi)
    }
}

fn bleed() -> Mm {
    Mm(3.0)
}

fn safe() -> Mm {
    Mm(5.0)
}

fn paper() -> ColorRef {
    ColorRef::named("paper")
}

fn screen_ppi() -> f64 {
    300.0
}

fn yes() -> bool {
    true
}

kinds! {
    Paper => "`\"a4\"`, `\"a5\"`, `\"b5\"`, `\"letter\"`, `\"postcard\"`, `\"l\"`, `\"2l\"`, `\"kg\"` or `\"6x8in\"`, each also with `-landscape`",
    ArtworkFit => "`\"stretch\"` or `\"cover\"`",
    Page => "`[page]`",
    Pixels => "`{ width, height, ppi }`",
    Artwork => "`[[artwork]]`",
}
