//! Puts a template's items on the page, in order.

use std::sync::Arc;

use kanso_page::geometry::{Point, Pt, Rect, Size};
use kanso_page::{
    Fill, FillRule, Item, LineCap, LineJoin, Page, Paint, Path, Picture, Segment, Stroke,
    rounded_rect,
};
use kanso_race::Bib;
use kanso_text::library::FontLibrary;
use kanso_text::set::{Block, TextError};
use kanso_text::style::TextStyle;

use super::{chart, frame, graphics, photo, qr, seal, table};
use crate::palette::Palette;
use crate::schema::{self, Conditions, Place, Placement, StyleRef};
use crate::{Branding, Fields, Template};

/// A page, and what a person should know about it.
#[derive(Debug, Clone)]
pub struct Composition {
    pub page: Page,
    pub problems: Vec<Problem>,
    /// Each text, where it came to stand; for checks and tests.
    pub set: Vec<Set>,
}

/// Something that prints, but not as well as it should. The message holds no name.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Problem {
    pub kind: ProblemKind,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// A photo or artwork has fewer pixels to the inch than it needs.
    Resolution,
    /// Something reaches into the area that the knife may take.
    SafeArea,
    /// Artwork of another shape than the page's.
    Shape,
    /// A time that does not say whether it is gross or net.
    Label,
    /// Two texts stand over each other.
    Overlap,
}

/// A text that was set.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// The first field in it, or its first words.
    pub field: String,
    /// What its lines occupy on the page.
    pub bounds: Rect,
    pub size: Pt,
    pub lines: usize,
}

/// Why a certificate cannot be composed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ComposeError {
    #[error("{field} of bib {bib}: {source}")]
    Text { field: String, bib: Bib, source: TextError },
    #[error("QR code of bib {bib}: {reason}; shorten the address")]
    Qr { bib: Bib, reason: String },
    #[error("{table} of bib {bib} has {rows} rows, and its box holds {room}; make it higher")]
    Rows { table: &'static str, bib: Bib, rows: usize, room: usize },
    /// The template does not agree with itself; reading it finds this first.
    #[error("template: {0}")]
    Template(String),
}

/// Composes one certificate. Pure: the same input gives the same page.
///
/// `photos` are the pictures of the template's slots by their names, cropped to the slots'
/// aspects (a picture of another aspect is cut at the slot's edges). A slot without a
/// picture stays empty; templates say with `when = "!photo"` what stands there instead, so
/// the fields' `photo` must agree with `photos`.
pub fn compose(
    template: &Template,
    fields: &Fields,
    branding: &Branding,
    photos: &[(String, Arc<Picture>)],
    fonts: &FontLibrary,
) -> Result<Composition, ComposeError> {
    let palette =
        template.palette(branding.accent).map_err(|e| ComposeError::Template(e.to_string()))?;
    let mut composer = Composer {
        template,
        fields,
        branding,
        photos,
        fonts,
        palette,
        items: Vec::new(),
        problems: Vec::new(),
        set: Vec::new(),
    };
    composer.background()?;
    for item in in_order(&template.file) {
        if composer.holds(item.when(), item.only()) {
            composer.draw(item)?;
        }
    }
    let title = template.file.title.in_language(fields.language);
    Ok(Composition {
        page: Page {
            trim: template.trim,
            bleed: template.file.page.bleed.into(),
            title: title.and_then(|title| title.fill(fields)).unwrap_or_default(),
            language: fields.language,
            items: composer.items,
        },
        problems: composer.problems,
        set: composer.set,
    })
}

/// The page as it fills.
pub(super) struct Composer<'a> {
    pub template: &'a Template,
    pub fields: &'a Fields,
    pub branding: &'a Branding,
    pub photos: &'a [(String, Arc<Picture>)],
    pub palette: Palette,
    pub items: Vec<(Point, Item)>,
    pub problems: Vec<Problem>,
    fonts: &'a FontLibrary,
    set: Vec<Set>,
}

