//! Pixels in linear light: premultiplied layers, their blur, and textures that
//! are read at any sharpness.

use rayon::prelude::*;

use super::vector::{Colour, decode, vec3};

/// Red, green, blue in linear light, premultiplied by the fourth, coverage.
pub type Texel = [f32; 4];

/// A rectangle of the picture, placed in picture coordinates.
#[derive(Debug, Clone)]
pub struct Layer {
    pub x0: i32,
    pub y0: i32,
    pub width: usize,
    pub height: usize,
    pub texels: Vec<Texel>,
}

impl Layer {
    pub fn clear(x0: i32, y0: i32, width: usize, height: usize) -> Self {
        Self { x0, y0, width, height, texels: vec![[0.0; 4]; width * height] }
    }

    /// A painted picture (sRGB bytes) as linear light.
    pub fn from_pixmap(pixmap: &tiny_skia::Pixmap) -> Self {
        let table: Vec<f32> = (0..256).map(|v| decode(v as f32 / 255.0)).collect();
        let texels = pixmap
            .pixels()
            .iter()
            .map(|p| {
                let a = f32::from(p.alpha()) / 255.0;
                let c = p.demultiply();
                let channel = |v: u8| table[usize::from(v)] * a;
                [channel(c.red()), channel(c.green()), channel(c.blue()), a]
            })
            .collect();
        let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
        Self { x0: 0, y0: 0, width, height, texels }
    }

    /// Blurs with a disc, as a lens does out of focus: bright points become discs.
    pub fn defocus(&self, radius: f32) -> Self {
        if radius < 0.6 {
            return self.clone();
        }
        let reach = radius.ceil() as i64;
        let spans: Vec<(i64, i64)> = (-reach..=reach)
            .map(|dy| (dy, (radius * radius - (dy * dy) as f32).max(0.0).sqrt().round() as i64))
            .collect();
        let area: f32 = spans.iter().map(|(_, half)| (2 * half + 1) as f32).sum();
        let (width, height) = (self.width as i64, self.height as i64);
        let sums: Vec<Vec<[f64; 4]>> =
            self.texels.par_chunks(self.width).map(running_sums).collect();
        let mut out = Self::clear(self.x0, self.y0, self.width, self.height);
        out.texels.par_chunks_mut(self.width).enumerate().for_each(|(y, row)| {
            for (x, texel) in row.iter_mut().enumerate() {
                let mut total = [0f64; 4];
                for (dy, half) in &spans {
                    let sum = &sums[(y as i64 + dy).clamp(0, height - 1) as usize];
                    add_span(&mut total, sum, x as i64 - half, x as i64 + half, width);
                }
                *texel = total.map(|v| v as f32 / area);
            }
        });
        out
    }
}

fn running_sums(row: &[Texel]) -> Vec<[f64; 4]> {
    let mut sums = Vec::with_capacity(row.len() + 1);
    let mut sum = [0f64; 4];
    sums.push(sum);
    for texel in row {
        for (total, v) in sum.iter_mut().zip(texel) {
            *total += f64::from(*v);
        }
        sums.push(sum);
    }
    sums
}

/// Adds the texels `from..=to` of a row; beyond its ends the end texels repeat.
#[inline(always)]
fn add_span(total: &mut [f64; 4], sums: &[[f64; 4]], from: i64, to: i64, width: i64) {
    let (a, b) = (from.clamp(0, width) as usize, (to + 1).clamp(0, width) as usize);
    let before = (-from).max(0) as f64;
    let after = (to + 1 - width).max(0) as f64;
    let last = width as usize;
    for c in 0..4 {
        total[c] += sums[b][c] - sums[a][c]
            + before * sums[1][c]
            + after * (sums[last][c] - sums[last - 1][c]);
    }
}

/// A layer at every halved size, to be read as sharp or soft as the lens wants.
#[derive(Debug, Clone)]
pub struct Texture {
    levels: Vec<Layer>,
}

