//! A reliability diagram: how often came true what was said with a probability.

use image::{Rgb, RgbImage};
use imageproc::{
    drawing::{draw_filled_rect_mut, draw_hollow_rect_mut, draw_line_segment_mut},
    rect::Rect,
};

use super::score::Reliability;

const SIDE: u32 = 240;
const MARGIN: u32 = 24;
const TRUE_SHARE: Rgb<u8> = Rgb([70, 130, 180]);
const FRAME: Rgb<u8> = Rgb([60, 60, 60]);
const IDEAL: Rgb<u8> = Rgb([200, 60, 60]);

/// One square for each, left to right: probability across, share that came true upwards, the
/// bar as dark as its bin is full.
pub fn diagram(curves: &[&Reliability]) -> RgbImage {
    let width = curves.len() as u32 * (SIDE + MARGIN) + MARGIN;
    let mut picture = RgbImage::from_pixel(width, SIDE + 2 * MARGIN, Rgb([255; 3]));
    for (number, curve) in curves.iter().enumerate() {
        let left = MARGIN + number as u32 * (SIDE + MARGIN);
        let most = curve.bins.iter().map(|bin| bin.0).max().unwrap_or(1).max(1) as f64;
        for (i, (count, _, came_true)) in curve.bins.iter().enumerate() {
            let share = *came_true as f64 / (*count).max(1) as f64;
            let height = (share * f64::from(SIDE)).round() as u32;
            if *count > 0 && height > 0 {
                let fullness = 0.35 + 0.65 * (*count as f64 / most).sqrt();
                let ink = TRUE_SHARE.0.map(|v| (255.0 - (255.0 - f64::from(v)) * fullness) as u8);
                let (x, y) = (left + i as u32 * SIDE / 10, MARGIN + SIDE - height);
                let bar = Rect::at(x as i32 + 1, y as i32).of_size(SIDE / 10 - 2, height);
                draw_filled_rect_mut(&mut picture, bar, Rgb(ink));
            }
        }
        let frame = Rect::at(left as i32, MARGIN as i32).of_size(SIDE, SIDE);
        draw_hollow_rect_mut(&mut picture, frame, FRAME);
        let (x, y) = (left as f32, (MARGIN + SIDE) as f32);
        draw_line_segment_mut(&mut picture, (x, y), (x + SIDE as f32, y - SIDE as f32), IDEAL);
    }
    picture
}
