//! Pictures as image XObjects: JPEG bytes as they are, artwork with its soft mask.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use kanso_color::Separation;
use kanso_page::{Channels, Picture};
use printpdf::{DictItem, ExternalStream, ExternalXObject, XObject, XObjectId};

use super::RenderError;
use super::intent::Intent;

/// The pictures of a document, each stored once however often it is drawn.
pub(super) struct Pictures {
    intent: Intent,
    /// By address; the weak reference keeps the address from being used again.
    known: BTreeMap<usize, (Weak<Picture>, XObjectId)>,
    count: usize,
    /// Not yet written.
    pending: BTreeMap<XObjectId, XObject>,
}

impl Pictures {
    pub fn new(intent: Intent) -> Self {
        Self { intent, known: BTreeMap::new(), count: 0, pending: BTreeMap::new() }
    }

    pub fn place(&mut self, picture: &Arc<Picture>) -> Result<XObjectId, RenderError> {
        let address = Arc::as_ptr(picture) as usize;
        if let Some((_, id)) = self.known.get(&address) {
            return Ok(id.clone());
        }
        let id = XObjectId(format!("P{}", self.count));
        self.count += 1;
        self.pending.insert(id.clone(), XObject::External(image(picture, self.intent)?));
        self.known.insert(address, (Arc::downgrade(picture), id.clone()));
        Ok(id)
    }

    pub fn take_pending(&mut self) -> BTreeMap<XObjectId, XObject> {
        std::mem::take(&mut self.pending)
    }
}

/// A picture as a file of this intent holds it. Writing the file does the same to pictures
/// that were not prepared.
pub fn prepared(picture: &Arc<Picture>, intent: Intent) -> Result<Arc<Picture>, RenderError> {
    let separated = match intent {
        Intent::Srgb => None,
        Intent::Cmyk => separated(picture)?,
    };
    Ok(separated.map_or_else(|| Arc::clone(picture), Arc::new))
}

/// A photo with its pixels as inks. Grey and CMYK pictures are inks already, artwork is
/// separated where its transparency is taken off.
fn separated(picture: &Picture) -> Result<Option<Picture>, RenderError> {
    let Picture::Jpeg { bytes, width, height, channels: Channels::Rgb } = picture else {
        return Ok(None);
    };
    let bytes = Separation::fogra39()?.jpeg(bytes)?;
    Ok(Some(Picture::Jpeg { bytes, width: *width, height: *height, channels: Channels::Cmyk }))
}

fn image(picture: &Picture, intent: Intent) -> Result<ExternalXObject, RenderError> {
    if intent == Intent::Cmyk
        && let Some(separated) = separated(picture)?
    {
        return image(&separated, intent);
    }
    let stream = match picture {
        Picture::Jpeg { bytes, width, height, channels } => {
            if !bytes.starts_with(&[0xFF, 0xD8]) {
                return Err(RenderError::Picture { reason: "its JPEG data has no start".into() });
            }
            let mut dict = image_dict(*width, *height, color_space(*channels));
            dict.insert("Filter".into(), name("DCTDecode"));
            if *channels == Channels::Cmyk {
                // Adobe writes CMYK upside down, and PDF readers do not turn it over.
                let decode = [1, 0, 1, 0, 1, 0, 1, 0].map(DictItem::Int);
                dict.insert("Decode".into(), DictItem::Array(decode.to_vec()));
            }
            ExternalStream { dict, content: bytes.clone(), compress: false }
        }
        Picture::Rgba { pixels, width, height } => rgba(pixels, *width, *height, intent)?,
    };
    Ok(ExternalXObject { stream, width: None, height: None, dpi: None })
}

fn rgba(
    pixels: &[u8],
    width: u32,
    height: u32,
    intent: Intent,
) -> Result<ExternalStream, RenderError> {
    if pixels.len() as u64 != u64::from(width) * u64::from(height) * 4 || pixels.is_empty() {
        return Err(RenderError::Picture {
            reason: format!("{} bytes are not {width} x {height} pixels", pixels.len()),
        });
    }
    let (colors, alpha): (Vec<[u8; 3]>, Vec<u8>) =
        pixels.chunks_exact(4).map(|p| ([p[0], p[1], p[2]], p[3])).unzip();
    let mut dict = image_dict(width, height, intent.space());
    if alpha.iter().any(|&alpha| alpha != 255) {
        let dict_of_mask = image_dict(width, height, "DeviceGray");
        let stream = ExternalStream { dict: dict_of_mask, content: alpha, compress: true };
        dict.insert("SMask".into(), DictItem::Stream { stream });
    }
    let colors = colors.into_flattened();
    let content = match intent {
        Intent::Srgb => colors,
        Intent::Cmyk => Separation::fogra39()?.pixels(&colors)?,
    };
    Ok(ExternalStream { dict, content, compress: true })
}

fn image_dict(width: u32, height: u32, space: &str) -> BTreeMap<String, DictItem> {
    [
        ("Type", name("XObject")),
        ("Subtype", name("Image")),
        ("Width", DictItem::Int(i64::from(width))),
        ("Height", DictItem::Int(i64::from(height))),
        ("ColorSpace", name(space)),
        ("BitsPerComponent", DictItem::Int(8)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

fn color_space(channels: Channels) -> &'static str {
    match channels {
        Channels::Grey => "DeviceGray",
        Channels::Rgb => "DeviceRGB",
        Channels::Cmyk => "DeviceCMYK",
    }
}

fn name(name: &str) -> DictItem {
    DictItem::Name(name.as_bytes().to_vec())
}
