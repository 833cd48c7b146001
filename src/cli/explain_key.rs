//! Why a photo in the store is whose, by its key.

use std::path::Path;

use kanso_certificate::Fault;
use kanso_pipeline::explained::Explained;
use kanso_pipeline::keys::{self, Input, PhotoKey, RaceId};
use serde_json::{Value, json};

use super::buckets::Buckets;
use super::explain_words::bibs;

/// The lines of photos, in the order of their keys.
pub async fn lines(
    buckets: &Buckets,
    race: Option<&str>,
    texts: &[&Path],
) -> Result<Vec<Value>, Fault> {
    let photos: Vec<PhotoKey> =
        texts.iter().map(|text| photo(text, race)).collect::<Result<_, _>>()?;
    let in_store = |photo: &PhotoKey, fault: Fault| {
        let message = format!("{} is no file here; in the store: {fault}", photo.key());
        Fault { message, ..fault }
    };
    let Some(first) = photos.first() else { return Ok(Vec::new()) };
    let handler = buckets.handler().map_err(|fault| in_store(first, fault))?;
    let mut lines = Vec::new();
    for photo in &photos {
        let explained = handler.explained(photo).await.map_err(|fault| in_store(photo, fault))?;
        lines.push(line(photo, &explained));
    }
    Ok(lines)
}

/// A photo's key, completed by the race where it lacks it.
fn photo(text: &Path, race: Option<&str>) -> Result<PhotoKey, Fault> {
    let text = text.to_string_lossy();
    let below = text.strip_prefix("photos/").unwrap_or(&text);
    let completed = race.and_then(RaceId::new).map(|race| race.key(&format!("photos/{below}")));
    let keys = [Some(text.clone().into_owned()), completed];
    let mut photos = keys.iter().flatten().filter_map(|key| match keys::classify(key) {
        Some(Input::Photo(photo)) => Some(photo),
        _ => None,
    });
    photos.next().ok_or_else(|| {
        Fault::reject(format!(
            "{text} is no file here, and no photo's key; give RACE/photos/CAMERA/FILE, or \
             CAMERA/FILE with --race RACE"
        ))
    })
}

fn line(photo: &PhotoKey, explained: &Explained) -> Value {
    let Explained { record, decision } = explained;
    let certificates: Vec<_> = record.certificates.iter().map(|issued| &issued.bib).collect();
    let (outcome, reason) = match decision {
        Some(decision) => (decision.outcome, &decision.reason),
        None => (record.outcome, &record.reason),
    };
    json!({
        "photo": photo.key(), "decision": outcome, "reason": reason,
        "bibs": decision.as_ref().map(bibs).unwrap_or_default(),
        "certificates": certificates,
        "recorded": {"decision": record.outcome, "reason": record.reason},
    })
}
