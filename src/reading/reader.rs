//! Pixels in, readings out.

use std::sync::OnceLock;

use image::RgbImage;
use kanso_photo::{PixelRect, codes::Code};

use super::{
    bib::Judgement,
    canvas::Canvas,
    crop, detector, known_codes,
    lattice::Lattice,
    network::Network,
    open::{Character, Token},
    quad::Quad,
    recogniser::{self, Alphabet},
    text_box::{self, PART_OF_TEXT, SAME_TEXT},
    weights::{self, WeightsError},
};

/// Long side of the picture to read in: small bibs are recognised in it, where the detector's
/// own is too coarse.
pub const PICTURE_PX: u32 = 2560;

/// A box of a photo that may be a bib.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Digits, capitals and hyphens in ASCII, with at least one digit.
    pub text: String,
    /// That the box is a runner's bib with exactly this text, 0 to 1; see
    /// [`OPERATING_POINT`](super::OPERATING_POINT).
    pub probability: f64,
    /// Around the quad, in pixels of the upright photo.
    pub area: PixelRect,
    /// In pixels of the upright photo.
    pub quad: Quad,
    /// The characters of the text.
    pub characters: Vec<Character>,
    pub(crate) lattice: Lattice,
    pub(crate) token: Token,
    pub(crate) judgement: Judgement,
}

/// Why a picture was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadingError {
    #[error("the picture has no pixels; give a photo")]
    Empty,
    #[error("the network {name} failed: {why}; report it with the photo")]
    Network { name: &'static str, why: String },
}

/// The two networks, loaded.
pub struct Reader {
    detector: Network,
    recogniser: Network,
    alphabet: Alphabet,
}

impl Reader {
    /// The reader of this program, loaded on first use.
    pub fn bundled() -> Result<&'static Self, WeightsError> {
        static READER: OnceLock<Result<Reader, WeightsError>> = OnceLock::new();
        READER.get_or_init(Self::load).as_ref().map_err(Clone::clone)
    }

    fn load() -> Result<Self, WeightsError> {
        weights::check("detector.onnx", weights::DETECTOR)?;
        weights::check("recogniser.onnx", weights::RECOGNISER)?;
        weights::check("alphabet.txt", weights::ALPHABET)?;
        Ok(Self {
            detector: Network::load("detector.onnx", weights::DETECTOR)?,
            recogniser: Network::load("recogniser.onnx", weights::RECOGNISER)?,
            alphabet: Alphabet::parse(&String::from_utf8_lossy(weights::ALPHABET)),
        })
    }

    /// Reads a picture of a whole photo, upright, whose own size is `upright_size`: long side
    /// about [`PICTURE_PX`]. The most probable readings come first; where nothing is printed
    /// there are none. `codes` are those already read in it, which are no numbers. `done` is
    /// told each step's name when it is done, crop and recognise for each box: whoever calls
    /// may time them.
    pub fn read(
        &self,
        picture: &RgbImage,
        codes: &[Code],
        upright_size: (u32, u32),
        done: &mut dyn FnMut(&'static str),
    ) -> Result<Vec<Reading>, ReadingError> {
        let picture = &*known_codes::covered(picture, codes, upright_size);
        let canvas = Canvas::of(picture).ok_or(ReadingError::Empty)?;
        done("canvas");
        let map = detector::detect(&self.detector, &canvas)?;
        done("detect");
        let sizes = Sizes { canvas: &canvas, picture, upright: upright_size };
        let mut readings = Vec::new();
        let boxes = text_box::text_boxes(&map);
        done("boxes");
        for found in boxes {
            let (source, quad) = sizes.source(found.quad);
            let Some(line) = crop::line(source, quad) else { continue };
            done("crop");
            let lattice = recogniser::recognise(&self.recogniser, &self.alphabet, &line)?;
            done("recognise");
            readings.extend(Reading::of(sizes.in_photo(found.quad), lattice, upright_size));
        }
        Ok(without_repeats(readings))
    }
}

impl Reading {
    /// `None` where the line has no digit.
    pub(crate) fn of(quad: Quad, lattice: Lattice, upright_size: (u32, u32)) -> Option<Self> {
        let token = Token::of(&lattice)?;
        let judgement = Judgement::of(&token, quad, upright_size);
        Some(Self {
            text: token.text(),
            probability: judgement.probability(),
            area: quad.around(upright_size),
            quad,
            characters: token.characters.clone(),
            lattice,
            token,
            judgement,
        })
    }
}

/// The three sizes in which one photo is known.
struct Sizes<'a> {
    canvas: &'a Canvas,
    picture: &'a RgbImage,
    upright: (u32, u32),
}

impl Sizes<'_> {
    fn to(&self, (width, height): (u32, u32)) -> [f32; 2] {
        let (from_width, from_height) = self.canvas.picture.dimensions();
        [width as f32 / from_width as f32, height as f32 / from_height as f32]
    }

    /// The picture in which a quad of the canvas is nearest above a line's height, and the
    /// quad in it: finer pixels would be skipped.
    fn source(&self, quad: Quad) -> (&RgbImage, Quad) {
        if quad.height() >= crop::LINE_HEIGHT as f32 {
            (&self.canvas.picture, quad)
        } else {
            (self.picture, quad.scaled(self.to(self.picture.dimensions())))
        }
    }

    fn in_photo(&self, quad: Quad) -> Quad {
        quad.scaled(self.to(self.upright))
    }
}

/// Of boxes that cover each other the best alone, the best of all first.
fn without_repeats(mut readings: Vec<Reading>) -> Vec<Reading> {
    readings.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let mut kept: Vec<Reading> = Vec::new();
    for reading in readings {
        let same = |other: &Reading| {
            let shared = other.area.intersection(reading.area).area() as f32;
            let both = other.area.area() as f32 + reading.area.area() as f32 - shared;
            let smaller = other.area.area().min(reading.area.area()) as f32;
            shared > SAME_TEXT * both || shared > PART_OF_TEXT * smaller
        };
        if !kept.iter().any(same) {
            kept.push(reading);
        }
    }
    kept
}

#[cfg(test)]
mod tests;
