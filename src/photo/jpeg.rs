//! A JPEG's structure, read without decoding (ITU-T T.81 annex B): the frame, the
//! application segments, the scans, and whether the file ends where it should.

use std::ops::Range;

use super::error::PhotoError;

/// The parts of a JPEG file that decide how it is decoded.
#[derive(Debug, Clone, Default)]
pub struct Structure {
    pub frame: Frame,
    pub scans: Vec<Scan>,
    /// Bytes of all scans' data.
    pub entropy_bytes: usize,
    /// Adobe APP14 colour transform: 0 CMYK or RGB, 1 YCbCr, 2 YCCK.
    pub adobe_transform: Option<u8>,
    pub exif: Option<Range<usize>>,
    pub xmp: Option<Range<usize>>,
    /// Parts of an XMP packet that did not fit one segment, in file order: a digest of the
    /// whole, its length, the part's place, and its bytes.
    pub extended_xmp: Vec<Range<usize>>,
    /// Photoshop image resources, in file order.
    pub photoshop: Vec<Range<usize>>,
    /// (sequence number, bytes) of the ICC profile's chunks.
    icc: Vec<(u8, Range<usize>)>,
    /// More pictures follow the first (MPO: stereo, bursts, large previews).
    pub multi_picture: bool,
    /// An end-of-image marker stands after the last scan.
    pub complete: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Frame {
    pub progressive: bool,
    pub width: u32,
    pub height: u32,
    pub components: u8,
}

/// One scan's header: which coefficients it brings.
#[derive(Debug, Clone, Copy)]
pub struct Scan {
    /// Whether the frame's first component (luma) is in it.
    pub has_first: bool,
    pub spectral: (u8, u8),
    /// Bits that later scans still have to refine.
    pub low_bit: u8,
}

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

fn unsupported(what: &'static str) -> PhotoError {
    PhotoError::Unsupported { what, advice: "export a baseline or progressive 8-bit JPEG" }
}

fn header(detail: impl Into<String>) -> PhotoError {
    PhotoError::Header { format: "JPEG", detail: detail.into() }
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(*bytes.get(at)?) << 8 | usize::from(*bytes.get(at + 1)?))
}

impl Structure {
    /// Walks the markers of the first picture. A file cut off after its first scan
    /// header is read as far as it goes; one cut off before it is an error.
    pub fn read(bytes: &[u8]) -> Result<Self, PhotoError> {
        let mut found = Self::default();
        let mut first_component = None;
        let mut at = 2;
        while let Some((marker, payload_at)) = next_marker(bytes, at) {
            match marker {
                EOI => {
                    found.complete = true;
                    break;
                }
                SOI | 0x01 | 0xD0..=0xD7 => {
                    at = payload_at;
                    continue;
                }
                _ => {}
            }
            let Some(length) = be16(bytes, payload_at).filter(|length| *length >= 2) else { break };
            let range = payload_at + 2..(payload_at + length).min(bytes.len());
            if payload_at + length > bytes.len() && marker != SOS {
                break;
            }
            let payload = bytes.get(range.clone()).unwrap_or_default();
            at = payload_at + length;
            match marker {
                0xC4 | 0xC8 | 0xCC => {}
                0xC0..=0xCF if found.frame.components > 0 => {
                    return Err(header("it holds two frame headers"));
                }
                0xC0..=0xCF => {
                    (found.frame, first_component) = frame(marker, payload)?;
                }
                SOS => {
                    if found.frame.components == 0 {
                        return Err(header("a scan stands before the frame header"));
                    }
                    found.scans.extend(scan(payload, first_component));
                    let start = at.min(bytes.len());
                    at = scan_end(bytes, start);
                    found.entropy_bytes += at - start;
                }
                0xE0..=0xEF => found.application(marker, range, payload),
                _ => {}
            }
        }
        if found.frame.components == 0 {
            return Err(header("it ends before the picture's size"));
        }
        if found.scans.is_empty() {
            return Err(header("it ends before the picture"));
        }
        Ok(found)
    }

    fn application(&mut self, marker: u8, range: Range<usize>, payload: &[u8]) {
        let after = |prefix: &[u8]| {
            payload.starts_with(prefix).then(|| range.start + prefix.len()..range.end)
        };
        match marker {
            0xE1 => {
                if let Some(exif) = after(b"Exif\0\0").or_else(|| after(b"Exif\0\xff")) {
                    self.exif.get_or_insert(exif);
                } else if let Some(xmp) = after(b"http://ns.adobe.com/xap/1.0/\0") {
                    self.xmp.get_or_insert(xmp);
                } else {
                    self.extended_xmp.extend(after(b"http://ns.adobe.com/xmp/extension/\0"));
                }
            }
            0xE2 => {
                if let Some(chunk) = after(b"ICC_PROFILE\0") {
                    if let (Some(number), true) = (payload.get(12), chunk.len() > 2) {
                        self.icc.push((*number, chunk.start + 2..chunk.end));
                    }
                } else if payload.starts_with(b"MPF\0") {
                    self.multi_picture = true;
                }
            }
            0xED => self.photoshop.extend(after(b"Photoshop 3.0\0")),
            0xEE if payload.starts_with(b"Adobe") => {
                self.adobe_transform = payload.get(11).copied();
            }
            _ => {}
        }
    }

