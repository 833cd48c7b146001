//! When a runner crossed the line, on the clock of the day.

use jiff::{SignedDuration, Timestamp, civil};

use super::rules::{Course, GunTimeFrom, Wave};
use super::{Elapsed, Finisher, Race};

impl Race {
    /// The course a runner is on: the one named, or the only one there is.
    pub fn course_of(&self, finisher: &Finisher) -> Option<&Course> {
        match (&finisher.course, self.courses.as_slice()) {
            (Some(id), _) => self.course(id),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// The runner's wave, by identifier and course.
    pub fn wave_of(&self, finisher: &Finisher) -> Option<&Wave> {
        let (course, wave) = (self.course_of(finisher)?, finisher.wave.as_ref()?);
        self.waves.iter().find(|w| w.course == course.id && w.id == *wave)
    }

    /// The gun that the runner's gun time counts from. `None` where nobody said it:
    /// an unknown course, or an unknown wave whose course has guns at several times.
    pub fn gun_of(&self, finisher: &Finisher) -> Option<civil::Time> {
        let course = self.course_of(finisher)?;
        match self.gun_time_from {
            GunTimeFrom::FirstGun => course.gun,
            GunTimeFrom::WaveGun => match self.wave_of(finisher) {
                Some(wave) => Some(wave.gun),
                None => {
                    let mut waves = self.waves.iter().filter(|w| w.course == course.id);
                    waves.all(|w| Some(w.gun) == course.gun).then_some(course.gun)?
                }
            },
        }
    }

    /// When the runner crossed the line. The time of day in the results wins; else it
    /// is the gun plus the gun time. Past midnight the day goes on, as the gun time
    /// (or, without one, a time of day before the gun) tells.
    pub fn finish_clock(&self, finisher: &Finisher) -> Option<Timestamp> {
        let by_gun_time = self.finish_by_gun_time(finisher);
        let Some(time) = finisher.finish_clock else { return by_gun_time };
        let first = civil::DateTime::from_parts(self.date, time);
        let mut days = Vec::with_capacity(5);
        let mut day = first;
        for _ in 0..5 {
            days.extend(self.instant(day));
            day = day.checked_add(jiff::Span::new().days(1)).ok()?;
        }
        match (by_gun_time, self.gun_instant(finisher)) {
            (Some(near), _) => days.into_iter().min_by_key(|at| at.duration_since(near).abs()),
            (None, Some(gun)) => days.into_iter().find(|at| *at >= gun),
            (None, None) => days.into_iter().next(),
        }
    }

    /// As [`Self::finish_clock`], by the gun and the gun time alone.
    pub fn finish_by_gun_time(&self, finisher: &Finisher) -> Option<Timestamp> {
        let elapsed = finisher.gun_time?;
        self.gun_instant(finisher)?.checked_add(duration(elapsed)).ok()
    }

    fn gun_instant(&self, finisher: &Finisher) -> Option<Timestamp> {
        let gun = self.gun_of(finisher)?;
        self.instant(civil::DateTime::from_parts(self.date, gun))
    }

    fn instant(&self, local: civil::DateTime) -> Option<Timestamp> {
        Some(local.to_zoned_datetime(self.zone.clone()).ok()?.timestamp())
    }
}

fn duration(elapsed: Elapsed) -> SignedDuration {
    SignedDuration::from_millis(i64::from(elapsed.millis()))
}
