//! Codes that are read already, taken out of the picture: beside a number on a bib, a code's
//! modules look like more digits.

use std::borrow::Cow;

use image::{Rgb, RgbImage};
use kanso_photo::PixelRect;
use kanso_photo::codes::{Code, Symbology};

/// Around a code's own area, as a share of its longer side: its outermost modules are half
/// outside.
const MARGIN: f32 = 0.04;

/// The picture with each square code covered by the colour around it. `upright_size` is the
/// photo's, in whose pixels the codes' areas are. Barcodes stay: of them one line is known.
pub fn covered<'a>(
    picture: &'a RgbImage,
    codes: &[Code],
    upright_size: (u32, u32),
) -> Cow<'a, RgbImage> {
    let mut picture = Cow::Borrowed(picture);
    for code in codes {
        if !matches!(code.symbology, Symbology::Qr | Symbology::DataMatrix) {
            continue;
        }
        let Some(area) = within(code.area, upright_size, picture.dimensions()) else { continue };
        let paper = mean_around(&picture, area);
        let target = picture.to_mut();
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                target.put_pixel(x, y, paper);
            }
        }
    }
    picture
}

/// A photo's area, with the margin, in pixels of its picture; `None` where nothing is left.
fn within(area: PixelRect, photo: (u32, u32), picture: (u32, u32)) -> Option<PixelRect> {
    let scale = picture.0 as f32 / photo.0.max(1) as f32;
    let margin = MARGIN * area.width.max(area.height) as f32;
    let scaled = |start: u32, length: u32, limit: u32| {
        let from = ((start as f32 - margin) * scale).floor().max(0.0) as u32;
        let to = ((start as f32 + length as f32 + margin) * scale).ceil() as u32;
        (from, to.min(limit).saturating_sub(from))
    };
    let (x, width) = scaled(area.x, area.width, picture.0);
    let (y, height) = scaled(area.y, area.height, picture.1);
    (width > 0 && height > 0).then_some(PixelRect { x, y, width, height })
}

/// Of the pixels of the area's own edge, which stand on the quiet zone.
fn mean_around(picture: &RgbImage, area: PixelRect) -> Rgb<u8> {
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let rows = (area.x..=right).flat_map(|x| [(x, area.y), (x, bottom)]);
    let columns = (area.y..=bottom).flat_map(|y| [(area.x, y), (right, y)]);
    let (mut sums, mut count) = ([0u32; 3], 0u32);
    for (x, y) in rows.chain(columns) {
        for (sum, value) in sums.iter_mut().zip(picture.get_pixel(x, y).0) {
            *sum += u32::from(value);
        }
        count += 1;
    }
    Rgb(sums.map(|sum| (sum / count.max(1)) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(symbology: Symbology, area: PixelRect) -> Code {
        Code { text: "R:1284".into(), symbology, area }
    }

    #[test]
    fn a_square_code_is_covered_by_the_paper_around_it_and_nothing_else_changes() {
        let paper = Rgb([200, 210, 220]);
        let mut picture = RgbImage::from_pixel(100, 80, paper);
        for (x, y) in (40..60).flat_map(|x| (30..50).map(move |y| (x, y))) {
            picture.put_pixel(x, y, Rgb([(x * 7 + y * 13) as u8, 0, 0]));
        }
        picture.put_pixel(70, 40, Rgb([0, 0, 0]));
        // The photo is twice the picture.
        let square = code(Symbology::Qr, PixelRect::new(80, 60, 40, 40));
        let covered = covered(&picture, &[square], (200, 160));
        let printed = covered.pixels().filter(|pixel| **pixel != paper).count();
        assert_eq!(printed, 1, "the digit beside it stays");
    }

    #[test]
    fn barcodes_stay_and_areas_outside_the_picture_are_harmless() {
        let picture = RgbImage::new(50, 50);
        let bar = code(Symbology::Code128, PixelRect::new(10, 10, 30, 2));
        assert!(matches!(covered(&picture, &[bar], (50, 50)), Cow::Borrowed(_)));
        let outside = code(Symbology::Qr, PixelRect::new(60, 60, 30, 30));
        assert!(matches!(covered(&picture, &[outside], (50, 50)), Cow::Borrowed(_)));
        let edge = code(Symbology::Qr, PixelRect::new(40, 40, 30, 30));
        assert_eq!(covered(&picture, &[edge], (50, 50)).dimensions(), (50, 50));
    }
}
