//! Marks for the knife, and a bar of patches for the press, outside the bleed.

use kanso_color::Inks;
use kanso_page::geometry::{Mm, Point, Pt, Rect, Size};
use kanso_page::{Color, Item, LineCap, LineJoin, Paint, Path, Segment, Stroke};

/// Room for the marks beyond the bleed.
pub(super) const MARGIN: Mm = Mm(8.0);
pub(super) const GAP: Mm = Mm(1.0);
pub(super) const LENGTH: Mm = Mm(5.0);
const HAIRLINE: Pt = Pt(0.25);
const PATCH: Mm = Mm(5.0);

/// Two marks at every corner of the trim.
pub(super) fn corners(trim: Size, bleed: Pt) -> Vec<(Point, Item)> {
    let near = bleed + GAP.into();
    let far = near + LENGTH.into();
    let mut items = Vec::new();
    for (x, out_x) in [(Pt::ZERO, -1.0), (trim.width, 1.0)] {
        for (y, out_y) in [(Pt::ZERO, -1.0), (trim.height, 1.0)] {
            items.push(line(Point::new(x + near * out_x, y), Point::new(x + far * out_x, y)));
            items.push(line(Point::new(x, y + near * out_y), Point::new(x, y + far * out_y)));
        }
    }
    items
}

/// A hairline for the knife.
pub(super) fn line(from: Point, to: Point) -> (Point, Item) {
    let stroke = Stroke {
        paint: Paint::Solid(Color::rgb(0, 0, 0)),
        width: HAIRLINE,
        cap: LineCap::Butt,
        join: LineJoin::Miter,
        miter_limit: 10.0,
        dash: Vec::new(),
        dash_phase: Pt::ZERO,
    };
    let segments = vec![Segment::MoveTo(from), Segment::LineTo(to)];
    (Point::default(), Item::Path(Path { segments, fill: None, stroke: Some(stroke) }))
}

/// A field of the colour bar.
pub(super) struct Patch {
    pub place: Rect,
    /// What stands for it on a screen.
    pub light: Color,
    /// Solid inks, not a mixture that looks like them: what the press is set by.
    pub inks: Inks,
}

/// Solids, overprints and tints of black, below the trim.
pub(super) fn patches(trim: Size, bleed: Pt) -> Vec<Patch> {
    const PATCHES: [(Color, Inks); 10] = [
        (Color::rgb(0, 174, 239), [1.0, 0.0, 0.0, 0.0]),
        (Color::rgb(236, 0, 140), [0.0, 1.0, 0.0, 0.0]),
        (Color::rgb(255, 242, 0), [0.0, 0.0, 1.0, 0.0]),
        (Color::rgb(0, 0, 0), [0.0, 0.0, 0.0, 1.0]),
        (Color::rgb(230, 0, 18), [0.0, 1.0, 1.0, 0.0]),
        (Color::rgb(0, 153, 68), [1.0, 0.0, 1.0, 0.0]),
        (Color::rgb(29, 32, 136), [1.0, 1.0, 0.0, 0.0]),
        (Color::rgb(64, 64, 64), [0.0, 0.0, 0.0, 0.75]),
        (Color::rgb(128, 128, 128), [0.0, 0.0, 0.0, 0.5]),
        (Color::rgb(192, 192, 192), [0.0, 0.0, 0.0, 0.25]),
    ];
    let side = Pt::from(PATCH);
    let top = trim.height + bleed + GAP.into();
    let left = trim.width / 2.0 - side * (PATCHES.len() as f64 / 2.0);
    let place = |index: usize| Rect::new(left + side * index as f64, top, side, side);
    PATCHES
        .into_iter()
        .enumerate()
        .map(|(index, (light, inks))| Patch { place: place(index), light, inks })
        .collect()
}
