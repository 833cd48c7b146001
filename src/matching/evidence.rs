//! One thing that speaks for a bib in a photo.

use kanso_race::Bib;

/// Where a piece of evidence comes from, in order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A person said so (`decisions/<photo-id>.json`).
    Person,
    /// QR code or barcode in the picture.
    Code,
    /// `x-amz-meta-bib` of the upload.
    UploadMetadata,
    /// The photo's key, by the race's pattern.
    Key,
    /// IPTC keywords or caption, XMP subject.
    Caption,
    /// The printed number, read from the picture.
    Reading,
    /// Other photos taken about then.
    Burst,
    /// Capture time against the finish clock.
    Clock,
}

impl Source {
    /// Names a runner outright, so that the clock only checks it.
    pub fn is_explicit(self) -> bool {
        !matches!(self, Self::Reading | Self::Burst | Self::Clock)
    }
}

/// Something that speaks for one bib.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Evidence {
    pub source: Source,
    pub bib: Bib,
    /// That the bib is in the photo, judged by this evidence alone; 0.0 to 1.0.
    pub probability: f64,
    /// How much it counts: the natural logarithm of how many times more probable it is where
    /// the photo shows this runner than where it shows somebody else. 0 where another evidence
    /// says the same already.
    pub weight: f64,
    /// What was seen, in words a volunteer understands.
    pub detail: String,
    /// It may mean something else altogether (a sponsor's code, the year), so that it is
    /// believed only where a second witness agrees.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub weak: bool,
    /// Of the clock's: seconds from the runner's finish to the photo.
    #[serde(skip)]
    pub lag_s: Option<f64>,
    /// Where in the upright photo: x, y, width, height in pixels.
    #[serde(rename = "box", skip_serializing_if = "Option::is_none")]
    pub area: Option<[u32; 4]>,
}

impl Evidence {
    /// Something that names a bib, and is right with this probability.
    pub fn new(source: Source, bib: Bib, probability: f64, detail: String) -> Self {
        let weight = match source {
            Source::Reading => log_odds(probability.min(SUREST_READING)),
            _ => log_odds(probability),
        };
        Self { source, bib, probability, weight, detail, weak: false, lag_s: None, area: None }
    }

    /// Its weight as people bet: `30 to 1 for`.
    pub fn odds_words(&self) -> String {
        let odds = self.weight.abs().exp();
        let side = if self.weight < 0.0 { "against" } else { "for" };
        match odds {
            _ if self.source == Source::Person => "outranks all else".to_owned(),
            // Another says the same, and counts.
            _ if self.weight == 0.0 && !self.weak => "counts once".to_owned(),
            odds if odds < 1.15 => "for and against".to_owned(),
            odds if odds < 10.0 => format!("{odds:.1} to 1 {side}"),
            odds if odds > 10_000.0 => format!("over 10,000 to 1 {side}"),
            odds => {
                let magnitude = 10_f64.powf(odds.log10().floor() - 1.0);
                format!("{:.0} to 1 {side}", (odds / magnitude).round() * magnitude)
            }
        }
    }
}

/// Of the surest tenth of what is read against a list of bibs 97 of 100 are right: measured on
/// public race photos (bib-reading.md). What the reader says beyond is not relied on.
const SUREST_READING: f64 = 0.97;
/// Surer than that is nothing.
const SUREST: f64 = 1.0 - 1e-6;

/// ln(p / (1 - p))
pub(crate) fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(1.0 - SUREST, SUREST);
    (probability / (1.0 - probability)).ln()
}

/// The probability whose [`log_odds`] they are.
pub(crate) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
