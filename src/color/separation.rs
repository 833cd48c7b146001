//! sRGB to the inks of a press: relative colorimetric with black point compensation.
//!
//! Compensation moves zero light to the press's black, which is one line in linear light
//! (Adobe's published algorithm with a neutral black), so it is a curve before the profile.
//! Greys of type and rules are printed with black ink alone: four plates never lie on one
//! another exactly, and a hairline would show it.

use std::sync::{Arc, LazyLock};

use moxcms::{
    ColorProfile, DataColorSpace, Layout, ProfileClass, RenderingIntent, Transform16BitExecutor,
    TransformOptions,
};
use turbojpeg::{Decompressor, PixelFormat, Subsamp};

use super::{darkest_ink, encoded, linear, luminance};

/// Offset on coated paper, built from measurements of FOGRA39L for at most 290 % of ink,
/// which leaves room for what JPEG adds. See `fogra39/README.md`.
pub static FOGRA39: &[u8] = include_bytes!("fogra39/FOGRA39L.icc");

/// Colours up to this level are black where their channels differ by at most
/// [`BLACK_SPREAD`]: what is meant to be read is not screened.
const BLACK: u8 = 0x22;
const BLACK_SPREAD: u8 = 8;
const QUALITY: i32 = 95;

/// Shares of cyan, magenta, yellow and black, 0.0 to 1.0 each.
pub type Inks = [f32; 4];

/// Why a press's colours cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeparationError {
    #[error(
        "the press profile cannot be used: {0}; give the profile of a CMYK printer with tables for both ways"
    )]
    Profile(String),
    #[error("a picture cannot be separated: {0}; replace it and render again")]
    Picture(String),
}

/// How colours become inks.
pub struct Separation {
    to_ink: Arc<Transform16BitExecutor>,
    /// An sRGB level with black point compensation, in 16 bits.
    compensated: Vec<u16>,
    /// The share of black ink for each level of grey.
    greys: Vec<f32>,
}

impl Separation {
    /// Of [`FOGRA39`], made once a process.
    pub fn fogra39() -> Result<&'static Self, SeparationError> {
        static MADE: LazyLock<Result<Separation, SeparationError>> =
            LazyLock::new(|| Separation::new(FOGRA39));
        MADE.as_ref().map_err(Clone::clone)
    }

    pub fn new(profile: &[u8]) -> Result<Self, SeparationError> {
        let fault = |reason: &str| SeparationError::Profile(reason.to_owned());
        let unusable = |error: moxcms::CmsError| SeparationError::Profile(error.to_string());
        let press = ColorProfile::new_from_slice(profile).map_err(unusable)?;
        if press.color_space != DataColorSpace::Cmyk
            || press.profile_class != ProfileClass::OutputDevice
        {
            return Err(fault("it is not that of a CMYK printer"));
        }
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            ..TransformOptions::default()
        };
        let to_ink = srgb
            .create_transform_16bit(Layout::Rgb, &press, Layout::Rgba, options)
            .map_err(unusable)?;
        let to_light = press
            .create_transform_16bit(Layout::Rgba, &srgb, Layout::Rgb, options)
            .map_err(unusable)?;
        let darkest = darkest_ink(&press).ok_or_else(|| fault("it says nothing of black"))?;
        let black =
            luminance(&*to_light, &darkest).ok_or_else(|| fault("its black has no light"))?;
        let compensated = (0..=255)
            .map(|level| {
                let light = black + (1.0 - black) * linear(f64::from(level) / 255.0);
                (encoded(light) * 65535.0).round() as u16
            })
            .collect();
        let greys = greys(&*to_light).ok_or_else(|| fault("its black ink has no light"))?;
        Ok(Self { to_ink, compensated, greys })
    }

    /// The inks of one colour of the design.
    pub fn inks(&self, rgb: [u8; 3]) -> Result<Inks, SeparationError> {
        let [red, green, blue] = rgb;
        let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
        if least == most || (most <= BLACK && most - least <= BLACK_SPREAD) {
            let black = self.greys.get(usize::from(most)).copied().unwrap_or(1.0);
            return Ok([0.0, 0.0, 0.0, black]);
        }
        let mut inks = [0u16; 4];
        self.row(&rgb, &mut inks)?;
        Ok(inks.map(|ink| (f32::from(ink) / 65.535).round() / 1000.0))
    }

    /// Inks of 8-bit sRGB pixels, of which 255 is all of an ink.
    pub fn pixels(&self, rgb: &[u8]) -> Result<Vec<u8>, SeparationError> {
        const STRIP: usize = 3 * 4096;
        let mut wide = vec![0u16; STRIP / 3 * 4];
        let mut out = Vec::with_capacity(rgb.len() / 3 * 4);
        for strip in rgb.chunks(STRIP) {
            let wide = wide.get_mut(..strip.len() / 3 * 4).unwrap_or_default();
            self.row(strip, wide)?;
            out.extend(wide.iter().map(|ink| ((u32::from(*ink) + 128) / 257) as u8));
        }
        Ok(out)
    }

    /// A JPEG in sRGB or grey as a CMYK JPEG, upside down as Adobe writes it.
    pub fn jpeg(&self, jpeg: &[u8]) -> Result<Vec<u8>, SeparationError> {
        let fault = |error: turbojpeg::Error| SeparationError::Picture(error.to_string());
        let mut decoder = Decompressor::new().map_err(fault)?;
        let header = decoder.read_header(jpeg).map_err(fault)?;
        let (width, height) = (header.width, header.height);
        let mut rgb = vec![0; width * height * 3];
        let output = turbojpeg::Image {
            pixels: rgb.as_mut_slice(),
            width,
            pitch: width * 3,
            height,
            format: PixelFormat::RGB,
        };
        decoder.decompress(jpeg, output).map_err(fault)?;
        let mut inks = self.pixels(&rgb)?;
        drop(rgb);
        inks.iter_mut().for_each(|ink| *ink = 255 - *ink);
        let image = turbojpeg::Image {
            pixels: inks.as_slice(),
            width,
            pitch: width * 4,
            height,
            format: PixelFormat::CMYK,
        };
        let made = turbojpeg::compress(image, QUALITY, Subsamp::None).map_err(fault)?;
        Ok(made.to_vec())
    }

    fn row(&self, rgb: &[u8], inks: &mut [u16]) -> Result<(), SeparationError> {
        let curve = |v: &u8| self.compensated.get(usize::from(*v)).copied().unwrap_or(u16::MAX);
        let wide: Vec<u16> = rgb.iter().map(curve).collect();
        self.to_ink
            .transform(&wide, inks)
            .map_err(|error| SeparationError::Picture(error.to_string()))
    }
}

