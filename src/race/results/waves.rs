//! Which wave of the race a cell means.

use std::collections::HashMap;

use super::cells::key;
use crate::Race;
use crate::rules::{Course, Wave};

/// The waves of a race, found by what results files call them.
pub(super) struct Waves<'a> {
    /// Names as [`wave_key`] folds them.
    by_name: Vec<(String, &'a Wave)>,
    /// Cells seen so far, folded: a file repeats a few.
    seen: HashMap<String, String>,
}

impl<'a> Waves<'a> {
    pub fn new(race: &'a Race) -> Self {
        let by_name = race.waves.iter().map(|wave| (wave_key(&wave.id), wave));
        Self { by_name: by_name.collect(), seen: HashMap::new() }
    }

    /// The wave of that name on the course; on any, where the course is not known.
    pub fn find(&mut self, cell: &str, course: Option<&Course>) -> Option<&'a Wave> {
        let on_course = |wave: &Wave| course.is_none_or(|course| course.id == wave.course);
        self.named(cell).find(|wave| on_course(wave))
    }

    /// The course that starts in the wave, where that is one only.
    pub fn course(&mut self, cell: &str) -> Option<&'a str> {
        let mut waves = self.named(cell);
        let course = &waves.next()?.course;
        waves.all(|wave| wave.course == *course).then_some(course)
    }

    fn named(&mut self, cell: &str) -> impl Iterator<Item = &'a Wave> {
        if !self.seen.contains_key(cell) {
            self.seen.insert(cell.to_owned(), wave_key(cell));
        }
        let folded = self.seen.get(cell);
        self.by_name.iter().filter(move |(name, _)| Some(name) == folded).map(|(_, wave)| *wave)
    }
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
