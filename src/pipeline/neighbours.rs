//! Photos taken about then, by any camera: what they tell of a photo, and which of them may come
//! to something else because of it.
//!
//! A sighting says what a photo shows by itself and is written before its neighbours are looked
//! at. Whoever wrote a new one looks at the open photos around it afterwards. So of two photos
//! that are done at the same time, one at least sees the other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Fault, Processed, document};
use kanso_matching::OCCASION_S;
use kanso_matching::camera::{Camera, CameraId};
use kanso_matching::decision::Burst;
use kanso_matching::sighting::{Sighting, is_open};
use kanso_photo::PhotoId;

use super::correction;
use super::current;
use super::failures::Failures;
use super::handler::Handler;
use super::keys::{self, Input, PhotoKey, RaceId, Tray};
use super::once;
use super::outcome::{OutcomeRecord, Reopened};
use super::sightings::{folder, key_of, read_key, sighting_of, timed};
use crate::events::Upload;

/// A photo tells those this much earlier and later, in seconds, with the second that clocks cut.
pub(super) const REACH_S: f64 = OCCASION_S + 1.0;
/// Photos that are looked at because of one; whatever is behind them, the reconciler finds.
const MOST: usize = 100;

/// What a photo said before, and what it says now.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub before: Option<Sighting>,
    pub now: Option<Sighting>,
}

impl Told {
    /// `None` where it says the same.
    pub(super) fn news(
        before: Option<&str>,
        now: Option<Sighting>,
        key: Option<&str>,
    ) -> Option<Self> {
        (before != key).then(|| Self { before: before.and_then(read_key), now })
    }

    fn either(&self) -> Option<&Sighting> {
        self.now.as_ref().or(self.before.as_ref())
    }
}

/// A photo that its neighbours may tell something, and what they told.
#[derive(Debug)]
pub(super) struct Beside {
    pub own: Sighting,
    pub burst: Burst,
}

/// Stretches of time, as cameras show them.
type Stretches = BTreeMap<CameraId, (Timestamp, Timestamp)>;

/// Photos and those around them.
#[derive(Debug, Default)]
pub(super) struct Neighbourhood {
    /// In order of what they show.
    by_camera: BTreeMap<CameraId, Vec<Sighting>>,
    /// In order of the finish clock, where that is known.
    by_instant: Vec<(Timestamp, Sighting)>,
}

impl Neighbourhood {
    fn of(mut sightings: Vec<Sighting>) -> Self {
        sightings.sort_by_key(|sighting| sighting.shown);
        let instant = |sighting: &Sighting| Some((sighting.instant?, sighting.clone()));
        let mut by_instant: Vec<_> = sightings.iter().filter_map(instant).collect();
        by_instant.sort_by_key(|(instant, _)| *instant);
        let mut by_camera: BTreeMap<CameraId, Vec<Sighting>> = BTreeMap::new();
        for sighting in sightings {
            by_camera.entry(sighting.camera.clone()).or_default().push(sighting);
        }
        Self { by_camera, by_instant }
    }

    /// What the others tell of a photo.
    pub(super) fn burst(&self, own: &Sighting) -> Burst {
        Burst::beside(own, self.around(own))
    }

    /// The photos that may tell one something, some of them twice.
    fn around(&self, own: &Sighting) -> impl Iterator<Item = &Sighting> {
        let (from, until) = reach(own.shown, REACH_S);
        let same = self.by_camera.get(&own.camera).map_or(&[][..], Vec::as_slice);
        let same = &same[same.partition_point(|other| other.shown < from)..];
        let same = same.iter().take_while(move |other| other.shown <= until);
        let (from, until) = own.instant.map_or((from, from), |at| reach(at, REACH_S));
        let others = if own.instant.is_some() { &self.by_instant[..] } else { &[] };
        let others = &others[others.partition_point(|(at, _)| *at < from)..];
        let others = others.iter().take_while(move |(at, _)| *at <= until);
        let id = own.photo;
        same.chain(others.map(|(_, other)| other)).filter(move |other| other.photo != id)
    }

    /// Those that may come to something else because a photo says something else than before.
    fn changed_by(&self, told: &Told) -> Vec<&Sighting> {
        let id = told.either().map(|sighting| sighting.photo);
        let with = |one: &Sighting, said: &Option<Sighting>| {
            let others = self.around(one).filter(|other| Some(other.photo) != id);
            Burst::beside(one, others.chain(said))
        };
        let open = self.by_camera.values().flatten().filter(|one| is_open(&one.seen));
        open.filter(|one| Some(one.photo) != id)
            .filter(|one| with(one, &told.before) != with(one, &told.now))
            .collect()
    }
}

