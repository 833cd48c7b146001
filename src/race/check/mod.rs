//! From the file to the race: its parts are made to agree with each other, and
//! everything that does not is told at once.

use std::collections::BTreeSet;

use jiff::{civil, tz::TimeZoneDatabase};
use toml::{Spanned, Value};

use super::file::{
    AppearanceTable, CameraTable, CourseTable, File, Names, OrganiserTable, RaceError, RaceFault,
    ResultsTable, ThresholdsTable, WaveTable, WindowTable, field_at, line_at,
};
use super::rules::{
    Appearance, Bilingual, Camera, Course, FinishWindow, GunTimeFrom, Organiser, Privacy, Race,
    ResultsFormat, Thresholds, Wave,
};
use crate::results::{Field, encoding_label};

const DEFAULT_ZONE: &str = "Asia/Tokyo";
const DEFAULT_TEMPLATE: &str = "photo";

impl Race {
    /// Reads a `race.toml`. The smallest one has a name, a date and one course:
    ///
    /// ```toml
    /// name = "汐凪みなとハーフマラソン"
    /// date = 2026-11-23
    /// [[courses]]
    /// id = "half"
    /// name = "ハーフマラソン"
    /// gun = 08:30
    /// ```
    pub fn parse(toml_text: &str) -> Result<Self, RaceError> {
        let text = toml_text.strip_prefix('\u{feff}').unwrap_or(toml_text);
        let file = File::parse(text)?;
        let mut check = Check { text, faults: Vec::new() };
        let race = check.race(file);
        if check.faults.is_empty() {
            return Ok(race);
        }
        check.faults.sort_by_key(|fault| fault.line);
        Err(RaceError { faults: check.faults })
    }

    /// A race of which nothing is known, to read a results file on its own: it has no
    /// name and, unlike any race of a `race.toml`, no course.
    pub fn unknown() -> Result<Self, RaceError> {
        let mut race = Self::parse("name = '?'\ndate = 2000-01-01\n[[courses]]\nid = 'race'")?;
        race.name.ja.clear();
        race.courses.clear();
        Ok(race)
    }

    /// What would go wrong on race day although the file is sound: field, and what to do.
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
                "camera {:?} has no clock offset, so its photos wait for one; add offset_s",
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

struct Check<'a> {
    text: &'a str,
    faults: Vec<RaceFault>,
}