impl Texture {
    pub fn new(layer: Layer) -> Self {
        let mut levels = vec![layer];
        while let Some(last) = levels.last()
            && (last.width > 2 || last.height > 2)
        {
            levels.push(halved(last));
        }
        Self { levels }
    }

    pub fn from_pixmap(pixmap: &tiny_skia::Pixmap) -> Self {
        Self::new(Layer::from_pixmap(pixmap))
    }

    pub fn width(&self) -> f32 {
        self.levels[0].width as f32
    }

    pub fn height(&self) -> f32 {
        self.levels[0].height as f32
    }

    /// The colour at (u, v) in 0..1, averaged over about `footprint` texels of the
    /// full size. Clear outside, with an edge as soft as the footprint.
    pub fn sample(&self, u: f32, v: f32, footprint: f32) -> Texel {
        let lod = footprint.max(1.0).log2().min((self.levels.len() - 1) as f32);
        let (low, t) = (lod as usize, lod.fract());
        let a = bilinear(&self.levels[low], u, v);
        if t < 0.01 || low + 1 >= self.levels.len() {
            return a;
        }
        let b = bilinear(&self.levels[low + 1], u, v);
        [0, 1, 2, 3].map(|c| a[c] + (b[c] - a[c]) * t)
    }

    /// The same, repeated from left to right.
    pub fn sample_tiled(&self, u: f32, v: f32, footprint: f32) -> Texel {
        self.sample(u.rem_euclid(1.0).clamp(0.0, 0.9999), v, footprint)
    }
}

fn halved(from: &Layer) -> Layer {
    let (width, height) = (from.width.div_ceil(2), from.height.div_ceil(2));
    let mut to = Layer::clear(0, 0, width, height);
    for y in 0..height {
        for x in 0..width {
            let mut sum = [0f32; 4];
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (sx, sy) =
                    ((2 * x + dx).min(from.width - 1), (2 * y + dy).min(from.height - 1));
                let texel = from.texels[sy * from.width + sx];
                for c in 0..4 {
                    sum[c] += 0.25 * texel[c];
                }
            }
            to.texels[y * width + x] = sum;
        }
    }
    to
}

#[inline(always)]
fn bilinear(layer: &Layer, u: f32, v: f32) -> Texel {
    let (x, y) = (u * layer.width as f32 - 0.5, v * layer.height as f32 - 0.5);
    let (xf, yf) = (x.floor(), y.floor());
    let (tx, ty) = (x - xf, y - yf);
    let at = |x: f32, y: f32| -> Texel {
        if x < 0.0 || y < 0.0 || x >= layer.width as f32 || y >= layer.height as f32 {
            return [0.0; 4];
        }
        layer.texels[y as usize * layer.width + x as usize]
    };
    let (a, b, c, d) = (at(xf, yf), at(xf + 1.0, yf), at(xf, yf + 1.0), at(xf + 1.0, yf + 1.0));
    [0, 1, 2, 3].map(|i| {
        let top = a[i] + (b[i] - a[i]) * tx;
        let bottom = c[i] + (d[i] - c[i]) * tx;
        top + (bottom - top) * ty
    })
}

/// The picture being built: linear light, opaque.
pub struct Frame {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<Colour>,
}

impl Frame {
    pub fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        Self { width, height, pixels: vec![Colour::default(); width * height] }
    }

    /// Lays a layer over the picture.
    pub fn over(&mut self, layer: &Layer) {
        let width = self.width;
        self.pixels.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            let ly = y as i32 - layer.y0;
            if ly < 0 || ly >= layer.height as i32 {
                return;
            }
            let texels = &layer.texels[ly as usize * layer.width..][..layer.width];
            let from = layer.x0.max(0);
            let to = (layer.x0 + layer.width as i32).min(width as i32);
            for x in from..to {
                let [r, g, b, a] = texels[(x - layer.x0) as usize];
                if a > 0.0 {
                    let under = &mut row[x as usize];
                    *under = vec3(r, g, b) + *under * (1.0 - a);
                }
            }
        });
    }
}
