//! Names as they came: trimmed, otherwise untouched, with what was lost flagged.

/// The text without the space around it (any script's, zero-width too). Nothing
/// inside changes: NFKC would turn 﨑 and IVS names into other people's.
pub(super) fn trimmed(cell: &str) -> &str {
    let bytes = cell.as_bytes();
    let bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if bare(bytes.first()) && bare(bytes.last()) {
        return cell;
    }
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'))
}

/// A cell without the apostrophe by which exports keep a spreadsheet from reading a formula in
/// it: `'=`, `'+`, `'-`, `'@`. Other names may begin with one ('t Hooft).
pub(super) fn unmarked(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// As [`trimmed`], on one line: a line break inside a quoted cell is a space.
pub(super) fn one_line(cell: &str) -> String {
    let cell = trimmed(cell);
    if !cell.bytes().any(|b| matches!(b, b'\n' | b'\r' | b'\t')) {
        return cell.to_owned();
    }
    let lines = cell.split(['\n', '\r', '\t']).map(trimmed).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// The text without the invisible marks that turn its direction, where it has any: they turn
/// what stands beside it too. Those that join letters stay.
pub(super) fn without_direction_marks(text: &str) -> Option<String> {
    let mark = |c: char| {
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}')
    };
    text.chars().any(mark).then(|| text.chars().filter(|c| !mark(*c)).collect())
}

/// Family and given name in one, in the order of their script.
pub(super) fn joined(last: &str, first: &str) -> String {
    let (last, first) = (one_line(last), one_line(first));
    let name = if last.chars().any(names_family_first) {
        format!("{last} {first}")
    } else {
        format!("{first} {last}")
    };
    trimmed(&name).to_owned()
}

/// Kana, kanji and hangul.
fn names_family_first(c: char) -> bool {
    matches!(
        u32::from(c),
        0x1100..=0x11ff | 0x3041..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0x20000..=0x3ffff
    )
}

/// A character that no certificate may show: it stands for something that was lost.
pub(super) fn unusable(text: &str) -> Option<char> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return None;
    }
    text.chars().find(|&c| {
        matches!(c, '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
            || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    })
}

/// Whether a name is what a program writes where there is none, or a number or time that
/// belongs in another column.
pub(super) fn stands_for_none(name: &str) -> bool {
    let folded = name.to_ascii_lowercase();
    let placeholder = matches!(
        folded.as_str(),
        "undefined"
            | "null"
            | "nil"
            | "none"
            | "nan"
            | "na"
            | "n/a"
            | "unknown"
            | "true"
            | "false"
            | "[object object]"
    );
    let number = name.chars().all(|c| c.is_numeric() || matches!(c, ':' | '.' | ',' | '-' | '/'));
    placeholder || number
}

/// What to say of an [`unusable`] character.
pub(super) fn lament(c: char) -> String {
    let code = u32::from(c);
    match c {
        '\u{fffd}' => "holds bytes that the file's encoding does not have; save the file again, \
             or set results.encoding in race.toml"
            .to_owned(),
        c if c.is_control() => format!("holds the control character U+{code:04X}; remove it"),
        _ => format!(
            "holds the private-use character U+{code:04X} (外字), which only its own machine can \
             show; write the real character, in UTF-8"
        ),
    }
}

/// Whether a name holds a mark that exports leave where a character was lost.
pub(super) fn lost_a_character(name: &str) -> bool {
    name.chars().any(|c| matches!(c, '?' | '？' | '〓' | '□' | '■'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_otherwise_left_alone() {
        assert_eq!(one_line("　葛\u{e0100}城 誠一 \u{200b}"), "葛\u{e0100}城 誠一");
        assert_eq!(one_line("Zoe\u{308} 﨑山"), "Zoe\u{308} 﨑山");
        assert_eq!(one_line("山田\r\n 太郎"), "山田 太郎");
    }

    #[test]
    fn an_apostrophe_goes_only_where_it_guards_a_formula() {
        for (cell, text) in [("'=1+1", "=1+1"), ("'-", "-"), ("'t Hooft", "'t Hooft")] {
            assert_eq!(unmarked(cell), text);
        }
    }

    #[test]
    fn direction_marks_go_and_joiners_stay() {
        assert_eq!(without_direction_marks("Mia \u{202e}rrO\u{202c}").as_deref(), Some("Mia rrO"));
        assert_eq!(without_direction_marks("علی\u{200c}رضا"), None);
    }

    #[test]
    fn a_variation_selector_is_usable_and_a_private_character_is_not() {
        assert_eq!(unusable("葛\u{e0100}城𠮷🌸"), None);
        assert_eq!(unusable("山\u{e000}"), Some('\u{e000}'));
        for none in ["undefined", "NaN", "0", "4102", "0:41:23", "2026/3/12"] {
            assert!(stands_for_none(none), "{none}");
        }
        assert!(!stands_for_none("Nan Li") && !stands_for_none("7代目 太郎"));
        assert!(lost_a_character("〓田") && lost_a_character("?田") && !lost_a_character("吉田"));
    }
}
