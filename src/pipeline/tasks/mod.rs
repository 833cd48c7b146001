//! Work in pieces, for a host whose every invocation has to end soon: a queue holds what is
//! left, and each piece says what is to be queued because of it.
//!
//! ```text
//! race data changed ─▶ Divide(corrections) ─▶ Look(100 outcomes) ─▶ Photo, one for each to be done
//! the schedule      ─▶ Divide(photos, outcomes, certificates, trays) ─▶ Look ─▶ Photo
//! an answer         ─▶ Photo, or Locate(20,000 keys) ─▶ … ─▶ Photo
//! ```
//!
//! [`Handler::step`] does one piece. `Divide` and `Locate` list so many keys and go on in
//! another message of their own; `Look` covers a range of keys that is fixed once. A message
//! holds keys and versions, and nothing that anything follows from: one that comes twice, or
//! late, finds nothing left to be done.
//!
//! At a venue there is one process with a queue of its own ([`crate::worker`]), which does all
//! of a race's pieces at once ([`Handler::receive`], [`crate::reconcile`]).

mod certificates;
mod divide;
mod locate;
mod outcomes;
mod photo;
mod photos;
mod trays;

use futures::StreamExt;
use futures::future::BoxFuture;
use kanso_certificate::{Fault, document};
use kanso_photo::PhotoId;
use serde::{Deserialize, Serialize};

use crate::events::Upload;
use crate::failures::Failures;
use crate::handler::{Handled, Handler, Numbers, Received};
use crate::keys::{self, Input, RaceId, Tray};
use crate::store::ETag;

/// Store calls in flight at once.
const IN_FLIGHT: usize = 32;

/// One piece of work, as a message holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case")]
pub enum Task {
    /// A photo that may have to be done again.
    Photo {
        key: String,
        etag: ETag,
        /// The version of the race's data that called for it: whoever does it has to know that
        /// one, or a newer one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        race_data: Option<String>,
        /// Also where its outcome is as it should be: something that it names is not there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        redo: bool,
    },
    /// To list keys of a sweep, and queue what looks at them.
    Divide {
        race: RaceId,
        sweep: Sweep,
        /// The last key that was listed; empty for the first ones.
        after: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        race_data: Option<String>,
    },
    /// To look at the objects from behind one key to another.
    Look {
        race: RaceId,
        sweep: Sweep,
        after: String,
        until: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        race_data: Option<String>,
    },
    /// To find the key of a photo that somebody answered about.
    Locate { race: RaceId, photo: PhotoId, after: String },
}

/// What is looked at, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sweep {
    /// Outcomes that newer race data contradict.
    Corrections,
    /// Photos without an outcome.
    Photos,
    /// Outcomes that newer data contradict, or that name what is not there.
    Outcomes,
    /// Certificates that lack a part, or that no outcome names.
    Certificates,
    /// Trays' records that no outcome names.
    Pending,
    Review,
    Rejected,
}

impl Sweep {
    /// What a reconciliation of a race consists of.
    pub const ALL: [Self; 6] = [
        Self::Photos,
        Self::Outcomes,
        Self::Certificates,
        Self::Pending,
        Self::Review,
        Self::Rejected,
    ];

    fn folder(self, race: &RaceId) -> String {
        race.key(match self {
            Self::Photos => "photos/",
            Self::Corrections | Self::Outcomes => "outcomes/",
            Self::Certificates => "certificates/",
            Self::Pending => Tray::Pending.folder(),
            Self::Review => Tray::Review.folder(),
            Self::Rejected => Tray::Rejected.folder(),
        })
    }
}

/// What a piece of work came to.
#[derive(Debug, Default)]
pub struct Step {
    pub handled: Vec<Handled>,
    /// To be queued, also where a part has failed.
    pub queued: Vec<Task>,
    /// Why a part of it is not done, and has to be tried again.
    pub failed: Option<Fault>,
}

impl Step {
    fn queue(queued: Vec<Task>) -> Self {
        Self { queued, ..Self::default() }
    }

    fn of(queued: Vec<Task>, failures: &Failures) -> Self {
        Self { queued, failed: failures.first().cloned(), ..Self::default() }
    }
}

impl Task {
    /// A photo whose outcome may be out of date.
    fn photo(upload: Upload, race_data: Option<&str>) -> Self {
        let etag = ETag::new(upload.etag.as_deref().unwrap_or_default());
        Self::Photo { key: upload.key, etag, race_data: race_data.map(str::to_owned), redo: false }
    }

    fn redo(key: &str, etag: &ETag, race_data: Option<&str>) -> Self {
        let (key, etag, race_data) = (key.to_owned(), etag.clone(), race_data.map(str::to_owned));
        Self::Photo { key, etag, race_data, redo: true }
    }

    /// The body of a message.
    pub fn message(&self) -> String {
        String::from_utf8_lossy(&document::json(self)).into_owned()
    }

    /// Whose task it is, as a log may say it.
    pub fn without_names(&self) -> String {
        match self {
            Self::Photo { key, .. } => keys::without_names(key),
            Self::Divide { race, sweep, .. } | Self::Look { race, sweep, .. } => {
                format!("{race} {sweep:?}")
            }
            Self::Locate { race, photo, .. } => format!("{race} {photo}"),
        }
    }
}

