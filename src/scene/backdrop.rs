//! What stands behind the runners: sky, town or park, crowd, arch and barriers.

use tiny_skia::{FillRule, Transform};

use super::camera::Camera;
use super::card::Card;
use super::dice::{Dice, clouds};
use super::layer::Frame;
use super::lettering::{Lettering, line, paint};
use super::light::{Hour, Light};
use super::vector::{Colour, Vec3, encode, srgb, vec3};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Street,
    Park,
    Harbour,
}

/// Words on the arch, the banners and the clock.
#[derive(Debug, Clone)]
pub struct Signs {
    pub race: String,
    pub arch: String,
    pub clock: String,
    pub sponsors: Vec<String>,
    /// sRGB.
    pub accent: u32,
}

/// Half the width of the course, metres.
pub const COURSE: f32 = 3.1;

/// Paints everything behind the runners, far to near.
pub struct Backdrop<'a> {
    pub camera: &'a Camera,
    pub light: &'a Light,
    pub place: Place,
    pub signs: &'a Signs,
    pub letters: &'a Lettering,
    pub arch_depth: f32,
    pub crowd: bool,
}

const COATS: [u32; 14] = [
    0x2f3d57, 0x8b2f2f, 0x3f6b4f, 0xc9b48a, 0xe5e2da, 0x23252b, 0x5d7fa8, 0xd98a3d, 0x7d5a82,
    0xb0b7bd, 0xd8c24a, 0x3d8f93, 0xa2405f, 0x4b4b50,
];
const FACES: [u32; 5] = [0xe9bf9c, 0xd9a67e, 0xc48c63, 0x8f6242, 0xf1cfb0];

