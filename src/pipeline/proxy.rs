//! A photo that comes in two files. Over a thin line a reduced copy, its proxy, goes first, so
//! that the photo is matched and its certificate made at once; the file itself then takes the
//! proxy's place under the same key, and the certificate's picture with it.
//!
//! Both are one photo: it is known by its key and the MD5 of the file, which the proxy says in
//! its metadata and the file has. So it does not matter which of the two is done first, or
//! twice, and nobody can speak of a photo in whose folder they may not write.

use std::collections::HashMap;

use kanso_certificate::PhotoSource;
use kanso_photo::{PhotoId, Proxy};
use md5::{Digest as _, Md5};

use crate::store::ETag;

/// The metadata field of a proxy: the MD5 of the file in hex, and the proxy's own size,
/// upright: `5d41402abc4b2a76b9719d911017c592 3000x2000`.
const OF_FIELD: &str = "proxy-of";
/// The metadata field of a file that took its proxy's place: the proxy's ETag and size.
const AFTER_FIELD: &str = "proxy";

/// Which of a photo's two files an object is, as its metadata say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A reduced copy of the file with this MD5.
    Proxy { of: [u8; 16], size: (u32, u32) },
    /// The file, put over exactly this proxy.
    Full { proxy: ETag, proxy_size: (u32, u32) },
}

impl Part {
    /// A proxy of the file with this MD5.
    pub fn proxy(of: [u8; 16], proxy: &Proxy) -> Self {
        Self::Proxy { of, size: proxy.upright_size }
    }

    /// `None` for all other objects, and for what cannot be read: a photo of its own.
    pub(crate) fn of(metadata: Option<&HashMap<String, String>>) -> Option<Self> {
        let metadata = metadata?;
        if let Some((md5, size)) = metadata.get(OF_FIELD).and_then(|text| with_size(text)) {
            let mut of = [0; 16];
            hex::decode_to_slice(md5, &mut of).ok()?;
            return Some(Self::Proxy { of, size });
        }
        let (etag, proxy_size) = metadata.get(AFTER_FIELD).and_then(|text| with_size(text))?;
        Some(Self::Full { proxy: ETag::new(etag), proxy_size })
    }

    /// The field's name and what stands in it.
    pub(crate) fn metadata(&self) -> (&'static str, String) {
        match self {
            Self::Proxy { of, size: (width, height) } => {
                (OF_FIELD, format!("{} {width}x{height}", hex::encode(of)))
            }
            Self::Full { proxy, proxy_size: (width, height) } => {
                (AFTER_FIELD, format!("{} {width}x{height}", proxy.as_str()))
            }
        }
    }

    /// What the photo is known by; `bytes` are the object's.
    fn photo_id(&self, key: &str, bytes: &[u8]) -> PhotoId {
        let md5 = match self {
            Self::Proxy { of, .. } => *of,
            Self::Full { .. } => Md5::digest(bytes).into(),
        };
        PhotoId::of(format!("{key}\n{}", hex::encode(md5)).as_bytes())
    }
}

fn with_size(text: &str) -> Option<(&str, (u32, u32))> {
    let (what, size) = text.split_once(' ')?;
    let (width, height) = size.split_once('x')?;
    Some((what, (width.parse().ok()?, height.parse().ok()?)))
}

/// What a photo's object is called by, and how it came.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub id: PhotoId,
    pub part: Option<Part>,
    /// When the store took it.
    pub at: Option<jiff::Timestamp>,
}

impl Sent {
    pub fn new(key: &str, bytes: &[u8], part: Option<Part>, at: Option<jiff::Timestamp>) -> Self {
        let id = match &part {
            Some(part) => part.photo_id(key, bytes),
            None => PhotoId::of(bytes),
        };
        Self { id, part, at }
    }

    /// The proxy whose place it took.
    pub fn proxy(&self) -> Option<&ETag> {
        match &self.part {
            Some(Part::Full { proxy, .. }) => Some(proxy),
            _ => None,
        }
    }

    /// What is known of a photo, with what is known of its object; `answered` is when a person
    /// said what they did: who answered before the file came had the proxy before them.
    pub fn tell(&self, source: PhotoSource, answered: Option<jiff::Timestamp>) -> PhotoSource {
        let crop_size = match (&self.part, answered.zip(self.at)) {
            (Some(Part::Full { proxy_size, .. }), Some((answered, came))) => {
                (answered <= came).then_some(*proxy_size)
            }
            _ => None,
        };
        let is_proxy = matches!(self.part, Some(Part::Proxy { .. }));
        PhotoSource { id: Some(self.id), is_proxy, crop_size, ..source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(part: &Part) -> Option<Part> {
        let (name, value) = part.metadata();
        Part::of(Some(&HashMap::from([(name.to_owned(), value)])))
    }

    #[test]
    fn a_proxy_and_its_file_say_what_they_are_and_are_one_photo() {
        let file = b"the file";
        let of = Md5::digest(file).into();
        let proxy = Part::Proxy { of, size: (3000, 2000) };
        let full = Part::Full { proxy: ETag::new("e-2"), proxy_size: (3000, 2000) };
        assert_eq!(read(&proxy).as_ref(), Some(&proxy));
        assert_eq!(read(&full).as_ref(), Some(&full));
        let key = "race/photos/goal/1.jpg";
        let id = proxy.photo_id(key, b"reduced");
        assert_eq!(full.photo_id(key, file), id);
        assert_ne!(full.photo_id("race/photos/other/1.jpg", file), id, "of another's folder");
        assert_ne!(full.photo_id(key, b"another file"), id);
    }

    #[test]
    fn metadata_that_cannot_be_read_make_a_photo_of_its_own() {
        for (name, value) in [
            (OF_FIELD, "5d41 3000x2000"),
            (OF_FIELD, "5d41402abc4b2a76b9719d911017c592"),
            (AFTER_FIELD, "etag"),
            (AFTER_FIELD, "etag 3000x-1"),
            ("md5", "5d41402abc4b2a76b9719d911017c592 1x1"),
        ] {
            let metadata = HashMap::from([(name.to_owned(), value.to_owned())]);
            assert_eq!(Part::of(Some(&metadata)), None, "{name}: {value}");
        }
    }
}
