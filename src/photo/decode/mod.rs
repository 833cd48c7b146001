//! Bytes to pixels: [`region`] at a power of two, [`resized`] at any size.
//!
//! libjpeg-turbo decodes JPEGs, at the reduction asked for and only the rows and columns
//! asked for, in strips where they are resized at once; what it refuses, and every other
//! format, is decoded whole in pure Rust.

mod pure;
pub use pure::image_format;
mod scanlines;
mod turbo;

use scanlines::Refusal;

use super::{Photo, error::PhotoError, format::Format, rect::PixelRect, resize::resize};

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
    /// Pixels for each stored pixel, across and down: 1.0 at most.
    pub scale: [f64; 2],
    pub warning: Option<Warning>,
}

/// What a decoder complained of while still giving pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The data ends too early.
    Truncated,
    /// The data is wrong somewhere in between, and with it the picture.
    Corrupt,
}

/// Decodes at least `region` (stored pixels), reduced by `reduction` or less.
pub fn region(photo: &Photo, region: PixelRect, reduction: u32) -> Result<Reduced, PhotoError> {
    let Some(structure) = &photo.structure else { return other(photo) };
    turbo::region(&photo.bytes, structure, region, reduction)
        .or_else(|refusal| second_decoder(photo, refusal))
}

/// Decodes `from` (stored pixels) at `size`, reduced by `reduction` before it is resized:
/// of the reduced picture no more than a strip stands in memory.
pub fn resized(
    photo: &Photo,
    from: PixelRect,
    reduction: u32,
    size: (u32, u32),
) -> Result<Reduced, PhotoError> {
    let scale = [(size.0, from.width), (size.1, from.height)]
        .map(|(to, from)| f64::from(to) / f64::from(from.max(1)));
    let [across, down] = scale;
    let corner = (f64::from(from.x) * across, f64::from(from.y) * down);
    let at = PixelRect::new(corner.0.round() as u32, corner.1.round() as u32, size.0, size.1);
    let whole = match &photo.structure {
        None => other(photo)?,
        Some(structure) => {
            let (width, height) = photo.stored_size;
            let reduced = PixelRect::whole((width.div_ceil(reduction), height.div_ceil(reduction)));
            let part = from.scaled(1.0 / f64::from(reduction)).intersection(reduced);
            match turbo::resized(&photo.bytes, structure, (part, reduction), size) {
                Ok((pixels, warning)) => return Ok(Reduced { pixels, at, scale, warning }),
                Err(refusal) => second_decoder(photo, refusal)?,
            }
        }
    };
    let failed = PhotoError::Panel { width: size.0, height: size.1 };
    let pixels = resize(&whole.pixels, from, size).ok_or(failed)?;
    Ok(Reduced { pixels, at, scale, warning: whole.warning })
}

fn other(photo: &Photo) -> Result<Reduced, PhotoError> {
    pure::whole(&photo.bytes, photo.format).map_err(|detail| undecodable(photo, detail))
}

/// The first refusal says more than what the second decoder makes of it.
fn second_decoder(photo: &Photo, refusal: Refusal) -> Result<Reduced, PhotoError> {
    let Refusal { message, damaged } = refusal;
    let whole = pure::whole(&photo.bytes, Format::Jpeg).map_err(|_| undecodable(photo, message))?;
    Ok(Reduced { warning: damaged.then_some(Warning::Corrupt), ..whole })
}

fn undecodable(photo: &Photo, detail: String) -> PhotoError {
    PhotoError::Undecodable { format: photo.format.name(), detail }
}

/// The share of the picture, 0.0 to 1.0, that is missing or wrong, as far as it can be told.
pub fn missing_share(photo: &Photo) -> f64 {
    let Some(structure) = &photo.structure else { return 0.0 };
    // A quarter more than nothing decodes: then nothing is there.
    let share = turbo::missing_share(&photo.bytes, structure).unwrap_or(1.0);
    if structure.frame.progressive && !structure.complete {
        share.max(structure.missing_coefficients())
    } else {
        share
    }
}
