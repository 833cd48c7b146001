//! The tags of a page: what assistive technology reads, in reading order.

use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

/// What a marked part of a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Paragraph,
    Figure,
    /// Decoration: not read.
    Artifact,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "H1",
            Self::Paragraph => "P",
            Self::Figure => "Figure",
            Self::Artifact => "Artifact",
        }
    }
}

/// A marked part; its place in the page's list is its id in the content (MCID).
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub role: Role,
    /// Alternative text of a figure.
    pub alt: String,
}

/// Adds the structure tree over the pages and returns its root.
pub(super) fn add_tree(document: &mut Document, pages: &[(ObjectId, &[Tag])]) -> ObjectId {
    let root = document.new_object_id();
    let top = document.new_object_id();
    let mut kids = Vec::new();
    let mut parents = Vec::new();
    for (number, (page, tags)) in pages.iter().enumerate() {
        let elements: Vec<Object> = tags
            .iter()
            .enumerate()
            .map(|(id, tag)| document.add_object(element(top, *page, id, tag)).into())
            .collect();
        kids.extend(elements.iter().cloned());
        let of_page = document.add_object(Object::Array(elements));
        parents.extend([Object::Integer(number as i64), of_page.into()]);
        if let Ok(page) = document.get_dictionary_mut(*page) {
            page.set("StructParents", number as i64);
            page.set("Tabs", "S");
        }
    }
    document.set_object(
        top,
        dictionary! { "Type" => "StructElem", "S" => "Document", "P" => root, "K" => kids },
    );
    let next = pages.len() as i64;
    document.set_object(
        root,
        dictionary! {
            "Type" => "StructTreeRoot",
            "K" => vec![top.into()],
            "ParentTree" => dictionary! { "Nums" => parents },
            "ParentTreeNextKey" => next,
        },
    );
    root
}

fn element(parent: ObjectId, page: ObjectId, id: usize, tag: &Tag) -> Dictionary {
    let mut element = dictionary! {
        "Type" => "StructElem",
        "S" => tag.role.name(),
        "P" => parent,
        "Pg" => page,
        "K" => id as i64,
    };
    if !tag.alt.is_empty() {
        element.set("Alt", super::metadata::text(&tag.alt));
    }
    element
}
