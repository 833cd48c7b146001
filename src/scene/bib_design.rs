//! The sheet on a runner's chest: number, race, sponsor, name, QR code.

use qrcodegen::{QrCode, QrCodeEcc};
use tiny_skia::{Pixmap, Transform};

use super::dice::Dice;
use super::layer::Texture;
use super::lettering::{Lettering, block, paint, print};

/// What is printed on one bib.
#[derive(Debug, Clone)]
pub struct BibDesign {
    pub number: String,
    pub name: Option<String>,
    pub qr: Option<String>,
    pub race: String,
    pub sponsor: String,
    /// sRGB.
    pub accent: u32,
    pub paper: u32,
    pub ink: u32,
    /// Face of the number.
    pub face: String,
    /// Height over width.
    pub aspect: f32,
    /// Number of the arrangement.
    pub style: u8,
}

/// A printed bib: its texture, and each character's box in 0..1.
#[derive(Debug)]
pub struct PrintedBib {
    pub texture: Texture,
    pub number: String,
    /// left, top, right, bottom.
    pub characters: Vec<(char, [f32; 4])>,
    pub aspect: f32,
}

const WIDTH: f32 = 960.0;
/// Empty modules around a QR code.
const QUIET: i32 = 4;
const ACCENTS: [u32; 9] =
    [0x0b5fa5, 0xd5342b, 0x0f8a5f, 0xf08a1d, 0x5a3a9e, 0x12233f, 0xd63c82, 0x00a2b8, 0x1c1c1f];

impl BibDesign {
    /// Any bib of any race.
    pub fn chance(number: &str, qr: Option<String>, letters: &Lettering, dice: &mut Dice) -> Self {
        let style = dice.below(5) as u8;
        let accent = *dice.pick(&ACCENTS);
        let dark = style == 4;
        const RACES: [&str; 6] =
            ["CITY HALF", "HARBOUR RUN", "MARATHON", "RIVER 10K", "EKIDEN", "SPRING RUN"];
        const SPONSORS: [&str; 6] =
            ["NAGISA WATER", "KAIYO BANK", "ASAHI-NO TEA", "PACE LAB", "MINATO LINE", "SOLVIA"];
        let name = ["KENGO", "SAKURA", "MARIA", "RIKU", "ANNA", "TARO"];
        Self {
            number: number.to_owned(),
            name: dice.chance(0.3).then(|| (*dice.pick(&name)).to_owned()),
            qr,
            race: (*dice.pick(&RACES)).to_owned(),
            sponsor: (*dice.pick(&SPONSORS)).to_owned(),
            accent,
            paper: if dark { accent } else { 0xfafaf7 },
            ink: if dark { 0xffffff } else { *dice.pick(&[0x111114, 0x111114, accent]) },
            face: letters.name(dice.below(letters.len())).to_owned(),
            aspect: dice.range(0.66, 0.92),
            style,
        }
    }

    pub fn printed(&self, letters: &Lettering) -> Option<PrintedBib> {
        let height = (WIDTH * self.aspect).round();
        let mut map = Pixmap::new(WIDTH as u32, height as u32)?;
        block(&mut map, [0.0, 0.0, WIDTH, height], self.paper);
        let (top, bottom) = self.bands(&mut map, letters, height);
        let mut room = [0.05 * WIDTH, top, 0.90 * WIDTH, bottom - top];
        if let Some(payload) = &self.qr {
            let edge = (room[3] * 0.90).min(WIDTH * 0.40);
            let x = WIDTH * 0.97 - edge;
            let y = top + (room[3] - edge) * 0.5;
            qr(&mut map, payload, [x, y, edge, edge]);
            room[2] = x - room[0] - 0.01 * WIDTH;
        }
        if let Some(name) = &self.name {
            let h = room[3] * 0.13;
            let face = letters.face_for("BIZUDGothic-Bold", name);
            let y = room[1] + room[3] - h * 1.25;
            print(&mut map, face, name, [room[0], y, room[2], h], self.ink);
            room[3] -= h * 1.5;
        }
        let digits = [room[0], room[1] + room[3] * 0.14, room[2], room[3] * 0.74];
        let face = letters.face(&self.face, 0);
        let boxes = print(&mut map, face, &self.number, digits, self.ink);
        pins(&mut map, height);
        let characters = boxes
            .into_iter()
            .map(|(c, [x, y, w, h])| {
                (c, [x / WIDTH, y / height, (x + w) / WIDTH, (y + h) / height])
            })
            .collect();
        Some(PrintedBib {
            texture: Texture::from_pixmap(&map),
            number: self.number.clone(),
            characters,
            aspect: self.aspect,
        })
    }

