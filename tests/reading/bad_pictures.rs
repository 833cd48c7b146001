//! Pictures that are no good photos of a bib: none stops the others, and none is taken for one.

use std::path::Path;

use ab_glyph::{Font as _, FontVec, PxScale, ScaleFont as _};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage, imageops};

use super::{counted, lines, photo, read};

fn save(folder: &Path, name: &str, picture: &RgbImage) -> String {
    let path = folder.join(name);
    let file = std::fs::File::create(&path).unwrap();
    JpegEncoder::new_with_quality(file, 88).encode_image(picture).unwrap();
    path.to_str().unwrap().to_owned()
}

fn write(picture: &mut RgbImage, font: &FontVec, (x, y): (u32, u32), text: &str) {
    let font = font.as_scaled(PxScale::from(44.0));
    let (mut left, base) = (x as f32, y as f32 + font.ascent());
    for c in text.chars() {
        let glyph = font.glyph_id(c).with_scale_and_position(44.0, ab_glyph::point(left, base));
        left += font.h_advance(glyph.id);
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let start = outline.px_bounds().min;
        outline.draw(|x, y, ink| {
            let shade = 235.0 - 215.0 * ink.min(1.0);
            picture.put_pixel(start.x as u32 + x, start.y as u32 + y, Rgb([shade as u8; 3]));
        });
    }
}

/// A wall of banners, or a crowd: so many texts, each a number that could be a bib's.
fn wall(texts: u32) -> RgbImage {
    let font =
        std::fs::read(super::repository::root().join("fonts/inter/InterDisplay-SemiBold.ttf"));
    let font = FontVec::try_from_vec(font.unwrap()).unwrap();
    let mut picture = RgbImage::from_pixel(2400, 1600, Rgb([235; 3]));
    for n in 0..texts {
        let (x, y) = (n % 16 * 148 + 24, n / 16 * 118 + 20);
        let number = (1000 + n * 37).to_string();
        write(&mut picture, &font, (x, y), &number);
    }
    picture
}

#[test]
fn a_picture_without_a_bib_has_no_reading_that_counts_whatever_its_shape() {
    let folder = tempfile::tempdir().unwrap();
    let fine = |x: u32, y: u32| Rgb([(x * 7 + y * 13) as u8, (x ^ y) as u8, (x * y) as u8]);
    let photos = [
        save(folder.path(), "black.jpg", &RgbImage::new(3000, 2000)),
        save(folder.path(), "grey.jpg", &RgbImage::from_pixel(2000, 3000, Rgb([128; 3]))),
        save(folder.path(), "noise.jpg", &RgbImage::from_fn(1500, 1000, fine)),
        save(folder.path(), "dot.jpg", &RgbImage::new(1, 1)),
        save(folder.path(), "small.jpg", &RgbImage::from_fn(300, 200, fine)),
        save(folder.path(), "wide.jpg", &RgbImage::from_pixel(65_000, 60, Rgb([90; 3]))),
        save(folder.path(), "tall.jpg", &RgbImage::from_pixel(60, 65_000, Rgb([90; 3]))),
    ];
    let mut args = vec!["--json"];
    args.extend(photos.iter().map(String::as_str));
    for (line, path) in lines(&read(&args)).iter().zip(&photos) {
        assert_eq!(line["photo"], path.as_str());
        assert!(line.get("error").is_none(), "{line}");
        assert_eq!(counted(line, "readings", "text"), [""; 0], "{line}");
    }
}

#[test]
fn a_wall_of_texts_is_read_up_to_a_limit_and_a_small_or_turned_photo_is_read_as_well_as_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let sharp = image::open(super::repository::root().join(photo("finish-a/KNS_0902.jpg")));
    let sharp = sharp.unwrap().to_rgb8();
    let small = imageops::resize(&sharp, 200, 300, imageops::FilterType::Triangle);
    let photos = [
        save(folder.path(), "wall.jpg", &wall(200)),
        save(folder.path(), "small.jpg", &small),
        save(folder.path(), "upside-down.jpg", &imageops::rotate180(&sharp)),
    ];
    let mut args = vec!["--json"];
    args.extend(photos.iter().map(String::as_str));
    let lines = lines(&read(&args));
    let readings = lines[0]["readings"].as_array().unwrap().len();
    assert!((1..=32).contains(&readings), "the time that one photo takes is bounded: {readings}");
    // 2100 upside down is 0012 turned; what is not sure to be right is not said.
    for line in &lines[1..] {
        let said = counted(line, "readings", "text");
        assert!(said.iter().all(|text| text == "2100"), "{line}");
    }
}
