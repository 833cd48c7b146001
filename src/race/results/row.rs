//! One row of the results made into a runner, or into the reasons why not.

mod identity;

use super::cells::{self, is_blank};
use super::columns::{Columns, SplitPoint};
use super::courses::{CourseFound, Courses};
use super::moved::Shape;
use super::problem::{Problem, ProblemKind};
use super::table::Row;
use super::times::{self, TimeCell, TimeFormat};
use super::unknown::UnknownNames;
use super::waves::Waves;
use super::{Field, clocks, names, status};
use crate::rules::Course;
use crate::{Bib, Elapsed, Finisher, Race, Rank, Split, Status};

const TAKEN_BACK: &str = "takes a status back, so that it does not count; clear the cell, or \
     write DNF, DNS or DQ";

/// Reads rows, and gathers what was wrong with them.
pub(super) struct RowReader<'a> {
    race: &'a Race,
    columns: &'a Columns,
    shape: Shape,
    courses: Courses<'a>,
    waves: Waves<'a>,
    unknown: UnknownNames,
    problems: Vec<Problem>,
}

impl<'a> RowReader<'a> {
    pub fn new(race: &'a Race, columns: &'a Columns, shape: Shape) -> Self {
        Self {
            race,
            columns,
            shape,
            courses: Courses::new(race),
            waves: Waves::new(race),
            unknown: UnknownNames::default(),
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
        if self.problems.len() == before
            && let Some(moved) = self.shape.moved(row)
        {
            self.error(row, None, moved.message(self.columns));
            return (Some(bib), None);
        }
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
        self.problems.extend(unknown.problems(|field| heading(self.columns, field)));
        let time_of_day = self.heading(Field::TimeOfDay);
        self.problems.extend(clocks::disagreement(self.race, runners, time_of_day));
        self.problems
    }

    fn cell<'r>(&self, row: &'r Row, field: Field) -> &'r str {
        let index = self.columns.of(field);
        let cell = index.and_then(|index| row.cells.get(index)).unwrap_or_default();
        names::unmarked(names::trimmed(cell))
    }

    fn text(&self, row: &Row, field: Field) -> Option<String> {
        let text = names::one_line(self.cell(row, field));
        let text = names::without_direction_marks(&text).unwrap_or(text);
        (!is_blank(&text)).then_some(text)
    }

    fn heading(&self, field: Field) -> Option<String> {
        heading(self.columns, field)
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

    fn course(&mut self, row: &Row) -> (Option<&'a Course>, Option<String>) {
        let cell = self.cell(row, Field::Course);
        let race = self.race;
        if is_blank(cell) {
            let course = match race.courses.as_slice() {
                [only] => Some(only),
                _ => self.course_of_wave(row),
            };
            if course.is_none() && !race.courses.is_empty() {
                self.unknown.note(row.line, Field::Course, "");
            }
            return (course, None);
        }
        match self.courses.find(cell) {
            Some(CourseFound { course, category }) => (Some(course), category),
            None => {
                if !race.courses.is_empty() {
                    self.unknown.note(row.line, Field::Course, cell);
                }
                (None, None)
            }
        }
    }

    fn course_of_wave(&mut self, row: &Row) -> Option<&'a Course> {
        let course = self.waves.course(self.cell(row, Field::Wave))?;
        self.race.course(course)
    }

    fn wave(&mut self, row: &Row, course: Option<&Course>) -> Option<String> {
        let text = self.text(row, Field::Wave)?;
        if let Some(wave) = self.waves.find(&text, course) {
            return Some(wave.id.clone());
        }
        if !self.race.waves.is_empty() && course.is_some() {
            self.unknown.note(row.line, Field::Wave, &text);
        }
        Some(text)
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
        // Spreadsheets mark a text that looks like a number with an apostrophe.
        let cell = names::trimmed(row.cells.get(index).unwrap_or_default());
        let cell = cell.trim_start_matches('\'');
        let format = TimeFormat {
            decimal_minutes: self.columns.all[index].decimal_minutes,
            short_times: self.race.results.short_times,
        };
        times::read(cell, format, distance_m)
    }

    fn status(&mut self, row: &Row, in_times: [Option<Status>; 2]) -> Status {
        let mut said = in_times.into_iter().flatten().fold(Status::Finished, status::stricter);
        let cell = self.cell(row, Field::Status);
        if status::takes_back(cell) {
            self.warn(row, Field::Status, TAKEN_BACK);
        } else if !is_blank(cell) {
            match status::spoken_of(cell) {
                Some(status) => said = status::stricter(said, status),
                None => self.error(
                    row,
                    Some(Field::Status),
                    "is no status that is known; write DNF, DNS, DQ or OPEN, or leave it empty",
                ),
            }
        }
        let remark = self.cell(row, Field::Remarks);
        if status::takes_back(remark) {
            self.warn(row, Field::Remarks, TAKEN_BACK);
        } else if let Some(status) = status::spoken_of(remark) {
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
            self.warn(
                row,
                Field::NetTime,
                "is longer than the gun time; look whether the two columns are swapped",
            );
        }
    }
}

fn heading(columns: &Columns, field: Field) -> Option<String> {
    columns.of(field).map(|index| columns.all[index].heading.clone())
}
