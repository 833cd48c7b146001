//! A race in the store, as commands name it.

use std::future::Future;

use kanso_certificate::Fault;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;

use super::buckets::Buckets;

#[derive(Debug, Clone, clap::Args)]
pub struct StoredRace {
    /// The race's folder
    #[arg(long, value_name = "RACE")]
    race: String,
    #[command(flatten)]
    buckets: Buckets,
}

impl StoredRace {
    pub fn open(&self) -> Result<(Handler, RaceId), Fault> {
        let race = race_id(&self.race)?;
        Ok((self.buckets.handler()?, race))
    }
}

/// The race of a folder's name.
pub fn race_id(folder: &str) -> Result<RaceId, Fault> {
    RaceId::new(folder).ok_or_else(|| {
        Fault::reject(format!("{folder:?} is no race's folder; give one name without slashes"))
    })
}

/// Waits for what a command asks of the store.
pub fn done<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Fault::retry(format!("cannot start: {error}")))?;
    runtime.block_on(work)
}
