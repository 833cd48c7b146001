//! One photo of a queue: done again only where there is a reason.

use kanso_certificate::Fault;

use super::{Step, Task};
use crate::correction;
use crate::handler::{Handler, Numbers};
use crate::keys::{self, Input, PhotoKey};
use crate::race_folder::Readiness;
use crate::store::ETag;

impl Handler {
    /// A message may come twice, and the photo may be done since: it is rendered where its
    /// outcome is not there, or where the newest data want another certificate.
    pub(super) async fn photo_again(
        &self,
        key: &str,
        etag: &ETag,
        race_data: Option<&str>,
        redo: bool,
    ) -> Result<Step, Fault> {
        let Some(Input::Photo(photo)) = keys::classify(key) else { return Ok(Step::default()) };
        if let Some(version) = race_data {
            self.races().know(&photo.race, version).await?;
        }
        if !redo && self.is_as_wanted(&photo, etag).await? {
            return Ok(Step::default());
        }
        let done = self.photo(&photo, Some(etag), Numbers::Now).await?;
        let Some((handled, queued)) = done.handled() else { return Ok(Step::default()) };
        let queued = queued.into_iter().map(|upload| Task::photo(upload, None)).collect();
        Ok(Step { handled: vec![handled], queued, ..Step::default() })
    }

    /// Whether nothing is to be printed for a photo; its records are set right where that is so.
    pub(crate) async fn is_as_wanted(&self, photo: &PhotoKey, etag: &ETag) -> Result<bool, Fault> {
        let Some(record) = self.outcome(&photo.outcome(etag)).await? else { return Ok(false) };
        let (readiness, _) = self.races().race_data(&photo.race).await?;
        let Readiness::Ready(race_data) = readiness else { return Ok(true) };
        let answer = self.answer(&photo.race, &record.photo_id).await?;
        let changes = correction::changes_of_one(self, &race_data, record, answer).await?;
        let (render, failures) =
            correction::follow(self, &photo.race, &race_data, changes, None).await?;
        match failures.first() {
            Some(fault) => Err(fault.clone()),
            None => Ok(render.is_empty()),
        }
    }
}
