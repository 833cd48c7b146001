//! AWS's host: one event of a Lambda, from delivery to answer, within its time.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aws_lambda_events::event::sqs::SqsBatchResponse;
use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_pipeline::events::sqs::{self, Asked};
use kanso_pipeline::events::{self, Delivery, Upload, UploadError};
use kanso_pipeline::expiry::Standing;
use kanso_pipeline::handler::{Handled, Handler, Numbers, Received};
use kanso_pipeline::keys::{RaceId, without_names};
use kanso_pipeline::reconcile::{self, Scope};
use kanso_pipeline::tasks::{Step, Task};
use serde_json::Value;

use crate::deadline::Deadline;
use crate::queue::TaskQueue;

/// Uploads of one event that are in flight at once, for each core: the second one waits
/// for the network while the first one renders.
const IN_FLIGHT_PER_CORE: usize = 2;
/// So many days before a race is deleted the log says so.
const TOLD: i64 = 14;

/// Why an event has to come again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Again {
    #[error(transparent)]
    NotUnderstood(#[from] UploadError),
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl Again {
    /// The kind of error that Lambda counts and shows.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotUnderstood(_) => "EventNotUnderstood",
            Self::Failed(_) => "TryAgain",
        }
    }
}

/// What an invocation gives back, and the photos it did.
pub struct Answer {
    pub response: Result<SqsBatchResponse, Again>,
    pub handled: Vec<Handled>,
}

/// Answers one event. Only what may succeed later, or what nobody understands, comes again;
/// everything else is recorded in S3. S3 and EventBridge ignore the response, SQS reads it.
///
/// What race data, an answer or the schedule call for goes to the queue, in pieces. Without a
/// queue all of it is done here, as far as the time goes, and the rest comes again or is found
/// by the next schedule: enough for a trial, not for a race.
///
/// Boxed: the SDK's futures are nested deeper than the compiler follows.
pub fn answer<'a>(
    handler: &'a Handler,
    queue: Option<&'a TaskQueue>,
    event: &'a Value,
    deadline: Deadline,
    now: Timestamp,
) -> BoxFuture<'a, Answer> {
    Box::pin(async move {
        let handled = Mutex::default();
        let invocation = Invocation { handler, queue, deadline, now, handled };
        let response = invocation.answer(event).await;
        let handled = invocation.handled.into_inner().unwrap_or_else(|broken| broken.into_inner());
        Answer { response, handled }
    })
}

struct Invocation<'a> {
    handler: &'a Handler,
    queue: Option<&'a TaskQueue>,
    deadline: Deadline,
    now: Timestamp,
    handled: Mutex<Vec<Handled>>,
}

