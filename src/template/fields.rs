//! The facts that a certificate prints, and their names in templates.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kanso_race::rules::{Bilingual, Language};
use kanso_race::{Bib, Elapsed, Finisher, Race, Rank, Status};

use super::format;

/// What a certificate says beyond the race and the runner.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extra {
    /// Who took the photo.
    pub photo_credit: Option<String>,
    /// The runner's page, where the certificate can be verified.
    pub verification_url: Option<String>,
    /// The day the certificate is issued.
    pub issued_on: Option<Date>,
    /// Whether the certificate has a photo.
    pub photo: bool,
}

/// The facts of one certificate. Built purely from the race and the runner.
#[derive(Debug, Clone)]
pub struct Fields {
    /// Whose certificate it is; for messages.
    pub bib: Bib,
    pub language: Language,
    pub splits: Vec<SplitRow>,
    values: BTreeMap<String, Value>,
}

/// One row of the table of splits: what happened since the row before.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitRow {
    /// As the results name it; `None` is the finish.
    pub label: Option<String>,
    pub distance_m: Option<f64>,
    pub elapsed: Elapsed,
    /// Time since the row before.
    pub lap: Elapsed,
    /// Seconds per kilometre since the row before, where both distances are known.
    pub pace: Option<f64>,
}

/// A fact, before it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Words(Bilingual),
    Time(Elapsed),
    Rank(Rank),
    Date(Date),
    Number(u32),
    /// Which edition of the race.
    Edition(u32),
    /// Seconds per kilometre.
    Pace(f64),
    /// Metres.
    Distance(f64),
}

/// What a field holds, which decides its formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    Text,
    Name,
    Edition,
    Time,
    Rank,
    Date,
    Number,
    Pace,
    Distance,
    /// Only whether it exists; for conditions.
    Flag,
}

/// A field: its name in templates, what it holds, its words on the page (Japanese, English),
/// and what it means.
pub struct FieldEntry {
    pub name: &'static str,
    pub kind: FieldKind,
    pub label_ja: &'static str,
    pub label_en: &'static str,
    pub doc: &'static str,
}

macro_rules! entries {
    ($($name:literal $kind:ident $ja:literal $en:literal $doc:literal;)+) => {
        &[$(FieldEntry {
            name: $name,
            kind: FieldKind::$kind,
            label_ja: $ja,
            label_en: $en,
            doc: $doc,
        }),+]
    };
}

/// Every field, in the order of the reference. Beside these, `param.NAME` is a text that
/// the race gives under `[appearance.parameters]`.
pub const FIELDS: &[FieldEntry] = entries! {
    "race" Text "大会名" "Race" "The race's name.";
    "edition" Edition "回" "Edition" "Which edition of the race (第12回).";
    "date" Date "開催日" "Date" "The day of the race.";
    "venue" Text "会場" "Venue" "Where the race is held.";
    "organiser" Text "主催" "Organiser" "Who holds the race.";
    "head_title" Text "役職" "Title" "Title of the organiser's head (大会会長).";
    "head_name" Text "代表者" "Head" "Name of the organiser's head.";
    "course" Text "種目" "Course" "The runner's course (種目).";
    "distance" Distance "距離" "Distance" "Length of the course.";
    "bib" Text "ナンバー" "Bib" "The runner's bib.";
    "name" Name "氏名" "Name" "The runner's name, exactly as the results have it.";
    "kana" Text "フリガナ" "Kana" "How the name is read.";
    "team" Text "所属" "Team" "Club or team.";
    "category" Text "部門" "Category" "Age group or class.";
    "sex" Text "性別" "Sex" "As the results have it.";
    "age" Number "年齢" "Age" "In years.";
    "prefecture" Text "都道府県" "Prefecture" "Where the runner lives.";
    "wave" Text "ウェーブ" "Wave" "The runner's wave.";
    "time" Time "" "" "The time that counts: gun time, or net time where there is no gun time. Its label says which.";
    "other_time" Time "" "" "Net time, where `time` is gun time and net time is known.";
    "gun_time" Time "グロスタイム" "Gross time" "Since the gun (グロス).";
    "net_time" Time "ネットタイム" "Net time" "Since the runner crossed the start line (ネット).";
    "pace" Pace "平均ペース" "Average pace" "Average over the course, from net time, else from gun time.";
    "rank_overall" Rank "総合" "Overall" "Place among all.";
    "rank_course" Rank "種目別" "Course" "Place in the course.";
    "rank_sex" Rank "男女別" "By sex" "Place among runners of the same sex.";
    "rank_category" Rank "部門別" "Category" "Place in the age group or class.";
    "splits" Flag "ラップ" "Splits" "There are splits.";
    "open" Text "オープン参加" "Open" "The runner takes part outside the ranking.";
    "provisional" Text "速報" "Provisional" "The organiser has not confirmed the results.";
    "photo" Flag "写真" "Photo" "The certificate has a photo.";
    "photo_credit" Text "撮影" "Photo" "Who took the photo.";
    "verification_url" Text "確認" "Verify" "The runner's page, where the certificate can be verified; needs `[public] url` in race.toml.";
    "issue_date" Date "発行日" "Issued" "The day the certificate is issued.";
};

