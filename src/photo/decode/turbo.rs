//! JPEGs by libjpeg-turbo: as they are, reduced, or in strips straight into the resize.

use super::{
    Ink, Pixels, Reduced, Warning,
    scanlines::{Damage, Refusal, Scanlines},
};
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
) -> Result<Reduced, Refusal> {
    let ink = ink(structure);
    let wanted = region.reduced(reduction);
    let mut lines = Scanlines::start(jpeg, reduction, ink.channels(), wanted)?;
    let at = lines.part();
    let mut samples = vec![0; lines.pitch() * at.height as usize];
    lines.read(&mut samples)?;
    let pixels = Pixels { width: at.width, height: at.height, ink, samples };
    let warning = warning(&lines.damage(), structure);
    Ok(Reduced { pixels, at, scale: [1.0 / f64::from(reduction); 2], warning })
}

/// `from` (pixels of the picture reduced by `reduction`) at `size`. The decoded rows are
/// gone as soon as they are narrowed.
pub fn resized(
    jpeg: &[u8],
    structure: &Structure,
    (from, reduction): (PixelRect, u32),
    size: (u32, u32),
) -> Result<(Pixels, Option<Warning>), Refusal> {
    let ink = ink(structure);
    let failed = || Refusal::from("it cannot be resized");
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
    let warning = warning(&lines.damage(), structure);
    Ok((strips.finish().ok_or_else(failed)?, warning))
}

/// What the picture lost, if anything.
///
/// A decoder that went astray in the data ends too early or too late. What is left over
/// tells by how much the picture is shifted: below two blocks of pixels (a few bytes before
/// the end, as some cameras write) it is where it belongs.
fn warning(damage: &Damage, structure: &Structure) -> Option<Warning> {
    const HARMLESS_MCUS: f64 = 2.0;
    let bytes_per_mcu = structure.entropy_bytes as f64 / damage.mcus.max(1) as f64;
    let shifted = damage.extraneous_bytes as f64 > HARMLESS_MCUS * bytes_per_mcu;
    match (damage.corrupt(), damage.cut_off()) {
        (true, _) => Some(Warning::Corrupt),
        // Without an end marker what is left over may be a camera's notes: the share decides.
        (false, true) => Some(Warning::Truncated),
        (false, false) => shifted.then_some(Warning::Corrupt),
    }
}

/// The share of the picture that is missing or wrong, as far as it can be told.
///
/// Where data ends, libjpeg leaves blocks at zero: mid-grey to the end of the picture.
/// At 1/8 a block is one pixel, so that the decode costs little beyond the entropy.
pub fn missing_share(jpeg: &[u8], structure: &Structure) -> Result<f64, Refusal> {
    let channels = if structure.frame.components == 4 { 4 } else { 1 };
    let size = (structure.frame.width.div_ceil(8), structure.frame.height.div_ceil(8));
    let jpeg = if structure.complete { jpeg } else { without_filling(jpeg) };
    let mut lines = Scanlines::start(jpeg, 8, channels, PixelRect::whole(size))?;
    let pitch = lines.pitch();
    let mut blocks = vec![0; pitch * lines.part().height as usize];
    lines.read(&mut blocks)?;
    let damage = lines.damage();
    let unused = damage.extraneous_bytes as f64 / structure.entropy_bytes.max(1) as f64;
    Ok(grey_share(&blocks, pitch).max(damage.wrong_share).max(unused.min(1.0)))
}

/// A file that was given its full length before its bytes came is filled up with one byte,
/// which decodes to anything.
fn without_filling(jpeg: &[u8]) -> &[u8] {
    const FILLING_BYTES: usize = 64;
    let Some(last) = jpeg.last() else { return jpeg };
    let filling = jpeg.iter().rev().take_while(|byte| *byte == last).count();
    if filling < FILLING_BYTES { jpeg } else { &jpeg[..jpeg.len() - filling] }
}

/// The share of the picture, from its end, that is mid-grey.
fn grey_share(blocks: &[u8], pitch: usize) -> f64 {
    let grey = |row: &[u8]| row.iter().rev().take_while(|sample| **sample == 128).count();
    let mut missing = 0;
    for row in blocks.chunks_exact(pitch.max(1)).rev() {
        let count = grey(row);
        missing += count;
        if count < pitch {
            break;
        }
    }
    missing as f64 / blocks.len().max(1) as f64
}
