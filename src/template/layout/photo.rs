//! Photos in their slots.

use std::sync::Arc;

use kanso_page::Language;
use kanso_page::geometry::{Mm, Point, Pt, Rect, Size, Transform};
use kanso_page::{Clip, FillRule, Group, Image, Item, rounded_rect};

use super::compose::{Composer, Problem, ProblemKind};
use crate::schema::{self, PhotoFit, Placement};

/// Aspects closer than this are the slot's own: whole pixels cannot be closer.
const ASPECT_TOLERANCE: f64 = 0.01;

pub(super) fn photo(composer: &mut Composer<'_>, slot: &schema::Photo) {
    let Some((_, picture)) = composer.photos.iter().find(|(id, _)| *id == slot.id) else { return };
    let frame = slot.place().rect();
    let (width, height) = picture.pixel_size();
    if width == 0 || height == 0 {
        return;
    }
    let drawn = fitted(frame.size, (width, height), slot.fit);
    check_resolution(composer, slot, drawn, width);
    let inset = Point::new(
        (frame.size.width - drawn.width) / 2.0,
        (frame.size.height - drawn.height) / 2.0,
    );
    let alt = match composer.fields.language {
        Language::Ja => "フィニッシュの写真",
        Language::En => "Photo at the finish",
    };
    let image = |corner_radius| {
        Item::Image(Image {
            picture: Arc::clone(picture),
            size: drawn,
            corner_radius,
            alt: alt.to_owned(),
        })
    };
    let radius = Pt::from(slot.corner_radius);
    let overhangs =
        drawn.width > frame.size.width + Pt(0.01) || drawn.height > frame.size.height + Pt(0.01);
    if overhangs {
        let clip = rounded_rect(Rect { origin: Point::default(), ..frame }, radius);
        let group = Group {
            items: vec![(inset, image(Pt::ZERO))],
            transform: Transform::IDENTITY,
            clip: Some(Clip { segments: clip, rule: FillRule::NonZero }),
            opacity: 1.0,
        };
        composer.items.push((frame.origin, Item::Group(group)));
    } else {
        let at = Point::new(frame.origin.x + inset.x, frame.origin.y + inset.y);
        composer.items.push((at, image(radius)));
    }
}

/// The size at which a picture covers, or stands in, a slot.
fn fitted(slot: Size, (width, height): (u32, u32), fit: PhotoFit) -> Size {
    let (width, height) = (f64::from(width), f64::from(height));
    let aspect = width / height;
    let wanted = slot.width / slot.height;
    if fit == PhotoFit::Cover && (aspect / wanted - 1.0).abs() < ASPECT_TOLERANCE {
        return slot;
    }
    let (across, down) = (slot.width.0 / width, slot.height.0 / height);
    let scale = match fit {
        PhotoFit::Cover => across.max(down),
        PhotoFit::Contain => across.min(down),
    };
    Size::new(Pt(width * scale), Pt(height * scale))
}

fn check_resolution(composer: &mut Composer<'_>, slot: &schema::Photo, drawn: Size, width: u32) {
    let ppi = f64::from(width) / drawn.width.0 * 72.0;
    // A crop is rounded to whole pixels; a tenth of a pixel to the inch is no fault.
    if ppi < slot.min_ppi - 0.1 {
        composer.problems.push(Problem {
            kind: ProblemKind::Resolution,
            message: format!(
                "photo {:?} has {ppi:.0} ppi at {:.0} mm, and should have {:.0}",
                slot.id,
                Mm::from(drawn.width).0,
                slot.min_ppi
            ),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_covers_its_slot_or_stands_in_it() {
        let slot = Size::new(Pt(100.0), Pt(100.0));
        assert_eq!(fitted(slot, (200, 100), PhotoFit::Cover), Size::new(Pt(200.0), Pt(100.0)));
        assert_eq!(fitted(slot, (200, 100), PhotoFit::Contain), Size::new(Pt(100.0), Pt(50.0)));
        assert_eq!(fitted(slot, (1000, 999), PhotoFit::Cover), slot);
    }
}
