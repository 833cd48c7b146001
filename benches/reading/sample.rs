//! A photo whose bibs are known.

use image::RgbImage;
use kanso_scene::{Dice, Gesture, Hour, Lettering, Scene, SceneSpec};

pub struct Sample {
    pub picture: RgbImage,
    pub truths: Vec<Truth>,
    pub split: &'static str,
}

/// A bib in a photo.
pub struct Truth {
    pub text: String,
    /// Around its sheet or its number: x, y, width, height.
    pub area: [f32; 4],
    /// Share of the least visible character, about.
    pub visible: f32,
}

/// Less visible bibs need not be read; read right they are no error either.
pub const VISIBLE: f32 = 0.75;

/// A bib of any race.
pub fn number(letters: bool, dice: &mut Dice) -> String {
    let digits = 1 + [1, 2, 2, 3, 3, 3, 3, 4][dice.below(8)] as u32;
    let value = 10u64.pow(digits - 1) + dice.below(9 * 10usize.pow(digits - 1)) as u64;
    match letters {
        true => format!("{}{value}", dice.pick(&["A-", "F", "W", "B", "M", "C-", "AB"])),
        false if dice.chance(0.08) => format!("0{value}"),
        false => value.to_string(),
    }
}

const SPLITS: [&str; 7] = ["plain", "small", "blur", "occluded", "night", "roll", "letters"];

/// A scene of runners; the split goes with the seed.
pub fn scene(seed: u64, letters: &Lettering) -> Sample {
    let mut dice = Dice::new(seed);
    let split = SPLITS[seed as usize % SPLITS.len()];
    let mut spec = SceneSpec::chance([2560, 1708], &mut dice);
    spec.hour = match split {
        "night" => Some(Hour::Night),
        _ => spec.hour.filter(|hour| *hour != Hour::Night).or(Some(Hour::Day)),
    };
    spec.field = Some(match split {
        "small" => dice.range(3.6, 5.5),
        _ => dice.range(1.5, 3.2),
    });
    for runner in &mut spec.runners {
        runner.bib = Some(number(split == "letters", &mut dice));
        if split == "occluded" {
            runner.gesture = Some(*dice.pick(&[Gesture::Watch, Gesture::Folded, Gesture::Run]));
        }
    }
    let turned = if split == "roll" { dice.range(-0.45, 0.45) } else { 0.0 };
    let picture = Scene::from_seed(seed, &spec).render(letters);
    let mut image = picture.image;
    if split == "blur" {
        image = image::imageops::blur(&image, dice.range(2.0, 4.4));
    }
    let center = (image.width() as f32 / 2.0, image.height() as f32 / 2.0);
    if turned != 0.0 {
        use imageproc::geometric_transformations::{Border, Interpolation, rotate_about_center};
        image = rotate_about_center(&image, turned, Interpolation::Bilinear, Border::Replicate);
    }
    let size = (image.width() as f32, image.height() as f32);
    let truths = picture.labels.into_iter().map(|label| {
        let characters = label.characters.iter().map(|c| c.visible);
        let mut visible = characters.fold(label.visible.max(0.0), f32::min);
        let mut area = label.area.map(|v| v as f32);
        if turned != 0.0 {
            area = turned_area(area, turned, center);
            let outside = area[0] < 0.0
                || area[1] < 0.0
                || area[0] + area[2] > size.0
                || area[1] + area[3] > size.1;
            if outside {
                visible = visible.min(0.5);
            }
        }
        Truth { text: label.text, area, visible }
    });
    Sample { truths: truths.collect(), picture: image, split }
}

/// The upright box around a box that is turned about a point.
fn turned_area([x, y, w, h]: [f32; 4], by: f32, center: (f32, f32)) -> [f32; 4] {
    let (sin, cos) = by.sin_cos();
    let corners = [(x, y), (x + w, y), (x, y + h), (x + w, y + h)].map(|(x, y)| {
        let (dx, dy) = (x - center.0, y - center.1);
        (center.0 + dx * cos - dy * sin, center.1 + dx * sin + dy * cos)
    });
    let xs = corners.map(|c| c.0);
    let ys = corners.map(|c| c.1);
    let low = |v: [f32; 4]| v.into_iter().fold(f32::INFINITY, f32::min);
    let high = |v: [f32; 4]| v.into_iter().fold(f32::NEG_INFINITY, f32::max);
    [low(xs), low(ys), high(xs) - low(xs), high(ys) - low(ys)]
}
