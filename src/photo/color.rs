//! Whatever a photo's numbers mean, to sRGB: relative colorimetric with black point
//! compensation, after resizing, when there are fewest pixels to convert.
//!
//! moxcms 0.8 has no black point compensation. Towards sRGB, whose black is zero light,
//! it is one scale in linear light (Adobe's published algorithm with a neutral black), so
//! it is applied here, over 16-bit values, to the profiles whose black is not zero.

use std::sync::Arc;

use kanso_color::{darkest_ink, encoded, linear, luminance};
use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, Transform8BitExecutor,
    Transform16BitExecutor, TransformOptions,
};

use super::{
    contained::contained,
    decode::{Ink, Pixels},
};

/// What a photo's numbers mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Space {
    /// Declared, or taken where nothing is declared.
    Srgb,
    AdobeRgb,
    Icc(Vec<u8>),
}

/// How to get from a photo's numbers to sRGB.
pub enum Conversion {
    /// They are sRGB.
    None,
    Direct {
        transform: Arc<Transform8BitExecutor>,
        grey: bool,
    },
    BlackPoint {
        transform: Arc<Transform16BitExecutor>,
        layout: Layout,
        curve: Vec<u8>,
    },
    /// CMYK without a profile: no colour is promised, only that it looks like the photo.
    PlainCmyk,
}

/// Why a photo's colours may be off; goes into the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    ProfileUnreadable,
    CmykWithoutProfile,
}

impl Conversion {
    /// A profile that cannot be used is a doubt, not an error: the numbers are then taken
    /// as sRGB (or plain CMYK), which is what every viewer without colour management shows.
    pub fn new(space: &Space, ink: Ink) -> (Self, Option<Doubt>) {
        let cmyk = matches!(ink, Ink::Cmyk { .. });
        let profile = match space {
            Space::Srgb => None,
            Space::AdobeRgb if cmyk => None,
            Space::AdobeRgb => Some(ColorProfile::new_adobe_rgb()),
            Space::Icc(bytes) => {
                let usable = contained(|| {
                    let profile = ColorProfile::new_from_slice(bytes).ok()?;
                    Self::from_profile(&profile, ink)
                });
                return match usable.flatten() {
                    Some(conversion) => (conversion, None),
                    None if cmyk => (Self::PlainCmyk, Some(Doubt::ProfileUnreadable)),
                    None => (Self::None, Some(Doubt::ProfileUnreadable)),
                };
            }
        };
        match profile.and_then(|profile| Self::from_profile(&profile, ink)) {
            Some(conversion) => (conversion, None),
            None if cmyk => (Self::PlainCmyk, Some(Doubt::CmykWithoutProfile)),
            None => (Self::None, None),
        }
    }

    fn from_profile(profile: &ColorProfile, ink: Ink) -> Option<Self> {
        let (layout, darkest): (_, &[u16]) = match (profile.color_space, ink) {
            (DataColorSpace::Rgb, Ink::Rgb | Ink::Grey) => (Layout::Rgb, &[0; 3]),
            (DataColorSpace::Gray, Ink::Grey) => (Layout::Gray, &[0]),
            (DataColorSpace::Cmyk, Ink::Cmyk { .. }) => (Layout::Rgba, &[u16::MAX; 4]),
            _ => return None,
        };
        let srgb = ColorProfile::new_srgb();
        let wide = profile.create_transform_16bit(layout, &srgb, Layout::Rgb, options()).ok()?;
        let darkest = (layout == Layout::Rgba)
            .then(|| darkest_ink(profile))
            .flatten()
            .unwrap_or_else(|| darkest.to_vec());
        let black = luminance(&*wide, &darkest)?;
        if matches!(ink, Ink::Cmyk { .. }) || black > 1e-4 {
            // Black beyond L* 50 is no black: compensation is held there, as others hold it.
            let curve = black_point_curve(black.min(0.184_2));
            return Some(Self::BlackPoint { transform: wide, layout, curve });
        }
        let transform =
            profile.create_transform_8bit(layout, &srgb, Layout::Rgb, options()).ok()?;
        if layout == Layout::Rgb && is_identity(&*transform) {
            return Some(Self::None);
        }
        Some(Self::Direct { transform, grey: layout == Layout::Gray })
    }

    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The pixels as sRGB, three bytes each, row by row so that no second wide picture is made.
    pub fn apply(&self, pixels: Pixels) -> Option<Vec<u8>> {
        let Pixels { width, ink, mut samples, .. } = pixels;
        if ink == (Ink::Cmyk { inverted: true }) {
            samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
        }
        let row = (width as usize).max(1) * ink.channels();
        match self {
            Self::None => (ink.channels() == 3).then_some(samples),
            Self::PlainCmyk => Some(plain(&samples)),
            Self::Direct { transform, grey } => {
                let mut source = Vec::with_capacity(row);
                for line in samples.chunks_exact_mut(row) {
                    source.clear();
                    if *grey {
                        source.extend(line.iter().step_by(3));
                    } else {
                        source.extend_from_slice(line);
                    }
                    transform.transform(&source, line).ok()?;
                }
                Some(samples)
            }
            Self::BlackPoint { transform, layout, curve } => {
                let step = if *layout == Layout::Gray { 3 } else { 1 };
                let mut wide = vec![0u16; width as usize * 3];
                let mut out = Vec::with_capacity(samples.len() / ink.channels() * 3);
                let mut source = Vec::with_capacity(row);
                for line in samples.chunks_exact(row) {
                    source.clear();
                    source.extend(line.iter().step_by(step).map(|v| u16::from(*v) * 257));
                    transform.transform(&source, &mut wide).ok()?;
                    out.extend(
                        wide.iter().map(|v| curve.get(usize::from(*v)).copied().unwrap_or(255)),
                    );
                }
                Some(out)
            }
        }
    }
}

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..TransformOptions::default()
    }
}

/// 16-bit sRGB to 8-bit sRGB with `black` moved to zero light.
fn black_point_curve(black: f64) -> Vec<u8> {
    (0..=u16::MAX)
        .map(|v| {
            let light = (linear(f64::from(v) / 65535.0) - black) / (1.0 - black);
            (encoded(light.max(0.0)) * 255.0).round() as u8
        })
        .collect()
}

/// Whether a profile is sRGB in all but name: nothing moves by more than one level.
fn is_identity(transform: &Transform8BitExecutor) -> bool {
    let levels = [0u8, 32, 64, 128, 192, 255];
    let mut grid = Vec::with_capacity(levels.len().pow(3) * 3);
    for red in levels {
        for green in levels {
            levels.iter().for_each(|blue| grid.extend([red, green, *blue]));
        }
    }
    let mut out = vec![0; grid.len()];
    transform.transform(&grid, &mut out).is_ok()
        && grid.iter().zip(&out).all(|(a, b)| a.abs_diff(*b) <= 1)
}

fn plain(cmyk: &[u8]) -> Vec<u8> {
    let (pixels, _) = cmyk.as_chunks::<4>();
    pixels
        .iter()
        .flat_map(|[c, m, y, k]| {
            let paper = 255 - u32::from(*k);
            [c, m, y].map(|ink| ((255 - u32::from(*ink)) * paper / 255) as u8)
        })
        .collect()
}
