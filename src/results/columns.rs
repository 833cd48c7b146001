//! Which column holds what: headings in Japanese, English and German, the race's own
//! column map, and the search for the header row.
//!
//! To teach a new heading, add it to [`Field::aliases`].

use std::collections::BTreeMap;

use super::ResultsError;
use super::cells::key;

/// What a column of the results may hold. The names are those of `[results.columns]`
/// in `race.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Bib,
    Name,
    FirstName,
    LastName,
    Kana,
    Team,
    Course,
    Category,
    Sex,
    Age,
    BirthDate,
    Prefecture,
    Wave,
    GunTime,
    NetTime,
    /// Time of day at the finish line.
    TimeOfDay,
    Status,
    /// Remarks (備考), in which a status may be spoken of.
    Remarks,
    RankOverall,
    RankCourse,
    RankSex,
    RankCategory,
    /// Time at a point of the course; many columns may hold one.
    Split,
}

impl Field {
    const ALL: [(Self, &'static str); 22] = [
        (Self::Bib, "bib"),
        (Self::Name, "name"),
        (Self::FirstName, "first_name"),
        (Self::LastName, "last_name"),
        (Self::Kana, "kana"),
        (Self::Team, "team"),
        (Self::Course, "course"),
        (Self::Category, "category"),
        (Self::Sex, "sex"),
        (Self::Age, "age"),
        (Self::BirthDate, "birth_date"),
        (Self::Prefecture, "prefecture"),
        (Self::Wave, "wave"),
        (Self::GunTime, "gun_time"),
        (Self::NetTime, "net_time"),
        (Self::TimeOfDay, "time_of_day"),
        (Self::Status, "status"),
        (Self::Remarks, "remarks"),
        (Self::RankOverall, "rank_overall"),
        (Self::RankCourse, "rank_course"),
        (Self::RankSex, "rank_sex"),
        (Self::RankCategory, "rank_category"),
    ];

    /// The names that `[results.columns]` takes, beside splits (`5km`, `中間`).
    pub const KEYS: [&'static str; 22] = {
        let mut keys = [""; 22];
        let mut index = 0;
        while index < keys.len() {
            keys[index] = Self::ALL[index].1;
            index += 1;
        }
        keys
    };

    /// The field of a name in `[results.columns]`; a split's name is its label.
    pub fn from_key(name: &str) -> Option<Self> {
        let listed = Self::ALL.iter().find(|(_, key)| *key == name).map(|(field, _)| *field);
        listed.or_else(|| split_label(name).map(|_| Self::Split))
    }

    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(field, _)| *field == self).map_or("split", |(_, key)| key)
    }

    /// Headings as [`key`] folds them, the surest first: where a file has several of
    /// them, the first one holds the field.
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Bib => &[
                "ナンバーカード",
                "ゼッケン",
                "ゼッケン番号",
                "ナンバー",
                "bib",
                "bib#",
                "bibnum",
                "bibno",
                "bibnumber",
                "racenumber",
                "stnr",
                "startnr",
                "startnummer",
                "dossard",
                "no",
                "№",
                "番号",
            ],
            Self::Name => {
                &["氏名", "名前", "選手名", "name", "fullname", "athlete", "runner", "naam"]
            }
            Self::FirstName => &["firstname", "givenname", "vorname", "名"],
            Self::LastName => &["lastname", "familyname", "surname", "nachname", "姓"],
            Self::Kana => {
                &["フリガナ", "ふりがな", "カナ", "氏名カナ", "カナ氏名", "氏名(カナ)", "kana"]
            }
            Self::Team => {
                &["チーム", "チーム名", "所属", "所属名", "team", "teamname", "club", "verein"]
            }
            Self::Course => {
                &["種目", "種目名", "event", "部門", "部門名", "course", "race", "distance", "距離"]
            }
            Self::Category => &[
                "カテゴリー",
                "カテゴリ",
                "category",
                "cat",
                "class",
                "クラス",
                "bracket",
                "div",
                "division",
                "agegroup",
                "年代別",
                "年代",
                "区分",
                "部門",
            ],
            Self::Sex => &["性別", "sex", "gender", "m/f", "geschlecht"],
            Self::Age => &["年齢", "age", "alter"],
            Self::BirthDate => &["生年月日", "birthdate", "dateofbirth", "dob", "誕生日"],
            Self::Prefecture => {
                &["都道府県", "都道府県名", "県名", "居住地", "prefecture", "state", "region"]
            }
            Self::Wave => &[
                "ウェーブ",
                "ウエーブ",
                "スタートブロック",
                "ブロック",
                "wave",
                "startblock",
                "corral",
                "block",
            ],
            Self::GunTime => &[
                "グロスタイム",
                "グロス",
                "タイム(グロス)",
                "記録(グロス)",
                "guntime",
                "clocktime",
                "grosstime",
                "gross",
                "bruto",
                "brutto",
                "official",
                "officialtime",
                "記録",
                "タイム",
                "finishtime",
                "time",
                "zeit",
            ],
            Self::NetTime => &[
                "ネットタイム",
                "ネット",
                "タイム(ネット)",
                "記録(ネット)",
                "nettime",
                "chiptime",
                "netto",
                "net",
                "チップタイム",
            ],
            Self::TimeOfDay => {
                &["フィニッシュ時刻", "ゴール時刻", "timeofday", "tod", "finishclock", "finishtod"]
            }
            Self::Status => &["状態", "ステータス", "status", "result"],
            Self::Remarks => &["備考", "remarks", "remark", "note", "notes", "comment"],
            Self::RankOverall => &[
                "総合順位",
                "総合",
                "overall",
                "overallplace",
                "overallrank",
                "#tot",
                "順位",
                "place",
                "rank",
                "pos",
                "position",
            ],
            Self::RankCourse => &[
                "種目順位",
                "種目別順位",
                "部門順位",
                "部門別順位",
                "eventplace",
                "eventrank",
                "#event",
            ],
            Self::RankSex => &[
                "男女別順位",
                "性別順位",
                "男女順位",
                "sexplace",
                "genderplace",
                "genderrank",
                "sexrank",
                "#sex",
            ],
            Self::RankCategory => &[
                "年代別順位",
                "年代順位",
                "年齢別順位",
                "カテゴリー順位",
                "agegroupplace",
                "agegrouprank",
                "categoryplace",
                "categoryrank",
                "catplace",
                "catrank",
                "#cat",
                "divplace",
            ],
            Self::Split => &[],
        }
    }
}

