//! Synthetic scenes: the same from the same seed, labelled as drawn, and the sample
//! photos are what photos.toml says.

mod repository;

use std::path::{Path, PathBuf};

use image::DynamicImage;
use kanso_scene::{Dice, Lettering, Scene, SceneSpec};
use repository::root;
use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};

fn photos() -> PathBuf {
    root().join("fixtures/races/minato-half/photos")
}

fn letters() -> Lettering {
    Lettering::from_folder(&root().join("fonts/inter")).expect("the bundled fonts")
}

/// The photo as people see it, and its EXIF.
fn upright(file: &str) -> (DynamicImage, exif::Exif) {
    let bytes = std::fs::read(photos().join(file)).expect(file);
    let exif = exif::Reader::new()
        .read_from_container(&mut std::io::Cursor::new(&bytes))
        .unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut image = image::load_from_memory(&bytes).expect(file);
    let orientation = exif
        .get_field(exif::Tag::Orientation, exif::In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .and_then(|value| image::metadata::Orientation::from_exif(value as u8));
    image.apply_orientation(orientation.unwrap_or(image::metadata::Orientation::NoTransforms));
    (image, exif)
}

fn codes(image: &DynamicImage) -> Vec<String> {
    let half = image.thumbnail(image.width() / 2, image.height() / 2).to_luma8();
    let (width, height) = half.dimensions();
    let view = ImageView::from_slice(half.as_raw(), width, height, ImageFormat::Lum).unwrap();
    let found = zxingcpp::read().formats(BarcodeFormat::QRCode).from(&view).unwrap();
    let mut texts: Vec<String> = found.iter().map(|code| code.text()).collect();
    texts.sort();
    texts.dedup();
    texts
}

fn text(exif: &exif::Exif, tag: exif::Tag) -> Option<String> {
    match &exif.get_field(tag, exif::In::PRIMARY)?.value {
        exif::Value::Ascii(lines) => Some(String::from_utf8_lossy(lines.first()?).into_owned()),
        _ => None,
    }
}

#[test]
fn qr_codes_on_sample_bibs_decode_at_half_size() {
    for (file, expected) in [
        ("finish-a/KNS_0498.jpg", vec!["W1"]),
        ("finish-a/KNS_0733.jpg", vec!["https://kanso.example/b/1025"]),
        ("finish-a/KNS_0851.jpg", vec!["2001", "2002"]),
        ("finish-c/P1120045.jpg", vec!["5003"]),
        ("finish-c/P1120102.jpg", vec!["2003"]),
        ("finish-a/KNS_0640.jpg", vec!["1099"]),
        ("finish-a/KNS_0902.jpg", vec!["2100"]),
    ] {
        assert_eq!(codes(&upright(file).0), expected, "{file}");
    }
}

#[test]
fn photos_without_a_code_have_none() {
    for file in ["finish-a/KNS_0960.jpg", "finish-a/KNS_0455.jpg", "finish-b/KNB_1394.jpg"] {
        assert_eq!(codes(&upright(file).0), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn sample_photos_carry_the_clock_of_their_camera() {
    // 1025 crosses at 10:22:40 on the finish clock; finish-a is right.
    let (image, exif) = upright("finish-a/KNS_0733.jpg");
    assert_eq!(text(&exif, exif::Tag::DateTimeOriginal).as_deref(), Some("2026:11:23 10:22:40"));
    assert_eq!(text(&exif, exif::Tag::SubSecTimeOriginal).as_deref(), Some("31"));
    assert_eq!(text(&exif, exif::Tag::OffsetTimeOriginal).as_deref(), Some("+09:00"));
    assert_eq!(text(&exif, exif::Tag::BodySerialNumber).as_deref(), Some("KS-0012201"));
    assert!(image.height() > image.width(), "Orientation 6 makes it a portrait");
    // 0123 crosses at 11:08:12; finish-b shows 12.4 s less.
    let (_, exif) = upright("finish-b/KNB_1394.jpg");
    assert_eq!(text(&exif, exif::Tag::DateTimeOriginal).as_deref(), Some("2026:11:23 11:07:59"));
    assert_eq!(text(&exif, exif::Tag::SubSecTimeOriginal).as_deref(), Some("6"));
}

#[test]
fn sample_photos_keep_their_limits() {
    let mut total = 0;
    let mut large = 0;
    for camera in ["finish-a", "finish-b", "finish-c"] {
        for entry in std::fs::read_dir(photos().join(camera)).expect(camera) {
            let path = entry.expect(camera).path();
            let size = path.metadata().expect("a file").len();
            total += size;
            let (w, h) = image::image_dimensions(&path).unwrap_or((0, 0));
            let is_large = u64::from(w) * u64::from(h) >= 24_000_000;
            large += u32::from(is_large);
            let limit = if is_large { 5_000_000 } else { 1_000_000 };
            assert!(size <= limit, "{}", path.display());
        }
    }
    assert_eq!(large, 2);
    assert!(total < 20_000_000);
    let note = std::fs::read(photos().join("finish-b/KNB_1400.jpg")).expect("the note");
    assert!(image::load_from_memory(&note).is_err(), "the note is no image");
}

#[test]
fn the_same_seed_gives_the_same_picture_and_labels() {
    let letters = letters();
    let spec = SceneSpec::chance([192, 128], &mut Dice::new(5));
    let one = Scene::from_seed(5, &spec).render(&letters);
    let two = Scene::from_seed(5, &spec).render(&letters);
    assert_eq!(one.image.as_raw(), two.image.as_raw());
    assert_eq!(one.labels, two.labels);
    let other = Scene::from_seed(6, &spec).render(&letters);
    assert_ne!(one.image.as_raw(), other.image.as_raw());
}

#[test]
fn labels_lie_inside_the_picture_and_spell_the_bib_from_left_to_right() {
    let letters = letters();
    let mut seen = 0;
    for seed in 1..=6 {
        let spec = SceneSpec::chance([320, 240], &mut Dice::new(seed));
        let picture = Scene::from_seed(seed, &spec).render(&letters);
        for label in &picture.labels {
            seen += 1;
            let [x, y, w, h] = label.area;
            assert!(w > 0 && h > 0 && x + w <= 320 && y + h <= 240, "seed {seed}: {label:?}");
            assert!(label.visible > 0.0 && label.visible <= 1.0);
            let lefts: Vec<u32> = label.characters.iter().map(|c| c.area[0]).collect();
            assert!(lefts.is_sorted(), "seed {seed}: {label:?}");
            let spelt: String = label.characters.iter().map(|c| c.text).collect();
            let whole = spelt.chars().count() == label.text.chars().count();
            assert!(!whole || spelt == label.text, "seed {seed}: {label:?}");
        }
    }
    assert!(seen >= 6, "only {seen} bibs in six scenes");
}

#[test]
fn a_folder_without_fonts_is_named() {
    let error = Lettering::from_folder(Path::new("no-such-folder")).expect_err("nothing there");
    assert!(error.to_string().contains("no-such-folder"));
}
