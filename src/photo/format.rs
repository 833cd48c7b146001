//! What kind of file an upload is, by its content, never by its name; and which of them
//! cannot be used, each by the name a photographer knows.

use super::error::PhotoError;

/// What cameras, phones and editors write and this room decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Jpeg,
    Png,
    Tiff,
    WebP,
}

impl Format {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
        }
    }

    /// Looks at the first bytes.
    pub fn of(bytes: &[u8]) -> Result<Self, PhotoError> {
        if bytes.is_empty() {
            return Err(PhotoError::Empty);
        }
        if let Some((what, advice)) = refused(bytes) {
            return Err(PhotoError::Unsupported { what, advice });
        }
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(Self::Png),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Ok(Self::Tiff),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::WebP),
            _ => Err(PhotoError::NotAnImage),
        }
    }
}

const FROM_RAW: &str = "export a JPEG from it, or set the camera to write JPEG beside it";
const FROM_HEIC: &str = "export it as JPEG, and set the phone or camera to write JPEG (iPhone: Settings, Camera, Formats, Most Compatible; 設定 > カメラ > フォーマット > 互換性優先)";
const STILL: &str = "upload one still photo as JPEG";
const NOTHING: &str = "nothing is missing, and it may be deleted";
const EXPORT: &str = "export it as JPEG";

/// Files that are known and not taken, with what to do instead.
fn refused(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(iso_media(bytes.get(8..12).unwrap_or_default()));
    }
    let found = if starts(b"GIF8") {
        ("GIF", STILL)
    } else if starts(b"%PDF") {
        ("PDF", "upload the photo itself, not a document")
    } else if starts(b"8BPS") {
        ("a Photoshop document", EXPORT)
    } else if starts(&[0, 5, 0x16, 7]) || starts(&[0, 5, 0x16, 0]) || starts(b"\0\0\0\x01Bud1") {
        ("a side file of macOS and no photo", NOTHING)
    } else if starts(&[0xD0, 0xCF, 0x11, 0xE0]) {
        ("a side file of Windows (Thumbs.db) and no photo", NOTHING)
    } else if starts(b"<x:xmpmeta") || starts(b"<?xpacket") {
        ("an XMP side file and no photo", NOTHING)
    } else if starts(b"PK\x03\x04") {
        ("a ZIP archive", "unpack it and upload the photos")
    } else if starts(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        ("BMP", EXPORT)
    } else if starts(&[0xFF, 0x0A]) || starts(b"\0\0\0\x0cJXL ") {
        ("JPEG XL", EXPORT)
    } else if starts(b"\0\0\0\x0cjP  ") || starts(&[0xFF, 0x4F, 0xFF, 0x51]) {
        ("JPEG 2000", EXPORT)
    } else if starts(b"FUJIFILMCCD-RAW")
        || starts(b"IIU\0")
        || starts(b"IIRO")
        || starts(b"IIRS")
        || starts(b"MMOR")
        || starts(b"FOVb")
        || bytes.get(6..14) == Some(b"HEAPCCDR")
        || (starts(b"II*\0") && bytes.get(8..10) == Some(b"CR"))
    {
        ("camera raw", FROM_RAW)
    } else {
        return None;
    };
    Some(found)
}

fn iso_media(brand: &[u8]) -> (&'static str, &'static str) {
    match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
            ("HEIC", FROM_HEIC)
        }
        b"avif" | b"avis" => ("AVIF", EXPORT),
        b"crx " => ("camera raw", FROM_RAW),
        _ => ("a video", STILL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_that_is_not_taken_is_refused_by_its_name() {
        for (bytes, name) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], "HEIC"),
            (b"\0\0\0\x18ftypcrx \0\0\0\0", "camera raw"),
            (b"\0\0\0\x18ftypqt  \0\0\0\0", "a video"),
            (b"GIF89a", "GIF"),
            (b"\0\x05\x16\x07\0\x02\0\0Mac OS X", "a side file of macOS and no photo"),
            (b"\0\0\0\x01Bud1\0\0", "a side file of macOS and no photo"),
            (b"%PDF-1.7", "PDF"),
            (b"II*\0\x10\0\0\0CR\x02\0", "camera raw"),
        ] {
            match Format::of(bytes) {
                Err(PhotoError::Unsupported { what, advice }) => {
                    assert_eq!(what, name);
                    assert!(!advice.is_empty());
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        assert_eq!(Format::of(b""), Err(PhotoError::Empty));
        assert_eq!(Format::of(b"<html>"), Err(PhotoError::NotAnImage));
    }
}
