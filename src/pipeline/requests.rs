//! What runners say of their photos on their page: `requests/<bib>-<photo-id>.json`, until a
//! person settles it. At the runner's wish a photo is no certificate's any more; the photo
//! itself is the photographer's, and may show others.

use std::fmt;
use std::str::FromStr;

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use kanso_matching::person::Answer;
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

use crate::handler::Handler;
use crate::keys::{self, RaceId};
use crate::once::{self, Step};

/// GETs under way at once for one race.
const PARALLEL: usize = 16;

/// What a runner wants of a photo on their page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// It shows somebody else.
    NotMe,
    /// It shows the runner, who does not want it shown.
    RemovePhoto,
}

/// How a person settled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settlement {
    /// The runner has no certificate with this photo any more.
    Removed,
    Kept,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub bib: Bib,
    pub photo: String,
    pub wish: Wish,
    pub asked_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settlement>,
    /// Who settled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<String>,
}

/// Which runner asks about which photo: `1284-0123456789abcdef`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId {
    pub bib: Bib,
    pub photo: PhotoId,
}

/// A text that names no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no request; kanso requests lists them, as 1284-0123456789abcdef")]
pub struct NotARequest(String);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.bib, self.photo)
    }
}

impl FromStr for RequestId {
    type Err = NotARequest;

    fn from_str(text: &str) -> Result<Self, NotARequest> {
        let read = || {
            // A bib may hold hyphens, a photo's id does not.
            let (bib, photo) = text.rsplit_once('-')?;
            Some(Self { bib: Bib::parse(bib).ok()?, photo: photo.parse().ok()? })
        };
        read().ok_or_else(|| NotARequest(text.to_owned()))
    }
}

impl Handler {
    /// Writes down what a runner wants; what was asked before and is not settled stays as it
    /// is. With `hide` the photo is taken out of the runner's certificates at once.
    pub async fn request(
        &self,
        race: &RaceId,
        id: &RequestId,
        wish: Wish,
        hide: bool,
    ) -> Result<(), Fault> {
        let key = keys::request(race, &id.to_string());
        once::change(self.outputs(), &key, |now| {
            let before: Option<Request> = document::derived(&key, now)?;
            if before.is_some_and(|before| before.settled.is_none() && before.wish == wish) {
                return Ok(Step::Keep);
            }
            let (bib, photo) = (id.bib.clone(), id.photo.to_string());
            let asked_at = Timestamp::now();
            let (settled, settled_by) = (None, None);
            let request = Request { bib, photo, wish, asked_at, settled, settled_by };
            Ok(Step::Write(json(&request)))
        })
        .await?;
        if hide {
            self.remove(race, id, "the runner").await?;
        }
        Ok(())
    }

    /// Whether a runner has asked about a photo, and nobody has settled it yet.
    pub async fn is_asked_about(&self, race: &RaceId, id: &RequestId) -> Result<bool, Fault> {
        let key = keys::request(race, &id.to_string());
        let bytes = once::document(self.outputs(), &key).await?;
        let request: Option<Request> = document::derived(&key, bytes.as_deref())?;
        Ok(request.is_some_and(|request| request.settled.is_none()))
    }

    /// All requests of a race, settled ones too, in order of asking.
    pub async fn requests(&self, race: &RaceId) -> Result<Vec<(RequestId, Request)>, Fault> {
        let prefix = race.key(keys::REQUESTS);
        let listed = self.outputs().list(&prefix).await?;
        let ids = listed.iter().filter_map(|object| {
            object.key.strip_prefix(&prefix)?.strip_suffix(".json")?.parse::<RequestId>().ok()
        });
        // Boxed: the compiler does not see that the closure is general enough for a page.
        let read = |id| -> BoxFuture<'_, _> { Box::pin(self.read_request(race, id)) };
        let reading: Vec<_> = ids.map(read).collect();
        let mut requests: Vec<(RequestId, Request)> = futures::stream::iter(reading)
            .buffer_unordered(PARALLEL)
            .try_filter_map(|request| async { Ok(request) })
            .try_collect()
            .await?;
        requests.sort_by_key(|(_, request)| request.asked_at);
        Ok(requests)
    }

    async fn read_request(
        &self,
        race: &RaceId,
        id: RequestId,
    ) -> Result<Option<(RequestId, Request)>, Fault> {
        let key = keys::request(race, &id.to_string());
        let bytes = once::document(self.outputs(), &key).await?;
        let request = document::derived::<Request>(&key, bytes.as_deref())?;
        Ok(request.map(|request| (id, request)))
    }

    /// Settles a request: the runner's certificate with the photo goes, or stays, or comes
    /// back where it was hidden. `None` where there is no such request. `by` is who says so, for
    /// the audit.
    pub async fn settle(
        &self,
        race: &RaceId,
        id: &RequestId,
        settlement: Settlement,
        by: &str,
    ) -> Result<Option<()>, Fault> {
        let key = keys::request(race, &id.to_string());
        if once::document(self.outputs(), &key).await?.is_none() {
            return Ok(None);
        }
        match settlement {
            Settlement::Removed => self.remove(race, id, by).await?,
            Settlement::Kept => self.put_back(race, id, by).await?,
        }
        once::amend(self.outputs(), &key, |now| {
            Ok(match document::derived::<Request>(&key, now)? {
                Some(request) if request.settled != Some(settlement) => {
                    let (settled, settled_by) = (Some(settlement), Some(by.to_owned()));
                    Step::Write(json(&Request { settled, settled_by, ..request }))
                }
                _ => Step::Keep,
            })
        })
        .await?;
        Ok(Some(()))
    }

    async fn remove(&self, race: &RaceId, id: &RequestId, by: &str) -> Result<(), Fault> {
        let answer = self.block(race, &id.photo, &id.bib, Some(by)).await?;
        self.handle(&answer).await.map(drop)
    }

    /// Takes the runner out of those who get no certificate with the photo.
    async fn put_back(&self, race: &RaceId, id: &RequestId, by: &str) -> Result<(), Fault> {
        let key = keys::answer(race, &id.photo);
        let Some(bytes) = once::document(self.inputs(), &key).await? else { return Ok(()) };
        let unreadable = |error| Fault::review(format!("{key}: {error}; correct it first"));
        let mut answer = Answer::parse(&bytes).map_err(unreadable)?;
        if !answer.unblock(&id.bib) {
            return Ok(());
        }
        (answer.by, answer.at) = (Some(by.to_owned()), None);
        let says_more = answer.decision().is_some()
            || answer.crop.is_some()
            || answer.shows_erased
            || !answer.block.is_empty();
        let answered = if says_more {
            self.answer_photo(race, &id.photo, &answer).await?
        } else {
            self.inputs().delete(&key).await?;
            self.again(key, &crate::store::ETag::new(""))
        };
        self.handle(&answered).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_by_bib_and_photo_also_where_the_bib_has_hyphens() {
        let id: RequestId = "A-102-0123456789abcdef".parse().unwrap();
        assert_eq!((id.bib.as_str(), id.photo.to_string().as_str()), ("A-102", "0123456789abcdef"));
        assert_eq!(id.to_string(), "A-102-0123456789abcdef");
        for wrong in ["", "1284", "1284-xyz", "../1-0123456789abcdef"] {
            assert!(wrong.parse::<RequestId>().is_err(), "{wrong}");
        }
    }
}
