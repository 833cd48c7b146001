//! Where a photo's subject stands, by sharpness: photographers focus on the runner and
//! leave the crowd behind soft. No face is looked for or recognised.
//!
//! The measure: gradient energy (Sobel, squared) of the luma, summed in cells of 1/48 of
//! the long side, weighted towards the middle across and away from the top and bottom
//! edges; cells above the 80th percentile are kept, and the subject is the rectangle that
//! holds the middle 80 % of their energy in each direction.

use image::{GrayImage, imageops};
use imageproc::gradients::{horizontal_sobel, vertical_sobel};

use super::rect::PixelRect;

/// Long side at which the measure works: fine enough for edges, coarse enough to melt noise.
const WORKING_PX: u32 = 640;
const CELLS: u32 = 48;
/// Energy outside of it on either side, together 20 %.
const TAIL: f64 = 0.1;

/// The subject in upright pixels; `None` for a picture without detail.
pub fn subject(picture: &GrayImage, upright_size: (u32, u32)) -> Option<PixelRect> {
    let (small, scale) = working(picture)?;
    let (width, height) = small.dimensions();
    let cell = (width.max(height) / CELLS).max(1);
    let (columns, rows) = (width.div_ceil(cell) as usize, height.div_ceil(cell) as usize);
    let mut energy = vec![0.0; columns * rows];
    for (x, y, value) in gradient(&small) {
        let index = (y / cell) as usize * columns + (x / cell) as usize;
        if let Some(slot) = energy.get_mut(index) {
            *slot += value;
        }
    }
    for (index, value) in energy.iter_mut().enumerate() {
        let across = (index % columns) as f64 / columns as f64 + 0.5 / columns as f64;
        let down = (index / columns) as f64 / rows as f64 + 0.5 / rows as f64;
        *value *= weight(across, down);
    }
    let mut sorted = energy.clone();
    sorted.sort_by(f64::total_cmp);
    let floor = sorted.get(sorted.len() * 4 / 5).copied().unwrap_or(0.0);
    energy.iter_mut().for_each(|value| *value = if *value > floor { *value } else { 0.0 });
    let across = middle((0..columns).map(|c| (0..rows).map(|r| energy[r * columns + c]).sum()))?;
    let down = middle((0..rows).map(|r| (0..columns).map(|c| energy[r * columns + c]).sum()))?;
    let to_picture = |cells: usize| (f64::from(cells as u32 * cell) * scale) as u32;
    let (x, y) = (to_picture(across.0), to_picture(down.0));
    let rect = PixelRect::new(x, y, to_picture(across.1 + 1) - x, to_picture(down.1 + 1) - y)
        .scaled(f64::from(upright_size.0) / f64::from(picture.width().max(1)))
        .intersection(PixelRect::whole(upright_size));
    (!rect.is_empty()).then_some(rect)
}

/// Sharpness of a part of a picture: mean gradient energy against the part's own contrast,
/// so that a dark shirt is not softer than a bright one. 0.0 and up; comparable between
/// photos at the same working size.
pub fn sharpness(picture: &GrayImage, part: PixelRect) -> f64 {
    let part = part.intersection(PixelRect::whole(picture.dimensions()));
    if part.width < 3 || part.height < 3 {
        return 0.0;
    }
    let view = imageops::crop_imm(picture, part.x, part.y, part.width, part.height).to_image();
    let count = f64::from(part.width) * f64::from(part.height);
    let energy: f64 = gradient(&view).map(|(_, _, value)| value).sum::<f64>() / count;
    let mean = view.as_raw().iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    let spread = view.as_raw().iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
    // 16: noise of 4 levels has no edges to be sharp.
    energy / (spread + 16.0)
}

/// Reduced for measuring, and how many picture pixels one of its pixels is.
fn working(picture: &GrayImage) -> Option<(GrayImage, f64)> {
    let (width, height) = picture.dimensions();
    let long = width.max(height);
    if width < 8 || height < 8 {
        return None;
    }
    let scale = (f64::from(long) / f64::from(WORKING_PX)).max(1.0);
    let to = |v: u32| ((f64::from(v) / scale).round() as u32).max(3);
    Some((imageops::thumbnail(picture, to(width), to(height)), scale))
}

fn gradient(picture: &GrayImage) -> impl Iterator<Item = (u32, u32, f64)> {
    let (across, down) = (horizontal_sobel(picture), vertical_sobel(picture));
    let width = picture.width().max(1) as usize;
    across.into_raw().into_iter().zip(down.into_raw()).enumerate().map(move |(index, (gx, gy))| {
        let (gx, gy) = (f64::from(gx) / 8.0, f64::from(gy) / 8.0);
        ((index % width) as u32, (index / width) as u32, gx * gx + gy * gy)
    })
}

/// 1.0 in the middle, 0.3 at the sides and the top, 0.5 at the bottom.
fn weight(across: f64, down: f64) -> f64 {
    let side = 1.0 - 0.7 * (2.0 * (across - 0.5).abs()).powi(2);
    let edge = if down < 0.5 { 0.7 } else { 0.5 };
    side * (1.0 - edge * (2.0 * (down - 0.5).abs()).powi(2))
}

/// First and last index between the tails.
fn middle(sums: impl Iterator<Item = f64>) -> Option<(usize, usize)> {
    let sums: Vec<f64> = sums.collect();
    let total: f64 = sums.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let mut seen = 0.0;
    let mut first = None;
    for (index, sum) in sums.iter().enumerate() {
        seen += sum;
        if seen > total * TAIL && first.is_none() {
            first = Some(index);
        }
        if seen >= total * (1.0 - TAIL) {
            return Some((first.unwrap_or(0), index));
        }
    }
    Some((first?, sums.len() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(size: (u32, u32), at: PixelRect) -> GrayImage {
        GrayImage::from_fn(size.0, size.1, |x, y| {
            let inside = at.contains(PixelRect::new(x, y, 1, 1));
            image::Luma([if inside && (x / 6 + y / 6) % 2 == 0 { 220 } else { 90 }])
        })
    }

    #[test]
    fn the_sharp_thing_in_a_soft_picture_is_the_subject() {
        let thing = PixelRect::new(700, 200, 200, 400);
        let found = subject(&checked((1500, 1000), thing), (6000, 4000)).unwrap();
        let (x, y) = found.center();
        assert!((x - 3200.0).abs() < 200.0 && (y - 1600.0).abs() < 250.0, "{found}");
        assert!(found.width < 1200 && found.height < 2000, "{found}");
    }

    #[test]
    fn a_flat_or_tiny_picture_has_no_subject() {
        assert_eq!(subject(&GrayImage::from_pixel(400, 300, image::Luma([77])), (400, 300)), None);
        assert_eq!(subject(&GrayImage::new(0, 0), (0, 0)), None);
    }

    #[test]
    fn blur_lowers_sharpness_and_brightness_does_not() {
        let thing = PixelRect::new(10, 10, 100, 100);
        let sharp = checked((120, 120), thing);
        let soft = imageops::blur(&sharp, 2.0);
        let dark =
            GrayImage::from_fn(120, 120, |x, y| image::Luma([sharp.get_pixel(x, y).0[0] / 2]));
        assert!(sharpness(&sharp, thing) > 1.2 * sharpness(&soft, thing));
        let ratio = sharpness(&dark, thing) / sharpness(&sharp, thing);
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
    }
}
