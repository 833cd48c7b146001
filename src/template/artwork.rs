//! SVG artwork as display-list items: it stays vectors on the page and in the PDF.
//!
//! Paths, gradients, clips, group opacity and embedded pictures are read. What a page
//! cannot hold is refused by its name and line, never left out in silence.

use std::sync::Arc;

use kanso_page::geometry::{Point, Pt, Rect, Size, Transform};
use kanso_page::{Clip, FillRule, Group, Image, Item, Picture, rounded_rect};
use usvg::{Node, roxmltree};

use super::graphic::Graphic;

mod paint;
mod shape;

/// Why an SVG cannot be artwork.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtworkError {
    #[error("the SVG cannot be read ({reason}); export it again as plain, uncompressed SVG")]
    Unreadable { reason: String },
    #[error("line {line} holds text; convert text to outlines (paths) and export again")]
    Text { line: u32 },
    #[error("line {line} links to another file; embed the picture and export again")]
    Linked { line: u32 },
    #[error("{what} cannot be printed as vectors; {remedy}")]
    Unsupported { what: String, remedy: &'static str },
    #[error("an embedded picture cannot be read ({reason}); embed it as PNG or JPEG")]
    Picture { reason: String },
}

const EXPAND: &str = "expand or flatten it in the drawing program and export again";

/// Reads an SVG; one CSS pixel is 1/96 inch.
pub fn graphic(svg: &[u8]) -> Result<Graphic, String> {
    read(svg).map_err(|error| error.to_string())
}

fn read(svg: &[u8]) -> Result<Graphic, ArtworkError> {
    let unreadable = |reason: String| ArtworkError::Unreadable { reason };
    let text = std::str::from_utf8(svg).map_err(|error| unreadable(error.to_string()))?;
    // Drawing programs name their colours and namespaces in a DTD.
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)
        .map_err(|error| unreadable(error.to_string()))?;
    refuse_what_would_be_dropped(&document)?;
    let tree = usvg::Tree::from_xmltree(&document, &parsing())
        .map_err(|error| unreadable(error.to_string()))?;
    Ok(Graphic { size: points(tree.size()), items: vec![whole(&tree)?], pixels: None })
}

/// No file is opened, whatever an SVG names.
fn parsing() -> usvg::Options<'static> {
    let image_href_resolver = usvg::ImageHrefResolver {
        resolve_data: usvg::ImageHrefResolver::default_data_resolver(),
        resolve_string: Box::new(|_, _| None),
    };
    usvg::Options { image_href_resolver, ..usvg::Options::default() }
}

