//! Photos that a person must settle, as somebody at the console does it: one after another,
//! each answered once, and taken back where it was a slip.

use bytes::Bytes;
use kanso_certificate::document::json;
use kanso_certificate::{Fault, Processed};
use kanso_matching::decision::Decision;
use kanso_matching::person::Answer;
use kanso_photo::PhotoId;

use crate::events::Upload;
use crate::fetch::PHOTO_LIMIT;
use crate::handler::Handler;
use crate::keys::{self, Input, PhotoKey, RaceId, Tray};
use crate::store::{ETag, Failure, If, Write, found};

/// A photo that lies in `review/`.
#[derive(Debug, Clone)]
pub struct ToReview {
    pub photo: PhotoKey,
    /// By the newest data.
    pub decision: Decision,
    /// The version of what was answered about it already: a crop, or somebody blocked.
    pub answer: Option<ETag>,
}

/// An answer that was written, and what stood there before.
#[derive(Debug, Clone)]
pub struct Answered {
    written: ETag,
    before: Option<Answer>,
}

impl Handler {
    /// The photos of a race that lie in `review/`.
    pub async fn photos_to_review(&self, race: &RaceId) -> Result<Vec<PhotoId>, Fault> {
        let folder = race.key(Tray::Review.folder());
        let listed = self.outputs().list(&folder).await?;
        let id = |key: &str| key.strip_prefix(&folder)?.strip_suffix(".json")?.parse().ok();
        Ok(listed.iter().filter_map(|object| id(&object.key)).collect())
    }

    /// One of them; `None` where it is settled, or gone.
    pub async fn to_review(&self, race: &RaceId, id: &PhotoId) -> Result<Option<ToReview>, Fault> {
        let Some(upload) = self.reopened(&Tray::Review.key(race, id)).await? else {
            return Ok(None);
        };
        let Some(Input::Photo(photo)) = keys::classify(&upload.key) else { return Ok(None) };
        let Some(etag) = upload.etag.as_deref().map(ETag::new) else { return Ok(None) };
        let Some(outcome) = self.outcome(&photo.outcome(&etag)).await? else { return Ok(None) };
        let answer = self.answer(race, id).await?;
        let decides = |answer: &Answer| answer.decision().is_some();
        // One that was answered and lies here all the same was followed, and asks again.
        let is_answered = matches!(&answer.said, Ok(Some(said)) if decides(said));
        if is_answered && outcome.answer != answer.etag {
            return Ok(None);
        }
        let decided = match answer.said {
            Ok(_) => self.explained(&photo).await?.decision,
            Err(_) => None,
        };
        // Of a picture that nobody could look at, or an answer that cannot be read, all that is
        // known is why a person is asked.
        let decision = decided.unwrap_or_else(|| Processed::review(*id, outcome.reason).decision);
        Ok(Some(ToReview { photo, decision, answer: answer.etag }))
    }

    /// The bytes of a photo, wherever it is recorded; `None` where they are gone.
    pub async fn bytes_of(&self, race: &RaceId, id: &PhotoId) -> Result<Option<Bytes>, Fault> {
        let mut upload = None;
        for tray in Tray::ALL {
            upload = self.reopened(&tray.key(race, id)).await?;
            if upload.is_some() {
                break;
            }
        }
        if upload.is_none() {
            let record = self.outcome_of_photo(race, id).await?;
            upload = record.map(|record| self.again(record.photo, &record.etag));
        }
        let Some(Upload { key, etag: Some(etag), .. }) = upload else { return Ok(None) };
        self.bytes_at(&key, &ETag::new(&etag)).await
    }

    /// The bytes of this version of a photo; `None` where it is gone.
    pub(super) async fn bytes_at(&self, key: &str, etag: &ETag) -> Result<Option<Bytes>, Fault> {
        match found(self.inputs().get(key, If::Match(etag), PHOTO_LIMIT).await) {
            Ok(fetched) => Ok(fetched.map(|fetched| fetched.bytes)),
            Err(error) if error.failure == Failure::Precondition => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes what is answered about a photo, where nobody has answered since `seen`; `None`
    /// where somebody has. An answer that cannot be read is as good as none.
    pub async fn answer_once(
        &self,
        race: &RaceId,
        id: &PhotoId,
        seen: Option<&ETag>,
        change: impl FnOnce(&mut Answer),
    ) -> Result<Option<Answered>, Fault> {
        let now = self.answer(race, id).await?;
        if now.etag.as_ref() != seen {
            return Ok(None);
        }
        let before = now.said.unwrap_or_default();
        let mut answer = before.clone().unwrap_or_default();
        change(&mut answer);
        let written = self.write_answer(race, id, &answer, seen).await?;
        Ok(written.map(|written| Answered { written, before }))
    }

    /// Takes an answer back, where nobody has answered since; `None` where somebody has.
    pub async fn take_answer_back(
        &self,
        race: &RaceId,
        id: &PhotoId,
        answered: &Answered,
    ) -> Result<Option<Upload>, Fault> {
        let key = keys::answer(race, id);
        if let Some(before) = &answered.before {
            let written = self.write_answer(race, id, before, Some(&answered.written)).await?;
            return Ok(written.map(|etag| self.again(key, &etag)));
        }
        if self.answer_etag(race, id).await?.as_ref() != Some(&answered.written) {
            return Ok(None);
        }
        self.inputs().delete(&key).await?;
        Ok(Some(self.again(key, &ETag::new(""))))
    }

    /// Over exactly what was seen; `None` where that is no longer there.
    async fn write_answer(
        &self,
        race: &RaceId,
        id: &PhotoId,
        answer: &Answer,
        seen: Option<&ETag>,
    ) -> Result<Option<ETag>, Fault> {
        let (key, body) = (keys::answer(race, id), json(answer));
        Answer::parse(&body).map_err(|error| Fault::reject(format!("{key}: {error}")))?;
        let when = seen.map_or(Write::Create, Write::Replace);
        match self.inputs().put(&key, body, "application/json", when).await {
            Ok(etag) => Ok(Some(etag)),
            Err(error)
                if matches!(
                    error.failure,
                    Failure::Precondition | Failure::Conflict | Failure::NotFound
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
