//! How names are compared that people type: by what is heard or meant, not by how it is
//! written. `髙橋`, `高橋` and `高橋` with a variation selector are one name, and so are `ﾀｶﾊｼ`,
//! `タカハシ` and `たかはし`, `Núñez` and `NUNEZ`, `鎌ヶ谷` and `鎌ケ谷`.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

/// Kanji that stand for one another in names, the one of everyday use first. Each character
/// stands in one group. What Unicode itself calls the same (`福` and its form U+FA1B) is not here,
/// nor are names of their own that only sound alike (坂 and 阪, 畑 and 畠).
const VARIANTS: &[&str] = &[
    "高髙",
    "崎﨑嵜碕",
    "辺邉邊",
    "斉斎齊齋",
    "浜濱濵",
    "沢澤",
    "島嶋嶌",
    "広廣",
    "徳德",
    "吉𠮷",
    "橋槗𣘺",
    "桑桒",
    "国國",
    "竜龍",
    "滝瀧",
    "恵惠",
    "真眞",
    "寿壽",
    "栄榮",
    "桜櫻",
    "関關",
    "曽曾",
    "蔵藏",
    "富冨",
    "峰峯",
    "柳栁",
    "柏栢",
    "条條",
    "児兒",
    "会會",
    "学學",
    "実實",
    "宝寶",
    "豊豐",
    "礼禮",
    "静靜",
    "黒黑",
    "稲稻",
    "桧檜",
    "枡桝",
    "尭堯",
    "遥遙",
    "弥彌",
    "巌巖",
    "岳嶽",
    "亀龜",
    "亜亞",
    "円圓",
    "梅楳",
    "渕淵渊",
    "船舩",
    "館舘",
    "薮藪籔",
    "戸戶",
    "呂吕",
    "来來",
    "万萬",
    "与與",
    "双雙",
    "台臺",
    "多夛",
    "将將",
    "荘莊",
    "応應",
    "恒恆",
    "旧舊",
    "晋晉",
    "松枩柗",
    "楽樂",
    "横橫",
    "歩步",
    "毎每",
    "気氣",
    "浅淺",
    "浄淨",
    "清淸",
    "温溫",
    "満滿",
    "瀬瀨",
    "祢禰",
    "秋穐",
    "経經",
    "緑綠",
    "総總",
    "縄繩",
    "聡聰",
    "芸藝",
    "蛍螢",
    "衛衞",
    "覚覺",
    "観觀",
    "証證",
    "誉譽",
    "譲讓",
    "郎郞",
    "郷鄕鄉",
    "鎮鎭",
    "霊靈",
    "青靑",
    "頼賴",
    "顔顏",
    "顕顯",
    "鴎鷗",
    "鶏鷄",
    "麦麥",
    "黄黃",
    "勲勳",
    "野埜",
    "奥奧",
    "姫姬",
    "嬢孃",
    "寛寬",
    "峡峽",
    "巻卷",
    "帰歸",
    "弾彈",
    "悦悅",
    "慎愼",
    "懐懷",
    "沖冲",
    "涛濤",
    "為爲",
    "研硏",
    "祷禱",
    "穂穗",
    "穏穩",
    "糸絲",
    "薬藥",
    "蝉蟬",
    "銭錢",
    "錬鍊",
    "録錄",
    "鉱鑛",
    "随隨",
    "鴬鶯",
    "麹麴",
    "塩鹽",
    "鉄鐵",
    "剣劍劔",
    "蒋蔣",
];

/// Latin letters that are no letter with a mark to Unicode, and how people type them.
const LATIN: &[(char, &str)] = &[
    ('ł', "l"),
    ('ø', "o"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ı', "i"),
    ('ħ', "h"),
];

/// The character that a variant stands for.
static STANDARD: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let of_group = |group: &'static str| {
        let first = group.chars().next();
        group.chars().skip(1).filter_map(move |variant| Some((variant, first?)))
    };
    VARIANTS.iter().copied().flat_map(of_group).collect()
});

/// A word as it is compared: without spaces, points and hyphens, width, case, accents, and the
/// differences of kana and of kanji that stand for one another.
pub fn folded(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    // Apart, so that accents can go, and together again, since kana keep their voicing.
    let bare = word.nfkd().filter(|c| !is_accent(*c) && !is_selector(*c)).nfc();
    for c in bare.flat_map(char::to_lowercase) {
        match c {
            // The same kanji once more: 佐々木 is 佐佐木.
            '々' => folded.extend(folded.chars().next_back()),
            'ァ'..='ヶ' => folded.push(small(hiragana(c))),
            'ぁ'..='ゖ' => folded.push(small(c)),
            c => match LATIN.iter().find(|(letter, _)| *letter == c) {
                Some((_, typed)) => folded.push_str(typed),
                None if is_written_only(c) => {}
                None => folded.push(STANDARD.get(&c).copied().unwrap_or(c)),
            },
        }
    }
    folded
}

fn hiragana(katakana: char) -> char {
    const APART: u32 = 'ァ' as u32 - 'ぁ' as u32;
    char::from_u32(katakana as u32 - APART).unwrap_or(katakana)
}

/// 鎌ヶ谷 is 鎌ケ谷.
fn small(kana: char) -> char {
    match kana {
        'ゖ' => 'け',
        'ゕ' => 'か',
        other => other,
    }
}

/// The marks of Latin, Greek and Cyrillic letters.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// What says which form of a character is meant.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// What stands between the parts of a name, or within one, and is typed or not.
fn is_written_only(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation() || "・‐‑‒–—−‘’“”、。".contains(c)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_name_is_the_same_however_it_is_written() {
        for (written, typed) in [
            ("髙橋", "高橋"),
            ("𣘺本", "橋本"),
            ("﨑山", "崎山"),
            ("渡邉", "渡辺"),
            ("渡邊", "渡辺"),
            ("齋藤", "斉藤"),
            ("齊藤", "斎藤"),
            ("濵田", "浜田"),
            ("𠮷田", "吉田"),
            ("葛\u{e0100}城", "葛城"),
            ("佐々木", "佐佐木"),
            ("鎌ヶ谷", "鎌ケ谷"),
            ("ﾀﾞｲﾁ", "だいち"),
            ("ヴィクトリア・フォン", "ゔぃくとりあふぉん"),
            ("María José Núñez-O’Connor", "maria jose nunez oconnor"),
            ("Łukasz Żółć", "LUKASZ ZOLC"),
            ("Ｓｍｉｔｈ", "smith"),
            ("Nguyễn Thị Ánh", "nguyen thi anh"),
        ] {
            assert_eq!(folded(written), folded(typed), "{written} {typed}");
        }
    }

    #[test]
    fn names_that_are_others_stay_apart() {
        for (one, other) in [("坂本", "阪本"), ("はた", "ばた"), ("さとう", "さとお")]
        {
            assert_ne!(folded(one), folded(other));
        }
    }

    #[test]
    fn a_kanji_stands_in_one_group_only_and_as_unicode_leaves_it() {
        let all: Vec<char> = VARIANTS.iter().flat_map(|group| group.chars()).collect();
        let different: HashSet<char> = all.iter().copied().collect();
        assert_eq!(all.len(), different.len());
        let changed =
            all.iter().find(|c| c.to_string().nfkd().nfc().collect::<String>() != c.to_string());
        assert_eq!(changed, None);
    }
}
