//! From bytes to text: which encoding a results file is in.
//!
//! A file that is valid UTF-8 is UTF-8. Of the other encodings several may be valid
//! for the same bytes, so the text that looks most like names in some language wins.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    EUC_JP, Encoding, MACINTOSH, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

/// A results file as text.
pub(super) struct Decoded {
    pub text: String,
    /// As reports call it: `UTF-8`, `UTF-16LE`, `CP932`, `EUC-JP`, `windows-1252`.
    pub encoding: &'static str,
    /// Whether several encodings would do, and the likeliest was taken.
    pub guessed: bool,
}

/// So much of a file is looked at to tell its encoding.
const SAMPLE_BYTES: usize = 256 * 1024;

/// The encoding that a label of `race.toml` names; `None` for unknown ones.
pub fn encoding_label(label: &str) -> Option<&'static Encoding> {
    match label.trim().to_ascii_lowercase().as_str() {
        "cp932" | "ms932" | "shift-jis" => Some(SHIFT_JIS),
        "cp1252" => Some(WINDOWS_1252),
        label => Encoding::for_label_no_replacement(label.as_bytes()),
    }
}

/// Decodes a results file, by its label where there is one. Bytes that the encoding
/// does not have become U+FFFD, which the rows then report.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let (encoding, guessed) = match label.and_then(encoding_label) {
        Some(encoding) => (encoding, false),
        None => detect(bytes),
    };
    // A byte order mark wins over the label: it cannot be there by chance.
    let (text, used, _) = encoding.decode(bytes);
    let mut text = text.into_owned();
    // DOS ends a text with Ctrl-Z.
    text.truncate(text.trim_end_matches('\u{1a}').len());
    if !text.contains('\n') && text.contains('\r') {
        text = text.replace('\r', "\n");
    }
    let encoding = if used == SHIFT_JIS { "CP932" } else { used.name() };
    Decoded { text, encoding, guessed }
}

/// The encoding, and whether others would do as well.
fn detect(bytes: &[u8]) -> (&'static Encoding, bool) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return (encoding, false);
    }
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    if let Some(encoding) = utf16_without_mark(sample) {
        return (encoding, false);
    }
    // ISO-2022-JP is ASCII with escapes.
    if std::str::from_utf8(bytes).is_ok() && !sample.contains(&0x1b) {
        return (UTF_8, false);
    }
    // A cut through a character at the sample's end must not count against anyone.
    let sample = match sample.iter().rposition(|&b| b == b'\n') {
        Some(end) if sample.len() < bytes.len() => &sample[..end],
        _ => sample,
    };
    if is_damaged_utf8(sample) {
        return (UTF_8, false);
    }
    let by_language = by_language(sample);
    let candidates = [SHIFT_JIS, EUC_JP, WINDOWS_1252];
    let scored = candidates.map(|encoding| (implausibility(encoding, sample), encoding));
    // The first of equals: min_by keeps it.
    let best = scored.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((_, encoding)) if encoding != WINDOWS_1252 => {
            let asian = [encoding_rs::EUC_KR, encoding_rs::BIG5, encoding_rs::GBK];
            // Without kana it may as well be another country's.
            match asian.contains(&by_language) && !has_kana(encoding, sample) {
                true => (by_language, true),
                false => (encoding, by_language != encoding),
            }
        }
        _ => (western(by_language, sample), true),
    }
}

fn has_kana(encoding: &'static Encoding, sample: &[u8]) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(sample);
    text.contains(|c: char| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}'))
}

