//! Whether a file that may still be written to has its end.

use super::format::Format;
use super::jpeg::Structure;

/// Whether the last bytes of a photo are there. TIFF says nowhere how long it is, so that it
/// always looks whole; so does what is no photo.
pub fn has_its_end(bytes: &[u8]) -> bool {
    match Format::of(bytes) {
        Ok(Format::Jpeg) => match Structure::read(bytes) {
            Ok(structure) => structure.complete,
            Err(_) => bytes.ends_with(&[0xFF, 0xD9]),
        },
        Ok(Format::Png) => png_has_its_end(bytes),
        Ok(Format::WebP) => riff_length(bytes).is_some_and(|length| bytes.len() as u64 >= length),
        Ok(Format::Tiff) | Err(_) => true,
    }
}

/// Chunks are length, name, data, checksum; `IEND` is the last.
fn png_has_its_end(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let Some(next) = (u32::from_be_bytes(*length) as usize).checked_add(8) else {
            return false;
        };
        let Some(beyond) = after.get(next..) else { return false };
        if after.starts_with(b"IEND") {
            return true;
        }
        rest = beyond;
    }
    false
}

fn riff_length(bytes: &[u8]) -> Option<u64> {
    let length = bytes.get(4..8)?.try_into().ok()?;
    Some(u64::from(u32::from_le_bytes(length)) + 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat, RgbImage};

    fn file(format: ImageFormat) -> Vec<u8> {
        let mut out = std::io::Cursor::new(Vec::new());
        let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 90]));
        DynamicImage::ImageRgb8(picture).write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_photo_without_its_last_bytes_is_told_from_a_whole_one() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = file(format);
            assert!(has_its_end(&whole), "{format:?}");
            for kept in [whole.len() - 2, whole.len() / 2, 20] {
                assert!(!has_its_end(&whole[..kept]), "{format:?} of {kept} bytes");
            }
        }
    }
}
