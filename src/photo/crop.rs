//! Which part of the photo the certificate shows.

use std::fmt;

use super::rect::PixelRect;

/// A part of the upright photo, in its pixels: not empty, and inside it. Written into the
/// record, and read back from a person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Crop(PixelRect);

impl Crop {
    /// `None` where the rectangle is empty or reaches outside the photo.
    pub fn new(rect: PixelRect, upright_size: (u32, u32)) -> Option<Self> {
        let inside = PixelRect::whole(upright_size).contains(rect);
        // `contains` saturates: a rectangle at the far end of u32 is not inside anything.
        (inside && !rect.is_empty()).then_some(Self(rect))
    }

    pub fn rect(self) -> PixelRect {
        self.0
    }

    pub fn size(self) -> (u32, u32) {
        (self.0.width, self.0.height)
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many bib heights lie between the top of the crop and the top of the bib, at least.
/// A bib (about 20 cm high on the chest) hangs some 45 cm below the crown: 2.25 heights,
/// and air above it.
const HEAD_ROOM_BIBS: f64 = 3.2;
/// And below the bib: to the thighs, so that the runner has hands.
const FOOT_ROOM_BIBS: f64 = 2.6;
/// A subject as high as this share of the crop fills it without touching its edges.
const SUBJECT_SHARE: f64 = 0.9;
/// A head is plainer than a bib and clothes, and often only half of it is found: so much of
/// the subject's height is added above it.
const SUBJECT_HEAD_ROOM: f64 = 0.2;

/// The crop for one runner, of `aspect` (width by height), as large as the photo allows
/// and never smaller than the runner needs.
///
/// The bib decides where one is known: it is centred across, with head room above it. The
/// subject (a measure of sharpness, see [`super::saliency`]) decides otherwise; without
/// either the crop is central and a little high, where heads are. `zoom` draws the crop
/// in to what the runner needs, for photos with several runners.
pub fn around(
    subject: Option<PixelRect>,
    bib: Option<PixelRect>,
    upright_size: (u32, u32),
    aspect: f64,
    zoom: bool,
) -> Crop {
    let (width, height) = (f64::from(upright_size.0.max(1)), f64::from(upright_size.1.max(1)));
    let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { width / height };
    let largest = height.min(width / aspect);
    let bib = bib.filter(|bib| !bib.is_empty());
    let subject = subject.filter(|subject| !subject.is_empty());

    // (centre across, top of what must be seen, bottom of it)
    let (across, top, bottom) = if let Some(bib) = bib {
        let bib_height = f64::from(bib.height);
        let top = f64::from(bib.y) - HEAD_ROOM_BIBS * bib_height;
        let bottom = f64::from(bib.bottom()) + FOOT_ROOM_BIBS * bib_height;
        (bib.center().0, top, bottom)
    } else if let Some(subject) = subject {
        let margin = f64::from(subject.height) * (1.0 / SUBJECT_SHARE - 1.0) / 2.0;
        let (top, bottom) = (f64::from(subject.y), f64::from(subject.bottom()));
        let head = f64::from(subject.height) * SUBJECT_HEAD_ROOM;
        (subject.center().0, top - margin - head, bottom + margin)
    } else {
        (width / 2.0, height * 0.02, height * 0.9)
    };
    let (top, bottom) = (top.max(0.0), bottom.min(height));
    let needed = (bottom - top).max(1.0);
    let crop_height = if zoom { needed.min(largest) } else { largest };
    let crop_width = crop_height * aspect;

    let left = (across - crop_width / 2.0).clamp(0.0, (width - crop_width).max(0.0));
    // Where not all fits, the head stays and the feet go.
    let spare = crop_height - needed;
    let upper = if spare < 0.0 { top } else { top - spare / 2.0 };
    let upper = upper.clamp(0.0, (height - crop_height).max(0.0));
    whole_pixels(left, upper, crop_width, crop_height, upright_size)
}

/// A person's crop in the shape of a slot: around all of what they drew, as far as the
/// photo reaches. Where it cannot hold all of it, it keeps the middle.
pub fn around_wish(wish: Crop, upright_size: (u32, u32), aspect: f64) -> Crop {
    let (width, height) = (f64::from(upright_size.0.max(1)), f64::from(upright_size.1.max(1)));
    let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { width / height };
    let wanted = f64::from(wish.0.height).max(f64::from(wish.0.width) / aspect);
    let crop_height = wanted.min(height).min(width / aspect);
    let crop_width = crop_height * aspect;
    let (across, down) = wish.0.center();
    let left = (across - crop_width / 2.0).clamp(0.0, (width - crop_width).max(0.0));
    let top = (down - crop_height / 2.0).clamp(0.0, (height - crop_height).max(0.0));
    whole_pixels(left, top, crop_width, crop_height, upright_size)
}

fn whole_pixels(x: f64, y: f64, width: f64, height: f64, (w, h): (u32, u32)) -> Crop {
    let (w, h) = (w.max(1), h.max(1));
    let crop_w = (width.round() as u32).clamp(1, w);
    let crop_h = (height.round() as u32).clamp(1, h);
    let left = (x.round() as u32).min(w - crop_w);
    let top = (y.round() as u32).min(h - crop_h);
    Crop(PixelRect::new(left, top, crop_w, crop_h))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_crop_outside_the_photo_cannot_be_made() {
        let size = (100, 80);
        assert!(Crop::new(PixelRect::new(0, 0, 100, 80), size).is_some());
        assert!(Crop::new(PixelRect::new(1, 0, 100, 80), size).is_none());
        assert!(Crop::new(PixelRect::new(10, 10, 0, 5), size).is_none());
        assert!(Crop::new(PixelRect::new(u32::MAX, 0, 2, 2), size).is_none());
    }

    #[test]
    fn the_bib_is_centred_across_with_head_room_above_it() {
        let bib = PixelRect::new(4000, 2000, 300, 200);
        let crop = around(None, Some(bib), (6000, 4000), 0.8, false).rect();
        assert_eq!((crop.width, crop.height), (3200, 4000));
        assert!((crop.center().0 - bib.center().0).abs() <= 1350.0);
        assert!(crop.contains(bib));
        let zoomed = around(None, Some(bib), (6000, 4000), 0.8, true).rect();
        assert!((zoomed.center().0 - bib.center().0).abs() <= 1.0);
        assert!(bib.y - zoomed.y >= 3 * bib.height);
    }

    #[test]
    fn each_of_two_runners_gets_a_crop_of_their_own() {
        let (left, right) =
            (PixelRect::new(1500, 2000, 240, 160), PixelRect::new(4200, 2100, 240, 160));
        let a = around(None, Some(left), (6000, 4000), 0.8, true).rect();
        let b = around(None, Some(right), (6000, 4000), 0.8, true).rect();
        assert!(a.contains(left) && !a.contains(right));
        assert!(b.contains(right) && !b.contains(left));
    }

    #[test]
    fn a_persons_crop_holds_all_they_drew_in_the_slots_shape() {
        let wish = Crop::new(PixelRect::new(1000, 500, 400, 400), (6000, 4000)).unwrap();
        let crop = around_wish(wish, (6000, 4000), 0.8).rect();
        assert_eq!(crop, PixelRect::new(1000, 450, 400, 500));
        let edge = Crop::new(PixelRect::new(5800, 0, 200, 200), (6000, 4000)).unwrap();
        let crop = around_wish(edge, (6000, 4000), 2.0).rect();
        assert!(crop.contains(edge.rect()), "{crop}");
    }

    proptest! {
        #[test]
        fn a_crop_is_always_inside_and_of_the_slots_shape(
            size in (1u32..9000, 1u32..9000),
            bib in (0u32..10_000, 0u32..10_000, 0u32..4000, 0u32..4000),
            aspect in 0.2f64..5.0,
            zoom: bool,
            known: bool,
        ) {
            let bib = PixelRect::new(bib.0, bib.1, bib.2, bib.3);
            let crop = around(Some(bib), known.then_some(bib), size, aspect, zoom).rect();
            prop_assert!(PixelRect::whole(size).contains(crop) && !crop.is_empty());
            if crop.width > 100 && crop.height > 100 {
                let shape = f64::from(crop.width) / f64::from(crop.height);
                prop_assert!((shape / aspect - 1.0).abs() < 0.02, "{shape} {aspect}");
            }
        }
    }
}
