//! Which photo an answer is about: its id stands in the answer's key, and its own key has to
//! be found.

use kanso_certificate::Fault;
use kanso_photo::PhotoId;

use super::{Step, Task};
use crate::current;
use crate::handler::Handler;
use crate::keys::{CertificateKeys, RaceId, Tray};

/// Keys that one piece lists, 1000 a call.
const LISTED: usize = 20_000;

impl Handler {
    /// A photo lies in a tray or has a certificate, whose `current.json` names it. An answer
    /// mostly says for whom; else the certificates are listed, a part at a time.
    pub(super) async fn answered_about(
        &self,
        race: &RaceId,
        photo: &PhotoId,
    ) -> Result<Step, Fault> {
        for tray in Tray::ALL {
            if let Some(upload) = self.reopened(&tray.key(race, photo)).await? {
                return Ok(Step::queue(vec![Task::photo(upload, None)]));
            }
        }
        if let Ok(Some(answer)) = self.answer(race, photo).await?.said {
            let blocked = answer.block.iter().cloned();
            for bib in answer.bibs.iter().flatten().cloned().chain(blocked) {
                let key = CertificateKeys::current_of(race, &bib, photo);
                if let Some(task) = self.named_by(&key).await? {
                    return Ok(Step::queue(vec![task]));
                }
            }
        }
        self.locate(race, photo, "").await
    }

    pub(super) async fn locate(
        &self,
        race: &RaceId,
        photo: &PhotoId,
        after: &str,
    ) -> Result<Step, Fault> {
        let folder = race.key("certificates/");
        let listed = self.outputs().list_after(&folder, after, LISTED).await?;
        for object in &listed {
            let read = CertificateKeys::read(race, &object.key);
            if read.is_some_and(|(_, id, file)| id == *photo && file == "current.json")
                && let Some(task) = self.named_by(&object.key).await?
            {
                return Ok(Step::queue(vec![task]));
            }
        }
        match listed.last().filter(|_| listed.len() == LISTED) {
            Some(last) => {
                let (race, photo, after) = (race.clone(), *photo, last.key.clone());
                Ok(Step::queue(vec![Task::Locate { race, photo, after }]))
            }
            None => {
                tracing::info!(%race, %photo, "an answer about a photo that is not there yet");
                Ok(Step::default())
            }
        }
    }

    /// The photo that a certificate was made from.
    async fn named_by(&self, current: &str) -> Result<Option<Task>, Fault> {
        let Some(current) = current::at(self.outputs(), current).await? else { return Ok(None) };
        let (Some(key), Some(etag)) = (current.photo, current.etag) else { return Ok(None) };
        Ok(Some(Task::Photo { key, etag, race_data: None, redo: false }))
    }
}