fn entry(name: &str) -> Option<&'static FieldEntry> {
    FIELDS.iter().find(|entry| entry.name == name)
}

/// What a field holds; `None` where no field has the name.
pub fn kind(name: &str) -> Option<FieldKind> {
    if name.strip_prefix("param.").is_some_and(|rest| !rest.is_empty()) {
        return Some(FieldKind::Text);
    }
    entry(name).map(|entry| entry.kind)
}

pub fn is_known(name: &str) -> bool {
    kind(name).is_some()
}

/// The message about a name that no field has.
pub(super) fn unknown(name: &str) -> String {
    let known: Vec<&str> = FIELDS.iter().map(|entry| entry.name).collect();
    format!("no field is named {name:?}; the fields are {} and param.NAME", known.join(", "))
}

impl Fields {
    /// The facts of a runner's certificate, in the race's language.
    pub fn new(race: &Race, finisher: &Finisher, extra: &Extra) -> Self {
        let mut fields = Self {
            bib: finisher.bib.clone(),
            language: race.appearance.language,
            splits: Vec::new(),
            values: BTreeMap::new(),
        };
        fields.add_race(race);
        fields.add_runner(finisher);
        let course = match &finisher.course {
            Some(id) => race.course(id),
            None => race.courses.first().filter(|_| race.courses.len() == 1),
        };
        if let Some(course) = course {
            fields.put("course", Some(Value::Words(course.name.clone())));
            fields.put("distance", course.distance_m.map(Value::Distance));
        }
        let distance_m = course.and_then(|course| course.distance_m);
        fields.add_times(finisher, distance_m);
        fields.splits = split_rows(finisher, distance_m);
        let some_splits = (!finisher.splits.is_empty()).then(|| Value::Text(String::new()));
        fields.put("splits", some_splits);
        fields.put("photo", extra.photo.then(|| Value::Text(String::new())));
        fields.put_text("photo_credit", extra.photo_credit.as_deref().filter(|_| extra.photo));
        fields.put_text("verification_url", extra.verification_url.as_deref());
        fields.put("issue_date", extra.issued_on.map(Value::Date));
        fields
    }

    /// The same facts without ranks and totals, which shift with every upload of results.
    pub fn without_ranks(&self) -> Self {
        let mut lasting = self.clone();
        lasting.values.retain(|_, value| !matches!(value, Value::Rank(_)));
        lasting
    }

    /// Ranks and totals alone.
    pub fn ranks(&self) -> BTreeMap<&str, Rank> {
        let ranks = self.values.iter().filter_map(|(name, value)| match value {
            Value::Rank(rank) => Some((name.as_str(), *rank)),
            _ => None,
        });
        ranks.collect()
    }

    /// The same facts, told in another language.
    pub fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    fn add_race(&mut self, race: &Race) {
        self.put("race", Some(Value::Words(race.name.clone())));
        self.put("edition", race.edition.map(Value::Edition));
        self.put("date", Some(Value::Date(race.date)));
        self.put("venue", race.venue.clone().map(Value::Words));
        if let Some(organiser) = &race.organiser {
            self.put("organiser", Some(Value::Words(organiser.name.clone())));
            self.put("head_title", organiser.head_title.clone().map(Value::Words));
            self.put("head_name", organiser.head_name.clone().map(Value::Words));
        }
        let marked = |name| entry(name).map(|entry| words(entry.label_ja, entry.label_en));
        self.put("provisional", marked("provisional").filter(|_| !race.confirmed));
        for (name, text) in &race.appearance.parameters {
            self.put_text(&format!("param.{name}"), Some(text));
        }
    }

