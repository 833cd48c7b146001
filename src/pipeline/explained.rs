//! Why a photo in the store is whose: decided again from its outcome and the race's data, a
//! few seconds old at most. No photo is read, and nothing is written.

use kanso_certificate::{Fault, document};
use kanso_matching::decision::Decision;

use super::handler::Handler;
use super::keys::PhotoKey;
use super::once;
use super::outcome::OutcomeRecord;
use super::race_folder::Readiness;
use crate::store::found;

/// A photo, and why.
pub struct Explained {
    /// What it came to.
    pub record: OutcomeRecord,
    /// What it comes to by the race's data and answers of now; `None` where nobody has looked
    /// at its picture.
    pub decision: Option<Decision>,
}

impl Handler {
    /// Explains a photo by its key.
    pub async fn explained(&self, photo: &PhotoKey) -> Result<Explained, Fault> {
        let race_data = match self.races().race_data(&photo.race).await? {
            (Readiness::Ready(race_data), _) => race_data,
            (Readiness::NotYet(why) | Readiness::Expired(why), _) => {
                return Err(Fault::reject(why));
            }
        };
        let record = self.outcome_of(photo).await?;
        let answer = self.answer(&photo.race, &record.photo_id).await?;
        if let Err(why) = &answer.said {
            return Err(Fault::reject(why.clone()));
        }
        let decision = self.decided_now(&photo.race, &race_data, &record, answer).await?;
        Ok(Explained { record, decision })
    }

    /// The outcome of a photo as it is now; of one that was deleted since, its last.
    async fn outcome_of(&self, photo: &PhotoKey) -> Result<OutcomeRecord, Fault> {
        let key = photo.key();
        let now = found(self.inputs().head(&key).await)?;
        let outcomes = match &now {
            Some(etag) => vec![photo.outcome(etag)],
            None => {
                let listed = self.outputs().list(&photo.outcomes()).await?;
                listed.into_iter().map(|object| object.key).collect()
            }
        };
        for outcome in outcomes {
            let bytes = once::document(self.outputs(), &outcome).await?;
            if let Some(record) = document::derived(&outcome, bytes.as_deref())? {
                return Ok(record);
            }
        }
        Err(Fault::reject(match now {
            Some(_) => format!(
                "nothing is decided about {key} yet; wait for its turn, or run kanso reconcile"
            ),
            None => format!("there is no photo {key}; give the key that it was uploaded under"),
        }))
    }
}
