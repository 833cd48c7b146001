//! Items of the display list as printpdf operations.
//!
//! The page's own space (points, y down) is kept: one flip at the start of a page
//! turns it into PDF's, and everything below is written as the layout gave it.

mod paths;
mod text;

use kanso_page::geometry::{Point, Pt, Rect, Transform};
use kanso_page::path::inverse;
use kanso_page::{Clip, Color, FillRule, Group, Image, Item, rounded_rect};
use printpdf::{CurTransMat, DictItem, ExtendedGraphicsStateId, Op, PaintMode, XObjectTransform};

use super::RenderError;
use super::document::Parts;
use super::intent::{Intent, of_inks};
use super::marks::Patch;
use super::outline::{number, polygon};
use super::structure::{Role, Tag};

/// One content stream in the making.
pub(super) struct Content<'p> {
    parts: &'p mut Parts,
    ops: Vec<Op>,
    /// From the stream's current space to the page's.
    placed: Transform,
    /// All that can be seen of the page, in the page's space.
    visible: Rect,
    /// Where tags are collected; `None` inside a form, which is an artifact as a whole.
    tags: Option<Vec<Tag>>,
    title: String,
}

impl<'p> Content<'p> {
    /// `flip` maps the page's space to the file's.
    pub fn of_page(parts: &'p mut Parts, visible: Rect, flip: Transform, title: &str) -> Self {
        parts.full.clear();
        Self {
            parts,
            ops: vec![matrix(flip)],
            placed: Transform::IDENTITY,
            visible,
            tags: Some(Vec::new()),
            title: title.to_owned(),
        }
    }

    pub fn finish(self) -> (Vec<Op>, Vec<Tag>) {
        (self.ops, self.tags.unwrap_or_default())
    }

    pub fn items(&mut self, items: &[(Point, Item)]) -> Result<(), RenderError> {
        items.iter().try_for_each(|(at, item)| match item {
            Item::Glyphs(run) => self.glyphs(*at, run),
            Item::Image(image) => self.image(*at, image),
            Item::Path(path) => self.tagged(Role::Artifact, "", |content| content.path(*at, path)),
            Item::Group(group) => self.group(*at, group),
        })
    }

    /// The items, with nothing shown outside `frame`.
    pub fn clipped(&mut self, frame: Rect, items: &[(Point, Item)]) -> Result<(), RenderError> {
        self.saved(|content| {
            content.clip(&rounded_rect(frame, Pt::ZERO), Point::default(), FillRule::NonZero);
            content.items(items)
        })
    }

    /// The fields of a colour bar.
    pub fn patches(&mut self, patches: &[Patch]) -> Result<(), RenderError> {
        self.tagged(Role::Artifact, "", |content| {
            for patch in patches {
                let col = match content.parts.intent {
                    Intent::Srgb => content.parts.intent.color(patch.light)?,
                    Intent::Cmyk => of_inks(patch.inks),
                };
                content.ops.push(Op::SetFillColor { col });
                let square = rounded_rect(patch.place, Pt::ZERO);
                let polygon =
                    polygon(&square, Point::default(), FillRule::NonZero, PaintMode::Fill);
                content.ops.extend(polygon.map(|polygon| Op::DrawPolygon { polygon }));
            }
            Ok(())
        })
    }

    /// What `draw` draws, between a save and a restore of the graphics state.
    fn saved(
        &mut self,
        draw: impl FnOnce(&mut Self) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        self.ops.push(Op::SaveGraphicsState);
        let placed = self.placed;
        draw(self)?;
        self.placed = placed;
        self.ops.push(Op::RestoreGraphicsState);
        Ok(())
    }

    fn tagged(
        &mut self,
        role: Role,
        alt: &str,
        draw: impl FnOnce(&mut Self) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        let Some(tags) = &mut self.tags else { return draw(self) };
        if role == Role::Artifact {
            self.ops.push(Op::BeginMarkedContent { tag: "Artifact".into() });
        } else {
            let id = DictItem::Int(tags.len() as i64);
            tags.push(Tag { role, alt: alt.to_owned() });
            let properties = DictItem::Dict { map: [("MCID".to_owned(), id)].into() };
            let tag = role.name().to_owned();
            self.ops.push(Op::BeginMarkedContentWithProperties { tag, properties });
        }
        // What is inside belongs to this tag already.
        let outer = self.tags.take();
        let drawn = draw(self);
        self.tags = outer;
        self.ops.push(Op::EndMarkedContent);
        drawn
    }

