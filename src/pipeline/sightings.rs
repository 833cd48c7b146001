//! Sightings: which bibs a photo shows, and what its camera's clock showed. A camera's clock is
//! solved from them, and photos taken about then are decided beside them (`neighbours`), so
//! they lie where one listing reads as many as are wanted: a key says everything, and the object
//! is empty.
//!
//! ```text
//! <race>/sightings/<camera>/<shown-ms>-<photo-id>-<bib>.<seen>[+<bib>.<seen>…]
//! ```
//!
//! `<seen>` is what holds of the bib ([`Seen`]): `r`ead, `s`urely, `i`ssued, a person is
//! `q`uestioned about it, or said `y`es or `n`o. A photo in which nothing is seen says so.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Facts, Fault};
use kanso_matching::camera::{Camera, CameraId};
use kanso_matching::camera_clock;
use kanso_matching::clock_solver::Sample;
use kanso_matching::sighting::{Seen, Sighting};
use kanso_photo::PhotoId;
use kanso_race::Bib;

use super::handler::Handler;
use super::keys::{PhotoKey, RaceId};
use super::once;
use super::outcome::OutcomeRecord;
use crate::store::found;

/// More runners of one photo tell no more.
const MOST_BIBS: usize = 12;

/// What a photo says; `None` where its time or camera is not known.
pub(super) fn sighting_of(
    photo: &PhotoKey,
    id: PhotoId,
    facts: &Facts,
    seen: &BTreeMap<Bib, Seen>,
    race_data: &RaceData,
) -> Option<Sighting> {
    let camera = Camera::of(facts.serial.as_deref(), photo.camera(), &race_data.race).id?;
    let shown = camera_clock::shown(&facts.captured()?, &race_data.race)?;
    let seen = seen.iter().take(MOST_BIBS).map(|(bib, seen)| (bib.clone(), *seen)).collect();
    let sighting = Sighting { camera, photo: id, shown, instant: None, seen };
    Some(timed(sighting, race_data))
}

/// On the finish clock, where its camera's is known by name.
pub(super) fn timed(sighting: Sighting, race_data: &RaceData) -> Sighting {
    let clock = race_data.clocks.of(&Camera::named(sighting.camera.clone()), &race_data.race);
    let offset = clock.and_then(|clock| clock.offset_at(sighting.shown));
    let instant = offset.and_then(|(offset_s, _)| {
        let offset = SignedDuration::try_from_secs_f64(offset_s).ok()?;
        sighting.shown.checked_add(offset).ok()
    });
    Sighting { instant, ..sighting }
}

/// The key of a sighting.
pub(super) fn key_of(race: &RaceId, sighting: &Sighting) -> String {
    let Sighting { camera, photo, shown, seen, .. } = sighting;
    let bibs: Vec<String> =
        seen.iter().map(|(bib, seen)| format!("{bib}.{}", letters(*seen))).collect();
    let (shown, bibs) = (shown.as_millisecond(), bibs.join("+"));
    format!("{}{shown:014}-{photo}-{bibs}", folder(race, camera))
}

/// Reads a key; `None` for one that says no sighting.
pub(super) fn read_key(key: &str) -> Option<Sighting> {
    let (folder, file) = key.rsplit_once('/')?;
    let camera = CameraId::new(folder.rsplit('/').next()?)?;
    let mut parts = file.splitn(3, '-');
    let shown = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
    let photo = parts.next()?.parse().ok()?;
    let entries = parts.next()?.split('+').filter(|entry| !entry.is_empty());
    let seen = entries.map(|entry| {
        let (bib, letters) = entry.rsplit_once('.').unwrap_or((entry, ""));
        Some((Bib::parse(bib).ok()?, read_letters(letters)))
    });
    let seen = seen.collect::<Option<_>>()?;
    Some(Sighting { camera, photo, shown, instant: None, seen })
}

fn letters(seen: Seen) -> String {
    let marks = [
        (seen.read, 'r'),
        (seen.sure, 's'),
        (seen.issued, 'i'),
        (seen.asked, 'q'),
        (seen.told == Some(true), 'y'),
        (seen.told == Some(false), 'n'),
    ];
    marks.into_iter().filter(|(holds, _)| *holds).map(|(_, letter)| letter).collect()
}

fn read_letters(letters: &str) -> Seen {
    let has = |letter| letters.contains(letter);
    let (yes, no) = (has('y').then_some(true), has('n').then_some(false));
    Seen { read: has('r'), sure: has('s'), issued: has('i'), asked: has('q'), told: yes.or(no) }
}

/// The bibs that tell what the camera's clock is off by: those that something else than the
/// clock names. It would prove itself.
pub(super) fn sure(sighting: &Sighting) -> impl Iterator<Item = &Bib> {
    sighting.those(|seen| seen.sure)
}

/// What a sighting says of the clock by the results: nothing of runners who have not finished.
pub fn samples<'a>(
    sighting: &'a Sighting,
    race_data: &'a RaceData,
) -> impl Iterator<Item = Sample> + 'a {
    let race = &race_data.race;
    sure(sighting).filter_map(move |bib| {
        let finish = race.finish_clock(race_data.roster.get(bib)?)?;
        Some(Sample::new(sighting.shown, finish, race.finish_window))
    })
}

