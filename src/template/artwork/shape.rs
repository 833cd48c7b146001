//! Paths and clip paths.

use kanso_page::geometry::{Point, Pt, Transform};
use kanso_page::path;
use kanso_page::{Clip, Fill, FillRule, Group, Item, LineCap, LineJoin, Path, Segment, Stroke};
use usvg::{Node, tiny_skia_path};

use super::paint::{Painted, painted};
use super::{ArtworkError, transform};

pub(super) fn items(source: &usvg::Path) -> Result<Vec<(Point, Item)>, ArtworkError> {
    if !source.is_visible() {
        return Ok(Vec::new());
    }
    let segments = path::from_skia(source.data());
    let mut items = Vec::new();
    if let Some(fill) = source.fill() {
        let paint = painted(fill.paint(), fill.opacity())?;
        items.push(filled(segments.clone(), rule(fill.rule()), paint));
    }
    if let Some(stroke) = source.stroke() {
        items.extend(stroked(segments, stroke)?);
    }
    if source.paint_order() == usvg::PaintOrder::StrokeAndFill {
        items.reverse();
    }
    Ok(items)
}

fn filled(segments: Vec<Segment>, rule: FillRule, paint: Painted) -> (Point, Item) {
    let Painted { paint, space } = paint;
    let fill = Some(Fill { paint, rule });
    let Some((there, back)) = space else {
        return (Point::default(), Item::Path(Path { segments, fill, stroke: None }));
    };
    // An elliptical gradient is a circle in a space of its own.
    let segments = segments.into_iter().map(|segment| moved(segment, back)).collect();
    let path = Item::Path(Path { segments, fill, stroke: None });
    let group =
        Group { items: vec![(Point::default(), path)], transform: there, clip: None, opacity: 1.0 };
    (Point::default(), Item::Group(group))
}

fn stroked(
    segments: Vec<Segment>,
    source: &usvg::Stroke,
) -> Result<Option<(Point, Item)>, ArtworkError> {
    let paint = painted(source.paint(), source.opacity())?;
    let stroke = Stroke {
        paint: paint.paint.clone(),
        width: Pt(source.width().get().into()),
        cap: match source.linecap() {
            usvg::LineCap::Butt => LineCap::Butt,
            usvg::LineCap::Round => LineCap::Round,
            usvg::LineCap::Square => LineCap::Square,
        },
        join: match source.linejoin() {
            usvg::LineJoin::Miter | usvg::LineJoin::MiterClip => LineJoin::Miter,
            usvg::LineJoin::Round => LineJoin::Round,
            usvg::LineJoin::Bevel => LineJoin::Bevel,
        },
        miter_limit: source.miterlimit().get().into(),
        dash: source.dasharray().unwrap_or_default().iter().map(|&v| Pt(v.into())).collect(),
        dash_phase: Pt(source.dashoffset().into()),
    };
    if paint.space.is_some() {
        let area = path::stroked(&segments, &stroke);
        return Ok(area.map(|area| filled(area, FillRule::NonZero, paint)));
    }
    let path = Path { segments, fill: None, stroke: Some(stroke) };
    Ok(Some((Point::default(), Item::Path(path))))
}

/// The clips of a clip path, the outermost first: the last is the path itself, those
/// before it clip the clip.
pub(super) fn clips(source: Option<&usvg::ClipPath>) -> Result<Vec<Clip>, ArtworkError> {
    let mut clips = Vec::new();
    let mut next = source;
    while let Some(clip) = next {
        clips.push(united(clip)?);
        next = clip.clip_path();
    }
    clips.reverse();
    Ok(clips)
}

fn united(source: &usvg::ClipPath) -> Result<Clip, ArtworkError> {
    let complex = |remedy| ArtworkError::Unsupported {
        what: format!("the clip path {:?}", source.id()),
        remedy,
    };
    let mut shapes = Vec::new();
    gather(source.root(), transform(source.transform()), &mut shapes)
        .map_err(|()| complex("simplify it to plain shapes and export again"))?;
    let apart = shapes.iter().enumerate().all(|(index, one)| {
        shapes.iter().skip(index + 1).all(|other| one.bounds.intersect(&other.bounds).is_none())
    });
    let rule = shapes.first().map_or(FillRule::NonZero, |shape| shape.rule);
    if shapes.len() > 1 && !(apart && shapes.iter().all(|shape| shape.rule == rule)) {
        return Err(complex("unite its overlapping shapes into one and export again"));
    }
    Ok(Clip { segments: shapes.into_iter().flat_map(|shape| shape.segments).collect(), rule })
}

struct ClipShape {
    segments: Vec<Segment>,
    rule: FillRule,
    bounds: tiny_skia_path::Rect,
}

fn gather(group: &usvg::Group, space: Transform, shapes: &mut Vec<ClipShape>) -> Result<(), ()> {
    if group.clip_path().is_some() {
        return Err(());
    }
    let space = space.after(transform(group.transform()));
    for node in group.children() {
        match node {
            Node::Group(inner) => gather(inner, space, shapes)?,
            Node::Path(path) => {
                let Some(fill) = path.fill() else { continue };
                let segments = path::from_skia(path.data());
                shapes.push(ClipShape {
                    segments: segments.into_iter().map(|segment| moved(segment, space)).collect(),
                    rule: rule(fill.rule()),
                    bounds: path.abs_bounding_box(),
                });
            }
            Node::Image(_) | Node::Text(_) => return Err(()),
        }
    }
    Ok(())
}

fn rule(rule: usvg::FillRule) -> FillRule {
    match rule {
        usvg::FillRule::NonZero => FillRule::NonZero,
        usvg::FillRule::EvenOdd => FillRule::EvenOdd,
    }
}

fn moved(segment: Segment, t: Transform) -> Segment {
    match segment {
        Segment::MoveTo(p) => Segment::MoveTo(t.apply(p)),
        Segment::LineTo(p) => Segment::LineTo(t.apply(p)),
        Segment::CubicTo(a, b, p) => Segment::CubicTo(t.apply(a), t.apply(b), t.apply(p)),
        Segment::Close => Segment::Close,
    }
}
