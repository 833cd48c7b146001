//! The finishing pass over printpdf's document: boxes, metadata, intent, tags, identity.
//!
//! printpdf 0.12 writes boxes as origin and size, no BleedBox, version 1.3 and a random
//! identity; all of that is set here. The desk copy of a file differs from the stored
//! one in this pass alone.

use kanso_page::Language;
use kanso_page::geometry::{Pt, Size};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};
use sha2::{Digest, Sha256};

use super::RenderError;
use super::document::Assembled;
use super::intent::Intent;
use super::metadata;
use super::outline::number;
use super::pdf::{PageBox, PdfOptions};
use super::structure::{self, Tag};

/// The paper under a page: trim, bleed around it, room for marks around that.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PageBoxes {
    pub trim: Size,
    pub bleed: Pt,
    pub margin: Pt,
}

pub(super) struct Finishing<'f> {
    pub title: &'f str,
    pub language: Language,
    pub options: &'f PdfOptions,
    pub pages: Vec<(PageBoxes, Vec<Tag>)>,
}

pub(super) fn finish(assembled: Assembled, with: &Finishing<'_>) -> Result<Vec<u8>, RenderError> {
    let Assembled { mut document, pages } = assembled;
    for (&page, (sheet, _)) in pages.iter().zip(&with.pages) {
        let page = document.get_dictionary_mut(page)?;
        set_boxes(page, sheet);
        page.set("Group", with.options.intent.group());
    }
    let tags: Vec<_> =
        pages.iter().zip(&with.pages).map(|(&id, (_, tags))| (id, tags.as_slice())).collect();
    let tree = structure::add_tree(&mut document, &tags);
    describe(&mut document, with, tree)?;
    document.compress();
    let identity = identity(&document);
    document.trailer.set("ID", vec![identity.clone(), identity]);
    if with.options.page_box == PageBox::Trim {
        trim_pages(&mut document)?;
    }
    save(document)
}

/// Boxes as corners, from the sheet's bottom left.
fn set_boxes(page: &mut Dictionary, sheet: &PageBoxes) {
    let inset = |by: Pt| {
        let edge = sheet.bleed + sheet.margin;
        let right = sheet.trim.width + edge * 2.0 - by;
        let top = sheet.trim.height + edge * 2.0 - by;
        corners([by, by, right, top].map(|side| side.0))
    };
    let trim = inset(sheet.bleed + sheet.margin);
    page.set("MediaBox", inset(Pt::ZERO));
    page.set("BleedBox", inset(sheet.margin));
    page.set("TrimBox", trim.clone());
    // With marks the whole sheet is to be seen, without them the trimmed page.
    page.set("CropBox", if sheet.margin > Pt::ZERO { inset(Pt::ZERO) } else { trim });
}

fn corners(sides: [f64; 4]) -> Object {
    Object::Array(sides.map(|side| Object::Real(number(side))).to_vec())
}

fn describe(
    document: &mut Document,
    with: &Finishing<'_>,
    tree: ObjectId,
) -> Result<(), RenderError> {
    let created = with.options.created;
    let (intent, schema, version) = match with.options.intent {
        Intent::Srgb => (metadata::srgb_intent(document)?, metadata::PDF_A.to_owned(), "1.7"),
        Intent::Cmyk => {
            let schema = metadata::pdf_x(&document_id(document));
            (metadata::press_intent(document), schema, "1.6")
        }
    };
    let xmp = document.add_object(metadata::xmp(with.title, with.language, created, &schema));
    let info = document.trailer.get(b"Info")?.as_reference()?;
    document.set_object(info, metadata::info(with.title, created));
    let catalog = document.catalog_mut()?;
    catalog.set("PageLayout", "SinglePage");
    catalog.set("Metadata", xmp);
    catalog.set("OutputIntents", vec![intent.into()]);
    catalog.set("Lang", Object::string_literal(metadata::language_tag(with.language)));
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("StructTreeRoot", tree);
    catalog.set(
        "ViewerPreferences",
        dictionary! { "PrintScaling" => "None", "DisplayDocTitle" => true },
    );
    document.version = version.into();
    Ok(())
}

fn identity(document: &Document) -> Object {
    Object::String(content_hash(document).to_vec(), StringFormat::Hexadecimal)
}

/// The content's name as XMP writes it: a UUID of version 8, which is made from a hash.
fn document_id(document: &Document) -> String {
    let mut name = content_hash(document);
    name[6] = name[6] & 0x0f | 0x80;
    name[8] = name[8] & 0x3f | 0x80;
    let hex = hex::encode(name);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}

/// A name for the content: the same for the same file, different for another.
fn content_hash(document: &Document) -> [u8; 16] {
    /// Enough of a photo to tell it from every other one.
    const SAMPLE: usize = 1 << 16;
    let mut hash = Sha256::new();
    for (id, object) in &document.objects {
        hash.update(id.0.to_be_bytes());
        match object {
            Object::Stream(stream) => {
                let content = &stream.content;
                hash.update((content.len() as u64).to_be_bytes());
                hash.update(&content[..content.len().min(SAMPLE)]);
                hash.update(&content[content.len().saturating_sub(SAMPLE)..]);
            }
            other => hash.update(format!("{other:?}")),
        }
    }
    let mut name = [0; 16];
    name.copy_from_slice(&hash.finalize()[..16]);
    name
}

pub(super) fn desk_copy(stored: &[u8]) -> Result<Vec<u8>, RenderError> {
    let mut document = Document::load_mem(stored)?;
    trim_pages(&mut document)?;
    save(document)
}

/// Cuts every page down to its trim and moves it to the sheet's origin, since some desk
/// printers ignore where a MediaBox begins.
fn trim_pages(document: &mut Document) -> Result<(), RenderError> {
    let pages: Vec<ObjectId> = document.page_iter().collect();
    for page in pages {
        let dict = document.get_dictionary(page)?;
        let trim = dict.get(b"TrimBox")?.as_array()?;
        let sides = trim.iter().map(Object::as_float).collect::<Result<Vec<_>, _>>()?;
        let [left, bottom, right, top] = sides[..] else {
            return Err(RenderError::Assembly { reason: "a TrimBox has not four sides".into() });
        };
        let contents = match dict.get(b"Contents")? {
            Object::Array(streams) => streams.clone(),
            stream => vec![stream.clone()],
        };
        let moved = format!("q 1 0 0 1 {} {} cm\n", -left, -bottom);
        let before = document.add_object(Stream::new(Dictionary::new(), moved.into_bytes()));
        let after = document.add_object(Stream::new(Dictionary::new(), b"\nQ".to_vec()));
        let streams = [vec![before.into()], contents, vec![after.into()]].concat();
        let page = document.get_dictionary_mut(page)?;
        page.set("Contents", streams);
        let whole = corners([0.0, 0.0, f64::from(right - left), f64::from(top - bottom)]);
        for name in ["MediaBox", "BleedBox", "TrimBox", "CropBox"] {
            page.set(name, whole.clone());
        }
    }
    // The first identity stays: it says that both are copies of one document.
    let ids = document.trailer.get_mut(b"ID")?.as_array_mut()?;
    if let [_, Object::String(instance, _)] = &mut ids[..] {
        let hash = Sha256::new().chain_update(b"desk").chain_update(&*instance).finalize();
        *instance = hash[..16].to_vec();
    }
    Ok(())
}

fn save(mut document: Document) -> Result<Vec<u8>, RenderError> {
    let mut bytes = Vec::new();
    document
        .save_to(&mut bytes)
        .map_err(|error| RenderError::Assembly { reason: error.to_string() })?;
    Ok(bytes)
}
