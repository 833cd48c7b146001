//! Ornamental borders, drawn from one motif with a parameter or two.

use std::f64::consts::{PI, TAU};

use kanso_page::geometry::{Point, Pt, Rect, Size, Transform};
use kanso_page::{
    Clip, Color, Fill, FillRule, Group, Item, LineCap, LineJoin, Paint, Path, Segment, rounded_rect,
};

use super::compose::{ComposeError, Composer, at_origin, stroke};
use crate::schema::{self, Motif, Placement};

pub(super) fn frame(
    composer: &mut Composer<'_>,
    border: &schema::Frame,
) -> Result<(), ComposeError> {
    let color = composer.color(&border.color)?;
    let rect = border.place().rect();
    let size = rect.size;
    let band = Pt::from(border.band).min(size.width / 4.0).min(size.height / 4.0);
    let weight = Pt(border.weight);
    let mut items = Vec::new();
    match border.motif {
        Motif::Seigaiha => seigaiha(&mut items, size, band, weight, color),
        Motif::Raimon => raimon(&mut items, size, band, weight, color),
        Motif::Laurel => laurel(&mut items, size, band, weight, color),
    }
    if border.motif != Motif::Laurel {
        items.push(rule(size, Pt::ZERO, weight * 2.0, color));
        items.push(rule(size, band, weight * 2.0, color));
    }
    items.push(rule(size, band + Pt(3.2), weight, color));
    let group = Group { items, transform: Transform::IDENTITY, clip: None, opacity: 1.0 };
    composer.items.push((rect.origin, Item::Group(group)));
    Ok(())
}

/// A rectangle, `inset` from the border's edge.
fn rule(size: Size, inset: Pt, weight: Pt, color: Color) -> (Point, Item) {
    let inner = Rect::new(inset, inset, size.width - inset * 2.0, size.height - inset * 2.0);
    let segments = rounded_rect(at_origin(inner), Pt::ZERO);
    let stroke = Some(stroke(Paint::Solid(color), weight));
    (inner.origin, Item::Path(Path { segments, fill: None, stroke }))
}

/// The band between the outer edge and the inner one.
fn band_clip(size: Size, band: Pt) -> Clip {
    let mut segments = rounded_rect(Rect { size, ..Rect::default() }, Pt::ZERO);
    segments.extend(rounded_rect(
        Rect::new(band, band, size.width - band * 2.0, size.height - band * 2.0),
        Pt::ZERO,
    ));
    Clip { segments, rule: FillRule::EvenOdd }
}

/// 青海波: rows of concentric half rings, each row half a ring aside, nearer rows over
/// farther ones. Rings are sized to divide the border's sides, so that corners match.
fn seigaiha(items: &mut Vec<(Point, Item)>, size: Size, band: Pt, weight: Pt, color: Color) {
    let across = (size.width / (band * 0.9)).round().max(2.0);
    let ring = size.width / across;
    let radius = ring / 2.0;
    let rows = (size.height / (radius / 2.0)).round().max(2.0) as usize;
    let step = size.height / rows as f64;
    let line = stroke(Paint::Solid(color), weight);
    let paper = Fill { paint: Paint::Solid(Color::rgb(255, 255, 255)), rule: FillRule::NonZero };
    let mut waves = Vec::new();
    for row in 0..=rows + 2 {
        let y = step * row as f64;
        let aside = if row % 2 == 0 { Pt::ZERO } else { radius };
        for column in 0..=across as usize + 1 {
            let x = ring * column as f64 - radius + aside;
            let hidden = x - radius > band
                && x + radius < size.width - band
                && y - radius > band
                && y < size.height - band;
            if hidden {
                continue;
            }
            for share in [1.0, 0.72, 0.44] {
                let segments = half_ring(radius * share);
                let fill = (share == 1.0).then(|| paper.clone());
                let path = Path { segments, fill, stroke: Some(line.clone()) };
                waves.push((Point::new(x, y), Item::Path(path)));
            }
        }
    }
    items.push((
        Point::default(),
        Item::Group(Group {
            items: waves,
            transform: Transform::IDENTITY,
            clip: Some(band_clip(size, band)),
            opacity: 1.0,
        }),
    ));
}

/// The upper half of a circle around the origin, open below.
fn half_ring(radius: Pt) -> Vec<Segment> {
    let k = radius * 0.552_284_749_8;
    let p = Point::new;
    vec![
        Segment::MoveTo(p(-radius, Pt::ZERO)),
        Segment::CubicTo(p(-radius, -k), p(-k, -radius), p(Pt::ZERO, -radius)),
        Segment::CubicTo(p(k, -radius), p(radius, -k), p(radius, Pt::ZERO)),
    ]
}

/// 雷文: square spirals, one beside the other; the corners hold one each.
fn raimon(items: &mut Vec<(Point, Item)>, size: Size, band: Pt, weight: Pt, color: Color) {
    let mut line = stroke(Paint::Solid(color), weight * 1.6);
    line.join = LineJoin::Miter;
    line.cap = LineCap::Square;
    let mut segments = Vec::new();
    let mut side = |count: usize, at: &dyn Fn(f64) -> Rect| {
        for index in 0..count {
            segments.extend(spiral(at(index as f64), index % 2 == 1));
        }
    };
    let across = (size.width / band).round().max(2.0);
    let width = size.width / across;
    let down = ((size.height - band * 2.0) / band).round().max(1.0);
    let height = (size.height - band * 2.0) / down;
    side(across as usize, &|at| Rect::new(width * at, Pt::ZERO, width, band));
    side(across as usize, &|at| Rect::new(width * at, size.height - band, width, band));
    side(down as usize, &|at| Rect::new(Pt::ZERO, band + height * at, band, height));
    side(down as usize, &|at| Rect::new(size.width - band, band + height * at, band, height));
    items.push((Point::default(), Item::Path(Path { segments, fill: None, stroke: Some(line) })));
}

