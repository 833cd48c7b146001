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
    /// Capture time against the finish clock.
    Clock,
}

impl Source {
    /// Names a runner outright, so that the clock only checks it.
    pub fn is_explicit(self) -> bool {
        !matches!(self, Self::Reading | Self::Clock)
    }
}

/// Something that speaks for one bib.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Evidence {
    pub source: Source,
    pub bib: Bib,
    /// That the bib is in the photo, judged by this evidence alone; 0.0 to 1.0.
    pub probability: f64,
    /// What was seen, in words a volunteer understands.
    pub detail: String,
    /// It may mean something else altogether (a sponsor's code, the year), so that it is
    /// believed only where a second witness agrees.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub weak: bool,
    /// Where in the upright photo: x, y, width, height in pixels.
    #[serde(rename = "box", skip_serializing_if = "Option::is_none")]
    pub area: Option<[u32; 4]>,
}
