//! Jobs that did not print this time, and how often they are tried again.

use jiff::{SignedDuration, Timestamp};

use super::super::job::{Delay, Job, State};
use super::{Queue, QueueError};

/// How often one printer may give a job back.
pub const TRIES: usize = 3;
/// How often a certificate is tried that cannot be made for want of something: half a
/// minute, with pauses that double from the first on.
const MAKING_TRIES: u32 = 6;
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(1);

impl Queue {
    /// A printer gave a job back unprinted: it waits for another printer, or for this one
    /// to be mended. After [`TRIES`] on one printer staff is called.
    pub fn give_back(&self, id: u64, printer: &str, why: &str) -> Result<(), QueueError> {
        self.change(id, |job| {
            job.failed_on.push(printer.to_owned());
            job.state = match job.failures_on(printer) < TRIES {
                true => State::Waiting,
                false => State::Failed { why: why.to_owned() },
            };
        })
    }

    /// The store or the race data did not give what the certificate needs: the job waits
    /// longer each time, while others print, and in the end staff is called.
    pub fn delay(&self, id: u64, why: &str, now: Timestamp) -> Result<(), QueueError> {
        self.change(id, |job| {
            let tries = job.delay.as_ref().map_or(0, |delay| delay.tries) + 1;
            let pause = FIRST_PAUSE * (1 << (tries - 1).min(MAKING_TRIES));
            job.delay = Some(Delay { tries, until: now + pause, why: why.to_owned() });
            job.state = match tries < MAKING_TRIES {
                true => State::Waiting,
                false => State::Failed { why: format!("{why}; tried {tries} times") },
            };
        })
    }

    /// The certificate cannot be made for these printers. It waits for one of the others,
    /// which may have another template or other paper; without any, staff is called.
    pub fn unfit(
        &self,
        id: u64,
        printers: &[String],
        all: &[String],
        why: &str,
    ) -> Result<(), QueueError> {
        self.change(id, |job| {
            job.unfit_for.extend_from_slice(printers);
            let left = all.iter().any(|name| !job.unfit_for.contains(name));
            job.state = match left {
                true => State::Waiting,
                false => State::Failed { why: why.to_owned() },
            };
        })
    }

    /// Jobs that failed or whose fate is unknown, in order of asking.
    pub fn left_to_staff(&self) -> Vec<u64> {
        let stuck = |job: &&Job| matches!(job.state, State::Failed { .. } | State::Unknown { .. });
        self.lock().by_id.values().filter(stuck).map(|job| job.id).collect()
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Job)) -> Result<(), QueueError> {
        let mut jobs = self.lock();
        let mut job = jobs.by_id.get(&id).cloned().ok_or(QueueError::NoSuchJob(id))?;
        change(&mut job);
        self.write(&job, None)?;
        jobs.by_id.insert(id, job);
        Ok(())
    }
}
