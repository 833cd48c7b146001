//! Reads the number that is printed on a runner's bib.
//!
//! ```text
//! pixels ─► known_codes  codes already read are covered: beside a number they look like digits
//!         ─► Canvas      one of two fixed sizes, upright, longest side 1280
//!             ├─► detector     a map: how likely is a pixel text?
//!             ├─► text_box     its islands as turned rectangles, the most probable first
//!             ├─► crop         each box, turned level, 48 pixels high
//!             ├─► recogniser   a Lattice: the symbols' probabilities, step by step
//!             └─► open         the token in it that may be a bib
//!                   └─► bib    the probability that the box is a bib of this text
//!                         = Reading
//! Readings + BibList ─► the bibs of a race that the photo shows, or none of them
//! ```
//!
//! # Why it is done this way
//!
//! Detector and recogniser are pretrained (PaddleOCR's PP-OCRv5 mobile, see
//! `weights/README.md`), cut down to a bib's characters and run by rten, in pure Rust. On
//! real race photos that trained nothing they read far more than networks trained on
//! synthetic scenes.
//!
//! An OCR's confidence says how clear a text is, never that it is a bib: the clock over the
//! line is the clearest text of all. [`Reading::probability`] is the probability that the box
//! is a bib with exactly this text. Against a list of bibs every one of them is scored by the
//! whole lattice, beside the explicit answer "none of these", so that a bib that is read but
//! not listed does not become another runner.
//!
//! Everything here is pure: the same pixels give the same readings. Work is bounded: two
//! canvas sizes, at most [`TEXTS_LIMIT`] boxes a photo.

mod bib;
mod bib_list;
mod canvas;
mod crop;
mod ctc;
mod detector;
mod known_codes;
mod lattice;
mod network;
mod open;
mod quad;
mod reader;
mod recogniser;
mod stored;
mod text_box;
mod weights;

pub use self::{
    bib_list::{BibList, BibListError, Match, Prior},
    open::Character,
    quad::Quad,
    reader::{PICTURE_PX, Reader, Reading, ReadingError},
    stored::StoredReadings,
    text_box::TEXTS_LIMIT,
    weights::WeightsError,
};

/// At and above this probability a reading counts as the bib's number.
pub const OPERATING_POINT: f64 = 0.5;
