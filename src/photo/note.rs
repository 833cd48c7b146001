//! What the record says about a photo that was used all the same.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "note")]
pub enum Note {
    /// The file ends too early; so much of the picture is missing.
    Truncated {
        percent: f64,
    },
    /// The file is damaged somewhere in between, and with it the picture.
    Corrupt,
    /// The crop has so many of the pixels that the slot wants.
    FewPixels {
        percent: u32,
    },
    ProfileUnreadable,
    CmykWithoutProfile,
    /// The file holds several pictures (MPO); the first was used.
    FirstOfSeveral,
    ExposureLevelled {
        stops: f64,
    },
    WhiteBalanced,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { percent } => {
                write!(f, "the file is cut off: {percent:.1} % of the picture is missing")
            }
            Self::Corrupt => f.write_str("the file is damaged: part of the picture may be wrong"),
            Self::FewPixels { percent } => {
                write!(f, "the crop has {percent} % of the pixels that the slot wants")
            }
            Self::ProfileUnreadable => {
                f.write_str("the embedded colour profile cannot be used: taken as sRGB")
            }
            Self::CmykWithoutProfile => f.write_str("CMYK without a profile: colours are a guess"),
            Self::FirstOfSeveral => {
                f.write_str("the file holds several pictures: the first is used")
            }
            Self::ExposureLevelled { stops } => write!(f, "exposure levelled by {stops:+.2} stops"),
            Self::WhiteBalanced => f.write_str("white balance levelled"),
        }
    }
}
