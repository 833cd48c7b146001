//! One task for each printer: it looks how the printer is, takes a job, and follows it to
//! its end.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kanso_certificate::{Fate, Fault};
use tokio::time::Instant;

use super::Printing;
use super::config::PrinterConfig;
use super::follow::{Following, follow, patience, still_prints};
use super::job::{Job, State};
use super::printer::{self, Format, PrinterError, PrinterReport, Taken};
use super::queue::QueueError;
use super::status::{Condition, PrinterView};

/// How often a printer is asked while nothing happens, and while it prints.
const IDLE: Duration = Duration::from_secs(2);
const BUSY: Duration = Duration::from_millis(500);
/// How long a busy printer is left alone: twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What is known of a printer from one look to the next.
#[derive(Default)]
struct Known {
    following: Option<Following>,
    busy: Option<Busy>,
}

/// A printer that asked to be given its job later.
struct Busy {
    since: Instant,
    until: Instant,
    pause: Duration,
}

impl Busy {
    /// Longer than the last time, where there was one.
    fn again(last: Option<&Self>) -> Self {
        let now = Instant::now();
        let pause = last.map_or(FIRST_PAUSE, |last| (last.pause * 2).min(LONGEST_PAUSE));
        Self { since: last.map_or(now, |last| last.since), until: now + pause, pause }
    }
}

