//! `kanso reconcile`: finds what events lost, in any S3, and finishes it.

use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_pipeline::expiry::{Deleted, Standing};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{self, Report, Scope};
use kanso_pipeline::{lanes, worker};

use super::buckets::Buckets;
use super::fail;
use super::stored_race::{done, race_id};

/// Find what events lost or left half done, and mend it; delete races whose time is over.
///
/// Holds every outcome, certificate and tray against the newest race data and answers, and
/// does again what does not agree. Run it until it finds nothing after a crash.
/// Of a race whose date and retention_days (race.toml) have passed, all photos, results and
/// certificates are deleted, with their versions; what is left of one that broke off, too.
/// Reads AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for another S3 than
/// AWS's, AWS_ENDPOINT_URL.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// One race's folder; all of them without it
    #[arg(long, value_name = "RACE")]
    race: Option<String>,
    #[command(flatten)]
    buckets: Buckets,
    /// Change nothing; only count the photos that no outcome accounts for, and name the races
    /// whose time is over
    #[arg(long)]
    dry_run: bool,
    /// Also read the printed numbers of photos that nothing else settles and that this version
    /// has not read; after an update that reads better
    #[arg(long, conflicts_with = "dry_run")]
    reread: bool,
    /// A JSON object instead of words
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    match done(reconciled(&args)) {
        Ok(Reconciled { report, finished, ends }) if args.json => {
            let json =
                serde_json::json!({"found": report, "finished": finished, "retention": ends});
            println!("{json}");
            exit_code(&report, &ends)
        }
        Ok(Reconciled { report, finished, ends }) => {
            ends.iter().filter_map(End::told).for_each(|line| println!("{line}"));
            println!(
                "{} races, {} photos: {} unfinished, {} pending; {finished} done now",
                report.races, report.photos, report.unfinished, report.pending
            );
            let mended = [
                (report.half_written, "half-written photos done again"),
                (report.orphaned, "orphaned certificates voided"),
                (report.stray, "stray tray records deleted"),
                (report.replaced, "replaced photos taken back"),
                (report.erased, "objects of erased runners deleted"),
                (report.corrections.len(), "races corrected"),
                (report.reread, "photos read again"),
            ];
            for (count, what) in mended.into_iter().filter(|(count, _)| *count > 0) {
                println!("{count} {what}");
            }
            for message in report.unreadable.iter().chain(report.failed.values()) {
                println!("passed over: {message}");
            }
            exit_code(&report, &ends)
        }
        Err(fault) => fail(fault),
    }
}

/// 1 where something was passed over.
fn exit_code(report: &Report, ends: &[End]) -> ExitCode {
    let failed = ends.iter().any(|end| end.failed.is_some());
    ExitCode::from(u8::from(failed || !report.unreadable.is_empty() || !report.failed.is_empty()))
}

struct Reconciled {
    report: Report,
    /// Photos that were done.
    finished: usize,
    ends: Vec<End>,
}

/// How long a race is kept, and what was deleted of one whose time is over.
#[derive(Debug, serde::Serialize)]
struct End {
    race: RaceId,
    standing: Standing,
    days_left: Option<i64>,
    /// Objects, versions included.
    deleted: usize,
    failed: Option<String>,
}

impl End {
    fn told(&self) -> Option<String> {
        let race = &self.race;
        let words = match (&self.standing, &self.failed) {
            (_, Some(why)) => format!("cannot be deleted, though its time is over: {why}"),
            (Standing::Unknown(why), _) => format!("kept, since nobody knows for how long: {why}"),
            (Standing::Until(_), _) => {
                let days = self.days_left?;
                format!("{days} days until its photos, results and certificates are deleted")
            }
            (Standing::Over { .. }, _) if self.deleted == 0 => {
                "its time is over; without --dry-run its photos, results and certificates are \
                 deleted"
                    .to_owned()
            }
            (Standing::Expired, _) if self.deleted == 0 => return None,
            _ => format!("its time is over: {} objects deleted, versions included", self.deleted),
        };
        Some(format!("{race}: {words}"))
    }
}

/// Deletes the races whose time is over; one that cannot be deleted holds up no other.
async fn ended(
    handler: &Handler,
    race: Option<&RaceId>,
    now: Timestamp,
    dry_run: bool,
) -> Result<Vec<End>, Fault> {
    let mut ends = Vec::new();
    for (race, standing) in handler.standings(race, now).await? {
        let deleted = match dry_run {
            true => Ok(Deleted::default()),
            false => handler.expire(&race, &standing, now, || true).await,
        };
        let (deleted, failed) = match deleted {
            Ok(deleted) => (deleted.objects, None),
            Err(fault) => (0, Some(fault.message)),
        };
        let days_left = standing.days_left(now);
        ends.push(End { race, standing, days_left, deleted, failed });
    }
    Ok(ends)
}

async fn reconciled(args: &Args) -> Result<Reconciled, Fault> {
    let handler = Arc::new(args.buckets.handler()?);
    let race = args.race.as_deref().map(race_id).transpose()?;
    let scope = match (args.dry_run, args.reread) {
        (true, _) => Scope::Unfinished,
        (false, true) => Scope::Reread,
        (false, false) => Scope::Everything,
    };
    let ends = ended(&handler, race.as_ref(), Timestamp::now(), args.dry_run).await?;
    let (report, work) = reconcile::reconcile(&handler, race.as_ref(), scope).await?;
    if args.dry_run {
        return Ok(Reconciled { report, finished: 0, ends });
    }
    let (send, queue) = lanes::channel(work.len(), Arc::default());
    let (done, mut finished) = tokio::sync::mpsc::channel(64);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let worker = tokio::spawn(worker::work(handler, queue, 2 * cores, done));
    for upload in work {
        let _ = send.send(upload).await;
    }
    drop(send);
    let mut count = 0;
    while finished.recv().await.is_some() {
        count += 1;
    }
    worker.await.map_err(|error| Fault::retry(format!("the worker ended early: {error}")))?;
    Ok(Reconciled { report, finished: count, ends })
}
