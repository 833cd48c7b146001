//! Where a file goes, and the signature with which its browser puts it there.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use kanso_certificate::Fault;
use kanso_photo::UPLOAD_BYTES_LIMIT;
use kanso_pipeline::keys::is_step;
use kanso_pipeline::place::Place;
use kanso_pipeline::proxy::Part;
use kanso_pipeline::store::NewPhoto;
use serde::{Deserialize, Serialize};

use super::{Folder, Shared};
use crate::page::Refusal;
use crate::session::from_own_page;

/// Endings of photos, and what they say of the file.
pub(super) const ENDINGS: [(&str, &str); 6] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("webp", "image/webp"),
];
/// In bytes: what file systems take, and far from what a key may have.
const LONGEST_NAME: usize = 255;
/// How long a PUT may wait for its turn on a bad line before it begins.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// A file that a browser has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    camera: String,
    /// Without folders.
    name: String,
    bytes: u64,
    /// In hex.
    md5: String,
    /// What is to be sent of it first.
    #[serde(default)]
    reduced: Option<Reduced>,
}

/// A reduced copy that a browser made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reduced {
    bytes: u64,
    md5: String,
    width: u32,
    height: u32,
}

/// What the browser does with it.
#[derive(Serialize)]
#[serde(tag = "to_do", rename_all = "lowercase")]
pub(super) enum Answer {
    /// Nothing: it is there.
    There { name: String },
    /// Puts it, or its copy, there with these headers. Where it `follows`, its copy is there,
    /// and the file takes the place of that.
    Put { name: String, address: String, headers: Vec<(String, String)>, follows: bool },
    /// Nothing, and says why.
    Refused { why: Why },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Why {
    /// No name that every tool takes.
    Name,
    /// No ending of a photo.
    Kind,
    Empty,
    /// More bytes than a photo may have.
    Size,
    /// Other photos have its name and the one with its digits.
    Taken,
}

/// `POST /upload/<race>/places`
pub(super) async fn place(
    State(uploads): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
    Json(file): Json<File>,
) -> Result<Json<Answer>, Refusal> {
    if !from_own_page(&headers) {
        return Err(Refusal::NotAllowed);
    }
    let uploader = uploads.uploader(&folder, &headers).await?;
    if !uploader.photographer.cameras.contains(&file.camera) {
        return Err(Refusal::NotAllowed);
    }
    let md5 = match looked_at(&file) {
        Ok(md5) => md5,
        Err(why) => return Ok(Json(Answer::Refused { why })),
    };
    let camera = uploader.race.key(&format!("photos/{}/", file.camera));
    let key = format!("{camera}{}", file.name);
    let placed = uploads.site.handler.inputs().place(&key, &md5).await.map_err(Fault::from)?;
    let name = |key: &str| key[camera.len()..].to_owned();
    let (key, upload) = match placed {
        Place::There { key } => return Ok(Json(Answer::There { name: name(&key) })),
        Place::Taken => return Ok(Json(Answer::Refused { why: Why::Taken })),
        Place::Proxied { key, full } => (key, Upload::file(&file, md5, Some(full))),
        Place::Free { key } => (key, Upload::first(&file, md5)),
    };
    let upload = match upload {
        Ok(upload) => upload,
        Err(why) => return Ok(Json(Answer::Refused { why })),
    };
    let Upload { content_type, bytes, md5, part } = &upload;
    let new = NewPhoto { key: &key, content_type, md5, part: part.as_ref() };
    let put = uploads.store(&headers)?.presigned_put(new, *bytes, LIFE).await?;
    let follows = matches!(part, Some(Part::Full { .. }));
    let (address, headers) = (put.address, put.headers);
    Ok(Json(Answer::Put { name: name(&key), address, headers, follows }))
}

/// What goes up.
struct Upload {
    content_type: &'static str,
    bytes: u64,
    md5: [u8; 16],
    part: Option<Part>,
}

impl Upload {
    /// The file, perhaps in its copy's place.
    fn file(file: &File, md5: [u8; 16], part: Option<Part>) -> Result<Self, Why> {
        Ok(Self { content_type: kind(&file.name)?, bytes: file.bytes, md5, part })
    }

    /// The copy that there is of the file, else the file.
    fn first(file: &File, md5: [u8; 16]) -> Result<Self, Why> {
        let Some(reduced) = &file.reduced else { return Self::file(file, md5, None) };
        let Reduced { bytes, width, height, .. } = *reduced;
        let part = Some(Part::Proxy { of: md5, size: (width, height) });
        let md5 = sized(bytes, &reduced.md5)?;
        Ok(Self { content_type: "image/jpeg", bytes, md5, part })
    }
}

/// What kind of a picture its name says it is.
fn kind(name: &str) -> Result<&'static str, Why> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let kind = ENDINGS.iter().find(|(known, _)| Some(*known) == ending.as_deref());
    kind.map(|(_, kind)| *kind).ok_or(Why::Kind)
}

/// A hash, of so many bytes as a photo may have.
fn sized(bytes: u64, md5: &str) -> Result<[u8; 16], Why> {
    match bytes {
        0 => return Err(Why::Empty),
        bytes if bytes > UPLOAD_BYTES_LIMIT as u64 => return Err(Why::Size),
        _ => {}
    }
    let mut hash = [0; 16];
    hex::decode_to_slice(md5, &mut hash).map_err(|_| Why::Name)?;
    Ok(hash)
}

/// The file's hash, if it may go up.
fn looked_at(file: &File) -> Result<[u8; 16], Why> {
    let name = &file.name;
    if !is_step(name) || name.contains('\\') || name.len() > LONGEST_NAME {
        return Err(Why::Name);
    }
    kind(name)?;
    sized(file.bytes, &file.md5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_and_what_is_no_photo_are_refused() {
        let file = |name: &str, bytes| File {
            camera: "a".into(),
            name: name.into(),
            bytes,
            md5: "ab".repeat(16),
            reduced: None,
        };
        for name in ["..", "../x.jpg", "a/b.jpg", "a\\b.jpg", "", ".", "a\n.jpg", "\u{0}.jpg"] {
            assert_eq!(looked_at(&file(name, 9)), Err(Why::Name), "{name:?}");
        }
        assert_eq!(looked_at(&file(&format!("{}.jpg", "あ".repeat(90)), 9)), Err(Why::Name));
        for name in ["a.cr3", "a", "jpg", "a.jpg.exe"] {
            assert_eq!(looked_at(&file(name, 9)), Err(Why::Kind), "{name:?}");
        }
        assert_eq!(looked_at(&file("a.jpg", 0)), Err(Why::Empty));
        assert_eq!(looked_at(&file("a.jpg", u64::MAX)), Err(Why::Size));
        for name in ["ゴール 1.JPG", "..jpg", "a..b.jpeg", "x.webp"] {
            assert!(looked_at(&file(name, 9)).is_ok(), "{name:?}");
        }
    }
}
