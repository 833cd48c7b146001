//! What people at the desk, the kiosk and the command line ask of the pipeline.
//!
//! ```text
//! certificates(race, bib)      every certificate of a runner, and whether it may be used
//! refresh(race, bib, photo)    the same for one, printed again first where it is stale
//! answer_photo(race, photo, …)  assign bibs, reject, crop, block: decisions/<photo-id>.json
//! block(race, photo, bib)      no certificate of this runner with this photo
//! preview(race, name, bytes)   what an upload of results would change; writes nothing
//! ```
//!
//! Nothing here decides: answers are objects in the race folder, and the
//! pipeline follows them as it follows an upload of anybody else's.

use bytes::Bytes;
use kanso_certificate::Fault;
use kanso_certificate::document::json;
use kanso_matching::person::Answer;
use kanso_photo::PhotoId;
use kanso_race::Bib;

use super::correction::{self, Correction};
use super::handler::Handler;
use super::keys::{self, RaceId};
use super::once::{self, Step};
use super::race_folder::Readiness;
use crate::events::Upload;
use crate::store::Write;

impl Handler {
    /// Writes a person's answer about a photo over whatever was answered before. The store's
    /// event makes the pipeline follow it; give the answer's upload to [`Handler::handle`]
    /// to have it followed at once.
    pub async fn answer_photo(
        &self,
        race: &RaceId,
        photo: &PhotoId,
        answer: &Answer,
    ) -> Result<Upload, Fault> {
        let key = keys::answer(race, photo);
        let body = json(answer);
        Answer::parse(&body).map_err(|error| Fault::reject(format!("{key}: {error}")))?;
        let etag = self.inputs().put(&key, body, "application/json", Write::Always).await?;
        Ok(self.again(key, &etag))
    }

    /// Adds a runner to those who get no certificate with a photo, and keeps what else was
    /// answered about it.
    pub async fn block(
        &self,
        race: &RaceId,
        photo: &PhotoId,
        bib: &Bib,
        by: Option<&str>,
    ) -> Result<Upload, Fault> {
        let key = keys::answer(race, photo);
        let etag = once::amend(self.inputs(), &key, |now| {
            let unreadable = |error| Fault::review(format!("{key}: {error}; correct it first"));
            let answer = now.map(Answer::parse).transpose().map_err(unreadable)?;
            let mut answer = answer.unwrap_or_default();
            answer.block.insert(bib.clone());
            answer.by = by.map(str::to_owned);
            answer.at = None;
            Ok(Step::Write(json(&answer)))
        })
        .await?;
        let etag = etag.ok_or_else(|| Fault::retry(format!("{key} was not written")))?;
        Ok(self.again(key, &etag))
    }

    /// What an upload of results would change, before it is uploaded: `name` is
    /// `results.csv` or `results/<n>.csv`. The error says what is wrong with the file.
    pub async fn preview(
        &self,
        race: &RaceId,
        name: &str,
        results: Bytes,
    ) -> Result<Correction, Fault> {
        match self.races().imagine(race, name, results).await? {
            Readiness::NotYet(why) | Readiness::Expired(why) => Err(Fault::review(why)),
            Readiness::Ready(race_data) => {
                let (records, _) = self.outcomes(race).await?;
                Ok(correction::changes(self, race, &race_data, records).await?.report)
            }
        }
    }
}
