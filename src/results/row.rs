//! One row of the results made into a runner, or into the reasons why not.

use std::collections::{BTreeMap, HashMap};

use super::cells::{self, is_blank, key};
use super::columns::{Columns, Field, SplitPoint};
use super::names;
use super::problem::{Problem, ProblemKind};
use super::status;
use super::table::Row;
use crate::race::elapsed::{Elapsed, ElapsedError};
use crate::race::rules::Course;
use crate::race::{Bib, Finisher, Race, Rank, Split, Status};

/// Seconds a kilometre between which a race time can lie: the fastest handcycles, and
/// an hour's stroll. Outside, the time was misread or the row is of another course.
const PACE_S_PER_KM: std::ops::RangeInclusive<f64> = 75.0..=3600.0;

/// A time of day may differ so much from gun + gun time before it is told.
const CLOCK_TOLERANCE_S: f64 = 60.0;

/// Reads rows, and gathers what was wrong with them.
pub(super) struct RowReader<'a> {
    race: &'a Race,
    columns: &'a Columns,
    /// Texts of the course column seen so far → index of the course, category told with it.
    courses: HashMap<String, Option<(usize, Option<String>)>>,
    /// Texts of the wave column seen so far, folded.
    waves: HashMap<String, String>,
    /// Folded names of courses → index of the course.
    course_keys: Vec<(String, usize)>,
    /// Texts that name no course (or wave) → first row, rows.
    unknown: BTreeMap<(Field, String), (usize, usize)>,
    problems: Vec<Problem>,
}

enum TimeCell {
    Blank,
    Time(Elapsed),
    Status(Status),
}

