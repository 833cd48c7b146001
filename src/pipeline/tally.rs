//! What became of the photos of each race, counted as they come and as their outcomes are
//! written: whoever watches a race asks the store for nothing.
//!
//! A reconciliation ([`reconcile`](crate::reconcile)) holds the count against what is there, so
//! that a process that was killed goes on where it was, and what was deleted by others is
//! counted no longer.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use kanso_matching::Outcome;

use crate::keys::{self, Input, PhotoKey, RaceId};
use crate::outcome::OutcomeRecord;
use crate::store::Listed;

/// Minutes that a chart shows, the one that goes on included.
pub const MINUTES: usize = 60;

/// The photos of all races, about 200 bytes each, for as long as the process lives.
#[derive(Debug, Default)]
pub struct Tally(Mutex<HashMap<RaceId, HashMap<String, Counted>>>);

/// One photo, by its path below `photos/`.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    /// When this version was there.
    uploaded_at: Option<Timestamp>,
    /// `None` until it has one.
    outcome: Option<Outcome>,
    /// When it had its certificate, where nothing but this process had to be waited for.
    certified_at: Option<Timestamp>,
}

/// Photos of one camera, or of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    pub received: usize,
    /// With a certificate.
    pub issued: usize,
    /// Not done yet.
    pub in_work: usize,
    /// That wait for a result, or for their camera's clock.
    pub pending: usize,
    /// That a person must settle.
    pub review: usize,
    pub rejected: usize,
    pub last_upload: Option<Timestamp>,
    /// The upload of the oldest that is in work.
    pub oldest_in_work: Option<Timestamp>,
    /// Uploads by minute, the current one last.
    pub uploads: [u32; MINUTES],
    /// Certificates that this process made at once, in the same way.
    pub certified: [u32; MINUTES],
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            received: 0,
            issued: 0,
            in_work: 0,
            pending: 0,
            review: 0,
            rejected: 0,
            last_upload: None,
            oldest_in_work: None,
            uploads: [0; MINUTES],
            certified: [0; MINUTES],
        }
    }
}

/// From upload to certificate, of the last hour's photos that had to wait for no person and
/// no result. A store says when something was uploaded in whole seconds, so that each may be
/// up to a second shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    pub photos: usize,
    pub p50: SignedDuration,
    pub p95: SignedDuration,
    pub p99: SignedDuration,
}

/// A race as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RaceTally {
    pub all: Counts,
    /// By the first folder below `photos/`.
    pub cameras: BTreeMap<String, Counts>,
    /// `None` where there was none.
    pub waits: Option<Waits>,
}

impl Tally {
    /// A version of a photo is there since then.
    pub fn uploaded(&self, photo: &PhotoKey, at: Timestamp) {
        let at = whole_second(at);
        let mut races = self.lock();
        let photos = races.entry(photo.race.clone()).or_default();
        let counted = photos.entry(photo.path().to_owned()).or_default();
        if counted.uploaded_at != Some(at) {
            *counted = Counted { uploaded_at: Some(at), ..Counted::default() };
        }
    }

    /// An outcome stands there now.
    pub(super) fn decided(&self, record: &OutcomeRecord, now: Timestamp) {
        let Some(Input::Photo(photo)) = keys::classify(&record.photo) else { return };
        let mut races = self.lock();
        let photos = races.entry(photo.race.clone()).or_default();
        let counted = photos.entry(photo.path().to_owned()).or_default();
        let first = counted.outcome.is_none() && record.outcome == Outcome::Issue;
        counted.certified_at = counted.certified_at.or(first.then_some(now));
        counted.outcome = Some(record.outcome);
    }