/// For each level the share of black ink that reflects as much light, from paper white to
/// the ink's own black.
fn greys(to_light: &Transform16BitExecutor) -> Option<Vec<f32>> {
    const STEPS: u16 = 1000;
    let light: Vec<f64> = (0..=STEPS)
        .map(|step| {
            let ink = (f64::from(step) / f64::from(STEPS) * 65535.0).round() as u16;
            luminance(to_light, &[0, 0, 0, ink])
        })
        .collect::<Option<_>>()?;
    let (paper, solid) = (*light.first()?, *light.last()?);
    let share = |level: u8| {
        let wanted = solid + (paper - solid) * linear(f64::from(level) / 255.0);
        light.partition_point(|light| *light > wanted) as f32 / f32::from(STEPS)
    };
    Some(
        (0..=255)
            .map(|level| match level {
                ..=BLACK => 1.0,
                255 => 0.0,
                level => share(level).min(1.0),
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_has_no_ink_and_black_is_one_ink() {
        let press = Separation::fogra39().unwrap();
        assert_eq!(press.inks([255; 3]).unwrap(), [0.0; 4]);
        assert_eq!(press.inks([0; 3]).unwrap(), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(press.inks([0x11; 3]).unwrap(), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(press.inks([28, 28, 30]).unwrap(), [0.0, 0.0, 0.0, 1.0]);
        assert!(press.inks([10, 10, 30]).unwrap()[0] > 0.1, "dark blue is no black");
        let [.., light] = press.inks([200; 3]).unwrap();
        let [.., dark] = press.inks([100; 3]).unwrap();
        assert!(light > 0.1 && light < 0.4 && dark > 0.6 && dark < 0.8, "{light} {dark}");
    }

    #[test]
    fn no_colour_takes_more_than_the_ink_limit() {
        let press = Separation::fogra39().unwrap();
        let levels = (0..=255u8).step_by(15);
        let mut rgb = Vec::new();
        for red in levels.clone() {
            for green in levels.clone() {
                levels.clone().for_each(|blue| rgb.extend([red, green, blue]));
            }
        }
        let inks = press.pixels(&rgb).unwrap();
        let total = |inks: &[u8]| inks.iter().map(|ink| u32::from(*ink)).sum::<u32>();
        let most = inks.chunks_exact(4).map(total).max().unwrap();
        assert!(f64::from(most) / 255.0 <= 2.92, "{:.1} %", f64::from(most) / 2.55);
    }

    #[test]
    fn a_profile_that_is_no_presss_is_refused() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        for profile in [b"not a profile".as_slice(), &srgb] {
            assert!(Separation::new(profile).is_err());
        }
    }
}
