//! From the file to the race: its parts are made to agree with each other, and
//! everything that does not is told at once.

mod appearance;
mod courses;
mod photos;
mod results;

use jiff::{civil, tz::TimeZoneDatabase};
use toml::{Spanned, Value};

use super::file::{File, Names, OrganiserTable, RaceError, RaceFault, field_at, line_at};
use super::rules::{Bilingual, Organiser, Privacy, Race};

const DEFAULT_ZONE: &str = "Asia/Tokyo";

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
            bib_in_key: file.bib_in_key.and_then(|at| self.pattern(&at, "_bib([0-9A-Z-]+)")),
            bib_in_code: file.bib_in_code.and_then(|at| self.pattern(&at, "/bib/([0-9A-Z-]+)$")),
            thresholds: self.thresholds(&file.thresholds),
            finish_window: self.window(&file.finish_window),
            appearance: self.appearance(file.appearance),
            photos: file.photos,
            results: self.results(&file.results),
            privacy: Privacy {
                retention_days: file.privacy.retention_days,
                second_factor: file.privacy.second_factor,
                hide_on_request: file.privacy.hide_on_request,
            },
            public_url: file.public.url.and_then(|at| self.url(&at)),
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

    /// An address that paths are put after, without its last slash.
    fn url(&mut self, at: &Spanned<String>) -> Option<String> {
        let url = at.get_ref().trim().trim_end_matches('/');
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let sound = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>');
        let host = host.filter(|host| !host.is_empty() && host.chars().all(sound));
        if host.is_none() {
            self.fault(
                at,
                format!("{url:?} is no address; write it as \"https://results.example\""),
            );
        }
        host.map(|_| url.to_owned())
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
}

/// A date or time as it is written, quoted or not.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Datetime(datetime) => Some(datetime.to_string()),
        _ => None,
    }
}
