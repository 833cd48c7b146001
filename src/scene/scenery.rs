//! The whole scene: from a spec and a seed to a picture with its labels.

use image::RgbImage;

use super::backdrop::{Backdrop, Place, Signs, hex};
use super::bib_cloth::BibCloth;
use super::bib_design::BibDesign;
use super::camera::Camera;
use super::dice::Dice;
use super::figure::Figure;
use super::layer::Frame;
use super::lens::Finish;
use super::lettering::Lettering;
use super::light::{Hour, Light};
use super::outfit::Outfit;
use super::portrait::{Portrait, Take};
use super::pose::{Gesture, Pose, Stance};
use super::road;
use super::spec::{RunnerSpec, SceneSpec};
use super::vector::srgb;

/// A scene, ready to be rendered.
#[derive(Debug, Clone)]
pub struct Scene {
    seed: u64,
    spec: SceneSpec,
}

/// A rendered scene.
pub struct Picture {
    pub image: RgbImage,
    /// Near to far.
    pub labels: Vec<Label>,
}

/// A bib in the picture. Boxes are x, y, width, height in upright pixels, around
/// what can be seen.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Label {
    pub text: String,
    #[serde(rename = "box")]
    pub area: [u32; 4],
    /// Share of the sheet that neither an arm nor another runner nor the edge of the
    /// picture hides, about.
    pub visible: f32,
    pub characters: Vec<CharacterLabel>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CharacterLabel {
    pub text: char,
    #[serde(rename = "box")]
    pub area: [u32; 4],
    pub visible: f32,
}

struct Runner {
    figure: Figure,
    sheet: Option<BibCloth>,
    depth: f32,
}

impl Scene {
    pub fn from_seed(seed: u64, spec: &SceneSpec) -> Self {
        Self { seed, spec: spec.clone() }
    }

    /// Renders picture and labels; the same scene and letters give the same bytes.
    pub fn render(&self, letters: &Lettering) -> Picture {
        let dice = Dice::new(self.seed);
        let spec = &self.spec;
        let hour = spec.hour.unwrap_or(Hour::Day);
        let light = Light::new(hour, spec.sun.unwrap_or_else(|| dice.fork(4).range(-0.9, 0.9)));
        let camera = self.camera(&mut dice.fork(5));
        let mut runners: Vec<Runner> = spec
            .runners
            .iter()
            .enumerate()
            .map(|(i, runner)| self.runner(i, runner, &camera, letters, &dice))
            .collect();
        runners.sort_by(|a, b| a.depth.total_cmp(&b.depth));
        let portraits: Vec<Portrait<'_>> = runners
            .iter()
            .map(|r| Portrait::new(&r.figure, r.sheet.as_ref(), &camera, &light))
            .collect();
        let mut frame = Frame::new(spec.size[0], spec.size[1]);
        let signs = self.signs(&mut dice.fork(6));
        let backdrop = Backdrop {
            camera: &camera,
            light: &light,
            place: spec.place.unwrap_or(Place::Street),
            signs: &signs,
            letters,
            arch_depth: camera.focus + 15.0,
            crowd: true,
        };
        backdrop.far(&mut frame, &dice);
        road::lay(&mut frame, &camera, &light, camera.focus + 1.6, &portraits);
        backdrop.near(&mut frame, &dice);
        let takes: Vec<Take> = portraits.iter().map(|portrait| portrait.take()).collect();
        for (take, runner) in takes.iter().zip(&runners).rev() {
            frame.over(&take.layer.defocus(camera.blur(runner.depth)));
        }
        let finish = self.finish(hour);
        Picture { image: finish.develop(&frame), labels: labels(&takes, &runners, &camera) }
    }

