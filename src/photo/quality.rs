//! Best shot: which of a runner's photos comes first.
//!
//! Five parts between 0 and 1, in a weighted sum; the record holds them all. Sharpness
//! weighs most because a soft photo cannot be mended; nearness to the finish time weighs
//! least because the clock may be wrong.

use image::GrayImage;

use super::{rect::PixelRect, saliency};

/// What is known of one photo of one runner, all in pixels of the upright photo.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sight {
    pub subject: Option<PixelRect>,
    pub bib: Option<PixelRect>,
    /// Share of the bib's characters that were read with confidence, 0.0 to 1.0.
    pub bib_completeness: f64,
    /// Seconds between the photo and the finish, where both clocks are known.
    pub seconds_from_finish: Option<f64>,
}

/// The parts of a score, each 0.0 to 1.0.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Score {
    /// At the bib, else at the subject.
    pub sharpness: f64,
    /// 1.0 where neither shadows nor lights are lost and the middle is in the middle.
    pub exposure: f64,
    /// Size and completeness.
    pub bib: f64,
    pub nearness: f64,
    pub centred: f64,
}

const WEIGHTS: [f64; 5] = [0.35, 0.2, 0.2, 0.1, 0.15];
/// Sharpness (see [`saliency::sharpness`]) at which a part scores one half.
const HALF_SHARP: f64 = 0.06;
/// A bib this share of the photo's height is as large as it need be.
const LARGE_BIB: f64 = 0.06;
/// Seconds from the finish at which nearness is one half.
const HALF_NEAR_S: f64 = 3.0;
/// A part from which on it is worth telling, and one up to which it is.
const GOOD: f64 = 0.7;
const BAD: f64 = 0.3;

impl Score {
    /// Judges a picture of the whole photo.
    pub fn of(picture: &GrayImage, upright_size: (u32, u32), sight: &Sight) -> Self {
        let scale = f64::from(picture.width()) / f64::from(upright_size.0.max(1));
        let whole = PixelRect::whole(upright_size);
        let place = sight.bib.or(sight.subject).unwrap_or(whole).intersection(whole);
        let part = place.scaled(scale);
        let sharp = saliency::sharpness(picture, part);
        Self {
            sharpness: sharp / (sharp + HALF_SHARP),
            exposure: exposure(picture, sight.subject.unwrap_or(whole).scaled(scale)),
            bib: sight.bib.map_or(0.0, |bib| {
                let share = f64::from(bib.height) / f64::from(upright_size.1.max(1));
                (share / LARGE_BIB).min(1.0) * sight.bib_completeness.clamp(0.0, 1.0)
            }),
            // Unknown is neither near nor far.
            nearness: sight
                .seconds_from_finish
                .map_or(0.5, |s| 1.0 / (1.0 + (s / HALF_NEAR_S).powi(2))),
            centred: {
                let off = (place.center().0 / f64::from(upright_size.0.max(1)) - 0.5).abs();
                (1.0 - 2.0 * off).clamp(0.0, 1.0)
            },
        }
    }

    fn parts(&self) -> [f64; 5] {
        [self.sharpness, self.exposure, self.bib, self.nearness, self.centred]
    }

    /// 0.0 to 1.0; higher is shown first.
    pub fn total(&self) -> f64 {
        self.parts().iter().zip(WEIGHTS).map(|(part, weight)| part * weight).sum()
    }

    /// What speaks for this photo and what against it, for the record; may be empty.
    pub fn reasons(&self) -> Vec<&'static str> {
        let words = [
            ["sharp at the runner", "soft at the runner"],
            ["well exposed", "too dark or too bright"],
            ["bib large and complete", "bib not found, or small"],
            ["near the finish time", "far from the finish time"],
            ["runner centred", "runner at the edge"],
        ];
        let told = self.parts().into_iter().zip(words).filter_map(|(part, [good, bad])| {
            if part >= GOOD {
                Some(good)
            } else if part <= BAD {
                Some(bad)
            } else {
                None
            }
        });
        told.collect()
    }
}

/// Puts a runner's photos in order, the best first; `score` is the record's
/// `best_shot.score`. Photos without one come last, equals stay as they were.
pub fn best_first<T>(photos: &mut [T], score: impl Fn(&T) -> Option<f64>) {
    let worth = |photo: &T| score(photo).filter(|s| s.is_finite()).unwrap_or(f64::NEG_INFINITY);
    photos.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
}

fn exposure(picture: &GrayImage, part: PixelRect) -> f64 {
    let part = part.intersection(PixelRect::whole(picture.dimensions()));
    let rows = picture.as_raw().chunks_exact(picture.width().max(1) as usize);
    let mut histogram = [0u64; 256];
    for row in rows.skip(part.y as usize).take(part.height as usize) {
        for value in row.iter().skip(part.x as usize).take(part.width as usize) {
            histogram[usize::from(*value)] += 1;
        }
    }
    let count = histogram.iter().sum::<u64>() as f64;
    if count == 0.0 {
        return 0.0;
    }
    let share = |levels: &[u64]| levels.iter().sum::<u64>() as f64 / count;
    let lost = share(&histogram[..4]) + share(&histogram[252..]);
    let mean =
        histogram.iter().zip(0..).map(|(n, v)| *n as f64 * f64::from(v)).sum::<f64>() / count;
    let off = ((mean - 118.0) / 118.0).abs().min(1.0);
    ((1.0 - off * off) * (1.0 - 2.0 * lost)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, imageops};

    #[test]
    fn the_sharp_well_lit_photo_near_the_finish_comes_first() {
        let size = (900, 600);
        let picture = GrayImage::from_fn(size.0, size.1, |x, y| {
            Luma([if (x / 9 + y / 9) % 2 == 0 { 170 } else { 80 }])
        });
        let bib = PixelRect::new(420, 250, 70, 45);
        let sight = Sight {
            bib: Some(bib),
            subject: Some(PixelRect::new(350, 100, 200, 450)),
            bib_completeness: 1.0,
            seconds_from_finish: Some(0.5),
        };
        let best = Score::of(&picture, size, &sight);
        let soft = Score::of(&imageops::blur(&picture, 3.0), size, &sight);
        let dark =
            GrayImage::from_fn(size.0, size.1, |x, y| Luma([picture.get_pixel(x, y).0[0] / 6]));
        let dark = Score::of(&dark, size, &sight);
        let late = Score::of(&picture, size, &Sight { seconds_from_finish: Some(20.0), ..sight });
        let cut = Score::of(&picture, size, &Sight { bib_completeness: 0.5, ..sight });
        let aside =
            Score::of(&picture, size, &Sight { bib: Some(PixelRect { x: 10, ..bib }), ..sight });
        for worse in [soft, dark, late, cut, aside] {
            assert!(worse.total() < best.total(), "{worse:?} {best:?}");
        }
        assert!(best.reasons().contains(&"bib large and complete"), "{best:?}");
        assert!(late.reasons().contains(&"far from the finish time"), "{late:?}");
    }

    #[test]
    fn the_best_photo_comes_first_and_one_that_was_not_judged_last() {
        let mut photos = [
            ("b", Some(0.4)),
            ("?", None),
            ("a", Some(0.9)),
            ("nan", Some(f64::NAN)),
            ("c", Some(0.4)),
        ];
        best_first(&mut photos, |photo| photo.1);
        assert_eq!(photos.map(|photo| photo.0), ["a", "b", "c", "?", "nan"]);
    }
}
