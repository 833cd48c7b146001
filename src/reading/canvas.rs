//! The picture as the detector sees it: one of two fixed sizes.

use image::{RgbImage, imageops};
use pic_scale::{
    ImageSize, ImageStore, ImageStoreMut, ResamplingFunction, Scaler, ThreadingPolicy,
};

/// Both sides are multiples of 32, of which the detector's layers are made. 3:2, which most
/// cameras take, fills it.
const LONG_SIDE: u32 = 1280;
const SHORT_SIDE: u32 = 864;
/// The detector's mean and standard deviation of blue, green and red, in that order.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// A photo fitted into the detector's sheet, at its top left.
pub struct Canvas {
    pub picture: RgbImage,
    /// Width and height of the sheet.
    pub sheet: (u32, u32),
}

impl Canvas {
    /// `None` for a picture without pixels, or that pic-scale refuses.
    pub fn of(picture: &RgbImage) -> Option<Self> {
        let (width, height) = picture.dimensions();
        if width == 0 || height == 0 {
            return None;
        }
        let sheet = if width >= height { (LONG_SIDE, SHORT_SIDE) } else { (SHORT_SIDE, LONG_SIDE) };
        let scale =
            (f64::from(sheet.0) / f64::from(width)).min(f64::from(sheet.1) / f64::from(height));
        let side = |v: u32, most: u32| ((f64::from(v) * scale).round() as u32).clamp(1, most);
        let size = (side(width, sheet.0), side(height, sheet.1));
        let picture =
            if size == (width, height) { picture.clone() } else { resized(picture, size)? };
        Some(Self { picture, sheet })
    }

    /// Channels of blue, green and red one after the other, normalised; what the photo does
    /// not cover is the mean.
    pub fn samples(&self) -> Vec<f32> {
        let (width, height) = (self.sheet.0 as usize, self.sheet.1 as usize);
        let plane = width * height;
        let mut samples = vec![0.0; 3 * plane];
        let row_bytes = self.picture.width() as usize * 3;
        for (channel, plane) in samples.chunks_exact_mut(plane).enumerate() {
            let table: Vec<f32> = (0..=255u8)
                .map(|v| (f32::from(v) / 255.0 - MEAN[channel]) / DEVIATION[channel])
                .collect();
            let rows = self.picture.as_raw().chunks_exact(row_bytes);
            for (row, target) in rows.zip(plane.chunks_exact_mut(width)) {
                for (pixel, target) in row.chunks_exact(3).zip(target) {
                    *target = table[usize::from(pixel[2 - channel])];
                }
            }
        }
        samples
    }
}

/// Every pixel of the photo counts where it is made smaller.
fn resized(picture: &RgbImage, size: (u32, u32)) -> Option<RgbImage> {
    let (width, height) = picture.dimensions();
    if size.0 > width {
        return Some(imageops::resize(picture, size.0, size.1, imageops::FilterType::Triangle));
    }
    let mut scaler = Scaler::new(ResamplingFunction::Bilinear);
    scaler.set_threading_policy(ThreadingPolicy::Single);
    let from = ImageSize::new(width as usize, height as usize);
    let to = ImageSize::new(size.0 as usize, size.1 as usize);
    let plan = scaler.plan_rgb_resampling(from, to).ok()?;
    let source = ImageStore::<u8, 3>::borrow(picture.as_raw(), from.width, from.height).ok()?;
    let mut samples = vec![0; to.width * to.height * 3];
    let mut target = ImageStoreMut::<u8, 3>::borrow(&mut samples, to.width, to.height).ok()?;
    plan.resample(&source, &mut target).ok()?;
    RgbImage::from_raw(size.0, size.1, samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_fits_one_of_two_sheets() {
        for size in [(6000, 4000), (4000, 6000), (300, 200), (1, 1), (65_000, 3), (3, 65_000)] {
            let canvas = Canvas::of(&RgbImage::new(size.0, size.1)).unwrap();
            let (width, height) = canvas.picture.dimensions();
            assert!(width <= canvas.sheet.0 && height <= canvas.sheet.1, "{size:?}");
            assert!(canvas.sheet == (1280, 864) || canvas.sheet == (864, 1280), "{size:?}");
            assert_eq!(canvas.samples().len(), 3 * 1280 * 864);
        }
        assert!(Canvas::of(&RgbImage::new(0, 10)).is_none());
    }

    #[test]
    fn channels_are_blue_first_and_the_rest_of_the_sheet_is_the_mean() {
        let canvas = Canvas::of(&RgbImage::from_pixel(1280, 400, image::Rgb([255, 0, 0]))).unwrap();
        let samples = canvas.samples();
        let plane = 1280 * 864;
        assert!((samples[0] - (0.0 - 0.485) / 0.229).abs() < 1e-5);
        assert!((samples[2 * plane] - (1.0 - 0.406) / 0.225).abs() < 1e-5);
        assert_eq!(samples[500 * 1280], 0.0);
    }
}
