//! What would go wrong on race day although `race.toml` is sound.

use super::Race;
use super::rules::GunTimeFrom;

impl Race {
    /// Each with the field of `race.toml` that it is about, and what to do.
    pub fn warnings(&self) -> Vec<(String, String)> {
        let mut warnings = Vec::new();
        for course in &self.courses {
            let id = &course.id;
            if course.gun.is_none() {
                let message = format!(
                    "course {id:?} has no gun, so its photos are matched by time only where the results have a time of day; add gun = 08:30"
                );
                warnings.push(("courses.gun".to_owned(), message));
            }
            if course.distance_m.is_none() {
                let message = format!(
                    "course {id:?} has no distance, so impossible times are not noticed; add distance_m = 21097.5"
                );
                warnings.push(("courses.distance_m".to_owned(), message));
            }
        }
        for camera in self.cameras.iter().filter(|camera| camera.offset_s.is_none()) {
            let message = format!(
                "camera {:?} has no clock offset, so photos without a bib wait until ten others of it, whose bibs are sure, tell it; add offset_s if it is known",
                camera.id
            );
            warnings.push(("cameras.offset_s".to_owned(), message));
        }
        if self.gun_time_from == GunTimeFrom::WaveGun && self.waves.is_empty() {
            let message =
                "gun times count from each wave's gun, and there are no waves; add [[waves]]";
            warnings.push(("gun_time_from".to_owned(), message.to_owned()));
        }
        warnings
    }
}
