//! The one writer: gathers waiting changes and commits them together.

use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use redb::Database;
use tokio::sync::{mpsc, oneshot};

use super::body::INDEX_RESERVE_BYTES;
use super::change::{Change, Effects};
use super::{Shared, StoreError};

/// Changes that one commit may carry.
const BATCH: usize = 128;

/// Tells a waiting client what became of the commit; `None` means durable.
type Answer = Box<dyn FnOnce(Option<Failure>) + Send>;

/// Applies a change inside the transaction, or refuses it where there is no room for one.
/// The flag says whether the transaction is still good.
type Apply = Box<dyn FnOnce(Option<&mut Change<'_>>) -> (bool, Answer) + Send>;

struct Job {
    /// Whether it needs room on the disk.
    grows: bool,
    apply: Apply,
}

#[derive(Debug, Clone, Copy)]
enum Failure {
    DiskFull,
    Broken,
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::DiskFull => Self::DiskFull,
            Failure::Broken => Self::Io(std::io::Error::other("the commit failed")),
        }
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::DiskFull => Self::DiskFull,
            _ => Self::Broken,
        }
    }
}

/// Hands changes to the writer's thread. Dropping it finishes what was handed over.
pub(super) struct Committer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(2 * BATCH);
        let thread = std::thread::Builder::new()
            .name("kanso-commit".into())
            .spawn(move || run(&shared, queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Once handed over, the change happens even where the client goes away.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        grows: bool,
        f: impl FnOnce(&mut Change<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let apply: Apply = Box::new(move |change| {
            let refused = change.is_none();
            let result = change.map_or(Err(StoreError::DiskFull), f);
            let good = refused || !result.as_ref().is_err_and(StoreError::breaks_transaction);
            let answer: Answer = Box::new(move |failure| {
                let result = match (result, failure) {
                    (Ok(_), Some(failure)) => Err(failure.into()),
                    (result, _) => result,
                };
                // A client that went away needs no answer.
                let _ = sender.send(result);
            });
            (good, answer)
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(Job { grows, apply }).await.map_err(|_| StoreError::Closed)?;
        receiver.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the store ended in a panic");
        }
    }
}

fn run(shared: &Shared, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(job) = queue.try_recv()
        {
            batch.push(job);
        }
        commit_batch(shared, batch);
    }
}

fn commit_batch(shared: &Shared, batch: Vec<Job>) {
    let mut answers = Vec::with_capacity(batch.len());
    let mut adopted = Effects::default().adopted;
    if let Err(error) = shared.reopen_if_closed() {
        tracing::error!(%error, "the index is still closed");
    }
    let result = {
        let guard = shared.database.read().unwrap_or_else(PoisonError::into_inner);
        match guard.as_ref() {
            Some(database) => apply_batch(shared, database, batch, &mut answers, &mut adopted),
            None => {
                // Their channels close with the jobs: the clients read that the store is closed.
                drop(batch);
                return;
            }
        }
    };
    let failure = match result {
        Ok(effects) => {
            adopted.into_iter().for_each(super::NewBody::keep);
            shared.bodies.discard(&effects.dropped);
            effects.events.into_iter().for_each(|event| shared.events.send(event));
            None
        }
        Err(error) => {
            tracing::error!(%error, "a commit failed; opening the index again");
            recover(shared, adopted);
            Some(Failure::from(&error))
        }
    };
    for answer in answers {
        answer(failure);
    }
}

/// Opens the index again. The commit may have reached the disk although it failed: a new
/// body goes only where the index surely does not name it.
fn recover(shared: &Shared, adopted: Vec<super::NewBody>) {
    let referenced = shared.reopen().and_then(|()| shared.read(super::Snapshot::referenced));
    match referenced {
        Ok(ids) => adopted
            .into_iter()
            .filter(|new| ids.contains(&new.body().id))
            .for_each(super::NewBody::keep),
        Err(error) => {
            tracing::error!(%error, "the index could not be opened again");
            adopted.into_iter().for_each(super::NewBody::keep);
        }
    }
}

fn apply_batch(
    shared: &Shared,
    database: &Database,
    batch: Vec<Job>,
    answers: &mut Vec<Answer>,
    adopted: &mut Vec<super::NewBody>,
) -> Result<Effects, StoreError> {
    let room = shared.bodies.free_bytes()? >= INDEX_RESERVE_BYTES / 2;
    let txn = database.begin_write()?;
    let mut change = Change::new(&txn);
    let mut broken = false;
    for job in batch {
        // Refused before anything is written: the index never meets the full disk.
        let target = (room || !job.grows).then_some(&mut change);
        let (good, answer) = (job.apply)(target);
        answers.push(answer);
        broken |= !good;
    }
    let mut effects = std::mem::take(&mut change.effects);
    *adopted = std::mem::take(&mut effects.adopted);
    if broken {
        txn.abort()?;
        return Err(StoreError::Io(std::io::Error::other("a change could not be applied")));
    }
    shared.bodies.sync_folders(adopted.iter().map(|b| b.body().id))?;
    txn.commit()?;
    Ok(effects)
}