    fn camera(&self, dice: &mut Dice) -> Camera {
        let [width, height] = self.spec.size;
        let focus = self.spec.distance.unwrap_or(9.0);
        let field = self.spec.field.unwrap_or(2.2);
        let eye = self.spec.camera_height.unwrap_or_else(|| dice.range(1.1, 1.6));
        let aim = self.spec.aim.unwrap_or(if field > 2.0 { 0.98 } else { 1.62 - field * 0.36 });
        let focal = height as f32 * focus / field;
        Camera {
            width,
            height,
            focal,
            centre_x: width as f32 * 0.5,
            horizon: height as f32 * 0.5 + (aim - eye) * focal / focus,
            eye,
            focus,
            blur_at_infinity: height as f32 * 0.026 * (2.2 / field).sqrt(),
        }
    }

    fn runner(
        &self,
        number: usize,
        spec: &RunnerSpec,
        camera: &Camera,
        letters: &Lettering,
        dice: &Dice,
    ) -> Runner {
        let mut dice = dice.fork(100 + number as u64 + spec.person.wrapping_mul(977));
        let female = spec.female.unwrap_or_else(|| dice.chance(0.4));
        let depth = camera.focus + spec.behind;
        let height = if female { dice.range(1.54, 1.70) } else { dice.range(1.65, 1.83) };
        let stance = Stance {
            x: spec.x,
            z: depth,
            height,
            yaw: dice.range(-0.16, 0.16),
            phase: spec.phase.unwrap_or_else(|| dice.unit()),
            gesture: spec.gesture.unwrap_or(Gesture::Run),
            female,
        };
        let pose = Pose::new(&stance, &mut dice);
        let outfit = Outfit::new(female, &mut dice);
        let build = dice.range(0.92, 1.12);
        let figure = Figure::new(pose, outfit, build, female);
        let sheet = spec.bib.as_ref().and_then(|number| {
            let (design, width) = self.design(number, spec, letters, &mut dice);
            let drop = 0.13 + width * design.aspect * 0.30;
            Some(BibCloth::hung(&figure, design.printed(letters)?, width, drop, &mut dice))
        });
        Runner { figure, sheet, depth }
    }

    fn design(
        &self,
        number: &str,
        spec: &RunnerSpec,
        letters: &Lettering,
        dice: &mut Dice,
    ) -> (BibDesign, f32) {
        let Some(style) = &self.spec.bib_style else {
            let design = BibDesign::chance(number, spec.qr.clone(), letters, dice);
            return (design, dice.range(0.19, 0.25));
        };
        let first: String = number.chars().take(1).collect();
        let accent = style.accents.get(&first).or_else(|| style.accents.get("*"));
        let accent =
            accent.and_then(|text| u32::from_str_radix(text.trim_start_matches('#'), 16).ok());
        let design = BibDesign {
            number: number.to_owned(),
            name: spec.name.clone(),
            qr: spec.qr.clone(),
            race: style.race.clone(),
            sponsor: style.sponsor.clone(),
            accent: accent.unwrap_or(0x12233f),
            paper: 0xfbfbf8,
            ink: 0x101114,
            face: style.face.clone(),
            aspect: style.aspect,
            style: style.style,
        };
        (design, style.width)
    }

    fn signs(&self, dice: &mut Dice) -> Signs {
        let accents = [0x0b4f8a, 0xb5302a, 0x0f6e5a, 0x2a2f6e, 0xd97a1a];
        let words =
            ["NAGISA WATER", "KAIYO BANK", "MINATO LINE", "PACE LAB", "SOLVIA", "10km 42.195"];
        let styled = self.spec.bib_style.as_ref().and_then(|style| style.accents.get("*"));
        let styled = styled.and_then(|t| u32::from_str_radix(t.trim_start_matches('#'), 16).ok());
        let accent = styled.unwrap_or_else(|| *dice.pick(&accents));
        Signs {
            race: self.spec.race.clone().unwrap_or_else(|| "HARBOUR HALF MARATHON".to_owned()),
            arch: "FINISH".to_owned(),
            clock: self.spec.clock.clone().unwrap_or_else(|| {
                format!("{}:{:02}:{:02}", 1 + dice.below(5), dice.below(60), dice.below(60))
            }),
            sponsors: words.map(str::to_owned).to_vec(),
            accent: hex(srgb(accent)),
        }
    }