impl Invocation<'_> {
    async fn answer(&self, event: &Value) -> Result<SqsBatchResponse, Again> {
        match events::read(event)? {
            Delivery::Direct(uploads) => {
                // All are tried before the first failure is told: the sender repeats them all.
                let each = uploads.iter().map(|upload| self.upload(upload)).collect();
                match side_by_side(each, Result::err).await.into_iter().next() {
                    Some(fault) => Err(fault.into()),
                    None => Ok(sqs::response(Vec::new())),
                }
            }
            Delivery::Sqs(messages) => {
                let each = messages.into_iter().map(|message| self.message(message)).collect();
                Ok(sqs::response(side_by_side(each, |failed| failed).await))
            }
            Delivery::Schedule => {
                match self.queue {
                    Some(queue) => self.queue_reconciliation(queue).await?,
                    None => self.reconcile().await?,
                }
                Ok(sqs::response(Vec::new()))
            }
        }
    }

    /// One message; its id where it has to be delivered again.
    fn message(&self, message: sqs::Message) -> BoxFuture<'_, Option<String>> {
        Box::pin(async move {
            let failed = match &message.asks {
                Err(error) => Some((String::new(), error.to_string())),
                Ok(Asked::Task(task)) => {
                    let done = self.task(task).await;
                    done.err().map(|fault| (task.without_names(), fault.to_string()))
                }
                Ok(Asked::Uploads(uploads)) => self.uploads(uploads).await,
            };
            let (key, why) = failed?;
            tracing::error!(message_id = message.id, key, "{why}");
            Some(message.id)
        })
    }

    /// The first that failed, and why.
    async fn uploads(&self, uploads: &[Upload]) -> Option<(String, String)> {
        for upload in uploads {
            if let Err(fault) = self.upload(upload).await {
                return Some((without_names(&upload.key), fault.to_string()));
            }
        }
        None
    }

    /// One piece of work, and what is left because of it to the queue.
    async fn task(&self, task: &Task) -> Result<(), Fault> {
        let Some(queue) = self.queue else {
            let why = "it is work for the queue; set KANSO_QUEUE_URL to the queue's address";
            return Err(Fault::retry(why));
        };
        self.begin(&task.without_names())?;
        let step = self.deadline.hold(self.handler.step(task)).await?;
        self.pass_on(queue, step).await
    }

    /// The queued are sent first: what failed comes again, and they are sent again then.
    async fn pass_on(&self, queue: &TaskQueue, step: Step) -> Result<(), Fault> {
        let Step { handled, queued, failed } = step;
        self.note(handled);
        self.deadline.hold(queue.send(&queued)).await?;
        failed.map_or(Ok(()), Err)
    }

    /// Queues the search of the races that are kept; then deletes those whose time is over, as
    /// far as the time goes. The next schedule goes on.
    async fn queue_reconciliation(&self, queue: &TaskQueue) -> Result<(), Fault> {
        let standings = self.standings().await?;
        let kept = standings.iter().filter(|(_, standing)| !standing.is_over());
        let queued = Handler::reconciliation(kept.map(|(race, _)| race));
        tracing::info!(queued = queued.len(), "reconciling");
        self.deadline.hold(queue.send(&queued)).await?;
        self.expire(&standings).await
    }

    async fn standings(&self) -> Result<BTreeMap<RaceId, Standing>, Fault> {
        let standings = self.deadline.hold(self.handler.standings(None, self.now)).await?;
        for (race, standing) in &standings {
            match standing {
                Standing::Unknown(why) => {
                    tracing::warn!(%race, "it is kept, since nobody knows for how long: {why}");
                }
                standing => {
                    if let Some(days) = standing.days_left(self.now).filter(|days| *days <= TOLD) {
                        tracing::info!(%race, days, "its time is nearly over");
                    }
                }
            }
        }
        Ok(standings)
    }

    /// One race that cannot be deleted holds up no other.
    async fn expire(&self, standings: &BTreeMap<RaceId, Standing>) -> Result<(), Fault> {
        let mut failed = None;
        for (race, standing) in standings.iter().filter(|(_, standing)| standing.is_over()) {
            let goes_on = || self.deadline.leaves_time();
            let expired = self.handler.expire(race, standing, self.now, goes_on);
            if let Err(fault) = self.deadline.hold(expired).await {
                tracing::error!(%race, "its time is over, and it cannot be deleted now: {fault}");
                failed = failed.or(Some(fault));
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn note(&self, handled: Vec<Handled>) {
        self.handled.lock().unwrap_or_else(|broken| broken.into_inner()).extend(handled);
    }

    /// Nothing is begun that there may be too little time for.
    fn begin(&self, what: &str) -> Result<(), Fault> {
        match self.deadline.leaves_time() {
            true => Ok(()),
            false => Err(Fault::retry(format!("{what}: too little time is left; it comes again"))),
        }
    }

    /// One upload and the photos that it calls for again. Boxed: the SDK's futures are nested
    /// deeper than the compiler follows.
    fn upload<'a>(&'a self, upload: &'a Upload) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            if let Some(queue) = self.queue {
                self.begin(&without_names(&upload.key))?;
                let step = self.deadline.hold(self.handler.first_step(upload)).await?;
                return self.pass_on(queue, step).await;
            }
            let (queued, failed) = self.receive(upload).await?;
            let each = queued
                .iter()
                .map(|upload| -> BoxFuture<'_, _> { Box::pin(self.receive(upload)) })
                .collect();
            match side_by_side(each, Result::err).await.into_iter().next().or(failed) {
                Some(fault) => Err(fault),
                None => Ok(()),
            }
        })
    }

    /// The photos that it calls for again, and why a part of it is not done.
    async fn receive(&self, upload: &Upload) -> Result<(Vec<Upload>, Option<Fault>), Fault> {
        self.begin(&without_names(&upload.key))?;
        let received = self.deadline.hold(self.handler.receive(upload, Numbers::Now)).await?;
        let Received { handled, queued, failed, .. } = received;
        self.note(handled);
        Ok((queued, failed))
    }

    /// Finds what events lost and does as much of it as there is time for; the next schedule
    /// finds the rest. An error where photos failed for another reason than time.
    async fn reconcile(&self) -> Result<(), Fault> {
        self.expire(&self.standings().await?).await?;
        let found = reconcile::reconcile(self.handler, None, Scope::Everything);
        let (report, work) = self.deadline.hold(found).await?;
        let each = work.iter().map(|upload| self.upload(upload)).collect();
        let failed = side_by_side(each, Result::err).await;
        tracing::info!(
            races = report.races,
            photos = report.photos,
            unfinished = report.unfinished,
            half_written = report.half_written,
            orphaned = report.orphaned,
            work = work.len(),
            left = failed.len(),
            passed_over = report.unreadable.len() + report.failed.len(),
            "reconciled"
        );
        let races = report.failed.into_iter();
        let races = races.map(|(race, why)| Fault::retry(format!("race {race}: {why}")));
        match failed.into_iter().chain(races).next() {
            Some(fault) if self.deadline.leaves_time() => Err(fault),
            _ => Ok(()),
        }
    }
}

/// Runs work side by side, as much as the cores can use; keeps what `failure` picks, in
/// order of the work.
async fn side_by_side<T, F>(
    work: Vec<BoxFuture<'_, T>>,
    failure: impl Fn(T) -> Option<F>,
) -> Vec<F> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let done: Vec<T> =
        futures::stream::iter(work).buffered(IN_FLIGHT_PER_CORE * cores).collect().await;
    done.into_iter().filter_map(failure).collect()
}