/// A square spiral of two and a quarter turns in a cell.
fn spiral(cell: Rect, mirrored: bool) -> Vec<Segment> {
    const TURNS: [(f64, f64); 9] = [
        (0.16, 0.84),
        (0.16, 0.16),
        (0.84, 0.16),
        (0.84, 0.84),
        (0.36, 0.84),
        (0.36, 0.38),
        (0.64, 0.38),
        (0.64, 0.62),
        (0.52, 0.62),
    ];
    TURNS
        .iter()
        .enumerate()
        .map(|(at, (x, y))| {
            let x = if mirrored { 1.0 - x } else { *x };
            let point = Point::new(
                cell.origin.x + cell.size.width * x,
                cell.origin.y + cell.size.height * *y,
            );
            if at == 0 { Segment::MoveTo(point) } else { Segment::LineTo(point) }
        })
        .collect()
}

/// A double rule, broken at the corners by laurel: in each corner two branches that part.
fn laurel(items: &mut Vec<(Point, Item)>, size: Size, band: Pt, weight: Pt, color: Color) {
    items.push(rule(size, band * 0.5, weight * 3.0, color));
    let reach = band * 4.2;
    for (corner, turn) in [
        (Point::new(Pt::ZERO, Pt::ZERO), 0.0),
        (Point::new(size.width, Pt::ZERO), 0.25),
        (Point::new(size.width, size.height), 0.5),
        (Point::new(Pt::ZERO, size.height), 0.75),
    ] {
        let mut branches = blank(reach, band);
        branch(&mut branches, reach, band, weight, color, false);
        branch(&mut branches, reach, band, weight, color, true);
        let (sin, cos) = (turn * TAU).sin_cos();
        let transform = Transform { a: cos, b: sin, c: -sin, d: cos, ..Transform::IDENTITY };
        items.push((
            corner,
            Item::Group(Group { items: branches, transform, clip: None, opacity: 1.0 }),
        ));
    }
}

/// Paper over the rule where the branches stand.
fn blank(reach: Pt, band: Pt) -> Vec<(Point, Item)> {
    let paper = Paint::Solid(Color::rgb(255, 255, 255));
    [(reach, band), (band, reach)]
        .map(|(width, height)| {
            let rect = Rect::new(Pt::ZERO, Pt::ZERO, width * 1.04, height);
            (Point::default(), Item::Path(Path::rect(rect, Pt::ZERO, paper.clone())))
        })
        .into()
}

/// A branch from the corner along the top edge, or mirrored down the left one.
fn branch(
    items: &mut Vec<(Point, Item)>,
    reach: Pt,
    band: Pt,
    weight: Pt,
    color: Color,
    mirrored: bool,
) {
    let place = |x: Pt, y: Pt| if mirrored { Point::new(y, x) } else { Point::new(x, y) };
    let middle = band * 0.5;
    let stem = |t: f64| {
        // From the corner's diagonal into the rule's line.
        let x = middle * 0.9 + (reach - middle * 0.9) * t;
        let y = middle + middle * 0.5 * (1.0 - t).powi(2) * (PI * t).sin();
        (x, y)
    };
    let mut segments = Vec::new();
    for step in 0..=24 {
        let (x, y) = stem(f64::from(step) / 24.0);
        let point = place(x, y);
        segments.push(if step == 0 { Segment::MoveTo(point) } else { Segment::LineTo(point) });
    }
    let line = stroke(Paint::Solid(color), weight * 1.6);
    items.push((Point::default(), Item::Path(Path { segments, fill: None, stroke: Some(line) })));
    const LEAVES: u32 = 7;
    let mut leaves = Vec::new();
    for leaf in 0..=LEAVES {
        let t = 0.06 + 0.88 * f64::from(leaf) / f64::from(LEAVES);
        let (x, y) = stem(t);
        let length = band * (0.62 - 0.22 * t);
        for side in [-1.0, 1.0] {
            leaves.extend(leaf_outline(x, y, length, side * 0.62, &place));
        }
    }
    let (x, y) = stem(1.0);
    leaves.extend(leaf_outline(x, y, band * 0.45, 0.0, &place));
    let fill = Some(Fill { paint: Paint::Solid(color), rule: FillRule::NonZero });
    items.push((Point::default(), Item::Path(Path { segments: leaves, fill, stroke: None })));
}

/// A pointed leaf from a point of the stem, `angle` off its direction (radians).
fn leaf_outline(
    x: Pt,
    y: Pt,
    length: Pt,
    angle: f64,
    place: &dyn Fn(Pt, Pt) -> Point,
) -> [Segment; 4] {
    let (sin, cos) = angle.sin_cos();
    let at = |along: f64, aside: f64| {
        let (along, aside) = (length * along, length * aside);
        place(x + along * cos - aside * sin, y + along * sin + aside * cos)
    };
    [
        Segment::MoveTo(at(0.0, 0.0)),
        Segment::CubicTo(at(0.3, 0.24), at(0.7, 0.2), at(1.0, 0.0)),
        Segment::CubicTo(at(0.7, -0.2), at(0.3, -0.24), at(0.0, 0.0)),
        Segment::Close,
    ]
}
