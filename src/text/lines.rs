//! Where lines may end (UAX 14 and the kinsoku of JIS X 4051), and where they best do.

use std::ops::Range;

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::shape::Cluster;

/// A piece of text that is never broken, with the space after it. Widths in ems.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub clusters: Range<usize>,
    /// All clusters, with the space at the end.
    width: f64,
    /// What hangs over if a line ends here: space, and the tracking of the last letter.
    hanging: f64,
    /// A line must end here.
    hard: bool,
    /// How unwelcome a line's end is here, 0 to 1.
    penalty: f64,
}

/// Cuts a text where lines may end; at its own line breaks only unless `wrap`.
pub(super) fn segments(text: &str, clusters: &[Cluster], wrap: bool) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut from = 0;
    let mut cut = |to: usize, hard: bool, penalty: f64| {
        if to > from {
            segments.push(Segment::new(clusters, from..to, hard, penalty));
            from = to;
        }
    };
    for (at, opportunity) in linebreaks(text) {
        let hard = opportunity == BreakOpportunity::Mandatory;
        if !hard && (!wrap || is_forbidden(text, at)) {
            continue;
        }
        let index = clusters.partition_point(|cluster| cluster.text.start < at);
        // Not inside a ligature.
        if clusters.get(index).is_none_or(|cluster| cluster.text.start == at) {
            cut(index, hard, if hard { 0.0 } else { penalty(text, at) });
        }
    }
    cut(clusters.len(), true, 0.0);
    segments
}

impl Segment {
    fn new(clusters: &[Cluster], range: Range<usize>, hard: bool, penalty: f64) -> Self {
        let width = clusters[range.clone()].iter().map(|cluster| cluster.advance).sum();
        let mut hanging = 0.0;
        for cluster in clusters[range.clone()].iter().rev() {
            if !cluster.is_space {
                hanging += cluster.tracking;
                break;
            }
            hanging += cluster.advance;
        }
        Self { clusters: range, width, hanging, hard, penalty }
    }
}

/// The same text, never broken within a word of kana or before a word's kana ending.
pub(super) fn whole_words(segments: &[Segment]) -> Vec<Segment> {
    let mut words: Vec<Segment> = Vec::with_capacity(segments.len());
    for segment in segments {
        match words.last_mut() {
            Some(last) if !last.hard && last.penalty >= WITHIN_A_WORD => {
                last.clusters.end = segment.clusters.end;
                last.width += segment.width;
                (last.hanging, last.hard) = (segment.hanging, segment.hard);
                last.penalty = segment.penalty;
            }
            _ => words.push(segment.clone()),
        }
    }
    words
}

/// The width of a line of these segments, its hanging end left out.
pub(super) fn line_width(line: &[Segment]) -> f64 {
    let hanging = line.last().map_or(0.0, |last| last.hanging);
    line.iter().map(|segment| segment.width).sum::<f64>() - hanging
}

/// Lines that the text has by its own line breaks.
pub(super) fn hard_lines(segments: &[Segment]) -> usize {
    segments.iter().filter(|segment| segment.hard).count()
}

/// The smallest measure in which the text takes at most `lines` lines.
pub(super) fn narrowest(segments: &[Segment], lines: usize) -> f64 {
    let paragraphs = || segments.chunk_by(|before, _| !before.hard);
    let widest_line = paragraphs().map(line_width).fold(0.0, f64::max);
    if lines <= hard_lines(segments) {
        return widest_line;
    }
    let widest_segment = segments
        .iter()
        .map(|segment| line_width(std::slice::from_ref(segment)))
        .fold(0.0, f64::max);
    // Greedy filling needs the fewest lines, so its count falls as the measure grows.
    let (mut too_narrow, mut enough) = (widest_segment, widest_line);
    if greedy(segments, widest_segment).is_some_and(|count| count <= lines) {
        return widest_segment;
    }
    for _ in 0..24 {
        let middle = f64::midpoint(too_narrow, enough);
        match greedy(segments, middle) {
            Some(count) if count <= lines => enough = middle,
            _ => too_narrow = middle,
        }
    }
    // The search ends a little above; the lines themselves say it exactly.
    widest_greedy(segments, enough)
}

