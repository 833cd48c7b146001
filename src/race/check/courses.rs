//! Courses, and the waves that start on them.

use std::collections::BTreeSet;

use toml::Spanned;

use super::Check;
use crate::file::{CourseTable, Names, WaveTable};
use crate::rules::{Bilingual, Course, Wave};

impl Check<'_> {
    pub(super) fn courses(&mut self, tables: &Spanned<Vec<CourseTable>>) -> Vec<Course> {
        let mut seen = BTreeSet::new();
        let mut courses = Vec::new();
        if tables.get_ref().is_empty() {
            self.fault(tables, "is empty; write a table [[courses]] with an id, a name and a gun");
        }
        for table in tables.get_ref() {
            let id = self.id(&table.id);
            if !seen.insert(id.clone()) {
                self.fault(&table.id, format!("{id:?} is there already; give each its own id"));
            }
            let distance_m = table.distance_m.as_ref().map(|distance| {
                self.within(distance, 10.0..=1_000_000.0, "metres, such as 21097.5")
            });
            let name = match &table.name {
                Some(names) => {
                    let again = Spanned::new(names.span(), Names(names.get_ref().0.clone()));
                    self.names(again)
                }
                None => Bilingual { ja: id.clone(), en: None },
            };
            let gun = table.gun.as_ref().and_then(|gun| self.time(gun));
            courses.push(Course { id, name, aliases: table.aliases.clone(), distance_m, gun });
        }
        courses
    }

    pub(super) fn waves(&mut self, tables: &[WaveTable], courses: &mut [Course]) -> Vec<Wave> {
        let known = courses.iter().map(|c| format!("{:?}", c.id)).collect::<Vec<_>>().join(", ");
        let mut waves: Vec<Wave> = Vec::new();
        for table in tables {
            let id = table.id.get_ref().trim().to_owned();
            if id.is_empty() {
                self.fault(&table.id, "is empty; write the wave's name as the results give it");
            }
            let course = match (&table.course, &*courses) {
                (Some(course), _) => {
                    if !courses.iter().any(|c| c.id == *course.get_ref()) {
                        let name = course.get_ref();
                        self.fault(course, format!("{name:?} is no course; write one of {known}"));
                    }
                    course.get_ref().clone()
                }
                (None, [only]) => only.id.clone(),
                (None, _) => {
                    self.fault(&table.id, format!("needs its course; add course = one of {known}"));
                    continue;
                }
            };
            if waves.iter().any(|wave| wave.id == id && wave.course == course) {
                self.fault(&table.id, format!("{id:?} is there already; give each its own id"));
            }
            let Some(gun) = self.time(&table.gun) else { continue };
            if let Some(course) = courses.iter().find(|c| c.id == course)
                && course.gun.is_some_and(|first| gun < first)
            {
                let first = course.gun.unwrap_or_default();
                self.fault(
                    &table.gun,
                    format!("is before the course's first gun at {first}; correct one of them"),
                );
            }
            waves.push(Wave { id, course, gun });
        }
        for course in courses.iter_mut().filter(|course| course.gun.is_none()) {
            course.gun = waves.iter().filter(|w| w.course == course.id).map(|w| w.gun).min();
        }
        waves
    }
}
