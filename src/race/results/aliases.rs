//! The headings under which files hold each field, in Japanese, English, German and
//! Dutch. To teach a new one, add it here.

use super::Field;

impl Field {
    /// Headings as [`super::cells::key`] folds them, the surest first: where a file has several of
    /// them, the first one holds the field.
    pub(super) fn aliases(self) -> &'static [&'static str] {
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
