//! Certificates that lack a part, or that the outcome of their photo does not name.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::BoxFuture;
use kanso_certificate::Fault;
use kanso_photo::PhotoId;
use kanso_race::Bib;

use super::{Range, Step, Task, each};
use crate::current;
use crate::failures::Failures;
use crate::handler::Handler;
use crate::keys::{self, CertificateKeys, Input, RaceId};

impl Handler {
    pub(super) async fn look_at_certificates(&self, range: Range<'_>) -> Result<Step, Fault> {
        let race = range.race;
        let folder = race.key("certificates/");
        let listed = self.outputs().list_between(&folder, range.after, range.until).await?;
        let mut files: BTreeMap<(Bib, PhotoId), BTreeSet<String>> = BTreeMap::new();
        for object in &listed {
            if let Some((bib, photo, file)) = CertificateKeys::read(race, &object.key) {
                files.entry((bib, photo)).or_default().insert(file.to_owned());
            }
        }
        let certificates = files.len();
        let mut failures = Failures::default();
        let look = |((bib, photo), files)| -> BoxFuture<'_, _> {
            Box::pin(self.mended(race, bib, photo, files))
        };
        let queued = each(files, &mut failures, look).await?;
        tracing::info!(%race, certificates, half_written = queued.len(), "swept certificates");
        Ok(Step::of(queued, &failures))
    }

    async fn mended(
        &self,
        race: &RaceId,
        bib: Bib,
        id: PhotoId,
        files: BTreeSet<String>,
    ) -> Result<Option<Task>, Fault> {
        let key = CertificateKeys::current_of(race, &bib, &id);
        // Without it nothing is shown; the outcome that names it misses it.
        let current = current::at(self.outputs(), &key).await?;
        let Some(current) = current.filter(|current| current.void.is_none()) else {
            return Ok(None);
        };
        let (Some(photo), Some(etag)) = (current.photo, current.etag) else {
            return Ok(None);
        };
        let Some(Input::Photo(named)) = keys::classify(&photo) else { return Ok(None) };
        // A photo without an outcome is done first; what it does not name is found next time.
        let Some(record) = self.outcome(&named.outcome(&etag)).await? else { return Ok(None) };
        let issued = record.certificates.iter().find(|issued| issued.bib == bib);
        if record.photo_id != id || issued.is_none() {
            let why = "its photo's outcome does not name it";
            current::void(self.outputs(), &key, why).await?;
            tracing::warn!(%race, %bib, photo = %id, "a certificate is void: {why}");
            return Ok(None);
        }
        let named = |part: &&str| files.contains(&format!("{}.{part}", current.fingerprint));
        let whole = ["pdf", "jpg", "json"].iter().all(named);
        Ok((!whole).then(|| Task::redo(&record.photo, &record.etag, None)))
    }
}
