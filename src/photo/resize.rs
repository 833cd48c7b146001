//! Lanczos (3 lobes) by pic-scale: SIMD, on the calling thread alone, because photos,
//! not parts of photos, are what a machine's cores share.

use pic_scale::{
    ImageSize, ImageStore, ImageStoreMut, ResamplingFunction, Scaler, ThreadingPolicy,
};

use super::{
    decode::{Ink, Pixels},
    rect::PixelRect,
};

/// The part `from` of a picture at `size`; `None` where either is empty or outside.
pub fn resize(pixels: &Pixels, from: PixelRect, size: (u32, u32)) -> Option<Pixels> {
    let whole = PixelRect::whole((pixels.width, pixels.height));
    if from.is_empty() || size.0 == 0 || size.1 == 0 || !whole.contains(from) {
        return None;
    }
    let samples = if (from.width, from.height) == size {
        copy(pixels, from)
    } else {
        match pixels.ink {
            Ink::Rgb | Ink::Grey => scale::<3>(pixels, from, size)?,
            Ink::Cmyk { .. } => scale::<4>(pixels, from, size)?,
        }
    };
    Some(Pixels { width: size.0, height: size.1, ink: pixels.ink, samples })
}

fn copy(pixels: &Pixels, from: PixelRect) -> Vec<u8> {
    let channels = pixels.ink.channels();
    let row = from.width as usize * channels;
    pixels
        .samples
        .chunks_exact(pixels.width as usize * channels)
        .skip(from.y as usize)
        .take(from.height as usize)
        .flat_map(|line| {
            line.get(from.x as usize * channels..).unwrap_or_default().iter().take(row)
        })
        .copied()
        .collect()
}

fn scale<const N: usize>(pixels: &Pixels, from: PixelRect, size: (u32, u32)) -> Option<Vec<u8>>
where
    Kernel<N>: Plan<N>,
{
    let whole =
        ImageStore::<u8, N>::borrow(&pixels.samples, pixels.width as usize, pixels.height as usize)
            .ok()?;
    let source = whole
        .crop(from.x as usize, from.y as usize, from.width as usize, from.height as usize)
        .ok()?;
    let (width, height) = (size.0 as usize, size.1 as usize);
    let mut samples = vec![0; width * height * N];
    let mut target = ImageStoreMut::<u8, N>::borrow(&mut samples, width, height).ok()?;
    let mut scaler = Scaler::new(ResamplingFunction::Lanczos3);
    scaler.set_threading_policy(ThreadingPolicy::Single);
    let from = ImageSize::new(from.width as usize, from.height as usize);
    Kernel::<N>::resample(&scaler, (from, ImageSize::new(width, height)), &source, &mut target)?;
    Some(samples)
}

/// pic-scale names its plans by channel count.
struct Kernel<const N: usize>;

trait Plan<const N: usize> {
    fn resample(
        scaler: &Scaler,
        sizes: (ImageSize, ImageSize),
        source: &ImageStore<'_, u8, N>,
        target: &mut ImageStoreMut<'_, u8, N>,
    ) -> Option<()>;
}

impl Plan<3> for Kernel<3> {
    fn resample(
        scaler: &Scaler,
        (from, to): (ImageSize, ImageSize),
        source: &ImageStore<'_, u8, 3>,
        target: &mut ImageStoreMut<'_, u8, 3>,
    ) -> Option<()> {
        scaler.plan_rgb_resampling(from, to).ok()?.resample(source, target).ok()
    }
}

impl Plan<4> for Kernel<4> {
    fn resample(
        scaler: &Scaler,
        (from, to): (ImageSize, ImageSize),
        source: &ImageStore<'_, u8, 4>,
        target: &mut ImageStoreMut<'_, u8, 4>,
    ) -> Option<()> {
        scaler.plan_rgba_resampling(from, to, false).ok()?.resample(source, target).ok()
    }
}
