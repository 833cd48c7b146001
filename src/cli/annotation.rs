//! Photos with what was read drawn in.

use std::path::Path;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};
use image::{Pixel, Rgb, RgbImage};
use imageproc::drawing::draw_line_segment_mut;
use kanso_reading::{OPERATING_POINT, Reading};

const COUNTS: Rgb<u8> = Rgb([0, 200, 83]);
const DOES_NOT: Rgb<u8> = Rgb([255, 112, 67]);
const PAPER: Rgb<u8> = Rgb([20, 20, 20]);
const FONT: &str = "Inter-SemiBold";
/// Height of the words as a share of the picture's longer side.
const WORDS_SHARE: f32 = 0.016;

/// Writes `DIR/<name>.jpg`: the picture of a photo of `size` with the boxes and what they say.
pub fn save(
    dir: &Path,
    photo: &Path,
    mut picture: RgbImage,
    size: (u32, u32),
    readings: &[Reading],
) -> Result<(), String> {
    let scale = [
        picture.width() as f32 / size.0.max(1) as f32,
        picture.height() as f32 / size.1.max(1) as f32,
    ];
    // What counts is drawn last, over the others.
    for reading in readings.iter().rev() {
        draw(&mut picture, reading, scale)?;
    }
    let name = photo.with_extension("jpg");
    let path = dir.join(name.file_name().unwrap_or(name.as_os_str()));
    picture.save(&path).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn draw(picture: &mut RgbImage, reading: &Reading, scale: [f32; 2]) -> Result<(), String> {
    let color = if reading.probability >= OPERATING_POINT { COUNTS } else { DOES_NOT };
    let quad = reading.quad.scaled(scale);
    for grown in 0..3 {
        let corners = quad.grown(grown as f32).0;
        for (i, from) in corners.iter().enumerate() {
            let to = corners[(i + 1) % 4];
            draw_line_segment_mut(picture, (from[0], from[1]), (to[0], to[1]), color);
        }
    }
    let [left, _, _, bottom] = quad.bounds();
    let words = format!("{} {:.2}", reading.text, reading.probability);
    write(picture, &words, (left.max(0.0), bottom + 4.0), color)
}

/// One line of words on dark paper, its top left at a point; what does not fit is cut.
pub(super) fn write(
    picture: &mut RgbImage,
    words: &str,
    at: (f32, f32),
    color: Rgb<u8>,
) -> Result<(), String> {
    let file = kanso_fonts::FONTS.iter().find(|file| file.name == FONT);
    let file = file.ok_or_else(|| format!("the font {FONT} is not bundled"))?;
    let font = FontRef::try_from_slice(file.data()).map_err(|error| error.to_string())?;
    let size = picture.width().max(picture.height()) as f32 * WORDS_SHARE;
    let scaled = font.as_scaled(PxScale::from(size.max(12.0)));
    let width: f32 = words.chars().map(|c| scaled.h_advance(scaled.glyph_id(c))).sum();
    let end = (at.0 + width + 8.0, at.1 + scaled.height());
    for y in at.1 as u32..(end.1 as u32).min(picture.height()) {
        for x in at.0 as u32..(end.0 as u32).min(picture.width()) {
            picture.put_pixel(x, y, PAPER);
        }
    }
    let mut pen = at.0 + 4.0;
    for c in words.chars() {
        let mut glyph = scaled.scaled_glyph(c);
        glyph.position = ab_glyph::point(pen, at.1 + scaled.ascent());
        pen += scaled.h_advance(glyph.id);
        let Some(outline) = scaled.outline_glyph(glyph) else { continue };
        let start = outline.px_bounds().min;
        outline.draw(|x, y, coverage| {
            let (x, y) = (start.x as i64 + i64::from(x), start.y as i64 + i64::from(y));
            let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
            if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
                let ink = PAPER.map2(&color, |paper, ink| {
                    (f32::from(paper) + (f32::from(ink) - f32::from(paper)) * coverage.min(1.0))
                        as u8
                });
                *pixel = ink;
            }
        });
    }
    Ok(())
}