/// Works for one printer until the runtime ends.
pub async fn run(printing: Arc<Printing>, printer: PrinterConfig) {
    let mut known = Known::default();
    loop {
        let pause = match step(&printing, &printer, &mut known).await {
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
    known: &mut Known,
) -> Result<Duration, QueueError> {
    let seen = printer::look(printer).await;
    let has = printing.queue.sent_to(&printer.name);
    printing.note(view(printing, printer, &seen, has.as_ref(), known));
    if let Some((job, number)) = has {
        known.busy = None;
        follow(printing, printer, seen.as_ref().ok(), &job, number, &mut known.following).await?;
        return Ok(if seen.is_ok() { BUSY } else { IDLE });
    }
    known.following = None;
    let until = known.busy.as_ref().map(|busy| busy.until.duration_since(Instant::now()));
    if let Some(left) = until.filter(|left| !left.is_zero()) {
        return Ok(left.min(IDLE));
    }
    let ready = seen.ok().filter(|seen| seen.condition.takes_jobs());
    let (Some(format), None) =
        (ready.and_then(|seen| seen.format), printing.queue.held(&printer.name))
    else {
        return Ok(IDLE);
    };
    let alone = !printing
        .printers()
        .iter()
        .any(|other| other.name != printer.name && other.condition.takes_jobs());
    match printing.queue.claim(&printer.name, alone, Timestamp::now())? {
        Some(job) => {
            let busy = print(printing, printer, format, &job).await?;
            known.busy = busy.then(|| Busy::again(known.busy.as_ref()));
            Ok(BUSY)
        }
        None => {
            known.busy = None;
            Ok(IDLE)
        }
    }
}

fn view(
    printing: &Printing,
    printer: &PrinterConfig,
    seen: &Result<PrinterReport, PrinterError>,
    has: Option<&(Job, i32)>,
    known: &Known,
) -> PrinterView {
    let warns = |seen: &PrinterReport| {
        has.is_some() && still_prints(printing, seen, known.following.as_ref())
    };
    let (condition, reasons) = match seen {
        Ok(seen) if !seen.condition.goes_on() && warns(seen) => {
            (Condition::Low, seen.reasons.clone())
        }
        Ok(seen) => (seen.condition, seen.reasons.clone()),
        Err(PrinterError::Busy { .. }) => (Condition::Busy, Vec::new()),
        Err(_) => (Condition::Offline, Vec::new()),
    };
    let not_kept = printing.queue.held(&printer.name);
    let stalled = |since: Instant| since.elapsed() >= patience(printing, condition);
    let condition = match (&known.following, &known.busy) {
        _ if !condition.goes_on() => condition,
        (Some(following), _) if stalled(following.since) => Condition::NoProgress,
        (_, Some(busy)) if stalled(busy.since) => Condition::NoProgress,
        _ if not_kept.is_some() => Condition::SizeNotKept,
        (None, Some(_)) => Condition::Busy,
        _ => condition,
    };
    PrinterView {
        name: printer.name.clone(),
        paper: printer.media.name,
        condition,
        reasons,
        not_kept: not_kept.unwrap_or_default(),
        pages: printing.queue.pages(&printer.name),
        job: has.map(|(job, _)| job.id),
    }
}

/// Makes the document and gives it to the printer. Whether the printer is too busy for it.
async fn print(
    printing: &Printing,
    printer: &PrinterConfig,
    format: Format,
    job: &Job,
) -> Result<bool, QueueError> {
    let document = match printing.documents.document(&job.order, printer, format).await {
        Ok(document) => document,
        Err(fault) => return not_made(printing, printer, job, &fault).map(|()| false),
    };
    if !printing.queue.sending(job.id, &printer.name)? {
        return Ok(false);
    }
    let title = format!("kanso-{}", job.id);
    match printer::send(printer, &title, format, document).await {
        Ok(taken) => sent(printing, printer, job, &taken)?,
        // Nothing reached it.
        Err(PrinterError::Unreachable { .. }) => {
            printing.queue.set(job.id, State::Waiting, None)?;
        }
        // It looked at it and took nothing: that is no failure, neither its own nor the job's.
        Err(error @ PrinterError::Busy { .. }) => {
            tracing::info!(job = job.id, printer = printer.name, "{error}");
            printing.queue.set(job.id, State::Waiting, None)?;
            printing.wake();
            return Ok(true);
        }
        Err(error @ PrinterError::Refused { .. }) => {
            elsewhere(printing, printer, job, &error.to_string())?;
        }
        Err(error @ PrinterError::Cut { .. }) => {
            unknown(printing, printer, job, error.to_string())?;
        }
    }
    Ok(false)
}

/// No printer has failed: the store, the race data or the order itself has.
fn not_made(
    printing: &Printing,
    printer: &PrinterConfig,
    job: &Job,
    fault: &Fault,
) -> Result<(), QueueError> {
    tracing::warn!(job = job.id, printer = printer.name, "{fault}");
    match fault.fate {
        Fate::Retry => printing.queue.delay(job.id, &fault.message, Timestamp::now()),
        Fate::Reject | Fate::Review => {
            let printers = &printing.config.printers;
            let name = |printer: &PrinterConfig| printer.name.clone();
            let alike = printers.iter().filter(|other| {
                (other.media, &other.template) == (printer.media, &printer.template)
            });
            let (alike, all): (Vec<_>, Vec<_>) =
                (alike.map(name).collect(), printers.iter().map(name).collect());
            printing.queue.unfit(job.id, &alike, &all, &fault.message)?;
            printing.wake();
            Ok(())
        }
    }
}

/// The printer has it. What it did not keep is written down first: no second sheet goes out
/// before a person saw this one.
fn sent(
    printing: &Printing,
    printer: &PrinterConfig,
    job: &Job,
    taken: &Taken,
) -> Result<(), QueueError> {
    if !taken.not_kept.is_empty() {
        tracing::warn!(
            job = job.id,
            printer = printer.name,
            "the printer did not keep {}; look at the sheet, then kanso printer resume {:?}",
            taken.not_kept.join(", "),
            printer.name
        );
        printing.queue.hold(&printer.name, &taken.not_kept)?;
    }
    let state = State::Sent { printer: printer.name.clone(), number: taken.number };
    printing.queue.set(job.id, state, None).map(drop)
}

/// The job printed nothing here.
pub(crate) fn elsewhere(
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

pub(crate) fn unknown(
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
