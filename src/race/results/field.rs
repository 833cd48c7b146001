//! What a results file may tell of a runner.

use super::columns::split_label;

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
    /// All of them, splits too.
    pub(super) const COUNT: usize = Self::Split as usize + 1;

    pub(super) const ALL: [(Self, &'static str); 22] = [
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
}
