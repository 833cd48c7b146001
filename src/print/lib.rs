//! Certificates on paper: a queue that survives a restart, and printers that speak IPP.
//!
//! A job is claimed for a printer, its document is made, and that it is sent is written down
//! *before* a byte is. Whatever was cut between sending and the printer's answer is [`job::State::Unknown`]: a person looks at the
//! paper and decides. Nothing is printed again by itself unless the printer itself said that
//! it printed nothing.

pub mod config;
pub mod dispatch;
pub mod documents;
mod exchange;
mod follow;
pub mod job;
pub mod media;
pub mod printer;
pub mod queue;
pub mod status;
pub mod test_page;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use config::PrintConfig;
use documents::Documents;
use queue::{Queue, QueueError};
use status::PrinterView;

/// The queue, the printers, and what they last said.
pub struct Printing {
    pub config: PrintConfig,
    pub queue: Queue,
    documents: Documents,
    views: Mutex<BTreeMap<String, PrinterView>>,
    wake: Notify,
}

impl Printing {
    pub fn new(config: PrintConfig, queue: Queue, documents: Documents) -> Self {
        Self { config, queue, documents, views: Mutex::default(), wake: Notify::new() }
    }

    /// Starts a task for each printer. They end with the runtime.
    pub fn start(self: &Arc<Self>) {
        let names: Vec<&str> = self.config.printers.iter().map(|p| p.name.as_str()).collect();
        if let Err(error) = self.queue.leave_to_staff(&names) {
            tracing::error!("{error}");
        }
        for printer in &self.config.printers {
            tokio::spawn(dispatch::run(self.clone(), printer.clone()));
        }
        tokio::spawn(forget_erased(self.clone()));
    }

    /// All printers, in order of name, as they last were.
    pub fn printers(&self) -> Vec<PrinterView> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Lets the printers look at the queue at once.
    pub fn wake(&self) {
        self.wake.notify_waiters();
    }

    /// A person saw the sheet of a printer that did not keep what it was asked for. Whether
    /// it waited for that.
    pub fn resume(&self, printer: &str) -> Result<bool, QueueError> {
        let held = self.queue.resume(printer)?;
        self.wake();
        Ok(held)
    }

    fn note(&self, view: PrinterView) {
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.insert(view.name.clone(), view);
    }
}

/// How often jobs of erased runners are looked for that a printer had when they were erased.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Keeps erased runners out of the queue, as long as the runtime.
async fn forget_erased(printing: Arc<Printing>) {
    let mut erased = printing.documents.erased();
    loop {
        let known = erased.borrow_and_update().clone();
        for (race, bibs) in &known {
            if let Err(error) = printing.queue.forget(race.as_str(), bibs) {
                tracing::error!("an erased runner stays in the print queue: {error}");
            }
        }
        let again = async {
            match known.is_empty() {
                true => std::future::pending().await,
                false => tokio::time::sleep(LOOK_AGAIN).await,
            }
        };
        tokio::select! {
            changed = erased.changed() => if changed.is_err() { return },
            () = again => {}
        }
    }
}
