//! Codes as they are on bibs in finish photos: small, turned, bent, blurred, several.

use image::{GrayImage, Luma};
use imageproc::filter::gaussian_blur_f32;
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};
use kanso_photo::codes::{self, Symbology};
use zxingcpp::BarcodeFormat;

const SIZE: (u32, u32) = (1500, 1000);
const KINDS: [(BarcodeFormat, Symbology); 4] = [
    (BarcodeFormat::QRCode, Symbology::Qr),
    (BarcodeFormat::DataMatrix, Symbology::DataMatrix),
    (BarcodeFormat::Code128, Symbology::Code128),
    (BarcodeFormat::Code39, Symbology::Code39),
];
/// How many are read of each hardship's 12.
const READ: [(&str, usize); 5] =
    [("small", 12), ("turned", 11), ("bent", 8), ("blurred", 9), ("several", 12)];

/// A code with its quiet zone, black on white, `scale` pixels to its narrowest module.
fn code(kind: BarcodeFormat, text: &str, scale: i32) -> GrayImage {
    let code = zxingcpp::create(kind).from_str(text).unwrap();
    let code = code.to_image_with(&zxingcpp::write().scale(scale)).unwrap();
    GrayImage::from_raw(code.width() as u32, code.height() as u32, code.data()).unwrap()
}

/// A shirt with folds and a sensor's noise.
fn cloth(seed: u32) -> GrayImage {
    let mut state = seed;
    GrayImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let fold = (f64::from(x) / 37.0 + f64::from(y) / 61.0).sin() * 25.0;
        Luma([(125.0 + fold + f64::from(state >> 28)) as u8])
    })
}

/// Puts a code onto a picture, turned by `degrees`, its middle at (x, y).
fn put(onto: &mut GrayImage, code: &GrayImage, degrees: f32, (x, y): (f32, f32)) {
    let (width, height) = (code.width() as f32, code.height() as f32);
    let side = width.hypot(height).ceil() + 4.0;
    let (left, top) = ((x - side / 2.0).floor(), (y - side / 2.0).floor());
    let place = Projection::translate(x - left, y - top)
        * Projection::rotate(degrees.to_radians())
        * Projection::translate(-width / 2.0, -height / 2.0);
    // 0 stays the picture's own: ink is 20 at the darkest.
    let printed = GrayImage::from_fn(code.width(), code.height(), |x, y| {
        Luma([20 + (u32::from(code.get_pixel(x, y).0[0]) * 215 / 255) as u8])
    });
    let mut placed = GrayImage::new(side as u32, side as u32);
    warp_into(&printed, place, Interpolation::Bilinear, Border::Constant(Luma([0])), &mut placed);
    for (dx, dy, over) in placed.enumerate_pixels().filter(|(_, _, over)| over.0[0] >= 20) {
        onto.put_pixel(left as u32 + dx, top as u32 + dy, *over);
    }
}

/// As a sheet bends over a chest: its sides turn away.
fn bent(flat: &GrayImage, by: f32) -> GrayImage {
    let middle = flat.width() as f32 / 2.0;
    GrayImage::from_fn(flat.width(), flat.height(), |x, y| {
        let across = (x as f32 - middle) / middle;
        let from = middle + middle * (across + by * across * across * across) / (1.0 + by);
        let down = y as f32 + by * 30.0 * across * across;
        let (from, down) = (from.round() as u32, down.round() as u32);
        if from < flat.width() && down < flat.height() {
            *flat.get_pixel(from, down)
        } else {
            Luma([255])
        }
    })
}

/// The pictures of a hardship, and the texts in each.
fn pictures(hardship: &str) -> Vec<(GrayImage, Vec<(String, Symbology)>)> {
    let mut made = Vec::new();
    for (n, (kind, symbology)) in KINDS.into_iter().enumerate() {
        for step in 0..3_u32 {
            let text = format!("{}", 1201 + 17 * n as u32 + 301 * step);
            let mut picture = cloth(1 + step + 7 * n as u32);
            let mut texts = vec![(text.clone(), symbology)];
            let step_by = step as f32;
            match hardship {
                "small" => {
                    put(&mut picture, &code(kind, &text, 4 - step as i32), 2.0, (700.3, 500.6))
                }
                "turned" => {
                    put(&mut picture, &code(kind, &text, 4), 9.0 + 14.0 * step_by, (700.0, 500.0));
                }
                "bent" => {
                    let bent = bent(&code(kind, &text, 5), 0.1 + 0.15 * step_by);
                    put(&mut picture, &bent, 4.0, (700.0, 500.0));
                }
                "blurred" => {
                    put(&mut picture, &code(kind, &text, 5), 3.0, (700.0, 500.0));
                    picture = gaussian_blur_f32(&picture, 1.5 + 0.8 * step_by);
                }
                _ => {
                    for runner in 0..=step + 1 {
                        let text = format!("{}", 3300 + 10 * runner + n as u32);
                        let at = (250.0 + 330.0 * runner as f32, 420.0 + 60.0 * runner as f32);
                        put(&mut picture, &code(kind, &text, 4), 5.0 * runner as f32 - 7.0, at);
                        texts.push((text, symbology));
                    }
                    texts.remove(0);
                }
            }
            made.push((picture, texts));
        }
    }
    made
}

#[test]
fn codes_that_are_small_turned_bent_blurred_or_several_are_read_and_none_is_made_up() {
    for (hardship, at_least) in READ {
        let mut whole = 0;
        for (picture, mut expected) in pictures(hardship) {
            let codes = codes::read(&picture, SIZE);
            let mut found: Vec<_> =
                codes.into_iter().map(|code| (code.text, code.symbology)).collect();
            found.sort_by(|a, b| a.0.cmp(&b.0));
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            assert!(found.iter().all(|one| expected.contains(one)), "{hardship}: {found:?}");
            whole += usize::from(found == expected);
        }
        println!("{hardship}: {whole} of 12");
        assert!(whole >= at_least, "{hardship}: {whole} of 12");
    }
}
