//! Which course of the race a cell means.

use std::collections::HashMap;

use super::cells::key;
use super::names;
use crate::Race;
use crate::rules::Course;

/// The courses of a race, found by what results files call them.
pub(super) struct Courses<'a> {
    /// Names as [`key`] folds them.
    by_name: Vec<(String, &'a Course)>,
    /// Cells seen so far: a file repeats a few.
    seen: HashMap<String, Option<CourseFound<'a>>>,
}

/// A course, and the category that the same cell tells.
#[derive(Clone)]
pub(super) struct CourseFound<'a> {
    pub course: &'a Course,
    pub category: Option<String>,
}

impl<'a> Courses<'a> {
    pub fn new(race: &'a Race) -> Self {
        let names = |course: &'a Course| {
            let own = [Some(&course.id), Some(&course.name.ja), course.name.en.as_ref()];
            own.into_iter().flatten().chain(&course.aliases)
        };
        let by_name = race.courses.iter().flat_map(|c| names(c).map(move |name| (key(name), c)));
        Self { by_name: by_name.collect(), seen: HashMap::new() }
    }

    pub fn find(&mut self, cell: &str) -> Option<CourseFound<'a>> {
        if let Some(found) = self.seen.get(cell) {
            return found.clone();
        }
        let found = self.look_up(cell);
        self.seen.insert(cell.to_owned(), found.clone());
        found
    }

    /// By its names; else by a name followed by nothing but sex and age: `ハーフ男子40歳代`,
    /// which is then the category too.
    fn look_up(&self, cell: &str) -> Option<CourseFound<'a>> {
        let cell_key = key(cell);
        if let Some((_, course)) = self.by_name.iter().find(|(name, _)| *name == cell_key) {
            return Some(CourseFound { course, category: None });
        }
        let prefixes = self.by_name.iter().filter(|(name, _)| {
            cell_key.strip_prefix(name.as_str()).is_some_and(tells_sex_and_age)
        });
        let (_, course) = prefixes.max_by_key(|(name, _)| name.len())?;
        Some(CourseFound { course, category: Some(names::one_line(cell)) })
    }
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
