//! Bytes to pixels, behind one function: [`region`].
//!
//! libjpeg-turbo decodes JPEGs, at the reduction asked for and only the rows and columns
//! asked for; what it refuses, and every other format, is decoded whole in pure Rust.

mod pure;
pub use pure::image_format;
mod turbo;

use super::{Photo, error::PhotoError, format::Format, rect::PixelRect};

/// What a pixel's bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Rgb,
    /// Grey, in three equal channels.
    Grey,
    /// `inverted`: 255 is no ink, as Adobe writes it.
    Cmyk {
        inverted: bool,
    },
}

impl Ink {
    pub const fn channels(self) -> usize {
        match self {
            Self::Rgb | Self::Grey => 3,
            Self::Cmyk { .. } => 4,
        }
    }
}

/// Pixels as stored: not turned upright, not converted to sRGB.
#[derive(Debug, Clone)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub ink: Ink,
    pub samples: Vec<u8>,
}

/// A part of a stored picture, reduced.
#[derive(Debug)]
pub struct Reduced {
    pub pixels: Pixels,
    /// The part, in pixels of the whole picture so reduced.
    pub at: PixelRect,
    /// 1, 2, 4 or 8.
    pub reduction: u32,
    pub warning: Option<Warning>,
}

/// What a decoder complained of while still giving pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The data ends too early.
    Truncated,
    /// The data is wrong somewhere in between.
    Corrupt,
}

/// Decodes at least `region` (stored pixels), reduced by `reduction` or less.
pub fn region(photo: &Photo, region: PixelRect, reduction: u32) -> Result<Reduced, PhotoError> {
    let undecodable =
        |detail: String| PhotoError::Undecodable { format: photo.format.name(), detail };
    match &photo.structure {
        Some(structure) => {
            turbo::region(&photo.bytes, structure, region, reduction).or_else(|refusal| {
                // The first refusal says more than what the second decoder makes of it.
                pure::whole(&photo.bytes, Format::Jpeg).map_err(|_| undecodable(refusal))
            })
        }
        None => pure::whole(&photo.bytes, photo.format).map_err(undecodable),
    }
}

/// The share of the picture, 0.0 to 1.0, that its data does not reach.
pub fn missing_share(photo: &Photo) -> f64 {
    let Some(structure) = &photo.structure else { return 0.0 };
    // A quarter more than nothing decodes: then nothing is there.
    let rows = turbo::missing_rows(&photo.bytes, structure).unwrap_or(1.0);
    if structure.frame.progressive && !structure.complete {
        rows.max(structure.missing_coefficients())
    } else {
        rows
    }
}
