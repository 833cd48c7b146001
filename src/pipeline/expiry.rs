//! The end of a race's time: `retention_days` after its date, what shows or names its runners
//! is deleted, with all versions.
//!
//! What goes is the race's folder in both buckets: photos, results, answers, requests,
//! certificates, outcomes, trays, audit, links. What stays is `race.toml`, `template/` and
//! `assets/`, which are the organiser's and about no runner, and `expired.json`: it is written
//! before anything is deleted, and from then on every process does nothing for this race
//! ([`Readiness::Expired`](crate::race_folder::Readiness::Expired)). What comes later is recorded
//! in `rejected/` without a name, and goes with the next reconciliation.
//!
//! A deletion that was cut off is taken up by the next reconciliation, which lists what is left.
//! That also finds what a process wrote that did not know yet.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp, civil};
use kanso_certificate::Fault;
use kanso_certificate::document::{self, json};
use kanso_race::Race;
use serde::{Deserialize, Serialize};

use crate::handler::Handler;
use crate::keys::{EXPIRED, RaceId, outlives};
use crate::once::{self, Step};
use crate::race_folder::FILE_LIMIT;
use crate::store::{If, found};

/// For how long a race.toml is known before anything is deleted by it: one that was copied from
/// last year with its date deletes nothing on the day on which it is put there.
pub const NOTICE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Store calls in flight at once.
const IN_FLIGHT: usize = 16;

/// `expired.json`: that, and by which rule, a race's data on its runners are deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The race's date, and the days after it.
    pub date: Option<civil::Date>,
    pub retention_days: Option<u32>,
    pub begun: Option<Timestamp>,
    /// When nothing was left for the first time.
    pub done: Option<Timestamp>,
}

impl Tombstone {
    /// One that cannot be read is one all the same.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        document::read(bytes).unwrap_or_default()
    }

    pub(crate) fn reason(&self, race: &RaceId) -> String {
        let rule = match (self.date, self.retention_days) {
            (Some(date), Some(days)) => format!(" {days} days after {date}"),
            _ => String::new(),
        };
        format!(
            "race {race}: its time was over{rule}, and what shows or names its runners is \
             deleted; put a new race into a folder of its own"
        )
    }
}

/// How long a race is still kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Its rules do not say for how long.
    ForGood,
    /// Until then; what is deleted afterwards is deleted by the next reconciliation.
    Until(Timestamp),
    /// Its time is over, and nothing is deleted yet.
    Over { date: civil::Date, retention_days: u32 },
    /// It is deleted, or being deleted.
    Expired,
    /// Nobody knows; nothing is deleted.
    Unknown(String),
}

impl Standing {
    /// Of a race that nothing was deleted of.
    pub fn of(race: &Race, rules_written: Option<Timestamp>, now: Timestamp) -> Self {
        let (Some(end), Some(retention_days)) = (race.kept_until(), race.privacy.retention_days)
        else {
            return Self::ForGood;
        };
        let Some(written) = rules_written else {
            return Self::Unknown("the store does not say when race.toml was written".to_owned());
        };
        let end = end.max(written.saturating_add(NOTICE).unwrap_or(Timestamp::MAX));
        match now < end {
            true => Self::Until(end),
            false => Self::Over { date: race.date, retention_days },
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self, Self::Over { .. } | Self::Expired)
    }

    /// Whole days that are left.
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        match self {
            Self::Until(end) => Some(end.duration_since(now).as_hours() / 24),
            _ => None,
        }
    }
}

/// What a deletion came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Deleted {
    /// Objects, and versions of them.
    pub objects: usize,
    /// Whether nothing is left.
    pub whole: bool,
}

