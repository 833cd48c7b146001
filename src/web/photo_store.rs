//! Where photographers' browsers send photos to: straight to the store, by addresses that are
//! signed for one object each.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use kanso_pipeline::store::{Bucket, StoreConfig};

/// Hosts that clients are kept for; a request may name any.
const HOSTS: usize = 16;

/// The photos' bucket, as a browser reaches it.
pub struct PhotoStore(Reach);

enum Reach {
    /// At another port of whatever host the browser reached the pages by: a venue's laptop has
    /// an address in each of its networks, and names in some.
    SameHost {
        port: u16,
        id: String,
        secret: String,
        bucket: String,
        known: Known,
    },
    Elsewhere(Bucket),
}

type Known = Mutex<HashMap<String, Bucket>>;

impl PhotoStore {
    /// On the machine that serves the pages, with the key that signs.
    pub fn on_this_host(port: u16, id: &str, secret: &str, bucket: &str) -> Self {
        let [id, secret, bucket] = [id, secret, bucket].map(str::to_owned);
        Self(Reach::SameHost { port, id, secret, bucket, known: Known::default() })
    }

    /// By its own public address.
    pub fn elsewhere(bucket: Bucket) -> Self {
        Self(Reach::Elsewhere(bucket))
    }

    /// The bucket by the host that a request's browser reaches; `None` where the request names
    /// none.
    pub fn reached_by(&self, headers: &HeaderMap) -> Option<Bucket> {
        let (port, id, secret, bucket, known) = match &self.0 {
            Reach::Elsewhere(bucket) => return Some(bucket.clone()),
            Reach::SameHost { port, id, secret, bucket, known } => {
                (port, id, secret, bucket, known)
            }
        };
        let named: Authority = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
        let host = named.host().to_ascii_lowercase();
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = known.get(&host) {
            return Some(bucket.clone());
        }
        if known.len() >= HOSTS {
            known.clear();
        }
        let store = StoreConfig::local(&format!("http://{host}:{port}"), id, secret);
        let reached = Bucket::new(store.client(), bucket);
        known.insert(host, reached.clone());
        Some(reached)
    }
}
