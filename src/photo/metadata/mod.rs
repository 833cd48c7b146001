//! What a photo says of itself: EXIF, IPTC and XMP, read leniently. A tag that cannot
//! be read is absent; nothing here makes a photo fail.

mod exif;
mod gps;
mod iptc;
mod xmp;

use jiff::{Timestamp, civil, tz::Offset};

pub use self::gps::zone_by_gps;

use super::orientation::Orientation;

/// Where each kind of metadata lies, as found in the file.
#[derive(Default)]
pub(super) struct Segments<'a> {
    pub exif: Option<&'a [u8]>,
    pub xmp: Option<&'a [u8]>,
    /// What did not fit the packet's segment (XMP specification part 3, 1.1.3.1).
    pub extended_xmp: Vec<&'a [u8]>,
    /// Photoshop's image resources; a resource may begin in one part and end in the next.
    pub photoshop: Vec<&'a [u8]>,
    /// Bare IPTC records, as TIFF and PNG hold them.
    pub iptc: Option<&'a [u8]>,
}

/// When the shutter opened, by the camera's own clock, which may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureTime {
    /// Whole seconds of the camera's wall clock.
    pub civil: civil::DateTime,
    /// Milliseconds past the second, where the camera writes them.
    pub subsec_ms: Option<u16>,
    /// The zone the camera believes it is in; most write none.
    pub offset: Option<Offset>,
    /// What a GPS receiver said then, or at its last fix.
    pub gps: Option<Timestamp>,
}

/// The colour space that EXIF declares; an embedded profile goes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeclaredColor {
    #[default]
    Unspecified,
    Srgb,
    /// EXIF ColorSpace 2, or "uncalibrated" with interoperability R03 (DCF option file).
    AdobeRgb,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    pub captured: Option<CaptureTime>,
    pub camera_make: Option<String>,
    pub camera_model: Option<String>,
    /// Tells two bodies of one model apart.
    pub body_serial: Option<String>,
    /// IPTC 2:25 and Windows' XPKeywords, in file order, without repeats.
    pub keywords: Vec<String>,
    /// XMP dc:subject and the leaves of lr:hierarchicalSubject, without repeats.
    pub subjects: Vec<String>,
    pub caption: Option<String>,
    pub artist: Option<String>,
    pub credit: Option<String>,
    pub color: DeclaredColor,
    pub orientation: Orientation,
    /// A time was told in a zone that is not understood: one without a zone may be as wrong.
    zone_unread: bool,
}

/// What one place in a file says of the capture time.
enum Told {
    Time(CaptureTime),
    /// A time in a zone that is not understood, which may be hours wrong.
    ZoneUnread,
}

impl Told {
    fn of(civil: civil::DateTime, subsec_ms: Option<u16>, zone: &str) -> Self {
        match exif::zone_of(zone) {
            Some(offset) => Self::Time(CaptureTime { civil, subsec_ms, offset, gps: None }),
            None => Self::ZoneUnread,
        }
    }
}

impl Metadata {
    pub(super) fn read(segments: &Segments<'_>) -> Self {
        let mut metadata = segments.exif.map(exif::read).unwrap_or_default();
        for records in iptc::in_photoshop(&segments.photoshop.concat()) {
            iptc::read(records, &mut metadata);
        }
        if let Some(records) = segments.iptc {
            iptc::read(records, &mut metadata);
        }
        if let Some(packet) = segments.xmp {
            xmp::read(packet, &mut metadata);
            if let Some(more) = xmp::extended(packet, &segments.extended_xmp) {
                xmp::read(&more, &mut metadata);
            }
        }
        metadata
    }

    /// Takes a capture time, where none is known yet.
    fn offer(&mut self, told: Option<Told>) {
        match told {
            Some(Told::Time(time)) if self.captured.is_none() => {
                self.captured =
                    Some(time).filter(|time| time.offset.is_some() || !self.zone_unread);
            }
            Some(Told::ZoneUnread) => self.zone_unread = true,
            _ => {}
        }
    }
}

/// Adds a text that is neither blank nor there already.
fn add(list: &mut Vec<String>, text: &str) {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    // A photo tagged with thousands of words is no evidence of anything.
    if !text.is_empty() && list.len() < 1000 && !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

/// Sets a text that is not blank, where none is there yet.
fn fill(slot: &mut Option<String>, text: &str) {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if slot.is_none() && !text.is_empty() {
        *slot = Some(text.to_owned());
    }
}

/// UTF-8 where it is that; else what Windows in Japan writes; else Latin.
fn text(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let (japanese, _, failed) = encoding_rs::SHIFT_JIS.decode(bytes);
    if !failed {
        return japanese.into_owned();
    }
    encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned()
}
