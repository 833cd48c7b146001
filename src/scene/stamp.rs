//! What a camera and a photographer's tools write into a JPEG: EXIF, XMP, IPTC.

use std::io::Cursor;

use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use img_parts::{Bytes, ImageEXIF, jpeg::Jpeg, jpeg::JpegSegment, jpeg::markers};

/// Metadata of one photo; nothing is written where all is left out.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stamp {
    /// DateTimeOriginal as the camera's clock showed it: `2026:11:23 10:00:00`.
    pub taken: Option<String>,
    /// SubSecTimeOriginal.
    pub subsecond: Option<String>,
    /// OffsetTimeOriginal: `+09:00`.
    pub zone: Option<String>,
    /// BodySerialNumber.
    pub serial: Option<String>,
    pub artist: Option<String>,
    pub model: Option<String>,
    /// 1 (or 0, not written), 3, 6 or 8.
    #[serde(default)]
    pub orientation: u16,
    /// XMP dc:subject.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// IPTC 2:25.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// IPTC 2:120.
    pub caption: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum StampError {
    #[error("cannot write EXIF: {0}; check the stamp's texts")]
    Exif(#[from] exif::Error),
    #[error("cannot take the JPEG apart: {0}; report this with the spec")]
    Jpeg(#[from] img_parts::Error),
    #[error("{0} is longer than its field can hold; shorten it")]
    TooLong(&'static str),
}

impl Stamp {
    /// Adds the metadata to a JPEG of the given stored size.
    pub fn onto(&self, jpeg: Vec<u8>, size: (u32, u32)) -> Result<Vec<u8>, StampError> {
        let mut jpeg = Jpeg::from_bytes(Bytes::from(jpeg))?;
        if let Some(taken) = &self.taken {
            jpeg.set_exif(Some(Bytes::from(self.exif(taken, size)?)));
        }
        let mut at = usize::from(self.taken.is_some());
        if !self.subjects.is_empty() {
            let mut body = b"http://ns.adobe.com/xap/1.0/\0".to_vec();
            body.extend_from_slice(self.xmp().as_bytes());
            let segment = JpegSegment::new_with_contents(markers::APP1, Bytes::from(body));
            jpeg.segments_mut().insert(at, segment);
            at += 1;
        }
        if !self.keywords.is_empty() || self.caption.is_some() {
            let body = Bytes::from(self.photoshop()?);
            let segment = JpegSegment::new_with_contents(markers::APP13, body);
            jpeg.segments_mut().insert(at, segment);
        }
        Ok(jpeg.encoder().bytes().to_vec())
    }

    fn exif(&self, taken: &str, (width, height): (u32, u32)) -> Result<Vec<u8>, StampError> {
        let text = |tag, text: &str| Field {
            tag,
            ifd_num: In::PRIMARY,
            value: Value::Ascii(vec![text.as_bytes().to_vec()]),
        };
        let ratio = |tag, num, denom| Field {
            tag,
            ifd_num: In::PRIMARY,
            value: Value::Rational(vec![Rational { num, denom }]),
        };
        let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
        let mut fields = vec![
            text(Tag::Make, "Kanso"),
            text(Tag::Model, self.model.as_deref().unwrap_or("Kanso Finish One")),
            text(Tag::Software, "kanso scene"),
            text(Tag::DateTime, taken),
            text(Tag::DateTimeOriginal, taken),
            text(Tag::DateTimeDigitized, taken),
            ratio(Tag::ExposureTime, 1, 1600),
            ratio(Tag::FNumber, 28, 10),
            ratio(Tag::FocalLength, 135, 1),
            field(Tag::PhotographicSensitivity, Value::Short(vec![400])),
            field(Tag::ExifVersion, Value::Undefined(b"0232".to_vec(), 0)),
            field(Tag::ColorSpace, Value::Short(vec![1])),
            field(Tag::PixelXDimension, Value::Long(vec![width])),
            field(Tag::PixelYDimension, Value::Long(vec![height])),
        ];
        if self.orientation > 0 {
            fields.push(field(Tag::Orientation, Value::Short(vec![self.orientation])));
        }
        let optional = [
            (Tag::SubSecTimeOriginal, &self.subsecond),
            (Tag::OffsetTimeOriginal, &self.zone),
            (Tag::BodySerialNumber, &self.serial),
            (Tag::Artist, &self.artist),
        ];
        for (tag, value) in optional {
            fields.extend(value.as_ref().map(|value| text(tag, value)));
        }
        let mut writer = Writer::new();
        for field in &fields {
            writer.push_field(field);
        }
        let mut bytes = Cursor::new(Vec::new());
        writer.write(&mut bytes, false)?;
        Ok(bytes.into_inner())
    }

    fn xmp(&self) -> String {
        let escape = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let items: String =
            self.subjects.iter().map(|s| format!("<rdf:li>{}</rdf:li>", escape(s))).collect();
        format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
             <dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>\
             </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>"
        )
    }

    /// The IPTC records, wrapped as image resource 0x0404.
    fn photoshop(&self) -> Result<Vec<u8>, StampError> {
        let mut iptc = vec![0x1c, 1, 90, 0, 3, 0x1b, b'%', b'G'];
        let mut record = |number: u8, text: &str, what| {
            let length = u16::try_from(text.len()).map_err(|_| StampError::TooLong(what))?;
            iptc.extend_from_slice(&[0x1c, 2, number]);
            iptc.extend_from_slice(&length.to_be_bytes());
            iptc.extend_from_slice(text.as_bytes());
            Ok::<_, StampError>(())
        };
        for keyword in &self.keywords {
            record(25, keyword, "a keyword")?;
        }
        if let Some(caption) = &self.caption {
            record(120, caption, "the caption")?;
        }
        let length =
            u32::try_from(iptc.len()).map_err(|_| StampError::TooLong("the IPTC block"))?;
        let mut body = b"Photoshop 3.0\0".to_vec();
        body.extend_from_slice(b"8BIM\x04\x04\0\0");
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(&iptc);
        if iptc.len() % 2 == 1 {
            body.push(0);
        }
        Ok(body)
    }
}
