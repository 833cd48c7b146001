//! A second generator, unlike the scenes: bibs printed with any fonts, on cloth folds, over
//! photographic noise. No runner, no road; other prints hang about.

use ab_glyph::{Font, FontArc, PxScale, ScaleFont};
use image::{Rgb, RgbImage};
use imageproc::filter::gaussian_blur_f32;
use kanso_scene::Dice;

use super::sample::{Sample, Truth, number};

const SIZE: (u32, u32) = (1280, 854);
/// Width of a sheet's texture, pixels.
const TEXTURE: u32 = 480;

/// Every font below a folder that has the digits and capitals, in order of their paths.
pub fn fonts(folder: &std::path::Path) -> Vec<FontArc> {
    let mut files = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.extension().and_then(|e| e.to_str()) {
                Some("ttf" | "otf") => files.push(path),
                _ if path.is_dir() => left.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
        .into_iter()
        .filter_map(|file| FontArc::try_from_vec(std::fs::read(file).ok()?).ok())
        .filter(|font| {
            ('0'..='9').chain('A'..='Z').all(|c| {
                let id = font.glyph_id(c);
                id.0 != 0 && font.outline(id).is_some()
            })
        })
        .collect()
}

/// What makes a photo hard.
const SPLITS: [&str; 7] = ["plain", "small", "blur", "occluded", "night", "roll", "letters"];

/// A photo of one to four bibs; the split goes with the seed.
pub fn sample(seed: u64, fonts: &[FontArc]) -> Sample {
    let mut dice = Dice::new(seed ^ 0x5eed);
    let split = SPLITS[seed as usize % SPLITS.len()];
    let mut picture = backdrop(&mut dice);
    for _ in 0..dice.below(4) {
        distraction(&mut picture, fonts, &mut dice);
    }
    let count = 1 + dice.below(4);
    let font = dice.pick(fonts).clone();
    let colors = Colors::chance(&mut dice);
    let mut truths: Vec<Truth> = Vec::new();
    for i in 0..count {
        let text = number(split == "letters", &mut dice);
        let place = Place::chance(split, i, count, &mut dice);
        let sheet = Sheet::printed(&text, &font, fonts, &colors, &mut dice);
        let shirt = Rgb([dice.below(200) as u8, dice.below(200) as u8, dice.below(200) as u8]);
        place.cloth(&mut picture, shirt);
        place.lay(&mut picture, &sheet);
        let mut truth = Truth { text, area: place.area(), visible: place.inside() };
        if split == "occluded" && dice.chance(0.6) {
            let share = dice.range(0.05, 0.35);
            place.arm(&mut picture, share, dice.chance(0.5));
            // The number fills the middle four fifths of its sheet.
            truth.visible = truth.visible.min(if share < 0.1 { 1.0 } else { 0.4 });
        }
        truths.push(truth);
    }
    Sample { picture: developed(picture, split, &mut dice), truths, split }
}

/// Clouds of three colours at several scales: edges and textures of everything and nothing.
fn backdrop(dice: &mut Dice) -> RgbImage {
    let seeds: Vec<f32> = (0..6).map(|_| dice.range(0.0, 1000.0)).collect();
    let tint = [dice.range(0.6, 1.2), dice.range(0.6, 1.2), dice.range(0.6, 1.2)];
    let level = dice.range(70.0, 150.0);
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let (x, y) = (x as f32 / 90.0, y as f32 / 90.0);
        let shape = octaves(x + seeds[0], y + seeds[1], 5);
        let edge = (octaves(x * 0.5 + seeds[2], y * 0.5 + seeds[3], 3) * 5.0).fract();
        let light = level * (0.5 + 0.8 * shape + 0.3 * edge);
        Rgb(tint.map(|t| (light * t).clamp(0.0, 255.0) as u8))
    })
}

/// Value noise of several octaves, 0 to 1.
fn octaves(x: f32, y: f32, count: i32) -> f32 {
    let layer = |i: i32| {
        let (scale, weight) = (2f32.powi(i), 0.5f32.powi(i + 1));
        weight * lattice_noise(x * scale, y * scale)
    };
    (0..count).map(layer).sum()
}

