//! The photos of a burst, and the race they are of.

use std::path::Path;

use bytes::Bytes;
use image::imageops::FilterType;
use kanso_certificate::PhotoSource;
use kanso_certificate::race_data::{RaceData, RaceFiles};

const RACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/races/minato-half");
/// Without codes on their bibs, and encoded again without what a camera wrote: each shows
/// whom its key says, and nobody else.
const PHOTOS: [&str; 4] = [
    "finish-a/KNS_0412.jpg",
    "finish-a/KNS_0960.jpg",
    "finish-b/KNB_1007.jpg",
    "finish-b/KNB_1181.jpg",
];
const CAMERA: &str = "finish-a";

pub struct Photos {
    encoded: Vec<Vec<u8>>,
    pub rules: String,
    pub results: String,
    pub race_data: RaceData,
    /// Runners whose certificate can be printed: a name of the sample race has a character
    /// that no font has.
    bibs: Vec<String>,
    /// Percent of the photos whose keys do not say it.
    printed: usize,
}

impl Photos {
    /// `grain` is a sensor's noise, in levels of 256.
    pub fn new(megapixels: f64, printed: usize, grain: u8) -> Self {
        let read = |name| {
            std::fs::read_to_string(Path::new(RACE).join(name)).expect("the sample race is there")
        };
        let rules = read("race.toml");
        let results = read("results.csv");
        let files = RaceFiles {
            rules: rules.clone().into(),
            results: Some(results.clone().into()),
            ..RaceFiles::default()
        };
        let race_data = RaceData::set_up(&files).expect("the sample race is right");
        let finishers = race_data.roster.iter();
        let finishers = finishers.filter(|f| kanso_certificate::page(&race_data, f, None).is_ok());
        let bibs = finishers.map(|finisher| finisher.bib.to_string()).collect();
        let encoded = PHOTOS.map(|photo| encoded(photo, megapixels, grain)).to_vec();
        Self { encoded, rules, results, race_data, bibs, printed }
    }

    /// The runner of a photo; the first photo's has no other.
    pub fn bib(&self, n: usize) -> &str {
        &self.bibs[if n == 0 { 0 } else { 1 + n % (self.bibs.len() - 1) }]
    }

    /// So many runners have a photo of their own.
    pub fn runners(&self) -> usize {
        self.bibs.len()
    }

    /// Whether only the number in the photo says whose it is. They come evenly, not first.
    pub fn is_printed(&self, n: usize) -> bool {
        (n * self.printed + 50) % 100 < self.printed
    }

    /// Where a photo is uploaded to, within the race.
    pub fn key(&self, n: usize) -> String {
        match self.is_printed(n) {
            true => format!("photos/{CAMERA}/{n:06}.jpg"),
            false => format!("photos/{CAMERA}/{n:06}_bib{}.jpg", self.bib(n)),
        }
    }

    /// Each photo has bytes of its own: a comment with its number.
    pub fn bytes(&self, n: usize) -> Bytes {
        let jpeg = &self.encoded[n % self.encoded.len()];
        let (start, rest) = jpeg.split_at(2);
        let comment = format!("{n:08}");
        let marker = [0xFF, 0xFE, 0, 2 + comment.len() as u8];
        [start, &marker, comment.as_bytes(), rest].concat().into()
    }

    pub fn source(&self, n: usize) -> PhotoSource {
        PhotoSource { key: self.key(n), camera: CAMERA.to_owned(), ..PhotoSource::default() }
    }
}

fn encoded(photo: &str, megapixels: f64, grain: u8) -> Vec<u8> {
    let path = Path::new(RACE).join("photos").join(photo);
    let picture = image::open(path).expect("the sample race's photo").into_rgb8();
    let (width, height) = picture.dimensions();
    let scale = (megapixels * 1e6 / (f64::from(width) * f64::from(height))).sqrt();
    let side = |side: u32| (f64::from(side) * scale).round() as u32;
    let mut picture =
        image::imageops::resize(&picture, side(width), side(height), FilterType::CatmullRom);
    let mut state = 1u32;
    for sample in picture.iter_mut().filter(|_| grain > 0) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 16) as i32 % (2 * i32::from(grain) + 1) - i32::from(grain);
        *sample = (i32::from(*sample) + noise).clamp(0, 255) as u8;
    }
    let view = turbojpeg::Image {
        pixels: picture.as_raw().as_slice(),
        width: picture.width() as usize,
        pitch: picture.width() as usize * 3,
        height: picture.height() as usize,
        format: turbojpeg::PixelFormat::RGB,
    };
    turbojpeg::compress(view, 90, turbojpeg::Subsamp::Sub2x2).expect("pixels as said").to_vec()
}