impl Handler {
    /// One piece of work. The error's fate is always retry.
    pub fn step<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Step, Fault>> {
        Box::pin(self.piece(task))
    }

    async fn piece(&self, task: &Task) -> Result<Step, Fault> {
        match task {
            Task::Photo { key, etag, race_data, redo } => {
                self.photo_again(key, etag, race_data.as_deref(), *redo).await
            }
            Task::Divide { race, sweep, after, race_data } => {
                self.divide(race, *sweep, after, race_data.as_deref()).await
            }
            Task::Look { race, sweep, after, until, race_data } => {
                let range = Range { race, after, until, race_data: race_data.as_deref() };
                match sweep {
                    Sweep::Corrections => self.look_at_outcomes(range, false).await,
                    Sweep::Outcomes => self.look_at_outcomes(range, true).await,
                    Sweep::Photos => self.look_at_photos(range).await,
                    Sweep::Certificates => self.look_at_certificates(range).await,
                    Sweep::Pending => self.look_at_tray(range, Tray::Pending).await,
                    Sweep::Review => self.look_at_tray(range, Tray::Review).await,
                    Sweep::Rejected => self.look_at_tray(range, Tray::Rejected).await,
                }
            }
            Task::Locate { race, photo, after } => self.locate(race, photo, after).await,
        }
    }

    /// The first piece of what an upload calls for; a photo is all of it.
    pub fn first_step<'a>(&'a self, upload: &'a Upload) -> BoxFuture<'a, Result<Step, Fault>> {
        Box::pin(self.first_piece(upload))
    }

    async fn first_piece(&self, upload: &Upload) -> Result<Step, Fault> {
        if upload.bucket != self.inputs().name() {
            tracing::warn!(bucket = upload.bucket, "an event of a bucket that is not ours");
            return Ok(Step::default());
        }
        let input = keys::classify(&upload.key);
        if let Some(input @ (Input::RaceData(_) | Input::Decision(..))) = &input
            && self.came_too_late(upload, input).await?
        {
            return Ok(Step::default());
        }
        match input {
            None => Ok(Step::default()),
            Some(Input::Photo(_)) => {
                let received = self.receive(upload, Numbers::Now).await?;
                let Received { handled, queued, failed, .. } = received;
                let queued = queued.into_iter().map(|upload| Task::photo(upload, None)).collect();
                Ok(Step { handled, queued, failed })
            }
            Some(Input::RaceData(race)) => {
                self.races().expire(&race).await;
                // Also while the race's data cannot be read.
                let erased = keys::erased(&upload.key).into_iter().collect();
                let (_, failures) = self.forget(&race, &erased).await?;
                self.solve_clocks_after(&race, &upload.key).await?;
                let step = self.divide(&race, Sweep::Corrections, "", None).await?;
                Ok(Step { failed: failures.first().cloned().or(step.failed), ..step })
            }
            Some(Input::Decision(race, photo)) => self.answered_about(&race, &photo).await,
        }
    }

    /// The first pieces of a reconciliation of races.
    pub fn reconciliation<'a>(races: impl IntoIterator<Item = &'a RaceId>) -> Vec<Task> {
        let sweeps = races.into_iter().flat_map(|race| {
            Sweep::ALL.map(|sweep| Task::Divide {
                race: race.clone(),
                sweep,
                after: String::new(),
                race_data: None,
            })
        });
        sweeps.collect()
    }
}

/// The keys that one piece of a sweep is about.
#[derive(Debug, Clone, Copy)]
struct Range<'a> {
    race: &'a RaceId,
    after: &'a str,
    until: &'a str,
    /// The version of the race's data that called for it.
    race_data: Option<&'a str>,
}

/// Does the same for each of many, side by side; what fails is noted, and the others go on.
/// Boxed: the SDK's futures are nested deeper than the compiler follows.
async fn each<'a, T, R>(
    many: impl IntoIterator<Item = T>,
    failures: &mut Failures,
    work: impl Fn(T) -> BoxFuture<'a, Result<Option<R>, Fault>>,
) -> Result<Vec<R>, Fault> {
    let many: Vec<_> = many.into_iter().map(work).collect();
    let mut working = futures::stream::iter(many).buffered(IN_FLIGHT);
    let mut done = Vec::new();
    while let Some(result) = working.next().await {
        done.extend(failures.note(result)?.flatten());
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_its_task_is_and_is_read_again() {
        let race = RaceId::new("race").unwrap();
        let (after, until) = ("race/outcomes/a".to_owned(), "race/outcomes/b".to_owned());
        let race_data = Some("v".to_owned());
        let look = Task::Look { race, sweep: Sweep::Corrections, after, until, race_data };
        let body = look.message();
        assert_eq!(document::read::<Task>(body.as_bytes()).unwrap(), look);
        let newer = body.replace("\"format\": 1", "\"format\": 2");
        assert!(document::read::<Task>(newer.as_bytes()).is_err());
    }
}