    // --- pictures -----------------------------------------------------------------

    fn image(&mut self, at: Point, image: &Image) -> Result<(), RenderError> {
        let role = if image.alt.is_empty() { Role::Artifact } else { Role::Figure };
        let id = self.parts.pictures.place(&image.picture)?;
        let frame = Rect { origin: at, size: image.size };
        let full = self.on_page(frame);
        self.parts.full.push(full);
        let place = |content: &mut Self| {
            // An image fills the unit square upwards; our y runs down.
            content.ops.push(Op::UseXobject {
                id,
                transform: XObjectTransform {
                    translate_x: Some(printpdf::Pt(number(at.x.0))),
                    translate_y: Some(printpdf::Pt(number(frame.bottom().0))),
                    scale_x: Some(number(image.size.width.0)),
                    scale_y: Some(-number(image.size.height.0)),
                    no_auto_scale: true,
                    ..XObjectTransform::default()
                },
            });
        };
        self.tagged(role, &image.alt, |content| {
            if image.corner_radius <= Pt::ZERO {
                place(content);
                return Ok(());
            }
            let corners = rounded_rect(frame, image.corner_radius);
            content.saved(|content| {
                content.clip(&corners, Point::default(), FillRule::NonZero);
                place(content);
                Ok(())
            })
        })
    }

    // --- groups -------------------------------------------------------------------

    fn group(&mut self, at: Point, group: &Group) -> Result<(), RenderError> {
        let opacity = group.opacity.clamp(0.0, 1.0);
        if opacity == 0.0 {
            return Ok(());
        }
        let place = Transform::translate(at.x, at.y).after(group.transform);
        if opacity >= 1.0 {
            return self.saved(|content| content.group_content(place, group));
        }
        self.tagged(Role::Artifact, "", |content| {
            let Some(bounds) = content.visible_here() else { return Ok(()) };
            let mut inner = Content {
                parts: &mut *content.parts,
                ops: Vec::new(),
                placed: content.placed,
                visible: content.visible,
                tags: None,
                title: String::new(),
            };
            inner.group_content(place, group)?;
            let ops = inner.ops;
            let form = content.parts.form(ops, bounds);
            content.saved(|content| {
                let state = content.parts.state(opacity, false);
                content.load(state);
                content.ops.push(Op::UseXobject {
                    id: form,
                    transform: XObjectTransform {
                        no_auto_scale: true,
                        ..XObjectTransform::default()
                    },
                });
                Ok(())
            })
        })
    }

    fn group_content(&mut self, place: Transform, group: &Group) -> Result<(), RenderError> {
        self.ops.push(matrix(place));
        self.placed = self.placed.after(place);
        if let Some(Clip { segments, rule }) = &group.clip {
            self.clip(segments, Point::default(), *rule);
        }
        self.items(&group.items)
    }

    /// The visible part of the page in the current space.
    fn visible_here(&self) -> Option<Rect> {
        Some(mapped(inverse(self.placed)?, self.visible))
    }

    /// A part of the current space as a part of the page.
    fn on_page(&self, part: Rect) -> Rect {
        mapped(self.placed, part)
    }

    fn load(&mut self, state: Option<ExtendedGraphicsStateId>) {
        self.ops.extend(state.map(|gs| Op::LoadGraphicsState { gs }));
    }

    fn fill_color(&mut self, color: Color) -> Result<(), RenderError> {
        let col = self.parts.intent.color(color)?;
        self.ops.push(Op::SetFillColor { col });
        Ok(())
    }
}

fn matrix(t: Transform) -> Op {
    Op::SetTransformationMatrix { matrix: CurTransMat::Raw(numbers(t)) }
}

fn numbers(t: Transform) -> [f32; 6] {
    // Factors multiply lengths of a page: they need more places than points do.
    let factor = |v: f64| if v.is_finite() { ((v * 1e7).round() / 1e7) as f32 } else { 0.0 };
    [factor(t.a), factor(t.b), factor(t.c), factor(t.d), number(t.e), number(t.f)]
}

/// The box around a mapped box.
fn mapped(by: Transform, rect: Rect) -> Rect {
    let (left, top, right, bottom) = (rect.origin.x, rect.origin.y, rect.right(), rect.bottom());
    let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
    let corners = corners.map(|(x, y)| by.apply(Point::new(x, y)));
    Rect::around(corners).unwrap_or_default()
}