impl Handler {
    /// The photos around some, so far that what each of them is told is whole.
    pub(super) async fn neighbourhood(
        &self,
        race: &RaceId,
        of: &[&Sighting],
        race_data: &RaceData,
        reach_s: f64,
    ) -> Result<Neighbourhood, Fault> {
        let mut found = Vec::new();
        for (camera, (from, until)) in stretches(of, race_data, reach_s) {
            let folder = folder(race, &camera);
            let key =
                |moment: Timestamp, end| format!("{folder}{:014}{end}", moment.as_millisecond());
            let (from, until) = (key(from, ""), key(until, "~"));
            let listed = match of.len() {
                0 | 1 => self.outputs().list_few_between(&folder, &from, &until).await?,
                _ => self.outputs().list_between(&folder, &from, &until).await?,
            };
            found.extend(listed.iter().filter_map(|object| read_key(&object.key)));
        }
        let timed = found.into_iter().map(|sighting| timed(sighting, race_data));
        Ok(Neighbourhood::of(timed.collect()))
    }

    /// What is told of a photo that was decided by itself, where that counts. It says first what
    /// it shows: whoever is done meanwhile sees it.
    pub(super) async fn beside(
        &self,
        photo: &PhotoKey,
        race_data: &RaceData,
        alone: &Processed,
    ) -> Result<Option<Beside>, Fault> {
        let Some(facts) = &alone.facts else { return Ok(None) };
        let own = sighting_of(photo, alone.photo_id, facts, &alone.seen, race_data);
        let Some(own) = own.filter(|own| is_open(&own.seen)) else { return Ok(None) };
        self.keep_sighting(Some(&key_of(&photo.race, &own)), None).await?;
        let burst = self.burst(&photo.race, &own, race_data).await?;
        Ok(Some(Beside { own, burst }))
    }

    /// What is left to be done once a photo's outcome is written: it is decided again if it was
    /// told something else meanwhile, and so are its neighbours by what it says. Gives back what
    /// is to be rendered.
    pub(super) async fn settle_beside(
        &self,
        race: &RaceId,
        race_data: &Arc<RaceData>,
        photo: &PhotoId,
        beside: Option<Beside>,
        mut told: Vec<Told>,
    ) -> Result<Vec<Upload>, Fault> {
        let mut render = Vec::new();
        if let Some(Beside { own, burst }) = beside
            && self.burst(race, &own, race_data).await? != burst
        {
            let acted = self.beside_again(race, race_data, &own).await?;
            if let Some(fault) = acted.failures.first() {
                return Err(fault.clone());
            }
            render.extend(acted.render);
            told.extend(acted.told);
        }
        // The photo itself is done: what its neighbours lack, the reconciler finds.
        match self.tell_neighbours(race, race_data, told).await {
            Ok(more) => render.extend(more),
            Err(fault) => tracing::warn!(%race, %photo, "its neighbours were not told: {fault}"),
        }
        Ok(render)
    }

    /// What is told of one photo by those around it.
    async fn burst(
        &self,
        race: &RaceId,
        own: &Sighting,
        race_data: &RaceData,
    ) -> Result<Burst, Fault> {
        Ok(self.neighbourhood(race, &[own], race_data, REACH_S).await?.burst(own))
    }

