//! What the pages of a document share, and how printpdf puts it together.
//!
//! printpdf knows pages but no transparency groups with their own content, no soft
//! masks and no tags. So each form is handed to it as one more page, which it serialises
//! with the same fonts and resources; afterwards those pages become Form XObjects.

use std::collections::BTreeMap;

use kanso_page::geometry::Rect;
use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};
use printpdf::{
    ExtendedGraphicsState, ExtendedGraphicsStateId, Mm, Op, PdfDocument, PdfPage,
    PdfParseErrorSeverity, PdfSaveOptions, ShadingId, XObjectId,
};

use super::RenderError;
use super::fonts::Fonts;
use super::intent::{Intent, group};
use super::outline::number;
use super::pictures::Pictures;

pub(super) struct Parts {
    pub intent: Intent,
    pub fonts: Fonts,
    pub pictures: Pictures,
    states: BTreeMap<ExtendedGraphicsStateId, ExtendedGraphicsState>,
    shadings: Vec<(ShadingId, Dictionary)>,
    /// Parts of the page, in its space, that take no more ink. Cleared with every page.
    pub full: Vec<Rect>,
    forms: Vec<Form>,
    masks: Vec<(ExtendedGraphicsStateId, XObjectId)>,
}

struct Form {
    id: XObjectId,
    ops: Vec<Op>,
    bounds: Rect,
    space: &'static str,
}

/// printpdf's document as lopdf objects, ready to be finished.
pub(super) struct Assembled {
    pub document: Document,
    pub pages: Vec<ObjectId>,
}

impl Parts {
    pub fn new(intent: Intent) -> Self {
        Self {
            intent,
            fonts: Fonts::default(),
            pictures: Pictures::new(intent),
            states: BTreeMap::new(),
            shadings: Vec::new(),
            full: Vec::new(),
            forms: Vec::new(),
            masks: Vec::new(),
        }
    }

    /// A graphics state for an opacity and overprinting; `None` for the default.
    pub fn state(&mut self, alpha: f64, overprint: bool) -> Option<ExtendedGraphicsStateId> {
        let alpha = number(alpha.clamp(0.0, 1.0));
        if alpha >= 1.0 && !overprint {
            return None;
        }
        let mode = if overprint { "O" } else { "" };
        let id = ExtendedGraphicsStateId(format!("A{:.0}{mode}", alpha * 10_000.0));
        self.states.entry(id.clone()).or_insert_with(|| {
            let state = ExtendedGraphicsState::default()
                .with_current_fill_alpha(alpha)
                .with_current_stroke_alpha(alpha);
            if !overprint {
                return state;
            }
            // printpdf writes OP for op and op for OP: both are given.
            state
                .with_overprint_fill(true)
                .with_overprint_stroke(true)
                .with_overprint_mode(printpdf::OverprintMode::KeepUnderlying)
        });
        Some(id)
    }

    pub fn shading(&mut self, shading: Dictionary) -> ShadingId {
        if let Some((id, _)) = self.shadings.iter().find(|(_, known)| *known == shading) {
            return id.clone();
        }
        let id = ShadingId(format!("S{}", self.shadings.len()));
        self.shadings.push((id.clone(), shading));
        id
    }

    /// A form that draws `ops`, in the space in which it is used.
    pub fn form(&mut self, ops: Vec<Op>, bounds: Rect) -> XObjectId {
        self.form_in(self.intent.space(), ops, bounds)
    }

    fn form_in(&mut self, space: &'static str, ops: Vec<Op>, bounds: Rect) -> XObjectId {
        let id = XObjectId(format!("G{}", self.forms.len()));
        self.forms.push(Form { id: id.clone(), ops, bounds, space });
        id
    }

    /// A graphics state that masks by a shading in grey.
    pub fn mask(&mut self, alphas: Dictionary, bounds: Rect) -> ExtendedGraphicsStateId {
        let id = self.shading(alphas);
        let form = self.form_in("DeviceGray", vec![Op::PaintShading { id }], bounds);
        let id = ExtendedGraphicsStateId(format!("M{}", self.masks.len()));
        self.masks.push((id.clone(), form));
        id
    }

