//! Finds what events lost: photos without an outcome, and photos whose tray may open.

use std::collections::HashSet;

use super::handler::Handler;
use super::keys::{self, Input, RaceId};
use crate::error::Fault;
use crate::events::Upload;

/// What a reconciliation found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    pub races: usize,
    pub photos: usize,
    /// Photos that no outcome accounts for: lost events, or work cut short.
    pub unfinished: usize,
    /// Photos in `pending/`, looked at again.
    pub pending: usize,
}

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Photos without an outcome only.
    Unfinished,
    /// Those, and whether anything pending may be decided now.
    Everything,
}

/// Lists the work that is left in one race, or in all of them. The caller gives it to the
/// same worker that events go to.
pub async fn reconcile(
    handler: &Handler,
    race: Option<&RaceId>,
    scope: Scope,
) -> Result<(Report, Vec<Upload>), Fault> {
    let races = match race {
        Some(race) => vec![race.clone()],
        None => handler.inputs().folders("").await?.iter().filter_map(|f| RaceId::new(f)).collect(),
    };
    let mut report = Report { races: races.len(), ..Report::default() };
    let mut work = Vec::new();
    for race in &races {
        let done: HashSet<String> = handler
            .outputs()
            .list(&race.key("outcomes/"))
            .await?
            .into_iter()
            .map(|listed| listed.key)
            .collect();
        for listed in handler.inputs().list(&race.key("photos/")).await? {
            let Some(Input::Photo(photo)) = keys::classify(&listed.key) else { continue };
            report.photos += 1;
            if !done.contains(&photo.outcome(&listed.etag)) {
                report.unfinished += 1;
                work.push(Upload {
                    bucket: handler.inputs().name().to_owned(),
                    key: listed.key,
                    etag: Some(listed.etag.as_str().to_owned()),
                    size: Some(listed.size),
                    sequencer: None,
                });
            }
        }
        if scope == Scope::Everything {
            let pending = handler.pending(race).await?;
            report.pending += pending.len();
            work.extend(pending);
        }
    }
    Ok((report, work))
}
