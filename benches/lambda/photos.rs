//! Photos of the sample race, as large as a camera's, each of another runner.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;

const RACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/races/minato-half");
/// Without codes on their bibs.
const PHOTOS: [&str; 2] = ["finish-a/KNS_0412.jpg", "finish-a/KNS_0960.jpg"];
/// Runners whose names have no character that no font has.
const BIBS: [&str; 6] = ["1070", "1113", "1047", "1029", "M1", "M2"];

pub struct Photo {
    pub key: String,
    pub jpeg: Vec<u8>,
}

/// The race's own files.
pub fn race_file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(RACE).join(name)).expect("the sample race")
}

pub fn photos(count: usize, megapixels: f64) -> Vec<Photo> {
    let encoded = PHOTOS.map(|name| encoded(name, megapixels));
    let photo = |n: usize| {
        // Bytes of its own: what follows a JPEG's end is nobody's.
        let mut jpeg = encoded[n % encoded.len()].clone();
        jpeg.extend(n.to_be_bytes());
        let key = format!("minato-half/photos/finish-a/{n:06}_bib{}.jpg", BIBS[n % BIBS.len()]);
        Photo { key, jpeg }
    };
    (0..count).map(photo).collect()
}

fn encoded(name: &str, megapixels: f64) -> Vec<u8> {
    let path = Path::new(RACE).join("photos").join(name);
    let picture = image::open(path).expect("the sample race's photo").into_rgb8();
    let (width, height) = picture.dimensions();
    let scale = (megapixels * 1e6 / (f64::from(width) * f64::from(height))).sqrt();
    let side = |side: u32| (f64::from(side) * scale).round() as u32;
    let large =
        image::imageops::resize(&picture, side(width), side(height), FilterType::CatmullRom);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&large).expect("memory");
    jpeg
}