    /// Serialises the pages and everything they use.
    pub fn assemble(&mut self, pages: Vec<Vec<Op>>) -> Result<Assembled, RenderError> {
        let count = pages.len();
        let mut source = PdfDocument::new("");
        let forms = std::mem::take(&mut self.forms);
        let streams = pages.into_iter().chain(forms.iter().map(|form| form.ops.clone()));
        // The boxes are written by the finishing pass.
        source.pages = streams.map(|ops| PdfPage::new(Mm(1.0), Mm(1.0), ops)).collect();
        source.resources.fonts.map = self.fonts.subsets()?;
        source.resources.xobjects.map = self.pictures.take_pending();
        source.resources.extgstates.map = std::mem::take(&mut self.states);
        let options = PdfSaveOptions {
            optimize: false,
            subset_fonts: false,
            secure: true,
            // Left on, printpdf would scale photos down to 85 dpi in silence.
            image_optimization: None,
        };
        let mut warnings = Vec::new();
        let mut document = source.to_lopdf_document(&options, &mut warnings);
        if let Some(fault) =
            warnings.iter().find(|warning| warning.severity == PdfParseErrorSeverity::Error)
        {
            return Err(RenderError::Assembly { reason: fault.msg.clone() });
        }
        let mut pages = page_ids(&document)?;
        let form_pages = pages.split_off(count.min(pages.len()));
        let resources = shared_resources(&mut document, &pages)?;
        let shadings = sub_resources(&mut document, resources, b"Shading")?;
        for (id, shading) in std::mem::take(&mut self.shadings) {
            shadings.set(id.0, shading);
        }
        add_forms(&mut document, resources, &form_pages, &forms)?;
        add_masks(&mut document, resources, &std::mem::take(&mut self.masks))?;
        set_kids(&mut document, &pages)?;
        Ok(Assembled { document, pages })
    }
}

fn page_ids(document: &Document) -> Result<Vec<ObjectId>, RenderError> {
    let pages = document.catalog()?.get(b"Pages")?.as_reference()?;
    let kids = document.get_dictionary(pages)?.get(b"Kids")?.as_array()?;
    Ok(kids.iter().map(Object::as_reference).collect::<Result<_, _>>()?)
}

fn set_kids(document: &mut Document, pages: &[ObjectId]) -> Result<(), RenderError> {
    let tree = document.catalog()?.get(b"Pages")?.as_reference()?;
    let tree = document.get_dictionary_mut(tree)?;
    tree.set("Kids", pages.iter().map(|&id| id.into()).collect::<Vec<Object>>());
    tree.set("Count", pages.len() as i64);
    Ok(())
}

/// printpdf writes the same resources once a page: one of them is kept.
fn shared_resources(document: &mut Document, pages: &[ObjectId]) -> Result<ObjectId, RenderError> {
    let mut shared = None;
    for &page in pages {
        let page = document.get_dictionary_mut(page)?;
        page.remove(b"Annots");
        let own = page.get(b"Resources")?.as_reference()?;
        let kept = *shared.get_or_insert(own);
        page.set("Resources", kept);
        if own != kept {
            document.objects.remove(&own);
        }
    }
    shared.ok_or_else(|| RenderError::Assembly { reason: "there is no page".into() })
}

/// Turns the pages that hold forms into Form XObjects.
fn add_forms(
    document: &mut Document,
    resources: ObjectId,
    pages: &[ObjectId],
    forms: &[Form],
) -> Result<(), RenderError> {
    for (&page, form) in pages.iter().zip(forms) {
        let Some(Object::Dictionary(page)) = document.objects.remove(&page) else { continue };
        document.objects.remove(&page.get(b"Resources")?.as_reference()?);
        let content = page.get(b"Contents")?.as_reference()?;
        let stream = document.get_object_mut(content)?.as_stream_mut()?;
        let Rect { origin, .. } = form.bounds;
        let sides = [origin.x, origin.y, form.bounds.right(), form.bounds.bottom()];
        stream.dict.set("Type", "XObject");
        stream.dict.set("Subtype", "Form");
        stream.dict.set("BBox", sides.map(|side| Object::Real(number(side.0))).to_vec());
        stream.dict.set("Resources", resources);
        stream.dict.set("Group", group(form.space));
        sub_resources(document, resources, b"XObject")?.set(form.id.0.clone(), content);
    }
    Ok(())
}

fn add_masks(
    document: &mut Document,
    resources: ObjectId,
    masks: &[(ExtendedGraphicsStateId, XObjectId)],
) -> Result<(), RenderError> {
    for (state, form) in masks {
        let form = sub_resources(document, resources, b"XObject")?.get(form.0.as_bytes())?.clone();
        let mask = dictionary! {
            "Type" => "ExtGState",
            "SMask" => dictionary! { "Type" => "Mask", "S" => "Luminosity", "G" => form },
        };
        sub_resources(document, resources, b"ExtGState")?.set(state.0.clone(), mask);
    }
    Ok(())
}

pub(super) fn sub_resources<'d>(
    document: &'d mut Document,
    resources: ObjectId,
    kind: &[u8],
) -> Result<&'d mut Dictionary, RenderError> {
    let id = document.get_dictionary(resources)?.get(kind)?.as_reference()?;
    Ok(document.get_dictionary_mut(id)?)
}
