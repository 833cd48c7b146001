//! How long who gave wrong answers waits before the next try.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kanso_listen::network;

/// Keys that are remembered; with one more, the one that was wrong longest ago is forgotten.
const KEYS: usize = 10_000;
/// The first wait; each wrong answer after it doubles the wait.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);
/// Who gave no wrong answer for so long starts anew.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);

/// Who tries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// Where the request comes from, an IPv6 address by its /64.
    Address(IpAddr),
    /// A kiosk, by its session.
    Device(String),
    /// Somebody by the name that was given, whoever gives it.
    Name(String),
}

impl Key {
    pub fn address(peer: IpAddr) -> Self {
        Self::Address(network(peer))
    }

    /// Wrong answers before the first wait. Several kiosks may share one address.
    fn free(&self) -> u32 {
        match self {
            Self::Address(_) => 10,
            Self::Device(_) => 5,
            Self::Name(_) => 10,
        }
    }
}

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    Right,
    Wrong,
    /// It was not looked at: the next one is after this time.
    Wait(Duration),
}

/// Wrong answers to one question, by who gave them.
#[derive(Default)]
pub struct Limit {
    wrong: Mutex<HashMap<Key, Wrong>>,
}

struct Wrong {
    answers: u32,
    last: Instant,
}

impl Wrong {
    /// What is left of the wait after the last wrong answer.
    fn wait(&self, free: u32, now: Instant) -> Duration {
        let Some(doublings) = self.answers.checked_sub(free) else { return Duration::ZERO };
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST);
        wait.saturating_sub(now.saturating_duration_since(self.last))
    }
}

impl Limit {
    /// Takes an answer of somebody known by all these keys. While one of them waits, it
    /// counts neither as right nor as wrong.
    pub fn answer(&self, keys: &[Key], right: bool) -> Try {
        self.answer_at(keys, right, Instant::now())
    }

    fn answer_at(&self, keys: &[Key], right: bool, now: Instant) -> Try {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = keys.iter().filter_map(|key| Some(wrong.get(key)?.wait(key.free(), now)));
        let wait = waits.max().unwrap_or_default();
        if !wait.is_zero() {
            return Try::Wait(wait);
        }
        for key in keys {
            let held = wrong.remove(key).filter(|held| now - held.last < FORGOTTEN_AFTER);
            if right {
                continue;
            }
            if wrong.len() >= KEYS {
                forget_oldest(&mut wrong);
            }
            let answers = held.map_or(0, |held| held.answers).saturating_add(1);
            wrong.insert(key.clone(), Wrong { answers, last: now });
        }
        if right { Try::Right } else { Try::Wrong }
    }
}

fn forget_oldest(wrong: &mut HashMap<Key, Wrong>) {
    let oldest = wrong.iter().min_by_key(|(_, held)| held.last).map(|(key, _)| key.clone());
    if let Some(oldest) = oldest {
        wrong.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u32) -> Key {
        Key::address(IpAddr::from(n.to_be_bytes()))
    }

    #[test]
    fn waits_grow_to_some_minutes_and_end_with_a_right_answer_or_after_an_hour() {
        let (limit, mut now) = (Limit::default(), Instant::now());
        let guesser = [key(1)];
        for _ in 0..10 {
            assert_eq!(limit.answer_at(&guesser, false, now), Try::Wrong);
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(limit.answer_at(&guesser, true, now), Try::Wait(wait));
            now += wait;
            assert_eq!(limit.answer_at(&guesser, false, now), Try::Wrong);
        }
        let later = now + FORGOTTEN_AFTER;
        assert_eq!(limit.answer_at(&guesser, false, later), Try::Wrong);
        assert_eq!(limit.answer_at(&guesser, false, later), Try::Wrong, "anew");
        now = later + LONGEST;
        assert_eq!(limit.answer_at(&guesser, true, now), Try::Right);
        for _ in 0..10 {
            assert_eq!(limit.answer_at(&guesser, false, now), Try::Wrong);
        }
    }

    #[test]
    fn somebody_known_by_several_keys_waits_for_the_longest() {
        let (limit, now) = (Limit::default(), Instant::now());
        let of = |device: &str, address| [Key::Device(device.to_owned()), key(address)];
        for _ in 0..6 {
            limit.answer_at(&of("a", 1), false, now);
        }
        assert!(matches!(limit.answer_at(&of("a", 2), true, now), Try::Wait(_)));
        assert_eq!(limit.answer_at(&of("b", 1), true, now), Try::Right);
    }

    #[test]
    fn a_flood_of_keys_takes_bounded_memory_and_refuses_nobody() {
        let (limit, now) = (Limit::default(), Instant::now());
        for n in 0..KEYS as u32 + 100 {
            let at = now + Duration::from_millis(n.into());
            assert_eq!(limit.answer_at(&[key(n)], false, at), Try::Wrong);
        }
        assert_eq!(limit.wrong.lock().unwrap().len(), KEYS);
        let newcomer = [key(u32::MAX)];
        assert_eq!(limit.answer_at(&newcomer, true, now + LONGEST), Try::Right);
    }
}
