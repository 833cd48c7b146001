//! A figure and its bib in the light: rays from the lens to the first surface.

use rayon::prelude::*;

use super::bib_cloth::BibCloth;
use super::camera::Camera;
use super::cloth;
use super::dice::noise;
use super::figure::Figure;
use super::layer::{Layer, Texel};
use super::light::Light;
use super::skin;
use super::solid::{Footprint, Stuff, Tiles, nearest, normal};
use super::vector::{Colour, Vec3, srgb, vec3};

/// A dressed figure with its bib, placed before a camera and under a light.
pub struct Portrait<'a> {
    pub figure: &'a Figure,
    pub sheet: Option<&'a BibCloth>,
    camera: &'a Camera,
    light: &'a Light,
    seen: Tiles,
    lit: Tiles,
    across: (Vec3, Vec3),
    depth: f32,
}

/// What the lens sees of one figure; `codes` is 0, or 1 on the bib's paper, or 2 and
/// more on its characters in order.
pub struct Take {
    pub layer: Layer,
    pub codes: Vec<u8>,
}

/// What one ray met.
#[derive(Clone, Copy)]
struct Hit {
    colour: Colour,
    code: u8,
    kind: u8,
    depth: f32,
}

/// Whether a neighbour shows another surface.
fn at_edge(hits: &[Option<Hit>], columns: usize, row: usize, column: usize) -> bool {
    let here = &hits[row * columns + column];
    let rows = hits.len() / columns;
    let differs = |row: usize, column: usize| match (here, &hits[row * columns + column]) {
        (None, None) => false,
        (Some(a), Some(b)) => a.kind != b.kind || (a.depth - b.depth).abs() > 0.03,
        _ => true,
    };
    (row > 0 && differs(row - 1, column))
        || (row + 1 < rows && differs(row + 1, column))
        || (column > 0 && differs(row, column - 1))
        || (column + 1 < columns && differs(row, column + 1))
}

const TILE: f32 = 10.0;

impl<'a> Portrait<'a> {
    pub fn new(
        figure: &'a Figure,
        sheet: Option<&'a BibCloth>,
        camera: &'a Camera,
        light: &'a Light,
    ) -> Self {
        let side = light.sun.cross(Vec3::UP).normalised();
        let across = (side, side.cross(light.sun));
        let seen = Tiles::new(&figure.pieces, TILE, |p, r| {
            let (x, y) = camera.project(p);
            let radius = r * camera.scale((p.z - r).max(0.1)) * 1.02;
            Footprint { x, y, radius, near: p.z - r, far: p.z + r }
        });
        let lit = Tiles::new(&figure.pieces, 0.03, |p, r| Footprint {
            x: p.dot(across.0),
            y: p.dot(across.1),
            radius: r + 0.03,
            near: 0.0,
            far: p.dot(light.sun) + r,
        });
        let depth = figure.pose.chest.o.z;
        Self { figure, sheet, camera, light, seen, lit, across, depth }
    }

    /// How much of the sun reaches a point, 0..1.
    pub fn sunlight(&self, p: Vec3, offset: f32) -> f32 {
        let Some((list, _, far)) = self.lit.at(p.dot(self.across.0), p.dot(self.across.1)) else {
            return 1.0;
        };
        let reach = far - p.dot(self.light.sun);
        let (mut t, mut open) = (offset, 1.0f32);
        for _ in 0..24 {
            if t > reach {
                break;
            }
            let (d, _) = nearest(&self.figure.pieces, list, p + self.light.sun * t);
            open = open.min(0.5 + 0.5 * self.light.hardness * d / t.max(0.02));
            if open <= 0.0 {
                return 0.0;
            }
            t += d.abs().clamp(0.008, 0.2);
        }
        let open = open.clamp(0.0, 1.0);
        open * open * (3.0 - 2.0 * open)
    }