    fn add_runner(&mut self, finisher: &Finisher) {
        self.put_text("bib", Some(finisher.bib.as_str()));
        self.put_text("name", Some(&finisher.name));
        self.put_text("kana", finisher.kana.as_deref());
        self.put_text("team", finisher.team.as_deref());
        self.put_text("category", finisher.category.as_deref());
        self.put_text("sex", finisher.sex.as_deref());
        self.put("age", finisher.age.map(|age| Value::Number(age.into())));
        self.put_text("prefecture", finisher.prefecture.as_deref());
        self.put_text("wave", finisher.wave.as_deref());
        self.put("rank_overall", finisher.rank_overall.map(Value::Rank));
        self.put("rank_course", finisher.rank_course.map(Value::Rank));
        self.put("rank_sex", finisher.rank_sex.map(Value::Rank));
        self.put("rank_category", finisher.rank_category.map(Value::Rank));
        let open = (finisher.status == Status::Open).then(|| words("オープン参加", "Open"));
        self.put("open", open);
    }

    fn add_times(&mut self, finisher: &Finisher, distance_m: Option<f64>) {
        let (gun, net) = (finisher.gun_time, finisher.net_time);
        self.put("gun_time", gun.map(Value::Time));
        self.put("net_time", net.map(Value::Time));
        self.put("time", gun.or(net).map(Value::Time));
        self.put("other_time", gun.and(net).map(Value::Time));
        let pace = net.or(gun).zip(distance_m.filter(|metres| *metres > 0.0));
        self.put("pace", pace.map(|(time, metres)| Value::Pace(pace_of(time, metres))));
    }

    fn put(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.values.insert(name.to_owned(), value);
        }
    }

    fn put_text(&mut self, name: &str, text: Option<&str>) {
        let text = text.filter(|text| !text.trim().is_empty());
        self.put(name, text.map(|text| Value::Text(text.to_owned())));
    }

    /// Whether the runner has the field.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The field in a format, in the certificate's language; `None` where it does not exist.
    pub fn write(&self, name: &str, format: Option<&str>) -> Option<String> {
        let value = self.values.get(name)?;
        match format {
            Some("label") => Some(self.label(name).to_owned()),
            Some("labelled") => {
                let time = format::write(value, None, self.language);
                let label = self.label(name);
                // In Japanese the short form stands before the figures: グロス 3:12:08.
                let label = label.strip_suffix("タイム").unwrap_or(label);
                Some(format!("{label} {time}"))
            }
            Some("full") => {
                let rank = format::write(value, Some("place-of"), self.language);
                Some(format!("{} {rank}", self.label(name)))
            }
            format => Some(format::write(value, format, self.language)),
        }
    }

    /// The field's word on the page.
    pub fn label(&self, name: &str) -> &'static str {
        let resolved = match name {
            "time" if self.has("gun_time") => "gun_time",
            "time" | "other_time" => "net_time",
            name => name,
        };
        entry(resolved).map_or("", |entry| match self.language {
            Language::Ja => entry.label_ja,
            Language::En => entry.label_en,
        })
    }
}

fn words(ja: &str, en: &str) -> Value {
    Value::Words(Bilingual { ja: ja.to_owned(), en: Some(en.to_owned()) })
}

fn pace_of(time: Elapsed, metres: f64) -> f64 {
    f64::from(time.certified_seconds()) / (metres / 1000.0)
}

/// Splits in order of time, with laps and paces, and a last row for the finish.
fn split_rows(finisher: &Finisher, course_m: Option<f64>) -> Vec<SplitRow> {
    let mut points: Vec<(Option<String>, Option<f64>, Elapsed)> = finisher
        .splits
        .iter()
        .map(|split| (Some(split.label.clone()), split.distance_m, split.elapsed))
        .collect();
    points.sort_by_key(|(_, _, elapsed)| *elapsed);
    if let (Some(gun), Some((_, _, last))) = (finisher.gun_time, points.last())
        && *last < gun
    {
        points.push((None, course_m, gun));
    }
    let mut rows = Vec::with_capacity(points.len());
    let (mut before, mut before_m) = (0, Some(0.0));
    for (label, distance_m, elapsed) in points {
        let Some(lap) = Elapsed::from_millis(elapsed.millis() - before) else { continue };
        let stretch = distance_m.zip(before_m).map(|(here, there)| here - there);
        let pace =
            stretch.filter(|metres| *metres > 0.0).map(|metres| f64::from(lap.millis()) / metres);
        rows.push(SplitRow { label, distance_m, elapsed, lap, pace });
        (before, before_m) = (elapsed.millis(), distance_m);
    }
    rows
}