fn widest_greedy(segments: &[Segment], measure: f64) -> f64 {
    let (mut from, mut widest) = (0, 0.0_f64);
    for end in 1..=segments.len() {
        let line = &segments[from..end];
        if line.len() > 1 && line_width(line) > measure + ROUNDING {
            from = end - 1;
        }
        widest = widest.max(line_width(&segments[from..end]));
        if segments[end - 1].hard {
            from = end;
        }
    }
    widest
}

/// Sums of widths differ in their last bits by the order of adding.
const ROUNDING: f64 = 1e-9;

/// Lines that greedy filling takes, or none where a segment is wider than the measure.
pub(super) fn greedy(segments: &[Segment], measure: f64) -> Option<usize> {
    let (mut lines, mut used, mut fresh) = (0, 0.0, true);
    for segment in segments {
        let needed = segment.width - segment.hanging;
        if needed > measure + ROUNDING {
            return None;
        }
        if fresh || used + needed > measure + ROUNDING {
            lines += 1;
            used = 0.0;
        }
        used += segment.width;
        fresh = segment.hard;
    }
    Some(lines)
}

/// The text in as few lines as the measure allows, each about as long as the others.
/// Every line is a range of segments.
pub(super) fn balanced(segments: &[Segment], measure: f64) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut first = 0;
    for paragraph in segments.chunk_by(|before, _| !before.hard) {
        let count = greedy(paragraph, measure).unwrap_or(1);
        let broken = balance(paragraph, measure, count);
        lines.extend(broken.into_iter().map(|line| first + line.start..first + line.end));
        first += paragraph.len();
    }
    lines
}

/// Least sum of squared slack and penalties over exactly `count` lines.
fn balance(segments: &[Segment], measure: f64, count: usize) -> Vec<Range<usize>> {
    let all = 0..segments.len();
    if count <= 1 {
        return vec![all];
    }
    let ends = segments.len();
    // best[line][end]: the cost of the first `line` lines that end before segment `end`,
    // and where the last of them begins.
    let mut best = vec![vec![(f64::INFINITY, 0); ends + 1]; count + 1];
    best[0][0].0 = 0.0;
    for line in 1..=count {
        for end in 1..=ends {
            let (mut width, last) = (-segments[end - 1].hanging, &segments[end - 1]);
            for start in (0..end).rev() {
                width += segments[start].width;
                if width > measure + ROUNDING {
                    break;
                }
                let slack = 1.0 - width / measure;
                let penalty = if end == ends { 0.0 } else { last.penalty };
                let cost = best[line - 1][start].0 + slack * slack + penalty;
                if cost < best[line][end].0 {
                    best[line][end] = (cost, start);
                }
            }
        }
    }
    let mut lines = Vec::with_capacity(count);
    let mut end = ends;
    for line in (1..=count).rev() {
        let start = best[line][end].1;
        lines.push(start..end);
        end = start;
    }
    lines.reverse();
    lines
}

fn around(text: &str, at: usize) -> (Option<char>, Option<char>) {
    let before = text.get(..at).and_then(|before| {
        before.chars().rev().find(|c| !super::itemise::is_default_ignorable(*c))
    });
    (before, text.get(at..).and_then(|after| after.chars().next()))
}

/// What UAX 14 allows and Japanese composition does not.
fn is_forbidden(text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = around(text, at) else { return false };
    let is_kanji = |c: char| {
        use unicode_script::{Script, UnicodeScript as _};
        c.script() == Script::Han
    };
    never_starts_a_line(after)
        || never_ends_a_line(before)
        // A number keeps its unit and its 第: 3時間, 第12回.
        || (before.is_numeric() && !is_kanji(before) && is_kanji(after))
        || (before == '第' && after.is_numeric())
        // 殿 and 様 are never alone.
        || matches!(after, '様' | '殿') && text[at..].trim_end().chars().count() == 1
}

fn never_starts_a_line(character: char) -> bool {
    matches!(character, '、' | '。' | '，' | '．' | '・' | '：' | '；' | '？' | '！' | '‼' | '⁇'..='⁉'
        | ')' | ']' | '}' | '）' | '］' | '｝' | '〕' | '〉' | '》' | '」' | '』' | '】' | '〙' | '〗' | '｠'
        | '’' | '”' | '»' | '〟' | '゛' | '゜' | 'ー' | '々' | '〻' | 'ゝ' | 'ゞ' | 'ヽ' | 'ヾ' | '〜' | '～'
        | '‐' | '–' | '゠' | 'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ゎ' | 'ゕ' | 'ゖ'
        | 'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' | 'ヵ' | 'ヶ' | 'ㇰ'..='ㇿ'
        | '%' | '％' | '‰' | '℃' | '°' | '′' | '″' | '｡'..='､' | '･'..='ｯ' | 'ｰ' | 'ﾞ' | 'ﾟ')
}