    /// One ray for every pixel, then four where it meets an edge.
    pub fn take(&self) -> Take {
        let (width, height) = (self.camera.width as i32, self.camera.height as i32);
        let x0 = (self.seen.x0 * TILE as i32 - 12).clamp(0, width);
        let y0 = (self.seen.y0 * TILE as i32 - 12).clamp(0, height);
        let x1 = ((self.seen.x0 + self.seen.columns as i32) * TILE as i32 + 12).clamp(x0, width);
        let y1 = ((self.seen.y0 + self.seen.rows as i32) * TILE as i32 + 12).clamp(y0, height);
        let mut layer = Layer::clear(x0, y0, (x1 - x0) as usize, (y1 - y0) as usize);
        let columns = layer.width.max(1);
        let place =
            |row: usize, column: usize| ((x0 + column as i32) as f32, (y0 + row as i32) as f32);
        let mut hits: Vec<Option<Hit>> = vec![None; layer.texels.len()];
        hits.par_chunks_mut(columns).enumerate().for_each(|(row, hits)| {
            for (column, hit) in hits.iter_mut().enumerate() {
                let (x, y) = place(row, column);
                *hit = self.look(x + 0.5, y + 0.5);
            }
        });
        layer.texels.par_chunks_mut(columns).enumerate().for_each(|(row, texels)| {
            for (column, texel) in texels.iter_mut().enumerate() {
                let (x, y) = place(row, column);
                *texel = match &hits[row * columns + column] {
                    here if at_edge(&hits, columns, row, column) => self.average(x, y, here),
                    Some(hit) => [hit.colour.x, hit.colour.y, hit.colour.z, 1.0],
                    None => [0.0; 4],
                };
            }
        });
        let codes = hits.iter().map(|hit| hit.map_or(0, |hit| hit.code)).collect();
        Take { layer, codes }
    }

    fn average(&self, x: f32, y: f32, centre: &Option<Hit>) -> Texel {
        const CORNERS: [(f32, f32); 4] = [(0.37, 0.12), (0.88, 0.37), (0.62, 0.88), (0.12, 0.62)];
        let mut sum = [0.0f32; 4];
        let looks = CORNERS.map(|(dx, dy)| self.look(x + dx, y + dy));
        for hit in looks.iter().chain([centre]).flatten() {
            for (total, v) in sum.iter_mut().zip([hit.colour.x, hit.colour.y, hit.colour.z, 1.0]) {
                *total += 0.2 * v;
            }
        }
        sum
    }

    fn look(&self, x: f32, y: f32) -> Option<Hit> {
        let (list, near, far) = self.seen.at(x, y)?;
        self.shoot(self.camera.ray(x, y), list, near, far)
    }

    fn shoot(&self, ray: Vec3, list: &[u16], near: f32, far: f32) -> Option<Hit> {
        let eye = self.camera.eye_point();
        let stretch = 1.0 / ray.length();
        let close = 0.35 * self.depth / self.camera.focal;
        let mut t = near.max(0.2);
        for _ in 0..72 {
            let p = eye + ray * t;
            let (body, stuff) = self.field(list, p);
            let sheet = self.sheet.map_or((1e3, 0.0, 0.0), |sheet| sheet.distance(p));
            let d = body.min(sheet.0);
            if d < close.max(0.0003) {
                if sheet.0 < body {
                    let (colour, code) = self.paper(list, p, sheet.1, sheet.2);
                    return Some(Hit { colour, code, kind: u8::MAX, depth: t });
                }
                let colour = self.surface(list, p, ray, stuff);
                return Some(Hit { colour, code: 0, kind: stuff as u8, depth: t });
            }
            t += d * 0.85 * stretch;
            if t > far {
                return None;
            }
        }
        None
    }

    #[inline(always)]
    fn field(&self, list: &[u16], p: Vec3) -> (f32, Stuff) {
        let (d, stuff) = nearest(&self.figure.pieces, list, p);
        if d < 0.02 { (d + cloth::folds(self.figure, stuff, p), stuff) } else { (d, stuff) }
    }

    /// How much of the sky a point sees.
    fn openness(&self, list: &[u16], p: Vec3, n: Vec3) -> f32 {
        let (mut closed, mut weight) = (0.0, 1.0);
        for step in [0.015f32, 0.04, 0.09] {
            let q = p + n * step;
            let (mut d, _) = nearest(&self.figure.pieces, list, q);
            if let Some(sheet) = self.sheet {
                d = d.min(sheet.distance(q).0);
            }
            closed += (1.0 - (d / step).clamp(0.0, 1.0)) * weight;
            weight *= 0.75;
        }
        (1.0 - 0.34 * closed).max(0.12)
    }

