//! Runners by what people know of them: the beginning of a bib, of a name, or of a part of one.

use std::collections::HashSet;

use super::folding::folded;
use super::{Bib, Finisher};

/// Every runner under everything that may be typed for them, in order of that.
#[derive(Debug, Default)]
pub struct NameIndex {
    /// In order of text.
    entries: Vec<Entry>,
    bibs: Vec<Bib>,
}

#[derive(Debug)]
struct Entry {
    /// Folded.
    text: Box<str>,
    part: Part,
    /// Where in `bibs`.
    runner: u32,
}

/// What of a runner an entry is; what is nearer to them comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Bib,
    Name,
    /// From a later part of the name on: mostly the given name.
    Within,
}

/// Who was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The nearest first.
    pub bibs: Vec<Bib>,
    /// How many there are besides.
    pub more: usize,
}

impl NameIndex {
    /// Of these runners, each once.
    pub fn new<'r>(runners: impl IntoIterator<Item = &'r Finisher>) -> Self {
        let mut index = Self::default();
        for finisher in runners {
            let Ok(runner) = u32::try_from(index.bibs.len()) else { break };
            let mut add = |text: String, part| {
                if !text.is_empty() {
                    index.entries.push(Entry { text: text.into(), part, runner });
                }
            };
            add(folded(finisher.bib.as_str()), Part::Bib);
            for name in [Some(&finisher.name), finisher.kana.as_ref()].into_iter().flatten() {
                for (n, turn) in turns(name).into_iter().enumerate() {
                    add(turn, if n == 0 { Part::Name } else { Part::Within });
                }
            }
            index.bibs.push(finisher.bib.clone());
        }
        index.entries.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        index
    }

    /// Who begins so; `most` of them at most.
    pub fn find(&self, typed: &str, most: usize) -> Found {
        let text = folded(typed);
        if text.is_empty() {
            return Found::default();
        }
        let from = self.entries.partition_point(|entry| *entry.text < *text);
        let begin = self.entries[from..].iter().take_while(|entry| entry.text.starts_with(&text));
        let mut hits: Vec<(bool, Part, u32)> =
            begin.map(|e| (e.text.len() > text.len(), e.part, e.runner)).collect();
        hits.sort_unstable();
        let mut seen = HashSet::new();
        hits.retain(|(_, _, runner)| seen.insert(*runner));
        let bibs = hits.iter().take(most);
        let bibs = bibs.filter_map(|(_, _, runner)| self.bibs.get(*runner as usize)).cloned();
        Found { bibs: bibs.collect(), more: hits.len().saturating_sub(most) }
    }
}

/// A name from each of its parts on, and what stands before that behind it. One that is written
/// without a space may be cut before any kanji: nothing says where the given name begins.
fn turns(name: &str) -> Vec<String> {
    let words = name.split_whitespace().map(folded).filter(|word| !word.is_empty());
    let words: Vec<String> = words.collect();
    let whole = words.concat();
    let cuts: Vec<usize> = match &words[..] {
        [word] => {
            word.char_indices().filter(|(at, c)| *at == 0 || is_kanji(*c)).map(|c| c.0).collect()
        }
        words => {
            let ends = words.iter().scan(0, |end, word| {
                let begin = *end;
                *end += word.len();
                Some(begin)
            });
            ends.collect()
        }
    };
    cuts.into_iter().map(|at| format!("{}{}", &whole[at..], &whole[..at])).collect()
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    fn runner(bib: &str, name: &str, kana: Option<&str>) -> Finisher {
        Finisher {
            bib: Bib::parse(bib).unwrap(),
            name: name.to_owned(),
            kana: kana.map(str::to_owned),
            team: None,
            course: None,
            category: None,
            sex: None,
            age: None,
            birth_date: None,
            prefecture: None,
            wave: None,
            gun_time: None,
            net_time: None,
            finish_clock: None,
            status: Status::Registered,
            rank_overall: None,
            rank_course: None,
            rank_sex: None,
            rank_category: None,
            splits: Vec::new(),
            row: 0,
        }
    }

    fn found(index: &NameIndex, typed: &str) -> Vec<String> {
        index.find(typed, 50).bibs.iter().map(Bib::to_string).collect()
    }

    #[test]
    fn a_runner_is_found_by_bib_and_by_name_from_either_part_on_and_by_reading() {
        let index = NameIndex::new(&[
            runner("128", "髙橋 健吾", Some("タカハシ ケンゴ")),
            runner("1284", "María José Núñez", None),
            runner("A-102", "渡邉さくら", Some("ﾜﾀﾅﾍﾞ ｻｸﾗ")),
        ]);
        for typed in ["高橋", "高橋健", "高橋　健吾", "健吾", "健吾 高橋", "たかはし", "ｹﾝｺﾞ", "128"]
        {
            assert_eq!(found(&index, typed)[0], "128", "{typed}");
        }
        for typed in ["nunez", "NÚÑEZ maria", "jose", "mariajose", "1284"] {
            assert_eq!(found(&index, typed), ["1284"], "{typed}");
        }
        for typed in ["渡辺さ", "わたなべ", "さくら", "a102", "Ａ－１０２"] {
            assert_eq!(found(&index, typed), ["A-102"], "{typed}");
        }
        assert_eq!(found(&index, "128"), ["128", "1284"], "the bib itself comes first");
        for typed in ["", "  ", "橋健", "unez", "28", "・"] {
            assert_eq!(found(&index, typed), [""; 0], "{typed:?}");
        }
    }

    #[test]
    fn of_forty_thousand_runners_the_first_are_told_and_how_many_more_there_are() {
        let families = ["佐藤", "鈴木", "髙橋", "田中", "渡邉"];
        let runners: Vec<Finisher> = (0..40_000)
            .map(|n| runner(&n.to_string(), &format!("{} {n}号", families[n % 5]), None))
            .collect();
        let index = NameIndex::new(&runners);
        let all = index.find("渡辺", 50);
        assert_eq!((all.bibs.len(), all.more), (50, 7_950));
        assert_eq!(found(&index, "高橋 39997号"), ["39997"]);
        assert_eq!(found(&index, "39997")[0], "39997");
    }
}
