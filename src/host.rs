//! The laptop's host: everything that AWS does around a Lambda, in one task.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_endpoint::event::{self, Lane};
use kanso_endpoint::{EventReceiver, EventSender, Notice};
use kanso_pipeline::events::{self, Delivery, Upload};
use kanso_pipeline::handler::{Handled, Handler};
use kanso_pipeline::keys::Input;
use kanso_pipeline::lanes::{self, Submit, goes_ahead};
use kanso_pipeline::progress::Progress;
use kanso_pipeline::reconcile::{self, Report, Scope};
use kanso_pipeline::tally::Tally;
use kanso_pipeline::{keys, worker};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Uploads that wait in each lane between the events' queue and the worker.
const QUEUE: usize = 64;
/// How often work is looked for that was given up or whose event was lost.
const RECONCILE_EVERY: Duration = Duration::from_secs(120);
/// How often it is asked whether a reconciliation that is wanted may begin, and how long a
/// worker that ended rests.
const PAUSE: Duration = Duration::from_millis(500);

/// The events of an endpoint that this host hears: not our own outputs; race data and
/// answers before photos. Each lane holds `room` events. Photos are counted as they come,
/// whether there is room or not.
pub fn channel(room: usize, tally: Arc<Tally>) -> (EventSender, EventReceiver) {
    event::sorted(room, move |_, key| {
        if let Input::Photo(photo) = keys::classify(key)? {
            tally.uploaded(&photo, Timestamp::now());
        }
        Some(if goes_ahead(key) { Lane::Ahead } else { Lane::InTurn })
    })
}

/// Reconciles, then works off events until they end. What becomes of each photo goes to
/// `done`; nobody need listen. A worker that ends early is started again.
pub async fn run(
    handler: Arc<Handler>,
    mut events: EventReceiver,
    done: mpsc::Sender<Handled>,
    progress: Arc<Progress>,
) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    loop {
        let (submit, lanes) = lanes::channel(QUEUE, progress.clone());
        // Twice the cores: while some photos are decoded, others are fetched and written.
        let work = worker::work(handler.clone(), lanes, 2 * cores, done.clone());
        let worker = tokio::spawn(work);
        let host = Host::new(handler.clone(), submit, progress.clone());
        let events_ended = host.run(&mut events).await;
        match worker.await {
            Ok(()) if events_ended => return,
            Ok(()) => {}
            Err(error) => tracing::error!("the worker ended early and starts again: {error}"),
        }
        progress.worker_ended();
        tokio::time::sleep(PAUSE).await;
    }
}

/// What a reconciliation mended, and the photos that are left to be done.
type Found = Result<(Report, Vec<Upload>), Fault>;
type Reconciling = (Scope, JoinHandle<Found>);

/// What the host knows for as long as one worker lives.
struct Host {
    handler: Arc<Handler>,
    submit: Submit,
    progress: Arc<Progress>,
    /// Photos that the worker has no room for: one from the events, or what the last
    /// reconciliation found, each photo once.
    waiting: VecDeque<Upload>,
    /// What a reconciliation is to look for as soon as one may begin.
    wanted: Option<Scope>,
    /// Whether the last look at everything failed.
    everything_failed: bool,
    reconciling: Option<Reconciling>,
}

impl Host {
    fn new(handler: Arc<Handler>, submit: Submit, progress: Arc<Progress>) -> Self {
        Self {
            handler,
            submit,
            progress,
            waiting: VecDeque::new(),
            wanted: Some(Scope::Everything),
            everything_failed: false,
            reconciling: None,
        }
    }

