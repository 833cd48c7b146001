//! What comes when its race's time is over: nothing is done with it. That it came stands in
//! `rejected/`, without a name; it goes itself with the next reconciliation.

use kanso_certificate::Fault;
use kanso_certificate::document::json;
use serde::Serialize;

use crate::events::Upload;
use crate::expiry::Tombstone;
use crate::handler::Handler;
use crate::keys::{self, EXPIRED, Input, RaceId};
use crate::once;
use crate::store::{ETag, found};

#[derive(Serialize)]
struct Late<'a> {
    /// What came, as a log may say it.
    object: &'a str,
    reason: &'a str,
}

impl Handler {
    /// Whether race data or an answer came too late; then that is recorded, and it is all.
    pub(super) async fn came_too_late(
        &self,
        upload: &Upload,
        input: &Input,
    ) -> Result<bool, Fault> {
        let race = input.race();
        let Some(tombstone) = once::document(self.inputs(), &race.key(EXPIRED)).await? else {
            return Ok(false);
        };
        let etag = upload.etag.as_deref().map(ETag::new);
        let reason = Tombstone::read(&tombstone).reason(race);
        self.reject_late(race, &upload.key, etag.as_ref(), &reason).await?;
        Ok(true)
    }

    /// Records an object, unless it is gone, or another has taken its place.
    pub(super) async fn reject_late(
        &self,
        race: &RaceId,
        key: &str,
        etag: Option<&ETag>,
        reason: &str,
    ) -> Result<(), Fault> {
        let Some(there) = found(self.inputs().head(key).await)? else { return Ok(()) };
        if etag.is_some_and(|etag| *etag != there) {
            return Ok(());
        }
        let object = keys::without_bibs(key);
        tracing::warn!(%race, object, "it came too late: {reason}");
        let record = json(&Late { object: &object, reason });
        let lies = keys::late(race, key, &there);
        Ok(once::create(self.outputs(), &lies, record, "application/json").await?)
    }
}