    /// Holds a race's count against the photos that were there when `asked`.
    pub(super) fn count<'a>(
        &self,
        race: &RaceId,
        asked: Timestamp,
        photos: impl Iterator<Item = &'a Listed>,
    ) {
        let mut races = self.lock();
        let mut before = races.remove(race).unwrap_or_default();
        let mut now: HashMap<String, Counted> = HashMap::new();
        for listed in photos {
            let Some(Input::Photo(photo)) = keys::classify(&listed.key) else { continue };
            let uploaded_at = listed.modified.map(whole_second);
            let same = |known: &Counted| known.uploaded_at == uploaded_at;
            let known = before.remove(photo.path()).filter(same);
            let counted = known.unwrap_or(Counted { uploaded_at, ..Counted::default() });
            now.insert(photo.path().to_owned(), counted);
        }
        before.retain(|_, known| known.uploaded_at >= Some(whole_second(asked)));
        now.extend(before);
        races.insert(race.clone(), now);
    }

    /// The outcomes of a race's newest photos, as they stand in the store.
    pub(super) fn outcomes<'a>(
        &self,
        race: &RaceId,
        records: impl Iterator<Item = &'a OutcomeRecord>,
    ) {
        let mut races = self.lock();
        let Some(photos) = races.get_mut(race) else { return };
        for record in records {
            let Some(Input::Photo(photo)) = keys::classify(&record.photo) else { continue };
            if let Some(counted) = photos.get_mut(photo.path()) {
                counted.outcome = Some(record.outcome);
            }
        }
    }

    /// Nothing is known of the race any more.
    pub(super) fn forget(&self, race: &RaceId) {
        self.lock().remove(race);
    }

    /// A race as it is now.
    pub fn of(&self, race: &RaceId, now: Timestamp) -> RaceTally {
        let races = self.lock();
        let mut tally = RaceTally::default();
        let mut waits = Vec::new();
        for (path, counted) in races.get(race).into_iter().flatten() {
            tally.each(camera(path), |counts| counts.add(counted, now));
            if let (Some(from), Some(until)) = (counted.uploaded_at, counted.certified_at)
                && minutes_ago(until, now).is_some()
            {
                waits.push(until.duration_since(from).max(SignedDuration::ZERO));
            }
        }
        tally.waits = Waits::of(waits);
        tally
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RaceId, HashMap<String, Counted>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RaceTally {
    /// What counts for a camera counts for all.
    fn each(&mut self, camera: &str, count: impl Fn(&mut Counts)) {
        count(&mut self.all);
        match self.cameras.get_mut(camera) {
            Some(counts) => count(counts),
            None => count(self.cameras.entry(camera.to_owned()).or_default()),
        }
    }
}

impl Counts {
    fn add(&mut self, photo: &Counted, now: Timestamp) {
        self.received += 1;
        match photo.outcome {
            Some(Outcome::Issue) => self.issued += 1,
            Some(Outcome::Pending) => self.pending += 1,
            Some(Outcome::Review) => self.review += 1,
            Some(Outcome::Reject) => self.rejected += 1,
            None => {
                self.in_work += 1;
                let oldest = self.oldest_in_work.into_iter().chain(photo.uploaded_at).min();
                self.oldest_in_work = oldest;
            }
        }
        self.last_upload = self.last_upload.max(photo.uploaded_at);
        let minute = |at: Option<Timestamp>| at.and_then(|at| minutes_ago(at, now));
        if let Some(ago) = minute(photo.uploaded_at) {
            self.uploads[MINUTES - 1 - ago] += 1;
        }
        if let Some(ago) = minute(photo.certified_at) {
            self.certified[MINUTES - 1 - ago] += 1;
        }
    }
}

impl Waits {
    /// By nearest rank.
    fn of(mut waits: Vec<SignedDuration>) -> Option<Self> {
        waits.sort_unstable();
        let rank = |percent: usize| {
            let rank = (waits.len() * percent).div_ceil(100).max(1);
            waits.get(rank - 1).copied()
        };
        Some(Self { photos: waits.len(), p50: rank(50)?, p95: rank(95)?, p99: rank(99)? })
    }
}

/// As a store says it.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The first folder of a path below `photos/`.
fn camera(path: &str) -> &str {
    path.split_once('/').map_or("", |(camera, _)| camera)
}

/// In how manieth minute before the current one, by the clock on the wall; `None` beyond the
/// chart. A store whose clock is ahead has it in this minute.
fn minutes_ago(at: Timestamp, now: Timestamp) -> Option<usize> {
    let ago = now.as_second().div_euclid(60) - at.as_second().div_euclid(60);
    usize::try_from(ago.max(0)).ok().filter(|ago| *ago < MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ETag;
    use kanso_photo::PhotoId;

    const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);

    fn race() -> RaceId {
        RaceId::new("race").unwrap()
    }

    fn photo(n: usize) -> PhotoKey {
        let Some(Input::Photo(photo)) = keys::classify(&format!("race/photos/a/{n}.jpg")) else {
            unreachable!()
        };
        photo
    }

    fn record(n: usize, outcome: Outcome) -> OutcomeRecord {
        OutcomeRecord {
            photo: photo(n).key(),
            photo_id: PhotoId::of(&[n as u8]),
            etag: ETag::new("e"),
            outcome,
            reason: String::new(),
            certificates: Vec::new(),
            trays: Vec::new(),
            answer: None,
            upload_bib: None,
            decision_hash: String::new(),
            facts: None,
            sighting: None,
        }
    }

    fn after(seconds: i64) -> Timestamp {
        NOW + SignedDuration::from_secs(seconds)
    }

    fn listed(n: usize) -> Listed {
        Listed { key: photo(n).key(), etag: ETag::new("e"), size: 1, modified: Some(NOW) }
    }

    #[test]
    fn a_photo_is_counted_once_whatever_it_was_before() {
        let tally = Tally::default();
        tally.uploaded(&photo(1), NOW);
        for outcome in [Outcome::Pending, Outcome::Review, Outcome::Issue] {
            tally.decided(&record(1, outcome), after(5));
        }
        tally.uploaded(&photo(2), after(7));
        let now = tally.of(&race(), after(10));
        let Counts { received, issued, in_work, pending, review, .. } = now.all;
        assert_eq!((received, issued, in_work, pending, review), (2, 1, 1, 0, 0));
        assert_eq!(now.all.oldest_in_work, Some(after(7)));
        assert_eq!(now.cameras["a"], now.all);
        assert_eq!(now.waits, None, "it waited for somebody else");
    }

    #[test]
    fn waits_are_those_of_photos_that_were_settled_at_once_within_the_hour() {
        let tally = Tally::default();
        for n in 0..100 {
            tally.uploaded(&photo(n), NOW);
            tally.decided(&record(n, Outcome::Issue), after(1 + n as i64));
        }
        // Done again, it is no later.
        tally.decided(&record(0, Outcome::Issue), after(200));
        let now = tally.of(&race(), after(200));
        let waits = now.waits.unwrap();
        let seconds = [waits.p50, waits.p95, waits.p99].map(|wait| wait.as_secs());
        assert_eq!((waits.photos, seconds), (100, [50, 95, 99]));
        assert_eq!(now.all.uploads.iter().sum::<u32>(), 100);
        assert_eq!(now.all.certified.iter().sum::<u32>(), 100);
        let later = tally.of(&race(), after(2 * 3600));
        assert_eq!((later.waits, later.all.issued), (None, 100));
        assert_eq!(later.all.uploads, [0; MINUTES]);
    }

    #[test]
    fn a_reconciliation_counts_what_is_there_and_forgets_what_is_gone() {
        let tally = Tally::default();
        tally.uploaded(&photo(1), NOW);
        tally.decided(&record(1, Outcome::Issue), after(3));
        tally.uploaded(&photo(2), NOW);
        // It came while the photos were listed.
        tally.uploaded(&photo(4), after(5));
        tally.count(&race(), after(4), [listed(1), listed(3)].iter());
        let gone = record(5, Outcome::Review);
        tally.outcomes(&race(), [record(3, Outcome::Review), gone].iter());
        let now = tally.of(&race(), after(10));
        let Counts { received, issued, review, in_work, .. } = now.all;
        assert_eq!((received, issued, review, in_work), (3, 1, 1, 1));
        assert_eq!(now.waits.map(|waits| waits.photos), Some(1), "what was measured stays");
    }

    #[test]
    fn another_photo_under_the_same_name_begins_anew() {
        let tally = Tally::default();
        tally.uploaded(&photo(1), NOW);
        tally.decided(&record(1, Outcome::Reject), after(3));
        tally.uploaded(&photo(1), after(60));
        assert_eq!(tally.of(&race(), after(61)).all.rejected, 0);
        tally.decided(&record(1, Outcome::Issue), after(64));
        let waits = tally.of(&race(), after(70)).waits.unwrap();
        assert_eq!(waits.p99.as_secs(), 4);
    }
}
