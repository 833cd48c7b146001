//! Photos whose printed numbers are to be read, once nothing quicker is to be done.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use jiff::{SignedDuration, Timestamp};
use kanso_reading::Reader;

use super::keys::RaceId;
use crate::events::Upload;

/// Photos that wait here; what does not fit is found again by the reconciler.
const MOST: usize = 10_000;
/// A photo this close to the finish of a runner who is asked for may show them.
const NEAR: SignedDuration = SignedDuration::from_secs(60);
/// Runners who were asked for last.
const ASKED_FOR: usize = 16;

/// A photo that only its printed numbers can settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub upload: Upload,
    pub race: RaceId,
    /// On the finish clock, where its camera's clock is known.
    pub taken_at: Option<Timestamp>,
}

/// The finishes that somebody stands at a kiosk for, the last first.
#[derive(Debug, Default)]
pub(super) struct AskedFor(Mutex<VecDeque<(RaceId, Timestamp)>>);

impl AskedFor {
    pub fn add(&self, race: &RaceId, finish: Timestamp) {
        let mut asked = self.lock();
        asked.push_front((race.clone(), finish));
        asked.truncate(ASKED_FOR);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(RaceId, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The photos, in order of arrival.
#[derive(Debug, Default)]
pub(super) struct UnreadPhotos(VecDeque<Unread>);

impl UnreadPhotos {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a photo, each once; gives back the oldest where there is no more room.
    pub fn add(&mut self, photo: Unread) -> Option<Upload> {
        self.0.retain(|other| other.upload.key != photo.upload.key);
        self.0.push_back(photo);
        if self.0.len() > MOST { self.0.pop_front().map(|oldest| oldest.upload) } else { None }
    }

    /// One near the finish of a runner who is asked for, the last asked first; else the newest.
    pub fn next(&mut self, asked_for: &AskedFor) -> Option<Unread> {
        let near = |(race, finish): &(RaceId, Timestamp)| {
            self.0.iter().rposition(|photo| {
                let taken = photo.taken_at.filter(|_| photo.race == *race);
                taken.is_some_and(|taken| taken.duration_since(*finish).abs() <= NEAR)
            })
        };
        let wanted = asked_for.lock().iter().find_map(near);
        self.0.remove(wanted.unwrap_or(self.0.len().checked_sub(1)?))
    }
}

/// Reads printed numbers; `None` where its weights are damaged, which is told once: nothing
/// is issued by reading then, and everything else goes on.
pub fn reader() -> Option<&'static Reader> {
    static TOLD: Once = Once::new();
    Reader::bundled()
        .inspect_err(|error| {
            TOLD.call_once(|| tracing::error!("printed numbers are not read: {error}"));
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(key: &str, taken_at: &str) -> Unread {
        let (bucket, key) = ("kanso".to_owned(), format!("race/photos/a/{key}.jpg"));
        let race = RaceId::new("race").unwrap();
        let upload = Upload { bucket, key, etag: None, size: None, sequencer: None };
        Unread { upload, race, taken_at: taken_at.parse().ok() }
    }

    fn next(photos: &mut UnreadPhotos, asked_for: &AskedFor) -> Option<String> {
        let key = photos.next(asked_for)?.upload.key;
        key.rsplit('/').next().map(|file| file.trim_end_matches(".jpg").to_owned())
    }

    #[test]
    fn who_stands_at_a_kiosk_goes_first_and_then_the_newest() {
        let (mut photos, asked_for) = (UnreadPhotos::default(), AskedFor::default());
        for (key, taken_at) in [
            ("1", "2026-11-23T01:00:30Z"),
            ("2", "2026-11-23T01:10:00Z"),
            ("3", ""),
            ("4", "2026-11-23T01:20:00Z"),
        ] {
            assert_eq!(photos.add(photo(key, taken_at)), None);
        }
        asked_for.add(&RaceId::new("race").unwrap(), "2026-11-23T01:00:00Z".parse().unwrap());
        asked_for.add(&RaceId::new("other").unwrap(), "2026-11-23T01:10:00Z".parse().unwrap());
        let order: Vec<_> = std::iter::from_fn(|| next(&mut photos, &asked_for)).collect();
        assert_eq!(order, ["1", "4", "3", "2"]);
        assert!(photos.is_empty());
    }

    #[test]
    fn a_photo_waits_once_and_the_oldest_leaves_for_the_reconciler_when_there_is_no_room() {
        let (mut photos, nobody) = (UnreadPhotos::default(), AskedFor::default());
        for _ in 0..3 {
            assert_eq!(photos.add(photo("same", "")), None);
        }
        for n in 1..MOST {
            assert_eq!(photos.add(photo(&n.to_string(), "")), None);
        }
        let left = photos.add(photo("newest", "")).unwrap();
        assert!(left.key.ends_with("/same.jpg"), "{}", left.key);
        assert_eq!(next(&mut photos, &nobody).as_deref(), Some("newest"));
    }
}
