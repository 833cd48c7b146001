//! QR codes, Data Matrix and barcodes printed on bibs: several to a photo.

use image::GrayImage;
use zxingcpp::{Barcode, BarcodeFormat, BarcodeReader, ImageFormat, ImageView, PointI};

use super::rect::PixelRect;

/// What a photo can hold; a picture of a wall of codes takes no longer than that.
const MOST_CODES: i32 = 64;
/// Code 39 has no check digit: textures yield two or three characters by chance.
const SHORTEST_CODE39: usize = 3;

/// A code that was read, error correction and check digits included.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Code {
    pub text: String,
    pub symbology: Symbology,
    /// Around the points that the reader found, in pixels of the upright photo: the finder
    /// patterns of a QR code, the ends of one line through a barcode.
    pub area: PixelRect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbology {
    Qr,
    DataMatrix,
    Code128,
    Code39,
}

/// Reads the codes in a picture of the whole photo (see [`super::Decoded::reading`]), at any
/// angle, dark on light or light on dark.
///
/// Nothing found is an empty list, and so is a picture that the reader refuses: codes are one
/// evidence of several.
pub fn read(picture: &GrayImage, upright_size: (u32, u32)) -> Vec<Code> {
    let (width, height) = picture.dimensions();
    let found = ImageView::from_slice(picture.as_raw(), width, height, ImageFormat::Lum)
        .and_then(|view| reader().from(&view))
        .unwrap_or_default();
    let factor = f64::from(upright_size.0) / f64::from(width.max(1));
    let mut codes = Vec::new();
    for barcode in &found {
        keep(&mut codes, barcode, factor, upright_size);
    }
    codes
}

fn reader() -> BarcodeReader {
    let kinds = [
        BarcodeFormat::QRCode,
        BarcodeFormat::DataMatrix,
        BarcodeFormat::Code128,
        BarcodeFormat::Code39,
    ];
    zxingcpp::read().formats(kinds).max_number_of_symbols(MOST_CODES)
}

fn keep(codes: &mut Vec<Code>, barcode: &Barcode, factor: f64, upright: (u32, u32)) {
    let symbology = match barcode.symbology() {
        BarcodeFormat::QRCode => Symbology::Qr,
        BarcodeFormat::DataMatrix => Symbology::DataMatrix,
        BarcodeFormat::Code128 => Symbology::Code128,
        BarcodeFormat::Code39 => Symbology::Code39,
        _ => return,
    };
    let text = barcode.text();
    let too_short = symbology == Symbology::Code39 && text.chars().count() < SHORTEST_CODE39;
    if text.is_empty() || too_short {
        return;
    }
    let corners = barcode.position();
    let corners = [corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left];
    let area = around(corners, factor, upright);
    let known = codes
        .iter()
        .any(|code| code.text == text && code.symbology == symbology && near(code.area, area));
    if !known {
        codes.push(Code { text, symbology, area });
    }
}

/// The rectangle of points, in upright pixels.
fn around(points: [PointI; 4], factor: f64, upright: (u32, u32)) -> PixelRect {
    let (mut low, mut high) = ((f64::MAX, f64::MAX), (0.0f64, 0.0f64));
    for PointI { x, y } in points {
        let (x, y) = (f64::from(x) * factor, f64::from(y) * factor);
        low = (low.0.min(x), low.1.min(y));
        high = (high.0.max(x), high.1.max(y));
    }
    let x = low.0.clamp(0.0, f64::from(upright.0)) as u32;
    let y = low.1.clamp(0.0, f64::from(upright.1)) as u32;
    let rect = PixelRect::new(
        x,
        y,
        (high.0 as u32).saturating_sub(x).max(1),
        (high.1 as u32).saturating_sub(y).max(1),
    );
    rect.intersection(PixelRect::whole(upright))
}

/// The same code seen twice.
fn near(a: PixelRect, b: PixelRect) -> bool {
    let reach = f64::from(a.width.max(b.width).max(a.height).max(b.height)).max(32.0);
    let ((ax, ay), (bx, by)) = (a.center(), b.center());
    (ax - bx).abs() < reach && (ay - by).abs() < reach
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(
        kind: BarcodeFormat,
        text: &str,
        onto: &mut GrayImage,
        (x, y): (u32, u32),
        scale: i32,
    ) {
        let code = zxingcpp::create(kind).from_str(text).unwrap();
        let code = code.to_image_with(&zxingcpp::write().scale(scale)).unwrap();
        let (width, height) = (code.width() as u32, code.height() as u32);
        let code = GrayImage::from_raw(width, height, code.data()).unwrap();
        for (dx, dy, luma) in code.enumerate_pixels() {
            let ink = if luma.0[0] < 128 { 30 } else { 225 };
            onto.put_pixel(x + dx, y + dy, image::Luma([ink]));
        }
    }

    #[test]
    fn two_qr_codes_and_a_barcode_in_one_photo_are_all_read_where_they_are() {
        let mut picture = GrayImage::from_pixel(1500, 1000, image::Luma([140]));
        drawn(BarcodeFormat::QRCode, "1234", &mut picture, (200, 300), 6);
        drawn(BarcodeFormat::QRCode, "A-102", &mut picture, (1000, 500), 6);
        drawn(BarcodeFormat::Code128, "0077", &mut picture, (500, 700), 3);
        let codes = read(&picture, (6000, 4000));
        let mut found: Vec<_> = codes.iter().map(|c| (c.text.as_str(), c.symbology)).collect();
        found.sort_by_key(|(text, _)| *text);
        assert_eq!(
            found,
            [("0077", Symbology::Code128), ("1234", Symbology::Qr), ("A-102", Symbology::Qr)]
        );
        let first = codes.iter().find(|code| code.text == "1234").unwrap();
        assert!(PixelRect::new(800, 1200, 640, 640).contains(first.area), "{}", first.area);
    }

    #[test]
    fn pictures_of_any_size_and_of_noise_hold_no_codes() {
        for size in [(0, 0), (1, 1), (25, 3), (40, 40), (301, 207)] {
            let mut state = 1u32;
            let picture = GrayImage::from_fn(size.0, size.1, |_, _| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                image::Luma([(state >> 24) as u8])
            });
            assert_eq!(read(&picture, (4000, 3000)), []);
        }
    }
}
