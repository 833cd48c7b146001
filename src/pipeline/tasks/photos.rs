//! Photos without an outcome: lost events, or work cut short.

use futures::future::BoxFuture;
use kanso_certificate::Fault;

use super::{Range, Step, Task, each};
use crate::failures::Failures;
use crate::handler::Handler;
use crate::keys::{self, Input};
use crate::store::Listed;

impl Handler {
    pub(super) async fn look_at_photos(&self, range: Range<'_>) -> Result<Step, Fault> {
        let folder = range.race.key("photos/");
        let listed = self.inputs().list_between(&folder, range.after, range.until).await?;
        let photos = listed.len();
        let mut failures = Failures::default();
        let look = |object| -> BoxFuture<'_, _> { Box::pin(self.unfinished(object)) };
        let queued = each(listed, &mut failures, look).await?;
        tracing::info!(race = %range.race, photos, unfinished = queued.len(), "swept photos");
        Ok(Step::of(queued, &failures))
    }

    async fn unfinished(&self, object: Listed) -> Result<Option<Task>, Fault> {
        let Some(Input::Photo(photo)) = keys::classify(&object.key) else { return Ok(None) };
        // A damaged one is as good as none.
        let outcome = self.outcome(&photo.outcome(&object.etag)).await?;
        let again = || Task::photo(self.again(object.key, &object.etag), None);
        Ok(outcome.is_none().then(again))
    }
}
