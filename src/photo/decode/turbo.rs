//! JPEGs by libjpeg-turbo: as they are, reduced, or in strips straight into the resize.

use super::{Ink, Pixels, Reduced, Warning, scanlines::Scanlines};
use crate::{jpeg::Structure, rect::PixelRect, resize::Strips};

/// Rows that are decoded before they are resized: few enough to stay in the cache.
const STRIP_ROWS: u32 = 32;

fn ink(structure: &Structure) -> Ink {
    match structure.frame.components {
        4 => Ink::Cmyk { inverted: structure.adobe_transform.is_some() },
        1 => Ink::Grey,
        _ => Ink::Rgb,
    }
}

/// At least `region` (stored pixels), reduced.
pub fn region(
    jpeg: &[u8],
    structure: &Structure,
    region: PixelRect,
    reduction: u32,
) -> Result<Reduced, String> {
    let ink = ink(structure);
    let wanted = region.reduced(reduction);
    let mut lines = Scanlines::start(jpeg, reduction, ink.channels(), wanted)?;
    let at = lines.part();
    let mut samples = vec![0; lines.pitch() * at.height as usize];
    lines.read(&mut samples)?;
    let pixels = Pixels { width: at.width, height: at.height, ink, samples };
    let warning = lines.warning();
    Ok(Reduced { pixels, at, scale: [1.0 / f64::from(reduction); 2], warning })
}

/// `from` (pixels of the picture reduced by `reduction`) at `size`. The decoded rows are
/// gone as soon as they are narrowed.
pub fn resized(
    jpeg: &[u8],
    structure: &Structure,
    (from, reduction): (PixelRect, u32),
    size: (u32, u32),
) -> Result<(Pixels, Option<Warning>), String> {
    let ink = ink(structure);
    let failed = || "it cannot be resized".to_owned();
    let mut lines = Scanlines::start(jpeg, reduction, ink.channels(), from)?;
    let part = lines.part();
    let within = PixelRect { x: from.x - part.x, y: from.y - part.y, ..from };
    let mut strips =
        Strips::new(ink, (part.width, part.height), within, size).ok_or_else(failed)?;
    let mut strip = vec![0; lines.pitch() * STRIP_ROWS as usize];
    while strips.missing_rows() > 0 {
        let rows = strips.missing_rows().min(STRIP_ROWS) as usize;
        let strip = &mut strip[..rows * lines.pitch()];
        if lines.read(strip)? < strip.len() {
            return Err("it has fewer rows than its header says".into());
        }
        strips.push(strip).ok_or_else(failed)?;
    }
    Ok((strips.finish().ok_or_else(failed)?, lines.warning()))
}

/// The share of the picture, from its end, that the data does not reach.
///
/// Where data ends, libjpeg leaves blocks at zero: mid-grey to the end of the picture.
/// At 1/8 a block is one pixel, so that the decode costs little beyond the entropy.
pub fn missing_rows(jpeg: &[u8], structure: &Structure) -> Result<f64, String> {
    let channels = if structure.frame.components == 4 { 4 } else { 1 };
    let size = (structure.frame.width.div_ceil(8), structure.frame.height.div_ceil(8));
    let mut lines = Scanlines::start(jpeg, 8, channels, PixelRect::whole(size))?;
    let pitch = lines.pitch();
    let mut blocks = vec![0; pitch * lines.part().height as usize];
    lines.read(&mut blocks)?;
    let grey = |row: &[u8]| row.iter().rev().take_while(|sample| **sample == 128).count();
    let mut missing = 0;
    for row in blocks.chunks_exact(pitch).rev() {
        let count = grey(row);
        missing += count;
        if count < pitch {
            break;
        }
    }
    Ok(missing as f64 / blocks.len().max(1) as f64)
}
