//! A race and runners that try a template: the shortest, the longest and the rarest names.

use std::collections::BTreeMap;

use jiff::{civil, tz::TimeZone};
use kanso_race::rules::{
    Appearance, Bilingual, Course, FinishWindow, GunTimeFrom, Language, Organiser, Privacy, Race,
    ResultsFormat, Thresholds, Treatment,
};
use kanso_race::{Bib, Elapsed, Finisher, Rank, Split, Status};

/// Names that break layouts: short, long, Latin, rare kanji, other scripts.
pub const NAMES: [&str; 10] = [
    "山田 花子",
    "ヴィクトリア・アレクサンドラ・フォン・ローゼンベルク",
    "María José Núñez-O’Connor",
    "𠮷田 髙橋",
    "葛󠄀城 辻󠄀",
    "森",
    "Nguyễn Thị Ánh",
    "Владимир Александрович Римский-Корсаков",
    "김민준",
    "สมชาย ใจดี",
];

/// A race with everything that a template may ask for.
pub fn race(language: Language) -> Race {
    let both = |ja: &str, en: &str| Bilingual { ja: ja.to_owned(), en: Some(en.to_owned()) };
    Race {
        name: both("汐凪みなとマラソン", "Shionagi Minato Marathon"),
        edition: Some(12),
        date: civil::date(2026, 11, 23),
        zone: TimeZone::UTC,
        venue: Some(both("汐凪みなと公園", "Shionagi Minato Park")),
        organiser: Some(Organiser {
            name: both("汐凪みなとマラソン実行委員会", "Shionagi Minato Marathon Committee"),
            head_title: Some(both("大会会長", "Race President")),
            head_name: Some(both("汐見 航", "Wataru Shiomi")),
        }),
        confirmed: true,
        courses: vec![Course {
            id: "full".to_owned(),
            name: both("フルマラソン", "Marathon"),
            aliases: Vec::new(),
            distance_m: Some(42_195.0),
            gun: None,
        }],
        waves: Vec::new(),
        gun_time_from: GunTimeFrom::FirstGun,
        cameras: Vec::new(),
        bib_in_key: None,
        bib_in_code: None,
        thresholds: Thresholds { issue: 0.9, review: 0.15 },
        finish_window: FinishWindow { mean_s: 0.0, sigma_s: 3.0, conflict_s: 60.0 },
        appearance: Appearance {
            template: "photo".to_owned(),
            language,
            accent: None,
            logo: None,
            seal: None,
            sponsors: Vec::new(),
            parameters: BTreeMap::new(),
        },
        photos: Treatment::default(),
        results: ResultsFormat::default(),
        privacy: Privacy::default(),
        public_url: None,
    }
}

/// A runner of that race under a name of your choice, with full results.
pub fn finisher(name: &str) -> Finisher {
    let rank = |place, of| Some(Rank { place, of: Some(of) });
    // Even at first, then slower: the shape of most marathons.
    let splits = [1_331, 2_655, 3_982, 5_312, 6_652, 8_020, 9_436, 10_903];
    Finisher {
        // A bib is letters, digits and hyphens; this one is.
        bib: Bib::parse("A-1024").unwrap_or_else(|e| unreachable!("{e}")),
        name: name.to_owned(),
        kana: Some("ヤマダ ハナコ".to_owned()),
        team: Some("汐凪走友会".to_owned()),
        course: Some("full".to_owned()),
        category: Some("女子40歳代".to_owned()),
        sex: Some("女".to_owned()),
        age: Some(42),
        birth_date: None,
        prefecture: Some("静岡県".to_owned()),
        wave: Some("B".to_owned()),
        gun_time: Elapsed::from_millis(11_528_000),
        net_time: Elapsed::from_millis(11_461_300),
        finish_clock: None,
        status: Status::Finished,
        rank_overall: rank(1_234, 10_234),
        rank_course: rank(1_234, 10_234),
        rank_sex: rank(123, 2_871),
        rank_category: rank(17, 902),
        splits: splits
            .iter()
            .enumerate()
            .filter_map(|(at, seconds)| {
                let km = (at + 1) * 5;
                Some(Split {
                    label: format!("{km}km"),
                    distance_m: Some(km as f64 * 1000.0),
                    elapsed: Elapsed::from_millis(seconds * 1000)?,
                })
            })
            .collect(),
        row: 2,
    }
}