/// Values at whole points, blended between them.
fn lattice_noise(x: f32, y: f32) -> f32 {
    let value = |x: f32, y: f32| {
        let mixed = (x as i64).wrapping_mul(0x9e37_79b1) ^ (y as i64).wrapping_mul(0x85eb_ca6b);
        Dice::new(mixed as u64).unit()
    };
    let (x0, y0) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (ease(x - x0), ease(y - y0));
    let above = value(x0, y0) * (1.0 - fx) + value(x0 + 1.0, y0) * fx;
    let below = value(x0, y0 + 1.0) * (1.0 - fx) + value(x0 + 1.0, y0 + 1.0) * fx;
    above * (1.0 - fy) + below * fy
}

/// A print that is no bib.
fn distraction(picture: &mut RgbImage, fonts: &[FontArc], dice: &mut Dice) {
    const WORDS: [&str; 9] =
        ["FINISH", "MARATHON 2026", "2008", "10km", "1:23:45", "3:59:07", "SPORTS", "42.195", "5K"];
    let text = *dice.pick(&WORDS);
    let height = dice.range(18.0, 60.0);
    let (mask, width) = lettered(dice.pick(fonts), text, height);
    let (left, top) = (dice.range(0.0, 900.0), dice.range(0.0, 220.0));
    let paper = [dice.below(256) as u8, dice.below(120) as u8, dice.below(256) as u8];
    for y in 0..(height * 1.6) as u32 {
        for x in 0..width + 20 {
            let (px, py) = (left as u32 + x, top as u32 + y);
            if px < picture.width() && py < picture.height() {
                let inked = mask.get(x as i64 - 10, y as i64 - (height * 0.3) as i64);
                picture.put_pixel(px, py, Rgb(paper.map(|p| blend(p, 245, inked))));
            }
        }
    }
}

fn blend(from: u8, to: u8, share: f32) -> u8 {
    (f32::from(from) + (f32::from(to) - f32::from(from)) * share) as u8
}

struct Mask {
    width: u32,
    ink: Vec<f32>,
}

impl Mask {
    fn get(&self, x: i64, y: i64) -> f32 {
        if x < 0 || y < 0 || x >= i64::from(self.width) {
            return 0.0;
        }
        self.ink.get(y as usize * self.width as usize + x as usize).copied().unwrap_or(0.0)
    }
}

/// A text with digits so many pixels high, and its width.
fn lettered(font: &FontArc, text: &str, height: f32) -> (Mask, u32) {
    let probe = font.as_scaled(PxScale::from(100.0));
    let tall =
        probe.outline_glyph(probe.scaled_glyph('0')).map_or(70.0, |o| o.px_bounds().height());
    let scaled = font.as_scaled(PxScale::from(100.0 * height / tall.max(1.0)));
    let advance: f32 = text.chars().map(|c| scaled.h_advance(scaled.glyph_id(c))).sum();
    let width = advance.ceil() as u32 + 2;
    let mut mask = Mask { width, ink: vec![0.0; width as usize * (height * 1.4) as usize] };
    let mut pen = 1.0;
    for c in text.chars() {
        let glyph = scaled.scaled_glyph(c);
        let id = glyph.id;
        if let Some(outline) = scaled.outline_glyph(glyph) {
            let start = outline.px_bounds().min;
            outline.draw(|gx, gy, coverage| {
                let (x, y) = (pen + start.x + gx as f32, height + start.y + gy as f32);
                if x >= 0.0
                    && y >= 0.0
                    && (x as u32) < width
                    && let Some(ink) = mask.ink.get_mut(y as usize * width as usize + x as usize)
                {
                    *ink = ink.max(coverage.min(1.0));
                }
            });
        }
        pen += scaled.h_advance(id);
    }
    (mask, width)
}

/// One race's inks.
struct Colors {
    paper: [u8; 3],
    ink: [u8; 3],
    accent: [u8; 3],
}

impl Colors {
    fn chance(dice: &mut Dice) -> Self {
        let mut any =
            |low: usize, high: usize| [(); 3].map(|()| (low + dice.below(high - low)) as u8);
        let (light, dark, accent) = (any(225, 256), any(0, 70), any(0, 200));
        if dice.chance(0.15) {
            return Self { paper: accent.map(|v| v / 2), ink: [250; 3], accent: light };
        }
        Self {
            paper: light,
            ink: if dice.chance(0.3) { accent.map(|v| v / 2) } else { dark },
            accent,
        }
    }
}

/// The printed sheet, flat.
struct Sheet {
    texture: RgbImage,
}

