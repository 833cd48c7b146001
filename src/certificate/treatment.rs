//! What a race says of its photos, in the photo room's words.

use kanso_photo::{Corrections, Quality};
use kanso_race::rules::{PhotoCorrections, PhotoQuality, Treatment};

pub(crate) fn quality(wanted: Treatment) -> Quality {
    match wanted.quality {
        PhotoQuality::Standard => Quality::Standard,
        PhotoQuality::Best => Quality::Best,
    }
}

pub(crate) fn corrections(wanted: Treatment) -> Corrections {
    let PhotoCorrections { exposure, white_balance, sharpen } = wanted.corrections;
    Corrections { exposure, white_balance, sharpen }
}
