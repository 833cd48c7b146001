//! Who looks at which photo. Takes the time, never asks for it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use kanso_photo::PhotoId;
use kanso_pipeline::keys::RaceId;

/// Who looks at a photo for longer than that, and whose page asks for nothing meanwhile, has
/// gone for a coffee: somebody else gets it.
const HELD_FOR: Duration = Duration::from_secs(90);
/// A settled photo is offered to nobody while the pipeline follows the answer.
const SETTLED_FOR: Duration = Duration::from_secs(600);

type Which = (RaceId, PhotoId);

/// Photos that somebody looks at, or has just settled.
#[derive(Debug, Default)]
pub(super) struct Claims(HashMap<Which, Claim>);

#[derive(Debug)]
struct Claim {
    /// `None` where it is settled.
    by: Option<String>,
    until: Instant,
}

impl Claims {
    /// The first so many of these photos that nobody else looks at, those first that this
    /// person looks at already. They are theirs for a while.
    pub fn take(
        &mut self,
        race: &RaceId,
        person: &str,
        photos: impl IntoIterator<Item = PhotoId>,
        count: usize,
        now: Instant,
    ) -> Vec<PhotoId> {
        self.0.retain(|_, claim| claim.until > now);
        let (mut own, mut free) = (Vec::new(), Vec::new());
        for photo in photos {
            match self.0.get(&(race.clone(), photo)).map(|claim| claim.by.as_deref()) {
                Some(Some(by)) if by == person => own.push(photo),
                Some(_) => {}
                None => free.push(photo),
            }
        }
        own.extend(free);
        own.truncate(count);
        for photo in &own {
            let claim = Claim { by: Some(person.to_owned()), until: now + HELD_FOR };
            self.0.insert((race.clone(), *photo), claim);
        }
        own
    }

    /// This person leaves these for others.
    pub fn release(&mut self, race: &RaceId, person: &str, photos: &[PhotoId]) {
        for photo in photos {
            let which = (race.clone(), *photo);
            if self.0.get(&which).is_some_and(|claim| claim.by.as_deref() == Some(person)) {
                self.0.remove(&which);
            }
        }
    }

    /// Somebody settled it.
    pub fn settled(&mut self, race: &RaceId, photo: PhotoId, now: Instant) {
        let claim = Claim { by: None, until: now + SETTLED_FOR };
        self.0.insert((race.clone(), photo), claim);
    }

    /// It was a slip: who made it looks again.
    pub fn reopened(&mut self, race: &RaceId, photo: PhotoId, person: &str, now: Instant) {
        let claim = Claim { by: Some(person.to_owned()), until: now + HELD_FOR };
        self.0.insert((race.clone(), photo), claim);
    }

    /// Whether another person looks at it, or it is settled.
    pub fn is_anothers(&self, race: &RaceId, photo: PhotoId, person: &str, now: Instant) -> bool {
        let claim = self.0.get(&(race.clone(), photo)).filter(|claim| claim.until > now);
        claim.is_some_and(|claim| claim.by.as_deref() != Some(person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photos() -> Vec<PhotoId> {
        (0..4u8).map(|n| PhotoId::of(&[n])).collect()
    }

    #[test]
    fn two_people_never_have_the_same_photo_and_each_keeps_theirs() {
        let (race, now) = (RaceId::new("r").unwrap(), Instant::now());
        let (mut claims, all) = (Claims::default(), photos());
        let mut take = |person: &str, now| claims.take(&race, person, all.clone(), 2, now);
        assert_eq!(take("a", now), &all[..2]);
        assert_eq!(take("b", now), &all[2..]);
        assert_eq!(take("c", now), []);
        assert_eq!(take("a", now), &all[..2]);
        // b asks for nothing any more.
        let later = now + HELD_FOR / 2;
        assert_eq!(take("a", later), &all[..2]);
        assert_eq!(take("c", now + HELD_FOR), &all[2..]);
    }

    #[test]
    fn a_settled_photo_is_offered_to_nobody_unless_it_was_a_slip() {
        let (race, now) = (RaceId::new("r").unwrap(), Instant::now());
        let (mut claims, all) = (Claims::default(), photos());
        claims.take(&race, "a", all.clone(), 1, now);
        assert!(claims.is_anothers(&race, all[0], "b", now));
        assert!(!claims.is_anothers(&race, all[0], "a", now));
        claims.settled(&race, all[0], now);
        assert!(claims.is_anothers(&race, all[0], "a", now));
        assert_eq!(claims.take(&race, "a", all.clone(), 1, now), [all[1]]);
        claims.reopened(&race, all[0], "a", now);
        assert_eq!(claims.take(&race, "a", all.clone(), 1, now), [all[0]]);
        claims.release(&race, "b", &all);
        assert!(claims.is_anothers(&race, all[0], "b", now), "only one's own is left");
        claims.release(&race, "a", &all);
        assert_eq!(claims.take(&race, "b", all.clone(), 4, now), all);
    }
}
