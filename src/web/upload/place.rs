//! Where a file goes, and the signature with which its browser puts it there.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use kanso_certificate::Fault;
use kanso_photo::UPLOAD_BYTES_LIMIT;
use kanso_pipeline::keys::is_step;
use kanso_pipeline::place::Place;
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
}

/// What the browser does with it.
#[derive(Serialize)]
#[serde(tag = "to_do", rename_all = "lowercase")]
pub(super) enum Answer {
    /// Nothing: it is there.
    There { name: String },
    /// Puts it there with these headers.
    Put { name: String, address: String, headers: Vec<(String, String)> },
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
    let (kind, md5) = match looked_at(&file) {
        Ok(kind_and_md5) => kind_and_md5,
        Err(why) => return Ok(Json(Answer::Refused { why })),
    };
    let cameras = uploader.race.key(&format!("photos/{}/", file.camera));
    let name = |key: &str| key[cameras.len()..].to_owned();
    let key = format!("{cameras}{}", file.name);
    let placed = uploads.site.handler.inputs().place(&key, &md5).await.map_err(Fault::from)?;
    Ok(Json(match placed {
        Place::There { key } => Answer::There { name: name(&key) },
        Place::Taken => Answer::Refused { why: Why::Taken },
        Place::Free { key } => {
            let store = uploads.store(&headers)?;
            let put = store.presigned_put(&key, LIFE, kind, file.bytes, &md5).await?;
            Answer::Put { name: name(&key), address: put.address, headers: put.headers }
        }
    }))
}

/// What kind of a picture it says it is, and its hash.
fn looked_at(file: &File) -> Result<(&'static str, [u8; 16]), Why> {
    let name = &file.name;
    if !is_step(name) || name.contains('\\') || name.len() > LONGEST_NAME {
        return Err(Why::Name);
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let kind = ENDINGS.iter().find(|(known, _)| Some(*known) == ending.as_deref());
    let (_, kind) = kind.ok_or(Why::Kind)?;
    match file.bytes {
        0 => return Err(Why::Empty),
        bytes if bytes > UPLOAD_BYTES_LIMIT as u64 => return Err(Why::Size),
        _ => {}
    }
    let mut md5 = [0; 16];
    hex::decode_to_slice(&file.md5, &mut md5).map_err(|_| Why::Name)?;
    Ok((kind, md5))
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