impl Sheet {
    fn printed(
        text: &str,
        font: &FontArc,
        fonts: &[FontArc],
        colors: &Colors,
        dice: &mut Dice,
    ) -> Self {
        let height = (TEXTURE as f32 * dice.range(0.6, 0.85)) as u32;
        let mut texture = RgbImage::from_pixel(TEXTURE, height, Rgb(colors.paper));
        let mut digits = height as f32 * 0.45;
        let (_, width) = lettered(font, text, digits);
        digits *= (TEXTURE as f32 * 0.84 / width as f32).min(1.0);
        print(&mut texture, font, text, digits, 0.52, colors.ink);
        let band = height / 7;
        for (x, y) in (0..band).flat_map(|y| (0..TEXTURE).map(move |x| (x, y))) {
            texture.put_pixel(x, y, Rgb(colors.accent));
        }
        const RACES: [&str; 5] = ["CITY MARATHON", "RIVER HALF 2026", "TRAIL 50K", "EKIDEN", "RUN"];
        let small = band as f32 * 0.5;
        print(&mut texture, dice.pick(fonts), dice.pick::<&str>(&RACES), small, 0.07, colors.paper);
        if dice.chance(0.5) {
            const BELOW: [&str; 4] = ["SPONSOR", "WAVE B", "www.race.example", "KEN"];
            print(
                &mut texture,
                dice.pick(fonts),
                dice.pick::<&str>(&BELOW),
                small,
                0.90,
                colors.ink,
            );
        }
        Self { texture }
    }

    /// Bilinear, `u` and `v` in 0..1.
    fn at(&self, u: f32, v: f32) -> [f32; 3] {
        let (w, h) = self.texture.dimensions();
        let (x, y) = (u * (w - 1) as f32, v * (h - 1) as f32);
        let (x0, y0) = ((x as u32).min(w - 2), (y as u32).min(h - 2));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let mut sum = [0.0; 3];
        for (dx, dy, weight) in [
            (0, 0, (1.0 - fx) * (1.0 - fy)),
            (1, 0, fx * (1.0 - fy)),
            (0, 1, (1.0 - fx) * fy),
            (1, 1, fx * fy),
        ] {
            let pixel = self.texture.get_pixel(x0 + dx, y0 + dy).0;
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += weight * f32::from(value);
            }
        }
        sum
    }
}

fn print(texture: &mut RgbImage, font: &FontArc, text: &str, height: f32, at: f32, ink: [u8; 3]) {
    let (mask, width) = lettered(font, text, height);
    let left = (i64::from(texture.width()) - i64::from(width)) / 2;
    let top = (at * texture.height() as f32 - height / 2.0) as i64;
    for (x, y, pixel) in texture.enumerate_pixels_mut() {
        let inked = mask.get(i64::from(x) - left, i64::from(y) - top);
        for (value, ink) in pixel.0.iter_mut().zip(ink) {
            *value = blend(*value, ink, inked);
        }
    }
}

/// Where a sheet lies and how it is bent.
struct Place {
    middle: (f32, f32),
    width: f32,
    height: f32,
    turn: f32,
    /// Folds: depth, waves across the sheet, phase, and their slant.
    fold: [f32; 4],
    light: f32,
}

impl Place {
    fn chance(split: &str, i: usize, count: usize, dice: &mut Dice) -> Self {
        let wide = SIZE.0 as f32 / count as f32;
        let width = match split {
            "small" => dice.range(50.0, 80.0),
            _ => dice.range(100.0, 230.0).min(wide * 0.85),
        };
        let roll = if split == "roll" { dice.range(-0.5, 0.5) } else { dice.range(-0.12, 0.12) };
        Self {
            middle: (
                wide * (i as f32 + 0.5) + dice.range(-0.05, 0.05) * wide,
                dice.range(330.0, 720.0),
            ),
            width,
            height: width * dice.range(0.65, 0.85),
            turn: roll,
            fold: [
                dice.range(0.0, 0.05),
                dice.range(0.6, 2.2),
                dice.range(0.0, 6.3),
                dice.range(-1.0, 1.0),
            ],
            light: dice.range(0.75, 1.05),
        }
    }

    /// The sheet's own coordinates of a pixel, and how its fold is lit.
    fn lookup(&self, x: f32, y: f32) -> (f32, f32, f32) {
        let (sin, cos) = self.turn.sin_cos();
        let (dx, dy) = (x - self.middle.0, y - self.middle.1);
        let (u, v) = ((dx * cos + dy * sin) / self.width, (dy * cos - dx * sin) / self.height);
        let [depth, waves, phase, slant] = self.fold;
        let along = std::f32::consts::TAU * waves * (u + slant * v) + phase;
        let lit = 1.0 + 4.0 * depth * along.cos();
        (u + 0.5 + depth * along.sin(), v + 0.5 + 0.6 * depth * along.cos(), lit * self.light)
    }

