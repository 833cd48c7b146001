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
            let again = job.failures_on(printer) < TRIES;
            job.come_to(match again {
                true => State::Waiting,
                false => State::Failed { why: why.to_owned() },
            });
        })
    }

    /// The store or the race data did not give what the certificate needs: the job waits
    /// longer each time, while others print, and in the end staff is called.
    pub fn delay(&self, id: u64, why: &str, now: Timestamp) -> Result<(), QueueError> {
        self.change(id, |job| {
            let tries = job.delay.as_ref().map_or(0, |delay| delay.tries) + 1;
            let pause = FIRST_PAUSE * (1 << (tries - 1).min(MAKING_TRIES));
            job.delay = Some(Delay { tries, until: now + pause, why: why.to_owned() });
            job.come_to(match tries < MAKING_TRIES {
                true => State::Waiting,
                false => State::Failed { why: format!("{why}; tried {tries} times") },
            });
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
            let mut left = all.iter().filter(|name| !job.unfit_for.contains(name));
            let may_wait = left.any(|name| job.may_go_to(name));
            job.come_to(match may_wait {
                true => State::Waiting,
                false => State::Failed { why: why.to_owned() },
            });
        })
    }

    /// Jobs that failed or whose fate is unknown, in order of asking.
    pub fn left_to_staff(&self) -> Vec<u64> {
        let stuck = |job: &&Job| matches!(job.state, State::Failed { .. } | State::Unknown { .. });
        self.lock().by_id.values().filter(stuck).map(|job| job.id).collect()
    }

    /// What staff have cancelled meanwhile stays so.
    pub(super) fn change(&self, id: u64, change: impl FnOnce(&mut Job)) -> Result<(), QueueError> {
        let mut jobs = self.lock();
        let mut job = jobs.by_id.get(&id).cloned().ok_or(QueueError::NoSuchJob(id))?;
        if job.state == State::Cancelled {
            return Ok(());
        }
        change(&mut job);
        self.write(&job, None)?;
        jobs.by_id.insert(id, job);
        Ok(())
    }
}