/// One column of the file, and what was made of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Column {
    /// Counted from 1.
    pub number: usize,
    pub heading: String,
    /// `None` where the column is not used.
    pub field: Option<Field>,
    /// Metres from the start, where a split's label tells them (`中間` tells half).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitPoint>,
    /// The heading says that times are decimal minutes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub decimal_minutes: bool,
}

/// Where a split was taken.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitPoint {
    Metres(f64),
    Halfway,
}

/// The columns of a file: which holds which field.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub all: Vec<Column>,
    by_field: BTreeMap<Field, usize>,
    pub splits: Vec<usize>,
}

impl Columns {
    /// The column (from 0) of a field.
    pub fn of(&self, field: Field) -> Option<usize> {
        self.by_field.get(&field).copied()
    }

    /// What the headings say, with the race's map first; `Err` names a mapped heading
    /// that is not there.
    pub fn read(
        headings: &[&str],
        map: &BTreeMap<String, String>,
    ) -> Result<Self, (String, String)> {
        let keys: Vec<String> = headings.iter().map(|heading| key(heading)).collect();
        let mut columns = Self {
            all: headings.iter().zip(&keys).enumerate().map(column).collect(),
            by_field: BTreeMap::new(),
            splits: Vec::new(),
        };
        let mut settled = Vec::new();
        for (name, heading) in map {
            let Some(field) = Field::from_key(name) else { continue };
            if heading.is_empty() {
                settled.push(field);
                continue;
            }
            let number = heading.parse::<usize>().ok().filter(|n| (1..=keys.len()).contains(n));
            let index = keys.iter().position(|k| *k == key(heading)).or(number.map(|n| n - 1));
            let index = index.ok_or_else(|| (name.clone(), heading.clone()))?;
            if field == Field::Split {
                columns.use_split(index, name);
            } else {
                columns.use_for(field, index);
                settled.push(field);
            }
        }
        for (field, _) in Field::ALL {
            if settled.contains(&field) || columns.by_field.contains_key(&field) {
                continue;
            }
            let free = |alias: &str| {
                (0..keys.len()).find(|&index| {
                    columns.all[index].field.is_none() && without_unit(&keys[index]).0 == alias
                })
            };
            if let Some(index) = field.aliases().iter().find_map(|alias| free(alias)) {
                columns.use_for(field, index);
            }
        }
        for (index, heading) in headings.iter().enumerate() {
            if columns.all[index].field.is_none() && split_label(heading).is_some() {
                columns.use_split(index, heading);
            }
        }
        Ok(columns)
    }

