//! The key of a race's links (`private/links.json`): made by whoever needs it first, the same
//! for all processes. To make every link void that was given out, delete it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
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
        let known = self.link_keys().known.lock().await.get(race).cloned();
        if let Some((asked, links)) = known
            && asked.elapsed() < FRESH
        {
            return Ok(links);
        }
        // Not under the lock: other races go on while this one's key is asked for.
        let links = of(self.inputs(), race, None).await?;
        let known = (Instant::now(), links.clone());
        self.link_keys().known.lock().await.insert(race.clone(), known);
        Ok(links)
    }
}

/// The links by the key as it was read, else by the one that is there or is made.
pub(super) async fn of(
    inputs: &Bucket,
    race: &RaceId,
    read: Option<Bytes>,
) -> Result<Links, Fault> {
    let key = race.key(keys::LINK_KEY);
    let there = match read {
        Some(bytes) => Some(bytes),
        None => once::document(inputs, &key).await?,
    };
    let bytes = match there {
        Some(bytes) => bytes,
        None => {
            let made = json(&LinkKey::new(rand::random(), rand::random()));
            once::create(inputs, &key, made, "application/json").await?;
            // Somebody else may have been first.
            let there = once::document(inputs, &key).await?;
            there.ok_or_else(|| Fault::retry(format!("{key} was deleted as it was made")))?
        }
    };
    // A damaged key is not made again by itself: all links would be void.
    let key = document::read(&bytes).map_err(|error| match error {
        document::Unreadable::Format(_) => error.at(&key),
        document::Unreadable::Damaged(why) => Fault::retry(format!(
            "{key} is damaged ({why}); put it back, or delete it to make all links void"
        )),
    })?;
    Ok(Links::new(race.as_str(), key))
}
