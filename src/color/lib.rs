//! What numbers of colour mean between devices: sRGB, light, and the inks of a press.
//!
//! [`separation`] is the way to a press; a photo's own way to sRGB is beside its decoder, in
//! the photo room, and shares the measures of black here.

pub mod separation;

pub use separation::{FOGRA39, Inks, Separation, SeparationError};

use moxcms::{ColorProfile, Layout, RenderingIntent, Transform16BitExecutor, TransformOptions};

/// What a CMYK profile itself prints for black, which is the ink limit's black and not the
/// sum of all inks.
pub fn darkest_ink(profile: &ColorProfile) -> Option<Vec<u16>> {
    let options = TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        ..TransformOptions::default()
    };
    let to_ink = ColorProfile::new_srgb()
        .create_transform_16bit(Layout::Rgb, profile, Layout::Rgba, options)
        .ok()?;
    let mut ink = vec![0; 4];
    to_ink.transform(&[0; 3], &mut ink).ok()?;
    Some(ink)
}

/// Y, 0.0 to 1.0, of one colour.
pub fn luminance(transform: &Transform16BitExecutor, color: &[u16]) -> Option<f64> {
    let mut rgb = [0u16; 3];
    transform.transform(color, &mut rgb).ok()?;
    let [red, green, blue] = rgb.map(|v| linear(f64::from(v) / 65535.0));
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue)
}

/// sRGB (IEC 61966-2-1) to linear light.
pub fn linear(v: f64) -> f64 {
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// Linear light to sRGB (IEC 61966-2-1).
pub fn encoded(v: f64) -> f64 {
    if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}