    fn use_for(&mut self, field: Field, index: usize) {
        self.all[index].field = Some(field);
        self.by_field.insert(field, index);
    }

    fn use_split(&mut self, index: usize, label: &str) {
        self.all[index].field = Some(Field::Split);
        self.all[index].split = split_label(label);
        self.splits.push(index);
    }

    fn none() -> Self {
        Self { all: Vec::new(), by_field: BTreeMap::new(), splits: Vec::new() }
    }

    pub fn recognised(&self) -> usize {
        self.by_field.len() + self.splits.len()
    }

    fn is_header(&self) -> bool {
        let named = self.of(Field::Name).or(self.of(Field::LastName)).is_some();
        self.of(Field::Bib).is_some() && (named || self.recognised() >= 3)
    }
}

fn column((index, (heading, key)): (usize, (&&str, &String))) -> Column {
    Column {
        number: index + 1,
        heading: super::names::one_line(heading),
        field: None,
        split: None,
        decimal_minutes: without_unit(key).1,
    }
}

/// A folded heading without the unit in brackets after it, and whether that unit says
/// decimal minutes: `guntime(min)`.
fn without_unit(key: &str) -> (&str, bool) {
    let Some((name, unit)) = key.strip_suffix(')').and_then(|key| key.rsplit_once('(')) else {
        return (key, false);
    };
    match unit {
        "min" | "mins" | "minutes" | "decimalminutes" | "分" => (name, true),
        "h:mm:ss" | "hh:mm:ss" | "時分秒" | "時:分:秒" => (name, false),
        _ => (key, false),
    }
}

/// The point that a split's heading names: `5km`, `10K`, `5km通過`, `中間`.
fn split_label(heading: &str) -> Option<SplitPoint> {
    let folded = unicode_normalization::UnicodeNormalization::nfkc(heading)
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace())
        .collect::<String>();
    let label = ["通過", "地点", "スプリット", "split"]
        .iter()
        .fold(folded.as_str(), |label, suffix| label.strip_suffix(suffix).unwrap_or(label));
    if matches!(label, "中間" | "中間点" | "halfway") {
        return Some(SplitPoint::Halfway);
    }
    let number = ["km", "k", "キロ"].iter().find_map(|unit| label.strip_suffix(unit))?;
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let km: f64 = number.parse().ok().filter(|_| plain)?;
    (km > 0.0 && km <= 1000.0).then_some(SplitPoint::Metres(km * 1000.0))
}

/// The header row found: its index among the rows given, and its columns.
pub(super) struct Header {
    /// `None` where the race's map gives column numbers and the file has no header.
    pub row: Option<usize>,
    pub columns: Columns,
}

/// Finds the row that reads most like a header.
pub(super) fn find_header(
    rows: &[Vec<&str>],
    map: &BTreeMap<String, String>,
) -> Result<Header, ResultsError> {
    let mut best: Option<(usize, Columns)> = None;
    let mut missing = None;
    for (index, row) in rows.iter().enumerate() {
        match Columns::read(row, map) {
            Ok(columns) => keep_better(&mut best, index, columns),
            Err(gone) if unmapped(row).is_header() => missing = missing.or(Some(gone)),
            Err(_) => {}
        }
    }
    if let Some((index, columns)) = best {
        // With numbers alone any row fits: then the first one is data.
        let by_number = map.values().all(|heading| heading.is_empty() || is_number(heading));
        if !map.is_empty() && by_number && unmapped(&rows[index]).recognised() < 2 {
            return Ok(Header { row: None, columns: unheaded(rows, map) });
        }
        return Ok(Header { row: Some(index), columns });
    }
    Err(match missing {
        Some((field, heading)) => ResultsError::MappedColumnMissing { field, heading },
        None => ResultsError::NoHeader { rows: rows.len() },
    })
}

fn is_number(heading: &str) -> bool {
    heading.parse::<usize>().is_ok()
}

fn keep_better(best: &mut Option<(usize, Columns)>, index: usize, columns: Columns) {
    let better = best.as_ref().is_none_or(|(_, best)| columns.recognised() > best.recognised());
    if columns.is_header() && better {
        *best = Some((index, columns));
    }
}

/// What the headings alone say.
fn unmapped(row: &[&str]) -> Columns {
    Columns::read(row, &BTreeMap::new()).unwrap_or_else(|_| Columns::none())
}

/// The columns of a file that has no headings, by the map's numbers.
fn unheaded(rows: &[Vec<&str>], map: &BTreeMap<String, String>) -> Columns {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    Columns::read(&vec![""; width], map).unwrap_or_else(|_| Columns::none())
}