/// What a detector trained on the languages of the web takes the sample for.
fn by_language(sample: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Of the encodings that are not Japanese: what the detector says, but for that of old Macs,
/// which it does not know.
fn western(guess: &'static Encoding, sample: &[u8]) -> &'static Encoding {
    const BETTER: f64 = 0.3;
    let gain = implausibility(guess, sample) - implausibility(MACINTOSH, sample);
    if gain > BETTER { MACINTOSH } else { guess }
}

/// Text in another encoding is hardly ever valid UTF-8 by chance: a few bad bytes among
/// many good characters are damage.
fn is_damaged_utf8(sample: &[u8]) -> bool {
    let (text, _) = UTF_8.decode_without_bom_handling(sample);
    let bad = text.chars().filter(|c| *c == '\u{fffd}').count();
    let good = text.chars().filter(|c| !c.is_ascii() && *c != '\u{fffd}').count();
    bad * 4 <= good
}

/// Delimiters, digits and line ends have a zero byte in UTF-16, always on one side.
fn utf16_without_mark(sample: &[u8]) -> Option<&'static Encoding> {
    let zeros = |side: usize| sample.iter().skip(side).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = sample.len() / 20;
    match (even > many, odd > many) {
        (true, false) if odd == 0 => Some(UTF_16BE),
        (false, true) if even == 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// How unlike a results file a sample reads in an encoding: penalties per character
/// outside ASCII.
fn implausibility(encoding: &'static Encoding, sample: &[u8]) -> f64 {
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let (mut penalty, mut foreign) = (0.0, 0_u32);
    let mut previous = ' ';
    for c in text.chars() {
        if !c.is_ascii() {
            foreign += 1;
            penalty += strangeness(c);
        }
        // Latin letters beside Japanese ones are what a wrong guess between Western
        // and Japanese encodings leaves: "Bj顤n", "ﾃngstrm".
        if (is_japanese(c) && previous.is_ascii_lowercase())
            || (c.is_ascii_lowercase() && is_japanese(previous))
        {
            penalty += 3.0;
        }
        previous = c;
    }
    if foreign == 0 { 0.0 } else { penalty / f64::from(foreign) }
}

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff66}'..='\u{ff9f}' | '\u{f900}'..='\u{faff}')
}

fn strangeness(c: char) -> f64 {
    match c {
        '\u{fffd}' => 20.0,
        '\u{e000}'..='\u{f8ff}' => 4.0,
        '\u{80}'..='\u{9f}' => 10.0,
        // Half-width katakana: real in old exports, and all over a wrong guess.
        '\u{ff61}'..='\u{ff9f}' => 1.5,
        '\u{3041}'..='\u{30ff}' => 0.0,
        // Latin letters; the signs and capitals between them are rarer in names.
        '\u{df}'..='\u{f6}' | '\u{f8}'..='\u{ff}' => 0.6,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{de}' => 1.0,
        '\u{a1}'..='\u{bf}' | '\u{d7}' | '\u{f7}' => 3.0,
        // Letters of Central Europe, and those of windows-1252 that they are among.
        '\u{152}' | '\u{153}' | '\u{178}' | '\u{192}' => 1.5,
        '\u{100}'..='\u{17f}' => 0.8,
        // Beyond the common kanji of JIS level 1 and 2 by code: rare ones.
        '\u{4e00}'..='\u{9fff}' => 0.2,
        '\u{3000}'..='\u{3040}' | '\u{ff01}'..='\u{ff60}' => 0.1,
        '\u{2010}'..='\u{2122}' => 1.0,
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(encoding: &'static Encoding, text: &str) -> (&'static str, String) {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable, "{text}");
        let decoded = decode(&bytes, None);
        (decoded.encoding, decoded.text)
    }

    const JAPANESE: &str = "ナンバー,氏名,記録\n1,髙橋 健一①,3:12:08\n2,﨑山 花子㈱,3:20:00\n";

    #[test]
    fn japanese_encodings_are_told_apart() {
        assert_eq!(found(SHIFT_JIS, JAPANESE), ("CP932", JAPANESE.to_owned()));
        let plain = JAPANESE.replace('髙', "高").replace(['①', '㈱'], "").replace('﨑', "崎");
        assert_eq!(found(EUC_JP, &plain), ("EUC-JP", plain.clone()));
        assert_eq!(found(UTF_8, JAPANESE), ("UTF-8", JAPANESE.to_owned()));
    }

    #[test]
    fn half_width_katakana_does_not_turn_cp932_into_something_else() {
        let text = "No.,ｼﾒｲ,ﾀｲﾑ\n1,ｻﾄｳ ﾊﾅｺ,3:12:08\n2,ﾀｶﾊｼ ｹﾝ,3:13:08\n";
        assert_eq!(found(SHIFT_JIS, text), ("CP932", text.to_owned()));
    }

    #[test]
    fn one_western_name_is_enough_to_see_windows_1252() {
        for name in ["Núñez", "Müller", "Björn Åström", "Zoë", "François", "Søren Ærø", "José Peña"]
        {
            let text = format!("Bib;Name;Gross\n1;{name};3:12:08\n2;Ann Smith;3:13:00\n");
            assert_eq!(found(WINDOWS_1252, &text), ("windows-1252", text.clone()), "{name}");
        }
    }

    #[test]
    fn files_of_other_countries_and_of_old_macs_are_read() {
        let names = "1;Stanisław Błażejewski;0:41:20\n2;Małgorzata Wójcik;0:42:00\n3;Jiří Novák\n";
        for (encoding, names) in [
            (encoding_rs::WINDOWS_1250, names),
            (encoding_rs::WINDOWS_1251, "1;Ольга Смирнова;0:41:20\n2;Пётр Орлов;0:42:00\n"),
            (encoding_rs::EUC_KR, "1;김민준;0:41:20\n2;이서연;0:42:00\n3;박지훈;0:43:00\n"),
            (MACINTOSH, "1;José Peña;0:41:20\n2;Zoë Müller;0:42:00\n3;Åse Bjørn;0:43:00\n"),
        ] {
            let text = format!("Bib;Name;Gross\n{names}");
            let (bytes, _, _) = encoding.encode(&text);
            let bytes = if encoding == MACINTOSH { macintosh(&text) } else { bytes.into_owned() };
            assert_eq!(decode(&bytes, None).text, text, "{}", encoding.name());
        }
        assert!(!decode("Bib,名\n1,山田\n".as_bytes(), None).guessed);
    }

    /// encoding_rs writes no MacRoman.
    fn macintosh(text: &str) -> Vec<u8> {
        let byte = |c: char| match c {
            'é' => 0x8e,
            'ñ' => 0x96,
            'ë' => 0x91,
            'ü' => 0x9f,
            'Å' => 0x81,
            'ø' => 0xbf,
            c => u8::try_from(c).unwrap(),
        };
        text.chars().map(byte).collect()
    }

    #[test]
    fn utf_16_is_seen_without_its_mark() {
        let text = "No.,氏名,記録\r\n1,髙橋,3:12:08\r\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&bytes, None).text, text);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&bytes, None).encoding, "UTF-16BE");
    }

    #[test]
    fn one_damaged_byte_does_not_change_the_encoding_of_a_file() {
        let mut bytes = JAPANESE.as_bytes().to_vec();
        let at = bytes.len() - 20;
        bytes.insert(at, 0xff);
        assert_eq!(decode(&bytes, None).encoding, "UTF-8");
    }

    #[test]
    fn the_end_mark_of_dos_is_no_text() {
        assert_eq!(decode(b"Bib,Name\r\n7,Mia\x1a", None).text, "Bib,Name\r\n7,Mia");
        assert_eq!(decode(b"a\x1ab\r\n\x1a", None).text, "a\x1ab\r\n");
    }
}
