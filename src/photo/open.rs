//! Bytes → [`Photo`]: what the file is, how large, what it says; nothing is decoded.

use std::{io::Cursor, sync::Arc};

use bytes::Bytes;
use image::{
    ImageDecoder, ImageReader,
    codecs::{png::PngDecoder, webp::WebPDecoder},
};

use super::{
    DECODED_BYTES_LIMIT, JPEG_PIXELS_LIMIT, PROGRESSIVE_PIXELS_LIMIT, Photo, UPLOAD_BYTES_LIMIT,
    color::Space,
    contained::contained,
    decode::image_format,
    error::PhotoError,
    format::Format,
    id::PhotoId,
    jpeg::Structure,
    metadata::{DeclaredColor, Metadata, Segments},
};

impl Photo {
    /// Reads the header and the metadata.
    ///
    /// # Errors
    /// Whatever makes the file unusable for good: empty, too large, not an image, a format
    /// that is not taken (with what to do instead), a header that lies or is cut off.
    pub fn open(bytes: Bytes) -> Result<Self, PhotoError> {
        if bytes.len() > UPLOAD_BYTES_LIMIT {
            return Err(PhotoError::TooManyBytes { bytes: bytes.len(), limit: UPLOAD_BYTES_LIMIT });
        }
        let format = Format::of(&bytes)?;
        let opened = contained(|| match format {
            Format::Jpeg => jpeg(&bytes),
            _ => other(&bytes, format),
        });
        let found = opened.ok_or_else(|| header(format, "it is malformed"))??;
        let space = match found.icc {
            Some(profile) => Space::Icc(profile),
            None if found.metadata.color == DeclaredColor::AdobeRgb => Space::AdobeRgb,
            None => Space::Srgb,
        };
        Ok(Self {
            id: PhotoId::of(&bytes),
            bytes,
            format,
            stored_size: found.size,
            metadata: Arc::new(found.metadata),
            space: Arc::new(space),
            structure: found.structure.map(Arc::new),
        })
    }
}

struct Found {
    size: (u32, u32),
    metadata: Metadata,
    icc: Option<Vec<u8>>,
    structure: Option<Structure>,
}

fn header(format: Format, detail: impl ToString) -> PhotoError {
    PhotoError::Header { format: format.name(), detail: detail.to_string() }
}

fn jpeg(bytes: &[u8]) -> Result<Found, PhotoError> {
    let structure = Structure::read(bytes)?;
    let (width, height) = (structure.frame.width, structure.frame.height);
    let refuse = |limit| Err(PhotoError::Size { width, height, limit });
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return refuse("a photo has at least one pixel");
    }
    if pixels > JPEG_PIXELS_LIMIT {
        return refuse("300 million pixels are allowed");
    }
    if structure.frame.progressive && pixels > PROGRESSIVE_PIXELS_LIMIT {
        return refuse("120 million pixels are allowed in a progressive JPEG");
    }
    // A block of 8 x 8 pixels takes a bit at the very least: a smaller file is a header
    // that lies, or one that lost nearly everything.
    if pixels / 64 / 8 > bytes.len() as u64 {
        return refuse("the file is far too short for that many");
    }
    let metadata = Metadata::read(&Segments {
        exif: structure.exif.clone().and_then(|range| bytes.get(range)),
        xmp: structure.xmp.clone().and_then(|range| bytes.get(range)),
        extended_xmp: structure
            .extended_xmp
            .iter()
            .filter_map(|range| bytes.get(range.clone()))
            .collect(),
        photoshop: structure
            .photoshop
            .iter()
            .filter_map(|range| bytes.get(range.clone()))
            .collect(),
        iptc: None,
    });
    let icc = structure.icc_profile(bytes);
    Ok(Found { size: (width, height), metadata, icc, structure: Some(structure) })
}

fn other(bytes: &[u8], format: Format) -> Result<Found, PhotoError> {
    refuse_animation(bytes, format)?;
    if format == Format::Tiff {
        refuse_raw(bytes)?;
    }
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), image_format(format))
        .into_decoder()
        .map_err(|error| header(format, error))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PhotoError::Size { width, height, limit: "a photo has at least one pixel" });
    }
    // Grey and one-bit pictures grow to three bytes a pixel.
    let rgb = u64::from(width) * u64::from(height) * 3;
    if decoder.total_bytes().max(rgb) > DECODED_BYTES_LIMIT {
        let limit = "it would take more than 512 MB of memory";
        return Err(PhotoError::Size { width, height, limit });
    }
    let icc = decoder.icc_profile().ok().flatten();
    let exif = match format {
        // A TIFF is its own EXIF. Very large ones are not copied for their tags.
        Format::Tiff if bytes.len() <= 64 << 20 => Some(bytes.to_vec()),
        _ => decoder.exif_metadata().ok().flatten(),
    };
    let xmp = decoder.xmp_metadata().ok().flatten();
    let iptc = decoder.iptc_metadata().ok().flatten();
    let metadata = Metadata::read(&Segments {
        exif: exif.as_deref(),
        xmp: xmp.as_deref(),
        extended_xmp: Vec::new(),
        photoshop: Vec::new(),
        iptc: iptc.as_deref(),
    });
    Ok(Found { size: (width, height), metadata, icc, structure: None })
}

fn refuse_animation(bytes: &[u8], format: Format) -> Result<(), PhotoError> {
    let what = match format {
        Format::Png => {
            let decoder =
                PngDecoder::new(Cursor::new(bytes)).map_err(|error| header(format, error))?;
            decoder.is_apng().unwrap_or(false).then_some("an animated PNG")
        }
        Format::WebP => {
            let decoder =
                WebPDecoder::new(Cursor::new(bytes)).map_err(|error| header(format, error))?;
            decoder.has_animation().then_some("an animated WebP")
        }
        _ => None,
    };
    match what {
        Some(what) => {
            Err(PhotoError::Unsupported { what, advice: "upload one still photo as JPEG" })
        }
        None => Ok(()),
    }
}

/// Camera raw hides in TIFF: its first picture is a thumbnail that must not be printed.
fn refuse_raw(bytes: &[u8]) -> Result<(), PhotoError> {
    use exif::{Context, In, Reader, Tag};
    // Only the first directory is of interest, which stands near the start.
    let head = bytes.get(..bytes.len().min(1 << 20)).unwrap_or_default();
    let parsed = match Reader::new().continue_on_error(true).read_raw(head.to_vec()) {
        Ok(exif) => Some(exif),
        Err(error) => error.distill_partial_result(|_| ()).ok(),
    };
    let Some(tags) = parsed else { return Ok(()) };
    let number = |tag| tags.get_field(Tag(Context::Tiff, tag), In::PRIMARY)?.value.get_uint(0);
    let reduced = number(0xFE).is_some_and(|kind| kind & 1 == 1);
    let dng = tags.get_field(Tag(Context::Tiff, 0xC612), In::PRIMARY).is_some();
    // Compression schemes of Sony, Nikon, Pentax and Epson.
    let raw = matches!(number(0x103), Some(32767 | 32769 | 34713 | 65535));
    if reduced || dng || raw {
        return Err(PhotoError::Unsupported {
            what: "camera raw",
            advice: "export a JPEG from it, or set the camera to write JPEG beside it",
        });
    }
    Ok(())
}
