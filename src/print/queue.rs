//! The queue on disk. Every change is there before anybody acts on it.

mod holds;
mod retries;
mod staff;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kanso_certificate::document;
use kanso_race::Bib;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::job::{Identity, Job, Order, State};
use holds::Hold;
pub use retries::TRIES;

/// Job number → job as JSON.
const JOBS: TableDefinition<'_, u64, &'static [u8]> = TableDefinition::new("jobs");
/// Printer's name → pages printed.
const PAGES: TableDefinition<'_, &'static str, u64> = TableDefinition::new("pages");
/// Name → number: the one that the next job gets, where the last one was forgotten.
const NUMBERS: TableDefinition<'_, &'static str, u64> = TableDefinition::new("numbers");
const NEXT_JOB: &str = "next job";

/// Why the queue refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("the print queue cannot be kept: {0}; check the disk")]
    Disk(String),
    #[error(
        "job {id} of the print queue cannot be read: it {why}; or move print/queue.redb out of the data folder to begin an empty queue"
    )]
    Unreadable {
        id: u64,
        #[source]
        why: document::Unreadable,
    },
    /// So many prints of the bib are there already; staff may allow more.
    #[error("this bib was printed {0} times already; a member of staff can allow another copy")]
    Limit(usize),
    #[error("job {0} is not in the print queue")]
    NoSuchJob(u64),
    #[error("job {id} is {is}, so this cannot be done with it")]
    WrongState { id: u64, is: String },
}

macro_rules! disk {
    ($($error:ty),*) => {
        $(impl From<$error> for QueueError {
            fn from(error: $error) -> Self {
                Self::Disk(error.to_string())
            }
        })*
    };
}
disk!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    std::io::Error
);

/// All jobs of the day, in memory and on disk.
pub struct Queue {
    database: Database,
    jobs: Mutex<Jobs>,
}

#[derive(Default)]
struct Jobs {
    by_id: BTreeMap<u64, Job>,
    by_identity: HashMap<Identity, u64>,
    pages: BTreeMap<String, u64>,
    holds: BTreeMap<String, Hold>,
    /// The number of the next job. No two jobs of a day share one: runners are told it.
    next: u64,
}

impl Queue {
    /// Opens or creates the queue. A job that was being sent when the last process ended may
    /// or may not be on paper: it becomes [`State::Unknown`]. One whose document was being made
    /// waits again.
    pub fn open(folder: &Path) -> Result<Self, QueueError> {
        std::fs::create_dir_all(folder)?;
        let database = Database::create(folder.join("queue.redb"))?;
        let txn = database.begin_write()?;
        txn.open_table(JOBS)?;
        txn.open_table(PAGES)?;
        holds::create(&txn)?;
        txn.open_table(NUMBERS)?;
        txn.commit()?;
        let mut jobs = Jobs::default();
        let read = database.begin_read()?;
        for row in read.open_table(JOBS)?.iter()? {
            let (id, body) = row?;
            let unreadable = |why| QueueError::Unreadable { id: id.value(), why };
            let job: Job = document::read(body.value()).map_err(unreadable)?;
            jobs.by_identity.insert(Identity::new(&job.key, &job.order), id.value());
            jobs.by_id.insert(id.value(), job);
        }
        for row in read.open_table(PAGES)?.iter()? {
            let (printer, pages) = row?;
            jobs.pages.insert(printer.value().to_owned(), pages.value());
        }
        jobs.holds = holds::read(&read)?;
        let stored = read.open_table(NUMBERS)?.get(NEXT_JOB)?.map_or(1, |next| next.value());
        let last = jobs.by_id.last_key_value().map_or(0, |(id, _)| *id);
        jobs.next = stored.max(last + 1);
        drop(read);
        let queue = Self { database, jobs: Mutex::new(jobs) };
        queue.recover()?;
        Ok(queue)
    }