    fn finish(&self, hour: Hour) -> Finish {
        let (exposure, warmth, default) = match hour {
            Hour::Day => (0.56, 0.01, 2.0),
            Hour::Golden => (0.66, 0.035, 2.4),
            Hour::Night => (0.86, 0.02, 6.0),
            Hour::Rain => (0.88, -0.015, 3.2),
        };
        Finish {
            exposure,
            grain: self.spec.grain.unwrap_or(default),
            vignette: 0.24,
            glow: if hour == Hour::Golden { 0.40 } else { 0.22 },
            warmth,
            seed: self.seed,
        }
    }
}

/// Bounds and count of the pixels of one code.
#[derive(Clone, Copy)]
struct Extent {
    low: [i32; 2],
    high: [i32; 2],
    count: u32,
}

impl Extent {
    const NONE: Self = Self { low: [i32::MAX; 2], high: [i32::MIN; 2], count: 0 };

    fn add(&mut self, x: i32, y: i32) {
        self.low = [self.low[0].min(x), self.low[1].min(y)];
        self.high = [self.high[0].max(x), self.high[1].max(y)];
        self.count += 1;
    }

    fn area(&self) -> [u32; 4] {
        let [x, y] = self.low;
        [x as u32, y as u32, (self.high[0] - x + 1) as u32, (self.high[1] - y + 1) as u32]
    }
}

fn labels(takes: &[Take], runners: &[Runner], camera: &Camera) -> Vec<Label> {
    let mut labels = Vec::new();
    for (i, (take, runner)) in takes.iter().zip(runners).enumerate() {
        let Some(sheet) = &runner.sheet else { continue };
        let mut extents = vec![Extent::NONE; sheet.bib.characters.len() + 2];
        for (k, code) in take.codes.iter().enumerate().filter(|(_, code)| **code > 0) {
            let x = take.layer.x0 + (k % take.layer.width) as i32;
            let y = take.layer.y0 + (k / take.layer.width) as i32;
            if takes[..i].iter().any(|nearer| covers(nearer, x, y)) {
                continue;
            }
            extents[1].add(x, y);
            if *code > 1 && usize::from(*code) < extents.len() {
                extents[usize::from(*code)].add(x, y);
            }
        }
        if extents[1].count == 0 {
            continue;
        }
        let share = |extent: &Extent, [l, t, r, b]: [f32; 4]| {
            let corners =
                [(l, t), (r, t), (r, b), (l, b)].map(|(u, v)| camera.project(sheet.point(u, v)));
            (extent.count as f32 / polygon(&corners).max(1.0)).min(1.0)
        };
        let characters = sheet.bib.characters.iter().zip(&extents[2..]);
        labels.push(Label {
            text: sheet.bib.number.clone(),
            area: extents[1].area(),
            visible: share(&extents[1], [0.0, 0.0, 1.0, 1.0]),
            characters: characters
                .filter(|(_, extent)| extent.count > 0)
                .map(|((text, area), extent)| CharacterLabel {
                    text: *text,
                    area: extent.area(),
                    visible: share(extent, *area),
                })
                .collect(),
        });
    }
    labels
}

fn covers(take: &Take, x: i32, y: i32) -> bool {
    let (i, j) = (x - take.layer.x0, y - take.layer.y0);
    if i < 0 || j < 0 || i >= take.layer.width as i32 || j >= take.layer.height as i32 {
        return false;
    }
    take.layer.texels[j as usize * take.layer.width + i as usize][3] > 0.5
}

fn polygon(corners: &[(f32, f32); 4]) -> f32 {
    let mut sum = 0.0;
    for i in 0..4 {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        sum += a.0 * b.1 - b.0 * a.1;
    }
    sum.abs() * 0.5
}
