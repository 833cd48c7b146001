//! `race.toml`, understood: what holds for everyone in the race.

pub use super::second_factor::SecondFactor;
pub use kanso_page::Language;
use std::collections::BTreeMap;

use jiff::{civil, tz::TimeZone};

/// A race. Built by reading `race.toml` strictly, so its parts agree with each other:
/// every wave names a known course, every pattern compiles, every threshold is in range.
#[derive(Debug, Clone)]
pub struct Race {
    pub name: Bilingual,
    /// 第12回 → 12.
    pub edition: Option<u32>,
    pub date: civil::Date,
    pub zone: TimeZone,
    pub venue: Option<Bilingual>,
    pub organiser: Option<Organiser>,
    /// Whether the organiser has confirmed the results (確定); until then 速報.
    pub confirmed: bool,
    pub courses: Vec<Course>,
    pub waves: Vec<Wave>,
    pub gun_time_from: GunTimeFrom,
    pub cameras: Vec<Camera>,
    /// Where a bib stands in a photo's key; its first group is the bib.
    pub bib_in_key: Option<regex::Regex>,
    /// What the codes on the race's bibs say, where that is more than the bib; its first
    /// group is the bib.
    pub bib_in_code: Option<regex::Regex>,
    pub thresholds: Thresholds,
    pub finish_window: FinishWindow,
    pub appearance: Appearance,
    pub photos: Treatment,
    pub results: ResultsFormat,
    pub privacy: Privacy,
    /// Where phones reach the pages, as `https://results.example`: what certificates and
    /// kiosks put before a runner's link.
    pub public_url: Option<String>,
}

/// A text in Japanese and, where the race gives it, in English.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    pub ja: String,
    pub en: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Organiser {
    pub name: Bilingual,
    /// 大会会長
    pub head_title: Option<Bilingual>,
    pub head_name: Option<Bilingual>,
}

/// A 種目: full, half, 10 km.
#[derive(Debug, Clone)]
pub struct Course {
    pub id: String,
    pub name: Bilingual,
    /// How results files name it, beside `id` and `name`.
    pub aliases: Vec<String>,
    pub distance_m: Option<f64>,
    /// Time of day of its (first) gun; that of its earliest wave where it has waves.
    pub gun: Option<civil::Time>,
}

/// A start with its own gun.
#[derive(Debug, Clone)]
pub struct Wave {
    pub id: String,
    pub course: String,
    pub gun: civil::Time,
}

/// What gun times in the results count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GunTimeFrom {
    /// The course's first gun.
    #[default]
    FirstGun,
    /// The gun of the runner's own wave.
    WaveGun,
}

/// One camera body (or the folder one photographer uploads to).
#[derive(Debug, Clone)]
pub struct Camera {
    /// The folder under `photos/`.
    pub id: String,
    /// EXIF BodySerialNumber, to notice swapped bodies.
    pub serial: Option<String>,
    /// Seconds to add to the camera's clock to get the finish clock.
    pub offset_s: Option<f64>,
    /// One standard deviation of that offset, in seconds.
    pub offset_sigma_s: f64,
    pub photographer: Option<String>,
}

/// Probabilities at which the decision turns; `0 < review <= issue <= 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    pub issue: f64,
    pub review: f64,
}

/// When a runner is photographed, relative to crossing the line (seconds).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FinishWindow {
    /// Mean of photo time minus finish time.
    pub mean_s: f64,
    /// Standard deviation of it.
    pub sigma_s: f64,
    /// Explicit evidence further than this from the finish time goes to a person.
    pub conflict_s: f64,
}

/// How the race's certificates look.
#[derive(Debug, Clone)]
pub struct Appearance {
    /// A bundled template's name; the race folder's `template/` wins over it.
    pub template: String,
    /// Language of the certificates: `ja` or `en`.
    pub language: Language,
    /// `#rrggbb`
    pub accent: Option<String>,
    /// Files in the race folder.
    pub logo: Option<String>,
    pub seal: Option<String>,
    pub sponsors: Vec<String>,
    /// Free texts and switches that a template declares.
    pub parameters: BTreeMap<String, String>,
}

/// What is done to photos before they are printed; by default nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Treatment {
    pub quality: PhotoQuality,
    pub corrections: PhotoCorrections,
}

/// How finely photos are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhotoQuality {
    #[default]
    Standard,
    /// Finer where the file has it; takes longer.
    Best,
}

/// What may be done to a photo, gently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhotoCorrections {
    /// Brings the middle of the picture towards middle grey.
    pub exposure: bool,
    /// Takes out a colour cast over the whole picture.
    pub white_balance: bool,
    /// Sharpens for print.
    pub sharpen: bool,
}

/// How to read `results.csv` where guessing is not enough.
#[derive(Debug, Clone, Default)]
pub struct ResultsFormat {
    /// A label that `crate::results` knows: `cp932`, `euc-jp`, `windows-1252`, `utf-8`, ...
    pub encoding: Option<String>,
    pub delimiter: Option<char>,
    /// What `3:12` means, where the file writes times in two parts.
    pub short_times: Option<super::elapsed::ShortTime>,
    /// Field name (see [`crate::results::Field`]) → column heading, or 1-based column
    /// number; an empty heading means that the file has no such column.
    pub columns: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default)]
pub struct Privacy {
    /// Days after the race's date until what shows or names its runners is deleted; kept for
    /// good where it is not given.
    pub retention_days: Option<u32>,
    pub second_factor: SecondFactor,
    /// Whether a photo is no certificate's any more as soon as its runner says that it is not
    /// them, or that they want it removed; else a person decides first.
    pub hide_on_request: bool,
}

impl Appearance {
    /// The files of the race folder that it names.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        [&self.logo, &self.seal].into_iter().flatten().chain(&self.sponsors).map(String::as_str)
    }
}

impl Race {
    pub fn course(&self, id: &str) -> Option<&Course> {
        self.courses.iter().find(|course| course.id == id)
    }

    pub fn camera(&self, id: &str) -> Option<&Camera> {
        self.cameras.iter().find(|camera| camera.id == id)
    }
}