    /// Paints header and sponsor strip; the free rows between them.
    fn bands(&self, map: &mut Pixmap, letters: &Lettering, height: f32) -> (f32, f32) {
        let race = letters.face_for("InterDisplay-SemiBold", &self.race);
        let sponsor = letters.face_for("Inter-SemiBold", &self.sponsor);
        let (head, foot) = (0.17 * height, 0.12 * height);
        let head_ink = if self.style == 1 { self.accent } else { 0xffffff };
        match self.style {
            1 => {
                block(map, [0.0, head * 0.92, WIDTH, head * 0.08], self.accent);
                block(map, [0.0, height - foot, WIDTH, foot], self.accent);
            }
            2 => {
                block(map, [0.0, 0.0, WIDTH, head], self.accent);
                block(map, [0.0, head, 0.03 * WIDTH, height], self.accent);
                block(map, [0.97 * WIDTH, head, 0.03 * WIDTH, height], self.accent);
            }
            3 => waves(map, self.accent, head, height),
            4 => block(map, [0.0, 0.0, WIDTH, head], 0x101014),
            _ => {
                block(map, [0.0, 0.0, WIDTH, head], self.accent);
                block(map, [0.0, height - foot, WIDTH, foot * 0.10], self.accent);
            }
        }
        let band = [0.12 * WIDTH, head * 0.28, 0.76 * WIDTH, head * 0.40];
        print(map, race, &self.race, band, head_ink);
        let foot_ink = if matches!(self.style, 1 | 3 | 4) { 0xffffff } else { self.accent };
        let band = [0.14 * WIDTH, height - foot * 0.68, 0.72 * WIDTH, foot * 0.38];
        print(map, sponsor, &self.sponsor, band, foot_ink);
        (head, height - foot)
    }
}

/// A sea of three waves under the header.
fn waves(map: &mut Pixmap, accent: u32, head: f32, height: f32) {
    for (i, opacity) in [(0, 1.0), (1, 0.45), (2, 0.25)] {
        for (edge, sign) in [(head * (0.86 + 0.13 * i as f32), 0.0), (height * 0.83, 1.0)] {
            let mut path = tiny_skia::PathBuilder::new();
            let far = if sign > 0.0 { height } else { 0.0 };
            if sign > 0.0 && i > 0 {
                continue;
            }
            path.move_to(0.0, far);
            for step in 0..=48 {
                let x = WIDTH * step as f32 / 48.0;
                let swell = (x * 0.012 + i as f32 * 1.9).sin() * head * 0.06;
                path.line_to(x, edge + if sign > 0.0 { height * 0.045 } else { 0.0 } + swell);
            }
            path.line_to(WIDTH, far);
            path.close();
            if let Some(path) = path.finish() {
                let fill = tiny_skia::FillRule::Winding;
                map.fill_path(&path, &paint(accent, opacity), fill, Transform::identity(), None);
            }
        }
    }
}

fn qr(map: &mut Pixmap, payload: &str, [x, y, w, h]: [f32; 4]) {
    let Ok(code) = QrCode::encode_text(payload, QrCodeEcc::Low) else { return };
    block(map, [x, y, w, h], 0xffffff);
    let n = code.size() + 2 * QUIET;
    // Whole texels to a module, so that no module is thinner than its neighbour.
    let module = (w / n as f32).floor().max(1.0);
    let (x, y) =
        ((x + (w - module * n as f32) * 0.5).round(), (y + (h - module * n as f32) * 0.5).round());
    for row in 0..n {
        for column in 0..n {
            if code.get_module(column - QUIET, row - QUIET) {
                let at = [x + column as f32 * module, y + row as f32 * module, module, module];
                block(map, at, 0x0c0c0e);
            }
        }
    }
}

/// Punched corners with a safety pin through each.
fn pins(map: &mut Pixmap, height: f32) {
    let (dx, dy) = (0.034 * WIDTH, 0.045 * height);
    for (x, y) in [(dx, dy), (WIDTH - dx, dy), (dx, height - dy), (WIDTH - dx, height - dy)] {
        let mut ring = |radius: f32, hex: u32| {
            if let Some(path) = tiny_skia::PathBuilder::from_circle(x, y, radius) {
                let fill = tiny_skia::FillRule::Winding;
                map.fill_path(&path, &paint(hex, 1.0), fill, Transform::identity(), None);
            }
        };
        ring(11.0, 0x3c3f46);
        let inward = if x < WIDTH / 2.0 { 1.0 } else { -1.0 };
        for (thick, hex) in [(8.0, 0x6d727a), (4.0, 0xe6e9ee)] {
            let mut path = tiny_skia::PathBuilder::new();
            path.move_to(x - 12.0 * inward, y);
            path.line_to(x + 46.0 * inward, y + 4.0);
            if let Some(path) = path.finish() {
                let stroke = tiny_skia::Stroke {
                    width: thick,
                    line_cap: tiny_skia::LineCap::Round,
                    ..Default::default()
                };
                map.stroke_path(&path, &paint(hex, 1.0), &stroke, Transform::identity(), None);
            }
        }
    }
}
