//! A page as a print-ready PDF.

use std::borrow::Borrow;

use jiff::Timestamp;
use kanso_page::geometry::{Mm, Pt, Rect, Transform};
use kanso_page::{Item, Page};

use super::RenderError;
use super::content::Content;
use super::document::Parts;
use super::finish::{self, PageBoxes};
use super::intent::Intent;
use super::marks;

/// How a PDF is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct PdfOptions {
    /// The date that the file carries; no clock is read.
    pub created: Timestamp,
    pub page_box: PageBox,
    pub intent: Intent,
    /// Marks for the knife and a colour bar, outside the bleed.
    pub crop_marks: bool,
}

impl PdfOptions {
    pub fn new(created: Timestamp) -> Self {
        Self { created, page_box: PageBox::Bleed, intent: Intent::Srgb, crop_marks: false }
    }
}

/// Which box of the page the file's paper is. Both draw the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageBox {
    /// With its bleed, for a print shop; a screen shows the trimmed page.
    Bleed,
    /// The trimmed page alone, for desk printers and downloads.
    Trim,
}

/// A finished file.
#[derive(Debug, Clone, PartialEq)]
pub struct Pdf {
    pub bytes: Vec<u8>,
    /// Resolution of the coarsest JPEG at its printed size; `None` without one.
    pub lowest_ppi: Option<f64>,
}

/// Writes one page. The same page and options give the same bytes.
pub fn pdf(page: &Page, options: &PdfOptions) -> Result<Pdf, RenderError> {
    Ok(Pdf { bytes: book([page], options)?, lowest_ppi: lowest_ppi(page) })
}

/// Writes many pages into one file. Fonts and artwork that they share are stored once;
/// title and language are the first page's. The whole file is held in memory, so a long
/// book is to be made in volumes.
pub fn book<P: Borrow<Page>>(
    pages: impl IntoIterator<Item = P>,
    options: &PdfOptions,
) -> Result<Vec<u8>, RenderError> {
    let mut parts = Parts::new(options.intent);
    let (mut contents, mut sheets, mut first) = (Vec::new(), Vec::new(), None);
    for page in pages {
        let page = page.borrow();
        let sheet = sheet(page, options)?;
        let (ops, tags) = page_content(&mut parts, page, &sheet)?;
        contents.push(ops);
        sheets.push((sheet, tags));
        first.get_or_insert_with(|| (page.title.clone(), page.language));
    }
    let Some((title, language)) = first else {
        return Err(RenderError::Assembly { reason: "there is no page".into() });
    };
    let assembled = parts.assemble(contents)?;
    finish::finish(
        assembled,
        &finish::Finishing { title: &title, language, options, pages: sheets },
    )
}

/// The desk copy of a stored file, which is not rendered again.
pub fn desk_copy(stored: &[u8]) -> Result<Vec<u8>, RenderError> {
    finish::desk_copy(stored)
}

fn sheet(page: &Page, options: &PdfOptions) -> Result<PageBoxes, RenderError> {
    let (width, height) = (Mm::from(page.trim.width).0, Mm::from(page.trim.height).0);
    let sound = |side: f64| (1.0..=5000.0).contains(&side);
    if !sound(width) || !sound(height) || !page.bleed.0.is_finite() {
        return Err(RenderError::PageSize { width_mm: width, height_mm: height });
    }
    let margin = if options.crop_marks { marks::MARGIN.into() } else { Pt::ZERO };
    Ok(PageBoxes { trim: page.trim, bleed: page.bleed.max(Pt::ZERO), margin })
}

fn page_content(
    parts: &mut Parts,
    page: &Page,
    sheet: &PageBoxes,
) -> Result<(Vec<printpdf::Op>, Vec<super::structure::Tag>), RenderError> {
    let edge = sheet.bleed + sheet.margin;
    let trim = Rect { origin: Default::default(), size: sheet.trim };
    let flip = Transform { d: -1.0, ..Transform::translate(edge, sheet.trim.height + edge) };
    let mut content = Content::of_page(parts, trim.outset(edge), flip, &page.title);
    if sheet.margin > Pt::ZERO {
        content.clipped(trim.outset(sheet.bleed), &page.items)?;
        content.items(&marks::corners(sheet.trim, sheet.bleed))?;
        content.patches(&marks::patches(sheet.trim, sheet.bleed))?;
    } else {
        content.items(&page.items)?;
    }
    Ok(content.finish())
}

/// Pixels per inch of the coarsest JPEG on the page, as it is printed.
pub fn lowest_ppi(page: &Page) -> Option<f64> {
    fn of(items: &[(kanso_page::geometry::Point, Item)], scale: f64) -> Option<f64> {
        let ppi = items.iter().filter_map(|(_, item)| match item {
            Item::Image(image) => {
                let kanso_page::Picture::Jpeg { width, height, .. } = *image.picture else {
                    return None;
                };
                let across = f64::from(width) / image.size.width.0;
                let down = f64::from(height) / image.size.height.0;
                Some(across.min(down) * 72.0 / scale)
            }
            Item::Group(group) => {
                let t = group.transform;
                of(&group.items, scale * (t.a * t.d - t.b * t.c).abs().sqrt())
            }
            Item::Glyphs(_) | Item::Path(_) => None,
        });
        ppi.filter(|ppi| ppi.is_finite()).reduce(f64::min)
    }
    of(&page.items, 1.0)
}
