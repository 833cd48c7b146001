//! A photographer photographs the clock page: the photo sets its camera's clock.

use std::sync::Arc;

use jiff::Timestamp;
use kanso_certificate::clock_photo::ClockPhoto;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Facts, Fault, PhotoSource, Processed, document};
use kanso_matching::camera::Camera;
use serde::{Deserialize, Serialize};

use crate::handler::Handler;
use crate::keys::{self, PhotoKey};
use crate::once::{self, Step};

/// A photo whose picture was looked at, and whether its clock was never set by it.
type Looked<'a> = (&'a PhotoKey, &'a Arc<RaceData>, &'a PhotoSource, bool);

/// `cameras/<camera>.json` as a photo of the clock page writes it.
#[derive(Serialize, Deserialize)]
struct SetClock {
    offset_s: f64,
    sigma_s: f64,
    /// When that photo was taken, on the finish clock; absent where a person wrote the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    photographed_at: Option<Timestamp>,
}

impl Handler {
    /// Where a photo shows the clock page, whose code this race has signed: sets the camera's
    /// clock, and decides that the photo is of nobody. A photo that is done again sets
    /// nothing: what a person has written since stays.
    pub(super) async fn photo_of_clock(
        &self,
        (photo, race_data, source, is_new): Looked<'_>,
        processed: Box<Processed>,
    ) -> Result<Box<Processed>, Fault> {
        let code = processed.facts.as_ref().and_then(|facts| facts.clock_code.as_deref());
        let (Some(code), Some(facts)) = (code, &processed.facts) else { return Ok(processed) };
        // Runners before a screen are what the photo was taken of.
        if !processed.seen.is_empty() {
            return Ok(processed);
        }
        let Some(time) = self.links(&photo.race).await?.shown_time(code) else {
            let (race, photo) = (&photo.race, processed.photo_id);
            tracing::warn!(%race, %photo, "it shows a clock page that is not this race's");
            return Ok(processed);
        };
        let clock = ClockPhoto::of(time, facts.captured().as_ref(), &race_data.race);
        let facts = Facts { clock: Some(clock), ..facts.clone() };
        if is_new {
            self.set_clock(photo, race_data, &facts, clock).await?;
        }
        let plan = kanso_certificate::plan(race_data, processed.photo_id, &facts, source);
        let decision_hash = plan.decision_hash();
        let (decision, facts, seen) = (plan.decision, Some(plan.facts), plan.seen);
        let certificates = Vec::new();
        let photo_id = processed.photo_id;
        Ok(Box::new(Processed { photo_id, decision, certificates, facts, decision_hash, seen }))
    }

    /// The photo that was taken last holds, whatever the order in which they come.
    async fn set_clock(
        &self,
        photo: &PhotoKey,
        race_data: &RaceData,
        facts: &Facts,
        clock: ClockPhoto,
    ) -> Result<(), Fault> {
        let camera = Camera::of(facts.serial.as_deref(), photo.camera(), &race_data.race).id;
        let (Some(camera), Some(offset_ms)) = (camera, clock.offset_ms) else { return Ok(()) };
        let set = SetClock {
            offset_s: offset_ms as f64 / 1000.0,
            sigma_s: f64::from(clock.sigma_ms) / 1000.0,
            photographed_at: Some(clock.at),
        };
        let key = keys::told_clock(&photo.race, &camera);
        once::amend(self.inputs(), &key, |now| {
            let there = now.and_then(|bytes| serde_json::from_slice::<SetClock>(bytes).ok());
            let later = there.and_then(|there| there.photographed_at);
            Ok(match later.is_some_and(|later| later >= clock.at) {
                true => Step::Keep,
                false => Step::Write(document::json(&set)),
            })
        })
        .await?;
        tracing::info!(race = %photo.race, "a photo of the clock page sets its camera's clock");
        Ok(())
    }
}
