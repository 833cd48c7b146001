//! A photo, decided about again from its outcome: by itself, then beside those taken about
//! then. No photo is read, and nothing is written.

use std::sync::Arc;

use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Fault, IssuePlan, PhotoSource};
use kanso_matching::decision::{Burst, Decision};
use kanso_matching::sighting::{Sighting, is_open};

use super::handler::{Answered, Handler, source};
use super::keys::{self, Input, PhotoKey, RaceId};
use super::neighbours::REACH_S;
use super::outcome::OutcomeRecord;
use super::sightings::sighting_of;

/// A photo, decided about again.
pub(super) struct Planned {
    pub record: OutcomeRecord,
    pub photo: PhotoKey,
    pub answer: Answered,
    /// `None` where only a rendering tells: its picture was never looked at, or the answer
    /// cannot be followed.
    pub plan: Option<IssuePlan>,
}

impl Planned {
    /// `None` for an outcome that no photo's key belongs to.
    fn alone((record, answer): (OutcomeRecord, Answered), race_data: &RaceData) -> Option<Self> {
        let Some(Input::Photo(photo)) = keys::classify(&record.photo) else { return None };
        let mut this = Self { record, photo, answer, plan: None };
        this.plan_beside(Burst::default(), race_data);
        Some(this)
    }

    /// Decides where the outcome says enough.
    fn plan_beside(&mut self, burst: Burst, race_data: &RaceData) {
        let Self { record, photo, answer, plan } = self;
        if let (Some(facts), Ok(said)) = (&record.facts, &answer.said) {
            let source = source(photo, record.upload_bib.clone(), said.as_ref());
            let source = PhotoSource { burst, ..source };
            *plan = Some(kanso_certificate::plan(race_data, record.photo_id, facts, &source));
        }
    }

    fn sighting(&self, race_data: &RaceData) -> Option<Sighting> {
        let plan = self.plan.as_ref()?;
        sighting_of(&self.photo, self.record.photo_id, &plan.facts, &plan.seen, race_data)
    }
}

impl Handler {
    /// What a photo comes to by the newest data, and beside those taken about then; `None` where
    /// nobody has looked at its picture.
    pub(super) async fn decided_now(
        &self,
        race: &RaceId,
        race_data: &Arc<RaceData>,
        record: &OutcomeRecord,
        answer: Answered,
    ) -> Result<Option<Decision>, Fault> {
        let planned = self.planned(race, race_data, vec![(record.clone(), answer)]).await?;
        Ok(planned.into_iter().find_map(|one| one.plan).map(|plan| plan.decision))
    }

    /// Decides about photos, each by itself, then the open ones beside those around them.
    pub(super) async fn planned(
        &self,
        race: &RaceId,
        race_data: &Arc<RaceData>,
        batch: Vec<(OutcomeRecord, Answered)>,
    ) -> Result<Vec<Planned>, Fault> {
        let data = race_data.clone();
        let alone = self.on_cpu(move || {
            let planned = batch.into_iter().filter_map(|one| Planned::alone(one, &data));
            let open = |one: Planned| {
                let sighting = one.sighting(&data).filter(|sighting| is_open(&sighting.seen));
                (one, sighting)
            };
            Ok(planned.map(open).collect::<Vec<_>>())
        });
        let alone = alone.await?;
        let open: Vec<&Sighting> = alone.iter().filter_map(|(_, open)| open.as_ref()).collect();
        if open.is_empty() {
            return Ok(alone.into_iter().map(|(one, _)| one).collect());
        }
        let around = self.neighbourhood(race, &open, race_data, REACH_S).await?;
        let data = race_data.clone();
        let beside = move |(mut one, open): (Planned, Option<Sighting>)| {
            let burst = open.map(|open| around.burst(&open)).unwrap_or_default();
            if burst != Burst::default() {
                one.plan_beside(burst, &data);
            }
            one
        };
        self.on_cpu(move || Ok(alone.into_iter().map(beside).collect())).await
    }
}
