//! For how long what shows or names the runners of a race is kept.

use jiff::{Span, Timestamp, ToSpan as _, civil};

use super::Race;

impl Race {
    /// The last day on which it is kept: the race's date and `retention_days`. `None` where
    /// race.toml does not say for how long: then it is kept for good.
    pub fn kept_through(&self) -> Option<civil::Date> {
        let days = Span::new().try_days(self.privacy.retention_days?).ok()?;
        self.date.checked_add(days).ok()
    }

    /// The end of that day where the race is.
    pub fn kept_until(&self) -> Option<Timestamp> {
        let day_after = self.kept_through()?.checked_add(1.day()).ok()?;
        self.zone.to_timestamp(day_after.at(0, 0, 0, 0)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn race(retention: &str) -> Race {
        Race::parse(&format!(
            "name = \"x\"\ndate = 2026-11-23\n[[courses]]\nid = \"half\"\n[privacy]\n{retention}"
        ))
        .unwrap()
    }

    #[test]
    fn a_race_is_kept_until_the_last_of_its_days_ends_where_it_is() {
        let race = race("retention_days = 30");
        assert_eq!(race.kept_through(), Some(civil::date(2026, 12, 23)));
        let end: Timestamp = "2026-12-24T00:00:00+09:00".parse().unwrap();
        assert_eq!(race.kept_until(), Some(end));
    }

    #[test]
    fn a_race_that_does_not_say_for_how_long_is_kept_for_good() {
        assert_eq!(race("").kept_until(), None);
        assert_eq!(race("retention_days = 4000000000").kept_until(), None);
    }
}
