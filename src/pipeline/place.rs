//! Where an upload goes: never over another object. A camera counts from one again, and two
//! bodies may share a folder, so that a name says nothing of what is in the file.

use crate::proxy::Part;
use crate::store::{Bucket, ETag, StoreError, found};

/// What a file that is to be uploaded finds under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// This very file is there already.
    There { key: String },
    /// Nothing is: it may be put there, with `If-None-Match: *`.
    Free { key: String },
    /// Its proxy is, and it may be put over it, as this part.
    Proxied { key: String, full: Part },
    /// Other files have its name, and the name with its content's digits.
    Taken,
}

impl Bucket {
    /// Looks for a file by its content, its MD5, under `key` and, where another file has that
    /// name, under the name with eight digits of the MD5.
    pub async fn place(&self, key: &str, md5: &[u8; 16]) -> Result<Place, StoreError> {
        let content = ETag::new(&hex::encode(md5));
        for key in [key.to_owned(), beside(key, md5)] {
            let Some(held) = found(self.held(&key).await)? else {
                return Ok(Place::Free { key });
            };
            if held.md5 == content {
                return Ok(Place::There { key });
            }
            if let Some(Part::Proxy { of, size }) = held.part
                && of == *md5
            {
                let full = Part::Full { proxy: held.etag, proxy_size: size };
                return Ok(Place::Proxied { key, full });
            }
        }
        Ok(Place::Taken)
    }
}

/// `IMG_0001.JPG` -> `IMG_0001-5d41402a.JPG`
pub fn beside(key: &str, md5: &[u8; 16]) -> String {
    let mark = hex::encode(&md5[..4]);
    let name = key.rfind('/').map_or(0, |slash| slash + 1);
    match key[name..].rfind('.') {
        Some(dot) if dot > 0 => {
            let (stem, extension) = key.split_at(name + dot);
            format!("{stem}-{mark}{extension}")
        }
        _ => format!("{key}-{mark}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_keeps_its_ending() {
        let md5 = [0xAB; 16];
        assert_eq!(beside("r/photos/a.b/IMG.JPG", &md5), "r/photos/a.b/IMG-abababab.JPG");
        assert_eq!(beside("r/photos/a.b/IMG", &md5), "r/photos/a.b/IMG-abababab");
        assert_eq!(beside("r/photos/a/.IMG", &md5), "r/photos/a/.IMG-abababab");
    }
}