impl<'a> RowReader<'a> {
    pub fn new(race: &'a Race, columns: &'a Columns) -> Self {
        let names = |course: &'a Course| {
            let own = [Some(&course.id), Some(&course.name.ja), course.name.en.as_ref()];
            own.into_iter().flatten().chain(&course.aliases)
        };
        let courses = race.courses.iter().enumerate();
        let course_keys = courses.flat_map(|(n, c)| names(c).map(move |name| (key(name), n)));
        Self {
            race,
            columns,
            courses: HashMap::new(),
            waves: HashMap::new(),
            course_keys: course_keys.collect(),
            unknown: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// The row's bib, where it has one, even if nothing else of it can be used; and the runner.
    pub fn read(&mut self, row: &Row) -> (Option<Bib>, Option<Finisher>) {
        let before = self.problems.len();
        let Some(bib) = self.bib(row) else { return (None, None) };
        if row.unclosed_quote {
            self.error(row, None, "has a quote (\") that is never closed; close or remove it");
            return (Some(bib), None);
        }
        self.check_cells(row);
        let name = self.name(row);
        let (course, told_category) = self.course(row);
        let wave = self.wave(row, course);
        let distance_m = course.and_then(|course| course.distance_m);
        let (gun_time, gun_says) = self.time(row, Field::GunTime, distance_m);
        let (net_time, net_says) = self.time(row, Field::NetTime, distance_m);
        let finish_clock = self.optional(
            row,
            Field::TimeOfDay,
            cells::time_of_day,
            "time of day; write it as 14:15:05",
        );
        let said = self.status(row, [gun_says, net_says]);
        let status = match said {
            Status::Finished | Status::Open if gun_time.is_none() && net_time.is_none() => {
                Status::Registered
            }
            said => said,
        };
        self.compare(row, gun_time, net_time);
        let (rank_overall, rank_course) =
            (self.rank(row, Field::RankOverall), self.rank(row, Field::RankCourse));
        let (rank_sex, rank_category) =
            (self.rank(row, Field::RankSex), self.rank(row, Field::RankCategory));
        let finisher = Finisher {
            bib: bib.clone(),
            name,
            kana: self.text(row, Field::Kana),
            team: self.text(row, Field::Team),
            course: course.map(|course| course.id.clone()),
            category: self.text(row, Field::Category).or(told_category),
            sex: self.text(row, Field::Sex),
            age: self.optional(row, Field::Age, cells::age, "age"),
            birth_date: self.optional(
                row,
                Field::BirthDate,
                cells::birth_date,
                "date of birth; write it as 1985-03-07",
            ),
            prefecture: self.text(row, Field::Prefecture),
            wave,
            gun_time,
            net_time,
            finish_clock,
            status,
            rank_overall,
            rank_course,
            rank_sex,
            rank_category,
            splits: self.splits(row, distance_m),
            row: row.line,
        };
        let skipped = self.problems[before..].iter().any(|problem| problem.kind.is_error());
        (Some(bib), (!skipped).then_some(finisher))
    }

    /// All problems, with those that concern many rows told once.
    pub fn finish(mut self, runners: &[Finisher]) -> Vec<Problem> {
        let unknown = std::mem::take(&mut self.unknown);
        for ((field, text), (first, rows)) in unknown {
            let (what, cure) = match field {
                Field::Wave => ("wave", "name it in race.toml under [[waves]]"),
                _ => ("course", "name it in race.toml, as an alias of a course"),
            };
            let message = if text.is_empty() {
                format!("{} no course, and the race has several", naming(rows))
            } else {
                format!("{} a {what} that the race does not have; {cure}", naming(rows))
            };
            self.problems.push(Problem {
                row: Some(first),
                column: self.heading(field),
                value: (!text.is_empty()).then_some(text),
                kind: ProblemKind::Warning,
                message,
            });
        }
        self.compare_clocks(runners);
        self.problems
    }

    fn cell<'r>(&self, row: &'r Row, field: Field) -> &'r str {
        let index = self.columns.of(field);
        names::trimmed(index.and_then(|index| row.cells.get(index)).unwrap_or_default())
    }

    fn text(&self, row: &Row, field: Field) -> Option<String> {
        let text = names::one_line(self.cell(row, field));
        (!is_blank(&text)).then_some(text)
    }

    fn heading(&self, field: Field) -> Option<String> {
        self.columns.of(field).map(|index| self.columns.all[index].heading.clone())
    }

    fn tell(&mut self, row: &Row, field: Option<Field>, kind: ProblemKind, message: String) {
        let value = field.map(|field| self.cell(row, field).to_owned());
        let column = field.and_then(|field| self.heading(field));
        self.problems.push(Problem { row: Some(row.line), column, value, kind, message });
    }

    fn error(&mut self, row: &Row, field: Option<Field>, message: impl Into<String>) {
        self.tell(row, field, ProblemKind::RowSkipped, message.into());
    }

    fn warn(&mut self, row: &Row, field: Field, message: impl Into<String>) {
        self.tell(row, Some(field), ProblemKind::Warning, message.into());
    }

    fn bib(&mut self, row: &Row) -> Option<Bib> {
        let cell = self.cell(row, Field::Bib);
        if is_blank(cell) {
            let filled = row.cells.iter().filter(|cell| !is_blank(cell)).count();
            if filled <= 2 && is_blank(self.cell(row, Field::Name)) || filled <= 1 {
                self.warn(row, Field::Bib, "is no runner's row; it was left out");
            } else {
                self.error(row, Some(Field::Bib), "has no bib");
            }
            return None;
        }
        match Bib::parse(cell) {
            Ok(bib) => Some(bib),
            Err(error) => {
                self.error(row, Some(Field::Bib), error.to_string());
                None
            }
        }
    }

    /// What may be wrong with any cell that is used, and with their number.
    fn check_cells(&mut self, row: &Row) {
        let columns = self.columns;
        for (column, cell) in columns.all.iter().zip(row.cells.iter()) {
            if column.field.is_some()
                && let Some(c) = names::unusable(names::trimmed(cell))
            {
                self.problems.push(Problem {
                    row: Some(row.line),
                    column: Some(column.heading.clone()),
                    value: Some(cell.to_owned()),
                    kind: ProblemKind::RowSkipped,
                    message: names::lament(c),
                });
            }
        }
        let width = columns.all.len();
        if row.cells.iter().skip(width).any(|cell| !is_blank(cell)) {
            let message = format!(
                "has {} cells where the header has {width}; a text with the delimiter in it needs \
                 quotes",
                row.cells.len()
            );
            self.error(row, None, message);
        }
    }

    fn name(&mut self, row: &Row) -> String {
        let name = self.text(row, Field::Name).unwrap_or_else(|| {
            let first = names::one_line(self.cell(row, Field::FirstName));
            let last = names::one_line(self.cell(row, Field::LastName));
            let family_first = last.chars().any(|c| matches!(u32::from(c), 0x1100..=0x11ff | 0x3041..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0x20000..=0x3ffff));
            let name = if family_first { format!("{last} {first}") } else { format!("{first} {last}") };
            names::trimmed(&name).to_owned()
        });
        let field =
            if self.columns.of(Field::Name).is_some() { Field::Name } else { Field::LastName };
        if name.is_empty() {
            self.error(row, Some(field), "has no name");
        } else if matches!(name.as_str(), "#NAME?" | "#REF!" | "#VALUE!" | "#N/A" | "########") {
            self.error(row, Some(field), "is a spreadsheet's error, not a name; write the name");
        } else if names::lost_a_character(&name) {
            self.warn(row, field, "seems to have lost a character; compare it with the entry list");
        }
        name
    }

    fn course(&mut self, row: &Row) -> (Option<&'a Course>, Option<String>) {
        let cell = self.cell(row, Field::Course);
        let race = self.race;
        if is_blank(cell) {
            let course = match race.courses.as_slice() {
                [only] => Some(only),
                _ => self.course_of_wave(row),
            };
            if course.is_none() && !race.courses.is_empty() {
                self.note_unknown(row, Field::Course, "");
            }
            return (course, None);
        }
        if !self.courses.contains_key(cell) {
            let found = self.find_course(cell);
            self.courses.insert(cell.to_owned(), found);
        }
        match self.courses.get(cell).cloned().flatten() {
            Some((index, category)) => (race.courses.get(index), category),
            None => {
                if !race.courses.is_empty() {
                    self.note_unknown(row, Field::Course, cell);
                }
                (None, None)
            }
        }
    }

    /// By its names; else by a name followed by nothing but sex and age: `ハーフ男子40歳代`,
    /// which is then the category too.
    fn find_course(&self, cell: &str) -> Option<(usize, Option<String>)> {
        let cell_key = key(cell);
        if let Some((_, index)) = self.course_keys.iter().find(|(key, _)| *key == cell_key) {
            return Some((*index, None));
        }
        let prefixes = self
            .course_keys
            .iter()
            .filter(|(key, _)| cell_key.strip_prefix(key.as_str()).is_some_and(tells_sex_and_age));
        let (_, index) = prefixes.max_by_key(|(key, _)| key.len())?;
        Some((*index, Some(names::one_line(cell))))
    }

    fn course_of_wave(&self, row: &Row) -> Option<&'a Course> {
        let wave = wave_key(self.cell(row, Field::Wave));
        let mut waves = self.race.waves.iter().filter(|w| wave_key(&w.id) == wave);
        let course = waves.next().map(|wave| &wave.course)?;
        waves.all(|wave| wave.course == *course).then(|| self.race.course(course)).flatten()
    }

    fn wave(&mut self, row: &Row, course: Option<&Course>) -> Option<String> {
        let text = self.text(row, Field::Wave)?;
        let race = self.race;
        let mut waves = race.waves.iter().filter(|w| course.is_none_or(|c| c.id == w.course));
        let folded = self.waves.entry(text.clone()).or_insert_with(|| wave_key(&text)).clone();
        if let Some(wave) = waves.find(|wave| wave_key(&wave.id) == folded) {
            return Some(wave.id.clone());
        }
        if !race.waves.is_empty() && course.is_some() {
            self.note_unknown(row, Field::Wave, &text);
        }
        Some(text)
    }

    fn note_unknown(&mut self, row: &Row, field: Field, text: &str) {
        let told = self.unknown.entry((field, text.to_owned())).or_insert((row.line, 0));
        told.1 += 1;
    }

    fn time(
        &mut self,
        row: &Row,
        field: Field,
        distance_m: Option<f64>,
    ) -> (Option<Elapsed>, Option<Status>) {
        let Some(index) = self.columns.of(field) else { return (None, None) };
        match self.time_cell(row, index, distance_m) {
            Ok(TimeCell::Blank) => (None, None),
            Ok(TimeCell::Time(elapsed)) => (Some(elapsed), None),
            Ok(TimeCell::Status(status)) => (None, Some(status)),
            Err(message) => {
                self.error(row, Some(field), message);
                (None, None)
            }
        }
    }

    fn time_cell(
        &self,
        row: &Row,
        index: usize,
        distance_m: Option<f64>,
    ) -> Result<TimeCell, String> {
        let cell = names::trimmed(row.cells.get(index).unwrap_or_default());
        if is_blank(cell) {
            return Ok(TimeCell::Blank);
        }
        let read = if self.columns.all[index].decimal_minutes {
            Elapsed::parse_decimal_minutes(cell)
        } else {
            Elapsed::parse_as(cell, self.race.results.short_times)
        };
        let elapsed = match (read, distance_m) {
            (Ok(elapsed), _) => elapsed,
            // Only one of the readings can be run on this course.
            (Err(ElapsedError::Ambiguous { minutes_seconds, hours_minutes, .. }), Some(metres))
                if can_be_run(minutes_seconds, metres)
                    && !hours_minutes.is_some_and(|time| can_be_run(time, metres)) =>
            {
                minutes_seconds
            }
            (Err(error), _) => {
                return match status::named(cell) {
                    Some(status) => Ok(TimeCell::Status(status)),
                    None => Err(error.to_string()),
                };
            }
        };
        match distance_m {
            // Timing systems write 0:00:00 where there is no time.
            _ if elapsed.millis() == 0 => Ok(TimeCell::Blank),
            Some(metres) if !can_be_run(elapsed, metres) => Err(format!(
                "{cell:?} cannot be a time over {metres} m (hours and minutes mixed up?); correct \
                 the time, or the course's distance_m in race.toml"
            )),
            _ => Ok(TimeCell::Time(elapsed)),
        }
    }

    fn status(&mut self, row: &Row, in_times: [Option<Status>; 2]) -> Status {
        let mut said = in_times.into_iter().flatten().fold(Status::Finished, status::stricter);
        let cell = self.cell(row, Field::Status);
        if !is_blank(cell) {
            match status::spoken_of(cell) {
                Some(status) => said = status::stricter(said, status),
                None => self.error(
                    row,
                    Some(Field::Status),
                    "is no status that is known; write DNF, DNS, DQ or OPEN, or leave it empty",
                ),
            }
        }
        if let Some(status) = status::spoken_of(self.cell(row, Field::Remarks)) {
            said = status::stricter(said, status);
        }
        for field in [Field::RankOverall, Field::RankCourse, Field::RankSex, Field::RankCategory] {
            if let Some(status) = status::named(self.cell(row, field)) {
                said = status::stricter(said, status);
            }
        }
        said
    }

    fn rank(&mut self, row: &Row, field: Field) -> Option<Rank> {
        if status::named(self.cell(row, field)).is_some() {
            return None;
        }
        self.optional(row, field, cells::rank, "rank; write it as 17 or 17 / 13408")
    }

    /// A field that a certificate can do without: told and left out where it is unreadable.
    fn optional<T>(
        &mut self,
        row: &Row,
        field: Field,
        read: impl Fn(&str) -> Option<T>,
        what: &str,
    ) -> Option<T> {
        let cell = self.cell(row, field);
        if is_blank(cell) {
            return None;
        }
        let value = read(cell);
        if value.is_none() {
            self.warn(row, field, format!("is no {what}; it was left out"));
        }
        value
    }

    fn splits(&mut self, row: &Row, distance_m: Option<f64>) -> Vec<Split> {
        let columns = self.columns;
        let mut splits = Vec::new();
        for &index in &columns.splits {
            let column = &columns.all[index];
            let distance_m = match column.split {
                Some(SplitPoint::Metres(metres)) => Some(metres),
                Some(SplitPoint::Halfway) => distance_m.map(|metres| metres / 2.0),
                None => None,
            };
            match self.time_cell(row, index, distance_m) {
                Ok(TimeCell::Time(elapsed)) => {
                    splits.push(Split { label: column.heading.clone(), distance_m, elapsed });
                }
                Ok(_) => {}
                Err(message) => self.problems.push(Problem {
                    row: Some(row.line),
                    column: Some(column.heading.clone()),
                    value: row.cells.get(index).map(str::to_owned),
                    kind: ProblemKind::Warning,
                    message: format!("{message}; the split was left out"),
                }),
            }
        }
        splits
    }

    fn compare(&mut self, row: &Row, gun: Option<Elapsed>, net: Option<Elapsed>) {
        // With gun times from the runner's own wave nothing else holds either.
        if let (Some(gun), Some(net)) = (gun, net)
            && net.certified_seconds() > gun.certified_seconds() + 1
        {
            self.warn(row, Field::NetTime, "is longer than the gun time; are the columns swapped?");
        }
    }

    fn compare_clocks(&mut self, runners: &[Finisher]) {
        let mut first = None;
        let mut count = 0;
        for runner in runners.iter().filter(|runner| runner.finish_clock.is_some()) {
            let by_gun = Finisher { finish_clock: None, ..runner.clone() };
            let (Some(clock), Some(gun)) =
                (self.race.finish_clock(runner), self.race.finish_clock(&by_gun))
            else {
                continue;
            };
            let apart_s = clock.duration_since(gun).as_secs_f64();
            if apart_s.abs() > CLOCK_TOLERANCE_S {
                count += 1;
                first.get_or_insert((runner.row, apart_s));
            }
        }
        if let Some((row, apart_s)) = first {
            self.problems.push(Problem {
                row: None,
                column: self.heading(Field::TimeOfDay),
                value: None,
                kind: ProblemKind::Warning,
                message: format!(
                    "the time of day of {count} runners is not gun + gun time (row {row}: by \
                     {apart_s:.0} s); photos are matched by the time of day; check the guns in \
                     race.toml"
                ),
            });
        }
    }
}