/// Where the sightings of a race's cameras lie.
pub(super) const SIGHTINGS: &str = "sightings/";

pub(super) fn folder(race: &RaceId, camera: &CameraId) -> String {
    race.key(&format!("{SIGHTINGS}{camera}/"))
}

/// The key of a sighting that names no erased runner.
pub(super) fn may_keep(key: Option<&str>, erased: &BTreeSet<Bib>) -> Option<String> {
    let named = |sighting: &Sighting| sighting.seen.keys().any(|bib| erased.contains(bib));
    key.filter(|key| !read_key(key).is_some_and(|s| named(&s))).map(str::to_owned)
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

    /// All sightings of a camera that tell of its clock.
    pub async fn sightings(
        &self,
        race: &RaceId,
        camera: &CameraId,
    ) -> Result<Vec<Sighting>, Fault> {
        let listed = self.outputs().list(&folder(race, camera)).await?;
        Ok(listed
            .iter()
            .filter_map(|object| read_key(&object.key))
            .filter(|sighting| sure(sighting).next().is_some())
            .collect())
    }

    /// The cameras that took a photo.
    pub async fn cameras_seen(&self, race: &RaceId) -> Result<Vec<CameraId>, Fault> {
        let folders = self.outputs().folders(&race.key(SIGHTINGS)).await?;
        Ok(folders.iter().filter_map(|folder| CameraId::new(folder)).collect())
    }

    /// Writes again what an outcome names and is not there; whether something was not.
    pub(super) async fn restore_sighting(&self, key: Option<&str>) -> Result<bool, Fault> {
        let Some(key) = key else { return Ok(false) };
        if found(self.outputs().head(key).await)?.is_some() {
            return Ok(false);
        }
        self.keep_sighting(Some(key), None).await?;
        Ok(true)
    }

    /// Makes the sightings of a race those that its outcomes name; how many were missing, and
    /// how many were nobody's.
    pub(super) async fn mend_sightings(
        &self,
        race: &RaceId,
        records: &HashMap<String, OutcomeRecord>,
    ) -> Result<(usize, usize), Fault> {
        let listed = self.outputs().list(&race.key(SIGHTINGS)).await?;
        let there: HashSet<&str> = listed.iter().map(|object| object.key.as_str()).collect();
        let named: HashSet<&str> =
            records.values().filter_map(|record| record.sighting.as_deref()).collect();
        let missing: Vec<&str> = named.difference(&there).copied().collect();
        for key in &missing {
            self.keep_sighting(Some(key), None).await?;
        }
        // What a photo says that is under way is named soon.
        let done: HashSet<PhotoId> = records.values().map(|record| record.photo_id).collect();
        let is_done = |key: &str| read_key(key).is_none_or(|it| done.contains(&it.photo));
        let stray: Vec<&str> =
            there.difference(&named).copied().filter(|key| is_done(key)).collect();
        for key in &stray {
            self.outputs().delete(key).await?;
        }
        Ok((missing.len(), stray.len()))
    }

    /// Takes erased runners out of all sightings.
    pub(super) async fn forget_sightings(
        &self,
        race: &RaceId,
        bibs: &BTreeSet<Bib>,
    ) -> Result<usize, Fault> {
        let mut deleted = 0;
        for object in self.outputs().list(&race.key(SIGHTINGS)).await? {
            let Some(mut sighting) = read_key(&object.key) else { continue };
            let before = sighting.seen.len();
            sighting.seen.retain(|bib, _| !bibs.contains(bib));
            if sighting.seen.len() == before {
                continue;
            }
            let left = key_of(race, &sighting);
            self.keep_sighting(Some(&left), Some(&object.key)).await?;
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
        let bib = |bib| Bib::parse(bib).unwrap();
        let sure = Seen { read: true, sure: true, issued: true, ..Seen::default() };
        let asked = Seen { read: true, asked: true, told: Some(false), ..Seen::default() };
        let mut sighting = Sighting {
            camera: CameraId::new("KS-0012201").unwrap(),
            photo: "0123456789abcdef".parse().unwrap(),
            shown: "2026-11-23T01:10:00.250Z".parse().unwrap(),
            instant: None,
            seen: [(bib("A-102"), sure), (bib("7"), asked)].into(),
        };
        let key = key_of(&race, &sighting);
        let folder = "race/sightings/KS-0012201/01795396200250-0123456789abcdef-";
        assert_eq!(key, format!("{folder}7.rqn+A-102.rsi"));
        assert_eq!(read_key(&key), Some(sighting.clone()));
        sighting.seen.clear();
        assert_eq!(key_of(&race, &sighting), folder);
        assert_eq!(read_key(folder), Some(sighting));
        for other in ["race/sightings/a/x", "race/sightings/a/1-2-3", ""] {
            assert_eq!(read_key(other), None, "{other}");
        }
    }
}
