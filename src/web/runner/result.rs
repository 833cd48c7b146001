//! A runner's result in both languages.

use kanso_race::rules::Language;
use kanso_race::{Finisher, Race, Status};
use kanso_template::format::{clock, pace};
use kanso_template::{Extra, Fields};

use crate::language::Both;

/// Everything that the results say of a runner, as a page shows it.
pub(super) struct ResultView {
    /// グロス or ネット, and the time that counts.
    pub time: Option<(Both, String)>,
    /// The other time, the pace and the places.
    pub facts: Vec<(Both, Both)>,
    pub splits: Vec<SplitView>,
}

/// One row of the table of splits.
pub(super) struct SplitView {
    pub label: Both,
    pub elapsed: String,
    pub lap: String,
    /// To the kilometre.
    pub pace: String,
}

/// In the order in which they are shown.
const FACTS: [&str; 8] = [
    "other_time",
    "pace",
    "rank_overall",
    "rank_course",
    "rank_sex",
    "rank_category",
    "category",
    "team",
];

impl ResultView {
    /// `None` before there is a result.
    pub fn of(race: &Race, finisher: &Finisher) -> Option<Self> {
        if !finisher.status.may_be_certified() {
            return None;
        }
        let told = |language| Fields::new(race, finisher, &Extra::default()).in_language(language);
        let (ja, en) = (told(Language::Ja), told(Language::En));
        let label =
            |name: &str| Both { ja: ja.label(name).to_owned(), en: en.label(name).to_owned() };
        let fact = |name: &str| {
            let format = name.starts_with("rank").then_some("place-of");
            let value = Both { ja: ja.write(name, format)?, en: en.write(name, format)? };
            let label = match name {
                // In English the place in it has the same word on a certificate.
                "category" => Both { en: "Division".to_owned(), ..label(name) },
                name => label(name),
            };
            Some((label, value))
        };
        let time = ja.write("time", None).map(|time| (label("time"), time));
        let mut facts: Vec<_> = FACTS.into_iter().filter_map(fact).collect();
        if finisher.status == Status::Open {
            let open = |fields: &Fields| fields.write("open", None).unwrap_or_default();
            facts.push((
                Both { ja: "参加区分".to_owned(), en: "Entry".to_owned() },
                Both { ja: open(&ja), en: open(&en) },
            ));
        }
        let splits = ja.splits.iter().map(|row| SplitView {
            label: match &row.label {
                Some(label) => Both { ja: label.clone(), en: label.clone() },
                None => Both { ja: "フィニッシュ".to_owned(), en: "Finish".to_owned() },
            },
            elapsed: clock(row.elapsed),
            lap: clock(row.lap),
            pace: row.pace.map(pace).unwrap_or_default(),
        });
        let splits = splits.collect();
        Some(Self { time, facts, splits })
    }
}
