//! Small pictures, painted here, through the whole room.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};
use image::{Rgb, RgbImage};

use super::*;
use crate::{BibList, OPERATING_POINT, Prior};

/// A sheet of paper with a text on it, turned about its middle.
struct Sheet<'a> {
    text: &'a str,
    /// Middle of the sheet, share of the picture's width and height.
    at: (f32, f32),
    /// Height of a digit, pixels.
    height: f32,
    degrees: f32,
}

impl<'a> Sheet<'a> {
    fn level(text: &'a str, at: (f32, f32), height: f32) -> Self {
        Self { text, at, height, degrees: 0.0 }
    }
}

fn picture(size: (u32, u32), sheets: &[Sheet<'_>]) -> RgbImage {
    let shade = |x: u32, y: u32| 70 + ((x * 7 + y * 13) % 23) as u8 + (y * 50 / size.1) as u8;
    let mut picture = RgbImage::from_fn(size.0, size.1, |x, y| Rgb([shade(x, y); 3]));
    for sheet in sheets {
        paint(&mut picture, sheet);
    }
    picture
}

fn paint(picture: &mut RgbImage, sheet: &Sheet<'_>) {
    let file = kanso_fonts::FONTS.iter().find(|file| file.name == "InterDisplay-SemiBold");
    let font = FontRef::try_from_slice(file.unwrap().data()).unwrap();
    let scaled = font.as_scaled(PxScale::from(sheet.height * 1.38));
    let advances = sheet.text.chars().map(|c| scaled.h_advance(scaled.glyph_id(c)));
    let (width, height) = (advances.sum::<f32>(), sheet.height);
    let middle = (sheet.at.0 * picture.width() as f32, sheet.at.1 * picture.height() as f32);
    let (sin, cos) = sheet.degrees.to_radians().sin_cos();
    // Ink of the level text, then every pixel looks up where it comes from.
    let mut ink = vec![0.0f32; width.ceil() as usize * height.ceil() as usize * 4];
    let row = width.ceil() as usize;
    let mut x = 0.0;
    for c in sheet.text.chars() {
        let glyph = scaled.scaled_glyph(c);
        let id = glyph.id;
        if let Some(outline) = scaled.outline_glyph(glyph) {
            let left = x + outline.px_bounds().min.x;
            let top = height * 1.05 + outline.px_bounds().min.y;
            outline.draw(|gx, gy, coverage| {
                let (px, py) = ((left + gx as f32) as usize, (top + gy as f32).max(0.0) as usize);
                if let Some(value) = ink.get_mut(py * row + px.min(row - 1)) {
                    *value = value.max(coverage);
                }
            });
        }
        x += scaled.h_advance(id);
    }
    let margin = 0.7 * height;
    for (px, py, pixel) in picture.enumerate_pixels_mut() {
        let (dx, dy) = (px as f32 + 0.5 - middle.0, py as f32 + 0.5 - middle.1);
        let u = dx * cos + dy * sin + width / 2.0;
        let v = dy * cos - dx * sin + height * 0.55;
        let sheet = -margin < u && u < width + margin && -margin < v && v < height + margin;
        if sheet {
            let inside = u >= 0.0 && v >= 0.0 && u < width;
            let index = v.max(0.0) as usize * row + u.max(0.0) as usize;
            let ink = if inside { ink.get(index).copied().unwrap_or(0.0) } else { 0.0 };
            *pixel = Rgb([(245.0 - 225.0 * ink) as u8; 3]);
        }
    }
}

fn read(picture: &RgbImage) -> Vec<Reading> {
    Reader::bundled().unwrap().read(picture, &[], picture.dimensions(), &mut |_| ()).unwrap()
}

fn bibs(readings: &[Reading]) -> Vec<&str> {
    let mut texts: Vec<&str> = readings
        .iter()
        .filter(|reading| reading.probability >= OPERATING_POINT)
        .map(|reading| reading.text.as_str())
        .collect();
    texts.sort_unstable();
    texts
}

#[test]
fn several_bibs_of_digits_and_letters_are_read_where_they_are() {
    let sheets = [
        Sheet::level("1284", (0.2, 0.4), 44.0),
        Sheet::level("A-1234", (0.55, 0.6), 40.0),
        Sheet::level("F12", (0.85, 0.5), 30.0),
        Sheet::level("0123", (0.2, 0.8), 34.0),
    ];
    let picture = picture((1200, 800), &sheets);
    let readings = read(&picture);
    assert_eq!(bibs(&readings), ["0123", "1284", "A-1234", "F12"]);
    let first = readings.iter().find(|reading| reading.text == "1284").unwrap();
    let area = first.area;
    assert!(area.x < 240 && area.right() > 240 && area.y < 320 && area.bottom() > 320, "{area:?}");
    assert!(
        area.width > 80 && area.width < 200 && area.height > 40 && area.height < 100,
        "{area:?}"
    );
    assert_eq!(first.characters.iter().map(|c| c.text).collect::<String>(), "1284");
    assert!(first.characters.iter().all(|c| c.probability > 0.5), "{first:?}");
    assert_eq!(readings, read(&picture), "the same pixels, the same readings");
}

#[test]
fn a_photo_rolled_by_up_to_30_degrees_is_read() {
    for degrees in [-30.0, -15.0, 30.0] {
        let sheet = Sheet { degrees, ..Sheet::level("40717", (0.5, 0.55), 40.0) };
        let readings = read(&picture((900, 700), &[sheet]));
        assert_eq!(bibs(&readings), ["40717"], "{degrees}: {readings:?}");
        let roll = readings[0].quad.roll();
        assert!((roll - degrees).abs() < 6.0, "{degrees} is seen as {roll}");
    }
}

#[test]
fn boxes_are_in_pixels_of_the_photo_not_of_the_picture() {
    let picture = picture((1200, 800), &[Sheet::level("4711", (0.5, 0.5), 40.0)]);
    let reader = Reader::bundled().unwrap();
    let readings = reader.read(&picture, &[], (6000, 4000), &mut |_| ()).unwrap();
    let [x, y] = readings[0].quad.center();
    assert!((x - 3000.0).abs() < 60.0 && (y - 2000.0).abs() < 60.0, "{readings:?}");
}

#[test]
fn a_clock_and_a_board_are_no_bibs() {
    let sheets = [
        Sheet::level("3:12:45", (0.5, 0.2), 44.0),
        Sheet::level("10km", (0.2, 0.6), 40.0),
        Sheet::level("FINISH", (0.7, 0.7), 50.0),
    ];
    let readings = read(&picture((1200, 800), &sheets));
    assert!(bibs(&readings).is_empty(), "{readings:?}");
}

#[test]
fn a_bib_that_is_not_listed_becomes_no_other_runner() {
    let readings = read(&picture((1200, 800), &[Sheet::level("1284", (0.5, 0.5), 40.0)]));
    assert_eq!(bibs(&readings), ["1284"]);
    let matches = |bibs: &[&str]| BibList::new(bibs, Prior::Race).unwrap().matches(&readings);
    let found = matches(&["1284", "1285", "11284", "284"]);
    assert_eq!(found[0].bib, "1284");
    assert!(found[0].probability > 0.8, "{found:?}");
    assert_eq!(found[0].reading, 0);
    for near in [&["1285"][..], &["11284", "12840"], &["284"], &["128", "1294", "7284", "1234"]] {
        let found = matches(near);
        assert!(found.iter().all(|m| m.probability < OPERATING_POINT), "{near:?}: {found:?}");
    }
}

#[test]
fn pictures_of_any_shape_and_without_text_are_read_as_nothing() {
    for (size, value) in [
        ((300, 200), 0u8),
        ((200, 300), 128),
        ((65_000, 20), 128),
        ((20, 65_000), 255),
        ((1, 1), 0),
        ((2560, 1707), 90),
    ] {
        let readings = read(&RgbImage::from_pixel(size.0, size.1, Rgb([value; 3])));
        assert!(readings.is_empty(), "{size:?}: {readings:?}");
    }
    let reader = Reader::bundled().unwrap();
    assert_eq!(
        reader.read(&RgbImage::new(0, 0), &[], (0, 0), &mut |_| ()),
        Err(ReadingError::Empty)
    );
}

#[test]
fn a_wall_of_texts_and_a_photo_upside_down_end() {
    let texts: Vec<String> = (0..200).map(|i| (1000 + i * 37).to_string()).collect();
    let sheets: Vec<Sheet<'_>> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let at = ((i % 20) as f32 / 20.0 + 0.025, (i / 20) as f32 / 10.0 + 0.05);
            Sheet::level(text, at, 14.0)
        })
        .collect();
    let mut wall = picture((1280, 860), &sheets);
    let readings = read(&wall);
    assert!(readings.len() <= crate::TEXTS_LIMIT && readings.len() > 10, "{}", readings.len());
    image::imageops::rotate180_in_place(&mut wall);
    assert!(read(&wall).len() <= crate::TEXTS_LIMIT);
}