/// usvg leaves these out without a word.
fn refuse_what_would_be_dropped(document: &roxmltree::Document<'_>) -> Result<(), ArtworkError> {
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let line = document.text_pos_at(node.range().start).row;
        match node.tag_name().name() {
            "text" | "flowRoot" => return Err(ArtworkError::Text { line }),
            "image" => {
                let href = node.attributes().find(|attribute| attribute.name() == "href");
                if href.is_some_and(|href| !href.value().trim_start().starts_with("data:")) {
                    return Err(ArtworkError::Linked { line });
                }
            }
            name @ ("foreignObject" | "meshgradient" | "hatch") if !in_switch(node) => {
                let what = format!("line {line}: <{name}>");
                return Err(ArtworkError::Unsupported { what, remedy: EXPAND });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Illustrator hides its own data beside the drawing in a `<switch>`.
fn in_switch(node: roxmltree::Node<'_, '_>) -> bool {
    node.parent().is_some_and(|parent| parent.tag_name().name() == "switch")
}

/// 96 CSS pixels to 72 points.
const POINTS: f64 = 0.75;

fn points(size: usvg::Size) -> Size {
    Size::new(Pt(f64::from(size.width()) * POINTS), Pt(f64::from(size.height()) * POINTS))
}

/// The tree's drawing, cut off at its edges, in points.
fn whole(tree: &usvg::Tree) -> Result<(Point, Item), ArtworkError> {
    let (width, height) = (tree.size().width(), tree.size().height());
    let frame = Rect::new(Pt::ZERO, Pt::ZERO, Pt(width.into()), Pt(height.into()));
    let group = Group {
        items: vec![group(tree.root())?],
        transform: Transform::scale(POINTS, POINTS),
        clip: Some(Clip { segments: rounded_rect(frame, Pt::ZERO), rule: FillRule::NonZero }),
        opacity: 1.0,
    };
    Ok((Point::default(), Item::Group(group)))
}

fn group(source: &usvg::Group) -> Result<(Point, Item), ArtworkError> {
    refuse_effects(source)?;
    let mut items = Vec::new();
    for node in source.children() {
        match node {
            Node::Group(inner) => items.push(group(inner)?),
            Node::Path(path) => items.extend(shape::items(path)?),
            Node::Image(picture) => items.extend(image(picture)?),
            // Refused before parsing.
            Node::Text(_) => return Err(ArtworkError::Text { line: 0 }),
        }
    }
    let mut clips = shape::clips(source.clip_path())?;
    let mut drawn = Group {
        items,
        transform: Transform::IDENTITY,
        clip: clips.pop(),
        opacity: f64::from(source.opacity().get()),
    };
    // A clip that is itself clipped: one group around another.
    for clip in clips.into_iter().rev() {
        drawn = Group {
            items: vec![(Point::default(), Item::Group(drawn))],
            transform: Transform::IDENTITY,
            clip: Some(clip),
            opacity: 1.0,
        };
    }
    drawn.transform = transform(source.transform());
    Ok((Point::default(), Item::Group(drawn)))
}

fn refuse_effects(group: &usvg::Group) -> Result<(), ArtworkError> {
    let what = if let Some(mask) = group.mask() {
        format!("the mask {:?}", mask.id())
    } else if let Some(filter) = group.filters().first() {
        format!("the filter effect {:?}", filter.id())
    } else if group.blend_mode() != usvg::BlendMode::Normal {
        format!("the blend mode {}", group.blend_mode())
    } else {
        return Ok(());
    };
    Err(ArtworkError::Unsupported { what, remedy: EXPAND })
}

fn image(source: &usvg::Image) -> Result<Option<(Point, Item)>, ArtworkError> {
    if !source.is_visible() {
        return Ok(None);
    }
    let refused = |error: image::ImageError| ArtworkError::Picture { reason: error.to_string() };
    let picture = match source.kind() {
        usvg::ImageKind::SVG(tree) => return whole(tree).map(shrunk_to_pixels).map(Some),
        usvg::ImageKind::JPEG(bytes) => {
            let (width, height, channels) = super::graphic::jpeg_header(bytes).map_err(refused)?;
            Picture::Jpeg { bytes: bytes.to_vec(), width, height, channels }
        }
        usvg::ImageKind::PNG(bytes)
        | usvg::ImageKind::GIF(bytes)
        | usvg::ImageKind::WEBP(bytes) => {
            let pixels = image::load_from_memory(bytes).map_err(refused)?.into_rgba8();
            let (width, height) = pixels.dimensions();
            Picture::Rgba { pixels: pixels.into_raw(), width, height }
        }
    };
    let size = source.size();
    let image = Image {
        picture: Arc::new(picture),
        size: Size::new(Pt(size.width().into()), Pt(size.height().into())),
        corner_radius: Pt::ZERO,
        alt: String::new(),
    };
    Ok(Some((Point::default(), Item::Image(image))))
}

/// A drawing within a drawing is placed in pixels, not in points.
fn shrunk_to_pixels((at, item): (Point, Item)) -> (Point, Item) {
    match item {
        Item::Group(group) => (at, Item::Group(Group { transform: Transform::IDENTITY, ..group })),
        other => (at, other),
    }
}

fn transform(t: usvg::Transform) -> Transform {
    let [a, b, c, d, e, f] = [t.sx, t.ky, t.kx, t.sy, t.tx, t.ty].map(f64::from);
    Transform { a, b, c, d, e, f }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kanso_page::{Paint, Path};

    fn svg(body: &str) -> Vec<u8> {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="210mm" height="297mm" viewBox="0 0 210 297">
{body}</svg>"#
        )
        .into_bytes()
    }

    fn paths(items: &[(Point, Item)]) -> Vec<&Path> {
        items
            .iter()
            .flat_map(|(_, item)| match item {
                Item::Path(path) => vec![path],
                Item::Group(group) => paths(&group.items),
                _ => vec![],
            })
            .collect()
    }

    fn refusal(body: &str) -> String {
        graphic(&svg(body)).unwrap_err()
    }

    #[test]
    fn a_drawing_in_millimetres_has_its_size_in_points() {
        let artwork = graphic(&svg(r#"<rect width="10" height="10"/>"#)).unwrap();
        assert!((artwork.size.width.0 - 595.2756).abs() < 0.01);
        assert!((artwork.size.height.0 - 841.8898).abs() < 0.01);
        assert_eq!(paths(&artwork.items).len(), 1);
    }

    #[test]
    fn what_a_page_cannot_hold_is_refused_by_name_and_line() {
        let text = refusal("<g><text>42</text></g>");
        assert_eq!(text, "line 2 holds text; convert text to outlines (paths) and export again");
        assert!(refusal(r#"<image href="logo.png" width="9" height="9"/>"#).contains("line 2"));
        let mask = r#"<mask id="fog"><rect width="9" height="9" fill="white"/></mask><rect width="9" height="9" mask="url(#fog)"/>"#;
        assert!(refusal(mask).contains("the mask \"fog\""));
        let pattern = r#"<pattern id="dots" width="1" height="1"><rect width="2" height="2"/></pattern><rect width="9" height="9" fill="url(#dots)"/>"#;
        assert!(refusal(pattern).contains("the pattern \"dots\""));
        let blur = r#"<filter id="blur"><feGaussianBlur stdDeviation="2"/></filter><rect width="9" height="9" filter="url(#blur)"/>"#;
        assert!(refusal(blur).contains("the filter effect \"blur\""));
        let mirrored = r##"<linearGradient id="g" spreadMethod="reflect"><stop stop-color="#000"/><stop offset="1" stop-color="#fff"/></linearGradient><rect width="9" height="9" fill="url(#g)"/>"##;
        assert!(refusal(mirrored).contains("the repeating gradient \"g\""));
        assert!(
            refusal(r#"<rect width="9" height="9" style="mix-blend-mode:multiply"/>"#)
                .contains("blend mode")
        );
    }

    #[test]
    fn broken_drawings_are_errors() {
        for bytes in [
            &b""[..],
            b"<svg",
            b"\xff\xfe<svg/>",
            b"\x1f\x8b\x08",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='0' height='0'/>",
        ] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_skewed_linear_gradient_keeps_its_lines_of_equal_colour() {
        let body = r##"<linearGradient id="g" gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="10" y2="0" gradientTransform="skewX(45)"><stop stop-color="#000"/><stop offset="1" stop-color="#fff"/></linearGradient><rect width="50" height="50" fill="url(#g)"/>"##;
        let artwork = graphic(&svg(body)).unwrap();
        let paths = paths(&artwork.items);
        let Some(Paint::Linear(gradient)) = paths[0].fill.as_ref().map(|fill| &fill.paint) else {
            panic!("not a linear gradient")
        };
        // Lines of equal colour run along (1, 1), so the axis runs along (1, -1).
        let (dx, dy) = (gradient.to.x.0 - gradient.from.x.0, gradient.to.y.0 - gradient.from.y.0);
        assert!((dx + dy).abs() < 1e-3 && (dx - 5.0).abs() < 1e-3, "{gradient:?}");
    }
}
