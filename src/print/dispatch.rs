//! One task for each printer: it looks how the printer is, takes a job, and follows it to
//! its end.

use std::sync::Arc;
use std::time::Duration;

use kanso_certificate::Fate;
use tokio::time::Instant;

use super::Printing;
use super::config::PrinterConfig;
use super::job::{Job, State};
use super::printer::{self, Format, PrinterError, PrinterReport, Progress};
use super::queue::QueueError;
use super::status::{Condition, PrinterView};

/// How often a printer is asked while nothing happens, and while it prints.
const IDLE: Duration = Duration::from_secs(2);
const BUSY: Duration = Duration::from_millis(500);

/// What is known of the job that the printer has.
struct Following {
    job: u64,
    since: Instant,
    /// Asked to be dropped, so that another printer can have it.
    cancelled: bool,
}

/// Works for one printer until the runtime ends.
pub async fn run(printing: Arc<Printing>, printer: PrinterConfig) {
    let mut following = None;
    loop {
        let pause = match step(&printing, &printer, &mut following).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(printer = printer.name, "{error}");
                IDLE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = printing.wake.notified() => {}
        }
    }
}

async fn step(
    printing: &Arc<Printing>,
    printer: &PrinterConfig,
    following: &mut Option<Following>,
) -> Result<Duration, QueueError> {
    let seen = printer::look(printer).await;
    let has = printing.queue.sent_to(&printer.name);
    let stalled = following.as_ref().filter(|f| f.since.elapsed() >= printing.config.stalled_after);
    printing.note(view(printing, printer, &seen, has.as_ref(), stalled.is_some()));
    let Ok(seen) = seen else { return Ok(IDLE) };
    if let Some((job, number)) = has {
        follow(printing, printer, &seen, &job, number, following).await?;
        return Ok(BUSY);
    }
    *following = None;
    let (Some(format), true) = (seen.format, seen.condition.takes_jobs()) else { return Ok(IDLE) };
    let alone = !printing
        .printers()
        .iter()
        .any(|other| other.name != printer.name && other.condition.takes_jobs());
    match printing.queue.claim(&printer.name, alone)? {
        Some(job) => {
            print(printing, printer, format, &job).await?;
            Ok(BUSY)
        }
        None => Ok(IDLE),
    }
}

fn view(
    printing: &Printing,
    printer: &PrinterConfig,
    seen: &Result<PrinterReport, PrinterError>,
    has: Option<&(Job, i32)>,
    stalled: bool,
) -> PrinterView {
    let (condition, reasons) = match seen {
        Ok(seen) if stalled && seen.condition.takes_jobs() => {
            (Condition::NoProgress, seen.reasons.clone())
        }
        Ok(seen) => (seen.condition, seen.reasons.clone()),
        Err(_) => (Condition::Offline, Vec::new()),
    };
    PrinterView {
        name: printer.name.clone(),
        paper: printer.media.name,
        condition,
        reasons,
        pages: printing.queue.pages(&printer.name),
        job: has.map(|(job, _)| job.id),
    }
}

/// Makes the document and gives it to the printer.
async fn print(
    printing: &Printing,
    printer: &PrinterConfig,
    format: Format,
    job: &Job,
) -> Result<(), QueueError> {
    let document = match printing.documents.document(&job.order, printer, format).await {
        Ok(document) => document,
        Err(fault) => {
            tracing::warn!(job = job.id, printer = printer.name, "{fault}");
            return match fault.fate {
                // The store or the race data: the same job may print in a moment.
                Fate::Retry => {
                    printing.queue.set(job.id, State::Waiting, None)?;
                    tokio::time::sleep(IDLE).await;
                    Ok(())
                }
                Fate::Reject | Fate::Review => elsewhere(printing, printer, job, &fault.message),
            };
        }
    };
    let title = format!("kanso-{}", job.id);
    match printer::send(printer, &title, format, document).await {
        Ok(number) => {
            let state = State::Sent { printer: printer.name.clone(), number };
            printing.queue.set(job.id, state, None).map(drop)
        }
        // Nothing reached it.
        Err(PrinterError::Unreachable { .. }) => {
            printing.queue.set(job.id, State::Waiting, None).map(drop)
        }
        Err(error @ PrinterError::Refused { .. }) => {
            elsewhere(printing, printer, job, &error.to_string())
        }
        Err(error @ PrinterError::Cut { .. }) => unknown(printing, printer, job, error.to_string()),
    }
}

async fn follow(
    printing: &Arc<Printing>,
    printer: &PrinterConfig,
    seen: &PrinterReport,
    job: &Job,
    number: i32,
    following: &mut Option<Following>,
) -> Result<(), QueueError> {
    let fresh = Following { job: job.id, since: Instant::now(), cancelled: false };
    if following.as_ref().is_none_or(|f| f.job != job.id) {
        *following = Some(fresh);
    }
    let Ok(progress) = printer::progress(printer, number).await else { return Ok(()) };
    match progress {
        Progress::Done { pages } => {
            *following = None;
            let state = State::Printed { printer: printer.name.clone() };
            printing.queue.set(job.id, state, Some(pages)).map(drop)
        }
        Progress::Ended { pages: Some(0), why } => {
            *following = None;
            elsewhere(printing, printer, job, &format!("{}: {why}", printer.name))
        }
        Progress::Ended { pages, why } => {
            *following = None;
            let printed = match pages {
                Some(_) => "after something was printed",
                None => "and the printer does not say whether something was printed",
            };
            unknown(printing, printer, job, format!("{why}, {printed}"))
        }
        Progress::Forgotten => {
            *following = None;
            unknown(printing, printer, job, "the printer no longer knows the job".into())
        }
        Progress::Open => {
            let Some(follow) = following.as_mut() else { return Ok(()) };
            let stuck = !seen.condition.takes_jobs()
                || follow.since.elapsed() >= printing.config.stalled_after;
            if stuck && !follow.cancelled && another_is_ready(printing, printer, job) {
                // Only the printer's own word that it ended moves the job on.
                if let Err(error) = printer::cancel(printer, number).await {
                    tracing::warn!(printer = printer.name, "cannot take job back: {error}");
                }
                follow.cancelled = true;
            }
            Ok(())
        }
    }
}

fn another_is_ready(printing: &Printing, printer: &PrinterConfig, job: &Job) -> bool {
    printing.printers().iter().any(|other| {
        other.name != printer.name
            && other.condition.takes_jobs()
            && !job.failed_on.contains(&other.name)
    })
}

/// The job printed nothing here.
fn elsewhere(
    printing: &Printing,
    printer: &PrinterConfig,
    job: &Job,
    why: &str,
) -> Result<(), QueueError> {
    tracing::warn!(job = job.id, printer = printer.name, "given back: {why}");
    printing.queue.give_back(job.id, &printer.name, why)?;
    printing.wake();
    Ok(())
}

fn unknown(
    printing: &Printing,
    printer: &PrinterConfig,
    job: &Job,
    why: String,
) -> Result<(), QueueError> {
    tracing::warn!(
        job = job.id,
        printer = printer.name,
        "whether it was printed is unknown: {why}"
    );
    let state = State::Unknown { printer: printer.name.clone(), why };
    printing.queue.set(job.id, state, None).map(drop)
}
