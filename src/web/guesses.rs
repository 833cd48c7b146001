//! How often may be guessed at what opens a runner's page, or a photographer's. The counts lie in the store, so
//! that several processes see the same, and are written before a guess is looked at, so that
//! guesses sent at once are no cheaper.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use kanso_certificate::document::{self, json};
use kanso_certificate::link::Links;
use kanso_certificate::{Fate, Fault};
use kanso_listen::network;
use kanso_pipeline::keys::{self, RaceId};
use kanso_pipeline::once::{self, Step};
use kanso_pipeline::photographers::PhotographerId;
use kanso_pipeline::store::Bucket;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

/// So many wrong guesses at once, and one more each time that `seconds` have passed.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    at_once: f64,
    seconds: f64,
}

/// A birth date is one of some 20,000: to try them all at one runner takes ten weeks.
const AT_SOMEBODY: Allowance = Allowance { at_once: 10.0, seconds: 300.0 };
/// A whole venue may share one address, and mistype often; it never waits for long.
const FROM_AN_ADDRESS: Allowance = Allowance { at_once: 200.0, seconds: 10.0 };

/// Guesses that still count, as of a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Count {
    guesses: f64,
    at: Timestamp,
}

impl Allowance {
    /// The count with one guess more; the error says how long until one may be made.
    fn take(self, count: Option<Count>, now: Timestamp) -> Result<Count, Duration> {
        let guesses = self.left(count, now);
        let over = guesses + 1.0 - self.at_once;
        // Rounding must refuse nobody for no time at all.
        if over > 1e-6 {
            return Err(Duration::from_secs_f64(over * self.seconds));
        }
        Ok(Count { guesses: guesses + 1.0, at: now })
    }

    /// The count without a guess that was none.
    fn give_back(self, count: Option<Count>, now: Timestamp) -> Count {
        Count { guesses: (self.left(count, now) - 1.0).max(0.0), at: now }
    }

    fn left(self, count: Option<Count>, now: Timestamp) -> f64 {
        let Some(Count { guesses, at }) = count else { return 0.0 };
        let passed = now.duration_since(at).as_secs_f64().max(0.0);
        (guesses - passed / self.seconds).max(0.0)
    }
}

/// At whom a guess is made; `None` where what was typed is nobody's name.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    Runner(Option<&'a Bib>),
    Photographer(Option<&'a PhotographerId>),
}

/// One guess that was counted.
pub struct Guess<'a> {
    outputs: &'a Bucket,
    counted: [(String, Allowance); 2],
}

impl<'a> Guess<'a> {
    /// Counts a guess from an address at somebody; the inner error says how long to wait.
    pub async fn count(
        outputs: &'a Bucket,
        race: &RaceId,
        links: &Links,
        address: IpAddr,
        whom: Whom<'_>,
    ) -> Result<Result<Self, Duration>, Fault> {
        let key = |of: &str| keys::guesses(race, &links.pseudonym(of));
        let from = key(&format!("address {}", network(address)));
        let at = key(&match whom {
            Whom::Runner(bib) => format!("bib {}", bib.map_or("", Bib::as_str)),
            Whom::Photographer(None) => "photographer".to_owned(),
            Whom::Photographer(Some(id)) => format!("photographer {id}"),
        });
        let counted = [(from, FROM_AN_ADDRESS), (at, AT_SOMEBODY)];
        for (key, allowance) in &counted {
            if let Err(wait) = take(outputs, key, *allowance).await? {
                return Ok(Err(wait));
            }
        }
        Ok(Ok(Self { outputs, counted }))
    }

    /// It was right, and does not count.
    pub async fn was_right(self) {
        for (key, allowance) in &self.counted {
            let given_back = once::amend(self.outputs, key, |now| {
                let count = document::derived(key, now)?;
                Ok(Step::Write(json(&allowance.give_back(count, Timestamp::now()))))
            });
            if let Err(fault) = given_back.await {
                tracing::warn!("a right answer stays counted as a wrong one: {fault}");
            }
        }
    }
}

/// Writes one guess more, where one may be made.
async fn take(
    outputs: &Bucket,
    key: &str,
    allowance: Allowance,
) -> Result<Result<(), Duration>, Fault> {
    let mut wait = None;
    let taken = once::amend(outputs, key, |now| {
        match allowance.take(document::derived(key, now)?, Timestamp::now()) {
            Ok(count) => {
                wait = None;
                Ok(Step::Write(json(&count)))
            }
            Err(longer) => {
                wait = Some(longer);
                Ok(Step::Keep)
            }
        }
    });
    match taken.await {
        Ok(_) => Ok(wait.map_or(Ok(()), Err)),
        // So many guess at once that the count cannot be written: none of them may go on.
        Err(fault) if fault.fate == Fate::Retry => {
            tracing::warn!("a guess was not counted, and has to wait: {fault}");
            Ok(Err(Duration::from_secs(1)))
        }
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Allowance = Allowance { at_once: 2.0, seconds: 60.0 };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn so_many_may_be_made_at_once_and_then_one_by_one() {
        let first = TWO.take(None, at(0)).unwrap();
        let second = TWO.take(Some(first), at(0)).unwrap();
        assert_eq!(TWO.take(Some(second), at(0)), Err(Duration::from_secs(60)));
        assert_eq!(TWO.take(Some(second), at(20)), Err(Duration::from_secs(40)));
        let third = TWO.take(Some(second), at(60)).unwrap();
        assert_eq!(TWO.take(Some(third), at(60)), Err(Duration::from_secs(60)));
        assert!(TWO.take(Some(third), at(180)).is_ok(), "who stops starts anew");
    }

    #[test]
    fn a_right_answer_and_a_clock_set_back_cost_nothing() {
        let full = TWO.take(TWO.take(None, at(0)).ok(), at(0)).unwrap();
        let back = TWO.give_back(Some(full), at(0));
        assert!(TWO.take(Some(back), at(0)).is_ok());
        assert_eq!(TWO.give_back(None, at(0)).guesses, 0.0);
        assert_eq!(TWO.take(Some(full), at(-500)), Err(Duration::from_secs(60)));
    }
}
