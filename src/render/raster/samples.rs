//! Pictures at the size in pixels at which they are drawn.

use kanso_page::{Channels, Picture};
use pic_scale::{
    ImageSize, ImageStore, ImageStoreMut, ResamplingFunction, Scaler, ThreadingPolicy,
};
use tiny_skia::{IntSize, Pixmap};
use turbojpeg::{Decompressor, PixelFormat, ScalingFactor};

use crate::RenderError;

pub(super) struct Samples {
    pub pixmap: Pixmap,
    pub opaque: bool,
}

impl Samples {
    /// The picture at about `across` x `down` pixels, never enlarged: the renderer
    /// interpolates. `None` where it would be too small to be seen.
    pub fn of(picture: &Picture, across: f64, down: f64) -> Result<Option<Self>, RenderError> {
        if !(across.is_finite() && down.is_finite()) || across < 0.5 || down < 0.5 {
            return Ok(None);
        }
        let (width, height) = picture.pixel_size();
        let side = |wanted: f64, has: u32| (wanted.round().max(1.0) as u32).min(has);
        let target = (side(across, width), side(down, height));
        let (rgba, size, opaque) = match picture {
            Picture::Jpeg { bytes, channels, .. } => {
                let (pixels, size) = decode(bytes, *channels, target)?;
                (pixels, size, true)
            }
            Picture::Rgba { pixels, .. } => (pixels.clone(), (width, height), false),
        };
        let rgba = if size == target { rgba } else { resample(rgba, size, target, opaque)? };
        let rgba = if opaque { rgba } else { premultiplied(rgba) };
        let size = IntSize::from_wh(target.0, target.1);
        let pixmap = size.and_then(|size| Pixmap::from_vec(rgba, size));
        Ok(pixmap.map(|pixmap| Self { pixmap, opaque }))
    }
}

fn fault(error: impl std::fmt::Display) -> RenderError {
    RenderError::Picture { reason: error.to_string() }
}

/// Decodes at the smallest scale that is not below `target`: a large photo costs
/// little more than reading its bytes.
fn decode(
    bytes: &[u8],
    channels: Channels,
    target: (u32, u32),
) -> Result<(Vec<u8>, (u32, u32)), RenderError> {
    let mut decoder = Decompressor::new().map_err(fault)?;
    let header = decoder.read_header(bytes).map_err(fault)?;
    let factor = [8, 4, 2].map(|by| ScalingFactor::new(1, by)).into_iter().find(|factor| {
        let scaled = header.scaled(*factor);
        scaled.width >= target.0 as usize && scaled.height >= target.1 as usize
    });
    // The decoder keeps lossless files at their size.
    let factor = factor.filter(|_| !header.is_lossless).unwrap_or(ScalingFactor::ONE);
    decoder.set_scaling_factor(factor).map_err(fault)?;
    let size = header.scaled(factor);
    let format = if channels == Channels::Cmyk { PixelFormat::CMYK } else { PixelFormat::RGBA };
    let mut pixels = vec![0; size.width * size.height * 4];
    let output = turbojpeg::Image {
        pixels: pixels.as_mut_slice(),
        width: size.width,
        pitch: size.width * 4,
        height: size.height,
        format,
    };
    decoder.decompress(bytes, output).map_err(fault)?;
    if channels == Channels::Cmyk {
        pixels.chunks_exact_mut(4).for_each(from_inverted_cmyk);
    }
    Ok((pixels, (size.width as u32, size.height as u32)))
}

/// What a reader without a press profile shows.
fn from_inverted_cmyk(pixel: &mut [u8]) {
    let [c, m, y, k] = pixel else { return };
    let light = |ink: u8| (u16::from(ink) * u16::from(*k) / 255) as u8;
    let rgb = [light(*c), light(*m), light(*y), 255];
    pixel.copy_from_slice(&rgb);
}

fn resample(
    rgba: Vec<u8>,
    from: (u32, u32),
    to: (u32, u32),
    opaque: bool,
) -> Result<Vec<u8>, RenderError> {
    let size = |(width, height): (u32, u32)| ImageSize::new(width as usize, height as usize);
    let source = ImageStore::<u8, 4>::new(rgba, from.0 as usize, from.1 as usize).map_err(fault)?;
    let mut target = ImageStoreMut::<u8, 4>::alloc(to.0 as usize, to.1 as usize);
    let mut scaler = Scaler::new(ResamplingFunction::Lanczos3);
    scaler.set_threading_policy(ThreadingPolicy::Single);
    let plan = scaler.plan_rgba_resampling(size(from), size(to), !opaque).map_err(fault)?;
    plan.resample(&source, &mut target).map_err(fault)?;
    Ok(target.as_bytes().to_vec())
}

fn premultiplied(mut rgba: Vec<u8>) -> Vec<u8> {
    for pixel in rgba.chunks_exact_mut(4) {
        if let [r, g, b, a] = pixel
            && *a != 255
        {
            let alpha = u16::from(*a);
            for channel in [r, g, b] {
                *channel = ((u16::from(*channel) * alpha + 127) / 255) as u8;
            }
        }
    }
    rgba
}