    fn recover(&self) -> Result<(), QueueError> {
        for job in self.all() {
            match &job.state {
                State::Preparing { .. } => drop(self.set(job.id, State::Waiting, None)?),
                State::Sending { printer } => {
                    self.is_unknown(job.id, printer, "kanso stopped while it was sent")?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn is_unknown(&self, id: u64, printer: &str, why: &str) -> Result<Job, QueueError> {
        self.set(id, State::Unknown { printer: printer.to_owned(), why: why.to_owned() }, None)
    }

    /// Leaves to staff what a printer has that is not among these: nobody will ask it any
    /// more what became of the job. What staff chose such a printer for may go to any.
    pub fn leave_to_staff(&self, printers: &[&str]) -> Result<(), QueueError> {
        for job in self.all() {
            if job.only_on.as_deref().is_some_and(|only| !printers.contains(&only)) {
                self.change(job.id, |job| job.only_on = None)?;
            }
            let State::Sent { printer, .. } = &job.state else { continue };
            if !printers.contains(&printer.as_str()) {
                self.is_unknown(job.id, printer, "printers.toml no longer names the printer")?;
            }
        }
        Ok(())
    }

    /// Puts an order in the queue. The same key by the same device (or batch) for the same
    /// bib of the same race gives the same job, however often it is asked; beyond `limit`
    /// copies of a bib it is refused, unless staff said yes.
    pub fn submit(
        &self,
        key: &str,
        order: Order,
        limit: Option<usize>,
        now: Timestamp,
    ) -> Result<Job, QueueError> {
        let mut jobs = self.lock();
        let identity = Identity::new(key, &order);
        if let Some(job) = jobs.by_identity.get(&identity).and_then(|id| jobs.by_id.get(id)) {
            return Ok(job.clone());
        }
        let copies = jobs.copies(&order);
        if limit.is_some_and(|limit| copies >= limit) {
            return Err(QueueError::Limit(copies));
        }
        let id = jobs.next;
        let job = Job {
            id,
            key: key.to_owned(),
            order,
            asked_at: now,
            state: State::Waiting,
            failed_on: Vec::new(),
            unfit_for: Vec::new(),
            delay: None,
            only_on: None,
            recall: None,
            decided: Vec::new(),
        };
        self.write(&job, None)?;
        jobs.next += 1;
        jobs.by_identity.insert(identity, id);
        jobs.by_id.insert(id, job.clone());
        Ok(job)
    }

    /// Drops the jobs of runners who asked to be erased. One that a printer has at this moment
    /// stays until it is done.
    pub fn forget(&self, race: &str, bibs: &BTreeSet<Bib>) -> Result<(), QueueError> {
        let mut jobs = self.lock();
        let theirs = |job: &&Job| job.order.race == race && bibs.contains(&job.order.bib);
        let at_printer =
            |job: &Job| matches!(job.state, State::Sending { .. } | State::Sent { .. });
        let gone = jobs.by_id.values().filter(theirs).filter(|job| !at_printer(job));
        let gone: Vec<u64> = gone.map(|job| job.id).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let txn = self.database.begin_write()?;
        txn.open_table(NUMBERS)?.insert(NEXT_JOB, jobs.next)?;
        for id in &gone {
            txn.open_table(JOBS)?.remove(id)?;
        }
        txn.commit()?;
        jobs.by_identity.retain(|_, id| !gone.contains(id));
        jobs.by_id.retain(|id, _| !gone.contains(id));
        Ok(())
    }

    /// Takes the first waiting job that is due and that this printer has not given back, and
    /// writes down that it is made ready for it. `alone` says that no other printer is ready:
    /// then one that it gave back is tried again, up to [`TRIES`] times.
    pub fn claim(
        &self,
        printer: &str,
        alone: bool,
        now: Timestamp,
    ) -> Result<Option<Job>, QueueError> {
        let mut jobs = self.lock();
        let waits = |job: &&mut Job| {
            let most = if alone || job.only_on.is_some() { TRIES } else { 1 };
            job.state == State::Waiting
                && job.is_due(now)
                && job.may_go_to(printer)
                && job.failures_on(printer) < most
                && !job.unfit_for.iter().any(|unfit| unfit == printer)
        };
        let Some(job) = jobs.by_id.values_mut().find(waits) else { return Ok(None) };
        let mut claimed = job.clone();
        claimed.state = State::Preparing { printer: printer.to_owned() };
        self.write(&claimed, None)?;
        *job = claimed.clone();
        Ok(Some(claimed))
    }

    /// Writes down that a claimed job is sent from now on. `false` where it is not to be sent
    /// any more: its runner asked to be erased meanwhile.
    pub fn sending(&self, id: u64, printer: &str) -> Result<bool, QueueError> {
        let mut jobs = self.lock();
        let Some(job) = jobs.by_id.get_mut(&id) else { return Ok(false) };
        if job.state != (State::Preparing { printer: printer.to_owned() }) {
            return Ok(false);
        }
        let mut sending = job.clone();
        sending.state = State::Sending { printer: printer.to_owned() };
        self.write(&sending, None)?;
        *job = sending;
        Ok(true)
    }

    /// What became of a job; pages are added to the counter of its printer.
    pub fn set(&self, id: u64, state: State, pages: Option<u64>) -> Result<Job, QueueError> {
        let mut jobs = self.lock();
        let mut job = jobs.by_id.get(&id).cloned().ok_or(QueueError::NoSuchJob(id))?;
        job.come_to(state);
        let counted = match (pages, job.state.printer()) {
            (Some(pages), Some(printer)) => {
                Some((printer.to_owned(), jobs.pages.get(printer).copied().unwrap_or(0) + pages))
            }
            _ => None,
        };
        self.write(&job, counted.as_ref())?;
        jobs.pages.extend(counted);
        jobs.by_id.insert(id, job.clone());
        Ok(job)
    }

    pub fn get(&self, id: u64) -> Option<Job> {
        self.lock().by_id.get(&id).cloned()
    }

    /// In order of asking.
    pub fn all(&self) -> Vec<Job> {
        self.lock().by_id.values().cloned().collect()
    }

    /// The jobs of a runner, in order of asking.
    pub fn of_runner(&self, race: &str, bib: &Bib) -> Vec<Job> {
        let jobs = self.lock();
        let theirs = |job: &&Job| job.order.race == race && job.order.bib == *bib;
        jobs.by_id.values().filter(theirs).cloned().collect()
    }

    /// Jobs that are neither done nor given up, before this one.
    pub fn ahead_of(&self, id: u64) -> usize {
        self.lock().by_id.range(..id).filter(|(_, job)| job.state.is_open()).count()
    }

    /// Jobs that are neither done nor given up.
    pub fn open_jobs(&self) -> usize {
        self.lock().by_id.values().filter(|job| job.state.is_open()).count()
    }

    /// The job that a printer has.
    pub fn sent_to(&self, printer: &str) -> Option<(Job, i32)> {
        let jobs = self.lock();
        jobs.by_id.values().find_map(|job| match &job.state {
            State::Sent { printer: at, number } if at == printer => Some((job.clone(), *number)),
            _ => None,
        })
    }

    /// Copies of an order's bib, printed or on the way.
    pub fn copies(&self, order: &Order) -> usize {
        self.lock().copies(order)
    }

    /// Pages that a printer has printed for us.
    pub fn pages(&self, printer: &str) -> u64 {
        self.lock().pages.get(printer).copied().unwrap_or(0)
    }

    fn write(&self, job: &Job, pages: Option<&(String, u64)>) -> Result<(), QueueError> {
        let body = document::json(job);
        let txn = self.database.begin_write()?;
        txn.open_table(JOBS)?.insert(job.id, body.as_ref())?;
        if let Some((printer, pages)) = pages {
            txn.open_table(PAGES)?.insert(printer.as_str(), pages)?;
        }
        txn.commit()?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    fn copies(&self, order: &Order) -> usize {
        let same = |job: &&Job| job.order.race == order.race && job.order.bib == order.bib;
        self.by_id.values().filter(same).filter(|job| job.state.counts_as_copy()).count()
    }
}

#[cfg(test)]
mod tests;