fn never_ends_a_line(character: char) -> bool {
    matches!(
        character,
        '(' | '['
            | '{'
            | '（'
            | '［'
            | '｛'
            | '〔'
            | '〈'
            | '《'
            | '「'
            | '『'
            | '【'
            | '〘'
            | '〖'
            | '｟'
            | '‘'
            | '“'
            | '«'
            | '〝'
            | '｢'
            | '￥'
            | '＄'
            | '￡'
            | '＃'
            | '#'
            | '№'
            | '¥'
            | '$'
    )
}

/// From this penalty on, a break is taken to be within a word.
const WITHIN_A_WORD: f64 = 0.3;

/// Between words and after punctuation a line ends well; within a word of kana or kanji
/// only where it must.
fn penalty(text: &str, at: usize) -> f64 {
    use unicode_script::{Script, UnicodeScript as _};
    let (Some(before), Some(after)) = around(text, at) else { return 0.0 };
    if before.is_whitespace() || "・、。，．！？：；」』）】〉》〕".contains(before)
    {
        return 0.0;
    }
    match (before.script(), after.script()) {
        (Script::Katakana | Script::Common, Script::Katakana) => 0.5,
        // Most words begin with a kanji and go on in kana.
        (Script::Han, Script::Hiragana) => WITHIN_A_WORD,
        (Script::Hiragana, Script::Han | Script::Katakana) => 0.02,
        (Script::Hangul, Script::Hangul) => WITHIN_A_WORD,
        _ => 0.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clusters(text: &str) -> Vec<Cluster> {
        text.char_indices()
            .map(|(at, character)| Cluster {
                text: at..at + character.len_utf8(),
                item: 0,
                glyphs: 0..0,
                advance: 1.0,
                tracking: 0.0,
                orientation: super::super::vertical::Orientation::Horizontal,
                squeeze: 1.0,
                is_space: character.is_whitespace(),
                is_cjk: true,
            })
            .collect()
    }

    fn lines(text: &str, measure: f64) -> Vec<String> {
        let clusters = clusters(text);
        let segments = segments(text, &clusters, true);
        balanced(&segments, measure)
            .into_iter()
            .map(|line| {
                let first = clusters[segments[line.start].clusters.start].text.start;
                let last = clusters[segments[line.end - 1].clusters.end - 1].text.end;
                text[first..last].trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn lines_are_balanced_rather_than_filled() {
        assert_eq!(lines("aaa bbb ccc ddd", 11.0), ["aaa bbb", "ccc ddd"]);
    }

    #[test]
    fn a_long_name_breaks_at_its_dots() {
        assert_eq!(
            lines("ヴィクトリア・アレクサンドラ・フォン・ローゼンベルク", 16.0),
            ["ヴィクトリア・アレクサンドラ・", "フォン・ローゼンベルク"]
        );
    }

    #[test]
    fn no_line_begins_with_closing_punctuation_or_small_kana() {
        let text = "「あなたは、第３回（東京）マラソンにおいて、ちょっと完走されました。」";
        for measure in 4..20 {
            for line in lines(text, f64::from(measure)) {
                let first = line.chars().next().unwrap();
                let last = line.chars().last().unwrap();
                assert!(!"、。」）ょっー".contains(first), "{measure}: {line}");
                assert!(!"「（第".contains(last), "{measure}: {line}");
            }
        }
    }

    #[test]
    fn a_number_keeps_its_unit_and_the_honorific_its_name() {
        assert_eq!(lines("記録3時間12分08秒", 7.0), ["記録3時間", "12分08秒"]);
        assert_eq!(lines("山田太郎様", 4.0), ["山田太", "郎様"]);
    }

    #[test]
    fn a_latin_word_is_never_broken() {
        let text = "Wolfeschlegelsteinhausen";
        assert_eq!(greedy(&segments(text, &clusters(text), true), 10.0), None);
    }

    #[test]
    fn own_line_breaks_are_kept_without_wrapping() {
        let text = "東京\n大阪城";
        let clusters = clusters(text);
        let segments = segments(text, &clusters, false);
        assert_eq!((hard_lines(&segments), narrowest(&segments, 2)), (2, 3.0));
    }
}
