//! Photographers: who may upload photos of which cameras to a race.
//!
//! Each lies in `private/photographers/<id>.json` of the race's folder, which no page serves
//! and no photographer's key reads. Taking it away ends the photographer's sessions at once.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use rand::seq::IndexedRandom as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::handler::Handler;
use crate::keys::{self, RaceId};
use crate::once;

/// What nobody takes one for another when a code is typed.
pub const READABLE: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Of a code, its id first: it finds the photographer, and says nothing of the rest.
const ID_LENGTH: usize = 4;
const CODE_LENGTH: usize = 12;

/// Names a photographer of a race in keys and commands: four readable characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhotographerId(String);

impl fmt::Display for PhotographerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is no photographer's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no photographer's id; kanso photographer list shows them: four letters and digits"
)]
pub struct NoId(String);

impl FromStr for PhotographerId {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        readable(text, ID_LENGTH).map(Self).ok_or_else(|| NoId(text.to_owned()))
    }
}

/// What opens a photographer's page: twelve readable characters, of which the first four are
/// the id.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    fn random() -> Self {
        let mut rng = rand::rng();
        let characters = (0..CODE_LENGTH).filter_map(|_| READABLE.choose(&mut rng));
        Self(characters.map(|character| char::from(*character)).collect())
    }

    /// As somebody types it, with hyphens, spaces and capitals or without.
    pub fn parse(text: &str) -> Option<Self> {
        readable(text, CODE_LENGTH).map(Self)
    }

    pub fn id(&self) -> PhotographerId {
        PhotographerId(self.0[..ID_LENGTH].to_owned())
    }

    fn hash(&self) -> String {
        hex::encode(Sha256::digest(format!("kanso photographer\n{}", self.0)))
    }
}

/// `k7mt-2nxd-4h3p`
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

/// The readable characters of a text, where there are exactly so many and no others.
fn readable(text: &str, length: usize) -> Option<String> {
    let typed = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let text: String = typed.map(|c| c.to_ascii_lowercase()).collect();
    let is_readable = text.bytes().all(|byte| READABLE.contains(&byte));
    (is_readable && text.len() == length).then_some(text)
}

/// A photographer of a race.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photographer {
    pub name: String,
    /// The folders below `photos/` that they upload to, at least one.
    pub cameras: Vec<String>,
    /// SHA-256, in hex: the code itself is kept nowhere.
    code_hash: String,
    pub added_at: Timestamp,
    /// Of the S3 key that was made for them, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
}

impl Photographer {
    /// Whether a code is this photographer's. Takes the same time for every wrong one.
    pub fn has(&self, code: &Code) -> bool {
        self.code_hash.as_bytes().ct_eq(code.hash().as_bytes()).into()
    }

    /// What a session of theirs is signed for: another code makes the session void.
    pub fn session(&self, id: &PhotographerId, until: i64) -> String {
        format!("photographer {id} {until} {}", self.code_hash)
    }
}

impl Handler {
    /// Adds a photographer of these cameras; the code is kept nowhere, so that it can be shown
    /// only now.
    pub async fn add_photographer(
        &self,
        race: &RaceId,
        name: &str,
        cameras: Vec<String>,
        access_key_id: Option<String>,
    ) -> Result<Code, Fault> {
        // One that somebody else has already is not given twice.
        for _ in 0..10 {
            let code = Code::random();
            if self.photographer(race, &code.id()).await?.is_some() {
                continue;
            }
            let (name, code_hash) = (name.to_owned(), code.hash());
            let added_at = Timestamp::now();
            let made = Photographer {
                name,
                cameras: cameras.clone(),
                code_hash,
                added_at,
                access_key_id: access_key_id.clone(),
            };
            let key = keys::photographer(race, &code.id());
            once::create(self.inputs(), &key, json(&made), "application/json").await?;
            // Somebody else may have been first.
            if self.photographer(race, &code.id()).await?.is_some_and(|there| there.has(&code)) {
                return Ok(code);
            }
        }
        Err(Fault::retry(format!("race {race} has no free photographer's id; take some away")))
    }

    /// One photographer of a race, where there is one of this id.
    pub async fn photographer(
        &self,
        race: &RaceId,
        id: &PhotographerId,
    ) -> Result<Option<Photographer>, Fault> {
        let key = keys::photographer(race, id);
        let Some(bytes) = once::document(self.inputs(), &key).await? else { return Ok(None) };
        document::read(&bytes).map(Some).map_err(|error| error.at(&key))
    }

    /// All photographers of a race.
    pub async fn photographers(
        &self,
        race: &RaceId,
    ) -> Result<Vec<(PhotographerId, Photographer)>, Fault> {
        let folder = race.key(keys::PHOTOGRAPHERS);
        let mut found = Vec::new();
        for object in self.inputs().list(&folder).await? {
            let name = object.key.strip_prefix(&folder).and_then(|n| n.strip_suffix(".json"));
            let Some(Ok(id)) = name.map(str::parse) else { continue };
            found.extend(self.photographer(race, &id).await?.map(|one| (id, one)));
        }
        Ok(found)
    }

    /// Takes a photographer away; gives back who it was.
    pub async fn remove_photographer(
        &self,
        race: &RaceId,
        id: &PhotographerId,
    ) -> Result<Option<Photographer>, Fault> {
        let Some(was) = self.photographer(race, id).await? else { return Ok(None) };
        self.inputs().delete(&keys::photographer(race, id)).await?;
        Ok(Some(was))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = Code::random();
        let shown = code.to_string();
        assert_eq!(shown.len(), 14);
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " ")] {
            assert!(Code::parse(&typed).unwrap() == code, "{typed}");
        }
        for wrong in ["", "abcd", &shown[1..], &format!("{shown}x"), "abcd-abcd-abc1"] {
            assert!(Code::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(code.id().to_string(), shown[..4]);
    }
}
