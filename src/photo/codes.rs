//! QR codes, Data Matrix and barcodes printed on bibs: several to a photo.

use image::GrayImage;
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, RXingResult,
    common::HybridBinarizer,
    multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader, qrcode::QRCodeMultiReader},
};

use super::{contained::contained, rect::PixelRect};

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

/// Reads the codes in a picture of the whole photo (see [`super::Decoded::reading`]).
///
/// The picture is looked at as it is for QR codes and at half its size for all kinds: a
/// bib's code is large in a finish photo, and noise melts away. Nothing found is an empty
/// list, and so is a panic within the reader, which meets arbitrary pictures.
pub fn read(picture: &GrayImage, upright_size: (u32, u32)) -> Vec<Code> {
    let mut codes = Vec::new();
    let half = halved(picture);
    let mut look = |picture: &GrayImage, reader: fn(&GrayImage) -> Vec<RXingResult>| {
        let factor = f64::from(upright_size.0) / f64::from(picture.width().max(1));
        for result in contained(|| reader(picture)).unwrap_or_default() {
            keep(&mut codes, &result, factor, upright_size);
        }
    };
    look(&half, every_kind);
    look(&half, qr_codes);
    look(picture, qr_codes);
    codes
}

fn every_kind(picture: &GrayImage) -> Vec<RXingResult> {
    let wanted = [
        BarcodeFormat::QR_CODE,
        BarcodeFormat::DATA_MATRIX,
        BarcodeFormat::CODE_128,
        BarcodeFormat::CODE_39,
    ];
    let hints = DecodeHints {
        PossibleFormats: Some(wanted.into_iter().collect()),
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    let Some(mut bitmap) = bitmap(picture) else { return Vec::new() };
    let reader = rxing::MultiUseMultiFormatReader::default();
    GenericMultipleBarcodeReader::new(reader)
        .decode_multiple_with_hints(&mut bitmap, &hints)
        .unwrap_or_default()
}

fn qr_codes(picture: &GrayImage) -> Vec<RXingResult> {
    let Some(mut bitmap) = bitmap(picture) else { return Vec::new() };
    let hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    QRCodeMultiReader::default().decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default()
}

type Bitmap = BinaryBitmap<HybridBinarizer<Luma8LuminanceSource>>;

fn bitmap(picture: &GrayImage) -> Option<Bitmap> {
    let (width, height) = picture.dimensions();
    // Smaller than the smallest code with a quiet zone.
    if width < 24 || height < 24 {
        return None;
    }
    let source = Luma8LuminanceSource::new(picture.as_raw().clone(), width, height).ok()?;
    Some(BinaryBitmap::new(HybridBinarizer::new(source)))
}

fn keep(codes: &mut Vec<Code>, result: &RXingResult, factor: f64, upright: (u32, u32)) {
    let symbology = match result.getBarcodeFormat() {
        BarcodeFormat::QR_CODE => Symbology::Qr,
        BarcodeFormat::DATA_MATRIX => Symbology::DataMatrix,
        BarcodeFormat::CODE_128 => Symbology::Code128,
        BarcodeFormat::CODE_39 => Symbology::Code39,
        _ => return,
    };
    let text = result.getText();
    // Code 39 has no check digit: textures yield two or three characters by chance.
    if text.is_empty() || (symbology == Symbology::Code39 && text.chars().count() < 3) {
        return;
    }
    let area = around(result.getPoints().iter().map(|point| (point.x, point.y)), factor, upright);
    let known = codes
        .iter()
        .any(|code| code.text == text && (code.symbology == symbology) && near(code.area, area));
    if !known {
        codes.push(Code { text: text.to_owned(), symbology, area });
    }
}

/// The rectangle of points, in upright pixels.
fn around(points: impl Iterator<Item = (f32, f32)>, factor: f64, upright: (u32, u32)) -> PixelRect {
    let (mut low, mut high) = ((f64::MAX, f64::MAX), (0.0f64, 0.0f64));
    for (x, y) in points {
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

/// The same code seen twice, at two sizes.
fn near(a: PixelRect, b: PixelRect) -> bool {
    let reach = f64::from(a.width.max(b.width).max(a.height).max(b.height)).max(32.0);
    let ((ax, ay), (bx, by)) = (a.center(), b.center());
    (ax - bx).abs() < reach && (ay - by).abs() < reach
}

fn halved(picture: &GrayImage) -> GrayImage {
    let (width, height) = (picture.width() / 2, picture.height() / 2);
    let pitch = picture.width() as usize;
    let samples = picture.as_raw();
    let mut out = Vec::with_capacity(width as usize * height as usize);
    for rows in samples.chunks_exact((pitch * 2).max(1)).take(height as usize) {
        let (upper, lower) = rows.split_at(pitch);
        let (upper, lower) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0);
        out.extend(upper.iter().zip(lower).map(|(a, b)| {
            let sum: u16 = [a[0], a[1], b[0], b[1]].into_iter().map(u16::from).sum();
            ((sum + 2) / 4) as u8
        }));
    }
    GrayImage::from_raw(width, height, out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rxing::{EncodeHints, MultiFormatWriter, Writer};

    fn drawn(
        kind: BarcodeFormat,
        text: &str,
        onto: &mut GrayImage,
        (x, y, w, h): (u32, u32, i32, i32),
    ) {
        let matrix = MultiFormatWriter
            .encode_with_hints(text, &kind, w, h, &EncodeHints::default())
            .unwrap();
        for dy in 0..matrix.getHeight() {
            for dx in 0..matrix.getWidth() {
                let ink = if matrix.get(dx, dy) { 30 } else { 225 };
                onto.put_pixel(x + dx, y + dy, image::Luma([ink]));
            }
        }
    }

    #[test]
    fn two_qr_codes_and_a_barcode_in_one_photo_are_all_read_where_they_are() {
        let mut picture = GrayImage::from_pixel(1500, 1000, image::Luma([140]));
        drawn(BarcodeFormat::QR_CODE, "1234", &mut picture, (200, 300, 160, 160));
        drawn(BarcodeFormat::QR_CODE, "A-102", &mut picture, (1000, 500, 160, 160));
        drawn(BarcodeFormat::CODE_128, "0077", &mut picture, (500, 700, 360, 120));
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
