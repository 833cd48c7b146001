//! The panel as the PDF will hold it: a baseline JPEG, encoded once.

use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

/// Rows of RGB pixels within a larger buffer.
pub struct Rows<'a> {
    pub samples: &'a [u8],
    pub width: u32,
    pub height: u32,
    /// Bytes from one row to the next.
    pub pitch: usize,
}

impl<'a> Rows<'a> {
    pub fn tight(samples: &'a [u8], width: u32, height: u32) -> Self {
        Self { samples, width, height, pitch: width as usize * 3 }
    }
}

/// Quality as libjpeg counts it, 1 to 100.
pub fn jpeg(rows: &Rows<'_>, quality: i32, subsampling: Subsamp) -> turbojpeg::Result<Vec<u8>> {
    let mut compressor = Compressor::new()?;
    compressor.set_quality(quality)?;
    compressor.set_subsamp(subsampling)?;
    compressor.compress_to_vec(Image {
        pixels: rows.samples,
        width: rows.width as usize,
        pitch: rows.pitch,
        height: rows.height as usize,
        format: PixelFormat::RGB,
    })
}
