//! The laptop's host: everything that AWS does around a Lambda, in one task.

use std::sync::Arc;
use std::time::Duration;

use kanso_endpoint::{EventReceiver, Notice};
use kanso_pipeline::events::{self, Delivery, Upload};
use kanso_pipeline::handler::{Handled, Handler};
use kanso_pipeline::reconcile::{self, Scope};
use kanso_pipeline::worker;
use tokio::sync::mpsc;

/// Uploads that wait between the events' queue and the worker.
const QUEUE: usize = 64;
/// How often work is looked for that was given up or whose event was lost.
const RECONCILE_EVERY: Duration = Duration::from_secs(120);

/// Reconciles, then works off events until they end. What becomes of each photo goes to
/// `done`; nobody need listen.
pub async fn run(handler: Arc<Handler>, mut events: EventReceiver, done: mpsc::Sender<Handled>) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (uploads, queue) = mpsc::channel(QUEUE);
    // Twice the cores: while some photos are decoded, others are fetched and written.
    let worker = tokio::spawn(worker::work(handler.clone(), queue, 2 * cores, done));
    reconcile(&handler, Scope::Everything, &uploads).await;
    let mut next = tokio::time::interval(RECONCILE_EVERY);
    next.reset();
    loop {
        tokio::select! {
            notice = events.next() => match notice {
                None => break,
                Some(Notice::Event(event)) => {
                    for upload in understood(&event) {
                        let _ = uploads.send(upload).await;
                    }
                }
                Some(Notice::Missed) => reconcile(&handler, Scope::Unfinished, &uploads).await,
            },
            _ = next.tick() => reconcile(&handler, Scope::Unfinished, &uploads).await,
        }
    }
    drop(uploads);
    if let Err(error) = worker.await {
        tracing::error!("the worker ended early: {error}; restart kanso serve");
    }
}

/// The uploads of an event of the embedded endpoint.
fn understood(event: &serde_json::Value) -> Vec<Upload> {
    match events::read(event) {
        Ok(Delivery::Direct(uploads)) => uploads,
        Ok(Delivery::Sqs(_) | Delivery::Schedule) => Vec::new(),
        Err(error) => {
            tracing::error!("an event of our own endpoint cannot be read: {error}");
            Vec::new()
        }
    }
}

async fn reconcile(handler: &Handler, scope: Scope, uploads: &mpsc::Sender<Upload>) {
    match reconcile::reconcile(handler, None, scope).await {
        Ok((report, work)) => {
            if !work.is_empty() {
                tracing::info!(
                    unfinished = report.unfinished,
                    pending = report.pending,
                    "reconciling"
                );
            }
            for upload in work {
                let _ = uploads.send(upload).await;
            }
        }
        Err(fault) => tracing::warn!("cannot reconcile now: {fault}"),
    }
}