/// Modules by chance with a code's three finder patterns, as wide as high.
fn paint_code(picture: &mut RgbImage, area: PixelRect, seed: u32) {
    const MODULES: u32 = 25;
    let mut noise = seed;
    let modules: Vec<bool> = (0..MODULES * MODULES)
        .map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise >> 31 == 1
        })
        .collect();
    let finder = |x: u32, y: u32| {
        let ring = x.abs_diff(3).max(y.abs_diff(3));
        (ring <= 4).then_some(ring <= 1 || ring == 3)
    };
    let last = MODULES - 1;
    for (x, y) in (0..area.width).flat_map(|x| (0..area.height).map(move |y| (x, y))) {
        let (column, row) = (x * MODULES / area.width, y * MODULES / area.height);
        let corners = [finder(column, row), finder(last - column, row), finder(column, last - row)];
        let dark = corners.into_iter().flatten().next();
        let dark = dark.unwrap_or(modules[(row * MODULES + column) as usize]);
        picture.put_pixel(area.x + x, area.y + y, Rgb([if dark { 20 } else { 245 }; 3]));
    }
}

#[test]
fn a_code_that_is_read_already_adds_no_digits_to_the_number_beside_it() {
    let mut mistaken = 0;
    for seed in 0..6 {
        let number = (97657 + seed * 1111).to_string();
        let mut picture = picture((900, 600), &[Sheet::level(&number, (0.5, 0.5), 44.0)]);
        let area = PixelRect::new(526, 270, 56, 56);
        paint_code(&mut picture, area, seed);
        let code = Code {
            text: format!("R:{number}"),
            symbology: kanso_photo::codes::Symbology::Qr,
            area,
        };
        let reader = Reader::bundled().unwrap();
        let readings = reader.read(&picture, &[code], (900, 600), &mut |_| ()).unwrap();
        assert_eq!(bibs(&readings), [number.as_str()], "{readings:?}");
        mistaken += usize::from(bibs(&read(&picture)) != [number.as_str()]);
    }
    assert!(mistaken > 0, "the codes here would not mislead anybody");
}
