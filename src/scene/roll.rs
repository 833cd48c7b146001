//! A roll of sample photos: scenes with the metadata that cameras and photographers'
//! tools write, described in a `photos.toml`.

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use super::lettering::Lettering;
use super::scenery::Scene;
use super::spec::{BibStyle, SceneSpec};
use super::stamp::{self, Stamp};

/// Every photo of one race.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Roll {
    /// Race name on arch and banners.
    race: String,
    bib_style: BibStyle,
    pub shots: Vec<Shot>,
}

/// One photo.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shot {
    /// Path under the folder of photos: `finish-a/KNS_0001.jpg`.
    pub file: String,
    #[serde(default)]
    seed: u64,
    #[serde(default = "usual_quality")]
    quality: u8,
    scene: Option<SceneSpec>,
    #[serde(default)]
    stamp: Stamp,
    /// Keeps only this share of the file, as an upload that broke off.
    keep: Option<f32>,
    /// The file is this text and no photo at all.
    text: Option<String>,
}

/// Why a shot cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RollError {
    #[error("the shot has neither a [scene] nor a text; give it one")]
    Empty,
    #[error("cannot encode the photo: {0}")]
    Encode(#[from] image::ImageError),
    #[error(transparent)]
    Stamp(#[from] stamp::StampError),
}

fn usual_quality() -> u8 {
    86
}

impl Roll {
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

impl Shot {
    /// The file's bytes, metadata and faults included.
    pub fn bytes(&self, roll: &Roll, letters: &Lettering) -> Result<Vec<u8>, RollError> {
        if let Some(text) = &self.text {
            return Ok(text.clone().into_bytes());
        }
        let mut scene = self.scene.clone().ok_or(RollError::Empty)?;
        scene.race.get_or_insert_with(|| roll.race.clone());
        scene.bib_style.get_or_insert_with(|| roll.bib_style.clone());
        let upright = Scene::from_seed(self.seed, &scene).render(letters).image;
        // Orientation says how to turn the stored pixels to see them upright.
        let stored = match self.stamp.orientation {
            3 => image::imageops::rotate180(&upright),
            6 => image::imageops::rotate270(&upright),
            8 => image::imageops::rotate90(&upright),
            _ => upright,
        };
        let mut bytes = self.stamp.onto(jpeg(&stored, self.quality)?, stored.dimensions())?;
        if let Some(keep) = self.keep {
            bytes.truncate((bytes.len() as f32 * keep.clamp(0.0, 1.0)) as usize);
        }
        Ok(bytes)
    }
}

/// A baseline JPEG.
pub fn jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(image)?;
    Ok(bytes)
}