    fn area(&self) -> [f32; 4] {
        let reach = 0.5 * (self.width.hypot(self.height));
        let (w, h) = if self.turn.abs() > 0.2 {
            (reach, reach)
        } else {
            (self.width / 2.0, self.height / 2.0)
        };
        [self.middle.0 - w, self.middle.1 - h, 2.0 * w, 2.0 * h]
    }

    /// Share of the sheet inside the picture, across.
    fn inside(&self) -> f32 {
        let (left, right) = (self.middle.0 - self.width / 2.0, self.middle.0 + self.width / 2.0);
        let shown = right.min(SIZE.0 as f32) - left.max(0.0);
        (shown / self.width).clamp(0.0, 1.0)
    }

    fn each(&self, reach: f32, mut paint: impl FnMut(u32, u32)) {
        let far = reach * self.width.hypot(self.height);
        let low = |v: f32| (v - far).max(0.0) as u32;
        let high = |v: f32, most: u32| ((v + far).max(0.0) as u32).min(most);
        for y in low(self.middle.1)..high(self.middle.1, SIZE.1) {
            for x in low(self.middle.0)..high(self.middle.0, SIZE.0) {
                paint(x, y);
            }
        }
    }

    fn cloth(&self, picture: &mut RgbImage, color: Rgb<u8>) {
        self.each(1.1, |x, y| {
            let (u, v, lit) = self.lookup(x as f32, y as f32);
            if (u - 0.5).abs() < 0.8 && (v - 0.4).abs() < 1.3 {
                let value = color.0.map(|c| (f32::from(c) * lit).clamp(0.0, 255.0) as u8);
                picture.put_pixel(x, y, Rgb(value));
            }
        });
    }

    fn lay(&self, picture: &mut RgbImage, sheet: &Sheet) {
        self.each(0.6, |x, y| {
            let mut sum = [0.0; 3];
            let mut hit = 0.0;
            // Four samples a pixel.
            for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                let (u, v, lit) = self.lookup(x as f32 + dx, y as f32 + dy);
                if (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v) {
                    hit += 0.25;
                    for (sum, value) in sum.iter_mut().zip(sheet.at(u, v)) {
                        *sum += 0.25 * value * lit;
                    }
                }
            }
            if hit > 0.0 {
                let below = picture.get_pixel(x, y).0;
                let mut pixel = [0; 3];
                for c in 0..3 {
                    pixel[c] = (sum[c] + (1.0 - hit) * f32::from(below[c])).clamp(0.0, 255.0) as u8;
                }
                picture.put_pixel(x, y, Rgb(pixel));
            }
        });
    }

    /// An arm over one end of the sheet.
    fn arm(&self, picture: &mut RgbImage, share: f32, left: bool) {
        self.each(0.9, |x, y| {
            let (u, v, lit) = self.lookup(x as f32, y as f32);
            let across = if left { u } else { 1.0 - u };
            if across + 0.15 * (v - 0.5) < share && across > share - 0.45 {
                let skin = [205.0, 160.0, 130.0].map(|c: f32| (c * lit).clamp(0.0, 255.0) as u8);
                picture.put_pixel(x, y, Rgb(skin));
            }
        });
    }
}

/// Exposure, blur and grain.
fn developed(picture: RgbImage, split: &str, dice: &mut Dice) -> RgbImage {
    let sigma = if split == "blur" { dice.range(1.2, 2.6) } else { dice.range(0.4, 0.9) };
    let mut planes = [0, 1, 2].map(|channel| {
        let plane = image::GrayImage::from_fn(SIZE.0, SIZE.1, |x, y| {
            image::Luma([picture.get_pixel(x, y).0[channel]])
        });
        gaussian_blur_f32(&plane, sigma)
    });
    let (gain, grain) = if split == "night" {
        (dice.range(0.22, 0.45), dice.range(6.0, 12.0))
    } else {
        (dice.range(0.8, 1.15), dice.range(1.0, 5.0))
    };
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        Rgb([0, 1, 2].map(|channel: usize| {
            let value = f32::from(planes[channel].get_pixel_mut(x, y).0[0]);
            (value * gain + grain * dice.normal()).clamp(0.0, 255.0) as u8
        }))
    })
}