    /// The embedded ICC profile, its chunks in order.
    pub fn icc_profile(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut chunks = self.icc.clone();
        chunks.sort_by_key(|(number, _)| *number);
        let parts: Vec<&[u8]> =
            chunks.into_iter().filter_map(|(_, range)| bytes.get(range)).collect();
        (!parts.is_empty()).then(|| parts.concat())
    }

    /// For a progressive file that was cut off: the share of luma precision that no
    /// complete scan has brought. Each of the 64 coefficients counts alike, and each bit
    /// still to be refined halves what is there of it: a picture without its last
    /// refinement looks whole and soft, and a person should see it before it is printed.
    pub fn missing_coefficients(&self) -> f64 {
        let mut brought = [0.0f64; 64];
        let complete = self.scans.len().saturating_sub(1);
        for scan in self.scans.iter().take(complete).filter(|scan| scan.has_first) {
            for k in scan.spectral.0..=scan.spectral.1 {
                if let Some(slot) = brought.get_mut(usize::from(k)) {
                    *slot = slot.max(0.5f64.powi(i32::from(scan.low_bit)));
                }
            }
        }
        1.0 - brought.iter().sum::<f64>() / 64.0
    }
}

/// The segments that say something of the picture, as they stand before it: EXIF, XMP,
/// captions, the colour profile. Not what speaks of further pictures in the file.
pub fn metadata_segments(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut at = 2;
    while let Some((marker, payload_at)) = next_marker(bytes, at) {
        match marker {
            SOS | EOI => break,
            SOI | 0x01 | 0xD0..=0xD7 => {
                at = payload_at;
                continue;
            }
            _ => {}
        }
        let Some(length) = be16(bytes, payload_at).filter(|length| *length >= 2) else { break };
        at = payload_at + length;
        let Some(segment) = bytes.get(payload_at - 2..at) else { break };
        let payload = segment.get(4..).unwrap_or_default();
        let told = match marker {
            0xE1 | 0xED => true,
            0xE2 => payload.starts_with(b"ICC_PROFILE\0"),
            _ => false,
        };
        if told {
            kept.extend_from_slice(segment);
        }
    }
    kept
}

/// The next marker at or after `at`: its code and where its length field stands.
/// Bytes between segments are skipped, as decoders do.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += memchr::memchr(0xFF, bytes.get(at..)?)?;
        while *bytes.get(at)? == 0xFF {
            at += 1;
        }
        let code = *bytes.get(at)?;
        at += 1;
        if code != 0 {
            return Some((code, at));
        }
    }
}

/// Where the entropy-coded data that starts at `at` ends: at the next marker that is
/// neither a stuffed byte nor a restart.
fn scan_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr(0xFF, rest)) {
        at += next;
        match bytes.get(at + 1) {
            Some(0 | 0xD0..=0xD7) => at += 2,
            Some(0xFF) => at += 1,
            Some(_) => return at,
            None => break,
        }
    }
    bytes.len()
}

fn frame(marker: u8, payload: &[u8]) -> Result<(Frame, Option<u8>), PhotoError> {
    match marker {
        0xC0..=0xC2 => {}
        0xC3 | 0xC7 => return Err(unsupported("lossless JPEG")),
        0xC5 | 0xC6 => return Err(unsupported("hierarchical JPEG")),
        _ => return Err(unsupported("JPEG with arithmetic coding")),
    }
    let short = || header("its frame header is cut off");
    let precision = *payload.first().ok_or_else(short)?;
    let height = be16(payload, 1).ok_or_else(short)? as u32;
    let width = be16(payload, 3).ok_or_else(short)? as u32;
    let components = *payload.get(5).ok_or_else(short)?;
    if precision != 8 {
        return Err(unsupported("JPEG with more than 8 bits a sample"));
    }
    if !matches!(components, 1 | 3 | 4) {
        return Err(header(format!("it names {components} colour components")));
    }
    let frame = Frame { progressive: marker == 0xC2, width, height, components };
    Ok((frame, payload.get(6).copied()))
}

fn scan(payload: &[u8], first_component: Option<u8>) -> Option<Scan> {
    let count = usize::from(*payload.first()?);
    let has_first =
        (0..count).any(|i| payload.get(1 + 2 * i).is_some_and(|id| Some(*id) == first_component));
    let spectral = (*payload.get(1 + 2 * count)?, *payload.get(2 + 2 * count)?);
    let low_bit = payload.get(3 + 2 * count)? & 0x0F;
    Some(Scan { has_first, spectral, low_bit })
}
