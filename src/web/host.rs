//! The machine that pages and pipeline run on, as far as they share one.

use std::sync::Arc;

use futures::future::BoxFuture;
use kanso_pipeline::progress::Progress;

/// Asks for the bytes that are left on the disk of the data folder; `None` where it does not say.
pub type FreeBytes = Box<dyn Fn() -> BoxFuture<'static, Option<u64>> + Send + Sync>;

/// What the console shows of it.
pub struct Host {
    pub progress: Arc<Progress>,
    pub free_bytes: FreeBytes,
}