impl Backdrop<'_> {
    /// Sky and everything down to the horizon; the road comes after it.
    pub fn far(&self, frame: &mut Frame, dice: &Dice) {
        self.sky(frame, &mut dice.fork(1));
        if let Some(mut card) = Card::new(self.camera, 95.0) {
            self.skyline(&mut card, &mut dice.fork(2));
            card.onto(frame, self.light, self.flat_light());
        }
        if let Some(mut card) = Card::new(self.camera, 55.0) {
            self.trees(&mut card, &mut dice.fork(3));
            card.onto(frame, self.light, self.flat_light());
        }
    }

    /// Crowd, barriers and arch, which stand on the road.
    pub fn near(&self, frame: &mut Frame, dice: &Dice) {
        let mut depths = vec![42.0f32, 34.0, 28.0, 23.5, 19.5, 16.5, 14.0, 12.0, 10.4, 9.0, 7.9];
        depths.retain(|d| *d > 0.55 * self.camera.focus);
        let mut arch = Some(self.arch_depth);
        for (i, pair) in depths.windows(2).enumerate() {
            if let Some(depth) = arch.filter(|depth| *depth >= pair[0]) {
                self.stand_arch(frame, depth);
                arch = None;
            }
            let Some(mut card) = Card::new(self.camera, pair[0]) else { continue };
            if i == 0 {
                self.watchers(&mut card, &mut dice.fork(20), -9.0, 9.0);
                card.slab([-9.0, 0.0, 9.0, 1.0], self.signs.accent);
            }
            if self.crowd {
                for side in [-1.0, 1.0] {
                    let mut dice = dice.fork(30 + i as u64 * 2 + u64::from(side > 0.0));
                    let edge = side * (COURSE + 0.5);
                    let (a, b) = (edge.min(edge + side * 5.0), edge.max(edge + side * 5.0));
                    self.watchers(&mut card, &mut dice, a, b);
                }
            }
            for side in [-1.0, 1.0] {
                self.barrier(&mut card, side, pair[0], pair[1], i);
            }
            card.onto(frame, self.light, self.flat_light());
        }
        if let Some(depth) = arch {
            self.stand_arch(frame, depth);
        }
    }

    fn stand_arch(&self, frame: &mut Frame, depth: f32) {
        if let Some(mut card) = Card::new(self.camera, depth) {
            self.arch(&mut card);
            card.onto(frame, self.light, self.flat_light());
        }
    }

    /// Light on upright things that face the camera.
    fn flat_light(&self) -> Colour {
        let facing = vec3(0.0, 0.25, -0.97);
        let light = self.light.on(facing, 0.75, 0.9);
        light * 1.05
    }

    fn sky(&self, frame: &mut Frame, dice: &mut Dice) {
        let (top, low, white) = match self.light.hour {
            Hour::Day => (srgb(0x4f8fd6), srgb(0xc9dff0), srgb(0xffffff) * 1.15),
            Hour::Golden => (srgb(0x7d9cc6), srgb(0xffd9a0) * 1.2, srgb(0xffe7c4) * 1.25),
            Hour::Night => (srgb(0x070b18), srgb(0x27304a), srgb(0x1a2238)),
            Hour::Rain => (srgb(0x9aa6b0), srgb(0xd3dade), srgb(0xb9c3cb)),
        };
        let phase = dice.range(0.0, 90.0);
        let (width, horizon) = (frame.width, self.camera.horizon);
        for y in 0..frame.height.min((horizon + 2.0).max(0.0) as usize) {
            let h = ((horizon - y as f32) / self.camera.focal * 5.0).clamp(0.0, 1.0);
            let base = low.mix(top, h.powf(0.8));
            for x in 0..width {
                let u = (x as f32 - self.camera.centre_x) / self.camera.focal;
                let cloud = clouds(u * 5.0 + phase, h * 4.0, 4);
                let t = ((cloud - 0.50) * 3.4).clamp(0.0, 0.85);
                frame.pixels[y * width + x] = base.mix(white, t);
            }
        }
    }

    fn skyline(&self, card: &mut Card<'_>, dice: &mut Dice) {
        let night = self.light.hour == Hour::Night;
        let count = match self.place {
            Place::Street => 18,
            Place::Harbour => 9,
            Place::Park => 4,
        };
        for i in 0..count {
            let x = (i as f32 / (count - 1) as f32 - 0.5) * 74.0 + dice.range(-3.0, 3.0);
            let open = if x.abs() < 7.0 { 0.55 } else { 1.0 };
            let (w, h) = (dice.range(5.0, 12.0), dice.range(7.0, 22.0) * open);
            let walls = [0xb9aea2, 0x9aa3ab, 0xcbbfae, 0x8b8f96, 0xd7cfc4, 0xa58f7c, 0x6f7a86];
            card.slab([x - w / 2.0, -1.0, x + w / 2.0, h], *dice.pick(&walls));
            card.slab([x + w * 0.30, -1.0, x + w / 2.0, h], 0x7d7a78);
            let (columns, rows) = ((w / 1.8) as usize, (h / 2.6) as usize);
            for column in 0..columns {
                for row in 1..rows {
                    let (l, b) = (x - w / 2.0 + 0.5 + column as f32 * 1.8, row as f32 * 2.6);
                    let lit = dice.chance(if night { 0.5 } else { 0.12 });
                    let glass = if lit { 0xffe2a8 } else { 0x4c5a68 };
                    card.slab([l, b, l + 1.05, b + 1.4], glass);
                }
            }
        }
        if self.place == Place::Harbour {
            card.slab([-60.0, 0.2, 60.0, 2.2], if night { 0x1a2740 } else { 0x4f7fa0 });
            let (x, h) = (dice.range(-9.0, 9.0), 26.0);
            card.slab([x - 0.6, 0.0, x + 0.6, h], 0xd8d8d4);
            for k in 0..9 {
                let reach = 3.0 + 3.2 * k as f32;
                let (a, b) = (card.here(x, h - 1.0), card.here(x + reach, 3.0));
                let c = card.here(x - reach, 3.0);
                card.fill(&[a, b, (b.0 + 1.2, b.1)], &paint(0xe4e4e0, 0.8));
                card.fill(&[a, c, (c.0 - 1.2, c.1)], &paint(0xe4e4e0, 0.8));
            }
        }
    }

    fn trees(&self, card: &mut Card<'_>, dice: &mut Dice) {
        let count = if self.place == Place::Park { 17 } else { 9 };
        let autumn = dice.chance(0.55);
        for i in 0..count {
            let side = if i % 2 == 0 { 1.0 } else { -1.0 };
            let x = side * dice.range(if self.place == Place::Park { 1.5 } else { 5.0 }, 22.0);
            let h = dice.range(5.5, 11.5);
            card.slab([x - 0.18, -0.5, x + 0.18, h * 0.6], 0x3b3029);
            let greens: &[u32] = if autumn && dice.chance(0.6) {
                &[0xb8742c, 0xd39a35, 0x9c5527, 0xe0b455, 0x7d4a22]
            } else {
                &[0x2f4d2a, 0x446a34, 0x5c8540, 0x25401f, 0x7fa055]
            };
            for _ in 0..150 {
                let (a, r) = (dice.range(0.0, std::f32::consts::TAU), dice.unit().sqrt());
                let (dx, dy) = (a.cos() * r * h * 0.30, a.sin() * r * h * 0.33);
                let (px, py) = card.here(x + dx, h * 0.68 + dy);
                let tone = ((dy / h + 0.33) * 5.0 + dice.range(-1.0, 1.0)).clamp(0.0, 4.0);
                let hex = greens[[3, 0, 1, 2, 4][tone as usize]];
                let size = dice.range(0.16, 0.55) * card.metre();
                card.disc(px, py, size, hex, 0.85);
            }
        }
        if self.light.hour == Hour::Night {
            for _ in 0..46 {
                let (x, y) = card.here(dice.range(-22.0, 22.0), dice.range(1.0, 9.0));
                let hex = *dice.pick(&[0xffd9a0, 0xffb35c, 0xfff2d8, 0x9fd0ff, 0xff6b52]);
                card.disc(x, y, 0.22 * card.metre(), hex, 1.0);
            }
        }
    }

    fn watchers(&self, card: &mut Card<'_>, dice: &mut Dice, from: f32, to: f32) {
        let mut x = from;
        while x < to {
            x += dice.range(0.26, 0.55);
            if dice.chance(0.12) {
                continue;
            }
            let tall = dice.range(1.45, 1.82);
            let (coat, face) = (*dice.pick(&COATS), *dice.pick(&FACES));
            let m = card.metre();
            card.slab(
                [x - 0.19, 0.0, x + 0.19, tall - 0.85],
                *dice.pick(&[0x23262e, 0x2f3a50, 0x4a443c]),
            );
            let (w, low) = (dice.range(0.17, 0.24), tall - 0.95);
            let body =
                [(x - w, low), (x + w, low), (x + 0.21, tall - 0.40), (x - 0.21, tall - 0.40)];
            let body = body.map(|(x, y)| card.here(x, y));
            card.fill(&body, &paint(coat, 1.0));
            for shoulder in [-0.15, 0.15] {
                let (px, py) = card.here(x + shoulder, tall - 0.40);
                card.disc(px, py, 0.105 * m, coat, 1.0);
            }
            let (px, py) = card.here(x, tall - 0.12);
            card.disc(
                px,
                py - 0.03 * m,
                0.118 * m,
                *dice.pick(&[0x1d1815, 0x2b211b, 0x15120f]),
                1.0,
            );
            card.disc(px, py + 0.02 * m, 0.098 * m, face, 1.0);
            if dice.chance(0.3) {
                let reach = dice.range(0.16, 0.34);
                let (hx, hy) = card.here(x + reach, tall + dice.range(-0.1, 0.3));
                let (sx, sy) = card.here(x + 0.2, tall - 0.42);
                let t = 0.05 * m;
                card.fill(
                    &[(sx - t, sy), (sx + t, sy), (hx + t, hy), (hx - t, hy)],
                    &paint(coat, 1.0),
                );
                card.disc(hx, hy, 0.06 * m, face, 1.0);
            }
        }
    }

    /// One panel of the barrier along the course, from one depth to a nearer one.
    fn barrier(&self, card: &mut Card<'_>, side: f32, far: f32, near: f32, number: usize) {
        let x = side * COURSE;
        let quad = |card: &Card<'_>, low: f32, high: f32| {
            [(far, low), (near, low), (near, high), (far, high)]
                .map(|(z, y)| card.at(vec3(x, y, z)))
        };
        let points = quad(card, 0.06, 1.02);
        let hex = if number.is_multiple_of(2) { self.signs.accent } else { 0xf4f4f0 };
        card.fill(&points, &paint(hex, 1.0));
        let rail = quad(card, 1.02, 1.07);
        card.fill(&rail, &paint(0xb9bdc2, 1.0));
        let Some(words) = self.signs.sponsors.get(number % self.signs.sponsors.len().max(1)) else {
            return;
        };
        let ink = if number.is_multiple_of(2) { 0xffffff } else { self.signs.accent };
        let text = line(self.letters.face_for("InterDisplay-SemiBold", words), words, 0.42, 0.05);
        let Some(path) = text.path else { return };
        // Along the barrier the words shrink with depth; an affine map is near enough.
        let (a, b) = if side > 0.0 { (far, near) } else { (near, far) };
        let (from, to) = (card.at(vec3(x, 0.34, a)), card.at(vec3(x, 0.34, b)));
        let along = ((to.0 - from.0) / (text.width * 1.15), (to.1 - from.1) / (text.width * 1.15));
        let up = card.metre();
        let place = Transform::from_row(
            along.0,
            along.1,
            0.0,
            up,
            from.0 + along.0 * text.width * 0.07,
            from.1,
        );
        card.map.fill_path(&path, &paint(ink, 1.0), FillRule::Winding, place, None);
    }

    /// A truss with a banner and a clock across the course.
    fn arch(&self, card: &mut Card<'_>) {
        let (half, foot, head) = (COURSE + 0.15, 2.85, 3.85);
        for side in [-1.0, 1.0] {
            let x = side * half;
            card.slab([x - 0.28, 0.0, x + 0.28, head], self.signs.accent);
            card.slab([x - 0.28, 0.0, x - 0.16, head], 0xffffff);
        }
        card.slab([-half - 0.28, foot, half + 0.28, head], self.signs.accent);
        card.slab([-half - 0.28, foot, half + 0.28, foot + 0.09], 0xffffff);
        self.words(card, &self.signs.arch, [-1.9, 3.33, 1.9, 3.68], 0xffffff);
        self.words(card, &self.signs.race, [-2.2, 3.03, 2.2, 3.20], 0xffffff);
        card.slab([-0.78, 2.38, 0.78, 2.84], 0x0a0a0c);
        self.words(card, &self.signs.clock, [-0.66, 2.47, 0.66, 2.75], 0xff5a2a);
    }

    fn words(&self, card: &mut Card<'_>, text: &str, [l, b, r, t]: [f32; 4], hex: u32) {
        let (x0, y1) = card.here(l, b);
        let (x1, y0) = card.here(r, t);
        let face = self.letters.face_for("BIZUDGothic-Bold", text);
        super::lettering::print(&mut card.map, face, text, [x0, y0, x1 - x0, y1 - y0], hex);
    }
}

/// The sRGB bytes of a linear colour.
pub fn hex(c: Colour) -> u32 {
    let byte = |v: f32| (encode(v.clamp(0.0, 1.0)) * 255.0 + 0.5) as u32;
    let Vec3 { x, y, z } = c;
    byte(x) << 16 | byte(y) << 8 | byte(z)
}