fn naming(rows: usize) -> String {
    match rows {
        1 => "names".to_owned(),
        rows => format!("is the first of {rows} rows that name"),
    }
}

fn can_be_run(elapsed: Elapsed, metres: f64) -> bool {
    PACE_S_PER_KM.contains(&(f64::from(elapsed.millis()) / metres))
}

/// What may follow a course's name in a combined one.
fn tells_sex_and_age(rest: &str) -> bool {
    let words = [
        "男子",
        "女子",
        "男性",
        "女性",
        "男",
        "女",
        "一般",
        "壮年",
        "青年",
        "高校生",
        "高校",
        "中学生",
        "中学",
        "歳",
        "才",
        "代",
        "以上",
        "以下",
        "未満",
        "の部",
        "の",
        "~",
        "〜",
        "(",
        ")",
        "・",
        "/",
    ];
    // `10km5` is not `10km` and an age.
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let mut rest = rest;
    while let Some(next) = rest.chars().next() {
        if next.is_ascii_digit() {
            rest = &rest[1..];
            continue;
        }
        match words.iter().find_map(|word| rest.strip_prefix(word)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

/// A wave's name without the words for "wave": `Aブロック`, `ウェーブA` and `A` are one.
fn wave_key(text: &str) -> String {
    [
        "スタートブロック",
        "ウェーブ",
        "ウエーブ",
        "ブロック",
        "スタート",
        "startblock",
        "wave",
        "block",
        "第",
    ]
    .iter()
    .fold(key(text), |text, word| text.replace(word, ""))
}
