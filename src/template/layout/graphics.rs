//! Artwork, logo and the strip of sponsors.

use kanso_page::geometry::{Point, Pt, Rect, Size};
use kanso_page::{Clip, FillRule, Item, rounded_rect};

use super::compose::Composer;
use crate::Graphic;
use crate::schema::{self, ArtworkFit, Placement, Tone};

pub(super) fn artwork(composer: &mut Composer<'_>, artwork: &schema::Artwork) {
    if artwork.preprinted && composer.branding.preprinted {
        return;
    }
    let Some(graphic) = composer.template.artwork_file(&artwork.file) else { return };
    let page = composer.full_bleed();
    let (mut x, mut y) = scales(graphic.size, page.size);
    if artwork.fit == ArtworkFit::Cover {
        (x, y) = (x.max(y), x.max(y));
    }
    let mut group = graphic.scaled(x, y);
    let drawn = Size::new(graphic.size.width * x, graphic.size.height * y);
    let origin = Point::new(
        page.origin.x + (page.size.width - drawn.width) / 2.0,
        page.origin.y + (page.size.height - drawn.height) / 2.0,
    );
    // The clip is in the group's own space, before its scale.
    let visible = Rect::new(
        (page.origin.x - origin.x) / x,
        (page.origin.y - origin.y) / y,
        page.size.width / x,
        page.size.height / y,
    );
    group.clip = Some(Clip { segments: rounded_rect(visible, Pt::ZERO), rule: FillRule::NonZero });
    composer.items.push((origin, Item::Group(group)));
}

pub(super) fn logo(composer: &mut Composer<'_>, logo: &schema::Logo) {
    let Some(graphic) = &composer.branding.logo else { return };
    let graphic = toned(graphic, logo.tone);
    let frame = logo.place().rect();
    let (x, y) = scales(graphic.size, frame.size);
    let scale = x.min(y);
    let free = Size::new(
        frame.size.width - graphic.size.width * scale,
        frame.size.height - graphic.size.height * scale,
    );
    let at = Point::new(
        frame.origin.x + free.width * logo.across.clamp(0.0, 1.0),
        frame.origin.y + free.height * logo.down.clamp(0.0, 1.0),
    );
    composer.items.push((at, Item::Group(graphic.scaled(scale, scale))));
}

/// All at one height, with equal gaps; smaller where they would not fit side by side.
pub(super) fn sponsors(composer: &mut Composer<'_>, strip: &schema::Sponsors) {
    let graphics: Vec<Graphic> =
        composer.branding.sponsors.iter().map(|graphic| toned(graphic, strip.tone)).collect();
    let frame = strip.place().rect();
    let aspects: f64 = graphics.iter().map(|g| g.size.width / g.size.height).sum();
    if aspects <= 0.0 {
        return;
    }
    let gap = Pt::from(strip.gap);
    let gaps = gap * (graphics.len() - 1) as f64;
    let height = frame.size.height.min((frame.size.width - gaps) / aspects);
    if height <= Pt::ZERO {
        return;
    }
    let mut x = frame.origin.x + (frame.size.width - height * aspects - gaps) / 2.0;
    let y = frame.origin.y + (frame.size.height - height) / 2.0;
    for graphic in graphics {
        let scale = height / graphic.size.height;
        composer.items.push((Point::new(x, y), Item::Group(graphic.scaled(scale, scale))));
        x += graphic.size.width * scale + gap;
    }
}

fn toned(graphic: &Graphic, tone: Tone) -> Graphic {
    match tone {
        Tone::Grey => graphic.in_grey(),
        Tone::Full => graphic.clone(),
    }
}

fn scales(from: Size, to: Size) -> (f64, f64) {
    (to.width / from.width, to.height / from.height)
}