    /// Photos say something else than before: the open ones around them are decided again, and
    /// those around these. Gives back what is to be rendered.
    pub(super) fn tell_neighbours<'a>(
        &'a self,
        race: &'a RaceId,
        race_data: &'a Arc<RaceData>,
        told: Vec<Told>,
    ) -> BoxFuture<'a, Result<Vec<Upload>, Fault>> {
        Box::pin(self.told(race, race_data, told))
    }

    async fn told(
        &self,
        race: &RaceId,
        race_data: &Arc<RaceData>,
        told: Vec<Told>,
    ) -> Result<Vec<Upload>, Fault> {
        let most = MOST * told.len();
        let mut told = VecDeque::from(told);
        let (mut render, mut failures, mut looked_at) = (Vec::new(), Failures::default(), 0);
        while let Some(one) = told.pop_front() {
            let Some(own) = one.either() else { continue };
            let around = self.neighbourhood(race, &[own], race_data, 2.0 * REACH_S).await?;
            for photo in around.changed_by(&one) {
                looked_at += 1;
                if looked_at > most {
                    tracing::warn!(%race, "too many photos hang together; the reconciler goes on");
                    return Ok(render);
                }
                let again = failures.note(self.beside_again(race, race_data, photo).await)?;
                let Some(acted) = again else { continue };
                render.extend(acted.render);
                told.extend(acted.told);
                failures.extend(acted.failures);
            }
        }
        failures.first().map_or(Ok(render), |fault| Err(fault.clone()))
    }

    /// Decides about an open photo again.
    async fn beside_again(
        &self,
        race: &RaceId,
        race_data: &Arc<RaceData>,
        photo: &Sighting,
    ) -> Result<correction::Acted, Fault> {
        let Some(record) = self.open(race, photo).await? else { return Ok(Default::default()) };
        let answer = self.answer(race, &photo.photo).await?;
        let changes = correction::changes_of_one(self, race_data, record, answer).await?;
        correction::act(self, race, race_data, changes, None).await
    }

    /// The outcome of an open photo: it lies in a tray, or is issued because of its neighbours.
    async fn open(&self, race: &RaceId, seen: &Sighting) -> Result<Option<OutcomeRecord>, Fault> {
        let mut named = None;
        for tray in [Tray::Review, Tray::Rejected, Tray::Pending] {
            let key = tray.key(race, &seen.photo);
            let bytes = once::document(self.outputs(), &key).await?;
            let record: Option<Reopened> = document::derived(&key, bytes.as_deref())?;
            named = named.or(record.map(|record| (record.photo, record.etag)));
        }
        for bib in seen.seen.keys() {
            if named.is_some() {
                break;
            }
            let current = current::read(self.outputs(), race, bib, &seen.photo).await?;
            named = current.and_then(|current| current.photo.zip(current.etag));
        }
        let Some((photo, etag)) = named else { return Ok(None) };
        let Some(Input::Photo(photo)) = keys::classify(&photo) else { return Ok(None) };
        self.outcome(&photo.outcome(&etag)).await
    }
}

/// When each camera showed what may be around photos. Cameras of whose clock nothing is known
/// tell only of their own.
fn stretches(of: &[&Sighting], race_data: &RaceData, reach_s: f64) -> Stretches {
    let mut stretches = Stretches::new();
    for own in of {
        widen(&mut stretches, &own.camera, reach(own.shown, reach_s));
        let Some(instant) = own.instant else { continue };
        for camera in named_cameras(race_data).filter(|camera| *camera != own.camera) {
            if let Some(shown) = shown_by(&camera, instant, race_data) {
                widen(&mut stretches, &camera, reach(shown, reach_s));
            }
        }
    }
    stretches
}

fn widen(stretches: &mut Stretches, camera: &CameraId, (from, until): (Timestamp, Timestamp)) {
    let stretch = stretches.entry(camera.clone()).or_insert((from, until));
    *stretch = (stretch.0.min(from), stretch.1.max(until));
}

fn reach(at: Timestamp, reach_s: f64) -> (Timestamp, Timestamp) {
    let reach = SignedDuration::from_secs_f64(reach_s);
    (
        at.checked_sub(reach).unwrap_or(Timestamp::MIN),
        at.checked_add(reach).unwrap_or(Timestamp::MAX),
    )
}

/// Cameras of whose clock something is known by their name.
fn named_cameras(race_data: &RaceData) -> impl Iterator<Item = CameraId> {
    let clocks = &race_data.clocks;
    let rules = race_data.race.cameras.iter().filter_map(|camera| CameraId::new(&camera.id));
    let all: BTreeSet<CameraId> =
        clocks.told.keys().chain(clocks.solved.keys()).cloned().chain(rules).collect();
    all.into_iter()
}

/// What a camera showed at a moment on the finish clock.
fn shown_by(camera: &CameraId, instant: Timestamp, race_data: &RaceData) -> Option<Timestamp> {
    let clock = race_data.clocks.of(&Camera::named(camera.clone()), &race_data.race)?;
    let less = |shown: Timestamp| {
        let (offset_s, _) = clock.offset_at(shown)?;
        instant.checked_sub(SignedDuration::try_from_secs_f64(offset_s).ok()?).ok()
    };
    // Twice: the offset is known by what the camera shows.
    less(less(instant)?)
}