    fn surface(&self, list: &[u16], p: Vec3, ray: Vec3, stuff: Stuff) -> Colour {
        let step = if stuff == Stuff::Skin { 0.0016 } else { 0.0022 };
        let n = normal(|q| self.field(list, q).0, p, step);
        let shadow = self.sunlight(p + n * 0.012, 0.02);
        let open = self.openness(list, p, n);
        let base = self.dye(stuff, p, n);
        let mut colour = base.tint(self.light.on(n, shadow, open));
        let view = (-ray).normalised();
        let half = (view + self.light.sun).normalised();
        let gloss = n.dot(half).max(0.0);
        let edge = (1.0 - n.dot(view).max(0.0)).powi(4);
        let (shine, power, sky) = match stuff {
            Stuff::Skin => (0.10, 22, 0.10),
            Stuff::Glass => (2.2, 90, 0.75),
            Stuff::Watch => (0.8, 50, 0.3),
            Stuff::Shoe => (0.12, 20, 0.10),
            Stuff::Hair => (0.10, 14, 0.10),
            _ => (0.025, 8, 0.08),
        };
        colour += self.light.sun_colour * (gloss.powi(power) * shine * shadow);
        colour += self.light.sky * (edge * sky * open);
        if stuff == Stuff::Skin {
            // Light that went into the skin comes out redder past the shadow's edge.
            let wrap = (n.dot(self.light.sun) + 0.35).max(0.0) - n.dot(self.light.sun).max(0.0);
            let warm = base.tint(vec3(1.0, 0.36, 0.22)).tint(self.light.sun_colour);
            colour += warm * (wrap.min(0.35) * 0.42 * open);
        }
        if stuff == Stuff::Glass {
            let up = n.dot(vec3(0.0, 1.0, 0.0)).max(0.0);
            colour += self.light.sky * (0.10 + 0.5 * up);
        }
        colour
    }

    fn paper(&self, list: &[u16], p: Vec3, u: f32, v: f32) -> (Colour, u8) {
        let Some(sheet) = self.sheet else { return (Colour::default(), 0) };
        let e = 0.02;
        let du = sheet.point(u + e, v) - sheet.point(u - e, v);
        let dv = sheet.point(u, v + e) - sheet.point(u, v - e);
        let mut n = du.cross(dv).normalised();
        if n.z > 0.0 {
            n = -n;
        }
        let texels = sheet.bib.texture.width() / (du.length() / (2.0 * e));
        let footprint = texels * self.depth / self.camera.focal * 0.7;
        let [r, g, b, _] =
            sheet.bib.texture.sample(u.clamp(0.001, 0.999), v.clamp(0.001, 0.999), footprint);
        let shadow = self.sunlight(p + n * 0.016, 0.03);
        let open = self.openness(list, sheet.point(u, v) + n * 0.004, n).max(0.5);
        let light = self.light.on(n, shadow, open);
        // Paper lets a little light through and scatters the rest evenly.
        let light = light * 0.92 + (self.light.sky + self.light.sun_colour * 0.12) * 0.10;
        let grain = 0.97 + 0.05 * noise(u * 60.0, v * 60.0, 0.0);
        let inside = |[l, t, r, b]: [f32; 4]| u >= l && u <= r && v >= t && v <= b;
        let at = sheet.bib.characters.iter().position(|(_, area)| inside(*area));
        let code = at.map_or(1, |i| (i + 2).min(255) as u8);
        (vec3(r, g, b).tint(light) * (grain * 0.92), code)
    }

    fn dye(&self, stuff: Stuff, p: Vec3, n: Vec3) -> Colour {
        let outfit = &self.figure.outfit;
        match stuff {
            Stuff::Skin => skin::colour(self.figure, p, n),
            Stuff::Shirt => cloth::shirt(self.figure, p),
            Stuff::Shorts => outfit.shorts,
            Stuff::Tights => outfit.tights.map_or(outfit.shorts, |(colour, _)| colour),
            Stuff::Sock => outfit.socks,
            Stuff::Shoe => {
                if n.y < -0.15 {
                    outfit.sole
                } else {
                    outfit.shoes
                }
            }
            Stuff::Hair => {
                let strand = noise(p.x * 260.0, p.y * 40.0, p.z * 260.0);
                outfit.hair * (0.65 + 0.7 * strand)
            }
            Stuff::Hat => outfit.hat.unwrap_or(outfit.shorts),
            Stuff::Glass => outfit.glasses.unwrap_or(srgb(0x101216)),
            Stuff::Watch => srgb(0x15161a),
        }
    }
}
