//! A painted card: flat scenery at one depth, out of focus as the lens sees it there.

use rayon::prelude::*;
use tiny_skia::{FillRule, Paint, PathBuilder, Pixmap, Transform};

use super::camera::Camera;
use super::layer::{Frame, Layer};
use super::lettering::paint;
use super::light::Light;
use super::vector::{Colour, Vec3, vec3};

/// Painted at a working size and enlarged: it is out of focus anyway.
pub struct Card<'a> {
    pub map: Pixmap,
    pub camera: &'a Camera,
    /// Working pixels to a picture pixel.
    pub scale: f32,
    pub depth: f32,
}

/// Long side of the working size.
const WORKING: f32 = 1100.0;

impl<'a> Card<'a> {
    pub fn new(camera: &'a Camera, depth: f32) -> Option<Self> {
        let scale = (WORKING / camera.width.max(camera.height) as f32).min(1.0);
        let (width, height) = (camera.width as f32 * scale, camera.height as f32 * scale);
        let map = Pixmap::new(width.ceil() as u32, height.ceil() as u32)?;
        Some(Self { map, camera, scale, depth })
    }

    /// Working pixels to a metre at the card's depth.
    pub fn metre(&self) -> f32 {
        self.camera.scale(self.depth) * self.scale
    }

    pub fn at(&self, p: Vec3) -> (f32, f32) {
        let (x, y) = self.camera.project(p);
        (x * self.scale, y * self.scale)
    }

    /// Working coordinates of a point at the card's depth.
    pub fn here(&self, x: f32, y: f32) -> (f32, f32) {
        self.at(vec3(x, y, self.depth))
    }

    pub fn fill(&mut self, points: &[(f32, f32)], paint: &Paint<'_>) {
        let mut path = PathBuilder::new();
        for (i, (x, y)) in points.iter().enumerate() {
            if i == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
        }
        path.close();
        if let Some(path) = path.finish() {
            self.map.fill_path(&path, paint, FillRule::Winding, Transform::identity(), None);
        }
    }

    pub fn disc(&mut self, x: f32, y: f32, radius: f32, hex: u32, opacity: f32) {
        if let Some(path) = PathBuilder::from_circle(x, y, radius.max(0.3)) {
            let ink = paint(hex, opacity);
            self.map.fill_path(&path, &ink, FillRule::Winding, Transform::identity(), None);
        }
    }

    /// A rectangle in metres at the card's depth: left, bottom, right, top.
    pub fn slab(&mut self, [l, b, r, t]: [f32; 4], hex: u32) {
        let corners = [(l, b), (r, b), (r, t), (l, t)].map(|(x, y)| self.here(x, y));
        self.fill(&corners, &paint(hex, 1.0));
    }

    /// Lights the card, blurs it and lays it over the frame.
    pub fn onto(self, frame: &mut Frame, light: &Light, strength: Colour) {
        let mut layer = Layer::from_pixmap(&self.map);
        for texel in &mut layer.texels {
            let a = texel[3];
            if a > 0.0 {
                let lit = vec3(texel[0], texel[1], texel[2]).tint(strength) * (1.0 / a);
                // What is brighter than paper is a lamp: it glows through the blur.
                let hazy = light.through_haze(lit, self.depth) * a;
                *texel = [hazy.x, hazy.y, hazy.z, a];
            }
        }
        let layer = layer.defocus(self.camera.blur(self.depth) * self.scale);
        enlarge(&layer, self.scale, frame);
    }
}

/// Lays a working-size layer over the frame.
fn enlarge(layer: &Layer, scale: f32, frame: &mut Frame) {
    let width = frame.width;
    frame.pixels.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        let v = ((y as f32 + 0.5) * scale - 0.5).clamp(0.0, layer.height as f32 - 1.001).max(0.0);
        let (j, ty) = (v as usize, v.fract());
        let top = &layer.texels[j * layer.width..][..layer.width];
        let below = &layer.texels[(j + 1).min(layer.height - 1) * layer.width..][..layer.width];
        for (x, under) in row.iter_mut().enumerate() {
            let u = ((x as f32 + 0.5) * scale - 0.5).clamp(0.0, layer.width as f32 - 1.001);
            let (i, tx) = (u as usize, u.fract());
            let k = (i + 1).min(layer.width - 1);
            let mix = |c: usize| {
                let a = top[i][c] + (top[k][c] - top[i][c]) * tx;
                let b = below[i][c] + (below[k][c] - below[i][c]) * tx;
                a + (b - a) * ty
            };
            let a = mix(3);
            if a > 0.0 {
                *under = vec3(mix(0), mix(1), mix(2)) + *under * (1.0 - a);
            }
        }
    });
}
