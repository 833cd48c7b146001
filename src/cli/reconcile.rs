//! `kanso reconcile`: finds what events lost, in any S3, and finishes it.

use std::process::ExitCode;
use std::sync::Arc;

use kanso_certificate::Fault;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{self, Report, Scope};
use kanso_pipeline::{lanes, worker};

use super::buckets::Buckets;
use super::fail;

/// Find what events lost or left half done, and mend it.
///
/// Holds every outcome, certificate and tray against the newest race data and answers, and
/// does again what does not agree. Run it until it finds nothing after a crash.
/// Reads AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for another S3 than
/// AWS's, AWS_ENDPOINT_URL.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// One race's folder; all of them without it
    #[arg(long, value_name = "RACE")]
    race: Option<String>,
    #[command(flatten)]
    buckets: Buckets,
    /// Change nothing; only count the photos that no outcome accounts for
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
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(format!("cannot start: {error}")),
    };
    match runtime.block_on(reconciled(&args)) {
        Ok((report, finished)) if args.json => {
            println!("{}", serde_json::json!({"found": report, "finished": finished}));
            exit_code(&report)
        }
        Ok((report, finished)) => {
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
            exit_code(&report)
        }
        Err(fault) => fail(fault),
    }
}

/// 1 where something was passed over.
fn exit_code(report: &Report) -> ExitCode {
    ExitCode::from(u8::from(!report.unreadable.is_empty() || !report.failed.is_empty()))
}

async fn reconciled(args: &Args) -> Result<(Report, usize), Fault> {
    let handler = Arc::new(args.buckets.handler()?);
    let race = args.race.as_deref().map(|folder| {
        RaceId::new(folder).ok_or_else(|| {
            Fault::reject(format!("{folder:?} is no race's folder; give one name without slashes"))
        })
    });
    let race = race.transpose()?;
    let scope = match (args.dry_run, args.reread) {
        (true, _) => Scope::Unfinished,
        (false, true) => Scope::Reread,
        (false, false) => Scope::Everything,
    };
    let (report, work) = reconcile::reconcile(&handler, race.as_ref(), scope).await?;
    if args.dry_run {
        return Ok((report, 0));
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
    Ok((report, count))
}
