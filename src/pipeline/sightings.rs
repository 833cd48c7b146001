//! Sightings: which bib a photo shows, and what its camera's clock showed. They are what a
//! camera's clock is solved from, so they lie where one listing reads them all: a key says
//! everything, and the object is empty.
//!
//! ```text
//! <race>/sightings/<camera>/<shown-ms>-<photo-id>-<bib>[+<bib>…]
//! ```
//!
//! Only bibs count that something else than the clock names: it would prove itself.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Fault, Processed};
use kanso_matching::camera::{Camera, CameraId};
use kanso_matching::clock_solver::Sample;
use kanso_matching::decision::Match;
use kanso_matching::{Evidence, Source, camera_clock};
use kanso_photo::PhotoId;
use kanso_race::Bib;

use super::handler::Handler;
use super::keys::{PhotoKey, RaceId};
use super::once;

/// From this probability a printed number is taken to be its runner's: one in ten that is not
/// harms no clock.
const SURE_READING: f64 = 0.9;
/// More runners of one photo tell no more about its clock.
const MOST_BIBS: usize = 8;

/// The bibs of one photo, and what its camera showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub shown: Timestamp,
    pub photo: PhotoId,
    pub bibs: BTreeSet<Bib>,
}

impl Sighting {
    /// Of a photo's decision; `None` where nothing but the clock names a bib, or where its time
    /// or camera is not known.
    pub(super) fn of(
        photo: &PhotoKey,
        processed: &Processed,
        race_data: &RaceData,
    ) -> Option<(CameraId, Self)> {
        let facts = processed.facts.as_ref()?;
        let camera = Camera::of(facts.serial.as_deref(), photo.camera(), &race_data.race).id?;
        let shown = camera_clock::shown(&facts.captured()?, &race_data.race)?;
        let decision = &processed.decision;
        let lists = [&decision.matches, &decision.waiting, &decision.candidates, &decision.barred];
        let named = lists.into_iter().flatten().filter(|found| is_sure(found));
        let bibs: BTreeSet<Bib> = named.map(|found| found.bib.clone()).take(MOST_BIBS).collect();
        let photo = processed.photo_id;
        (!bibs.is_empty()).then_some((camera, Self { shown, photo, bibs }))
    }

    pub(super) fn key(&self, race: &RaceId, camera: &CameraId) -> String {
        let bibs: Vec<&str> = self.bibs.iter().map(Bib::as_str).collect();
        let (shown, photo, bibs) = (self.shown.as_millisecond(), self.photo, bibs.join("+"));
        format!("{}{shown:014}-{photo}-{bibs}", folder(race, camera))
    }

    /// Reads a key; `None` for one that says no sighting.
    pub fn read(key: &str) -> Option<Self> {
        let mut parts = key.rsplit_once('/')?.1.splitn(3, '-');
        let shown = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
        let photo = parts.next()?.parse().ok()?;
        let bibs = parts.next()?.split('+').map(|bib| Bib::parse(bib).ok());
        Some(Self { shown, photo, bibs: bibs.collect::<Option<_>>()? })
    }

    /// What it says of the clock by the results: nothing of runners who have not finished.
    pub fn samples<'a>(&'a self, race_data: &'a RaceData) -> impl Iterator<Item = Sample> + 'a {
        let race = &race_data.race;
        self.bibs.iter().filter_map(move |bib| {
            let finish = race.finish_clock(race_data.roster.get(bib)?)?;
            Some(Sample::new(self.shown, finish, race.finish_window))
        })
    }
}

/// Something says it that is no clock, and that needs no second witness.
fn is_sure(found: &Match) -> bool {
    let sure = |evidence: &Evidence| match evidence.source {
        Source::Clock => false,
        Source::Reading => evidence.probability >= SURE_READING,
        _ => !evidence.weak,
    };
    found.evidence.iter().any(sure)
}

/// Where the sightings of a race's cameras lie.
pub(super) const SIGHTINGS: &str = "sightings/";

fn folder(race: &RaceId, camera: &CameraId) -> String {
    race.key(&format!("{SIGHTINGS}{camera}/"))
}

/// The key of a sighting that names no erased runner.
pub(super) fn may_keep(key: Option<&str>, erased: &BTreeSet<Bib>) -> Option<String> {
    let named = |sighting: &Sighting| sighting.bibs.iter().any(|bib| erased.contains(bib));
    key.filter(|key| !Sighting::read(key).is_some_and(|s| named(&s))).map(str::to_owned)
}

impl Handler {
    /// Keeps a photo's sighting, and takes back what was kept of it before.
    pub(super) async fn keep_sighting(
        &self,
        now: Option<&str>,
        before: Option<&str>,
    ) -> Result<(), Fault> {
        if let Some(key) = now.filter(|key| Some(*key) != before) {
            once::create(self.outputs(), key, Bytes::new(), "application/octet-stream").await?;
        }
        if let Some(key) = before.filter(|key| Some(*key) != now) {
            self.outputs().delete(key).await?;
        }
        Ok(())
    }

    /// All sightings of a camera.
    pub async fn sightings(
        &self,
        race: &RaceId,
        camera: &CameraId,
    ) -> Result<Vec<Sighting>, Fault> {
        let listed = self.outputs().list(&folder(race, camera)).await?;
        Ok(listed.iter().filter_map(|object| Sighting::read(&object.key)).collect())
    }

    /// The cameras that took a photo of somebody.
    pub async fn cameras_seen(&self, race: &RaceId) -> Result<Vec<CameraId>, Fault> {
        let folders = self.outputs().folders(&race.key(SIGHTINGS)).await?;
        Ok(folders.iter().filter_map(|folder| CameraId::new(folder)).collect())
    }

    /// Takes erased runners out of all sightings.
    pub(super) async fn forget_sightings(
        &self,
        race: &RaceId,
        bibs: &BTreeSet<Bib>,
    ) -> Result<usize, Fault> {
        let mut deleted = 0;
        for object in self.outputs().list(&race.key(SIGHTINGS)).await? {
            let Some(mut sighting) = Sighting::read(&object.key) else { continue };
            let before = sighting.bibs.len();
            sighting.bibs.retain(|bib| !bibs.contains(bib));
            if sighting.bibs.len() == before {
                continue;
            }
            let camera = object.key.rsplit_once('/').map(|(folder, _)| folder);
            let camera = camera.and_then(|folder| folder.strip_prefix(&race.key(SIGHTINGS)));
            let left = camera.and_then(CameraId::new).filter(|_| !sighting.bibs.is_empty());
            let left = left.map(|camera| sighting.key(race, &camera));
            self.keep_sighting(left.as_deref(), Some(&object.key)).await?;
            deleted += 1;
        }
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_everything_and_is_read_again() {
        let race = RaceId::new("race").unwrap();
        let camera = CameraId::new("KS-0012201").unwrap();
        let bibs = ["A-102", "7"].map(|bib| Bib::parse(bib).unwrap());
        let sighting = Sighting {
            shown: "2026-11-23T01:10:00.250Z".parse().unwrap(),
            photo: "0123456789abcdef".parse().unwrap(),
            bibs: bibs.into_iter().collect(),
        };
        let key = sighting.key(&race, &camera);
        assert_eq!(key, "race/sightings/KS-0012201/01795396200250-0123456789abcdef-7+A-102");
        assert_eq!(Sighting::read(&key), Some(sighting));
        for other in ["race/sightings/a/x", "race/sightings/a/1-2-3", ""] {
            assert_eq!(Sighting::read(other), None, "{other}");
        }
    }
}
