//! Every format in pure Rust: slower, whole, at full size.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{Ink, Pixels, Reduced};
use crate::{DECODED_BYTES_LIMIT, contained::contained, format::Format, rect::PixelRect};

/// The picture; a decoder that panics on it is one that refuses it.
pub fn whole(bytes: &[u8], format: Format) -> Result<Reduced, String> {
    contained(|| decoded(bytes, format)).unwrap_or_else(|| Err("it is malformed".into()))
}

fn decoded(bytes: &[u8], format: Format) -> Result<Reduced, String> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), image_format(format));
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_BYTES_LIMIT);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    if decoder.total_bytes() > DECODED_BYTES_LIMIT {
        return Err("it needs more memory than a photo may take".into());
    }
    let grey = !decoder.color_type().has_color();
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    let ink = if grey { Ink::Grey } else { Ink::Rgb };
    let rgb = over_white(decoded);
    let (width, height) = rgb.dimensions();
    let pixels = Pixels { width, height, ink, samples: rgb.into_raw() };
    Ok(Reduced { pixels, at: PixelRect::whole((width, height)), scale: [1.0; 2], warning: None })
}

pub fn image_format(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Tiff => ImageFormat::Tiff,
        Format::WebP => ImageFormat::WebP,
    }
}

/// Eight bits a channel; what is transparent shows the paper.
fn over_white(picture: DynamicImage) -> image::RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let (width, height) = rgba.dimensions();
    let samples = rgba
        .pixels()
        .flat_map(|pixel| {
            let [red, green, blue, alpha] = pixel.0.map(u32::from);
            [red, green, blue].map(|c| ((c * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
        })
        .collect();
    image::RgbImage::from_raw(width, height, samples).unwrap_or_default()
}