    /// Whether the events ended, and not the worker.
    async fn run(mut self, events: &mut EventReceiver) -> bool {
        let mut tick = tokio::time::interval(RECONCILE_EVERY);
        tick.reset();
        let mut ended = false;
        loop {
            self.begin_reconciling(events);
            let looks_at_everything = self.looks_at_everything();
            self.submit.hold_reading(looks_at_everything);
            if ended && self.is_done() {
                return true;
            }
            tokio::select! {
                biased;
                found = found(&mut self.reconciling) => self.found(found),
                notice = next(events, self.waiting.is_empty()), if !ended && !looks_at_everything => {
                    match notice {
                        None => ended = true,
                        Some(notice) => if !self.hear(notice).await { return false },
                    }
                }
                () = self.submit.closed() => return false,
                () = self.submit.room(), if !self.waiting.is_empty() && !looks_at_everything => {
                    self.give();
                }
                _ = tick.tick() => {
                    let all = self.everything_failed || self.progress.gave_up_ahead();
                    self.want(if all { Scope::Everything } else { Scope::Unfinished });
                }
                () = tokio::time::sleep(PAUSE), if self.wanted.is_some() => {}
            }
        }
    }

    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.wanted.is_none() && self.reconciling.is_none()
    }

    /// Gives the next photo to the worker.
    fn give(&mut self) {
        let refused = self.waiting.pop_front().and_then(|photo| self.submit.try_send(photo).err());
        if let Some(photo) = refused {
            self.waiting.push_front(photo);
        }
    }

    /// While everything is looked at, nothing is begun: what is under way looks half written.
    fn looks_at_everything(&self) -> bool {
        let now = self.reconciling.as_ref().map(|(scope, _)| *scope);
        [now, self.wanted].contains(&Some(Scope::Everything))
    }

    fn want(&mut self, scope: Scope) {
        if self.wanted != Some(Scope::Everything) {
            self.wanted = Some(scope);
        }
    }

    /// Begins what is wanted once what is known is done: unfinished photos are looked for
    /// when no event waits, everything when the worker is idle.
    fn begin_reconciling(&mut self, events: &EventReceiver) {
        let may = match self.wanted {
            None => false,
            Some(Scope::Unfinished) => self.waiting.is_empty() && events.backlog().events == 0,
            Some(Scope::Everything | Scope::Reread) => self.progress.is_idle(),
        };
        if !may || self.reconciling.is_some() {
            return;
        }
        if let Some(scope) = self.wanted.take() {
            if scope == Scope::Everything {
                // Found again, with what else there is.
                self.waiting.clear();
            }
            let handler = self.handler.clone();
            // A task of its own: its panic is an error here.
            let work = async move { reconcile::reconcile(&handler, None, scope).await };
            self.reconciling = Some((scope, tokio::spawn(work)));
        }
    }

    /// A reconciliation has ended.
    fn found(&mut self, result: Found) {
        let all = self.reconciling.take().is_some_and(|(scope, _)| scope == Scope::Everything);
        match result {
            Ok((report, mut work)) => {
                // The worker has them already.
                work.retain(|upload| !self.progress.is_set_aside(&upload.key));
                self.everything_failed &= !all;
                self.everything_failed |= all && !report.failed.is_empty();
                self.progress.found(work.iter().map(|upload| upload.key.as_str()), all);
                if !work.is_empty() {
                    tracing::info!(
                        unfinished = report.unfinished,
                        pending = report.pending,
                        "reconciling"
                    );
                }
                self.waiting.extend(work);
            }
            Err(fault) => {
                tracing::warn!("cannot reconcile now: {fault}");
                if all {
                    self.everything_failed = true;
                    self.want(Scope::Unfinished);
                }
            }
        }
    }

    /// Whether the worker still takes what it is given.
    async fn hear(&mut self, notice: Notice) -> bool {
        match notice {
            Notice::Missed(Lane::Ahead) => self.want(Scope::Everything),
            Notice::Missed(Lane::InTurn) => self.want(Scope::Unfinished),
            Notice::Event(event) => {
                for upload in understood(&event) {
                    if !goes_ahead(&upload.key) {
                        self.progress.waits(&upload.key);
                        self.waiting.push_back(upload);
                    } else if self.submit.send(upload).await.is_err() {
                        return false;
                    }
                }
            }
        }
        true
    }
}

/// The next notice; while photos wait, only of what goes ahead of them.
async fn next(events: &mut EventReceiver, all: bool) -> Option<Notice> {
    if all { events.next().await } else { Some(events.next_ahead().await) }
}

/// How the reconciliation under way ends; never where there is none.
async fn found(reconciling: &mut Option<Reconciling>) -> Found {
    match reconciling {
        Some((_, task)) => {
            task.await.unwrap_or_else(|panic| Err(Fault::retry(format!("it ended early: {panic}"))))
        }
        None => std::future::pending().await,
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
