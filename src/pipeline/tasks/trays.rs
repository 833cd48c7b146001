//! Trays' records that the outcome of their photo does not name.

use futures::future::BoxFuture;
use kanso_certificate::Fault;
use kanso_certificate::document;
use kanso_photo::PhotoId;

use super::{Range, Step, each};
use crate::failures::Failures;
use crate::handler::Handler;
use crate::keys::{self, Input, Tray};
use crate::once;
use crate::outcome::Reopened;
use crate::store::Listed;

impl Handler {
    pub(super) async fn look_at_tray(&self, range: Range<'_>, tray: Tray) -> Result<Step, Fault> {
        let folder = range.race.key(tray.folder());
        let listed = self.outputs().list_between(&folder, range.after, range.until).await?;
        let records = listed.len();
        let mut failures = Failures::default();
        let look = |object: Listed| -> BoxFuture<'_, _> {
            let id = object.key.strip_prefix(&folder).and_then(|file| file.strip_suffix(".json"));
            let id = id.and_then(|id| id.parse().ok());
            Box::pin(self.swept(object.key, tray, id))
        };
        let strays = each(listed, &mut failures, look).await?;
        tracing::info!(race = %range.race, ?tray, records, stray = strays.len(), "swept a tray");
        Ok(Step::of(Vec::new(), &failures))
    }

    async fn swept(
        &self,
        key: String,
        tray: Tray,
        id: Option<PhotoId>,
    ) -> Result<Option<()>, Fault> {
        let Some(id) = id else { return Ok(None) };
        if !self.is_stray(&key, tray, id).await? {
            return Ok(None);
        }
        self.outputs().delete(&key).await?;
        Ok(Some(()))
    }

    /// A damaged record is one: the outcome that names it misses it, and it is written again.
    async fn is_stray(&self, key: &str, tray: Tray, id: PhotoId) -> Result<bool, Fault> {
        let Some(bytes) = once::document(self.outputs(), key).await? else { return Ok(false) };
        let record: Option<Reopened> = document::derived(key, Some(&bytes))?;
        let Some(record) = record else { return Ok(true) };
        let Some(Input::Photo(photo)) = keys::classify(&record.photo) else { return Ok(true) };
        let outcome = self.outcome(&photo.outcome(&record.etag)).await?;
        // A photo without an outcome is done first.
        Ok(outcome.is_some_and(|outcome| outcome.photo_id == id && !outcome.lies_in(tray)))
    }
}