impl Handler {
    /// How one race stands, or all of them. Changes nothing.
    pub async fn standings(
        &self,
        race: Option<&RaceId>,
        now: Timestamp,
    ) -> Result<BTreeMap<RaceId, Standing>, Fault> {
        let races: Vec<RaceId> = match race {
            Some(race) => vec![race.clone()],
            None => {
                self.inputs().folders("").await?.iter().filter_map(|f| RaceId::new(f)).collect()
            }
        };
        let each = |race: RaceId| -> BoxFuture<'_, (RaceId, Standing)> {
            Box::pin(async move {
                let standing = self.standing(&race, now).await;
                let standing = standing.unwrap_or_else(|fault| Standing::Unknown(fault.message));
                (race, standing)
            })
        };
        let each: Vec<_> = races.into_iter().map(each).collect();
        Ok(futures::stream::iter(each).buffer_unordered(IN_FLIGHT).collect().await)
    }

    async fn standing(&self, race: &RaceId, now: Timestamp) -> Result<Standing, Fault> {
        if self.is_expired(race).await? {
            return Ok(Standing::Expired);
        }
        let rules = self.inputs().get(&race.key("race.toml"), If::Any, FILE_LIMIT).await;
        let Some(rules) = found(rules)? else { return Ok(Standing::ForGood) };
        let unreadable = |why: String| Standing::Unknown(format!("race {race}: {why}"));
        Ok(match std::str::from_utf8(&rules.bytes).map(Race::parse) {
            Ok(Ok(race)) => Standing::of(&race, rules.modified, now),
            Ok(Err(error)) => unreadable(error.to_string()),
            Err(error) => unreadable(format!("race.toml is not UTF-8: {error}")),
        })
    }

    /// Whether the race's time was over when somebody looked; asks the store.
    pub(super) async fn is_expired(&self, race: &RaceId) -> Result<bool, Fault> {
        Ok(found(self.inputs().head(&race.key(EXPIRED)).await)?.is_some())
    }

    /// Deletes what shows or names the runners of a race whose time is over, as long as
    /// `goes_on`; nothing of one whose time is not. What is left is deleted by the next call.
    pub async fn expire(
        &self,
        race: &RaceId,
        standing: &Standing,
        now: Timestamp,
        goes_on: impl Fn() -> bool,
    ) -> Result<Deleted, Fault> {
        let tombstone = match standing {
            Standing::Over { date, retention_days } => Tombstone {
                date: Some(*date),
                retention_days: Some(*retention_days),
                begun: Some(now),
                done: None,
            },
            Standing::Expired => Tombstone::default(),
            _ => return Ok(Deleted::default()),
        };
        let key = race.key(EXPIRED);
        if *standing != Standing::Expired {
            // First of all: whoever sees it makes nothing new.
            once::create(self.inputs(), &key, json(&tombstone), "application/json").await?;
        }
        let mut deleted = Deleted { objects: 0, whole: true };
        let both = [self.inputs(), self.outputs()];
        let buckets = if both[0].name() == both[1].name() { &both[..1] } else { &both[..] };
        for bucket in buckets {
            let goes = |key: &str| !outlives(race, key);
            let purged = bucket.purge(&race.key(""), goes, &goes_on).await?;
            deleted.objects += purged.deleted;
            deleted.whole &= purged.whole;
        }
        if deleted.objects > 0 {
            let Deleted { objects, whole } = deleted;
            tracing::info!(%race, objects, whole, "its time is over: objects deleted, versions too");
        }
        if deleted.whole {
            self.done(&key, now).await?;
        }
        Ok(deleted)
    }

    async fn done(&self, key: &str, now: Timestamp) -> Result<(), Fault> {
        let amended = once::amend(self.inputs(), key, |there| {
            let there: Option<Tombstone> = document::derived(key, there)?;
            Ok(match there {
                Some(there) if there.done.is_none() => {
                    Step::Write(json(&Tombstone { done: Some(now), ..there }))
                }
                _ => Step::Keep,
            })
        });
        amended.await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(retention: &str, written: Option<&str>, now: &str) -> Standing {
        let race = Race::parse(&format!(
            "name = \"x\"\ndate = 2026-11-23\n[[courses]]\nid = \"half\"\n[privacy]\n{retention}"
        ));
        Standing::of(&race.unwrap(), written.map(time), time(now))
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const BEFORE: Option<&str> = Some("2026-11-01T00:00:00Z");

    #[test]
    fn a_race_is_over_when_the_days_after_its_date_are() {
        let until = standing("retention_days = 30", BEFORE, "2026-12-23T14:59:59Z");
        assert_eq!(until, Standing::Until(time("2026-12-23T15:00:00Z")));
        assert_eq!(until.days_left(time("2026-12-13T16:00:00Z")), Some(9));
        assert!(standing("retention_days = 30", BEFORE, "2026-12-23T15:00:00Z").is_over());
    }

    #[test]
    fn a_race_that_does_not_say_for_how_long_is_never_over() {
        assert_eq!(standing("", BEFORE, "2099-01-01T00:00:00Z"), Standing::ForGood);
    }

    #[test]
    fn rules_that_were_just_put_there_delete_nothing_for_a_week() {
        let of_last_year = |now| standing("retention_days = 0", Some("2027-11-20T08:00:00Z"), now);
        assert_eq!(
            of_last_year("2027-11-21T08:00:00Z").days_left(time("2027-11-21T08:00:00Z")),
            Some(6)
        );
        assert!(!of_last_year("2027-11-27T07:59:59Z").is_over());
        assert!(of_last_year("2027-11-27T08:00:00Z").is_over());
        assert!(matches!(
            standing("retention_days = 0", None, "2027-11-21T08:00:00Z"),
            Standing::Unknown(_)
        ));
    }

    #[test]
    fn a_tombstone_that_cannot_be_read_is_one_all_the_same() {
        let race = RaceId::new("race").unwrap();
        assert!(Tombstone::read(b"{").reason(&race).contains("its time was over, and"));
    }
}
