//! What staff decide about a job, and who did.

use jiff::Timestamp;

use super::super::job::{Decided, Decision, Job, Recall, State};
use super::{Queue, QueueError};

impl Queue {
    /// Does what a person decided about a job. `by` is how the job says who did.
    ///
    /// A job that a printer has is asked back from it first: it is cancelled or moved as soon
    /// as the printer says that it printed nothing of it.
    pub fn decide(
        &self,
        id: u64,
        decision: Decision,
        by: &str,
        now: Timestamp,
    ) -> Result<Job, QueueError> {
        let mut jobs = self.lock();
        let mut job = jobs.by_id.get(&id).cloned().ok_or(QueueError::NoSuchJob(id))?;
        if !job.follow(&decision) {
            return Err(QueueError::WrongState { id, is: format!("{:?}", job.state) });
        }
        job.decided.push(Decided { by: by.to_owned(), at: now, decision });
        self.write(&job, None)?;
        jobs.by_id.insert(id, job.clone());
        Ok(job)
    }
}

impl Job {
    /// `false` where it is not in a state for it.
    fn follow(&mut self, decision: &Decision) -> bool {
        let state = match (&self.state, decision) {
            (State::Unknown { printer, .. }, Decision::CameOut) => {
                State::Printed { printer: printer.clone() }
            }
            (State::Unknown { .. } | State::Failed { .. }, Decision::PrintAgain) => State::Waiting,
            (State::Sending { .. } | State::Sent { .. }, Decision::Cancel) => {
                self.recall = Some(Recall::Cancel);
                return true;
            }
            (State::Sending { .. } | State::Sent { .. }, Decision::Move { printer }) => {
                self.recall = Some(Recall::Move { printer: printer.clone() });
                return true;
            }
            (State::Waiting | State::Preparing { .. } | State::Failed { .. }, decision) => {
                match decision {
                    Decision::Cancel => State::Cancelled,
                    Decision::Move { printer } => {
                        self.only_on = Some(printer.clone());
                        State::Waiting
                    }
                    Decision::CameOut | Decision::PrintAgain => return false,
                }
            }
            _ => return false,
        };
        self.failed_on.clear();
        self.unfit_for.clear();
        self.delay = None;
        self.state = state;
        true
    }

    /// The job in another state. No printer has one that waits or has failed, so that what
    /// staff asked of it can be done.
    pub(super) fn come_to(&mut self, state: State) {
        self.state = state;
        match (&self.state, self.recall.take()) {
            (State::Sending { .. } | State::Sent { .. }, recall) => self.recall = recall,
            (State::Waiting | State::Failed { .. }, Some(Recall::Cancel)) => {
                self.state = State::Cancelled;
            }
            (State::Waiting | State::Failed { .. }, Some(Recall::Move { printer })) => {
                self.failed_on.clear();
                self.unfit_for.clear();
                self.only_on = Some(printer);
                self.state = State::Waiting;
            }
            // It came out, or a person looks.
            _ => {}
        }
    }
}
