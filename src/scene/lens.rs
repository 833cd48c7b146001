//! From light to a photograph: glow, vignette, tone curve, grain.

use image::RgbImage;
use rayon::prelude::*;

use super::dice::hash;
use super::layer::{Frame, Layer};
use super::vector::{Colour, encode, vec3};

/// The look of a lens and sensor.
#[derive(Debug, Clone)]
pub struct Finish {
    pub exposure: f32,
    /// Standard deviation of grain in mid-grey, of 255.
    pub grain: f32,
    pub vignette: f32,
    pub glow: f32,
    pub warmth: f32,
    pub seed: u64,
}

/// Bright light spills a little over its surroundings.
fn glow(frame: &Frame) -> (Layer, usize) {
    let step = (frame.width.max(frame.height) / 300).max(1);
    let (width, height) = (frame.width.div_ceil(step), frame.height.div_ceil(step));
    let mut small = Layer::clear(0, 0, width, height);
    for (i, texel) in small.texels.iter_mut().enumerate() {
        let (x, y) = ((i % width) * step, (i / width) * step);
        let c = frame.pixels[y.min(frame.height - 1) * frame.width + x.min(frame.width - 1)];
        let over = (c.luminance() - 0.8).max(0.0) / (c.luminance() + 0.01);
        *texel = [c.x * over, c.y * over, c.z * over, 1.0];
    }
    (small.defocus(7.0).defocus(4.0), step)
}

#[inline(always)]
fn curve(v: f32) -> f32 {
    // A film-like shoulder and a soft toe.
    let v = v.max(0.0);
    (v * (2.51 * v + 0.03)) / (v * (2.43 * v + 0.59) + 0.14)
}

impl Finish {
    pub fn develop(&self, frame: &Frame) -> RgbImage {
        let (glow, step) = glow(frame);
        let table: Vec<f32> = (0..=4096).map(|i| 255.0 * encode(i as f32 / 4096.0)).collect();
        let (width, height) = (frame.width, frame.height);
        let mut image = RgbImage::new(width as u32, height as u32);
        let rows = image.as_mut().par_chunks_mut(width * 3).zip(frame.pixels.par_chunks(width));
        rows.enumerate().for_each(|(y, (row, pixels))| {
            let dy = (y as f32 / height as f32 - 0.5) * 2.0;
            for (x, (out, light)) in row.chunks_exact_mut(3).zip(pixels).enumerate() {
                let dx = (x as f32 / width as f32 - 0.5) * 2.0;
                let fall = 1.0 - self.vignette * (dx * dx + dy * dy) * 0.5;
                let spill = bilinear(&glow, x as f32 / step as f32, y as f32 / step as f32);
                let c = (*light + spill * self.glow) * (self.exposure * fall);
                let c = vec3(c.x * (1.0 + self.warmth), c.y, c.z * (1.0 - self.warmth));
                let noise = self.noise(x as i32, y as i32);
                for (v, out) in [c.x, c.y, c.z].into_iter().zip(out.iter_mut()) {
                    let i = (curve(v).clamp(0.0, 1.0) * 4096.0) as usize;
                    let v = table[i];
                    let strength = self.grain * (1.25 - v / 255.0);
                    *out = (v + noise * strength + 0.5).clamp(0.0, 255.0) as u8;
                }
            }
        });
        image
    }

    #[inline(always)]
    fn noise(&self, x: i32, y: i32) -> f32 {
        let s = self.seed as i32;
        (hash(x, y, s) + hash(x, y, s ^ 0x55aa) + hash(y, x, s ^ 0x1234) - 1.5) * 2.0
    }
}

fn bilinear(layer: &Layer, x: f32, y: f32) -> Colour {
    let (i, j) = (x as usize, y as usize);
    let at = |i: usize, j: usize| {
        let t = layer.texels[j.min(layer.height - 1) * layer.width + i.min(layer.width - 1)];
        vec3(t[0], t[1], t[2])
    };
    let (tx, ty) = (x.fract(), y.fract());
    at(i, j).mix(at(i + 1, j), tx).mix(at(i, j + 1).mix(at(i + 1, j + 1), tx), ty)
}