impl Check<'_> {
    fn fault<T>(&mut self, at: &Spanned<T>, message: impl Into<String>) {
        let start = at.span().start;
        let (line, field) = (line_at(self.text, start), field_at(self.text, start));
        self.faults.push(RaceFault { line, field, message: message.into() });
    }

    /// What stands where a fault was told does not matter: the race is not used then.
    fn race(&mut self, file: File) -> Race {
        let date = self.date(&file.date);
        let zone_name = file.time_zone.as_ref().map_or(DEFAULT_ZONE, |z| z.get_ref());
        // The bundled database, so that every host reads a race alike.
        let zone = TimeZoneDatabase::bundled().get(zone_name).ok();
        if let (None, Some(at)) = (&zone, &file.time_zone) {
            self.fault(at, format!("{zone_name:?} is no time zone; write one as \"Asia/Tokyo\""));
        }
        let mut courses = self.courses(&file.courses);
        let waves = self.waves(&file.waves, &mut courses);
        Race {
            name: self.names(file.name),
            edition: file.edition,
            date: date.unwrap_or_default(),
            zone: zone.unwrap_or(jiff::tz::TimeZone::UTC),
            venue: file.venue.map(|names| self.names(names)),
            organiser: file.organiser.map(|table| self.organiser(table)),
            confirmed: file.confirmed,
            courses,
            waves,
            gun_time_from: file.gun_time_from,
            cameras: self.cameras(&file.cameras),
            bib_in_key: file.bib_in_key.and_then(|pattern| self.pattern(&pattern)),
            thresholds: self.thresholds(&file.thresholds),
            finish_window: self.window(&file.finish_window),
            appearance: self.appearance(file.appearance),
            results: self.results(&file.results),
            privacy: Privacy { retention_days: file.privacy.retention_days },
        }
    }

    fn names(&mut self, names: Spanned<Names>) -> Bilingual {
        let Bilingual { ja, en } = &names.get_ref().0;
        if ja.trim().is_empty() || en.as_ref().is_some_and(|en| en.trim().is_empty()) {
            self.fault(&names, "is empty; write the text, or leave the field out");
        }
        let Bilingual { ja, en } = names.into_inner().0;
        Bilingual { ja: ja.trim().to_owned(), en: en.map(|en| en.trim().to_owned()) }
    }

    fn organiser(&mut self, table: OrganiserTable) -> Organiser {
        Organiser {
            name: self.names(table.name),
            head_title: table.head_title.map(|names| self.names(names)),
            head_name: table.head_name.map(|names| self.names(names)),
        }
    }

    fn date(&mut self, at: &Spanned<Value>) -> Option<civil::Date> {
        let text = written(at.get_ref());
        let date = text.as_deref().and_then(|text| text.parse().ok());
        if date.is_none() || text.is_some_and(|text| text.len() != 10) {
            self.fault(at, "is no date; write it as 2026-11-23");
        }
        date
    }

    fn time(&mut self, at: &Spanned<Value>) -> Option<civil::Time> {
        let text = written(at.get_ref());
        let time = text.as_deref().and_then(|text| match text.split(':').count() {
            2 => format!("{text}:00").parse().ok(),
            3 => text.parse().ok(),
            _ => None,
        });
        if time.is_none() {
            self.fault(at, "is no time of day; write it as 08:30 or 08:30:00");
        }
        time
    }

    fn courses(&mut self, tables: &Spanned<Vec<CourseTable>>) -> Vec<Course> {
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

    fn waves(&mut self, tables: &[WaveTable], courses: &mut [Course]) -> Vec<Wave> {
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
                self.fault(&table.gun, format!("is before the course's first gun at {first}"));
            }
            waves.push(Wave { id, course, gun });
        }
        for course in courses.iter_mut().filter(|course| course.gun.is_none()) {
            course.gun = waves.iter().filter(|w| w.course == course.id).map(|w| w.gun).min();
        }
        waves
    }

    fn cameras(&mut self, tables: &[CameraTable]) -> Vec<Camera> {
        let mut seen = BTreeSet::new();
        let mut cameras = Vec::new();
        for table in tables {
            let id = self.id(&table.id);
            if !seen.insert(id.clone()) {
                self.fault(&table.id, format!("{id:?} is there already; give each its own id"));
            }
            let offset_s = table.offset_s.as_ref().map(|offset| {
                self.within(offset, -1e9..=1e9, "seconds to add to the camera's clock")
            });
            let offset_sigma_s = match &table.offset_sigma_s {
                Some(sigma) => self.within(sigma, 0.001..=86_400.0, "seconds, such as 0.5"),
                None => 0.5,
            };
            let (serial, photographer) = (table.serial.clone(), table.photographer.clone());
            cameras.push(Camera { id, serial, offset_s, offset_sigma_s, photographer });
        }
        cameras
    }

    /// Course and camera identifiers are parts of keys.
    fn id(&mut self, at: &Spanned<String>) -> String {
        let id = at.get_ref();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if id.is_empty() || id.len() > 32 || !id.chars().all(allowed) || id.starts_with('.') {
            self.fault(
                at,
                format!("{id:?} is no identifier; write 1 to 32 letters (a-z), digits, '-' or '_'"),
            );
        }
        id.clone()
    }

    fn within(
        &mut self,
        at: &Spanned<f64>,
        range: std::ops::RangeInclusive<f64>,
        what: &str,
    ) -> f64 {
        let number = *at.get_ref();
        if !range.contains(&number) {
            let (from, to) = range.into_inner();
            self.fault(at, format!("{number} is out of range; write {what} ({from} to {to})"));
        }
        number
    }

    fn pattern(&mut self, at: &Spanned<String>) -> Option<regex::Regex> {
        match regex::RegexBuilder::new(at.get_ref()).size_limit(1 << 20).build() {
            Ok(regex) if regex.captures_len() == 2 => return Some(regex),
            Ok(regex) => {
                let groups = regex.captures_len() - 1;
                self.fault(
                    at,
                    format!("has {groups} groups; write one with one, as '_bib([0-9A-Z-]+)'"),
                );
            }
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim();
                self.fault(
                    at,
                    format!("is no regular expression ({reason}); write one as '_bib([0-9A-Z-]+)'"),
                );
            }
        }
        None
    }

    fn thresholds(&mut self, table: &ThresholdsTable) -> Thresholds {
        let mut read = |at: &Option<Spanned<f64>>, default| match at {
            Some(at) => self.within(at, 0.001..=1.0, "a probability"),
            None => default,
        };
        let issue = read(&table.issue, 0.9);
        let review = read(&table.review, f64::min(0.15, issue));
        if let Some(at) = table.review.as_ref().filter(|_| review > issue) {
            self.fault(at, format!("{review} is above issue ({issue}); write less"));
        }
        Thresholds { issue, review }
    }

    fn window(&mut self, table: &WindowTable) -> FinishWindow {
        let mut read = |at: &Option<Spanned<f64>>, range, default| match at {
            Some(at) => self.within(at, range, "seconds"),
            None => default,
        };
        FinishWindow {
            mean_s: read(&table.mean_s, -3600.0..=3600.0, 0.0),
            sigma_s: read(&table.sigma_s, 0.1..=3600.0, 3.0),
            conflict_s: read(&table.conflict_s, 1.0..=86_400.0, 60.0),
        }
    }

    fn appearance(&mut self, table: AppearanceTable) -> Appearance {
        if let Some(at) = &table.accent {
            let hex = at.get_ref().strip_prefix('#').unwrap_or_default();
            if hex.len() != 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                self.fault(at, format!("{:?} is no colour; write it as \"#1a5fb4\"", at.get_ref()));
            }
        }
        for at in table.logo.iter().chain(&table.seal).chain(&table.sponsors) {
            let path = at.get_ref();
            let leaves = path.starts_with(['/', '\\'])
                || path.contains(':')
                || path.split(['/', '\\']).any(|part| part == ".." || part.is_empty());
            if leaves {
                self.fault(at, format!("{path:?} is no file of the race folder; write its name"));
            }
        }
        Appearance {
            template: table.template.unwrap_or_else(|| DEFAULT_TEMPLATE.to_owned()),
            language: table.language,
            accent: table.accent.map(Spanned::into_inner),
            logo: table.logo.map(Spanned::into_inner),
            seal: table.seal.map(Spanned::into_inner),
            sponsors: table.sponsors.into_iter().map(Spanned::into_inner).collect(),
            parameters: table.parameters.into_iter().map(|(key, p)| (key, p.0)).collect(),
        }
    }

    fn results(&mut self, table: &ResultsTable) -> ResultsFormat {
        if let Some(at) = &table.encoding
            && encoding_label(at.get_ref()).is_none()
        {
            let label = at.get_ref();
            self.fault(
                at,
                format!(
                    "{label:?} is no encoding; write \"utf-8\", \"utf-16le\", \"cp932\", \
                     \"euc-jp\" or \"windows-1252\""
                ),
            );
        }
        let delimiter = table.delimiter.as_ref().and_then(|at| match at.get_ref().as_str() {
            "tab" | "\t" => Some('\t'),
            "," => Some(','),
            ";" => Some(';'),
            "|" => Some('|'),
            _ => {
                self.fault(at, "is no delimiter; write \",\", \";\", \"|\" or \"tab\"");
                None
            }
        });
        let mut columns = std::collections::BTreeMap::new();
        for (at, column) in &table.columns {
            let key = at.get_ref();
            if Field::from_key(key).is_none() {
                let known = Field::KEYS.join(", ");
                self.fault(
                    at,
                    format!("{key:?} is no field; write one of {known}, or a split as \"5km\""),
                );
            }
            columns.insert(key.clone(), column.0.trim().to_owned());
        }
        let encoding = table.encoding.as_ref().map(|at| at.get_ref().clone());
        ResultsFormat { encoding, delimiter, short_times: table.short_times, columns }
    }
}

/// A date or time as it is written, quoted or not.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Datetime(datetime) => Some(datetime.to_string()),
        _ => None,
    }
}
