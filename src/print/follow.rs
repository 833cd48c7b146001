//! A job that its printer has, followed to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Printing;
use super::config::PrinterConfig;
use super::dispatch::{elsewhere, unknown};
use super::job::{Job, State};
use super::printer::{self, PrinterReport, Progress};
use super::queue::QueueError;
use super::status::Condition;

/// How many times longer a queue is given that is on its way to its printer.
const CONNECTING: u32 = 3;
/// How many times longer a printer may be away before staff is asked about its job.
const AWAY: u32 = 10;

/// The part of a printer's patience for which a mere warning is taken for no more than that.
const WARNED: u32 = 4;

/// What is known of the job that the printer has.
pub struct Following {
    job: u64,
    pub since: Instant,
    /// When the printer last answered.
    heard: Instant,
    /// Asked to be dropped, so that another printer can have it, or as staff want it.
    cancelled: bool,
}

/// How long nothing may move on a printer in that condition.
pub fn patience(printing: &Printing, condition: Condition) -> Duration {
    match condition {
        Condition::Connecting => printing.config.stalled_after * CONNECTING,
        _ => printing.config.stalled_after,
    }
}

/// A printer at work that only warns prints, as long as the job is not there for long.
pub fn still_prints(printing: &Printing, seen: &PrinterReport, job: Option<&Following>) -> bool {
    let soon = printing.config.stalled_after / WARNED;
    !seen.stuck && job.is_none_or(|job| job.since.elapsed() < soon)
}

/// Looks what became of the job; `seen` is `None` where the printer does not answer.
pub async fn follow(
    printing: &Arc<Printing>,
    printer: &PrinterConfig,
    seen: Option<&PrinterReport>,
    job: &Job,
    number: i32,
    following: &mut Option<Following>,
) -> Result<(), QueueError> {
    let now = Instant::now();
    let mut known = following.take().filter(|known| known.job == job.id).unwrap_or(Following {
        job: job.id,
        since: now,
        heard: now,
        cancelled: false,
    });
    let progress = match seen {
        Some(_) => printer::progress(printer, number).await.ok(),
        None => None,
    };
    match progress {
        None if known.heard.elapsed() >= printing.config.stalled_after * AWAY => {
            let silent = known.heard.elapsed().as_secs().div_ceil(60);
            let why = format!("the printer has not answered for {silent} min");
            return unknown(printing, printer, job, why);
        }
        None => {}
        Some(Progress::Open) => {
            known.heard = now;
            let is_stuck = seen.is_some_and(|seen| is_stuck(printing, seen, &known));
            if job.recall.is_some() || (is_stuck && another_is_ready(printing, printer, job)) {
                take_back(printer, number, &mut known).await;
            }
        }
        Some(ended) => return settle(printing, printer, job, ended),
    }
    *following = Some(known);
    Ok(())
}

/// What the printer says of a job that it has no longer to print.
fn settle(
    printing: &Printing,
    printer: &PrinterConfig,
    job: &Job,
    ended: Progress,
) -> Result<(), QueueError> {
    match ended {
        Progress::Open => Ok(()),
        Progress::Done { pages } => {
            let state = State::Printed { printer: printer.name.clone() };
            printing.queue.set(job.id, state, Some(pages)).map(drop)
        }
        Progress::Ended { pages: Some(0), why } => {
            elsewhere(printing, printer, job, &format!("{}: {why}", printer.name))
        }
        Progress::Ended { pages, why } => {
            let printed = match pages {
                Some(_) => "after something was printed",
                None => "and the printer does not say whether something was printed",
            };
            unknown(printing, printer, job, format!("{why}, {printed}"))
        }
        Progress::Forgotten => {
            unknown(printing, printer, job, "the printer no longer knows the job".into())
        }
    }
}

fn is_stuck(printing: &Printing, seen: &PrinterReport, known: &Following) -> bool {
    seen.stuck || known.since.elapsed() >= patience(printing, seen.condition)
}

/// Asks a printer to drop the job.
async fn take_back(printer: &PrinterConfig, number: i32, known: &mut Following) {
    if known.cancelled {
        return;
    }
    // Only the printer's own word that it ended moves the job on.
    if let Err(error) = printer::cancel(printer, number).await {
        tracing::warn!(printer = printer.name, "cannot take job back: {error}");
    }
    known.cancelled = true;
}

fn another_is_ready(printing: &Printing, printer: &PrinterConfig, job: &Job) -> bool {
    printing.printers().iter().any(|other| {
        other.name != printer.name
            && other.condition.takes_jobs()
            && job.may_go_to(&other.name)
            && !job.failed_on.contains(&other.name)
            && !job.unfit_for.contains(&other.name)
    })
}