/// One item of the template, of any kind.
#[derive(Clone, Copy)]
enum Element<'a> {
    Artwork(&'a schema::Artwork),
    Photo(&'a schema::Photo),
    Shape(&'a schema::Shape),
    Frame(&'a schema::Frame),
    Line(&'a schema::Line),
    Chart(&'a schema::Chart),
    Splits(&'a schema::Splits),
    Sponsors(&'a schema::Sponsors),
    Logo(&'a schema::Logo),
    Text(&'a schema::Text),
    Facts(&'a schema::Facts),
    Qr(&'a schema::Qr),
    Seal(&'a schema::Seal),
}

/// Every item, lower ones first.
fn in_order(file: &schema::Template) -> Vec<Element<'_>> {
    let mut all: Vec<Element<'_>> = file.artwork.iter().map(Element::Artwork).collect();
    all.extend(file.photo.iter().map(Element::Photo));
    all.extend(file.shape.iter().map(Element::Shape));
    all.extend(file.frame.iter().map(Element::Frame));
    all.extend(file.line.iter().map(Element::Line));
    all.extend(file.chart.iter().map(Element::Chart));
    all.extend(file.splits.iter().map(Element::Splits));
    all.extend(file.sponsors.iter().map(Element::Sponsors));
    all.extend(file.logo.iter().map(Element::Logo));
    all.extend(file.text.iter().map(Element::Text));
    all.extend(file.facts.iter().map(Element::Facts));
    all.extend(file.qr.iter().map(Element::Qr));
    all.extend(file.seal.iter().map(Element::Seal));
    all.sort_by_key(|element| element.layer());
    all
}

impl<'a> Element<'a> {
    fn place(self) -> Option<Place<'a>> {
        match self {
            Self::Artwork(_) => None,
            Self::Photo(item) => Some(item.place()),
            Self::Shape(item) => Some(item.place()),
            Self::Frame(item) => Some(item.place()),
            Self::Line(item) => Some(item.place()),
            Self::Chart(item) => Some(item.place()),
            Self::Splits(item) => Some(item.place()),
            Self::Sponsors(item) => Some(item.place()),
            Self::Logo(item) => Some(item.place()),
            Self::Text(item) => Some(item.place()),
            Self::Facts(item) => Some(item.place()),
            Self::Qr(item) => Some(item.place()),
            Self::Seal(item) => Some(item.place()),
        }
    }

    fn layer(self) -> i32 {
        match self {
            Self::Artwork(artwork) => artwork.layer,
            other => other.place().map_or(0, |place| place.layer),
        }
    }

    fn when(self) -> Option<&'a Conditions> {
        match self {
            Self::Artwork(artwork) => Some(&artwork.when),
            other => other.place().map(|place| place.when),
        }
    }

    fn only(self) -> Option<kanso_page::Language> {
        match self {
            Self::Artwork(artwork) => artwork.only,
            other => other.place().and_then(|place| place.only),
        }
    }
}

impl Composer<'_> {
    fn holds(&self, when: Option<&Conditions>, only: Option<kanso_page::Language>) -> bool {
        only.is_none_or(|language| language == self.fields.language)
            && when.is_none_or(|when| self.all_hold(when))
    }

    pub fn all_hold(&self, when: &Conditions) -> bool {
        when.0.iter().all(|condition| self.fields.has(&condition.field) == condition.present)
    }

    fn draw(&mut self, element: Element<'_>) -> Result<(), ComposeError> {
        match element {
            Element::Artwork(artwork) => graphics::artwork(self, artwork),
            Element::Photo(slot) => photo::photo(self, slot),
            Element::Shape(shape) => self.shape(shape)?,
            Element::Frame(border) => frame::frame(self, border)?,
            Element::Line(line) => self.rule(line)?,
            Element::Chart(wanted) => chart::chart(self, wanted)?,
            Element::Splits(splits) => table::splits(self, splits)?,
            Element::Sponsors(strip) => graphics::sponsors(self, strip),
            Element::Logo(logo) => graphics::logo(self, logo),
            Element::Text(text) => self.text(text)?,
            Element::Facts(facts) => table::facts(self, facts)?,
            Element::Qr(code) => qr::qr(self, code)?,
            Element::Seal(mark) => seal::seal(self, mark)?,
        }
        Ok(())
    }

    /// The page's rectangle, bleed included.
    pub fn full_bleed(&self) -> Rect {
        let trim = self.template.trim;
        Rect::new(Pt::ZERO, Pt::ZERO, trim.width, trim.height)
            .outset(self.template.file.page.bleed.into())
    }

    fn background(&mut self) -> Result<(), ComposeError> {
        let wanted = &self.template.file.page.background;
        // Paper prints nothing: it is there already.
        if *wanted != schema::ColorRef::named("paper") {
            let paint = Paint::Solid(self.color(wanted)?);
            let path = Path::rect(self.full_bleed(), Pt::ZERO, paint);
            self.items.push((Point::default(), Item::Path(path)));
        }
        Ok(())
    }

    pub fn color(&self, wanted: &schema::ColorRef) -> Result<kanso_page::Color, ComposeError> {
        self.palette.color(wanted).map_err(|e| ComposeError::Template(e.to_string()))
    }

    pub fn style(&self, style: &StyleRef) -> Result<TextStyle, ComposeError> {
        self.template
            .text_style(style, &self.palette, self.fields.language)
            .map_err(|e| ComposeError::Template(e.to_string()))
    }

    /// Sets a text into a box and puts it on the page. `field` names it in messages.
    pub fn put_text(
        &mut self,
        text: &str,
        style: &TextStyle,
        frame: Rect,
        field: &str,
    ) -> Result<Block, ComposeError> {
        let block =
            kanso_text::set::set(self.fonts, text, style, frame.size).map_err(|source| {
                ComposeError::Text { field: field.to_owned(), bib: self.fields.bib.clone(), source }
            })?;
        for (at, run) in &block.runs {
            let on_page = Point::new(frame.origin.x + at.x, frame.origin.y + at.y);
            self.items.push((on_page, Item::Glyphs(run.clone())));
        }
        if block.lines > 0 {
            let bounds = block.bounds;
            self.set.push(Set {
                field: field.to_owned(),
                bounds: Rect::new(
                    frame.origin.x + bounds.origin.x,
                    frame.origin.y + bounds.origin.y,
                    bounds.size.width,
                    bounds.size.height,
                ),
                size: block.size,
                lines: block.lines,
            });
        }
        Ok(block)
    }

    fn text(&mut self, text: &schema::Text) -> Result<(), ComposeError> {
        let Some(pattern) = text.value.in_language(self.fields.language) else { return Ok(()) };
        let Some(words) = pattern.fill(self.fields) else { return Ok(()) };
        let style = self.style(&text.style)?;
        self.put_text(&words, &style, text.place().rect(), &pattern.label())?;
        Ok(())
    }

    fn shape(&mut self, shape: &schema::Shape) -> Result<(), ComposeError> {
        let rect = shape.place().rect();
        let outline = match shape.kind {
            schema::ShapeKind::Rect => rounded_rect(at_origin(rect), shape.corner_radius.into()),
            schema::ShapeKind::Ellipse => ellipse(rect.size),
        };
        let fill = match &shape.fill {
            Some(fill) => Some(Fill {
                paint: self
                    .palette
                    .paint(fill, rect.size)
                    .map_err(|e| ComposeError::Template(e.to_string()))?,
                rule: FillRule::NonZero,
            }),
            None => None,
        };
        let stroke = match &shape.stroke {
            Some(color) => Some(stroke(Paint::Solid(self.color(color)?), Pt(shape.weight))),
            None => None,
        };
        self.items.push((rect.origin, Item::Path(Path { segments: outline, fill, stroke })));
        Ok(())
    }

    fn rule(&mut self, line: &schema::Line) -> Result<(), ComposeError> {
        let rect = line.place().rect();
        let mut stroke = stroke(Paint::Solid(self.color(&line.color)?), Pt(line.weight));
        stroke.dash = line.dash.iter().map(|length| Pt(*length)).collect();
        let end = Point::new(rect.size.width, rect.size.height);
        let segments = vec![Segment::MoveTo(Point::default()), Segment::LineTo(end)];
        self.items
            .push((rect.origin, Item::Path(Path { segments, fill: None, stroke: Some(stroke) })));
        Ok(())
    }

    /// A level hairline, `width` long.
    pub fn hairline(&mut self, from: Point, width: Pt, color: kanso_page::Color) {
        let segments =
            vec![Segment::MoveTo(Point::default()), Segment::LineTo(Point::new(width, Pt::ZERO))];
        let stroke = Some(stroke(Paint::Solid(color), Pt(0.4)));
        self.items.push((from, Item::Path(Path { segments, fill: None, stroke })));
    }
}

/// The rectangle, moved to the origin: paths are placed by their item's position.
pub(super) fn at_origin(rect: Rect) -> Rect {
    Rect { origin: Point::default(), ..rect }
}

pub(super) fn stroke(paint: Paint, width: Pt) -> Stroke {
    Stroke {
        paint,
        width,
        cap: LineCap::Butt,
        join: LineJoin::Miter,
        miter_limit: 4.0,
        dash: Vec::new(),
        dash_phase: Pt::ZERO,
    }
}

fn ellipse(size: Size) -> Vec<Segment> {
    let (rx, ry) = (size.width / 2.0, size.height / 2.0);
    let (kx, ky) = (rx * 0.552_284_749_8, ry * 0.552_284_749_8);
    let p = |x: Pt, y: Pt| Point::new(rx + x, ry + y);
    let z = Pt::ZERO;
    vec![
        Segment::MoveTo(p(rx, z)),
        Segment::CubicTo(p(rx, ky), p(kx, ry), p(z, ry)),
        Segment::CubicTo(p(-kx, ry), p(-rx, ky), p(-rx, z)),
        Segment::CubicTo(p(-rx, -ky), p(-kx, -ry), p(z, -ry)),
        Segment::CubicTo(p(kx, -ry), p(rx, -ky), p(rx, z)),
        Segment::Close,
    ]
}
