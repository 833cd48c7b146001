//! The embedded S3: the s3s protocol layer over a durable store of our own.
//!
//! [`Endpoint::open`] takes a data folder (one process at a time) and where events go;
//! [`Endpoint::serve`] answers on a listener until told to stop. What was acknowledged is on
//! the disk whole; what was not is absent or whole. See [`store`] for how.
//!
//! Offered: buckets; PUT, GET, HEAD, DELETE with conditions, ranges and checksums; LIST v1
//! and v2; uploads in parts; copies; DeleteObjects; presigned GET and PUT; CORS. Everything
//! else answers 501 NotImplemented, also a header whose promise could not be kept
//! (encryption keys, tags, object locks).

pub mod access;
pub mod digest;
pub mod event;
mod http;
pub mod key_file;
mod service;
pub mod store;

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

pub use access::{Credentials, CredentialsError, Scope};
pub use event::{Backlog, EventReceiver, EventSender, Notice};
use kanso_listen::Bounds;
use store::{OpenError, Store, StoreError};

/// What an endpoint needs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that holds the bodies and the index. Created where missing.
    pub data: PathBuf,
    /// Who may use it.
    pub credentials: Credentials,
}

/// Why an endpoint could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// An open endpoint. Clones share one store; the folder is free again with the last one.
#[derive(Clone)]
pub struct Endpoint {
    store: Arc<Store>,
    router: axum::Router,
}

/// How the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    pub buckets: usize,
    /// Bytes left on the disk of the data folder.
    pub free_bytes: u64,
    /// Whether new objects are refused because the disk is full.
    pub full: bool,
}

impl Endpoint {
    /// Opens or creates the data folder and recovers what an earlier process left. Blocks
    /// on the disk, longer where many objects are stored.
    pub fn open(config: Config, events: EventSender) -> Result<Self, EndpointError> {
        let store = Arc::new(Store::open(&config.data, events)?);
        let router = http::router(&store, config.credentials);
        Ok(Self { store, router })
    }

    /// Answers requests until `shutdown`; requests under way get ten seconds to finish.
    pub async fn serve(
        &self,
        listener: tokio::net::TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        kanso_listen::serve(listener, self.router.clone(), Bounds::VENUE, shutdown).await
    }

    /// Reads from the store: proof that it answers.
    pub async fn health(&self) -> Result<Health, StoreError> {
        let buckets = self.store.read(|s| Ok(s.buckets()?.len())).await?;
        let bodies = Arc::clone(self.store.bodies());
        let free_bytes = store::blocking(move || Ok(bodies.free_bytes()?)).await?;
        Ok(Health { buckets, free_bytes, full: free_bytes < store::INDEX_RESERVE_BYTES })
    }

    /// The events that wait for the pipeline.
    pub fn backlog(&self) -> Backlog {
        self.store.backlog()
    }

    /// What [`Endpoint::open`] found and removed.
    pub fn sweep(&self) -> store::Sweep {
        self.store.sweep()
    }
}
