//! The key of a race's links (`private/links.json`): made by whoever needs it first, the same
//! for all processes. To make every link void that was given out, delete it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use kanso_certificate::link::{LinkKey, Links};
use tokio::sync::Mutex;

use crate::handler::Handler;
use crate::keys::{self, RaceId};
use crate::once;
use crate::store::Bucket;

/// For how long a key is trusted without asking.
const FRESH: Duration = Duration::from_secs(5);

/// Keys that were read.
#[derive(Default)]
pub(super) struct LinkKeys {
    known: Mutex<HashMap<RaceId, (Instant, Links)>>,
}

impl Handler {
    /// The links of a race's runners.
    pub async fn links(&self, race: &RaceId) -> Result<Links, Fault> {
        let mut known = self.link_keys().known.lock().await;
        if let Some((asked, links)) = known.get(race)
            && asked.elapsed() < FRESH
        {
            return Ok(links.clone());
        }
        let links = Links::new(race.as_str(), load_or_create(self.inputs(), race).await?);
        known.insert(race.clone(), (Instant::now(), links.clone()));
        Ok(links)
    }
}

async fn load_or_create(inputs: &Bucket, race: &RaceId) -> Result<LinkKey, Fault> {
    let key = keys::link_key(race);
    if let Some(there) = load(inputs, &key).await? {
        return Ok(there);
    }
    let made = LinkKey::new(rand::random(), rand::random());
    once::create(inputs, &key, json(&made), "application/json").await?;
    // Somebody else may have been first.
    let there = load(inputs, &key).await?;
    there.ok_or_else(|| Fault::retry(format!("{key} was deleted as it was made")))
}

async fn load(inputs: &Bucket, key: &str) -> Result<Option<LinkKey>, Fault> {
    let bytes = once::document(inputs, key).await?;
    // A damaged key is not made again by itself: all links would be void.
    bytes.map(|bytes| document::read(&bytes)).transpose().map_err(|error| match error {
        document::Unreadable::Format(_) => error.at(key),
        document::Unreadable::Damaged(why) => Fault::retry(format!(
            "{key} is damaged ({why}); put it back, or delete it to make all links void"
        )),
    })
}
