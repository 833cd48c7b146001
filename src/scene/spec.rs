//! What a scene is asked to show; everything left out is drawn from the seed.

use super::backdrop::Place;
use super::dice::Dice;
use super::light::Hour;
use super::pose::Gesture;

/// What to show.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SceneSpec {
    /// Width and height in pixels.
    pub size: [u32; 2],
    #[serde(default)]
    pub runners: Vec<RunnerSpec>,
    pub hour: Option<Hour>,
    pub place: Option<Place>,
    /// Height of the camera above the road, metres.
    pub camera_height: Option<f32>,
    /// Metres from top to bottom of the picture at the first runner.
    pub field: Option<f32>,
    /// Height above the road of the picture's middle at the first runner, metres.
    pub aim: Option<f32>,
    pub race: Option<String>,
    /// What the clock on the arch shows.
    pub clock: Option<String>,
    /// Side that the light comes from, -1 (left) to 1.
    pub sun: Option<f32>,
    pub bib_style: Option<BibStyle>,
    /// Distance to the first runner, metres.
    pub distance: Option<f32>,
    /// Standard deviation of grain, of 255.
    pub grain: Option<f32>,
}

/// One runner; the first is in focus.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunnerSpec {
    /// Without one the runner wears no bib.
    pub bib: Option<String>,
    pub qr: Option<String>,
    /// Printed under the number.
    pub name: Option<String>,
    /// Metres to the right of the picture's middle.
    #[serde(default)]
    pub x: f32,
    /// Metres behind the first runner.
    #[serde(default)]
    pub behind: f32,
    pub gesture: Option<Gesture>,
    pub female: Option<bool>,
    pub phase: Option<f32>,
    /// Another person for the same scene.
    #[serde(default)]
    pub person: u64,
}

/// One design for all bibs of a race.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BibStyle {
    pub race: String,
    pub sponsor: String,
    /// `#rrggbb` for each first character of a bib; `*` for the others.
    pub accents: std::collections::BTreeMap<String, String>,
    pub face: String,
    /// Width in metres and height over width.
    pub width: f32,
    pub aspect: f32,
    pub style: u8,
}

impl SceneSpec {
    /// Any finish photo: size fixed, all else from the seed.
    pub fn chance(size: [u32; 2], dice: &mut Dice) -> Self {
        let hours = [Hour::Day, Hour::Day, Hour::Golden, Hour::Rain, Hour::Night];
        let places = [Place::Street, Place::Park, Place::Harbour];
        let count = 1 + dice.below(4);
        let runners = (0..count).map(|i| RunnerSpec::chance(i, dice)).collect();
        Self {
            size,
            runners,
            hour: Some(*dice.pick(&hours)),
            place: Some(*dice.pick(&places)),
            camera_height: Some(dice.range(0.8, 2.2)),
            field: Some(dice.range(1.3, 3.4)),
            aim: None,
            race: None,
            clock: None,
            sun: Some(dice.range(-1.0, 1.0)),
            bib_style: None,
            distance: Some(dice.range(6.0, 18.0)),
            grain: Some(dice.range(1.0, 7.0)),
        }
    }
}

impl RunnerSpec {
    fn chance(number: usize, dice: &mut Dice) -> Self {
        let gestures = [
            Gesture::Run,
            Gesture::Run,
            Gesture::Run,
            Gesture::Cheer,
            Gesture::Fist,
            Gesture::Watch,
        ];
        let digits = 2 + dice.below(4) as u32;
        let value = dice.below(10usize.pow(digits));
        let prefix = if dice.chance(0.15) { *dice.pick(&["A", "F", "W", "B-", "M"]) } else { "" };
        Self {
            bib: Some(format!("{prefix}{value}")),
            qr: dice.chance(0.25).then(|| format!("{prefix}{value}")),
            name: None,
            x: if number == 0 { dice.range(-0.3, 0.3) } else { dice.range(-1.6, 1.6) },
            behind: if number == 0 { 0.0 } else { dice.range(0.4, 7.0) },
            gesture: Some(*dice.pick(&gestures)),
            female: Some(dice.chance(0.42)),
            phase: None,
            person: dice.roll(),
        }
    }
}
